"""ID3 tags of untrusted files, read within bounds: nothing in them is inflated, and all of it fits in memory.

``id3_frames`` bounds each frame, this module the tag as a whole.
"""

from __future__ import annotations

import contextlib
import os
from io import BytesIO
from typing import Any, BinaryIO

from feedbuilder.media.id3_frames import FRAME_BYTES, LARGE_FRAMES, known_frames

TAG_BYTES = 16 * 1024 * 1024  # room for large art and a picture for every chapter; as much as a picture in a FLAC
MOST_FRAMES = 4000  # in one tag, or in one chapter
MOST_COPIED_BYTES = 512 * 1024 * 1024  # in all frames of values together; takes some tenths of a second
_LARGE_2_2 = {"PIC", "GEO", "MCI", "ULT"}
_TAIL_BYTES = 131  # holds an ID3v1 tag, and what distinguishes it from APEv2


def open_id3(stream: BinaryIO, kind: Any = None) -> Any:  # noqa: ANN401 - mutagen has no types
    """The tag of a file, as an instance of ``kind`` (default: ``mutagen.id3.ID3``).

    Raises:
        MutagenError: there is no tag, it cannot be read, or it exceeds a bound.
        OSError: the disk fails.
    """
    from mutagen.id3 import ID3, error  # noqa: PLC0415 - most runs read no tag

    stream.seek(0)
    head = stream.read(10)
    size = sum(digit << shift for digit, shift in zip(head[6:], (21, 14, 7, 0), strict=False))
    if not head.startswith(b"ID3"):
        size = 0
    if size > TAG_BYTES:
        raise error(f"the ID3 tag has {size} bytes, more than {TAG_BYTES}")
    data = head + stream.read(size)
    end = stream.seek(0, os.SEEK_END)
    stream.seek(max(len(data), end - _TAIL_BYTES))
    data += stream.read(_TAIL_BYTES)

    class Bounded(kind or ID3):  # type: ignore[misc]
        def _read(self, header: Any, data: bytes) -> bytes:  # noqa: ANN401
            _count(header, data)
            rest: bytes = super()._read(header, data)
            return rest

    return Bounded(BytesIO(data), known_frames=known_frames(_count))


def _count(header: Any, data: bytes) -> None:  # noqa: ANN401
    """Refuse a tag or chapter with too many frames or values: mutagen copies the remaining bytes for each of them."""
    from mutagen.id3 import Frames, error  # noqa: PLC0415
    from mutagen.id3._tags import determine_bpi  # noqa: PLC0415
    from mutagen.id3._util import unsynch  # noqa: PLC0415

    if header.version[1] < 4 and header.f_unsynch:
        with contextlib.suppress(ValueError):  # mutagen, too, then reads the bytes as they are
            data = unsynch.decode(data)
    most = 0
    used = 8 if header.version[1] < 4 or determine_bpi(data, Frames) is int else 7
    name, length = (3, 6) if header.version[1] == 2 else (4, 10)
    for bits in (7, 8) if header.version[1] == 4 else (8,):  # some programs write sizes of 2.4 like those of 2.3
        at = frames = copied = 0
        while at + length <= len(data) and any(data[at : at + name]):
            size = data[at + name : at + 2 * name]
            end = at + length + sum((digit & (1 << bits) - 1) << bits * n for n, digit in enumerate(reversed(size)))
            copied += _copied_bytes(data[at : at + name].decode("latin-1"), data[at + length : end])
            at = end
            frames += 1
            if frames > MOST_FRAMES:
                raise error(f"there are more than {MOST_FRAMES} frames in its ID3 tag, or in a chapter")
        if bits == used:
            most = copied
    spent = header.__dict__.setdefault("spent", [0])  # shared by all chapters: their headers are copies of the tag's
    spent[0] += most
    if spent[0] > MOST_COPIED_BYTES:
        raise error("there are too many values in its ID3 tag")


def _copied_bytes(name: str, data: bytes) -> int:
    """About how many bytes mutagen copies to read a frame: its remaining bytes, once for each value."""
    if name in LARGE_FRAMES or name in _LARGE_2_2:
        return len(data)
    if len(name) == 4 and len(data) > FRAME_BYTES:  # refused later, without a copy
        return len(data)
    if name[0] not in "TWCI":  # not text: numbers of a few bytes
        return len(data) * (1 + len(data) // 4)
    return len(data) * (1 + data.count(b"\0\0" if data[:1] in {b"\1", b"\2"} else b"\0"))
