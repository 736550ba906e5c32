"""``feedbuilder new``: a record with a guid of its own, ready to be written."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from feedbuilder.cli.options import json_option, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json


@click.command(epilog='Example: feedbuilder new "Why we write transcripts" --season 2')
@project_option
@click.argument("title")
@click.option(
    "--slug", help="File name without .md; default: made of the title's Latin letters and digits, else of the day."
)
@click.option("--season", type=click.IntRange(min=1), help="Default: the latest season.")
@click.option("--episode", type=click.IntRange(min=1), help="Default: the next number of the season.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Day of publication; default: today.")
@json_option
@guarded
def command(
    start: Path,
    title: str,
    *,
    slug: str | None,
    season: int | None,
    episode: int | None,
    day: datetime | None,
    as_json: bool,
) -> None:
    """Write a new record with a fresh guid; it is a draft until its `draft:` line is removed."""
    from feedbuilder.project.new_record import new_record
    from feedbuilder.sources import find_project

    root = find_project(start)
    path = new_record(root, title, slug=slug, season=season, episode=episode, day=day, observer=Terminal())
    if as_json:
        print_json({"exit": 0, "written": [path]})
    else:
        click.echo(f"wrote {path}")
