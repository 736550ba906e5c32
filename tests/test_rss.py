from __future__ import annotations

import io
import locale
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import feedparser
import podcastparser
import pytest
from builders import (
    SITE,
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
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from feedbuilder.model import CarriedItem, Channel, Item, Picture
from feedbuilder.render.rss import render_feed
from feedbuilder.text.characters import clean_text
from feedbuilder.vocabulary.podcast_tags import Tag

CASES = Path(__file__).parent / "cases" / "rss"
NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "psc": "http://podlove.org/simple-chapters",
}


def channel_of(data: bytes) -> etree._Element:
    channel = etree.fromstring(data).find("channel")
    assert channel is not None
    return channel


def texts(data: bytes, path: str) -> list[str | None]:
    return [element.text for element in channel_of(data).iterfind(path, NAMESPACES)]


def render(*items: Item, **of_channel: Any) -> bytes:  # noqa: ANN401 - any field of a channel
    return render_feed(a_channel(**of_channel), items or (an_item(),))


# --- the whole ----------------------------------------------------------------------------------------------------


def a_show_with_everything() -> tuple[Channel, list[Item]]:
    channel = a_channel(
        title="Harbour & Sea <talk>",
        categories=(("Education", "Courses"), ("Kids & Family", "")),
        copyright="Harbour Talk",
        new_feed_url="https://new.example/feed.xml",
        applepodcastsverify="a1b2",
        block=True,
        complete=True,
        explicit=True,
        type="serial",
        tags=(
            Tag("locked", (("owner", "podcast@harbour.example"),), "yes"),
            Tag("podroll", (), "", (Tag("remoteItem", (("feedGuid", "917393e3-1b1e-5cef-ace4-edaa54e1f810"),)),)),
        ),
    )
    full = a_full_item(
        episode=an_episode(
            title="Tides ]]> & \N{ANCHOR} «Ebbe»",
            season=2,
            episode=Decimal("7.5"),
            explicit=False,
            episode_type="bonus",
            tags=(Tag("license", (), "CC-BY-4.0"),),
        ),
        notes=some_notes(
            '<p>Short &amp; <a href="https://a.example/?a=1&amp;b=2">sweet</a></p>', content_html="<p>All.</p>"
        ),
    )
    whole = an_item(
        "041-ropes", season=2, pub_date=at("2024-04-24T17:00"), episode=an_episode("041-ropes", episode=Decimal(6))
    )
    return channel, [whole, full]


def test_the_whole_feed_is_as_it_was(golden: Callable[[Path, bytes], None]) -> None:
    channel, items = a_show_with_everything()
    golden(CASES / "everything.xml", render_feed(channel, items))


def test_xmllint_finds_no_fault(tool: Callable[[str], str]) -> None:
    channel, items = a_show_with_everything()
    done = subprocess.run(
        [tool("xmllint"), "--noout", "-"], input=render_feed(channel, items), capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_elements_of_an_item_are_in_the_reference_order() -> None:
    channel, items = a_show_with_everything()
    prefixes = {uri: prefix for prefix, uri in NAMESPACES.items()}
    item = channel_of(render_feed(channel, items)).find("item")
    assert item is not None
    qnames = [etree.QName(child) for child in item]
    names = [f"{prefixes[name.namespace]}:{name.localname}" if name.namespace else name.localname for name in qnames]
    assert list(dict.fromkeys(names)) == [
        "title",
        "link",
        "guid",
        "pubDate",
        "description",
        "content:encoded",
        "enclosure",
        "itunes:duration",
        "itunes:episodeType",
        "itunes:season",
        "itunes:explicit",
        "itunes:image",
        "podcast:season",
        "podcast:episode",
        "podcast:person",
        "podcast:transcript",
        "podcast:chapters",
        "podcast:contentLink",
        "podcast:image",
        "podcast:license",
        "psc:chapters",
    ]


def test_the_channel_comes_before_the_items() -> None:
    data = render(an_item("a"), an_item("b"))
    names = [child.tag for child in channel_of(data)]
    assert names[-2:] == ["item", "item"]
    assert "item" not in names[:-2]


def test_the_declaration_is_at_the_first_byte_and_there_is_no_byte_order_mark_or_cdata() -> None:
    data = render(an_item(title="ü", notes=some_notes("<p>]]></p>", content_html="<b>]]></b>")))
    assert data.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<rss ")
    assert b"CDATA" not in data
    assert "<title>ü</title>".encode() in data
    assert data.endswith(b"</rss>\n")


def test_indentation_stays_out_of_texts() -> None:
    html = "<p>one</p>\n  <ul>\n<li>two</li></ul>\n"
    data = render(an_item(title=" two  spaces ", notes=some_notes(html)))
    assert texts(data, "item/description") == [html]
    assert texts(data, "item/title") == [" two  spaces "]


def test_a_feed_without_items_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^a feed has at least one item$"):
        render_feed(a_channel(), [])


# --- order --------------------------------------------------------------------------------------------------------


def test_items_of_one_instant_are_ordered_by_season_episode_and_guid() -> None:
    def item(guid: str, season: int | None, episode: str | None) -> Item:
        number = None if episode is None else Decimal(episode)
        return an_item(guid=guid, episode=an_episode(season=season, episode=number))

    wanted = [
        item("g", 2, None),
        item("f", 1, "10"),
        item("e", 1, "9.5"),
        item("d", 1, "9"),
        item("b", 1, None),
        item("a", None, "99"),
        item("c", None, None),
        item("h", None, None),
    ]
    newer = an_item(guid="z", pub_date=at("2024-05-02"))
    for given_order in (wanted, wanted[::-1]):
        data = render(*given_order, newer)
        assert texts(data, "item/guid") == ["z", "g", "f", "e", "d", "b", "a", "c", "h"]


def test_a_carried_item_is_spliced_in_unchanged_at_its_place() -> None:
    older, newer = an_item("a", pub_date=at("2024-01-01")), an_item("c", pub_date=at("2024-03-01"))
    xml = "<item>\n      <title>As it was &lt;?carried 0?&gt; ü</title>\n      <guid>b</guid>\n    </item>".encode()
    carried = CarriedItem(guid="b", pub_date=at("2024-02-01"), xml=xml)
    other = replace(carried, guid="d", pub_date=at("2024-04-01"), xml=b"<item><guid>d</guid></item>")
    data = render_feed(a_channel(), [older, newer], [carried, other])
    assert texts(data, "item/guid") == ["d", "guid-of-c", "b", "guid-of-a"]
    assert b"    " + xml + b"\n    <item>\n      <title>Reading" in data
    assert texts(data, "lastBuildDate") == ["Mon, 01 Apr 2024 00:00:00 +0000"]


# --- the traps of feedgen -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("block", "written"), [(False, []), (True, ["Yes"])])
def test_trap_1_block_and_complete_are_written_only_when_true(block: bool, written: list[str]) -> None:
    data = render(block=block, complete=block)
    assert texts(data, "itunes:block") == texts(data, "itunes:complete") == written


@pytest.mark.parametrize(
    ("answers", "written"),
    [
        ({"": "yes"}, ["Yes"]),
        ({"": "no"}, []),
        ({"apple": "yes"}, ["Yes"]),
        ({"": "yes", "apple": "no"}, []),
        ({"": "no", "apple": "yes"}, ["Yes"]),
        ({"spotify": "yes"}, []),
    ],
)
def test_a_block_of_all_services_or_of_apple_is_told_apple_in_its_own_tag(
    answers: dict[str, str], written: list[str]
) -> None:
    tags = tuple(Tag("block", (("id", service),) if service else (), answer) for service, answer in answers.items())
    assert texts(render(tags=tags), "itunes:block") == written


@pytest.mark.parametrize(
    ("show", "episode", "written"),
    [(False, None, "false"), (True, None, "true"), (True, False, "false"), (False, True, "true")],
)
def test_trap_2_explicit_is_true_or_false(show: bool, episode: bool | None, written: str) -> None:
    data = render(an_item(explicit=episode), explicit=show)
    assert texts(data, "itunes:explicit") == [str(show).lower()]
    assert texts(data, "item/itunes:explicit") == [written]


@pytest.mark.parametrize("name", ["a.jpeg", "a.JPG", "a.webp", "a.jpg?v=2&w=3", "a"])
def test_trap_3_artwork_may_have_any_ending(name: str) -> None:
    picture = a_picture(f"{SITE}{name}")
    channel = channel_of(render(an_item(artwork=picture), artwork=picture))
    images = [*channel.iterfind("itunes:image", NAMESPACES), *channel.iterfind("item/itunes:image", NAMESPACES)]
    assert [dict(image.items()) for image in images] == [{"href": f"{SITE}{name}"}] * 2


def test_trap_3_an_item_without_artwork_of_its_own_has_none() -> None:
    assert b"itunes:image" not in render(an_item(), artwork=None)
    assert b"<image>" not in render(an_item(), artwork=None)


def test_trap_4_the_podcast_namespace_is_the_one_of_podcasting_2() -> None:
    root = etree.fromstring(render())
    assert root.nsmap == NAMESPACES
    assert b"ns0" not in render(a_full_item())


def test_trap_5_the_link_of_the_channel_is_the_home_page() -> None:
    assert texts(render(), "link") == [SITE]


def test_trap_6_there_is_one_self_link_with_its_type() -> None:
    links = channel_of(render()).findall("atom:link", NAMESPACES)
    assert [dict(link.items()) for link in links] == [
        {"href": f"{SITE}feed.xml", "rel": "self", "type": "application/rss+xml"}
    ]


def test_trap_7_the_newest_item_comes_first() -> None:
    old, new = an_item("old", pub_date=at("2023-12-31T23:59")), an_item("new", pub_date=at("2024-01-01"))
    assert (
        texts(render(old, new), "item/guid") == texts(render(new, old), "item/guid") == ["guid-of-new", "guid-of-old"]
    )


def test_trap_8_notes_are_the_description_and_what_was_cut_comes_after_it() -> None:
    short = channel_of(render(an_item(notes=some_notes("<p>a</p>")))).find("item")
    cut = channel_of(render(an_item(notes=some_notes("<p>a</p>", content_html="<p>a b</p>")))).find("item")
    bare = channel_of(render(an_item(notes=some_notes("")))).find("item")
    assert short is not None
    assert cut is not None
    assert bare is not None
    encoded = f"{{{NAMESPACES['content']}}}encoded"
    assert (short.findtext("description"), short.findtext(encoded)) == ("<p>a</p>", None)
    assert (cut.findtext("description"), cut.findtext(encoded)) == ("<p>a</p>", "<p>a b</p>")
    assert (bare.findtext("description"), bare.findtext("guid")) == (None, "guid-of-042-tide-tables")


def test_trap_9_the_enclosure_has_its_three_attributes_and_an_unknown_length_is_0() -> None:
    enclosure = an_enclosure(url="https://a.example/a.mp3?x=1&y=2", length_bytes=0, type="audio/x-m4a")
    [written] = channel_of(render(an_item(enclosure=enclosure))).iterfind("item/enclosure")
    assert dict(written.items()) == {"url": "https://a.example/a.mp3?x=1&y=2", "length": "0", "type": "audio/x-m4a"}


def test_trap_10_the_same_values_give_the_same_bytes_and_no_clock() -> None:
    channel, items = a_show_with_everything()
    assert render_feed(channel, items) == render_feed(channel, items[::-1])
    data = render(an_item("a", pub_date=at("2020-02-29T12:30")), an_item("b", pub_date=at("2019-01-01")))
    assert texts(data, "lastBuildDate") == texts(data, "item/pubDate")[:1] == ["Sat, 29 Feb 2020 12:30:00 +0000"]


def test_trap_11_a_control_character_costs_itself_and_nothing_else() -> None:
    bad = "a\x0bb\x00\ufffe\ud800c"
    item = a_full_item(
        guid=bad,
        episode=an_episode(title=bad),
        notes=some_notes(bad, content_html=bad),
        credits=(a_credit(bad),),
        chapters=(a_chapter(0.0, bad),),
    )
    hosts = (a_credit(bad),)
    data = render(item, title=bad, description=bad, author=bad, copyright=bad, owner_name=bad, hosts=hosts)
    of_channel = ("title", "description", "copyright", "itunes:author", "podcast:person", "itunes:owner/itunes:name")
    of_item = ("title", "guid", "description", "content:encoded", "podcast:person")
    for place in (*of_channel, *(f"item/{one}" for one in of_item)):
        assert texts(data, place) == ["abc"]
    assert [one.get("title") for one in channel_of(data).iterfind("item/psc:chapters/psc:chapter", NAMESPACES)] == [
        "abc"
    ]


def test_trap_12_categories_are_nested_in_order_with_any_character() -> None:
    categories = (("Education", "Courses"), ("Kids & Family", 'Say "ahoy"'), ("Technology", ""))
    written = channel_of(render(categories=categories)).findall("itunes:category", NAMESPACES)
    assert [(one.get("text"), [sub.get("text") for sub in one]) for one in written] == [
        ("Education", ["Courses"]),
        ("Kids & Family", ['Say "ahoy"']),
        ("Technology", []),
    ]


def test_trap_13_nothing_of_atom_is_written_but_the_self_link() -> None:
    channel, items = a_show_with_everything()
    assert render_feed(channel, items).count(b"<atom:") == 1


def test_trap_14_rendering_leaves_the_locale_of_the_process_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> str:
        raise AssertionError("the locale belongs to the process")

    channel, items = a_show_with_everything()
    expected = render_feed(channel, items)
    monkeypatch.setattr(locale, "setlocale", refuse)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: render_feed(channel, items), range(8))) == {expected}


def test_trap_15_the_module_can_be_the_first_import() -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", "import feedbuilder.render.rss"], check=True)


def test_trap_16_an_author_without_an_address_is_an_author_and_no_managing_editor() -> None:
    nameless = render(owner_name="", owner_email="", author="Harbour Talk")
    assert texts(nameless, "managingEditor") == texts(nameless, "itunes:owner") == []
    assert texts(nameless, "itunes:author") == ["Harbour Talk"]
    owned = render(owner_name="", owner_email="a@b.example")
    assert texts(owned, "managingEditor") == ["a@b.example (Harbour Talk)"]
    assert texts(owned, "itunes:owner/*") == ["a@b.example"]
    named = render(owner_name="Ada", owner_email="")
    assert (texts(named, "managingEditor"), texts(named, "itunes:owner/*")) == ([], ["Ada"])


# --- single elements ----------------------------------------------------------------------------------------------


def test_a_guid_is_unchanged_and_never_a_permanent_link() -> None:
    [guid] = channel_of(render(an_item(guid="https://Old.example/?P=12&q"))).iterfind("item/guid")
    assert (guid.text, dict(guid.items())) == ("https://Old.example/?P=12&q", {"isPermaLink": "false"})


def test_an_instant_of_any_zone_is_written_in_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    item = an_item(pub_date=at("2024-05-01T00:30").astimezone(tokyo))
    assert texts(render(item), "item/pubDate") == ["Wed, 01 May 2024 00:30:00 +0000"]


@pytest.mark.parametrize(
    ("duration_s", "written"), [(None, []), (0.0, ["1"]), (59.49, ["59"]), (59.5, ["60"]), (7325.0, ["7325"])]
)
def test_a_duration_is_whole_seconds_from_1(duration_s: float | None, written: list[str]) -> None:
    assert texts(render(an_item(duration_s=duration_s)), "item/itunes:duration") == written


@pytest.mark.parametrize(
    ("number", "itunes", "podcast"),
    [
        (None, [], []),
        ("0", [], ["0"]),
        ("1", ["1"], ["1"]),
        ("7", ["7"], ["7"]),
        ("7.0", ["7"], ["7.0"]),
        ("7.5", [], ["7.5"]),
        ("0.5", [], ["0.5"]),
    ],
)
def test_itunes_takes_whole_numbers_from_1_and_podcast_any(
    number: str | None, itunes: list[str], podcast: list[str]
) -> None:
    episode = an_episode(episode=None if number is None else Decimal(number))
    data = render(an_item(episode=episode))
    assert (texts(data, "item/itunes:episode"), texts(data, "item/podcast:episode")) == (itunes, podcast)


@pytest.mark.parametrize(("season", "itunes"), [(0, []), (1, ["1"]), (12, ["12"])])
def test_itunes_takes_seasons_from_1(season: int, itunes: list[str]) -> None:
    data = render(an_item(season=season))
    assert (texts(data, "item/itunes:season"), texts(data, "item/podcast:season")) == (itunes, [str(season)])


def test_what_apple_dropped_is_not_written() -> None:
    channel, items = a_show_with_everything()
    data = render_feed(channel, items)
    assert not any(name in data for name in (b"itunes:summary", b"itunes:subtitle", b"itunes:keywords", b"<docs>"))


def test_the_generator_names_no_version() -> None:
    assert texts(render(), "generator") == ["feedbuilder"]


# --- what others read ---------------------------------------------------------------------------------------------


def test_feedparser_reads_every_field_back() -> None:
    channel, items = a_show_with_everything()
    read = cast("Any", feedparser).parse(render_feed(channel, items))
    assert not read.bozo
    assert (read.version, read.encoding) == ("rss20", "utf-8")
    feed = read.feed
    assert (feed.title, feed.link, feed.subtitle) == ("Harbour & Sea <talk>", SITE, "People who work by the sea.")
    assert (feed.language, feed.rights, feed.generator) == ("en", "Harbour Talk", "feedbuilder")
    assert (feed.author, feed.publisher_detail) == (
        "Harbour Talk",
        {"name": "Ada Brook", "email": "podcast@harbour.example"},
    )
    assert (feed.itunes_block, feed.itunes_type) == (1, "serial")
    assert feed.image.href == f"{SITE}images/cover-1a2b3c4d.jpg"
    assert [tag.term for tag in feed.tags] == ["Education", "Courses", "Kids & Family"]
    full, whole = read.entries
    item = items[1]
    assert (full.title, full.id, full.guidislink, full.link) == (item.episode.title, item.guid, False, item.link_url)
    assert full.published_parsed[:6] == (2024, 5, 1, 17, 0, 0)
    assert full.summary == '<p>Short &amp; <a href="https://a.example/?a=1&amp;b=2">sweet</a></p>'
    assert full.content[0].value == "<p>All.</p>"
    assert [dict(one) for one in full.enclosures] == [
        {"href": item.enclosure.url, "length": str(item.enclosure.length_bytes), "type": item.enclosure.type}
    ]
    assert (full.itunes_duration, full.itunes_episodetype, full.itunes_season) == ("1800", "bonus", "2")
    assert (full.podcast_season, full.podcast_episode, whole.itunes_episode) == ("2", "7.5", "6")
    assert full.image.href == f"{SITE}images/042-tide-tables.jpg"
    assert full.podcast_chapters == {
        "url": f"{SITE}episodes/042-tide-tables/chapters.json",
        "type": "application/json+chapters",
    }
    assert [chapter.start_parsed.total_seconds() for chapter in full.psc_chapters.chapters] == [0, 112.5]
    assert [chapter.title for chapter in full.psc_chapters.chapters] == ["Intro", "Springs & neaps"]


def test_podcastparser_reads_every_field_back() -> None:
    channel, items = a_show_with_everything()
    feed = io.BytesIO(render_feed(channel, items))
    read = cast("Any", podcastparser).parse(f"{SITE}feed.xml", feed)
    assert {
        key: read[key] for key in ("title", "link", "description", "language", "cover_url", "type", "explicit")
    } == {
        "title": "Harbour & Sea <talk>",
        "link": SITE,
        "description": "People who work by the sea.",
        "language": "en",
        "cover_url": f"{SITE}images/cover-1a2b3c4d.jpg",
        "type": "serial",
        "explicit": True,
    }
    whole, full = sorted(read["episodes"], key=lambda episode: episode["published"])
    assert full == {
        "title": "Tides ]]> & \N{ANCHOR} «Ebbe»",
        "guid": items[1].guid,
        "link": f"{SITE}episodes/042-tide-tables/",
        "published": at("2024-05-01T17:00").timestamp(),
        "total_time": 1800,
        "type": "bonus",
        "season": 2,
        "explicit": False,
        "description": "All.",
        "description_html": "<p>All.</p>",
        "enclosures": [
            {"url": "https://audio.example/042-tide-tables.mp3", "file_size": 12345678, "mime_type": "audio/mpeg"}
        ],
        "episode_art_url": f"{SITE}images/042-tide-tables.jpg",
        "chapters": [
            {"start": 0, "title": "Intro"},
            {"start": 112, "title": "Springs & neaps", "href": f"{SITE}springs"},  # it reads whole seconds
        ],
        "payment_url": None,
    }
    assert (whole["number"], whole["explicit"]) == (6, True)


ANY_TEXT = st.text(max_size=200) | st.text("<>&\"' ]\x0b\t\r\n\u200f\u05d0\U0001f30a世", max_size=60)


@settings(max_examples=60)
@given(text=ANY_TEXT)
@example("]]>" * 30_000)
@example("<![CDATA[ <?carried 0?> ]]> <!-- &amp; &#0; \ud800 \uffff -->")
def test_any_text_survives_but_for_what_xml_forbids(text: str) -> None:
    text = f"x{text}"  # an empty one is left out
    item = a_full_item(
        guid=text,
        episode=an_episode(title=text, tags=(Tag("txt", (("purpose", text),), text),)),
        notes=some_notes(text, content_html=text),
        credits=(a_credit(text),),
        chapters=(a_chapter(0.0, text),),
        artwork=Picture(f"{SITE}a.jpg", alt=text),
    )
    data = render(item, title=text, description=text, author=text)
    clean = clean_text(text)
    for place in ("title", "description", "itunes:author"):
        assert texts(data, place) == [clean]
    for place in ("title", "guid", "description", "content:encoded", "podcast:person", "podcast:txt"):
        assert texts(data, f"item/{place}") == [clean]
    written = channel_of(data).find("item")
    assert written is not None
    attributes = [
        written.find(path, NAMESPACES).get(name)  # type: ignore[union-attr]
        for path, name in (("podcast:image", "alt"), ("podcast:txt", "purpose"), ("psc:chapters/psc:chapter", "title"))
    ]
    assert attributes == [clean] * 3
