"""Which of an item's media files apps play."""

from __future__ import annotations

import pytest

from feedbuilder.model import Enclosure
from feedbuilder.upstream.feed import UpstreamItem, parse_upstream

WHERE = "https://tides.example/rss"
AUDIO = '<enclosure url="https://cdn.example/1.mp3" length="7" type="audio/mpeg"/>'
MEDIA = '<media:content url="https://cdn.example/2.mp3" fileSize="9" type="audio/mpeg"/>'
PICTURE = '<enclosure url="https://cdn.example/1.jpg" length="5" type="image/jpeg"/>'
TORRENT = '<enclosure url="https://cdn.example/1.torrent" length="5" type="application/x-bittorrent"/>'


def item_of(item: str, where: str = WHERE, channel: str = "") -> tuple[UpstreamItem, list[tuple[str, str, str]]]:
    """The item, and the findings about its media files."""
    text = (
        '<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom"'
        ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">'
        f"<channel><title>Tides</title>{channel}<item><guid>a</guid>"
        f"<pubDate>Wed, 01 May 2024 17:00:00 GMT</pubDate>{item}</item></channel></rss>"
    )
    feed, problems = parse_upstream(text.encode(), where)
    return feed.items[0], [(one.rule, one.what, one.effect) for one in problems]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (PICTURE + AUDIO, "https://cdn.example/1.mp3"),
        (TORRENT + AUDIO, "https://cdn.example/1.mp3"),
        (AUDIO + MEDIA, "https://cdn.example/1.mp3"),
        (MEDIA, "https://cdn.example/2.mp3"),
        (PICTURE + MEDIA, "https://cdn.example/2.mp3"),
        (f"<media:group>{MEDIA}</media:group>", "https://cdn.example/2.mp3"),
        ('<enclosure url="https://cdn.example/1.mp4" type="video/mp4" length="1"/>' + AUDIO, "https://cdn.example/1.mp3"),
        ('<enclosure url="https://cdn.example/play?id=1" length="1"/>' + PICTURE, "https://cdn.example/play?id=1"),
        ('<enclosure url="" type="audio/mpeg" length="1"/>' + AUDIO, "https://cdn.example/1.mp3"),
        ('<atom:link rel="enclosure" href="https://cdn.example/3.mp3" length="3" type="audio/mpeg"/>',
         "https://cdn.example/3.mp3"),
        (PICTURE, "https://cdn.example/1.jpg"),  # the only enclosure is what apps know
    ],
)  # fmt: skip
def test_audio_comes_before_all_other_files(item: str, expected: str) -> None:
    enclosure = item_of(item)[0].enclosure
    assert enclosure is not None
    assert enclosure.url == expected


def test_a_picture_of_media_rss_does_not_make_an_episode() -> None:
    item, problems = item_of('<media:content url="https://cdn.example/1.jpg" medium="image" type="image/jpeg"/>')
    assert (item.enclosure, problems) == (None, [("UPS-5", "the item has no audio", "")])


@pytest.mark.parametrize(
    ("url", "where", "channel", "expected"),
    [
        ("//cdn.example/1.mp3", "saved.xml", "", "https://cdn.example/1.mp3"),
        ("/1.mp3", WHERE, "", "https://tides.example/1.mp3"),
        ("audio/1.mp3", "saved.xml", "<link>https://tides.example/show/</link>", "https://tides.example/show/audio/1.mp3"),
        ("1.mp3", "saved.xml", '<atom:link rel="self" href="https://tides.example/f/rss"/>', "https://tides.example/f/1.mp3"),
    ],
)  # fmt: skip
def test_relative_addresses_are_resolved_and_named(url: str, where: str, channel: str, expected: str) -> None:
    item, problems = item_of(f'<enclosure url="{url}" length="1" type="audio/mpeg"/>', where, channel)
    assert item.enclosure == Enclosure(expected, 1, "audio/mpeg")
    assert problems == [("UPS-12", f"the audio address {url!r} is relative", f"read as {expected!r}")]


@pytest.mark.parametrize(
    ("stated", "expected", "what"),
    [
        ("image/jpeg", "audio/mpeg", "invalid enclosure type 'image/jpeg'"),
        ("mp3", "audio/mpeg", "invalid enclosure type 'mp3'"),
        ("AUDIO/X-M4A; charset=binary", "audio/x-m4a", "invalid enclosure type 'AUDIO/X-M4A; charset=binary'"),
        ("", "audio/mpeg", "the enclosure has no type"),
        ("audio/mp3", "audio/mp3", ""),
    ],
)
def test_a_type_that_is_not_that_of_audio_is_corrected_and_named(stated: str, expected: str, what: str) -> None:
    item, problems = item_of(f'<enclosure url="https://cdn.example/1.mp3" length="1" type="{stated}"/>')
    assert item.enclosure == Enclosure("https://cdn.example/1.mp3", 1, expected)
    assert [one[1] for one in problems] == ([what] if what else [])


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ('<itunes:image href="/1.jpg"/>', "https://tides.example/1.jpg"),
        ("<itunes:image>https://cdn.example/1.jpg</itunes:image>", "https://cdn.example/1.jpg"),
        ('<itunes:image href=""/><itunes:image href="//cdn.example/2.jpg"/>', "https://cdn.example/2.jpg"),
        ('<media:thumbnail url="https://cdn.example/3.jpg"/>', "https://cdn.example/3.jpg"),
    ],
)
def test_the_first_picture_with_an_address_is_the_artwork(item: str, expected: str) -> None:
    assert item_of(AUDIO + item)[0].image_url == expected
