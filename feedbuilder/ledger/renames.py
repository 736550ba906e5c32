"""Which known episode a record is, under whatever name its file has now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType

from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.model import NO_MARKS, Enclosure, Episode, Known, Ledger
from feedbuilder.vocabulary.platforms import record_host_id

_SAME_DAY = timedelta(days=1)  # dates without time differ by the time zone


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What is known of the episodes of a build, by their current slugs.

    ``renames``: new slug -> old slug. ``former_slugs`` in ``known`` includes the old ones.
    """

    known: Mapping[str, Known]
    renames: Mapping[str, str]
    notes: tuple[Problem, ...]


def claim_of(episode: Episode, enclosure: Enclosure | None = None) -> Known:
    """The facts in a record that can identify a known episode; ``enclosure`` is its own, if any."""
    return Known(
        guid=episode.guid,
        pub_date=episode.pub_date,
        enclosure=enclosure,
        host_id=record_host_id(episode.ids, episode.links),
        title=episode.title,
    )


def reconcile(
    claims: Mapping[str, Known],
    ledger: Ledger,
    last: Ledger | None = None,
    marks: Mapping[str, Mark] = NO_MARKS,
) -> Reconciled:
    """What is known of each record, with renamed records under their new slug (LED-12).

    A known slug without a record and an unknown record are the same episode if guid, host id, enclosure or audio
    content are equal and unique on both sides. The same facts find the unmatched item of the hosting feed that a new
    record is. ``claims``: slug -> the facts in that record.
    """
    rows = {**(last.episodes if last else {}), **ledger.episodes}
    gone = {slug: row for slug, row in rows.items() if slug not in claims}
    renames = _renames(claims, rows, gone)
    items = _renames(claims, rows, ledger.unmatched)
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
            effect = "it keeps its guid, but links to the old name break on hosts that distinguish case"
            notes.append(Problem("LED-12", marks.get(slug, Mark(slug)), what, effect if same_path else ""))
        elif row is None and slug in items:
            row = ledger.unmatched[items[slug]]
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


def find_unpublished(rows: Iterable[Known], unpublished: Iterable[tuple[Mark, Known]]) -> dict[str, Mark]:
    """Guid -> the draft or skipped file that has this published episode: by a shared id, or by title and day.

    ``unpublished``: each such file with the facts in it.
    """
    found: dict[str, Mark] = {}
    for row in rows:
        for mark, claim in unpublished:
            same_title = bool(row.title) and row.title.casefold() == claim.title.casefold()
            if _keys(row) & _keys(claim) or (same_title and same_day(row, claim)):
                found.setdefault(row.guid, mark)
    return found


def same_day(one: Known, other: Known) -> bool:
    """Whether both have a date, at most a day apart."""
    return bool(one.pub_date and other.pub_date and abs(one.pub_date - other.pub_date) <= _SAME_DAY)
