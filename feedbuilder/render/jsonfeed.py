"""JSON Feed 1.1 (www.jsonfeed.org/version/1.1): the same items as the RSS feed, for readers that prefer JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from feedbuilder.model import CarriedItem, Channel, Credit, Enclosure, Item, in_feed_order
from feedbuilder.text.characters import clean_text
from feedbuilder.text.timecode import json_seconds

Object = dict[str, Any]


def render_json_feed(channel: Channel, items: Sequence[Item], carried: Sequence[CarriedItem] = ()) -> bytes:
    """The feed in UTF-8, newest item first. Fields without a value are left out. The same values give the same bytes.

    A carried item without JSON is not in it: the feed that it comes from had none.
    """
    entries = [
        json.loads(entry.json) if isinstance(entry, CarriedItem) else _item(entry)
        for entry in in_feed_order(items, carried)
        if isinstance(entry, Item) or entry.json
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": channel.link_url,
        "feed_url": channel.json_feed_url,
        "description": channel.description,
        "icon": channel.artwork.url if channel.artwork else "",
        "language": channel.language,
        "authors": [_author(host) for host in channel.hosts] or [{"name": channel.author}],
        "expired": channel.complete,
    }
    text = json.dumps(_clean({**_given(feed), "items": entries}), ensure_ascii=False, indent=1)
    return f"{text}\n".encode()


def _item(item: Item) -> Object:
    entry = {
        "url": item.link_url,
        "title": item.episode.title,
        "summary": item.notes.summary_text,
        "image": item.artwork.url if item.artwork else "",
        "date_published": _instant(item.pub_date),
        "authors": [_author(credit) for credit in item.credits],
        "tags": list(item.episode.keywords),
        "attachments": [_attachment(item.enclosure, item.duration_s)],
    }
    content = item.notes.content_html or item.notes.description_html  # required, even if empty
    return {"id": item.guid, "content_html": content, **_given(entry)}


def _author(credit: Credit) -> Object:
    return _given({"name": credit.name, "url": credit.href, "avatar": credit.image_url})


def _attachment(enclosure: Enclosure, duration_s: float | None) -> Object:
    attachment: Object = {"url": enclosure.url, "mime_type": enclosure.type, "size_in_bytes": enclosure.length_bytes}
    return _given(attachment | {"duration_in_seconds": json_seconds(duration_s or 0)})


def _instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def _given(fields: Object) -> Object:
    return {key: value for key, value in fields.items() if value}


def _clean(value: object) -> object:
    """Every text in the value without what XML forbids, so that both feeds say the same."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {key: _clean(one) for key, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, list) else value
