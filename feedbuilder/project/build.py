"""Build a project and publish its site, or report all findings without publishing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from feedbuilder.errors import Exit, FeedbuilderError, Problem
from feedbuilder.project.observer import SILENT, Observer
from feedbuilder.project.outcome import Outcome
from feedbuilder.publish import hold_lock, keep_release, publish_release, read_last_build, write_last_build

if TYPE_CHECKING:
    from feedbuilder.compose.release import Built
    from feedbuilder.publish import PublishResult


def build(
    root: Path,
    now: datetime,
    *,
    strict: bool = False,
    rehash: bool = False,
    allow_private: bool = False,
    observer: Observer = SILENT,
) -> Outcome:
    """Build the site as of ``now`` and publish it in one step, or keep the release if it is up to date.

    ``strict``: the exit code is 3 if any episode is left out or carried over, not only on a change. ``rehash``: measure
    every media file and derive every episode from scratch. ``allow_private``: with ``guard: live``, the feed may be at
    a private or loopback address.

    Raises:
        FeedbuilderError: the build stopped; nothing was published.
        LockHeld: another run is using this project.
    """
    with hold_lock(root):
        try:
            outcome = None if rehash else _up_to_date(root, now)
            outcome = outcome or _build(root, now, rehash=rehash, allow_private=allow_private, observer=observer)
        except FeedbuilderError as error:
            stopped = {"exit": int(Exit.STOPPED), "stopped": True, "message": "Stopped. Nothing was changed."}
            _keep_document(root, stopped, error.problems)
            raise
        if strict and (outcome.left_out or outcome.carried):
            outcome = replace(outcome, exit=Exit.HELD_BACK)
        outcome = replace(outcome, news=_has_news(root, outcome.problems))
        _keep_document(root, outcome.as_data(), outcome.problems)
    return outcome


def check(root: Path, now: datetime, observer: Observer = SILENT) -> Built:
    """The release that a build as of ``now`` would publish, with all findings. Nothing is written.

    Raises:
        FeedbuilderError: a build would stop.
    """
    from feedbuilder.compose.release import build as compose
    from feedbuilder.project.load import load_project
    from feedbuilder.project.workers import each_showing

    project, measured, last = load_project(root, observer=observer)
    return compose(project, measured, last, now, each=each_showing(observer))


def _up_to_date(root: Path, now: datetime) -> Outcome | None:
    """The outcome of the last build, if none of its inputs has changed and its release is complete."""
    from feedbuilder.project.unchanged import recall

    recalled = recall(root, now)
    if recalled is None:
        return None
    public, outcome = recalled
    result = keep_release(root / public, outcome.release)
    return _with_result(outcome, result) if result else None


def _build(root: Path, now: datetime, *, rehash: bool, allow_private: bool, observer: Observer) -> Outcome:
    from feedbuilder.compose.release import build as compose
    from feedbuilder.project.derived import read_derived, write_derived
    from feedbuilder.project.load import load_project, read_live, watch_release
    from feedbuilder.project.unchanged import clock_ns, program, remember
    from feedbuilder.project.workers import each_showing

    started_ns = clock_ns()
    project, measured, last = load_project(root, rehash=rehash, observer=observer)
    measured = replace(measured, live=read_live(project.show, allow_private=allow_private))
    derived = read_derived(root, program(), None if rehash else last)
    built = compose(project, measured, last, now, root=str(root), each=derived.each(each_showing(observer)))
    public = root / project.show.public
    watch_release(public, observer)
    result = publish_release(public, built.artefacts, built.facts)
    write_derived(root, derived)
    outcome = Outcome(
        release=result.id,
        items=len(built.items) + len(built.carried_items),
        left_out=built.facts.left_out,
        carried=built.facts.carried,
        next_due=built.next_due and built.next_due.astimezone(project.show.timezone),
        problems=tuple(built.problems),
    )
    remember(root, project.show, now, started_ns, outcome, transcripts=project.transcript_files)
    before = (last.facts.left_out, last.facts.carried) if last else ((), ())
    differs = (outcome.left_out, outcome.carried) != before
    return replace(_with_result(outcome, result), exit=Exit.HELD_BACK if differs else Exit.DONE)


def _with_result(outcome: Outcome, result: PublishResult) -> Outcome:
    return replace(
        outcome,
        release=result.id,
        published=result.switched,
        written=tuple(result.written),
        removed=tuple(result.removed),
        unchanged=len(result.unchanged),
        problems=(*outcome.problems, *result.problems),
    )


def _has_news(root: Path, problems: Iterable[Problem]) -> bool:
    """Whether there is an error or warning that the previous build did not have. Line numbers are ignored."""
    from feedbuilder.rules import level_of

    previous = read_last_build(root).get("problems", [])
    known = {(row.get("rule"), row.get("file"), row.get("what")) for row in previous}
    serious = (problem for problem in problems if level_of(problem) != "note")
    return any((problem.rule, problem.mark.path, problem.what) not in known for problem in serious)


def _keep_document(root: Path, values: Mapping[str, object], problems: Iterable[Problem]) -> None:
    """Write the JSON document of this build to ``.feedbuilder/last-build.json``, for the server and for monitoring."""
    from feedbuilder.rules.findings import as_document

    write_last_build(root, as_document(values, problems))
