"""``feedbuilder build``: everything, from texts to the published site."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedbuilder.cli.options import json_option, now_option, project_option
from feedbuilder.cli.output import (
    EXIT_CHANGED,
    EXIT_STOPPED,
    guarded,
    print_json,
    print_problems,
    print_summary,
    problem_json,
)
from feedbuilder.errors import FeedbuilderError
from feedbuilder.text.characters import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from feedbuilder.cli.memory import Outcome
    from feedbuilder.errors import Problem
    from feedbuilder.publish import PublishResult


@click.command(epilog="Example, in cron: */10 * * * *  feedbuilder build --quiet -C /srv/my-show")
@project_option
@click.option("--strict", is_flag=True, help="Exit 3 whenever a record is left out or carried over.")
@click.option("--rehash", is_flag=True, help="Measure every media file, and derive every episode, anew.")
@click.option("--allow-private", is_flag=True, help="With guard: live, also read a private or loopback address.")
@click.option("-q", "--quiet", is_flag=True, help="Print only when the exit code is not 0: for cron.")
@now_option
@json_option
@guarded
def command(start: Path, now: datetime, **flags: bool) -> None:
    """Build the site and publish it in one switch.

    Exit codes: 0 done, or nothing to do; 1 stopped, nothing changed; 2 usage; 3 published, and other records than in
    the last run are left out or carried over; 75 another run holds the lock.
    """
    from feedbuilder.publish import hold_lock
    from feedbuilder.sources import find_project

    root = find_project(start)
    with hold_lock(root):
        try:
            again = None if flags["rehash"] else _nothing_to_do(root, now)
            outcome, result, changed = again or _build(
                root, now, rehash=flags["rehash"], allow_private=flags["allow_private"]
            )
        except FeedbuilderError as error:
            _write_account(root, {"exit": EXIT_STOPPED, "release": None, "published": False}, error.problems)
            raise
        strictly = flags["strict"] and (outcome.left_out or outcome.carried)
        code = EXIT_CHANGED if changed or strictly else 0
        _write_account(root, _as_data(outcome, result, code), outcome.problems)
    if flags["as_json"]:
        print_json(_as_data(outcome, result, code), outcome.problems)
    elif code or not flags["quiet"]:
        _print(outcome, result)
    sys.exit(code)


def _nothing_to_do(root: Path, now: datetime) -> tuple[Outcome, PublishResult, bool] | None:
    """The outcome of the last build, where nothing that it depends on has changed and its release is still whole."""
    from feedbuilder.cli.memory import recall
    from feedbuilder.publish import keep_release

    recalled = recall(root, now)
    if recalled is None:
        return None
    public, outcome = recalled
    result = keep_release(root / public, outcome.release)
    return (replace(outcome, problems=(*outcome.problems, *result.problems)), result, False) if result else None


def _build(root: Path, now: datetime, *, rehash: bool, allow_private: bool) -> tuple[Outcome, PublishResult, bool]:
    """The outcome, what was published, and whether other records than in the last run are left out or carried over."""
    from feedbuilder.cli.derived import read_derived, write_derived
    from feedbuilder.cli.memory import Outcome, clock_ns, program, remember
    from feedbuilder.cli.project import load_project, read_live, tell_of_release
    from feedbuilder.cli.workers import each
    from feedbuilder.compose.release import build
    from feedbuilder.publish import publish_release

    started_ns = clock_ns()
    project, measured, last = load_project(root, rehash=rehash)
    measured = replace(measured, live=read_live(project.show, allow_private=allow_private))
    derived = read_derived(root, program(), None if rehash else last)
    built = build(project, measured, last, now, root=str(root), each=derived.each(each))
    tell_of_release(root / project.show.public)
    result = publish_release(root / project.show.public, built.artefacts, built.facts)
    write_derived(root, derived)
    outcome = Outcome(
        release=result.id,
        items=len(built.items) + len(built.carried_items),
        left_out=built.facts.left_out,
        carried=built.facts.carried,
        next_due=built.next_due,
        problems=(*built.problems, *result.problems),
    )
    remember(root, project.show, now, started_ns, replace(outcome, problems=built.problems))
    before = (last.facts.left_out, last.facts.carried) if last else ((), ())
    return outcome, result, (outcome.left_out, outcome.carried) != before


def _as_data(outcome: Outcome, result: PublishResult, code: int) -> dict[str, object]:
    return {
        "exit": code,
        "release": result.id,
        "published": result.switched,
        "written": list(result.written),
        "removed": list(result.removed),
        "unchanged": len(result.unchanged),
        "items": outcome.items,
        "left_out": list(outcome.left_out),
        "carried": list(outcome.carried),
        "next_due": outcome.next_due.isoformat() if outcome.next_due else None,
    }


def _write_account(root: Path, said: Mapping[str, object], problems: Iterable[Problem]) -> None:
    """Keep what this run came to, for the server and for whoever watches it."""
    from feedbuilder.publish import write_last_build
    from feedbuilder.rules import sort_problems

    write_last_build(root, {**said, "problems": [problem_json(problem) for problem in sort_problems(problems)]})


def _print(outcome: Outcome, result: PublishResult) -> None:
    print_problems(outcome.problems)
    print_summary(outcome.problems)
    if result.switched:
        click.echo(
            f"published release {result.id}: {counted(outcome.items, 'item')} in the feed, "
            f"{counted(len(result.written), 'file')} written, "
            f"{len(result.unchanged)} unchanged, {len(result.removed)} removed"
        )
    else:
        click.echo(
            f"nothing to do: release {result.id} stays, with {counted(outcome.items, 'item')}; no file was written"
        )
    if outcome.next_due:
        click.echo(f"next due: {outcome.next_due.isoformat()}")
