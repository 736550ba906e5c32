"""File access of the edges: only regular files inside their folder are read, and files are written whole or not at all.

Records and media can come from a pull request, so a link, pipe or device in a folder is reported and never opened.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import Any

from feedbuilder.errors import FeedbuilderError, Mark, Problem, Stopped, quoted

MOST_ENTRIES = 100_000
DEEPEST = 16

_MANY = 100  # files: from here on, one call for the whole file system is cheaper than one for each


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file of the project: ``path`` relative to it, with ``/``; ``real`` absolute and free of links."""

    path: str
    real: str


def list_files(
    root: Path, folder: str, *, most: int = MOST_ENTRIES, deepest: int = DEEPEST
) -> tuple[list[Found], list[Problem]]:
    """The regular files below ``folder``, by path, and findings about skipped entries. An absent folder has none.

    Names with a leading dot belong to editors and tools and are skipped.

    Raises:
        FeedbuilderError: the folder is outside the project.
        Stopped: there are more than ``most`` entries.
    """
    base = real_folder(root, folder)
    prefix = "" if folder in {"", "."} else f"{folder.rstrip('/')}/"
    found: list[Found] = []
    problems: list[Problem] = []
    waiting = [(prefix, base, 1)] if Path(base).is_dir() else []
    seen = 0
    while waiting:
        prefix, real, depth = waiting.pop()
        entries, trouble = _entries(real, prefix, most - seen)
        problems += trouble
        seen += len(entries)
        if seen > most:
            raise Stopped(Problem("FILE-7", Mark(folder), f"the folder has more than {most} entries"))
        for entry in (one for one in entries if not one.name.startswith(".")):
            match _look_at(entry, prefix, base, folder):
                case Problem() as problem:
                    problems.append(problem)
                case Found() as file:
                    found.append(file)
                case _ if depth >= deepest:
                    what = f"the folder is more than {deepest} folders deep"
                    problems.append(Problem("FILE-7", Mark(prefix + entry.name), what))
                case _:
                    waiting.append((f"{prefix}{entry.name}/", entry.path, depth + 1))
    return sorted(found, key=lambda file: file.path), problems


def find_file(root: Path, folder: str, path: str) -> Found | None:
    """The regular file ``path`` (relative to the project), which is inside ``folder``; ``None`` if there is none.

    Raises:
        FeedbuilderError: it or the target of its link is outside the folder, or it is not a regular file.
    """
    base = real_folder(root, folder)
    try:
        real = os.path.realpath(root / path)
        if not _inside(real, base):
            raise FeedbuilderError(_outside(path, folder or "the project"))
        if not stat.S_ISREG(Path(real).stat().st_mode):
            raise FeedbuilderError(_irregular(path))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise FeedbuilderError(unreadable(path, error)) from error
    return Found(path, real)


def open_file(file: Found) -> BufferedReader:
    """The file, open for reading; checked again, because what was found may have been replaced.

    Raises:
        FeedbuilderError: it cannot be read, or is no regular file any more.
    """
    try:
        descriptor = os.open(file.real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise FeedbuilderError(unreadable(file.path, error)) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FeedbuilderError(_irregular(file.path))
    return open(descriptor, "rb")  # noqa: PTH123 - a descriptor has no path


def unreadable(path: str, error: Exception) -> Problem:
    """The finding that a file cannot be read, with the reason of the system."""
    return Problem("FILE-3", Mark(path), f"the file cannot be read: {reason_of(error)}")


def reason_of(error: Exception) -> str:
    """The reason given by the system, as the end of a sentence."""
    text = (isinstance(error, OSError) and error.strerror) or str(error)
    return text[:1].lower() + text[1:]


@contextmanager
def writing(rule: str, path: str) -> Iterator[None]:
    """A context for work on the disk: an error of the system becomes a finding on ``path``.

    Raises:
        Stopped: the disk is full, the folder may not be written …
    """
    try:
        yield
    except OSError as error:
        at = f" ({quoted(Path(error.filename).name)})" if isinstance(error.filename, str) else ""
        raise Stopped(Problem(rule, Mark(path), f"writing failed: {reason_of(error)}{at}")) from error


def create(path: Path, data: bytes, mode: int | None = None) -> None:
    """Write a file that does not exist yet, synced to the disk. Its mode is what the umask leaves, or ``mode``.

    Raises:
        OSError: it exists already, or cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with open(os.open(path, flags, 0o666), "wb") as stream:  # noqa: PTH123 - a descriptor has no path
        if mode is not None:
            os.fchmod(stream.fileno(), mode)
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def replace(path: Path, data: bytes) -> None:
    """Replace a file; readers see all of the old or all of the new one. The mode and a link stay.

    Raises:
        OSError: it cannot be written; the old file is untouched.
    """
    target = Path(os.path.realpath(path))
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    with _written_aside(target, data, mode) as aside:
        aside.replace(target)


def create_whole(path: Path, data: bytes) -> None:
    """Write a file that does not exist yet; readers never see a part of it.

    Raises:
        FileExistsError: it exists already; it is untouched.
        OSError: it cannot be written.
    """
    with _written_aside(path, data, None) as aside:
        try:
            path.hardlink_to(aside)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            create(path, data)


@contextmanager
def aside(folder: Path) -> Iterator[Path]:
    """The path of a hidden temporary file in a folder, to be filled and then named by ``settle``.

    It is gone afterwards.

    Raises:
        OSError: there is no such folder, and none can be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f".{os.urandom(8).hex()}.tmp"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def settle(path: Path, target: Path) -> None:
    """Give a temporary file its name in the same folder, complete and synced to the disk.

    Raises:
        FileExistsError: the name is taken; its file is untouched.
        OSError: the disk refuses.
    """
    sync(path)
    try:
        target.hardlink_to(path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        path.rename(target)
    sync(target.parent)


def sync(path: Path, sync_one: Callable[[int], None] | None = None) -> None:
    """Sync a file, or the entries of a folder, to the disk.

    Raises:
        OSError: the disk refuses.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        (sync_one or os.fsync)(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems sync by themselves and report this
            raise
    finally:
        os.close(descriptor)


def sync_all(paths: Sequence[Path]) -> None:
    """Sync files and folders of one file system to the disk: one by one, or many of them with one call.

    Each call waits for the disk: on a busy one, a release of 6,000 files took 38 s one by one, and 12 s with one call.

    Raises:
        OSError: the disk refuses.
    """
    if len(paths) <= _MANY or sys.platform != "linux":
        for path in paths:
            sync(path)
    else:
        sync(paths[0], _sync_file_system)


def _sync_file_system(descriptor: int) -> None:
    """Sync the file system of an open file to the disk; Python has no function for this call."""
    import ctypes  # noqa: PLC0415 - slow to import, and seldom needed

    if ctypes.CDLL(None, use_errno=True).syncfs(descriptor) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@contextmanager
def _written_aside(target: Path, data: bytes, mode: int | None) -> Iterator[Path]:
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{os.urandom(8).hex()}.tmp")
    try:
        create(aside, data, mode)
        yield aside
    finally:
        aside.unlink(missing_ok=True)
    sync(target.parent)


def seal(kind: str, body: object) -> bytes:
    """A JSON value below a line with its kind and checksum. The same value gives the same bytes."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False).encode() + b"\n"
    return _seal_of(kind, text) + text


def unseal(kind: str, data: bytes) -> Any:  # noqa: ANN401 - JSON of our own; the caller knows its shape
    """The value that ``seal`` was given.

    Raises:
        ValueError: the bytes are not whole, or of another kind.
    """
    head, newline, text = data.partition(b"\n")
    if head + newline != _seal_of(kind, text):
        raise ValueError("the checksum does not fit" if kind.encode() in head else f"this is no {kind}")
    return json.loads(text)


def _seal_of(kind: str, text: bytes) -> bytes:
    return f'{{"kind":"{kind}","sha256":"{hashlib.sha256(text).hexdigest()}"}}\n'.encode()


def real_folder(root: Path, folder: str) -> str:
    """A folder of the project, absolute and free of links; it need not be there.

    Raises:
        FeedbuilderError: it is outside the project.
    """
    real = os.path.realpath(root / folder)
    if not _inside(real, os.path.realpath(root)):
        raise FeedbuilderError(_outside(folder, "the project"))
    return real


def _inside(real: str, base: str) -> bool:
    return real == base or real.startswith(base.rstrip("/") + "/")


def _entries(real: str, prefix: str, room: int) -> tuple[list[os.DirEntry[str]], list[Problem]]:
    """The entries of one folder, at most ``room`` + 1."""
    try:
        with os.scandir(real) as entries:
            return sorted(islice(entries, room + 1), key=lambda entry: entry.name), []
    except OSError as error:
        return [], [unreadable(prefix.rstrip("/"), error)]


def _look_at(entry: os.DirEntry[str], prefix: str, base: str, folder: str) -> Found | Problem | None:
    """The file or finding for an entry of a folder; ``None`` for a folder to be listed."""
    path = prefix + entry.name
    if not entry.name.isprintable():
        return Problem("FILE-4", Mark(prefix.rstrip("/")), f"the name {quoted(entry.name)} is not printable UTF-8")
    try:
        real = os.path.realpath(entry.path) if entry.is_symlink() else entry.path
        if not _inside(real, base):
            return _outside(path, folder)
        mode = entry.stat().st_mode
    except OSError as error:
        return unreadable(path, error)
    if stat.S_ISDIR(mode):
        return Problem("FILE-5", Mark(path), "this is a link to a folder") if entry.is_symlink() else None
    return Found(path, real) if stat.S_ISREG(mode) else _irregular(path)


def _outside(path: str, folder: str) -> Problem:
    return Problem("FILE-1", Mark(path), f"the file is outside of {folder}")


def _irregular(path: str) -> Problem:
    return Problem("FILE-2", Mark(path), "this is not a regular file")
