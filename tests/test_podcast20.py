from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from builders import (
    SITE,
    a_channel,
    a_chapter,
    a_credit,
    a_full_item,
    a_link,
    a_picture,
    a_transcript,
    an_episode,
    an_item,
)
from lxml import etree

from feedbuilder.model import Chapter, Soundbite
from feedbuilder.render.podcast20 import append_psc, append_tag, channel_tags, item_tags
from feedbuilder.vocabulary.podcast_tags import TAGS, Tag


def named(tags: list[Tag], name: str) -> list[Tag]:
    return [tag for tag in tags if tag.name == name]


def xml_of(tag: Tag) -> str:
    root = etree.Element("item", nsmap={"podcast": "https://podcastindex.org/namespace/1.0"})
    append_tag(root, tag)
    return etree.tostring(root, encoding="unicode")


def test_an_item_that_says_little_has_few_tags() -> None:
    assert item_tags(an_item()) == [Tag("person", (("role", "host"), ("group", "cast")), "Ada Brook")]


def test_the_whole_cast_is_restated_with_role_and_group() -> None:
    tags = named(item_tags(a_full_item()), "person")
    assert tags == [
        Tag(
            "person",
            (
                ("role", "host"),
                ("group", "cast"),
                ("img", f"{SITE}images/ada.jpg"),
                ("href", f"{SITE}people/ada/"),
            ),
            "Ada Brook",
        ),
        Tag("person", (("role", "guest"), ("group", "cast")), "Bo Finch"),
    ]


def test_addresses_of_people_are_https_or_absent() -> None:
    credit = a_credit(image_url="http://a.example/i.jpg", href="https://a.example/")
    assert item_tags(an_item(credits=(credit, a_credit("Bo", href="http://b.example/")))) == [
        Tag("person", (("role", "host"), ("group", "cast"), ("href", "https://a.example/")), "Ada Brook"),
        Tag("person", (("role", "host"), ("group", "cast")), "Bo"),
    ]


def test_tags_are_in_the_reference_order() -> None:
    item = a_full_item(episode=an_episode(season=2, episode=Decimal(7), tags=(Tag("txt", (), "x"),)))
    names = [tag.name for tag in item_tags(item)]
    assert names == sorted(names, key=list(TAGS).index)
    assert list(dict.fromkeys(names)) == [
        "season",
        "episode",
        "person",
        "transcript",
        "chapters",
        "contentLink",
        "image",
        "txt",
    ]


@pytest.mark.parametrize(
    ("number", "text"), [(Decimal(7), "7"), (Decimal("7.5"), "7.5"), (Decimal("1E+2"), "100"), (Decimal(0), "0")]
)
def test_episode_numbers_may_be_decimal_and_have_no_exponent(number: Decimal, text: str) -> None:
    tags = item_tags(an_item(episode=an_episode(episode=number)))
    assert named(tags, "episode") == [Tag("episode", (), text)]


def test_captions_are_what_has_times() -> None:
    item = an_item(transcripts=(a_transcript("vtt"), a_transcript("html")))
    assert [dict(tag.attributes) for tag in named(item_tags(item), "transcript")] == [
        {"url": f"{SITE}episodes/042-tide-tables/transcript.vtt", "type": "text/vtt", "rel": "captions"},
        {"url": f"{SITE}episodes/042-tide-tables/transcript.html", "type": "text/html"},
    ]


def test_a_transcript_names_a_language_that_is_not_the_shows() -> None:
    item = an_item(transcripts=(replace(a_transcript(), language="de"),))
    assert ("language", "de") in item_tags(item)[1].attributes


def test_chapters_are_announced_only_if_there_is_a_file() -> None:
    assert named(item_tags(an_item(chapters=(a_chapter(),))), "chapters") == []
    tags = item_tags(an_item(chapters_url=f"{SITE}c.json"))
    assert named(tags, "chapters") == [
        Tag("chapters", (("url", f"{SITE}c.json"), ("type", "application/json+chapters")))
    ]


def test_links_elsewhere_are_content_links_in_their_order() -> None:
    item = an_item(links=(a_link("b", "B", "https://b.example/?i=1&u=2"), a_link("a", "A & C", "https://a.example/")))
    assert named(item_tags(item), "contentLink") == [
        Tag("contentLink", (("href", "https://b.example/?i=1&u=2"),), "B"),
        Tag("contentLink", (("href", "https://a.example/"),), "A & C"),
    ]
    assert xml_of(named(item_tags(item), "contentLink")[1]).endswith(
        '<podcast:contentLink href="https://a.example/">A &amp; C</podcast:contentLink></item>'
    )


def test_soundbites_have_seconds_without_needless_digits() -> None:
    item = an_item(soundbites=(Soundbite(61.5, 30.0), Soundbite(0.1 + 0.2, 15.0, "Why")))
    assert named(item_tags(item), "soundbite") == [
        Tag("soundbite", (("startTime", "61.5"), ("duration", "30"))),
        Tag("soundbite", (("startTime", "0.3"), ("duration", "15")), "Why"),
    ]


def test_pictures_say_their_shape_and_artwork_comes_first_and_once() -> None:
    artwork = a_picture("https://a.example/square.jpg", alt="A pier")
    wide = a_picture("https://a.example/wide.png", type="image/png", width=1280, height=720)
    unmeasured = a_picture("https://a.example/x.jpg", type="", width=640, height=None)
    tags = named(item_tags(an_item(artwork=artwork, pictures=(wide, artwork, unmeasured))), "image")
    assert [dict(tag.attributes) for tag in tags] == [
        {
            "href": "https://a.example/square.jpg",
            "alt": "A pier",
            "aspect-ratio": "1/1",
            "width": "3000",
            "height": "3000",
            "type": "image/jpeg",
            "purpose": "artwork",
        },
        {
            "href": "https://a.example/wide.png",
            "aspect-ratio": "16/9",
            "width": "1280",
            "height": "720",
            "type": "image/png",
        },
        {"href": "https://a.example/x.jpg"},
    ]


def test_the_channel_has_its_guid_hosts_art_and_what_the_author_wrote() -> None:
    locked, funding = Tag("locked", (), "yes"), Tag("funding", (("url", "https://a.example/"),), "Give")
    channel = a_channel(tags=(funding, locked), hosts=(a_credit(), a_credit("Cy Dune")))
    tags = channel_tags(channel)
    assert [tag.name for tag in tags] == ["guid", "locked", "person", "person", "image", "funding"]
    assert tags[0] == Tag("guid", (), channel.podcast_guid)
    assert (tags[1], tags[5]) == (locked, funding)


def test_nested_tags_are_written_nested_and_in_the_right_namespace() -> None:
    roll = Tag("podroll", (), "", (Tag("remoteItem", (("feedGuid", "x"),)),))
    assert xml_of(roll) == (
        '<item xmlns:podcast="https://podcastindex.org/namespace/1.0">'
        '<podcast:podroll><podcast:remoteItem feedGuid="x"/></podcast:podroll></item>'
    )


def test_characters_that_xml_forbids_are_left_out_of_texts_and_attributes() -> None:
    tag = Tag("txt", (("purpose", "a\x00b"),), "\x0bx\ud800")
    assert '<podcast:txt purpose="ab">x</podcast:txt>' in xml_of(tag)


def test_podlove_chapters_have_normal_play_time_and_only_the_links_they_have() -> None:
    item = etree.Element("item", nsmap={"psc": "http://podlove.org/simple-chapters"})
    append_psc(item, [Chapter(0.0, "A & B"), Chapter(3661.0005, "C", "https://a.example/", "https://a.example/i.jpg")])
    assert etree.tostring(item[0], encoding="unicode").replace(
        ' xmlns:psc="http://podlove.org/simple-chapters"', ""
    ) == (
        '<psc:chapters version="1.2"><psc:chapter start="00:00:00.000" title="A &amp; B"/>'
        '<psc:chapter start="01:01:01.001" title="C" href="https://a.example/" image="https://a.example/i.jpg"/>'
        "</psc:chapters>"
    )


def test_no_chapters_is_no_element() -> None:
    item = etree.Element("item")
    append_psc(item, [])
    assert len(item) == 0
