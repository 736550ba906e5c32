"""How findings and results reach a person, a log or a program."""

from __future__ import annotations

import functools
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import click

from feedbuilder.errors import FeedbuilderError, LockHeld, Problem, WrongUse
from feedbuilder.rules import RULES, format_problem, level_of, sort_problems
from feedbuilder.text.characters import counted

EXIT_STOPPED = 1
EXIT_USAGE = 2
EXIT_CHANGED = 3  # published, and the set of left-out or carried records is another one (docs/design.md#failure)
EXIT_LOCKED = 75  # EX_TEMPFAIL of sysexits.h: cron tries again
EXIT_INTERRUPTED = 130  # as a shell says it of Ctrl-C

MANY_FILES = 5  # a finding of more files than that is shown once, with the places of the others
_FEW_PLACES = 3
_SAY = "feedbuilder.say"  # of a click context: what a command has changed so far
_PARTLY = "what was written so far stays, each file whole; run the command again for the rest"
_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNSEEN = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # JSON escapes the rest
Command = TypeVar("Command", bound=Callable[..., Any])


def printable(text: str) -> str:
    r"""The text without anything that a terminal or a CI log acts on: strangers write records.

    docs/design.md#strangers

    >>> printable("a\x1b[2Jb\u202ec\n::set-output::")
    'a\\x1b[2Jb\\u202ec\\n::set-output::'
    """
    return _UNPRINTABLE.sub(lambda match: match.group().encode("unicode_escape").decode(), text)


def problem_line(problem: Problem) -> str:
    """The finding on one printable line."""
    return printable(format_problem(problem))


def print_problems(problems: Iterable[Problem]) -> None:
    """All findings, sorted, one line each, on standard error; coloured on a terminal. Those of many files are one."""
    for problem in fold_problems(problems):
        level = level_of(problem)
        coloured = click.style(f"{level} {problem.rule}", fg=_COLOURS[level])
        click.echo(problem_line(problem).replace(f"{level} {problem.rule}", coloured, 1), err=True)


def fold_problems(problems: Iterable[Problem]) -> list[Problem]:
    """The findings, sorted; of a rule that says the same of many files only the first, which names some of the others.

    For people who read: they mend the cause, not the places. ``--json`` and last-build.json have every finding.
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


def print_summary(problems: Iterable[Problem]) -> None:
    """How many findings of each level there are, on standard error; nothing when there are none."""
    numbers = dict.fromkeys(_COLOURS, 0)
    for problem in set(problems):
        numbers[RULES[problem.rule].level] += 1
    parts = [counted(number, level) for level, number in numbers.items() if number]
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
    """A command that shows what the author must mend, without a traceback, and exits by docs/design.md#failure."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any command
        try:
            return function(*args, **kwargs)
        except FeedbuilderError as error:
            code = EXIT_USAGE if isinstance(error, WrongUse) else EXIT_STOPPED
            if kwargs.get("as_json"):
                print_json({"exit": code, "stopped": True}, error.problems)
            else:
                print_problems(error.problems)
                click.echo(f"stopped: {_said()}", err=True)
            sys.exit(code)
        except LockHeld:
            click.echo("another run holds the lock of this project; nothing was changed", err=True)
            sys.exit(EXIT_LOCKED)
        except KeyboardInterrupt:
            if kwargs.get("as_json"):
                print_json({"exit": EXIT_INTERRUPTED, "stopped": True, "message": _said()})
            else:
                click.echo(f"stopped: {_said()}", err=True)
            sys.exit(EXIT_INTERRUPTED)

    return run  # type: ignore[return-value]


def if_stopped(say: Callable[[], str] = lambda: _PARTLY) -> None:
    """Something is changed from here on: what to ``say`` of it when Ctrl-C or an error stops the rest."""
    click.get_current_context().meta[_SAY] = say


def _said() -> str:
    say: Callable[[], str] = click.get_current_context().meta.get(_SAY, lambda: "nothing was changed")
    return say()


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
