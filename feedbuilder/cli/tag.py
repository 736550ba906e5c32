"""``feedbuilder tag``: title, art and the one chapter list -> into a new audio file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from feedbuilder.cli.options import json_option, now_option, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json, print_problems, printable
from feedbuilder.text.characters import counted


@click.command(epilog="Example: feedbuilder tag s01e04-moving-house")
@project_option
@click.argument("slug")
@now_option
@json_option
@guarded
def command(start: Path, slug: str, *, now: datetime, as_json: bool) -> None:
    """Write title, art and chapters of an episode into a new file beside its audio; the old one is not touched.

    MP3 gets ID3 chapters; MP4 and M4A get theirs by ffmpeg, where that is installed. The name of the new file holds a
    hash of its content. Nothing is published by this: write the new name into the record to do that.
    """
    from feedbuilder.project.tag import tag_audio
    from feedbuilder.sources import find_project

    tagged = tag_audio(find_project(start), slug, now, Terminal())
    if as_json:
        rows = [{"start_s": one.start_s, "title": one.title} for one in tagged.chapters]
        print_json({"exit": 0, "wrote": tagged.path, "chapters": rows, "had": tagged.had}, tagged.problems)
        return
    print_problems(tagged.problems)
    number = len(tagged.chapters)
    if tagged.path == tagged.old:
        click.echo(printable(f"nothing to do: {tagged.old} has its {counted(number, 'chapter')} already"))
        return
    had = "the same chapters" if tagged.same else counted(tagged.had, "chapter")
    click.echo(printable(f"{tagged.old} has {had}; wrote {tagged.path} with {number}"))
    click.echo(printable(f"to publish it, write into the record: audio: {{file: {tagged.path}}}"))
