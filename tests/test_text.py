from __future__ import annotations

from growth import growth
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feedbuilder.text.characters import clean_text, find_forbidden, is_mail_address


def test_the_forbidden_characters_are_those_that_an_xml_writer_refuses() -> None:
    element, refused = etree.Element("a"), []
    for code in (*range(0x10000), 0x1FFFE, 0x1FFFF, 0x10FFFF):
        try:
            element.text = chr(code)
        except ValueError:
            refused.append(code)
    assert [code for code in refused if not find_forbidden(chr(code))] == []
    every = "".join(map(chr, (*range(0x10000), 0x1FFFE, 0x1FFFF, 0x10FFFF)))
    assert [code for _, code in find_forbidden(every)] == refused
    assert len(refused) == 29 + 2048 + 2


def test_each_forbidden_character_is_found_at_its_place() -> None:
    assert find_forbidden("a\x00b\ud800\N{ANCHOR}\uffff\n\t\x7f\x85") == [(1, 0), (3, 0xD800), (5, 0xFFFF)]


@given(text=st.text() | st.text("a\n\x00\x1f\x7f\x85\u200d\ud800\ufffe\U0001f30a"))
def test_a_clean_text_is_the_text_without_them(text: str) -> None:
    bad = {index for index, _ in find_forbidden(text)}
    assert clean_text(text) == "".join(letter for index, letter in enumerate(text) if index not in bad)
    assert find_forbidden(clean_text(text)) == []


def test_work_grows_with_a_text_that_is_no_mail_address() -> None:
    assert growth(is_mail_address, "a@" + "." * 40_000 + "(") < 10
    assert growth(is_mail_address, "a@" + "b." * 40_000 + "(") < 10
