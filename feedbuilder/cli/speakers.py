"""``feedbuilder speakers``: who speaks in the transcript file of an episode."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from feedbuilder.cli.options import output_options, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json, printable, say


@click.command(epilog="Example: feedbuilder speakers s01e04-moving-house")
@project_option
@click.argument("slug")
@output_options
@guarded
def command(start: Path, slug: str, *, as_json: bool) -> None:
    """List the speakers of an episode's transcript file with their first words, and the line that names them."""
    from feedbuilder.project.transcript import speakers_of
    from feedbuilder.sources import find_project

    found = speakers_of(find_project(start), slug, Terminal())
    unnamed = [one.who for one in found.speakers if one.label and not one.name]
    if as_json:
        print_json({"exit": 0, "file": found.path, "speakers": [asdict(one) for one in found.speakers]})
        return
    for one in found.speakers:
        name = f" = {one.name}" if one.name else ""
        click.echo(printable(f"{one.who}{name}  {one.pieces}x  {one.first_words} …"))
    if unnamed:
        labels = ", ".join(f"{who}: NAME" for who in unnamed)
        say(f"To name them, add to the episode file: transcript: {{file: {found.path}, speakers: {{{labels}}}}}")
