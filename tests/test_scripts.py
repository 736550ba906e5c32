"""Scripts as ranges of characters."""

from __future__ import annotations

import itertools
import re
import unicodedata
from importlib.resources import files

import pytest

from feedbuilder.render import search
from feedbuilder.text import scripts
from feedbuilder.text.characters import find_cut
from feedbuilder.text.scripts import CJK, EAST_ASIAN, UNSPACED

NAMES = {name: value for name, value in vars(scripts).items() if name.isupper()}


@pytest.mark.parametrize("name", NAMES)
def test_each_script_is_a_set_of_ascending_ranges(name: str) -> None:
    ranges = re.findall("(.)-(.)", NAMES[name])
    assert "".join(f"{first}-{last}" for first, last in ranges) == NAMES[name]
    assert all(first < last for first, last in ranges)
    covered = sorted(ranges)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(covered))


@pytest.mark.parametrize(
    ("word", "ranges"),
    [
        ("漢字", EAST_ASIAN),
        ("かなカナ", EAST_ASIAN),
        ("한국", EAST_ASIAN),
        ("、。", EAST_ASIAN),
        ("ＡＢ", CJK),
        ("ไทย", UNSPACED),
    ],
)
def test_words_are_in_the_scripts_they_are_written_in(word: str, ranges: str) -> None:
    assert re.fullmatch(f"[{ranges}]+", word)


@pytest.mark.parametrize("word", ["café", "слово", "العربية", "\ufefb", "क्षि"])
def test_scripts_with_spaces_are_in_none(word: str) -> None:
    assert not re.search(f"[{CJK}{UNSPACED}]", word)


def test_a_text_is_cut_between_ideographs_and_not_inside_an_arabic_word() -> None:
    assert find_cut("漢字かな", 3) == 3
    assert find_cut("abcd \ufefb\ufefb\ufefb\ufefb", 7) == 4  # the presentation forms of Arabic are letters of a word


def test_the_search_script_of_pages_knows_the_same_ranges() -> None:
    text = (files("feedbuilder.render") / "templates/search.js").read_text()
    for name, ranges in (("EAST", search._EAST), ("SOUTH", search._SOUTH)):
        [written] = re.findall(rf'^const {name} = "(.*)";$', text, re.MULTILINE)
        in_pages = re.sub(r"\\u\{?([0-9a-f]+)\}?", lambda code: chr(int(code[1], 16)), written)
        letters = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) not in {"Cn", "Cs"}]
        differing = [
            letter
            for letter in letters
            if bool(re.match(f"[{ranges}]", letter)) != bool(re.match(f"[{in_pages}]", letter))
        ]
        assert differing == []
