"""``feedbuilder text``: print the description of an episode for a platform."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from feedbuilder.cli.options import now_option, output_options, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json, print_problems


@click.command(epilog="Example: feedbuilder text s01e04-moving-house --for youtube | xclip")
@project_option
@click.argument("slug")
@click.option(
    "--for",
    "platform",
    type=click.Choice(["youtube", "spotify", "apple"]),
    required=True,
    help="Platform whose limits apply.",
)
@now_option
@output_options
@guarded
def command(start: Path, slug: str, platform: str, *, now: datetime, as_json: bool) -> None:
    """Print the description of one episode to paste on a platform: notes, links and chapters within its limits."""
    from feedbuilder.project.platform_text import platform_text
    from feedbuilder.sources import find_project

    description = platform_text(find_project(start), slug, platform, now, Terminal())
    if as_json:
        document = {"exit": 0, "slug": slug, "platform": platform, "title": description.title, "text": description.text}
        print_json(document, description.problems)
    else:
        print_problems(description.problems)
        click.echo(description.text)
