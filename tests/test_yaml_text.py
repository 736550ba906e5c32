"""YAML that the program writes into authors' files and the ledger."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from feedbuilder.authors.records import parse_yaml
from feedbuilder.authors.yaml_text import render_yaml, scalar
from feedbuilder.text.characters import UNWANTED


@pytest.mark.parametrize("text", ["tea", "Tea-time", "urn:x", "https://a.example/b?c=d", "e1a2b3c"])
def test_certain_texts_are_plain(text: str) -> None:
    assert scalar(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "no", "Y", "null", "12", "2026-03-31", "1:30", "two words", "a: b", "a:", "#a", "- a", "{a}", "a,b", "'a'"],
)
def test_other_texts_are_in_double_quotes(text: str) -> None:
    assert scalar(text) == json.dumps(text)


@pytest.mark.parametrize("text", ["12", "2026-03-31", "1:30", "12.5"])
def test_numbers_and_dates_may_be_plain(text: str) -> None:
    assert scalar(text, numbers=True) == text


def test_characters_that_end_lines_in_yaml_are_escaped() -> None:
    assert scalar("a\x85b\u2028c\ufeff") == '"a\\u0085b\\u2028c\\ufeff"'


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_any_text_is_read_back_by_every_reader(text: str) -> None:
    written = f"{{a: {scalar(text)}}}"
    assert yaml.safe_load(written) == {"a": text}
    if UNWANTED.sub("", text) == text:
        assert parse_yaml("a.yaml", written, first_line=1) == ({"a": text}, [])


def test_lines_of_keys_have_no_empty_values() -> None:
    values = {"title": "Tea: a talk", "season": 2, "guests": [], "audio": {"url": "https://a.example/\x07"}, "x": None}
    assert render_yaml(values) == "title: 'Tea: a talk'\nseason: 2\naudio:\n  url: https://a.example/\n"
    assert render_yaml({"x": ""}) == ""
