"""A feed that this program wrote -> its items, ready to be published again unchanged (docs/design.md#failure)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal

from lxml import etree

from feedbuilder.model import CarriedItem, Credit
from feedbuilder.text.dates import parse_moment
from feedbuilder.vocabulary.podcast_tags import NAMESPACE

_ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
# Exact for what render_feed writes: there "<" never stands for itself in a text, and items do not nest.
_ITEM = re.compile(rb"<item>.*?</item>", re.DOTALL)


def parse_carried(feed: bytes, json_feed: bytes = b"") -> Mapping[str, CarriedItem]:
    """Every item of the feed by its guid, in the feed's order. ``json_feed`` is the JSON feed of the same release.

    Raises:
        ValueError: this is not a feed of ours, or it was changed since.
    """
    try:
        root = etree.fromstring(feed, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
        objects = {entry["id"]: entry for entry in json.loads(json_feed)["items"]} if json_feed else {}
        pairs = zip(root.iterfind("channel/item"), _ITEM.findall(feed), strict=True)
        return {item.guid: item for item in (_carried(element, xml, objects) for element, xml in pairs)}
    except (etree.XMLSyntaxError, ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise ValueError(f"not a feed of feedbuilder: {error}") from error


def _carried(element: etree._Element, xml: bytes, objects: Mapping[str, object]) -> CarriedItem:
    def text(name: str) -> str:
        return element.findtext(name) or ""

    guid, season, episode = text("guid"), text(f"{{{NAMESPACE}}}season"), text(f"{{{NAMESPACE}}}episode")
    duration, artwork = text(f"{_ITUNES}duration"), element.find(f"{_ITUNES}image")
    return CarriedItem(
        guid=guid,
        pub_date=parse_moment(text("pubDate")),
        xml=xml,
        json=json.dumps(objects[guid], ensure_ascii=False) if guid in objects else "",
        title=text("title"),
        duration_s=float(duration) if duration else None,
        season=int(season) if season else None,
        episode=Decimal(episode) if episode else None,
        credits=tuple(
            Credit(person.text or "", person.get("role", "host"), person.get("group", "cast"))
            for person in element.iterfind(f"{{{NAMESPACE}}}person")
        ),
        artwork_url="" if artwork is None else artwork.get("href", ""),
    )
