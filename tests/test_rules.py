"""The table of rules: every rule that is used has a row, every row is used, and a finding prints as one line."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import feedbuilder
from feedbuilder.errors import Mark, Problem
from feedbuilder.rules import ROWS, RULES, Rule, level_of
from feedbuilder.rules.findings import format_problem, sort_problems

PACKAGE = Path(feedbuilder.__file__).parent
RULE_ID = re.compile(r"[A-Z][A-Z0-9]{0,4}-[A-Z0-9]{1,3}[a-e]?")
RULE_AT = {"Problem": 0, "TagFault": 1, "wrong": 0, "choice": 0}  # which argument of a finding is its rule


def used_rules() -> Counter[str]:
    """Every text in the program, but for docstrings and the table itself, that is nothing but a rule id."""
    used: Counter[str] = Counter()
    for module in sorted(PACKAGE.rglob("*.py")):
        if module.parent.name != "rules":
            used.update(ids_in(ast.parse(module.read_text("utf-8"))))
    return used


def ids_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and RULE_ID.fullmatch(node.value):
            yield node.value


def test_every_rule_that_is_used_has_a_row() -> None:
    assert sorted(set(used_rules()) - set(RULES)) == []


def test_every_row_is_used() -> None:
    assert sorted(set(RULES) - set(used_rules())) == []


def test_every_finding_names_its_rule_so_that_the_search_above_sees_it() -> None:
    """The rule is a plain text, or one of several, or was handed on; it is never put together."""
    strange = []
    for module in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RULE_AT:
                rule = node.args[RULE_AT[node.func.id]] if len(node.args) > RULE_AT[node.func.id] else None
                strange += [f"{module.name}:{node.lineno}"] if rule is None or not is_plain(rule) else []
    assert strange == []


def is_plain(rule: ast.expr) -> bool:
    if isinstance(rule, ast.IfExp):
        return is_plain(rule.body) and is_plain(rule.orelse)
    if isinstance(rule, ast.BoolOp):
        return all(map(is_plain, rule.values))
    if isinstance(rule, ast.Constant):
        return isinstance(rule.value, str) and RULE_ID.fullmatch(rule.value) is not None
    return isinstance(rule, (ast.Name, ast.Attribute, ast.Subscript))


def test_ids_are_unique() -> None:
    assert [rule for rule, count in Counter(row.id for row in ROWS).items() if count > 1] == []


@pytest.mark.parametrize("rule", ROWS, ids=lambda rule: rule.id)
def test_a_row_reads_well_in_a_finding(rule: Rule) -> None:
    assert RULE_ID.fullmatch(rule.id)
    assert rule.level in {"error", "warning", "note"}
    assert rule.text.endswith(".")
    assert rule.text == rule.text.strip()
    assert rule.remedy
    for part in (rule.remedy, rule.effect):
        assert part == part.strip()
        assert not part.endswith((";", ","))
        assert "\n" not in part


def a_problem(rule: str = "APL-28", what: str = "episode 0 is not >= 1", **fields: str) -> Problem:
    return Problem(rule, Mark("episodes/042.md", 17, 5), what, **fields)


def test_a_finding_is_one_line_with_what_the_rule_says() -> None:
    assert format_problem(a_problem()) == (
        "episodes/042.md:17:5: warning APL-28: episode 0 is not >= 1; left out of the item. "
        "Number from 1, or remove the key."
    )


def test_a_finding_may_say_effect_and_remedy_itself() -> None:
    assert format_problem(a_problem(effect="taken as 1", remedy="write 1")) == (
        "episodes/042.md:17:5: warning APL-28: episode 0 is not >= 1; taken as 1. Write 1."
    )


def test_a_finding_without_effect_has_no_colon_for_it() -> None:
    assert format_problem(Problem("CHP-9", Mark("episodes/042.md"), "there are 2 chapters")) == (
        "episodes/042.md: warning CHP-9: there are 2 chapters. Write at least three chapters, or none."
    )


def test_the_level_is_that_of_the_rule() -> None:
    assert [level_of(a_problem(rule)) for rule in ("APL-24", "APL-23", "KEY-7")] == ["error", "warning", "note"]


def test_findings_are_sorted_by_place_then_rule_and_repetitions_go() -> None:
    def at(path: str, line: int = 0, column: int = 0, rule: str = "KEY-7", what: str = "a") -> Problem:
        return Problem(rule, Mark(path, line, column), what)

    ordered = [
        at("a.md"),
        at("a.md", 2),
        at("a.md", 10, 1),
        at("a.md", 10, 2, "APL-23"),
        at("a.md", 10, 2, "KEY-7", "a"),
        at("a.md", 10, 2, "KEY-7", "b"),
        at("b.md"),
    ]
    assert sort_problems([*reversed(ordered), *ordered]) == ordered
