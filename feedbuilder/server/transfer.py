"""Sends parts of a file in bounded pieces, as fast as the client reads and only while it is connected.

A piece that the system has in memory is read at once; only one that must come from the disk costs a thread.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator, MutableMapping, Sequence
from typing import Any

from feedbuilder.server.conditions import Range

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PIECE_BYTES = 256 * 1024
_AT_ONCE = getattr(os, "RWF_NOWAIT", None)  # Linux


async def send_body(send: Send, receive: Receive, source: int | bytes, parts: Sequence[bytes | Range]) -> None:
    """Send a body: bytes as they are, and ranges of the source, which is an open file or its content.

    Ends early when the client has gone.

    Raises:
        OSError: the file cannot be read, or was cut while it was sent.
    """
    left = sum(len(part) if isinstance(part, bytes) else part[1] - part[0] for part in parts)
    watch = asyncio.ensure_future(_leaves(receive)) if left > PIECE_BYTES else None
    try:
        for piece in _pieces(parts):
            body = piece if isinstance(piece, bytes) else await _read(source, *piece)
            left -= len(body)
            if watch and watch.done():
                return
            await send({"type": "http.response.body", "body": body, "more_body": left > 0})
    finally:
        if watch:
            watch.cancel()


def _pieces(parts: Sequence[bytes | Range]) -> Iterator[bytes | Range]:
    for part in parts:
        if isinstance(part, bytes):
            yield part
        else:
            yield from ((at, min(at + PIECE_BYTES, part[1])) for at in range(part[0], part[1], PIECE_BYTES))


async def _leaves(receive: Receive) -> None:
    """Return when the client disconnects; not every server raises on send then."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _read(source: int | bytes, start: int, end: int) -> bytes:
    if isinstance(source, bytes):
        return source[start:end]
    held = read_at_once(source, start, end)
    if held is not None:
        return bytes(held)
    return await asyncio.get_running_loop().run_in_executor(None, _read_whole, source, start, end)


def read_at_once(descriptor: int, start: int, end: int) -> bytearray | None:
    """These bytes of an open file, if the system has them in memory."""
    if _AT_ONCE is None:
        return None
    buffer = bytearray(end - start)
    try:
        read = os.preadv(descriptor, [buffer], start, _AT_ONCE)
    except OSError:  # not in memory, or a file system that cannot tell
        return None
    return buffer if read == end - start else None


def _read_whole(descriptor: int, start: int, end: int) -> bytes:
    pieces = []
    while start < end:
        piece = os.pread(descriptor, end - start, start)
        if not piece:
            raise OSError("the file was cut while it was sent")
        pieces.append(piece)
        start += len(piece)
    return b"".join(pieces)
