"""A system that refuses: any call of a kind that Python reports to audit hooks can be made to fail."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_watchers: list[Callable[[str, tuple[object, ...]], None]] = []
_installed: list[bool] = []  # Python cannot take a hook away again, so there is one


def _hook(event: str, args: tuple[object, ...]) -> None:
    for watcher in tuple(_watchers):
        watcher(event, args)


@contextmanager
def watching(watcher: Callable[[str, tuple[object, ...]], None]) -> Iterator[None]:
    """Show every audit event to ``watcher``, which may raise."""
    if not _installed:
        sys.addaudithook(_hook)
        _installed.append(True)
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)


@contextmanager
def refusing(event: str, part: str, number: int = errno.EACCES) -> Iterator[None]:
    """Make calls fail that name something with ``part`` in it."""

    def refuse(name: str, args: tuple[object, ...]) -> None:
        if name == event and any(part in str(argument) for argument in args):
            raise OSError(number, os.strerror(number), str(args[0]))

    with watching(refuse):
        yield
