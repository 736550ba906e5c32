"""Feeds that are damaged, or in an encoding that they do not state rightly, as feedparser and browsers read them."""

from __future__ import annotations

from typing import Any, cast

import feedparser
import pytest

from feedbuilder.errors import FeedbuilderError
from feedbuilder.upstream.encodings import as_utf_8
from feedbuilder.upstream.feed import parse_upstream

HEAD = '<?xml version="1.0"{}?>\n<rss version="2.0"><channel><title>Tides</title>'
END = "</channel></rss>"


def an_item(guid: str, title: str = "Ebb", end: str = "</item>") -> str:
    return (
        f"<item><title>{title}</title><guid>{guid}</guid><pubDate>Wed, 01 May 2024 17:00:00 GMT</pubDate>"
        f'<enclosure url="https://cdn.example/{guid}.mp3" length="7" type="audio/mpeg"/>{end}'
    )


A, B, C = an_item("a"), an_item("b"), an_item("c")
START = HEAD.format("")


@pytest.mark.parametrize(
    "text",
    [
        START + A + "</channel>" + B + C + "</rss>",
        START + A + "</channel><channel>" + B + C + END,
        START + A + "<items>" + B + C + "</items>" + END,
        START + an_item("a", end="") + B + C + END,
        START + A + an_item("b", end="") + C + END,
        START + A + B + C,
        START + A + B + C + "</channel>",
        START + A + B + C + "\n<!-- cached -->",
        START + A + B + END + C,
        START + A + END + B + C + END,
    ],
)
def test_all_items_are_read_wherever_they_are(text: str) -> None:
    feed, problems = parse_upstream(text.encode(), "feed.xml")
    assert [item.guid for item in feed.items] == ["a", "b", "c"]
    assert {problem.rule for problem in problems} == {"UPS-2"}
    entries = cast("Any", feedparser).parse(text.encode()).entries
    assert {entry.id for entry in entries} <= {"a", "b", "c"}


@pytest.mark.parametrize("cut", [10, 60, 150])
def test_an_item_that_is_cut_off_is_left_out(cut: int) -> None:
    feed, problems = parse_upstream((START + A + B + C[:cut]).encode(), "feed.xml")
    assert [item.guid for item in feed.items] == ["a", "b"]
    assert "the feed is cut off" in [problem.what for problem in problems]


def test_a_live_item_is_no_episode() -> None:
    live = '<podcast:liveItem xmlns:podcast="https://podcastindex.org/namespace/1.0">' + A[6:-7] + "</podcast:liveItem>"
    assert [item.guid for item in parse_upstream((START + live + B + END).encode(), "feed.xml")[0].items] == ["b"]


@pytest.mark.parametrize(
    ("declared", "encoding", "title"),
    [
        ("", "utf-8", "Ébb “–” €"),
        ("utf-8", "utf-8-sig", "Ébb “–” €"),
        ("iso-8859-1", "cp1252", "Ébb “–” €"),
        ("ISO-8859-1", "utf-8", "Ébb “–” €"),
        ("us-ascii", "cp1252", "Ébb “–” €"),
        ("windows-1251", "cp1251", "Отлив"),
        ("koi8-r", "koi8-r", "Отлив"),
        ("shift_jis", "shift_jis", "干潮"),
        ("gb2312", "gb18030", "退潮"),
        ("utf-16", "utf-16", "Отлив"),
        ("iso-2022-jp", "iso-2022-jp", "干潮"),
        ("no-such-thing", "utf-8", "Отлив"),
    ],
)
def test_the_encoding_is_recovered_as_browsers_do(declared: str, encoding: str, title: str) -> None:
    text = HEAD.format(f' encoding="{declared}"' if declared else "") + an_item("a", title) + END
    feed, _ = parse_upstream(text.encode(encoding), "feed.xml")
    assert [item.title for item in feed.items] == [title]


def test_the_charset_of_http_counts_where_the_text_is_not_utf_8() -> None:
    text = START + an_item("a", "Отлив") + END
    for data in (text.encode("cp1251"), text.encode()):
        feed, _ = parse_upstream(as_utf_8(data, "windows-1251"), "feed.xml")
        assert feed.items[0].title == "Отлив"


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Don&#146;t &#x96; drop", "Don’t – drop"),
        ("&#55357;&#56841; tide", "😉 tide"),
        ("Low&#133;", "Low…"),
    ],
)
def test_references_to_characters_are_read_as_browsers_read_them(written: str, title: str) -> None:
    feed, _ = parse_upstream((START + an_item("a", written) + END).encode(), "feed.xml")
    assert feed.items[0].title == title


def test_a_feed_of_many_large_items_is_read() -> None:
    more = "".join(f'<x:e{number} xmlns:x="https://x.example/">1</x:e{number}>' for number in range(30))
    items = "".join(an_item(str(number), end=f"{more}</item>") for number in range(4400))
    feed, problems = parse_upstream((START + items + END).encode(), "feed.xml")
    assert (len(feed.items), problems) == (4400, [])


def test_attributes_count_as_elements_do() -> None:
    data = START + "<item>" + '<a b="1" c="2" d="3"/>' * 100_001 + "</item>" + END
    with pytest.raises(FeedbuilderError, match="more than 400000 elements and attributes"):
        parse_upstream(data.encode(), "feed.xml")
