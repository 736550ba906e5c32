"""``feedbuilder measure``: audio on other hosts -> the length, type and duration that records and ledger lack."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedbuilder.cli.options import json_option, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json, print_problems, print_summary, printable
from feedbuilder.errors import Exit
from feedbuilder.text.characters import counted

if TYPE_CHECKING:
    from feedbuilder.media.remembered import RemoteFacts
    from feedbuilder.project.measure import Measured, Wanted


@click.command(epilog="Example: feedbuilder measure --dry-run")
@project_option
@click.argument("slugs", nargs=-1)
@click.option("--again", is_flag=True, help="Also measure what is known, and report where the host says otherwise.")
@click.option("--whole", is_flag=True, help="Read whole files where their first and last kilobytes do not tell.")
@click.option("--dry-run", is_flag=True, help="Show what would be learned; write nothing.")
@click.option("--allow-private", is_flag=True, help="Also ask a private or loopback address.")
@json_option
@guarded
def command(start: Path, slugs: tuple[str, ...], *, as_json: bool, **flags: bool) -> None:
    """Learn length, type and duration of audio on other hosts, from a few kilobytes of each file.

    Without SLUGS: of all episodes that lack one of them. What was learned is written where the audio's address stands:
    into the record, or into the ledger. Exit codes: 0 done; 1 stopped; 3 some could not be measured.
    """
    from feedbuilder.project.measure import measure_project
    from feedbuilder.sources import find_project

    measured = measure_project(find_project(start), slugs, **flags, observer=Terminal())
    failed = any(one.url not in measured.facts for one in measured.asked)
    code = Exit.HELD_BACK if failed else Exit.DONE
    if as_json:
        rows = [_as_data(one, measured.facts) for one in measured.asked]
        print_json({"exit": code, "measured": rows, "wrote": measured.wrote}, measured.problems)
    else:
        _print(measured)
    sys.exit(code)


def _as_data(one: Wanted, facts: Mapping[str, RemoteFacts]) -> dict[str, object]:
    fact = facts.get(one.url)
    return {
        "slug": one.episode.slug,
        "url": one.url,
        "length_bytes": fact.length_bytes if fact else None,
        "type": fact.type if fact else None,
        "duration_s": fact.duration_s if fact else None,
        "estimated": fact.estimated if fact else None,
    }


def _print(measured: Measured) -> None:
    wanted, facts = measured.asked, measured.facts
    for one in wanted:
        if fact := facts.get(one.url):
            lasts = f"{fact.duration_s:.1f} s" if fact.duration_s else "duration not known"
            click.echo(printable(f"{one.episode.slug}  {counted(fact.length_bytes, 'byte')}  {fact.type}  {lasts}"))
    print_problems(measured.problems)
    print_summary(measured.problems)
    done = sum(one.url in facts for one in wanted)
    click.echo(
        f"{done} of {counted(len(wanted), 'file')} measured" if wanted else "nothing to measure: all facts are known"
    )
    for path in measured.wrote:
        click.echo(printable(f"wrote {path}: commit it"))
