"""The duration of audio, from the few kilobytes that state it: a stream is read in parts, never as a whole.

The same questions are answered for files of the disk by ``content``, which may read all of them. Here what cannot be
known without that is named as an estimate, or left open.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BufferedReader, BytesIO

from feedbuilder.errors import FeedbuilderError
from feedbuilder.media.content import MP4_BRANDS, find_frame, measure_tagged, open_ogg

_PLACES = 6  # read of an MP3 without a table, besides its head
_PLACE_BYTES = 4096
_OGG_TAIL = 72 * 1024  # the last page begins in it: a page has at most 65,307 bytes


@dataclass(frozen=True, slots=True)
class Sound:
    """What audio is by its bytes. ``estimated``: the duration follows from parts, and the rest may be otherwise."""

    type: str
    duration_s: float | None
    estimated: bool = False


def measure_heads(stream: BufferedReader, length_bytes: int, *, whole: bool = True) -> Sound | None:
    """Type and duration of the audio or video in a stream; ``None`` where it is neither, or cannot be told.

    ``whole``: every part of the stream can be read; else only its head.

    Raises:
        FeedbuilderError: what the stream itself raises.
    """
    try:
        return _measure(stream, length_bytes, whole=whole)
    except (FeedbuilderError, TimeoutError):
        raise
    except Exception as error:
        # On bytes of another format, each reader raises its own errors: struct.error, IndexError …
        if isinstance(error, OSError) and error.errno is not None:
            raise
        return None


def _measure(stream: BufferedReader, length_bytes: int, *, whole: bool) -> Sound | None:
    head = stream.read(64)
    stream.seek(0)
    if head.startswith(b"ID3") or (head[:1] == b"\xff" and head[1:2] >= b"\xe0"):
        return _measure_mpeg(stream, length_bytes, whole=whole)
    if head[4:8] == b"ftyp":
        return _measure_mp4(stream, length_bytes)
    if head[:4] == b"OggS":
        return _measure_ogg(stream, length_bytes) if whole else Sound("audio/ogg", None)
    if head[:4] == b"fLaC" or (head[:4] == b"RIFF" and head[8:12] == b"WAVE"):
        found = measure_tagged(stream, head[:4])
        return Sound(*found) if found else None
    return None


# --- MP3 --------------------------------------------------------------------------------------------------------------


def _measure_mpeg(stream: BufferedReader, length_bytes: int, *, whole: bool) -> Sound | None:
    """By the table of Xing or VBRI; without one by the bit rate, if it is the same wherever one looks."""
    from mutagen.aac import AACError, AACInfo  # noqa: PLC0415 - most runs measure nothing
    from mutagen.mp3 import BitrateMode, HeaderNotFoundError, MPEGInfo  # noqa: PLC0415

    try:
        info = MPEGInfo(stream)
    except HeaderNotFoundError:
        stream.seek(0)
        try:
            return Sound("audio/aac", AACInfo(stream).length, estimated=True)
        except AACError:
            return None
    if info.sketchy:
        return None
    if info.layer != 3 or info.bitrate_mode != BitrateMode.UNKNOWN:
        return Sound("audio/mpeg", info.length)
    start = info.frame_offset
    size = length_bytes - start
    head = _rates_at(stream, start)
    parts = [
        _rates_at(stream, start + size * (2 * part + 1) // (2 * _PLACES)) for part in range(_PLACES if whole else 0)
    ]
    rates = {rate for found in (head, *parts) for rate in found}
    if whole and len(rates) == 1:
        return Sound("audio/mpeg", size / rates.pop())
    known = [found for found in parts or [head] if found]
    # Each part represents the same number of bytes; its duration follows from its mean rate.
    lasts = [size / len(known) * len(found) / sum(found) for found in known]
    return Sound("audio/mpeg", sum(lasts) or None, estimated=True)


def _rates_at(stream: BufferedReader, place: int) -> list[float]:
    """Bytes a second of each frame in a few kilobytes from ``place``; the first must be followed by another."""
    stream.seek(place)
    data = stream.read(_PLACE_BYTES)
    at, rates = 0, list[float]()
    while at + 4 <= len(data):
        frame = find_frame(data[at : at + 4])
        if frame and (rates or find_frame(data[at + frame.length : at + frame.length + 4])):
            rates.append(frame.bytes_a_second)
            at += frame.length
        elif rates:
            break
        else:
            at += 1
    return rates


# --- MP4 --------------------------------------------------------------------------------------------------------------


def _measure_mp4(stream: BufferedReader, length_bytes: int) -> Sound | None:
    """By ``moov/mvhd``, at any place, and the brand; by the tracks if the brand does not name the type.

    ISO/IEC 14496-12: 8.2.2 mvhd, 8.4.3 hdlr.
    """
    stream.seek(8)
    kind = MP4_BRANDS.get(stream.read(4))
    boxes = dict[bytes, tuple[int, int]](_boxes(stream, 0, length_bytes, stop=b"moov"))
    if b"moov" not in boxes:
        return None
    duration_s, handlers = None, set[bytes]()
    for name, (start, end) in _boxes(stream, *boxes[b"moov"], stop=b"mvhd" if kind else b""):
        if name == b"mvhd":
            duration_s = _movie_s(stream, start)
        elif name == b"trak":
            handlers.add(_handler(stream, start, end))
    if kind is None:
        kind = "video/mp4" if b"vide" in handlers else "audio/x-m4a" if b"soun" in handlers else None
    return Sound(kind, duration_s) if kind else None


def _boxes(stream: BufferedReader, start: int, end: int, *, stop: bytes = b"") -> list[tuple[bytes, tuple[int, int]]]:
    """The boxes between two places, their content from where to where; none after the one called ``stop``."""
    found: list[tuple[bytes, tuple[int, int]]] = []
    while start + 8 <= end and len(found) < 1000:
        stream.seek(start)
        head = stream.read(16)
        size, content = int.from_bytes(head[:4], "big"), start + 8
        if size == 1:
            size, content = int.from_bytes(head[8:16], "big"), start + 16
        last = start + size if size else end
        if last < content or last > end:
            break
        found.append((head[4:8], (content, last)))
        if head[4:8] == stop:
            break
        start = last
    return found


def _movie_s(stream: BufferedReader, start: int) -> float | None:
    stream.seek(start)
    data = stream.read(32)
    wide = data[0] == 1
    scale = int.from_bytes(data[20:24] if wide else data[12:16], "big")
    length = int.from_bytes(data[24:32] if wide else data[16:20], "big")
    unknown = length == (0xFFFFFFFFFFFFFFFF if wide else 0xFFFFFFFF)
    return length / scale if scale and length and not unknown else None


def _handler(stream: BufferedReader, start: int, end: int) -> bytes:
    """``soun``, ``vide`` … of a track."""
    media = dict(_boxes(stream, start, end, stop=b"mdia")).get(b"mdia")
    handler = dict(_boxes(stream, *media, stop=b"hdlr")).get(b"hdlr") if media else None
    if handler is None:
        return b""
    stream.seek(handler[0])
    return stream.read(12)[8:]


# --- Ogg --------------------------------------------------------------------------------------------------------------


def _measure_ogg(stream: BufferedReader, length_bytes: int) -> Sound | None:
    """By the first page, which says what is inside, and the last, which says how many samples there were."""
    info = open_ogg(stream)
    if info is None:
        return None
    stream.seek(max(0, length_bytes - _OGG_TAIL))
    tail = BytesIO(stream.read(_OGG_TAIL))
    info._post_tags(tail)  # noqa: SLF001 - it reads the last page, and nothing else of the file
    return Sound("audio/ogg", info.length or None)
