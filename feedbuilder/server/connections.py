"""Connections that end when nothing comes of them, so that idle and slow clients cannot use up the server.

uvicorn waits without end for the first request of a connection, for the end of its headers, and for a client that does
not read. Here all three are bounded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

from httptools import HttpParserError, HttpParserUpgrade
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_S = 20.0  # from the connection, or the first byte of a request, to the end of its headers
STALL_S = 60.0  # without a byte taken by a client that has bytes to take
MOST_HEAD_BYTES = 32 * 1024
MOST_BODY_BYTES = 1024 * 1024  # nobody wants a body here: it is read, so that the client gets its answer, and ignored
_COPIED_BYTES = 16 * 1024  # a smaller body is put behind its head; a larger one is handed over as it is
_MOST_HEADS = 1024
_LONGEST_HEAD_BYTES = 1024

Head = tuple[bytes, Mapping[bytes, bytes]]  # the target of a request, and its headers by lower-case name
_heads: dict[bytes, Head] = {}  # of GETs answered at once, by all their bytes: apps send the same ones again and again


class _Outgoing:
    """A transport that gives up on a client which takes nothing of what waits for it.

    The head of an answer is sent together with what follows it: one call of the system, not two.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, stall_s: float) -> None:
        self._transport = transport
        self._loop = loop
        self._stall_s = stall_s
        self._head = b""
        self._waiting_bytes = 0
        self._stall: asyncio.TimerHandle | None = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a transport has
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.writelines((head, data))
        elif data.startswith(b"HTTP/1.1 "):
            self._head = data
            self._loop.call_soon(self.flush)  # when nothing follows at once
        else:
            self._transport.write(data)

    def close(self) -> None:
        self.flush()
        self._transport.close()
        self.watch()

    def flush(self) -> None:
        """Send the head of an answer that has no body, before anything else is sent."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)

    def watch(self) -> None:
        """From now on, what waits to be sent must become less."""
        self._waiting_bytes = self._transport.get_write_buffer_size()
        if self._waiting_bytes and self._stall is None:
            self._stall = self._loop.call_later(self._stall_s, self._look)

    def unwatch(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def _look(self) -> None:
        self._stall = None
        if self._transport.get_write_buffer_size() < self._waiting_bytes:
            self.watch()
        else:
            self._transport.abort()


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, with a time for headers, a size for them, and a time for a client that stalls."""

    head_s = HEAD_S
    stall_s = STALL_S

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the time for the first request."""
        self._outgoing = _Outgoing(transport, self.loop, self.stall_s)
        super().connection_made(cast("asyncio.Transport", self._outgoing))
        self._plain = transport
        self._at_once = None if self.root_path else getattr(self.app, "at_once", None)
        self._is_answered = False
        self._is_refused = False  # whatever comes now is not read any more
        self._refusal = b""  # which waits until the requests before it are answered
        self._is_in_head = True
        self._is_between = True  # requests: no byte of one is in the parser
        self._begun = 0  # requests, in this piece
        self._plain_head: Head | None = None  # of the last one of them, if it was answered at once
        self._answered_at = 0.0
        self._piece_bytes = 0  # all that came in the pieces in which the head stands
        self._head_bytes = 0  # of it, what is head for certain
        self._body_bytes = 0  # of the last request, and what came with it
        self._head: asyncio.TimerHandle | None = self.loop.call_later(self.head_s, self._too_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all clocks."""
        self._stop_head()
        self._stop_waiting()
        self._outgoing.unwatch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes before the headers are complete, and start their time if more must come.

        A request that came before, byte for byte, is not parsed again.
        """
        is_between = self._is_between
        head = _heads.get(data) if is_between and self._at_once else None
        if head is not None and self._is_free() and self._answer(*head):
            self._is_in_head = False
            self._stop_head()
            return
        if self._is_refused:
            return
        self._begun = 0
        if self._is_in_head:
            self._head_bytes += len(data)
            self._piece_bytes += len(data)
        else:
            self._piece_bytes = len(data)
        self._parse(data)
        is_one = is_between and self._begun == 1 and self._is_between
        if is_one and self._plain_head and len(data) <= _LONGEST_HEAD_BYTES:
            if len(_heads) >= _MOST_HEADS:
                _heads.clear()
            _heads[data] = self._plain_head
        if not self._is_refused:
            self._bound(len(data))

    def _bound(self, length_bytes: int) -> None:
        """Refuse a head or a body that is too long, and start the time of a head that is not complete."""
        if self._is_in_head:
            if self._head_bytes > MOST_HEAD_BYTES:
                self._refuse_long()
            elif self._head is None:
                self._head = self.loop.call_later(self.head_s, self._too_late)
        elif not self._is_between:
            self._body_bytes += length_bytes
            if self._body_bytes > MOST_BODY_BYTES:
                self._end()

    def _parse(self, data: bytes) -> None:
        """What another protocol would begin with (h2c, a websocket) is the next request here: none is spoken."""
        while data and not self._is_refused:
            try:
                self.parser.feed_data(data)
            except HttpParserUpgrade as upgrade:
                data = data[upgrade.args[0] :]
            except HttpParserError:
                if self._is_in_head or self._is_between:
                    self._refuse(HTTPStatus.BAD_REQUEST)
                else:
                    self._end()
            else:
                return

    def on_message_begin(self) -> None:
        """Note that a request comes. What the long way makes here, it makes when that is gone."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._begun += 1
        self._plain_head = None
        self._is_between = False
        if not self._is_in_head:
            self._is_in_head = True
            self._head_bytes = 1

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note a field of a head. Those behind a body in chunks are none."""
        if self._is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Stop their clock, and answer now where nothing has to be waited for; else as uvicorn does."""
        fields = dict(self.headers)
        if self._is_refused or self._refuses(fields):
            self._is_answered = True  # the rest of this piece of bytes is no matter any more
            return
        self._body_bytes = 0
        self._stop_head()
        self._is_answered = self._may_answer() and self._is_free() and self._answer(self.url, fields)
        if self._is_answered:
            self._plain_head = self.url, fields
        else:
            self._stop_waiting()
            self._go_the_long_way()
        self._is_in_head = False  # not before: the long way may find an address that is none

    def _go_the_long_way(self) -> None:
        url, headers, expects_100_continue = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects_100_continue
        self.headers.extend(headers)  # that list is in the scope already
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Pass on a body, unless it belongs to a request that was answered."""
        if not self._is_answered:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request, unless it was answered."""
        self._is_between = True
        if not self._is_answered:
            super().on_message_complete()

    def _refuses(self, fields: Mapping[bytes, bytes]) -> bool:
        """Whether these headers were refused.

        They are too long, though they came in one piece, lack the one Host, or let nobody know where the body ends.
        """
        if self._piece_bytes > MOST_HEAD_BYTES:  # with other requests, or a body
            head_bytes = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            if head_bytes > MOST_HEAD_BYTES:
                self._refuse_long()
                return True
        if b"host" not in fields:
            is_wrong = self.parser.get_http_version() == "1.1"  # RFC 9112, 3.2
        else:
            is_wrong = len(fields) < len(self.headers) and [name for name, _ in self.headers].count(b"host") > 1
        if b"transfer-encoding" in fields:  # RFC 9112, 6.3
            is_wrong |= fields[b"transfer-encoding"].rpartition(b",")[2].strip().lower() != b"chunked"
        if is_wrong:
            self._refuse(HTTPStatus.BAD_REQUEST)
        return is_wrong

    def _refuse_long(self) -> None:
        too_long = len(self.url) > MOST_HEAD_BYTES // 2
        self._refuse(HTTPStatus.REQUEST_URI_TOO_LONG if too_long else HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def _may_answer(self) -> bool:
        """Whether this request is of the usual kind."""
        return bool(
            self._at_once is not None
            and self.parser.get_method() == b"GET"
            and self.parser.should_keep_alive()
            and self.parser.get_http_version() == "1.1"
            and not self.parser.should_upgrade()
        )

    def _is_free(self) -> bool:
        """Whether no other request of this connection waits for its answer, the client reads, and not too many ask."""
        if self._owes() or self.flow.write_paused or self._plain.is_closing():
            return False
        most: int | None = self.limit_concurrency
        return most is None or max(len(self.connections), len(self.tasks)) < most

    def _owes(self) -> bool:
        """Whether an answer is under way."""
        last: RequestResponseCycle | None = self.cycle
        return last is not None and not last.response_complete

    def _answer(self, url: bytes, fields: Mapping[bytes, bytes]) -> bool:
        assert self._at_once is not None
        answer: tuple[bytes, bytes | bytearray] | None = self._at_once(url, fields)
        if answer is None:
            return False
        head, body = answer
        head = b"%b%b\r\n" % (head, b"".join([b"%b: %b\r\n" % pair for pair in self.server_state.default_headers]))
        self._outgoing.flush()
        if len(body) < _COPIED_BYTES:
            self._plain.write(head + body)
        else:
            self._plain.writelines((head, body))
        self.server_state.total_requests += 1
        self._answered_at = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._wait(self.timeout_keep_alive)
        return True

    def on_response_complete(self) -> None:
        """Go on to the next request, or refuse it when all before it are answered."""
        super().on_response_complete()
        if self._refusal and not self._owes():
            self._say_last()

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection, unless a request was answered, or began, since this time began."""
        last_at = self.loop.time() if self._is_in_head else self._answered_at
        left = last_at + self.timeout_keep_alive - self.loop.time()
        if left > 0 and not self.transport.is_closing():
            self._wait(left)
        else:
            super().timeout_keep_alive_handler()

    def _should_upgrade(self) -> bool:
        """To no other protocol."""
        return False

    def _unset_keepalive_if_required(self) -> None:
        """Let that clock run on, though uvicorn would stop it for each piece: a new one for each answer costs a lot."""

    def _stop_waiting(self) -> None:
        super()._unset_keepalive_if_required()

    def _wait(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def pause_writing(self) -> None:
        """Start to watch whether the client reads."""
        super().pause_writing()
        self._outgoing.watch()

    def resume_writing(self) -> None:
        """The client reads."""
        self._outgoing.unwatch()
        super().resume_writing()

    def _too_late(self) -> None:
        self._head = None
        if self.flow.read_paused:  # the rest may have come, and is not read because others are before it
            self._head = self.loop.call_later(self.head_s, self._too_late)
        elif self._head_bytes:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer this request with an error, after those before it, and end the connection."""
        body = f"{status.phrase}\n"
        self._stop_head()
        self._is_refused = True
        self._refusal = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n{body}".encode()
        )
        if not self._owes():
            self._say_last()

    def _say_last(self) -> None:
        self.transport.write(self._refusal)
        self.transport.close()

    def _end(self) -> None:
        """End the connection in the body of a request, after its answer."""
        self._is_refused = True
        if self._owes():
            self.cycle.keep_alive = False
        else:
            self.transport.close()

    def _stop_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None


def settings() -> dict[str, Any]:
    """How uvicorn is set up for this application; ``uvicorn.Config(app, **settings())``."""
    return {
        "http": BoundedProtocol,
        "loop": "uvloop",
        "ws": "none",
        "access_log": False,  # no listener is tracked
        "server_header": False,
        "proxy_headers": False,
        "log_level": "warning",
        "timeout_keep_alive": 30,
        "timeout_graceful_shutdown": 5,
        "backlog": 2048,
    }
