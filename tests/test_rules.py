"""Every used rule has a row, every row is used, and a finding is printed on one line."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from rule_examples import read_examples

import feedbuilder
from feedbuilder.errors import Mark, Problem
from feedbuilder.rules import ROWS, RULES, Rule, level_of
from feedbuilder.rules.findings import format_problem, sort_problems

PACKAGE = Path(feedbuilder.__file__).parent
RULE_ID = re.compile(r"[A-Z][A-Z0-9]{0,4}-[A-Z0-9]{1,3}[a-e]?")
RULE_AT = {"Problem": 0, "TagFault": 1, "wrong": 0, "choice": 0}  # the position of the rule in a call


# The program writes this tag itself, so no file of an author can break the rule.
WITHOUT_EXAMPLE = frozenset({"P20-13"})


def used_rules() -> Counter[str]:
    """Every string constant of the package outside the table that is a rule id."""
    used: Counter[str] = Counter()
    for module in sorted(PACKAGE.rglob("*.py")):
        if module.parent.name != "rules":
            used.update(ids_in(ast.parse(module.read_text("utf-8"))))
    return used


def ids_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and RULE_ID.fullmatch(node.value):
            yield node.value


def test_every_used_rule_has_a_row() -> None:
    assert sorted(set(used_rules()) - set(RULES)) == []


def test_every_row_is_used() -> None:
    assert sorted(set(RULES) - set(used_rules())) == []


def test_every_finding_names_its_rule_as_a_constant() -> None:
    """So the search above finds it. A variable is allowed, a computed id is not."""
    computed = []
    for module in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RULE_AT:
                rule = node.args[RULE_AT[node.func.id]] if len(node.args) > RULE_AT[node.func.id] else None
                computed += [f"{module.name}:{node.lineno}"] if rule is None or not is_plain(rule) else []
    assert computed == []


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


MODULES = sorted(str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES)
def test_a_fix_is_a_sentence(module: str) -> None:
    """It starts with a capital or code and ends with a full stop or question mark, so findings can be read aloud."""
    tree = ast.parse((PACKAGE / module).read_text("utf-8"))
    fixes = [(fix.lineno, *edges(fix)) for node in ast.walk(tree) for value in remedies(node) for fix in texts(value)]
    wrong = [(line, start + "…" + end) for line, start, end in fixes if start and not re.match(r"[A-Z`]", start)]
    wrong += [(line, start + "…" + end) for line, start, end in fixes if end and not end.endswith((".", "?"))]
    assert wrong == []


def remedies(node: ast.AST) -> Iterator[ast.expr]:
    """The value of every argument or variable with the name remedy, and the fifth argument of a finding."""
    if isinstance(node, ast.keyword) and node.arg == "remedy":
        yield node.value
    if isinstance(node, ast.Assign) and "remedy" in {getattr(target, "id", "") for target in node.targets}:
        yield node.value
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
        yield from node.args[4:5]


def texts(value: ast.expr) -> Iterator[ast.Constant | ast.JoinedStr]:
    """The string constants and f-strings that a value may be; empty ones mean the remedy of the rule."""
    if isinstance(value, ast.IfExp):
        yield from (*texts(value.body), *texts(value.orelse))
    elif isinstance(value, ast.BoolOp):
        yield from (text for option in value.values for text in texts(option))
    elif isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and value.value):
        yield value


def edges(text: ast.Constant | ast.JoinedStr) -> tuple[str, str]:
    """The first and last part of a text; empty where it is a value."""
    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
    first, last = (str(part.value) if isinstance(part, ast.Constant) else "" for part in (parts[0], parts[-1]))
    return first, last


@pytest.mark.parametrize("rule", ROWS, ids=lambda rule: rule.id)
def test_the_parts_of_a_row_fit_into_a_finding(rule: Rule) -> None:
    assert RULE_ID.fullmatch(rule.id)
    assert rule.level in {"error", "warning", "note"}
    assert re.fullmatch(r"\S.*\.", rule.text)
    assert rule.remedy
    assert not rule.effect.endswith((".", ";", ","))
    for part in (rule.remedy, rule.effect):
        assert part == part.strip()
        assert "\n" not in part


def test_every_rule_has_an_example_finding() -> None:
    examples = read_examples()
    assert sorted(examples.keys() - RULES.keys()) == []
    missing = sorted(RULES.keys() - examples.keys() - WITHOUT_EXAMPLE)
    assert missing == [], "run: pytest -n 0 --update-rule-examples && python docs/make_reference.py"
    assert sorted(WITHOUT_EXAMPLE & examples.keys()) == []


def a_problem(
    rule: str = "APL-28", what: str = "episode 0 is not >= 1", *, effect: str = "", remedy: str = ""
) -> Problem:
    return Problem(rule, Mark("episodes/042.md", 17, 5), what, effect, remedy)


def test_a_finding_uses_effect_and_remedy_of_its_rule() -> None:
    assert format_problem(a_problem()) == (
        "episodes/042.md:17:5: warning APL-28: episode 0 is not >= 1; left out of the item. "
        "Number from 1, or remove the key."
    )


def test_a_finding_may_have_its_own_effect_and_remedy() -> None:
    assert format_problem(a_problem(effect="taken as 1", remedy="Write 1.")) == (
        "episodes/042.md:17:5: warning APL-28: episode 0 is not >= 1; taken as 1. Write 1."
    )


def test_a_finding_without_effect_has_no_semicolon() -> None:
    assert format_problem(Problem("CHP-9", Mark("episodes/042.md"), "there are 2 chapters")) == (
        "episodes/042.md: warning CHP-9: there are 2 chapters. Write at least three chapters, or none."
    )


def test_the_level_is_that_of_the_rule() -> None:
    assert [level_of(a_problem(rule)) for rule in ("APL-24", "APL-23", "KEY-7")] == ["error", "warning", "note"]


def test_findings_are_sorted_by_place_and_rule_without_duplicates() -> None:
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
