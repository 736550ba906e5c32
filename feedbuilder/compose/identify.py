"""Which episodes are published: identity, schedule, audio, and the guard over all of them."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from feedbuilder.authors.show import SHOW_FILE
from feedbuilder.compose.audio import Audio, find_audio, find_insecure, keep_address, settle
from feedbuilder.compose.carry import Carried, Last
from feedbuilder.compose.inputs import Project
from feedbuilder.derive.identity import derive_identity, podcast_guid
from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.ledger import claim_of, find_unpublished, guard, reconcile
from feedbuilder.model import Enclosure, Episode, Known, Ledger, MediaFacts
from feedbuilder.text.characters import counted


@dataclass(frozen=True, slots=True)
class Measured:
    """Facts that are not in the texts. ``files``: project path -> facts; ``audio``: slug -> path in the media folder.

    ``fitted``: picture path -> artwork derived from it (``artwork: fit``). ``live``: the current feed at ``feed_url``,
    by guid, with ``guard: live``.
    """

    files: Mapping[str, MediaFacts] = field(default_factory=lambda: MappingProxyType({}))
    audio: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    live: Ledger | None = None
    fitted: Mapping[str, MediaFacts] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """Everything decided before rendering.

    ``visible``: the episodes with files in the site; ``items``: slugs of those in the feed. ``known``: the identity of
    every published episode; ``planned``: what subscribers will have after this build; ``told``: what they had after
    the last one. ``renames``: new slug -> old slug; ``redirects``: old slug -> new slug. ``stops`` stop the build.
    """

    visible: tuple[Episode, ...]
    items: frozenset[str]
    known: Mapping[str, Known]
    planned: Ledger
    told: Ledger | None
    renames: Mapping[str, str]
    audio: Mapping[str, Audio]
    redirects: Mapping[str, str]
    left_out: tuple[str, ...]
    next_due: datetime | None
    problems: tuple[Problem, ...]
    stops: tuple[Problem, ...]


def podcast_guid_of(project: Project) -> str:
    """The show's guid: configured, else from the ledger, else derived from the feed address (P20-3)."""
    return project.show.podcast_guid or project.ledger.podcast_guid or podcast_guid(project.show.feed_url)


def identify(project: Project, measured: Measured, carried: Carried, last: Last | None, now: datetime) -> Identified:
    """The identity of every episode, which of them are published as of ``now``, and the findings of the guard.

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
    planned = planned_ledger(project, plan.known, plan.items, carried, artwork=_has_artwork(project, measured))
    upstream = show.upstream.feed if show.upstream else ""
    known = {**(told.episodes if told else {}), **project.ledger.episodes}
    verdict = guard(
        planned,
        project.ledger,
        told,
        live=measured.live,
        renames=reconciled.renames,
        upstream=upstream,
        marks=marks,
        unpublished=_unpublished([*known.values(), *project.ledger.unmatched.values()], project),
        where=show.ledger,
    )
    problems = (*plan.problems, *reconciled.notes, *verdict.notes)
    if not (told or measured.live or project.ledger.episodes or project.ledger.unmatched):
        problems += _without_history(project, plan)
    return Identified(
        visible=tuple(episode for episode in project.episodes if episode.slug in plan.visible),
        items=frozenset(plan.items),
        known=MappingProxyType(plan.known),
        planned=planned,
        told=told,
        renames=reconciled.renames,
        audio=MappingProxyType(audio),
        redirects=_redirects(plan, claims),
        left_out=tuple(sorted(plan.visible - plan.items)),
        next_due=plan.next_due,
        problems=problems,
        stops=verdict.stops,
    )


def planned_ledger(
    project: Project, known: Mapping[str, Known], items: Collection[str], carried: Carried, *, artwork: bool
) -> Ledger:
    """What subscribers would have after this build: its items, carried-over items, and withdrawn episodes."""
    rows = {slug: row for slug, row in known.items() if slug in items or row.withdrawn} | dict(carried.known)
    show = project.show
    return Ledger(
        podcast_guid=podcast_guid_of(project),
        feed_url=show.feed_url,
        synced_from=project.ledger.synced_from,
        episodes=MappingProxyType(dict(sorted(rows.items()))),
        new_feed_url=show.new_feed_url,
        block=show.block or any(tag.name == "block" and tag.text == "yes" for tag in show.tags),
        complete=show.complete,
        artwork=artwork,
    )


def _has_artwork(project: Project, measured: Measured) -> bool:
    """Whether the feed has artwork: at a URL, in a file of the project, or possibly on the site of the show."""
    show = project.show
    return "://" in show.image or bool(show.site_url) or posixpath.normpath(show.image.lstrip("/")) in measured.files


def _unpublished(rows: Sequence[Known], project: Project) -> Mapping[str, Mark]:
    """Guid -> the draft or skipped file that has this known episode."""
    claims = [(one.mark, claim_of(one, _elsewhere(one))) for one in project.unpublished]
    return find_unpublished(rows, claims)


def _elsewhere(episode: Episode) -> Enclosure | None:
    return Enclosure(episode.audio.url, 0, "") if episode.audio and episode.audio.url else None


def _without_history(project: Project, plan: _Plan) -> tuple[Problem, ...]:
    """LED-20: nothing is known, and some guids or dates come from file names, the time zone or the publish time."""
    derived = [one for one in project.episodes if one.slug in plan.items and (not one.guid or one.pub_date_is_day)]
    if not derived:
        return ()
    what = (
        f"there is no {project.show.ledger} and no earlier release, and {counted(len(derived), 'episode')} "
        f"{'has' if len(derived) == 1 else 'have'} no `guid:` or no time of day in the file: {_names(derived)}"
    )
    return (Problem("LED-20", Mark(SHOW_FILE), what),)


def _names(episodes: Sequence[Episode]) -> str:
    return ", ".join(episode.slug for episode in episodes[:5]) + (", …" if len(episodes) > 5 else "")


def _redirects(plan: _Plan, slugs: Collection[str]) -> Mapping[str, str]:
    """Old slug -> current slug, except where the names differ in case only: some disks treat them as one."""
    taken = {slug.casefold() for slug in slugs}
    pairs = {(old, slug) for slug in sorted(plan.visible) for old in plan.known[slug].former_slugs}
    return MappingProxyType({old: slug for old, slug in sorted(pairs) if old.casefold() not in taken})


@dataclass(frozen=True, slots=True)
class _Plan:
    """What would be published, before the guard checks it."""

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
        if identity.pub_date and held_back and not _is_told(before.get(episode.slug)):
            later.append(identity.pub_date)
            problems.append(Problem("BLD-5", episode.at("pub_date"), f"scheduled for {identity.pub_date.isoformat()}"))
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


def _is_told(row: Known | None) -> bool:
    """Whether apps already have this item: it is not held back then, and the guard compares its date."""
    return bool(row and row.enclosure and row.pub_date)


def _with_own_audio(
    slugs: Sequence[str], known: Mapping[str, Known], before: Mapping[str, Known], project: Project
) -> tuple[list[str], list[Problem]]:
    """APL-24: an enclosure belongs to the episodes that were published with it, else to the first."""
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
            f"the audio is the same as that of {quoted(owner[_url(known[slug])])}",
            "published, because subscribers have it" if knows(slug) else "",
        )
        for slug in slugs
        if owner[_url(known[slug])] != slug
    ]
    return [slug for slug in slugs if owner[_url(known[slug])] == slug or knows(slug)], problems


def _url(known: Known) -> str:
    return known.enclosure.url if known.enclosure else ""


def _without_audio(episodes: Sequence[Episode]) -> list[Problem]:
    """One finding for all episodes that lack only audio (docs/design.md#audio)."""
    if not episodes:
        return []
    if len(episodes) == 1:
        return [Problem("BLD-1", episodes[0].mark, "the episode has no audio", "it is not in the feed")]
    return [
        Problem(
            "BLD-1",
            Mark(SHOW_FILE),
            f"{len(episodes)} episodes have no audio: {_names(episodes)}",
            "they are not in the feed",
        )
    ]
