"""Findings as people and programs read them: one line each, sorted, grouped, or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from feedbuilder.errors import Problem
from feedbuilder.rules import RULES

MANY_FILES = 5  # a finding of more files than that is shown once, with the places of the others
_FEW_PLACES = 3


def format_problem(problem: Problem) -> str:
    """One line: ``episodes/042.md:17:5: error APL-28 episode 0 is not >= 1: left out of the item; number from 1 …``."""
    rule = RULES[problem.rule]
    effect, remedy = problem.effect or rule.effect, problem.remedy or rule.remedy
    middle = f"{problem.what}: {effect}" if effect else problem.what
    return f"{problem.mark}: {rule.level} {problem.rule} {middle}; {remedy}"


def sort_problems(problems: Iterable[Problem]) -> list[Problem]:
    """By file, line, column, then rule and text; exact repetitions once."""
    return sorted(set(problems), key=lambda found: (found.mark, found.rule, found.what))


def problem_as_data(problem: Problem) -> dict[str, object]:
    """The finding as JSON has it."""
    rule = RULES[problem.rule]
    return {
        "level": rule.level,
        "rule": problem.rule,
        "file": problem.mark.path,
        "line": problem.mark.line,
        "column": problem.mark.column,
        "what": problem.what,
        "effect": problem.effect or rule.effect,
        "remedy": problem.remedy or rule.remedy,
    }


def fold_problems(problems: Iterable[Problem]) -> list[Problem]:
    """The findings, sorted; of a rule that says the same of many files only the first, which names some of the others.

    For people who read: they fix the cause, not the places. ``--json`` and last-build.json have every finding.
    """
    ordered = sort_problems(problems)
    kinds: dict[tuple[str, str, str], list[Problem]] = {}
    for problem in ordered:
        kinds.setdefault((problem.rule, problem.effect, problem.remedy), []).append(problem)
    many = {kind: found for kind, found in kinds.items() if len({one.mark.path for one in found}) > MANY_FILES}
    shown: list[Problem] = []
    for problem in ordered:
        found = many.get((problem.rule, problem.effect, problem.remedy), [problem])
        if found[0] is problem:
            shown.append(_folded(found))
    return shown


def _folded(found: Sequence[Problem]) -> Problem:
    """The first of several findings, with the number of the others and their first places."""
    first, *others = found
    if not others:
        return first
    places = ", ".join(str(one.mark) for one in others[:_FEW_PLACES])
    return replace(first, what=f"{first.what} (and {len(others)} more like it: {places} …; --json lists all)")
