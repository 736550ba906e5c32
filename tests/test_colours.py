from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedbuilder.vocabulary.colours import DARK_PAPER, LEAST_CONTRAST, LIGHT_PAPER, contrast, parse_colour, readable

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize("text", ["", "#12", "#12345", "red", "#ggg", "0b57a4", "#0b57a4;}", "#١٢٣"])
def test_what_is_no_colour_is_none(text: str) -> None:
    assert parse_colour(text) is None


@given(COLOURS, st.sampled_from([LIGHT_PAPER, DARK_PAPER]))
def test_every_colour_can_be_read_afterwards_and_a_readable_one_stays(colour: str, paper: str) -> None:
    found = readable(colour, paper)
    assert contrast(found, paper) >= LEAST_CONTRAST
    assert (found == colour) == (contrast(colour, paper) >= LEAST_CONTRAST)
