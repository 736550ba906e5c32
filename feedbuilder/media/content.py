"""Type, duration and dimensions of a media file, by its bytes. Nothing is decompressed, and the name is ignored."""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import replace
from io import BufferedReader
from typing import Any, NamedTuple

from feedbuilder.errors import Mark, Problem
from feedbuilder.model import MediaFacts

MOST_PIXELS = 89_478_485  # where Pillow starts to suspect a decompression bomb: a quarter of a GiB as RGB
PICTURE_BYTES = 64 * 1024 * 1024
_HEAD_PARTS = 100_000  # reads: three hours of MP4 in fragments of two seconds have half as many boxes
_HEAD_BYTES = 16 * 1024 * 1024  # of a picture before its pixels, of all that a sound says of itself; a WebP as a whole

_PICTURES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}
MP4_BRANDS = {b"M4A ": "audio/x-m4a", b"M4B ": "audio/x-m4a", b"M4V ": "video/x-m4v", b"qt  ": "video/quicktime"}
_TAGGED = {b"OggS": "audio/ogg", b"fLaC": "audio/flac", b"RIFF": "audio/wav"}

# MPEG audio, layer III (ISO/IEC 11172-3 2.4.2.3, 13818-3 2.4.2.3): kbit/s by the index in the head of a frame, for
# MPEG 1 and for MPEG 2 and 2.5; samples a second by version, then index.
_KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_MOST_MISSES = 4096  # bytes between frames that are none: the rest is no sound
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


class TooMuchError(ValueError):
    """The head of a file exceeds a limit."""


class HeadReader:
    """A stream that limits how often and how much a reader of a format reads, because readers keep what they read."""

    def __init__(self, stream: BufferedReader) -> None:
        self._stream = stream
        self._parts = self._bytes = 0

    def read(self, size: int = -1) -> bytes:
        """As a stream does.

        Raises:
            TooMuchError: it was too much.
        """
        data = self._stream.read(min(size, _HEAD_BYTES + 1) if size >= 0 else _HEAD_BYTES + 1)
        self._parts += 1
        self._bytes += len(data)
        if self._parts > _HEAD_PARTS:
            raise TooMuchError(f"its head has more than {_HEAD_PARTS} parts")
        if self._bytes > _HEAD_BYTES:
            raise TooMuchError(f"its head has more than {_HEAD_BYTES} bytes")
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """As a stream does."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """As a stream does."""
        return self._stream.tell()


def measure_content(stream: BufferedReader, facts: MediaFacts) -> MediaFacts | Problem:
    """The facts completed from the content, or the finding why the file is not published.

    Raises:
        OSError: the disk fails.
    """
    try:
        if sound := _measure_sound(stream):
            kind, duration_s = sound
            return replace(facts, type=kind, duration_s=duration_s if 0 < duration_s < float("inf") else None)
        return _measure_picture(stream, facts)
    except Exception as error:
        # On bytes of another format, each reader raises its own errors: struct.error, IndexError …
        if isinstance(error, OSError) and error.errno is not None:
            raise
        why = f": {error}" if isinstance(error, TooMuchError) else ""
        what = f"the content is neither audio nor a readable picture{why}"
        return Problem("MED-3", Mark(facts.path), what)


def _measure_sound(stream: BufferedReader) -> tuple[str, float] | None:
    """Media type (APL-30 for what Apple takes) and seconds; ``None`` where the first bytes promise no sound."""
    head = stream.read(64)
    stream.seek(0)
    if head.startswith(b"ID3") or (head[:1] == b"\xff" and head[1:2] >= b"\xe0"):
        return _measure_mpeg(stream)
    if head[4:8] == b"ftyp":
        return _measure_mp4(stream, head[8:12])
    if head[:4] in {b"OggS", b"fLaC"} or (head[:4] == b"RIFF" and head[8:12] == b"WAVE"):
        return measure_tagged(stream, head[:4])
    return None


def _measure_mpeg(stream: BufferedReader) -> tuple[str, float]:
    """MP3, or AAC without a container: both start with a tag or with eleven set bits."""
    from mutagen.aac import AACInfo  # noqa: PLC0415 - most runs measure nothing
    from mutagen.mp3 import BitrateMode, HeaderNotFoundError, MPEGInfo  # noqa: PLC0415

    try:
        info = MPEGInfo(stream)
    except HeaderNotFoundError:
        stream.seek(0)
        return "audio/aac", AACInfo(stream).length
    if info.sketchy:
        raise ValueError("too few frames in a row")
    if info.layer == 3 and info.bitrate_mode == BitrateMode.UNKNOWN:
        return "audio/mpeg", _count_frames(stream, info.frame_offset)
    return "audio/mpeg", info.length


def _count_frames(stream: BufferedReader, offset: int) -> float:
    """Seconds of an MP3 that does not say how long it is: where bit rates vary, no size tells."""
    samples: Counter[int] = Counter()  # by samples a second
    misses = 0
    stream.seek(offset)
    while len(head := stream.read(4)) == 4 and misses < _MOST_MISSES:
        if frame := find_frame(head):
            samples[frame.hertz] += frame.samples
            misses = 0
            stream.seek(frame.length - 4, 1)
        elif head.startswith(b"ID3"):  # of a second file that was appended to the first
            size = stream.read(6)[2:]
            stream.seek(sum(digit << shift for digit, shift in zip(size, (21, 14, 7, 0), strict=False)), 1)
        else:
            misses += 1
            stream.seek(-3, 1)
    return sum(count / hertz for hertz, count in samples.items())


class Frame(NamedTuple):
    """A frame of MPEG audio, layer III: its bytes, its samples, and samples a second."""

    length: int
    samples: int
    hertz: int
    bytes_a_second: float


def find_frame(head: bytes) -> Frame | None:
    """The frame that starts with these four bytes, or ``None``."""
    if len(head) < 4:
        return None
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bits, rate, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if head[0] != 0xFF or head[1] < 0xE0 or version == 1 or layer != 1 or bits in {0, 15} or rate == 3:
        return None
    samples, kbits = (1152, _KBITS_1) if version == 3 else (576, _KBITS_2)
    hertz = _RATES[version][rate]
    return Frame(samples * kbits[bits] * 125 // hertz + padding, samples, hertz, kbits[bits] * 125.0)


def _measure_mp4(stream: BufferedReader, brand: bytes) -> tuple[str, float]:
    """By the brand, where it says what is inside; else by the tracks. Pictures of chapters are a video track too."""
    from mutagen.mp4 import MP4Info  # noqa: PLC0415

    atoms, head = open_atoms(stream)
    tracks = atoms[b"moov"].findall(b"trak")
    handlers = {track[b"mdia", b"hdlr"].read(head)[1][8:12] for track in tracks}
    if not handlers & {b"soun", b"vide"}:
        raise ValueError("neither sound nor video")
    kind = MP4_BRANDS.get(brand) or ("video/mp4" if b"vide" in handlers else "audio/x-m4a")
    return kind, MP4Info(atoms, head).length


def open_atoms(stream: BufferedReader) -> tuple[Any, HeadReader]:
    """The boxes of an MP4, as mutagen has them, and the stream from which their content is to be read."""
    from mutagen.mp4._atom import Atoms  # noqa: PLC0415

    head = HeadReader(stream)
    return Atoms(head), head


def measure_tagged(stream: BufferedReader, magic: bytes) -> tuple[str, float] | None:
    """Type and seconds of a file of Ogg, FLAC or WAV, by the four bytes with which it starts."""
    from mutagen.flac import StreamInfo  # noqa: PLC0415
    from mutagen.wave import WaveStreamInfo  # noqa: PLC0415

    # Stream properties only, no tags: mutagen inflates an ID3 tag inside a WAV without a limit, and a comment
    # in an Ogg takes twelve times its size.
    if magic == b"RIFF":
        return _TAGGED[magic], WaveStreamInfo(HeadReader(stream)).length
    if magic == b"fLaC":
        head = stream.read(8)  # RFC 9639 8.1: the first block is the one of the stream
        return (_TAGGED[magic], StreamInfo(stream.read(34)).length) if head[4] & 0x7F == 0 else None
    info = open_ogg(stream)
    if info is None:
        return None
    info._post_tags(stream)  # noqa: SLF001 - it reads the last page, which has the length
    return _TAGGED[magic], info.length


def open_ogg(stream: BufferedReader) -> Any:  # noqa: ANN401 - mutagen has no types
    """What the first page of an Ogg says of its sound, without its length; ``None`` where it is no sound."""
    from mutagen.oggflac import OggFLACStreamInfo  # noqa: PLC0415
    from mutagen.oggopus import OggOpusInfo  # noqa: PLC0415
    from mutagen.oggspeex import OggSpeexInfo  # noqa: PLC0415
    from mutagen.oggvorbis import OggVorbisInfo  # noqa: PLC0415

    kinds: dict[bytes, Any] = {b"OpusHead": OggOpusInfo, b"\x01vorbis": OggVorbisInfo, b"\x7fFLAC": OggFLACStreamInfo}
    kinds[b"Speex   "] = OggSpeexInfo
    head = stream.read(128)
    stream.seek(0)
    kind = next((kind for sign, kind in kinds.items() if sign in head), None)
    return kind(stream) if kind else None


def _measure_picture(stream: BufferedReader, facts: MediaFacts) -> MediaFacts | Problem:
    """Only the head of the picture is read: what its pixels would unpack to is never seen."""
    from PIL import GifImagePlugin, Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401, PLC0415

    if facts.length_bytes > PICTURE_BYTES:
        return Problem("MED-4", Mark(facts.path), f"the picture is larger than {PICTURE_BYTES} bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata; and Pillow's doubts about a size that is checked below
            head: Any = HeadReader(stream)
            picture = Image.open(head, formats=["JPEG", "PNG", "GIF", "WEBP"])
    except Image.DecompressionBombError:
        return _too_many_pixels(facts.path)
    if picture.width * picture.height > MOST_PIXELS:
        return _too_many_pixels(facts.path)
    kind = _PICTURES[picture.format or ""]
    mode = picture.mode
    if picture.has_transparency_data and not mode.endswith(("A", "a")):
        mode += "A"  # one colour of it is see-through: to Apple that is an alpha channel, too
    return replace(facts, type=kind, width=picture.width, height=picture.height, mode=mode)


def _too_many_pixels(path: str) -> Problem:
    return Problem("MED-4", Mark(path), f"the picture has more than {MOST_PIXELS} pixels")
