# ruff: noqa: INP001, T201 - a script: it is no package, and it prints
"""Generates the tables of docs/reference/*.md from the code, so that no key, tag, rule or command is missing.

    python docs/make_reference.py           # write the tables
    python docs/make_reference.py --check   # list the stale pages; exit with 1 if there are any

The prose of a page is written by hand. Everything between ``<!-- made: NAME -->`` and ``<!-- end -->`` is replaced. The
tables come from schemas, the tables of tags and rules, the help of commands and the docstrings of modules; the files of
a release from a build of a small show in memory; the examples of findings from tests/data/rule_examples.json, which
``pytest --update-rule-examples`` writes.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from feedbuilder.authors.schema import person_schema, record_schema, show_schema
from feedbuilder.captions import FORMS as TRANSCRIPT_FORMS
from feedbuilder.captions import Transcript, UnknownFormError, read_transcript
from feedbuilder.chapter_files import FORMS as CHAPTER_FORMS
from feedbuilder.cli import main
from feedbuilder.cli.documents import DOCUMENTS, Document, Done, Stopped
from feedbuilder.compose.identify import Measured
from feedbuilder.compose.inputs import Sources, parse_project, read_show
from feedbuilder.compose.release import Built, build
from feedbuilder.errors import Mark, Problem
from feedbuilder.model import MediaFacts, SourceFile
from feedbuilder.rules import RULES, Rule
from feedbuilder.rules.findings import format_problem
from feedbuilder.vocabulary.apple import APPLE_CATEGORIES
from feedbuilder.vocabulary.podcast_tags import TAGS, TagSpec, ValueSpec, author_keys
from feedbuilder.vocabulary.podcast_tags.lists import ROLES
from feedbuilder.vocabulary.podcast_tags.table import snake_case

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs/reference"
ARCHITECTURE = ROOT / "docs/architecture.md"
EXAMPLES = ROOT / "tests/data/rule_examples.json"
PLACE = re.compile(r"(<!-- made: ([a-z -]+) -->\n).*?(<!-- end -->)", re.DOTALL)

Schema = Mapping[str, Any]


# --- Markdown -----------------------------------------------------------------------------------------------------


def cell(text: str) -> str:
    """The text for a table cell: on one line, with pipes and, outside code, HTML escaped."""
    text = " ".join(text.split()).replace("|", "\\|")
    return re.sub(r"(``.+?``|`[^`]*`)|<", lambda match: match[1] or "&lt;", text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; empty without rows."""
    lines = [f"| {' | '.join(map(cell, row))} |" for row in rows]
    return "\n".join([f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *lines]) if lines else ""


def codes(values: Iterable[object]) -> str:
    """Each value as code, separated by commas."""
    return ", ".join(f"`{value}`" for value in values)


def paragraphs(parts: Iterable[str]) -> str:
    """The parts that are not empty, separated by empty lines."""
    return "\n\n".join(part for part in parts if part)


# --- keys, from the JSON Schemas ----------------------------------------------------------------------------------


def key_table(schema: Schema, without: Iterable[str] = ()) -> str:
    """A row for each key of a schema, except those in ``without``."""
    properties = {key: value for key, value in schema["properties"].items() if key not in set(without)}
    rows = rows_of({**schema, "properties": properties}, schema.get("$defs", {}))
    return table(("key", "value", "default", "meaning"), rows)


def rows_of(
    schema: Schema, defs: Mapping[str, Schema], prefix: str = "", need: str = "**required**"
) -> Iterator[list[str]]:
    """Key, value, default and meaning of every key, in the order of the schema; keys of mappings are dotted."""
    required = schema.get("required", ())
    for name, value in schema["properties"].items():
        key = prefix + name
        yield [
            f"`{key}`",
            value_of(value, defs),
            need if name in required else default_of(value),
            about(value, defs),
        ]
        mappings = list(mappings_of(value, defs))
        for inner, mark in mappings:
            yield from rows_of(inner, defs, f"{key}{mark}.", "**required**" if len(mappings) == 1 else "**either**")


def mappings_of(value: Schema, defs: Mapping[str, Schema]) -> Iterator[tuple[Schema, str]]:
    """The mappings that a value may be or contain, and the step to them: ``[]`` in lists, ``.<name>`` in mappings."""
    if "$ref" in value:
        value = defs[value["$ref"].rpartition("/")[2]]
    if "properties" in value:
        yield value, ""
    for option in value.get("anyOf", ()):
        yield from mappings_of(option, defs)
    for key, step in (("items", "[]"), ("additionalProperties", ".<name>")):
        for inner, mark in mappings_of(value[key], defs) if isinstance(value.get(key), dict) else ():
            yield inner, step + mark


def about(value: Schema, defs: Mapping[str, Schema]) -> str:
    """The description of a key, else that of its mapping."""
    meaning: str = value.get("description") or defs.get(value.get("$ref", "").rpartition("/")[2], {}).get(
        "description", ""
    )
    return meaning


def default_of(value: Schema) -> str:
    """The default as an author would write it."""
    default = value.get("default")
    if default in (None, "", [], {}) or isinstance(default, dict):
        return ""
    return codes(written(item) for item in as_list(default))


def written(value: object) -> str:
    """One default as authors write it: ``true`` for ``True``, ``1`` for ``1.0``, ``17:00`` for ``17:00:00``."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return re.sub(r"(?<=\d)\.0$|(?<=\d\d:\d\d):00$", "", text)


def as_list(value: object) -> list[object]:
    """The value as a list."""
    return value if isinstance(value, list) else [value]


def value_of(value: Schema, defs: Mapping[str, Schema]) -> str:
    """The allowed values of a key, in a few words."""
    if "$ref" in value or "properties" in value:
        return "mapping"
    if "anyOf" in value:
        kinds = [value_of(option, defs) for option in value["anyOf"] if option.get("type") != "null"]
        if len(kinds) < len(value["anyOf"]) and "default" not in value:
            kinds.append("`none`")
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in value or "const" in value:
        return codes(map(written, value.get("enum", [value.get("const")])))
    if value["type"] == "array":
        return f"list: {value_of(value['items'], defs)}"
    if value["type"] == "object":
        inner = value.get("additionalProperties")
        return f"mapping of names to {'mappings' if isinstance(inner, dict) and '$ref' in inner else 'texts'}"
    return word_of(value) + (f", e.g. {codes(value['examples'])}" if "examples" in value else "")


def word_of(value: Schema) -> str:
    """The word for the kind of a single value."""
    match value.get("format"):
        case "uri":
            return "https URL" if "https" in value.get("pattern", "") else "URL"
        case "email":
            return "mail address"
        case "uuid":
            return "UUID"
    words = {"string": "text", "number": "number", "integer": "whole number", "boolean": "true or false"}
    kinds = [str(kind) for kind in as_list(value["type"])]
    return words[kinds[0]] if len(kinds) == 1 else "seconds or clock time"


def tag_key_table(parent: str) -> str:
    """The keys of Podcasting 2.0 tags."""
    rows = (
        (f"`{key}`", f"[podcast:{spec.name}](tags.md#podcast{spec.name.lower()})", spec.about, often(spec))
        for key, spec in author_keys(parent).items()
    )
    return table(("key", "tag", "meaning", "how often"), rows)


# --- Podcasting 2.0 -----------------------------------------------------------------------------------------------


def tag_overview() -> str:
    """All tags, with the key or program that writes them."""
    rows = (
        (f"[{spec.name}](#podcast{spec.name.lower()})", ", ".join(spec.parents), often(spec), author(spec))
        for spec in TAGS.values()
    )
    return table(("tag", "in", "how often", "written by"), rows)


def tag_sections() -> str:
    """A section for each tag: its values and children."""
    return paragraphs(part for spec in TAGS.values() for part in tag_section(spec))


def tag_section(spec: TagSpec) -> Iterator[str]:
    """The parts of the section of one tag."""
    yield f"## podcast:{spec.name}"
    yield f"{spec.about} [Specification]({spec.source_url})"
    yield table(("attribute", "key", "value", "need", "characters"), map(value_row, spec.values))
    if spec.children:
        must = f" At least one `podcast:{spec.holds}` is required." if spec.holds else ""
        yield f"Holds {codes(f'podcast:{child}' for child in spec.children)}.{must}"


def value_row(value: ValueSpec) -> list[str]:
    """The row of one attribute, or of the text."""
    name = "(text)" if value.name == "text" else f"`{value.name}`"
    kind = f"one of {codes(value.choices)}" if value.choices else value.kind.about
    return [name, f"`{snake_case(value.name)}`", kind, value.need, str(value.limit or "")]


def often(spec: TagSpec) -> str:
    """How many of a tag a parent can hold."""
    return "any number" if spec.many else "once"


def author(spec: TagSpec) -> str:
    """The key that an author writes; ``feedbuilder`` if the program generates the tag from other keys."""
    files = [
        name for parent, name in (("channel", "show"), ("item", "episode file")) if spec.key in author_keys(parent)
    ]
    if files:
        return f"`{spec.key}` in {' and '.join(files)}"
    inside = [TAGS[parent].key for parent in spec.parents if parent in TAGS]
    return f"`{spec.key}` inside {codes(inside)}" if inside else "feedbuilder"


# --- rules --------------------------------------------------------------------------------------------------------

GROUPS = {
    "FILE": "Files of the project",
    "REC": "Episode files",
    "YAML": "YAML",
    "KEY": "Keys",
    "CFG": "The show",
    "PER": "People",
    "AUD": "Audio of an episode",
    "MED": "Audio and pictures",
    "TRX": "Transcripts",
    "TIM": "Times",
    "CHP": "Chapters",
    "CHF": "Chapter files",
    "NOTE": "Show notes",
    "LNK": "Links",
    "TAG": "Podcasting 2.0 tags",
    "T": "Common mistakes in feeds and episode files",
    "BLD": "Building",
    "VFY": "Verifying a build",
    "PUB": "Publishing",
    "LED": "The ledger and the guard",
    "UPS": "Hosting feeds",
    "IMP": "Importing a feed",
    "SYNC": "Synchronising with the hosting feed",
    "JOIN": "Matching episode files with feed items",
    "NET": "Network",
    "APL": "Apple Podcasts",
    "SPO": "Spotify",
    "YT": "YouTube",
    "P20": "Podcast namespace",
    "RSS": "RSS 2.0",
    "XML": "XML",
    "HTTP": "Serving",
}


def rule_sections() -> str:
    """Every rule, by group and number, with an example.

    Raises:
        SystemExit: GROUPS lacks a title for a prefix, or has one too many.
    """
    order = list(GROUPS)
    if unknown := {prefix_of(rule) for rule in RULES.values()} ^ GROUPS.keys():
        raise SystemExit(f"GROUPS and the rules differ: {sorted(unknown)}")
    rules = sorted(RULES.values(), key=lambda rule: (order.index(prefix_of(rule)), number_of(rule)))
    examples = rule_examples()
    head = ("rule", "level", "requirement", "source", "example")
    return paragraphs(
        part
        for prefix, group in groupby(rules, prefix_of)
        for part in (
            f"## {GROUPS[prefix]}",
            table(head, ((rule.id, rule.level, rule.text, rule.source, examples.get(rule.id, "")) for rule in group)),
        )
    )


def rule_examples() -> dict[str, str]:
    """A finding of each rule as code, from a recorded run of the tests."""
    rows = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    problems = (Problem(**{**row, "mark": Mark(*row["mark"])}) for row in rows)
    return {problem.rule: code(format_problem(problem)) for problem in problems}


def code(text: str) -> str:
    """The text as inline code, whatever backticks it contains."""
    fence = "``" if "`" in text else "`"
    return f"{fence} {text} {fence}" if "`" in text else f"`{text}`"


def prefix_of(rule: Rule) -> str:
    """The part of the id before the number."""
    return rule.id.partition("-")[0]


def number_of(rule: Rule) -> tuple[int, str]:
    """The number in the id, and the rest, to sort by."""
    rest = rule.id.partition("-")[2]
    digits = re.match(r"\d*", rest)
    return int(digits[0]) if digits and digits[0] else 0, rest


# --- commands -----------------------------------------------------------------------------------------------------


def command_sections() -> str:
    """The help of every command."""
    return paragraphs(help_of(main, None, "feedbuilder"))


def help_of(command: click.Command, parent: click.Context | None, name: str) -> Iterator[str]:
    """A section for the command and for each command below it."""
    context = click.Context(
        command, info_name=name, parent=parent, terminal_width=100, help_option_names=["-h", "--help"]
    )
    yield f"## {context.command_path}\n\n```text\n{command.get_help(context)}\n```"
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            subcommand = command.get_command(context, inner)
            assert subcommand is not None
            yield from help_of(subcommand, context, inner)


# --- JSON documents -----------------------------------------------------------------------------------------------


def document_sections() -> str:
    """The keys that all JSON documents share, then those of each command."""
    kinds = {"Every document": Done, "A command that stopped": Stopped}
    kinds |= {f"feedbuilder {name}": kind for name, kind in DOCUMENTS.items()}
    return paragraphs(part for title, kind in kinds.items() for part in document_section(title, kind))


def document_section(title: str, kind: type[Document]) -> Iterator[str]:
    """Heading, description and own keys of one document."""
    schema = kind.model_json_schema(mode="serialization")
    own = {key: value for key, value in schema["properties"].items() if kind is Done or key not in Done.model_fields}
    rows = rows_of({**schema, "properties": own}, schema.get("$defs", {}))
    yield f"## {title}"
    yield schema["description"]
    yield table(
        ("key", "value", "meaning"),
        ((key, value.replace("`none`", "`null`"), meaning) for key, value, _, meaning in rows),
    )


# --- the files of a release ---------------------------------------------------------------------------------------

SITE_FILES = {
    "feed.xml": "the feed that you submit to platforms; only with at least one item",
    "feed.json": "the same as JSON Feed 1.1",
    "episodes/<slug>/chapters.json": "chapters, for an episode that has any",
    "episodes/<slug>/transcript.vtt": "captions with speakers, if the times of the transcript are trusted",
    "episodes/<slug>/transcript.srt": "the same as SubRip, in shorter lines",
    "episodes/<slug>/transcript.json": "the same as a JSON transcript of the podcast namespace",
    "episodes/<slug>/transcript.html": "every word; with times if they are trusted",
    "episodes/<slug>/index.html": "the page of an episode; under an old slug, a redirect to the new one",
    "episodes/<slug>/embed.html": "the player without the page, for frames on other sites",
    "episodes/<slug>/oembed.json": "oEmbed data for sites that show the player",
    "media/<slug>-<hash>.mp3": "audio of the project",
    "images/<name>-<hash>.png": "pictures of the project that the show, an episode or a person names",
    "index.html": "the page of the show, with all episodes",
    "people/<short>/index.html": "the page of a person, with their episodes",
    "search/index.html": "the page that searches all transcripts",
    "search/index.json": "the episodes in the search",
    "search/<nn>.json": "which words are in which episodes, in 32 files",
    "show.opml": "the feed, and those that the show recommends, for apps that import lists",
    "style.css": "the style sheet of the pages",
    "player.js": "the script of the player",
    "search.js": "the script of the search",
    "moved.js": "the script of pages that redirect to a renamed episode",
    "icon.svg": "the icon in the browser tab",
}

SAMPLE_SHOW = b"""\
{title: Sample, link: "https://example.org/", feed_url: "https://example.org/feed.xml", description: A sample.,
language: en, author: Sample, image: images/cover.png, categories: [Technology], explicit: false, hosts: [ada],
upstream: none}
"""

SAMPLE_PERSON = b"---\ntitle: Ada\n---\n"

SAMPLE_RECORD = b"""\
---
title: Sample
pub_date: 2026-01-07
transcript:
- {header: One}
- {line: First., sec: 0}
- {header: Two}
- {line: Second., sec: 20}
- {header: Three}
- {line: Third., sec: 40}
---
"""


def file_table() -> str:
    """The files of a release, from a build of the sample show."""
    types = {plain_path(file.path): file.type for file in sample().artefacts}
    if types.keys() != SITE_FILES.keys():
        raise SystemExit(f"SITE_FILES and a build differ: {sorted(types.keys() ^ SITE_FILES.keys())}")
    rows = ((f"`{path}`", types[path], what) for path, what in SITE_FILES.items())
    return table(("path", "media type", "what it is"), rows)


def sample() -> Built:
    """The release of a show with one episode."""
    show, _ = read_show(SourceFile("config/show.yaml", SAMPLE_SHOW))
    project = parse_project(
        show,
        Sources([SourceFile("config/people/ada.md", SAMPLE_PERSON)], [SourceFile("episodes/042.md", SAMPLE_RECORD)]),
    )
    audio = MediaFacts("media/042.mp3", 960_000, "audio/mpeg", "0" * 64, duration_s=60)
    cover = MediaFacts("images/cover.png", 9_000, "image/png", "0" * 64, width=1400, height=1400, mode="RGB")
    measured = Measured({fact.path: fact for fact in (audio, cover)}, {"042": audio.path})
    return build(project, measured, None, datetime(2026, 2, 1, tzinfo=UTC))


def plain_path(path: str) -> str:
    """The path, with placeholders for the parts that differ between shows."""
    names = {"cover": "<name>", "042": "<slug>", "people/ada": "people/<short>"}
    for name, place in names.items():
        path = path.replace(name, place)
    return re.sub(r"search/\d\d", "search/<nn>", re.sub(r"-[0-9a-f]{12}\.", "-<hash>.", path))


# --- transcript and chapter files ---------------------------------------------------------------------------------

CASES = ROOT / "tests/cases"


def transcript_forms() -> str:
    """What each form of a transcript file can hold, from the case files of the tests."""
    read: dict[str, list[Transcript]] = {form: [] for form in TRANSCRIPT_FORMS}
    for path in sorted((CASES / "captions").iterdir()):
        if path.suffix != ".expected":
            with suppress(UnknownFormError):
                transcript = read_transcript(path.read_bytes())
                read[transcript.form].append(transcript)
    rows = ((form, *map(yes_or_no, contents(transcripts))) for form, transcripts in read.items())
    return table(("form", "times", "speakers", "words with times", "sections"), rows)


def contents(transcripts: Sequence[Transcript]) -> Iterator[bool]:
    """Whether any of these files has times, speakers, words and sections."""
    spoken = [piece for transcript in transcripts for piece in transcript.spoken]
    yield any(piece.start_s is not None for piece in spoken)
    yield any(piece.who for piece in spoken)
    yield any(piece.words for piece in spoken)
    yield any(len(transcript.spoken) < len(transcript.entries) for transcript in transcripts)


def yes_or_no(value: bool) -> str:
    """The word for a cell."""
    return "yes" if value else "no"


def chapter_forms() -> str:
    """The forms of chapter files."""
    return "\n".join(f"* {form}" for form in CHAPTER_FORMS)


# --- modules and lists --------------------------------------------------------------------------------------------


def layers() -> list[tuple[int, list[str]]]:
    """The layers in pyproject.toml, from the top: the number of each and the names of its modules and packages."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    numbers = range(len(listed), 0, -1)
    return [(number, layer.split(" | ")) for number, layer in zip(numbers, listed, strict=True)]


def layer_table() -> str:
    """One row for each module or package of a layer, with the first paragraph of its docstring."""
    rows = ((str(number), *next(module_rows(name))) for number, names in layers() for name in names)
    return table(("layer", "module", "what it is"), rows)


def module_sections() -> str:
    """The layers, with all modules."""
    return paragraphs(
        part
        for number, names in layers()
        for part in (
            f"## Layer {number}",
            table(("module", "what it is"), (row for name in names for row in module_rows(name))),
        )
    )


def module_rows(name: str) -> Iterator[tuple[str, str]]:
    """A module, or a package and all its modules, with the first paragraph of each docstring."""
    path = ROOT / "feedbuilder" / name
    for file in sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]:
        text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
        parts = file.relative_to(ROOT / "feedbuilder").with_suffix("").parts
        yield f"`{'.'.join(part for part in parts if part != '__init__')}`", text.split("\n\n")[0].replace("``", "`")


def category_table() -> str:
    """Apple's categories."""
    return table(("category", "subcategories"), ((name, " · ".join(subs)) for name, subs in APPLE_CATEGORIES.items()))


def role_table() -> str:
    """The Podcast Taxonomy."""
    return table(("group", "roles"), ((group, " · ".join(roles)) for group, roles in ROLES.items()))


# --- writing ------------------------------------------------------------------------------------------------------

TABLES: Mapping[str, Callable[[], str]] = {
    "show keys": lambda: key_table(show_schema(), author_keys("channel")),
    "show tags": lambda: tag_key_table("channel"),
    "record keys": lambda: key_table(record_schema(), author_keys("item")),
    "record tags": lambda: tag_key_table("item"),
    "person keys": lambda: key_table(person_schema()),
    "tags": tag_overview,
    "tag sections": tag_sections,
    "rules": rule_sections,
    "commands": command_sections,
    "json": document_sections,
    "files": file_table,
    "transcript forms": transcript_forms,
    "chapter forms": chapter_forms,
    "modules": module_sections,
    "layers": layer_table,
    "categories": category_table,
    "roles": role_table,
}


def pages() -> dict[Path, str]:
    """Every page of the reference, with its tables generated from the code.

    Raises:
        SystemExit: a table is missing from the pages, or occurs twice.
    """
    texts = {path: path.read_text(encoding="utf-8") for path in (ARCHITECTURE, *sorted(FOLDER.glob("*.md")))}
    places = sorted(name for text in texts.values() for _, name, _ in PLACE.findall(text))
    if places != sorted(TABLES):
        raise SystemExit(f"the pages have places for {places}; the tables are {sorted(TABLES)}")
    made = {name: make() for name, make in TABLES.items()}
    return {
        path: PLACE.sub(lambda place: f"{place[1]}\n{made[place[2]]}\n\n{place[3]}", text)
        for path, text in texts.items()
    }


def stale() -> dict[Path, str]:
    """The pages that differ from the code, as they should be."""
    return {path: text for path, text in pages().items() if text != path.read_text(encoding="utf-8")}


def run() -> int:
    """Write or compare the pages; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only list the pages that are stale")
    check = parser.parse_args().check
    outdated = stale()
    for path, text in outdated.items():
        print(f"{path.relative_to(ROOT)}: {'stale: run python docs/make_reference.py' if check else 'written'}")
        if not check:
            path.write_text(text, encoding="utf-8")
    return int(check and bool(outdated))


if __name__ == "__main__":
    sys.exit(run())
