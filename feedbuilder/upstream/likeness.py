"""How far a record and an item of a feed agree in title, date, number and duration, and where these point elsewhere."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from statistics import median

from feedbuilder.model import Episode
from feedbuilder.upstream.feed import UpstreamItem
from feedbuilder.upstream.titles import content_of, share_of, spell, without_names, words_of

TITLE = 0.6  # share of content words; measured on real records where season and episode agree: 0.75 to 1
DURATION = 0.15  # a record's own is the time of its last line: 0.86 to 0.98 of the audio's, measured
_HALF = 0.5
EXACT_S = 2.0  # durations that are the same but for rounding
_DAY = timedelta(hours=24)
_HALF_DAY = timedelta(hours=12)
_WIDEST_SHIFT = timedelta(hours=14)  # the largest offset of a time zone
_SHARP = timedelta(minutes=30)  # dates that differ by less are equally near
_MOST_ALIKE = 50  # items: a number or day that more of them have says nothing
_MOST_A_DAY = 1000  # items: where more are on a day, which of them is nearest is not compared
_NEAR_DAYS = range(-2, 3)
_COMMON = 0.4  # a word in more titles of a feed than this says nothing about one episode

Number = tuple[int | None, Decimal | None]  # season and episode


class Likeness:
    """Records and items, indexed by what may be like each other."""

    def __init__(self, items: Sequence[UpstreamItem], episodes: Sequence[Episode], zone: tzinfo) -> None:
        self.items = items
        self.episodes = {episode.slug: episode for episode in episodes}
        self.zone = zone
        words = [words_of(item.title) for item in items]
        common = _common(words)
        self.item_keys = [" ".join(one) for one in words]
        self.item_titles = [_ItemTitle(one, common) for one in words]
        self.titles = {slug: _titles(episode, common) for slug, episode in self.episodes.items()}
        self.keys = {slug: _title_keys(episode) for slug, episode in self.episodes.items()}
        self.names = {slug: _names(episode) for slug, episode in self.episodes.items()}
        self.items_of = defaultdict[Number, list[int]](list)
        self.slugs_of = defaultdict[Number, list[str]](list)
        self.items_on = defaultdict[int, list[int]](list)
        self.slugs_on = defaultdict[int, list[str]](list)
        for index, item in enumerate(items):
            if item.episode is not None:
                self.items_of[item.season, item.episode].append(index)
            if item.pub_date:
                self.items_on[item.pub_date.toordinal()].append(index)
        for slug, episode in self.episodes.items():
            if episode.episode is not None:
                self.slugs_of[episode.season, episode.episode].append(slug)
            if episode.pub_date:
                self.slugs_on[episode.pub_date.toordinal()].append(slug)
        self.item_instants = Counter(item.pub_date for item in items)
        self.slug_instants = Counter(episode.pub_date for episode in episodes)
        counts = (*map(len, self.items_of.values()), *map(len, self.slugs_of.values()))
        self.has_unique_numbers = all(count == 1 for count in counts)
        self.shift = self._usual_shift()

    # --- titles ---

    def title_share(self, slug: str, index: int) -> float:
        """How far the titles agree: the better of the record's ``title`` and ``short``."""
        theirs = self.item_titles[index].without(self.names[slug])
        return max(share_of(ours, theirs) for ours in self.titles[slug])

    def same_title(self, slug: str, index: int) -> bool:
        """Whether the titles are equal but for case, accents and punctuation."""
        return self.item_keys[index] in self.keys[slug]

    def by_title(self, slugs: Sequence[str], indexes: Sequence[int]) -> list[tuple[str, int]]:
        """The pairs of these records and items whose title is equal and unique on both sides."""
        items = {self.item_keys[index]: index for index in indexes}
        item_counts = Counter(self.item_keys[index] for index in indexes)
        slug_counts = Counter(key for slug in slugs for key in self.keys[slug])
        unique = {key for key, count in item_counts.items() if key and count == slug_counts[key] == 1}
        return [(slug, items[key]) for slug in slugs for key in sorted(self.keys[slug] & unique)]

    def by_title_and_instant(self, slugs: Sequence[str], indexes: Sequence[int]) -> list[tuple[str, int]]:
        """The pairs of these records and items with equal title and equal date and time."""
        items = defaultdict[tuple[str, datetime | None], list[int]](list)
        for index in indexes:
            items[self.item_keys[index], self.items[index].pub_date].append(index)
        return [
            (slug, index)
            for slug in slugs
            if (instant := self.episodes[slug].pub_date) and not self.episodes[slug].pub_date_is_day
            for key in sorted(self.keys[slug])
            for index in items[key, instant]
        ]

    # --- dates ---

    def same_day(self, slug: str, index: int) -> bool:
        """Whether both have a date, at most a day apart."""
        distance = self.distance(slug, index)
        return distance is not None and distance <= _DAY

    def distance(self, slug: str, index: int) -> timedelta | None:
        """How far apart the dates are: whole days for a record with only a day, else without the usual shift."""
        episode, item = self.episodes[slug], self.items[index]
        if not (episode.pub_date and item.pub_date):
            return None
        if episode.pub_date_is_day:
            return abs(episode.pub_date.astimezone(self.zone).date() - item.pub_date.astimezone(self.zone).date())
        apart = item.pub_date - episode.pub_date
        return min(abs(apart), abs(apart - self.shift)) if abs(apart) <= _DAY else abs(apart)

    def of_day(self, slug: str) -> list[int]:
        """The items within two days of a record; none if there are too many to compare."""
        instant = self.episodes[slug].pub_date
        items = [index for day in _days(instant) for index in self.items_on[day]] if instant else []
        return items if len(items) <= _MOST_A_DAY else []

    def beside(self, index: int) -> list[str]:
        """The records within two days of an item; none if there are too many to compare."""
        instant = self.items[index].pub_date
        slugs = [slug for day in _days(instant) for slug in self.slugs_on[day]] if instant else []
        return slugs if len(slugs) <= _MOST_A_DAY else []

    def has_own_day(self, slug: str, index: int) -> bool:
        """Whether no other item is as near to the record, and no other record as near to the item."""
        items, slugs = self.of_day(slug), self.beside(index)
        if index not in items or slug not in slugs:
            return False
        return not any(self._is_near(slug, other) for other in items if other != index) and not any(
            self._is_near(other, index) for other in slugs if other != slug
        )

    def _is_near(self, slug: str, index: int) -> bool:
        distance = self.distance(slug, index)
        return distance is not None and distance <= _DAY + _HALF_DAY

    def is_nearer_elsewhere(self, slug: str, index: int) -> bool:
        """Whether another item is nearer to the date of the record, or another record to that of the item."""
        apart = self.distance(slug, index)
        if apart is None:
            return False
        pairs = [(slug, other) for other in self.of_day(slug)] + [(other, index) for other in self.beside(index)]
        distances = (self.distance(*pair) for pair in pairs if pair != (slug, index))
        return any(other is not None and other < apart - _SHARP for other in distances)

    def _usual_shift(self) -> timedelta:
        """The offset between dates of records and items where most equal titles have the same: another time zone."""
        pairs = [
            (self.episodes[slug].pub_date, self.items[index].pub_date)
            for slug, index in self.by_title(list(self.episodes), range(len(self.items)))
            if not self.episodes[slug].pub_date_is_day
        ]
        apart = [(item - record).total_seconds() for record, item in pairs if record and item]
        apart = [seconds for seconds in apart if abs(seconds) <= _WIDEST_SHIFT.total_seconds()]
        if len(apart) < 3:
            return timedelta(0)
        usual = median(apart)
        alike = sum(abs(seconds - usual) <= 3600 for seconds in apart)
        return timedelta(seconds=usual) if alike >= TITLE * len(pairs) else timedelta(0)

    # --- numbers and durations ---

    def of_number(self, slug: str) -> list[int]:
        """The items with the season and episode of a record; none without a number, or with one of many items."""
        episode = self.episodes[slug]
        items = [] if episode.episode is None else self.items_of[episode.season, episode.episode]
        return items if len(items) <= _MOST_ALIKE else []

    def with_number(self, index: int) -> list[str]:
        """The records with the season and episode of an item; none with a number that many records have."""
        item = self.items[index]
        slugs = [] if item.episode is None else self.slugs_of[item.season, item.episode]
        return slugs if len(slugs) <= _MOST_ALIKE else []

    def same_number(self, slug: str, index: int) -> str:
        """The evidence of season, episode and title, or nothing."""
        episode, item = self.episodes[slug], self.items[index]
        if episode.episode is None or (episode.season, episode.episode) != (item.season, item.episode):
            return ""
        share = self.title_share(slug, index)
        season = "" if item.season is None else f"season {item.season}, "
        return f"{season}episode {item.episode}, title {share:.0%}" if share >= TITLE else ""

    def has_other_number(self, slug: str, index: int) -> bool:
        """Whether both have an episode number, and not the same."""
        episode, item = self.episodes[slug], self.items[index]
        numbers = (episode.season, episode.episode), (item.season, item.episode)
        return episode.episode is not None and item.episode is not None and numbers[0] != numbers[1]

    def has_duration(self, slug: str, index: int, most: float) -> bool:
        """Whether both durations are known and differ by at most the share ``most``."""
        ours, theirs = self.episodes[slug].duration_s, self.items[index].duration_s
        return bool(ours and theirs) and abs((ours or 0) - (theirs or 0)) <= most * max(ours or 0, theirs or 0)

    def same_day_and_duration(self, slug: str, index: int) -> str:
        """The evidence of date, duration and title, or nothing."""
        if not (self.same_day(slug, index) and self.has_duration(slug, index, DURATION)):
            return ""
        share = self.title_share(slug, index)
        return f"date, duration, title {share:.0%}" if share >= TITLE else ""

    # --- all of it ---

    def contradiction(self, slug: str, index: int) -> str:
        """What says that a likely pair is two episodes, or nothing.

        A date that only these two have is believed against numbers and durations, numbers that are all unique against
        dates, and nothing against a duration of less than half.
        """
        if self._has_far_duration(slug, index):
            return "duration"
        if self.has_own_instant(slug, index):
            return ""
        same_number, own_day = self.same_number(slug, index), self.has_own_day(slug, index)
        if (same_number and self.has_unique_numbers) or (own_day and self.same_day(slug, index)):
            return "date" if not same_number and self.is_nearer_elsewhere(slug, index) else ""
        distance = self.distance(slug, index)
        if distance is not None and (distance > _WIDEST_SHIFT or self.is_nearer_elsewhere(slug, index)):
            return "date"
        if self.has_other_number(slug, index):
            return "episode number"
        if distance is not None and self._has_other_duration(slug, index):
            return "duration"
        return ""

    def has_own_instant(self, slug: str, index: int) -> bool:
        """Whether the two have the same date and time, and no other item or record has."""
        instant, episode = self.items[index].pub_date, self.episodes[slug]
        if instant is None or episode.pub_date_is_day or episode.pub_date != instant:
            return False
        return self.item_instants[instant] == self.slug_instants[instant] == 1

    def _has_far_duration(self, slug: str, index: int) -> bool:
        """Whether both durations are known, and one is less than half of the other."""
        ours, theirs = self.episodes[slug].duration_s, self.items[index].duration_s
        return bool(ours and theirs) and not self.has_duration(slug, index, _HALF)

    def _has_other_duration(self, slug: str, index: int) -> bool:
        """Whether the durations differ, or the record has exactly that of another item that is as near in date."""
        ours, theirs = self.episodes[slug].duration_s, self.items[index].duration_s
        if not ours or not theirs or abs(ours - theirs) <= EXACT_S:
            return False
        apart = self.distance(slug, index) or timedelta(0)
        near = [other for other in self.of_day(slug) if other != index]
        others = [self.items[other].duration_s for other in near if (self.distance(slug, other) or apart) <= apart]
        exact = any(other and abs(ours - other) <= EXACT_S for other in others)
        return exact or not self.has_duration(slug, index, DURATION)


def _days(instant: datetime) -> Iterable[int]:
    return (instant.toordinal() + shift for shift in _NEAR_DAYS)


def _common(titles: Sequence[Sequence[str]]) -> frozenset[str]:
    """The words that say nothing, because many titles have them."""
    counts = Counter(word for title in titles for word in set(title))
    return frozenset(word for word, count in counts.items() if count >= 3 and count > _COMMON * len(titles))


def _rare(words: Iterable[str], common: frozenset[str]) -> frozenset[str]:
    """The content words that few titles have; all of them if only numbers would be left."""
    every = frozenset(words)
    rare = every - common
    return content_of(every if all(word.isdigit() for word in rare) else rare)


def _titles(episode: Episode, common: frozenset[str]) -> tuple[frozenset[str], ...]:
    return tuple(_rare(words_of(title), common) for title in (episode.title, episode.short))


def _title_keys(episode: Episode) -> frozenset[str]:
    return frozenset(" ".join(words_of(title)) for title in (episode.title, episode.short)) - {""}


def _names(episode: Episode) -> frozenset[str]:
    """The people of a record, spelled: hosts add them to the titles of their items."""
    return frozenset(spell(name) for name in (*episode.guests, *(credit.name for credit in episode.people))) - {""}


class _ItemTitle:
    """The words of an item's title, ready to be compared with those of many records."""

    def __init__(self, words: tuple[str, ...], common: frozenset[str]) -> None:
        self.words = words
        self.common = common
        self.letters = "".join(words)
        self.content = _rare(words, common)

    def without(self, names: frozenset[str]) -> frozenset[str]:
        """The content words, without these people."""
        named = any(name in self.letters for name in names)
        return _rare(without_names(self.words, names), self.common) if named else self.content
