"""Our own feeds, parsed again and compared with the model before they are published."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import cast

from lxml import etree

from feedbuilder.check import facts
from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.model import CarriedItem, Channel, Item, in_feed_order
from feedbuilder.text.characters import clean_text

_RSS, _JSON = "feed.xml", "feed.json"
_DESCRIPTION_BYTES = 4000  # APL-26
_FEED_BYTES = 5_000_000  # XML-12
_ABSOLUTE = re.compile("[A-Za-z][A-Za-z0-9+.-]*:")


def check_feed(
    data: bytes, channel: Channel, items: Sequence[Item], carried: Sequence[CarriedItem] = ()
) -> list[Problem]:
    """What is wrong with the rendered RSS feed: empty if it says what the model says.

    ``VFY-1`` is a fault of ours, which must not be published. The other findings are for the author.
    """
    problems = [_fault(_RSS, what) for what in _find_forbidden(data)]
    if len(data) > _FEED_BYTES:
        problems.append(Problem("XML-12", Mark(_RSS), f"the feed has {len(data):,} bytes, more than {_FEED_BYTES:,}"))
    for item in items:
        problems += _check_notes(item)
    problems += _check_people(items)
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except etree.XMLSyntaxError as error:
        return [*problems, _fault(_RSS, f"the feed is not well-formed ({error})", error.lineno or 0)]
    element = root.find("channel")
    if element is None:
        return [*problems, _fault(_RSS, "the feed has no channel")]
    return [*problems, *_check_namespaces(root), *_check_channel(data, element, channel, in_feed_order(items, carried))]


def check_json_feed(
    data: bytes, channel: Channel, items: Sequence[Item], carried: Sequence[CarriedItem] = ()
) -> list[Problem]:
    """What is wrong with the rendered JSON feed: empty if it says what the model says. Only ``VFY-1``."""
    entries = [entry for entry in in_feed_order(items, carried) if isinstance(entry, Item) or entry.json]
    about = {"title": [clean_text(channel.title)], "home_page_url": [channel.link_url], "language": [channel.language]}
    try:
        feed = json.loads(data)
        guids = [entry["id"] for entry in feed["items"]]
    except (ValueError, KeyError, TypeError) as error:
        return [_fault(_JSON, f"the feed cannot be read ({error!r})")]
    problems = _compare(_JSON, "the feed", lambda: {name: [feed[name]] for name in about}, about)
    if wrong := _compare_guids(_JSON, guids, [entry.guid for entry in entries]):
        return [*problems, *wrong]
    for said, entry in zip(feed["items"], entries, strict=True):
        where = f"item {quoted(entry.guid)}"
        if isinstance(entry, Item):
            problems += _compare(_JSON, where, partial(facts.read_json, said), facts.json_facts(entry))
        elif said != json.loads(entry.json):
            problems.append(_fault(_JSON, f"{where} differs from the one carried over"))
    return problems


def _fault(path: str, what: str, line: int = 0) -> Problem:
    return Problem("VFY-1", Mark(path, line), what)


# --- the RSS feed -------------------------------------------------------------------------------------------------


def _find_forbidden(data: bytes) -> Iterator[str]:
    """Markup that a text holds only in escaped form, so that its bytes are proof (XML-1, XML-2, T-1, T-2)."""
    if not data.startswith(b"<?xml "):
        yield "the feed does not begin with <?xml"
    for markup in (b"<![CDATA[", b"<!DOCTYPE", b"<!--"):
        if markup in data:
            yield f"the feed contains {markup.decode()}"


def _check_namespaces(root: etree._Element) -> Iterator[Problem]:
    for prefix, uri in facts.NAMESPACES.items():
        if root.nsmap.get(prefix) != uri:
            yield _fault(_RSS, f"the prefix {prefix} is bound to {root.nsmap.get(prefix)}", 2)


def _check_channel(
    data: bytes, element: etree._Element, channel: Channel, entries: Sequence[Item | CarriedItem]
) -> list[Problem]:
    meant = facts.channel_facts(channel, entries[0].pub_date)
    problems = _compare(_RSS, "the channel", partial(facts.read_channel, element), meant)
    found = element.findall("item")
    if wrong := _compare_guids(_RSS, [item.findtext("guid") for item in found], [entry.guid for entry in entries]):
        return [*problems, *wrong]
    for said, entry in zip(found, entries, strict=True):
        where, line = f"item {quoted(entry.guid)}", cast("int", said.sourceline)
        if isinstance(entry, Item):
            meant = facts.item_facts(entry, channel)
            problems += _compare(_RSS, where, partial(facts.read_item, said), meant, line)
        elif entry.xml not in data:
            problems.append(_fault(_RSS, f"{where} differs from the one carried over", line))
    return problems


def _compare_guids(path: str, said: Sequence[str | None], guids: Sequence[str]) -> list[Problem]:
    meant = [clean_text(guid) for guid in guids]
    if said == meant and len(set(meant)) == len(meant):
        return []
    return [_fault(path, f"the guids are {quoted(str(said))}, expected {quoted(str(meant))}, each once")]


def _compare(
    path: str, where: str, read: Callable[[], facts.Facts], meant: facts.Facts, line: int = 0
) -> list[Problem]:
    try:
        said = read()
    except (ValueError, KeyError, ArithmeticError) as error:
        return [_fault(path, f"{where} cannot be read ({error!r})", line)]
    return [
        _fault(path, f"{where} has {name} {_shown(said.get(name))}, expected {_shown(meant.get(name))}", line)
        for name in sorted({*said, *meant})
        if said.get(name) != meant.get(name)
    ]


def _shown(values: list[object] | None) -> str:
    return quoted(", ".join(map(str, values or ["nothing"])))


# --- what authors put into it -------------------------------------------------------------------------------------


def _check_notes(item: Item) -> Iterator[Problem]:
    notes, mark = item.notes, item.episode.at("body")
    if (size := len(clean_text(notes.description_html).encode())) > _DESCRIPTION_BYTES:
        what = f"the description has {size} bytes, more than {_DESCRIPTION_BYTES}"
        yield Problem("APL-26", mark, what, "apps cut it", "Shorten it.")
    for url in dict.fromkeys(_find_links(notes.description_html) + _find_links(notes.content_html)):
        if not _ABSOLUTE.match(url):
            yield Problem("RSS-20", mark, f"the notes contain the relative link {quoted(url)}")


def _find_links(html: str) -> list[str]:
    tree = etree.HTML(clean_text(html)) if "=" in html else None
    elements = [] if tree is None else tree.iter()
    return [str(url) for element in elements for name, url in element.items() if name in {"href", "src"}]


def _check_people(items: Sequence[Item]) -> Iterator[Problem]:
    """Addresses that podcast:person cannot take, each at the first record that brings it."""
    marks: dict[str, Mark] = {}
    for item in sorted(items, key=lambda item: item.episode.mark):
        for credit in item.credits:
            for name, url in (("image", credit.image_url), ("href", credit.href)):
                if url and not url.startswith("https:"):
                    marks.setdefault(
                        f"the {name} {quoted(url)} of {quoted(credit.name)} is not https", item.episode.mark
                    )
    return (Problem("P20-0b", mark, what, "left out of `podcast:person`") for what, mark in marks.items())
