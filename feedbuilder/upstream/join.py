"""Which item of a feed is which record: on certain evidence only; the rest is listed (docs/design.md#join).

No natural key is unique in real shows (T-21): season and episode collide, host ids are pasted into the wrong record. So
evidence counts only if one record and one item have it, and if no other evidence says something else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta, tzinfo

from feedbuilder.errors import quoted
from feedbuilder.model import NOTHING, Episode, Ledger
from feedbuilder.upstream.addresses import audio_key, page_names, path_ends, slug_names
from feedbuilder.upstream.feed import UpstreamItem
from feedbuilder.upstream.likeness import DURATION, TITLE, Likeness
from feedbuilder.vocabulary.platforms import play_id, record_host_id

_HOUR = timedelta(hours=1)  # between dates that were one, should a host have rounded it or mixed up summer time
_COURTESY = 250_000  # pairs of leftovers that are compared, only to list what a record may be

Keys = Mapping[str, frozenset[str]]  # slug -> its keys of one kind


@dataclass(frozen=True, slots=True)
class Joined:
    """A record, its item (by index) and the evidence."""

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
    """An id (``host id e1a2b3c``) that several records or several items have, so it is used for none."""

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


Test = Callable[[str, int], str]  # the evidence in which a record and an item agree, or nothing


def join(
    items: Sequence[UpstreamItem],
    episodes: Sequence[Episode],
    known: Ledger,
    matches: Mapping[str, str] = NOTHING,
    zone: tzinfo = UTC,
) -> Join:
    """The certain pairs, in order of items, and everything else by name.

    Evidence that suffices alone, in this order: the author's choice (``matches``: slug -> guid), the guid (of the
    record, else of the ledger), the host id, the play id that belongs to it, the audio file behind all download
    counters, the page under the record's name. Then equal titles with the same date and time, or, if unique, on the
    same day; season + episode + title; date + duration + title. ``zone``: of records with only a day.
    """
    search = _Search(items, sorted(episodes, key=lambda one: one.slug), zone)
    search.pair_by_key("match", matches, [item.guid for item in items])
    search.pair_by_key("guid", _guids(episodes, known), [item.guid for item in items])
    hosts = _host_ids(episodes, known)
    search.pair_by_key("host id", hosts, [item.host_id for item in items], checked=True)
    plays = ["" if item.play_id is None else str(item.play_id) for item in items]
    search.pair_by_key("play id", {slug: str(play_id(host)) for slug, host in hosts.items()}, plays, checked=True)
    audio = [audio_key(item.enclosure.url) if item.enclosure else "" for item in items]
    search.pair_by_key("audio", _audio_keys(episodes, known), audio, checked=True)
    search.pair_by_names("audio file", _files(episodes), [path_ends(key) for key in audio])
    pages = [page_names(item.link_url) | page_names(item.guid) for item in items]
    search.pair_by_names("page", {one.slug: _pages(one) for one in episodes}, pages)
    search.pair_by_title()
    like = search.like
    search.pair_by_likeness(like.of_number, like.same_number)
    search.pair_by_likeness(like.of_day, like.same_day_and_duration)
    search.hint_at_leftovers()
    return search.result()


def _guids(episodes: Sequence[Episode], known: Ledger) -> dict[str, str]:
    """Slug -> guid, of the record or the ledger."""
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


def _files(episodes: Sequence[Episode]) -> dict[str, frozenset[str]]:
    """Slug -> the path of the audio file that the record names, and of audio at a URL its file name."""
    names = {}
    for episode in episodes:
        audio = episode.audio
        if audio and audio.file:
            names[episode.slug] = path_ends(f"-/{audio.file.strip('/')}") & {audio.file.strip("/").casefold()}
        elif audio:
            names[episode.slug] = path_ends("-/" + audio_key(audio.url).rpartition("/")[2])
    return names


def _pages(episode: Episode) -> frozenset[str]:
    """The names under which the page of a record may be: by its slug, and by the permalink that it has."""
    link = episode.permalink
    return slug_names(episode.slug) | page_names(link if "://" in link else f"https://-/{link.lstrip('/')}")


def _host_ids(episodes: Sequence[Episode], known: Ledger) -> dict[str, str]:
    """Slug -> host id; the ledger's if the record has none."""
    hosts = {}
    for episode in episodes:
        silent = "anchor" not in episode.ids and "anchor" not in episode.links
        row = known.episodes.get(episode.slug)
        hosts[episode.slug] = row.host_id if row and silent else record_host_id(episode.ids, episode.links)
    return {slug: host for slug, host in hosts.items() if host}


class _Search:
    """Both sides, and the decisions so far."""

    def __init__(self, items: Sequence[UpstreamItem], episodes: Sequence[Episode], zone: tzinfo) -> None:
        self.items = items
        self.like = Likeness(items, episodes, zone)
        self.pairs: dict[str, Joined] = {}
        self.taken: set[int] = set()
        self.contested: list[Contested] = []
        self.refused: dict[str, Doubtful] = {}  # out of the search: their evidence contradicts itself
        self.hints = defaultdict[str, list[Doubtful]](list)  # reasons to doubt, best first, should nothing decide

    # --- ids and names ---

    def pair_by_key(self, name: str, records: Mapping[str, str], keys: Sequence[str], *, checked: bool = False) -> None:
        """Pair what has the same key; ``checked``: unless title, number or date say something else."""
        slugs, indexes_of = defaultdict[str, list[str]](list), defaultdict[str, list[int]](list)
        for slug in sorted(records):
            slugs[records[slug]].append(slug)
        for index, key in enumerate(keys):
            if key in slugs:
                indexes_of[key].append(index)
        pairs: list[Joined] = []
        for key, indexes in sorted(indexes_of.items()):
            shown = f"{name} {key if key.isalnum() else quoted(key)}"
            if len(slugs[key]) > 1 or len(indexes) > 1:
                self.contest(Contested(shown, tuple(slugs[key]), tuple(indexes)))
            elif self.is_open(slugs[key][0]) and indexes[0] not in self.taken:
                pairs.append(Joined(slugs[key][0], indexes[0], shown))
        self.decide_all(pairs, checked=checked)

    def pair_by_names(self, kind: str, records: Keys, names: Sequence[frozenset[str]]) -> None:
        """Pair records and items that share a name, and each only with the other."""
        indexes_of = defaultdict[str, list[int]](list)
        for index, mine in enumerate(names):
            for name in mine:
                indexes_of[name].append(index)
        alike = {
            (slug, index): name
            for slug in self.open_slugs()
            for name in sorted(records.get(slug, ()), key=len)
            for index in indexes_of[name]
            if index not in self.taken
        }
        pairs = [Joined(slug, index, f"{kind} {quoted(name)}") for (slug, index), name in alike.items()]
        self.decide_all(self.only_unique(pairs), checked=True)

    def decide_all(self, pairs: Sequence[Joined], *, checked: bool) -> None:
        """Decide all pairs at once, but those that other evidence contradicts."""
        refused = {pair for pair in pairs if checked and self.refuse(pair)}
        for pair in pairs:
            if pair not in refused:
                self.decide(pair)

    def only_unique(self, pairs: Sequence[Joined]) -> list[Joined]:
        """The pairs whose record and item are in no other; the others become hints."""
        slugs, items = Counter(pair.slug for pair in pairs), Counter(pair.item for pair in pairs)
        unique = [pair for pair in pairs if slugs[pair.slug] == items[pair.item] == 1]
        candidates = defaultdict[str, list[int]](list)
        for pair in pairs:
            if not slugs[pair.slug] == items[pair.item] == 1:
                candidates[pair.slug].append(pair.item)
        for slug, indexes in candidates.items():
            self.hint(slug, indexes, "more than one episode file or item matches")
        return unique

    def contest(self, contested: Contested) -> None:
        """Keep an id that is used for none, as a hint for those that have it; a play id repeats its host id."""
        same = ((one.slugs, one.items) == (contested.slugs, contested.items) for one in self.contested)
        if not any(same):
            self.contested.append(contested)
        for slug in contested.slugs:
            self.hint(slug, contested.items, f"its {contested.key} is not unique")

    def refuse(self, pair: Joined) -> bool:
        """Whether title with number or day say that one of the two belongs to another that is open."""
        slug, index = pair.slug, pair.item
        if self.is_same(slug, index):
            return False
        near = {*self.like.of_number(slug), *self.like.of_day(slug)} - self.taken
        items = sorted(other for other in near if self.is_same(slug, other))
        beside = {*self.like.with_number(index), *self.like.beside(index)} - self.pairs.keys()
        slugs = sorted(other for other in beside if self.is_same(other, index))
        if not items and not slugs:
            return False
        why = f"its {pair.evidence} is that of one item, its title and number or day those of another"
        self.refused[slug] = Doubtful(slug, tuple(sorted({index, *items})), why)
        for other in slugs:
            self.refused.setdefault(other, Doubtful(other, (index,), f"{slug} has the {pair.evidence} of its item"))
        return True

    def is_same(self, slug: str, index: int) -> bool:
        """Whether the titles agree, and number or day as well."""
        like = self.like
        return bool(like.same_number(slug, index)) or (like.same_title(slug, index) and like.same_day(slug, index))

    # --- likeness ---

    def pair_by_title(self) -> None:
        """Pair equal titles: with the same date and time, then unique ones on the same day."""
        like = self.like
        alike = like.by_title_and_instant(self.open_slugs(), self.open_items())
        unique = self.only_unique([Joined(*pair, "title, date and time") for pair in alike])
        self.decide_likely(unique)
        alike = [pair for pair in like.by_title(self.open_slugs(), self.open_items()) if like.same_day(*pair)]
        self.decide_likely(self.only_unique([Joined(*pair, "title and day") for pair in alike]))

    def pair_by_likeness(self, near: Callable[[str], Iterable[int]], test: Test) -> None:
        """Pair the records and items that are like each other and like no other that is open."""
        alike = [
            Joined(slug, index, evidence)
            for slug in self.open_slugs()
            for index in near(slug)
            if index not in self.taken and (evidence := test(slug, index))
        ]
        self.decide_likely(self.only_unique(alike))

    def decide_likely(self, pairs: Sequence[Joined]) -> None:
        """Decide the pairs that nothing contradicts."""
        why = {pair.slug: self.like.contradiction(pair.slug, pair.item) for pair in pairs}
        for pair in pairs:
            if why[pair.slug]:
                self.hint(pair.slug, [pair.item], f"{pair.evidence} match this item, its {why[pair.slug]} another")
            else:
                self.decide(pair)

    # --- what is left ---

    def hint_at_leftovers(self) -> None:
        """List what each record that is left may be: by its numbers, its date and duration, or its title alone."""
        like = self.like
        slugs, items = self.open_slugs(), self.open_items()
        for slug in slugs:
            self.hint(slug, like.of_number(slug), "only season and episode match")
            near = [index for index in like.of_day(slug) if like.has_duration(slug, index, DURATION)]
            near = [index for index in near if (like.distance(slug, index) or timedelta(0)) <= _HOUR]
            self.hint(slug, near, "only date and duration match")
            if len(slugs) * len(items) <= _COURTESY:
                alike = [index for index in items if like.title_share(slug, index) >= TITLE]
                self.hint(slug, alike, "only the title matches")

    def hint(self, slug: str, indexes: Iterable[int], why: str) -> None:
        """Keep a reason to doubt, after those that are known already."""
        self.hints[slug].append(Doubtful(slug, tuple(sorted(set(indexes))), why))

    def doubt(self, slug: str) -> Doubtful | None:
        """Why the record is not joined; ``None`` if no item is like it."""
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
        return [slug for slug in self.like.episodes if self.is_open(slug)]

    def open_items(self) -> list[int]:
        """The items that may still be paired."""
        return [index for index in range(len(self.items)) if index not in self.taken]

    def decide(self, pair: Joined) -> None:
        """Pair the two for good."""
        self.pairs[pair.slug] = pair
        self.taken.add(pair.item)

    def result(self) -> Join:
        """The decisions, in a fixed order."""
        doubtful = tuple(doubt for slug in self.like.episodes if (doubt := self.doubt(slug)))
        doubted = {doubt.slug for doubt in doubtful}
        candidates = {index for doubt in doubtful for index in doubt.items}
        left = self.open_items()
        return Join(
            pairs=tuple(sorted(self.pairs.values(), key=lambda pair: pair.item)),
            doubtful=doubtful,
            contested=tuple(self.contested),
            unmatched_records=tuple(slug for slug in self.open_slugs() if slug not in doubted),
            unmatched_items=tuple(index for index in left if index not in candidates),
        )
