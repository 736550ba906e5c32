"""Stops a build that would remove or change by accident what subscribers have.

Everything compared is a ``Ledger``: the file, the last release, the live feed, the planned build. The file wins over
the release, because accepted changes are recorded there (docs/design.md#guard).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.model import NO_MARKS, Enclosure, Episode, Known, Ledger
from feedbuilder.vocabulary.platforms import record_host_id

_WHOLE = 1000  # characters: values to copy are not shortened
SHOW_FILE = "config/show.yaml"
_NO_RENAMES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What is known of the episodes of a build, by their current slugs.

    ``renames``: new slug -> old slug. ``former_slugs`` in ``known`` includes the old ones.
    """

    known: Mapping[str, Known]
    renames: Mapping[str, str]
    notes: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class GuardResult:
    """``stops``: findings that stop the build. ``notes``: all others."""

    stops: tuple[Problem, ...]
    notes: tuple[Problem, ...]


# --- renamed records ----------------------------------------------------------------------------------------------


def claim_of(episode: Episode, enclosure: Enclosure | None = None) -> Known:
    """The facts in a record that can identify a known episode; ``enclosure`` is its own, if any."""
    return Known(
        guid=episode.guid, enclosure=enclosure, host_id=record_host_id(episode.ids, episode.links), title=episode.title
    )


def reconcile(
    claims: Mapping[str, Known],
    ledger: Ledger,
    last: Ledger | None = None,
    marks: Mapping[str, Mark] = NO_MARKS,
) -> Reconciled:
    """What is known of each record, with renamed records under their new slug (LED-12).

    A known slug without a record and an unknown record are the same episode if guid, host id, enclosure or audio
    content are equal and unique on both sides. ``claims``: slug -> the facts in that record.
    """
    rows = {**(last.episodes if last else {}), **ledger.episodes}
    gone = {slug: row for slug, row in rows.items() if slug not in claims}
    renames = _renames(claims, rows, gone)
    known: dict[str, Known] = {}
    notes = []
    for slug in sorted(claims):
        row = rows.get(slug)
        if old := renames.get(slug):
            former = dict.fromkeys((*(row.former_slugs if row else ()), *gone[old].former_slugs, old))
            kept = row if row and (slug in ledger.episodes or old not in ledger.episodes) else gone[old]
            row = replace(kept, former_slugs=tuple(former))
            what = f"episode {quoted(old)} is now {quoted(slug)}"
            same_path = old.casefold() == slug.casefold()  # some disks cannot have files under both names
            effect = (
                "it keeps its guid, but links to the old name break on hosts that distinguish case" if same_path else ""
            )
            notes.append(Problem("LED-12", marks.get(slug, Mark(slug)), what, effect))
        if row:
            known[slug] = row
    return Reconciled(MappingProxyType(known), MappingProxyType(renames), tuple(notes))


def _renames(claims: Mapping[str, Known], rows: Mapping[str, Known], gone: Mapping[str, Known]) -> dict[str, str]:
    """New slug -> old slug, where the match is unique on both sides. Known records are matched by guid only."""
    every = {slug: _keys(claim) | (_keys(rows[slug]) if slug in rows else set()) for slug, claim in claims.items()}
    holders = Counter(key for keys in every.values() for key in keys)
    owners: dict[tuple[str, str], set[str]] = {}
    for slug, row in gone.items():
        for key in _keys(row):
            owners.setdefault(key, set()).add(slug)
    found: dict[str, set[str]] = {}
    for slug, claim in claims.items():
        for key in {("guid", rows[slug].guid)} if slug in rows else _keys(claim):
            if holders[key] == 1 and len(owners.get(key, ())) == 1:
                found.setdefault(slug, set()).update(owners[key])
    taken = Counter(old for olds in found.values() for old in olds)
    return {slug: old for slug, olds in sorted(found.items()) for old in olds if len(olds) == 1 and taken[old] == 1}


def _keys(known: Known) -> set[tuple[str, str]]:
    """Facts that no two episodes share."""
    audio = known.enclosure
    keys = {("guid", known.guid), ("host id", known.host_id)}
    if audio:
        keys |= {("url", audio.url), ("sha256", audio.sha256)}
    return {key for key in keys if key[1]}


# --- the guard ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Case:
    """Everything that the guard compares. ``before``: what is known, by current slug."""

    planned: Ledger
    ledger: Ledger
    before: Mapping[str, Known]
    where: Mark
    marks: Mapping[str, Mark] = field(default_factory=lambda: NO_MARKS)

    def mark(self, slug: str) -> Mark:
        return self.marks.get(slug, self.where)


def guard(
    planned: Ledger,
    ledger: Ledger,
    last: Ledger | None = None,
    *,
    live: Ledger | None = None,
    renames: Mapping[str, str] = _NO_RENAMES,
    upstream: str = "",
    marks: Mapping[str, Mark] = NO_MARKS,
    where: str = "config/ledger.yaml",
) -> GuardResult:
    """The findings that stop a build, and those that do not.

    ``planned`` has a row for every episode that will be in the feed and for every withdrawn one. ``live`` is the feed
    that subscribers read now, by guid. ``upstream``: the feed that must have been synced once; empty for none.
    ``marks``: slug -> its record; ``where``: path of the ledger.
    """
    before = _before(ledger, last, renames)
    case = _Case(planned, ledger, before, Mark(where), marks)
    stops = [*_show_stops(case, last), *_episode_stops(case), *_double_guids(case)]
    if live:
        stops += _live_stops(case, live)
    if upstream and not ledger.synced_from:
        stops.append(Problem("LED-10", case.where, f"the hosting feed {quoted(upstream)} has never been read"))
    return GuardResult(tuple(stops), (*_changed_audio(case), *_shared_host_ids(case)))


def _before(ledger: Ledger, last: Ledger | None, renames: Mapping[str, str]) -> dict[str, Known]:
    """What is known, by current slug; the ledger wins over the release."""
    now = {old: new for new, old in renames.items()}
    rows: dict[str, Known] = {}
    for source in (last, ledger):
        mine = source.episodes if source else {}
        rows |= {now[slug]: row for slug, row in mine.items() if slug in now}
        rows |= {slug: row for slug, row in mine.items() if slug not in now}
    return rows


def _show_stops(case: _Case, last: Ledger | None) -> Iterator[Problem]:
    planned = case.planned
    guid = case.ledger.podcast_guid or (last.podcast_guid if last else "")
    if guid and planned.podcast_guid != guid:
        yield _other_show(case, guid)
    url = case.ledger.feed_url or (last.feed_url if last else "")
    if url and planned.feed_url != url:
        what = f"the feed would move from {quoted(url)} to {quoted(planned.feed_url)}"
        remedy = (
            f"Restore `feed_url: {url}`. To move on purpose: redirect the old address (301), set "
            f"`new_feed_url: {planned.feed_url}` and run `feedbuilder ledger accept --show`."
        )
        yield Problem("LED-9", case.where, what, remedy=remedy)


def _other_show(case: _Case, guid: str) -> Problem:
    what = f"podcast_guid would change from {quoted(guid)} to {quoted(case.planned.podcast_guid)}"
    remedy = f"Write `podcast_guid: {quoted(guid, _WHOLE)}` in {SHOW_FILE}."
    return Problem("LED-8", case.where, what, remedy=remedy)


def _episode_stops(case: _Case) -> Iterator[Problem]:
    for slug, known in sorted(case.before.items()):
        planned = case.planned.episodes.get(slug)
        if planned is None:
            if not known.withdrawn:
                yield Problem("LED-3", case.where, f"published episode {_named(slug, known)} is missing")
            continue
        if planned.guid != known.guid:
            what = f"the guid of {quoted(slug)} would change from {quoted(known.guid)} to {quoted(planned.guid)}"
            remedy = f"Write `guid: {quoted(known.guid, _WHOLE)}` in the episode file."
            yield Problem("LED-4", case.mark(slug), what, remedy=remedy)
        if planned.withdrawn or known.withdrawn:
            continue
        yield from _lost_parts(case, slug, known, planned)


def _lost_parts(case: _Case, slug: str, known: Known, planned: Known) -> Iterator[Problem]:
    """Findings for an episode whose guid stays but whose audio is lost or moved."""
    if known.enclosure and not planned.enclosure:
        what = f"published episode {_named(slug, known)} has no audio any more"
        yield Problem("LED-3", case.mark(slug), what, remedy="Restore its audio file or its `audio:` key.")
    elif known.enclosure and planned.enclosure and planned.enclosure.url != known.enclosure.url:
        yield _moved_audio(case, slug, known.enclosure.url, planned.enclosure.url)


def _moved_audio(case: _Case, slug: str, old: str, new: str) -> Problem:
    what = f"the audio of {quoted(slug)} would move from {quoted(old)} to {quoted(new)}"
    remedy = f"Restore the old address, or run `feedbuilder ledger accept {slug}` to confirm the change."
    return Problem("LED-5", case.mark(slug), what, remedy=remedy)


def _double_guids(case: _Case) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for slug, planned in sorted(case.planned.episodes.items()):
        other = first.setdefault(planned.guid, slug)
        if other != slug:
            what = f"{quoted(other)} and {quoted(slug)} have the same guid {quoted(planned.guid)}"
            yield Problem("LED-6", case.mark(slug), what)


def _live_stops(case: _Case, live: Ledger) -> Iterator[Problem]:
    """Findings for the feed that subscribers read now, without those that ledger and release already give."""
    slugs = {planned.guid: slug for slug, planned in case.planned.episodes.items()}
    missed = {known.guid for slug, known in case.before.items() if slug not in case.planned.episodes}
    for known in live.episodes.values():
        slug = slugs.get(known.guid)
        if slug is None:
            if known.guid not in missed:
                what = f"item {_named(known.guid, known)} of the live feed is missing"
                yield Problem("LED-3", case.where, what)
            continue
        planned = case.planned.episodes[slug]
        if slug not in case.before and not planned.withdrawn:
            yield from _lost_parts(case, slug, known, planned)
    if live.podcast_guid and not case.ledger.podcast_guid and live.podcast_guid != case.planned.podcast_guid:
        yield _other_show(case, live.podcast_guid)


def _changed_audio(case: _Case) -> Iterator[Problem]:
    """Findings for audio whose bytes changed at the same address."""
    for slug, known in sorted(case.before.items()):
        planned = case.planned.episodes.get(slug)
        old, new = known.enclosure, planned.enclosure if planned else None
        if not (old and new and old.url == new.url):
            continue
        if old.sha256 and new.sha256 and old.sha256 != new.sha256:
            yield Problem(
                "HTTP-7", case.mark(slug), f"the content of {quoted(new.url)} differs from what apps have downloaded"
            )
        elif old.length_bytes and new.length_bytes and old.length_bytes != new.length_bytes:
            what = f"{quoted(new.url)} changed from {old.length_bytes} to {new.length_bytes} bytes"
            yield Problem("LED-11", case.mark(slug), what)


def _shared_host_ids(case: _Case) -> Iterator[Problem]:
    slugs: dict[str, list[str]] = {}
    for slug, planned in sorted(case.planned.episodes.items()):
        slugs.setdefault(planned.host_id, []).append(slug)
    for host_id, sharing in sorted(slugs.items()):
        if host_id and len(sharing) > 1:
            what = f"host id {host_id} is in {len(sharing)} episode files: {_listed(sharing)}"
            yield Problem("LED-7", case.mark(sharing[-1]), what)


def _named(slug: str, known: Known) -> str:
    return f"{quoted(slug)} ({quoted(known.title)})" if known.title else quoted(slug)


def _listed(slugs: Iterable[str]) -> str:
    return ", ".join(quoted(slug) for slug in slugs)
