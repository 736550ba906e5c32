"""Atom and JSON Feed -> elements of RSS with the same meaning, so that everything after reads one format.

What has no counterpart keeps its name, and is named as left behind. Spec: RFC 4287; JSON Feed 1.1. Read 2026-12-01.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from types import MappingProxyType
from typing import Any

from lxml import etree

from feedbuilder.text.characters import clean_text

ATOM = "http://www.w3.org/2005/Atom"
_ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_JSON = "https://jsonfeed.org/version/1.1"
_ENCODED = f"{{{_CONTENT}}}encoded"
_AUTHOR, _IMAGE = f"{{{_ITUNES}}}author", f"{{{_ITUNES}}}image"
_FEED_NAMES = MappingProxyType(
    {"title": "title", "subtitle": "description", "rights": "copyright", "generator": "generator"}
    | {"updated": "lastBuildDate"}
)
_ENTRY_NAMES = MappingProxyType(
    {"title": "title", "id": "guid", "published": "pubDate", "summary": "description", "content": _ENCODED}
)
_FEED_KEYS = MappingProxyType(
    {"title": "title", "description": "description", "home_page_url": "link", "language": "language"}
)
_ITEM_KEYS = MappingProxyType(
    {"id": "guid", "title": "title", "url": "link", "date_published": "pubDate", "content_html": _ENCODED}
    | {"content_text": "description", "summary": f"{{{_ITUNES}}}summary"}
)


def from_atom(feed: etree._Element) -> etree._Element | None:
    """The RSS of an Atom feed; ``None`` if no entry has a media file."""
    links = feed.iterfind(f"{{{ATOM}}}entry/{{{ATOM}}}link")
    if not any(link.get("rel") == "enclosure" for link in links):
        return None
    rss, channel = _start()
    for xml in feed.iterchildren(etree.Element):
        if xml.tag == f"{{{ATOM}}}entry":
            item = _add(channel, "item", "", _line(xml))
            dated = xml.find(f"{{{ATOM}}}published") is not None
            for part in xml.iterchildren(etree.Element):
                _translate(item, part, _ENTRY_NAMES if dated else _ENTRY_NAMES | {"updated": "pubDate"})
        else:
            _translate(channel, xml, _FEED_NAMES)
    return rss


def _translate(parent: etree._Element, xml: etree._Element, names: Mapping[str, str]) -> None:
    """Add what one element of Atom means."""
    name = str(xml.tag).removeprefix(f"{{{ATOM}}}")
    line = _line(xml)
    match name:
        case "link" if xml.get("rel", "alternate") == "alternate":
            _add(parent, "link", str(xml.get("href", "")), line)
        case "link" if xml.get("rel") == "enclosure":
            values = {"url": xml.get("href"), "length": xml.get("length"), "type": xml.get("type")}
            _add(parent, "enclosure", "", line, {key: str(value) for key, value in values.items() if value})
        case "logo":
            _add(parent, _IMAGE, "", line, {"href": _text(xml)})
        case "author":
            for part in xml.iterchildren(etree.Element):
                _add(parent, _AUTHOR if str(part.tag) == f"{{{ATOM}}}name" else str(part.tag), _text(part), line)
        case _ if name in names:
            inner = next(xml.iterchildren(etree.Element), None)
            _add(
                parent,
                names[name],
                etree.tostring(inner, encoding="unicode") if inner is not None else _text(xml),
                line,
            )
        case _:
            parent.append(deepcopy(xml))


def _line(xml: etree._Element) -> int:
    line: Any = xml.sourceline
    return line or 0


def _text(xml: etree._Element) -> str:
    return (xml.text or "").strip()


def from_json(data: bytes) -> etree._Element | None:
    """The RSS of a JSON Feed; ``None`` if it is not one."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or "jsonfeed.org/version/" not in str(document.get("version")):
        return None
    rss, channel = _start()
    for key, value in _present(document):
        if key == "items" and isinstance(value, list):
            for entry in value:
                _add_item(_add(channel, "item"), entry if isinstance(entry, dict) else {})
        elif key == "feed_url":
            _add(channel, f"{{{ATOM}}}link", "", 0, {"rel": "self", "href": str(value)})
        elif key != "version":
            _add_value(channel, key, value, _FEED_KEYS)
    return rss


def _add_item(item: etree._Element, entry: Mapping[str, Any]) -> None:
    for key, value in _present(entry):
        if key == "attachments" and isinstance(value, list):
            for attachment in value:
                _add_attachment(item, attachment if isinstance(attachment, dict) else {})
        elif key == "tags" and isinstance(value, list):
            _add(item, f"{{{_ITUNES}}}keywords", ", ".join(map(str, value)))
        else:
            _add_value(item, key, value, _ITEM_KEYS)


def _add_attachment(item: etree._Element, attachment: Mapping[str, Any]) -> None:
    names = {"url": "url", "mime_type": "type", "size_in_bytes": "length"}
    values = {names[key]: str(value) for key, value in _present(attachment) if key in names}
    _add(item, "enclosure", "", 0, values)
    for key, value in _present(attachment):
        if key == "duration_in_seconds":
            _add(item, f"{{{_ITUNES}}}duration", str(value))
        elif key not in names:
            _add_value(item, key, value, {})


def _add_value(parent: etree._Element, key: str, value: Any, names: Mapping[str, str]) -> None:  # noqa: ANN401 - JSON
    """Add one value; one without a counterpart as an element of its own name."""
    if key in {"image", "icon"} and parent.find(_IMAGE) is None:
        _add(parent, _IMAGE, "", 0, {"href": str(value)})
    elif key in {"authors", "author"}:
        for author in value if isinstance(value, list) else [value]:
            _add(parent, _AUTHOR, str(author.get("name", "")) if isinstance(author, dict) else str(author))
    elif key in names:
        _add(parent, names[key], str(value))
    else:
        name = "".join(sign if sign.isalnum() and sign.isascii() else "_" for sign in key)
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        _add(parent, f"{{{_JSON}}}_{name}", text)


def _present(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((key, value) for key, value in values.items() if value not in (None, "", [], {}))


def _start() -> tuple[etree._Element, etree._Element]:
    rss = etree.Element("rss", nsmap={"itunes": _ITUNES, "content": _CONTENT, "atom": ATOM, "json": _JSON})
    return rss, etree.SubElement(rss, "channel")


def _add(
    parent: etree._Element, name: str, text: str = "", line: int = 0, attributes: Mapping[str, str] | None = None
) -> etree._Element:
    xml = etree.SubElement(parent, name, {key: clean_text(value) for key, value in (attributes or {}).items()})
    xml.text = clean_text(text) or None
    if line:
        numbered: Any = xml
        numbered.sourceline = line
    return xml
