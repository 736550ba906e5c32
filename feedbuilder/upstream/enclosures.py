"""The media files that an item names -> the one that podcast apps play.

Spec: RSS 2.0, enclosure; Media RSS 1.5.1, media:content and media:group. Read 2026-12-01.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote, urljoin

from lxml import etree

from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.model import Enclosure
from feedbuilder.text.characters import UNWANTED
from feedbuilder.upstream.document import Element
from feedbuilder.vocabulary.media_types import MEDIA_ENDINGS

# What a ledger cannot hold: bytes of another encoding, control characters.
UNREADABLE = re.compile(f"\ufffd|{UNWANTED.pattern}")
_ABSOLUTE = re.compile(r"https?://[^/\s]", re.IGNORECASE)
_TYPE = re.compile(r"[A-Za-z0-9]+/[A-Za-z0-9.+-]+")
_TYPES = {ending: kind for kind, ending in MEDIA_ENDINGS.items()} | {"opus": "audio/ogg", "oga": "audio/ogg"}
# Best first. A file of unknown kind may be audio; a picture, page or torrent is played by no app.
_KINDS = ("audio", "video", "", "application", "image", "text")


class Candidate(NamedTuple):
    """One media file of an item: attributes as written, and the element that names it."""

    url: str
    length: str
    type: str
    xml: etree._Element


def candidates(element: Element) -> list[Candidate]:
    """The media files of an item, enclosures before ``media:content``, otherwise in order."""
    return [_candidate(xml, *keys) for xml, keys in _elements(element)]


def _elements(element: Element) -> Iterator[tuple[etree._Element, tuple[str, str, str]]]:
    for xml in element.all("enclosure"):
        yield xml, ("url", "length", "type")
    for xml in element.all("atom:link"):
        if xml.get("rel") == "enclosure":
            yield xml, ("href", "length", "type")
    for parent in (element, *map(Element, element.all("media:group"))):
        for xml in parent.all("media:content"):
            yield xml, ("url", "fileSize", "type")


def _candidate(xml: etree._Element, url: str, length: str, kind: str) -> Candidate:
    values = [str(xml.get(key, "")).strip() for key in (url, length, kind)]
    return Candidate(values[0], values[1], values[2], xml)


def find_enclosure(element: Element, base_url: str, mark: Mark) -> tuple[Enclosure | None, list[Problem]]:
    """The best media file: audio before video, unknown files and others; the first of its kind (RSS-5).

    ``base_url`` resolves relative addresses; empty: only those that begin with ``//`` can be.
    """
    named = [one for one in candidates(element) if one.url]
    if not named:
        return None, [Problem("UPS-5", mark, "the item has no audio")]
    best = min(named, key=lambda one: _KINDS.index(_kind(one)))
    if _kind(best) not in _KINDS[:3] and best.xml not in element.all("enclosure"):  # a picture beside a post
        return None, [Problem("UPS-5", mark, "the item has no audio")]
    url = resolved(best.url, base_url)
    if not url or UNREADABLE.search(url):
        what = f"invalid audio address {quoted(best.url)}"
        return None, [Problem("UPS-12", mark, what, "the item has no audio")]
    problems = []
    if url != best.url:
        what, effect = f"the audio address {quoted(best.url)} is relative", f"read as {quoted(url, 200)}"
        problems.append(Problem("UPS-12", mark, what, effect, "Compare it with what podcast apps play."))
    length = best.length
    if not re.fullmatch(r"[0-9]{1,15}", length):
        what = f"invalid enclosure length {quoted(length)}" if length else "the enclosure has no length"
        problems.append(Problem("UPS-6", mark, what))
        length = "0"
    kind, found = _media_type(best, mark)
    return Enclosure(url, int(length), kind), problems + found


def resolved(url: str, base_url: str) -> str:
    """The absolute http(s) address; empty if there is none.

    >>> resolved("//cdn.example/1.mp3", ""), resolved("1.mp3", "https://a.example/feed/"), resolved("1.mp3", "")
    ('https://cdn.example/1.mp3', 'https://a.example/feed/1.mp3', '')
    """
    if _ABSOLUTE.match(url):
        return url
    try:
        full = urljoin(base_url or "https:", url)
    except ValueError:
        return ""
    return full if _ABSOLUTE.match(full) else ""


def _kind(candidate: Candidate) -> str:
    """The kind of file: that of its type, or of its name if the type is missing, invalid or not that of a medium."""
    stated = candidate.type.partition("/")[0].lower()
    by_name = _type_of_name(candidate.url).partition("/")[0]
    if by_name in {"audio", "video"} and stated not in {"audio", "video"}:
        return by_name
    return stated if stated in _KINDS else by_name


def _type_of_name(url: str) -> str:
    return _TYPES.get(unquote(re.split("[?#]", url)[0]).rpartition(".")[2].lower(), "")


def _media_type(candidate: Candidate, mark: Mark) -> tuple[str, list[Problem]]:
    """The media type; one that is missing, invalid or not that of a medium gives way to that of the file name."""
    stated = candidate.type
    by_name = _type_of_name(candidate.url)
    medium = stated.partition("/")[0].lower() in {"audio", "video"}
    if _TYPE.fullmatch(stated) and (medium or by_name.partition("/")[0] not in {"audio", "video"}):
        return stated, []
    bare = stated.partition(";")[0].strip().lower()
    kind = bare if medium and _TYPE.fullmatch(bare) else by_name
    what = f"invalid enclosure type {quoted(stated)}" if stated else "the enclosure has no type"
    source = " by its file name" if kind == by_name else ""
    return kind, [Problem("UPS-7", mark, what, f"taken as {kind}{source}" if kind else "taken as unknown")]
