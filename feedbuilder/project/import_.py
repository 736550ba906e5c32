"""A feed of another host -> a project that publishes the same episodes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from feedbuilder import disk
from feedbuilder.authors.show import SHOW_FILE
from feedbuilder.disk import real_folder
from feedbuilder.errors import FeedbuilderError, Mark, Problem
from feedbuilder.import_ import Imported, import_feed
from feedbuilder.import_.project import COVER_FILE, LEDGER_FILE
from feedbuilder.ledger import parse_ledger
from feedbuilder.model import Ledger, SourceFile
from feedbuilder.network import MOST_BYTES, fetch
from feedbuilder.project.linked_texts import LinkedTexts, fault_of
from feedbuilder.project.observer import SILENT, Observer
from feedbuilder.project.paged_feeds import read_older
from feedbuilder.project.start import IGNORE, cover
from feedbuilder.publish import hold_lock
from feedbuilder.sources import read_file, replace_file, write_new
from feedbuilder.upstream.encodings import as_utf_8, charset_of


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

    answer = fetch(url, allow_private=allow_private, max_bytes=MOST_BYTES)
    return as_utf_8(answer.data, charset_of(answer.headers.get("content-type", "")))


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
    return data == there or (path.startswith("episodes/") and not fault_of(path, data, there))


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
    texts = LinkedTexts(allow_private=allow_private)
    with observer.progress("fetching", len(imported.wanted)) as step:
        for wanted in imported.wanted:
            texts.complete(folder, wanted)
            step()
    return texts.findings(folder)
