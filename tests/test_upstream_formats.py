"""Atom and JSON Feed with audio are imported like RSS."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from feedbuilder.errors import FeedbuilderError
from feedbuilder.import_ import Imported, import_feed
from feedbuilder.model import Ledger

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:x="https://x.example/">
  <title>Tides</title>
  <subtitle>Low and high</subtitle>
  <link href="https://tides.example/"/>
  <link rel="self" href="https://tides.example/feed.atom"/>
  <author><name>Bo Finch</name><uri>https://bo.example/</uri></author>
  <logo>https://tides.example/logo.png</logo>
  <id>urn:tides</id>
  <updated>2024-05-02T00:00:00Z</updated>
  <entry>
    <title>Ebb</title>
    <id>urn:ebb</id>
    <link href="https://tides.example/ebb"/>
    <link rel="enclosure" href="https://cdn.example/1.mp3" length="7" type="audio/mpeg"/>
    <published>2024-05-01T19:00:00+02:00</published>
    <updated>2024-05-02T00:00:00Z</updated>
    <summary>Low</summary>
    <content type="html">&lt;p&gt;Low &lt;a href="https://sea.example/"&gt;water&lt;/a&gt;&lt;/p&gt;</content>
    <x:mood>calm</x:mood>
  </entry>
</feed>"""
JSON: dict[str, Any] = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Tides",
    "description": "Low and high",
    "home_page_url": "https://tides.example/",
    "feed_url": "https://tides.example/feed.json",
    "icon": "https://tides.example/logo.png",
    "authors": [{"name": "Bo Finch"}],
    "items": [
        {
            "id": "urn:ebb",
            "title": "Ebb",
            "url": "https://tides.example/ebb",
            "date_published": "2024-05-01T19:00:00+02:00",
            "content_html": '<p>Low <a href="https://sea.example/">water</a></p>',
            "summary": "Low",
            "tags": ["sea", "moon"],
            "_mood": "calm",
            "attachments": [
                {"url": "https://cdn.example/1.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 7,
                 "duration_in_seconds": 60}
            ],
        }
    ],
}  # fmt: skip


def record(imported: Imported) -> tuple[dict[str, Any], str]:
    _, front, body = imported.files["episodes/ebb.md"].decode().split("---\n", 2)
    return yaml.safe_load(front), body.strip()


@pytest.mark.parametrize(("data", "kind"), [(ATOM.encode(), "atom"), (json.dumps(JSON).encode(), "json")])
def test_a_feed_of_another_format_becomes_the_same_project(data: bytes, kind: str) -> None:
    imported = import_feed(data, "feed", Ledger())
    show = yaml.safe_load(imported.files["config/show.yaml"])
    keys = ("title", "description", "link", "author", "image", "feed_url")
    assert [show[key] for key in keys] == [
        "Tides",
        "Low and high",
        "https://tides.example/",
        "Bo Finch",
        "https://tides.example/logo.png",
        f"https://tides.example/feed.{kind}",
    ]
    values, body = record(imported)
    audio = {"url": "https://cdn.example/1.mp3", "length": 7, "type": "audio/mpeg"}
    assert (values["guid"], values["pub_date"], values["audio"]) == ("urn:ebb", "2024-05-01T17:00:00Z", audio)
    assert body == "Low [water](https://sea.example/)"
    lost = [problem.what for problem in imported.problems if problem.rule == "IMP-1"]
    assert any("calm" in what for what in lost)
    assert any("https://tides.example/ebb" in what for what in lost)


def test_xhtml_in_atom_is_read_as_notes() -> None:
    xhtml = '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Low <b>water</b></p></div></content>'
    start, end = ATOM.index("<content"), ATOM.index("</content>") + len("</content>")
    assert record(import_feed((ATOM[:start] + xhtml + ATOM[end:]).encode(), "feed", Ledger()))[1] == "Low **water**"


@pytest.mark.parametrize(
    ("data", "rule", "what"),
    [
        (ATOM.replace("enclosure", "related").encode(), "UPS-1", "the response is an Atom feed without audio"),
        (b'{"version": "1.0"}', "UPS-1", "the feed is not XML: '{\"version\": \"1.0\"}'"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": []}', "UPS-3", "the feed has no items"),
        (b"<rss><channel><title>Tides</title></channel></rss>", "UPS-3", "the feed has no items"),
    ],
)  # fmt: skip
def test_a_feed_without_episodes_is_no_success(data: bytes, rule: str, what: str) -> None:
    with pytest.raises(FeedbuilderError) as raised:
        import_feed(data, "feed", Ledger())
    assert [(problem.rule, problem.what) for problem in raised.value.problems] == [(rule, what)]
