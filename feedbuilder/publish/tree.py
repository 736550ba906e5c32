"""The files of one release, put into a folder before it is current: hard links if unchanged, else written."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from feedbuilder import disk
from feedbuilder.errors import Mark, Problem, Stopped
from feedbuilder.model import Artefact, PublishedFile
from feedbuilder.publish.store import Release, has_size


def build_tree(
    folder: Path, artefacts: Sequence[Artefact], last: Release | None
) -> tuple[tuple[PublishedFile, ...], tuple[str, ...]]:
    """The files of the new folder, synced to the disk, and the paths of those that were written.

    Raises:
        Stopped: the content of a file is not the one that was announced.
        OSError: the disk refuses.
    """
    before = {file.path: file for file in last.manifest.files} if last else {}
    folders = {folder: None}
    folder.mkdir()
    files, written = [], []
    for artefact in artefacts:
        target = folder / artefact.path
        _make_folders(target.parent, folders)
        old = before.get(artefact.path)
        if not (last and old and old.sha256 == artefact.sha256 and _link(last.folder, old, target)):
            _write(artefact, target)
            written.append(artefact.path)
        files.append(PublishedFile(artefact.path, artefact.type, artefact.sha256, target.stat().st_size))
    disk.sync_all([*(folder / path for path in written), *reversed(folders)])
    return tuple(files), tuple(written)


def _make_folders(folder: Path, folders: dict[Path, None]) -> None:
    """Make a folder and those above it; ``folders`` are those made so far, parents first."""
    if folder not in folders:
        _make_folders(folder.parent, folders)
        folder.mkdir()
        folders[folder] = None


def _link(folder: Path, old: PublishedFile, target: Path) -> bool:
    """Whether the file of the last release was reused, with its inode, or at least with its mtime."""
    source = folder / old.path
    if not has_size(source, old.length_bytes):
        return False
    try:
        target.hardlink_to(source)
    except OSError:  # a file system without hard links, or too many of them to one file
        shutil.copy2(source, target)
        _check(target, old.sha256, old.path)
        disk.sync(target)
    return True


def _write(artefact: Artefact, target: Path) -> None:
    """Write a changed file. Local media are copied, so that editing the original does not change the release."""
    if artefact.origin:
        shutil.copyfile(artefact.origin, target)
    else:
        target.write_bytes(artefact.data)
    _check(target, artefact.sha256, artefact.path)


def _check(target: Path, sha256: str, path: str) -> None:
    """Read a file back and compare its hash."""
    with target.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
            raise Stopped(Problem("PUB-6", Mark(path), "the content has changed since it was measured"))
