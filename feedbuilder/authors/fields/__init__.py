"""How a text becomes a value: the kinds of field that the show file, people and episode files share."""

from __future__ import annotations

from feedbuilder.authors.fields.keys import rename_keys
from feedbuilder.authors.fields.kinds import (
    Duration,
    Email,
    Explicit,
    FilePath,
    HttpsUrl,
    Names,
    OrText,
    PlainText,
    Prose,
    Seconds,
    Start,
    Truth,
    Url,
    choice,
    kind,
    parser,
    wrong,
)
from feedbuilder.authors.fields.reading import Fields, parse_fields
from feedbuilder.authors.fields.tags import parse_tag_keys

__all__ = [
    "Duration",
    "Email",
    "Explicit",
    "Fields",
    "FilePath",
    "HttpsUrl",
    "Names",
    "OrText",
    "PlainText",
    "Prose",
    "Seconds",
    "Start",
    "Truth",
    "Url",
    "choice",
    "kind",
    "parse_fields",
    "parse_tag_keys",
    "parser",
    "rename_keys",
    "wrong",
]
