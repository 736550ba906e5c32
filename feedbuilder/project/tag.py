"""Write title, artwork and chapters of an episode into a new audio file."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from feedbuilder import disk
from feedbuilder.authors.show import Show
from feedbuilder.compose.episode import finish_episode
from feedbuilder.compose.identify import Measured
from feedbuilder.compose.release import task_for
from feedbuilder.errors import FeedbuilderError, Problem
from feedbuilder.media.tags import PICTURE_BYTES, AudioTags, write_tagged
from feedbuilder.model import Chapter, Episode, MediaFacts, hashed_name
from feedbuilder.project.load import load_project
from feedbuilder.project.observer import SILENT, Observer
from feedbuilder.publish import hold_lock
from feedbuilder.sources import read_file


@dataclass(frozen=True, slots=True)
class Tagged:
    """The audio file and the new one, both relative to the project; the same path if nothing had to change.

    ``had``: the number of chapters in the old file; ``same``: they are equal to the new ones.
    """

    old: str
    path: str
    had: int
    same: bool
    chapters: tuple[Chapter, ...] = ()
    problems: tuple[Problem, ...] = ()


def tag_audio(root: Path, slug: str, now: datetime, observer: Observer = SILENT) -> Tagged:
    """Write title, artwork and chapters of an episode into a new file next to its audio. The old file is not changed.

    Raises:
        FeedbuilderError: no episode has this slug, its audio is not in the project, or the file cannot be written.
    """
    with hold_lock(root):
        fact, tags, problems = _gather(root, slug, now, observer)
        tagged = _write(root, slug, fact, tags, observer)
    return replace(tagged, chapters=tuple(tags.chapters), problems=tuple(problems))


def _gather(root: Path, slug: str, now: datetime, observer: Observer) -> tuple[MediaFacts, AudioTags, list[Problem]]:
    """The audio file of an episode, and the tags to write into it.

    Raises:
        FeedbuilderError: no episode has this slug, or its audio is not in the project.
    """
    project, measured, last = load_project(root, observer=observer)
    task = task_for(slug, project, measured, last, now)
    episode, fact = task.episode, task.file
    if fact is None or not fact.duration_s:
        raise FeedbuilderError(Problem("MED-12", episode.at("audio"), f"the audio of {slug} is not in this project"))
    derived = finish_episode(task)
    picture, kind, problems = _art(root, episode, project.show, measured)
    tags = AudioTags(
        title=episode.title,
        album=project.show.title,
        artist=project.show.author,
        chapters=_within(derived.chapters, fact.duration_s),
        duration_s=fact.duration_s,
        picture=picture,
        picture_type=kind,
    )
    return fact, tags, problems


def _within(chapters: tuple[Chapter, ...], duration_s: float) -> tuple[Chapter, ...]:
    return tuple(chapter for chapter in chapters if chapter.start_s < duration_s)


def _art(root: Path, episode: Episode, show: Show, measured: Measured) -> tuple[bytes, str, list[Problem]]:
    """The artwork of the episode or the show, if it is a JPEG or PNG in the project and not too large."""
    facts = [measured.files[path] for path in (episode.image, show.image) if path in measured.files]
    fact = next((fact for fact in facts if fact.type in {"image/jpeg", "image/png"}), None)
    if fact is None:
        return b"", "", []
    if fact.length_bytes > PICTURE_BYTES:
        what = f"{fact.path} has {fact.length_bytes} bytes; at most {PICTURE_BYTES} fit into a tag"
        return b"", "", [Problem("MED-13", episode.at("image"), what)]
    source = read_file(root, fact.path)
    return (source.data if source else b""), fact.type, []


def _write(root: Path, slug: str, fact: MediaFacts, tags: AudioTags, observer: Observer) -> Tagged:
    """Write a temporary file and rename it after the hash of its content."""
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
                return Tagged(fact.path, fact.path, len(had), same)
            name = hashed_name(slug, replace(fact, sha256=sha256))
            aside.chmod(source.stat().st_mode & 0o777)
            aside.replace(source.with_name(name))
            observer.changed()
        finally:
            aside.unlink(missing_ok=True)
    return Tagged(fact.path, str(Path(fact.path).with_name(name)), len(had), same)
