"""How names are compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedbuilder.text.names import fold, fold_name, nearest


def test_keys_fold_alike() -> None:
    assert fold("Episode-Type") == fold("episodeType") == fold("EPISODE_TYPE") == "episodetype"


@pytest.mark.parametrize(
    ("key", "near"),
    [("sesaon", "season"), ("Seasons", "season"), ("episodetype", "episode_type"), ("mood", ""), ("", "")],
)
def test_the_nearest_known_key_is_found_or_none(key: str, near: str) -> None:
    assert nearest(key, ["season", "episode", "episode_type"]) == near


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Zoë", "zoe"),
        ("ZOE\u0308", "zoe"),
        ("Łukasz  Øst", "lukasz ost"),
        ("Straße", "strasse"),
        ("O’Neil", "o'neil"),
        ("İpek Işık", "ipek isik"),
        ("Jean–Luc", "jean-luc"),
        ("\u200bAda\ufeff", "ada"),
        ("राम", "राम"),
        ("がか", "か\u3099か"),
    ],
)
def test_names_fold_case_accents_and_typography(name: str, folded: str) -> None:
    assert fold_name(name) == folded


@given(st.text(max_size=20))
def test_folding_a_folded_name_changes_nothing(name: str) -> None:
    assert fold_name(fold_name(name)) == fold_name(name)
