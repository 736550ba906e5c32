"""Audio and pictures of a project, measured by content and never by name; results are cached."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from io import BufferedReader
from pathlib import Path, PurePosixPath
from typing import Any

from feedbuilder import disk
from feedbuilder.errors import FeedbuilderError, Mark, Problem, quoted
from feedbuilder.media.content import measure_content
from feedbuilder.model import Chapter, MediaFacts
from feedbuilder.vocabulary.media_types import MEDIA_ENDINGS

__all__ = ["MediaCache", "find_media", "make_artwork", "measure", "measure_content", "read_cache", "write_cache"]

MEDIA_FOLDERS = ("images", "media")

_CACHE_FILE = ".feedbuilder/media.json"
_CACHE_KIND = "feedbuilder media 2"
_COARSEST_CLOCK_NS = 2_000_000_000  # FAT keeps times in steps of two seconds

_SOUND_ENDINGS = {
    *(ending for kind, ending in MEDIA_ENDINGS.items() if not kind.startswith("image/")),
    *("m4b", "oga", "opus"),
}

Stamp = tuple[int, int, int, int]


@dataclass(slots=True)
class MediaCache:
    """What was measured: path -> (size, mtime_ns, ctime_ns and inode at that time; facts). ``measure`` adds to it."""

    entries: dict[str, tuple[Stamp, MediaFacts]] = field(default_factory=dict)
    changed: bool = False


def read_cache(root: Path) -> MediaCache:
    """The measurements of earlier runs; empty if absent or damaged.

    A file that changed when the cache was written may have changed again within the same clock tick, so it is left out.
    """
    path = root / _CACHE_FILE
    try:
        latest = path.stat().st_mtime_ns - _COARSEST_CLOCK_NS
        entries = {
            facts["path"]: ((size, modified, changed, inode), _as_facts(facts))
            for size, modified, changed, inode, facts in disk.unseal(_CACHE_KIND, path.read_bytes())
            if max(modified, changed) < latest
        }
    except (OSError, ValueError, TypeError, KeyError):
        return MediaCache()
    return MediaCache(entries)


def write_cache(root: Path, cache: MediaCache) -> None:
    """Write the measurements of files that still exist. Nothing is written if nothing was added.

    Raises:
        FeedbuilderError: it cannot be written.
    """
    if not cache.changed:
        return
    rows = [
        [*stamp, asdict(facts)] for path, (stamp, facts) in sorted(cache.entries.items()) if (root / path).is_file()
    ]
    with disk.writing("FILE-10", _CACHE_FILE):
        disk.replace(root / _CACHE_FILE, disk.seal(_CACHE_KIND, rows))
    cache.changed = False


def measure(
    root: Path, path: str, cache: MediaCache, *, rehash: bool = False, folders: Sequence[str] = MEDIA_FOLDERS
) -> MediaFacts | Problem:
    """The facts of one audio file or picture of the project, or the finding why it is not published.

    They are taken from the cache while size, mtime, ctime and inode of the file agree, unless ``rehash``.
    ``folders`` are those from which the show publishes; a link may not lead out of them.
    """
    plain = PurePosixPath(path)
    folder = next((one for one in folders if plain.is_relative_to(one)), None)
    if folder is None or plain.parts[0].casefold() == "config" or any(part.startswith(".") for part in plain.parts):
        return Problem("MED-1", Mark(path), f"the file is not in a media folder ({', '.join(folders)})")
    path = str(plain)
    try:
        file = disk.find_file(root, folder, path)
        if not file:
            return Problem("MED-2", Mark(path), "the file was not found")
        with disk.open_file(file) as stream:
            return _measure_once(stream, path, cache, rehash=rehash)
    except FeedbuilderError as error:
        return error.problems[0]
    except OSError as error:
        return disk.unreadable(path, error)


def make_artwork(root: Path, fact: MediaFacts, cache: MediaCache) -> MediaFacts | Problem:
    """The facts of artwork for Apple, derived from a picture of the project, or the finding why there is none.

    Raises:
        FeedbuilderError: it cannot be written.
    """
    from feedbuilder.media.artwork import fitted_path  # noqa: PLC0415 - most builds make no picture

    path = fitted_path(root, fact)
    if isinstance(path, Problem):
        return path
    file = disk.find_file(root, str(PurePosixPath(path).parent), path)
    if file is None:
        return Problem("MED-6", Mark(path), "the derived artwork was removed while it was measured")
    with disk.open_file(file) as stream:
        return _measure_once(stream, path, cache, rehash=False)


def find_media(root: Path, folder: str) -> tuple[dict[str, str], list[Problem]]:
    """Which file below a media folder belongs to which record: its name without the ending -> its path, by path.

    Only endings of audio and video count here, in any case. Where two files claim a record, neither belongs to it.

    Raises:
        FeedbuilderError: the folder is outside the project, or has too many entries.
    """
    found, problems = disk.list_files(root, folder)
    claims: dict[str, list[str]] = {}
    for file in found:
        stem, _, ending = file.path.rpartition("/")[2].rpartition(".")
        if stem and ending.lower() in _SOUND_ENDINGS:
            claims.setdefault(stem, []).append(file.path)
    for stem, paths in claims.items():
        if len(paths) > 1:
            names = ", ".join(quoted(path.rpartition("/")[2]) for path in paths[:3]) + (", …" if len(paths) > 3 else "")
            problems.append(
                Problem(
                    "MED-5",
                    Mark(paths[0]),
                    f"{len(paths)} audio files have the name of episode {quoted(stem)}: {names}",
                )
            )
    return {stem: paths[0] for stem, paths in claims.items() if len(paths) == 1}, problems


def _measure_once(stream: BufferedReader, path: str, cache: MediaCache, *, rehash: bool) -> MediaFacts | Problem:
    stamp = _stamp(stream)
    known = cache.entries.get(path)
    if known and known[0] == stamp and not rehash:
        return known[1]
    facts = measure_content(stream, MediaFacts(path, stamp[0], "", ""))
    if isinstance(facts, Problem):
        return facts
    if facts.duration_s is not None:
        from feedbuilder.media.tags import read_chapters  # noqa: PLC0415 - most runs measure nothing

        facts = replace(facts, chapters=read_chapters(stream, facts.type))
    stream.seek(0)
    facts = replace(facts, sha256=hashlib.file_digest(stream, "sha256").hexdigest())
    if _stamp(stream) != stamp:
        return Problem("MED-6", Mark(path), "the file changed while it was measured")
    cache.entries[path] = stamp, facts
    cache.changed = True
    return facts


def _as_facts(row: dict[str, Any]) -> MediaFacts:
    return MediaFacts(**{**row, "chapters": tuple(Chapter(**one) for one in row["chapters"])})


def _stamp(stream: BufferedReader) -> Stamp:
    status = os.fstat(stream.fileno())
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
