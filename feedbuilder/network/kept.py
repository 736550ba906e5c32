"""Responses kept between runs, so that a host need not send unchanged files again (HTTP-2)."""

from __future__ import annotations

import hashlib
from pathlib import Path

from feedbuilder import disk
from feedbuilder.network.exchanges import MOST_BYTES, Fetched
from feedbuilder.network.fetching import fetch

_FOLDER = ".feedbuilder/fetched"
_KIND = "feedbuilder answer 1"


def fetch_kept(root: Path, url: str, *, allow_private: bool = False, max_bytes: int = MOST_BYTES) -> bytes:
    """The data of a response, from the host, or from an earlier run if the host says that it is unchanged.

    Raises:
        FeedbuilderError: as in ``fetch``; or it cannot be written.
    """
    path = root / _FOLDER / hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()
    known = _read(path, url, max_bytes)
    answer = fetch(url, allow_private=allow_private, max_bytes=max_bytes, known=known)
    if answer is not known and ("etag" in answer.headers or "last-modified" in answer.headers):
        head = {"url": url, "headers": dict(answer.headers), "sha256": hashlib.sha256(answer.data).hexdigest()}
        with disk.writing("FILE-10", _FOLDER):
            disk.replace(path, disk.seal(_KIND, head) + answer.data)
    return answer.data


def _read(path: Path, url: str, max_bytes: int) -> Fetched | None:
    """The response of an earlier run; ``None`` if absent, damaged or of another URL."""
    try:
        with path.open("rb") as stream:
            head = stream.readline() + stream.readline()
            kept = disk.unseal(_KIND, head)
            data = stream.read(max_bytes + 1)
        whole = kept["sha256"] == hashlib.sha256(data).hexdigest() and kept["url"] == url
        return Fetched(url, 200, kept["headers"], data) if whole and len(data) <= max_bytes else None
    except (OSError, ValueError, TypeError, KeyError):
        return None
