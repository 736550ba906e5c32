from __future__ import annotations

import re

import nh3
import pytest
from builders import a_chapter, a_link, an_episode
from hypothesis import given
from hypothesis import strategies as st

from feedbuilder.derive.notes import derive_notes, thin_chapters
from feedbuilder.errors import Mark
from feedbuilder.model import Chapter, Episode, Link, Notes
from feedbuilder.rules.findings import format_problem

BASE = "https://harbour.example/"
LINKS = (a_link(), a_link("spotify", "Spotify", "https://open.spotify.com/episode/0123456789abcdefghijkl"))
LINKS_HTML = (
    '<p><a href="https://www.youtube.com/watch?v=abcdefghijk">YouTube</a> · '
    '<a href="https://open.spotify.com/episode/0123456789abcdefghijkl">Spotify</a></p>'
)
CHAPTERS = (a_chapter(), a_chapter(112.6, "Springs & neaps"), a_chapter(3601.0, "  Why the\nmoon "))
CHAPTERS_HTML = "<p>00:00:00 Intro<br>00:01:52 Springs &amp; neaps<br>01:00:01 Why the moon</p>"


def notes_of(
    episode: Episode | None = None,
    links: tuple[Link, ...] = (),
    chapters: tuple[Chapter, ...] = (),
    base_url: str = BASE,
) -> Notes:
    return derive_notes(episode=episode or an_episode(), links=links, chapters=chapters, base_url=base_url)[0]


def findings(episode: Episode, links: tuple[Link, ...] = (), chapters: tuple[Chapter, ...] = ()) -> list[str]:
    _, problems = derive_notes(episode=episode, links=links, chapters=chapters, base_url=BASE)
    return [format_problem(problem) for problem in problems]


def many_chapters(
    count: int, title: str = "A chapter with a title of some length, as people write them"
) -> list[Chapter]:
    return [a_chapter(60.0 * number, f"{title} {number}") for number in range(count)]


# --- what it consists of ------------------------------------------------------------------------------------------


def test_hook_links_body_and_chapters_stand_in_this_order() -> None:
    episode = an_episode(
        intro="What is a tide? <br><br> We ask Bo.", body="Links:\n\n* [Bo](/bo)\n", description="Tides."
    )
    assert notes_of(episode, LINKS, CHAPTERS) == Notes(
        description_html="<p>What is a tide?</p><p>We ask Bo.</p>"
        + LINKS_HTML
        + '<p>Links:</p><ul><li><a href="https://harbour.example/bo">Bo</a></li></ul>'
        + CHAPTERS_HTML,
        content_html="",
        summary_text="Tides.",
        prose_html="<p>What is a tide?</p><p>We ask Bo.</p>"
        '<p>Links:</p><ul><li><a href="https://harbour.example/bo">Bo</a></li></ul>',
    )
    assert findings(episode, LINKS, CHAPTERS) == []


def test_the_description_is_the_hook_where_there_is_no_intro() -> None:
    assert notes_of(an_episode(description="Tides.", intro=" \n")).description_html == "<p>Tides.</p>"


def test_a_hook_that_the_body_repeats_is_left_out() -> None:
    episode = an_episode(description="we ask Bo about “tides”", body="## Notes\n\nWe ask *Bo* about tides, and more.")
    assert notes_of(episode).description_html == "<h2>Notes</h2><p>We ask <em>Bo</em> about tides, and more.</p>"


def test_the_title_stands_in_for_missing_notes() -> None:
    episode = an_episode(title="Tides &amp; **moons**")
    assert notes_of(episode) == Notes("<p>Tides &amp; moons</p>")
    assert findings(episode) == [
        (
            "episodes/042-tide-tables.md: warning APL-26: the episode has no description, intro or notes. Add "
            "`description:`, or notes below the front matter."
        )
    ]
    assert notes_of(episode, LINKS).description_html == LINKS_HTML


def test_problems_of_the_text_name_their_key() -> None:
    marks = {"intro": Mark("e.md", 3), "body": Mark("e.md", 9)}
    episode = an_episode(intro="[a](#x)", body="[b](#y)", marks=marks)
    assert [line.split(" leads")[0] for line in findings(episode)] == [
        "e.md:3: warning NOTE-4: the link to '#x'",
        "e.md:9: warning NOTE-4: the link to '#y'",
    ]


@pytest.mark.parametrize(
    "chapters",
    [
        CHAPTERS[:2],
        (*CHAPTERS[1:], a_chapter(4000.0, "End")),
        (a_chapter(), a_chapter(1.2, "a"), a_chapter(1.9, "b")),
        (a_chapter(), a_chapter(9.0, " "), a_chapter(20.0, "b")),
    ],
    ids=["two", "not from 0", "one second", "no title"],
)
def test_a_list_that_platforms_would_refuse_is_not_written(chapters: tuple[Chapter, ...]) -> None:
    assert notes_of(an_episode(body="Text."), (), chapters).description_html == "<p>Text.</p>"


def test_a_list_of_times_in_the_notes_stays_alone() -> None:
    body = "0:00 Hello\\\n(1:52) Tides\\\n1:00:01 Moon"
    assert notes_of(an_episode(body=body), (), CHAPTERS).description_html == (
        "<p>0:00 Hello<br>(1:52) Tides<br>1:00:01 Moon</p>"
    )
    assert findings(an_episode(body=body), (), CHAPTERS) == [
        (
            "episodes/042-tide-tables.md: warning CHP-11: 3 lines of the notes begin with a time; no list of "
            "chapters is added to the notes. Remove those lines to have the list generated from the chapters."
        )
    ]
    assert findings(an_episode(body=body)) == []
    two = an_episode(body="0:00 Hello\\\nat 1:52 Tides\\\n3:5 Moon\\\n1:02 Sun")
    assert CHAPTERS_HTML in notes_of(two, (), CHAPTERS).description_html


# --- the summary --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("episode", "expected"),
    [
        (an_episode(description="A *b*.\n\nC", intro="D"), "A b. C"),
        (an_episode(intro="D<br><br>e"), "D e"),
        (an_episode(body="Links:\n\n* a\n\n# b\n\n**c**\n\nThe *first* text.\n\nSecond."), "The first text."),
        (an_episode(body="* a"), ""),
        (an_episode(description="One two. " * 20 + "x" * 400), ("One two. " * 20).strip()),
        (an_episode(description="Dr. " + "word " * 100), "Dr. " + "word " * 58 + "word…"),
        (an_episode(description="潮汐の話。" * 80), "潮汐の話。" * 60),
        (an_episode(description='"Why?" ' * 60), ('"Why?" ' * 42).strip()),
    ],
)
def test_the_summary_is_the_first_sentences(episode: Episode, expected: str) -> None:
    assert notes_of(episode).summary_text == expected
    assert len(expected) <= 300


# --- the limit ----------------------------------------------------------------------------------------------------


def test_notes_of_4000_bytes_stay_whole_and_of_4001_are_cut() -> None:
    fits = an_episode(body="é" * 1996 + "x")
    assert len(notes_of(fits).description_html.encode()) == 4000
    assert notes_of(fits).content_html == ""
    assert findings(fits) == []
    long = an_episode(body="é" * 1997)
    assert notes_of(long).description_html == f"<p>{'é' * 1995}…</p>"
    assert notes_of(long).content_html == f"<p>{'é' * 1997}</p>"
    assert findings(long) == [
        (
            "episodes/042-tide-tables.md: note T-10: the notes have 4001 bytes, more than 4000; cut there; "
            "content:encoded has them in full. Shorten the notes."
        )
    ]


def test_the_end_of_the_prose_gives_way_first() -> None:
    body = "\n\n".join(f"Paragraph {number} " + "word " * 130 for number in range(9))
    notes = notes_of(an_episode(intro="The hook.", body=body), LINKS, CHAPTERS)
    assert notes.description_html.startswith("<p>The hook.</p>" + LINKS_HTML + "<p>Paragraph 0 word")
    assert notes.description_html.endswith("word word…</p>" + CHAPTERS_HTML)
    assert 3990 <= len(notes.description_html.encode()) <= 4000
    assert notes.content_html.endswith(f"<p>Paragraph 8 {'word ' * 130}".rstrip() + "</p>" + CHAPTERS_HTML)
    assert notes.prose_html == notes.content_html.replace(LINKS_HTML, "").replace(CHAPTERS_HTML, "")


def test_the_end_of_the_hook_gives_way_before_the_links_of_the_author() -> None:
    intro = "First part. " * 100 + "<br><br>" + "Second part. " * 150
    body = "Links:\n\n" + "".join(f"* [Person {number}](https://p{number}.example/)\n" for number in range(20))
    notes = notes_of(an_episode(intro=intro, body=body), LINKS, CHAPTERS)
    assert notes.description_html.count("<a href") == 22
    assert "Second…</p>" + LINKS_HTML in notes.description_html
    without_links = notes_of(an_episode(intro=intro, body="text " * 300), LINKS, CHAPTERS)
    assert without_links.description_html.count("Second part.") == 150


def test_a_hook_that_would_not_say_anything_any_more_stays() -> None:
    body = "".join(f"* [Person {number}](https://p{number}.example/)\n" for number in range(70))
    notes = notes_of(an_episode(intro="Hook. " * 60, body=body), LINKS, CHAPTERS)
    assert notes.description_html.startswith(f"<p>{'Hook. ' * 59}Hook.</p>{LINKS_HTML}<ul><li><a")
    assert notes.description_html.count("<a href") < 70


def test_chapters_are_thinned_when_prose_is_short_already() -> None:
    chapters = many_chapters(70)
    chapters[40] = a_chapter(60.0 * 39 + 5, "Too close")
    episode = an_episode(intro="The hook. " * 30, body="word " * 1000)
    notes = notes_of(episode, LINKS, tuple(chapters))
    shown = re.findall(r"(\d\d:\d\d:\d\d) ([^<]*)", notes.description_html)
    assert len(notes.description_html.encode()) <= 4000
    assert "The hook. The hook." in notes.description_html
    assert shown[0] == ("00:00:00", "A chapter with a title of some length, as people write them 0")
    assert "Too close" not in notes.description_html
    assert set(shown) < set(re.findall(r"(\d\d:\d\d:\d\d) ([^<]*)", notes.content_html))
    assert sorted(shown) == shown
    assert 40 < len(shown) < 60
    assert notes.content_html.count("<br>") == 69
    assert findings(episode, LINKS, tuple(chapters))[1] == (
        f"episodes/042-tide-tables.md: note T-10: {70 - len(shown)} chapters do not fit into 4000 bytes of notes; "
        "left out of the list in `description`. Shorten the notes."
    )


def test_links_that_are_too_long_together_go_from_the_end() -> None:
    links = tuple(a_link(f"p{number}", f"P{number}", f"https://p.example/{'x' * 900}{number}") for number in range(6))
    notes = notes_of(an_episode(body="Text."), links)
    assert re.findall(">(P\\d)<", notes.description_html) == ["P0", "P1", "P2", "P3"]
    assert re.findall(">(P\\d)<", notes.content_html) == ["P0", "P1", "P2", "P3", "P4", "P5"]


def test_chapters_go_where_three_do_not_fit() -> None:
    chapters = tuple(a_chapter(60.0 * number, "x" * 2000) for number in range(4))
    assert notes_of(an_episode(body="Text."), (), chapters).description_html == "<p>Text.</p>"


TEXT = st.lists(
    st.sampled_from(
        [
            *("word ", "é", "🐟", "\n\n", "\n* ", "[a](/b)", "**b** ", "<br><br>", "&", "潮", "# h\n", "x" * 300),
            "some words " * 40,
        ]
    ),
    max_size=60,
).map("".join)


@given(TEXT, TEXT, st.integers(0, 90), st.integers(0, 200))
def test_any_description_fits_is_balanced_and_keeps_links_and_first_chapter(
    intro: str, body: str, count: int, length: int
) -> None:
    chapters = tuple(many_chapters(count, "é" * length))
    notes = notes_of(an_episode(intro=intro, body=body), LINKS, chapters)
    out = notes.description_html
    assert 0 < len(out.encode()) <= 4000
    assert out == nh3.clean(
        out,
        tags={"p", "br", "a", "ul", "ol", "li", "strong", "em", "h2"},
        attributes={"a": {"href"}},
        url_schemes={"https"},
        link_rel=None,
    )
    assert LINKS_HTML in out
    assert (count >= 3) == bool(re.search("<p>00:00:00 é* ?0<br>00:0", out))
    assert not notes.content_html or (len(notes.content_html.encode()) > 4000 and LINKS_HTML in notes.content_html)


def test_the_same_values_give_the_same_notes() -> None:
    episode = an_episode(intro="a " * 3000, body="* b\n" * 300)
    assert notes_of(episode, LINKS, CHAPTERS) == notes_of(episode, LINKS, CHAPTERS)


# --- thinning -----------------------------------------------------------------------------------------------------


def starts(chapters: list[Chapter]) -> list[float]:
    return [chapter.start_s for chapter in chapters]


def test_the_chapters_closest_behind_another_go_first() -> None:
    chapters = [a_chapter(at) for at in (0.0, 10.0, 20.0, 100.0, 105.0, 300.0)]
    assert starts(thin_chapters(chapters, lambda _: 1, 6)) == [0, 10, 20, 100, 105, 300]
    assert starts(thin_chapters(chapters, lambda _: 1, 5)) == [0, 10, 20, 100, 300]
    assert starts(thin_chapters(chapters, lambda _: 1, 4)) == [0, 10, 100, 300]
    assert starts(thin_chapters(chapters, lambda _: 1, 3)) == [0, 100, 300]
    assert starts(thin_chapters(chapters, lambda _: 1, 2)) == []
    assert starts(thin_chapters(chapters, lambda _: 1, 2, fewest=1)) == [0, 300]
    assert starts(thin_chapters(chapters, lambda _: 1, 0, fewest=0)) == []


@given(st.lists(st.integers(1, 500), max_size=80), st.integers(0, 300))
def test_a_thinned_list_fits_and_always_removes_the_closest(gaps: list[int], budget: int) -> None:
    chapters = [a_chapter(float(sum(gaps[:count]))) for count in range(len(gaps))]
    expected = list(chapters)
    while len(expected) * 7 > budget and len(expected) > 1:
        distance = {i: expected[i].start_s - expected[i - 1].start_s for i in range(1, len(expected))}
        del expected[max(i for i in distance if distance[i] == min(distance.values()))]
    thinned = thin_chapters(chapters, lambda _: 7, budget, fewest=0)
    assert thinned == (expected if len(expected) * 7 <= budget else [])
