"""The author's notes come out of a build as they were in the feed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from projects import build, feed
from test_import import front, imported

from feedbuilder.import_ import import_feed
from feedbuilder.import_.notes import TEXTS, hrefs_of, letters_of, text_blocks
from feedbuilder.model import Ledger
from feedbuilder.upstream.document import Element
from feedbuilder.upstream.feed import parse_elements

HEAD = (
    '<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:psc="http://podlove.org/simple-chapters"'
    ' xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><title>Tides</title>'
    "<link>https://tides.example/</link>"
    '<itunes:image href="https://cdn.example/c.jpg"/><itunes:category text="Science"/>'
)
ITEM = (
    "<title>Ebb</title><guid>a</guid><pubDate>Wed, 01 May 2024 17:00:00 GMT</pubDate>"
    '<enclosure url="https://cdn.example/1.mp3" length="7" type="audio/mpeg"/>'
    "<itunes:duration>20:00</itunes:duration>"
)
ANCHOR = "<link>https://podcasters.spotify.com/pod/show/tides/episodes/Ebb-e1a2b3c</link>"
PSC = '<psc:chapters><psc:chapter start="10" title="In"/><psc:chapter start="90" title="Out"/></psc:chapters>'
NOTES = {
    "stamps under a heading": "<h2>Times</h2><ul><li>0:00 In</li><li>1:30 Out</li><li>2:00 Bye</li></ul><p>Write.</p>",
    "stamps that start late": "Hello<br>0:30 In<br>1:30 Out<br>2:00 Bye",
    "plain lines": "Hello\n\n(0:00) In\n(1:30) Out\n(2:00) Bye\n\nhttps://tides.example/ebb",
    "linked stamps": '<p><a href="https://tides.example/#t=0">0:00</a> In</p><p>1:00 Out</p><p>2:00 Bye</p>',
    "only the title, linked": '<a href="https://tides.example/ebb">Ebb</a>',
    "only an address": "https://tides.example/ebb",
    "a picture": '<p>Before</p><p><img src="https://cdn.example/1.png" alt="The map"></p><p>After</p>',
}


def a_feed(items: str) -> bytes:
    return f"{HEAD}{items}</channel></rss>".encode()


def source_notes(element: Element, site: str) -> list[tuple[str, frozenset[str]]]:
    """Letters and links of each text of an item."""
    texts = [element.markup(name) for name in (*TEXTS, "itunes:subtitle")]
    blocks = [text_blocks(text, site) for text in texts if text]
    return [(letters_of(some), frozenset(hrefs_of(some))) for some in blocks if letters_of(some) or hrefs_of(some)]


def assert_same_notes(source: bytes, built: bytes, site: str) -> None:
    """Each item's notes are one of the texts of its source, in words and links; none has anything more."""
    feed, (_, elements), _ = parse_elements(source, "feed.xml")
    before = dict[str, list[tuple[str, frozenset[str]]]]()
    titles = dict[str, str]()
    for item, element in zip(feed.items, elements, strict=True):
        for key in {item.guid, item.enclosure.url if item.enclosure else item.guid}:
            before.setdefault(key, source_notes(element, site))
            titles.setdefault(key, item.title)
    feed, (_, elements), _ = parse_elements(built, "feed.xml")
    for item, element in zip(feed.items, elements, strict=True):
        text = element.markup("content:encoded", "description")
        blocks = text_blocks(text, site)
        notes = letters_of(blocks), frozenset(hrefs_of(blocks))
        if before[item.guid]:
            assert notes in before[item.guid], item.title
        else:
            assert notes[0] == letters_of(text_blocks(titles[item.guid], site))  # an item may not be without


def show_link(show: Path) -> str:
    values: dict[str, Any] = yaml.safe_load((show / "config/show.yaml").read_text())
    return str(values["link"])


@pytest.mark.parametrize("more", ["", ANCHOR, PSC, ANCHOR + PSC], ids=["alone", "host page", "chapters", "both"])
@pytest.mark.parametrize("notes", NOTES.values(), ids=NOTES)
def test_nothing_is_added_to_the_notes_or_moved_in_them(notes: str, more: str, tmp_path: Path) -> None:
    data = a_feed(f"<item>{ITEM}{more}<description><![CDATA[{notes}]]></description></item>")
    (tmp_path / "feed.xml").write_bytes(data)
    assert imported(tmp_path / "feed.xml", tmp_path / "show", "--offline").exit_code == 0
    assert build(tmp_path / "show", now="2030-01-01T00:00:00Z").exit_code == 0
    built = feed(tmp_path / "show")
    assert_same_notes(data, built, "https://tides.example/")
    assert b"podcasters.spotify.com" not in built


def record_of(tmp_path: Path, item: str) -> tuple[dict[str, Any], str]:
    (tmp_path / "feed.xml").write_bytes(a_feed(f"<item>{ITEM}{item}</item>"))
    imported(tmp_path / "feed.xml", tmp_path / "show", "--offline")
    text = (tmp_path / "show/episodes/ebb.md").read_text()
    return front(tmp_path / "show", "episodes/ebb.md"), text.split("---\n", 2)[2].strip()


@pytest.mark.parametrize(
    ("item", "description", "body"),
    [
        ("<description>Short</description><content:encoded>A long text</content:encoded>", "Short", "A long text"),
        ("<description>A long text</description><itunes:summary>Short</itunes:summary>", "Short", "A long text"),
        ("<description>A long text</description><content:encoded>Short</content:encoded>", "Short", "A long text"),
        ("<description>Text</description><content:encoded><![CDATA[<iframe/> ]]></content:encoded>", None, "Text"),
        ("<description>Text</description><content:encoded>  </content:encoded>", None, "Text"),
        ("<description>A long te…</description><content:encoded>A long text</content:encoded>", None, "A long text"),
        (
            "<itunes:summary>Go</itunes:summary><description>&lt;a href='https://t.example/'&gt;Go&lt;/a&gt;</description>",
            None,
            "[Go](https://t.example/)",
        ),
        ("<description>Ebb</description>", None, ""),
    ],
)
def test_two_texts_stay_two(item: str, description: str | None, body: str, tmp_path: Path) -> None:
    values, text = record_of(tmp_path, item)
    assert (values.get("description"), text) == (description, body)


@pytest.mark.parametrize(
    "lines",
    [
        "1:00 Harbour against Bay\n3:16 And so it is\n22:00 Party",  # a score, a verse, a time of day
        "0:00 In\n1:00 Out\n25:00 After the end",
        "0:00 In\n1:00 Out",
    ],
)
def test_other_numbers_with_colons_are_no_chapters(lines: str, tmp_path: Path) -> None:
    values, text = record_of(tmp_path, f"<description>{lines}</description>")
    assert "chapters" not in values
    assert text.replace("  \n", "\n") == lines


@pytest.mark.parametrize(("stamps", "expected"), [(4, "In 1"), (1, "Podlove")])
def test_the_longer_list_of_chapters_is_taken(stamps: int, expected: str, tmp_path: Path) -> None:
    lines = "\n".join(f"{number}:00 In {number}" for number in range(stamps))
    chapters = "".join(f'<psc:chapter start="{second}" title="Podlove"/>' for second in (0, 60, 120))
    item = f"<description>Times\n{lines}</description><psc:chapters>{chapters}</psc:chapters>"
    assert record_of(tmp_path, item)[0]["chapters"][1] == f"1:00 {expected}"


def test_transcripts_in_the_language_of_the_show_come_first() -> None:
    tags = "".join(
        f'<podcast:transcript url="https://cdn.example/{name}" type="{kind}" language="{language}"/>'
        for name, kind, language in [
            ("bg.html", "text/html", "bg"),
            ("en.srt", "application/x-subrip", "en-US"),
            ("en.vtt", "text/vtt", "en"),
        ]
    )
    data = a_feed(f"<language>en</language><item>{ITEM}{tags}</item>")
    (wanted,) = import_feed(data, "feed.xml", Ledger()).wanted
    assert [url.rpartition("/")[2] for url, _ in wanted.transcripts] == ["en.vtt", "en.srt", "bg.html"]
