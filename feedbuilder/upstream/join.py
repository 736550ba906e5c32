"""Which item of a feed is which record: on certain evidence only, and what is left over by name (docs/design.md#join).

No natural key is unique in real shows (T-21): season and episode collide, host ids are pasted into the wrong record. So
an id counts only when one record and one item have it, and titles count only together with numbers or dates.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from feedbuilder.errors import quoted
from feedbuilder.model import NOTHING, Episode, Ledger
from feedbuilder.upstream.addresses import audio_key
from feedbuilder.upstream.feed import UpstreamItem
from feedbuilder.upstream.titles import content_of, share_of, spell, without_names, words_of
from feedbuilder.vocabulary.platforms import play_id, record_host_id

_TITLE = 0.6  # share of content words; measured on real records where season and episode agree: 0.75 to 1
_DAY = timedelta(hours=24)  # between a record's bare day and the instant of its item
_HOUR = timedelta(hours=1)  # between instants that were one, should a host have rounded it or mixed up summer time
_DURATION = 0.15  # a record's own is the time of its last line: 0.86 to 0.98 of the audio's, measured
_COURTESY = 250_000  # pairs of leftovers that are looked at, only to name what a record may be


@dataclass(frozen=True, slots=True)
class Joined:
    """A record, its item (by index) and what makes that certain."""

    slug: str
    item: int
    evidence: str


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A record that cannot be joined for certain: the items it may be, by index, and why none of them is taken."""

    slug: str
    items: tuple[int, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Contested:
    """An id (``host id e1a2b3c``) that stands in several records or several items, and so counts for none."""

    key: str
    slugs: tuple[str, ...]
    items: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Join:
    """The result. Every record is in one of three lists; every item is joined, a candidate, or left over."""

    pairs: tuple[Joined, ...]
    doubtful: tuple[Doubtful, ...]
    contested: tuple[Contested, ...]
    unmatched_records: tuple[str, ...]
    unmatched_items: tuple[int, ...]


Likeness = Callable[[str, int], str]  # what a record and an item agree in, or nothing


def join(
    items: Sequence[UpstreamItem],
    episodes: Sequence[Episode],
    known: Ledger,
    matches: Mapping[str, str] = NOTHING,
) -> Join:
    """The pairs that are certain, in order of items, and everything else by name.

    Evidence, in this order: what the author says (``matches``: slug -> guid), the guid (of the record, else of the
    ledger), the host id, the play id that belongs to it, the audio file behind all prefixes that count downloads,
    season + episode + title, date + duration + title. An id that points elsewhere than season, episode and title do
    is a contradiction, and neither counts.
    """
    search = _Search(items, episodes)
    search.pair_by_key("match", matches, [item.guid for item in items])
    search.pair_by_key("guid", _guids(episodes, known), [item.guid for item in items])
    hosts = _host_ids(episodes, known)
    search.pair_by_key("host id", hosts, [item.host_id for item in items], checked=True)
    plays = ["" if item.play_id is None else str(item.play_id) for item in items]
    search.pair_by_key("play id", {slug: str(play_id(host)) for slug, host in hosts.items()}, plays, checked=True)
    audio = [audio_key(item.enclosure.url) if item.enclosure else "" for item in items]
    search.pair_by_key("audio", _audio_keys(episodes, known), audio, checked=True)
    search.pair_by_likeness(search.of_number, search.same_number)
    search.pair_by_likeness(search.of_day, search.same_day)
    search.hint_at_leftovers()
    return search.result()


def _guids(episodes: Sequence[Episode], known: Ledger) -> dict[str, str]:
    """Slug -> guid, where the record or the ledger has one."""
    rows = known.episodes
    guids = {one.slug: one.guid or (rows[one.slug].guid if one.slug in rows else "") for one in episodes}
    return {slug: guid for slug, guid in guids.items() if guid}


def _audio_keys(episodes: Sequence[Episode], known: Ledger) -> dict[str, str]:
    """Slug -> the audio file, by the ledger, else by the record."""
    keys = {}
    for episode in episodes:
        row = known.episodes.get(episode.slug)
        url = row.enclosure.url if row and row.enclosure else episode.audio.url if episode.audio else ""
        keys[episode.slug] = audio_key(url)
    return {slug: key for slug, key in keys.items() if key}


def _host_ids(episodes: Sequence[Episode], known: Ledger) -> dict[str, str]:
    """Slug -> host id; the ledger's where the record says nothing of it."""
    hosts = {}
    for episode in episodes:
        silent = "anchor" not in episode.ids and "anchor" not in episode.links
        row = known.episodes.get(episode.slug)
        hosts[episode.slug] = row.host_id if row and silent else record_host_id(episode.ids, episode.links)
    return {slug: host for slug, host in hosts.items() if host}


class _Search:
    """Both sides, and what is decided so far."""

    def __init__(self, items: Sequence[UpstreamItem], episodes: Sequence[Episode]) -> None:
        self.items = items
        self.episodes = {episode.slug: episode for episode in sorted(episodes, key=lambda one: one.slug)}
        self.titles = {slug: _titles(episode) for slug, episode in self.episodes.items()}
        self.names = {slug: _names(episode) for slug, episode in self.episodes.items()}
        self.item_titles = [_ItemTitle(item.title) for item in items]
        self.items_of = defaultdict[_Number, list[int]](list)
        self.slugs_of = defaultdict[_Number, list[str]](list)
        self.items_on = defaultdict[int, list[int]](list)
        for index, item in enumerate(items):
            self.items_of[item.season, item.episode].append(index)
            if item.pub_date:
                self.items_on[item.pub_date.toordinal()].append(index)
        for slug, episode in self.episodes.items():
            self.slugs_of[episode.season, episode.episode].append(slug)
        self.pairs: dict[str, Joined] = {}
        self.taken: set[int] = set()
        self.contested: list[Contested] = []
        self.refused: dict[str, Doubtful] = {}  # out of the search: their evidence contradicts itself
        self.hints = defaultdict[str, list[Doubtful]](list)  # reasons to doubt, best first, should nothing decide

    # --- ids ---

    def pair_by_key(self, name: str, records: Mapping[str, str], keys: Sequence[str], *, checked: bool = False) -> None:
        """Pair what has the same key; ``checked``: unless season, episode and title say something else."""
        slugs, found = defaultdict[str, list[str]](list), defaultdict[str, list[int]](list)
        for slug in sorted(records):
            slugs[records[slug]].append(slug)
        for index, key in enumerate(keys):
            if key in slugs:
                found[key].append(index)
        pairs: list[Joined] = []
        for key, indexes in sorted(found.items()):
            shown = f"{name} {key if key.isalnum() else quoted(key)}"
            if len(slugs[key]) > 1 or len(indexes) > 1:
                self.contest(Contested(shown, tuple(slugs[key]), tuple(indexes)))
            elif self.is_open(slugs[key][0]) and indexes[0] not in self.taken:
                pairs.append(Joined(slugs[key][0], indexes[0], shown))
        refused = [pair for pair in pairs if checked and self.refuse(pair)]
        for pair in pairs:
            if pair not in refused:
                self.decide(pair)

    def contest(self, found: Contested) -> None:
        """Keep an id that counts for nobody, as a hint for those who carry it; a play id is its host id once more."""
        if not any((found.slugs, found.items) == (other.slugs, other.items) for other in self.contested):
            self.contested.append(found)
        for slug in found.slugs:
            self.hint(slug, found.items, f"its {found.key} is not its alone")

    def refuse(self, pair: Joined) -> bool:
        """Whether one of the two agrees in season, episode and title with another that is open, but not with this."""
        slug, index = pair.slug, pair.item
        if self.same_number(slug, index):
            return False
        item = self.items[index]
        items = [other for other in self.of_number(slug) if other not in self.taken and self.same_number(slug, other)]
        slugs = [
            other
            for other in self.slugs_of[item.season, item.episode]
            if other not in self.pairs and self.same_number(other, index)
        ]
        if not items and not slugs:
            return False
        why = f"its {pair.evidence} says one episode; season, episode and title say another"
        self.refused[slug] = Doubtful(slug, tuple(sorted({index, *items})), why)
        for other in slugs:
            self.refused.setdefault(other, Doubtful(other, (index,), f"{slug} carries the {pair.evidence} of its item"))
        return True

    # --- likeness ---

    def pair_by_likeness(self, near: Callable[[str], Iterable[int]], likeness: Likeness) -> None:
        """Pair the records and items that are like each other and like no other that is open."""
        alike = [
            Joined(slug, index, said)
            for slug in self.open_slugs()
            for index in near(slug)
            if index not in self.taken and (said := likeness(slug, index))
        ]
        slugs, items = Counter(pair.slug for pair in alike), Counter(pair.item for pair in alike)
        for pair in alike:
            if slugs[pair.slug] == 1 and items[pair.item] == 1:
                self.decide(pair)
            else:
                candidates = [other.item for other in alike if other.slug == pair.slug]
                self.hint(pair.slug, candidates, "more than one record or item fits")

    def of_number(self, slug: str) -> list[int]:
        """The items with the season and episode of a record; none for a record without a number."""
        episode = self.episodes[slug]
        return [] if episode.episode is None else self.items_of[episode.season, episode.episode]

    def same_number(self, slug: str, index: int) -> str:
        """The evidence of season, episode and title, or nothing."""
        episode, item = self.episodes[slug], self.items[index]
        if episode.episode is None or (episode.season, episode.episode) != (item.season, item.episode):
            return ""
        share = self.title_share(slug, index)
        season = "" if item.season is None else f"season {item.season}, "
        return f"{season}episode {item.episode}, title {share:.0%}" if share >= _TITLE else ""

    def of_day(self, slug: str) -> list[int]:
        """The items of the day of a record, and of the days beside it."""
        instant = self.episodes[slug].pub_date
        days = [instant.toordinal() + shift for shift in (-1, 0, 1)] if instant else []
        return [index for day in days for index in self.items_on[day]]

    def same_day(self, slug: str, index: int) -> str:
        """The evidence of date, duration and title, or nothing."""
        share = self.title_share(slug, index) if self.is_near(slug, index, _DAY) else 0
        return f"date, duration, title {share:.0%}" if share >= _TITLE else ""

    def is_near(self, slug: str, index: int, most: timedelta) -> bool:
        """Whether the durations agree, and the instants are at most so far apart."""
        episode, item = self.episodes[slug], self.items[index]
        if not (episode.pub_date and item.pub_date and episode.duration_s and item.duration_s):
            return False
        apart_s = abs(episode.duration_s - item.duration_s)
        near = apart_s <= _DURATION * max(episode.duration_s, item.duration_s)
        return near and abs(episode.pub_date - item.pub_date) <= most

    def title_share(self, slug: str, index: int) -> float:
        """How far the titles agree: the better of the record's ``title`` and ``short``."""
        theirs = self.item_titles[index].without(self.names[slug])
        return max(share_of(ours, theirs) for ours in self.titles[slug])

    # --- what is left ---

    def hint_at_leftovers(self) -> None:
        """Name what each record that is left may be: by its numbers, its date and duration, or its title alone."""
        slugs, items = self.open_slugs(), [index for index in range(len(self.items)) if index not in self.taken]
        for slug in slugs:
            self.hint(slug, self.of_number(slug), "only season and episode agree")
            near = [index for index in self.of_day(slug) if self.is_near(slug, index, _HOUR)]
            self.hint(slug, near, "only date and duration agree")
            if len(slugs) * len(items) <= _COURTESY:
                alike = [index for index in items if self.title_share(slug, index) >= _TITLE]
                self.hint(slug, alike, "only the title agrees")

    def hint(self, slug: str, indexes: Iterable[int], why: str) -> None:
        """Keep a reason to doubt, behind those that are known already."""
        self.hints[slug].append(Doubtful(slug, tuple(sorted(indexes)), why))

    def doubt(self, slug: str) -> Doubtful | None:
        """Why the record is not joined, if there is more to say than that nothing is like it."""
        if slug in self.pairs:
            return None
        reasons = [self.refused[slug]] if slug in self.refused else self.hints[slug]
        left = [replace(one, items=tuple(index for index in one.items if index not in self.taken)) for one in reasons]
        return next((one for one in left if one.items or slug in self.refused), None)

    def is_open(self, slug: str) -> bool:
        """Whether the record may still be paired."""
        return slug not in self.pairs and slug not in self.refused

    def open_slugs(self) -> list[str]:
        """The records that may still be paired."""
        return [slug for slug in self.episodes if self.is_open(slug)]

    def decide(self, pair: Joined) -> None:
        """Pair the two for good."""
        self.pairs[pair.slug] = pair
        self.taken.add(pair.item)

    def result(self) -> Join:
        """What was decided, in a fixed order."""
        doubtful = tuple(doubt for slug in self.episodes if (doubt := self.doubt(slug)))
        doubted = {doubt.slug for doubt in doubtful}
        candidates = {index for doubt in doubtful for index in doubt.items}
        left = [index for index in range(len(self.items)) if index not in self.taken]
        return Join(
            pairs=tuple(sorted(self.pairs.values(), key=lambda pair: pair.item)),
            doubtful=doubtful,
            contested=tuple(self.contested),
            unmatched_records=tuple(slug for slug in self.open_slugs() if slug not in doubted),
            unmatched_items=tuple(index for index in left if index not in candidates),
        )


_Number = tuple[int | None, Decimal | None]  # season and episode


def _titles(episode: Episode) -> tuple[frozenset[str], ...]:
    return tuple(content_of(words_of(title)) for title in (episode.title, episode.short))


def _names(episode: Episode) -> frozenset[str]:
    """The people of a record, spelled: hosts add them to the titles of their items."""
    return frozenset(spell(name) for name in (*episode.guests, *(credit.name for credit in episode.people))) - {""}


class _ItemTitle:
    """The words of an item's title, ready to be compared with those of many records."""

    def __init__(self, title: str) -> None:
        self.words = words_of(title)
        self.letters = "".join(self.words)
        self.content = content_of(self.words)

    def without(self, names: frozenset[str]) -> frozenset[str]:
        """The content words, but for these people."""
        named = any(name in self.letters for name in names)
        return content_of(without_names(self.words, names)) if named else self.content
