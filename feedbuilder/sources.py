"""The texts of a project: listed and read as bytes, and written by commands other than ``build``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from feedbuilder import disk
from feedbuilder.authors.show import SHOW_FILE
from feedbuilder.errors import FeedbuilderError, Mark, Problem
from feedbuilder.model import SourceFile

TEXT_BYTES = 8 * 1024 * 1024


def find_project(start: Path) -> Path:
    """The folder with ``config/show.yaml``: ``start`` or the nearest one above it. Absolute.

    Raises:
        FeedbuilderError: there is none.
    """
    here = start.resolve()
    for folder in (here, *here.parents):
        if (folder / SHOW_FILE).is_file():
            return folder
    raise FeedbuilderError(Problem("FILE-8", Mark(str(start)), f"no {SHOW_FILE} in this folder or above it"))


def read_folder(
    root: Path, folder: str, patterns: Sequence[str] = ("*.md", "*.markdown")
) -> tuple[list[SourceFile], list[Problem]]:
    """The texts below a folder of the project whose names match a pattern (in any case), by path.

    A file that cannot or must not be read is a finding. Links to files inside the folder are followed. An absent folder
    has no texts.

    Raises:
        FeedbuilderError: the folder is outside the project, or has too many entries.
    """
    found, problems = disk.list_files(root, folder)
    texts: list[SourceFile] = []
    for file in found:
        name = file.path.rpartition("/")[2].lower()
        if any(fnmatchcase(name, pattern) for pattern in patterns):
            try:
                texts.append(_read(file, TEXT_BYTES))
            except FeedbuilderError as error:
                problems += error.problems
    return texts, problems


def read_file(root: Path, path: str, *, most_bytes: int = TEXT_BYTES) -> SourceFile | None:
    """One text of the project; ``None`` if there is no such file.

    Raises:
        FeedbuilderError: it is outside the project, not a regular file, too large or cannot be read.
    """
    file = disk.find_file(root, "", path)
    return _read(file, most_bytes) if file else None


def write_new(path: Path, data: bytes) -> None:
    """Write a text that does not exist yet, whole or not at all, with the folders it needs.

    Raises:
        FeedbuilderError: it exists already, or cannot be written.
    """
    with disk.writing("FILE-10", str(path)):
        try:
            disk.create_whole(path, data)
        except FileExistsError as error:
            if not os.path.lexists(path):  # a parent folder exists as a file
                raise
            raise FeedbuilderError(Problem("FILE-9", Mark(str(path)), "the file exists already")) from error


def replace_file(path: Path, data: bytes) -> None:
    """Write a text over the old one, if it differs: a reader sees one or the other, whole. Its mode stays.

    Raises:
        FeedbuilderError: it cannot be written; the old text is untouched.
    """
    with disk.writing("FILE-10", str(path)):
        if not path.is_file() or path.read_bytes() != data:
            disk.replace(path, data)


def _read(file: disk.Found, most_bytes: int) -> SourceFile:
    with disk.open_file(file) as stream:
        try:
            data = stream.read(most_bytes + 1)
        except OSError as error:
            raise FeedbuilderError(disk.unreadable(file.path, error)) from error
    if len(data) > most_bytes:
        what = f"the file is larger than {most_bytes} bytes"
        raise FeedbuilderError(Problem("FILE-6", Mark(file.path), what))
    return SourceFile(file.path, data)
