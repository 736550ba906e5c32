"""A project folder -> its texts and facts, each read as soon as what it depends on is known."""

from __future__ import annotations

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

ABSENT = frozenset({"MED-1", "MED-2"})  # a picture that is no file of the project may be one of the site


def load_show(root: Path) -> tuple[Show, list[Problem]]:
    """The show and its warnings.

    Raises:
        FeedbuilderError: the show file is absent or at fault.
    """
    from feedbuilder.sources import read_file

    source = read_file(root, SHOW_FILE)
    if source is None:
        raise FeedbuilderError(Problem("FILE-8", Mark(SHOW_FILE), f"there is no {SHOW_FILE}"))
    return read_show(source)


def load_texts(root: Path, observer: Observer = SILENT) -> Project:
    """The show, people, ledger and episodes of a project.

    Raises:
        FeedbuilderError: the show file is absent or at fault, or the ledger cannot be read.
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
    """All that a build needs: the texts, the facts of the files that they name, and the release that readers see."""
    project = _with_transcripts(root, load_texts(root, observer), observer)
    measured, problems = measure_files(root, project, rehash=rehash, observer=observer)
    return replace(project, problems=(*project.problems, *problems)), measured, load_last(root / project.show.public)


def _with_transcripts(root: Path, project: Project, observer: Observer) -> Project:
    """The project with the transcripts and chapters that are in files of their own."""
    from feedbuilder.compose.inputs import attach_chapters, attach_transcripts
    from feedbuilder.project.transcripts import find_chapter_files, find_transcripts

    files, problems = find_transcripts(root, project.show, project.episodes)
    chapters, more = find_chapter_files(root, project.show, project.episodes)
    whole = attach_chapters(attach_transcripts(project, files, each=each_showing(observer)), chapters)
    return replace(whole, problems=(*whole.problems, *problems, *more))


def read_live(show: Show, *, allow_private: bool = False) -> Ledger | None:
    """What the feed at ``feed_url`` tells apps now, where the show asks for that comparison (``guard: live``).

    Raises:
        FeedbuilderError: it cannot be read: then nobody knows whether subscribers would lose something.
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
    root: Path, project: Project, *, rehash: bool = False, observer: Observer = SILENT
) -> tuple[Measured, list[Problem]]:
    """Every picture and every audio file that the project names or has in its media folder."""
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
            elif fact.rule not in ABSENT:
                problems.append(replace(fact, mark=mark, what=f"{path}: {fact.what}"))
            step()
    fitted, found = _fit_artwork(root, project, files, cache, observer) if show.artwork == "fit" else ({}, [])
    write_cache(root, cache)
    return Measured(files, audio, fitted=fitted), [*problems, *found]


def _fit_artwork(
    root: Path, project: Project, files: Mapping[str, MediaFacts], cache: MediaCache, observer: Observer
) -> tuple[dict[str, MediaFacts], list[Problem]]:
    """By path of the picture, the artwork that is made of each one that Apple would refuse as such."""
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
    """The name of the release that readers see, whatever state it is in; empty where there is none."""
    link = public / "current"
    return link.readlink().name if link.is_symlink() else ""


def watch_release(public: Path, observer: Observer) -> None:
    """Let the observer say, from here on, whether another release is current than now."""
    before = current_id(public)

    def describe() -> str:
        now = current_id(public)
        return "Nothing was changed." if now == before else f"Release {now} is published and complete."

    observer.changed(describe)


def load_last(public: Path) -> Last | None:
    """The release that readers see. A feed that somebody removed from it is empty: the next release has it again.

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
