"""Findings and the exceptions that carry them: a place, a rule, what is wrong and how to fix it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, NamedTuple

Level = Literal["error", "warning", "note"]


class Mark(NamedTuple):
    """A place in a text of the author.

    ``path`` is relative to the project folder, with ``/``; a URL for a feed that was fetched. ``line`` and ``column``
    count from 1; 0 means the file as a whole.
    """

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """``path``, ``path:line`` or ``path:line:column``: as compilers print it, so editors can jump there."""
        if not self.line:
            return self.path
        return f"{self.path}:{self.line}:{self.column}" if self.column else f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. ``rules.RULES[rule]`` holds the level, effect and remedy that are not given here.

    ``what`` names the value and the limit it breaks; ``effect`` is what happened because of it ("left out of the
    item"); ``remedy`` is how to fix it, as sentences. ``level`` is given where the consequence is not the usual one: a
    wrong value costs an episode one field, and stops the build in the show file.
    """

    rule: str
    mark: Mark
    what: str
    effect: str = ""
    remedy: str = ""
    level: Level | None = None


def quoted(text: str, limit: int = 60) -> str:
    r"""The text as a finding quotes it: on one line, control characters escaped, shortened.

    >>> print(quoted("a\nb"), quoted("x" * 99, 5))
    'a\nb' 'xxxx…'
    """
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")


class Exit(IntEnum):
    """The exit codes of all commands."""

    DONE = 0
    STOPPED = 1
    USAGE = 2
    HELD_BACK = 3  # done, but not for all episodes
    LOCKED = 75  # EX_TEMPFAIL of sysexits.h: cron tries again
    INTERRUPTED = 130  # as shells report Ctrl-C


class FeedbuilderError(Exception):
    """The author (or the operator) has something to mend. Shown without a traceback; anything else is our bug.

    Attributes:
        problems: every finding that led here, in no particular order; never empty.
    """

    def __init__(self, *problems: Problem) -> None:
        """Carry the findings."""
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        """One line a finding."""
        return "\n".join(f"{problem.mark}: {problem.rule} {problem.what}" for problem in self.problems)


class Stopped(FeedbuilderError):
    """The build stops and changes nothing (docs/design.md#failure)."""


class WrongUse(FeedbuilderError):
    """What the command line asks for is at fault; nothing is changed (exit code 2)."""


class LockHeld(Exception):
    """Another run holds the lock of this project."""
