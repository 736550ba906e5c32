"""Dates, times of day and zones as texts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time

import pytest

from feedbuilder.text.dates import (
    parse_date,
    parse_feed_date,
    parse_iso,
    parse_moment,
    parse_time_of_day,
    parse_timestamp,
    parse_zone,
)


def naive(text: str) -> datetime:
    return datetime.fromisoformat(text)


# --- what an author writes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-03-31", date(2026, 3, 31)),
        ("2026-3-1", date(2026, 3, 1)),
        ("2026-03-31 17:05", naive("2026-03-31T17:05:00")),
        ("2026-03-31T7:05:09", naive("2026-03-31T07:05:09")),
        ("2026-03-31T17:05:09.5Z", datetime(2026, 3, 31, 17, 5, 9, tzinfo=UTC)),
        ("2026-03-31t17:05z", datetime(2026, 3, 31, 17, 5, tzinfo=UTC)),
        ("2026-03-31 17:05:09 UTC", datetime(2026, 3, 31, 17, 5, 9, tzinfo=UTC)),
        ("2026-03-31 17:05:09 gmt", datetime(2026, 3, 31, 17, 5, 9, tzinfo=UTC)),
        ("2026-03-31T17:05:09+0530", datetime(2026, 3, 31, 11, 35, 9, tzinfo=UTC)),
        ("2026-03-31T17:05:09-05:00", datetime(2026, 3, 31, 22, 5, 9, tzinfo=UTC)),
        ("2026-03-31T17:05:09 +02", datetime(2026, 3, 31, 15, 5, 9, tzinfo=UTC)),
        ("Tue, 31 Mar 2026 17:05:09 GMT", datetime(2026, 3, 31, 17, 5, 9, tzinfo=UTC)),
        ("Tue, 31 Mar 2026 17:05:09 EST", datetime(2026, 3, 31, 22, 5, 9, tzinfo=UTC)),
        ("31 Mar 2026 17:05:09 +0200", datetime(2026, 3, 31, 15, 5, 9, tzinfo=UTC)),
        ("Tue 31 Mar 2026 17:05:09 -0000", naive("2026-03-31T17:05:09")),
        ("0002-01-01", date(2, 1, 1)),
        ("9998-12-31", date(9998, 12, 31)),
    ],
)
def test_days_and_times_are_read(text: str, value: date) -> None:
    parsed = parse_date(text)
    assert parsed == value
    assert isinstance(parsed, datetime) == isinstance(value, datetime)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-03",
        "20260331",
        "2026/03/31",
        "31.03.2026",
        "1498579200000",
        "2026-13-01",
        "2026-02-30",
        "2026-03-31T25:00",
        "2026-03-31T17",
        "2026-03-31T17:5",
        "2026-03-31T17:05:61",
        "2026-03-31T17:05+99:00",
        "2026-03-31-T17:05:00Z",
        "2026-03-31:00:00Z",
        "2026-03-31 17:05 CEST",
        "Tue, 31 Mar 2026",
        "Tue, 31 Mar 2026 17:05:09 CEST",
        "Tue, 32 Mar 2026 17:05:09 GMT",
        "Mar 31 2026",
        "May 5, 2026",
        "31 März 2026 17:05:09 GMT",
        "Tuesday, 31 March 2026",
        "0001-01-01",
        "9999-12-31",
        "9999-12-31T23:00:00-05:00",
        "now",
    ],
)
def test_other_texts_are_no_dates(text: str) -> None:
    with pytest.raises(ValueError, match=r"^is not a date$"):
        parse_date(text)


@pytest.mark.parametrize(
    "text",
    ["2025-03-01T17:00:00+01:00", "Sat, 01 Mar 2025 16:00:00 GMT", "2025-03-01 16:00 UTC", "1 Mar 2025 11:00:00 EST"],
)
def test_a_moment_is_a_date_with_a_zone_in_utc(text: str) -> None:
    moment = parse_moment(text)
    assert (moment, moment.tzinfo) == (datetime(2025, 3, 1, 16, tzinfo=UTC), UTC)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2025-03-01", date(2025, 3, 1)),
        ("2025-03-01T17:00:00Z", datetime(2025, 3, 1, 17, tzinfo=UTC)),
        ("2025-03-01T17:00:00", naive("2025-03-01T17:00:00")),
    ],
)
def test_iso_8601_is_read(text: str, value: date) -> None:
    assert parse_iso(text) == value


# --- what programs write ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "assumed"),
    [
        ("Wed, 01 May 2024 17:00:00 GMT", False),
        ("Wed, 01 May 2024 19:00:00 CEST", False),
        ("Wed, 1 May 2024 5:00:00 PM", True),
        ("Wed, 01 May 2024 17:00:00 -0000", False),
        ("2024-05-01T17:00:00", True),
        ("2024-05-01T19:00:00+02:00", False),
        ("Wed May 01 2024 19:00:00 GMT+0200 (Central European Summer Time)", False),
    ],
)
def test_a_feed_s_date_is_read_as_apps_read_it(text: str, assumed: bool) -> None:
    assert parse_feed_date(text) == (datetime(2024, 5, 1, 17, tzinfo=UTC), assumed)


@pytest.mark.parametrize(
    ("parse", "text", "complaint"),
    [
        (parse_moment, "2025-03-01", "has no time zone"),
        (parse_moment, "2025-03-01T17:00:00", "has no time zone"),
        (parse_moment, "soon", "is not a date"),
        (parse_iso, "Sat, 01 Mar 2025 16:00:00 GMT", "is not an ISO 8601 date or date and time"),
        (parse_timestamp, "2025-03-01T17:00:00", "has no time zone"),
        (parse_timestamp, "2025-03-01", "has no time zone"),
        (parse_timestamp, "9999-12-31T23:59:59-01:00", "is not a date and time"),
        (parse_timestamp, "", "is not a date and time"),
        (parse_feed_date, "0001-01-01T00:00:00+10:00", "is not a date and time"),
        (parse_feed_date, "Wed, 31 Feb 2024 10:00:00 GMT", "is not a date and time"),
        (parse_feed_date, "", "is not a date and time"),
        (parse_zone, "Mars/Olympus", "is not a time zone of the IANA list"),
        (parse_zone, "localtime", "is not a time zone of the IANA list"),
        (parse_zone, "../etc/passwd", "is not a time zone of the IANA list"),
        (parse_time_of_day, "24:00", r"is not a time of day \(HH:MM\)"),
        (parse_time_of_day, "9", r"is not a time of day \(HH:MM\)"),
        (parse_time_of_day, "١٧:٠٠", r"is not a time of day \(HH:MM\)"),
    ],
)
def test_what_is_wrong_with_other_texts_ends_a_sentence(
    parse: Callable[[str], object], text: str, complaint: str
) -> None:
    with pytest.raises(ValueError, match=f"^{complaint}$"):
        parse(text)


def test_zones_and_times_of_day_are_read() -> None:
    assert parse_zone("Europe/Berlin").key == "Europe/Berlin"
    assert (parse_time_of_day("17:00"), parse_time_of_day("9:05")) == (time(17, 0), time(9, 5))
