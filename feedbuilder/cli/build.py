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
    guarded,
    print_json,
    print_problems,
    print_summary,
    problem_json,
)

if TYPE_CHECKING:
    from feedbuilder.build.carry import Last
    from feedbuilder.build.release import Built
    from feedbuilder.publish import PublishResult


@click.command(epilog="Example, in cron: */10 * * * *  feedbuilder build --quiet -C /srv/my-show")
@project_option
@click.option("--strict", is_flag=True, help="Exit 3 whenever a record is left out or carried over.")
@click.option("--rehash", is_flag=True, help="Measure every media file anew.")
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
        built, last, result = _build(root, now, rehash=flags["rehash"], allow_private=flags["allow_private"])
        code = _exit_code(built, last, strict=flags["strict"])
        _remember(root, built, result, code)
    if flags["as_json"]:
        print_json(_as_data(built, result, code), (*built.problems, *result.problems))
    elif code or not flags["quiet"]:
        _print(built, result)
    sys.exit(code)


def _build(root: Path, now: datetime, *, rehash: bool, allow_private: bool) -> tuple[Built, Last | None, PublishResult]:
    from feedbuilder.build.release import build
    from feedbuilder.cli.project import load_project, read_live
    from feedbuilder.cli.workers import each
    from feedbuilder.publish import publish_release

    project, measured, last = load_project(root, rehash=rehash)
    measured = replace(measured, live=read_live(project.show, allow_private=allow_private))
    built = build(project, measured, last, now, root=str(root), each=each)
    result = publish_release(root / project.show.public, built.artefacts, built.facts)
    return built, last, result


def _exit_code(built: Built, last: Last | None, *, strict: bool) -> int:
    """3 where other records than in the last run are not published from their own text (DESIGN 7)."""
    before = (last.facts.left_out, last.facts.carried) if last else ((), ())
    now = (built.facts.left_out, built.facts.carried)
    return EXIT_CHANGED if now != before or (strict and any(now)) else 0


def _as_data(built: Built, result: PublishResult, code: int) -> dict[str, object]:
    return {
        "exit": code,
        "release": result.id,
        "published": result.switched,
        "written": list(result.written),
        "removed": list(result.removed),
        "unchanged": len(result.unchanged),
        "items": len(built.items) + len(built.carried_items),
        "left_out": list(built.facts.left_out),
        "carried": list(built.facts.carried),
        "next_due": built.next_due.isoformat() if built.next_due else None,
    }


def _remember(root: Path, built: Built, result: PublishResult, code: int) -> None:
    from feedbuilder.publish import write_last_build
    from feedbuilder.rules import sort_problems

    problems = [problem_json(problem) for problem in sort_problems((*built.problems, *result.problems))]
    write_last_build(root, {**_as_data(built, result, code), "problems": problems})


def _print(built: Built, result: PublishResult) -> None:
    problems = (*built.problems, *result.problems)
    print_problems(problems)
    print_summary(problems)
    items = len(built.items) + len(built.carried_items)
    if result.switched:
        click.echo(
            f"published release {result.id}: {items} items in the feed, {len(result.written)} files written, "
            f"{len(result.unchanged)} unchanged, {len(result.removed)} removed"
        )
    else:
        click.echo(f"nothing to do: release {result.id} has these {items} items; no file was written")
    if built.next_due:
        click.echo(f"next due: {built.next_due.isoformat()}")
