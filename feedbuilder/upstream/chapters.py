"""Chapters as other hosts give them -> our list: JSON, Podlove simple chapters, and times in the notes.

Spec: JSON chapters 1.2, Podlove Simple Chapters 1.2; the forms of Spotify, YouTube, Apple and hosts in notes
(APL-44, SPO-21, YT-10).
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from lxml import etree

from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.model import Chapter
from feedbuilder.text.characters import counted, plain_title
from feedbuilder.text.timecode import parse_clock, parse_seconds
from feedbuilder.upstream.findings import Findings

MOST = 1000  # chapters of one episode; the rest is left out
FEWEST = 3  # times that make a list of chapters (SPO-20, YT-10)

_STAMP = re.compile(r"[(\[]?\s*(\d{1,3}:[0-5]?\d(?::[0-5]\d)?(?:\.\d{1,3})?)\s*[)\]]?\s*(?:[-–—:|]\s*)?(.*)")


def parse_json_chapters(data: bytes, where: str) -> tuple[tuple[Chapter, ...], list[Problem]]:
    """The chapters of a JSON file that apps list (without ``toc: false``), ascending; and findings."""
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 0
        return (), [
            Problem("IMP-5", Mark(where, line), f"invalid JSON: {quoted(str(error), 80)}", "no chapters were imported")
        ]
    listed = document.get("chapters") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        return (), [Problem("IMP-5", Mark(where), "the JSON has no `chapters` list", "no chapters were imported")]
    found: list[Chapter] = []
    problems = Findings()
    mark = Mark(where)
    for number, entry in enumerate(listed[:MOST], start=1):
        if isinstance(entry, dict) and entry.get("toc") is False:
            problems.add(mark, f"chapter {number} is hidden (toc: false)", "left out")
            continue
        chapter = _from_json(entry)
        if chapter:
            found.append(chapter)
        else:
            problems.add(Mark(where), f"chapter {number} has no valid start or no title", "left out")
    kept = _ascending(found)
    if gone := len(found) - len(kept):
        problems.add(mark, f"{counted(gone, 'chapter starts', 'chapters start')} with another one", "left out")
    for key, lost in _lost_keys(listed[:MOST]).items():
        problems.add(mark, f"{counted(lost, 'chapter has', 'chapters have')} {key}", "not imported")
    return kept, [*problems.listed(), *_too_many(mark, len(listed))]


def _lost_keys(listed: Sequence[object]) -> Counter[str]:
    """How many chapters have a value that an episode file cannot hold, by key."""
    entries = [entry for entry in listed if isinstance(entry, dict)]
    keys = Counter(key for entry in entries for key in ("endTime", "location") if entry.get(key))
    keys["an img without https"] = sum(str(entry.get("img") or "").startswith("http:") for entry in entries)
    return +keys


def _from_json(entry: object) -> Chapter | None:
    if not isinstance(entry, dict):
        return None
    start, title = entry.get("startTime"), plain_title(str(entry.get("title") or ""))
    try:
        start_s = start_of(str(start))
    except ValueError:
        return None
    return Chapter(start_s, title, _url(entry.get("url")), _url(entry.get("img"))) if title else None


def start_of(text: str) -> float:
    """Seconds of a clock time or of a plain number.

    Raises:
        ValueError: neither.
    """
    return parse_clock(text) if ":" in text else parse_seconds(text)


def parse_podlove(elements: Iterable[etree._Element], where: str) -> tuple[tuple[Chapter, ...], list[Problem]]:
    """The chapters of ``psc:chapters`` elements, ascending; and findings for invalid ones."""
    found = []
    problems = Findings()
    children = [child for parent in elements for child in parent.iterchildren(etree.Element)]
    for element in children[:MOST]:
        values: Any = element.attrib
        title = plain_title(str(values.get("title", "")))
        try:
            start_s = start_of(str(values.get("start", "")))
        except ValueError:
            title = ""
            start_s = 0.0
        if title:
            found.append(Chapter(start_s, title, _url(values.get("href")), _url(values.get("image"))))
        else:
            problems.add(Mark(where, _line(element)), "a psc:chapter has no valid start or no title", "left out")
    return _ascending(found), [*problems.listed(), *_too_many(Mark(where), len(children))]


def _too_many(mark: Mark, count: int) -> list[Problem]:
    if count <= MOST:
        return []
    return [Problem("IMP-5", mark, f"the episode has {count} chapters, more than {MOST}", "the rest is left out")]


def _line(element: etree._Element) -> int:
    line: Any = element.sourceline
    return line or 0


def find_stamps(lines: Sequence[str]) -> tuple[tuple[Chapter, ...], tuple[int, ...]]:
    """The chapters in a list of times, and the indexes of its lines; nothing for fewer than three.

    A time may be on a line of its own, before its title. Times that run backwards are not part of the list.

    >>> find_stamps(["(00:00) - One", "(00:30) - Two", "Thanks!", "(01:01:30) - Three"])[1]
    (0, 1, 3)
    >>> [chapter.start_s for chapter in find_stamps(["0:00", "", "One", "2:11 Two", "01:01:30-Three"])[0]]
    [0.0, 131.0, 3690.0]
    """
    found: list[tuple[Chapter, tuple[int, ...]]] = []
    waiting: tuple[float, int] | None = None
    for index, line in enumerate(lines):
        match = _STAMP.fullmatch(line.strip().removeprefix("- ").removeprefix("* "))
        if match:
            start_s, title = parse_clock(_padded(match[1])), plain_title(match[2])
            waiting = None if title else (start_s, index)
            if title:
                found.append((Chapter(start_s, title), (index,)))
        elif waiting and plain_title(line):
            found.append((Chapter(waiting[0], plain_title(line)), (waiting[1], index)))
            waiting = None
    chain = _longest_ascending([chapter.start_s for chapter, _ in found])[:MOST]  # the rest is text
    if len(chain) < FEWEST:
        return (), ()
    return tuple(found[index][0] for index in chain), tuple(line for index in chain for line in found[index][1])


def _longest_ascending(starts: Sequence[float]) -> list[int]:
    """The indexes of the longest strictly ascending chain, so that one wrong time costs one chapter."""
    ends: list[int] = []  # the last of the best chain of each length
    heights: list[float] = []  # their starts
    before: list[int] = []
    for index, start in enumerate(starts):
        length = bisect_left(heights, start)
        before.append(ends[length - 1] if length else -1)
        ends[length : length + 1] = [index]
        heights[length : length + 1] = [start]
    chain = []
    index = ends[-1] if ends else -1
    while index >= 0:
        chain.append(index)
        index = before[index]
    return chain[::-1]


def _padded(clock: str) -> str:
    head, colon, tail = clock.rpartition(":")
    return f"{head}{colon}{tail.zfill(2)}"


def _ascending(chapters: Iterable[Chapter]) -> tuple[Chapter, ...]:
    """By start; the first of several at one time."""
    by_start: dict[float, Chapter] = {}
    for chapter in chapters:
        by_start.setdefault(chapter.start_s, chapter)
    return tuple(chapter for _, chapter in sorted(by_start.items()))


def _url(value: object) -> str:
    text = str(value or "").strip()
    return text if re.fullmatch(r"https?://[^\s<>\"]+", text) else ""
