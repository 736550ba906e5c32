from __future__ import annotations

from dataclasses import replace

from builders import a_channel
from lxml import etree

from feedbuilder.render.opml import render_opml
from feedbuilder.vocabulary.podcast_tags import make_tag


def outlines(data: bytes) -> list[dict[str, str]]:
    return [
        {str(key): str(value) for key, value in one.attrib.items()} for one in etree.fromstring(data).iter("outline")
    ]


OURS = {
    "type": "rss",
    "text": "Harbour Talk",
    "title": "Harbour Talk",
    "xmlUrl": "https://harbour.example/feed.xml",
    "htmlUrl": "https://harbour.example/",
}


def test_the_show_is_listed() -> None:
    assert outlines(render_opml(a_channel())) == [OURS]


def test_the_shows_of_the_podroll_follow() -> None:
    garden = {"feedUrl": "https://garden.example/feed.xml", "title": 'The "Garden" & more\x0b'}
    nameless = {"feedUrl": "https://x.example/feed.xml"}
    items = tuple(make_tag("remoteItem", one) for one in (garden, nameless, {"feedGuid": "x"}))
    podroll = replace(make_tag("podroll", {}), children=items)
    assert outlines(render_opml(a_channel(tags=(podroll,)))) == [
        OURS,
        {
            "type": "rss",
            "text": 'The "Garden" & more',
            "title": 'The "Garden" & more',
            "xmlUrl": "https://garden.example/feed.xml",
        },
        {
            "type": "rss",
            "text": "https://x.example/feed.xml",
            "title": "https://x.example/feed.xml",
            "xmlUrl": "https://x.example/feed.xml",
        },
    ]
