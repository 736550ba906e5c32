"""Reading the folder of releases: which exist, which is current, and whether one is complete."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from feedbuilder import disk
from feedbuilder.errors import Mark, Problem, Stopped, quoted
from feedbuilder.model import Manifest
from feedbuilder.publish.manifest import parse_manifest

CURRENT = "current"
RELEASES = "releases"
NEW = ".new-"  # prefix of releases that never became current
_ID = re.compile(r"(\d{6,})-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Release:
    """A release on the disk. ``id`` is ``000012-5c0ffee1``: a count, and the start of the digest of its content."""

    id: str
    folder: Path
    manifest: Manifest


def list_releases(public: Path) -> list[str]:
    """The ids of the releases that are or were live, oldest first.

    Raises:
        Stopped: the folder of releases cannot be read.
    """
    try:
        names = {entry.name for entry in (public / RELEASES).iterdir()}
    except FileNotFoundError:
        return []
    except OSError as error:
        raise Stopped(disk.unreadable(f"{public.name}/{RELEASES}", error)) from error
    return sorted((name for name in names if is_id(name) and f"{name}.json" in names), key=count_of)


def read_current(public: Path) -> Release | None:
    """The current release; ``None`` before the first one.

    Raises:
        Stopped: ``current`` is not what this program made of it, or the release it names is not whole.
    """
    current = read_current_id(public)
    if current:
        return read_release(public, current)
    if releases := list_releases(public):
        what = f"the link is missing, but there are releases (the last is {releases[-1]})"
        raise Stopped(Problem("PUB-4", Mark(f"{public.name}/{CURRENT}"), what))
    return None


def read_current_id(public: Path) -> str:
    """The id in the link ``current``; empty if there is no link.

    Raises:
        Stopped: ``current`` is no link into the folder of releases.
    """
    link = public / CURRENT
    try:
        target = link.readlink()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise Stopped(Problem("PUB-4", Mark(f"{public.name}/{CURRENT}"), "public/current is not a link")) from error
    if str(target.parent) != RELEASES or not is_id(target.name):
        what = f"the link leads to {quoted(str(target))}"
        raise Stopped(Problem("PUB-4", Mark(f"{public.name}/{CURRENT}"), what))
    return target.name


def read_release(public: Path, identifier: str) -> Release:
    """One release by its id; ``is_whole`` checks its files.

    Raises:
        Stopped: its folder is gone, or its manifest is gone or damaged.
    """
    releases = public / RELEASES
    named, unnamed = releases / f"{identifier}.json", releases / f"{NEW}{identifier}.json"
    mark = Mark(f"{public.name}/{RELEASES}/{identifier}.json")
    try:
        # A run that was killed right after the switch has not named the manifest yet.
        manifest = parse_manifest((named if named.exists() else unnamed).read_bytes())
    except OSError as error:
        raise Stopped(Problem("PUB-3", mark, "the manifest of the release cannot be read")) from error
    except (ValueError, TypeError, KeyError) as error:
        raise Stopped(Problem("PUB-3", mark, f"the manifest of the release is damaged: {error}")) from error
    folder = releases / identifier
    if not folder.is_dir():
        raise Stopped(Problem("PUB-3", mark, "the folder of the release is missing"))
    return Release(identifier, folder, manifest)


def read_published(release: Release, path: str) -> bytes:
    """The bytes of one file of a release, which its manifest lists.

    Raises:
        Stopped: the file is not in the release, or not as it was published.
    """
    expected = {file.path: file.sha256 for file in release.manifest.files}
    mark = Mark(f"{RELEASES}/{release.id}/{path}")
    try:
        data = (release.folder / path).read_bytes() if path in expected else None
    except OSError:
        data = None
    if data is None:
        raise Stopped(Problem("PUB-3", mark, "the file is missing from the release"))
    if hashlib.sha256(data).hexdigest() != expected[path]:
        raise Stopped(Problem("PUB-3", mark, "the file has changed since it was published"))
    return data


def is_whole(release: Release) -> bool:
    """Whether every file of the release exists with its size. Hashing them would read all audio again."""
    return all(has_size(f"{release.folder}/{file.path}", file.length_bytes) for file in release.manifest.files)


def has_size(path: str | Path, length_bytes: int) -> bool:
    """Whether this is a regular file of that size."""
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size == length_bytes


def is_id(name: str) -> bool:
    """Whether this is the name of a release."""
    return _ID.fullmatch(name) is not None


def count_of(identifier: str) -> int:
    """The number of a release; later ones have higher numbers."""
    return int(identifier.partition("-")[0])
