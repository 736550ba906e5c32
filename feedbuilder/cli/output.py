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

from feedbuilder.errors import Exit, FeedbuilderError, LockHeld, Problem, WrongUse
from feedbuilder.project.observer import PARTLY_WRITTEN, Observer, Step
from feedbuilder.rules import RULES, level_of
from feedbuilder.rules.findings import fold_problems, format_problem, problem_as_data, sort_problems
from feedbuilder.text.characters import counted

_DESCRIBE = "feedbuilder.describe"  # in a click context: says what the command has changed so far
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


def print_summary(problems: Iterable[Problem]) -> None:
    """How many findings of each level there are, on standard error; nothing when there are none."""
    numbers = dict.fromkeys(_COLOURS, 0)
    for problem in set(problems):
        numbers[RULES[problem.rule].level] += 1
    parts = [counted(number, level) for level, number in numbers.items() if number]
    if parts:
        click.echo(", ".join(parts), err=True)


def print_json(values: Mapping[str, object], problems: Iterable[Problem] = ()) -> None:
    """The one JSON document of a command, on standard output."""
    document = {**values, "problems": [problem_as_data(problem) for problem in sort_problems(problems)]}
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
            code = int(Exit.USAGE if isinstance(error, WrongUse) else Exit.STOPPED)
            if kwargs.get("as_json"):
                print_json({"exit": code, "stopped": True}, error.problems)
            else:
                print_problems(error.problems)
                click.echo(f"stopped: {_what_changed()}", err=True)
            sys.exit(code)
        except LockHeld:
            click.echo("another run holds the lock of this project; nothing was changed", err=True)
            sys.exit(Exit.LOCKED)
        except KeyboardInterrupt:
            if kwargs.get("as_json"):
                print_json({"exit": int(Exit.INTERRUPTED), "stopped": True, "message": _what_changed()})
            else:
                click.echo(f"stopped: {_what_changed()}", err=True)
            sys.exit(Exit.INTERRUPTED)

    return run  # type: ignore[return-value]


class Terminal(Observer):
    """Shows progress as a bar on a terminal, and remembers what to say when Ctrl-C or an error stops the rest."""

    @contextmanager
    def progress(self, what: str, total: int, *, least: int = 20) -> Iterator[Step]:
        """A bar; nothing in cron or a pipe, or with fewer than ``least`` steps."""
        if total < least or not sys.stderr.isatty():
            yield lambda: None
            return
        from rich.console import Console
        from rich.progress import Progress

        # No thread of its own: this process may be forked while the bar is shown.
        with Progress(console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
            task = bar.add_task(what, total=total)
            yield lambda: bar.update(task, advance=1, refresh=True)

    def changed(self, describe: Callable[[], str] = lambda: PARTLY_WRITTEN) -> None:
        """Keep the description for ``guarded``."""
        click.get_current_context().meta[_DESCRIBE] = describe


def _what_changed() -> str:
    describe: Callable[[], str] = click.get_current_context().meta.get(_DESCRIBE, lambda: "nothing was changed")
    return describe()
