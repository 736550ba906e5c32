"""Stops a build that would remove or change by accident what subscribers have.

Everything compared is a ``Ledger``: the file, the last release, the live feed, the planned build. The file wins over
the release only in changes that were accepted there (docs/design.md#guard).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.ledger.edits import GUARDED, GUARDED_SHOW, facts_of
from feedbuilder.ledger.renames import same_day
from feedbuilder.model import NO_MARKS, Known, Ledger

_WHOLE = 1000  # characters: values to copy are not shortened
SHOW_FILE = "config/show.yaml"
_NAMES = {"guid": "guid", "enclosure.url": "audio", "pub_date": "date"}
_NO_RENAMES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class GuardResult:
    """``stops``: findings that stop the build. ``notes``: all others."""

    stops: tuple[Problem, ...]
    notes: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    """Everything that the guard compares. ``before``: what is known, by current slug."""

    planned: Ledger
    ledger: Ledger
    last: Ledger
    before: Mapping[str, Known]
    where: Mark
    marks: Mapping[str, Mark] = field(default_factory=lambda: NO_MARKS)
    unpublished: Mapping[str, Mark] = field(default_factory=lambda: NO_MARKS)

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
    unpublished: Mapping[str, Mark] = NO_MARKS,
    where: str = "config/ledger.yaml",
) -> GuardResult:
    """The findings that stop the build, and those that do not.

    ``planned`` has a row for every episode that will be in the feed and for every withdrawn one. ``live`` is the feed
    that subscribers read now, by guid. ``upstream``: the feed that must have been synced once; empty for none.
    ``marks``: slug -> its record; ``unpublished``: guid -> the draft or skipped file that has this episode; ``where``:
    path of the ledger.
    """
    before = _before(ledger, last, renames)
    case = _Case(planned, ledger, last or Ledger(), before, Mark(where), marks, unpublished)
    stops = [*_show_stops(case), *_directory_stops(case), *_episode_stops(case, renames), *_double_guids(case)]
    missed = {known.guid for slug, known in before.items() if slug not in planned.episodes}
    missing = list(_missing_items(case, missed))
    stops += [problem for problem in missing if problem.rule == "LED-18"]
    if live:
        stops += _live_stops(case, live, missed | ledger.unmatched.keys())
    if upstream and not ledger.synced_from:
        stops.append(Problem("LED-10", case.where, f"the hosting feed {quoted(upstream)} has never been read"))
    later = [problem for problem in missing if problem.rule == "LED-22"]
    return GuardResult(tuple(stops), (*later, *_changed_audio(case), *_shared_host_ids(case)))


def _before(ledger: Ledger, last: Ledger | None, renames: Mapping[str, str]) -> dict[str, Known]:
    """What is known, by current slug; the ledger wins over the release."""
    now = {old: new for new, old in renames.items()}
    rows: dict[str, Known] = {}
    for source in (last, ledger):
        mine = source.episodes if source else {}
        rows |= {now[slug]: row for slug, row in mine.items() if slug in now}
        rows |= {slug: row for slug, row in mine.items() if slug not in now}
    return rows


# --- the show -----------------------------------------------------------------------------------------------------


def _show_stops(case: _Case) -> Iterator[Problem]:
    """Findings for a changed feed address or ``podcast:guid``, or where ledger and release disagree about one."""
    for name in GUARDED_SHOW:
        known, released = getattr(case.ledger, name), getattr(case.last, name)
        planned = getattr(case.planned, name)
        if known and released and known != released and (name, released) not in case.ledger.accepted:
            what = f"ledger and last release disagree about {name}: {quoted(known)} and {quoted(released)}"
            remedy = (
                f"If the release is right, write `{name}: {quoted(released, _WHOLE)}` in the ledger; "
                "if the ledger is right, run `feedbuilder ledger accept --show`."
            )
            yield Problem("LED-17", case.where, what, remedy=remedy)
        elif planned != (known or released or planned):
            yield _other_show(case, known or released) if name == "podcast_guid" else _moved_feed(case, released)


def _moved_feed(case: _Case, released: str) -> Problem:
    old, new = case.ledger.feed_url or released, case.planned.feed_url
    remedy = (
        f"Restore `feed_url: {old}`. To move on purpose: redirect the old address (301), set `new_feed_url: {new}` "
        "and run `feedbuilder ledger accept --show`."
    )
    return Problem("LED-9", case.where, f"the feed would move from {quoted(old)} to {quoted(new)}", remedy=remedy)


def _other_show(case: _Case, guid: str) -> Problem:
    what = f"podcast_guid would change from {quoted(guid)} to {quoted(case.planned.podcast_guid)}"
    remedy = f"Write `podcast_guid: {quoted(guid, _WHOLE)}` in {SHOW_FILE}."
    return Problem("LED-8", case.where, what, remedy=remedy)


def _directory_stops(case: _Case) -> Iterator[Problem]:
    """Findings for facts of the show that move or lose all subscribers at once (LED-19)."""

    def known(name: str) -> object:
        value = getattr(case.ledger, name)
        return getattr(case.last, name) if value is None else value

    planned = case.planned
    url = planned.new_feed_url
    if url and known("new_feed_url") not in {None, url} and url != planned.feed_url:
        yield _for_all(f"`new_feed_url: {url}` would move every subscriber there", "new_feed_url")
    if planned.block and known("block") is False:
        yield _for_all("`block: true` would remove the show from directories", "block")
    if planned.complete and known("complete") is False:
        yield _for_all("`complete: true` would tell apps that no episode follows", "complete")
    if planned.artwork is False and known("artwork"):
        what = "the feed would lose its artwork"
        remedy = "Restore the file that `image:` names, or run `feedbuilder ledger accept --show` to confirm."
        yield Problem("LED-19", Mark(SHOW_FILE), what, remedy=remedy)


def _for_all(what: str, key: str) -> Problem:
    remedy = f"Remove `{key}:`, or run `feedbuilder ledger accept --show` to confirm."
    return Problem("LED-19", Mark(SHOW_FILE), what, remedy=remedy)


# --- episodes -----------------------------------------------------------------------------------------------------


def _episode_stops(case: _Case, renames: Mapping[str, str]) -> Iterator[Problem]:
    damaged = {slug: _disagreement(case, slug, renames) for slug in case.ledger.episodes}
    for slug, known in sorted(case.before.items()):
        planned = case.planned.episodes.get(slug)
        if disagreement := damaged.get(slug):
            yield disagreement
        elif planned is None:
            if not known.withdrawn:
                yield _missing(case, slug, known)
        elif planned.guid != known.guid:
            what = f"the guid of {quoted(slug)} would change from {quoted(known.guid)} to {quoted(planned.guid)}"
            edit = f"Write `guid: {quoted(known.guid, _WHOLE)}` in the episode file"
            remedy = f"{edit}."
            if slug not in case.last.episodes:
                # A merge may have damaged the ledger, or the key may be the author's own.
                remedy = (
                    f"{edit}, or correct the ledger if a merge damaged it. If `guid:` has another meaning in your "
                    f"files, set `fields: {{guid: none}}` in {SHOW_FILE}."
                )
            yield Problem("LED-4", case.mark(slug), what, remedy=remedy)
        if planned and not (disagreement or planned.withdrawn or known.withdrawn):
            yield from _lost_parts(case, slug, known, planned)


def _disagreement(case: _Case, slug: str, renames: Mapping[str, str]) -> Problem | None:
    """The finding for a row of the ledger that contradicts the last release without having been accepted."""
    row = case.ledger.episodes[slug]
    released = case.last.episodes.get(slug) or case.last.episodes.get(renames.get(slug, ""))
    if released is None or row.withdrawn or released.withdrawn:
        return None
    ours, theirs = facts_of(row), facts_of(released)
    for name in GUARDED:
        mine, other = ours[name], theirs[name]
        if mine and other and mine != other and not row.has_accepted(name, other):
            what = (
                f"ledger and last release disagree about the {_NAMES[name]} of {quoted(slug)}: "
                f"{quoted(mine, _WHOLE)} and {quoted(other, _WHOLE)}"
            )
            command = f"feedbuilder ledger accept {slug}"
            command += f" --guid {quoted(other, _WHOLE)} {quoted(mine, _WHOLE)}" if name == "guid" else ""
            remedy = f"If the release is right, correct the ledger; if the ledger is right, run `{command}`."
            return Problem("LED-17", case.where, what, remedy=remedy)
    return None


def _missing(case: _Case, slug: str, known: Known) -> Problem:
    """The finding for a published episode that is not planned, with the file that may have it."""
    what = f"published episode {_named(slug, known)} is missing"
    if mark := case.unpublished.get(known.guid):
        remedy = "Publish that file, or keep it and add `withdrawn: true` to remove the episode from the feed."
        return Problem("LED-3", mark, f"{what}; {mark.path} is a draft or skipped", remedy=remedy)
    new = {other: row for other, row in case.planned.episodes.items() if other not in case.before}
    gone = [other for other in case.before if other not in case.planned.episodes]
    likely = [other for other, row in new.items() if same_day(row, known)] or (list(new) if len(gone) == 1 else [])
    if len(likely) != 1:
        return Problem("LED-3", case.where, what)
    path = case.mark(likely[0]).path
    remedy = (
        f"If {path} is this episode, add `guid: {quoted(known.guid, _WHOLE)}` there. Otherwise restore its episode "
        "file, or keep the file and add `withdrawn: true`."
    )
    return Problem("LED-3", case.mark(likely[0]), what, remedy=remedy)


def _lost_parts(case: _Case, slug: str, known: Known, planned: Known) -> Iterator[Problem]:
    """Findings for an episode whose guid stays but whose audio or date is lost or moved."""
    if known.enclosure and not planned.enclosure:
        what = f"published episode {_named(slug, known)} has no audio any more"
        yield Problem("LED-3", case.mark(slug), what, remedy="Restore its audio file or its `audio:` key.")
    elif known.enclosure and planned.enclosure and planned.enclosure.url != known.enclosure.url:
        old, new = known.enclosure.url, planned.enclosure.url
        what = f"the audio of {quoted(slug)} would move from {quoted(old)} to {quoted(new)}"
        remedy = f"Restore the old address, or run `feedbuilder ledger accept {slug}` to confirm the change."
        yield Problem("LED-5", case.mark(slug), what, remedy=remedy)
    if known.enclosure and known.pub_date and planned.pub_date and planned.pub_date != known.pub_date:
        old, new = _written(known.pub_date), _written(planned.pub_date)
        remedy = f"Write `pub_date: {old}`, or run `feedbuilder ledger accept {slug}` to confirm the change."
        what = f"the date of {quoted(slug)} would change from {old} to {new}"
        yield Problem("LED-16", case.mark(slug), what, remedy=remedy)


def _double_guids(case: _Case) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for slug, planned in sorted(case.planned.episodes.items()):
        other = first.setdefault(planned.guid, slug)
        if other != slug:
            what = f"{quoted(other)} and {quoted(slug)} have the same guid {quoted(planned.guid)}"
            yield Problem("LED-6", case.mark(slug), what)


def _missing_items(case: _Case, missed: Iterable[str]) -> Iterator[Problem]:
    """Findings for published items of the hosting feed that no episode has (LED-18).

    One that is newer than everything in the last release is not lost: its episode file is to be written (LED-22).
    """
    newest = max((row.pub_date for row in case.last.episodes.values() if row.pub_date), default=None)
    present = {row.guid for row in case.planned.episodes.values()} | set(missed)
    for guid, row in sorted(case.ledger.unmatched.items(), key=lambda pair: (pair[1].title, pair[0])):
        if row.withdrawn or not row.enclosure or guid in present:
            continue
        what = f"published item {_named(guid, row)} is in no episode file"
        rule = "LED-22" if newest and row.pub_date and row.pub_date > newest else "LED-18"
        if mark := case.unpublished.get(guid):
            remedy = "Publish that file, or add `withdrawn: true` to it."
            what = f"published item {_named(guid, row)} is in {mark.path}, which is a draft or skipped"
            yield Problem(rule, mark, what, remedy=remedy)
            continue
        source = case.ledger.synced_from
        remedy = (
            f"Run `feedbuilder import {source} .` to add the missing episode files, "
            f"`feedbuilder sync --match SLUG={guid}` if a file has this episode, or "
            f"`feedbuilder ledger accept --withdraw {guid}` to leave it out."
        )
        yield Problem(rule, case.where, what, remedy=remedy)


def _live_stops(case: _Case, live: Ledger, missed: Iterable[str]) -> Iterator[Problem]:
    """Findings for the feed that subscribers read now, without those that ledger and release already give."""
    slugs = {planned.guid: slug for slug, planned in case.planned.episodes.items()}
    reported = set(missed)
    reported |= {value for row in case.ledger.episodes.values() for name, value in row.accepted if name == "guid"}
    for known in live.episodes.values():
        slug = slugs.get(known.guid)
        if slug is None:
            if known.guid not in reported:
                what = f"item {_named(known.guid, known)} of the live feed is missing"
                yield Problem("LED-3", case.where, what)
            continue
        planned = case.planned.episodes[slug]
        if slug not in case.before and not planned.withdrawn:
            yield from _lost_parts(case, slug, known, planned)
    if live.podcast_guid and not case.ledger.podcast_guid and live.podcast_guid != case.planned.podcast_guid:
        yield _other_show(case, live.podcast_guid)


# --- findings that do not stop ------------------------------------------------------------------------------------


def _changed_audio(case: _Case) -> Iterator[Problem]:
    """Findings for audio whose bytes changed at the same address."""
    for slug, known in sorted(case.before.items()):
        planned = case.planned.episodes.get(slug)
        old, new = known.enclosure, planned.enclosure if planned else None
        if not (old and new and old.url == new.url):
            continue
        if old.sha256 and new.sha256 and old.sha256 != new.sha256:
            what = f"the content of {quoted(new.url)} differs from what apps have downloaded"
            yield Problem("HTTP-7", case.mark(slug), what)
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


def _written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
