"""Findings as text and as JSON: one line each, sorted and grouped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from feedbuilder.errors import Problem
from feedbuilder.rules import RULES, Level, level_of

VERSION = 1  # of the JSON documents: it grows when a key is removed, renamed or changes its meaning
_LEVELS: tuple[Level, ...] = ("error", "warning", "note")


def format_problem(problem: Problem) -> str:
    """The finding on one line: place, level and rule, then the problem, what happened because of it, and the fix.

    ``episodes/042.md:17:5: warning APL-28: episode 0 is below 1; left out of the item. Start at 1, or remove it.``
    """
    rule = RULES[problem.rule]
    effect, remedy = problem.effect or rule.effect, problem.remedy or rule.remedy
    clauses = f"{problem.what}; {effect}" if effect else problem.what
    return f"{problem.mark}: {level_of(problem)} {problem.rule}: {clauses}. {remedy}"


def sort_problems(problems: Iterable[Problem]) -> list[Problem]:
    """The findings by file, line, column, rule and text, without duplicates."""
    return sorted(set(problems), key=lambda problem: (problem.mark, problem.rule, problem.what))


def problem_as_data(problem: Problem) -> dict[str, object]:
    """The finding as JSON values."""
    rule = RULES[problem.rule]
    return {
        "level": level_of(problem),
        "rule": problem.rule,
        "file": problem.mark.path,
        "line": problem.mark.line,
        "column": problem.mark.column,
        "what": problem.what,
        "effect": problem.effect or rule.effect,
        "remedy": problem.remedy or rule.remedy,
    }


def as_document(values: Mapping[str, object], problems: Iterable[Problem]) -> dict[str, object]:
    """A JSON document of a command: the version of its shape, its values and its findings."""
    return {"version": VERSION, **values, "problems": [problem_as_data(problem) for problem in sort_problems(problems)]}


def pick_problems(problems: Iterable[Problem], most: int | None = None) -> list[tuple[Problem, int]]:
    """The findings to show: errors, then warnings, then notes, each sorted by place; at most ``most`` of one rule.

    The number is how many more findings of the same rule are not shown; 0 except with the last one of a rule.
    """
    ordered = sorted(sort_problems(problems), key=lambda problem: _LEVELS.index(level_of(problem)))
    total = Counter(problem.rule for problem in ordered)
    seen: Counter[str] = Counter()
    picked = []
    for problem in ordered:
        seen[problem.rule] += 1
        if most is None or seen[problem.rule] <= most:
            last = seen[problem.rule] == most
            picked.append((problem, total[problem.rule] - seen[problem.rule] if last else 0))
    return picked
