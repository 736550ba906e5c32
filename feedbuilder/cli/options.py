"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

# Keys in the meta of a click context.
START = "feedbuilder.start"  # the folder given by -C before the command
VERBOSITY = "feedbuilder.verbosity"  # 1 with -v, -1 with -q


class Now(click.ParamType[datetime]):
    """A date and time on the command line: ISO 8601 with a zone, for `--now`."""

    name = "datetime"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: D102
        if isinstance(value, datetime):
            return value
        from feedbuilder.text.dates import parse_timestamp

        try:
            return parse_timestamp(str(value))
        except ValueError as error:
            self.fail(f"{value!r} {error}. Use the form 2026-03-31T17:00:00+02:00.", param, ctx)


def start_folder() -> Path:
    """The folder given by ``-C`` before the command, or the current folder."""
    start: Path = click.get_current_context().meta.get(START, Path())
    return start


def verbosity() -> int:
    """1 with ``-v``, -1 with ``-q``, 0 otherwise."""
    context = click.get_current_context(silent=True)
    return int(context.meta.get(VERBOSITY, 0)) if context else 0


def _set_verbosity(context: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        context.meta[VERBOSITY] = 1 if param.name == "verbose" else -1


def output_options(command: Command) -> Command:
    """``--json``, ``-v`` and ``-q``, which every command has. Only ``as_json`` reaches the function."""
    for option in (
        click.option(
            "-q",
            "--quiet",
            is_flag=True,
            expose_value=False,
            callback=_set_verbosity,
            help="Print errors and warnings only.",
        ),
        click.option(
            "-v",
            "--verbose",
            is_flag=True,
            expose_value=False,
            callback=_set_verbosity,
            help="Print every finding, including notes.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text."),
    ):
        command = option(command)
    return command


project_option = click.option(
    "-C",
    "--project",
    "start",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=start_folder,
    help="Project folder. Default: this folder, or the nearest parent with config/show.yaml.",
)
now_option = click.option(
    "--now", type=Now(), default=lambda: datetime.now(UTC), help="Build as of this date and time. Default: now."
)
