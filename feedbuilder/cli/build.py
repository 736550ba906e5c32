"""``feedbuilder build``: everything, from texts to the published site."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedbuilder.cli.options import json_option, now_option, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json, print_problems, print_summary
from feedbuilder.text.characters import counted

if TYPE_CHECKING:
    from feedbuilder.project.outcome import Outcome


@click.command(epilog="Example, in cron: */10 * * * *  feedbuilder build --quiet -C /srv/my-show")
@project_option
@click.option("--strict", is_flag=True, help="Exit 3 whenever a record is left out or carried over.")
@click.option("--rehash", is_flag=True, help="Measure every media file, and derive every episode, anew.")
@click.option("--allow-private", is_flag=True, help="With guard: live, also read a private or loopback address.")
@click.option("-q", "--quiet", is_flag=True, help="Print only when the exit code is not 0: for cron.")
@now_option
@json_option
@guarded
def command(start: Path, now: datetime, *, quiet: bool, as_json: bool, **flags: bool) -> None:
    """Build the site and publish it in one switch.

    Exit codes: 0 done, or nothing to do; 1 stopped, nothing changed; 2 usage; 3 published, and other records than in
    the last run are left out or carried over; 75 another run holds the lock.
    """
    from feedbuilder.project.build import build
    from feedbuilder.sources import find_project

    outcome = build(find_project(start), now, **flags, observer=Terminal())
    if as_json:
        print_json(outcome.as_data(), outcome.problems)
    elif outcome.exit or not quiet:
        _print(outcome)
    sys.exit(outcome.exit)


def _print(outcome: Outcome) -> None:
    print_problems(outcome.problems)
    print_summary(outcome.problems)
    if outcome.published:
        click.echo(
            f"published release {outcome.release}: {counted(outcome.items, 'item')} in the feed, "
            f"{counted(len(outcome.written), 'file')} written, "
            f"{outcome.unchanged} unchanged, {len(outcome.removed)} removed"
        )
    else:
        click.echo(
            f"nothing to do: release {outcome.release} stays, with {counted(outcome.items, 'item')}; "
            "no file was written"
        )
    if outcome.next_due:
        click.echo(f"next due: {outcome.next_due.isoformat()}")
