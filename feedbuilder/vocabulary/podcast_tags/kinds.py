"""The kinds of value in Podcasting 2.0 tags: one row each, with its parser and its JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import format_datetime

from feedbuilder.text import values
from feedbuilder.text.dates import parse_iso, parse_moment
from feedbuilder.vocabulary.podcast_tags.lists import LICENSES

_FREQUENCIES = frozenset({"SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_RULE_PARTS = frozenset({"FREQ", "UNTIL", "COUNT", "INTERVAL", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "BYMONTHDAY"})
_RULE_PARTS |= {"BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS", "WKST"}
_SHOWN = 10  # members of a closed list that a finding names
_GEO = re.compile(
    r"geo:(-?\d{1,2}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?)(?:,-?\d+(?:\.\d+)?)?(?:;[A-Za-z0-9.=;-]+)?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class ValueKind:
    """How a text becomes a value of one kind.

    ``parse`` returns the text to write into the feed, and raises ValueError with what is wrong ("is not …").
    ``rule`` is the rule that a wrong value breaks; empty for that of its tag.
    """

    parse: Callable[[str], str]
    about: str
    remedy: str
    schema: Mapping[str, object]
    rule: str = ""


def _matching(pattern: str, complaint: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if re.fullmatch(pattern, text, re.ASCII):
            return text
        raise ValueError(complaint)

    return parse


def _parse_text(text: str) -> str:
    return text


def _parse_https(text: str) -> str:
    try:
        url = values.parse_url(text)
    except ValueError:
        url = ""
    if not values.is_https(url):
        raise ValueError("is not an https URL")
    return url


def _parse_uri(text: str) -> str:
    if re.match("https?:", text, re.IGNORECASE):
        return _parse_https(text)
    return _matching(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+", "is not a URI")(text)


def _parse_truth(text: str) -> str:
    return "true" if values.parse_truth(text) else "false"


def _parse_yes_no(text: str) -> str:
    try:
        return "yes" if values.parse_truth(text) else "no"
    except ValueError:
        raise ValueError("is neither yes nor no") from None


def _parse_integer(text: str) -> str:
    return str(values.parse_whole(text))


def _parse_whole(text: str) -> str:
    number = values.parse_whole(text)
    if number < 0:
        raise ValueError("is below 0")
    return str(number)


def _parse_instant(text: str) -> str:
    """RFC 2822, in UTC: weekday, month and zone are then right, however they were written (RSS-12, RSS-13, T-26)."""
    moment = parse_moment(text)
    if moment.year < 1990:  # RSS-14
        raise ValueError("is before 1990")
    return format_datetime(moment)


def _parse_date(text: str) -> str:
    parse_iso(text)
    return text


def _parse_rrule(text: str) -> str:
    parts = dict(part.partition("=")[::2] for part in text.upper().removeprefix("RRULE:").split(";"))
    if parts.get("FREQ") not in _FREQUENCIES or not all(parts.values()) or not parts.keys() <= _RULE_PARTS:
        raise ValueError("is not a recurrence rule of RFC 5545")
    if {"COUNT", "UNTIL"} <= parts.keys():
        raise ValueError("has both COUNT and UNTIL")
    return ";".join(f"{key}={value}" for key, value in parts.items())


def _parse_geo(text: str) -> str:
    match = _GEO.fullmatch(text)
    if not match or abs(float(match[1])) > 90 or abs(float(match[2])) > 180:
        raise ValueError("is not a geo URI of RFC 5870")
    return text


def _parse_ratio(text: str) -> str:
    return _matching(r"\d+(\.\d+)?(/\d+(\.\d+)?)?", "is not a ratio")(text.replace(" ", ""))


def _parse_license(text: str) -> str:
    return next((known for known in LICENSES if known.lower() == text.lower()), text)


_TEXT = {"type": ["string", "number", "boolean"]}
_TRUTH = {"type": ["boolean", "string"], "enum": [True, False, "true", "false", "yes", "no", "on", "off"]}


def _digits(pattern: str, number: str) -> dict[str, object]:
    return {"type": [number, "string"], "pattern": f"^{pattern}$"}


KINDS: Mapping[str, ValueKind] = {
    "text": ValueKind(_parse_text, "text", "Write some text.", _TEXT),
    "https": ValueKind(
        _parse_https,
        "https URL",
        "Start it with https://.",
        {"type": "string", "format": "uri", "pattern": "^https://"},
        "P20-0b",
    ),
    "uri": ValueKind(
        _parse_uri,
        "URI; https if it is a web page",
        "Start it with https:// or another scheme.",
        {"type": "string", "format": "uri"},
        "P20-0b",
    ),
    "email": ValueKind(
        values.parse_mail_address,
        "mail address",
        "Write it as user@host.example.",
        {"type": "string", "format": "email"},
    ),
    "whole": ValueKind(
        _parse_whole,
        "whole number from 0",
        "Write a whole number.",
        _digits(r"\d+", "integer"),
    ),
    "integer": ValueKind(
        _parse_integer,
        "whole number",
        "Write a whole number.",
        _digits(r"-?\d+", "integer"),
    ),
    "number": ValueKind(
        _matching(r"\d+(\.\d+)?", "is not a number"),
        "number from 0, decimals allowed",
        "Write a number such as 12.5.",
        _digits(r"\d+(\.\d+)?", "number"),
    ),
    "boolean": ValueKind(_parse_truth, "true or false", "Use `true` or `false`.", _TRUTH),
    "yes_no": ValueKind(_parse_yes_no, "yes or no", "Use `yes` or `no`.", _TRUTH),
    "uuid": ValueKind(
        values.parse_uuid,
        "UUID",
        "Use the podcast:guid of that show.",
        {"type": "string", "format": "uuid"},
    ),
    "instant": ValueKind(
        _parse_instant,
        "date and time with a time zone, as ISO 8601 or RFC 2822",
        "Write it as 2025-03-01T17:00:00+01:00.",
        {"type": "string", "examples": ["2025-03-01T17:00:00+01:00"]},
    ),
    "date": ValueKind(
        _parse_date,
        "date, or date and time, as ISO 8601",
        "Write it as 2025-03-01 or 2025-03-01T17:00:00Z.",
        {"type": "string", "examples": ["2025-03-01"]},
    ),
    "rrule": ValueKind(
        _parse_rrule,
        "recurrence rule of RFC 5545",
        "Write it as FREQ=WEEKLY;BYDAY=MO.",
        {"type": "string", "examples": ["FREQ=WEEKLY;BYDAY=MO"]},
    ),
    "geo": ValueKind(
        _parse_geo,
        "geo URI of RFC 5870",
        "Write latitude and longitude as geo:52.52,13.40.",
        {"type": "string", "pattern": "^geo:", "examples": ["geo:52.52,13.40"]},
    ),
    "license": ValueKind(
        _parse_license,
        f"{', '.join(LICENSES)}, or your own name for it",
        "Name the licence.",
        {"type": "string", "examples": list(LICENSES)},
    ),
    "osm": ValueKind(
        _matching(r"[NWR]\d+(#\d+)?", "is not an OpenStreetMap id"),
        "OpenStreetMap id: N, W or R and a number",
        "Write it as R62422.",
        {"type": "string", "pattern": r"^[NWR]\d+(#\d+)?$"},
    ),
    "country": ValueKind(
        _matching(r"[A-Za-z]{2}", "is not a country code"),
        "ISO 3166-1 code of two letters",
        "Write two letters such as DE.",
        {"type": "string", "pattern": "^[A-Za-z]{2}$"},
    ),
    "language": ValueKind(
        _matching(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "is not a language code"),
        "BCP 47 language code",
        "Write it as en or pt-BR.",
        {"type": "string", "examples": ["en"]},
    ),
    "media_type": ValueKind(
        _matching(r"\w+/[-+.\w]+", "is not a media type"),
        "media type",
        "Write it as audio/mpeg.",
        {"type": "string", "pattern": r"^\w+/[-+.\w]+$"},
    ),
    "ratio": ValueKind(
        _parse_ratio, "aspect ratio", "Write it as 16/9.", {"type": "string", "examples": ["1/1", "16/9"]}
    ),
}


def one_of(choices: Sequence[str]) -> ValueKind:
    """The kind of a closed list: compared without case, written as the list has it."""

    def parse(text: str) -> str:
        return values.parse_choice(text, choices)

    shown = ", ".join(choices) if len(choices) <= _SHOWN else f"{', '.join(choices[:_SHOWN])} …"
    remedy = f"Use one of: {shown}" + ("" if shown.endswith("…") else ".")
    return ValueKind(parse, f"one of: {shown}", remedy, {"type": "string", "enum": list(choices)})
