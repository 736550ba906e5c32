"""``feedbuilder text``: what to paste into the form of a platform."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from feedbuilder.cli.options import json_option, now_option, project_option
from feedbuilder.cli.output import guarded, print_json, print_problems


@click.command(epilog="Example: feedbuilder text s01e04-moving-house --for youtube | xclip")
@project_option
@click.argument("slug")
@click.option(
    "--for", "platform", type=click.Choice(["youtube", "spotify", "apple"]), required=True, help="The platform."
)
@now_option
@json_option
@guarded
def command(start: Path, slug: str, platform: str, *, now: datetime, as_json: bool) -> None:
    """Print the description of one episode for a platform: notes, links and chapters within its limits."""
    from feedbuilder.cli.project import load_project
    from feedbuilder.compose.episode import finish_episode
    from feedbuilder.compose.release import task_for
    from feedbuilder.render.texts import render_text
    from feedbuilder.sources import find_project

    task = task_for(slug, *load_project(find_project(start)), now)
    one = finish_episode(task)
    text, problems = render_text(
        platform,
        episode=task.episode,
        links=one.links,
        chapters=one.chapters,
        notes=one.notes,
        duration_s=task.known.duration_s,
    )
    if as_json:
        print_json({"exit": 0, "slug": slug, "platform": platform, "title": task.episode.title, "text": text}, problems)
    else:
        print_problems(problems)
        click.echo(text)
