"""Files with front matter: every kind of damage as a case file, with the lines that its author is shown.

A case is ``tests/cases/records/<rule>-<name>.md`` with ``<rule>-<name>.expected`` beside it. What stands behind ``@`` is
the name under which the record is read; a comment ``# fields: {…}`` is the show's own. ``--update-golden`` rewrites what
is expected: read it, line by line, as the author of that record would.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from feedbuilder.derive.chapters import derive_chapters
from feedbuilder.derive.timeline import derive_timeline
from feedbuilder.episodes import Reader, note_unknown_keys, parse_episode
from feedbuilder.errors import Problem
from feedbuilder.model import Episode
from feedbuilder.records import parse_record
from feedbuilder.rules import format_problem, sort_problems
from feedbuilder.timecode import format_clock, to_milliseconds

CASES = Path(__file__).parent / "cases" / "records"
HIDDEN = {"slug", "mark", "marks", "transcript", "clips", "chapters", "pub_date_is_day"}


# --- the case files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", sorted(CASES.glob("*.md")), ids=lambda case: case.stem)
def test_damage_is_named_and_the_rest_is_kept(case: Path, golden: Callable[[Path, bytes], None]) -> None:
    golden(case.with_suffix(".expected"), "\n".join(told_of(case)).encode() + b"\n")


def test_each_expectation_has_its_case() -> None:
    assert {case.stem for case in CASES.glob("*.md")} == {case.stem for case in CASES.glob("*.expected")}


@pytest.mark.parametrize("case", sorted(CASES.glob("*.md")), ids=lambda case: case.stem)
def test_the_name_of_a_case_begins_with_a_rule(case: Path) -> None:
    assert re.match(r"[A-Z][A-Z0-9]*-[0-9a-z]+-[a-z]", case.name)


def told_of(case: Path) -> Iterator[str]:
    """What is printed about a record, and what became of it."""
    path = f"episodes/{case.name.rpartition('@')[2]}"
    data = case.read_bytes()
    reading = parse_record(path, data)
    problems = list(reading.problems)
    outcome, episode = "lost" if reading.unreadable else "passed over", None
    shown: list[str] = []
    if reading.record:
        parsed = parse_episode(reading.record, Reader(names_in(data), ZoneInfo("Europe/Berlin"), time(17, 0)))
        problems += [*parsed.problems, *note_unknown_keys([parsed.unknown])]
        outcome, episode = "lost" if parsed.lost else "passed over", parsed.episode
    if episode:
        outcome = "published"
        shown = list(fields_of(episode))
        found, lines = timeline_of(episode)
        problems += found
        shown += lines
    yield from (format_problem(problem) for problem in sort_problems(problems))
    yield f"== {outcome}"
    yield from shown


def names_in(data: bytes) -> dict[str, str]:
    match = re.search(rb"^# fields: (.+)$", data, re.MULTILINE)
    return yaml.load(match[1], Loader=yaml.BaseLoader) if match else {}  # type: ignore[no-any-return]


def fields_of(episode: Episode) -> Iterator[str]:
    """The fields that the record fills, one a line."""
    for name in Episode.__dataclass_fields__:
        value: Any = getattr(episode, name)
        if name in HIDDEN or value in ("", None, (), False, {}) or (name, value) == ("episode_type", "full"):
            continue
        if isinstance(value, datetime):
            value = f"{value.isoformat()}{' (a day)' if episode.pub_date_is_day else ''}"
        elif isinstance(value, str) and len(value) > 70:
            value = f"{value[:70]!r}… ({len(value)} characters)"
        elif isinstance(value, str):
            value = repr(value)
        yield f"{name}: {dict(value) if name in {'ids', 'links'} else value}"


def timeline_of(episode: Episode) -> tuple[list[Problem], list[str]]:
    """The lines and headers in audio time (``~``: placed, not given) and the chapters, with what was wrong with them."""
    timeline, problems = derive_timeline(episode, episode.transcript_offset_s or 0.0)
    chapters, found = derive_chapters(episode, timeline, intro_title="Intro", measured_s=None)
    shown = []
    if timeline.paragraphs:
        shown.append("timeline:" if timeline.timed else "timeline: times withheld")
    for index, line in enumerate(timeline.paragraphs):
        shown += [f"  {clock(head.start_s)} # {head.text}" for head in timeline.headings if head.before == index]
        sign = "" if line.trusted or not timeline.timed else "~"
        shown.append(f"  {sign}{clock(line.start_s)} {line.who or '-'}: {line.text[:70]}")
    last = len(timeline.paragraphs)
    shown += [f"  {clock(head.start_s)} # {head.text}" for head in timeline.headings if head.before == last]
    if chapters:
        shown += ["chapters:", *(f"  {clock(chapter.start_s)} {chapter.title[:140]}" for chapter in chapters)]
    return [*problems, *found], shown


def clock(seconds: float) -> str:
    fraction = to_milliseconds(seconds) % 1000
    return f"{format_clock(seconds)}{f'.{fraction:03}' if fraction else ''}"
