"""Where the transcript file and the chapter file of each episode are, and what is in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path, PurePosixPath
from posixpath import normpath

from feedbuilder.authors.show import Show
from feedbuilder.errors import FeedbuilderError, Problem, quoted
from feedbuilder.model import Episode, SourceFile
from feedbuilder.sources import read_file

ENDINGS = ("vtt", "srt", "json", "txt", "md", "html")  # in the order of preference
MOST_BYTES = 32 * 1024 * 1024  # three hours with a time for each word are a quarter of that


def find_transcripts(
    root: Path, show: Show, episodes: Sequence[Episode]
) -> tuple[dict[str, SourceFile], list[Problem]]:
    """By slug, the transcript file of each episode that has one; and why one that is named cannot be read."""
    files: dict[str, SourceFile] = {}
    problems: list[Problem] = []
    for episode in episodes:
        if episode.transcript:
            continue
        try:
            found = (file for path in _candidates(show, episode) if (file := _read(root, path, episode)))
            present = list(islice(found, 1 if _named(episode) else None))
        except FeedbuilderError as error:
            problems += [replace(problem, mark=episode.at("transcript")) for problem in error.problems]
            continue
        named = _named(episode)
        if present:
            files[episode.slug] = present[0]
            if others := [file.path for file in present[1:]]:
                what = f"the transcript is read from {present[0].path}; {', '.join(others)} not"
                problems.append(Problem("TRX-11", episode.mark, what))
        elif named:
            what = f"the transcript file {quoted(named)} was not found"
            problems.append(Problem("TRX-7", episode.at("transcript"), what))
    return files, problems


def find_chapter_files(
    root: Path, show: Show, episodes: Sequence[Episode]
) -> tuple[dict[str, SourceFile], list[Problem]]:
    """By slug, the chapter file that an episode names; and why one cannot be read."""
    files: dict[str, SourceFile] = {}
    problems: list[Problem] = []
    for episode in episodes:
        if episode.chapters_source in {"", "notes"}:
            continue
        places = map(normpath, _places(episode.chapters_source, show, episode))
        try:
            file = next((file for path in places if (file := _read(root, path, episode))), None)
        except FeedbuilderError as error:
            problems += [replace(problem, mark=episode.at("chapters")) for problem in error.problems]
            continue
        if file:
            files[episode.slug] = file
        else:
            what = f"the chapter file {quoted(episode.chapters_source)} was not found"
            problems.append(Problem("CHF-1", episode.at("chapters"), what))
    return files, problems


def _named(episode: Episode) -> str:
    return episode.transcript_source.file if episode.transcript_source else ""


def _places(named: str, show: Show, episode: Episode) -> list[str]:
    """Where a file that the episode names may be: beside it, in the project, or in the media folder."""
    if named.startswith("/"):
        return [named.lstrip("/")]
    return [f"{PurePosixPath(episode.mark.path).parent}/{named}", named, f"{show.media.folder}/{named}"]


def _read(root: Path, path: str, episode: Episode) -> SourceFile | None:
    return read_file(root, path, most_bytes=MOST_BYTES) if path != episode.mark.path else None


def _candidates(show: Show, episode: Episode) -> Iterator[str]:
    """Paths to look at, in order, each once."""
    beside = PurePosixPath(episode.mark.path).parent
    if named := _named(episode):
        paths = _places(named, show, episode)
    else:
        stems = [beside / episode.slug, PurePosixPath(show.media.folder) / episode.slug]
        if episode.audio and episode.audio.file:
            audio = PurePosixPath(episode.audio.file)
            stems += [audio.with_suffix(""), PurePosixPath(show.media.folder) / audio.with_suffix("")]
        paths = [*_by_pattern(show.transcripts, episode), *(f"{stem}.{ending}" for stem in stems for ending in ENDINGS)]
    yield from dict.fromkeys(normpath(path) for path in paths)


def _by_pattern(pattern: str, episode: Episode) -> Iterator[str]:
    """The path that ``transcripts:`` of the show file gives; nothing where the episode lacks what it asks for."""
    if not pattern:
        return
    values = {
        "slug": episode.slug,
        "number": "" if episode.episode is None else f"{episode.episode:f}",
        "season": "" if episode.season is None else str(episode.season),
    }
    asked = [name for name in values if f"{{{name}}}" in pattern]
    if all(values[name] for name in asked):
        path = pattern
        for name in asked:
            path = path.replace(f"{{{name}}}", values[name])
        yield path.lstrip("/")
