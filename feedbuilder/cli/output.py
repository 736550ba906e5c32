"""How findings and results are printed: for people, for logs and as JSON."""

from __future__ import annotations

import functools
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

import click

from feedbuilder.cli.options import verbosity
from feedbuilder.errors import Exit, FeedbuilderError, LockHeld, Problem, WrongUse
from feedbuilder.project.observer import PARTLY_WRITTEN, Observer, Step
from feedbuilder.rules import Level, level_of
from feedbuilder.rules.findings import as_document, format_problem, pick_problems
from feedbuilder.text.characters import counted

_DESCRIBE = "feedbuilder.describe"  # key in the meta of a click context: describes what was changed so far
_COLOURS: dict[Level, str] = {"error": "red", "warning": "yellow", "note": "cyan"}
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNSEEN = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # json.dumps escapes the others
Command = TypeVar("Command", bound=Callable[..., Any])


def printable(text: str) -> str:
    r"""The text with control characters escaped: a pull request must not send commands to a terminal or CI log.

    See docs/design.md#strangers.

    >>> printable("a\x1b[2Jb\u202ec\n::set-output::")
    'a\\x1b[2Jb\\u202ec\\n::set-output::'
    """
    return _UNPRINTABLE.sub(lambda match: match.group().encode("unicode_escape").decode(), text)


def say(text: str) -> None:
    """Print a line of a command's result on standard output; nothing with ``-q``."""
    if verbosity() >= 0:
        click.echo(printable(text))


def print_problems(problems: Iterable[Problem], *, most: int | None = 3, more: str = "-v lists them") -> None:
    """Print the findings on standard error, coloured on a terminal, and how many there are of each level.

    Errors come first, then warnings, at most ``most`` of one rule. ``-v`` shows all of them, and notes.
    """
    unique = set(problems)
    verbose = verbosity() > 0
    shown = [problem for problem in unique if verbose or level_of(problem) != "note"]
    for problem, others in pick_problems(shown, None if verbose else most):
        level = level_of(problem)
        line = printable(format_problem(problem))
        coloured = click.style(f"{level} {problem.rule}", fg=_COLOURS[level])
        click.echo(line.replace(f"{level} {problem.rule}", coloured, 1), err=True)
        if others:
            click.echo(f"… and {others} more like this; {more}", err=True)
    numbers = Counter(level_of(problem) for problem in unique)
    parts = [counted(numbers[level], level) for level in _COLOURS if numbers[level]]
    if parts and (shown or verbosity() >= 0):
        hint = " (-v shows notes)" if numbers["note"] and not verbose else ""
        click.echo(f"{', '.join(parts)}{hint}", err=True)


def print_json(values: Mapping[str, object], problems: Iterable[Problem] = ()) -> None:
    """Print the JSON document of a command on standard output; ``documents`` describes its shape."""
    text = json.dumps(as_document(values, problems), indent=2, ensure_ascii=False)
    click.echo(_UNSEEN.sub(_escaped, text))


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def guarded(function: Command) -> Command:
    """The command, with errors printed as findings instead of tracebacks. Exit codes: docs/design.md#failure."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any command
        as_json = bool(kwargs.get("as_json"))
        try:
            return function(*args, **kwargs)
        except FeedbuilderError as error:
            code = Exit.USAGE if isinstance(error, WrongUse) else Exit.STOPPED
            _stop(code, f"Stopped. {_what_changed()}", error.problems, as_json=as_json)
        except LockHeld:
            _stop(Exit.LOCKED, "Another run is using this project. Nothing was changed.", as_json=as_json)
        except KeyboardInterrupt:
            _stop(Exit.INTERRUPTED, f"Stopped. {_what_changed()}", as_json=as_json)

    return run  # type: ignore[return-value]


def _stop(code: Exit, message: str, problems: Sequence[Problem] = (), *, as_json: bool) -> NoReturn:
    if as_json:
        print_json({"exit": int(code), "stopped": True, "message": message}, problems)
    else:
        print_problems(problems)
        click.echo(message, err=True)
    sys.exit(code)


class Terminal(Observer):
    """Shows a progress bar on a terminal, and keeps the message to print if Ctrl-C or an error stops the command."""

    @contextmanager
    def progress(self, what: str, total: int, *, least: int = 20) -> Iterator[Step]:
        """A progress bar; none in cron or a pipe, or with fewer than ``least`` steps."""
        if total < least or not sys.stderr.isatty():
            yield lambda: None
            return
        from rich.console import Console
        from rich.progress import Progress

        # Without its refresh thread, because this process may fork while the bar is shown.
        with Progress(console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
            task = bar.add_task(what, total=total)
            yield lambda: bar.update(task, advance=1, refresh=True)

    def changed(self, describe: Callable[[], str] = lambda: PARTLY_WRITTEN) -> None:
        """Keep the description for ``guarded``."""
        click.get_current_context().meta[_DESCRIBE] = describe


def _what_changed() -> str:
    describe: Callable[[], str] = click.get_current_context().meta.get(_DESCRIBE, lambda: "Nothing was changed.")
    return describe()
