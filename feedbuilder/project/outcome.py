"""The outcome of a build."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from feedbuilder.errors import Exit, Problem


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a build.

    ``items``: the number of episodes in the feed. ``left_out`` and ``carried``: paths of episode files held back, and
    kept at their last good version. ``drafts`` and ``scheduled`` are counts; ``next_due``, in the show's time zone, is
    the date of the first scheduled episode. ``published``: a new release was published; ``written`` and ``removed`` are
    the paths that differ from the one before. ``news``: there is an error or warning that the last build did not have.
    """

    release: str
    items: int
    left_out: tuple[str, ...]
    carried: tuple[str, ...]
    next_due: datetime | None
    problems: tuple[Problem, ...]
    published: bool = False
    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0
    exit: Exit = Exit.DONE
    news: bool = False

    @property
    def drafts(self) -> int:
        """The number of drafts."""
        return sum(problem.rule == "REC-9" for problem in self.problems)

    @property
    def scheduled(self) -> int:
        """The number of episodes whose date is in the future."""
        return sum(problem.rule == "BLD-5" for problem in self.problems)

    def as_data(self) -> dict[str, object]:
        """The values of the JSON document, without findings."""
        return {
            "exit": int(self.exit),
            "release": self.release,
            "published": self.published,
            "written": list(self.written),
            "removed": list(self.removed),
            "unchanged": self.unchanged,
            "items": self.items,
            "drafts": self.drafts,
            "scheduled": self.scheduled,
            "left_out": list(self.left_out),
            "carried": list(self.carried),
            "next_due": self.next_due.astimezone(UTC).isoformat() if self.next_due else None,
        }
