from __future__ import annotations

import json
from datetime import timedelta, timezone

from builders import SITE, a_channel, a_credit, a_full_item, an_enclosure, an_episode, an_item, at, some_notes
from hypothesis import given, settings
from hypothesis import strategies as st

from feedbuilder.model import CarriedItem
from feedbuilder.render.jsonfeed import render_json_feed
from feedbuilder.text.characters import clean_text

LEAST = """\
{
 "version": "https://jsonfeed.org/version/1.1",
 "title": "Harbour Talk",
 "home_page_url": "https://harbour.example/",
 "description": "People who work by the sea.",
 "language": "en",
 "authors": [
  {
   "name": "Harbour Talk"
  }
 ],
 "items": [
  {
   "id": "guid-of-042-tide-tables",
   "content_html": "",
   "url": "https://harbour.example/episodes/042-tide-tables/",
   "title": "Reading tide tables ⚓",
   "date_published": "2024-05-01T17:00:00Z",
   "attachments": [
    {
     "url": "https://audio.example/042-tide-tables.mp3",
     "mime_type": "audio/mpeg"
    }
   ]
  }
 ]
}
"""


def test_what_is_not_known_is_left_out() -> None:
    item = an_item(
        title="Reading tide tables ⚓",
        notes=some_notes("", summary_text=""),
        credits=(),
        duration_s=None,
        enclosure=an_enclosure(length_bytes=0),
    )
    assert render_json_feed(a_channel(artwork=None, hosts=()), [item]) == LEAST.encode()


def test_an_item_says_all_that_is_known() -> None:
    item = a_full_item(
        episode=an_episode(title="Tides & <more>", keywords=("tides", "ropes")),
        notes=some_notes("<p>cut</p>", content_html="<p>whole</p>", summary_text="One sentence."),
        duration_s=1800.5,
        pub_date=at("2024-05-01T17:00:00").astimezone(timezone(timedelta(hours=2))),
    )
    [entry] = json.loads(render_json_feed(a_channel(), [item]))["items"]
    assert entry == {
        "id": "5f0c4b9e-4a43-4e7c-9f0e-8d8f3f6c9a10",
        "url": f"{SITE}episodes/042-tide-tables/",
        "title": "Tides & <more>",
        "content_html": "<p>whole</p>",
        "summary": "One sentence.",
        "image": f"{SITE}images/042-tide-tables.jpg",
        "date_published": "2024-05-01T17:00:00Z",
        "authors": [
            {"name": "Ada Brook", "url": f"{SITE}people/ada/", "avatar": f"{SITE}images/ada.jpg"},
            {"name": "Bo Finch"},
        ],
        "tags": ["tides", "ropes"],
        "attachments": [
            {
                "url": "https://audio.example/042-tide-tables.mp3",
                "mime_type": "audio/mpeg",
                "size_in_bytes": 12345678,
                "duration_in_seconds": 1800.5,
            }
        ],
    }


def test_the_feed_says_who_makes_it_and_whether_it_has_ended() -> None:
    channel = a_channel(json_feed_url=f"{SITE}feed.json", complete=True, hosts=(a_credit(), a_credit("Bo Finch")))
    feed = json.loads(render_json_feed(channel, [an_item()]))
    assert (feed["feed_url"], feed["expired"]) == (f"{SITE}feed.json", True)
    assert (feed["icon"], feed["authors"]) == (
        f"{SITE}images/cover-1a2b3c4d.jpg",
        [{"name": "Ada Brook"}, {"name": "Bo Finch"}],
    )


def test_a_carried_item_is_unchanged_at_its_place_and_is_absent_if_it_had_no_json() -> None:
    a, c = an_item("a", pub_date=at("2024-01-01")), an_item("c", pub_date=at("2024-03-01"))
    b = CarriedItem(guid="b", pub_date=at("2024-02-01"), xml=b"", json='{"id": "b", "x": [1, 2.5, "ü"]}')
    without = CarriedItem(guid="d", pub_date=at("2024-02-01"), xml=b"<item/>")
    items = json.loads(render_json_feed(a_channel(), [a, c], [without, b]))["items"]
    assert [entry["id"] for entry in items] == ["guid-of-c", "b", "guid-of-a"]
    assert items[1] == {"id": "b", "x": [1, 2.5, "ü"]}


def test_the_order_of_the_input_does_not_matter() -> None:
    items = [an_item("a"), an_item("b"), a_full_item("c")]
    assert render_json_feed(a_channel(), items) == render_json_feed(a_channel(), items[::-1])


@settings(max_examples=60)
@given(text=st.text(max_size=100) | st.text('"\\<>&\x00\x0b\u2028\ud800\uffff', max_size=40))
def test_any_text_survives_but_for_what_xml_forbids(text: str) -> None:
    text = f"x{text}"
    item = an_item(guid=text, title=text, notes=some_notes(text, summary_text=text), credits=(a_credit(text),))
    data = render_json_feed(a_channel(title=text), [item])
    feed, clean = json.loads(data), clean_text(text)
    [entry] = feed["items"]
    assert (feed["title"], entry["id"], entry["title"], entry["content_html"]) == (clean,) * 4
    assert (entry["summary"], entry["authors"]) == (clean, [{"name": clean}])
