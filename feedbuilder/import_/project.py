"""A feed -> all texts of a project: show, people, episode files and ledger, and what remains to be fetched."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from anyascii import anyascii

from feedbuilder.authors.episodes import slug_of_title
from feedbuilder.authors.show import SHOW_FILE
from feedbuilder.authors.yaml_text import render_yaml
from feedbuilder.errors import FeedbuilderError, Mark, Problem, quoted
from feedbuilder.import_.account import Kept, State, Value, account, add_counts, keep, losses
from feedbuilder.import_.items import Draft, People, draft_record, read_persons
from feedbuilder.import_.notes import text_blocks
from feedbuilder.import_.same_show import refuse_other_show
from feedbuilder.import_.show import ShowReading, address
from feedbuilder.import_.write import chapter_values, render_record
from feedbuilder.ledger import render_ledger
from feedbuilder.model import Chapter, Known, Ledger, SourceFile
from feedbuilder.upstream.document import Element
from feedbuilder.upstream.feed import UpstreamItem, as_known, parse_elements
from feedbuilder.upstream.findings import gather

LEDGER_FILE = "config/ledger.yaml"
COVER_FILE = "images/cover.png"
_HEADER = "# Made by `feedbuilder import`. Every key: `feedbuilder schema show`, docs/reference/show.md.\n"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Files that an item links to. ``transcripts``: address and type, best first; ``chapters``: those in the feed."""

    slug: str
    mark: Mark
    chapters_url: str
    transcripts: tuple[tuple[str, str], ...]
    chapters: tuple[Chapter, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A project. ``files``: path -> text, in writing order, the ledger last.

    ``accounted``: how many values of the feed there are, by path and what became of them.
    ``needs_cover``: the feed has no artwork, so the show file names ``COVER_FILE``.
    """

    files: Mapping[str, bytes]
    ledger: Ledger
    wanted: tuple[Wanted, ...]
    needs_cover: bool
    problems: tuple[Problem, ...]
    accounted: Mapping[str, Mapping[State, int]]


def import_feed(
    data: bytes,
    where: str,
    before: Ledger,
    *,
    older: Sequence[SourceFile] = (),
    present: SourceFile | None = None,
    feed_url: str = "",
    upstream: str = "",
) -> Imported:
    """The project for a feed.

    ``before`` is the existing ledger: its episodes keep their slugs; ``present`` is the existing show file.
    ``older``: the further pages of the feed.
    ``feed_url``: where the feed will be public, empty if it stays at its address. ``upstream``: the address to sync
    from; empty: the feed's own address, unless that is ``feed_url``.

    Raises:
        FeedbuilderError: not a feed (UPS-1), no items (UPS-3), or the feed of another show (IMP-9).
    """
    feed, (channel, elements), problems = parse_elements(data, where, older)
    if not feed.items:
        raise FeedbuilderError(*(problem for problem in problems if problem.rule == "UPS-3"))
    refuse_other_show(feed, present, before, feed_url)
    own = address(feed.feed_url)
    upstream = upstream or (own if own != feed_url else "")
    problems = [problem for problem in problems if problem.rule != "UPS-10"]
    pairs, found = _identified(list(zip(feed.items, elements, strict=True)))
    problems += found
    people = People()
    slugs = _Slugs({known.guid: slug for slug, known in before.episodes.items()}, before.episodes)
    shorts = _Slugs({}, {})
    problems += _hosts(channel, people, shorts, where)
    reading = ShowReading(feed, channel, feed_url)
    show = reading.values(COVER_FILE)
    drafts: dict[str, Draft] = {}
    held = {**show, "people": list(people.files.values()), "upstream": [feed.feed_url, upstream]}
    kept_show = keep(held, text_blocks(str(show["description"]), ""))
    listed: list[tuple[Mark, list[Value]]] = []
    counts: dict[str, dict[State, int]] = {}
    for item, element in pairs:
        credits_ = read_persons(element, people, shorts.make)
        draft = draft_record(item, element, credits_, people.hosts, show=show)
        drafts[slugs.of(draft)] = draft
        persons = [people.files[one["short"]] | one for one in credits_]
        values = _account_of(element, draft, persons, kept_show, feed.base_url)
        add_counts(counts, values)
        listed.append((item.mark, [value for value in values if value.state not in {"used", "reported"}]))
        problems += draft.problems
    of_channel = account(channel, kept_show, feed.base_url)
    add_counts(counts, of_channel)
    show |= {"hosts": people.hosts, "upstream": {"feed": upstream} if upstream else "none"}
    ledger = replace(
        before,
        podcast_guid=before.podcast_guid or str(show["podcast_guid"]),
        synced_from=before.synced_from or upstream,
        episodes=_rows(drafts, before),
    )
    return Imported(
        files=_files(show, people, drafts, ledger),
        ledger=ledger,
        wanted=tuple(
            Wanted(slug, one.item.mark, one.chapters_url, one.transcripts, one.chapters)
            for slug, one in drafts.items()
            if one.transcripts or one.chapters_url
        ),
        needs_cover=show["image"] == COVER_FILE,
        accounted=MappingProxyType(counts),
        problems=tuple(
            gather(
                [
                    *_move(reading, channel, show),
                    *reading.problems,
                    *losses(of_channel, listed, where),
                    *problems,
                ]
            )
        ),
    )


def _hosts(channel: Element, people: People, shorts: _Slugs, where: str) -> list[Problem]:
    """Enter the persons of the channel; its hosts are the show's, and others are named."""
    persons = read_persons(channel, people, shorts.make)
    people.hosts = list(dict.fromkeys(one["short"] for one in persons if one["role"] == "host"))
    mark = Mark(where, channel.line)
    whats = (
        f"the channel's podcast:person {quoted(one['short'])} is no host but {quoted(one['role'])}"
        for one in persons
        if one["role"] != "host"
    )
    return [Problem("IMP-1", mark, what) for what in whats]


def _account_of(
    element: Element, draft: Draft, persons: Sequence[Mapping[str, str]], show: Kept, base_url: str
) -> list[Value]:
    """What became of each value of an item."""
    item = draft.item
    audio = item.enclosure
    held = {
        "explicit": False,  # the default of every episode
        **draft.front,
        "person": list(persons),
        "chapters": [
            {"start": one.start_s, "title": one.title, "url": one.url, "img": one.image_url} for one in draft.chapters
        ],
        "files": [draft.chapters_url, *(url for url, _ in draft.transcripts)],
        "ledger": {"guid": item.guid, "title": draft.title, "pub_date": draft.front["pub_date"]},
        "enclosure": {"url": audio.url, "length": audio.length_bytes, "type": audio.type} if audio else {},
    }
    notes = (*draft.notes.body, *draft.notes.summary)
    return account(element, keep(held, notes, beside=show), base_url)


# --- identity -----------------------------------------------------------------------------------------------------

_Pair = tuple[UpstreamItem, Element]


def _identified(pairs: Sequence[_Pair]) -> tuple[list[_Pair], list[Problem]]:
    """Items with unique guids and with dates: a repeated guid is replaced by the audio's address, as apps do.

    An item without a readable date keeps its place in the feed: it gets the date of the item below, else above.
    """
    taken: set[str] = set()
    kept: list[_Pair] = []
    problems: list[Problem] = []
    for item, element in pairs:
        guid = item.guid
        if guid in taken:
            guid = item.enclosure.url if item.enclosure else item.link_url
            if not guid or guid in taken:
                what = f"{quoted(item.title)} has the guid {quoted(item.guid)} of an earlier item"
                problems.append(Problem("IMP-7", item.mark, what, "left out, as in apps"))
                continue
            what = f"guid {quoted(item.guid)} is used by an earlier item"
            problems.append(Problem("IMP-7", item.mark, what, "the later item uses its audio address or link as guid"))
        taken.add(guid)
        kept.append((replace(item, guid=guid), element))
    dates = _filled([item.pub_date for item, _ in kept])
    for (item, _), instant in zip(kept, dates, strict=True):
        if instant and not item.pub_date:
            problems.append(Problem("IMP-6", item.mark, "the item has no readable date", "dated like its neighbour"))
    return [(replace(item, pub_date=date), one) for (item, one), date in zip(kept, dates, strict=True)], problems


def _filled(dates: Sequence[datetime | None]) -> list[datetime | None]:
    """Each date, or that of the next one after it, else before it."""
    filled: list[datetime | None] = []
    for date in reversed(dates):
        filled.append(date or (filled[-1] if filled else None))
    first = next((date for date in filled if date), None)
    return [date or first for date in reversed(filled)]


def _rows(drafts: Mapping[str, Draft], before: Ledger) -> Mapping[str, Known]:
    """The ledger: existing rows are kept; episodes of the same date and time get a place each.

    An item without audio or date is no episode to apps, so it gets no row.
    """
    counts = Counter(draft.item.pub_date for draft in drafts.values())
    seen: Counter[datetime | None] = Counter()
    rows = dict(before.episodes)
    for slug, draft in drafts.items():
        instant = draft.item.pub_date
        place = counts[instant] - 1 - seen[instant]
        seen[instant] += 1
        if instant and draft.item.enclosure:
            rows.setdefault(slug, replace(as_known(draft.item), title=draft.title, place=place))
    return MappingProxyType(dict(sorted(rows.items())))


class _Slugs:
    """New file names: only letters that are safe everywhere, unique when case is folded."""

    def __init__(self, known: Mapping[str, str], taken: Mapping[str, Any]) -> None:
        """``known``: guid -> slug."""
        self.known = known
        self.taken = {slug.casefold() for slug in taken}

    def of(self, draft: Draft) -> str:
        """The slug of an episode: the known one, else one from its number and title, else from its date."""
        if draft.item.guid in self.known:
            return self.known[draft.item.guid]
        item = draft.item
        number = f"s{item.season:02}e{int(item.episode):02}-" if item.season and item.episode else ""
        day = f"{item.pub_date:%Y-%m-%d}" if item.pub_date else "episode"
        words = slug_of_title(in_latin(draft.title))
        if number and words.startswith(number):
            words = words.removeprefix(number)
        return self.make(number + words if words else number + day)

    def make(self, text: str) -> str:
        """A new slug."""
        base = slug_of_title(in_latin(text)) or "person"
        slug = base
        number = 2
        while slug.casefold() in self.taken:
            slug, number = f"{base}-{number}", number + 1
        self.taken.add(slug.casefold())
        return slug


def in_latin(text: str) -> str:
    """The text in Latin letters: unchanged if it has no others than those with accents.

    >>> in_latin("Zoë 2"), in_latin("Анна"), in_latin("小林 花子"), in_latin("Straße")
    ('Zoë 2', 'Anna', 'XiaoLin HuaZi', 'Strasse')
    """
    plain = unicodedata.normalize("NFKD", text)
    lost = any(sign.isalnum() and not sign.isascii() for sign in plain)
    return anyascii(text) if lost else text


# --- texts --------------------------------------------------------------------------------------------------------


def _files(show: Mapping[str, Any], people: People, drafts: Mapping[str, Draft], ledger: Ledger) -> Mapping[str, bytes]:
    files = {SHOW_FILE: _HEADER + _show_text(show)}
    files |= {f"config/people/{short}.md": render_record(one, "") for short, one in sorted(people.files.items())}
    for slug, draft in drafts.items():
        front = {**draft.front, "chapters": chapter_values(draft.chapters)}
        files[f"episodes/{slug}.md"] = render_record(front, draft.body)
    encoded = {path: text.encode("utf-8") for path, text in files.items()}
    return MappingProxyType({**encoded, LEDGER_FILE: render_ledger(ledger)})


def _show_text(show: Mapping[str, Any]) -> str:
    """The show file; ``explicit: false`` is written although it is the default."""
    return render_yaml(show)


def _move(reading: ShowReading, channel: Element, show: Mapping[str, Any]) -> list[Problem]:
    """What the owner has to do for a move, at the old host and here (P20-3, P20-19, APL-18)."""
    feed, mark = reading.feed, Mark(SHOW_FILE)
    problems = []
    if channel.text("podcast:locked").lower() in {"yes", "true"}:
        what = "the feed is locked, so other hosts refuse to import it"
        problems.append(Problem("IMP-8", reading.mark, what, "`locked: yes` is kept", "Unlock it at the old host."))
    if feed.new_feed_url and feed.new_feed_url not in {feed.feed_url, feed.url}:
        what = f"the feed has moved to {quoted(feed.new_feed_url, 200)}"
        problems.append(Problem("IMP-8", reading.mark, what, "", "Import that address instead."))
    if show["new_feed_url"]:
        what = f"the feed moves to {quoted(str(show['feed_url']), 200)}"
        remedy = "Redirect the old address to it (301), and remove `new_feed_url:` after four weeks."
        problems.append(Problem("IMP-8", mark, what, "`new_feed_url:` was added", remedy))
    elif reading.new_url and not reading.old_url():
        what = "the feed does not have its own address"
        remedy = f"If apps read another address than {quoted(reading.new_url, 200)}, redirect that one to it (301)."
        problems.append(Problem("IMP-8", mark, what, "apps are not told of the move", remedy))
    elif not reading.new_url and reading.old_url():
        what = f"`feed_url` is the old address {quoted(str(show['feed_url']), 200)}"
        remedy = "Set it to the address of your feed.xml before the first build."
        problems.append(Problem("IMP-8", mark, what, "", remedy))
    return problems
