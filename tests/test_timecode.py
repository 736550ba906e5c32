"""Text forms of time spans: what is read, what is refused, and what comes out."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedbuilder.text.timecode import (
    format_clock,
    format_long_clock,
    format_npt,
    format_srt,
    format_vtt,
    json_seconds,
    parse_clock,
    parse_duration,
    parse_seconds,
    to_milliseconds,
)

SECONDS = st.floats(0, 3_000_000)
MILLISECONDS = st.integers(0, 3_000_000_000)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0:00", 0.0),
        ("0:01", 1.0),
        ("00:59", 59.0),
        ("1:52", 112.0),
        ("59:59", 3599.0),
        ("60:00", 3600.0),
        ("133:13", 7993.0),
        ("9999:59", 599_999.0),
        ("1:2:03", 3723.0),
        ("1:02:17", 3737.0),
        ("01:02:17", 3737.0),
        ("9999:59:59", 35_999_999.0),
        ("0:05.25", 5.25),
        ("0:05,250", 5.25),
        ("1:00:00.123456789", 3600.123456789),
        ("133:13.5", 7993.5),
        ("133:13,5", 7993.5),
        ("  1:52\n", 112.0),
    ],
)
def test_clock_times_are_read(text: str, seconds: float) -> None:
    assert parse_clock(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "52",
        ":52",
        "1:",
        "1:5",
        "1:60",
        "37:567",
        "9:\n46",
        "9: 46",
        "1:60:00",
        "1:02:60",
        "1:02:5",
        "00100:00:00",
        "12345:00:00",
        "12345:00",
        "1:2:3:04",
        "1:00.",
        "1:00.1234567890",
        "1:00;5",
        "-1:00",
        "+1:00",
        "1h02",
        "x1:00",
        "1:00x",
    ],
)
def test_other_texts_are_no_clock_times(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"{text!r} is not a clock time such as 1:02:33")):
        parse_clock(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", 0.0), ("112", 112.0), (" 3.5 ", 3.5), ("999999999.999999999", 999999999.999999999)]
)
def test_seconds_are_read(text: str, seconds: float) -> None:
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "1e3", "1_000", ".5", "5.", "1:00", "nan", "inf", "1000000000", "1 s"]
)
def test_other_texts_are_no_seconds(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"{text!r} is not a number of seconds")):
        parse_seconds(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("59:14", 3554.0),
        ("1:02:16", 3736.0),
        ("55:42.000", 3342.0),
        (" 3554 ", 3554.0),
        ("3554.5", 3554.5),
        ("PT01H02M16S", 3736.0),
        ("PT1H", 3600.0),
        ("PT2M", 120.0),
        ("PT3S", 3.0),
        ("PT1H3S", 3603.0),
        ("pt1h2m", 3720.0),
        ("P1DT1H", 90_000.0),
        ("PT0.5S", 0.5),
        ("PT1,25S", 1.25),
        ("PT90M", 5400.0),
    ],
)
def test_durations_are_read_in_every_form(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "PT", "P1D", "P1DT", "PT1", "PT-1S", "P1Y", "PT1M2H", "52 min", "1h02", "1:2", "1:02:99", "-5", "-1:00"],
)
def test_other_texts_are_no_durations(text: str) -> None:
    said = f"{text!r} is not a duration such as 1:02:33, 3753 or PT1H2M33S"
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_duration(text)


@given(SECONDS)
def test_a_time_rounds_once_and_halves_go_up(seconds: float) -> None:
    exact = (Decimal(seconds) * 1000).quantize(Decimal(1), ROUND_HALF_UP)
    assert abs(to_milliseconds(seconds) - exact) <= (
        0 if abs(Decimal(seconds) * 1000 % 1 - Decimal("0.5")) > 1e-6 else 1
    )


@pytest.mark.parametrize(
    ("seconds", "milliseconds"), [(0.0, 0), (0.0004999, 0), (0.0005, 1), (0.0015, 2), (1.0005, 1001), (59.9996, 60_000)]
)
def test_half_a_millisecond_goes_up(seconds: float, milliseconds: int) -> None:
    assert to_milliseconds(seconds) == milliseconds


@pytest.mark.parametrize(
    ("seconds", "vtt", "clock", "long"),
    [
        (0, "00:00:00.000", "0:00", "00:00:00"),
        (0.9994, "00:00:00.999", "0:00", "00:00:00"),
        (0.9996, "00:00:01.000", "0:01", "00:00:01"),
        (59.9996, "00:01:00.000", "1:00", "00:01:00"),
        (139.9, "00:02:19.900", "2:19", "00:02:19"),
        (599, "00:09:59.000", "9:59", "00:09:59"),
        (3599.9999, "01:00:00.000", "1:00:00", "01:00:00"),
        (3640, "01:00:40.000", "1:00:40", "01:00:40"),
        (36_000.05, "10:00:00.050", "10:00:00", "10:00:00"),
        (360_000, "100:00:00.000", "100:00:00", "100:00:00"),
    ],
)
def test_times_are_written(seconds: float, vtt: str, clock: str, long: str) -> None:
    assert format_vtt(seconds) == vtt
    assert format_npt(seconds) == vtt
    assert format_srt(seconds) == vtt.replace(".", ",")
    assert format_clock(seconds) == clock
    assert format_long_clock(seconds) == long


@given(MILLISECONDS)
def test_what_is_written_reads_back_to_the_millisecond(milliseconds: int) -> None:
    seconds = milliseconds / 1000
    for text in (format_vtt(seconds), format_srt(seconds), format_npt(seconds)):
        assert to_milliseconds(parse_clock(text)) == milliseconds
    assert to_milliseconds(json_seconds(seconds)) == milliseconds
    for text in (format_clock(seconds), format_long_clock(seconds)):
        assert parse_clock(text) == milliseconds // 1000


@given(SECONDS, SECONDS)
def test_an_earlier_time_is_never_written_as_a_later_one(one: float, other: float) -> None:
    first, last = sorted((one, other))
    assert format_vtt(first).rjust(16) <= format_vtt(last).rjust(16)
    assert json_seconds(first) <= json_seconds(last)


@given(SECONDS)
def test_each_form_is_one_that_its_readers_know(seconds: float) -> None:
    assert re.fullmatch(r"\d{2,}:[0-5]\d:[0-5]\d\.\d{3}", format_vtt(seconds))
    assert re.fullmatch(r"\d{2,}:[0-5]\d:[0-5]\d,\d{3}", format_srt(seconds))
    assert re.fullmatch(r"(?:[1-9]\d*:[0-5]\d|[1-5]?\d):[0-5]\d", format_clock(seconds))
    assert re.fullmatch(r"\d{2,}:[0-5]\d:[0-5]\d", format_long_clock(seconds))


@pytest.mark.parametrize(
    ("seconds", "number"),
    [(0.0, "0"), (139.0, "139"), (2.0004999, "2"), (2.5, "2.5"), (2.0005, "2.001"), (0.9999, "1")],
)
def test_numbers_for_json_are_short(seconds: float, number: str) -> None:
    assert repr(json_seconds(seconds)) == number
