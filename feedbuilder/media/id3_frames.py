"""ID3 frames of mutagen with bounds and our own reading of text, as subclasses: mutagen itself is not changed.

mutagen decodes UTF-16 byte by byte, about a microsecond each, and inflates compressed frames without a limit.

Spec: ID3v2.3 3.3.1 and ID3v2.4 4.1.2 (flags of frames), ID3v2 Chapter Frame Addendum 1.0.
"""

from __future__ import annotations

import codecs
import copy
import functools
import struct
from collections.abc import Callable, Sequence
from typing import Any

MOST_VALUES = 4000  # in one frame, before another of the same name is merged into it
FRAME_BYTES = 64 * 1024  # in a frame of values: mutagen copies what is left of the frame for each value
LARGE_FRAMES = frozenset({"APIC", "GEOB", "PRIV", "MCDI", "USLT", "CHAP", "CTOC"})  # all others hold values
_COMPRESSED = {3: 0x0080, 4: 0x0008}  # the flag, by version

Count = Callable[[Any, bytes], None]


@functools.cache
def known_frames(count: Count) -> dict[str, Any]:
    """Bounded frame classes by name, of versions 2.2 to 2.4; ``count`` sees the header and bytes of each chapter.

    A frame of 2.2 becomes one of 2.3 through its base class, so the classes of 2.2 are rebuilt on ours.
    """
    from mutagen.id3 import Frames, Frames_2_2  # noqa: PLC0415 - most runs read no tag

    leaves: dict[str, Any] = {}
    quick = {name: type(name, (frame,), {"_framespec": _specs(frame, count, leaves)}) for name, frame in Frames.items()}
    frames = {name: type(name, (_bounded(name, frame),), {}) for name, frame in quick.items()}
    old: dict[str, Any] = Frames_2_2
    for name, frame in old.items():
        own = {key: value for key, value in vars(frame).items() if key == "_to_other"}
        if "_framespec" in vars(frame):
            own["_framespec"] = _specs(frame, count, leaves)
        base = quick.get(frame.__base__.__name__)
        frames[name] = type(name, (base,), own) if base else frame
    leaves.update((name, frame) for name, frame in frames.items() if name not in {"CHAP", "CTOC"})
    return frames


def _bounded(name: str, frame: Any) -> Any:  # noqa: ANN401 - mutagen has no types
    from mutagen.id3 import error  # noqa: PLC0415

    class Bounded(frame):  # type: ignore[misc]
        @classmethod
        def _fromData(cls, header: Any, flags: int, data: bytes) -> Any:  # noqa: ANN401, N802
            if flags & _COMPRESSED.get(header.version[1], 0):
                raise error(f"the frame {name} of its ID3 tag is compressed")
            if name not in LARGE_FRAMES and len(data) > FRAME_BYTES:
                raise error(f"the frame {name} of its ID3 tag has more than {FRAME_BYTES} bytes")
            return super()._fromData(header, flags, data)

        def _merge_frame(self, other: Any) -> Any:  # noqa: ANN401
            if len(getattr(self, "text", ())) > MOST_VALUES:
                raise error(f"the frame {name} of its ID3 tag has more than {MOST_VALUES} values")
            return super()._merge_frame(other)

    return Bounded


def _specs(frame: Any, count: Count, leaves: dict[str, Any]) -> list[Any]:  # noqa: ANN401
    """The parts of a frame, texts and inner frames in our classes. ``leaves``: the frames a chapter may hold."""
    from mutagen.id3._specs import ID3FramesSpec, MultiSpec  # noqa: PLC0415

    inner_frames = _inner_frames_class(count, leaves)
    texts = _text_classes()

    def ours(spec: Any) -> Any:  # noqa: ANN401
        if isinstance(spec, MultiSpec):
            return MultiSpec(spec.name, *map(ours, spec.specs), default=spec.default, sep=spec.sep)
        kind = inner_frames if isinstance(spec, ID3FramesSpec) else texts.get(type(spec))
        return kind(spec.name, spec.default) if kind else spec

    return [ours(spec) for spec in frame._framespec]  # noqa: SLF001


def _inner_frames_class(count: Count, leaves: dict[str, Any]) -> Any:  # noqa: ANN401
    from mutagen.id3._specs import ID3FramesSpec  # noqa: PLC0415

    spec: Any = ID3FramesSpec

    class InnerFrames(spec):  # type: ignore[misc]
        def read(self, header: Any, frame: Any, data: bytes) -> Any:  # noqa: ANN401
            """Frames of a chapter. Chapters inside chapters are kept unread: their nesting has no limit."""
            count(header, data)
            flat = copy.copy(header)
            flat._known_frames = leaves  # noqa: SLF001
            return super().read(flat, frame, data)

    return InnerFrames


@functools.cache
def _text_classes() -> dict[Any, Any]:
    """The classes of mutagen for text in a frame -> ours, which read with ``decode_terminated`` of this module."""
    from mutagen.id3 import _specs as specs  # noqa: PLC0415

    text: Any = specs.EncodedTextSpec

    class Text(text):  # type: ignore[misc]
        def read(self, header: Any, frame: Any, data: bytes) -> tuple[Any, bytes]:  # noqa: ANN401
            """As in mutagen, with its repairs of damaged UTF-16."""
            failure: ValueError | None = None
            for repaired in specs.iter_text_fixups(data, frame.encoding):
                try:
                    value, rest = decode_terminated(repaired, self._encodings[frame.encoding][0], strict=False)
                except ValueError as error:
                    failure = error
                else:
                    # Before 2.4, zeros at the end are padding, no list of empty values.
                    return value, b"" if header.version < (2, 4, 0) and not rest.strip(b"\0") else rest
            raise specs.SpecError(failure)

    class TimedTexts(specs.SynchronizedTextSpec):
        def read(self, _header: Any, frame: Any, data: bytes) -> tuple[Any, bytes]:  # noqa: ANN401
            """As in mutagen: pairs of a text and a time, until no bytes are left."""
            pairs = []
            while data:
                try:
                    value, data = decode_terminated(data, self._encodings[frame.encoding][0])
                    pairs.append((value, struct.unpack_from(">I", data)[0]))
                except (ValueError, struct.error) as error:
                    raise specs.SpecError(error) from error
                data = data[4:]
            return pairs, b""

    # Text comes second: what a class of mutagen adds to reading a text stays, and the text itself is read by ours.
    bases: Sequence[Any] = (specs.EncodedNumericTextSpec, specs.EncodedNumericPartTextSpec, specs.TimeStampSpec)
    derived = {base: type(base.__name__, (base, Text), {}) for base in bases}
    return {text: Text, specs.SynchronizedTextSpec: TimedTexts, **derived}


def decode_terminated(data: bytes, encoding: str, strict: bool = True) -> tuple[str, bytes]:
    """The text before the first NUL, and the bytes after it: as mutagen's function of that name, in one pass.

    Raises:
        ValueError: the bytes are not text in that encoding, or (``strict``) have no NUL.
    """
    width = 2 if encoding.replace("_", "").startswith("utf16") else 1
    end = data.find(bytes(width))
    while end > 0 and end % width:
        end = data.find(bytes(width), end + 1)
    decoder = codecs.getincrementaldecoder(encoding)()  # unlike bytes.decode, it refuses UTF-16 without a mark
    if end < 0:
        text = decoder.decode(data, final=True)
        if strict:
            raise ValueError("not null terminated")
        return text, b""
    return decoder.decode(data[: end + width], final=True)[:-1], data[end + width :]
