"""``feedbuilder text``: what to paste into the form of a platform."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from feedbuilder.cli.options import json_option, now_option, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json, print_problems


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
    from feedbuilder.project.platform_text import platform_text
    from feedbuilder.sources import find_project

    found = platform_text(find_project(start), slug, platform, now, Terminal())
    if as_json:
        document = {"exit": 0, "slug": slug, "platform": platform, "title": found.title, "text": found.text}
        print_json(document, found.problems)
    else:
        print_problems(found.problems)
        click.echo(found.text)
