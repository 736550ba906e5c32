from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sounds import a_flac, a_variable_mp3, a_vorbis, a_wav, an_aac, an_id3, an_mp3, an_mp4, an_opus, box

from feedbuilder.errors import FeedbuilderError, Mark, Problem
from feedbuilder.media.content import measure_content
from feedbuilder.media.heads import Sound, measure_heads
from feedbuilder.model import MediaFacts


def measured(data: bytes, *, whole: bool = True) -> Sound | None:
    return measure_heads(io.BufferedReader(io.BytesIO(data)), len(data), whole=whole)


def mvhd(seconds: int, *, wide: bool = False, scale: int = 1000) -> bytes:
    times = (
        struct.pack(">IQQIQ", 1 << 24, 0, 0, scale, seconds * 1000)
        if wide
        else struct.pack(">5I", 0, 0, 0, scale, seconds * 1000)
    )
    return box(b"mvhd", times + bytes(80))


def track(handler: bytes) -> bytes:
    return box(
        b"trak",
        box(b"tkhd", bytes(8)),
        box(b"mdia", box(b"mdhd", bytes(24)), box(b"hdlr", bytes(8) + handler + bytes(13))),
    )


def movie(brand: bytes, *boxes: bytes) -> bytes:
    return box(b"ftyp", brand, bytes(4)) + box(b"mdat", bytes(99)) + box(b"moov", *boxes)


@pytest.mark.parametrize("data", [an_opus(), a_vorbis(), a_flac(), a_wav(), an_mp3(), an_id3() + an_mp3()])
def test_a_file_is_what_it_is_when_it_is_read_whole(data: bytes) -> None:
    facts = measure_content(io.BufferedReader(io.BytesIO(data)), MediaFacts("x", len(data), "", ""))
    sound = measured(data)

    assert isinstance(facts, MediaFacts)
    assert sound
    assert (sound.type, sound.estimated) == (facts.type, False)
    assert sound.duration_s == pytest.approx(facts.duration_s, abs=0.05)


@pytest.mark.parametrize(
    ("data", "sound"),
    [
        (movie(b"M4A ", mvhd(9), track(b"soun")), Sound("audio/x-m4a", 9.0)),
        (movie(b"isom", mvhd(9, wide=True), track(b"soun")), Sound("audio/x-m4a", 9.0)),
        (movie(b"isom", track(b"soun"), mvhd(9), track(b"vide")), Sound("video/mp4", 9.0)),
        (movie(b"qt  ", mvhd(9)), Sound("video/quicktime", 9.0)),
        (movie(b"M4A ", mvhd(0)), Sound("audio/x-m4a", None)),
        (movie(b"M4A ", mvhd(9, scale=0)), Sound("audio/x-m4a", None)),
        (movie(b"M4A ", box(b"udta")), Sound("audio/x-m4a", None)),
        (movie(b"isom", mvhd(9), box(b"trak")), None),
        (box(b"ftyp", b"M4A ", bytes(4)) + box(b"mdat", bytes(99)), None),
        (
            box(b"ftyp", b"M4A ", bytes(4)) + struct.pack(">I4sQ", 1, b"mdat", 16) + box(b"moov", mvhd(9)),
            Sound("audio/x-m4a", 9.0),
        ),
        (box(b"ftyp", b"M4A ", bytes(4)) + struct.pack(">I4s", 0, b"moov") + mvhd(9), Sound("audio/x-m4a", 9.0)),
        (box(b"ftyp", b"M4A ", bytes(4)) + struct.pack(">I4s", 4, b"mdat"), None),
        (an_mp4(), Sound("audio/x-m4a", None)),
        (b"OggS" + bytes(99), None),
        (b"\xff\xfb" + bytes(99), None),
        (b"<!doctype html>", None),
        (b"", None),
    ],
)
def test_what_the_heads_of_files_tell(data: bytes, sound: Sound | None) -> None:
    assert measured(data) == sound


def test_only_the_head_of_an_mp3_without_a_table_is_an_estimate() -> None:
    assert measured(an_mp3(500), whole=False) == Sound("audio/mpeg", 500 * 417 / 16_000, estimated=True)


def test_aac_without_a_container_is_an_estimate() -> None:
    sound = measured(an_aac())

    assert sound
    assert (sound.type, sound.estimated) == ("audio/aac", True)
    assert sound.duration_s == pytest.approx(20 * 1024 / 44_100, abs=0.01)


def test_rates_that_vary_give_an_estimate() -> None:
    sound = measured(a_variable_mp3(4000))

    assert sound
    assert sound.estimated
    assert sound.duration_s == pytest.approx(4040 * 1152 / 44_100, rel=0.2)


def test_the_end_of_ogg_is_not_looked_for_where_it_cannot_be_read() -> None:
    assert measured(an_opus(), whole=False) == Sound("audio/ogg", None)


def test_what_the_stream_says_is_heard() -> None:
    class Broken(io.BytesIO):
        def readinto(self, buffer: object, /) -> int:
            raise FeedbuilderError(Problem("NET-6", Mark("x"), "gone"))

    with pytest.raises(FeedbuilderError):
        measure_heads(io.BufferedReader(Broken()), 9)


A_MOVIE = movie(b"isom", mvhd(9), track(b"soun"))


@given(
    st.sampled_from([an_opus(), a_vorbis(), a_flac(), a_wav(), an_mp3(), an_aac(), A_MOVIE]),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6),
    st.integers(0, 20_000),
)  # fmt: skip
def test_damage_is_never_an_error_of_ours(data: bytes, changes: list[tuple[int, int]], length: int) -> None:
    damaged = bytearray(data[:length])
    for place, value in changes:
        if place < len(damaged):
            damaged[place] = value

    sound = measured(bytes(damaged))

    assert sound is None or sound.duration_s is None or sound.duration_s >= 0
