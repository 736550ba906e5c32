"""The second line of the program: a feed of the audio's host + the records -> a ledger that knows what the feed knows.

What subscribers know is never unlearned here: no guid changes, no row goes, and other audio waits to be accepted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from types import MappingProxyType

from feedbuilder.errors import Problem, quoted
from feedbuilder.ledger import claim_of, reconcile
from feedbuilder.model import NOTHING, Enclosure, Episode, Known, Ledger
from feedbuilder.text.values import is_uuid
from feedbuilder.upstream.feed import UpstreamFeed, UpstreamItem, as_known
from feedbuilder.upstream.join import Contested, Doubtful, Join, join

_WHOLE = 1000  # characters: a text to copy is not shortened


@dataclass(frozen=True, slots=True)
class Change:
    """One fact of one episode that the feed tells otherwise than the ledger did; texts, empty for nothing.

    ``waiting``: it is not taken over, but waits for ``feedbuilder ledger accept``.
    """

    slug: str
    field: str
    old: str
    new: str
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class SyncResult:
    """The new ledger, who was joined with what, what changed (in order of slug) and what to mend."""

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
) -> SyncResult:
    """The ledger after a feed was read.

    ``accepted``: slugs whose other audio is taken over as well. ``lost``: slugs of records that cannot be read now;
    they are there, so nothing that is known of them belongs to a record that is new. ``matches``: slug -> guid of the
    item that the author says it is. ``home_url``: where the project's own audio is public; what came home stays there.
    """
    by_slug = {episode.slug: episode for episode in episodes}
    claims = {slug: Known(guid="") for slug in lost} | {slug: claim_of(one) for slug, one in by_slug.items()}
    marks = {slug: episode.mark for slug, episode in by_slug.items()}
    reconciled = reconcile(claims, ledger, marks=marks)
    renamed = set(reconciled.renames.values())
    rows = {slug: row for slug, row in ledger.episodes.items() if slug not in renamed} | dict(reconciled.known)
    joined = join(feed.items, episodes, replace(ledger, episodes=MappingProxyType(rows)), matches)
    problems = [*reconciled.notes, *_join_problems(joined, feed.items, by_slug)]
    for pair in sorted(joined.pairs, key=lambda pair: pair.slug):
        row, found = _take(rows, by_slug[pair.slug], feed.items[pair.item], claims)
        problems += found
        if row:
            merged, found = _merge(row, by_slug[pair.slug], feed.items[pair.item], pair.slug in accepted, home_url)
            problems += found
            rows[pair.slug] = merged
    known = Ledger(
        podcast_guid=ledger.podcast_guid or (feed.podcast_guid.lower() if is_uuid(feed.podcast_guid) else ""),
        feed_url=ledger.feed_url,
        synced_from=feed.url if feed.items else ledger.synced_from,
        episodes=MappingProxyType(dict(sorted(rows.items()))),
    )
    changes = [*_changes(ledger, known, reconciled.renames), *_waiting(known, joined, feed.items, home_url)]
    return SyncResult(known, joined, tuple(sorted(changes, key=lambda one: (one.slug, one.waiting))), tuple(problems))


# --- one pair -----------------------------------------------------------------------------------------------------


def _take(
    rows: dict[str, Known], episode: Episode, item: UpstreamItem, present: Collection[str]
) -> tuple[Known | None, list[Problem]]:
    """The row to fill for a pair, taken from a record that is gone if the guid was its; ``None``: it is another's."""
    row = rows.get(episode.slug)
    guid = row.guid if row else episode.guid or item.guid
    owner = next((slug for slug, other in rows.items() if other.guid == guid and slug != episode.slug), None)
    if owner is None:
        return row or Known(guid=guid, title=episode.title, withdrawn=episode.withdrawn), []
    if owner in present or row:
        what = f"the guid {quoted(guid)} of {quoted(item.title)} is that of {quoted(owner)} in the ledger"
        return None, [Problem("SYNC-4", episode.at("guid"), what)]
    gone = rows.pop(owner)
    what = f"the episode {quoted(owner)} is now {quoted(episode.slug)}"
    former = (*gone.former_slugs, owner)
    return replace(gone, former_slugs=former), [Problem("LED-12", episode.mark, what, "", "commit the ledger")]


def _merge(
    row: Known, episode: Episode, item: UpstreamItem, accepted: bool, home_url: str
) -> tuple[Known, list[Problem]]:
    """The row with what the item tells, as far as that may be taken over."""
    problems = []
    if item.guid != row.guid:
        what = f"the guid {quoted(item.guid)} of {quoted(item.title)} is {quoted(row.guid)} here"
        remedy = "if nobody reads your own feed yet, delete this episode from the ledger and guid: from its record"
        problems.append(Problem("SYNC-1", episode.at("guid"), what, "", remedy))
    enclosure, found = _audio(row.enclosure, item.enclosure, episode, accepted)
    if row.enclosure and item.enclosure and _came_home(row.enclosure, item.enclosure, home_url):
        enclosure, found = row.enclosure, [Problem("SYNC-5", episode.mark, "the host has its own audio still")]
    problems += [*found, *_moved(episode, item)]
    fresh = item.enclosure is None or enclosure is None or enclosure.url == item.enclosure.url
    merged = replace(
        row,
        pub_date=item.pub_date or row.pub_date,
        enclosure=enclosure,
        duration_s=(item.duration_s if fresh else None) or row.duration_s,
        host_id=item.host_id or row.host_id,
        title=episode.title,
    )
    return merged, problems


def _came_home(known: Enclosure, told: Enclosure, home_url: str) -> bool:
    """Whether the audio is the project's own by now, and the host's is only what it was."""
    return home_url != "" and known.url.startswith(home_url) and not told.url.startswith(home_url)


def _moved(episode: Episode, item: UpstreamItem) -> list[Problem]:
    """A finding for an instant of the host that the record keeps from the feed."""
    if not (episode.pub_date and item.pub_date) or episode.pub_date_is_day or episode.pub_date == item.pub_date:
        return []
    there, here = (f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for instant in (item.pub_date, episode.pub_date))
    what = f"its date is {there} at the host, and {here} in the record"
    return [Problem("SYNC-6", episode.at("pub_date"), what, "", f"to follow the host, write pub_date: {there}")]


def _audio(
    known: Enclosure | None, told: Enclosure | None, episode: Episode, accepted: bool
) -> tuple[Enclosure | None, list[Problem]]:
    """The audio to know from now on, and why it is not what the feed tells."""
    if known is None or told is None:
        return told or known, []
    if _other(known, told):
        if accepted:
            return told, []
        what = f"the host's audio is {quoted(told.url)} ({told.type}) now, and was {quoted(known.url)} ({known.type})"
        remedy = f"run `feedbuilder ledger accept {episode.slug}`"
        return known, [Problem("SYNC-2", episode.mark, what, "", remedy)]
    if not told.length_bytes or told.length_bytes == known.length_bytes:
        return replace(known, type=known.type or told.type), []
    if not known.length_bytes:
        return replace(known, length_bytes=told.length_bytes, type=known.type or told.type), []
    what = f"{quoted(known.url)} had {known.length_bytes} bytes and has {told.length_bytes}"
    enclosure = Enclosure(told.url, told.length_bytes, told.type or known.type)
    if episode.audio and episode.audio.length_bytes:  # which comes before what the ledger knows
        remedy = f"write length: {told.length_bytes} into the record, or publish it anew"
        return enclosure, [Problem("SYNC-3", episode.at("audio.length"), what, "the ledger follows", remedy)]
    return enclosure, [Problem("SYNC-3", episode.mark, what)]


def _other(known: Enclosure, told: Enclosure) -> bool:
    """Whether it is other audio: another address, or another type where both are known."""
    return known.url != told.url or bool(known.type and told.type and known.type != told.type)


# --- what to say --------------------------------------------------------------------------------------------------


def _facts(known: Known | None) -> dict[str, str]:
    """The facts of a row as texts, by field."""
    if known is None:
        return {}
    audio = known.enclosure
    return {
        "guid": known.guid,
        "pub_date": known.pub_date.isoformat() if known.pub_date else "",
        "enclosure.url": audio.url if audio else "",
        "enclosure.length_bytes": str(audio.length_bytes) if audio else "",
        "enclosure.type": audio.type if audio else "",
        "duration_s": f"{known.duration_s:g}" if known.duration_s else "",
        "host_id": known.host_id,
    }


def _changes(old: Ledger, new: Ledger, renames: Mapping[str, str]) -> Iterator[Change]:
    for slug, row in new.episodes.items():
        before = _facts(old.episodes.get(renames.get(slug, slug)))
        for field, text in _facts(row).items():
            if text != before.get(field, ""):
                yield Change(slug, field, before.get(field, ""), text)


def _waiting(known: Ledger, joined: Join, items: Sequence[UpstreamItem], home_url: str) -> Iterator[Change]:
    """What the feed tells of audio, and the ledger does not follow."""
    for pair in joined.pairs:
        row, told = known.episodes.get(pair.slug), items[pair.item].enclosure
        if not (row and row.enclosure and told) or _came_home(row.enclosure, told, home_url):
            continue
        if _other(row.enclosure, told):
            before, after = _facts(row), _facts(as_known(items[pair.item]))
            for field in ("enclosure.url", "enclosure.length_bytes", "enclosure.type"):
                if before[field] != after[field]:
                    yield Change(pair.slug, field, before[field], after[field], waiting=True)


def _join_problems(joined: Join, items: Sequence[UpstreamItem], records: Mapping[str, Episode]) -> list[Problem]:
    problems = [one for found in joined.contested for one in _contested(found, joined, items, records)]
    problems += [_doubtful(found, items, records) for found in joined.doubtful]
    for index in joined.unmatched_items:
        item = items[index]
        what = f"the item {quoted(item.title or item.guid)} has no record"
        problems.append(Problem("JOIN-3", item.mark, what, "", f"write one with guid: {quoted(item.guid, _WHOLE)}"))
    for slug in joined.unmatched_records:
        problems.append(Problem("JOIN-4", records[slug].mark, "it is not in the host's feed"))
    return problems


def _contested(
    found: Contested, joined: Join, items: Sequence[UpstreamItem], records: Mapping[str, Episode]
) -> Iterator[Problem]:
    """One finding for each record that carries another's id, where other evidence tells whose; else one in all."""
    item_of = {pair.slug: pair.item for pair in joined.pairs}
    if len(found.slugs) == 1:
        what = f"the {found.key} stands in {len(found.items)} items"
        yield Problem("JOIN-1", items[found.items[0]].mark, what)
        return
    owner = next((slug for slug in found.slugs if item_of.get(slug) in found.items), "")
    if not owner:
        what = f"the {found.key} stands in {len(found.slugs)} records: {', '.join(found.slugs)}"
        yield Problem("JOIN-1", records[found.slugs[0]].at("ids.anchor"), what)
    for slug in found.slugs if owner else ():
        if slug != owner:
            own = items[item_of[slug]].host_id if slug in item_of else ""
            remedy = f"write its own, {own}" if own and found.key.startswith("host id") else "remove it there"
            yield Problem("JOIN-1", records[slug].at("ids.anchor"), f"the {found.key} is that of {owner}", "", remedy)


def _doubtful(found: Doubtful, items: Sequence[UpstreamItem], records: Mapping[str, Episode]) -> Problem:
    may_be = [
        f"{quoted(items[index].title, 40)} (guid: {quoted(items[index].guid, _WHOLE)})" for index in found.items[:3]
    ]
    more = f" or {len(found.items) - 3} more" if len(found.items) > 3 else ""
    return Problem("JOIN-2", records[found.slug].mark, f"{found.why}; it may be {' or '.join(may_be)}{more}")
