from __future__ import annotations

import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast
from xml.sax.saxutils import escape

import feedparser
import pytest
from builders import an_enclosure, at
from hypothesis import given, settings
from hypothesis import strategies as st

from feedbuilder.errors import FeedbuilderError, Mark
from feedbuilder.model import Enclosure, Known, Ledger
from feedbuilder.rules.findings import format_problem
from feedbuilder.upstream import document
from feedbuilder.upstream.document import repair
from feedbuilder.upstream.feed import UpstreamFeed, UpstreamItem, as_ledger, parse_upstream

WHERE = "https://host.example/rss"
NAMESPACES = (
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:podcast="https://podcastindex.org/namespace/1.0"'
)
AUDIO = '<enclosure url="https://audio.example/1.mp3" length="12" type="audio/mpeg"/>'
DATE = "<pubDate>Wed, 01 May 2024 17:00:00 GMT</pubDate>"
ADD_TYPE = "Add `type:` under `audio:` in its episode file."
PLAY = "https://anchor.fm/s/41ab/podcast/play/43117100/https%3A%2F%2Fcdn.example%2Fstaging%2Fa.m4a"


def rss(*items: str, channel: str = "<title>Harbour Talk</title>", namespaces: str = NAMESPACES) -> bytes:
    """A feed whose items start on lines 3, 4 …."""
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" {namespaces}><channel>{channel}'
    return "\n".join([head, *(f"<item>{item}</item>" for item in items), "</channel></rss>\n"]).encode()


def item_of(item: str) -> tuple[UpstreamItem, list[str]]:
    feed, problems = parse_upstream(rss(item), WHERE)
    return feed.items[0], [format_problem(problem).removeprefix(f"{WHERE}:3: ") for problem in problems]


def test_an_item_of_the_anchor_dialect_is_read_whole() -> None:
    data = rss(
        f"""
        <title><![CDATA[Low  Tide & more - Bo Finch]]></title>
        <link>https://podcasters.spotify.com/pod/show/harbour/episodes/Low-Tide--more---Bo-Finch-e1a2b3c</link>
        <guid isPermaLink="false">
          6d1f1c7e-0c3f-4b0e-9f39-0a4b1d2c3e4f
        </guid>
        <pubDate>Wed, 01 May 2024 19:00:00 +0200</pubDate>
        <enclosure url="{PLAY}" length="12345678" type="audio/x-m4a"/>
        <itunes:duration>00:30:00</itunes:duration>
        <itunes:image href="https://cdn.example/1.jpg"/>
        <itunes:season>2</itunes:season><itunes:episode>7</itunes:episode>""",
        channel="""<title> Harbour Talk </title><link>https://harbour.example/</link>
        <atom:link href="https://anchor.fm/s/41ab/podcast/rss" rel="self" type="application/rss+xml"/>
        <atom:link href="https://hub.example/" rel="hub"/>
        <itunes:new-feed-url>https://harbour.example/feed.xml</itunes:new-feed-url>
        <podcast:guid>3904c408-ac19-52db-9ae9-0742248823e7</podcast:guid>""",
    )
    assert parse_upstream(data, WHERE) == (
        UpstreamFeed(
            url=WHERE,
            title="Harbour Talk",
            link_url="https://harbour.example/",
            feed_url="https://anchor.fm/s/41ab/podcast/rss",
            new_feed_url="https://harbour.example/feed.xml",
            podcast_guid="3904c408-ac19-52db-9ae9-0742248823e7",
            items=(
                UpstreamItem(
                    guid="6d1f1c7e-0c3f-4b0e-9f39-0a4b1d2c3e4f",
                    title="Low Tide & more - Bo Finch",
                    pub_date=at("2024-05-01T17:00"),
                    enclosure=Enclosure(PLAY, 12345678, "audio/x-m4a"),
                    duration_s=1800.0,
                    season=2,
                    episode=Decimal(7),
                    link_url="https://podcasters.spotify.com/pod/show/harbour/episodes/Low-Tide--more---Bo-Finch-e1a2b3c",
                    host_id="e1a2b3c",
                    play_id=43117100,
                    image_url="https://cdn.example/1.jpg",
                ),
            ),
        ),
        [],
    )


def test_a_sponsored_play_address_has_its_play_id_too() -> None:
    url = PLAY.replace("/https", "/sponsor/a1/https")
    item, _ = item_of(f'<guid>a</guid>{DATE}<enclosure url="{url}" length="1" type="audio/mpeg"/>')
    assert item.play_id == 43117100


def test_items_stay_in_the_order_of_the_feed_and_know_their_line() -> None:
    feed, _ = parse_upstream(rss(f"<guid>b</guid>{AUDIO}", f"<guid>a</guid>{AUDIO}"), WHERE)
    assert [(item.guid, item.mark) for item in feed.items] == [("b", Mark(WHERE, 3)), ("a", Mark(WHERE, 4))]


@pytest.mark.parametrize(
    "written",
    ["a&amp;b", "<![CDATA[a&b]]>", "\n <![CDATA[ a&b ]]>\n", "a<!-- no -->&#38;b"],
)
def test_a_guid_is_what_xml_says_it_is(written: str) -> None:
    assert item_of(f"<guid>{written}</guid>{AUDIO}{DATE}")[0].guid == "a&b"


@pytest.mark.parametrize(
    "guid", ["../x", "tag:harbour.example,2020:1", "javascript:x", "A b", "http://x/a/../b", "é-É"]
)
def test_a_guid_is_never_resolved_or_folded(guid: str) -> None:
    assert item_of(f'<guid xml:base="https://x.example/">{guid}</guid>{AUDIO}{DATE}')[0].guid == guid


def test_neither_a_second_guid_nor_an_atom_id_replaces_the_first() -> None:
    item, problems = item_of(f"<guid>one</guid><atom:id>two</atom:id><guid>three</guid>{AUDIO}{DATE}")
    assert (item.guid, problems) == ("one", [])


def test_the_first_enclosure_counts() -> None:
    item, _ = item_of(
        f'<guid>a</guid>{DATE}{AUDIO}<enclosure url="https://audio.example/2.mp3" length="1" type="audio/mpeg"/>'
    )
    assert item.enclosure == Enclosure("https://audio.example/1.mp3", 12, "audio/mpeg")


def test_without_a_guid_the_audio_address_counts_as_in_apps() -> None:
    item, problems = item_of(f"<link>https://x.example/1</link>{AUDIO}{DATE}")
    assert item.guid == "https://audio.example/1.mp3"
    assert problems == [
        (
            "warning UPS-4: the item has no guid; its audio address is used instead. "
            "Compare it with what podcast apps show."
        )
    ]


def test_without_a_guid_and_audio_the_link_counts() -> None:
    item, problems = item_of(f"<link>https://x.example/1</link>{DATE}")
    assert item.guid == "https://x.example/1"
    assert [line.split(" ", 2)[1] for line in problems] == ["UPS-4:", "UPS-5:"]


def test_an_item_that_nothing_tells_from_others_is_left_out() -> None:
    feed, problems = parse_upstream(rss(f"<title>?</title>{DATE}", f"<guid>a</guid>{AUDIO}{DATE}"), WHERE)
    assert [item.guid for item in feed.items] == ["a"]
    assert format_problem(problems[0]) == (
        "https://host.example/rss:3: warning UPS-4: the item has no guid, audio or link; left out. "
        "Compare it with what podcast apps show."
    )


def test_repeated_guids_are_named_once_a_repetition() -> None:
    feed, problems = parse_upstream(rss(*[f"<guid>a</guid>{AUDIO}{DATE}"] * 3, f"<guid>A</guid>{AUDIO}{DATE}"), WHERE)
    assert len(feed.items) == 4
    assert [format_problem(problem) for problem in problems] == [
        (
            f"{WHERE}:4: warning UPS-10: guid 'a' is used by 3 items (first of 2); "
            "not used to find episode files. Report it to the feed's host."
        )
    ]


@pytest.mark.parametrize(
    ("attributes", "expected", "problems"),
    [
        (
            'url="https://a.example/1.mp3" length="0" type="audio/mpeg"',
            Enclosure("https://a.example/1.mp3", 0, "audio/mpeg"),
            [],
        ),
        (
            'url=" https://a.example/1.mp3?x=1&amp;y=2 " type="audio/mp3"',
            Enclosure("https://a.example/1.mp3?x=1&y=2", 0, "audio/mp3"),
            ["UPS-6: the enclosure has no length; taken as unknown. Run `feedbuilder measure`."],
        ),
        (
            'url="https://a.example/1.mp3" length="-1" type="audio/mpeg"',
            Enclosure("https://a.example/1.mp3", 0, "audio/mpeg"),
            ["UPS-6: invalid enclosure length '-1'; taken as unknown. Run `feedbuilder measure`."],
        ),
        (
            'url="https://a.example/x%2F1.M4A" length="5"',
            Enclosure("https://a.example/x%2F1.M4A", 5, "audio/x-m4a"),
            ["UPS-7: the enclosure has no type; taken as audio/x-m4a by its file name. " + ADD_TYPE],
        ),
        (
            'url="https://a.example/1" length="5" type=""',
            Enclosure("https://a.example/1", 5, ""),
            ["UPS-7: the enclosure has no type; taken as unknown. " + ADD_TYPE],
        ),
        (
            'url="https://[a.example/1.mp3?x=.m4a#.m4a" length="5" type="\x9b31m"',
            Enclosure("https://[a.example/1.mp3?x=.m4a#.m4a", 5, "audio/mpeg"),
            [r"UPS-7: invalid enclosure type '\x9b31m'; taken as audio/mpeg by its file name. " + ADD_TYPE],
        ),
    ],
)
def test_enclosures_are_taken_as_apps_take_them(attributes: str, expected: Enclosure, problems: list[str]) -> None:
    item, found = item_of(f"<guid>a</guid>{DATE}<enclosure {attributes}/>")
    assert item.enclosure == expected
    assert found == [f"warning {line}" for line in problems]


@pytest.mark.parametrize("url", ["ftp://a.example/1.mp3", "https://a.example/\x9b.mp3"])
def test_an_audio_address_that_cannot_be_resolved_is_none(url: str) -> None:
    item, problems = item_of(f'<guid>a</guid>{DATE}<enclosure url="{url}" length="1" type="audio/mpeg"/>')
    assert item.enclosure is None
    remedy = "Add the full address to its episode file as `audio: {url: …}`."
    assert problems == [f"warning UPS-12: invalid audio address {url!r}; the item has no audio. {remedy}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wed, 01 May 2024 17:00:00 GMT", "2024-05-01T17:00"),
        ("Wed, 1 May 2024 13:00:00 EDT", "2024-05-01T17:00"),
        ("Wed, 01 May 2024 19:00:00 CEST", "2024-05-01T17:00"),
        ("Fri, 01 May 2024 17:00:00 +0000", "2024-05-01T17:00"),  # the wrong weekday
        ("01 May 2024 17:00 -0000", "2024-05-01T17:00"),
        ("Wedn, 01 April 2024 17:00:00 Z", "2024-04-01T17:00"),
        ("2024-05-01T19:00:00+02:00", "2024-05-01T17:00"),
        ("2024-05-01T17:00:00Z", "2024-05-01T17:00"),
        ("Wed, 01 May 2024 19:00:00 +02:00", "2024-05-01T17:00"),
        ("Wed, 01 May 2024 19:00:00 +2", "2024-05-01T17:00"),
        ("Thu, 02 May 2024 01:00:00 GMT+0800", "2024-05-01T17:00"),
        ("Wed May 01 2024 19:00:00 GMT+0200 (Central European Summer Time)", "2024-05-01T17:00"),
        ("Wed, 01 May 2024 19:00:00 UTC +02:00", "2024-05-01T17:00"),
        ("Wed, 01 May 2024 20:00:00 MSK", "2024-05-01T17:00"),
        ("Wednesday, May 1, 2024 1:00 PM EDT", "2024-05-01T17:00"),
        ("Wed, 01 May 2024 12:30:00 a.m. GMT", "2024-05-01T00:30"),
        ("Sun, 01 Sept 2024 17:00:00 GMT", "2024-09-01T17:00"),
        ("Sun, 10 März 2024 16:11:48 GMT", "2024-03-10T16:11:48"),
        ("mer., 01 mai 2024 19:00:00 +0200", "2024-05-01T17:00"),
        ("ср, 01 мая 2024 20:00:00 +0300", "2024-05-01T17:00"),
        ("1714582800", "2024-05-01T17:00"),
        ("1714582800000", "2024-05-01T17:00"),
        ("Tue, 30 Apr 2024 24:00:00 GMT", "2024-05-01T00:00"),
        ("Wed, 01 May 2024 17:00:60 GMT", "2024-05-01T17:00:59"),
        ("20240501T170000Z", "2024-05-01T17:00"),
        ("Wed, 01 May 2024 19:00:00 UTC+2", "2024-05-01T17:00"),
        ("Wed, 01 May 2024 at 17:00:00 +0000", "2024-05-01T17:00"),
    ],
)
def test_dates_become_instants_in_utc(text: str, expected: str) -> None:
    item, problems = item_of(f"<guid>a</guid>{AUDIO}<pubDate>{text}</pubDate>")
    assert item.pub_date == at(expected)
    assert item.pub_date.tzinfo is UTC
    assert problems == []


@pytest.mark.parametrize(
    "text",
    [
        "Wed, 01 May 2024 17:00:00",
        "Wed, 01 May 2024 17:00:00 XYZ",
        "2024-05-01T17:00",
        "Wed, 01 May 2024 17:00:00 -3000",
        "2024/05/01 17:00:00",
        "May 1, 2024 5:00 PM",
    ],
)
def test_a_date_without_a_zone_is_taken_as_utc_and_reported(text: str) -> None:
    item, problems = item_of(f"<guid>a</guid>{AUDIO}<pubDate>{text}</pubDate>")
    assert item.pub_date == datetime(2024, 5, 1, 17, tzinfo=UTC)
    assert problems == [
        f"warning UPS-8: the date {text!r} has no known time zone; taken as UTC. Add `pub_date:` to its episode file."
    ]


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "Wed, 31 Feb 2024 10:00:00 GMT",
        "Wed, 01 May 2024 99:00:00 GMT",
        "0001-01-01T00:00:00+10:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "07/10/2024",  # July or October
        "17:00",
        "May 1",
        "Wed, 30 Nov -0001 00:00:00 +0000",  # what WordPress makes of no date
        "(none)",
    ],
)
def test_a_date_that_cannot_be_read_is_not_known(text: str) -> None:
    item, problems = item_of(f"<guid>a</guid>{AUDIO}<pubDate>{text}</pubDate>")
    assert item.pub_date is None
    assert problems == [f"warning UPS-8: invalid date {text!r}; taken as unknown. Add `pub_date:` to its episode file."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1800", 1800.0),
        ("30:00", 1800.0),
        ("0:30:00", 1800.0),
        ("PT30M", 1800.0),
        ("0:00", None),
        ("", None),
        ("00:04:60", 300.0),
        ("00:60:05", 3605.0),
        ("1:2:3", 3723.0),
        ("2:5", 125.0),
        ("00:45:12:00", 2712.0),
        ("62 min", 3720.0),
        ("00 : 45 : 10", 2710.0),
        ("00.45.10", 2710.0),
        ("1h02m", 3720.0),
        ("1 hour 2 minutes 3 seconds", 3723.0),
    ],
)
def test_durations_become_seconds(text: str, expected: float | None) -> None:
    item, problems = item_of(f"<guid>a</guid>{AUDIO}{DATE}<itunes:duration>{text}</itunes:duration>")
    assert (item.duration_s, problems) == (expected, [])


def test_a_duration_that_cannot_be_read_is_not_known() -> None:
    item, problems = item_of(f"<guid>a</guid>{AUDIO}{DATE}<itunes:duration>half an hour</itunes:duration>")
    assert item.duration_s is None
    assert problems == [
        "warning UPS-9: invalid duration 'half an hour'; taken as unknown. Add `duration:` to its episode file."
    ]


def test_numbers_may_be_decimal_or_of_the_podcast_namespace() -> None:
    item, _ = item_of(
        f"<guid>a</guid>{AUDIO}{DATE}<itunes:season>x</itunes:season><podcast:episode>3.5</podcast:episode>"
    )
    assert (item.season, item.episode) == (None, Decimal("3.5"))
    item, _ = item_of(
        f"<guid>a</guid>{AUDIO}{DATE}<podcast:season>4</podcast:season><itunes:episode>x</itunes:episode>"
    )
    assert (item.season, item.episode) == (4, None)


def test_live_items_and_nested_elements_are_not_the_shows() -> None:
    live = "<podcast:liveItem><title>Live</title><guid>x</guid></podcast:liveItem>"
    channel = f"{live}<image><title>Logo</title></image><title>Harbour</title>"
    feed, _ = parse_upstream(rss(f"<guid>a</guid>{AUDIO}{DATE}", channel=channel), WHERE)
    assert (feed.title, len(feed.items)) == ("Harbour", 1)


@pytest.mark.parametrize(
    "namespaces",
    [
        'xmlns:x="http://www.itunes.com/DTDs/Podcast-1.0.dtd"',
        'xmlns:x="https://www.itunes.com/dtds/podcast-1.0.dtd/"',
    ],
)
def test_namespaces_are_known_by_their_address_not_their_prefix(namespaces: str) -> None:
    feed, _ = parse_upstream(
        rss(f"<guid>a</guid>{AUDIO}{DATE}<x:duration>60</x:duration>", namespaces=namespaces), WHERE
    )
    assert feed.items[0].duration_s == 60.0


def test_elements_of_other_namespaces_are_not_those_of_rss() -> None:
    item, _ = item_of(f'<x:guid xmlns:x="https://x.example/">x</x:guid><guid>a</guid>{AUDIO}{DATE}')
    assert item.guid == "a"
    mixed = rss(f'<guid xmlns="">a</guid>{AUDIO}{DATE}', namespaces='xmlns="http://odd.example/rss"')
    assert parse_upstream(mixed, WHERE)[0].items[0].guid == "a"


def test_rss_1_0_and_rss_in_a_namespace_are_rss() -> None:
    rdf = (
        '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        f"<channel><title>T</title></channel><item><guid>a</guid>{AUDIO}</item></r:RDF>"
    )
    feed, _ = parse_upstream(rdf.encode(), WHERE)
    assert (feed.title, feed.items[0].guid) == ("T", "a")
    spaced = rss(f"<guid>a</guid>{AUDIO}{DATE}", namespaces='xmlns="http://odd.example/rss"')
    assert parse_upstream(spaced, WHERE)[0].items[0].guid == "a"


# --- feeds that are not well-formed ---


def test_broken_references_are_repaired_and_nothing_else_changes() -> None:
    data = rss(
        f"<title>Ebb &nbsp; & Flow &copy; AT&T &#11;</title><guid>https://x.example/?a=1&b=2&amp;c=3</guid>{AUDIO}{DATE}"
    )
    feed, problems = parse_upstream(data, WHERE)
    assert (feed.items[0].guid, feed.items[0].title) == ("https://x.example/?a=1&b=2&c=3", "Ebb & Flow © AT&T")
    assert [format_problem(problem) for problem in problems] == [
        (
            "https://host.example/rss:3: warning UPS-2: the feed is not well-formed: \"Entity 'nbsp' not "
            "defined\"; read as far as possible. Report it to the feed's host."
        )
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a &lt;b&gt; &#233; &#xE9; &amp;", "a &lt;b&gt; &#233; &#xE9; &amp;"),
        ("<![CDATA[a & b]]> & c", "<![CDATA[a & b]]> &amp; c"),
        ("<!-- a & b --> & c", "<!-- a & b --> &amp; c"),
        ("<![CDATA[never closed & on", "<![CDATA[never closed & on"),
        ("&nosuch; &LT; &hellip;", "&amp;nosuch; &lt; …"),
        ("&#0;&#xFFFF;&#99999999;&#1114112;|", "&amp;#99999999;|"),
        ("a\x0bb\x00", "ab"),
    ],
)
def test_repair_changes_only_what_xml_refuses(before: str, after: str) -> None:
    assert repair(before) == after


def test_undeclared_prefixes_are_taken_at_their_word() -> None:
    feed, problems = parse_upstream(
        rss(f"<guid>a</guid>{AUDIO}{DATE}<itunes:duration>60</itunes:duration>", namespaces=""), WHERE
    )
    assert feed.items[0].duration_s == 60.0
    assert [problem.rule for problem in problems] == ["UPS-2"]


@pytest.mark.parametrize("start", ["\n\n", "<!-- by hand -->\n", "\ufeff\n", "<br />\n<b>Warning</b>: x &amp; y\n"])
def test_text_before_the_declaration_is_survived(start: str) -> None:
    feed, problems = parse_upstream(start.encode() + rss(f"<guid>a</guid>{AUDIO}{DATE}"), WHERE)
    assert [item.guid for item in feed.items] == ["a"]
    assert [problem.rule for problem in problems] == ["UPS-2"]


def test_a_channel_whose_tag_is_lost_is_read() -> None:
    data = rss(f"<guid>a</guid>{AUDIO}{DATE}").replace(b"<channel>", b"")
    assert parse_upstream(data, WHERE)[0].title == "Harbour Talk"


def test_half_an_item_is_no_item() -> None:
    whole = rss(f"<guid>one</guid>{AUDIO}{DATE}", f"<guid>two-whole</guid>{AUDIO}{DATE}")
    feed, problems = parse_upstream(whole[: whole.index(b"two-") + 4], WHERE)
    assert [item.guid for item in feed.items] == ["one"]
    assert format_problem(problems[1]) == (
        f"{WHERE}:4: warning UPS-2: the feed is cut off; its incomplete last item is left out. Fetch it again."
    )


def test_bytes_that_are_not_utf_8_cost_only_their_own_value() -> None:
    data = rss(f"<title>Ebbe {'é'}</title><guid>a</guid>{AUDIO}{DATE}").replace("é".encode(), b"\xe9")
    mixed = data.replace(b"Talk", "Dünen".encode())
    assert parse_upstream(mixed, WHERE)[0].items[0].title == "Ebbe \ufffd"
    undeclared = data.replace(b' encoding="UTF-8"', b"")
    assert parse_upstream(undeclared, WHERE)[0].items[0].title == "Ebbe é"
    odd = mixed.replace(b"UTF-8", b"no-such-encoding")
    assert parse_upstream(odd, WHERE)[0].items[0].title == "Ebbe \ufffd"


def test_a_feed_of_old_windows_that_says_it_is_utf_8_is_read_as_what_it_is() -> None:
    data = rss(f"<title>Ebbe – é</title><guid>a</guid>{AUDIO}{DATE}").decode().encode("cp1252")
    feed, problems = parse_upstream(data, WHERE)
    assert (feed.items[0].title, [problem.rule for problem in problems]) == ("Ebbe – é", ["UPS-2"])


def test_a_guid_with_bytes_that_cannot_be_read_is_none() -> None:
    data = rss(f"<guid>g{'é'}</guid>{AUDIO}{DATE}", f"<guid>a</guid>{AUDIO}{DATE}").replace("é".encode(), b"\xe9")
    data = data.replace(b"Talk", "Dünen".encode())  # the feed is UTF-8, but for this
    feed, problems = parse_upstream(data, WHERE)
    assert [item.guid for item in feed.items] == ["a"]
    assert "UPS-4: invalid characters in the guid 'g�'; the item is left out" in format_problem(problems[1])


def test_declared_encodings_are_followed() -> None:
    data = (
        rss(f"<title>Düne</title><guid>a</guid>{AUDIO}{DATE}").decode().replace("UTF-8", "ISO-8859-1").encode("latin-1")
    )
    assert parse_upstream(data, WHERE)[0].items[0].title == "Düne"
    assert parse_upstream(data.replace(b"</item>", b"& </item>"), WHERE)[0].items[0].title == "Düne"


# --- what is no feed ---


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"<!DOCTYPE html>\n<html><body>Not found<br></body></html>", "the response is a web page, not a feed"),
        (b"<html><head/><body/></html>", "the response is a web page, not a feed"),
        (
            b'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title></feed>',
            "the response is an Atom feed without audio",
        ),
        (b"<opml><body/></opml>", "the response is not an RSS feed: its root is <opml>, without a channel"),
        (b'{"version": "1.1"}', """the feed is not XML: '{"version": "1.1"}'"""),
        (b"", "the feed is not XML: ''"),
    ],
)
def test_what_is_no_feed_is_refused_with_what_it_is(data: bytes, what: str) -> None:
    with pytest.raises(FeedbuilderError) as caught:
        parse_upstream(data, WHERE)
    assert [format_problem(problem) for problem in caught.value.problems] == [
        f"{WHERE}: error UPS-1: {what}; not read. Use the address of the RSS feed."
    ]


def test_a_feed_without_items_is_reported() -> None:
    feed, problems = parse_upstream(rss(), WHERE)
    assert (feed.title, feed.items) == ("Harbour Talk", ())
    assert [problem.rule for problem in problems] == ["UPS-3"]


def test_a_feed_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MAX_BYTES", 100)
    with pytest.raises(FeedbuilderError, match="more than 100"):
        parse_upstream(rss("<guid>a</guid>"), WHERE)


# --- strangers' XML ---


def test_entities_neither_explode_nor_read_files() -> None:
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 30}">' for n in range(1, 12))
    prolog = f'<!DOCTYPE rss [<!ENTITY a0 "ha"><!ENTITY file SYSTEM "file:///etc/passwd">{laughs}]>'
    for use in ("&a11;", "&file;"):
        data = rss(f"<guid>a</guid><title>{use}</title>{AUDIO}{DATE}").replace(b"<rss", prolog.encode() + b"<rss")
        data = data.replace(b'version="2.0"', b'version="&a11;"') if use == "&a11;" else data
        feed, _ = parse_upstream(data, WHERE)
        assert [item.title for item in feed.items] == [use]


@pytest.mark.parametrize("start", [b"<![CDATA[", b"<!--", b"&", b"<a ", b"<a>", b"&#", b"<"])
def test_broken_beginnings_take_no_more_than_their_time(start: bytes) -> None:
    start_s = time.perf_counter()
    with pytest.raises(FeedbuilderError):
        parse_upstream(b"<rss>" + start * 100_000, WHERE)
    assert time.perf_counter() - start_s < 3


@given(st.binary(max_size=60), st.integers(min_value=0, max_value=400))
def test_any_damage_is_survived_or_refused(noise: bytes, place: int) -> None:
    data = rss(f"<title>x</title><guid>whole</guid>{AUDIO}{DATE}")
    try:
        items, problems = parse_upstream(data[:place] + noise + data[place:], WHERE)
    except FeedbuilderError as error:
        problems, items = list(error.problems), UpstreamFeed(url=WHERE)
    assert all(item.guid for item in items.items)
    assert all(format_problem(problem).isprintable() for problem in problems)


# feedparser takes two signs of Latin-1 for one of UTF-8 that was decoded wrongly, and turns them into it.
TEXT = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffd\ufffe\uffff")
SAFE = TEXT.filter(lambda sign: not "\x80" <= sign <= "\xff")


@settings(max_examples=60)
@given(st.text(TEXT, min_size=1, max_size=40).filter(str.strip))
def test_any_guid_is_read_as_it_was_written(guid: str) -> None:
    assert item_of(f"<guid>{escape(guid)}</guid>{AUDIO}{DATE}")[0].guid == guid.strip()


@settings(max_examples=60)
@given(st.text(SAFE, min_size=1, max_size=40).filter(str.strip))
def test_any_guid_is_read_as_feedparser_reads_it(guid: str) -> None:
    data = rss(f"<guid isPermaLink='false'>{escape(guid)}</guid>{AUDIO}{DATE}")
    assert parse_upstream(data, WHERE)[0].items[0].guid == guid.strip()
    assert cast("Any", feedparser).parse(data).entries[0].id == guid.strip()


# --- the feed as a ledger ---


def test_a_live_feed_is_a_ledger_by_guid() -> None:
    feed, _ = parse_upstream(
        rss(
            f"<title>Low Tide</title><guid>a</guid>{AUDIO}{DATE}<itunes:duration>60</itunes:duration>",
            channel="<podcast:guid>pg</podcast:guid><atom:link rel='self' href='https://harbour.example/feed.xml'/>",
        ),
        WHERE,
    )
    audio = an_enclosure(url="https://audio.example/1.mp3", length_bytes=12)
    known = Known(guid="a", pub_date=at("2024-05-01T17:00"), enclosure=audio, duration_s=60.0, title="Low Tide")
    assert as_ledger(feed) == Ledger("pg", "https://harbour.example/feed.xml", "", {"a": known})
