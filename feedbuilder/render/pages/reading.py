"""The transcript on the page, and the chapter list that leads into it.

A page may have a thousand lines, so they are written by hand, not by a template: every text goes through ``escape``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from feedbuilder.model import Chapter, Heading, Paragraph, Timeline
from feedbuilder.render.pages.addresses import anchor_at, anchor_of
from feedbuilder.text.timecode import format_clock


class Row(NamedTuple):
    """A line of the chapter list. Its anchor is in the transcript, or else at the line itself."""

    anchor: str
    chapter: Chapter
    length_s: float | None
    in_transcript: bool


def render_transcript(timeline: Timeline, chapters: Sequence[Chapter], speakers: Mapping[str, str]) -> str:
    """Headings and lines as HTML. ``#t=139`` is the line or heading at that second; untimed lines are ``#p12``.

    The name of a speaker is shown where the speaker changes.
    """
    entries = _in_order(timeline)
    spots = _place_anchors(entries, chapters) if timeline.timed else {}
    used = {anchor for anchors in spots.values() for anchor in anchors}
    lines = []
    before = ""
    number = 0
    for index, entry in enumerate(entries):
        marks = "".join(f'<span id="{anchor}"></span>' for anchor in spots.get(index, ()))
        if isinstance(entry, Heading):
            lines.append(f"<h3>{marks}{escape(entry.text)}</h3>\n")
            continue
        number += 1
        name = speakers.get(entry.who, entry.who)
        cite = f"<cite>{escape(name)}</cite> " if name != before else ""
        before = name
        anchor = anchor_at(entry.start_s) if timeline.timed else f"p{number}"
        own = f' id="{anchor}"' if anchor not in used else ""
        used.add(anchor)
        link = f'<a class="at" href="#{anchor}"><bdi>{format_clock(entry.start_s)}</bdi></a> ' if timeline.timed else ""
        lines.append(f"<p{own}>{marks}{link}{cite}{escape(entry.text)}</p>\n")
    return "".join(lines)


def chapter_rows(timeline: Timeline, chapters: Sequence[Chapter], duration_s: float | None) -> list[Row]:
    """The chapter list, with the length of each as far as the next one or the end of the audio tells."""
    inside = timeline.timed and bool(timeline.paragraphs or timeline.headings)
    ends = [*(chapter.start_s for chapter in chapters[1:]), duration_s]
    return [
        Row(
            anchor_of(chapter),
            chapter,
            end_s - chapter.start_s if end_s is not None and end_s > chapter.start_s else None,
            inside,
        )
        for chapter, end_s in zip(chapters, ends, strict=False)
    ]


def _in_order(timeline: Timeline) -> list[Heading | Paragraph]:
    """Headings and paragraphs as they follow each other."""
    entries: list[Heading | Paragraph] = []
    headings = list(timeline.headings)
    for index, paragraph in enumerate(timeline.paragraphs):
        while headings and headings[0].before <= index:
            entries.append(headings.pop(0))
        entries.append(paragraph)
    return entries + headings


def _place_anchors(entries: Sequence[Heading | Paragraph], chapters: Sequence[Chapter]) -> dict[int, list[str]]:
    """For each chapter the first entry that does not begin before it, else the last one; index -> its anchors."""
    anchors: dict[int, list[str]] = {}
    index = 0
    for chapter in chapters if entries else ():
        while index < len(entries) - 1 and entries[index].start_s < chapter.start_s:
            index += 1
        anchors.setdefault(index, []).append(anchor_of(chapter))
    return anchors
