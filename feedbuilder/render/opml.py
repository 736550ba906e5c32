"""The show and those that it recommends, as a list of feeds that any podcast app can import (OPML 2.0)."""

from __future__ import annotations

from lxml import etree

from feedbuilder.model import Channel
from feedbuilder.text.characters import clean_text


def render_opml(channel: Channel) -> bytes:
    """The show first, then the feeds of its podroll."""
    root = etree.Element("opml", {"version": "2.0"})
    etree.SubElement(etree.SubElement(root, "head"), "title").text = clean_text(channel.title)
    body = etree.SubElement(root, "body")
    _append(body, channel.title, channel.feed_url, channel.link_url)
    for tag in channel.tags:
        for child in tag.children if tag.name == "podroll" else ():
            values = dict(child.attributes)
            if values.get("feedUrl"):
                _append(body, values.get("title") or values["feedUrl"], values["feedUrl"])
    data: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
    return data


def _append(body: etree._Element, title: str, feed_url: str, page_url: str = "") -> None:
    values = {"type": "rss", "text": title, "title": title, "xmlUrl": feed_url, "htmlUrl": page_url}
    etree.SubElement(body, "outline", {key: clean_text(value) for key, value in values.items() if value})
