"""The response with parts of a file: one range, several as multipart, or 416 if none is inside the file.

Spec: RFC 9110, sections 14.4, 14.6 and 15.5.17, read 2026-11-25.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from feedbuilder.server.conditions import Range

Headers = list[tuple[bytes, bytes]]
_OF_WHOLE = {b"content-length", b"content-type"}


def answer_parts(headers: Headers, ranges: Sequence[Range], length: int) -> tuple[dict[str, Any], list[bytes | Range]]:
    """The message that starts the answer, and its body; ``headers`` are those of the answer with the whole file."""
    kept = [pair for pair in headers if pair[0] not in _OF_WHOLE]
    kind = dict(headers)[b"content-type"]
    if not ranges:
        unsatisfied = [
            (b"content-range", b"bytes */%d" % length),
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"0"),
        ]
        keep = {b"access-control-allow-origin", b"access-control-expose-headers", b"accept-ranges"}
        return _start(416, [pair for pair in headers if pair[0] in keep] + unsatisfied), [b""]
    if len(ranges) == 1:
        ((start, end),) = ranges
        of_part = [(b"content-range", _content_range(start, end, length)), (b"content-type", kind)]
        return _start(206, [*kept, *of_part, (b"content-length", b"%d" % (end - start))]), [(start, end)]
    boundary = os.urandom(16).hex().encode()
    parts: list[bytes | Range] = []
    for start, end in ranges:
        head = b"\r\n--%b\r\nContent-Type: %b\r\nContent-Range: %b\r\n\r\n"
        parts += [head % (boundary, kind, _content_range(start, end, length)), (start, end)]
    parts.append(b"\r\n--%b--\r\n" % boundary)
    size = sum(len(part) if isinstance(part, bytes) else part[1] - part[0] for part in parts)
    of_parts = [
        (b"content-type", b"multipart/byteranges; boundary=%b" % boundary),
        (b"content-length", b"%d" % size),
    ]
    return _start(206, kept + of_parts), parts


def _content_range(start: int, end: int, length: int) -> bytes:
    return b"bytes %d-%d/%d" % (start, end - 1, length)


def _start(status: int, headers: Headers) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": headers}
