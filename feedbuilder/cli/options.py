"""The options that several commands have."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click


class Now(click.ParamType[datetime]):
    """An instant on the command line: ISO 8601 with a zone, for `--now`."""

    name = "instant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: D102
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not an instant such as 2026-03-31T17:00:00+02:00", param, ctx)
        if moment.tzinfo is None:
            self.fail(f"{value!r} names no zone: add Z or +02:00", param, ctx)
        return moment.astimezone(UTC)


project_option = click.option(
    "-C",
    "--project",
    "start",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="Project folder; default: this folder or the nearest above it with config/show.yaml.",
)
now_option = click.option(
    "--now", type=Now(), default=lambda: datetime.now(UTC), help="Build as of this instant; default: the clock."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
