from __future__ import annotations

import pytest
from growth import growth
from hypothesis import given
from hypothesis import strategies as st

from feedbuilder.text.characters import find_cut, plain_title, shorten


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 &#124; A & B", "1 | A & B"),
        ("\u200bHigh\u200btide \u2060", "High\u200btide"),
        ("\u200b&#8203; ", ""),
        ("Q&amp;A &lt;b&gt; &amp;lt; &nosuch; R&D AT&T; &notit;", "Q&A <b> &lt; &nosuch; R&D AT&T; &notit;"),
        ("**Bold**, *slanted*, ***both***, **a *b* c**, _under_", "Bold, slanted, both, a b c, under"),
        ("__two words__ and __init__, snake_case_name", "two words and __init__, snake_case_name"),
        ("2 * 3 * 4, 2**3**4, s**t and f**k, *****", "2 * 3 * 4, 2**3**4, s**t and f**k, *****"),
        ("х**ня и п**да", "х**ня и п**да"),
        ("これは**太字**です", "これは太字です"),
        ("~~old~~ `code` ``a b``", "old code a b"),
        ("[a](https://x.example/y_(z)) [b](/c \"t\"){:target='_blank'} ![d](e.png)", "a b d"),
        ("see [1] and f[0](x, y) and <https://x.example/a>", "see [1] and f[0](x, y) and https://x.example/a"),
        ("<b>a</b> <A href='x'>b</A>c<br/>d<p class=x>e</p>", "a bc d e"),
        ("Vec<T>, a < b > c, <3, <unknown>", "Vec<T>, a < b > c, <3, <unknown>"),
        ("\\*not\\* \\_so\\_ C:\\dir", "*not* _so_ C:\\dir"),
        (" a \n b\t\xa0c ", "a b \xa0c"),
        ("a&#11;\x0b&#0;\ud800b", "a\ufffdb"),
        ("", ""),
    ],
)  # fmt: skip
def test_titles_lose_markup_and_keep_the_rest(text: str, expected: str) -> None:
    assert plain_title(text) == expected


@pytest.mark.parametrize(
    "text", ["[" * 50_000, "**a " * 25_000, "[a](" * 25_000, "_a " * 30_000, "<a " * 30_000, "` " * 50_000]
)
def test_work_grows_with_the_title_and_not_with_its_square(text: str) -> None:
    assert growth(plain_title, text) < 10


@given(st.text(max_size=60))
def test_any_title_is_one_line_that_xml_can_hold(text: str) -> None:
    title = plain_title(text)
    assert title == title.strip(" \t\r\n\f\v")
    assert not set(title) & set("\n\r\t\x00\x0b\x0c")
    title.encode()


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("one two three", 13, "one two three"),
        ("one two three", 12, "one two…"),
        ("one two, three", 12, "one two…"),
        ("onetwothree", 8, "onetwot…"),
        ("a onetwothree", 9, "a onetwo…"),
        ("潮の話と、月の話", 5, "潮の話と…"),
        ("潮の話と月の話", 4, "潮の話…"),
        ("abc👩\u200d🚀x", 6, "abc…"),
        ("abe\u0301fgh", 4, "ab…"),
    ],
)
def test_texts_are_cut_after_words_and_inside_no_character(text: str, limit: int, expected: str) -> None:
    assert shorten(text, limit) == expected


@given(st.text(max_size=80), st.integers(1, 90))
def test_a_cut_is_within_its_limit(text: str, limit: int) -> None:
    assert 0 <= find_cut(text, limit) <= min(limit, len(text))
    assert len(shorten(text, limit)) <= max(limit, 1)
