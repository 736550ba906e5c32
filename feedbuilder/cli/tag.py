"""``feedbuilder tag``: write title, artwork and chapters into a new audio file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from feedbuilder.cli.options import now_option, output_options, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json, print_problems, say
from feedbuilder.text.characters import counted


@click.command(epilog="Example: feedbuilder tag s01e04-moving-house")
@project_option
@click.argument("slug")
@now_option
@output_options
@guarded
def command(start: Path, slug: str, *, now: datetime, as_json: bool) -> None:
    """Write title, artwork and chapters of an episode into a new file next to its audio. The old file is not changed.

    MP3 files get ID3 chapters. MP4 and M4A files need ffmpeg. The new name contains a hash of the content. To publish
    the new file, name it under `audio:` in the episode file.
    """
    from feedbuilder.project.tag import tag_audio
    from feedbuilder.sources import find_project

    tagged = tag_audio(find_project(start), slug, now, Terminal())
    if as_json:
        rows = [{"start_s": chapter.start_s, "title": chapter.title} for chapter in tagged.chapters]
        print_json({"exit": 0, "wrote": tagged.path, "chapters": rows, "had": tagged.had}, tagged.problems)
        return
    print_problems(tagged.problems)
    number = len(tagged.chapters)
    if tagged.path == tagged.old:
        say(f"{tagged.old} already has {counted(number, 'chapter')} and the current title and artwork.")
        return
    old = "the same chapters" if tagged.same else counted(tagged.had, "chapter")
    say(f"Wrote {tagged.path} with {counted(number, 'chapter')}. {tagged.old} has {old}.")
    say(f"To publish it, set `audio: {{file: {tagged.path}}}` in the episode file.")
