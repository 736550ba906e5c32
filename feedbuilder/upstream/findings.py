"""What is wrong with one file of another host: the first findings, and how many more there are."""

from __future__ import annotations

from feedbuilder.errors import Mark, Problem

MOST = 10  # a file that is wrong throughout says so in ten lines


class Findings:
    """Problems of one file in their order; those after the first ten are counted and not kept."""

    def __init__(self) -> None:
        """Nothing is found yet."""
        self._first: list[Problem] = []
        self._more = 0

    def add(self, mark: Mark, what: str, effect: str = "") -> None:
        """One more thing that cannot be read (IMP-5)."""
        if len(self._first) < MOST:
            self._first.append(Problem("IMP-5", mark, what, effect))
        else:
            self._more += 1

    def listed(self) -> list[Problem]:
        """What is to be shown."""
        if not self._more:
            return self._first
        what = f"and {self._more} more of the kind" if self._more > 1 else "and one more of the kind"
        return [*self._first, Problem("IMP-5", Mark(self._first[0].mark.path), what)]
