"""The project is written in plain current English: the retired words of CONTRIBUTING.md are used nowhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
from test_docs import ALL_COMMANDS

ROOT = Path(__file__).resolve().parent.parent
ENDINGS = {"", ".conf", ".css", ".expected", ".html", ".js", ".lua", ".md", ".py", ".service", ".sh", ".toml", ".txt"}
FOLDERS = {
    *(f"feedbuilder/{path.name}" for path in (ROOT / "feedbuilder").iterdir() if path.name != "__pycache__"),
    *(f"tests/{path.name}" for path in (ROOT / "tests").iterdir() if path.name != "__pycache__"),
    *(f"docs/{path.name}" for path in (ROOT / "docs").iterdir()),
    *("bench", ".ci", "run", "pyproject.toml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md"),
}
# Pages for users: here an instant is a date and time, and a record an episode file.
USER_DOCS = {"README.md", "CHANGELOG.md", "docs/guide.md", "docs/moving.md", "docs/audio.md", "docs/serving.md"}
USER_DOCS |= {f"docs/reference/{path.name}" for path in (ROOT / "docs/reference").glob("*.md")} - {
    "docs/reference/modules.md",  # for developers: the docstrings of modules
}

# Temporary: what is not rewritten yet. Empty both sets when it is, and then delete them.
NOT_YET = frozenset(
    """
    CHANGELOG.md README.md bench docs/architecture.md docs/audio.md docs/conformance.md docs/decisions
    docs/design.md docs/glossary.md docs/guide.md docs/moving.md docs/mutation.md docs/reference docs/serving.md
    feedbuilder/authors feedbuilder/check feedbuilder/compose feedbuilder/derive feedbuilder/disk.py
    feedbuilder/errors.py feedbuilder/import_ feedbuilder/ledger feedbuilder/markup feedbuilder/media
    feedbuilder/model.py feedbuilder/network feedbuilder/project feedbuilder/publish feedbuilder/render
    feedbuilder/rules feedbuilder/server feedbuilder/sync.py feedbuilder/text feedbuilder/upstream
    feedbuilder/vocabulary tests/cases tests/data tests/golden tests/publishing.py tests/servers.py
    tests/test_artwork.py tests/test_breaks.py tests/test_browser.py tests/test_building.py
    tests/test_captions.py tests/test_carried.py tests/test_config.py tests/test_connections.py
    tests/test_corpus.py tests/test_cues.py tests/test_deploy.py tests/test_derive_chapters.py
    tests/test_derived.py tests/test_episodes.py tests/test_fetch.py tests/test_fields.py tests/test_hostile.py
    tests/test_import.py tests/test_import_dialects.py tests/test_jsonfeed.py tests/test_ledger.py
    tests/test_links.py tests/test_markup.py tests/test_measure.py tests/test_media.py tests/test_memory.py
    tests/test_network.py tests/test_notes.py tests/test_pages.py tests/test_people.py tests/test_plain_text.py
    tests/test_platforms.py tests/test_podcast20.py tests/test_podcast_tags.py tests/test_publish.py
    tests/test_publish_crash.py tests/test_records.py tests/test_roundtrip.py tests/test_rss.py
    tests/test_server.py tests/test_serving.py tests/test_speakers.py tests/test_sync.py tests/test_tag.py
    tests/test_texts.py tests/test_timeline.py tests/test_to_markdown.py tests/test_transcripts.py
    tests/test_upstream.py tests/test_upstream_captions.py
    """.split()  # noqa: SIM905 - temporary
)
NOT_YET_FOR_USERS = frozenset(
    """
    CHANGELOG.md README.md docs/audio.md docs/guide.md docs/moving.md docs/reference/files.md
    docs/reference/person.md docs/reference/record.md docs/reference/roles.md docs/reference/rules.md
    docs/reference/show.md docs/reference/tags.md docs/serving.md feedbuilder/authors feedbuilder/cli
    feedbuilder/compose feedbuilder/derive feedbuilder/rules feedbuilder/upstream sync
    """.split()  # noqa: SIM905 - temporary
) | {"ledger accept", "ledger show"}

# (file, word) that may stay, and why.
ALLOWED = {
    ("CONTRIBUTING.md", "*"): "lists the words",
    ("tests/test_english.py", "*"): "tests the list",
    ("feedbuilder/captions/names.py", "blank"): "whisper.cpp writes [BLANK_AUDIO]",
}


@cache
def retired(table: int) -> re.Pattern[str]:
    """The words of the first or second table, separated by spaces, underscores or line breaks."""
    section = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("\n## Language\n")[2]
    rows = section.split("\n|---|---|\n")[1 + table].partition("\n\n")[0]
    phrases = [phrase for row in rows.splitlines() for phrase in re.findall(r"`([^`]+)`", row.split("|")[2])]
    gap = r"[\s_#*]+"
    words = (gap.join(map(re.escape, phrase.split())) for phrase in phrases)
    some = rf"(?:[\w'-]+{gap}){{0,2}}[\w'-]+"
    return re.compile(rf"(?<![a-z])(?:{'|'.join(words)})(?![a-z])".replace("…", some), re.IGNORECASE)


def words_in(text: str, table: int = 0) -> list[str]:
    return [re.sub(r"[\s_#*]+", " ", match.group().lower()) for match in retired(table).finditer(text)]


def files_of(folder: str) -> Iterator[Path]:
    path = ROOT / folder
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    yield from (file for file in files if file.suffix in ENDINGS and "__pycache__" not in file.parts)


def found_in(path: Path) -> list[str]:
    """``file:line: word`` for every retired word in the name or the text of a file."""
    name = str(path.relative_to(ROOT))
    text = path.read_text(encoding="utf-8", errors="replace")
    places = [(0, word) for word in words_in(path.stem)]
    places += [
        (text.count("\n", 0, match.start()) + 1, words_in(match.group())[0]) for match in retired(0).finditer(text)
    ]
    return [f"{name}:{line}: {word}" for line, word in places if not {(name, word), (name, "*")} & ALLOWED.keys()]


@pytest.mark.parametrize("folder", sorted(FOLDERS - NOT_YET))
def test_no_retired_word_is_used(folder: str) -> None:
    assert [place for path in files_of(folder) for place in found_in(path)] == []


# --- for users ----------------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """The text without code, links and what is quoted: keys, commands and paths keep their names."""
    text = re.sub(r"^```.*?^```$|^    .*?$|`[^`\n]*`|\]\([^)]*\)|<!--.*?-->", " ", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"\w*[-./_{]\w*", " ", text)


@pytest.mark.parametrize("page", sorted(USER_DOCS - NOT_YET_FOR_USERS))
def test_pages_for_users_have_their_words(page: str) -> None:
    assert words_in(plain((ROOT / page).read_text(encoding="utf-8")), 1) == []


HELP = [words for words in ALL_COMMANDS if " ".join(words) not in NOT_YET_FOR_USERS]


@pytest.mark.parametrize("words", HELP, ids=" ".join)
def test_help_has_the_words_of_users(words: tuple[str, ...]) -> None:
    command = ALL_COMMANDS[words]
    texts = [command.help, *(option.help for option in command.params if isinstance(option, click.Option))]
    assert words_in("\n".join(plain(text or "") for text in texts).replace("(record)", ""), 1) == []


# The functions that take a text for the user, and where: the other arguments are names and values.
MESSAGES = {"Problem": slice(2, 5), "say": slice(0, 1), "echo": slice(0, 1), "UsageError": slice(0, 1)}
MESSAGES |= {"BadParameter": slice(0, 1), "ClickException": slice(0, 1)}


def messages_of(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of every message that is written in a call: positional, or named what, effect or remedy."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        named = {"what", "effect", "remedy", *(["text"] if name == "Rule" else [])}
        keywords = [keyword.value for keyword in node.keywords if keyword.arg in named]
        for argument in [*node.args[MESSAGES.get(name, slice(0, 0))], *keywords]:
            texts = [part.value for part in ast.walk(argument) if isinstance(part, ast.Constant)]
            yield from ((node.lineno, text) for text in texts if isinstance(text, str))


@pytest.mark.parametrize("folder", sorted(name for name in FOLDERS - NOT_YET_FOR_USERS if name.startswith("feedb")))
def test_messages_have_the_words_of_users(folder: str) -> None:
    places = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in files_of(folder)
        if path.suffix == ".py"
        for line, text in messages_of(path)
        if words_in(plain(text), 1)
    ]
    assert places == []


# --- the tests find what they look for ----------------------------------------------------------------------------


def test_words_are_found_in_prose_names_and_across_lines() -> None:
    text = "It is mended. def passed_over(): # or leave\n    # it\nThis is no good file of a kind. Amend, tornado."
    assert words_in(text) == ["men" + "ded", "passed over", "or leave it", "is no good file of"]
    assert words_in(plain("The `record` of [it](record.md)\n\n    record\n\nThe Record"), 1) == ["record"]
