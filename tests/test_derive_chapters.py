"""The one chapter list: what it is made of, what is left out, and what holds for every list."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from builders import an_episode
from hypothesis import given
from hypothesis import strategies as st

from feedbuilder.derive.chapters import derive_chapters
from feedbuilder.errors import Mark, Problem
from feedbuilder.model import Chapter, Heading, Timeline
from feedbuilder.rules.findings import format_problem

PATH = "episodes/042.md"
Row = tuple[float, str]


def from_headers(*rows: Row, timed: bool = True, measured_s: float | None = None) -> tuple[list[Row], list[str]]:
    """The chapters of a transcript with headers at these times, in lines 1, 2 …; and what is printed."""
    headings = (Heading(title, start_s, number, Mark(PATH, number + 1)) for number, (start_s, title) in enumerate(rows))
    episode = an_episode("042", marks={"transcript": Mark(PATH, 99)})
    return shown(
        *derive_chapters(
            episode, Timeline(headings=tuple(headings), timed=timed), intro_title="Hello", measured_s=measured_s
        )
    )


def from_author(*rows: Row, measured_s: float | None = None) -> tuple[list[Row], list[str]]:
    """The chapters of a record with ``chapters:`` of its own, in lines 1, 2 …; and what is printed."""
    marks = {f"chapters.{number}": Mark(PATH, number + 1) for number in range(len(rows))}
    episode = an_episode(
        "042", chapters=tuple(Chapter(*row) for row in rows), marks={"chapters": Mark(PATH, 98), **marks}
    )
    return shown(*derive_chapters(episode, Timeline(), intro_title="Hello", measured_s=measured_s))


def shown(chapters: Sequence[Chapter], problems: Sequence[Problem]) -> tuple[list[Row], list[str]]:
    told = [format_problem(problem).removeprefix(f"{PATH}:") for problem in problems]
    return [(chapter.start_s, chapter.title) for chapter in chapters], told


# --- from headers -----------------------------------------------------------------------------------------------------


def test_each_header_begins_a_chapter_and_an_intro_goes_before_them() -> None:
    assert from_headers((10.001, "Moon"), (60.0, "Sun")) == ([(0.0, "Hello"), (10.001, "Moon"), (60.0, "Sun")], [])


@pytest.mark.parametrize("first", [0.0, 4.2, 10.0])
def test_a_header_within_the_first_10_seconds_is_the_beginning(first: float) -> None:
    assert from_headers((first, "Moon"), (60.0, "Sun"), (90.0, "Sea")) == (
        [(0.0, "Moon"), (60.0, "Sun"), (90.0, "Sea")],
        [],
    )


def test_headers_within_a_second_merge_into_the_last_of_them() -> None:
    assert from_headers((0.0, "A"), (30.0, "B"), (30.0, "C"), (30.999, "D"), (31.999, "E")) == (
        [(0.0, "A"), (30.999, "D"), (31.999, "E")],
        [
            (
                "2: warning T-71: the chapter 'B' starts at 0:30, less than a second before 'C'; only the last "
                "of them is kept. Correct the time of one of them."
            ),
            (
                "3: warning T-71: the chapter 'C' starts at 0:30, less than a second before 'D'; only the last "
                "of them is kept. Correct the time of one of them."
            ),
        ],
    )


def test_headers_each_less_than_a_second_after_the_other_merge_into_one() -> None:
    chapters, told = from_headers((0.0, "A"), (30.0, "B"), (30.9, "C"), (31.8, "D"), (90.0, "E"))
    assert chapters == [(0.0, "A"), (31.8, "D"), (90.0, "E")]
    assert len(told) == 2


def test_without_times_or_headers_there_are_no_chapters() -> None:
    assert from_headers((0.0, "A"), (30.0, "B"), timed=False) == ([], [])
    assert from_headers() == ([], [])


def test_chapters_that_begin_after_the_end_of_the_measured_audio_are_left_out() -> None:
    rows = [(0.0, "A"), (30.0, "B"), (59.9, "C"), (60.0, "D"), (75.0, "E")]
    assert from_headers(*rows, measured_s=60.0) == (
        rows[:3],
        [
            (
                "4: warning CHP-8: the chapter 'D' starts after the end of the audio (1:00); left out. Correct the "
                "start of the chapter."
            ),
            (
                "5: warning CHP-8: the chapter 'E' starts after the end of the audio (1:00); left out. Correct the "
                "start of the chapter."
            ),
        ],
    )
    assert from_headers(*rows)[0] == rows[:2] + rows[3:]  # without a length all are inside; C merges into D


def test_a_chapter_after_the_end_takes_none_before_it_with_it() -> None:
    chapters, _ = from_headers((0.0, "A"), (30.0, "B"), (59.5, "C"), (60.2, "D"), measured_s=60.0)
    assert chapters == [(0.0, "A"), (30.0, "B"), (59.5, "C")]


def test_no_chapter_is_left_and_no_intro_is_made_where_all_begin_after_the_end() -> None:
    chapters, told = from_headers((70.0, "A"), (80.0, "B"), measured_s=60.0)
    assert (chapters, len(told)) == ([], 2)


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ([(0.0, "A")], "1 chapter"),
        ([(60.0, "A")], "2 chapters"),
        ([(0.0, "A"), (60.0, "B"), (90.0, "C")], ""),
    ],
)
def test_fewer_than_three_chapters_are_told_of(rows: list[Row], what: str) -> None:
    assert from_headers(*rows)[1] == (
        [f"99: warning CHP-9: the episode has only {what}. Write at least three chapters, or none."] if what else []
    )


@pytest.mark.parametrize(("characters", "told"), [(128, 0), (129, 1)])
def test_titles_above_128_characters_are_told_of_and_not_cut(characters: int, told: int) -> None:
    title = "x" * characters
    chapters, problems = from_headers((0.0, "A"), (30.0, title), (60.0, "C"))
    assert chapters[1] == (30.0, title)
    assert problems == [
        f"2: warning T-84: the chapter title '{'x' * 59}…' has 129 characters, more than 128. Shorten the header."
        for _ in range(told)
    ]


# --- from the author --------------------------------------------------------------------------------------------------


def test_the_author_s_own_list_goes_before_the_headers() -> None:
    timeline = Timeline(headings=(Heading("Moon", 5.0, 0, Mark(PATH)),), timed=True)
    own = (Chapter(0.0, "A", "https://a.example/", "https://a.example/a.jpg"), Chapter(30.0, "B"), Chapter(60.0, "C"))
    episode = an_episode(chapters=own)
    assert derive_chapters(episode, timeline, intro_title="Hello", measured_s=None) == (own, [])


def test_the_author_s_own_list_is_sorted_and_each_entry_that_stood_too_late_is_named() -> None:
    assert from_author((0.0, "A"), (300.0, "B"), (60.0, "C"), (90.0, "D"), (400.0, "E")) == (
        [(0.0, "A"), (60.0, "C"), (90.0, "D"), (300.0, "B"), (400.0, "E")],
        [
            (
                "3: warning CHP-2: the chapter 'C' starts at 1:00, before a chapter above it; sorted. Put the "
                "chapters in order."
            ),
            (
                "4: warning CHP-2: the chapter 'D' starts at 1:30, before a chapter above it; sorted. Put the "
                "chapters in order."
            ),
        ],
    )


def test_the_first_of_the_author_s_own_list_stood_never_too_late() -> None:
    assert from_author((0.5, "A"), (60.0, "B"), (90.0, "C")) == ([(0.0, "A"), (60.0, "B"), (90.0, "C")], [])


def test_equal_starts_in_the_author_s_own_list_keep_their_order_and_merge() -> None:
    chapters, told = from_author((0.0, "A"), (60.0, "B"), (60.0, "C"), (90.0, "D"))
    assert chapters == [(0.0, "A"), (60.0, "C"), (90.0, "D")]
    assert told == [
        (
            "2: warning T-71: the chapter 'B' starts at 1:00, less than a second before 'C'; only the last of them "
            "is kept. Correct the time of one of them."
        )
    ]


def test_findings_of_the_author_s_own_list_stand_at_its_key() -> None:
    assert from_author((0.0, "A"), (60.0, "B")) == (
        [(0.0, "A"), (60.0, "B")],
        ["98: warning CHP-9: the episode has only 2 chapters. Write at least three chapters, or none."],
    )


def test_the_author_s_own_list_gets_an_intro_too_and_ends_with_the_audio() -> None:
    chapters, told = from_author((30.0, "A"), (60.0, "B"), (99.0, "C"), measured_s=70.0)
    assert chapters == [(0.0, "Hello"), (30.0, "A"), (60.0, "B")]
    assert told == [
        (
            "3: warning CHP-8: the chapter 'C' starts after the end of the audio (1:10); left out. Correct the "
            "start of the chapter."
        )
    ]


def test_url_and_picture_of_a_chapter_that_becomes_the_beginning_are_kept() -> None:
    own = (Chapter(5.0, "A", "https://a.example/", "https://a.example/a.jpg"),)
    chapters, _ = derive_chapters(an_episode(chapters=own), Timeline(), intro_title="Hello", measured_s=None)
    assert chapters == (Chapter(0.0, "A", "https://a.example/", "https://a.example/a.jpg"),)


# --- what holds for every list ----------------------------------------------------------------------------------------

ROWS = st.lists(
    st.tuples(
        st.floats(0, 4000) | st.floats(0, 12) | st.integers(0, 99).map(float), st.text("abc", min_size=1, max_size=3)
    ),
    max_size=20,
)
LENGTHS = st.none() | st.floats(1, 4000)


@given(ROWS, LENGTHS, st.booleans())
def test_chapters_ascend_by_a_second_or_more_from_0(rows: list[Row], measured_s: float | None, own: bool) -> None:
    chapters, _ = (
        from_author(*rows, measured_s=measured_s) if own else from_headers(*sorted(rows), measured_s=measured_s)
    )
    begun = [start_s for start_s, _ in chapters]
    assert begun[:1] in ([], [0.0])
    assert all(later - earlier >= (0.9999999 if earlier else 0) for earlier, later in pairwise(begun))
    assert all(int(earlier) < int(later) or earlier == 0 < later for earlier, later in pairwise(begun))
    assert begun == sorted(set(begun))
    assert measured_s is None or all(start_s < measured_s for start_s in begun)


@given(ROWS, LENGTHS, st.booleans())
def test_each_chapter_is_there_or_named(rows: list[Row], measured_s: float | None, own: bool) -> None:
    chapters, told = (
        from_author(*rows, measured_s=measured_s) if own else from_headers(*sorted(rows), measured_s=measured_s)
    )
    gone = [line for line in told if " T-71: " in line or " CHP-8: " in line]
    intro = chapters[:1] == [(0.0, "Hello")]
    assert len(chapters) - intro + len(gone) == len(rows)
