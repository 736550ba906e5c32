"""Which episodes are published, and as what: identity, embargo, audio, and the guard over all of them at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from feedbuilder.authors.show import SHOW_FILE
from feedbuilder.compose.audio import Audio, find_audio, find_insecure, keep_address, settle
from feedbuilder.compose.carry import Carried, Last
from feedbuilder.compose.inputs import Project
from feedbuilder.derive.identity import derive_identity, podcast_guid
from feedbuilder.errors import Mark, Problem
from feedbuilder.ledger import claim_of, guard, reconcile
from feedbuilder.model import Episode, Known, Ledger, MediaFacts


@dataclass(frozen=True, slots=True)
class Measured:
    """What lies beside the texts. ``files``: project path -> facts; ``audio``: slug -> path in the media folder.

    ``fitted``: the artwork that was made of the picture at a path (``artwork: fit``). ``live`` is what the feed at
    ``feed_url`` says now, by guid, where the show asks for that comparison.
    """

    files: Mapping[str, MediaFacts] = field(default_factory=lambda: MappingProxyType({}))
    audio: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    live: Ledger | None = None
    fitted: Mapping[str, MediaFacts] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """What is decided before anything is rendered.

    ``visible`` are the episodes that have files in the site; ``items`` the slugs of those that are in the feed.
    ``known`` has what there is to know of all records that are due; ``planned`` what subscribers will know.
    ``renames`` and ``redirects``: new slug -> old slug, and back. Nothing may be published while there are ``stops``.
    """

    visible: tuple[Episode, ...]
    items: frozenset[str]
    known: Mapping[str, Known]
    planned: Ledger
    renames: Mapping[str, str]
    audio: Mapping[str, Audio]
    redirects: Mapping[str, str]
    left_out: tuple[str, ...]
    next_due: datetime | None
    problems: tuple[Problem, ...]
    stops: tuple[Problem, ...]


def podcast_guid_of(project: Project) -> str:
    """The show's guid: as configured, else as subscribers know it, else derived from the feed's address (P20-3)."""
    return project.show.podcast_guid or project.ledger.podcast_guid or podcast_guid(project.show.feed_url)


def identify(project: Project, measured: Measured, carried: Carried, last: Last | None, now: datetime) -> Identified:
    """Who every episode is, which of them are published as of ``now``, and what the guard says to that.

    docs/design.md#guard
    """
    show = project.show
    audio = {episode.slug: find_audio(episode, show, measured.files, measured.audio) for episode in project.episodes}
    marks = {episode.slug: episode.mark for episode in project.episodes}
    told = (last.told or last.facts.known) if last else None
    claims = {episode.slug: claim_of(episode, audio[episode.slug].enclosure) for episode in project.episodes}
    claims |= {slug: carried.known.get(slug, Known(guid="")) for slug in project.lost}
    reconciled = reconcile(claims, project.ledger, told, marks)
    plan = _plan(project, audio, reconciled.known, now)
    planned = planned_ledger(project, plan.known, plan.items, carried)
    upstream = show.upstream.feed if show.upstream else ""
    verdict = guard(
        planned,
        project.ledger,
        told,
        live=measured.live,
        renames=reconciled.renames,
        upstream=upstream,
        marks=marks,
        where=show.ledger,
    )
    problems = (*plan.problems, *reconciled.notes, *verdict.notes)
    return Identified(
        visible=tuple(episode for episode in project.episodes if episode.slug in plan.visible),
        items=frozenset(plan.items),
        known=MappingProxyType(plan.known),
        planned=planned,
        renames=reconciled.renames,
        audio=MappingProxyType(audio),
        redirects=_redirects(plan, claims),
        left_out=tuple(sorted(plan.visible - plan.items)),
        next_due=plan.next_due,
        problems=problems,
        stops=verdict.stops,
    )


def planned_ledger(project: Project, known: Mapping[str, Known], items: Collection[str], carried: Carried) -> Ledger:
    """What subscribers would know after this build: its items, what is carried over, and what is withdrawn."""
    rows = {slug: row for slug, row in known.items() if slug in items or row.withdrawn} | dict(carried.known)
    return Ledger(
        podcast_guid=podcast_guid_of(project),
        feed_url=project.show.feed_url,
        synced_from=project.ledger.synced_from,
        episodes=MappingProxyType(dict(sorted(rows.items()))),
    )


def _redirects(plan: _Plan, slugs: Collection[str]) -> Mapping[str, str]:
    """Old slug -> the slug that an episode has now. On some disks and hosts names that differ in case are one."""
    taken = {slug.casefold() for slug in slugs}
    pairs = {(old, slug) for slug in sorted(plan.visible) for old in plan.known[slug].former_slugs}
    return MappingProxyType({old: slug for old, slug in sorted(pairs) if old.casefold() not in taken})


@dataclass(frozen=True, slots=True)
class _Plan:
    """What would be published, before the guard has seen it."""

    known: Mapping[str, Known]
    visible: frozenset[str]
    items: frozenset[str]
    next_due: datetime | None
    problems: tuple[Problem, ...]


def _plan(project: Project, audio: Mapping[str, Audio], before: Mapping[str, Known], now: datetime) -> _Plan:
    guid = podcast_guid_of(project)
    known: dict[str, Known] = {}
    problems: list[Problem] = []
    later: list[datetime] = []
    lacking: list[Episode] = []
    adopted = {row.enclosure.url for row in project.ledger.episodes.values() if row.enclosure}
    for episode in project.episodes:
        found = audio[episode.slug]
        identity, missing = derive_identity(
            episode,
            before.get(episode.slug),
            podcast_guid=guid,
            enclosure=keep_address(found, before.get(episode.slug), project.show),
            measured_s=found.measured_s,
        )
        held_back = identity.pub_date is not None and identity.pub_date > now and not episode.withdrawn
        if identity.pub_date and held_back and not _is_told(before.get(episode.slug), identity):
            later.append(identity.pub_date)
            problems.append(Problem("BLD-5", episode.at("pub_date"), f"it is due at {identity.pub_date.isoformat()}"))
            continue
        if identity.enclosure:
            enclosure, odd = settle(identity.enclosure, episode)
            identity = replace(identity, enclosure=enclosure)
            missing += [*odd, *find_insecure(enclosure, episode, adopted)]
        known[episode.slug] = identity
        if not episode.withdrawn:
            lacking += [episode] if any(problem.rule == "BLD-1" for problem in missing) else []
            problems += [*found.problems, *(problem for problem in missing if problem.rule != "BLD-1")]
    visible = frozenset(slug for slug, one in known.items() if not one.withdrawn)
    whole = [slug for slug in sorted(visible) if known[slug].enclosure and known[slug].pub_date]
    items, repeated = _with_own_audio(whole, known, before, project)
    problems += [*repeated, *_without_audio(lacking)]
    return _Plan(known, visible, frozenset(items), min(later, default=None), tuple(problems))


def _is_told(row: Known | None, identity: Known) -> bool:
    """Whether apps have this item with this very instant, however far ahead: then it is too late to hold it back."""
    return bool(row and row.enclosure and row.pub_date == identity.pub_date)


def _with_own_audio(
    slugs: Sequence[str], known: Mapping[str, Known], before: Mapping[str, Known], project: Project
) -> tuple[list[str], list[Problem]]:
    """APL-24: of several episodes with one enclosure those that subscribers know with it have it, else the first."""
    marks = {episode.slug: episode.at("audio") for episode in project.episodes}
    owner: dict[str, str] = {}

    def knows(slug: str) -> bool:
        row = before.get(slug)
        return bool(row and row.enclosure and row.enclosure.url == _url(known[slug]))

    for slug in sorted(slugs, key=lambda slug: (not knows(slug), slug)):
        owner.setdefault(_url(known[slug]), slug)
    problems = [
        Problem(
            "APL-24",
            marks[slug],
            f"the enclosure is that of {owner[_url(known[slug])]}",
            "kept, because subscribers know it" if knows(slug) else "",
        )
        for slug in slugs
        if owner[_url(known[slug])] != slug
    ]
    return [slug for slug in slugs if owner[_url(known[slug])] == slug or knows(slug)], problems


def _url(known: Known) -> str:
    return known.enclosure.url if known.enclosure else ""


def _without_audio(episodes: Sequence[Episode]) -> list[Problem]:
    """One line for all records that lack nothing but audio (docs/design.md#audio)."""
    if not episodes:
        return []
    names = ", ".join(episode.slug for episode in episodes[:5]) + (", …" if len(episodes) > 5 else "")
    if len(episodes) == 1:
        return [Problem("BLD-1", episodes[0].mark, "the record has no audio: it has no item in the feed")]
    return [
        Problem("BLD-1", Mark(SHOW_FILE), f"{len(episodes)} records have no audio and no item in the feed: {names}")
    ]
