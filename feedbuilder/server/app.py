"""The ASGI application. Each request sees one release; files of the site are answered before any routing."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from starlette.applications import Starlette

from feedbuilder.errors import FeedbuilderError
from feedbuilder.server.at_once import answer_at_once, is_same, is_unchanged
from feedbuilder.server.conditions import Range, choose_coding, parse_ranges
from feedbuilder.server.current import Current, find_public
from feedbuilder.server.parts import answer_parts
from feedbuilder.server.preview import Preview
from feedbuilder.server.site import Answer, File, Gone, Headers, Message, Site, open_file
from feedbuilder.server.status import Status
from feedbuilder.server.transfer import Receive, Send, send_body
from feedbuilder.vocabulary import delivery

Scope = MutableMapping[str, Any]

LONGEST_URL_BYTES = 8_000  # RFC 9110, 4.1 wants at least that
_READING = frozenset({"GET", "HEAD"})
_NO_BODY = {"type": "http.response.body", "body": b""}
_PLAIN: Headers = [
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]
_ALLOW = (b"allow", delivery.ALLOWED_METHODS.encode())
_OPEN = (b"access-control-allow-origin", b"*")
_LATER = (b"retry-after", b"60")
_PREFLIGHT: Headers = [
    _OPEN,
    (b"access-control-allow-methods", delivery.ALLOWED_METHODS.encode()),
    (b"access-control-allow-headers", delivery.ALLOWED_HEADERS.encode()),
    (b"access-control-max-age", b"86400"),
]
_log = logging.getLogger("feedbuilder.server")


class _Asked(NamedTuple):
    """One request for a file of a release."""

    site: Site
    file: File
    scope: Scope
    receive: Receive
    send: Send


class App:
    """The site of one project. ``preview`` makes it one for its author: reloaded, uncached, for this machine only."""

    def __init__(self, start: Path | None = None, *, preview: Preview | None = None) -> None:
        """Serve the project in or above ``start``; by default that of ``$FEEDBUILDER_PROJECT``, or of this folder."""
        self._start = start
        self._preview = preview
        self._current: Current | None = None
        self._status = Status()
        routes = [*self._status.routes(), *(preview.routes() if preview else [])]
        self._routes = Starlette(routes=routes)
        self._own = frozenset(route.path for route in routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    def at_once(self, url: bytes, headers: Mapping[bytes, bytes]) -> tuple[bytes, bytes | bytearray] | None:
        """Head and body for a GET that needs no waiting, for ``connections``; the head lacks date and empty line."""
        site = self._current.known_site() if self._current and not self._preview else None
        file = site.files.get(url.decode("latin-1")) if site else None
        if site is None or file is None:
            return None
        answer = answer_at_once(site, file, headers)
        if answer is None:
            return None
        status, head, body = answer
        self._status.count(file.kind, status)
        return head, body

    async def _live(self, receive: Receive, send: Send) -> None:
        while (await receive())["type"] == "lifespan.startup":
            try:
                await (await self._opened()).site()
            except FeedbuilderError as error:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})

    async def _opened(self) -> Current:
        """The releases of the project, which is looked for when the first request, or the server, starts."""
        root, public = await asyncio.to_thread(find_public, self._start)
        if self._current is None:
            self._status.root = root
            self._current = Current(public, self._status.serves, insert=self._preview.insert if self._preview else b"")
        return self._current

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if self._preview and not self._preview.is_welcome(scope["headers"]):
            await self._say(send, scope, 403, "this preview is served under its own host name only")
            return
        if len(scope.get("raw_path") or path) + len(scope["query_string"]) > LONGEST_URL_BYTES:
            await self._say(send, scope, 414, "the URL is too long")
            return
        site = await (self._current or await self._opened()).site()
        file = site.files.get(path) if site else None
        if site is None or file is None:
            await self._answer_other(site, scope, receive, send)
        elif scope["method"] in _READING:
            await self._answer_reading(_Asked(site, file, scope, receive, send))
        elif scope["method"] == "OPTIONS":
            is_open = delivery.is_open_to_all(file.kind) and not self._preview
            headers = [_ALLOW, *(_PREFLIGHT if is_open else ())]
            self._status.count(file.kind, 204)
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            await send(_NO_BODY)
        else:
            await self._say(send, scope, 405, "only GET, HEAD and OPTIONS are allowed", _ALLOW)

    async def _answer_other(self, site: Site | None, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for a path that is not a file of the site."""
        path: str = scope["path"]
        if path in self._own:
            await self._routes(scope, receive, send)
        elif scope["method"] not in {*_READING, "OPTIONS"}:
            await self._say(send, scope, 405, "only GET, HEAD and OPTIONS are allowed", _ALLOW)
        elif site is None and self._preview:
            await self._preview.empty_page()(scope, receive, send)
        elif site is None:
            await self._say(send, scope, 503, "Nothing is published yet. Run `feedbuilder build`.", _LATER)
        elif path in site.moved:
            headers = () if self._preview else (_OPEN,)
            query = b"?" + scope["query_string"] if scope["query_string"] else b""  # a search has what is looked for
            await self._say(send, scope, 301, "moved", (b"location", site.moved[path] + query), *headers)
        else:
            await self._say(send, scope, 404, "not found")

    async def _answer_reading(self, asked: _Asked) -> None:
        try:
            await self._answer_file(asked)
        except Gone:
            assert self._current is not None
            newer = await self._current.site()
            if newer is not None and newer is not asked.site:  # it was removed as an old one, in this moment
                await self._answer(asked.scope, asked.receive, asked.send)
                return
            _log.error("the release is damaged: %s has changed since it was published", asked.file.path)
            await self._say(asked.send, asked.scope, 503, "temporarily unavailable", _LATER)

    async def _answer_file(self, asked: _Asked) -> None:
        """The hot path: whole from memory, or nothing new, or (a part) from the disk."""
        site, file, scope, _, send = asked
        headers = dict(scope["headers"])
        wants_part = b"range" in headers and scope["method"] == "GET"
        coding = choose_coding(headers.get(b"accept-encoding", b"")) if file.held and not wants_part else b""
        answer = file.answers.get(coding)
        if answer is None:
            assert self._current is not None
            answer = await self._current.answer(site, file, coding)
        if is_unchanged(file, answer, headers):
            self._status.count(file.kind, 304)
            await send(answer.unchanged)
            await send(_NO_BODY)
        elif wants_part and is_same(file, answer, headers):
            await self._answer_part(asked, answer, headers[b"range"])
        else:
            await self._answer_whole(asked, answer)

    async def _answer_whole(self, asked: _Asked, answer: Answer) -> None:
        if answer.body is None and asked.scope["method"] == "GET":
            await self._send(asked, answer, answer.found, [(0, asked.file.length_bytes)])
            return
        self._status.count(asked.file.kind, 200)
        await asked.send(answer.found)
        body = answer.body if asked.scope["method"] == "GET" else b""
        await asked.send({"type": "http.response.body", "body": body})

    async def _answer_part(self, asked: _Asked, answer: Answer, wanted: bytes) -> None:
        length = asked.file.length_bytes if answer.body is None else len(answer.body)
        ranges = parse_ranges(wanted, length)
        if ranges is None:
            await self._answer_whole(asked, answer)
        else:
            await self._send(asked, answer, *answer_parts(answer.found["headers"], ranges, length))

    async def _send(self, asked: _Asked, answer: Answer, start: Message, parts: Sequence[bytes | Range]) -> None:
        """Send parts of the file; it is opened before the response starts."""
        source = open_file(asked.site, asked.file) if answer.body is None else answer.body
        try:
            self._status.count(asked.file.kind, start["status"])
            await asked.send(start)
            await send_body(asked.send, asked.receive, source, parts)
        finally:
            if isinstance(source, int):
                os.close(source)

    async def _say(self, send: Send, scope: Scope, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
        """Answer with one line of plain text."""
        self._status.count("none", status)
        body = f"{text}\n".encode()
        every = [*_PLAIN, *headers, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": every})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
