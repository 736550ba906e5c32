"""How findings and results reach a person, a log or a program."""

from __future__ import annotations

import functools
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from feedbuilder.cli.options import verbosity
from feedbuilder.errors import Exit, FeedbuilderError, LockHeld, Problem, WrongUse
from feedbuilder.project.observer import PARTLY_WRITTEN, Observer, Step
from feedbuilder.rules import Level, level_of
from feedbuilder.rules.findings import format_problem, pick_problems, problem_as_data, sort_problems
from feedbuilder.text.characters import counted

_DESCRIBE = "feedbuilder.describe"  # in a click context: says what the command has changed so far
_COLOURS: dict[Level, str] = {"error": "red", "warning": "yellow", "note": "cyan"}
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


def say(text: str) -> None:
    """A line of a command's result, on standard output; nothing with ``-q``."""
    if verbosity() >= 0:
        click.echo(printable(text))


def print_problems(problems: Iterable[Problem], *, most: int | None = 3, more: str = "-v lists them") -> None:
    """The findings on standard error, coloured on a terminal, and their number by level.

    Errors come first, then warnings; of one rule ``most`` are shown. Notes are shown with ``-v`` only, which shows all.
    """
    found = set(problems)
    verbose = verbosity() > 0
    shown = [problem for problem in found if verbose or level_of(problem) != "note"]
    for problem, others in pick_problems(shown, None if verbose else most):
        level = level_of(problem)
        line = printable(format_problem(problem))
        coloured = click.style(f"{level} {problem.rule}", fg=_COLOURS[level])
        click.echo(line.replace(f"{level} {problem.rule}", coloured, 1), err=True)
        if others:
            click.echo(f"… and {others} more like this; {more}", err=True)
    numbers = Counter(level_of(problem) for problem in found)
    parts = [counted(numbers[level], level) for level in _COLOURS if numbers[level]]
    if parts and (shown or verbosity() >= 0):
        hint = " (-v shows notes)" if numbers["note"] and not verbose else ""
        click.echo(f"{', '.join(parts)}{hint}", err=True)


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
