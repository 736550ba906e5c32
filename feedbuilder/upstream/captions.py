"""The types of transcript files that an import can use."""

from __future__ import annotations

from types import MappingProxyType
from urllib.parse import urlsplit

# By preference: captions keep speakers and the times of each line; a page has neither for certain.
TYPES = ("text/vtt", "application/json", "application/x-subrip", "application/srt", "text/srt", "text/html")
ENDINGS = MappingProxyType(dict(zip(TYPES, ("vtt", "json", "srt", "srt", "srt", "html"), strict=True)))
_BY_NAME = MappingProxyType({ENDINGS[kind]: kind for kind in reversed(TYPES)})


def caption_type(stated: str, url: str) -> str:
    """The type of a transcript by its stated type or file name; empty if unsupported.

    >>> caption_type("Text/VTT; charset=utf-8", ""), caption_type("", "https://x.example/1.srt?a=1")
    ('text/vtt', 'application/x-subrip')
    """
    kind = stated.partition(";")[0].strip().lower()
    return kind if kind in TYPES else _BY_NAME.get(urlsplit(url).path.rpartition(".")[2].lower(), "")
