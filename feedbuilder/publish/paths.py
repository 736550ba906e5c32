"""Which paths a release may hold: none leads out of it, and all can lie side by side on any disk."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from feedbuilder.errors import Mark, Problem, quoted

LONGEST_BYTES = 200
_SITE = Mark("public")


def check_paths(paths: Iterable[str]) -> list[Problem]:
    """What is wrong with the paths of a release, each by itself and beside the others; empty when all is well."""
    problems: list[Problem] = []
    files: dict[str, str] = {}
    for path in paths:
        folded = unicodedata.normalize("NFC", path).casefold()
        if fault := _fault_of(path):
            problems.append(Problem("PUB-1", _SITE, f"the path {quoted(path)} {fault}"))
        elif folded in files:
            problems.append(Problem("PUB-2", _SITE, f"{quoted(path)} and {quoted(files[folded])} are one name"))
        else:
            files[folded] = path
    return problems + _check_folders(files)


def _check_folders(files: dict[str, str]) -> list[Problem]:
    """What is wrong where a file has the name of a folder; ``files`` by folded path."""
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
