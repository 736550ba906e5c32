"""A system that refuses: calls of it that Python code makes can be made to fail, or be noted."""

from __future__ import annotations

import builtins
import errno
import io
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

# By the names of Python's audit events. An audit hook would see more; but it runs in every thread for as long as the
# process lives, and a thread that starts while another is in it cannot be traced (CPython 3.11).
_CALLS: dict[str, tuple[tuple[object, str], ...]] = {
    "open": ((builtins, "open"), (io, "open"), (os, "open")),
    "os.link": ((os, "link"),),
    "os.listdir": ((os, "listdir"),),
    "os.mkdir": ((os, "mkdir"),),
    "os.remove": ((os, "remove"), (os, "unlink")),
    "os.rename": ((os, "rename"), (os, "replace")),
    "os.scandir": ((os, "scandir"),),
    "os.symlink": ((os, "symlink"),),
    "import": ((builtins, "__import__"),),
    "socket.connect": ((socket.socket, "connect"),),
    "socket.getaddrinfo": ((socket, "getaddrinfo"),),
}


@contextmanager
def watching(event: str, watcher: Callable[[tuple[object, ...]], None]) -> Iterator[None]:
    """Show the arguments of every call of a kind to ``watcher`` before it is made; ``watcher`` may raise."""
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in _CALLS[event]:
            patch.setattr(owner, name, _shown(getattr(owner, name), watcher))
        yield


def _shown(call: Callable[..., object], watcher: Callable[[tuple[object, ...]], None]) -> Callable[..., object]:
    def shown(*args: object, **kwargs: object) -> object:
        watcher(args)
        return call(*args, **kwargs)

    return shown


@contextmanager
def refusing(event: str, part: str, number: int = errno.EACCES) -> Iterator[None]:
    """Make calls fail that name something with ``part`` in it."""

    def refuse(args: tuple[object, ...]) -> None:
        if any(part in str(argument) for argument in args):
            raise OSError(number, os.strerror(number), str(args[0]))

    with watching(event, refuse):
        yield
