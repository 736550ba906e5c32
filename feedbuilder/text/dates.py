"""Every text form of dates, times of day and time zones that is read, in one place. Spans: ``text.timecode``.

The parsers differ in what they may guess. An author's date is read strictly, because a wrong one is published; a feed's
date as podcast apps read it, because they have it already. All raise ValueError with the end of a sentence that begins
with the quoted text.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.parser import isoparse

_DATE = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?",
    re.IGNORECASE | re.ASCII,
)
_MAIL_DATE = re.compile(r"[A-Za-z]{3},? |\d{1,2} [A-Za-z]{3}", re.ASCII)
_TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)

# Names of zones that feeds use besides those of RFC 2822, each with one meaning only.
_ZONES = MappingProxyType(
    {"WET": "+0000", "WEST": "+0100", "CET": "+0100", "MEZ": "+0100", "CEST": "+0200", "MESZ": "+0200"}
    | {"EET": "+0200", "EEST": "+0300", "MSK": "+0300", "SAST": "+0200", "HKT": "+0800", "AWST": "+0800"}
    | {"JST": "+0900", "KST": "+0900", "AEST": "+1000", "AEDT": "+1100", "NZST": "+1200", "NZDT": "+1300"}
    | {"AKST": "-0900", "AKDT": "-0800", "HST": "-1000"}
)
# What email.utils misreads or ignores: +01:00, GMT+1; 5:00 PM; a year below 1.
_OFFSET = re.compile(r"([+-])([0-9]{1,2})(?::([0-9]{2}))?")
_FROM_GMT = re.compile(r"\b(?:GMT|UTC)\s*(?=[+-][0-9])", re.IGNORECASE)
_HALF_DAY = re.compile(r"\b(0?[0-9]|1[0-2])((?::[0-9]{2}){1,2})\s*([AP])\.?M\b\.?", re.IGNORECASE)
_NO_YEAR = re.compile(r"\s-[0-9]+\s+[0-9]+:")


def parse_date(text: str) -> datetime | date:
    """The day or the date and time that an author wrote, as ISO 8601 or RFC 2822; naive where no zone is written.

    >>> parse_date("2026-03-31"), parse_date("2026-03-31 9:00:00 +0200").isoformat()
    (datetime.date(2026, 3, 31), '2026-03-31T09:00:00+02:00')

    Raises:
        ValueError: it is neither; nothing is guessed from 13.07.2015 or from a bare number.
    """
    try:
        value = _parse_numbers(text) or _parse_words(text)
    except (ValueError, TypeError):
        value = None
    if value is None or value.year in {MINYEAR, MAXYEAR}:  # a zone could move these out of the calendar
        raise ValueError("is not a date")
    return value


def parse_moment(text: str) -> datetime:
    """The date and time, in UTC, of what ``parse_date`` reads, if a zone is written.

    >>> parse_moment("Sat, 1 Mar 2025 17:00:00 EST").isoformat()
    '2025-03-01T22:00:00+00:00'

    Raises:
        ValueError: it is no date, or one without a time zone.
    """
    value = parse_date(text)
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("has no time zone")
    return value.astimezone(UTC)


def parse_iso(text: str) -> datetime | date:
    """The day or the date and time of an ISO 8601 text, exactly as the standard writes it.

    Raises:
        ValueError: it is neither.
    """
    with suppress(ValueError):
        return date.fromisoformat(text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("is not an ISO 8601 date or date and time") from None


def parse_timestamp(text: str) -> datetime:
    """The date and time of an ISO 8601 text with a zone, in UTC.

    >>> parse_timestamp("2026-03-31T17:00:00+02:00").isoformat()
    '2026-03-31T15:00:00+00:00'

    Raises:
        ValueError: it is none, or names no zone.
    """
    try:
        value = datetime.fromisoformat(text)
        if value.tzinfo:
            return value.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter: in UTC it is before year 1 or after 9999
        raise ValueError("is not a date and time") from None
    raise ValueError("has no time zone")


def parse_feed_date(text: str) -> tuple[datetime, bool]:
    """The date and time of a feed, as RFC 2822 or ISO 8601, in UTC; and whether its zone had to be assumed.

    Raises:
        ValueError: it is neither.
    """
    try:
        value = _parse_feed_text(text)
        if value.tzinfo:
            return value.astimezone(UTC), False
    except (ValueError, OverflowError):
        raise ValueError("is not a date and time") from None
    return value.replace(tzinfo=UTC), not text.endswith("-0000")  # RFC 2822 3.3: -0000 is UTC, the zone is unknown


def parse_zone(text: str) -> ZoneInfo:
    """The time zone of the IANA list.

    Raises:
        ValueError: the list has none of this name.
    """
    with suppress(ZoneInfoNotFoundError, ValueError, OSError):
        if text != "localtime":  # a zone of this machine, not of the list
            return ZoneInfo(text)
    raise ValueError("is not a time zone of the IANA list")


def parse_time_of_day(text: str) -> time:
    """The time of ``17:00`` or ``9:05``.

    Raises:
        ValueError: it is none.
    """
    if match := _TIME_OF_DAY.fullmatch(text):
        return time(int(match[1]), int(match[2]))
    raise ValueError("is not a time of day (HH:MM)")


def _parse_numbers(text: str) -> datetime | date | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, zone = match.groups()
    iso = f"{year}-{int(month):02}-{int(day):02}"
    if hour is None:
        return date.fromisoformat(iso)
    zone = {"z": "Z", "utc": "Z", "gmt": "Z"}.get((zone or "").lower(), zone or "")
    return isoparse(f"{iso}T{int(hour):02}:{minute}:{second or '00'}{zone}")


def _parse_words(text: str) -> datetime | None:
    if not _MAIL_DATE.match(text):
        return None
    value = parsedate_to_datetime(text)
    names_a_zone = re.search(r"[A-Za-z]$", text)  # CEST: not one of the few names that RFC 2822 knows
    return None if value.tzinfo is None and names_a_zone else value


def _parse_feed_text(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return parsedate_to_datetime(_as_rfc_2822(text))


def _as_rfc_2822(text: str) -> str:
    """A date in words, its zone and its hour as RFC 2822 has them.

    >>> _as_rfc_2822("Wed, 3 Sept 2025 5:00:00 PM GMT+1 (London)")
    'Wed, 3 Sep 2025 17:00:00 +0100'

    Raises:
        ValueError: its year is below 0.
    """
    if _NO_YEAR.search(text):
        raise ValueError(text)
    text = _FROM_GMT.sub("", re.sub(r"\s*\([^()]*\)$", "", text))
    text = re.sub(r"\bSept\b\.?", "Sep", text, flags=re.IGNORECASE)
    text = _HALF_DAY.sub(lambda hour: f"{int(hour[1]) % 12 + 12 * (hour[3] in 'pP'):02}{hour[2]}", text)
    *words, zone = text.split()
    if offset := _OFFSET.fullmatch(zone):
        zone = f"{offset[1]}{int(offset[2]):02}{offset[3] or '00'}"
    return " ".join([*words, _ZONES.get(zone.upper(), zone)])
