"""A project folder -> its texts and measured facts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from feedbuilder.authors.show import SHOW_FILE, Show
from feedbuilder.compose.inputs import Project, Sources, parse_project, read_show
from feedbuilder.errors import FeedbuilderError, Mark, Problem
from feedbuilder.model import Ledger, MediaFacts
from feedbuilder.project.observer import SILENT, Observer
from feedbuilder.project.workers import each_showing

if TYPE_CHECKING:
    from feedbuilder.compose.carry import Last
    from feedbuilder.compose.identify import Measured
    from feedbuilder.media import MediaCache

ABSENT = frozenset({"MED-1", "MED-2"})  # a picture that is not in the project may be on the site


def load_show(root: Path) -> tuple[Show, list[Problem]]:
    """The show and its warnings.

    Raises:
        FeedbuilderError: the show file is missing or invalid.
    """
    from feedbuilder.sources import read_file

    source = read_file(root, SHOW_FILE)
    if source is None:
        raise FeedbuilderError(Problem("FILE-8", Mark(SHOW_FILE), f"{SHOW_FILE} not found"))
    return read_show(source)


def load_texts(root: Path, observer: Observer = SILENT) -> Project:
    """The show, people, ledger and episodes of a project.

    Raises:
        FeedbuilderError: the show file is missing or invalid, or the ledger cannot be read.
    """
    from feedbuilder.sources import read_file, read_folder

    show, problems = load_show(root)
    people, found = read_folder(root, show.people)
    problems += found
    records = []
    for folder in dict.fromkeys(show.episodes):
        files, found = read_folder(root, folder)
        records += files
        problems += found
    templates, found = read_folder(root, show.pages.templates, ("*.html",))
    problems += found
    sources = Sources(people, records, read_file(root, show.ledger), templates)
    project = parse_project(show, sources, each=each_showing(observer))
    return replace(project, problems=(*problems, *project.problems))


def load_project(
    root: Path, *, rehash: bool = False, observer: Observer = SILENT
) -> tuple[Project, Measured, Last | None]:
    """Everything a build needs: the texts, the facts of the files that they name, and the current release."""
    project = _with_transcripts(root, load_texts(root, observer), observer)
    last = load_last(root / project.show.public)
    measured, problems = measure_files(root, project, last, rehash=rehash, observer=observer)
    return replace(project, problems=(*project.problems, *problems)), measured, last


def _with_transcripts(root: Path, project: Project, observer: Observer) -> Project:
    """The project with the transcripts and chapters that are in files of their own."""
    from feedbuilder.compose.inputs import attach_chapters, attach_transcripts
    from feedbuilder.project.transcripts import find_chapter_files, find_transcripts

    files, problems = find_transcripts(root, project.show, project.episodes)
    chapters, more = find_chapter_files(root, project.show, project.episodes)
    whole = attach_chapters(attach_transcripts(project, files, each=each_showing(observer)), chapters)
    return replace(whole, problems=(*whole.problems, *problems, *more))


def read_live(show: Show, *, allow_private: bool = False) -> Ledger | None:
    """What the feed at ``feed_url`` tells apps now, with ``guard: live``; else ``None``.

    Raises:
        FeedbuilderError: it cannot be read, so the guard cannot compare with it.
    """
    if show.guard != "live":
        return None
    from feedbuilder.network import fetch
    from feedbuilder.upstream.document import MAX_BYTES
    from feedbuilder.upstream.feed import as_ledger, parse_upstream

    data = fetch(show.feed_url, allow_private=allow_private, max_bytes=MAX_BYTES).data
    feed, _ = parse_upstream(data, show.feed_url)
    return as_ledger(feed)


def measure_files(
    root: Path, project: Project, last: Last | None = None, *, rehash: bool = False, observer: Observer = SILENT
) -> tuple[Measured, list[Problem]]:
    """The facts of every picture and audio file that the project names or has in its media folder.

    A picture that is lost or damaged is kept as the ``last`` release has it (LED-21).
    """
    from feedbuilder.compose.identify import Measured
    from feedbuilder.compose.release import wanted_files
    from feedbuilder.media import find_media, measure, read_cache, write_cache

    show = project.show
    audio, problems = find_media(root, show.media.folder)
    wanted = wanted_files(project, audio)
    cache = read_cache(root)
    files: dict[str, MediaFacts] = {}
    with observer.progress("measuring", len(wanted)) as step:
        for path, mark in wanted.items():
            fact = measure(root, path, cache, rehash=rehash, folders=(*show.images, show.media.folder))
            if isinstance(fact, MediaFacts):
                files[path] = fact
            elif kept := _published(root, path, fact, last, cache):
                files[path] = kept
                problems.append(_lost_picture(root, path, fact, mark))
            elif fact.rule not in ABSENT:
                problems.append(replace(fact, mark=mark, what=f"{path}: {fact.what}"))
            step()
    fitted, found = _fit_artwork(root, project, files, cache, observer) if show.artwork == "fit" else ({}, [])
    write_cache(root, cache)
    return Measured(files, audio, fitted=fitted), [*problems, *found]


def _published(root: Path, path: str, problem: Problem, last: Last | None, cache: MediaCache) -> MediaFacts | None:
    """The facts of a lost or damaged picture in the last release, if it was published from this path."""
    from feedbuilder.compose.pictures import find_published
    from feedbuilder.media import measure

    name = find_published(path, last.files) if last and problem.rule != "MED-1" else ""
    if not (last and name and last.has(name)):
        return None
    folder = os.path.relpath(last.folder, root)
    fact = measure(root, f"{folder}/{name}", cache, folders=(folder,))
    return fact if isinstance(fact, MediaFacts) else None


def _lost_picture(root: Path, path: str, problem: Problem, mark: Mark) -> Problem:
    """The finding for a picture that is kept from the last release."""
    from feedbuilder.sources import read_file

    if problem.rule == "MED-2":
        return Problem("LED-21", mark, f"{path} not found")
    try:
        source = read_file(root, path)
    except FeedbuilderError:  # too large for a text: a damaged picture
        source = None
    if source and source.data.startswith(b"version https://git-lfs."):
        return Problem("LED-21", mark, f"{path} is a Git LFS pointer, not the picture", "", "Run `git lfs pull`.")
    what = f"{path} is empty" if source and not source.data else f"{path}: {problem.what}"
    return Problem("LED-21", mark, what)


def _fit_artwork(
    root: Path, project: Project, files: Mapping[str, MediaFacts], cache: MediaCache, observer: Observer
) -> tuple[dict[str, MediaFacts], list[Problem]]:
    """Picture path -> artwork derived from it, for each picture that Apple would refuse."""
    from feedbuilder.compose.pictures import artwork_faults
    from feedbuilder.media import make_artwork

    marks = {project.show.image: Mark(SHOW_FILE)}
    for episode in project.episodes:
        marks.setdefault(episode.image, episode.at("image"))
    paths = [path for path in sorted(marks) if path in files and files[path].width and artwork_faults(files[path])]
    fitted: dict[str, MediaFacts] = {}
    problems = []
    with observer.progress("fitting artwork", len(paths)) as step:
        for path in paths:
            made = make_artwork(root, files[path], cache)
            if isinstance(made, MediaFacts):
                fitted[path] = made
            else:
                problems.append(replace(made, mark=marks[path], what=f"{path}: {made.what}"))
            step()
    return fitted, problems


def current_id(public: Path) -> str:
    """The name of the current release, even if it is damaged; empty if there is none."""
    link = public / "current"
    return link.readlink().name if link.is_symlink() else ""


def watch_release(public: Path, observer: Observer) -> None:
    """Let the observer report, from now on, whether the current release changed."""
    before = current_id(public)

    def describe() -> str:
        now = current_id(public)
        return "Nothing was changed." if now == before else f"Release {now} is published and complete."

    observer.changed(describe)


def load_last(public: Path) -> Last | None:
    """The current release. A feed file that was removed from it is empty; the next release has it again.

    Raises:
        Stopped: it is damaged.
    """
    from feedbuilder.compose.carry import Last
    from feedbuilder.publish import has_size, list_releases, read_current, read_published, read_release

    release = read_current(public)
    if release is None:
        return None
    files = {file.path: file for file in release.manifest.files}

    def has(path: str) -> bool:
        return path in files and has_size(f"{release.folder}/{path}", files[path].length_bytes)

    def read(path: str) -> bytes:
        return read_published(release, path) if has(path) else b""

    *_, newest = [release.id, *list_releases(public)]
    told = read_release(public, newest).manifest.facts.known if newest > release.id else None
    feeds = read("feed.xml"), read("feed.json")
    return Last(release.manifest.facts, files, str(release.folder), has, read, *feeds, told)
