"""The audio file behind an enclosure address, without the prefixes of download counters."""

from __future__ import annotations

import re
from urllib.parse import unquote

from feedbuilder.vocabulary.media_types import MEDIA_ENDINGS

_FILES = frozenset(MEDIA_ENDINGS.values())
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+([a-z]{2,24})(?::\d+)?")
_SCHEME = re.compile(r"https?:/{1,2}", re.IGNORECASE)
_MOST_DECODED = 3


def audio_key(url: str) -> str:
    """Host and path of the file itself: without scheme, query, percent-encoding and download counters.

    Empty if the text is not an address.

    >>> audio_key("https://op3.dev/e/dts.podtrac.com/redirect.mp3/cdn.example.org/a%20b.mp3?x=1")
    'cdn.example.org/a b.mp3'
    >>> audio_key("https://anchor.fm/s/1/podcast/play/2/https%3A%2F%2FCDN.example.org%2Fa%2520b.mp3")
    'cdn.example.org/a b.mp3'
    """
    text = url.strip()
    for _ in range(_MOST_DECODED):
        text = unquote(text)
    text = _SCHEME.split(text)[-1].partition("?")[0].partition("#")[0]
    parts = text.split("/")
    hosts = [index for index, part in enumerate(parts[:-1]) if _is_host(part)]
    if not hosts or len(parts) < 2:
        return ""
    return "/".join([parts[hosts[-1]].lower(), *parts[hosts[-1] + 1 :]])


def _is_host(part: str) -> bool:
    match = _HOST.fullmatch(part.lower())
    return bool(match and match[1] not in _FILES)
