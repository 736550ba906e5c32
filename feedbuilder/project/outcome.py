"""What a build came to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feedbuilder.errors import Exit, Problem


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a build came to. ``next_due``: when the next scheduled episode is to appear.

    ``left_out`` and ``carried`` are paths of episode files: not in the feed, and in it as they were last time.
    ``published``: readers see another release than before; ``written`` and ``removed`` are its paths that differ.
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

    def as_data(self) -> dict[str, object]:
        """All but the findings, as JSON has it."""
        return {
            "exit": int(self.exit),
            "release": self.release,
            "published": self.published,
            "written": list(self.written),
            "removed": list(self.removed),
            "unchanged": self.unchanged,
            "items": self.items,
            "left_out": list(self.left_out),
            "carried": list(self.carried),
            "next_due": self.next_due.isoformat() if self.next_due else None,
        }
