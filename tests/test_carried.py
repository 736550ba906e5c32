from __future__ import annotations

import json
from decimal import Decimal

import pytest
from builders import a_channel, a_full_item, an_episode, an_item, at, some_notes
from hypothesis import given, settings
from hypothesis import strategies as st

from feedbuilder.render.carried import parse_carried
from feedbuilder.render.jsonfeed import render_json_feed
from feedbuilder.render.rss import render_feed

ITEMS = [
    a_full_item(
        episode=an_episode(season=2, episode=Decimal("7.5"), title="</item> <item> & ü"), pub_date=at("2024-05-02")
    ),
    an_item("b", pub_date=at("2024-05-01"), notes=some_notes("<p>]]></p>\n")),
    an_item("c", pub_date=at("2024-04-01")),
]


def test_the_items_of_a_feed_of_ours_are_known_by_guid() -> None:
    channel = a_channel()
    found = parse_carried(render_feed(channel, ITEMS), render_json_feed(channel, ITEMS))
    assert list(found) == [item.guid for item in ITEMS]
    first = found[ITEMS[0].guid]
    assert (first.season, first.episode, first.pub_date) == (2, Decimal("7.5"), at("2024-05-02"))
    assert first.xml.startswith(b"<item>\n      <title>&lt;/item&gt; &lt;item&gt; &amp; \xc3\xbc</title>")
    assert first.xml.endswith(b"</psc:chapters>\n    </item>")
    assert json.loads(first.json)["title"] == "</item> <item> & ü"
    second = found["guid-of-b"]
    assert (second.season, second.episode) == (None, None)


def test_without_a_json_feed_the_items_have_no_json() -> None:
    assert {item.json for item in parse_carried(render_feed(a_channel(), ITEMS)).values()} == {""}


@settings(max_examples=30)
@given(chosen=st.sets(st.sampled_from([0, 1, 2])))
def test_whatever_is_carried_over_the_feeds_are_the_same_bytes(chosen: set[int]) -> None:
    channel = a_channel(json_feed_url="https://harbour.example/feed.json")
    feed, json_feed = render_feed(channel, ITEMS), render_json_feed(channel, ITEMS)
    old = parse_carried(feed, json_feed)
    items = [item for index, item in enumerate(ITEMS) if index not in chosen]
    carried = [old[ITEMS[index].guid] for index in sorted(chosen)]
    assert render_feed(channel, items, carried) == feed
    assert render_json_feed(channel, items, carried) == json_feed


WRONG_NUMBER = (
    b"<rss><channel><item><guid>a</guid><pubDate>Wed, 01 May 2024 00:00:00 +0000</pubDate>"
    b'<p:episode xmlns:p="https://podcastindex.org/namespace/1.0">x</p:episode></item></channel></rss>'
)


@pytest.mark.parametrize(
    ("feed", "json_feed"),
    [
        (b"", b""),
        (b"<rss", b""),
        (b"<rss><channel><item ><guid>a</guid></item></channel></rss>", b""),
        (b"<rss><channel><item><guid>a</guid></item></channel></rss>", b""),
        (WRONG_NUMBER, b""),
        (b"<rss><channel/></rss>", b"{}"),
        (b"<rss><channel/></rss>", b"[1]"),
        (b"<rss><channel/></rss>", b"\xff"),
    ],
)
def test_a_feed_of_another_program_is_refused(feed: bytes, json_feed: bytes) -> None:
    with pytest.raises(ValueError, match=r"^not a feed of feedbuilder: "):
        parse_carried(feed, json_feed)
