"""Connections with limits, so that idle and slow clients cannot exhaust the server.

uvicorn waits forever for the first request of a connection, for the end of its headers, and for a client that does not
read. Here all three have limits, and files that need no waiting are sent without a task (docs/decisions/0013).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Literal, cast

from httptools import HttpParserError, HttpParserUpgrade
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from feedbuilder.server.outgoing import Outgoing

HEAD_S = 20.0  # from the connection, or the first byte of a request, to the end of its headers
STALL_S = 60.0  # without a byte taken by a client that has bytes to take
MOST_HEAD_BYTES = 32 * 1024
MOST_BODY_BYTES = 1024 * 1024  # read and dropped, so that the client gets its response
_COPIED_BYTES = 16 * 1024  # up to here, head and body are joined: cheaper than two buffers
_MOST_HEADS = 1024
_LONGEST_HEAD_BYTES = 1024

Head = tuple[bytes, Mapping[bytes, bytes]]  # the target of a request, and its headers by lower-case name
_heads: dict[bytes, Head] = {}  # of GETs answered at once, by their bytes: apps send the same ones for months


# What a connection expects next. A request leads from "first" or "between" to "head", on to "answered" or "passed", and
# to "between" again; each may be followed by "refused". Words, because members of an Enum are slow to look up.
Phase = Literal[
    "first",  # the first request: no head has begun
    "head",  # the rest of a head
    "answered",  # the body of a request that was answered at once: read and dropped
    "passed",  # the body of a request that uvicorn handles
    "between",  # the next request: no byte of it has come
    "refused",  # nothing: what comes is not read, and the connection ends after the responses under way
]


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol with limits for the time and size of a head, and for a client that does not read."""

    head_s = HEAD_S
    stall_s = STALL_S

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock for the first request."""
        self._outgoing = Outgoing(transport, self.loop, self.stall_s)
        super().connection_made(cast("asyncio.Transport", self._outgoing))
        self._transport = transport
        self._at_once = None if self.root_path else getattr(self.app, "at_once", None)
        self._phase: Phase = "first"
        self._refusal = b""  # the response to a refused request; sent when the requests before it are answered
        self._begun = 0  # requests in the bytes that are being parsed
        self._answered_head: Head | None = None  # of the last of them, if it was answered at once
        self._answered_at = 0.0
        self._part_bytes = 0  # of the head or body that is being read, at least
        self._piece_bytes = 0  # of all pieces that hold bytes of the head; other requests may be in them
        self._head_clock: asyncio.TimerHandle | None = self.loop.call_later(self.head_s, self._too_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all clocks."""
        self._stop_head_clock()
        self._stop_waiting()
        self._outgoing.unwatch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Answer a known request at once, or parse the bytes and apply the limits.

        A request that came before, byte for byte, is not parsed again.
        """
        phase = self._phase
        is_at_start = phase in {"between", "first"}
        head = _heads.get(data) if is_at_start and self._at_once else None
        if head is not None and self._is_free() and self._answer(*head):
            self._phase = "between"
            self._stop_head_clock()
            return
        if phase == "refused":
            return
        self._begun = 0
        if phase in {"first", "head"}:
            self._part_bytes += len(data)
            self._piece_bytes += len(data)
        else:
            self._piece_bytes = len(data)
        self._parse(data)
        if is_at_start and self._begun == 1:
            self._remember(data)
        self._bound(len(data))

    def _remember(self, data: bytes) -> None:
        """Keep the head of a request that is complete, came alone and was answered at once."""
        if self._phase == "between" and self._answered_head and len(data) <= _LONGEST_HEAD_BYTES:
            if len(_heads) >= _MOST_HEADS:
                _heads.clear()
            _heads[data] = self._answered_head

    def _bound(self, length_bytes: int) -> None:
        """Refuse a head or body that is too long, and start the clock of a head that is not complete."""
        phase = self._phase
        if phase in {"first", "head"}:
            if self._part_bytes > MOST_HEAD_BYTES:
                self._refuse_long()
            elif self._head_clock is None:
                self._head_clock = self.loop.call_later(self.head_s, self._too_late)
        elif phase in {"answered", "passed"}:
            self._part_bytes += length_bytes
            if self._part_bytes > MOST_BODY_BYTES:
                self._end()

    def _parse(self, data: bytes) -> None:
        """Feed the parser. Upgrades (h2c, websocket) are ignored: the bytes after one are the next request."""
        while data and not self._is_refused():
            try:
                self.parser.feed_data(data)
            except HttpParserUpgrade as upgrade:
                data = data[upgrade.args[0] :]
            except HttpParserError:
                if self._phase in {"answered", "passed"}:
                    self._end()
                elif not self._is_refused():
                    self._refuse(HTTPStatus.BAD_REQUEST)
                return
            else:
                return

    def _is_refused(self) -> bool:
        return self._phase == "refused"

    def on_message_begin(self) -> None:
        """Start a head. uvicorn's own state for a request is made only if uvicorn handles it."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._begun += 1
        self._answered_head = None
        if self._phase == "first":
            self._phase = "head"
        elif self._phase != "refused":
            self._phase = "head"
            self._part_bytes = 1  # how much of this piece belongs to the head is unknown

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a field of the head; trailer fields after a chunked body are ignored."""
        if self._phase == "head":
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Answer at once if nothing has to be waited for; else pass the request to uvicorn."""
        fields = dict(self.headers)
        if self._phase == "refused" or self._refuses(fields):
            return
        self._part_bytes = 0
        self._stop_head_clock()
        if self._may_answer() and self._is_free() and self._answer(self.url, fields):
            self._phase = "answered"
            self._answered_head = self.url, fields
        else:
            self._stop_waiting()
            self._pass_on()  # raises if the URL is invalid; until then, this is a head that can be refused
            self._phase = "passed"

    def _pass_on(self) -> None:
        url, headers, expects_100_continue = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects_100_continue
        self.headers.extend(headers)  # the scope holds this list already
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Pass a body on if uvicorn handles the request."""
        if self._phase == "passed":
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        if self._phase == "passed":
            super().on_message_complete()
        if self._phase != "refused":
            self._phase = "between"

    def _refuses(self, fields: Mapping[bytes, bytes]) -> bool:
        """Whether this head was refused: too long, not exactly one Host, or no way to tell where the body ends."""
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
        """Whether this is a plain GET over HTTP/1.1 on a connection that is kept alive."""
        return bool(
            self._at_once is not None
            and self.parser.get_method() == b"GET"
            and self.parser.should_keep_alive()
            and self.parser.get_http_version() == "1.1"
            and not self.parser.should_upgrade()
        )

    def _is_free(self) -> bool:
        """Whether no earlier request waits for its response, the client reads, and connections are not too many."""
        if self._owes() or self.flow.write_paused or self._transport.is_closing():
            return False
        most: int | None = self.limit_concurrency
        return most is None or max(len(self.connections), len(self.tasks)) < most

    def _owes(self) -> bool:
        """Whether a response is under way."""
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
            self._transport.write(head + body)
        else:
            self._transport.writelines((head, body))
        self.server_state.total_requests += 1
        self._answered_at = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._wait(self.timeout_keep_alive)
        return True

    def on_response_complete(self) -> None:
        """Go on to the next request, or send the refusal if all before it are answered."""
        super().on_response_complete()
        if self._refusal and not self._owes():
            self._send_refusal()

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection, unless a request began or was answered since this clock started."""
        last_at = self.loop.time() if self._phase == "head" else self._answered_at
        left = last_at + self.timeout_keep_alive - self.loop.time()
        if left > 0 and not self.transport.is_closing():
            self._wait(left)
        else:
            super().timeout_keep_alive_handler()

    def _should_upgrade(self) -> bool:
        """Always false: no other protocol is supported."""
        return False

    def _unset_keepalive_if_required(self) -> None:
        """Let the clock run on. uvicorn stops it for each piece; a new one for each response would cost a lot."""

    def _stop_waiting(self) -> None:
        super()._unset_keepalive_if_required()

    def _wait(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def pause_writing(self) -> None:
        """Watch from now on whether the client reads."""
        super().pause_writing()
        self._outgoing.watch()

    def resume_writing(self) -> None:
        """Stop watching: the client reads."""
        self._outgoing.unwatch()
        super().resume_writing()

    def _too_late(self) -> None:
        self._head_clock = None
        if self.flow.read_paused:  # the rest may be here, unread because the responses before it wait for the client
            self._head_clock = self.loop.call_later(self.head_s, self._too_late)
        elif self._part_bytes:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _refuse(self, status: HTTPStatus) -> None:
        """Send an error after the responses under way, and end the connection."""
        body = f"{status.phrase}\n"
        self._stop_head_clock()
        self._phase = "refused"
        self._refusal = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n{body}".encode()
        )
        if not self._owes():
            self._send_refusal()

    def _send_refusal(self) -> None:
        self.transport.write(self._refusal)
        self.transport.close()

    def _end(self) -> None:
        """End the connection within the body of a request, after its response."""
        self._phase = "refused"
        if self._owes():
            self.cycle.keep_alive = False
        else:
            self.transport.close()

    def _stop_head_clock(self) -> None:
        if self._head_clock is not None:
            self._head_clock.cancel()
            self._head_clock = None


def settings() -> dict[str, Any]:
    """The settings of uvicorn for this application: ``uvicorn.Config(app, **settings())``."""
    return {
        "http": BoundedProtocol,
        "loop": "uvloop",
        "ws": "none",
        "access_log": False,  # listeners are not tracked
        "server_header": False,
        "proxy_headers": False,
        "log_level": "warning",
        "timeout_keep_alive": 30,
        "timeout_graceful_shutdown": 5,
        "backlog": 2048,
    }
