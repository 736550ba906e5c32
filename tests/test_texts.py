from __future__ import annotations

import re
from itertools import pairwise

import pytest
from builders import a_chapter, a_link, an_episode, some_notes
from hypothesis import given
from hypothesis import strategies as st

from feedbuilder.model import Chapter, Episode, Link, Notes
from feedbuilder.render.texts import PLATFORMS, render_text
from feedbuilder.rules.findings import format_problem

LINKS = (
    a_link(),
    a_link("spotify", "Spotify", "https://open.spotify.com/episode/0123456789abcdefghijkl"),
    a_link("apple", "Apple Podcasts", "https://podcasts.apple.com/us/podcast/tides/id1?i=2"),
    a_link("anchor", "Anchor", "https://anchor.fm/harbour/episodes/tides-e1abcde"),
)
CHAPTERS = (
    a_chapter(0.0, "Intro"),
    a_chapter(8.9, "A word before"),
    a_chapter(20.5, "🌊 Why spring tides are higher than neap tides"),
    a_chapter(112.0, "“…and then” the moon"),
    a_chapter(3601.2, "Who pays for the tide gauges of the northern harbours when nobody reads them"),
)
NOTES = some_notes(
    "unused", prose_html='<p>On tides &amp; moons.</p><ul><li><a href="https://bo.example/">Bo</a></li></ul>'
)


def text_of(
    platform: str,
    chapters: tuple[Chapter, ...] = CHAPTERS,
    *,
    links: tuple[Link, ...] = LINKS,
    notes: Notes = NOTES,
    episode: Episode | None = None,
    duration_s: float | None = None,
) -> tuple[str, list[str]]:
    text, problems = render_text(
        platform,
        episode=episode or an_episode(),
        links=links,
        chapters=chapters,
        notes=notes,
        duration_s=duration_s,
    )
    return text, [format_problem(problem).removeprefix("episodes/042-tide-tables.md: ") for problem in problems]


def prose(text: str) -> Notes:
    return some_notes("unused", prose_html=text)


# --- each platform ------------------------------------------------------------------------------------------------


def test_youtube_gets_short_stamps_ten_seconds_apart() -> None:
    assert text_of("youtube") == (
        (
            "On tides & moons.\n"
            "\n"
            "- Bo: https://bo.example/\n"
            "\n"
            "Spotify: https://open.spotify.com/episode/0123456789abcdefghijkl\n"
            "Apple Podcasts: https://podcasts.apple.com/us/podcast/tides/id1?i=2\n"
            "Anchor: https://anchor.fm/harbour/episodes/tides-e1abcde\n"
            "\n"
            "0:00 Intro\n"
            "0:20 🌊 Why spring tides are higher than neap tides\n"
            "1:52 “…and then” the moon\n"
            "1:00:01 Who pays for the tide gauges of the northern harbours when nobody reads them"
        ),
        [
            (
                "note T-76: 1 of 5 chapters has no title or less than 10 s; left out of this text. Move or merge "
                "these headers."
            ),
            "note YT-11: 1 chapter title is longer than 70 characters. Shorten the headers.",
        ],
    )


def test_spotify_gets_short_titles_without_emoji_thirty_seconds_apart() -> None:
    assert text_of("spotify", links=LINKS[:2]) == (
        ("On tides & moons.\n"
        "\n"
        "- Bo: https://bo.example/\n"
        "\n"
        "YouTube: https://www.youtube.com/watch?v=abcdefghijk\n"
        "\n"
        "00:00:00 Intro\n"
        "00:01:52 and then” the moon\n"
        "01:00:01 Who pays for the tide gauges of the…"),
        [
            (
                "note T-76: 2 of 5 chapters have no title or less than 30 s; left out of this text. Move or merge "
                "these headers."
            ),
            (
             "note T-77: 1 title is longer than 39 characters; shortened in this text. Shorten the headers."
),
        ],
    )  # fmt: skip


def test_apple_gets_the_whole_list() -> None:
    text, problems = text_of("apple", links=LINKS[2:])
    assert text == (
        "On tides & moons.\n"
        "\n"
        "- Bo: https://bo.example/\n"
        "\n"
        "Anchor: https://anchor.fm/harbour/episodes/tides-e1abcde\n"
        "\n"
        "00:00:00 Intro\n"
        "00:00:08 A word before\n"
        "00:00:20 🌊 Why spring tides are higher than neap tides\n"
        "00:01:52 “…and then” the moon\n"
        "01:00:01 Who pays for the tide gauges of the northern harbours when nobody reads them"
    )
    assert problems == ["note APL-45: 1 chapter title is longer than 45 characters. Shorten the headers."]


@pytest.mark.parametrize(("platform", "rule"), [("youtube", "YT-10"), ("spotify", "SPO-20"), ("apple", "APL-44")])
def test_fewer_than_three_chapters_are_no_list(platform: str, rule: str) -> None:
    gap = PLATFORMS[platform].least_gap_s
    kept = 1 if gap > 1 else 2
    assert text_of(platform, CHAPTERS[:2], links=(), notes=prose("")) == (
        "",
        [
            (f"warning {rule}: {PLATFORMS[platform].name} needs 3 chapters with a title and at least {gap} s; "
            f"this episode has {kept} (of 2); no chapter list was printed. Add headers.")
        ],
    )  # fmt: skip
    assert text_of(platform, (), links=(), notes=prose("<p>a</p>")) == ("a", [])


def test_a_list_that_begins_later_is_no_list() -> None:
    chapters = tuple(a_chapter(60.0 * number, "x") for number in range(1, 5))
    assert text_of("youtube", chapters, links=(), notes=prose("")) == (
        "",
        [
            (
                "warning YT-10: the first chapter starts at 1:00, not at 0; no chapter list was printed. Add a chapter "
                "at 0:00."
            )
        ],
    )


def test_a_last_chapter_that_is_too_short_is_left_out() -> None:
    chapters = tuple(a_chapter(60.0 * number, f"c{number}") for number in range(4))
    assert text_of("youtube", chapters, duration_s=189.0)[0].endswith("2:00 c2")
    assert text_of("youtube", chapters, duration_s=190.0)[0].endswith("3:00 c3")
    assert text_of("youtube", chapters, duration_s=100.0)[0].endswith("3:00 c3"), "a wrong duration ends nothing"


def test_a_list_of_times_in_the_notes_stays_alone() -> None:
    text, problems = text_of("apple", links=(), notes=prose("<p>0:00 a<br>1:00 b<br>2:00 c</p>"))
    assert text == "0:00 a\n1:00 b\n2:00 c"
    assert problems[0].startswith("warning CHP-11: 3 lines of the notes begin")


# --- limits -------------------------------------------------------------------------------------------------------


def test_youtube_gets_no_angle_brackets() -> None:
    chapters = (a_chapter(0.0, "a < b"), a_chapter(60.0, "b"), a_chapter(120.0, "c"))
    text, problems = text_of("youtube", chapters, links=(), notes=prose("<p>1 &lt; 2 -&gt; 3</p>"))
    assert text == "1 ‹ 2 -› 3\n\n0:00 a ‹ b\n1:00 b\n2:00 c"
    assert problems == [
        "warning YT-3: the text contains < or > (3 times); printed as ‹ and ›. Replace them in the notes."
    ]  # fmt: skip
    assert "1 < 2 -> 3" in text_of("spotify", (), links=(), notes=prose("<p>1 &lt; 2 -&gt; 3</p>"))[0]


@pytest.mark.parametrize(
    ("title", "said"),
    [("x" * 100, 0), ("x" * 101, 1), ("a > b", 1)],
)
def test_youtube_titles_are_checked(title: str, said: int) -> None:
    _, problems = text_of("youtube", (), episode=an_episode(title=title))
    assert len(problems) == said
    assert all(line.startswith(f"warning YT-4: the title '{title[:50]}") for line in problems)
    assert text_of("apple", (), episode=an_episode(title=title))[1] == []


def test_long_prose_gives_way_to_links_and_chapters() -> None:
    notes = prose("".join(f"<p>{'Words of a long text. ' * 10}{number}</p>" for number in range(40)))
    whole = len(text_of("spotify", (), links=(), notes=notes)[0])
    text, problems = text_of("youtube", notes=notes)
    assert 4700 < len(text.encode()) <= 5000
    assert text.startswith("Words of a long text.")
    assert text.endswith(text_of("youtube")[0].partition("bo.example/\n\n")[2])
    assert problems[-1].startswith("warning YT-3: the text has ")
    assert problems[-1].endswith("bytes, more than 5000; shortened in this text. Shorten the notes.")
    text, problems = text_of("apple", (), links=(), notes=notes)
    assert 3700 < len(text.encode()) <= 4000
    assert problems == [
        f"warning APL-26: the text has {whole} bytes, more than 4000; shortened in this text. Shorten the notes."
    ]


def test_chapters_are_thinned_and_links_dropped_last() -> None:
    chapters = tuple(a_chapter(60.0 * number, f"{'<' * 60} {number}") for number in range(60))
    text, _ = text_of("youtube", chapters, notes=prose("<p>Words.</p>"))
    assert 4500 < len(text.encode()) <= 5000
    assert text.startswith("Words.\n\nSpotify: ")
    assert 10 < text.count("\n") < 40
    links = tuple(a_link(f"p{number}", f"P{number}", f"https://p.example/{'x' * 900}") for number in range(9))
    text, _ = text_of("youtube", chapters, links=links, notes=prose(""))
    assert [line[:2] for line in text.splitlines()] == ["P0", "P1", "P2", "P3", "P4"]


TITLES = st.lists(st.sampled_from(["word", "é", "🌊", "<b>", "…", "“", "  ", "\n", "x" * 30, "潮"]), max_size=12).map(
    " ".join
)


@given(
    st.sampled_from(sorted(PLATFORMS)),
    st.lists(st.tuples(st.integers(0, 90), TITLES), max_size=60),
    st.lists(st.sampled_from(["<p>words &lt; of</p>", "<p>🌊</p>", f"<p>{'long ' * 200}</p>"]), max_size=12),
)
def test_any_text_keeps_the_rules_of_its_platform(
    platform: str, gaps: list[tuple[int, str]], paragraphs: list[str]
) -> None:
    starts = [sum(gap for gap, _ in gaps[:count]) + count / 2 for count in range(len(gaps))]
    chapters = tuple(a_chapter(start, title) for start, (_, title) in zip(starts, gaps, strict=True))
    rules = PLATFORMS[platform]
    text, _ = text_of(platform, chapters, notes=prose("".join(paragraphs)))
    assert len(text.encode()) <= (rules.most_bytes or 10**9)
    assert platform != "youtube" or not set(text) & set("<>")
    lines = re.findall(r"^((?:\d+:)?\d+:\d\d) (.+)$", text, re.MULTILINE)
    assert len(lines) == 0 or len(lines) >= 3
    seconds = [
        sum(int(part) * 60**power for power, part in enumerate(reversed(stamp.split(":")))) for stamp, _ in lines
    ]
    assert seconds[:1] in ([], [0])
    assert all(after - before >= rules.least_gap_s for before, after in pairwise(seconds))
    assert set(seconds) <= {int(chapter.start_s) for chapter in chapters}
    assert platform != "spotify" or all(len(title) < 40 and "🌊" not in title for _, title in lines)
