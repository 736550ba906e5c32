"""Chapters and transcripts that a feed links to -> keys of the episode files, and files of the project."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, time
from pathlib import Path
from urllib.parse import urlsplit

from feedbuilder.authors.episodes import Reader, parse_episode
from feedbuilder.authors.records import parse_record
from feedbuilder.authors.yaml_text import render_yaml
from feedbuilder.captions import Spoken, UnknownFormError, read_transcript
from feedbuilder.disk import real_folder
from feedbuilder.errors import FeedbuilderError, Mark, Problem
from feedbuilder.import_ import Wanted
from feedbuilder.import_.write import chapter_values, insert_front, replace_front
from feedbuilder.markup import html_to_text, limit_html
from feedbuilder.model import Chapter
from feedbuilder.network import fetch
from feedbuilder.publish import LOCK_S, hold_lock
from feedbuilder.sources import TEXT_BYTES, read_file, replace_file, write_new
from feedbuilder.text.characters import counted
from feedbuilder.text.names import fold
from feedbuilder.upstream.captions import ENDINGS
from feedbuilder.upstream.chapters import parse_json_chapters
from feedbuilder.upstream.encodings import as_utf_8, charset_of, is_utf_8

FOLDER = "transcripts"
# Give up on a host after 2 consecutive timeouts or 10 files that are not found; give up on all hosts after 10
# consecutive requests without an answer.
_GIVEN_UP_AT = 10
_NO_ANSWER, _NOT_THERE = 5, 1
_TEXT_BYTES = 4 * 1024 * 1024  # parsed, JSON or a page of this size takes up to 100 MB


@dataclass(frozen=True, slots=True)
class _Transcript:
    """A transcript to write: a file of the project, or lines of the episode file."""

    name: str = ""
    data: bytes = b""
    lines: tuple[dict[str, str], ...] = ()


_NONE = _Transcript()


class LinkedTexts:
    """The state of one run: which hosts failed, and the findings."""

    def __init__(self, *, allow_private: bool) -> None:
        """``allow_private``: also fetch from private and loopback addresses."""
        self.allow_private = allow_private
        self.failures: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self.silent = 0  # consecutive requests without an answer, over all hosts
        self.missed_at_all = 0
        self.problems: list[Problem] = []

    def complete(self, folder: Path, wanted: Wanted) -> None:
        """Add chapters and transcript to one episode file that lacks them."""
        path = f"episodes/{wanted.slug}.md"
        file = read_file(folder, path)
        front = _front(path, file.data) if file else None
        if file is None or front is None:
            return
        data = self.with_chapters(path, file.data, wanted) if wanted.chapters_url else file.data
        found = _NONE
        if wanted.transcripts and "transcript" not in front:
            found = self.transcript(wanted)
            if more := render_yaml({"transcript": found.name or found.lines}):
                data = insert_front(data.decode(), more).encode()
        if data == file.data:
            return
        if fault := fault_of(path, file.data, data):
            what = f"with its chapters and transcript the episode file would be invalid: {fault}"
            remedy = "Correct the episode file and run the import again."
            self.problems.append(Problem("IMP-5", Mark(path), what, "they were not added", remedy))
            return
        with hold_lock(folder, wait_s=LOCK_S):
            now = read_file(folder, path)  # the file may have changed during the download
            if not now or now.data != file.data:
                what = "the episode file was changed while its chapters and transcript were fetched"
                self.problems.append(Problem("IMP-4", Mark(path), what, "they were not added"))
                return
            if found.name:
                real_folder(folder, FOLDER)  # refuses a link that leads out of the project
                if (folder / found.name).exists():
                    what = "the file exists; it is used as transcript"
                    self.problems.append(Problem("IMP-3", Mark(found.name), what))
                else:
                    write_new(folder / found.name, found.data)
            replace_file(folder / path, data)

    def with_chapters(self, path: str, data: bytes, wanted: Wanted) -> bytes:
        """The episode file with the fetched chapters, unless it has others, or more in its feed."""
        present = _chapters_of(path, data)
        if present and present != wanted.chapters:
            return data
        listed = self.fetch(wanted.chapters_url)
        if listed is None:
            return data
        chapters, found = parse_json_chapters(listed, wanted.chapters_url)
        self.problems += found
        if not chapters:
            return data
        if len(chapters) < len(wanted.chapters):
            what = f"the file has {counted(len(chapters), 'chapter', 'chapters')}, the feed {len(wanted.chapters)}"
            self.problems.append(
                Problem("IMP-11", Mark(wanted.chapters_url), what, "the chapters of the feed are used")
            )
            return data
        more = render_yaml({"chapters": chapter_values(chapters)})
        if not present:
            return insert_front(data.decode(), more).encode()
        return replace_front(data.decode(), render_yaml({"chapters": chapter_values(present)}), more).encode()

    def transcript(self, wanted: Wanted) -> _Transcript:
        """The first transcript with times; else the first one without times."""
        untimed = _NONE
        for url, media_type in wanted.transcripts:
            data = self.fetch(url)
            if data is None:
                continue
            try:
                found, timed = _read(data, media_type, f"{FOLDER}/{wanted.slug}.{ENDINGS[media_type]}")
            except UnknownFormError as error:
                what = f"the response is not a transcript: {error}"
                self.problems.append(Problem("IMP-5", Mark(url), what, "no transcript was imported"))
                continue
            if not is_utf_8(data):
                what = "the encoding of the transcript is unknown"
                remedy = f"Convert {found.name or 'it'} to UTF-8 if letters are wrong."
                self.problems.append(Problem("IMP-5", Mark(url), what, "read as windows-1252", remedy))
            if timed:
                return found
            untimed = found if untimed is _NONE else untimed
        return untimed

    def fetch(self, url: str) -> bytes | None:
        """The file, or ``None`` if it cannot be fetched or its host was given up."""
        if self.silent >= _GIVEN_UP_AT:
            self.missed_at_all += 1
            return None
        host = urlsplit(url).hostname or ""
        if self.failures[host] >= _GIVEN_UP_AT:
            self.missed[host] += 1
            return None
        try:
            answer = fetch(url, allow_private=self.allow_private, max_bytes=_TEXT_BYTES)
            data = as_utf_8(answer.data, charset_of(answer.headers.get("content-type", "")))
        except FeedbuilderError as error:
            answered = all(problem.rule == "NET-7" for problem in error.problems)
            self.failures[host] += _NOT_THERE if answered else _NO_ANSWER
            self.silent += not answered
            self.problems += error.problems
            return None
        self.failures[host] = self.silent = 0
        return data

    def findings(self, folder: Path) -> list[Problem]:
        """All findings; one for each host that was given up."""
        missed = [
            Problem(
                "IMP-4",
                Mark(host),
                "no answer from the host",
                f"{counted(count, 'more request was', 'more requests were')} not made",
            )
            for host, count in sorted(self.missed.items())
        ]
        if self.missed_at_all:
            missing = counted(self.missed_at_all, "more was", "more were")
            what = f"{self.silent} consecutive requests got no answer"
            missed.append(Problem("IMP-4", Mark(str(folder)), what, f"{missing} not made"))
        return [*self.problems, *missed]


def _read(data: bytes, media_type: str, name: str) -> tuple[_Transcript, bool]:
    """The transcript, and whether its lines have times. A page without times or speakers gives its paragraphs.

    Raises:
        UnknownFormError: not a transcript.
    """
    is_page = data.lstrip()[:1] == b"<"
    try:
        spoken = [piece for piece in read_transcript(data).entries if isinstance(piece, Spoken)]
    except UnknownFormError:
        if not (is_page and media_type == "text/html"):
            raise
        text = html_to_text(limit_html(data.decode(errors="replace")))
        lines = tuple({"line": " ".join(line.split())} for line in text.split("\n") if line.strip())
        if not lines:
            raise
        return _Transcript(lines=lines), False
    timed = any(piece.start_s is not None for piece in spoken)
    if is_page and media_type != "text/html" and not timed:
        msg = f"a web page instead of {media_type}"
        raise UnknownFormError(msg)
    if not spoken:
        msg = "it has no words"
        raise UnknownFormError(msg)
    return _Transcript(name, data), timed


def fault_of(path: str, before: bytes, after: bytes) -> str:
    """What adding keys broke in an episode file; empty if nothing."""
    if len(after) > TEXT_BYTES:
        return f"the file is larger than {TEXT_BYTES} bytes"
    old, reading = parse_record(path, before).record, parse_record(path, after)
    new = reading.record
    if new is None:
        return reading.problems[-1].what
    kept = {key: value for key, value in old.front.items() if fold(key) != "chapters"} if old else {}
    same = old is not None and old.body == new.body and {**new.front, **kept} == new.front
    return "" if same else "its other keys would change"


def _front(path: str, data: bytes) -> set[str] | None:
    """The folded keys of an episode file; ``None`` if it is invalid."""
    record = parse_record(path, data).record
    return {fold(key) for key in record.front} if record else None


def _chapters_of(path: str, data: bytes) -> tuple[Chapter, ...]:
    record = parse_record(path, data).record
    episode = parse_episode(record, Reader({}, UTC, time())).episode if record else None
    return episode.chapters if episode else ()
