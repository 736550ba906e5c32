"""The date of an item in any form that hosts write, as far as it can be read. Strict forms: ``text.dates``.

Names of months in other languages are those of CLDR (Babel). dateparser would know them, too, but it guesses: it reads
"yesterday", and completes what is absent from today's date.
"""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from html import unescape

from babel.dates import get_month_names
from dateutil import parser

from feedbuilder.text.dates import parse_feed_date

_EARLIEST, _LATEST = 1900, 2200  # years; some programs write others for "no date"
_LANGUAGES = re.findall(
    r"\w\w",
    "af ar be bg bn ca cs cy da de el eo es et eu fa fi fr ga gl he hi hr hu hy id is it ja ka ko lt lv mk ms nb nl nn "
    "pl pt ro ru sk sl sq sr sv sw ta te th tr uk ur uz vi zh",
)
_EPOCH = re.compile(r"([1-9]\d{8,9})(\d{3})?")
_WEEKDAY = re.compile(r"^[^\W\d]+\.?\s*(?:,\s*|\s(?=\d{1,2}[ .-]+[^\W\d]))")
_ZONE = re.compile(r"\s+(?:[+-]\d{1,4}(?::?\d{2})?|[A-Za-z_]+/[A-Za-z_/]+|\(?[A-Za-z]{2,5}\)?)$")
_MIDNIGHT = re.compile(r"\b24:00(:00)?\b")
_LEAP = re.compile(r"(?<=:)60\b")
_AMBIGUOUS = re.compile(r"\b(?:0?[1-9]|1[0-2])[/.](?:0?[1-9]|1[0-2])[/.]\d{2,4}\b")
_DEFAULTS = (datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2001-02-02"))
_YEAR = re.compile(r"(?<!\d)(?:19|20|21)\d\d(?!\d)")


def read_date(text: str) -> tuple[datetime, bool]:
    """The date and time in UTC, and whether its zone had to be assumed.

    >>> read_date("Mi, 05 Mrz 2014 10:00:00 +0100")[0].isoformat()
    '2014-03-05T09:00:00+00:00'
    >>> read_date("Wed, 05 Mar 2014 24:00:00 +0000")[0].isoformat(), read_date("1394013600000")[0].isoformat()
    ('2014-03-06T00:00:00+00:00', '2014-03-05T10:00:00+00:00')

    Raises:
        ValueError: no date, or one that could be read in two ways.
    """
    text = " ".join(unescape(text).split())
    if match := _EPOCH.fullmatch(text):
        return _plausible((datetime.fromtimestamp(int(match[1]), UTC), False))
    with suppress(ValueError):
        return _plausible(parse_feed_date(text))
    english = _LEAP.sub("59", _in_english(_WEEKDAY.sub("", text)).replace(" at ", " "))
    late = timedelta(days=1) if _MIDNIGHT.search(english) else timedelta(0)
    english = _MIDNIGHT.sub("00:00:00", english)
    for form in (english, _ZONE.sub("", english)):
        for parse in (parse_feed_date, _parse_loosely):
            with suppress(ValueError, OverflowError):
                value, assumed = parse(form)
                return _plausible((value + late, assumed))
    raise ValueError(text)


def _plausible(read: tuple[datetime, bool]) -> tuple[datetime, bool]:
    if not _EARLIEST <= read[0].year <= _LATEST:
        raise ValueError(str(read[0]))
    return read


def _parse_loosely(text: str) -> tuple[datetime, bool]:
    """What dateutil reads, if the text has year, month and day: nothing is completed from today's date.

    Raises:
        ValueError: it cannot be read, or is incomplete or ambiguous.
    """
    if _AMBIGUOUS.search(text) or not _YEAR.search(text):
        raise ValueError(text)
    first, second = (parser.parse(text, default=default) for default in _DEFAULTS)
    if first != second:  # something was completed
        raise ValueError(text)
    return (first.astimezone(UTC), False) if first.tzinfo else (first.replace(tzinfo=UTC), True)


def _in_english(text: str) -> str:
    """The text with the names of months in English."""
    return re.sub(r"[^\W\d]+\.?", lambda word: _months().get(word[0].rstrip(".").casefold(), word[0]), text)


@lru_cache(1)
def _months() -> dict[str, str]:
    """English name of a month by its name in any language; without names that mean two months."""
    english = get_month_names("abbreviated", "format", "en")
    found: defaultdict[str, set[int]] = defaultdict(set)
    for language in _LANGUAGES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, language).items():
                    found[name.rstrip(".").casefold()].add(number)
    return {name: english[next(iter(numbers))] for name, numbers in found.items() if len(numbers) == 1} | {
        "mrz": "Mar",
        "mär": "Mar",
        "märz": "Mar",
    }
