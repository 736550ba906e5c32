"""The edits that a ledger allows: add new episodes, accept intentional changes. Nothing is ever removed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from feedbuilder.errors import FeedbuilderError, Mark, Problem, quoted
from feedbuilder.model import Enclosure, Known, Ledger

_NO_RENAMES: Mapping[str, str] = MappingProxyType({})
GUARDED = ("guid", "enclosure.url", "pub_date")  # facts of an episode that change only when the owner accepts it
GUARDED_SHOW = ("podcast_guid", "feed_url")
Fact = TypeVar("Fact", bool | None, str | None)


def facts_of(known: Known) -> dict[str, str]:
    """The facts of an episode as text, by field; empty if unknown."""
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


def save(
    ledger: Ledger, planned: Ledger, renames: Mapping[str, str] = _NO_RENAMES, last: Ledger | None = None
) -> Ledger:
    """The ledger with every episode of ``planned``, renamed ones under their new slug.

    Guids, audio addresses, dates and the facts of the show never change; empty fields are filled, and title and
    ``withdrawn`` follow the episode file. Facts of the show that only the ``last`` release has do not change either.
    """
    released = last or Ledger()
    gone = set(renames.values())
    rows = {slug: ledger.episodes[old] for slug, old in renames.items() if old in ledger.episodes}
    rows |= {slug: row for slug, row in ledger.episodes.items() if slug not in gone}
    for slug, new in planned.episodes.items():
        old = rows.get(slug)
        rows[slug] = _filled(old, new) if old else new
    return with_rows(
        replace(
            ledger,
            podcast_guid=ledger.podcast_guid or planned.podcast_guid,
            feed_url=ledger.feed_url or planned.feed_url,
            new_feed_url=_followed((ledger.new_feed_url, released.new_feed_url), planned.new_feed_url),
            block=_followed((ledger.block, released.block), planned.block),
            complete=_followed((ledger.complete, released.complete), planned.complete),
            artwork=ledger.artwork or released.artwork or planned.artwork,
        ),
        rows,
    )


def _followed(earlier: tuple[Fact, Fact], planned: Fact) -> Fact:
    """The planned fact of the show, unless it sets something that must be accepted first."""
    known = earlier[1] if earlier[0] is None else earlier[0]
    return planned if known is None or not planned else known


def _filled(old: Known, new: Known) -> Known:
    return replace(
        old,
        pub_date=old.pub_date or new.pub_date,
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


def accept(ledger: Ledger, slug: str, planned: Ledger, last: Ledger | None = None) -> Ledger:
    """The ledger with the planned facts of one episode, except its guid.

    Earlier values of the guarded facts, in the ledger and in the ``last`` release, are kept as accepted.

    Raises:
        FeedbuilderError: there is no such episode (LED-13).
    """
    new = planned.episodes.get(slug)
    if new is None:
        raise FeedbuilderError(Problem("LED-13", Mark(slug), f"episode {quoted(slug)} not found"))
    old = ledger.episodes.get(slug)
    row = replace(new, guid=old.guid, accepted=old.accepted, place=old.place) if old else new
    return with_rows(ledger, {**ledger.episodes, slug: accepting(row, _earlier(slug, ledger, last))})


def accept_guid(ledger: Ledger, slug: str, old: str, new: str, last: Ledger | None = None) -> Ledger:
    """The ledger with another guid for one episode.

    Raises:
        FeedbuilderError: there is no such episode, or neither ledger nor ``last`` release has the guid ``old`` for it.
    """
    earlier = _earlier(slug, ledger, last)
    if not earlier:
        raise FeedbuilderError(Problem("LED-13", Mark(slug), f"episode {quoted(slug)} not found"))
    if old not in {row.guid for row in earlier}:
        what = f"the guid of {quoted(slug)} is {quoted(earlier[0].guid, 1000)}, not {quoted(old, 1000)}"
        raise FeedbuilderError(Problem("LED-13", Mark(slug), what, "", "Give the old guid first, then the new one."))
    row = accepting(replace(earlier[0], guid=new), earlier)
    return with_rows(ledger, {**ledger.episodes, slug: row})


def _earlier(slug: str, ledger: Ledger, last: Ledger | None) -> list[Known]:
    """What ledger and last release have of an episode."""
    return [rows[slug] for rows in (ledger.episodes, last.episodes if last else {}) if slug in rows]


def accepting(row: Known, earlier: Iterable[Known]) -> Known:
    """The row, with every earlier value of a guarded fact that it replaces."""
    now = facts_of(row)
    pairs = [(field, facts_of(old)[field]) for old in earlier for field in GUARDED]
    replaced = [(field, value) for field, value in pairs if value and value != now[field]]
    return replace(row, accepted=tuple(dict.fromkeys((*row.accepted, *replaced))))


def confirm(ledger: Ledger, slug: str, last: Ledger | None) -> Ledger:
    """The ledger with the values of the ``last`` release that one of its rows replaces marked as accepted."""
    if slug not in ledger.episodes:
        return ledger
    row = accepting(ledger.episodes[slug], _earlier(slug, Ledger(), last))
    return with_rows(ledger, {**ledger.episodes, slug: row})


def accept_show(ledger: Ledger, planned: Ledger, last: Ledger | None = None) -> Ledger:
    """The ledger with the planned facts of the show: its address, ``podcast:guid``, and what directories are told."""
    pairs = [(field, getattr(old, field)) for old in (ledger, last) if old for field in GUARDED_SHOW]
    replaced = [(field, value) for field, value in pairs if value and value != getattr(planned, field)]
    return replace(
        ledger,
        podcast_guid=planned.podcast_guid,
        feed_url=planned.feed_url,
        new_feed_url=planned.new_feed_url,
        block=planned.block,
        complete=planned.complete,
        artwork=planned.artwork,
        accepted=tuple(dict.fromkeys((*ledger.accepted, *replaced))),
    )


def withdraw_item(ledger: Ledger, guid: str) -> Ledger:
    """The ledger with an unmatched item of the hosting feed marked as withdrawn on purpose.

    Raises:
        FeedbuilderError: there is no such item (LED-13).
    """
    if guid not in ledger.unmatched:
        what = f"no unmatched item has the guid {quoted(guid, 1000)}"
        raise FeedbuilderError(Problem("LED-13", Mark("--withdraw"), what, "", "Run `feedbuilder sync` to list them."))
    item = replace(ledger.unmatched[guid], withdrawn=True)
    return replace(ledger, unmatched=MappingProxyType({**ledger.unmatched, guid: item}))


def with_rows(ledger: Ledger, rows: Mapping[str, Known]) -> Ledger:
    """The ledger with these episodes, sorted by slug; an unmatched item that is one of them is unmatched no more."""
    guids = {row.guid for row in rows.values()}
    unmatched = {guid: row for guid, row in ledger.unmatched.items() if guid not in guids}
    return replace(ledger, episodes=MappingProxyType(dict(sorted(rows.items()))), unmatched=MappingProxyType(unmatched))
