"""Findings of one file of another host: the first ten, and the number of the rest."""

from __future__ import annotations

from feedbuilder.errors import Mark, Problem

MOST = 10  # findings of one file


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
