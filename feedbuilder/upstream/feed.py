"""A hosting feed -> facts: the Anchor (Spotify for Creators) dialect first, any RSS in general.

A damaged item is read as podcast apps read it, and reported: these are the guids, dates and files that subscribers'
apps already know (docs/conformance.md#anchor-links, T-24).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from urllib.parse import urljoin

from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.model import NO_MARK, Enclosure, Known, Ledger, SourceFile
from feedbuilder.text.timecode import parse_duration, plain_digits
from feedbuilder.upstream.dates import read_date
from feedbuilder.upstream.document import Element, parse_document
from feedbuilder.upstream.enclosures import UNREADABLE, find_enclosure, resolved
from feedbuilder.upstream.findings import gather
from feedbuilder.vocabulary.platforms import host_id

_CLOCK = re.compile(r"\s*(\d{1,6}(?::\d{1,3}){1,3}(?:\.\d{1,9})?)\s*")
_DOTTED = re.compile(r"^\s*(\d{1,3})\.(\d\d)\.(\d\d)\s*$")
_UNITS = re.compile(
    r"\s*(?:(\d{1,4})\s*h(?:ours?|rs?)?\.?)?\s*(?:(\d{1,5})\s*m(?:inutes?|ins?)?\.?)?\s*(?:(\d{1,6})\s*s(?:econds?|ecs?)?\.?)?\s*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamItem:
    """One item, unchanged except for outer white space; ``title`` is on one line.

    ``play_id``: the number in the host's audio address (``platforms.play_id``).
    """

    guid: str
    title: str = ""
    pub_date: datetime | None = None
    enclosure: Enclosure | None = None
    duration_s: float | None = None
    season: int | None = None
    episode: Decimal | None = None
    link_url: str = ""
    host_id: str = ""
    play_id: int | None = None
    image_url: str = ""
    mark: Mark = field(default=NO_MARK, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamFeed:
    """A feed: where it was read, its facts about the show, and its items in order."""

    url: str
    title: str = ""
    link_url: str = ""
    feed_url: str = ""  # its self link
    new_feed_url: str = ""
    podcast_guid: str = ""
    items: tuple[UpstreamItem, ...] = ()

    @property
    def base_url(self) -> str:
        """What relative addresses of the feed are resolved against; empty if unknown."""
        return self.url if "://" in self.url else self.feed_url or self.link_url


def parse_upstream(data: bytes, where: str, older: Sequence[SourceFile] = ()) -> tuple[UpstreamFeed, list[Problem]]:
    """The facts of an RSS feed, and findings, equal ones of several items gathered into one.

    ``older``: its further pages, in order; repeated items are skipped.

    Raises:
        FeedbuilderError: not an RSS feed, or too large (UPS-1).
    """
    feed, _, problems = _parsed(data, where, older, None)
    return feed, problems


def parse_elements(
    data: bytes, where: str, older: Sequence[SourceFile] = ()
) -> tuple[UpstreamFeed, tuple[Element, list[Element]], list[Problem]]:
    """The same, with the elements: the channel, and that of each item of the feed, in order.

    Raises:
        FeedbuilderError: not an RSS feed, or too large (UPS-1).
    """
    kept: list[Element] = []
    feed, channel, problems = _parsed(data, where, older, kept)
    return feed, (channel, kept), problems


def next_page(data: bytes, where: str) -> tuple[str, int]:
    """The address of the page with a feed's older items (RFC 5005), and the number of elements of this page.

    The address is empty if there is no such page.

    Raises:
        FeedbuilderError: not an RSS feed, or too large (UPS-1).
    """
    channel = parse_document(data, where)[0]
    hrefs = {str(link.get("rel", "")).lower(): str(link.get("href", "")).strip() for link in channel.all("atom:link")}
    href = hrefs.get("next") or hrefs.get("prev-archive") or ""
    try:
        url = urljoin(where, href) if href else ""
    except ValueError:
        url = ""
    elements: Any = channel.xml.getroottree().xpath("count(//*) + count(//@*)")
    return (url if re.match(r"https?://[^/\s]", url, re.IGNORECASE) else ""), int(elements)


def _parsed(
    data: bytes, where: str, older: Sequence[SourceFile], kept: list[Element] | None
) -> tuple[UpstreamFeed, Element, list[Problem]]:
    channel, elements, problems = parse_document(data, where)
    base_url = where if "://" in where else _self_url(channel) or channel.text("link")
    items = _items(elements, where, problems, kept, base_url=base_url)
    for page in older:
        _, elements, found = parse_document(page.data, page.path)
        problems += found
        items += _items(elements, page.path, problems, kept, base_url=page.path, before={item.guid for item in items})
    if not items:
        problems.append(Problem("UPS-3", Mark(where), "the feed has no items"))
    problems += _repeated(items)
    feed = UpstreamFeed(
        url=where,
        title=_one_line(channel.text("title", "itunes:title")),
        link_url=channel.text("link"),
        feed_url=_self_url(channel),
        new_feed_url=channel.text("itunes:new-feed-url"),
        podcast_guid=channel.text("podcast:guid"),
        items=tuple(items),
    )
    return feed, channel, gather(problems)


def _items(
    elements: list[Element],
    where: str,
    problems: list[Problem],
    kept: list[Element] | None,
    *,
    base_url: str,
    before: Collection[str] = frozenset(),
) -> list[UpstreamItem]:
    """The items of one page except those with guids in ``before``; ``problems`` and ``kept`` grow."""
    items = []
    elements.reverse()
    while elements:  # free each element once it is read, unless it is kept
        element = elements.pop()
        item, found = _item(element, where, base_url)
        if item and item.guid in before:
            continue
        problems += found
        if item:
            items.append(item)
            if kept is not None:
                kept.append(element)
    return items


def as_ledger(feed: UpstreamFeed) -> Ledger:
    """The history in a live feed, by guid: the form in which the guard compares it."""
    return Ledger(
        podcast_guid=feed.podcast_guid,
        feed_url=feed.feed_url,
        episodes=MappingProxyType({item.guid: as_known(item) for item in feed.items}),
    )


def as_known(item: UpstreamItem) -> Known:
    """What subscribers' apps know of an item."""
    return Known(
        guid=item.guid,
        pub_date=item.pub_date,
        enclosure=item.enclosure,
        duration_s=item.duration_s,
        host_id=item.host_id,
        title=item.title,
    )


# --- one item -----------------------------------------------------------------------------------------------------


def _item(element: Element, where: str, base_url: str) -> tuple[UpstreamItem | None, list[Problem]]:
    """The item, or ``None`` if it has nothing that identifies it."""
    mark = Mark(where, element.line)
    enclosure, problems = find_enclosure(element, base_url, mark)
    pub_date, late = _pub_date(element.text("pubDate", "dc:date"), mark)
    duration_s, odd = _duration(element.text("itunes:duration"), mark)
    link_url = element.text("link")
    guid, missing = _guid(element, enclosure, link_url, mark)
    if not guid:
        return None, missing
    item = UpstreamItem(
        guid=guid,
        title=_one_line(element.text("title", "itunes:title")),
        pub_date=pub_date,
        enclosure=enclosure,
        duration_s=duration_s,
        season=_season(element.text("itunes:season", "podcast:season")),
        episode=_episode(element.text("itunes:episode", "podcast:episode")),
        link_url=link_url,
        host_id=host_id(link_url) or "" if "://" in link_url else "",
        play_id=_play_id(enclosure),
        image_url=_image_url(element, base_url),
        mark=mark,
    )
    return item, [*missing, *problems, *late, *odd]


def _image_url(element: Element, base_url: str) -> str:
    """The first picture with an address: ``itunes:image`` as attribute or text, then Media RSS."""
    texts = [str(one.get("href") or one.text or "") for one in element.all("itunes:image")]
    texts += [str(one.get("url", "")) for one in element.all("media:thumbnail")]
    return next((url for text in texts if (url := resolved(text.strip(), base_url) if text.strip() else "")), "")


def _guid(element: Element, enclosure: Enclosure | None, link_url: str, mark: Mark) -> tuple[str, list[Problem]]:
    """The guid; without one, what apps use instead: the enclosure's address (APL-25), else the link."""
    if guid := element.text("guid"):
        if UNREADABLE.search(guid):
            return "", [
                Problem("UPS-4", mark, f"invalid characters in the guid {quoted(guid)}", "the item is left out")
            ]
        return guid, []
    if enclosure:
        return enclosure.url, [Problem("UPS-4", mark, "the item has no guid", "its audio address is used instead")]
    if link_url:
        return link_url, [Problem("UPS-4", mark, "the item has no guid and no audio", "its link is used instead")]
    return "", [Problem("UPS-4", mark, "the item has no guid, audio or link", "left out")]


def _pub_date(text: str, mark: Mark) -> tuple[datetime | None, list[Problem]]:
    """The date and time, in UTC; ``None`` if it cannot be read."""
    if not text:
        return None, [Problem("UPS-8", mark, "the item has no date")]
    try:
        instant, assumed = read_date(text)
    except ValueError:
        return None, [Problem("UPS-8", mark, f"invalid date {quoted(text)}")]
    if assumed:
        return instant, [Problem("UPS-8", mark, f"the date {quoted(text)} has no known time zone", "taken as UTC")]
    return instant, []


def _duration(text: str, mark: Mark) -> tuple[float | None, list[Problem]]:
    """Seconds; ``None`` if unknown or 0."""
    if not text:
        return None, []
    try:
        return read_duration(text) or None, []
    except ValueError:
        return None, [Problem("UPS-9", mark, f"invalid duration {quoted(text)}")]


def read_duration(text: str) -> float:
    """Seconds as apps read them: 60 and more seconds are carried over, and a fourth number is ignored.

    >>> read_duration("00:04:60"), read_duration("1:2:3"), read_duration("00:45:12:00"), read_duration("1h02m")
    (300.0, 3723.0, 2712.0, 3720.0)

    Raises:
        ValueError: no duration.
    """
    text = re.sub(r"\s*:\s*", ":", plain_digits(text))
    text = _DOTTED.sub(r"\1:\2:\3", text)
    with suppress(ValueError):
        return parse_duration(text)
    if match := _CLOCK.fullmatch(text):
        seconds = 0.0
        for part in match[1].split(":")[:3]:
            seconds = seconds * 60 + float(part)
        return seconds
    if (match := _UNITS.fullmatch(text.lower())) and any(match.groups()):
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds
    raise ValueError(text)


def _season(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def _episode(text: str) -> Decimal | None:
    return Decimal(text) if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", text) else None


def _play_id(enclosure: Enclosure | None) -> int | None:
    found = re.match(r"https?://[^/]+/s/[0-9a-f]+/podcast/play/([0-9]{1,15})/", enclosure.url) if enclosure else None
    return int(found[1]) if found else None


# --- the feed -----------------------------------------------------------------------------------------------------


def _self_url(channel: Element) -> str:
    links = (link for link in channel.all("atom:link") if link.get("rel") == "self")
    return next((str(link.get("href", "")).strip() for link in links), "")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _repeated(items: list[UpstreamItem]) -> list[Problem]:
    """Findings for repeated guids (RSS-9)."""
    counts = Counter(item.guid for item in items)
    seen: set[str] = set()
    problems = []
    for item in items:
        if item.guid in seen:
            what = f"guid {quoted(item.guid)} is used by {counts[item.guid]} items"
            problems.append(Problem("UPS-10", item.mark, what))
        seen.add(item.guid)
    return problems
