"""Every rule that a finding can name: one row each. Ids such as APL-28 are those of the conformance list.

A row says what is demanded, how serious it is, what the program does about it, and how to mend it. The sources of the
rules taken from platforms stand in ``source``; our own have none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from feedbuilder.errors import Problem

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. ``effect`` and ``remedy`` are what a finding says when it does not say it itself."""

    id: str
    level: Level
    text: str
    remedy: str
    effect: str = ""
    source: str = ""


_ROWS = (
    # --- reading: files, YAML, keys ---
    Rule(
        "REC-1", "error", "A record or people file is UTF-8 text.", "save the file as UTF-8", "the record is left out"
    ),
    # --- Apple ---
    Rule(
        "APL-28",
        "error",
        "itunes:episode and itunes:season are whole numbers from 1.",
        "number from 1 or remove it",
        "left out of the item",
        "Apple, A Podcaster's Guide to RSS",
    ),
)

RULES: Mapping[str, Rule] = MappingProxyType({row.id: row for row in _ROWS})


def level_of(problem: Problem) -> Level:
    """How serious the finding is."""
    return RULES[problem.rule].level


def format_problem(problem: Problem) -> str:
    """One line: ``episodes/042.md:17:5: error APL-28 episode 0 is not >= 1: left out of the item; number from 1 …``."""
    rule = RULES[problem.rule]
    effect, remedy = problem.effect or rule.effect, problem.remedy or rule.remedy
    middle = f"{problem.what}: {effect}" if effect else problem.what
    return f"{problem.mark}: {rule.level} {problem.rule} {middle}; {remedy}"


def sort_problems(problems: Iterable[Problem]) -> list[Problem]:
    """By file, line, column, then rule and text; exact repetitions once."""
    return sorted(set(problems), key=lambda found: (found.mark, found.rule, found.what))
