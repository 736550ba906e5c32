"""Content coding, conditions and ranges of a request, from its headers. Pure.

Spec: RFC 9110 (HTTP Semantics), sections 8.8, 12.5.3, 13 and 14, read 2026-11-25.
"""

from __future__ import annotations

import re
from functools import lru_cache

MOST_RANGES = 16
_RANGES = re.compile(rb"(?i:bytes)=([0-9, \t-]+)")
_RANGE = re.compile(rb"([0-9]{0,20})-([0-9]{0,20})")
_TAG = re.compile(rb'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_CODINGS = (b"br", b"gzip")  # the better one first

Range = tuple[int, int]  # first byte, and the one after the last


@lru_cache(maxsize=512)
def choose_coding(accepted: bytes) -> bytes:
    """The content coding for an Accept-Encoding; empty where none of ours is accepted.

    >>> choose_coding(b"gzip, deflate, br"), choose_coding(b"br;q=0, gzip;q=0.5"), choose_coding(b"identity")
    (b'br', b'gzip', b'')
    """
    weights: dict[bytes, float] = {}
    for part in accepted.lower().split(b","):
        name, _, parameters = part.partition(b";")
        weights[name.strip()] = _weight_of(parameters)
    best = max(_CODINGS, key=lambda coding: weights.get(coding, weights.get(b"*", 0.0)))
    return best if weights.get(best, weights.get(b"*", 0.0)) > 0 else b""


def _weight_of(parameters: bytes) -> float:
    for parameter in parameters.split(b";"):
        name, _, value = parameter.partition(b"=")
        if name.strip() == b"q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def matches(header: bytes, tag: bytes) -> bool:
    """Whether an If-None-Match names the tag (or ``*``); weak tags count, as that header wants.

    >>> matches(b'W/"a", "b"', b'"a"'), matches(b"*", b'"a"'), matches(b'"ab"', b'"a"')
    (True, True, False)
    """
    return header == tag or header.strip() == b"*" or tag in _TAG.findall(header)


def parse_ranges(header: bytes, length: int) -> list[Range] | None:
    """The parts requested by a Range header, in its order, within a file of that length.

    Empty: none of them is inside the file (416). ``None``: the header is ignored, because it is not a list of byte
    ranges, or asks for many parts or for more than the whole.

    >>> parse_ranges(b"bytes=0-4,-2", 10), parse_ranges(b"bytes=10-", 10), parse_ranges(b"bytes=4-2", 10)
    ([(0, 5), (8, 10)], [], None)
    """
    found = _RANGES.fullmatch(header)
    parts = [part.strip() for part in found[1].split(b",")] if found else []
    parts = [part for part in parts if part]
    if not parts or len(parts) > MOST_RANGES:
        return None
    ranges = []
    for part in parts:
        one = _RANGE.fullmatch(part)
        first, last = one.groups() if one else (b"", b"")
        if not (first or last) or (first and last and int(last) < int(first)):
            return None
        start = int(first) if first else max(0, length - int(last))
        end = min(length, int(last) + 1) if first and last else length
        if start < end:
            ranges.append((start, end))
    return None if sum(end - start for start, end in ranges) > length else ranges
