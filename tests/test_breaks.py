"""Where a text may be broken."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedbuilder.text.breaks import break_text, break_under_name, columns, wrap

FAMILY = "👨\u200d👩\u200d👧"
SCRIPTS = st.sampled_from(
    [
        *"ab. ,:;!?-–()\"'’…1",
        *(" ",) * 6,
        *"漢字かな。、「」ー",
        *("ไ", "ท", "ที่", "เ", "ก้", "า", "กำ"),
        "e\u0301",
        "\u200f",
        *"العربية؟",
        FAMILY,
        "👩🏽",
        "🇩🇪",
        "क्षि",
        "한국",
        "\u1112\u1161\u11ab",
        "\u00a0",
    ]
)
TEXTS = st.lists(SCRIPTS, min_size=1, max_size=200).map(lambda parts: re.sub(" +", " ", "".join(parts)).strip(" "))


def one_line(parts: list[str]) -> str:
    return "".join("".join(parts).split())


# --- pieces -------------------------------------------------------------------------------------------------------


def test_a_text_that_fits_is_one_piece() -> None:
    assert break_text("Low water is at six. High water is at noon.", 130, line=65) == [
        "Low water is at six. High water is at noon."
    ]


def test_sentences_go_before_clauses_and_clauses_before_words() -> None:
    text = (
        "The harbour is shallow, so the boats wait outside. When the tide comes in, they follow it, one by one. "
        "That takes the whole of a long summer morning and nobody minds at all"
    )
    assert break_text(text, 64, line=32) == [
        "The harbour is shallow, so the boats wait outside.",
        "When the tide comes in, they follow it, one by one.",
        "That takes the whole of a long summer",
        "morning and nobody minds at all",
    ]


def test_a_long_sentence_is_broken_at_its_clauses() -> None:
    text = "We left at four, which is early even for us, and by the time we passed the pier the wind had turned."
    assert break_text(text, 64, line=32) == [
        "We left at four, which is early even for us,",
        "and by the time we passed the pier the wind had turned.",
    ]


def test_a_dash_between_spaces_ends_a_clause_and_a_hyphen_does_not() -> None:
    text = "It was a north-facing and half-forgotten jetty - the one that stands behind the old ice house."
    assert break_text(text, 64, line=32) == [
        "It was a north-facing and half-forgotten jetty -",
        "the one that stands behind the old ice house.",
    ]


def test_a_hyphen_at_the_end_of_a_word_ends_no_clause() -> None:
    assert break_text("She spoke about the pre- and the post-war harbours and all of this bay here.", 64, line=32) == [
        "She spoke about the pre- and the post-war",
        "harbours and all of this bay here.",
    ]


@pytest.mark.parametrize(
    "abbreviation",
    ["Dr.", "e.g.", "U.S.", "Prof.", "z.B.", "J.", "(approx.", "Ph.D.", "p.m."],
)
def test_an_abbreviation_ends_no_sentence(abbreviation: str) -> None:
    text = f"We met the well known {abbreviation} Heron there. She told us how the tides work in the bay."
    assert break_text(text, 64, line=32)[0] == f"We met the well known {abbreviation} Heron there."


def test_a_point_before_a_small_letter_ends_no_sentence() -> None:
    assert break_text(
        "We had fish and bread etc. and then we all went out to look at the moon and tide.", 64, line=32
    ) == [
        "We had fish and bread etc. and then we",
        "all went out to look at the moon and tide.",
    ]


def test_a_number_is_not_broken_at_its_point() -> None:
    text = "The water rises by 3.14 metres or 10,000 millimetres here. That is more than anywhere else we know."
    assert break_text(text, 64, line=32) == [
        "The water rises by 3.14 metres or 10,000 millimetres here.",
        "That is more than anywhere else we know.",
    ]


def test_i_ends_a_sentence_and_other_single_letters_do_not() -> None:
    rest = "That was the evening, and the wind was from the north."
    assert break_text(f"The boats lay in the bay and so did I. {rest}", 64, line=32) == [
        "The boats lay in the bay and so did I.",
        rest,
    ]
    assert break_text(f"The boats lay in the bay and so did M. {rest}", 64, line=32) == [
        "The boats lay in the bay and so did M. That was the evening,",
        "and the wind was from the north.",
    ]


def test_a_day_of_the_month_is_rather_kept_with_its_month() -> None:
    text = "Das letzte Boot fuhr hier am 23. November hinaus. Danach kam der Winter über uns."
    assert break_text(text, 64, line=32)[0] == "Das letzte Boot fuhr hier am 23. November hinaus."


def test_a_sentence_does_not_begin_at_the_end_of_a_piece() -> None:
    text = "They wait there till noon. Nobody who knows the harbour and the coast would dare to try it any sooner."
    assert break_text(text, 64, line=32) == [
        "They wait there till noon.",
        "Nobody who knows the harbour and the coast",
        "would dare to try it any sooner.",
    ]


def test_a_break_does_not_follow_a_short_word_if_another_is_near() -> None:
    text = "nobody remembers exactly whose idea it had been to paint the lighthouse in seven colours"
    assert break_text(text, 64, line=32) == [
        "nobody remembers exactly whose idea it had been",
        "to paint the lighthouse in seven colours",
    ]


def test_a_word_is_broken_only_when_it_alone_is_too_wide() -> None:
    address = "https://harbour.example/" + "tide" * 20
    assert break_text(f"See {address} for more.", 64, line=32) == ["See", address[:64], address[64:], "for more."]
    assert break_text(f"See {'x' * 64} for more of the same.", 64, line=32) == [
        "See",
        "x" * 64,
        "for more of the same.",
    ]


def test_each_piece_fits_on_two_lines() -> None:
    text = "a bb " + "c" * 30 + " " + "d" * 30 + " e"
    assert break_text(text, 64, line=32) == ["a bb " + "c" * 30, "d" * 30 + " e"]


def test_japanese_is_broken_between_characters_but_not_before_a_closing_mark() -> None:
    text = "今日は、潮の満ち引きについてお話しします。海の近くに住む人なら、「これはなぜでしょうか？」と聞かれます。"
    assert break_text(text, 64, line=32) == [
        "今日は、潮の満ち引きについてお話しします。",
        "海の近くに住む人なら、「これはなぜでしょうか？」と聞かれます。",
    ]
    assert break_text("っ" * 40 + "か" * 20, 64, line=32) == ["っ" * 32, "っ" * 8 + "か" * 20]
    assert all(piece[-1] != "「" for piece in break_text("「うみ」と「かわ」" * 9, 64, line=32))


def test_thai_marks_and_leading_vowels_stay_with_their_consonants() -> None:
    pieces = break_text("น้ำขึ้นน้ำลงเป็นเรื่องที่น่าสนใจ" * 4, 40, line=20)
    assert "".join(pieces) == "น้ำขึ้นน้ำลงเป็นเรื่องที่น่าสนใจ" * 4
    assert all(
        not unicodedata.combining(piece[0]) and piece[0] not in "ะาำ" and piece[-1] not in "เแโใไ" for piece in pieces
    )


@pytest.mark.parametrize(
    "cluster", [FAMILY, "🇩🇪", "👩🏽", "e\u0301\u0302", "क्षि", "\u1112\u1161\u11ab", "한\u11ab", "กำ", "\u0600\u0661"]
)
def test_what_is_one_character_to_a_reader_is_never_divided(cluster: str) -> None:
    pieces = break_text(cluster * 40, 26, line=13)
    assert len(pieces) > 1
    assert {piece.replace(cluster, "") for piece in pieces} == {""}


def test_a_single_character_wider_than_a_piece_is_not_divided() -> None:
    monster = "e" + "\u0301" * 50
    assert break_text(monster + "f" + monster, 20, line=10) == [monster, "f", monster]


@given(TEXTS.filter(bool), st.sampled_from([20, 64, 130]))
def test_every_word_survives_in_order_in_pieces_that_are_narrow_enough(text: str, most: int) -> None:
    pieces = break_text(text, most, line=most // 2)
    assert one_line(pieces) == one_line([text])
    assert all(piece == piece.strip(" ") and piece and columns(piece) <= most for piece in pieces)
    assert all(
        unicodedata.category(piece[0])[0] != "M" and "\u200d" not in {piece[0], piece[-1]} for piece in pieces[1:]
    )


@given(
    st.lists(st.text("abcdefgh.,!?", min_size=1, max_size=9), min_size=1, max_size=60), st.sampled_from([24, 64, 130])
)
def test_words_with_spaces_between_them_are_not_divided(words: list[str], most: int) -> None:
    pieces = break_text(" ".join(words), most, line=most // 2)
    assert [word for piece in pieces for word in piece.split(" ")] == words
    assert all(len(wrap(piece, most // 2)) <= 2 for piece in pieces)


# --- under a name -------------------------------------------------------------------------------------------------


def test_text_under_a_name_is_one_line() -> None:
    assert break_under_name("There are two answers to that, and I shall give you both of them.", 32) == (
        "There are two answers to that,",
        "and I shall give you both of them.",
    )
    assert break_under_name("There are two.", 32) == ("There are two.", "")


def test_text_under_a_name_does_not_end_after_a_short_word() -> None:
    assert break_under_name("Today we will talk about the difference between the tides.", 32) == (
        "Today we will talk about",
        "the difference between the tides.",
    )


def test_text_under_a_name_ends_before_a_colon() -> None:
    assert break_under_name("There is one rule: never turn your back.", 32) == (
        "There is one",
        "rule: never turn your back.",
    )
    assert break_under_name("Question: why?", 32) == ("Question: why?", "")


@given(TEXTS.filter(bool))
def test_no_word_is_lost_under_a_name(text: str) -> None:
    first, rest = break_under_name(text, 32)
    assert first
    assert one_line([first, rest]) == one_line([text])


# --- lines --------------------------------------------------------------------------------------------------------


def test_a_short_text_is_one_line() -> None:
    assert wrap("Low water is at six.", 32) == ["Low water is at six."]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Low water is at six and high water at noon.", ["Low water is at six", "and high water at noon."]),
        ("Low water is at six, and high water is at noon.", ["Low water is at six,", "and high water is at noon."]),
        ("It was so very cold, wet, that all of it froze.", ["It was so very cold, wet,", "that all of it froze."]),
        ("The ferry left Kiel at ca. 14 hours and back.", ["The ferry left Kiel at", "ca. 14 hours and back."]),
        ("On that day we saw Dr. Heron there with others.", ["On that day we saw Dr. Heron", "there with others."]),
        ("That was by ca. 6 o'clock on the 23. November.", ["That was by ca. 6 o'clock", "on the 23. November."]),
        ("No, the water is high, and, as you see, it stays.", ["No, the water is high,", "and, as you see, it stays."]),
    ],
)
def test_two_lines_are_of_like_length_and_break_at_a_pause(text: str, lines: list[str]) -> None:
    assert wrap(text, 32) == lines


def test_a_pause_that_would_make_a_line_too_long_is_skipped() -> None:
    assert wrap("aa, " + "b" * 12 + " " + "c" * 12 + " ddd", 20) == ["aa, " + "b" * 12, "c" * 12 + " ddd"]


def test_what_two_lines_cannot_hold_is_filled_line_by_line() -> None:
    assert wrap("one two three four five six seven", 11) == ["one two", "three four", "five six", "seven"]
    assert wrap("x" * 20 + " yes " + "z" * 20, 11) == ["x" * 20, "yes", "z" * 20]
    assert wrap("x" * 20, 11) == ["x" * 20]


def test_wide_characters_count_two() -> None:
    assert columns("ab漢字") == 6
    assert wrap("海の近くに住む人なら、誰でも知っています。", 24) == ["海の近くに住む人なら、", "誰でも知っています。"]


def test_a_no_break_space_is_part_of_its_word() -> None:
    assert wrap("ten\u00a0thousand boats", 12) == ["ten\u00a0thousand", "boats"]


@given(TEXTS.filter(bool), st.sampled_from([10, 32, 65]))
def test_lines_hold_every_character(text: str, line: int) -> None:
    assert one_line(wrap(text, line)) == one_line([text])


@given(st.lists(st.text("abc,.", min_size=1, max_size=10), min_size=1, max_size=30), st.sampled_from([10, 32]))
def test_no_line_is_too_long_when_no_word_is(words: list[str], line: int) -> None:
    lines = wrap(" ".join(words), line)
    assert " ".join(lines) == " ".join(words)
    assert max(map(len, lines)) <= line


def test_a_huge_text_without_places_takes_no_time() -> None:
    assert len(break_text("x" * 200_000, 130, line=65)) == 1539
    assert len(break_text("🇩🇪" * 20_000, 130, line=65)) == 308
    assert "".join(break_text("ー" * 20_000, 130, line=65)) == "ー" * 20_000
