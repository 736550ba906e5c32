"""What stands between a build and its subscribers: nothing that they know may vanish or change by accident.

All that is compared is a ``Ledger``: the file, the last release, a feed that is live, the build that is planned. The
file wins over the release: what was accepted there was accepted (docs/design.md#guard).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.model import NO_MARKS, Enclosure, Episode, Known, Ledger
from feedbuilder.vocabulary.platforms import record_host_id

_WHOLE = 1000  # characters: a text to copy is not shortened
_NO_RENAMES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What is known of the records of a build, under the names that they have now.

    ``renames``: new slug -> old slug. ``former_slugs`` of what is known holds the old ones too.
    """

    known: Mapping[str, Known]
    renames: Mapping[str, str]
    notes: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class GuardResult:
    """``stops``: nothing may be published while there is any. ``notes``: what to know otherwise."""

    stops: tuple[Problem, ...]
    notes: tuple[Problem, ...]


# --- renamed records ----------------------------------------------------------------------------------------------


def claim_of(episode: Episode, enclosure: Enclosure | None = None) -> Known:
    """What a record says of itself that could tell which known episode it is; ``enclosure`` is its own, if any."""
    return Known(
        guid=episode.guid, enclosure=enclosure, host_id=record_host_id(episode.ids, episode.links), title=episode.title
    )


def reconcile(
    claims: Mapping[str, Known],
    ledger: Ledger,
    last: Ledger | None = None,
    marks: Mapping[str, Mark] = NO_MARKS,
) -> Reconciled:
    """What is known of each record, with the records that were renamed (LED-12).

    A known slug without a record, and a record that nobody knows, are one episode when guid, host id, enclosure or its
    content say so, and nothing else has the same. ``claims``: by slug, what each record says of itself.
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
            what = f"the episode {quoted(old)} is now {quoted(slug)}"
            alike = old.casefold() == slug.casefold()  # no file can lie under both names
            effect = "carried over, and addresses under the old name find nothing where case matters" if alike else ""
            notes.append(Problem("LED-12", marks.get(slug, Mark(slug)), what, effect))
        if row:
            known[slug] = row
    return Reconciled(MappingProxyType(known), MappingProxyType(renames), tuple(notes))


def _renames(claims: Mapping[str, Known], rows: Mapping[str, Known], gone: Mapping[str, Known]) -> dict[str, str]:
    """New slug -> old slug, where each has only the other. A record that is known already is one by its guid alone."""
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
    """What no two episodes have in common."""
    audio = known.enclosure
    keys = {("guid", known.guid), ("host id", known.host_id)}
    if audio:
        keys |= {("url", audio.url), ("sha256", audio.sha256)}
    return {key for key in keys if key[1]}


# --- the guard ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Case:
    """All that the guard compares. ``before``: what is known, under the slugs of now."""

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
    """What stops a build, and what it should say.

    ``planned`` has a row for every episode that will be in the feed, and one for every withdrawn record. ``live`` is
    the feed that subscribers read now, by guid. ``upstream``: the feed that must have been synced once; empty: none.
    ``marks``: slug -> its record; ``where``: the ledger's file.
    """
    before = _before(ledger, last, renames)
    case = _Case(planned, ledger, before, Mark(where), marks)
    stops = [*_show_stops(case, last), *_episode_stops(case), *_double_guids(case)]
    if live:
        stops += _live_stops(case, live)
    if upstream and not ledger.synced_from:
        stops.append(Problem("LED-10", case.where, f"upstream {quoted(upstream)} was never read"))
    return GuardResult(tuple(stops), (*_changed_audio(case), *_shared_host_ids(case)))


def _before(ledger: Ledger, last: Ledger | None, renames: Mapping[str, str]) -> dict[str, Known]:
    """What is known, under the slugs of now; the ledger's word counts more than the release's."""
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
            "to move it: let the old address answer 301 to the new one, "
            f"write new_feed_url: {planned.feed_url} into the show file, "
            "and run `feedbuilder ledger accept --show`; otherwise put feed_url back"
        )
        yield Problem("LED-9", case.where, what, remedy=remedy)


def _other_show(case: _Case, guid: str) -> Problem:
    what = f"podcast_guid {quoted(guid)} would become {quoted(case.planned.podcast_guid)}"
    remedy = f"write podcast_guid: {quoted(guid, _WHOLE)} into the show file"
    return Problem("LED-8", case.where, what, remedy=remedy)


def _episode_stops(case: _Case) -> Iterator[Problem]:
    for slug, known in sorted(case.before.items()):
        planned = case.planned.episodes.get(slug)
        if planned is None:
            if not known.withdrawn:
                yield Problem("LED-3", case.where, f"the episode {_named(slug, known)} would vanish from the feed")
            continue
        if planned.guid != known.guid:
            what = f"the guid {quoted(known.guid)} of {quoted(slug)} would become {quoted(planned.guid)}"
            remedy = f"write guid: {quoted(known.guid, _WHOLE)} into the record"
            yield Problem("LED-4", case.mark(slug), what, remedy=remedy)
        if planned.withdrawn or known.withdrawn:
            continue
        yield from _lost_parts(case, slug, known, planned)


def _lost_parts(case: _Case, slug: str, known: Known, planned: Known) -> Iterator[Problem]:
    """Findings for an episode that would keep its guid, and yet not be what it was."""
    if known.enclosure and not planned.enclosure:
        what = f"the episode {_named(slug, known)} would vanish from the feed: its audio is not to be found"
        yield Problem("LED-3", case.mark(slug), what)
    elif known.enclosure and planned.enclosure and planned.enclosure.url != known.enclosure.url:
        yield _moved_audio(case, slug, known.enclosure.url, planned.enclosure.url)


def _moved_audio(case: _Case, slug: str, old: str, new: str) -> Problem:
    what = f"the audio of {quoted(slug)} would move from {quoted(old)} to {quoted(new)}"
    remedy = f"if that is meant, run `feedbuilder ledger accept {slug}`; otherwise put the old one back"
    return Problem("LED-5", case.mark(slug), what, remedy=remedy)


def _double_guids(case: _Case) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for slug, planned in sorted(case.planned.episodes.items()):
        other = first.setdefault(planned.guid, slug)
        if other != slug:
            what = f"the guid {quoted(planned.guid)} of {quoted(slug)} is that of {quoted(other)} too"
            yield Problem("LED-6", case.mark(slug), what)


def _live_stops(case: _Case, live: Ledger) -> Iterator[Problem]:
    """Findings for what subscribers read now, but for those that ledger and release give already."""
    slugs = {planned.guid: slug for slug, planned in case.planned.episodes.items()}
    missed = {known.guid for slug, known in case.before.items() if slug not in case.planned.episodes}
    for known in live.episodes.values():
        slug = slugs.get(known.guid)
        if slug is None:
            if known.guid not in missed:
                what = f"the item {_named(known.guid, known)} of the live feed would vanish"
                yield Problem("LED-3", case.where, what)
            continue
        planned = case.planned.episodes[slug]
        if slug not in case.before and not planned.withdrawn:
            yield from _lost_parts(case, slug, known, planned)
    if live.podcast_guid and not case.ledger.podcast_guid and live.podcast_guid != case.planned.podcast_guid:
        yield _other_show(case, live.podcast_guid)


def _changed_audio(case: _Case) -> Iterator[Problem]:
    """Findings for other bytes under the address that apps have."""
    for slug, known in sorted(case.before.items()):
        planned = case.planned.episodes.get(slug)
        old, new = known.enclosure, planned.enclosure if planned else None
        if not (old and new and old.url == new.url):
            continue
        if old.sha256 and new.sha256 and old.sha256 != new.sha256:
            yield Problem("HTTP-7", case.mark(slug), f"{quoted(new.url)} has other bytes than apps have downloaded")
        elif old.length_bytes and new.length_bytes and old.length_bytes != new.length_bytes:
            what = f"{quoted(new.url)} had {old.length_bytes} bytes and has {new.length_bytes}"
            yield Problem("LED-11", case.mark(slug), what)


def _shared_host_ids(case: _Case) -> Iterator[Problem]:
    slugs: dict[str, list[str]] = {}
    for slug, planned in sorted(case.planned.episodes.items()):
        slugs.setdefault(planned.host_id, []).append(slug)
    for host_id, sharing in sorted(slugs.items()):
        if host_id and len(sharing) > 1:
            what = f"the host id {host_id} stands in {len(sharing)} records: {_listed(sharing)}"
            yield Problem("LED-7", case.mark(sharing[-1]), what)


def _named(slug: str, known: Known) -> str:
    return f"{quoted(slug)} ({quoted(known.title)})" if known.title else quoted(slug)


def _listed(slugs: Iterable[str]) -> str:
    return ", ".join(quoted(slug) for slug in slugs)
