from __future__ import annotations

import re
from importlib.resources import files

import pytest

from feedbuilder.vocabulary.labels import _TRANSLATIONS, LABELS, labels_in
from feedbuilder.vocabulary.podcast_tags import ROLES


def test_the_labels_are_those_of_the_templates() -> None:
    folder = files("feedbuilder.render") / "templates"
    texts = [path.read_text(encoding="utf-8") for path in folder.iterdir() if path.name.endswith(".html")]
    used = {label for text in texts for label in re.findall(r'\b(?:label|word)\("([^"]+)"', text)}
    roles = {role for roles in ROLES.values() for role in roles}  # a credit's role is a label, too
    assert used == set(LABELS) - roles


@pytest.mark.parametrize("language", ["en", *_TRANSLATIONS])
def test_a_translation_is_whole_and_keeps_what_is_filled_in(language: str) -> None:
    labels = labels_in(language)
    assert list(labels) == list(LABELS)
    for english, text in labels.items():
        assert text == text.strip() != ""
        assert re.findall(r"{\w+}", text) == re.findall(r"{\w+}", english), (english, text)
        assert text.endswith(".") == english.endswith(".") or language == "ja", (english, text)


def test_a_language_that_is_not_here_has_none() -> None:
    assert labels_in("eo") == labels_in("tlh-aq") == {}
