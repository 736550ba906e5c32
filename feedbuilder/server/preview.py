"""``serve --watch``: pages that reload when the site was built again, and show what the build found.

A script and a style sheet of this server are put into each page. A stream of server-sent events tells the script of
every build. Unpublished content stays private: requests under another host name are refused, because a
page of another site could point its own name at this machine; and no file may be read by scripts of other sites.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

_HOST = re.compile(rb"(\[[0-9a-fA-F:.]+\]|[^:\[\]]+)(?::\d+)?")
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_FRESH = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_BREATH_S = 20.0  # a comment in the stream keeps proxies from closing it

EMPTY_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Nothing is published yet</title>{insert}</head>
<body><p>Nothing is published yet. This page reloads when it is.</p></body></html>
"""


class Preview:
    """The author's browsers: the events they get, and the host names they may use."""

    insert = b'<link rel="stylesheet" href="/-/preview.css"><script src="/-/preview.js" defer></script>'

    def __init__(self, hosts: Iterable[str] = ()) -> None:
        """Nothing was built yet. ``hosts`` are names of this machine besides the loopback names."""
        self._hosts = {host.lower().encode() for host in (*_LOOPBACK, *hosts)}
        self._told: Mapping[str, object] = {"release": None, "problems": []}
        self._waiting: set[asyncio.Event] = set()
        self._closed = False

    def is_welcome(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether the request names this machine, and as one only."""
        named = [value for name, value in headers if name == b"host"]
        found = _HOST.fullmatch(named[0]) if len(named) == 1 else None
        return found is not None and found[1].lower() in self._hosts

    def tell(self, release: str | None, problems: Iterable[Mapping[str, object]]) -> None:
        """Tell every browser what the last build came to: a new release if there is one, and findings as JSON."""
        self._told = {"release": release or self._told["release"], "problems": list(problems)}
        self._wake()

    def close(self) -> None:
        """End all streams: the server ends."""
        self._closed = True
        self._wake()

    def routes(self) -> list[Route]:
        """The addresses that the script in the pages knows."""
        return [
            Route("/-/events", self._events),
            Route("/-/preview.js", _script),
            Route("/-/preview.css", _style),
        ]

    def empty_page(self) -> Response:
        """The page shown for every URL before the first release."""
        return HTMLResponse(EMPTY_PAGE.format(insert=self.insert.decode()), status_code=503, headers=_FRESH)

    def _wake(self) -> None:
        for event in self._waiting:
            event.set()

    def _events(self, _: Request) -> Response:
        return StreamingResponse(self._stream(), media_type="text/event-stream", headers=_FRESH)

    async def _stream(self) -> AsyncIterator[str]:
        changed = asyncio.Event()
        changed.set()
        self._waiting.add(changed)
        try:
            while not self._closed:
                if changed.is_set():
                    changed.clear()
                    yield f"data: {json.dumps(self._told)}\n\n"
                try:
                    async with asyncio.timeout(_BREATH_S):
                        await changed.wait()
                except TimeoutError:
                    yield ":\n\n"
        finally:
            self._waiting.discard(changed)


def _script(_: Request) -> Response:
    return _own_file("preview.js", "text/javascript")


def _style(_: Request) -> Response:
    return _own_file("preview.css", "text/css")


def _own_file(name: str, media_type: str) -> Response:
    data = (files("feedbuilder.server") / "static" / name).read_bytes()
    return Response(data, media_type=media_type, headers=_FRESH)
