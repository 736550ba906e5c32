"""Findings for the author of an episode: a place, a rule, the problem and the fix."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple


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
    """One finding. ``rules.RULES[rule]`` holds its level, and the effect and remedy where those are empty here.

    ``what`` states the problem, with the value quoted; ``effect`` the unexpected consequence ("left out of the
    item"); ``remedy`` the fix, as sentences in the imperative.
    """

    rule: str
    mark: Mark
    what: str
    effect: str = ""
    remedy: str = ""


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
    LOCKED = 75  # EX_TEMPFAIL of sysexits.h: try again later
    INTERRUPTED = 130  # as shells report Ctrl-C


class FeedbuilderError(Exception):
    """An error that the author or operator can fix. Shown without a traceback; any other exception is our bug.

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
    """The command line is wrong; nothing is changed (exit code 2)."""


class LockHeld(Exception):
    """Another run holds the lock of this project."""
