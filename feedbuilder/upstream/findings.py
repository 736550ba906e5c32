"""Findings about files of other hosts, so few that people read them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from feedbuilder.errors import Mark, Problem

MOST = 10  # findings of one file
_NAMED = frozenset({"IMP-1", "IMP-2", "IMP-10", "IMP-11"})  # rules whose values the owner has to see one by one
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")


def gather(problems: Sequence[Problem]) -> list[Problem]:
    """The findings; those that differ only in their mark and the values they quote are one, with the first of each.

    >>> gather([Problem("UPS-8", Mark("a", line), f"invalid date '{line}'") for line in (1, 2)])[0].what
    "invalid date '1' (first of 2)"
    """
    places: dict[tuple[str, str, str, str], list[Problem]] = {}
    for problem in problems:
        kind = problem.what if problem.rule in _NAMED else _QUOTED.sub("''", problem.what)
        key = (problem.rule, kind, _QUOTED.sub("''", problem.effect), problem.remedy)
        places.setdefault(key, []).append(problem)
    return [
        replace(found[0], what=found[0].what + (f" (first of {len(found)})" if len(found) > 1 else ""))
        for found in places.values()
    ]


class Findings:
    """Findings of one file in order; those after the first ten are only counted."""

    def __init__(self) -> None:
        """Start without findings."""
        self._first: list[Problem] = []
        self._more = 0

    def add(self, mark: Mark, what: str, effect: str = "") -> None:
        """Add a finding (IMP-5)."""
        if len(self._first) < MOST:
            self._first.append(Problem("IMP-5", mark, what, effect))
        else:
            self._more += 1

    def listed(self) -> list[Problem]:
        """The findings to show."""
        if not self._more:
            return self._first
        what = f"{self._more} more findings in this file" if self._more > 1 else "1 more finding in this file"
        return [*self._first, Problem("IMP-5", Mark(self._first[0].mark.path), what)]
