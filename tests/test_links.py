from __future__ import annotations

from collections.abc import Mapping

import pytest
from builders import an_episode
from hypothesis import given, settings
from hypothesis import strategies as st

from feedbuilder.derive.links import derive_links
from feedbuilder.errors import Mark, Problem
from feedbuilder.model import Link
from feedbuilder.rules.findings import format_problem

VIDEO = "Ab_-5678901"
WATCH = f"https://www.youtube.com/watch?v={VIDEO}"
SPOTIFY = "https://open.spotify.com/episode/0123456789abcdefghijkl"
APPLE = "https://podcasts.apple.com/us/podcast/low-tide/id123456789?i=1000123456789"
ANCHOR = "https://anchor.fm/harbour/episodes/Low-Tide-e1a2b3c"


def judged(
    ids: Mapping[str, str] | None = None, links: Mapping[str, str] | None = None
) -> tuple[dict[str, str], list[str]]:
    found, problems = derive_links(an_episode(ids=ids or {}, links=links or {}))
    return {link.platform: link.url for link in found}, [_line(problem) for problem in problems]


def _line(problem: Problem) -> str:
    """The finding as it is printed, without its place."""
    return format_problem(problem).removeprefix("episodes/042-tide-tables.md: ")


def test_links_come_in_the_order_of_the_table_then_by_key() -> None:
    links = {
        "overcast": "https://overcast.fm/+Abc",
        "apple": APPLE,
        "deezer": "https://www.deezer.com/episode/1",
        "anchor": ANCHOR,
        "spotify": SPOTIFY,
        "youtube": WATCH,
    }
    found, problems = derive_links(an_episode(links=links, ids={"youtube": VIDEO, "anchor": "Low-Tide-e1a2b3c"}))
    assert found == (
        Link("youtube", "YouTube", WATCH),
        Link("spotify", "Spotify", SPOTIFY),
        Link("apple", "Apple Podcasts", APPLE),
        Link("anchor", "Spotify for Creators", ANCHOR),
        Link("deezer", "Deezer", "https://www.deezer.com/episode/1"),
        Link("overcast", "Overcast", "https://overcast.fm/+Abc"),
    )
    assert problems == []


def test_tracking_goes_without_a_word() -> None:
    links = {
        "youtube": f"https://youtu.be/{VIDEO}?si=x&t=3",
        "spotify": f"{SPOTIFY}?si=Zz&utm_source=copy-link",
        "apple": f"{APPLE}&uo=4&utm_medium=x",
        "website": "https://harbour.example/042?utm_source=x&page=2&UTM_Medium=y#top",
    }
    assert judged(links=links) == (
        {"youtube": WATCH, "spotify": SPOTIFY, "apple": APPLE, "website": "https://harbour.example/042?page=2#top"},
        [],
    )


@pytest.mark.parametrize(
    "text", ["", "TODO", "todo ", "#", "n/a", "NA", "-", "…", "{{ youtube }}", "TBD", "tbc", "None", "???"]
)
def test_placeholders_are_absent_without_a_word(text: str) -> None:
    keys = ("youtube", "spotify", "apple", "anchor", "overcast")
    assert judged(dict.fromkeys(keys, text), dict.fromkeys(keys, text)) == ({}, [])


def test_a_placeholder_inside_an_address_is_one_too() -> None:
    assert judged(links={"youtube": "https://www.youtube.com/watch?v={{ youtube_id }}"}) == ({}, [])


@pytest.mark.parametrize("text", [VIDEO, WATCH, f"https://youtu.be/{VIDEO}"])
def test_a_link_follows_from_an_id_where_the_platform_has_one_form(text: str) -> None:
    assert judged({"youtube": text, "spotify": "0123456789abcdefghijkl"}) == (
        {"youtube": WATCH, "spotify": SPOTIFY},
        [],
    )


def test_no_link_follows_from_an_id_alone_where_more_is_needed() -> None:
    assert judged({"apple": "1000123456789", "anchor": "harbour/episodes/Low-Tide-e1a2b3c"}) == ({}, [])


def test_an_id_and_a_link_that_contradict_each_other_are_both_dropped() -> None:
    assert judged({"youtube": "zzzzzzzzzzz"}, {"youtube": WATCH}) == (
        {},
        [
            (
                "warning YT-13: `ids.youtube` is 'zzzzzzzzzzz', but `links.youtube` leads to 'Ab_-5678901'; "
                "both are left out. Correct the wrong one."
            )
        ],
    )
    assert judged({"anchor": "Low-Tide-e1a2b3d"}, {"anchor": ANCHOR}) == (
        {},
        [
            (
                "warning LNK-3: `ids.anchor` is 'e1a2b3d', but `links.anchor` leads to 'e1a2b3c'; both are left "
                "out. Correct the wrong one."
            )
        ],
    )


def test_an_id_with_more_pasted_on_is_read_and_reported() -> None:
    assert judged({"youtube": f"{VIDEO}&t"}, {"youtube": f"{WATCH}&t"}) == (
        {"youtube": WATCH},
        [("warning T-54: `ids.youtube` has more than the id: 'Ab_-5678901&t'; read as Ab_-5678901. Use Ab_-5678901.")],
    )


def test_a_wrong_id_is_reported_and_the_link_stays() -> None:
    assert judged({"youtube": "too-short", "anchor": "Low tide"}, {"youtube": WATCH}) == (
        {"youtube": WATCH},
        [
            (
                "warning LNK-4: `ids.youtube` is not an id of YouTube: 'too-short'; left out. Copy the id from "
                "the link of the episode."
            ),
            (
                "warning LNK-4: `ids.anchor` does not end with an id of Spotify for Creators such as e1a2b3c: "
                "'Low tide'; left out. Copy the id from the link of the episode."
            ),
        ],
    )


def test_a_show_page_is_refused() -> None:
    assert judged(links={"spotify": "https://open.spotify.com/show/0123456789abcdefghijkl?si=1"}) == (
        {},
        [
            (
                "warning T-54: `links.spotify` leads to a show page of Spotify, not to an episode: "
                "'https://open.spotify.com/show/0123456789abcdefghijkl?si=1'; left out. Copy the link of the "
                "episode."
            )
        ],
    )


def test_a_refused_link_gives_way_to_a_good_id() -> None:
    links, problems = judged({"youtube": VIDEO}, {"youtube": "https://www.youtube.com/@harbour"})
    assert links == {"youtube": WATCH}
    assert [line.split()[1] for line in problems] == ["T-54:"]


def test_a_link_under_the_wrong_platform_is_refused_and_its_place_named() -> None:
    assert judged(links={"spotify": ANCHOR}) == (
        {},
        [
            (
                "warning T-54: `links.spotify` leads to Spotify for Creators: "
                f"'{ANCHOR}'; left out. Move it to `links.anchor`."
            )
        ],
    )


def test_something_else_is_no_link() -> None:
    assert judged(links={"apple": "https://harbour.example/042", "youtube": "ask me"}) == (
        {},
        [
            (
                "warning LNK-1: `links.youtube` is not the URL of an episode on YouTube: 'ask me'; left out. "
                "Copy the link of the episode."
            ),
            (
                "warning LNK-1: `links.apple` is not the URL of an episode on Apple Podcasts: "
                "'https://harbour.example/042'; left out. Copy the link of the episode."
            ),
        ],
    )


@pytest.mark.parametrize(
    "written",
    [
        "<https://youtu.be/abcdefghijk>",
        "[Watch](https://www.youtube.com/watch?v=abcdefghijk)",
        "[https://youtu.be/abcdefghijk](https://youtu.be/abcdefghijk)",
        "abcdefghijk",
    ],
)
def test_a_url_is_read_from_a_markdown_link_and_built_from_an_id(written: str) -> None:
    url = "https://www.youtube.com/watch?v=abcdefghijk"
    shown = written if len(written) <= 60 else written[:59] + "…"
    said = f"warning T-53: `links.youtube` is not a plain URL: '{shown}'; published corrected. Use {url}."
    assert judged(links={"youtube": written}) == ({"youtube": url}, [said])


def test_any_other_address_may_be_in_brackets_too() -> None:
    assert judged(links={"mastodon": "<https://social.example/@tide>"}) == (
        {"mastodon": "https://social.example/@tide"},
        [],
    )


def test_a_damaged_link_is_corrected_and_the_correct_one_named() -> None:
    damaged = "https://podcasters.spotify.com/pod/pod/show/harbour/episodes/Low-Tide-e1a2b3c"
    corrected = "https://podcasters.spotify.com/pod/show/harbour/episodes/Low-Tide-e1a2b3c"
    assert judged(links={"anchor": damaged}) == (
        {"anchor": corrected},
        [f"warning T-53: `links.anchor` is damaged: '{damaged[:59]}…'; published corrected. Use {corrected}."],
    )


def test_one_address_pasted_twice_is_read_once() -> None:
    ids = {"anchor": f"harbour/episodes/Low-Tide-e1a2b3c{ANCHOR}"}
    links, problems = judged(ids, {"anchor": ANCHOR + ANCHOR})
    assert links == {"anchor": ANCHOR}
    assert problems == [
        (
            "warning LNK-2: `links.anchor` has 2 URLs in a row: "
            f"'{(ANCHOR + ANCHOR)[:59]}…'; read as one because they are the same. Use {ANCHOR}."
        ),
        (
            "warning LNK-2: `ids.anchor` has several ids in a row: "
            f"'{ids['anchor'][:59]}…'; read as e1a2b3c because they are the same. Use e1a2b3c."
        ),
    ]


def test_of_two_addresses_of_one_episode_the_first_is_taken() -> None:
    other = "https://creators.spotify.com/pod/show/harbour/episodes/Low-Tide-e1a2b3c"
    assert judged(links={"anchor": ANCHOR + other})[0] == {"anchor": ANCHOR}


def test_two_addresses_pasted_together_are_refused() -> None:
    other = "https://anchor.fm/harbour/episodes/High-Tide-e9z9z9z".replace("z", "8")
    links, problems = judged({"anchor": f"{ANCHOR}{other}"}, {"anchor": ANCHOR + other, "blog": WATCH + WATCH})
    assert links == {}
    assert [line.split(" LNK-2: ")[1] for line in problems] == [
        f"`links.anchor` has 2 URLs in a row: '{(ANCHOR + other)[:59]}…'; left out. Keep the right one.",
        f"`ids.anchor` has several ids in a row: '{(ANCHOR + other)[:59]}…'; left out. Keep the right one.",
        f"`links.blog` has several URLs in a row: '{(WATCH + WATCH)[:59]}…'; left out. Keep the right one.",
    ]


def test_an_address_may_hold_another() -> None:
    archived = "https://web.archive.example/web/https://harbour.example/"
    assert judged(links={"archive": archived}) == ({"archive": archived}, [])


@pytest.mark.parametrize(
    "text", ["http://harbour.example/", "/042", "harbour.example", "javascript:alert(1)", "https://a b/", "https://[x/"]
)
def test_a_plain_link_is_absolute_and_https(text: str) -> None:
    links, problems = judged(links={"website": text})
    assert links == {}
    assert problems == [
        (f"warning LNK-1: `links.website` is not an https URL: {text!r}; left out. Copy the link of the episode.")
    ]


def test_plain_links_are_percent_encoded_once() -> None:
    links, _ = judged(links={"website": 'https://harbour.example/dü%20ne"<x>?q=ä&b=%C3%A4'})
    assert links == {"website": "https://harbour.example/d%C3%BC%20ne%22%3Cx%3E?q=%C3%A4&b=%C3%A4"}


def test_findings_stand_where_the_link_does() -> None:
    mark = Mark("episodes/042-tide-tables.md", 17, 5)
    episode = an_episode(links={"spotify": "x"}, marks={"links.spotify": mark})
    _, problems = derive_links(episode)
    assert [problem.mark for problem in problems] == [mark]


@given(
    st.dictionaries(st.sampled_from(["youtube", "spotify", "apple", "anchor", "blog"]), st.text(max_size=60)),
    st.dictionaries(st.sampled_from(["youtube", "spotify", "apple", "anchor", "blog"]), st.text(max_size=60)),
)
def test_whatever_is_written_only_https_comes_out_and_all_findings_have_rules(
    ids: dict[str, str], links: dict[str, str]
) -> None:
    found, problems = derive_links(an_episode(ids=ids, links=links))
    assert all(link.url.startswith("https://") and link.url.isprintable() for link in found)
    assert all(format_problem(problem).isprintable() for problem in problems)


@settings(max_examples=60)
@given(st.sampled_from([WATCH, SPOTIFY, APPLE, ANCHOR]), st.sampled_from(["youtube", "spotify", "apple", "anchor"]))
def test_what_came_out_goes_in_again_unchanged(url: str, key: str) -> None:
    links, _ = judged(links={key: url})
    assert judged(links=links) == (links, [])
