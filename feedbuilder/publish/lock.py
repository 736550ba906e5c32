"""The private folder of a project: the lock, and the facts of the last build."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from feedbuilder import disk
from feedbuilder.errors import LockHeld

PRIVATE = ".feedbuilder"
LOCK_S = 60.0  # how long a command waits for a running build before it writes its results
_POLL_S = 0.05

_held: set[int] = set()  # descriptors of the locks that this process holds


def _let_go() -> None:
    """Close inherited locks: a worker that outlives a killed build must not keep its lock."""
    while _held:
        os.close(_held.pop())


os.register_at_fork(after_in_child=_let_go)


@contextmanager
def hold_lock(project: Path, *, wait_s: float = 0.0) -> Iterator[None]:
    """A context in which no other run changes this project. The system releases the lock with the process.

    Raises:
        LockHeld: another run holds the lock, and still does after so many seconds.
        Stopped: the lock file cannot be written.
    """
    path = project / PRIVATE / "lock"
    with ExitStack() as stack:
        with disk.writing("PUB-5", f"{PRIVATE}/lock"):
            path.parent.mkdir(exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            _held.add(descriptor)
            stack.callback(_release, descriptor)
            _wait_for(descriptor, time.monotonic() + wait_s)
        yield


def _wait_for(descriptor: int, until: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= until:
                raise LockHeld(f"another run holds {PRIVATE}/lock") from error
            time.sleep(_POLL_S)
        else:
            return


def _release(descriptor: int) -> None:
    if descriptor in _held:
        _held.remove(descriptor)
        os.close(descriptor)


def write_last_build(project: Path, account: Mapping[str, object]) -> None:
    """Write what was built, from what, with which findings, to ``.feedbuilder/last-build.json``; a JSON object.

    Raises:
        Stopped: it cannot be written.
    """
    data = json.dumps(account, ensure_ascii=False, indent=1, allow_nan=False).encode() + b"\n"
    with disk.writing("PUB-5", f"{PRIVATE}/last-build.json"):
        disk.replace(project / PRIVATE / "last-build.json", data)


def read_last_build(project: Path) -> Mapping[str, Any]:
    """What ``write_last_build`` wrote; empty where there is nothing, or it is damaged."""
    try:
        account = json.loads((project / PRIVATE / "last-build.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return account if isinstance(account, dict) else {}
