"""When each line was said: an example of each rule (docs/design.md#timeline), and what holds for every transcript."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

import pytest
from builders import an_episode
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from feedbuilder.derive import timeline as module
from feedbuilder.derive.timeline import LOOK_BACK, derive_timeline
from feedbuilder.errors import Mark, Problem
from feedbuilder.model import Clip, Entry, Header, Line, Timeline
from feedbuilder.rules.findings import format_problem

PATH = "episodes/042.md"

Part = Callable[[Mark], Entry]


def said(time_s: float | None = None, text: str = "", who: str = "Ada") -> Part:
    """A line; without a text of its own it has ten characters, and differs from the others."""
    return lambda mark: Line(text or f"line no {mark.line:02}", who, time_s, mark)


def header(text: str, time_s: float | None = None) -> Part:
    return lambda mark: Header(text, time_s, mark)


def a_transcript(*parts: Part) -> tuple[Entry, ...]:
    """Entries whose line in the file is their number, from 1."""
    return tuple(part(Mark(PATH, number, 3)) for number, part in enumerate(parts, start=1))


def timeline_of(*parts: Part, offset_s: float = 0.0, clips: Sequence[Clip] = (), **fields: Any) -> Timeline:  # noqa: ANN401
    return derived(*parts, offset_s=offset_s, clips=clips, **fields)[0]


def told_of(*parts: Part, clips: Sequence[Clip] = (), **fields: Any) -> list[str]:  # noqa: ANN401
    return [format_problem(problem).removeprefix(PATH) for problem in derived(*parts, clips=clips, **fields)[1]]


def derived(
    *parts: Part,
    offset_s: float = 0.0,
    clips: Sequence[Clip] = (),
    **fields: Any,  # noqa: ANN401
) -> tuple[Timeline, list[Problem]]:
    episode = an_episode("042", transcript=a_transcript(*parts), clips=tuple(clips), **fields)
    return derive_timeline(episode, offset_s)


def starts(timeline: Timeline) -> list[float]:
    return [paragraph.start_s for paragraph in timeline.paragraphs]


def trusted(timeline: Timeline) -> list[bool]:
    return [paragraph.trusted for paragraph in timeline.paragraphs]


def headings(timeline: Timeline) -> list[tuple[str, float, int]]:
    return [(heading.text, heading.start_s, heading.before) for heading in timeline.headings]


def evenly(count: int, first: float = 0.0, step: float = 5.0) -> list[Part]:
    return [said(first + step * number, f"number {number}") for number in range(count)]


# --- what comes out ---------------------------------------------------------------------------------------------------


def test_a_sound_transcript_is_left_as_it_is() -> None:
    timeline, problems = derived(
        header("Welcome", 2.0), said(2.0, "Hello."), said(4.5, "Hi.", "Bo"), header("Moon"), said(9, "Well.")
    )
    assert problems == []
    assert timeline.timed
    assert timeline.last_trusted_s == 9.0
    assert [(p.text, p.who, p.start_s, p.trusted, p.mark.line) for p in timeline.paragraphs] == [
        ("Hello.", "Ada", 2.0, True, 2),
        ("Hi.", "Bo", 4.5, True, 3),
        ("Well.", "Ada", 9.0, True, 5),
    ]
    assert headings(timeline) == [("Welcome", 2.0, 0), ("Moon", 9.0, 2)]
    assert [heading.mark.line for heading in timeline.headings] == [1, 4]


def test_no_transcript_has_no_times_and_no_findings() -> None:
    assert derived() == (Timeline(), [])


def test_a_transcript_of_timed_headers_alone_is_timed() -> None:
    timeline, problems = derived(header("Moon", 3.0), header("Sun", 60.0))
    assert (headings(timeline), timeline.timed, problems) == ([("Moon", 3.0, 0), ("Sun", 60.0, 0)], True, [])


def test_the_offset_moves_every_time_and_nothing_stands_before_the_beginning() -> None:
    parts = [header("Welcome"), said(5), said(30), said(), said(80), said()]
    plain = timeline_of(*parts)
    for offset_s in (12.5, -7.0):
        moved = timeline_of(*parts, offset_s=offset_s)
        assert starts(moved) == [max(0.0, start + offset_s) for start in starts(plain)]
        assert headings(moved) == [("Welcome", max(0.0, 5 + offset_s), 0)]
        assert moved.last_trusted_s == 80 + offset_s


# --- (a) repetitions --------------------------------------------------------------------------------------------------


def test_an_untimed_line_that_the_next_line_repeats_counts_once() -> None:
    parts = [said(1, "One."), said(None, "Two.", ""), said(9, "Two.", "Bo"), said(20), said(30)]
    assert [(p.text, p.who, p.start_s) for p in timeline_of(*parts).paragraphs][1:2] == [("Two.", "Bo", 9.0)]
    assert told_of(*parts) == [
        ":2:3: note TIM-3: the next line repeats this line word for word; used once. Remove one of them."
    ]


def test_headers_may_stand_between_a_line_and_its_repetition() -> None:
    timeline = timeline_of(said(None, "Two.", ""), header("Welcome"), said(9, "Two."), said(20), said(30))
    assert starts(timeline) == [9.0, 20.0, 30.0]
    assert headings(timeline) == [("Welcome", 9.0, 0)]


def test_of_several_repetitions_one_is_left_and_all_are_named_in_one_finding() -> None:
    parts = [said(None, "One."), said(None, "One."), said(4, "One."), said(9), said(None, "Two."), said(12, "Two.")]
    assert starts(timeline_of(*parts)) == [4.0, 9.0, 12.0]
    assert told_of(*parts) == [
        (
            ":1:3: note TIM-3: the next line repeats this line word for word (also in lines 2, 5); used once. "
            "Remove one of them."
        )
    ]


@pytest.mark.parametrize(
    "parts",
    [
        [said(1, "Yes."), said(4, "Yes.")],
        [said(1, "Yes."), said(None, "Yes.")],
        [said(None, "Yes."), said(4, "Yes!")],
        [said(None, "Yes.", "Bo"), said(4, "Yes.", "Ada")],
        [said(None, "Yes.", "Bo"), said(4, "Yes.", "")],
        [said(None, "Yes."), said(2, "No."), said(4, "Yes.")],
    ],
)
def test_what_may_well_have_been_said_twice_stays(parts: list[Part]) -> None:
    timeline, problems = derived(*parts, said(9), said(15), said(20))
    assert (len(timeline.paragraphs), problems) == (len(parts) + 3, [])


def test_a_header_that_the_next_header_repeats_counts_once() -> None:
    parts = [header("Moon"), header("Moon"), said(9), header("Sun"), header("Sun"), header("Sun"), said(20), said(30)]
    assert headings(timeline_of(*parts)) == [("Moon", 9.0, 0), ("Sun", 20.0, 1)]
    assert told_of(*parts) == [
        (
            ":1:3: note TIM-3: the next header repeats this header word for word (also in lines 4, 5); used "
            "once. Remove one of them."
        )
    ]


def test_one_other_repetition_is_named_in_the_singular() -> None:
    parts = [header("Moon"), header("Moon"), said(9), header("Sun"), header("Sun"), said(20), said(30)]
    (told,) = told_of(*parts)
    assert "(also in line 4); " in told


@pytest.mark.parametrize(
    ("first", "second", "start_s", "line"), [(12.0, None, 12.0, 2), (None, 12.0, 12.0, 3), (11.0, 12.0, 12.0, 3)]
)
def test_of_two_equal_headers_the_timed_one_stays(
    first: float | None, second: float | None, start_s: float, line: int
) -> None:
    timeline = timeline_of(said(5), header("Moon", first), header("Moon", second), said(15), said(20))
    assert headings(timeline) == [("Moon", start_s, 1)]
    assert timeline.headings[0].mark.line == line


def test_equal_headers_with_a_line_between_are_two() -> None:
    parts = [header("Moon"), said(5), header("Moon"), said(9), said(15)]
    assert headings(timeline_of(*parts)) == [("Moon", 5.0, 0), ("Moon", 9.0, 1)]
    assert told_of(*parts) == []


def test_a_line_that_counts_once_parts_no_headers() -> None:
    timeline = timeline_of(header("Moon"), said(None, "One."), header("Moon"), said(9, "One."), said(15), said(20))
    assert headings(timeline) == [("Moon", 9.0, 0)]


# --- clips ------------------------------------------------------------------------------------------------------------


def test_the_nth_header_takes_the_time_of_the_nth_clip_of_its_name() -> None:
    parts = [header("Q"), said(10), header("A"), said(20), header("Q"), said(30), header("Q"), said(40), said(50)]
    clips = [Clip("Q", 8.0), Clip("A", 19.0), Clip("Q", 28.0), Clip("Nobody", 1.0)]
    assert headings(timeline_of(*parts, clips=clips)) == [("Q", 8.0, 0), ("A", 19.0, 1), ("Q", 28.0, 2), ("Q", 40.0, 3)]
    clips.append(Clip("Q", 38.0))
    assert headings(timeline_of(*parts, clips=clips)) == [("Q", 8.0, 0), ("A", 19.0, 1), ("Q", 28.0, 2), ("Q", 38.0, 3)]


def test_a_header_with_a_time_of_its_own_keeps_it_and_uses_up_its_clip() -> None:
    parts = [header("Q", 9.0), said(10), header("Q"), said(20), said(30)]
    assert headings(timeline_of(*parts, clips=[Clip("Q", 1.0), Clip("Q", 18.0)])) == [("Q", 9.0, 0), ("Q", 18.0, 1)]


# --- (b) equal times --------------------------------------------------------------------------------------------------


def test_a_time_equal_to_that_of_the_timed_line_before_it_is_no_evidence() -> None:
    parts = [said(10), said(10), said(), said(10), said(54), said(60)]
    timeline, problems = derived(*parts)
    assert starts(timeline) == [10.0, 21.0, 32.0, 43.0, 54.0, 60.0]
    assert trusted(timeline) == [True, False, False, False, True, True]
    assert problems == []


def test_an_equal_time_further_back_is_evidence() -> None:
    parts = [*evenly(20), said(200), said(45), said(205)]
    assert told_of(*parts) == [
        (
            ":22:3: warning T-73: the time 0:45 of this line does not fit the lines around it; placed by its "
            "neighbours. Correct the time."
        )
    ]


def test_a_header_between_two_equal_times_does_not_make_the_second_one_evidence() -> None:
    timeline, problems = derived(said(10), header("Moon"), said(10), said(32), said(40))
    assert (starts(timeline), trusted(timeline), problems) == ([10.0, 21.0, 32.0, 40.0], [True, False, True, True], [])


# --- (c) headers and the lines they name ------------------------------------------------------------------------------


def test_each_header_of_a_stack_stands_before_the_line_of_its_time() -> None:
    parts = [
        said(5),
        header("A", 10),
        header("B", 20),
        header("C", 30),
        said(10),
        said(20),
        said(25),
        said(30),
        said(40),
    ]
    assert headings(timeline_of(*parts)) == [("A", 10.0, 1), ("B", 20.0, 2), ("C", 30.0, 4)]
    assert told_of(*parts) == []


def test_a_header_does_not_reach_behind_the_next_header_with_lines_of_its_own() -> None:
    parts = [header("A", 30), said(10), said(20), header("B"), said(30), said(40)]
    timeline, problems = derived(*parts)
    assert headings(timeline) == [("A", 10.0, 0), ("B", 30.0, 2)]
    assert [problem.mark.line for problem in problems] == [1]


def test_a_header_without_such_a_line_stays_where_it_stood() -> None:
    timeline = timeline_of(said(5), header("A", 9), header("B"), said(10), said(20), said(30))
    assert headings(timeline) == [("A", 9.0, 1), ("B", 10.0, 1)]  # no word is said between B and its line


def test_a_header_stays_where_it_was_written_when_the_line_of_its_time_is_not_trusted() -> None:
    parts = [said(480), said(490), header("A"), *map(said, (522, 543, 568, 584, 498, 610, 620))]
    timeline, problems = derived(*parts, clips=[Clip("A", 498)])
    assert headings(timeline) == [("A", 498.0, 2)]
    assert [(problem.rule, problem.mark.line) for problem in problems] == [("T-73", 8)]


def test_a_header_and_a_wrong_time_do_not_confirm_each_other() -> None:
    parts = [said(10), header("A", 60), said(20), said(60), said(30), said(70), said(80)]
    timeline, problems = derived(*parts)
    assert trusted(timeline) == [True, True, False, True, True, True]
    assert headings(timeline)[0][2] == 1
    assert [(problem.rule, problem.mark.line) for problem in problems] == [("T-73", 2), ("T-73", 4)]


def test_of_two_lines_of_one_time_the_first_is_meant() -> None:
    timeline = timeline_of(said(5), header("A"), header("B", 20), said(10), said(20), said(20), said(43))
    assert headings(timeline) == [("A", 10.0, 1), ("B", 20.0, 2)]


def test_two_headers_may_stand_before_one_line() -> None:
    timeline, problems = derived(said(5), header("A", 20), header("B", 20), said(10), said(20), said(30))
    assert (headings(timeline), problems) == ([("A", 20.0, 2), ("B", 20.0, 2)], [])


def test_a_header_after_the_last_line_with_neither_line_nor_time_is_dropped() -> None:
    parts = [header("A"), said(5), said(10), said(20), header("B"), header("C")]
    assert headings(timeline_of(*parts)) == [("A", 5.0, 0)]
    assert told_of(*parts) == [
        (
            ":6:3: warning T-72: no line follows the header 'C'; left out. Move the header before its lines, or "
            "remove it."
        ),
        (
            ":5:3: warning T-72: no line follows the header 'B'; left out. Move the header before its lines, or "
            "remove it."
        ),
    ]


def test_a_timed_header_after_the_last_line_stays() -> None:
    timeline, problems = derived(said(5), said(10), said(20), header("B"), header("C", 30))
    assert (headings(timeline), problems) == ([("B", 30.0, 3), ("C", 30.0, 3)], [])


# --- (d) what can be believed -----------------------------------------------------------------------------------------


def test_a_time_that_runs_backwards_is_named_and_placed_by_length_of_text() -> None:
    parts = [said(10), said(20), said(30, "a" * 19), said(3, "b" * 9), said(60), said(70)]
    timeline, problems = derived(*parts)
    assert starts(timeline) == [10.0, 20.0, 30.0, 50.0, 60.0, 70.0]  # 20 of the 30 characters of the two lines
    assert trusted(timeline) == [True, True, True, False, True, True]
    assert [format_problem(problem) for problem in problems] == [
        (
            f"{PATH}:4:3: warning T-73: the time 0:03 of this line does not fit the lines around it; "
            "placed by its neighbours. Correct the time."
        )
    ]


def test_a_header_that_does_not_fit_is_named_with_its_clip() -> None:
    parts = [said(10), header("Moon"), said(20), said(30), said(40)]
    assert told_of(*parts, clips=[Clip("Moon", 500.0)]) == [
        (
            ":2:3: warning T-73: the time 8:20 of this header or its clip does not fit the lines around it; "
            "placed by its neighbours. Correct the time."
        )
    ]
    assert headings(timeline_of(*parts, clips=[Clip("Moon", 500.0)])) == [("Moon", 20.0, 1)]


@pytest.mark.parametrize(("characters", "believed"), [(45 * 11, True), (45 * 11 + 1, False)])
def test_45_characters_a_second_can_be_said_with_10_seconds_grace(characters: int, believed: bool) -> None:
    text = "x" * (characters - 1)  # and the blank behind it
    timeline = timeline_of(said(10, text), said(11), *evenly(8, 60))
    assert all(trusted(timeline)) is believed


@pytest.mark.parametrize(
    ("parts", "believed"),
    [
        ([header("A", 10), said(10)], True),  # a header may equal the line after it
        ([header("A", 10), header("B", 10), said(10)], True),
        ([said(10), header("A", 10), said(20)], False),
        ([header("A", 10), said(None), header("B"), said(10)], False),
    ],
)
def test_times_ascend_strictly_but_from_a_header_to_its_line(parts: list[Part], believed: bool) -> None:
    _, problems = derived(said(2), *parts, *evenly(8, 30))
    assert (problems == []) is believed


def test_the_line_is_believed_and_not_the_header_behind_it_of_the_same_time() -> None:
    timeline, problems = derived(*evenly(8), said(40), header("A", 40), said(45), said(50))
    assert all(trusted(timeline))
    assert [(problem.rule, problem.mark.line) for problem in problems] == [("T-73", 10)]
    assert headings(timeline) == [("A", 45.0, 9)]


def test_of_two_chains_of_one_length_the_one_that_is_spoken_evenly_is_believed() -> None:
    """Each line has 5 seconds; where two times contradict each other, the one that is further off is damaged."""
    backwards = [*evenly(10, 5, 5), said(55), said(52), said(65), said(70)]
    assert [problem.mark.line for problem in derived(*backwards)[1]] == [12]
    forwards = [*evenly(10, 5, 5), said(59), said(58), said(65), said(70)]
    assert [problem.mark.line for problem in derived(*forwards)[1]] == [11]


def test_the_first_and_the_last_time_may_be_the_damaged_ones() -> None:
    timeline, problems = derived(said(500), *evenly(10, 5), said(1))
    assert [problem.mark.line for problem in problems] == [1, 12]
    assert starts(timeline)[1:-1] == [5.0 + 5 * n for n in range(10)]
    assert 0 <= starts(timeline)[0] < 5
    assert starts(timeline)[-1] > 50


# --- (e) where the rest is placed -------------------------------------------------------------------------------------


def test_untimed_lines_before_the_first_and_after_the_last_time_go_at_the_median_rate() -> None:
    parts = [said(), said(), said(100), said(110), said(122), said(200), said()]  # 11 characters in 10, 12, 78 seconds
    assert starts(timeline_of(*parts)) == pytest.approx([76.0, 88.0, 100.0, 110.0, 122.0, 200.0, 212.0])


def test_stretches_of_less_than_a_second_count_for_the_rate() -> None:
    parts = [said(100.5 + number / 2, "abcd") for number in range(3)]  # 5 characters in half a second, three times
    assert starts(timeline_of(said(None, "x" * 29), *parts, said(None, "other"))) == [97.5, 100.5, 101.0, 101.5, 102.0]


def test_nothing_is_placed_before_the_beginning() -> None:
    assert starts(timeline_of(said(), said(), said(3), said(13), said(23))) == [0.0, 0.0, 3.0, 13.0, 23.0]


def test_an_untimed_header_stands_where_its_line_does() -> None:
    timeline = timeline_of(said(10), header("A"), said(), header("B"), said(32), said(40))
    assert headings(timeline) == [("A", 21.0, 1), ("B", 32.0, 2)]


def test_without_any_rate_15_characters_a_second_are_said() -> None:
    timeline = timeline_of(said(None, "x" * 29), said(100, "x" * 14), said())
    assert (starts(timeline), timeline.timed) == ([0.0] * 3, False)
    timeline = timeline_of(said(None, "x" * 29), said(100, "x" * 14))
    assert not timeline.timed  # one time for two lines
    timeline = timeline_of(header("A", 50), said(None, "x" * 29), header("B", 50.5), header("C", 50.9))
    assert timeline.timed


def test_a_time_placed_after_the_last_one_uses_the_usual_rate_where_the_record_gives_none() -> None:
    timeline = timeline_of(header("A", 50), header("B", 51), header("C", 52), said(None, "x" * 29), said())
    assert (starts(timeline), timeline.timed) == ([52.0, 54.0], True)


# --- (f) withheld -----------------------------------------------------------------------------------------------------


def jumping(count: int, of: int) -> list[Part]:
    """``of`` times, ``count`` of which are damaged: each second one from the third on is 0:01, 0:02 and so on."""
    parts = evenly(of, 100)
    for number in range(count):
        parts[2 + 2 * number] = said(1.0 + (number % 2), f"number {2 + 2 * number}")
    return parts


@pytest.mark.parametrize(
    ("damaged", "of", "timed"),
    [(3, 9, True), (4, 11, False), (4, 39, False), (4, 40, True), (5, 49, False), (5, 50, True)],
)
def test_times_are_withheld_above_a_tenth_and_above_three(damaged: int, of: int, timed: bool) -> None:
    timeline, problems = derived(*jumping(damaged, of))
    assert timeline.timed is timed
    assert len(problems) == (damaged if timed else 1)


def test_withheld_times_are_all_untrusted_and_no_word_is_lost() -> None:
    timeline = timeline_of(header("A"), *jumping(4, 11))
    assert [p.text for p in timeline.paragraphs] == [f"number {n}" for n in range(11)]
    assert not any(trusted(timeline))
    assert (timeline.timed, timeline.last_trusted_s) == (False, 0.0)
    assert [(heading.text, heading.before) for heading in timeline.headings] == [("A", 0)]


def test_withheld_times_name_the_first_jump() -> None:
    assert told_of(*jumping(4, 11)) == [
        (
            ":3:3: warning TIM-1: 4 of 11 times contradict the rest, the first of them here (0:01); published "
            "without times. Correct the times from there on."
        )
    ]


@pytest.mark.parametrize(
    ("times", "lines", "timed"), [(3, 12, True), (3, 13, False), (2, 4, False), (4, 16, True), (4, 17, False)]
)
def test_times_are_withheld_below_three_and_below_a_quarter_of_the_lines(times: int, lines: int, timed: bool) -> None:
    parts = [*evenly(times), *[said(None, f"untimed {n}") for n in range(lines - times)]]
    assert timeline_of(*parts).timed is timed


def test_a_transcript_of_one_or_two_timed_lines_is_timed() -> None:
    assert timeline_of(said(3)).timed
    assert timeline_of(said(3), said(6)).timed
    assert not timeline_of(said(3), said(None, "Other.")).timed


def test_too_few_times_are_no_damage() -> None:
    marks = {"transcript": Mark(PATH, 7, 1)}
    untimed = [said(None, f"untimed {n}") for n in range(8)]
    assert told_of(*untimed, marks=marks) == [
        ":7:1: warning TIM-2: the transcript has no times; published without times. Add `sec:` or `time:`."
    ]
    assert told_of(said(3), *untimed, marks=marks) == [
        (
            ":7:1: warning TIM-2: only 1 time can be trusted, for 9 lines; published without times. Add `sec:` or "
            "`time:`."
        )
    ]
    assert told_of(said(3), said(5), *untimed, marks=marks) == [
        (
            ":7:1: warning TIM-2: only 2 times can be trusted, for 10 lines; published without times. Add `sec:` or "
            "`time:`."
        )
    ]


def test_too_few_times_of_which_some_are_damaged_name_the_jump() -> None:
    untimed = [said(None, f"untimed {n}") for n in range(8)]
    assert told_of(said(30), said(5), *untimed) == [
        (
            ":2:3: warning TIM-1: only 1 time can be trusted, for 10 lines, the first of them here (0:05); "
            "published without times. Correct the times from there on."
        )
    ]


def test_findings_of_other_rules_are_told_beside_withheld_times() -> None:
    told = told_of(header("A"), header("A"), *jumping(4, 11), header("B"))
    assert [line.split()[2] for line in told] == ["TIM-3:", "T-72:", "TIM-1:"]


# --- what holds for every transcript ----------------------------------------------------------------------------------

TIMES = (
    st.none()
    | st.floats(0, 4000, allow_nan=False).map(lambda seconds: round(seconds, 3))
    | st.integers(0, 60).map(float)
)
TEXTS = st.text("abc ", min_size=1, max_size=40).map(lambda text: text.strip() or "a")
PARTS = st.lists(
    st.builds(said, TIMES, TEXTS, st.sampled_from(["", "Ada", "Bo"])) | st.builds(header, TEXTS, TIMES), max_size=40
)
CLIPS = st.lists(st.builds(Clip, TEXTS, st.floats(0, 4000)), max_size=5)
OFFSETS = st.sampled_from([0.0, 0.0, 12.5, -30.0])


def words_but_named_repetitions(parts: Iterable[Part], problems: Iterable[Problem]) -> list[str]:
    gone: set[int] = set()
    for problem in problems:
        if problem.rule == "TIM-3":
            _, _, others = problem.what.partition("(also in line")
            gone |= {problem.mark.line, *(int(number) for number in others.strip("s )").split(", ") if number)}
    entries = a_transcript(*parts)
    return [entry.text for entry in entries if isinstance(entry, Line) and entry.mark.line not in gone]


@given(PARTS, CLIPS, OFFSETS)
def test_each_word_arrives_in_order_but_for_named_repetitions(
    parts: list[Part], clips: list[Clip], offset_s: float
) -> None:
    timeline, problems = derived(*parts, clips=clips, offset_s=offset_s)
    assert [paragraph.text for paragraph in timeline.paragraphs] == words_but_named_repetitions(parts, problems)


@st.composite
def headers_with_the_time_of_a_line(draw: st.DrawFn) -> list[Part]:
    """Lines 20 s apart, of which up to two have a wrong time, and headers that have the time of a later line."""
    count = draw(st.integers(6, 25))
    times = [20.0 * number for number in range(count)]
    for damaged in draw(st.sets(st.integers(2, count - 1), min_size=1, max_size=2)):
        times[damaged] = draw(st.integers(0, 20 * count).map(float))
    parts: list[Part] = [said(time_s, f"number {number}") for number, time_s in enumerate(times)]
    for place in sorted(draw(st.sets(st.integers(0, count - 2), min_size=1, max_size=3)), reverse=True):
        parts.insert(place, header(f"at {place}", draw(st.sampled_from(times[place:]))))
    return parts


@given(headers_with_the_time_of_a_line())
def test_a_header_passes_only_trusted_lines_of_earlier_times(parts: list[Part]) -> None:
    """A header moves past lines only to the trusted line of its own time; what it passes was said before that."""
    timeline, _ = derived(*parts)
    paragraphs = timeline.paragraphs
    for heading in timeline.headings:
        passed = [line for line in paragraphs[: heading.before] if line.mark.line > heading.mark.line]
        if passed and timeline.timed:
            assert paragraphs[heading.before].trusted
            assert all(line.start_s < heading.start_s for line in passed if line.trusted)


@given(PARTS, CLIPS, OFFSETS)
def test_starts_never_descend_with_headers_among_the_lines(
    parts: list[Part], clips: list[Clip], offset_s: float
) -> None:
    timeline = timeline_of(*parts, clips=clips, offset_s=offset_s)
    assume(timeline.timed)
    sequence: list[float] = []
    for index, paragraph in enumerate(timeline.paragraphs):
        sequence += [heading.start_s for heading in timeline.headings if heading.before == index]
        sequence.append(paragraph.start_s)
    sequence += [heading.start_s for heading in timeline.headings if heading.before == len(timeline.paragraphs)]
    assert sequence == sorted(sequence)
    assert all(start >= 0 for start in sequence)
    assert [heading.before for heading in timeline.headings] == sorted(heading.before for heading in timeline.headings)


@given(PARTS, CLIPS, OFFSETS)
def test_trusted_times_are_kept_exactly(parts: list[Part], clips: list[Clip], offset_s: float) -> None:
    timeline = timeline_of(*parts, clips=clips, offset_s=offset_s)
    claimed = {entry.mark: entry.time_s for entry in a_transcript(*parts)}
    for paragraph in timeline.paragraphs:
        if paragraph.trusted:
            time_s = claimed[paragraph.mark]
            assert time_s is not None
            assert paragraph.start_s == max(0.0, time_s + offset_s)


@given(PARTS, CLIPS)
def test_each_time_is_believed_or_named_or_equal_to_the_one_before_it(parts: list[Part], clips: list[Clip]) -> None:
    timeline, problems = derived(*parts, clips=clips)
    assume(timeline.timed)
    named = {problem.mark for problem in problems}
    claimed = {entry.mark: entry.time_s for entry in a_transcript(*parts)}
    last = None
    for paragraph in timeline.paragraphs:
        time_s = claimed[paragraph.mark]
        if time_s is not None:
            assert paragraph.trusted or paragraph.mark in named or time_s == last
            last = time_s


@st.composite
def speakable(draw: st.DrawFn, least: int = 3) -> list[tuple[float, str]]:
    """Ascending times with texts that can be said until the next one."""
    rows = draw(st.lists(st.tuples(st.integers(1, 400), TEXTS), min_size=least, max_size=60))
    time_s = draw(st.floats(0, 100))
    sequence = []
    for tenths, text in rows:
        sequence.append((time_s, text))
        time_s += max(tenths / 10, len(text) / 40)
    return sequence


@given(speakable())
def test_an_ascending_sequence_that_can_be_spoken_is_left_alone(sequence: list[tuple[float, str]]) -> None:
    timeline, problems = derived(*(said(time_s, text) for time_s, text in sequence))
    assert problems == []
    assert starts(timeline) == [time_s for time_s, _ in sequence]
    assert all(trusted(timeline))


@given(speakable(least=20), st.data())
def test_one_damaged_time_moves_no_other_and_is_placed_between_its_neighbours(
    sequence: list[tuple[float, str]], data: st.DataObject
) -> None:
    place = data.draw(st.integers(1, len(sequence) - 2))
    good = [time_s for time_s, _ in sequence]
    # Further off than one neighbour: nearer than that, only the text tells which of the two is damaged.
    early = st.floats(0, good[place - 2]) if place >= 2 else st.nothing()
    late = st.floats(good[place + 2], 9999) if place + 2 < len(good) else st.nothing()
    damaged = data.draw(early | late)
    assume(damaged not in good)
    parts = [said(damaged if n == place else time_s, text) for n, (time_s, text) in enumerate(sequence)]
    timeline, problems = derived(*parts)
    assert [(problem.rule, problem.mark.line) for problem in problems] == [("T-73", place + 1)]
    found = starts(timeline)
    assert found[:place] + found[place + 1 :] == good[:place] + good[place + 1 :]
    assert good[place - 1] <= found[place] <= good[place + 1]


@settings(max_examples=60)
@given(speakable(least=4), st.data())
def test_untimed_lines_stand_between_their_timed_neighbours(
    sequence: list[tuple[float, str]], data: st.DataObject
) -> None:
    count = len(sequence)
    untimed = data.draw(st.sets(st.integers(0, count - 1), max_size=count - max(3, -(-count // 4))))
    parts = [said(None if n in untimed else time_s, f"{n} {text}") for n, (time_s, text) in enumerate(sequence)]
    timeline, problems = derived(*parts)
    assert problems == []
    assert starts(timeline) == sorted(starts(timeline))
    for n, (time_s, _) in enumerate(sequence):
        assert n in untimed or starts(timeline)[n] == time_s


# --- how much work it is ----------------------------------------------------------------------------------------------


class Counted(float):
    """A time that counts how often it is compared."""

    compared = 0

    def __le__(self, other: float) -> bool:
        Counted.compared += 1
        return float(self) <= other


def comparisons(times: Sequence[float]) -> int:
    Counted.compared = 0
    derived(*(said(Counted(time_s), f"number {number}") for number, time_s in enumerate(times)))
    return Counted.compared


@pytest.mark.parametrize(
    "damage", [lambda n: 200_000.0 - n, lambda n: (n % 700) * 60.0, lambda n: n * 7919 % 100_003 * 1.0]
)
def test_the_work_grows_with_the_length_of_the_record_only(damage: Callable[[int], float]) -> None:
    short, long = (comparisons([damage(n) for n in range(size)]) for size in (1_000, 2_000))
    assert 0 < short <= 1_000 * LOOK_BACK
    assert long - short <= 1_000 * LOOK_BACK


def test_20_000_lines_with_many_backward_times_are_little_work() -> None:
    Counted.compared = 0
    damaged = frozenset(range(5, 20_000, 12))
    times = [Counted(5 * n - (400 if n in damaged and n > 80 else 0)) for n in range(20_000)]
    timeline = timeline_of(*(said(time_s, f"number {n}") for n, time_s in enumerate(times)))
    assert timeline.timed
    assert [n for n, believed in enumerate(trusted(timeline)) if not believed] == [n for n in sorted(damaged) if n > 80]
    assert Counted.compared <= 20_000 * 50


def test_a_long_run_of_damage_is_stepped_over() -> None:
    """As long as a tenth of a record below 5,000 lines may be; see LOOK_BACK."""
    good = [said(5.0 * n + (200 if n >= 1000 else 0), f"number {n}") for n in range(4_990)]
    run = [said(20_000.0 - n, f"damaged {n}") for n in range(LOOK_BACK - 1)]
    timeline, problems = derived(*good[:1000], *run, *good[1000:])
    assert (len(problems), timeline.timed) == (LOOK_BACK - 1, True)
    assert sum(trusted(timeline)) == 4_990


def test_the_limits_are_those_of_the_design() -> None:
    assert (module.FASTEST_CHARACTERS_PER_S, module.GRACE_S) == (45, 10.0)
    assert (module.MOST_DISTRUSTED, module.DISTRUSTED_SHARE) == (3, 0.10)
    assert (module.FEWEST_TRUSTED, module.TRUSTED_SHARE) == (3, 0.25)


def test_neighbours_are_compared_pairwise_where_nothing_is_damaged() -> None:
    assert comparisons([5.0 * n for n in range(3_000)]) == 0
    assert all(a < b for a, b in pairwise(starts(timeline_of(*evenly(50)))))
