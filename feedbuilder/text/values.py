"""Short texts as values, read the same way wherever they are written: truth words, numbers, ids, addresses.

A parser raises ValueError with the end of a sentence that begins with the quoted text: ``is not a UUID``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from urllib.parse import quote, urlsplit

from feedbuilder.text.characters import is_mail_address

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_WHOLE = re.compile(r"(-?[0-9]{1,15})(?:\.0{1,4})?")  # 15 digits: what every reader of JSON keeps
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_URL_SAFE = "%/:?#[]@!$&'()*+,;=~-._"  # characters that a URL may hold as they are


def parse_truth(text: str) -> bool:
    """The truth that a word of YAML 1.1, or 1 or 0, says; in any case.

    >>> parse_truth("Yes"), parse_truth("off")
    (True, False)

    Raises:
        ValueError: it is another word.
    """
    word = text.lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError("is neither true nor false")


def parse_choice(text: str, choices: Sequence[str]) -> str:
    """The member of a closed list that the text names, in any case, spelled as the list has it.

    >>> parse_choice("serial", ("Episodic", "Serial"))
    'Serial'

    Raises:
        ValueError: the list has no such member; the nearest one is named.
    """
    folded = {choice.lower(): choice for choice in choices}
    if text.lower() in folded:
        return folded[text.lower()]
    near = get_close_matches(text.lower(), folded, n=1)
    raise ValueError(f"is not on the list{f' (did you mean {folded[near[0]]!r}?)' if near else ''}")


def parse_whole(text: str) -> int:
    """The whole number in ASCII digits; spreadsheets also write ``2.0``.

    >>> parse_whole("007"), parse_whole("2.0"), parse_whole("-1")
    (7, 2, -1)

    Raises:
        ValueError: it is none, or has more than 15 digits.
    """
    if match := _WHOLE.fullmatch(text):
        return int(match[1])
    raise ValueError("is not a whole number")


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID in its form with hyphens, in any case.

    >>> is_uuid("917393E3-1b1e-5cef-ace4-edaa54e1f810"), is_uuid("917393e31b1e5ceface4edaa54e1f810")
    (True, False)
    """
    return _UUID.fullmatch(text) is not None


def parse_uuid(text: str) -> str:
    """The UUID in lower case (P20-4).

    Raises:
        ValueError: it is none.
    """
    if is_uuid(text):
        return text.lower()
    raise ValueError("is not a UUID")


def parse_mail_address(text: str) -> str:
    """The address, unchanged.

    Raises:
        ValueError: it is none.
    """
    if is_mail_address(text):
        return text
    raise ValueError("is not a mail address")


def parse_url(text: str) -> str:
    """An absolute http(s) URL, percent-encoded once where it holds characters that a URL may not (T-41, RSS-6).

    >>> parse_url("https://münchen.example/früh 1.mp3?a=100%&b=%C3%BC")
    'https://xn--mnchen-3ya.example/fr%C3%BCh%201.mp3?a=100%25&b=%C3%BC'

    Raises:
        ValueError: it is none.
    """
    scheme, netloc = _scheme_and_host(text)
    if scheme not in {"http", "https"}:
        raise ValueError("is not an absolute http(s) URL")
    url = text.replace(urlsplit(text).netloc, netloc, 1)
    return quote(_STRAY_PERCENT.sub("%25", url), safe=_URL_SAFE)


def is_https(url: str) -> bool:
    """Whether the scheme of a URL is https, in any case."""
    return url[:6].lower() == "https:"


def _scheme_and_host(text: str) -> tuple[str, str]:
    """The scheme in lower case, and the host (with port and user) in ASCII; both empty where there is no such host."""
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").encode("idna").decode()  # refuses what is too long or has empty parts
        known = re.fullmatch(r"[A-Za-z0-9._:-]+", host) and (parts.port is None or parts.port >= 0)
    except ValueError:
        return "", ""
    if not known:
        return "", ""
    if parts.netloc.isascii():
        return parts.scheme, parts.netloc
    return parts.scheme, re.sub(re.escape(parts.hostname or ""), host, parts.netloc, flags=re.IGNORECASE)
