"""Responses without waiting: not modified, a text from memory, or a part of audio that the system has in memory.

The application gives the same responses; this way is for connections that write bytes themselves.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from feedbuilder.server.conditions import choose_coding, matches, parse_ranges
from feedbuilder.server.site import Answer, File, Gone, Site, open_file
from feedbuilder.server.transfer import PIECE_BYTES, read_at_once


def is_unchanged(file: File, answer: Answer, headers: Mapping[bytes, bytes]) -> bool:
    """Whether the client has this version.

    A date must be the same, not later: after a rollback the current file is the older one.
    """
    known = headers.get(b"if-none-match")
    return matches(known, answer.tag) if known is not None else headers.get(b"if-modified-since") == file.modified


def is_same(file: File, answer: Answer, headers: Mapping[bytes, bytes]) -> bool:
    """Whether the parts that the client has are of this version, so that another part fits to them."""
    return headers.get(b"if-range", answer.tag) in {answer.tag, file.modified}


def answer_at_once(
    site: Site, file: File, headers: Mapping[bytes, bytes]
) -> tuple[int, bytes, bytes | bytearray] | None:
    """Status, head and body of the response to a GET; ``None`` if the application must answer."""
    wants_part = b"range" in headers
    coding = choose_coding(headers.get(b"accept-encoding", b"")) if file.held and not wants_part else b""
    answer = file.answers.get(coding)
    if answer is None:
        return None
    if is_unchanged(file, answer, headers):
        return 304, answer.raw_unchanged, b""
    if wants_part:
        return _piece(site, file, answer, headers)
    return None if answer.body is None else (200, answer.raw_found, answer.body)


def _piece(
    site: Site, file: File, answer: Answer, headers: Mapping[bytes, bytes]
) -> tuple[int, bytes, bytes | bytearray] | None:
    """One range, of a size that is sent in one piece."""
    ranges = parse_ranges(headers[b"range"], file.length_bytes) if is_same(file, answer, headers) else None
    if not ranges or len(ranges) > 1 or ranges[0][1] - ranges[0][0] > PIECE_BYTES or answer.body is not None:
        return None
    ((start, end),) = ranges
    try:
        descriptor = open_file(site, file)
    except Gone:
        return None
    try:
        data = read_at_once(descriptor, start, end)
    finally:
        os.close(descriptor)
    if data is None:
        return None
    of_part = b"content-range: bytes %d-%d/%d\r\ncontent-length: %d\r\n" % (
        start,
        end - 1,
        file.length_bytes,
        end - start,
    )
    return 206, answer.raw_part + of_part, data
