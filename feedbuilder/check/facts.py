"""What a feed says of its channel and of each item, in two ways: as our model means it, and as a reader understands it.

The two are written apart from each other and from the renderer, so that their agreement proves something. Every fact is
a list: an element that is missing or doubled shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

from lxml import etree

from feedbuilder.model import Channel, Credit, Item, Picture
from feedbuilder.text.characters import clean_text
from feedbuilder.text.dates import parse_moment, parse_timestamp
from feedbuilder.text.timecode import parse_clock, to_milliseconds
from feedbuilder.vocabulary.podcast_tags import NAMESPACE, Tag

Facts = dict[str, list[Any]]
Value = TypeVar("Value")

# Readers compare these byte for byte, and some look at the prefix instead (XML-6, XML-7).
NAMESPACES: Mapping[str, str] = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": NAMESPACE,
    "psc": "http://podlove.org/simple-chapters",
}
_OURS = frozenset(
    {"guid", "season", "episode", "person", "transcript", "chapters", "contentLink", "image", "soundbite"}
)
_TRUTH = {"true": True, "false": False}


# --- what the model means -----------------------------------------------------------------------------------------


def channel_facts(channel: Channel, newest: datetime) -> Facts:
    """What the channel of our feed should say."""
    return {
        "title": [clean_text(channel.title)],
        "link": [channel.link_url],
        "description": [clean_text(channel.description)],
        "language": [channel.language],
        "lastBuildDate": [newest.replace(microsecond=0)],
        "atom:link": [("self", channel.feed_url)],
        "itunes:author": _given(clean_text(channel.author)),
        "itunes:explicit": [channel.explicit],
        "itunes:type": [channel.type],
        "itunes:image": [channel.artwork.url] if channel.artwork else [],
        "itunes:category": [(name, [sub] if sub else []) for name, sub in channel.categories],
        "itunes:new-feed-url": _given(channel.new_feed_url),
        "itunes:block": ["Yes"] if channel.blocks_apple else [],
        "itunes:complete": ["Yes"] if channel.complete else [],
        "itunes:applepodcastsverify": _given(clean_text(channel.applepodcastsverify)),
        "itunes:email": _given(clean_text(channel.owner_email)),
        "podcast:guid": [channel.podcast_guid],
        "podcast:person": [_person(credit) for credit in channel.hosts],
        "podcast:image": _pictures(channel.artwork, channel.pictures),
        **_further(channel.tags),
    }


def item_facts(item: Item, channel: Channel) -> Facts:
    """What the item of our feed should say."""
    episode, number = item.episode, item.episode.episode
    return {
        "title": [clean_text(episode.title)],
        "link": [item.link_url],
        "guid": [("false", clean_text(item.guid))],
        "pubDate": [item.pub_date.replace(microsecond=0)],
        "description": _given(clean_text(item.notes.description_html)),
        "content:encoded": _given(clean_text(item.notes.content_html)),
        "enclosure": [(item.enclosure.url, item.enclosure.length_bytes, item.enclosure.type)],
        "itunes:duration": [] if item.duration_s is None else [max(1, math.floor(item.duration_s + 0.5))],
        "itunes:episodeType": [episode.episode_type],
        "itunes:season": [episode.season] if episode.season else [],
        "itunes:episode": [int(number)] if number and number == number.to_integral_value() else [],
        "itunes:explicit": [channel.explicit if episode.explicit is None else episode.explicit],
        "itunes:image": [item.artwork.url] if item.artwork else [],
        "podcast:season": [] if episode.season is None else [episode.season],
        "podcast:episode": [] if number is None else [number],
        "podcast:person": [_person(credit) for credit in item.credits],
        "podcast:transcript": [(file.url, file.type, file.language, file.timed) for file in item.transcripts],
        "podcast:chapters": _given(item.chapters_url),
        "podcast:contentLink": [(link.url, clean_text(link.label)) for link in item.links],
        "podcast:image": _pictures(item.artwork, item.pictures),
        "podcast:soundbite": [
            (to_milliseconds(bite.start_s), to_milliseconds(bite.duration_s), clean_text(bite.title))
            for bite in episode.soundbites
        ],
        "psc:chapter": [
            (to_milliseconds(chapter.start_s), clean_text(chapter.title), chapter.url, chapter.image_url)
            for chapter in item.chapters
        ],
        **_further(episode.tags),
    }


def json_facts(item: Item) -> Facts:
    """What the object of our JSON feed should say of the item."""
    audio = item.enclosure
    return {
        "id": [clean_text(item.guid)],
        "url": [item.link_url],
        "title": [clean_text(item.episode.title)],
        "date_published": [item.pub_date.replace(microsecond=0)],
        "content_html": [clean_text(item.notes.content_html or item.notes.description_html)],
        "image": [item.artwork.url if item.artwork else ""],
        "authors": [clean_text(credit.name) for credit in item.credits],
        "tags": [clean_text(keyword) for keyword in item.episode.keywords],
        "attachments": [(audio.url, audio.type, audio.length_bytes, to_milliseconds(item.duration_s or 0))],
    }


def _given(value: str) -> list[str]:
    return [value] if value else []


def _person(credit: Credit) -> tuple[str, ...]:
    links = (url if url[:6] == "https:" else "" for url in (credit.image_url, credit.href))
    return clean_text(credit.name), credit.role, credit.group, *links


def _pictures(artwork: Picture | None, others: Iterable[Picture]) -> list[tuple[str, str, int]]:
    pictures = {picture.url: picture for picture in ((artwork,) if artwork else ())}
    pictures |= {picture.url: picture for picture in others if picture.url not in pictures}
    return [(one.url, clean_text(one.alt), one.width or 0) for one in pictures.values()]


def _further(tags: Iterable[Tag]) -> Facts:
    facts: Facts = {}
    for tag in tags:
        facts.setdefault(f"podcast:{tag.name}", []).append(_clean_tag(tag))
    return facts


def _clean_tag(tag: Tag) -> Tag:
    attributes = tuple((key, clean_text(value)) for key, value in tag.attributes)
    return Tag(tag.name, attributes, clean_text(tag.text), tuple(_clean_tag(child) for child in tag.children))


# --- what a reader understands ------------------------------------------------------------------------------------


def read_channel(channel: etree._Element) -> Facts:
    """What the channel of a feed says.

    Raises:
        ValueError: a number or an instant is none.
        KeyError: a truth value is none.
    """
    parts = _Parts(channel)
    return {
        **{name: parts.texts(name) for name in ("title", "link", "description", "language")},
        "lastBuildDate": [_instant(text) for text in parts.texts("lastBuildDate")],
        "atom:link": parts.each("atom:link", lambda link: (link.get("rel"), link.get("href"))),
        "itunes:explicit": [_TRUTH[text] for text in parts.texts("itunes:explicit")],
        **{
            f"itunes:{name}": parts.texts(f"itunes:{name}")
            for name in ("author", "type", "new-feed-url", "block", "complete", "applepodcastsverify")
        },
        "itunes:image": parts.each("itunes:image", lambda image: image.get("href")),
        "itunes:category": parts.each("itunes:category", _read_category),
        "itunes:email": [text for owner in parts.each("itunes:owner", _Parts) for text in owner.texts("itunes:email")],
        "podcast:guid": parts.texts("podcast:guid"),
        "podcast:person": parts.each("podcast:person", _read_person),
        "podcast:image": parts.each("podcast:image", _read_picture),
        **_read_further(channel),
    }


def read_item(item: etree._Element) -> Facts:
    """What an item of a feed says.

    Raises:
        ValueError: a number or an instant is none.
        KeyError: a truth value is none.
    """
    parts = _Parts(item)
    return {
        **{name: parts.texts(name) for name in ("title", "link", "description", "content:encoded")},
        "guid": parts.each("guid", lambda guid: (guid.get("isPermaLink"), guid.text)),
        "pubDate": [_instant(text) for text in parts.texts("pubDate")],
        "enclosure": parts.each("enclosure", lambda one: (one.get("url"), int(one.get("length", "")), one.get("type"))),
        "itunes:duration": [int(text) for text in parts.texts("itunes:duration")],
        "itunes:episodeType": parts.texts("itunes:episodeType"),
        "itunes:season": [int(text) for text in parts.texts("itunes:season")],
        "itunes:episode": [int(text) for text in parts.texts("itunes:episode")],
        "itunes:explicit": [_TRUTH[text] for text in parts.texts("itunes:explicit")],
        "itunes:image": parts.each("itunes:image", lambda image: image.get("href")),
        "podcast:season": [int(text) for text in parts.texts("podcast:season")],
        "podcast:episode": [Decimal(text) for text in parts.texts("podcast:episode")],
        "podcast:person": parts.each("podcast:person", _read_person),
        "podcast:transcript": parts.each("podcast:transcript", _read_transcript),
        "podcast:chapters": parts.each("podcast:chapters", lambda chapters: chapters.get("url")),
        "podcast:contentLink": parts.each("podcast:contentLink", lambda link: (link.get("href"), link.text or "")),
        "podcast:image": parts.each("podcast:image", _read_picture),
        "podcast:soundbite": parts.each("podcast:soundbite", _read_soundbite),
        "psc:chapter": [_read_chapter(one) for listing in parts.each("psc:chapters", list) for one in listing],
        **_read_further(item),
    }


def read_json(entry: Mapping[str, Any]) -> Facts:
    """What an object of a JSON feed says of an item.

    Raises:
        ValueError: an instant is none.
        KeyError: a field is missing.
    """
    return {
        **{name: [entry[name]] for name in ("id", "url", "title", "content_html")},
        "date_published": [parse_timestamp(entry["date_published"])],
        "image": [entry.get("image", "")],
        "authors": [author["name"] for author in entry.get("authors", ())],
        "tags": entry.get("tags", []),
        "attachments": [
            (
                one["url"],
                one["mime_type"],
                one.get("size_in_bytes", 0),
                to_milliseconds(one.get("duration_in_seconds", 0)),
            )
            for one in entry["attachments"]
        ],
    }


class _Parts:
    """The children of an element by name, such as ``itunes:image``."""

    def __init__(self, parent: etree._Element) -> None:
        self._by_name: dict[str, list[etree._Element]] = {}
        for child in parent.iterchildren("*"):
            self._by_name.setdefault(str(child.tag), []).append(child)

    def each(self, name: str, read: Callable[[etree._Element], Value]) -> list[Value]:
        """What ``read`` makes of each child of this name, in order."""
        return [read(child) for child in self._by_name.get(_clark_name(name), ())]

    def texts(self, name: str) -> list[str]:
        """The text of each child of this name, in order."""
        return self.each(name, lambda child: child.text or "")


@cache
def _clark_name(name: str) -> str:
    prefix, _, local = name.rpartition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if prefix else local


def _instant(text: str) -> datetime:
    return parse_moment(text)


def _read_category(category: etree._Element) -> tuple[str | None, list[str | None]]:
    return category.get("text"), [sub.get("text") for sub in category]


def _read_person(person: etree._Element) -> tuple[str, ...]:
    return person.text or "", *(person.get(name, "") for name in ("role", "group", "img", "href"))


def _read_picture(image: etree._Element) -> tuple[str, str, int]:
    return image.get("href", ""), image.get("alt", ""), int(image.get("width", "0"))


def _read_transcript(file: etree._Element) -> tuple[str, str, str, bool]:
    return file.get("url", ""), file.get("type", ""), file.get("language", ""), file.get("rel") == "captions"


def _read_soundbite(bite: etree._Element) -> tuple[int, int, str]:
    start_s, duration_s = float(bite.get("startTime", "")), float(bite.get("duration", ""))
    return to_milliseconds(start_s), to_milliseconds(duration_s), bite.text or ""


def _read_chapter(chapter: etree._Element) -> tuple[int, str, str, str]:
    start = to_milliseconds(parse_clock(chapter.get("start", "")))
    return start, chapter.get("title", ""), chapter.get("href", ""), chapter.get("image", "")


def _read_further(parent: etree._Element) -> Facts:
    """The Podcasting 2.0 tags that are not read by name, as they stand."""
    tags = parent.iterchildren(f"{{{NAMESPACE}}}*")
    return _further(_read_tag(tag) for tag in tags if etree.QName(tag).localname not in _OURS)


def _read_tag(element: etree._Element) -> Tag:
    attributes = tuple((str(key), str(value)) for key, value in element.items())
    text = "" if len(element) else element.text or ""
    return Tag(etree.QName(element).localname, attributes, text, tuple(_read_tag(child) for child in element))
