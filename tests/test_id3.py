"""ID3 tags of untrusted files: bounded, and everything within the bounds is read as mutagen reads it."""

from __future__ import annotations

import io
import itertools
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutagen import MutagenError
from mutagen._util import decode_terminated as mutagen_decode
from mutagen.id3 import APIC, CHAP, ID3, TIT2, TPE1, USLT, _specs
from sounds import an_id3_bomb, an_mp3

from feedbuilder.media.id3 import MOST_FRAMES, TAG_BYTES, open_id3
from feedbuilder.media.id3_frames import FRAME_BYTES, MOST_VALUES, decode_terminated


def a_tag(version: int, *frames: bytes, size: int | None = None) -> bytes:
    body = b"".join(frames)
    size = len(body) if size is None else size
    return b"ID3" + bytes((version, 0, 0, *(size >> bits & 127 for bits in (21, 14, 7, 0)))) + body


def a_frame(name: bytes, data: bytes) -> bytes:
    return name + struct.pack(">IH", len(data), 0) + data


EMPTY = b"TIT2" + bytes(6)
CHAPTER = b"c\0" + bytes(16)
VALUES = b"\0" + b"\0".join(b"%05d" % number for number in range(MOST_VALUES + 1))
MORE = b"\0" + b"\0".join(b"+%d" % number for number in range(9))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (an_id3_bomb(99, 4), "TIT2 of its ID3 tag is compressed"),
        (an_id3_bomb(99, 3), "TIT2 of its ID3 tag is compressed"),
        (an_id3_bomb(99, 4, within=b"CHAP" + CHAPTER), "TIT2 of its ID3 tag is compressed"),
        (an_id3_bomb(99, 3, within=b"CTOCc\0\0\0"), "TIT2 of its ID3 tag is compressed"),
        (a_tag(3, size=TAG_BYTES + 1), f"has {TAG_BYTES + 1} bytes, more than {TAG_BYTES}"),
        (a_tag(2, b"TT2\0\0\1\0" * (MOST_FRAMES + 1)), "more than 4000 frames"),
        (a_tag(3, EMPTY * (MOST_FRAMES + 1)), "more than 4000 frames"),
        (a_tag(4, EMPTY * (MOST_FRAMES + 1)), "more than 4000 frames"),
        (a_tag(3, a_frame(b"CHAP", CHAPTER + EMPTY * (MOST_FRAMES + 1))), "more than 4000 frames"),
        (
            a_tag(3, a_frame(b"TIT2", b"\0" + b"a" * FRAME_BYTES)),
            f"TIT2 of its ID3 tag has more than {FRAME_BYTES} bytes",
        ),
        (a_tag(3, *[a_frame(b"TXXX", b"\0" + b"%d\0" % n + b"a\0" * 30_000) for n in range(200)]), "too many values"),
        (a_tag(2, b"TT2\x0f\0\0\0" + b"a\0" * 500_000), "too many values"),
        (a_tag(3, a_frame(b"RVA2", bytes(60_000))), "too many values"),
        (a_tag(3, a_frame(b"TIT2", VALUES), a_frame(b"TIT2", MORE)), "more than 4000 values"),
    ],
)
def test_a_tag_without_bounds_is_refused(data: bytes, what: str) -> None:
    with pytest.raises(MutagenError, match=what):
        open_id3(io.BytesIO(data + an_mp3()))


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("encoding", [0, 1, 2, 3])
def test_large_pictures_and_lyrics_do_not_count_as_values(version: int, encoding: int) -> None:
    """Even if their bytes look like frames when sizes of 2.4 are read as sizes of 2.3."""
    tag = ID3()
    for number in range(9):
        data = b"TXXX\0\1\0\0\0\0" + b"a\0" * 300_000
        tag.add(APIC(encoding=encoding, mime="image/png", type=3, desc=f"p{number}", data=data))
    tag.add(USLT(encoding=encoding, lang="eng", desc="", text="Tide " * 100_000))
    file = io.BytesIO(an_mp3())
    tag.save(file, v2_version=version)

    assert dict(open_id3(io.BytesIO(file.getvalue()))) == dict(tag)


@given(st.lists(st.sampled_from([b"\0", b"\0\0", b"\xff\xfe", b"\xfe\xff", b"a", b"\xd8", b"\xdc"])).map(b"".join))
@pytest.mark.parametrize("encoding", ["latin1", "utf8", "utf16", "utf_16_be"])
@pytest.mark.parametrize("strict", [False, True])
def test_texts_are_cut_at_the_same_nul_as_by_mutagen(encoding: str, strict: bool, data: bytes) -> None:
    def result_of(read: Any) -> object:  # noqa: ANN401
        try:
            return read()
        except ValueError:
            return "an error"

    ours = result_of(lambda: decode_terminated(data, encoding, strict))
    assert ours == result_of(lambda: mutagen_decode(data, encoding, strict))


def an_old_frame(name: bytes, data: bytes) -> bytes:
    return name + struct.pack(">I", len(data))[1:] + data


WIDE = "Ebb Ü".encode("utf-16") + b"\0\0"
TIMED = b"\1eng\2\1" + WIDE + WIDE + bytes(4)
OLD = {
    b"TT2": b"\1" + WIDE + WIDE[:-2],
    b"TRK": b"\1" + WIDE,
    b"COM": b"\1eng" + WIDE + WIDE,
    b"ULT": b"\1eng" + WIDE + WIDE,
    b"SLT": TIMED,
    b"PIC": b"\1PNG\3" + WIDE + b"picture",
    b"TXX": b"\1" + WIDE + WIDE,
}
NEW = {
    b"TIT2": OLD[b"TT2"],
    b"TLEN": OLD[b"TRK"],
    b"TRCK": OLD[b"TRK"],
    b"TDRC": b"\1" + "2026-12-01".encode("utf-16"),
    b"USLT": OLD[b"ULT"],
    b"SYLT": TIMED,
    b"APIC": b"\1image/png\0\3" + WIDE + b"picture",
    b"TIPL": OLD[b"TXX"],
    b"CHAP": CHAPTER + a_frame(b"TIT2", b"\1" + WIDE),
}


@pytest.mark.parametrize(
    "data",
    [
        a_tag(2, *itertools.starmap(an_old_frame, OLD.items())),
        a_tag(3, *itertools.starmap(a_frame, NEW.items())),
        a_tag(4, *itertools.starmap(a_frame, NEW.items())),
    ],
)
def test_utf_16_is_decoded_without_mutagens_slow_function(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    expected = dict(ID3(io.BytesIO(data)))
    assert len(expected) >= len(OLD)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("mutagen decodes UTF-16 byte by byte")

    monkeypatch.setattr("mutagen.id3._specs.decode_terminated", refuse)

    assert dict(open_id3(io.BytesIO(data))) == expected


def test_mutagen_itself_is_unchanged() -> None:
    """Other code in this process reads tags without our bounds."""
    open_id3(io.BytesIO(a_tag(3, a_frame(b"TIT2", b"\0Tide"))))

    assert vars(_specs)["decode_terminated"] is mutagen_decode
    assert len(ID3(io.BytesIO(a_tag(3, a_frame(b"TIT2", VALUES)))).getall("TIT2")[0].text) == MOST_VALUES + 1


def test_chapters_inside_chapters_are_not_read() -> None:
    data = a_frame(b"TIT2", b"\0Deep")
    for _ in range(500):
        data = a_frame(b"CHAP", CHAPTER + data)

    (chapter,) = open_id3(io.BytesIO(a_tag(3, data))).getall("CHAP")

    assert (len(chapter.sub_frames), len(chapter.sub_frames.unknown_frames)) == (0, 1)


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("v1", [0, 2])
def test_a_tag_is_read_as_mutagen_reads_it(version: int, v1: int) -> None:
    tag = ID3()
    tag.add(TIT2(encoding=3, text=["Tide", "Ebb"]))
    tag.add(TPE1(encoding=3, text="Harbour Notes"))
    tag.add(APIC(encoding=0, mime="image/png", type=3, desc="", data=bytes(FRAME_BYTES + 1)))
    for number in range(3):
        title = TIT2(encoding=3, text=f"Part {number} Ü")
        tag.add(CHAP(element_id=f"c{number}", start_time=number, end_time=9, sub_frames=[title]))
    file = io.BytesIO(an_mp3())
    tag.save(file, v2_version=version, v1=v1)

    found = open_id3(io.BytesIO(file.getvalue()))

    assert dict(found) == dict(ID3(io.BytesIO(file.getvalue())))
    assert [str(one.sub_frames["TIT2"]) for one in found.getall("CHAP")] == ["Part 0 Ü", "Part 1 Ü", "Part 2 Ü"]


def test_a_tag_of_version_2_2_and_one_of_version_1_are_read() -> None:
    old = b"TAG" + b"Tide".ljust(30, b"\0") + bytes(94) + b"\xff"

    assert str(open_id3(io.BytesIO(a_tag(2, b"TT2\0\0\5\0Ebb!") + an_mp3()))["TIT2"]) == "Ebb!"
    assert str(open_id3(io.BytesIO(an_mp3() + old))["TIT2"]) == "Tide"
