from __future__ import annotations

import re
from importlib.resources import files

import pytest

from feedbuilder.vocabulary import labels
from feedbuilder.vocabulary.labels import LABELS, labels_in
from feedbuilder.vocabulary.podcast_tags import ROLES

LANGUAGES = sorted(file.name.removesuffix(".toml") for file in files(labels).iterdir() if file.name.endswith(".toml"))


def test_the_labels_are_those_of_the_templates() -> None:
    folder = files("feedbuilder.render") / "templates"
    texts = [path.read_text(encoding="utf-8") for path in folder.iterdir() if path.name.endswith(".html")]
    used = {label for text in texts for label in re.findall(r'\b(?:label|word)\("([^"]+)"', text)}
    roles = {role for roles in ROLES.values() for role in roles}  # the role of a credit is a label too
    assert used == set(LABELS) - roles


def test_the_languages_are_these() -> None:
    assert LANGUAGES == ["de", "es", "fa", "fr", "it", "ja", "nl", "pt"]


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_a_translation_is_complete_and_keeps_its_placeholders(language: str) -> None:
    translated = labels_in(language)
    assert list(translated) == list(LABELS)
    for english, text in translated.items():
        assert text == text.strip() != ""
        assert re.findall(r"{\w+}", text) == re.findall(r"{\w+}", english), (english, text)
        assert text.endswith(".") == english.endswith(".") or language == "ja", (english, text)


@pytest.mark.parametrize("language", ["eo", "tlh-aq", "", "../de", "__init__"])
def test_an_unknown_language_has_no_labels(language: str) -> None:
    assert labels_in(language) == {}
