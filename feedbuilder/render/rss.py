"""The RSS feed. The only module that knows feedgen; the lines that avoid its traps say so.

feedgen writes the core of RSS and puts the parts together. What it gets wrong or lacks (all of ``itunes``, ``podcast``,
``psc``; the order inside an item) our two extensions add, from values that are decided before.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from email.utils import format_datetime

import feedgen.entry
import feedgen.feed
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from feedbuilder.model import CarriedItem, Channel, Item, in_feed_order
from feedbuilder.render.podcast20 import PSC_NAMESPACE, append_psc, append_tag, channel_tags, item_tags
from feedbuilder.text.characters import clean_text
from feedbuilder.vocabulary.podcast_tags import NAMESPACE as PODCAST_NAMESPACE

_ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_NAMESPACES = {"itunes": _ITUNES, "podcast": PODCAST_NAMESPACE, "psc": PSC_NAMESPACE}
_PLACE = "carried"
_PLACES = re.compile(rb"<item>\s*<\?carried (\d+)\?>\s*</item>")

# feedgen formats a date by switching the locale of the whole process to C and back: other threads see it, and with
# three of them the process stayed in C (FG-14). format_datetime needs no locale.
for _module in (feedgen.feed, feedgen.entry):
    vars(_module)["formatRFC2822"] = format_datetime


def render_feed(channel: Channel, items: Sequence[Item], carried: Sequence[CarriedItem] = ()) -> bytes:
    """The feed, newest item first, in UTF-8. The same values give the same bytes.

    ``lastBuildDate`` is the newest ``pub_date``; ``generator`` names no version, so upgrades change no feed (RSS-16).

    Raises:
        ValueError: there is nothing to publish; a feed has at least one item (APL-20).
    """
    entries = in_feed_order(items, carried)
    if not entries:
        raise ValueError("a feed has at least one item")
    feed = _start_feed(channel)
    feed.lastBuildDate(entries[0].pub_date.astimezone(UTC))  # FG-10: it is the wall clock unless set
    kept: list[bytes] = []
    for entry in entries:
        if isinstance(entry, CarriedItem):
            _keep_place(feed, len(kept))
            kept.append(entry.xml)
        else:
            _add_item(feed, entry)
    return _PLACES.sub(lambda place: kept[int(place[1])], feed.rss_str(pretty=True))


def format_duration(duration_s: float) -> str:
    """``itunes:duration``: whole seconds, halves up, at least 1 (APL-27).

    >>> format_duration(0.2), format_duration(59.5)
    ('1', '60')
    """
    return str(max(1, math.floor(duration_s + 0.5)))


# --- the core, by feedgen -----------------------------------------------------------------------------------------


def _start_feed(channel: Channel) -> feedgen.feed.FeedGenerator:
    feed = feedgen.feed.FeedGenerator()
    feed.title(clean_text(channel.title))
    feed.description(clean_text(channel.description))
    feed.link(href=channel.feed_url, rel="self", type="application/rss+xml")
    feed.link(href=channel.link_url)  # FG-5: the last link becomes the channel's <link>
    feed.language(channel.language)
    feed.generator("feedbuilder")
    feed.docs("")
    if channel.copyright:
        feed.copyright(clean_text(channel.copyright))
    if channel.owner_email:  # RSS-23: an address, never a name alone (FG-16)
        feed.managingEditor(clean_text(f"{channel.owner_email} ({channel.owner_name or channel.author})"))
    if channel.artwork:  # for readers that do not know itunes:image
        feed.image(channel.artwork.url)
    # FG-4: the attribute name "podcast" is taken; FG-13: nothing of this is for Atom
    feed.register_extension("show", lambda: _ChannelExtension(channel), lambda: _ItemExtension(channel), atom=False)
    return feed


def _add_item(feed: feedgen.feed.FeedGenerator, item: Item) -> None:
    entry = feed.add_entry(order="append")  # FG-7: it prepends
    entry.title(clean_text(item.episode.title))
    entry.link(href=item.link_url)
    entry.guid(clean_text(item.guid), permalink=False)  # RSS-11, T-23
    entry.pubDate(item.pub_date.astimezone(UTC))
    entry.description(clean_text(item.notes.description_html))
    if item.notes.content_html:  # FG-8: alone it would land in <description>
        entry.content(clean_text(item.notes.content_html))  # escaped, one text node, never CDATA (T-1, T-2)
    # FG-9: feedgen checks nothing here; the values are whole and decided
    entry.enclosure(item.enclosure.url, str(item.enclosure.length_bytes), item.enclosure.type)
    entry.show.item = item


def _keep_place(feed: feedgen.feed.FeedGenerator, number: int) -> None:
    entry = feed.add_entry(order="append")
    entry.title("an entry needs one")
    entry.show.place = number


# --- what feedgen lacks -------------------------------------------------------------------------------------------


class _ChannelExtension(BaseExtension):
    """Adds ``itunes`` and ``podcast`` to the channel."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel

    def extend_ns(self) -> Mapping[str, str]:
        return _NAMESPACES

    def extend_rss(self, feed: etree._Element) -> etree._Element:
        _extend_channel(feed[0], self.channel)
        return feed


class _ItemExtension(BaseEntryExtension):
    """Adds ``itunes``, ``podcast`` and ``psc`` to an item and orders it; or keeps a place for a carried one."""

    item: Item
    place: int | None = None

    def __init__(self, channel: Channel) -> None:
        self.channel = channel

    def extend_rss(self, entry: etree._Element) -> etree._Element:
        if self.place is None:
            _extend_item(entry, self.channel, self.item)
        else:
            entry[:] = [etree.ProcessingInstruction(_PLACE, str(self.place))]
        return entry


def _extend_channel(element: etree._Element, channel: Channel) -> None:
    if channel.owner_name or channel.owner_email:  # before the author: feedparser takes the last of them for it
        owner = _element(element, "owner")
        _itunes(owner, "name", channel.owner_name)
        _itunes(owner, "email", channel.owner_email)
    _itunes(element, "author", channel.author)
    _itunes(element, "explicit", _truth(channel.explicit))  # FG-2: feedgen refuses true and false
    _itunes(element, "type", channel.type)
    if channel.artwork:
        _element(element, "image", href=channel.artwork.url)  # FG-3: feedgen drops .jpeg and ?v=2 without a word
    for category, subcategory in channel.categories:  # FG-12: feedgen's list is of before 2019
        parent = _element(element, "category", text=category)
        if subcategory:
            _element(parent, "category", text=subcategory)
    _itunes(element, "new-feed-url", channel.new_feed_url)
    _itunes(element, "applepodcastsverify", channel.applepodcastsverify)
    # FG-1: only "Yes" has an effect at Apple, and feedgen makes yes of "no"
    _itunes(element, "block", "Yes" if channel.blocks_apple else "")
    _itunes(element, "complete", "Yes" if channel.complete else "")
    for tag in channel_tags(channel):
        append_tag(element, tag)


def _extend_item(element: etree._Element, channel: Channel, item: Item) -> None:
    episode = item.episode
    for place, name in (
        (2, "guid"),
        (3, "pubDate"),
    ):  # after title and link; feedgen has the rest in the order of docs/conformance.md#item-order
        element.insert(place, next(element.iterchildren(name)))
    if item.duration_s is not None:
        _itunes(element, "duration", format_duration(item.duration_s))
    _itunes(element, "episodeType", episode.episode_type)
    if episode.season is not None and episode.season >= 1:  # APL-28
        _itunes(element, "season", str(episode.season))
    if episode.episode is not None and episode.episode >= 1 and episode.episode == int(episode.episode):
        _itunes(element, "episode", str(int(episode.episode)))
    _itunes(element, "explicit", _truth(channel.explicit if episode.explicit is None else episode.explicit))
    if item.artwork:
        _element(element, "image", href=item.artwork.url)
    for tag in item_tags(item):
        append_tag(element, tag)
    append_psc(element, item.chapters)


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _itunes(parent: etree._Element, name: str, text: str) -> None:
    """An element with a text; none without."""
    if text:
        _element(parent, name).text = clean_text(text)


def _element(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(
        parent, f"{{{_ITUNES}}}{name}", {key: clean_text(value) for key, value in attributes.items()}
    )
