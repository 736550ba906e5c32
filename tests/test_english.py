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

# (file, word) that may stay, and why.
ALLOWED = {
    ("CONTRIBUTING.md", "*"): "lists the words",
    ("tests/test_english.py", "*"): "tests the list",
    ("feedbuilder/captions/names.py", "blank"): "whisper.cpp writes [BLANK_AUDIO]",
    ("tests/test_breaks.py", "*"): "sentences to break",
    ("tests/test_browser.py", "stands"): "searches for a line of an episode",
}


# A target of HTML, an empty line, and words of Apple and CLDR.
_FINE = re.compile(r"_blank\b|blank[ -]lines?|Stand-(?:Up|alone)", re.IGNORECASE)


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
    text = _FINE.sub("", text)
    return [re.sub(r"[\s_#*]+", " ", match.group().lower()) for match in retired(table).finditer(text)]


def files_of(folder: str) -> Iterator[Path]:
    path = ROOT / folder
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    yield from (file for file in files if file.suffix in ENDINGS and "__pycache__" not in file.parts)


def found_in(path: Path) -> list[str]:
    """``file:line: word`` for every retired word in the name or the text of a file."""
    name = str(path.relative_to(ROOT))
    text = _FINE.sub("", path.read_text(encoding="utf-8", errors="replace"))
    places = [(0, word) for word in words_in(path.stem)]
    places += [
        (text.count("\n", 0, match.start()) + 1, words_in(match.group())[0]) for match in retired(0).finditer(text)
    ]
    return [f"{name}:{line}: {word}" for line, word in places if not {(name, word), (name, "*")} & ALLOWED.keys()]


@pytest.mark.parametrize("folder", sorted(FOLDERS))
def test_no_retired_word_is_used(folder: str) -> None:
    assert [place for path in files_of(folder) for place in found_in(path)] == []


# --- for users ----------------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """The text without code, links and what is quoted: keys, commands and paths keep their names."""
    text = re.sub(r"^```.*?^```$|^    .*?$|`[^`\n]*`|\]\([^)]*\)|<!--.*?-->", " ", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"\w*[-./_{]\w*", " ", text)


@pytest.mark.parametrize("page", sorted(USER_DOCS))
def test_pages_for_users_have_their_words(page: str) -> None:
    assert words_in(plain((ROOT / page).read_text(encoding="utf-8")), 1) == []


HELP = list(ALL_COMMANDS)


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


@pytest.mark.parametrize("folder", sorted(name for name in FOLDERS if name.startswith("feedb")))
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
