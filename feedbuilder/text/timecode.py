"""Every text form of a time span, in one place. Times round once, to whole milliseconds, and are then divided.

Formatting hours, minutes and float seconds one by one turns 59.9996 s into ``00:00:60.000``; an integer count cannot.
"""

from __future__ import annotations

import math
import re
import unicodedata

_CLOCK = re.compile(r"(?:(\d{1,4}):)?([0-5]?\d):([0-5]\d)(?:[.,](\d{1,9}))?")
_LONG_MINUTES = re.compile(r"()(\d{2,4}):([0-5]\d)(?:[.,](\d{1,9}))?")
_SECONDS = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
_ISO = re.compile(
    r"P(?:(\d{1,3})D)?T(?=\d)(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,9}(?:[.,]\d{1,9})?)S)?", re.IGNORECASE
)


def plain_digits(text: str) -> str:
    """The text with the digits and colons of other scripts, or of full width, as those of ASCII.

    >>> plain_digits("１：５２"), plain_digits("٠:٠٢")
    ('1:52', '0:02')
    """
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in unicodedata.normalize("NFKC", text))


def parse_clock(text: str) -> float:
    """Seconds of ``M:SS``, ``MM:SS``, ``H:MM:SS``, with an optional fraction. Minutes above 59 only without hours.

    >>> parse_clock("1:52"), parse_clock("1:02:17"), parse_clock("133:13"), parse_clock("00:00:05.250")
    (112.0, 3737.0, 7993.0, 5.25)
    >>> parse_clock("37:567")
    Traceback (most recent call last):
    ValueError: '37:567' is not a clock time such as 1:02:33

    Raises:
        ValueError: the text is not such a time.
    """
    stripped = text.strip()
    match = _CLOCK.fullmatch(stripped) or _LONG_MINUTES.fullmatch(stripped)
    if match is None:
        msg = f"{text!r} is not a clock time such as 1:02:33"
        raise ValueError(msg)
    hours, minutes, seconds, fraction = match.groups()
    return int(hours or 0) * 3600 + int(minutes) * 60 + float(f"{int(seconds)}.{fraction or 0}")


def parse_seconds(text: str) -> float:
    """Seconds of a plain decimal number.

    >>> parse_seconds("112"), parse_seconds(" 3.5 ")
    (112.0, 3.5)

    Raises:
        ValueError: the text is not a plain number that is 0 or more.
    """
    if not _SECONDS.fullmatch(text.strip()):
        msg = f"{text!r} is not a number of seconds"
        raise ValueError(msg)
    return float(text)


def parse_duration(text: str) -> float:
    """Seconds of any form in which real records write a duration: clock, seconds, ISO 8601 (T-31, T-60).

    >>> parse_duration("59:14"), parse_duration("3554"), parse_duration("PT01H02M16S"), parse_duration("PT01H35S")
    (3554.0, 3554.0, 3736.0, 3635.0)

    Raises:
        ValueError: the text is none of them.
    """
    stripped = text.strip()
    if _SECONDS.fullmatch(stripped):
        return float(stripped)
    if match := _ISO.fullmatch(stripped):
        days, hours, minutes, seconds = match.groups()
        whole = int(days or 0) * 86400 + int(hours or 0) * 3600 + int(minutes or 0) * 60
        return whole + float((seconds or "0").replace(",", "."))
    if ":" in stripped:
        try:
            return parse_clock(stripped)
        except ValueError:
            pass
    msg = f"{text!r} is not a duration such as 1:02:33, 3753 or PT1H2M33S"
    raise ValueError(msg)


def to_milliseconds(seconds: float) -> int:
    """Whole milliseconds, halves up. The one place where a time is rounded.

    >>> to_milliseconds(59.9996), to_milliseconds(0.0005)
    (60000, 1)
    """
    return math.floor(seconds * 1000 + 0.5)


def format_vtt(seconds: float) -> str:
    """``HH:MM:SS.mmm``, hours always written (TRN-4).

    >>> format_vtt(59.9996), format_vtt(3737), format_vtt(360000)
    ('00:01:00.000', '01:02:17.000', '100:00:00.000')
    """
    minutes, milliseconds = divmod(to_milliseconds(seconds), 60_000)
    return "%02d:%02d:%02d.%03d" % (minutes // 60, minutes % 60, milliseconds // 1000, milliseconds % 1000)  # noqa: UP031 - the fastest form, and the hottest line


def format_srt(seconds: float) -> str:
    """``HH:MM:SS,mmm`` (TRN-7).

    >>> format_srt(59.9996)
    '00:01:00,000'
    """
    return format_vtt(seconds).replace(".", ",")


def format_npt(seconds: float) -> str:
    """Normal play time of Podlove Simple Chapters: ``HH:MM:SS.mmm`` (docs/conformance.md#psc).

    >>> format_npt(139.5)
    '00:02:19.500'
    """
    return format_vtt(seconds)


def format_clock(seconds: float) -> str:
    """``M:SS`` or ``H:MM:SS`` for people; a started second counts as not yet over.

    >>> format_clock(0), format_clock(139.9), format_clock(3640)
    ('0:00', '2:19', '1:00:40')
    """
    whole = to_milliseconds(seconds) // 1000
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def format_long_clock(seconds: float) -> str:
    """``HH:MM:SS``, the one form that Apple, Spotify and YouTube all read (docs/conformance.md#timestamp-block).

    >>> format_long_clock(139.9)
    '00:02:19'
    """
    return format_vtt(seconds)[:-4]


def json_seconds(seconds: float) -> float | int:
    """The number to write into JSON: milliseconds at most, and no ``.0`` on whole seconds.

    >>> json_seconds(139.0), json_seconds(2.0004999), json_seconds(2.5)
    (139, 2, 2.5)
    """
    milliseconds = to_milliseconds(seconds)
    return milliseconds // 1000 if milliseconds % 1000 == 0 else milliseconds / 1000
