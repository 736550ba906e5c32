"""The documentation is complete, its links work, and its examples are valid."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from feedbuilder.authors.episodes import FrontMatter, Reader, parse_episode, slug_of
from feedbuilder.authors.people import PersonFile, parse_person
from feedbuilder.authors.records import parse_record
from feedbuilder.authors.show import Show, parse_show
from feedbuilder.cli import COMMANDS, main
from feedbuilder.compose.identify import Measured
from feedbuilder.compose.inputs import Sources, parse_project, read_show
from feedbuilder.compose.release import build
from feedbuilder.errors import Exit, Problem
from feedbuilder.model import MediaFacts, SourceFile
from feedbuilder.rules import RULES
from feedbuilder.rules.findings import format_problem
from feedbuilder.vocabulary.apple import APPLE_CATEGORIES
from feedbuilder.vocabulary.podcast_tags import TAGS, author_keys
from feedbuilder.vocabulary.podcast_tags.lists import ROLES

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
DOCS = sorted((*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").glob("*.md")))
_FENCE = re.compile(r"^```(\w*) ?([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]+)\)")


def reference(name: str) -> str:
    """A page of the reference."""
    return (ROOT / f"docs/reference/{name}.md").read_text(encoding="utf-8")


def prose(path: Path) -> str:
    """The text of a page without code blocks."""
    text = _FENCE.sub("", path.read_text(encoding="utf-8"))
    return "\n".join(line for line in text.split("\n") if not line.startswith("    "))


def anchors(path: Path) -> set[str]:
    """The fragments of a page: those that code hosts give to headings, and ids in the text."""
    titles = re.findall(r"^#+ (.*)$", prose(path), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title)).lower() for title in titles)
    return {title.replace(" ", "-") for title in plain} | set(re.findall(r'<a id="([^"]+)"></a>', prose(path)))


def commands(
    command: click.Command = main, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command, with its words."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        assert inner is not None
        yield from commands(inner, (*path, name))


ALL_COMMANDS = dict(commands())


# --- the reference matches the code --------------------------------------------------------------------------


def test_the_reference_is_fresh() -> None:
    stale = runpy.run_path(str(ROOT / "docs/make_reference.py"))["stale"]()
    names = [str(path.relative_to(ROOT)) for path in stale]
    assert names == [], "run: python docs/make_reference.py"


@pytest.mark.parametrize(
    ("page", "keys"),
    [
        ("show", [*(key for key, field in Show.model_fields.items() if not field.exclude), *author_keys("channel")]),
        ("record", [*FrontMatter.model_fields, *author_keys("item"), "transcript", "clips", "quotableClips"]),
        ("person", [*PersonFile.model_fields]),
    ],
)
def test_every_key_has_a_row(page: str, keys: list[str]) -> None:
    text = reference(page)
    assert [key for key in keys if f"\n| `{key}` |" not in text] == []


def test_every_rule_has_a_row() -> None:
    text = reference("rules")
    assert [rule for rule in RULES if f"\n| {rule} |" not in text] == []


def test_every_command_has_a_section() -> None:
    text = reference("commands")
    assert [words for words in ALL_COMMANDS if f"\n## feedbuilder {' '.join(words)}\n" not in text] == []
    assert {words[0] for words in ALL_COMMANDS} == COMMANDS.keys()


def test_every_tag_and_closed_list_has_a_row() -> None:
    tags, categories, roles = reference("tags"), reference("categories"), reference("roles")
    assert [tag for tag in TAGS if f"\n## podcast:{tag}\n" not in tags] == []
    assert [one for one, subs in APPLE_CATEGORIES.items() if f"| {one} | {' · '.join(subs)} |" not in categories] == []
    assert [group for group, inner in ROLES.items() if f"| {group} | {' · '.join(inner)} |" not in roles] == []


# --- the help of commands ------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ALL_COMMANDS, ids=" ".join)
def test_every_command_has_an_example_and_json(words: tuple[str, ...]) -> None:
    command = ALL_COMMANDS[words]
    assert re.match(r"Example[^:]*: .*feedbuilder ", command.epilog or "")
    assert f"feedbuilder {' '.join(words)}" in (command.epilog or "")
    assert any("--json" in option.opts for option in command.params)
    assert all(option.help for option in command.params if isinstance(option, click.Option))


# --- links --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file_and_heading(path: Path) -> None:
    broken = []
    for link in _LINK.findall(prose(path)):
        name, _, fragment = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (fragment and fragment not in anchors(target)):
            broken.append(link)
    assert broken == []


# --- examples -----------------------------------------------------------------------------------------------------

EXAMPLES = [
    pytest.param(language, where, text, id=f"{path.relative_to(ROOT)}:{number}")
    for path in DOCS
    for number, (language, where, text) in enumerate(_FENCE.findall(path.read_text(encoding="utf-8")), start=1)
    if language in {"yaml", "markdown"}
]
PLAIN_SHOW = """\
title: A
link: https://example.org/
feed_url: https://example.org/feed.xml
description: A.
language: en
author: A
owner: {email: a@example.org}
image: images/cover.png
categories: [Technology]
explicit: false
upstream: none
"""


def read_example(where: str, text: str) -> list[Problem]:
    """The findings of an example. A few keys are completed to a show file or an episode file."""
    if where.startswith("config/show"):
        own = re.findall(r"^(\w+):", text, re.MULTILINE)
        rest = [line for line in PLAIN_SHOW.splitlines() if line.partition(":")[0] not in own]
        show, problems = parse_show(where, "\n".join([*rest, text]).encode())
        return problems if show else [*problems, Problem("KEY-2", problems[0].mark, "no show")]
    if where.startswith("config/people/"):
        return parse_person(where, text.encode())[1]
    assert where.startswith("episodes/")
    show, _ = parse_show("show.yaml", PLAIN_SHOW.encode())
    assert show
    whole = text if text.startswith("---\n") else f"---\ntitle: A\n{text}---\n"
    reading = parse_record(where, whole.encode())
    assert reading.record, reading.problems
    parsed = parse_episode(reading.record, Reader(show.fields, show.timezone, show.publish_time))
    assert not parsed.unknown
    return [*reading.problems, *parsed.problems]


@pytest.mark.parametrize(("language", "where", "text"), EXAMPLES)
def test_every_example_is_valid(language: str, where: str, text: str) -> None:
    assert where, f"name the file of the example in its fence: ```{language} config/show.yaml"
    assert read_example(where, text) == []


def test_there_are_examples_of_every_kind_of_file() -> None:
    kinds = {str(example.values[1]).partition("/")[0] for example in EXAMPLES}
    assert kinds == {"config", "episodes"}
    assert any(str(example.values[1]).startswith("config/people/") for example in EXAMPLES)


def test_an_example_with_a_wrong_key_would_be_found() -> None:
    assert [found.rule for found in read_example("config/show.yaml", "explicitt: false\n")][:1] == ["KEY-1"]
    assert [found.rule for found in read_example("episodes/1.md", "season: 0\n")] == ["APL-28"]


@pytest.mark.parametrize("parent", ["show", "record"])
def test_the_examples_of_tags_have_every_key(parent: str) -> None:
    section = reference(parent).partition("## Podcasting 2.0")[2]
    written = re.findall(r"^(\w+):", _FENCE.findall(section)[0][2], re.MULTILINE)
    keys = author_keys("channel" if parent == "show" else "item")
    assert set(keys) - set(written) == set()


# --- the guide ----------------------------------------------------------------------------------------------------

STEP = re.compile(
    r"^    ((?:feedbuilder|mv|ffmpeg) [^\n]*)$|^```(?:yaml|markdown) ([^\n]+)\n(.*?)^```$", re.DOTALL | re.MULTILINE
)


def test_the_steps_of_the_guide_publish_a_feed(tmp_path: Path, tool: Callable[[str], str]) -> None:
    tool("ffmpeg")
    guide = (ROOT / "docs/guide.md").read_text(encoding="utf-8")
    steps = re.split(r"^## ([0-9])\. ", guide, flags=re.MULTILINE)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    folder = tmp_path / "my-show"
    for command, where, text in STEP.findall("".join(steps[4:16:2])):
        if where:
            (folder / where).write_text(text, encoding="utf-8")
            continue
        done = subprocess.run(
            shlex.split(command.replace("check", "check --strict")),
            cwd=folder if folder.exists() else tmp_path,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, command) == (0, command), done.stderr
    files = {str(file.relative_to(folder / "public/current")) for file in (folder / "public/current").rglob("*.*")}
    episode = "episodes/001-first-words"
    kinds = ("vtt", "srt", "json", "html")
    wanted = {"feed.xml", "feed.json", f"{episode}/chapters.json", f"{episode}/index.html"}
    assert wanted | {f"{episode}/transcript.{kind}" for kind in kinds} < files
    feed = (folder / "public/current/feed.xml").read_text(encoding="utf-8")
    assert re.findall("<psc:chapter start=.*", feed) == [
        '<psc:chapter start="00:00:00.000" title="Hello"/>',
        '<psc:chapter start="00:00:15.000" title="Why a podcast"/>',
        '<psc:chapter start="00:00:40.000" title="What comes next"/>',
    ]


# --- the README ---------------------------------------------------------------------------------------------------

KITCHEN = PLAIN_SHOW + "hosts: [robin]\ntimezone: Europe/Berlin\npublish_time: '17:00'\n"
PEOPLE = {
    "robin": b"---\ntitle: Robin Example\n---\n",
    "ada": b"---\ntitle: Ada Brook\nweb: https://brook.example.org/\n---\n",
}


def build_of_the_readme() -> dict[str, str]:
    """The build of the example in the README: the files of the release by path, and the findings."""
    texts = {where: text for _, where, text in _FENCE.findall(README.read_text(encoding="utf-8"))}
    (path,) = [where for where in texts if where.endswith(".md")]
    show, _ = read_show(SourceFile("config/show.yaml", KITCHEN.encode()))
    people = [SourceFile(f"config/people/{short}.md", data) for short, data in PEOPLE.items()]
    project = parse_project(show, Sources(people, [SourceFile(path, texts[path].encode())]))
    audio = MediaFacts("media/007-kettles.mp3", 480_000, "audio/mpeg", "0" * 64, duration_s=40)
    built = build(
        project, Measured({audio.path: audio}, {slug_of(path): audio.path}), None, datetime(2026, 4, 1, tzinfo=UTC)
    )
    finding = [format_problem(found) for found in built.problems if found.mark.path == path]
    return {file.path: file.data.decode() for file in built.artefacts if file.data} | {"finding": "\n".join(finding)}


def test_the_output_in_the_readme_is_that_of_a_build() -> None:
    made = build_of_the_readme()
    shown = {where: text for _, where, text in _FENCE.findall(README.read_text(encoding="utf-8")) if where in made}
    assert {path.rpartition("/")[2] for path in shown} == {"chapters.json", "transcript.vtt", "feed.xml", "finding"}
    feed = [line.strip() for line in made["feed.xml"].split("\n")]
    assert [line for line in shown.pop("feed.xml").splitlines() if line not in feed] == []
    assert shown.pop("finding").strip() == made["finding"]
    assert [path for path, text in shown.items() if text.strip() not in made[path]] == []


def test_the_commands_in_the_readme_are_those_of_run() -> None:
    usage = subprocess.run([ROOT / "run", "--help"], capture_output=True, text=True, check=True).stdout
    for command in ("./run build", "./run test"):
        assert command in README.read_text(encoding="utf-8")
        assert command in usage


def test_the_reference_lists_every_exit_code() -> None:
    codes = [0, Exit.STOPPED, Exit.USAGE, Exit.HELD_BACK, Exit.LOCKED, Exit.INTERRUPTED]
    listed = re.findall(r"^\| (\d+) \|", reference("commands"), re.MULTILINE)
    assert listed == [str(int(code)) for code in codes]


def test_every_option_in_the_documentation_exists() -> None:
    named = {
        option
        for path in DOCS
        for option in re.findall(r"feedbuilder \w+[^`\n]*? (--[a-z-]+)", path.read_text("utf-8"))
    }
    known = {option for command in ALL_COMMANDS.values() for one in command.params for option in one.opts}
    assert named - known - {"--version", "--help"} == set()
