"""A file on another host; only the parts that are read are fetched, and every byte is counted."""

from __future__ import annotations

import io
import re
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from feedbuilder.errors import quoted
from feedbuilder.network.exchanges import IDENTITY, TOTAL_S, Ask, Fetched, exchange, failure

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from requests import Response

    from feedbuilder.network.connections import Deadline

FIRST_BYTES = 32 * 1024  # of the first request: the head of most files, with a small picture
BLOCK_BYTES = 8 * 1024
_RECEIVE_BYTES = 16 * 1024  # a host without ranges sends a whole file: keep the system from receiving all of it
_UNSAID = 200 * 1024  # read of a file whose host serves no ranges
_REFUSES_HEAD = frozenset({403, 404, 405, 500, 501})  # statuses for HEAD of hosts that do serve GET


@dataclass(frozen=True, slots=True)
class Stated:
    """What a host states about a file. ``tag``: its ETag, else its Last-Modified; empty if neither."""

    url: str  # the last of the redirects
    length_bytes: int | None
    type: str
    tag: str


def ask_head(url: str, *, allow_private: bool = False, timeout_s: float = TOTAL_S) -> Stated | None:
    """What the host states about a file in response to HEAD; ``None`` if it does not support HEAD.

    A redirector that counts downloads is passed here, by HEAD, and not with each part that is fetched.

    Raises:
        FeedbuilderError: as in ``fetch``.
    """
    ask = Ask(method="HEAD", headers=IDENTITY, statuses=frozenset({HTTPStatus.OK, *_REFUSES_HEAD}))
    answer = exchange(url, ask, lambda *_: b"", allow_private=allow_private, timeout_s=timeout_s)
    return _stated(answer) if answer.status == HTTPStatus.OK else None


class RemoteFile(io.RawIOBase):
    """A file on another host, with ``read`` and ``seek`` like a local file.

    Attributes:
        stated: what the host says of it.
        ranges: whether the host gives parts of it; where not, only its head can be read.
        received_bytes: how much was fetched so far, without headers.
        denied_bytes: the length stated by HEAD, if the ranges contradict it; else ``None``.
    """

    def __init__(self, url: str, *, allow_private: bool = False, most_bytes: int, timeout_s: float = TOTAL_S) -> None:
        """Ask for its head.

        Raises:
            FeedbuilderError: as in ``fetch``, or the host does not say how long the file is.
        """
        super().__init__()
        self._allow_private = allow_private
        self._timeout_s = timeout_s
        self._ends = time.monotonic() + 2 * timeout_s  # of all parts together, for a host that is slow each time
        self._most_bytes = most_bytes
        self._blocks: dict[int, bytes] = {}
        self._at = 0
        self.received_bytes = 0
        self.ranges = True
        self.denied_bytes: int | None = None
        head = ask_head(url, allow_private=allow_private, timeout_s=timeout_s)
        secret = "@" in urlsplit(url).netloc  # the URL of a response lacks the password, so it cannot be used
        self._url = head.url if head and not secret else url
        first = self._fetch(0, FIRST_BYTES)
        stated = _stated(first)
        self._url = self._url if secret else first.url
        self.length_bytes = self._whole_length(first, head)
        self.stated = Stated(first.url, self.length_bytes, stated.type or (head.type if head else ""), stated.tag)

    def _whole_length(self, first: Fetched, head: Stated | None) -> int:
        """The size of the file, from the response with its first bytes; a different size in HEAD is ignored."""
        if self.ranges:
            total = _content_range(first)[2]
            if head and head.length_bytes not in {None, total}:
                self.denied_bytes = head.length_bytes
            return total
        length = _stated(first).length_bytes
        if length is None and head:
            length = head.length_bytes
        if length is None:
            raise failure("NET-9", self._url, "the host does not state the length of the file")
        return length

    # --- what a stream must do ---

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move to an offset; nothing is fetched."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.length_bytes}[whence]
        if base + offset < 0:
            raise OSError("a place before the first byte")  # without errno: the content is odd, not the disk
        self._at = base + offset
        return self._at

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """The next bytes, fetched if necessary.

        Raises:
            FeedbuilderError: as in ``fetch``, or more would be fetched than is allowed.
        """
        view = memoryview(buffer).cast("B")
        data = self.part(self._at, len(view))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def part(self, start: int, length: int) -> bytes:
        """Bytes from ``start``, at most to the end of the file.

        Raises:
            FeedbuilderError: as in ``readinto``.
        """
        end = min(start + length, self.length_bytes)
        if start >= end:
            return b""
        first, last = start // BLOCK_BYTES, (end - 1) // BLOCK_BYTES
        missing = [number for number in range(first, last + 1) if number not in self._blocks]
        if missing:
            begin = missing[0] * BLOCK_BYTES
            self._fetch(begin, min((missing[-1] + 1) * BLOCK_BYTES, self.length_bytes) - begin)
        data = b"".join(self._blocks[number] for number in range(first, last + 1))
        return data[start - first * BLOCK_BYTES : end - first * BLOCK_BYTES]

    # --- fetching ---

    def _fetch(self, start: int, length: int) -> Fetched:
        if not self.ranges:
            what = f"the host serves no ranges, and the first {self.received_bytes} bytes do not state the duration"
            raise failure("NET-9", self._url, what)
        if self.received_bytes + length > self._most_bytes:
            what = f"more than {self._most_bytes} bytes of the file would have to be read"
            raise failure("NET-9", self._url, what)
        ask = Ask(
            headers={**IDENTITY, "Range": f"bytes={start}-{start + length - 1}"},
            statuses=frozenset({HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}),
            receive_bytes=_RECEIVE_BYTES,
        )

        def read(_: str, response: Response, deadline: Deadline) -> bytes:
            whole = response.status_code == HTTPStatus.OK
            data = _read_at_most(response, min(_UNSAID, self._most_bytes) if whole else length)
            self.received_bytes += len(data)
            deadline.check()
            return data

        left_s = min(self._timeout_s, self._ends - time.monotonic())
        if left_s <= 0:
            raise failure("NET-5", self._url, f"the parts of the file took longer than {2 * self._timeout_s:g} seconds")
        answer = exchange(self._url, ask, read, allow_private=self._allow_private, timeout_s=left_s)
        if answer.status == HTTPStatus.OK:
            if start:
                raise failure("NET-9", self._url, "the host stopped serving ranges of the file")
            self.ranges = False
        elif _content_range(answer)[0] != start or not _fits(answer, length) or self._is_another(answer):
            raise failure("NET-8", self._url, "the host sent another range of the file than requested")
        for offset in range(0, len(answer.data), BLOCK_BYTES):
            self._blocks[(start + offset) // BLOCK_BYTES] = answer.data[offset : offset + BLOCK_BYTES]
        return answer

    def _is_another(self, answer: Fetched) -> bool:
        """Whether a later part belongs to a file of another size: the file was replaced meanwhile."""
        return bool(self._blocks) and _content_range(answer)[2] != self.length_bytes


def _read_at_most(response: Response, most: int) -> bytes:
    data = bytearray()
    while len(data) < most and (chunk := response.raw.read(min(8192, most - len(data)), decode_content=False)):
        data += chunk
    return bytes(data)


def _fits(answer: Fetched, asked: int) -> bool:
    """Whether a part has the stated number of bytes, and all that were requested and exist."""
    start, end, total = _content_range(answer)
    return end - start + 1 == len(answer.data) and (len(answer.data) == asked or end + 1 == total)


def _content_range(answer: Fetched) -> tuple[int, int, int]:
    """First byte, last byte and size of the file, of an answer with a part of it.

    Raises:
        FeedbuilderError: it does not say so.
    """
    text = answer.headers.get("content-range", "")
    found = re.fullmatch(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})", text)
    if not found:
        raise failure(
            "NET-9", answer.url, f"the host does not state the length of the file: Content-Range {quoted(text)}"
        )
    start, end, total = (int(group) for group in found.groups())
    return start, end, total


def _stated(answer: Fetched) -> Stated:
    headers = answer.headers
    length = headers.get("content-length", "")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return Stated(
        url=answer.url,
        length_bytes=int(length) if re.fullmatch("[0-9]{1,18}", length) else None,
        type=kind if re.fullmatch(r"[a-z0-9]+/[a-z0-9.+-]+", kind) else "",
        tag=headers.get("etag") or headers.get("last-modified", ""),
    )
