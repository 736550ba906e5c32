"""The one chapter list of an episode; every file and page shows this list or a subset of it.

docs/design.md#chapters
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.model import Chapter, Episode, Timeline
from feedbuilder.text.characters import counted
from feedbuilder.text.timecode import format_clock

SNAP_TO_START_S = 10.0  # a first header this early is the start; a chapter of its own there would be shorter (YT-10)
MERGE_WITHIN_S = 1.0  # CHP-4: apps that truncate to seconds must still see distinct starts
LONGEST_TITLE = 128  # T-77, T-84
FEWEST = 3  # CHP-9


def derive_chapters(
    episode: Episode, timeline: Timeline, *, intro_title: str, measured_s: float | None
) -> tuple[tuple[Chapter, ...], list[Problem]]:
    """The chapters, strictly ascending by start, the first at 0; empty when the record gives none that have a time.

    ``measured_s`` is the length of the audio where it was measured: what starts later is left out (CHP-8).
    """
    if episode.chapters:
        placed = [(chapter, episode.at(f"chapters.{index}")) for index, chapter in enumerate(episode.chapters)]
        placed, problems = _ascending(placed)
    elif timeline.timed:
        placed = [(Chapter(heading.start_s, heading.text), heading.mark) for heading in timeline.headings]
        problems = []
    else:
        return (), []
    placed, found = _inside(placed, measured_s)
    problems += found
    placed, found = _merged(placed)
    problems += found
    problems += [_long(chapter, mark) for chapter, mark in placed if len(chapter.title) > LONGEST_TITLE]
    chapters = _from_the_start([chapter for chapter, _ in placed], intro_title)
    if chapters and len(chapters) < FEWEST:
        what = f"the episode has only {counted(len(chapters), 'chapter')}"
        problems.append(Problem("CHP-9", episode.at("chapters" if episode.chapters else "transcript"), what))
    return chapters, problems


_Placed = tuple[Chapter, Mark]


def _ascending(placed: Sequence[_Placed]) -> tuple[list[_Placed], list[Problem]]:
    """CHP-2: an author's own list is sorted, and each entry that stood too late is named."""
    problems = []
    highest = 0.0
    for chapter, mark in placed:
        if chapter.start_s < highest:
            start = format_clock(chapter.start_s)
            what = f"the chapter {quoted(chapter.title)} starts at {start}, before a chapter above it"
            problems.append(Problem("CHP-2", mark, what))
        highest = max(highest, chapter.start_s)
    return sorted(placed, key=lambda item: item[0].start_s), problems


def _merged(placed: Sequence[_Placed]) -> tuple[list[_Placed], list[Problem]]:
    """Chapters within a second of the next merge into the last of them (T-71, CHP-4)."""
    kept: list[_Placed] = []
    problems = []
    for chapter, mark in placed:
        if kept and chapter.start_s - kept[-1][0].start_s < MERGE_WITHIN_S:
            gone, gone_mark = kept.pop()
            start = format_clock(gone.start_s)
            what = (
                f"the chapter {quoted(gone.title)} starts at {start}, less than a second before {quoted(chapter.title)}"
            )
            problems.append(Problem("T-71", gone_mark, what))
        kept.append((chapter, mark))
    return kept, problems


def _inside(placed: Sequence[_Placed], measured_s: float | None) -> tuple[list[_Placed], list[Problem]]:
    if measured_s is None:
        return list(placed), []
    kept = [(chapter, mark) for chapter, mark in placed if chapter.start_s < measured_s]
    end = format_clock(measured_s)
    problems = [
        Problem(
            "CHP-8",
            mark,
            f"the chapter {quoted(chapter.title)} starts after the end of the audio ({end})",
        )
        for chapter, mark in placed
        if chapter.start_s >= measured_s
    ]
    return kept, problems


def _long(chapter: Chapter, mark: Mark) -> Problem:
    what = f"the chapter title {quoted(chapter.title)} has {len(chapter.title)} characters, more than {LONGEST_TITLE}"
    return Problem("T-84", mark, what)


def _from_the_start(chapters: Sequence[Chapter], intro_title: str) -> tuple[Chapter, ...]:
    """CHP-3: the list begins at 0; apps would move the first chapter there and so give the intro a wrong name."""
    if not chapters:
        return ()
    if chapters[0].start_s <= SNAP_TO_START_S:
        return (replace(chapters[0], start_s=0.0), *chapters[1:])
    return (Chapter(0.0, intro_title), *chapters)
