"""Chapters from a file of another program, or from the time stamps in the show notes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from feedbuilder.captions import UnknownFormError
from feedbuilder.chapter_files import FileChapter, read_chapters
from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.model import Chapter, Episode, SourceFile
from feedbuilder.text.characters import counted

MOST = 1000  # chapters of one episode; what follows is not looked at
FEWEST = 3  # time stamps in notes are a list of chapters from here on (SPO-20, YT-10)
_STAMPED = re.compile(r"\W*(?:\d{1,2}:)?\d{1,2}:\d\d\b")  # a line of notes that may begin a chapter; 3:2 is a score


@dataclass(frozen=True, slots=True)
class Chaptered:
    """An episode with the chapters of a file, and what is wrong with that file."""

    episode: Episode
    problems: tuple[Problem, ...]


def with_chapters(episode: Episode, file: SourceFile) -> Chaptered:
    """The episode with the chapters of its file, in order; hidden ones (``toc: false``) are named and left out."""
    try:
        read = read_chapters(file.data)
    except UnknownFormError as error:
        what = f"{file.path} is not a chapter file that can be read: {error}"
        return Chaptered(episode, (Problem("CHF-1", episode.at("chapters"), what),))
    problems = [Problem("CHF-2", Mark(file.path, fault.line), fault.what) for fault in read.faults]
    if hidden := [quoted(chapter.title) for chapter in read.chapters if not chapter.toc]:
        what = f"the file hides {counted(len(hidden), 'chapter')} from lists: {', '.join(hidden[:3])}"
        problems.append(Problem("CHF-2", Mark(file.path), what))
    shown = _ascending(chapter for chapter in read.chapters if chapter.toc)
    chapters = tuple(
        Chapter(chapter.start_s, chapter.title, _https(chapter.url), _https(chapter.image)) for chapter in shown
    )
    return Chaptered(replace(episode, chapters=chapters), tuple(problems))


def with_chapters_of_notes(episode: Episode, duration_s: float | None) -> Chaptered:
    """The episode with the time stamps of its notes as chapters: three or more that ascend and are in the audio."""
    lines = [line for line in episode.body.split("\n") if _STAMPED.match(line)][:MOST]
    try:
        stamps = read_chapters("\n".join(lines).encode()).chapters
    except UnknownFormError:
        stamps = ()
    inside = [chapter for chapter in stamps if duration_s is None or chapter.start_s < duration_s]
    chapters = tuple(Chapter(chapter.start_s, chapter.title) for chapter in _longest_ascending(inside))
    if len(chapters) < FEWEST:
        what = f"the notes have {len(chapters)} time stamps that ascend and are in the audio"
        return Chaptered(episode, (Problem("CHF-3", episode.at("chapters"), what),))
    return Chaptered(replace(episode, chapters=chapters), ())


def _ascending(chapters: Iterable[FileChapter]) -> list[FileChapter]:
    """By start; of several at one time the first."""
    by_start: dict[float, FileChapter] = {}
    for chapter in chapters:
        by_start.setdefault(chapter.start_s, chapter)
    return [chapter for _, chapter in sorted(by_start.items())]


def _longest_ascending(chapters: Sequence[FileChapter]) -> list[FileChapter]:
    """The longest run of strictly ascending starts, others between them left out: one wrong stamp costs one chapter."""
    best: list[list[FileChapter]] = []
    for chapter in chapters:
        before = max((run for run in best if run[-1].start_s < chapter.start_s), key=len, default=[])
        best.append([*before, chapter])
    return max(best, key=len, default=[])


def _https(url: str) -> str:
    return url if url.startswith("https://") else ""
