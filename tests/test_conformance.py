"""Every id and every citation in the code, the docs and the tests leads to a row or a heading of this repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from test_docs import anchors

import feedbuilder
from feedbuilder import rules
from feedbuilder.rules import RULES

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(feedbuilder.__file__).parent
PAGE = ROOT / "docs/conformance.md"
ELSEWHERE = frozenset({"data", "golden", "cases"})  # files of examples, beside the tests

_ROW = re.compile(r'\| <a id="([^"]*)"></a>(\S+) \| (.+?) \| (.+) \| (.+?) \| (.+?) \| (.+?) \|')
_ID = re.compile(r"(?<![\w-])([A-Z][A-Z0-9]*)-(\d+[a-z]?|SB)(?![\w-])")
_CITATION = re.compile(r"(?<![\w/])(docs/[\w/-]+\.md)(?:#([\w-]+))?")
_OUTSIDE = re.compile(r"\b(?:SPEC|DESIGN|PEERS) [\dA-Z]|\btraps? \d|\u00a7")
_LEVEL = re.compile("[EWI]( N)?|–")
_SOURCE = re.compile(r"\[([A-Z0-9-]+)\] [psx]|d|–")
_STATES = frozenset({"implemented", "covered", "guaranteed", "planned", "not checkable"})


class Row(NamedTuple):
    """One requirement of docs/conformance.md."""

    anchor: str
    id: str
    level: str
    text: str
    who: str
    sources: str
    state: str

    @property
    def kind(self) -> str:
        """The state without what follows its colon."""
        return self.state.partition(":")[0]


def read_rows() -> list[Row]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    found = [_ROW.fullmatch(line) for line in lines if line.startswith("| <a id=")]
    assert all(found)
    return [Row(*match.groups()) for match in found if match]


ROWS = read_rows()
REQUIRED = {row.id: row for row in ROWS}
PREFIXES = frozenset(name.partition("-")[0] for name in REQUIRED)
KNOWN_PREFIXES = PREFIXES | {name.partition("-")[0] for name in RULES}


def sources() -> Iterator[Path]:
    """The files that a person writes: code, pages and tests."""
    for folder in (PACKAGE, ROOT / "docs", ROOT / "tests", ROOT / "bench"):
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".md", ".j2", ".html", ".js", ".css"} and not ELSEWHERE & set(path.parts):
                yield path
    yield from sorted(ROOT.glob("*.md"))


TEXTS = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in sources()}


def ids_in(text: str) -> set[str]:
    return {match[0] for match in _ID.finditer(text) if match[1] in KNOWN_PREFIXES}


# --- what the code cites ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TEXTS)
def test_every_id_is_a_row(name: str) -> None:
    assert sorted(ids_in(TEXTS[name]) - REQUIRED.keys() - RULES.keys()) == []


def test_every_cited_page_and_anchor_exists() -> None:
    cited = {citation for text in TEXTS.values() for citation in _CITATION.findall(text)}
    pages = {page: anchors(ROOT / page) for page, _ in cited if (ROOT / page).exists()}
    assert [f"{page}#{anchor}" for page, anchor in sorted(cited) if anchor not in {"", *pages.get(page, ())}] == []
    assert sorted({page for page, _ in cited} - pages.keys()) == []


@pytest.mark.parametrize("name", TEXTS)
def test_no_document_outside_of_the_repository_is_cited(name: str) -> None:
    assert [line for line in TEXTS[name].splitlines() if _OUTSIDE.search(line)] == []


def test_the_texts_that_are_searched_hold_ids_and_citations() -> None:
    used = {name for text in TEXTS.values() for name in ids_in(text)}
    assert {"APL-28", "T-74", "TRN-9", "XML-12", "P20-10", "FG-3", "LED-4", "P20-0b", "P20-SB"} <= used
    assert _OUTSIDE.search("see DESIGN " + "5")
    assert _OUTSIDE.search("(trap " + "3)")


# --- the page -----------------------------------------------------------------------------------------------------


def test_ids_and_anchors_of_the_page_are_unique_and_agree() -> None:
    assert len(REQUIRED) == len(ROWS)
    assert [row.id for row in ROWS if row.anchor != row.id.lower() or not _ID.fullmatch(row.id)] == []


def test_each_row_has_a_level_sources_and_a_state() -> None:
    text = PAGE.read_text(encoding="utf-8")
    defined = set(re.findall(r"^\[([A-Z0-9-]+)\]: \S+$", text, re.MULTILINE))
    wrong = [
        row.id
        for row in ROWS
        if not _LEVEL.fullmatch(row.level)
        or not all(_SOURCE.fullmatch(source) for source in row.sources.split(", "))
        or not set(re.findall(r"\[([A-Z0-9-]+)\]", row.sources)) <= defined
        or row.kind not in _STATES
    ]
    assert wrong == []
    assert set(re.findall(r"\[([A-Z0-9-]+)\] [psx]\b", text)) == defined


def test_implemented_rows_are_the_rules_of_the_same_prefixes() -> None:
    implemented = {row.id for row in ROWS if row.kind == "implemented"}
    assert implemented == {name for name in RULES if name.partition("-")[0] in PREFIXES}


def test_implemented_rules_are_raised() -> None:
    table = Path(rules.__file__)
    tables = set(table.parent.rglob("*.py")) if table.name == "__init__.py" else {table}
    code = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py") if path not in tables)
    assert [row.id for row in ROWS if row.kind == "implemented" and f'"{row.id}"' not in code] == []


def test_covered_rows_name_the_rules_that_report_them() -> None:
    claims = {row.id: ids_in(row.state) for row in ROWS}
    assert [row.id for row in ROWS if row.kind == "covered" and not claims[row.id]] == []
    assert {name: sorted(claim - RULES.keys()) for name, claim in claims.items() if claim - RULES.keys()} == {}


def test_what_is_not_checkable_has_a_reason() -> None:
    assert [row.id for row in ROWS if row.kind == "not checkable" and ": " not in row.state] == []
