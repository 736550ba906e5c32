"""``feedbuilder tag``: title, art and the one chapter list -> into a new audio file."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedbuilder.cli.options import json_option, now_option, project_option
from feedbuilder.cli.output import guarded, if_stopped, print_json, print_problems, printable
from feedbuilder.errors import FeedbuilderError, Problem
from feedbuilder.text.characters import counted

if TYPE_CHECKING:
    from feedbuilder.authors.show import Show
    from feedbuilder.compose.identify import Measured
    from feedbuilder.media.tags import AudioTags
    from feedbuilder.model import Chapter, Episode, MediaFacts


@dataclass(frozen=True, slots=True)
class Tagged:
    """What came of it. ``path`` is relative to the project; ``had``: how many chapters the old file has."""

    path: str
    had: int
    same: bool  # the old file has these chapters already


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
    from feedbuilder.publish import hold_lock
    from feedbuilder.sources import find_project

    root = find_project(start)
    with hold_lock(root):
        fact, tags, problems = _gather(root, slug, now)
        tagged = _write(root, slug, fact, tags)
    if as_json:
        rows = [{"start_s": one.start_s, "title": one.title} for one in tags.chapters]
        print_json({"exit": 0, "wrote": tagged.path, "chapters": rows, "had": tagged.had}, problems)
        return
    print_problems(problems)
    if tagged.path == fact.path:
        click.echo(printable(f"nothing to do: {fact.path} has its {counted(len(tags.chapters), 'chapter')} already"))
        return
    had = "the same chapters" if tagged.same else counted(tagged.had, "chapter")
    click.echo(printable(f"{fact.path} has {had}; wrote {tagged.path} with {len(tags.chapters)}"))
    click.echo(printable(f"to publish it, write into the record: audio: {{file: {tagged.path}}}"))


def _gather(root: Path, slug: str, now: datetime) -> tuple[MediaFacts, AudioTags, list[Problem]]:
    """The audio file of an episode, and what is to be written into it.

    Raises:
        FeedbuilderError: there is no such episode, or its audio is no file of the project.
    """
    from feedbuilder.cli.project import load_project
    from feedbuilder.compose.episode import finish_episode
    from feedbuilder.compose.release import task_for
    from feedbuilder.media.tags import AudioTags

    project, measured, last = load_project(root)
    task = task_for(slug, project, measured, last, now)
    episode, fact = task.episode, task.file
    if fact is None or not fact.duration_s:
        raise FeedbuilderError(
            Problem("MED-12", episode.at("audio"), f"the audio of {slug} is no file of this project")
        )
    one = finish_episode(task)
    picture, kind, problems = _art(root, episode, project.show, measured)
    tags = AudioTags(
        title=episode.title,
        album=project.show.title,
        artist=project.show.author,
        chapters=_within(one.chapters, fact.duration_s),
        duration_s=fact.duration_s,
        picture=picture,
        picture_type=kind,
    )
    return fact, tags, problems


def _within(chapters: tuple[Chapter, ...], duration_s: float) -> tuple[Chapter, ...]:
    return tuple(chapter for chapter in chapters if chapter.start_s < duration_s)


def _art(root: Path, episode: Episode, show: Show, measured: Measured) -> tuple[bytes, str, list[Problem]]:
    """The picture of the episode, else of the show, where it is a small enough file of the project."""
    from feedbuilder.media.tags import PICTURE_BYTES
    from feedbuilder.sources import read_file

    found = [measured.files[path] for path in (episode.image, show.image) if path in measured.files]
    fact = next((one for one in found if one.type in {"image/jpeg", "image/png"}), None)
    if fact is None:
        return b"", "", []
    if fact.length_bytes > PICTURE_BYTES:
        what = f"the picture {fact.path} has {fact.length_bytes} bytes, more than {PICTURE_BYTES}"
        return b"", "", [Problem("MED-13", episode.at("image"), what)]
    source = read_file(root, fact.path)
    return (source.data if source else b""), fact.type, []


def _write(root: Path, slug: str, fact: MediaFacts, tags: AudioTags) -> Tagged:
    """Make the new file aside, and give it the name that its content has; one that is there already stays."""
    from feedbuilder import disk
    from feedbuilder.media.tags import write_tagged
    from feedbuilder.model import hashed_name

    source = root / fact.path
    had = fact.chapters
    same = [(one.start_s, one.title) for one in had] == [(round(one.start_s, 3), one.title) for one in tags.chapters]
    aside = source.with_name(f".{os.urandom(8).hex()}.tmp")
    with disk.writing("FILE-10", fact.path):
        try:
            write_tagged(source, aside, fact.type, tags)
            with aside.open("rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            if sha256 == fact.sha256:
                return Tagged(fact.path, len(had), same)
            name = hashed_name(slug, replace(fact, sha256=sha256))
            aside.chmod(source.stat().st_mode & 0o777)
            aside.replace(source.with_name(name))
            if_stopped()
        finally:
            aside.unlink(missing_ok=True)
    return Tagged(str(Path(fact.path).with_name(name)), len(had), same)
