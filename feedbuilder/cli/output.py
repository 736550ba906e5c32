"""How findings and results reach a person, a log or a program."""

from __future__ import annotations

import functools
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from feedbuilder.errors import FeedbuilderError, LockHeld, Problem
from feedbuilder.rules import RULES, format_problem, sort_problems

EXIT_STOPPED = 1
EXIT_CHANGED = 3  # published, and the set of left-out or carried records is another one (DESIGN 7)
EXIT_LOCKED = 75  # EX_TEMPFAIL of sysexits.h: cron tries again

_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNSEEN = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # JSON escapes the rest
Command = TypeVar("Command", bound=Callable[..., Any])


def printable(text: str) -> str:
    r"""The text without anything that a terminal or a CI log acts on: strangers write records (DESIGN 8).

    >>> printable("a\x1b[2Jb\u202ec\n::set-output::")
    'a\\x1b[2Jb\\u202ec\\n::set-output::'
    """
    return _UNPRINTABLE.sub(lambda match: match.group().encode("unicode_escape").decode(), text)


def problem_line(problem: Problem) -> str:
    """The finding on one printable line."""
    return printable(format_problem(problem))


def print_problems(problems: Iterable[Problem], *, least: str = "note") -> None:
    """All findings, sorted, one line each, on standard error; coloured on a terminal."""
    levels = ["error", "warning", "note"]
    shown = levels[: levels.index(least) + 1]
    for problem in sort_problems(problems):
        level = RULES[problem.rule].level
        if level in shown:
            line = problem_line(problem)
            coloured = click.style(f"{level} {problem.rule}", fg=_COLOURS[level])
            click.echo(line.replace(f"{level} {problem.rule}", coloured, 1), err=True)


def print_summary(problems: Iterable[Problem]) -> None:
    """How many findings of each level there are, on standard error; nothing when there are none."""
    counted = dict.fromkeys(_COLOURS, 0)
    for problem in set(problems):
        counted[RULES[problem.rule].level] += 1
    parts = [f"{number} {level}{'' if number == 1 else 's'}" for level, number in counted.items() if number]
    if parts:
        click.echo(", ".join(parts), err=True)


def problem_json(problem: Problem) -> dict[str, object]:
    """The finding as data."""
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


def print_json(values: Mapping[str, object], problems: Iterable[Problem] = ()) -> None:
    """The one JSON document of a command, on standard output."""
    document = {**values, "problems": [problem_json(problem) for problem in sort_problems(problems)]}
    click.echo(_UNSEEN.sub(_escaped, json.dumps(document, indent=2, ensure_ascii=False)))


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def guarded(function: Command) -> Command:
    """A command that shows what the author must mend, without a traceback, and exits as DESIGN 7 says."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any command
        try:
            return function(*args, **kwargs)
        except FeedbuilderError as error:
            if kwargs.get("as_json"):
                print_json({"exit": EXIT_STOPPED, "stopped": True}, error.problems)
            else:
                print_problems(error.problems)
                click.echo("stopped: nothing was changed", err=True)
            sys.exit(EXIT_STOPPED)
        except LockHeld:
            click.echo("another run holds the lock of this project; nothing was changed", err=True)
            sys.exit(EXIT_LOCKED)

    return run  # type: ignore[return-value]


@contextmanager
def progress(what: str, total: int, *, least: int = 20) -> Iterator[Callable[[], object]]:
    """A bar on a terminal, nothing in cron or a pipe or when fewer than ``least`` steps to do.

    Yields the function that steps.
    """
    if total < least or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    # No thread of its own: this process may be forked while the bar is shown.
    with Progress(console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.update(task, advance=1, refresh=True)
