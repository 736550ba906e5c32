"""A feed of another host -> a project that publishes the same episodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, time
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from feedbuilder import disk
from feedbuilder.authors.episodes import Reader, parse_episode
from feedbuilder.authors.records import parse_record
from feedbuilder.authors.show import SHOW_FILE
from feedbuilder.authors.yaml_text import render_yaml
from feedbuilder.disk import real_folder
from feedbuilder.errors import FeedbuilderError, Mark, Problem
from feedbuilder.import_ import Imported, Wanted, import_feed
from feedbuilder.import_.project import COVER_FILE, LEDGER_FILE
from feedbuilder.import_.write import chapter_values, insert_front, replace_front, transcript_values
from feedbuilder.ledger import parse_ledger
from feedbuilder.model import Chapter, Ledger, SourceFile
from feedbuilder.network import MOST_BYTES, fetch
from feedbuilder.project.observer import SILENT, Observer
from feedbuilder.project.paged_feeds import read_older
from feedbuilder.project.start import IGNORE, cover
from feedbuilder.publish import LOCK_S, hold_lock
from feedbuilder.sources import TEXT_BYTES, read_file, replace_file, write_new
from feedbuilder.text.characters import counted
from feedbuilder.text.names import fold
from feedbuilder.upstream.captions import Spoken, gather_paragraphs, parse_captions
from feedbuilder.upstream.chapters import parse_json_chapters

# Give up on a host after 2 consecutive timeouts or 10 files that are not found; give up on all hosts after 10
# consecutive requests without an answer.
_GIVEN_UP_AT = 10
_NO_ANSWER, _NOT_THERE = 5, 1
_TEXT_BYTES = 4 * 1024 * 1024  # parsed, JSON or a page of this size takes up to 100 MB


@dataclass(frozen=True, slots=True)
class ImportedProject:
    """The feed's project, the paths written (in a dry run: to be written), and the paths that already existed."""

    imported: Imported
    written: tuple[str, ...]
    kept: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def episodes(self) -> int:
        """The number of episodes in the feed."""
        return sum(path.startswith("episodes/") for path in self.imported.files)


def import_project(
    source: str,
    folder: Path,
    *,
    feed_url: str = "",
    offline: bool = False,
    dry_run: bool = False,
    allow_private: bool = False,
    observer: Observer = SILENT,
) -> ImportedProject:
    """Turn the feed at ``source``, a URL or a file, into a project in ``folder``.

    ``feed_url``: where the feed will be public; default: its current address. ``offline``: fetch no chapters or
    transcripts. Existing files are not changed; only the ledger gains rows.

    Raises:
        FeedbuilderError: the feed cannot be read, or a target folder is outside of the project.
    """
    data, where, upstream = _read(source, allow_private=allow_private)
    fetch_page = None if offline and "://" not in source else partial(_fetch_page, allow_private=allow_private)
    older, unread = read_older(data, where, fetch_page)
    show, ledger = _present(folder)
    imported = import_feed(data, where, ledger, older=older, present=show, feed_url=feed_url, upstream=upstream)
    kept = [path for path in imported.files if (folder / path).exists()]
    written = [path for path in imported.files if path not in kept]
    problems = [*unread, *imported.problems]
    if not dry_run:
        with disk.writing("FILE-10", str(folder)):
            folder.mkdir(parents=True, exist_ok=True)
        with hold_lock(folder):
            written, found = _write(folder, imported, observer)
        observer.changed()
        kept = [path for path in kept if path not in written]  # the ledger may have gained rows
        problems += found
        problems += _fetch_all(folder, imported, offline=offline, allow_private=allow_private, observer=observer)
    return ImportedProject(imported, tuple(written), tuple(kept), tuple(problems))


def _read(source: str, *, allow_private: bool) -> tuple[bytes, str, str]:
    """The feed, its name in findings, and the address to sync from later."""
    if "://" in source:
        return _fetch_page(source, allow_private=allow_private), source, source
    try:
        with Path(source).open("rb") as stream:
            return stream.read(MOST_BYTES + 1), Path(source).name, ""
    except OSError as error:
        what = f"the feed cannot be read: {(error.strerror or str(error)).lower()}"
        raise FeedbuilderError(Problem("FILE-3", Mark(source), what)) from error


def _fetch_page(url: str, *, allow_private: bool) -> bytes:

    return fetch(url, allow_private=allow_private, max_bytes=MOST_BYTES).data


def _present(folder: Path) -> tuple[SourceFile | None, Ledger]:
    """The show file and the ledger of the existing project."""
    if not folder.is_dir():
        return None, Ledger()
    source = read_file(folder, LEDGER_FILE)
    return read_file(folder, SHOW_FILE), parse_ledger(source)[0] if source else Ledger()


def _write(folder: Path, imported: Imported, observer: Observer) -> tuple[list[str], list[Problem]]:
    """Paths of the new files, and findings for existing files with other content. The ledger only gains rows.

    Raises:
        FeedbuilderError: a target folder is outside of the project; nothing is written.
    """
    files = {**imported.files, ".gitignore": IGNORE.encode()}
    if imported.needs_cover:
        files[COVER_FILE] = cover("Podcast")
    for parent in sorted({str(Path(path).parent) for path in files}):
        real_folder(folder, parent)  # refuses a link that leads out of the project
    written, others = [], []
    for path, data in files.items():
        target = folder / path
        if not target.exists():
            write_new(target, data)
            written.append(path)
            observer.changed()
        elif path == LEDGER_FILE and target.read_bytes() != data:
            replace_file(target, data)
            written.append(path)
        elif not _says_all(path, data, target.read_bytes()):
            others.append(path)
    what = "the file exists with other content"
    return written, [Problem("IMP-3", Mark(path), what) for path in others]


def _says_all(path: str, data: bytes, there: bytes) -> bool:
    """Whether the existing file has all that the new one would; it may have chapters and a transcript besides."""
    return data == there or (path.startswith("episodes/") and not _fault(path, data, there))


# --- chapters and transcripts -------------------------------------------------------------------------------------


def _fetch_all(
    folder: Path, imported: Imported, *, offline: bool, allow_private: bool, observer: Observer
) -> list[Problem]:
    """Fetch the chapters and transcripts that the feed links to, and add them to the episode files."""
    if offline:
        many = len(imported.wanted)
        what = f"{many} item{'s link' if many > 1 else ' links'} to chapters or transcripts"
        remedy = "Run the import again without --offline."
        return [Problem("IMP-4", Mark(str(folder)), what, "not fetched", remedy)] if many else []
    fetching = _Fetching(allow_private=allow_private)
    with observer.progress("fetching", len(imported.wanted)) as step:
        for wanted in imported.wanted:
            fetching.complete(folder, wanted)
            step()
    return fetching.findings(folder)


class _Fetching:
    """The state of one run: which hosts failed, and the findings."""

    def __init__(self, *, allow_private: bool) -> None:
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
        if file is None:
            return
        front = _front(path, file.data)
        if front is None:
            return
        data = file.data
        chapters = _chapters_of(path, data)
        text = ""
        if wanted.chapters_url and "chapters" not in front:
            chapters = self.chapters(wanted)
            text = render_yaml({"chapters": chapter_values(chapters)})
            if text and wanted.transcripts and "transcript" in front:
                data = self.place(path, data, wanted, chapters)
        if wanted.transcripts and "transcript" not in front:
            text += _transcript_text(self.transcript(wanted), chapters)
        if text:
            changed = insert_front(data.decode(), text).encode()
            if fault := _fault(path, data, changed):
                what = f"with its chapters and transcript the episode file would be invalid: {fault}"
                effect, remedy = "they were not added", "Correct the episode file and run the import again."
                self.problems.append(Problem("IMP-5", Mark(path), what, effect, remedy))
                return
            with hold_lock(folder, wait_s=LOCK_S):
                now = read_file(folder, path)  # the file may have changed during the download
                if now and now.data == file.data:
                    replace_file(folder / path, changed)
                else:
                    what = "the episode file was changed while its chapters and transcript were fetched"
                    self.problems.append(Problem("IMP-4", Mark(path), what, "they were not added"))

    def place(self, path: str, data: bytes, wanted: Wanted, chapters: tuple[Chapter, ...]) -> bytes:
        """The file with the chapters added as headers to the transcript that an earlier run wrote.

        If the transcript was edited since, or the host has another one now, the file is not changed.
        """
        spoken = self.transcript(wanted)
        before, after = _transcript_text(spoken, ()), _transcript_text(spoken, chapters)
        changed = replace_front(data.decode(), before, after).encode() if before else data
        if changed == data and (before != after or not before):
            what = "its chapters were fetched after its transcript, which differs from the host's"
            effect = "the chapters were not added to it as headers"
            remedy = "Remove `transcript:` and run the import again, or add the headers yourself."
            self.problems.append(Problem("IMP-3", Mark(path), what, effect, remedy))
        return changed

    def chapters(self, wanted: Wanted) -> tuple[Chapter, ...]:
        data = self.fetch(wanted.chapters_url)
        if data is None:
            return ()
        chapters, found = parse_json_chapters(data, wanted.chapters_url)
        self.problems += found
        return chapters

    def transcript(self, wanted: Wanted) -> tuple[Spoken, ...]:
        """The first transcript that can be fetched and has times; else the first one without times."""
        untimed: tuple[Spoken, ...] = ()
        for url, media_type in wanted.transcripts:
            data = self.fetch(url)
            if data is not None:
                spoken, found = parse_captions(data, media_type, url)
                self.problems += found
                if spoken and _is_timed(spoken):
                    return spoken
                untimed = untimed or spoken
        return untimed

    def fetch(self, url: str) -> bytes | None:
        if self.silent >= _GIVEN_UP_AT:
            self.missed_at_all += 1
            return None
        host = urlsplit(url).hostname or ""
        if self.failures[host] >= _GIVEN_UP_AT:
            self.missed[host] += 1
            return None
        try:
            data = fetch(url, allow_private=self.allow_private, max_bytes=_TEXT_BYTES).data
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


def _is_timed(spoken: Sequence[Spoken]) -> bool:
    return all(one.start_s is not None for one in spoken)


def _transcript_text(spoken: Sequence[Spoken], chapters: Sequence[Chapter]) -> str:
    """The lines of YAML for a transcript, a paragraph each, with these chapters as headers."""
    if _is_timed(spoken):
        spoken = gather_paragraphs(spoken, [one.start_s for one in chapters])
    return render_yaml({"transcript": transcript_values(spoken, chapters)})


def _fault(path: str, before: bytes, after: bytes) -> str:
    """What adding keys broke in an episode file; empty if nothing."""
    if len(after) > TEXT_BYTES:
        return f"the file is larger than {TEXT_BYTES} bytes"
    old, reading = parse_record(path, before).record, parse_record(path, after)
    new = reading.record
    if new is None:
        return reading.problems[-1].what
    same = old is not None and old.body == new.body and {**new.front, **old.front} == new.front
    return "" if same else "its other keys would change"


def _front(path: str, data: bytes) -> set[str] | None:
    """The folded keys of an episode file; ``None`` if it is invalid."""
    record = parse_record(path, data).record
    return {fold(key) for key in record.front} if record else None


def _chapters_of(path: str, data: bytes) -> tuple[Chapter, ...]:

    record = parse_record(path, data).record
    episode = parse_episode(record, Reader({}, UTC, time())).episode if record else None
    return episode.chapters if episode else ()
