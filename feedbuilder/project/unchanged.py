"""What the last build read, so that a build of an unchanged project ends before anything is read.

A build depends on the files of the project, on this program and on the time. All three are compared: each file by size,
mtime, ctime and inode, as in the media cache; the program by its files and the versions of its libraries; the time by
the next scheduled episode. A build whose inputs cannot be compared (a live feed, a file changed a moment ago) is not
remembered.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import feedbuilder
from feedbuilder import disk
from feedbuilder.errors import Mark, Problem
from feedbuilder.project.outcome import Outcome

if TYPE_CHECKING:
    from feedbuilder.authors.show import Show

_FILE = ".feedbuilder/unchanged.json"
_KIND = "feedbuilder unchanged 1"
_COARSEST_CLOCK_NS = 2_000_000_000  # FAT keeps times in steps of two seconds

_Seen = tuple[str, int, int, int, int]


def recall(root: Path, now: datetime) -> tuple[str, Outcome] | None:
    """The folder of releases and the outcome of the last build, if a build now would have the same outcome."""
    try:
        kept = disk.unseal(_KIND, (root / _FILE).read_bytes())
        outcome = kept["outcome"]
        next_due = outcome["next_due"] and datetime.fromisoformat(outcome["next_due"])
        if now < datetime.fromisoformat(kept["now"]) or (next_due and now >= next_due):
            return None
        if kept["program"] != program() or kept["seen"] != [list(one) for one in _seen(root, kept["places"])]:
            return None
    except (OSError, ValueError, TypeError, KeyError):  # absent, damaged, or of another version: build
        return None
    problems = (Problem(rule, Mark(*mark), *texts) for rule, mark, *texts in outcome["problems"])
    return kept["public"], Outcome(
        outcome["release"],
        outcome["items"],
        tuple(outcome["left_out"]),
        tuple(outcome["carried"]),
        next_due,
        tuple(problems),
    )


def remember(
    root: Path, show: Show, now: datetime, started_ns: int, outcome: Outcome, *, transcripts: Iterable[str] = ()
) -> None:
    """Keep the outcome of a build that began at ``started_ns``, unless something may have changed since.

    Raises:
        Stopped: it cannot be written.
    """
    places = sorted(
        {show.people, show.pages.templates, show.ledger, show.media.folder, *show.episodes, *show.images, "config"}
        | {str(PurePosixPath(path).parent) for path in transcripts}
    )
    seen = list(_seen(root, places))
    newest = max((max(modified, changed) for _, _, modified, changed, _ in seen), default=0)
    if show.guard == "live" or newest >= started_ns - _COARSEST_CLOCK_NS:
        return
    kept = {
        "now": now.isoformat(),
        "program": program(),
        "public": show.public,
        "places": places,
        "seen": seen,
        "outcome": {
            "release": outcome.release,
            "items": outcome.items,
            "left_out": outcome.left_out,
            "carried": outcome.carried,
            "next_due": outcome.next_due.isoformat() if outcome.next_due else None,
            "problems": [[one.rule, one.mark, one.what, one.effect, one.remedy] for one in outcome.problems],
        },
    }
    with disk.writing("FILE-10", _FILE):
        disk.replace(root / _FILE, disk.seal(_KIND, kept))


def clock_ns() -> int:
    """The current time in the unit of file times."""
    return time.time_ns()


def program() -> list[object]:
    """Everything besides the project that affects the site: this program, Python, and the installed libraries."""
    package = Path(feedbuilder.__file__).parent
    code = [[path, *stamp] for path, *stamp in _seen(package, ["."]) if "__pycache__" not in path]
    libraries = sorted({name for folder in sys.path for name in _names(folder) if name.endswith(".dist-info")})
    return [sys.version, libraries, code]


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder or ".")  # noqa: PTH208 - only names are needed
    except OSError:  # missing, or a zip file
        return []


def _seen(root: Path, places: Iterable[str]) -> Iterator[_Seen]:
    """Path, size, mtime, ctime and inode of every file and folder in these places of the project."""
    for place in places:
        top = root / place
        if top.exists():
            yield _stamp(place, top)
        for folder, folders, files in os.walk(top, onerror=_fail) if top.is_dir() else ():
            folders.sort()
            for name in sorted([*folders, *files]):
                path = Path(folder, name)
                yield _stamp(path.relative_to(root).as_posix(), path)


def _stamp(name: str, path: Path) -> _Seen:
    status = path.stat() if path.exists() else path.lstat()  # a broken link has a stamp, too
    return name, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _fail(error: OSError) -> None:
    raise error
