"""The words of the pages that come from no episode, in the languages that shows have.

A label is known by its English text. ``{n}`` in it is a number, ``{title}`` a title. Each language is a TOML file in
this folder, English text to translation. A show can bring its own (``pages: {labels: …}``), in any language.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

LABELS: tuple[str, ...] = (
    "Skip to content",
    "Site",
    "Search",
    "Subscribe",
    "Search what was said",
    "In transcripts",
    "Words or a phrase",
    "The search needs JavaScript. Without it, each episode’s page has its whole transcript.",
    "The search does not answer.",
    "Searching…",
    "Episodes found: {n}",
    "Further episodes",
    "All episodes",
    "Episodes",
    "Episode {n}",
    "Seasons",
    "Season {n}",
    "with",
    "Play the video from YouTube",
    "The audio cannot be played.",
    "Back 15 seconds",
    "Forward 30 seconds",
    "Follow",
    "Copy link",
    "Link copied",
    "Listen on",
    "Notes",
    "People",
    "host",
    "guest",
    "Chapters",
    "{title}: link",
    "Transcript",
    "Files",
)


def labels_in(language: str) -> Mapping[str, str]:
    """By its English text, each label in the language of a tag such as ``pt-br``; empty for an unknown language.

    >>> labels_in("de-at")["Chapters"], labels_in("en-us")["Chapters"], labels_in("eo")
    ('Kapitel', 'Chapters', {})
    """
    return _read(language.lower().split("-")[0])


@cache
def _read(primary: str) -> Mapping[str, str]:
    if primary == "en":
        return MappingProxyType({label: label for label in LABELS})
    file = files(__name__) / f"{primary}.toml"
    if not primary.isalpha() or not file.is_file():
        return {}
    return MappingProxyType(tomllib.loads(file.read_text("utf-8")))
