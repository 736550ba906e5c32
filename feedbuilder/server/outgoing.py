"""The way out of a connection: few system calls, and an end for clients that do not read."""

from __future__ import annotations

import asyncio
from typing import Any


class Outgoing:
    """A transport that gives up on a client which takes nothing for ``stall_s`` seconds.

    It sends the head of a response together with the first bytes of the body: one system call instead of two.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, stall_s: float) -> None:
        """Wrap ``transport``; everything not defined here is passed to it."""
        self._transport = transport
        self._loop = loop
        self._stall_s = stall_s
        self._head = b""
        self._waiting_bytes = 0
        self._stall: asyncio.TimerHandle | None = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401, D105 - any attribute of a transport
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send bytes; those that start a response wait for the bytes that follow."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.writelines((head, data))
        elif data.startswith(b"HTTP/1.1 "):
            self._head = data
            self._loop.call_soon(self.flush)  # if nothing follows in this turn of the loop
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Send what is left, within the time for a client that stalls, and close."""
        self.flush()
        self._transport.close()
        self.watch()

    def flush(self) -> None:
        """Send the head that waits, if there is one."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)

    def watch(self) -> None:
        """Abort the connection unless the buffer shrinks within ``stall_s``, again and again."""
        self._waiting_bytes = self._transport.get_write_buffer_size()
        if self._waiting_bytes and self._stall is None:
            self._stall = self._loop.call_later(self._stall_s, self._look)

    def unwatch(self) -> None:
        """Stop watching: the client reads."""
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def _look(self) -> None:
        self._stall = None
        if self._transport.get_write_buffer_size() < self._waiting_bytes:
            self.watch()
        else:
            self._transport.abort()
