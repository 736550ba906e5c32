"""Small files of every kind, made by hand."""

from __future__ import annotations

import io
import struct
import wave
import zlib

from mutagen.ogg import OggPage
from PIL import Image


def an_mp3(frames: int = 50, *, head: int = 0xFFFB9000) -> bytes:
    """Silent frames of MPEG 1, layer III, 128 kbit/s at 44.1 kHz: 417 bytes and 1152 samples each."""
    return (struct.pack(">I", head) + bytes(413)) * frames


def a_variable_mp3(frames: int) -> bytes:
    """Frames of 32 and 320 kbit/s in turn, without a table: the size does not tell the duration."""
    small, large = 144 * 32_000 // 44_100, 144 * 320_000 // 44_100
    pair = b"\xff\xfb\x10\x00" + bytes(small - 4) + b"\xff\xfb\xe0\x00" + bytes(large - 4)
    return (b"\xff\xfb\x10\x00" + bytes(small - 4)) * 40 + pair * (frames // 2)


def an_id3(size: int = 300) -> bytes:
    return b"ID3\x03\x00\x00" + bytes((0, 0, size >> 7, size & 127)) + bytes(size)


def an_id3_bomb(size: int, version: int = 4, *, within: bytes = b"") -> bytes:
    """A tag with one compressed frame of text, or with one inside of a chapter, that inflates to so many bytes."""
    packed = zlib.compress(b"\3" + b"a" * size, 9)
    flags = 0x0009 if version == 4 else 0x0080

    def number(value: int) -> bytes:
        return bytes(value >> bits & 127 for bits in (21, 14, 7, 0)) if version == 4 else struct.pack(">I", value)

    data = number(size + 1) + packed
    data = b"TIT2" + number(len(data)) + struct.pack(">H", flags) + data
    if within:
        data = within[:4] + number(len(within) - 4 + len(data)) + bytes(2) + within[4:] + data
    return b"ID3" + bytes((version, 0, 0, *(len(data) >> bits & 127 for bits in (21, 14, 7, 0)))) + data


def a_wav_with(tag: bytes) -> bytes:
    """A WAV with an ID3 tag in a chunk of its own, behind the sound."""
    data = a_wav() + b"id3 " + struct.pack("<I", len(tag)) + tag + bytes(len(tag) % 2)
    return data[:4] + struct.pack("<I", len(data) - 8) + data[8:]


def a_wav_of_chunks(count: int) -> bytes:
    """A WAV with so many empty chunks before its sound."""
    sound = a_wav()
    data = sound[:36] + b"tide\0\0\0\0" * count + sound[36:]
    return data[:4] + struct.pack("<I", len(data) - 8) + data[8:]


def an_aac(frames: int = 20) -> bytes:
    """ADTS frames of 1024 samples at 44.1 kHz, 100 bytes each."""
    length = 100
    head = bytes((0xFF, 0xF1, 0x50, 0x80 | length >> 11, length >> 3 & 255, (length & 7) << 5 | 0x1F, 0xFC))
    return (head + bytes(length - 7)) * frames


def box(kind: bytes, *content: bytes) -> bytes:
    data = b"".join(content)
    return struct.pack(">I4s", len(data) + 8, kind) + data


def an_mp4(
    brand: bytes = b"M4A ", handlers: tuple[bytes, ...] = (b"soun",), seconds: int = 5, boxes: tuple[bytes, ...] = ()
) -> bytes:
    timing = struct.pack(">IIIII", 0, 0, 0, 1000, seconds * 1000) + bytes(4)
    tracks = [
        box(b"trak", box(b"mdia", box(b"mdhd", timing), box(b"hdlr", bytes(8) + handler + bytes(13))))
        for handler in handlers
    ]
    more = box(b"mvhd", bytes(100)), *tracks, *boxes
    return box(b"ftyp", brand, bytes(4), brand) + box(b"moov", *more) + box(b"mdat", b"x")


def an_ogg(first: bytes, second: bytes, position: int) -> bytes:
    parts = [second[at : at + 255 * 255] for at in range(0, len(second), 255 * 255)]
    packets = [(first, 0), *((part, -1) for part in parts[:-1]), (parts[-1], 0), (b"sound", position)]
    pages = []
    for number, (packet, samples) in enumerate(packets):
        page = OggPage()
        page.serial, page.sequence, page.packets, page.position = 7, number, [packet], samples
        page.first, page.last = number == 0, number == len(packets) - 1
        page.complete, page.continued = samples >= 0, 1 < number < len(packets) - 1
        pages.append(page.write())
    return b"".join(pages)


def an_opus(seconds: int = 3, comments: int = 0) -> bytes:
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 2, 0, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<II", 0, comments) + struct.pack("<I2s", 2, b"a=") * comments
    return an_ogg(head, tags, seconds * 48_000)


def a_vorbis(seconds: int = 3) -> bytes:
    head = b"\x01vorbis" + struct.pack("<IBIiiiBB", 0, 1, 44_100, 0, 64_000, 0, 0xB8, 1)
    return an_ogg(head, b"\x03vorbis" + struct.pack("<I", 0) * 2 + b"\x01", seconds * 44_100)


def a_flac(seconds: int = 2) -> bytes:
    rate_and_samples = 44_100 << 44 | 15 << 36 | seconds * 44_100
    info = struct.pack(">HH", 4096, 4096) + bytes(6) + struct.pack(">Q", rate_and_samples) + bytes(16)
    return b"fLaC\x80" + len(info).to_bytes(3, "big") + info + b"\xff\xf8"


def a_wav(seconds: int = 2) -> bytes:
    with io.BytesIO() as file:
        with wave.open(file, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(8000)
            sound.writeframes(bytes(16_000 * seconds))
        return file.getvalue()


def a_picture(kind: str = "PNG", size: tuple[int, int] = (30, 20), mode: str = "RGB", **options: object) -> bytes:
    with io.BytesIO() as file:
        Image.new(mode, size, 1).save(file, kind, **options)
        return file.getvalue()


def a_png_head(width: int, height: int) -> bytes:
    """The start of a PNG, as a decompression bomb has it: much area, no data."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + png_chunk(b"IDAT", zlib.compress(b"")) + png_chunk(b"IEND", b"")


def png_chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def a_picture_with(head: bytes, kind: str = "PNG", size: tuple[int, int] = (30, 20), mode: str = "RGB") -> bytes:
    """A picture with something in its head: behind the IHDR of a PNG, the SOI of a JPEG, the palette of a GIF."""
    data = a_picture(kind, size, mode)
    at = {"PNG": 33, "JPEG": 2, "GIF": data.find(b",")}[kind]
    return data[:at] + head + data[at:]
