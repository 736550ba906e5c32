"""All texts of a project -> show, people, ledger and episodes, with every finding of theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from feedbuilder.config import Show, parse_show
from feedbuilder.episodes import Reader, find_slug_clashes, note_unknown_keys, parse_episode, slug_of
from feedbuilder.errors import Mark, Problem, Stopped
from feedbuilder.ledger import parse_ledger
from feedbuilder.model import Episode, Ledger, Person, SourceFile
from feedbuilder.people import parse_people
from feedbuilder.records import parse_record
from feedbuilder.rules import RULES


@dataclass(frozen=True, slots=True)
class Sources:
    """The texts of a project, as bytes."""

    people: Sequence[SourceFile] = ()
    records: Sequence[SourceFile] = ()
    ledger: SourceFile | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """What the texts say. ``lost``: slug -> path of each record that cannot be read; ``problems`` are unsorted."""

    show: Show
    people: Mapping[str, Person]
    ledger: Ledger
    episodes: Sequence[Episode]
    lost: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    problems: Sequence[Problem] = ()


def read_show(source: SourceFile) -> tuple[Show, list[Problem]]:
    """The show and its warnings.

    Raises:
        Stopped: anything in it is at fault; the error carries all of it.
    """
    show, problems = parse_show(source.path, source.data)
    if show is None or any(RULES[problem.rule].level == "error" for problem in problems):
        raise Stopped(*problems)
    return show, problems


def parse_project(show: Show, sources: Sources) -> Project:
    """Everything that the texts say.

    Raises:
        Stopped: the ledger cannot be read: without it nobody knows which guids were given.
    """
    ledger, problems = parse_ledger(sources.ledger) if sources.ledger else (Ledger(), [])
    people, found = parse_people([(file.path, file.data) for file in sources.people])
    problems += found
    episodes, lost, found = _parse_records(show, sources.records)
    return Project(show, people, ledger, episodes, lost, (*problems, *found))


def _parse_records(show: Show, records: Iterable[SourceFile]) -> tuple[list[Episode], dict[str, str], list[Problem]]:
    reader = Reader(show.fields, show.timezone, show.publish_time)
    episodes: list[Episode] = []
    lost: dict[str, str] = {}
    problems: list[Problem] = []
    unknown: list[Mapping[str, Mark]] = []
    for file in records:
        reading = parse_record(file.path, file.data)
        problems += reading.problems
        if reading.unreadable:
            lost[slug_of(file.path)] = file.path
        if reading.record is None:
            continue
        parsed = parse_episode(reading.record, reader)
        problems += parsed.problems
        unknown.append(parsed.unknown)
        if parsed.lost:
            lost[slug_of(file.path)] = file.path
        if parsed.episode:
            episodes.append(parsed.episode)
    clashes = find_slug_clashes([episode.mark.path for episode in episodes])
    clashing = {clash.mark.path for clash in clashes}
    kept = [episode for episode in episodes if episode.mark.path not in clashing]
    return kept, lost, [*problems, *clashes, *note_unknown_keys(unknown)]
