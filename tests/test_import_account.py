"""Every text, attribute and address of a feed is used, a repetition, standard, or named in a finding."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest
from lxml import etree

from feedbuilder.import_ import Imported, import_feed
from feedbuilder.import_.account import _kind
from feedbuilder.model import Ledger
from feedbuilder.upstream.document import parse_document

CORPUS = sorted(Path(os.environ.get("FEEDBUILDER_CORPUS", "/nowhere"), "feeds").glob("*.xml"))
TEXTS = {"encoded", "description", "summary", "subtitle"}  # one value each, whatever tags they hold
HEAD = (
    '<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:podcast="https://podcastindex.org/namespace/1.0" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:psc="http://podlove.org/simple-chapters"'
    ' xmlns:x="https://x.example/ns"><channel><title>Tides</title>'
)
ITEM = (
    "<title>Ebb</title><guid>a</guid><pubDate>Wed, 01 May 2024 17:00:00 GMT</pubDate>"
    '<enclosure url="https://cdn.example/1.mp3" length="7" type="audio/mpeg"/>'
)
# What hosts add to an item: the addition, and the findings that name what is lost of it.
DIALECTS = {
    "repeated summary": ("<description>Low water</description><itunes:summary>Low  water</itunes:summary>", []),
    "cut subtitle": ("<description>Low water at noon</description><itunes:subtitle>Low water…</itunes:subtitle>", []),
    "second text": ("<description>Two words</description><content:encoded>Long words of it</content:encoded>", []),
    "third text": (
        (
            "<description>Short</description><content:encoded>Quite long words</content:encoded>"
            "<itunes:subtitle>Other</itunes:subtitle>"
        ),
        ["itunes:subtitle of 1 item ('Other')"],
    ),
    "second enclosure": (
        '<enclosure url="https://cdn.example/1.ogg" length="8" type="audio/ogg"/>',
        ["enclosure of 1 item ('https://cdn.example/1.ogg')"],
    ),
    "other title": ("<itunes:title>Flood</itunes:title>", ["itunes:title of 1 item ('Flood')"]),
    "same title": ("<itunes:title>Ebb</itunes:title>", []),
    "author": ("<itunes:author>Bo</itunes:author>", ["itunes:author of 1 item ('Bo')"]),
    "author of the show": ("<itunes:author>Tides</itunes:author>", []),
    "numbers": ("<itunes:season>02</itunes:season><itunes:episode>3</itunes:episode>", []),
    "number by chance": (
        "<itunes:season>2</itunes:season><itunes:order>2</itunes:order>",
        ["itunes:order of 1 item ('2')"],
    ),
    "season name": (
        '<podcast:season name="Spring">2</podcast:season>',
        ["podcast:season of 1 item ('Spring')"],
    ),
    "episode display": (
        '<podcast:episode display="Ch.3">3</podcast:episode>',
        ["podcast:episode of 1 item ('Ch.3')"],
    ),
    "explicit": ("<itunes:explicit>clean</itunes:explicit>", []),
    "explicit unread": ("<itunes:explicit>maybe</itunes:explicit>", ["itunes:explicit of 1 item ('maybe')"]),
    "link": ("<link>https://tides.example/ebb</link>", ["link of 1 item ('https://tides.example/ebb')"]),
    "comments": (
        "<comments>https://tides.example/ebb#c</comments>",
        ["comments of 1 item ('https://tides.example/ebb#c')"],
    ),
    "payment": (
        '<atom:link rel="payment" href="https://pay.example/1"/>',
        ["atom:link[payment] of 1 item ('https://pay.example/1')"],
    ),
    "value": (
        '<podcast:value type="lightning"><podcast:valueRecipient name="Bo" address="x1" split="9"/></podcast:value>',
        ["podcast:value of 1 item ('lightning')"],
    ),
    "person": ('<podcast:person role="guest" href="https://bo.example/">Bo Finch</podcast:person>', []),
    "transcript of no kind": (
        '<podcast:transcript url="https://cdn.example/1.txt" type="text/plain"/>',
        ["podcast:transcript of 1 item ('https://cdn.example/1.txt')"],
    ),
    "transcript language": (
        '<podcast:transcript url="https://cdn.example/1.vtt" type="text/vtt" language="bg"/>',
        ["podcast:transcript of 1 item ('bg')"],
    ),
    "soundbite": ('<podcast:soundbite startTime="12.50" duration="30">Waves</podcast:soundbite>', []),
    "soundbite damaged": (
        '<podcast:soundbite startTime="soon" duration="30">Waves</podcast:soundbite>',
        ["podcast:soundbite of 1 item ('soon')"],
    ),
    "chapters": (
        (
            '<psc:chapters version="1.2"><psc:chapter start="00:00:00.000" title="In"/>'
            '<psc:chapter start="00:01:30" title="Out" href="https://tides.example/out"/></psc:chapters>'
        ),
        [],
    ),
    "foreign": ('<x:rating of="5">4</x:rating>', ["x:rating of 1 item ('5')"]),
    "picture without words": (
        '<description><![CDATA[<p>Low <img src="https://cdn.example/1.png"/> water</p>]]></description>',
        ["img in description of 1 item ('https://cdn.example/1.png')"],
    ),
    "picture with words": (
        '<description><![CDATA[<p>Low <img src="https://cdn.example/1.png" alt="map"/> water</p>]]></description>',
        [],
    ),
    "frame": (
        '<description><![CDATA[<p>Low</p><iframe src="https://play.example/1"></iframe>]]></description>',
        ["iframe in description of 1 item ('https://play.example/1')"],
    ),
    "second date": (
        "<pubDate>Thu, 02 May 2024 17:00:00 GMT</pubDate>",
        ["pubDate of 1 item ('Thu, 02 May 2024 17:00:00 GMT')"],
    ),
    "keywords": ("<itunes:keywords>ebb, flood</itunes:keywords>", []),
    "artwork": ('<itunes:image href="https://cdn.example/1.jpg"/>', []),
    "second artwork": (
        '<itunes:image href="https://cdn.example/1.jpg"/><media:thumbnail url="https://cdn.example/2.jpg"/>',
        ["media:thumbnail of 1 item ('https://cdn.example/2.jpg')"],
    ),
}  # fmt: skip


def lost(imported: Imported) -> list[str]:
    return [problem.what for problem in imported.problems if problem.rule == "IMP-1"]


@pytest.mark.parametrize(("item", "expected"), DIALECTS.values(), ids=DIALECTS)
def test_what_hosts_add_to_an_item_is_kept_or_named(item: str, expected: list[str]) -> None:
    data = f"{HEAD}<item>{ITEM}{item}</item></channel></rss>".encode()
    imported = import_feed(data, "feed.xml", Ledger())
    assert lost(imported) == expected
    assert_accounted(data, imported)


def test_all_dialects_together_make_one_finding_for_each_kind() -> None:
    items = "".join(
        f"<item>{ITEM.replace('<guid>a', f'<guid>{number}')}{item}</item>"
        for number, (item, _) in enumerate([*DIALECTS.values()] * 20)
    )
    data = f"{HEAD}{items}</channel></rss>".encode()
    imported = import_feed(data, "feed.xml", Ledger())
    assert_accounted(data, imported)
    kinds = {what.partition(" of ")[0] for _, whats in DIALECTS.values() for what in whats}
    assert {what.partition(" of ")[0] for what in lost(imported)} == kinds
    assert len(lost(imported)) == len(kinds)


@pytest.mark.skipif(not CORPUS, reason="FEEDBUILDER_CORPUS names no folder")
@pytest.mark.parametrize("path", CORPUS, ids=[path.stem for path in CORPUS])
def test_every_value_of_a_real_feed_is_accounted_for(path: Path) -> None:
    data = path.read_bytes()
    imported = import_feed(data, path.name, Ledger())
    assert_accounted(data, imported)
    assert len(imported.problems) <= 25
    assert sum(len(found) for found in _shown(imported)) <= 15


def _shown(imported: Imported) -> list[list[str]]:
    """What a terminal shows without -v: three findings of a rule and how many more there are, and no notes."""
    rules: dict[str, list[str]] = {}
    for problem in imported.problems:
        if problem.rule not in {"IMP-11", "UPS-5"}:
            rules.setdefault(problem.rule, []).append(problem.what)
    return [[*whats[:3], *(["more"] if len(whats) > 3 else [])] for whats in rules.values()]


def assert_accounted(data: bytes, imported: Imported) -> None:
    """As many values are accounted for as a walk that knows no names finds; what is lost is named, the rest is held."""
    channel, items, _ = parse_document(data, "feed.xml")
    counted = Counter[str]()
    lossy = set()
    for path, states in imported.accounted.items():
        if not path.endswith("@embedded"):
            counted[local(path)] += sum(states.values())
        if states.keys() - {"used", "equal"}:
            lossy.add(local(path))
    values = [value for element in (channel, *items) for value in walk(element.xml, top=True)]
    walked = Counter(name for name, _ in values)
    missing = {name for name in walked if counted[name] < walked[name]}
    assert missing == set() or any(problem.rule in {"IMP-7", "UPS-4"} for problem in imported.problems)
    left = {_kind(path) for path, states in imported.accounted.items() if "left" in states}
    assert {kind for kind in left if not any(kind in what for what in lost(imported))} == set()
    held = plain(b"".join(imported.files.values()).decode())
    urls = {plain(text) for name, text in values if name not in lossy and re.fullmatch(r"https?://\S+", text)}
    assert {url for url in urls if url.rstrip("/") not in held} == set()


def local(path: str) -> str:
    return path.partition("[")[0].partition("@")[0].rpartition("/")[2].rpartition(":")[2]


def plain(text: str) -> str:
    return unquote(unescape(text)).casefold()


def walk(xml: etree._Element, *, top: bool = False) -> Iterator[tuple[str, str]]:
    """The local name and text of each text and attribute below an element, without its items."""
    for child in xml.iterchildren(etree.Element):
        name = str(child.tag).rpartition("}")[2].rpartition(":")[2]
        if top and name in {"item", "items", "channel"}:
            continue
        yield from ((name, str(text).strip()) for text in child.attrib.values() if str(text).strip())
        inner = child.itertext() if name in TEXTS else [child.text or ""]
        if text := "".join(str(piece) for piece in inner).strip():
            yield name, text
        if name not in TEXTS:
            yield from walk(child)
