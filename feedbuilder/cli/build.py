"""``feedbuilder build``: build the site and publish it."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedbuilder.cli.options import now_option, output_options, project_option, verbosity
from feedbuilder.cli.output import Terminal, guarded, print_json, print_problems
from feedbuilder.text.characters import counted

if TYPE_CHECKING:
    from feedbuilder.project.outcome import Outcome


_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


@click.command(epilog="Example, in cron: */10 * * * *  feedbuilder build --quiet -C /srv/my-show")
@project_option
@click.option(
    "--strict",
    is_flag=True,
    help="Exit 3 if any episode is held back or kept at its last good version, not only on a change.",
)
@click.option("--rehash", is_flag=True, help="Measure every media file and process every episode from scratch.")
@click.option("--allow-private", is_flag=True, help="Allow private and loopback addresses (for guard: live).")
@now_option
@output_options
@guarded
def command(start: Path, now: datetime, *, as_json: bool, **flags: bool) -> None:
    """Build the site and publish it in one step.

    With -q, print only when the exit code is not 0 or there is an error or warning that the previous build did not
    have.

    Exit codes: 0 published or up to date; 1 stopped, nothing changed; 2 usage; 3 published, but episodes were held back
    or kept at their last good version, and not the same ones as last time; 75 another run is using this project; 130
    interrupted.
    """
    from feedbuilder.project.build import build
    from feedbuilder.sources import find_project

    outcome = build(find_project(start), now, **flags, observer=Terminal())
    if as_json:
        print_json(outcome.as_data(), outcome.problems)
    elif outcome.exit or outcome.news or verbosity() >= 0:
        click.echo(_summary(outcome))
        print_problems(outcome.problems, more="`feedbuilder check` lists them")
    sys.exit(outcome.exit)


def _summary(outcome: Outcome) -> str:
    """One line: ``Published 42 episodes (1 draft, 1 scheduled for 20 Dec 07:00). 3 files written.``."""
    more = []
    if outcome.drafts:
        more.append(counted(outcome.drafts, "draft"))
    if outcome.scheduled and outcome.next_due:
        first = "for" if outcome.scheduled == 1 else "from"
        more.append(f"{outcome.scheduled} scheduled {first} {_date(outcome.next_due)}")
    if outcome.left_out:
        more.append(f"{len(outcome.left_out)} held back")
    if outcome.carried:
        more.append(f"{len(outcome.carried)} kept at the last good version")
    aside = f" ({', '.join(more)})" if more else ""
    episodes = counted(outcome.items, "episode")
    if not outcome.published:
        return f"Up to date: {episodes}{aside}."
    removed = f", {len(outcome.removed)} removed" if outcome.removed else ""
    return f"Published {episodes}{aside}. {counted(len(outcome.written), 'file')} written{removed}."


def _date(moment: datetime) -> str:
    """Day, month and time in English, whatever the locale of this machine."""
    return f"{moment.day} {_MONTHS[3 * moment.month - 3 : 3 * moment.month]} {moment:%H:%M}"
