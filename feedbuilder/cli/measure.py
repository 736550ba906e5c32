"""``feedbuilder measure``: measure the length, type and duration of audio on other hosts."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedbuilder.cli.options import output_options, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json, print_problems, say
from feedbuilder.errors import Exit
from feedbuilder.text.characters import counted

if TYPE_CHECKING:
    from feedbuilder.media.remembered import RemoteFacts
    from feedbuilder.project.measure import Measured, Wanted


@click.command(epilog="Example: feedbuilder measure --dry-run")
@project_option
@click.argument("slugs", nargs=-1)
@click.option("--again", is_flag=True, help="Also measure audio that is already known, and report differences.")
@click.option("--whole", is_flag=True, help="Download whole files where their first and last kilobytes are not enough.")
@click.option("--dry-run", is_flag=True, help="Show the results; write nothing.")
@click.option("--allow-private", is_flag=True, help="Allow private and loopback addresses.")
@output_options
@guarded
def command(start: Path, slugs: tuple[str, ...], *, as_json: bool, **flags: bool) -> None:
    """Measure length, type and duration of audio on other hosts, from a few kilobytes of each file.

    Default for SLUGS: all episodes that lack one of these values. The values are written next to the URL of the audio:
    in the episode file, or in config/ledger.yaml.

    Exit codes: 0 done; 1 stopped; 3 some files could not be measured.
    """
    from feedbuilder.project.measure import measure_project
    from feedbuilder.sources import find_project

    measured = measure_project(find_project(start), slugs, **flags, observer=Terminal())
    failed = any(audio.url not in measured.facts for audio in measured.asked)
    code = Exit.HELD_BACK if failed else Exit.DONE
    if as_json:
        rows = [_as_data(audio, measured.facts) for audio in measured.asked]
        print_json({"exit": code, "measured": rows, "wrote": measured.wrote}, measured.problems)
    else:
        _print(measured)
    sys.exit(code)


def _as_data(audio: Wanted, facts: Mapping[str, RemoteFacts]) -> dict[str, object]:
    fact = facts.get(audio.url)
    return {
        "slug": audio.episode.slug,
        "url": audio.url,
        "length_bytes": fact.length_bytes if fact else None,
        "type": fact.type if fact else None,
        "duration_s": fact.duration_s if fact else None,
        "estimated": fact.estimated if fact else None,
    }


def _print(measured: Measured) -> None:
    wanted, facts = measured.asked, measured.facts
    for audio in wanted:
        if fact := facts.get(audio.url):
            duration = f"{fact.duration_s:.1f} s" if fact.duration_s else "duration unknown"
            say(f"{audio.episode.slug}  {counted(fact.length_bytes, 'byte')}  {fact.type}  {duration}")
    print_problems(measured.problems)
    done = sum(audio.url in facts for audio in wanted)
    say(f"Measured {done} of {counted(len(wanted), 'file')}." if wanted else "All audio is already measured.")
    for path in measured.wrote:
        say(f"Wrote {path}. Commit it.")
