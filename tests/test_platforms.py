from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedbuilder.vocabulary.platforms import (
    PLATFORMS,
    Address,
    host_id,
    label_of,
    platform_of,
    play_id,
    read_address,
    record_host_id,
    split_urls,
)

SPOTIFY_ID = "0123456789abcdefghijkl"
WATCH = "https://www.youtube.com/watch?v=Ab_-5678901"
CREATORS = "https://creators.spotify.com/pod/show/harbour/episodes/Low-Tide---Bo-Finch-e1a2b3c"


def test_the_order_of_the_table_is_the_order_of_links() -> None:
    assert list(PLATFORMS) == ["youtube", "spotify", "apple", "anchor"]


@pytest.mark.parametrize(
    "text",
    [
        WATCH,
        "http://youtube.com/watch?v=Ab_-5678901",
        "https://m.youtube.com/watch?v=Ab_-5678901&t=30s",
        "https://www.youtube.com/watch?v=Ab_-5678901&t",
        "https://www.youtube.com/watch?list=PL1&v=Ab_-5678901&si=Zz",
        "https://www.youtube.com/watch?list=PL1&amp;v=Ab_-5678901",
        "https://music.youtube.com/watch?v=Ab_-5678901",
        "https://youtu.be/Ab_-5678901?si=abc&t=3",
        "youtu.be/Ab_-5678901",
        "https://www.youtube.com/embed/Ab_-5678901",
        "https://www.youtube-nocookie.com/embed/Ab_-5678901?start=4",
        "https://youtube.com/live/Ab_-5678901?feature=share",
        "https://www.youtube.com/shorts/Ab_-5678901/",
        "HTTPS://WWW.YouTube.com/watch?v=Ab_-5678901",
    ],
)
def test_every_form_of_a_video_address_is_one_address(text: str) -> None:
    assert read_address(PLATFORMS["youtube"], text) == Address("Ab_-5678901", WATCH)


@pytest.mark.parametrize(
    "text",
    [
        f"https://open.spotify.com/episode/{SPOTIFY_ID}",
        f"https://open.spotify.com/episode/{SPOTIFY_ID}?si=abc&utm_source=copy",
        f"https://open.spotify.com/intl-de/episode/{SPOTIFY_ID}",
        f"https://open.spotify.com/intl-pt-BR/episode/{SPOTIFY_ID}",
        f"https://open.spotify.com/embed/episode/{SPOTIFY_ID}?theme=0",
        f"https://open.spotify.com/embed/episode/{SPOTIFY_ID}/video?utm_source=generator",
        f"spotify:episode:{SPOTIFY_ID}",
    ],
)
def test_every_form_of_a_spotify_address_is_one_address(text: str) -> None:
    expected = Address(SPOTIFY_ID, f"https://open.spotify.com/episode/{SPOTIFY_ID}")
    assert read_address(PLATFORMS["spotify"], text) == expected


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (
            "https://podcasts.apple.com/us/podcast/low-tide/id123456789?uo=4&i=1000123456789&utm_x=1",
            "https://podcasts.apple.com/us/podcast/low-tide/id123456789?i=1000123456789",
        ),
        (
            "https://itunes.apple.com/de/podcast/id123456789?i=1000123456789",
            "https://podcasts.apple.com/de/podcast/id123456789?i=1000123456789",
        ),
        (
            "https://embed.podcasts.apple.com/us/podcast/low-tide/id123456789?i=1000123456789",
            "https://podcasts.apple.com/us/podcast/low-tide/id123456789?i=1000123456789",
        ),
        (
            "https://podcasts.apple.com/us/podcast/low-tide/id123456789?uo=4&amp;i=1000123456789",
            "https://podcasts.apple.com/us/podcast/low-tide/id123456789?i=1000123456789",
        ),
        (
            "https://podcasts.apple.com/us/podcast/d%C3%BCne/id123456789?i=1000123456789",
            "https://podcasts.apple.com/us/podcast/d%C3%BCne/id123456789?i=1000123456789",
        ),
        (
            'https://podcasts.apple.com/us/podcast/düne "x"/id123456789?i=1000123456789',
            "https://podcasts.apple.com/us/podcast/d%C3%BCne%20%22x%22/id123456789?i=1000123456789",
        ),
    ],
)
def test_apple_keeps_the_parameter_that_is_the_episode_and_no_other(text: str, url: str) -> None:
    assert read_address(PLATFORMS["apple"], text) == Address("1000123456789", url)


@pytest.mark.parametrize(
    ("text", "url", "damaged"),
    [
        (CREATORS, CREATORS, False),
        (f"{CREATORS}/a-a9zz1/?utm_source=x", CREATORS, False),
        (CREATORS.replace("/episodes/", "/embed/episodes/"), CREATORS, False),
        (
            "https://anchor.fm/harbour/episodes/Low--Tide-e1a2b3c",
            "https://anchor.fm/harbour/episodes/Low--Tide-e1a2b3c",
            False,
        ),
        (
            "https://creators.spotify.com/pod/profile/harbour/episodes/Low-e1a2b3c",
            "https://creators.spotify.com/pod/profile/harbour/episodes/Low-e1a2b3c",
            False,
        ),
        (
            "https://podcasters.spotify.com/pod/pod/show/harbour/episodes/Low-e1a2b3c",
            "https://podcasters.spotify.com/pod/show/harbour/episodes/Low-e1a2b3c",
            True,
        ),
        (
            "https://podcasters.spotify.com/harbour/episodes/Low-e1a2b3c",
            "https://podcasters.spotify.com/pod/show/harbour/episodes/Low-e1a2b3c",
            True,
        ),
        (
            "https://creators.spotify.com/pod/pod/profile/harbour/episodes/Low-e1a2b3c",
            "https://creators.spotify.com/pod/profile/harbour/episodes/Low-e1a2b3c",
            True,
        ),
        (
            "https://anchor.fm/pod/show/harbour/episodes/e1a2b3c",
            "https://anchor.fm/harbour/episodes/e1a2b3c",
            True,
        ),
    ],
)
def test_an_anchor_address_is_read_by_its_id_also_when_damaged(text: str, url: str, damaged: bool) -> None:
    assert read_address(PLATFORMS["anchor"], text) == Address("e1a2b3c", url, damaged)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("youtube", "https://www.youtube.com/watch?v=short"),
        ("youtube", "https://youtube.com.evil.example/watch?v=Ab_-5678901"),
        ("youtube", "https://youtube.com@evil.example/watch?v=Ab_-5678901"),
        ("youtube", "ftp://youtube.com/watch?v=Ab_-5678901"),
        ("youtube", "https://[youtube.com/watch?v=Ab_-5678901"),
        ("spotify", f"https://open.spotify.com/show/{SPOTIFY_ID}"),
        ("spotify", f"https://open.spotify.com/episode/{SPOTIFY_ID}x"),
        ("spotify", f"spotify:show:{SPOTIFY_ID}"),
        ("apple", "https://podcasts.apple.com/us/podcast/low-tide/id123456789"),
        ("anchor", "https://anchor.fm/harbour"),
        ("anchor", "https://podcasters.spotify.com/pod/show/episodes/Low-e1a2b3c"),
        ("anchor", "https://anchor.fm/harbour/episodes/Low-Tide-xyz"),
    ],
)
def test_other_texts_have_no_address_on_the_platform(key: str, text: str) -> None:
    assert read_address(PLATFORMS[key], text) is None


@pytest.mark.parametrize(
    ("text", "key", "kind"),
    [
        (f"https://open.spotify.com/show/{SPOTIFY_ID}?si=1", "spotify", "show"),
        (f"https://open.spotify.com/playlist/{SPOTIFY_ID}", "spotify", "playlist"),
        (f"https://open.spotify.com/episode/{SPOTIFY_ID}", "spotify", "episode"),
        ("https://open.spotify.com/", "spotify", "page"),
        ("https://www.youtube.com/@harbour", "youtube", "channel"),
        ("https://www.youtube.com/playlist?list=PL1", "youtube", "playlist"),
        ("https://podcasts.apple.com/us/podcast/low-tide/id123456789", "apple", "show"),
        ("https://anchor.fm/harbour", "anchor", "show"),
        ("https://creators.spotify.com/pod/show/harbour", "anchor", "show"),
        (CREATORS, "anchor", "episode"),
    ],
)
def test_a_page_is_known_by_its_platform_and_kind(text: str, key: str, kind: str) -> None:
    found = platform_of(text)
    assert found
    assert (found[0].key, found[1]) == (key, kind)


@pytest.mark.parametrize("text", ["https://harbour.example/", "https://notspotify.com/show/x", "words", ""])
def test_other_pages_belong_to_no_platform(text: str) -> None:
    assert platform_of(text) is None


def test_labels_are_words_for_people() -> None:
    keys = ["youtube", "spotify", "apple", "anchor", "overcast", "pocketcasts", "some_app"]
    labels = ["YouTube", "Spotify", "Apple Podcasts", "Spotify for Creators", "Overcast", "Pocket Casts", "Some app"]
    assert [label_of(key) for key in keys] == labels


@pytest.mark.parametrize(
    "text",
    [
        "e1a2b3c",
        "Low-Tide---Bo-Finch-e1a2b3c",
        "harbour/episodes/Low-Tide-e1a2b3c",
        "ow/harbour/episodes/Low-Tide-e1a2b3c",
        f"harbour/episodes/Low-Tide-e1a2b3c{CREATORS}",
        f"{CREATORS}{CREATORS}",
        f"{CREATORS}/a-a9zz1",
        f"{CREATORS}/?x=1#y",
        CREATORS.upper(),
        "https://anchor.fm/harbour/episodes/e1a2b3c",
        "http://www.anchor.fm/harbour/episodes/%E3%83%A9-e1a2b3c/",
        " e1a2b3c ",
        "https://anchor.fm/harbour/episodes/A-e1a2b3c",
        "https://anchor.fm/harbour/episodes/A-e1a2b3c/a-e7d8f9g",
        "episodes/a-e1a2b3c",
    ],
)
def test_a_host_id_is_read_from_all_its_shapes(text: str) -> None:
    assert host_id(text) == "e1a2b3c"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "TODO",
        "Low-Tide",
        "e1a2",  # too short
        "Low-Tide-e1a2xyz",  # digits above v
        "https://harbour.example/posts/Low-Tide-e1a2b3c",  # another host's address
        f"{CREATORS}https://anchor.fm/harbour/episodes/Other-e9z9z9z",
        "https://anchor.fm/harbour/episodes/A-e1a2b3chttps://anchor.fm/harbour/episodes/B-e1a2b3d",
    ],
)
def test_what_has_no_host_id_gives_none(text: str) -> None:
    assert host_id(text) is None


def test_a_record_has_the_host_id_on_which_its_id_and_link_agree() -> None:
    link = {"anchor": CREATORS}
    assert record_host_id({"anchor": "Low-Tide-e1a2b3c"}, link) == "e1a2b3c"
    assert record_host_id({}, link) == "e1a2b3c"
    assert record_host_id({"anchor": "TODO"}, link) == "e1a2b3c"
    assert record_host_id({"anchor": "e1a2b3d"}, link) == ""
    assert record_host_id({"youtube": "e1a2b3c"}, {}) == ""


def test_play_ids_count_from_the_millionth() -> None:
    assert play_id("e1a2b3c") == 43_117_100


def test_pasted_addresses_fall_apart() -> None:
    assert split_urls("https://a.example/http://b.example/") == ["https://a.example/", "http://b.example/"]
    assert split_urls("  ") == []


@settings(max_examples=60)
@given(st.integers(min_value=0, max_value=2**31))
def test_a_host_id_and_its_play_id_are_one_number(number: int) -> None:
    digits, rest = "", number + 32**4 + 1_000_000
    play = rest - 1_000_000
    while rest:
        rest, digit = divmod(rest, 32)
        digits = "0123456789abcdefghijklmnopqrstuv"[digit] + digits
    known = host_id(f"https://anchor.fm/harbour/episodes/Any-Title-e{digits}")
    assert known == f"e{digits}"
    assert play_id(f"e{digits}") == play


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading_of_addresses(text: str) -> None:
    for platform in PLATFORMS.values():
        address = read_address(platform, text)
        assert address is None or read_address(platform, address.url) == Address(address.id, address.url)
    platform_of(text)
    host_id(text)
