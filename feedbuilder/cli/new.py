"""``feedbuilder new``: write an episode file with its own guid, for the author to complete."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from feedbuilder.cli.options import output_options, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json, say


@click.command(epilog='Example: feedbuilder new "Why we write transcripts" --season 2')
@project_option
@click.argument("title")
@click.option(
    "--slug", help="File name without .md. Default: from the Latin letters and digits of the title, or the date."
)
@click.option("--season", type=click.IntRange(min=1), help="Default: the latest season.")
@click.option("--episode", type=click.IntRange(min=1), help="Default: the next number of the season.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Publication date. Default: today.")
@output_options
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
    """Write a new episode file with its own guid. It is a draft until you remove its `draft:` line."""
    from feedbuilder.project.new_record import new_record
    from feedbuilder.sources import find_project

    root = find_project(start)
    path = new_record(root, title, slug=slug, season=season, episode=episode, day=day, observer=Terminal())
    if as_json:
        print_json({"exit": 0, "written": [path]})
    else:
        say(f"Wrote {path}.")
