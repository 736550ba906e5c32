"""ID3 tags of strangers' files, read within bounds: nothing inside of them is inflated, and all of it fits in memory.

Spec: ID3v2.3 3.3.1 and ID3v2.4 4.1.2 (flags of frames), ID3v2 Chapter Frame Addendum 1.0.
"""

from __future__ import annotations

import codecs
import contextlib
import copy
import functools
import os
import sys
from io import BytesIO
from typing import Any, BinaryIO

TAG_BYTES = 16 * 1024 * 1024  # as much as a picture in a FLAC: room for large art and a picture for every chapter
MOST_FRAMES = 4000  # in one tag, or in one chapter
FRAME_BYTES = 64 * 1024  # in a frame of values: mutagen copies all that is left of it for each of them
MOST_COPIED_BYTES = 512 * 1024 * 1024  # in all frames of values together: some tenths of a second
_LARGE = {"APIC", "GEOB", "PRIV", "MCDI", "USLT", "CHAP", "CTOC"}  # others hold values
_LARGE_2_2 = {"PIC", "GEO", "MCI", "ULT"}
_TAIL_BYTES = 131  # where ID3v1 stands, and what tells it from APEv2
_COMPRESSED = {3: 0x0080, 4: 0x0008}  # by the version


def open_id3(stream: BinaryIO, kind: Any = None) -> Any:  # noqa: ANN401 - mutagen has no types
    """The tag of a file, as this class; ``mutagen.id3.ID3`` where none is given.

    Raises:
        MutagenError: there is none, it cannot be read, or what it would take to read it has no bounds.
        OSError: the disk fails.
    """
    from mutagen.id3 import ID3, error  # noqa: PLC0415 - most runs look into no file

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

    return Bounded(BytesIO(data), known_frames=_bounded_frames())


@functools.cache
def _bounded_frames() -> dict[str, Any]:
    """The frames of mutagen by name. Where it would inflate one, or take very long for it, these refuse."""
    from mutagen.id3 import Frames, Frames_2_2  # noqa: PLC0415
    from mutagen.id3._specs import ID3FramesSpec  # noqa: PLC0415

    spec: Any = ID3FramesSpec
    module: Any = sys.modules[spec.__module__]
    module.decode_terminated = functools.partial(decode_terminated, module.decode_terminated)

    class Inner(spec):  # type: ignore[misc]
        def read(self, header: Any, frame: Any, data: bytes) -> Any:  # noqa: ANN401
            """Frames in a chapter. Chapters inside of chapters stay unread: they have no end."""
            _count(header, data)
            flat = copy.copy(header)
            flat._known_frames = leaves  # noqa: SLF001
            return super().read(flat, frame, data)

    inner: Any = Inner
    # Version 2.2 has no flags; its frames become those of later versions by their class, which must be mutagen's.
    frames = {**Frames_2_2}
    for name, frame in Frames.items():
        specs = [inner(one.name) if isinstance(one, spec) else one for one in frame._framespec]  # noqa: SLF001
        frames[name] = type(name, (_bounded(name, frame),), {"_framespec": specs})
    leaves = {name: frame for name, frame in frames.items() if name not in {"CHAP", "CTOC"}}
    return frames


def _bounded(name: str, frame: Any) -> Any:  # noqa: ANN401
    from mutagen.id3 import error  # noqa: PLC0415

    class Bounded(frame):  # type: ignore[misc]
        @classmethod
        def _fromData(cls, header: Any, flags: int, data: bytes) -> Any:  # noqa: ANN401, N802
            if flags & _COMPRESSED.get(header.version[1], 0):
                raise error(f"the frame {name} of its ID3 tag is compressed")
            if name not in _LARGE and len(data) > FRAME_BYTES:
                raise error(f"the frame {name} of its ID3 tag has more than {FRAME_BYTES} bytes")
            return super()._fromData(header, flags, data)

        def _merge_frame(self, other: Any) -> Any:  # noqa: ANN401
            if len(getattr(self, "text", ())) > MOST_FRAMES:
                raise error(f"the frame {name} of its ID3 tag has more than {MOST_FRAMES} values")
            return super()._merge_frame(other)

    return Bounded


def decode_terminated(slowly: Any, data: bytes, encoding: str, strict: bool = True) -> tuple[str, bytes]:  # noqa: ANN401
    """As mutagen's function of that name does ``slowly``: a microsecond for each byte of UTF-16.

    Raises:
        ValueError: the text is not of that encoding, or (``strict``) has no end.
    """
    if not encoding.startswith("utf") or encoding == "utf8":
        text, rest = slowly(data, encoding, strict)
        return text, rest
    end = data.find(b"\0\0")
    while end > 0 and end % 2:
        end = data.find(b"\0\0", end + 1)
    decoder = codecs.getincrementaldecoder(encoding)()  # which wants a byte order mark, too
    if end < 0:
        text = decoder.decode(data, final=True)
        if strict:
            raise ValueError("not null terminated")
        return text, b""
    return decoder.decode(data[: end + 2], final=True)[:-1], data[end + 2 :]


def _count(header: Any, data: bytes) -> None:  # noqa: ANN401
    """Refuse more frames, and values in them, than anybody needs: mutagen copies all that is left for each of them."""
    from mutagen.id3 import Frames, error  # noqa: PLC0415
    from mutagen.id3._tags import determine_bpi  # noqa: PLC0415
    from mutagen.id3._util import unsynch  # noqa: PLC0415

    if header.version[1] < 4 and header.f_unsynch:
        with contextlib.suppress(ValueError):  # mutagen, too, takes it as it is
            data = unsynch.decode(data)
    most = 0
    used = 8 if header.version[1] < 4 or determine_bpi(data, Frames) is int else 7
    name, length = (3, 6) if header.version[1] == 2 else (4, 10)
    for bits in (7, 8) if header.version[1] == 4 else (8,):  # some write the sizes of 2.4 like those of 2.3
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
    spent = header.__dict__.setdefault("spent", [0])  # of the tag: the header of a chapter is a copy of its header
    spent[0] += most
    if spent[0] > MOST_COPIED_BYTES:
        raise error("there are too many values in its ID3 tag")


def _copied_bytes(name: str, data: bytes) -> int:
    """What mutagen copies of a frame, about: all that is left of it for each value."""
    if name in _LARGE or name in _LARGE_2_2:
        return len(data)
    if len(name) == 4 and len(data) > FRAME_BYTES:  # it is refused as it is
        return len(data)
    if name[0] not in "TWCI":  # no texts: numbers of some bytes
        return len(data) * (1 + len(data) // 4)
    return len(data) * (1 + data.count(b"\0\0" if data[:1] in {b"\1", b"\2"} else b"\0"))
