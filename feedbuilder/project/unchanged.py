"""What the last build saw, so that one with nothing to do is over before anything is read.

A build depends on the files of the project, on this program and on the time of day. All three are compared: each file
by size, mtime, ctime and inode, as the cache of media does; the program by its files and the versions of what it uses;
the time by the next embargo. What cannot be compared (a feed that is live, a file that changed a moment ago) is not
remembered, and the next build does everything.
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
    """The folder of releases and the outcome of the last build, where a build now would come to the same."""
    try:
        said = disk.unseal(_KIND, (root / _FILE).read_bytes())
        outcome = said["outcome"]
        next_due = outcome["next_due"] and datetime.fromisoformat(outcome["next_due"])
        if now < datetime.fromisoformat(said["now"]) or (next_due and now >= next_due):
            return None
        if said["program"] != program() or said["seen"] != [list(one) for one in _seen(root, said["places"])]:
            return None
    except (OSError, ValueError, TypeError, KeyError):  # absent, damaged, or of another version: build
        return None
    problems = (Problem(rule, Mark(*mark), *texts) for rule, mark, *texts in outcome["problems"])
    return said["public"], Outcome(
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
    said = {
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
        disk.replace(root / _FILE, disk.seal(_KIND, said))


def clock_ns() -> int:
    """The time of this moment, as files have it."""
    return time.time_ns()


def program() -> list[object]:
    """What would make another site of the same files: this program, Python, and the installed libraries."""
    package = Path(feedbuilder.__file__).parent
    code = [[path, *stamp] for path, *stamp in _seen(package, ["."]) if "__pycache__" not in path]
    libraries = sorted({name for folder in sys.path for name in _names(folder) if name.endswith(".dist-info")})
    return [sys.version, libraries, code]


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder or ".")  # noqa: PTH208 - names are all that is asked for
    except OSError:  # not there, or a zip file
        return []


def _seen(root: Path, places: Iterable[str]) -> Iterator[_Seen]:
    """Path, size, mtime, ctime and inode of all that lies in these places of the project, folders too."""
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
    status = path.stat() if path.exists() else path.lstat()  # a link that leads nowhere is seen, too
    return name, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _fail(error: OSError) -> None:
    raise error
