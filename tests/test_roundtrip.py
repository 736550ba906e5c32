from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from builders import (
    a_channel,
    a_chapter,
    a_credit,
    a_full_item,
    a_picture,
    an_enclosure,
    an_episode,
    an_item,
    at,
    some_notes,
)

from feedbuilder.check.roundtrip import check_feed, check_json_feed
from feedbuilder.errors import Mark, Problem
from feedbuilder.model import CarriedItem, Channel, Item, Soundbite
from feedbuilder.render.carried import parse_carried
from feedbuilder.render.jsonfeed import render_json_feed
from feedbuilder.render.rss import render_feed
from feedbuilder.rules import RULES
from feedbuilder.vocabulary.podcast_tags import Tag

CHANNEL = a_channel(
    categories=(("Education", "Courses"), ("Technology", "")),
    new_feed_url="https://new.example/feed.xml",
    applepodcastsverify="a1",
    block=True,
    complete=True,
    tags=(
        Tag("locked", (), "yes"),
        Tag("podroll", (), "", (Tag("remoteItem", (("feedGuid", "917393e3-1b1e-5cef-ace4-edaa54e1f810"),)),)),
    ),
)
FULL = a_full_item(
    episode=an_episode(
        title="Tides & ropes",
        season=2,
        episode=Decimal(7),
        keywords=("sea",),
        soundbites=(Soundbite(60.5, 20.0, "High water"),),
        tags=(Tag("license", (), "CC-BY-4.0"),),
    ),
    notes=some_notes('<p><a href="https://a.example/">a</a></p>', content_html="<p>All</p>"),
)
BARE = an_item("041-ropes", pub_date=at("2024-04-24T17:00"), duration_s=None, notes=some_notes(""))
ITEMS = [FULL, BARE]


def found(data: bytes, channel: Channel = CHANNEL, items: list[Item] | None = None) -> list[str]:
    problems = check_feed(data, channel, ITEMS if items is None else items)
    assert {problem.rule for problem in problems} <= {"VFY-1"}
    return [problem.what for problem in problems]


# --- what is right ------------------------------------------------------------------------------------------------


def test_what_was_rendered_says_what_the_model_says() -> None:
    assert check_feed(render_feed(CHANNEL, ITEMS), CHANNEL, ITEMS) == []
    assert check_json_feed(render_json_feed(CHANNEL, ITEMS), CHANNEL, ITEMS) == []


def test_texts_with_forbidden_characters_are_compared_without_them() -> None:
    bad = "a\x0b\ud800b ]]> <?carried 0?> \r\n é"
    item = a_full_item(
        guid=bad,
        episode=an_episode(title=bad, soundbites=(Soundbite(0.0, 15.0, bad),), tags=(Tag("txt", (), bad),)),
        credits=(a_credit(bad),),
        chapters=(a_chapter(0.0, bad), a_chapter(3_600_000.0)),
        notes=some_notes(bad, content_html=bad),
    )
    channel = a_channel(title=bad, description=bad, author=bad, owner_email=bad, hosts=(a_credit(bad),))
    assert check_feed(render_feed(channel, [item]), channel, [item]) == []
    assert check_json_feed(render_json_feed(channel, [item]), channel, [item]) == []


def test_the_least_and_the_unknown_are_compared_as_they_are_written() -> None:
    picture = a_picture(width=None, height=None)
    item = an_item(duration_s=0.2, artwork=picture, explicit=True, season=0)
    channel = a_channel(explicit=True, artwork=picture)
    assert check_feed(render_feed(channel, [item]), channel, [item]) == []
    assert check_json_feed(render_json_feed(channel, [item]), channel, [item]) == []


def test_carried_items_are_in_their_place() -> None:
    feed, json_feed = render_feed(CHANNEL, ITEMS), render_json_feed(CHANNEL, ITEMS)
    carried = [parse_carried(feed, json_feed)[BARE.guid]]
    assert check_feed(feed, CHANNEL, [FULL], carried) == []
    assert check_json_feed(json_feed, CHANNEL, [FULL], carried) == []


# --- what is wrong with an RSS feed -------------------------------------------------------------------------------

CHANGED_TEXT = [
    # in the channel
    (b"<title>Harbour Talk</title>\n    <link>", b"<title>Talk</title>\n    <link>", "title 'Talk'"),
    (b"<language>en<", b"<language>de<", "language 'de'"),
    (b"<description>People ", b"<description>Ships ", "description 'Ships who work by the sea.'"),
    (b"<lastBuildDate>Wed, 01", b"<lastBuildDate>Thu, 02", "lastBuildDate '2024-05-02 17:00:00+00:00'"),
    (b'feed.xml" rel="self"', b'feed.xml" rel="hub"', "atom:link \"('hub', 'https://harbour.example/feed.xml')\""),
    (b'<itunes:category text="Courses"/>', b"", "itunes:category \"('Education', []), ('Technology', [])\""),
    (b"<itunes:block>Yes</itunes:block>", b"", "itunes:block 'nothing'"),
    (b"<itunes:complete>Yes<", b"<itunes:complete>no<", "itunes:complete 'no'"),
    (b"<itunes:email>podcast@", b"<itunes:email>ada@", "itunes:email 'ada@harbour.example'"),
    (b"<podcast:locked>yes<", b"<podcast:locked>no<", "podcast:locked"),
    (b"<podcast:locked>yes</podcast:locked>", b"", "podcast:locked 'nothing'"),
    (b'<podcast:remoteItem feedGuid="9', b'<podcast:remoteItem feedGuid="8', "podcast:podroll"),
    # in the item
    (b"<title>Tides &amp; ropes<", b"<title>Tides &amp;amp; ropes<", "title 'Tides &amp; ropes'"),
    (b"</link>\n      <guid", b"x</link>\n      <guid", "link 'https://harbour.example/episodes/042-tide-tables/x'"),
    (b'isPermaLink="false">5f', b'isPermaLink="true">5f', "guid \"('true', '5f0c4b9e"),
    (b"May 2024 17:00:00 +0000</pubDate>", b"May 2024 17:00:00 -0100</pubDate>", "pubDate '2024-05-01 18"),
    (b"<content:encoded>", b"<content:encoded> ", "content:encoded ' <p>All</p>'"),
    (b'length="12345678" type="audio/mpeg"/>\n      <itunes:d', b'length="1" type="audio/mpeg"/>\n      <itunes:d',
     "enclosure \"('https://audio.example/042-tide-tables.mp3', 1, "),
    (b"<itunes:duration>1800<", b"<itunes:duration>1801<", "itunes:duration '1801'"),
    (b"<itunes:season>2<", b"<itunes:season>3<", "itunes:season '3'"),
    (b"<itunes:episode>7<", b"<itunes:episode>8<", "itunes:episode '8'"),
    (b"<podcast:season>2</podcast:season>", b"", "podcast:season 'nothing'"),
    (b"<podcast:episode>7<", b"<podcast:episode>7.1<", "podcast:episode '7.1'"),
    (b"<itunes:explicit>false</itunes:explicit>\n      <itunes:image", b"<itunes:image", "itunes:explicit 'nothing'"),
    (b'role="guest"', b'role="host"', "podcast:person"),
    (b'transcript.vtt" type="text/vtt" rel="captions"', b'transcript.vtt" type="text/vtt"', "podcast:transcript"),
    (b"chapters.json", b"chapter.json", "podcast:chapters 'https://harbour.example/episodes/042-tide-tables/chapter.j"),
    (b">YouTube<", b">Youtube<", "podcast:contentLink"),
    (b'width="1280"', b'width="1281"', "podcast:image"),
    (b'startTime="60.5"', b'startTime="60.4"', "podcast:soundbite \"(60400, 20000, 'High water')\""),
    (b'start="00:01:52.500"', b'start="00:01:52.501"', "psc:chapter"),
    (b"<podcast:license>CC-BY-4.0<", b"<podcast:license>ARR<", "podcast:license"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "said"), CHANGED_TEXT)
def test_a_difference_is_named_with_what_is_said_and_what_should_be(right: bytes, wrong: bytes, said: str) -> None:
    data = render_feed(CHANNEL, ITEMS)
    assert data.count(right) >= 1
    [what] = found(data.replace(right, wrong, 1))
    where = "item '5f0c4b9e-4a43-4e7c-9f0e-8d8f3f6c9a10'" if what.startswith("item") else "the channel"
    assert what.startswith(f"{where} has {said}")
    assert ", expected " in what


def test_a_difference_is_one_line_at_its_item() -> None:
    data = render_feed(CHANNEL, ITEMS).replace(b"<itunes:duration>1800<", b"<itunes:duration>1801<")
    line = data[: data.index(b"<item>")].count(b"\n") + 1
    what = "item '5f0c4b9e-4a43-4e7c-9f0e-8d8f3f6c9a10' has itunes:duration '1801', expected '1800'"
    assert check_feed(data, CHANNEL, ITEMS) == [Problem("VFY-1", Mark("feed.xml", line), what)]
    assert (RULES["VFY-1"].level, RULES["VFY-1"].effect) == ("error", "not published")


@pytest.mark.parametrize(
    ("right", "wrong", "what"),
    [
        (b"<?xml ", b"\n<?xml ", "the feed does not begin with <?xml"),
        (b"<?xml ", b"\xef\xbb\xbf<?xml ", "the feed does not begin with <?xml"),
        (b"<rss ", b"<!DOCTYPE rss><rss ", "the feed contains <!DOCTYPE"),
        (b"<channel>", b"<channel><!-- built today -->", "the feed contains <!--"),
        (b"&lt;p&gt;All&lt;/p&gt;", b"<![CDATA[<p>All</p>]]>", "the feed contains <![CDATA["),
    ],
)
def test_markup_that_readers_stumble_over_is_found(right: bytes, wrong: bytes, what: str) -> None:
    assert what in found(render_feed(CHANNEL, ITEMS).replace(right, wrong, 1))


def test_a_wrong_namespace_is_found() -> None:
    data = render_feed(CHANNEL, ITEMS).replace(b"namespace/1.0", b"namespace/1.0/")
    assert found(data)[0] == "the prefix podcast is bound to https://podcastindex.org/namespace/1.0/"


def test_what_is_not_well_formed_is_found_with_its_line() -> None:
    data = render_feed(CHANNEL, ITEMS).replace(b"</channel>", b"")
    [problem] = check_feed(data, CHANNEL, ITEMS)
    assert (problem.rule, problem.mark.path) == ("VFY-1", "feed.xml")
    assert problem.mark.line > 60
    assert problem.what.startswith("the feed is not well-formed (Opening and ending tag mismatch: channel")


def test_a_feed_without_a_channel_is_found() -> None:
    assert found(b"<?xml version='1.0'?><rss/>") == ["the feed has no channel"]


@pytest.mark.parametrize(
    ("element", "what"),
    [
        (b"<itunes:duration>30:00<", "ValueError"),
        (b"<itunes:duration><", "ValueError"),
    ],
)
def test_a_value_that_cannot_be_read_is_found(element: bytes, what: str) -> None:
    data = render_feed(CHANNEL, ITEMS).replace(b"<itunes:duration>1800<", element)
    [said] = found(data)
    assert said.startswith(f"item '5f0c4b9e-4a43-4e7c-9f0e-8d8f3f6c9a10' cannot be read ({what}(")


def test_a_truth_value_that_is_none_is_found() -> None:
    data = render_feed(CHANNEL, ITEMS).replace(b"<itunes:explicit>false<", b"<itunes:explicit>clean<", 1)
    assert found(data) == ["the channel cannot be read (KeyError('clean'))"]


def test_two_enclosures_are_found() -> None:
    data = render_feed(CHANNEL, ITEMS).replace(b"<enclosure", b'<enclosure url="a" length="1" type="b"/><enclosure', 1)
    [what] = found(data)
    assert what.startswith("item '5f0c4b9e-4a43-4e7c-9f0e-8d8f3f6c9a10' has enclosure \"('a', 1, 'b'), (")


def test_a_missing_item_is_found() -> None:
    [what] = found(render_feed(CHANNEL, [BARE]).replace(b"Wed, 24 Apr", b"Wed, 01 May", 1))
    assert what.startswith("the guids are \"['guid-of-041-ropes']\", expected \"['5f0c4b9e")


def test_an_item_out_of_order_is_found() -> None:
    data = render_feed(CHANNEL, ITEMS)
    first, second = (b"<item>" + part for part in data.split(b"<item>")[1:])
    body, end = second.split(b"</item>")
    swapped = data.split(b"<item>")[0] + body + b"</item>" + first + end
    [what] = found(swapped)
    assert what.startswith("the guids are \"['guid-of-041-ropes', '5f0c4b9e")


def test_a_guid_that_stands_twice_is_found() -> None:
    twice = [FULL, replace(BARE, guid=FULL.guid)]
    [what] = found(render_feed(CHANNEL, twice), items=twice)
    assert what.endswith(", each once")


def test_a_carried_item_that_was_changed_is_found() -> None:
    feed, json_feed = render_feed(CHANNEL, ITEMS), render_json_feed(CHANNEL, ITEMS)
    carried = parse_carried(feed, json_feed)[BARE.guid]
    changed = replace(carried, xml=carried.xml + b" ", json=carried.json.replace("Reading", "Writing"))
    what = "item 'guid-of-041-ropes' differs from the one carried over"
    [problem] = check_feed(feed, CHANNEL, [FULL], [changed])
    assert (problem.rule, problem.what, problem.mark.line > 60) == ("VFY-1", what, True)
    assert check_json_feed(json_feed, CHANNEL, [FULL], [changed]) == [Problem("VFY-1", Mark("feed.json"), what)]


# --- what the author should know ----------------------------------------------------------------------------------


def test_links_that_are_not_absolute_are_named_once_each_at_the_notes() -> None:
    html = (
        '<p><a href="/people/x.html">x</a> <img src="i.jpg"> <a href="#top">t</a> <a href="">e</a> '
        '<a href="MAILTO:a@b">m</a>'
    )
    mark = Mark("episodes/a.md", 9, 1)
    episode = an_episode("a", marks={"body": mark})
    item = an_item(episode=episode, notes=some_notes(html, content_html=html + "<!-- href=c --><b title=x>a=b</b>"))
    assert check_feed(render_feed(CHANNEL, [item]), CHANNEL, [item]) == [
        Problem("RSS-20", mark, f"the notes contain the relative link {url!r}")
        for url in ("/people/x.html", "i.jpg", "#top", "")
    ]


@pytest.mark.parametrize(("html", "wrong"), [("=", []), ("<!-- a=b -->", []), ("<a name=x href='//h/p'>", ["//h/p"])])
def test_notes_of_any_shape_can_be_looked_through(html: str, wrong: list[str]) -> None:
    item = an_item(notes=some_notes(html))
    problems = check_feed(render_feed(CHANNEL, [item]), CHANNEL, [item])
    assert [problem.what for problem in problems] == [f"the notes contain the relative link {url!r}" for url in wrong]


def test_an_address_of_a_person_that_is_not_https_is_named_once() -> None:
    bo = a_credit("Bo Finch", href="http://bo.example/", image_url="http://bo.example/i.jpg")
    items = [an_item("b", credits=(a_credit(), bo)), an_item("a", credits=(bo,))]
    mark, effect = Mark("episodes/a.md"), "left out of `podcast:person`"
    assert check_feed(render_feed(CHANNEL, items), CHANNEL, items) == [
        Problem("P20-0b", mark, "the image 'http://bo.example/i.jpg' of 'Bo Finch' is not https", effect),
        Problem("P20-0b", mark, "the href 'http://bo.example/' of 'Bo Finch' is not https", effect),
    ]


def test_a_description_is_measured_in_bytes() -> None:
    fits, is_long = (an_item(notes=some_notes("ü" * count)) for count in (2000, 2001))
    assert check_feed(render_feed(CHANNEL, [fits]), CHANNEL, [fits]) == []
    assert check_feed(render_feed(CHANNEL, [is_long]), CHANNEL, [is_long]) == [
        Problem(
            "APL-26",
            is_long.episode.mark,
            "the description has 4002 bytes, more than 4000",
            "apps cut it",
            "Shorten it.",
        )
    ]


def test_a_feed_of_more_than_5_mb_is_named() -> None:
    data = render_feed(CHANNEL, ITEMS)
    assert check_feed(data.ljust(5_000_000), CHANNEL, ITEMS) == []
    what = "the feed has 5,000,001 bytes, more than 5,000,000"
    assert check_feed(data.ljust(5_000_001), CHANNEL, ITEMS) == [Problem("XML-12", Mark("feed.xml"), what)]


# --- what is wrong with a JSON feed -------------------------------------------------------------------------------


def changed(change: Callable[[dict[str, Any]], object]) -> list[str]:
    feed = json.loads(render_json_feed(CHANNEL, ITEMS))
    change(feed)
    problems = check_json_feed(json.dumps(feed).encode(), CHANNEL, ITEMS)
    assert {(problem.rule, problem.mark) for problem in problems} == {("VFY-1", Mark("feed.json"))}
    return [problem.what for problem in problems]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("title",), "x", "title 'x'"),
        (("url",), "x", "url 'x'"),
        (("content_html",), "x", "content_html 'x'"),
        (("date_published",), "2024-05-01T17:00:01Z", "date_published '2024-05-01 17:00:01+00:00'"),
        (("image",), "x", "image 'x'"),
        (("tags",), [], "tags 'nothing'"),
        (("authors", 1, "name"), "x", "authors 'Ada Brook, x'"),
        (("attachments", 0, "size_in_bytes"), 1, "attachments \"('https://audio.example/042-tide-tables.mp3', 'a"),
    ],
)
def test_a_difference_in_the_json_feed_is_named(path: tuple[Any, ...], value: object, said: str) -> None:
    def change(feed: dict[str, Any]) -> None:
        place: Any = feed["items"][0]
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] = value

    [what] = changed(change)
    assert what.startswith(f"item '5f0c4b9e-4a43-4e7c-9f0e-8d8f3f6c9a10' has {said}")


def test_a_json_feed_about_another_show_is_named() -> None:
    assert changed(lambda feed: feed.update(title="x")) == ["the feed has title 'x', expected 'Harbour Talk'"]
    assert changed(lambda feed: feed.pop("language")) == ["the feed cannot be read (KeyError('language'))"]


def test_a_json_feed_with_other_items_is_named() -> None:
    [what] = changed(lambda feed: feed["items"].pop())
    assert what.startswith("the guids are \"['5f0c4b9e")


def test_a_json_item_without_a_field_is_named() -> None:
    [what] = changed(lambda feed: feed["items"][1].pop("attachments"))
    assert what == "item 'guid-of-041-ropes' cannot be read (KeyError('attachments'))"


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"items": [{}]}', b"\xff"])
def test_what_is_no_json_feed_is_named(data: bytes) -> None:
    [problem] = check_json_feed(data, CHANNEL, ITEMS)
    assert problem.what.startswith("the feed cannot be read (")


def test_an_unknown_length_and_duration_are_absent() -> None:
    item = an_item(duration_s=None, enclosure=an_enclosure(length_bytes=0), credits=())
    assert check_json_feed(render_json_feed(CHANNEL, [item]), CHANNEL, [item]) == []
    without = CarriedItem(guid="x", pub_date=at("2020-01-01"), xml=b"")
    assert check_json_feed(render_json_feed(CHANNEL, [item], [without]), CHANNEL, [item], [without]) == []
