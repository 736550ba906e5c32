"""JSON Schema of the files that authors write, generated from the types that parse them."""

from __future__ import annotations

from typing import Any

from feedbuilder.authors.episodes import FrontMatter
from feedbuilder.authors.people import PersonFile
from feedbuilder.authors.show import Show
from feedbuilder.vocabulary.podcast_tags import author_keys, json_schema

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TIME = {"type": ["number", "string"], "examples": [94.5, "1:34"]}


def record_schema() -> dict[str, Any]:
    """The schema of an episode file's front matter, with transcript and Podcasting 2.0 tags."""
    schema = FrontMatter.model_json_schema()
    line = {
        "type": "object",
        "description": "One spoken paragraph.",
        "required": ["line"],
        "properties": {
            "line": {"type": "string", "description": "The words."},
            "who": {"type": "string", "description": "Who says it: first name, full name or alias."},
            "sec": _TIME | {"description": "When it starts, in seconds."},
            "time": {"type": "string", "description": "The same as a clock time."},
        },
    }
    header = {
        "type": "object",
        "description": "A section header; it becomes a chapter.",
        "required": ["header"],
        "properties": {
            "header": {"type": "string", "description": "The title."},
            "sec": _TIME | {"description": "When it starts; default: the start of its clip or of the next line."},
            "time": {"type": "string", "description": "The same as a clock time."},
        },
    }
    clip = {
        "type": "object",
        "description": "A named span, which gives the header of the same name its time.",
        "required": ["name"],
        "properties": {"name": {"type": "string"}, "start": _TIME, "startOffset": _TIME},
    }
    schema["properties"]["transcript"] = {
        "type": "array",
        "description": "The spoken words of the episode: lines and headers, in order.",
        "items": {"anyOf": [line, header]},
    }
    for key in ("clips", "quotableClips"):
        schema["properties"][key] = {
            "type": "array",
            "description": "Named spans, which give headers their times.",
            "items": clip,
        }
    return _finished(schema, "item", "An episode file: the front matter of one episode.", closed=False)


def show_schema() -> dict[str, Any]:
    """The schema of ``config/show.yaml``."""
    schema = Show.model_json_schema()
    schema["properties"] = {key: value for key, value in schema["properties"].items() if "x-hidden" not in value}
    return _finished(schema, "channel", "The show: config/show.yaml.", closed=True)


def person_schema() -> dict[str, Any]:
    """The schema of a person file's front matter."""
    schema = PersonFile.model_json_schema()
    schema["additionalProperties"] = True
    return {"$schema": SCHEMA_DIALECT, **schema, "title": "A person: the front matter of a person file."}


def _finished(schema: dict[str, Any], parent: str, title: str, *, closed: bool) -> dict[str, Any]:
    for key, spec in author_keys(parent).items():
        schema["properties"][key] = json_schema(spec)
    return {"$schema": SCHEMA_DIALECT, **schema, "title": title, "additionalProperties": not closed}


SCHEMAS = {"record": record_schema, "show": show_schema, "person": person_schema}
