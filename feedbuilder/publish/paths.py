"""Which paths a release may contain: inside its folder, and distinct on every file system."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from feedbuilder.errors import Mark, Problem, quoted

LONGEST_BYTES = 200
_SITE = Mark("public")


def check_paths(paths: Iterable[str]) -> list[Problem]:
    """The findings about the paths of a release, alone and compared with each other; empty if there are none."""
    problems: list[Problem] = []
    files: dict[str, str] = {}
    for path in paths:
        folded = unicodedata.normalize("NFC", path).casefold()
        if fault := _fault_of(path):
            problems.append(Problem("PUB-1", _SITE, f"the path {quoted(path)} {fault}"))
        elif folded in files:
            problems.append(
                Problem(
                    "PUB-2",
                    _SITE,
                    f"{quoted(path)} and {quoted(files[folded])} differ only in case or in the form of letters",
                )
            )
        else:
            files[folded] = path
    return problems + _check_folders(files)


def _check_folders(files: dict[str, str]) -> list[Problem]:
    """The findings about files that have the name of a folder; ``files`` by folded path."""
    problems = []
    for folded, path in files.items():
        parent = folded.rpartition("/")[0]
        while parent:
            if parent in files:
                what = f"{quoted(files[parent])} is a file, but {quoted(path)} needs a folder of that name"
                problems.append(Problem("PUB-2", _SITE, what))
            parent = parent.rpartition("/")[0]
    return problems


def _fault_of(path: str) -> str:
    if not path.isprintable():
        return "holds characters that are not printable"
    if "\\" in path:
        return "holds a backslash"
    if not {"", ".", ".."}.isdisjoint(path.split("/")):
        return "is empty, absolute, or has a part that is empty, . or .."
    return f"is longer than {LONGEST_BYTES} bytes" if len(path.encode()) > LONGEST_BYTES else ""
