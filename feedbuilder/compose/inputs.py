"""The text files of a project -> show, people, ledger and episodes, with all findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import Any

from feedbuilder.authors.episodes import Reader, find_unknown_names, note_unknown_keys, parse_episode, slug_of
from feedbuilder.authors.people import parse_people
from feedbuilder.authors.records import parse_record
from feedbuilder.authors.show import Show, parse_show
from feedbuilder.compose.chapter_sources import with_chapters
from feedbuilder.compose.clashes import find_number_clashes, find_slug_clashes
from feedbuilder.compose.transcript_files import Transcribed, with_transcript
from feedbuilder.errors import Mark, Problem, Stopped
from feedbuilder.ledger import parse_ledger
from feedbuilder.model import Episode, Ledger, Person, SourceFile
from feedbuilder.rules import level_of

Each = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]  # ``map``, or one that works in other processes


@dataclass(frozen=True, slots=True)
class Sources:
    """The text files of a project, as bytes."""

    people: Sequence[SourceFile] = ()
    records: Sequence[SourceFile] = ()
    ledger: SourceFile | None = None
    templates: Sequence[SourceFile] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """The parsed project.

    ``lost``: slug -> path of each episode file that cannot be read; ``clashing``: paths of those that are left out
    because another file has their name; ``problems`` are unsorted.
    """

    show: Show
    people: Mapping[str, Person]
    ledger: Ledger
    episodes: Sequence[Episode]
    lost: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    clashing: Sequence[str] = ()
    problems: Sequence[Problem] = ()
    templates: Sequence[SourceFile] = ()
    transcript_files: Sequence[str] = ()


def read_show(source: SourceFile) -> tuple[Show, list[Problem]]:
    """The show and its warnings.

    Raises:
        Stopped: the show file has errors; the exception carries all findings.
    """
    show, problems = parse_show(source.path, source.data)
    if show is None or any(level_of(problem) == "error" for problem in problems):
        raise Stopped(*problems)
    return show, problems


def parse_project(show: Show, sources: Sources, *, each: Each = map) -> Project:
    """The parsed project. ``each`` applies a function to every episode file, in order, as ``map`` does.

    Raises:
        Stopped: the ledger cannot be read, so the guids of published episodes are unknown.
    """
    ledger, problems = parse_ledger(sources.ledger) if sources.ledger else (Ledger(), [])
    people, people_problems = parse_people([(file.path, file.data) for file in sources.people])
    problems += people_problems
    reader = Reader(show.fields, show.timezone, show.publish_time)
    records = list(each(partial(_read, reader), sources.records))
    episodes = [record.episode for record in records if record.episode]
    clashes = find_slug_clashes([episode.mark.path for episode in episodes])
    clashing = {clash.mark.path for clash in clashes}
    episodes = [episode for episode in episodes if episode.mark.path not in clashing]
    problems += [problem for record in records for problem in record.problems]
    return Project(
        show,
        people,
        ledger,
        episodes=episodes,
        lost={slug_of(record.path): record.path for record in records if record.lost},
        clashing=sorted(clashing),
        problems=(
            *problems,
            *find_unknown_names(show.fields_at),
            *clashes,
            *find_number_clashes(episodes),
            *note_unknown_keys([record.unknown for record in records]),
        ),
        templates=tuple(sources.templates),
    )


def attach_transcripts(project: Project, files: Mapping[str, SourceFile], *, each: Each = map) -> Project:
    """The project with the transcripts of these files, by slug of the episode that each belongs to."""
    own = [episode for episode in project.episodes if episode.slug in files]
    numbered = project.show.unknown_speakers == "number"
    read = each(partial(_transcribe, project.people, numbered), [(episode, files[episode.slug]) for episode in own])
    done = {one.episode.slug: one for one in read}
    return replace(
        project,
        episodes=tuple(done[one.slug].episode if one.slug in done else one for one in project.episodes),
        transcript_files=tuple(sorted(file.path for file in files.values())),
        problems=(*project.problems, *(problem for one in done.values() for problem in one.problems)),
    )


def attach_chapters(project: Project, files: Mapping[str, SourceFile]) -> Project:
    """The project with the chapters of these files, by slug of the episode that each belongs to."""
    done = {one.slug: with_chapters(one, files[one.slug]) for one in project.episodes if one.slug in files}
    return replace(
        project,
        episodes=tuple(done[one.slug].episode if one.slug in done else one for one in project.episodes),
        transcript_files=(*project.transcript_files, *sorted(file.path for file in files.values())),
        problems=(*project.problems, *(problem for one in done.values() for problem in one.problems)),
    )


def _transcribe(people: Mapping[str, Person], numbered: bool, job: tuple[Episode, SourceFile]) -> Transcribed:
    return with_transcript(*job, people, numbered=numbered)


@dataclass(frozen=True, slots=True)
class _Read:
    """What became of one episode file; neither an episode nor ``lost``: skipped, and a note says why."""

    path: str
    episode: Episode | None
    problems: tuple[Problem, ...]
    unknown: Mapping[str, Mark]
    lost: bool


def _read(reader: Reader, file: SourceFile) -> _Read:
    reading = parse_record(file.path, file.data)
    if reading.record is None:
        return _Read(file.path, None, reading.problems, {}, reading.unreadable)
    parsed = parse_episode(reading.record, reader)
    return _Read(file.path, parsed.episode, (*reading.problems, *parsed.problems), parsed.unknown, parsed.lost)
