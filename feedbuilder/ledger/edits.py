"""The edits that a ledger allows: add new episodes, accept intentional changes. Nothing is ever removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from feedbuilder.errors import FeedbuilderError, Mark, Problem, quoted
from feedbuilder.model import Enclosure, Known, Ledger

_NO_RENAMES: Mapping[str, str] = MappingProxyType({})


def save(ledger: Ledger, planned: Ledger, renames: Mapping[str, str] = _NO_RENAMES) -> Ledger:
    """The ledger with every episode of ``planned``, renamed ones under their new slug.

    A guid, an audio address and the facts of the show never change; empty fields are filled, and title, date and
    ``withdrawn`` follow the episode file.
    """
    gone = set(renames.values())
    rows = {slug: ledger.episodes[old] for slug, old in renames.items() if old in ledger.episodes}
    rows |= {slug: row for slug, row in ledger.episodes.items() if slug not in gone}
    for slug, new in planned.episodes.items():
        old = rows.get(slug)
        rows[slug] = _filled(old, new) if old else new
    return replace(
        ledger,
        podcast_guid=ledger.podcast_guid or planned.podcast_guid,
        feed_url=ledger.feed_url or planned.feed_url,
        episodes=in_order(rows),
    )


def _filled(old: Known, new: Known) -> Known:
    return Known(
        guid=old.guid,
        pub_date=new.pub_date or old.pub_date,
        enclosure=_filled_enclosure(old.enclosure, new.enclosure),
        duration_s=old.duration_s or new.duration_s,
        host_id=old.host_id or new.host_id,
        title=new.title or old.title,
        withdrawn=new.withdrawn,
        former_slugs=tuple(dict.fromkeys((*old.former_slugs, *new.former_slugs))),
    )


def _filled_enclosure(old: Enclosure | None, new: Enclosure | None) -> Enclosure | None:
    if old is None or new is None or old.url != new.url:
        return old or new
    return Enclosure(old.url, old.length_bytes or new.length_bytes, old.type or new.type, old.sha256 or new.sha256)


def accept(ledger: Ledger, slug: str, planned: Ledger) -> Ledger:
    """The ledger with the planned facts of one episode, except its guid, which never changes.

    Raises:
        FeedbuilderError: there is no such episode (LED-13).
    """
    new = planned.episodes.get(slug)
    if new is None:
        raise FeedbuilderError(Problem("LED-13", Mark(slug), f"episode {quoted(slug)} not found"))
    old = ledger.episodes.get(slug)
    row = replace(new, guid=old.guid) if old else new
    return replace(ledger, episodes=in_order({**ledger.episodes, slug: row}))


def accept_show(ledger: Ledger, planned: Ledger) -> Ledger:
    """The ledger of a show that moves on purpose: with the planned feed address and ``podcast:guid``."""
    return replace(ledger, podcast_guid=planned.podcast_guid, feed_url=planned.feed_url)


def in_order(rows: Mapping[str, Known]) -> Mapping[str, Known]:
    """The rows, sorted by slug."""
    return MappingProxyType(dict(sorted(rows.items())))
