"""A hosting feed + the records -> a ledger with the facts of that feed.

Nothing is removed from the ledger: guids and rows stay, and changed audio waits to be accepted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType

from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.ledger import accepting, claim_of, facts_of, reconcile, with_rows
from feedbuilder.model import NOTHING, Enclosure, Episode, Known, Ledger
from feedbuilder.text.values import is_uuid
from feedbuilder.upstream.feed import UpstreamFeed, UpstreamItem, as_known
from feedbuilder.upstream.join import Contested, Doubtful, Join, Joined, join

_WHOLE = 1000  # characters: values to copy are not shortened


@dataclass(frozen=True, slots=True)
class Change:
    """One fact of an episode that differs between feed and ledger; values as text, empty if absent.

    ``waiting``: not applied; it waits for ``feedbuilder ledger accept``.
    """

    slug: str
    field: str
    old: str
    new: str
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class SyncResult:
    """The new ledger, the join, the changes (sorted by slug) and the findings."""

    ledger: Ledger
    join: Join
    changes: tuple[Change, ...]
    problems: tuple[Problem, ...]


def sync(
    feed: UpstreamFeed,
    episodes: Sequence[Episode],
    ledger: Ledger,
    accepted: Collection[str] = (),
    lost: Collection[str] = (),
    *,
    matches: Mapping[str, str] = NOTHING,
    home_url: str = "",
    unpublished: Sequence[Episode] = (),
    zone: tzinfo = UTC,
) -> SyncResult:
    """The ledger after reading a feed.

    ``accepted``: slugs whose changed audio and date are applied. ``lost``: slugs of unreadable records; their rows are
    not given to new records. ``matches``: slug -> guid of its item, chosen by the author. ``home_url``: public address
    of the project's own audio, which the feed never replaces. ``unpublished``: drafts and skipped records, by path;
    their items stay unmatched. ``zone``: of records with only a day.
    """
    by_slug = {episode.slug: episode for episode in episodes}
    claims = {slug: Known(guid="") for slug in lost} | {slug: claim_of(one) for slug, one in by_slug.items()}
    marks = {slug: episode.mark for slug, episode in by_slug.items()}
    reconciled = reconcile(claims, ledger, marks=marks)
    renamed = set(reconciled.renames.values())
    rows = {slug: row for slug, row in ledger.episodes.items() if slug not in renamed} | dict(reconciled.known)
    known = replace(ledger, episodes=MappingProxyType(rows))
    joined = join(feed.items, [*episodes, *unpublished], known, matches, zone)
    published = [pair for pair in joined.pairs if pair.slug in by_slug]
    problems: list[Problem] = []
    for pair in sorted(published, key=lambda pair: pair.slug):
        row, found = _take(rows, by_slug[pair.slug], feed.items[pair.item], claims)
        problems += found
        if row:
            merged, found = _merge(row, by_slug[pair.slug], feed.items[pair.item], pair.slug in accepted, home_url)
            problems += found
            rows[pair.slug] = merged
    after = replace(
        ledger,
        podcast_guid=ledger.podcast_guid or (feed.podcast_guid.lower() if is_uuid(feed.podcast_guid) else ""),
        synced_from=feed.url if feed.items else ledger.synced_from,
        unmatched=_unmatched(feed.items, {pair.item for pair in published}, ledger),
    )
    after = with_rows(after, rows)
    listed = _join_problems(joined, feed, by_slug | {one.slug: one for one in unpublished}, after)
    problems = [*reconciled.notes, *listed, *problems]
    changes = [*_changes(ledger, after, reconciled.renames), *_waiting(after, published, feed.items, home_url)]
    joined = replace(joined, pairs=tuple(published))
    return SyncResult(after, joined, tuple(sorted(changes, key=lambda one: (one.slug, one.waiting))), tuple(problems))


def _unmatched(items: Sequence[UpstreamItem], matched: Collection[int], ledger: Ledger) -> Mapping[str, Known]:
    """Guid -> facts of every item that is in no published episode, now or at an earlier sync."""
    rows = dict(ledger.unmatched)
    for index, item in enumerate(items):
        if index not in matched:
            withdrawn = item.guid in rows and rows[item.guid].withdrawn
            rows[item.guid] = replace(as_known(item), withdrawn=withdrawn)
    return MappingProxyType(rows)


# --- one pair -----------------------------------------------------------------------------------------------------


def _take(
    rows: dict[str, Known], episode: Episode, item: UpstreamItem, present: Collection[str]
) -> tuple[Known | None, list[Problem]]:
    """The row to fill for a pair, from a removed record with that guid if any; ``None`` if another has it."""
    row = rows.get(episode.slug)
    guid = row.guid if row else item.guid
    owner = next((slug for slug, other in rows.items() if other.guid == guid and slug != episode.slug), None)
    if owner is None:
        return row or Known(guid=guid, title=episode.title, withdrawn=episode.withdrawn), []
    if owner in present or row:
        what = f"the guid {quoted(guid)} of {quoted(item.title)} belongs to {quoted(owner)} in the ledger"
        return None, [Problem("SYNC-4", episode.at("guid"), what)]
    gone = rows.pop(owner)
    what = f"episode {quoted(owner)} is now {quoted(episode.slug)}"
    former = (*gone.former_slugs, owner)
    return replace(gone, former_slugs=former), [Problem("LED-12", episode.mark, what, "", "Commit the ledger.")]


def _merge(
    row: Known, episode: Episode, item: UpstreamItem, accepted: bool, home_url: str
) -> tuple[Known, list[Problem]]:
    """The row with the facts of the item, except those that must be accepted first."""
    problems = _other_guid(row, episode, item)
    enclosure, found = _audio(row.enclosure, item.enclosure, episode, accepted)
    if row.enclosure and item.enclosure and _came_home(row.enclosure, item.enclosure, home_url):
        enclosure, found = row.enclosure, [Problem("SYNC-5", episode.mark, "the hosting feed still has its own audio")]
    pub_date, moved = _date(row, episode, item, accepted)
    problems += [*found, *moved]
    fresh = item.enclosure is None or enclosure is None or enclosure.url == item.enclosure.url
    merged = replace(
        row,
        pub_date=pub_date,
        enclosure=enclosure,
        duration_s=(item.duration_s if fresh else None) or row.duration_s,
        host_id=item.host_id or row.host_id,
        title=episode.title,
    )
    return (accepting(merged, [row]) if accepted else merged), problems


def _other_guid(row: Known, episode: Episode, item: UpstreamItem) -> list[Problem]:
    """A finding if the guid of the item is not that of the row or of the record."""
    if item.guid != row.guid:
        what = f"the item {quoted(item.title)} has the guid {quoted(item.guid)}, this episode {quoted(row.guid)}"
        remedy = (
            "If your own feed has no subscribers yet, remove the episode from the ledger and `guid:` from its file."
        )
        return [Problem("SYNC-1", episode.at("guid"), what, "", remedy)]
    if episode.guid in {"", item.guid}:
        return []
    what = f"guid {quoted(episode.guid)} in the episode file is not the published one, {quoted(item.guid)}"
    remedy = (
        f"Write `guid: {quoted(item.guid, _WHOLE)}`. If `guid:` has another meaning in your files, set "
        "`fields: {guid: none}` in config/show.yaml."
    )
    return [Problem("SYNC-8", episode.at("guid"), what, "", remedy)]


def _came_home(known: Enclosure, told: Enclosure, home_url: str) -> bool:
    """Whether the audio was moved to this project, and the hosting feed still has the old one."""
    return home_url != "" and known.url.startswith(home_url) and not told.url.startswith(home_url)


def _date(row: Known, episode: Episode, item: UpstreamItem, accepted: bool) -> tuple[datetime | None, list[Problem]]:
    """The new date of the row, and findings where it differs from feed or record."""
    if row.pub_date and item.pub_date and row.pub_date != item.pub_date and not accepted:
        what = f"the date changed from {_written(row.pub_date)} to {_written(item.pub_date)}"
        remedy = f"Run `feedbuilder ledger accept {episode.slug}`."
        return row.pub_date, [Problem("SYNC-2", episode.mark, what, "the known date is kept", remedy)]
    published = item.pub_date or row.pub_date
    if not (episode.pub_date and item.pub_date) or episode.pub_date_is_day or episode.pub_date == published:
        return published, []
    there = _written(item.pub_date)
    what = f"the date is {there} in the hosting feed and {_written(episode.pub_date)} in the episode file"
    remedy = (
        f"Write `pub_date: {there}`, or run `feedbuilder ledger accept {episode.slug}` to publish that of the file."
    )
    return published, [Problem("SYNC-6", episode.at("pub_date"), what, "", remedy)]


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _audio(
    known: Enclosure | None, told: Enclosure | None, episode: Episode, accepted: bool
) -> tuple[Enclosure | None, list[Problem]]:
    """The new audio of the row, and findings where it differs from the feed."""
    if known is None or told is None:
        return told or known, []
    if _other(known, told):
        if accepted:
            return told, []
        what = f"the audio changed from {quoted(known.url)} ({known.type}) to {quoted(told.url)} ({told.type})"
        remedy = f"Run `feedbuilder ledger accept {episode.slug}`."
        return known, [Problem("SYNC-2", episode.mark, what, "", remedy)]
    if not told.length_bytes or told.length_bytes == known.length_bytes:
        return replace(known, type=known.type or told.type), []
    if not known.length_bytes:
        return replace(known, length_bytes=told.length_bytes, type=known.type or told.type), []
    what = f"{quoted(known.url)} changed from {known.length_bytes} to {told.length_bytes} bytes"
    enclosure = Enclosure(told.url, told.length_bytes, told.type or known.type)
    if episode.audio and episode.audio.length_bytes:  # wins over the ledger
        remedy = f"Write `length: {told.length_bytes}` in `audio:`."
        return enclosure, [Problem("SYNC-3", episode.at("audio.length"), what, "", remedy)]
    return enclosure, [Problem("SYNC-3", episode.mark, what)]


def _other(known: Enclosure, told: Enclosure) -> bool:
    """Whether the audio differs: another address, or another type where both are known."""
    return known.url != told.url or bool(known.type and told.type and known.type != told.type)


# --- findings and changes -----------------------------------------------------------------------------------------


def _changes(old: Ledger, new: Ledger, renames: Mapping[str, str]) -> Iterator[Change]:
    for slug, row in new.episodes.items():
        earlier = old.episodes.get(renames.get(slug, slug))
        before = facts_of(earlier) if earlier else {}
        for field, text in facts_of(row).items():
            if text != before.get(field, ""):
                yield Change(slug, field, before.get(field, ""), text)


def _waiting(known: Ledger, pairs: Sequence[Joined], items: Sequence[UpstreamItem], home_url: str) -> Iterator[Change]:
    """Audio and dates that differ in the feed and are not applied."""
    for pair in pairs:
        row, told = known.episodes.get(pair.slug), items[pair.item].enclosure
        if row is None:
            continue
        before, after = facts_of(row), facts_of(as_known(items[pair.item]))
        fields = ["pub_date"] if after["pub_date"] else []
        if row.enclosure and told and not _came_home(row.enclosure, told, home_url) and _other(row.enclosure, told):
            fields += ["enclosure.url", "enclosure.length_bytes", "enclosure.type"]
        for field in fields:
            if before[field] != after[field]:
                yield Change(pair.slug, field, before[field], after[field], waiting=True)


def _join_problems(joined: Join, feed: UpstreamFeed, records: Mapping[str, Episode], after: Ledger) -> list[Problem]:
    items = feed.items
    problems = [one for contested in joined.contested for one in _contested(contested, joined, items, records)]
    problems += [_doubtful(doubt, items, records) for doubt in joined.doubtful]
    for pair in joined.pairs:
        if pair.slug == records[pair.slug].mark.path:  # a draft or a skipped record
            what = f"item {quoted(items[pair.item].title)} is in {pair.slug}, which is a draft or skipped"
            remedy = "Publish that file, or add `withdrawn: true` to it."
            problems.append(Problem("JOIN-3", Mark(pair.slug), what, "", remedy))
    for index in joined.unmatched_items:
        item = items[index]
        row = after.unmatched.get(item.guid)
        if row and not row.withdrawn:
            what = f"item {quoted(item.title or item.guid)} is in no episode file"
            remedy = (
                f"Add an episode file with `guid: {quoted(item.guid, _WHOLE)}`, for example with "
                f"`feedbuilder import {feed.url} .`; or run `feedbuilder sync --match SLUG={item.guid}`."
            )
            effect = "" if item.enclosure else "it has no audio, so it is no episode to apps"
            problems.append(Problem("JOIN-3", item.mark, what, effect, remedy))
    for slug in joined.unmatched_records:
        if slug != records[slug].mark.path:
            problems.append(Problem("JOIN-4", records[slug].mark, "the episode is not in the hosting feed"))
    return problems


def _contested(
    found: Contested, joined: Join, items: Sequence[UpstreamItem], records: Mapping[str, Episode]
) -> Iterator[Problem]:
    """One finding for each record with the id of another, if other evidence tells whose it is; else one finding."""
    item_of = {pair.slug: pair.item for pair in joined.pairs}
    if len(found.slugs) == 1:
        what = f"{found.key} is in {len(found.items)} items"
        yield Problem("JOIN-1", items[found.items[0]].mark, what)
        return
    owner = next((slug for slug in found.slugs if item_of.get(slug) in found.items), "")
    if not owner:
        what = f"{found.key} is in {len(found.slugs)} episode files: {', '.join(found.slugs)}"
        yield Problem("JOIN-1", records[found.slugs[0]].at("ids.anchor"), what)
    for slug in found.slugs if owner else ():
        if slug != owner:
            own = items[item_of[slug]].host_id if slug in item_of else ""
            remedy = f"Use its own, `{own}`." if own and found.key.startswith("host id") else "Remove it."
            yield Problem(
                "JOIN-1", records[slug].at("ids.anchor"), f"{found.key} belongs to {quoted(owner)}", "", remedy
            )


def _doubtful(found: Doubtful, items: Sequence[UpstreamItem], records: Mapping[str, Episode]) -> Problem:
    may_be = [
        f"{quoted(items[index].title, 40)} (guid: {quoted(items[index].guid, _WHOLE)})" for index in found.items[:3]
    ]
    more = f" or {len(found.items) - 3} more" if len(found.items) > 3 else ""
    return Problem("JOIN-2", records[found.slug].mark, f"{found.why}; it may be {' or '.join(may_be)}{more}")
