"""Captions from paragraphs: their text, their places in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from feedbuilder.derive.cues import LONGEST_CUE_MS, derive_cards, derive_cues
from feedbuilder.errors import Mark
from feedbuilder.model import Cue, Paragraph, Timeline
from feedbuilder.text.breaks import columns
from feedbuilder.text.timecode import to_milliseconds

AT = Mark("episodes/042.md", 7)
HUNDRED = "The boats wait outside until noon and then come in with the tide, one after the other, until evening"


def a_timeline(*paragraphs: tuple[float, str] | tuple[float, str, str], timed: bool = True) -> Timeline:
    return Timeline(
        tuple(
            Paragraph(text, who[0] if who else "Ada", start_s, trusted=True, mark=AT)
            for start_s, text, *who in paragraphs
        ),
        timed=timed,
    )


def cues_of(
    timeline: Timeline,
    *,
    speakers: Mapping[str, str] | None = None,
    max_characters: int = 130,
    end_s: float | None = None,
) -> tuple[Cue, ...]:
    return derive_cues(timeline, speakers or {}, max_characters=max_characters, end_s=end_s)


def spans(cues: Sequence[Cue]) -> list[tuple[float, float]]:
    return [(cue.start_s, cue.end_s) for cue in cues]


# --- what a cue is ------------------------------------------------------------------------------------------------


def test_a_short_paragraph_is_one_cue_until_the_next_begins() -> None:
    timeline = a_timeline((1.0, "Good morning."), (2.0, "Good morning, Ada.", "Bo"), (3.5, "Shall we?"))
    assert cues_of(timeline, speakers={"Ada": "Ada Brook", "Bo": "Bo Finch"}, end_s=4.0) == (
        Cue(1.0, 2.0, "Ada Brook", "Good morning.", 0),
        Cue(2.0, 3.5, "Bo Finch", "Good morning, Ada.", 1),
        Cue(3.5, 4.0, "Ada Brook", "Shall we?", 2),
    )


def test_times_that_are_withheld_give_no_cues() -> None:
    assert cues_of(a_timeline((1.0, "Good morning."), timed=False)) == ()


def test_a_paragraph_without_words_gives_no_cue() -> None:
    cues = cues_of(a_timeline((1.0, " \u00a0 "), (2.0, "\x00"), (3.0, "Yes.")))
    assert [(cue.text, cue.paragraph) for cue in cues] == [("Yes.", 2)]


def test_white_space_is_single_and_control_characters_are_gone() -> None:
    (cue,) = cues_of(a_timeline((1.0, " Ten\u00a0thousand \n\n boats,\u2028\ttoo\x0b.\ud800 ")), end_s=2.0)
    assert cue.text == "Ten\u00a0thousand boats, too."


def test_a_name_is_tidied_too_and_an_unknown_one_stays_empty() -> None:
    cues = cues_of(a_timeline((1.0, "Yes.", "A"), (2.0, "No.", "")), speakers={"A": " Ada\n Brook\x00 "})
    assert [cue.speaker for cue in cues] == ["Ada Brook", ""]


def test_a_long_paragraph_is_shared_out_by_length_of_text() -> None:
    text = "The harbour is shallow. So the boats wait outside until the water is high enough, which takes the morning."
    first, second, _ = cues_of(a_timeline((10.0, text), (20.0, "Yes.")), max_characters=100)
    assert (first.text, second.text) == (text[:23], text[24:])
    assert spans((first, second)) == [(10.0, 12.471), (12.471, 20.0)]  # half a second each, and 9 s by 23 to 82


def test_a_cue_has_some_time_of_its_own_however_short_its_text() -> None:
    timeline = a_timeline((0.0, f"Yes. {HUNDRED}."), (8.0, "No."))
    first, *_ = cues_of(timeline, max_characters=64)
    assert first.text == "Yes."
    assert first.end_s > 0.7  # by its text alone it would have 0.3 s


# --- when a cue ends ----------------------------------------------------------------------------------------------


def test_a_cue_ends_when_its_text_must_be_over_even_if_nothing_follows_for_long() -> None:
    first, second = cues_of(a_timeline((0.0, "Good morning, everybody."), (60.0, "So.")))
    assert spans([first]) == [(0.0, 4.2)]  # a breath, and 24 characters at 0.6 of 12.5 a second
    assert second.start_s == 60.0


def test_the_pace_of_the_episode_decides_how_long_a_text_can_last() -> None:
    slow = [(float(10 * n), "x" * 60) for n in range(4)]  # 6 characters a second
    *_, last = cues_of(a_timeline(*slow, (40.0, "y" * 60), (90.0, "z")))[:-1]
    assert spans([last]) == [(40.0, 50.0)]  # and no cue is longer than TRN-14 has it
    quick = [(float(3 * n), "x" * 60) for n in range(4)]
    *_, last = cues_of(a_timeline(*quick, (12.0, "y" * 60), (90.0, "z")))[:-1]
    assert spans([last]) == [(12.0, 18.0)]  # a breath, and 60 characters at 0.6 of 20 a second


def test_two_spans_make_no_pace_yet() -> None:
    timeline = a_timeline((0.0, "x" * 30), (10.0, "x" * 30), (20.0, "x" * 30))
    assert spans(cues_of(timeline)) == [(0.0, 5.0), (10.0, 15.0), (20.0, 22.4)]  # at 12.5 a second


def test_what_is_slower_than_any_speech_is_taken_for_silence() -> None:
    timeline = a_timeline(*((30.0 * n, "x" * 9) for n in range(4)))
    assert spans(cues_of(timeline)) == [(0.0, 6.0), (30.0, 36.0), (60.0, 66.0), (90.0, 93.0)]  # at 3 a second


def test_an_abridged_transcript_keeps_up_with_the_talk_and_shows_no_cue_for_long() -> None:
    sentence = "They talk about boats for a while."
    timeline = a_timeline(*((40.0 * n, f"{sentence} {sentence} {sentence} {sentence}") for n in range(5)))
    first = [cue for cue in cues_of(timeline) if cue.paragraph == 0]
    assert spans(first) == [(0.0, 10.0), (10.0, 20.0), (20.0, 30.0), (30.0, 40.0)]
    timeline = a_timeline(*((100.0 * n, f"{sentence} {sentence} {sentence} {sentence}") for n in range(5)))
    first = [cue for cue in cues_of(timeline) if cue.paragraph == 0]
    assert [round(cue.end_s - cue.start_s, 3) for cue in first] == [10.0] * len(first)
    assert first[-1].start_s > 50.0


def test_cues_are_smaller_where_the_talk_is_slow() -> None:
    timeline = a_timeline(*((30.0 * n, f"{HUNDRED}. {HUNDRED}.") for n in range(4)))
    cues = cues_of(timeline)
    assert max(cue.end_s - cue.start_s for cue in cues) <= 10.0
    assert max(len(cue.text) for cue in cues) < 100


def test_the_last_cue_lasts_as_long_as_its_text_does_or_until_the_audio_ends() -> None:
    timeline = a_timeline((0.0, "x" * 25), (2.0, "x" * 25), (4.0, "x" * 25), (6.0, "x" * 50))
    assert cues_of(timeline)[-1].end_s == 10.0
    assert cues_of(timeline, end_s=8.0)[-1].end_s == 8.0
    assert cues_of(timeline, end_s=99.0)[-1].end_s == 13.666


def test_nothing_ends_after_the_audio_and_what_begins_after_it_keeps_its_time() -> None:
    timeline = a_timeline((0.0, "One."), (9.5, "Two."), (10.0, "Three."), (12.0, "Four."))
    assert spans(cues_of(timeline, end_s=10.0)) == [
        (0.0, 3.222),
        (9.5, 10.0),
        (10.0, 12.0),
        (12.0, 13.666),
    ]


# --- where there is no room ---------------------------------------------------------------------------------------


def test_equal_starts_are_spread_over_the_time_until_the_next() -> None:
    timeline = a_timeline((5.0, "x" * 30), (5.0, "y" * 10, "Bo"), (5.0, "z" * 20), (8.0, "w"))
    assert [(cue.start_s, cue.text[0]) for cue in cues_of(timeline)] == [
        (5.0, "x"),
        (6.25, "y"),
        (7.0, "z"),
        (8.0, "w"),
    ]


def test_half_of_little_time_is_dealt_out_evenly() -> None:
    timeline = a_timeline((5.0, "x" * 10), (5.0, "y" * 30), (5.4, "z"))
    assert spans(cues_of(timeline))[:2] == [(5.0, 5.15), (5.15, 5.4)]
    timeline = a_timeline((5.0, "x"), (5.0, "y" * 30), (5.002, "z"))
    assert spans(cues_of(timeline))[:2] == [(5.0, 5.001), (5.001, 5.002)]


def test_a_millisecond_each_is_enough() -> None:
    timeline = a_timeline((5.0, "x"), (5.0, "y"), (5.001, "z"), (5.0014, "v"), (6.0, "w"))
    assert [(round(1000 * cue.start_s), cue.text) for cue in cues_of(timeline)] == [
        (5000, "x"),
        (5001, "y"),
        (5002, "z"),
        (5501, "v"),
        (6000, "w"),
    ]


def test_the_next_time_is_kept_when_there_is_room_again() -> None:
    timeline = a_timeline(*((5.0, "x") for _ in range(10)), (5.004, "y"), (7.0, "z"))
    cues = cues_of(timeline)
    assert [to_milliseconds(cue.start_s) for cue in cues] == [*range(5000, 5011), 7000]


# --- cards --------------------------------------------------------------------------------------------------------


def test_the_first_card_of_a_turn_leaves_room_for_a_name() -> None:
    timeline = a_timeline((0.0, f"{HUNDRED}.", "Ada"), (10.0, f"{HUNDRED}.", "Ada"), (20.0, f"{HUNDRED}.", "Bo"))
    cards = derive_cards(cues_of(timeline), max_characters=64)
    firsts = {card.paragraph: card.text for card in reversed(cards)}
    assert firsts == {
        0: "The boats wait outside until",
        1: "The boats wait outside until noon and then come in with",
        2: "The boats wait outside until",
    }


def test_the_cards_of_a_cue_share_its_time() -> None:
    text = "The boats wait outside until noon on most days. Then they all come in with the tide."
    (cue,) = cues_of(a_timeline((3.0, text)), end_s=9.0)
    cards = derive_cards([cue], max_characters=64)
    assert [card.text for card in cards] == [
        "The boats wait outside until",
        "noon on most days. Then they all come in with the tide.",
    ]
    assert cards[0].start_s == cue.start_s
    assert cards[-1].end_s == cue.end_s
    assert [one.end_s for one in cards[:-1]] == [one.start_s for one in cards[1:]]


def test_a_cue_that_is_a_card_already_is_unchanged() -> None:
    cues = cues_of(a_timeline((1.0, "Good morning."), (2.0, "Shall we?"), (3.0, "Yes.", "Bo")), end_s=5.0)
    assert derive_cards(cues, max_characters=64) == cues


# --- what holds for all -------------------------------------------------------------------------------------------

WORDS = st.text("abcdefghij.,;!?-:'漢字かな。、ไที่ \u00a0\u0301👩\u200d🏽<&>\n", max_size=160)
STARTS = st.lists(st.one_of(st.integers(0, 20), st.floats(0, 30, allow_nan=False)), max_size=25).map(sorted)
TIMELINES = STARTS.flatmap(
    lambda starts: st.lists(
        st.tuples(WORDS, st.sampled_from(["", "Ada", "Bo"])), min_size=len(starts), max_size=len(starts)
    ).map(lambda said: a_timeline(*((start, *what) for start, what in zip(starts, said, strict=True))))
)


@given(TIMELINES, st.sampled_from([40, 64, 130]), st.one_of(st.none(), st.floats(0, 40)), st.booleans())
def test_cues_ascend_do_not_overlap_and_last(
    timeline: Timeline, max_characters: int, end_s: float | None, as_cards: bool
) -> None:
    cues = cues_of(timeline, max_characters=130 if as_cards else max_characters, end_s=end_s)
    cues = derive_cards(cues, max_characters=max_characters) if as_cards else cues
    times = [(to_milliseconds(cue.start_s), to_milliseconds(cue.end_s)) for cue in cues]
    assert all(start < end <= start + LONGEST_CUE_MS for start, end in times)
    assert all(one[1] <= other[0] for one, other in pairwise(times))
    assert [cue.paragraph for cue in cues] == sorted(cue.paragraph for cue in cues)
    assert all(cue.text and columns(cue.text) <= max_characters for cue in cues)


@given(TIMELINES, st.sampled_from([40, 64, 130]), st.booleans())
def test_every_word_arrives_once_and_in_order(timeline: Timeline, max_characters: int, as_cards: bool) -> None:
    cues = cues_of(timeline, max_characters=130 if as_cards else max_characters)
    cues = derive_cards(cues, max_characters=max_characters) if as_cards else cues
    for index, paragraph in enumerate(timeline.paragraphs):
        arrived = "".join(cue.text for cue in cues if cue.paragraph == index)
        assert "".join(arrived.split()) == "".join(paragraph.text.split())


@given(TIMELINES)
def test_a_moment_begins_at_its_time_or_as_soon_as_the_words_before_it_are_over(timeline: Timeline) -> None:
    cues = cues_of(timeline)
    free_ms, last_ms = 0, -1
    for cue in cues:
        start_ms = to_milliseconds(timeline.paragraphs[cue.paragraph].start_s)
        if start_ms > last_ms:
            assert to_milliseconds(cue.start_s) == max(start_ms, free_ms)
        free_ms, last_ms = max(free_ms, to_milliseconds(cue.end_s)), start_ms


@given(TIMELINES, st.integers(5, 30))
def test_what_begins_before_the_end_ends_by_then(timeline: Timeline, end_s: int) -> None:
    cues = cues_of(timeline, end_s=end_s)
    late = [cue for cue in cues if timeline.paragraphs[cue.paragraph].start_s < end_s < cue.end_s]
    room_ms = min((to_milliseconds(end_s - timeline.paragraphs[cue.paragraph].start_s) for cue in late), default=0)
    assert room_ms <= len(cues)
