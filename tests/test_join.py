# ruff: noqa: ANN401 - a builder takes any field of its value by name
from __future__ import annotations

import random
from datetime import timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from builders import a_credit, a_known, an_enclosure, an_episode, at
from hypothesis import given, settings
from hypothesis import strategies as st

from feedbuilder.model import AudioSource, Episode, Known, Ledger
from feedbuilder.upstream.feed import UpstreamItem
from feedbuilder.upstream.join import Contested, Doubtful, Join, Joined, join
from feedbuilder.upstream.titles import content_of, share_of, spell, without_names, words_of

NOTHING = Ledger()
LOW, HIGH, EBB = "Reading the low tide", "Sailing on a high tide", "How mudflats are mapped"


def an_item(guid: str, title: str = "Something else", number: int | None = None, **overrides: Any) -> UpstreamItem:
    """An item; with a number, of season 2."""
    fields: dict[str, Any] = {"season": 2 if number else None, "episode": Decimal(number) if number else None}
    return UpstreamItem(guid=guid, title=title, **{**fields, **overrides})


def a_record(slug: str, title: str = "Nothing like it", number: int | None = None, **overrides: Any) -> Episode:
    fields: dict[str, Any] = {"season": 2 if number else None, "episode": Decimal(number) if number else None}
    return an_episode(slug, title=title, **{**fields, **overrides})


def hosted(host_id: str) -> dict[str, Any]:
    return {"ids": {"anchor": f"Any-Title-{host_id}"}}


def pairs(found: Join) -> list[tuple[str, int]]:
    return [(pair.slug, pair.item) for pair in found.pairs]


def test_a_guid_in_the_record_joins() -> None:
    found = join([an_item("x"), an_item("g")], [a_record("one", guid="g")], NOTHING)
    assert found == Join((Joined("one", 1, "guid g"),), (), (), (), (0,))


def test_a_guid_in_the_ledger_joins_and_the_record_has_the_last_word() -> None:
    known = Ledger(episodes={"one": a_known(guid="a"), "two": a_known(guid="b")})
    found = join([an_item("b"), an_item("a"), an_item("c")], [a_record("one", guid="c"), a_record("two")], known)
    assert pairs(found) == [("two", 0), ("one", 2)]


def test_guids_are_compared_with_case() -> None:
    assert join([an_item("G")], [a_record("one", guid="g")], NOTHING).pairs == ()


def test_a_host_id_joins_whatever_its_shape() -> None:
    link: dict[str, Any] = {"links": {"anchor": "https://anchor.fm/harbour/episodes/A-e1a2b3c/a-z1"}}
    items = [an_item("g", host_id="e1a2b3d"), an_item("h", host_id="e1a2b3c")]
    found = join(items, [a_record("one", **link), a_record("two", **hosted("e1a2b3d"))], NOTHING)
    assert found.pairs == (Joined("two", 0, "host id e1a2b3d"), Joined("one", 1, "host id e1a2b3c"))


def test_the_ledgers_host_id_counts_for_a_record_that_says_nothing_of_it() -> None:
    known = Ledger(
        episodes={"one": a_known(guid="old", host_id="e1a2b3c"), "two": a_known(guid="o", host_id="e1a2b3c")}
    )
    items = [an_item("g", host_id="e1a2b3c")]
    assert pairs(join(items, [a_record("one")], known)) == [("one", 0)]
    assert join(items, [a_record("two", ids={"anchor": "TODO"})], known).pairs == ()


def test_a_play_id_joins_where_the_link_has_no_host_id() -> None:
    found = join([an_item("g", play_id=43117100)], [a_record("one", **hosted("e1a2b3c"))], NOTHING)
    assert found.pairs == (Joined("one", 0, "play id 43117100"),)


def test_season_episode_and_title_join() -> None:
    found = join([an_item("g", LOW, 7)], [a_record("one", LOW.upper(), 7)], NOTHING)
    assert found.pairs == (Joined("one", 0, "season 2, episode 7, title 100%"),)


@pytest.mark.parametrize(
    ("title", "short", "guests", "theirs", "share"),
    [
        ("Low tide!", "", (), "LOW TIDE", "100%"),
        ("Crème fraîche", "", (), "Creme Fraiche", "100%"),
        (LOW, "", (), f"{LOW} - Bo Finch", "100%"),
        ("A book of shells and their names", "Shells", (), "Shells with Bo Finch", "100%"),
        ("Dune walking in winter storms", "", ("bofinch",), "Winter storms Bo Finch", "100%"),
        ("Walking the dune line after storms", "", ("bofinch",), "Storms, dune, gulls Bo Finch", "67%"),
        ("Walking the dune line after storms", "", ("bo-finch",), "Storms, dune, gulls (Bo Finch)", "67%"),
        ("Gulls and terns over harbours", "", (), "Terns over harbours, seals, kelp", "60%"),
    ],
)
def test_titles_agree_when_60_percent_of_their_content_words_do(
    title: str, short: str, guests: tuple[str, ...], theirs: str, share: str
) -> None:
    found = join([an_item("g", theirs, 7)], [a_record("one", title, 7, short=short, guests=guests)], NOTHING)
    assert [pair.evidence for pair in found.pairs] == [f"season 2, episode 7, title {share}"]


def test_people_count_as_guests_do() -> None:
    record = a_record("one", "Storms and dune walking", 7, people=(a_credit("Bo Finch"),))
    assert pairs(join([an_item("g", "Storms, gulls, dune, Bo Finch, cont.", 7)], [record], NOTHING)) == []
    assert pairs(join([an_item("g", "Storms, gulls, dune: Bo Finch", 7)], [record], NOTHING)) == [("one", 0)]


@pytest.mark.parametrize(
    ("record", "item"),
    [
        (a_record("one", LOW, 7), an_item("g", LOW, 8)),
        (a_record("one", LOW, 7, season=3), an_item("g", LOW, 7)),
        (a_record("one", LOW), an_item("g", LOW)),
    ],
)
def test_a_title_alone_is_doubtful(record: Episode, item: UpstreamItem) -> None:
    assert join([item], [record], NOTHING) == Join((), (Doubtful("one", (0,), "only the title matches"),), (), (), ())


def test_a_number_alone_is_doubtful() -> None:
    found = join([an_item("g", HIGH, 7)], [a_record("one", EBB, 7)], NOTHING)
    assert found == Join((), (Doubtful("one", (0,), "only season and episode match"),), (), (), ())


def test_a_number_without_a_season_joins_where_neither_has_one() -> None:
    found = join([an_item("g", LOW, 7, season=None)], [a_record("one", LOW, 7, season=None)], NOTHING)
    assert found.pairs == (Joined("one", 0, "episode 7, title 100%"),)


DAY: dict[str, Any] = {"pub_date": at("2024-05-01T15:00"), "duration_s": 1700.0}


@pytest.mark.parametrize(
    ("changes", "joins"),
    [
        ({}, True),
        ({"pub_date": at("2024-05-01T15:00") + timedelta(hours=24)}, True),
        ({"pub_date": at("2024-05-01T15:00") - timedelta(hours=24)}, True),
        ({"pub_date": at("2024-05-01T15:00") + timedelta(hours=25)}, False),
        ({"pub_date": None}, False),
        ({"duration_s": 2000.0}, True),
        ({"duration_s": 2001.0}, False),
        ({"duration_s": None}, False),
        ({"title": HIGH}, False),
    ],
)
def test_date_duration_and_title_join_together(changes: dict[str, Any], joins: bool) -> None:
    item = UpstreamItem(**{"guid": "g", "title": "Reading the low winter sun", **DAY, **changes})
    found = join([item], [a_record("one", LOW, **DAY)], NOTHING)
    assert [pair.evidence.startswith("date, duration, title ") for pair in found.pairs] == ([True] if joins else [])


def test_an_id_in_two_records_counts_for_neither_and_other_evidence_decides() -> None:
    items = [an_item("low", LOW, 7, host_id="e1a2b3c"), an_item("high", HIGH, 8, host_id="e7d8f9g")]
    records = [a_record("a-high", HIGH, 8, **hosted("e1a2b3c")), a_record("b-low", LOW, 7, **hosted("e1a2b3c"))]
    assert join(items, records, NOTHING) == Join(
        (Joined("b-low", 0, "season 2, episode 7, title 100%"), Joined("a-high", 1, "season 2, episode 8, title 100%")),
        (),
        (Contested("host id e1a2b3c", ("a-high", "b-low"), (0,)),),
        (),
        (),
    )


def test_a_contested_id_without_other_evidence_is_doubtful_for_both() -> None:
    items = [an_item("low", host_id="e1a2b3c", play_id=43117100)]
    found = join(items, [a_record("a", **hosted("e1a2b3c")), a_record("b", **hosted("e1a2b3c"))], NOTHING)
    why = "its host id e1a2b3c is not unique"
    assert found.doubtful == (Doubtful("a", (0,), why), Doubtful("b", (0,), why))
    assert found.contested == (Contested("host id e1a2b3c", ("a", "b"), (0,)),)


def test_an_id_in_two_items_counts_for_neither() -> None:
    items = [an_item("g"), an_item("g"), an_item("h")]
    found = join(items, [a_record("one", guid="g")], NOTHING)
    assert found.pairs == ()
    assert found.contested == (Contested("guid g", ("one",), (0, 1)),)
    assert found.doubtful == (Doubtful("one", (0, 1), "its guid g is not unique"),)
    assert found.unmatched_items == (2,)


def test_two_similar_items_are_distinguished_by_the_day_only() -> None:
    records = [a_record("one", LOW, 7, **DAY)]
    apart = [an_item("g", LOW, 7, **DAY), an_item("h", LOW, 7, pub_date=at("2023-01-01"), duration_s=1700.0)]
    assert pairs(join(apart, records, NOTHING)) == [("one", 0)]
    alike = [an_item("g", LOW, 7, **DAY), an_item("h", LOW, 7, **DAY)]
    assert join(alike, records, NOTHING).doubtful == (
        Doubtful("one", (0, 1), "more than one episode file or item matches"),
    )


def test_a_host_id_that_contradicts_number_and_title_counts_for_neither() -> None:
    items = [an_item("low", LOW, 7, host_id="e1a2b3c"), an_item("high", HIGH, 8, host_id="e7d8f9g")]
    found = join(items, [a_record("a-high", HIGH, 8, **hosted("e1a2b3c")), a_record("b-low", LOW, 7)], NOTHING)
    assert found.pairs == ()
    assert found.doubtful == (
        Doubtful(
            "a-high", (0, 1), "its host id e1a2b3c is that of one item, its title and number or day those of another"
        ),
        Doubtful("b-low", (0,), "a-high has the host id e1a2b3c of its item"),
    )


def test_an_id_that_everything_confirms_is_the_evidence() -> None:
    found = join([an_item("g", LOW, 7, host_id="e1a2b3c")], [a_record("a", LOW, 7, **hosted("e1a2b3c"))], NOTHING)
    assert found.pairs == (Joined("a", 0, "host id e1a2b3c"),)


def test_a_number_alone_contradicts_nothing() -> None:
    items = [an_item("low", LOW, 7, host_id="e1a2b3c"), an_item("high", HIGH, 8)]
    assert pairs(join(items, [a_record("a", EBB, 8, **hosted("e1a2b3c"))], NOTHING)) == [("a", 0)]


def test_a_title_alone_contradicts_nothing() -> None:
    records = [a_record("a", EBB, **hosted("e1a2b3c")), a_record("b", LOW)]
    found = join([an_item("low", LOW, host_id="e1a2b3c")], records, NOTHING)
    assert (pairs(found), found.unmatched_records) == ([("a", 0)], ("b",))


def test_a_host_id_that_another_record_contradicts_counts_for_neither() -> None:
    records = [a_record("a", EBB, 9, **hosted("e1a2b3c")), a_record("b", LOW, 7)]
    found = join([an_item("low", LOW, 7, host_id="e1a2b3c")], records, NOTHING)
    assert (found.pairs, [doubt.slug for doubt in found.doubtful]) == ((), ["a", "b"])


def test_a_play_id_can_contradict_too() -> None:
    items = [an_item("low", LOW, 7, play_id=43117100), an_item("high", HIGH, 8)]
    found = join(items, [a_record("a-high", HIGH, 8, **hosted("e1a2b3c"))], NOTHING)
    why = "its play id 43117100 is that of one item, its title and number or day those of another"
    assert (found.pairs, found.doubtful) == ((), (Doubtful("a-high", (0, 1), why),))


def test_what_a_guid_joined_a_host_id_does_not_take() -> None:
    items = [an_item("g", host_id="e1a2b3c"), an_item("h", host_id="e7d8f9g")]
    records = [a_record("a", guid="g", **hosted("e7d8f9g")), a_record("b", **hosted("e1a2b3c"))]
    found = join(items, records, NOTHING)
    assert pairs(found) == [("a", 0)]
    assert (found.unmatched_records, found.unmatched_items) == (("b",), (1,))


def test_a_host_id_is_no_contradiction_when_the_others_have_their_items() -> None:
    items = [an_item("low", LOW, 7, host_id="e1a2b3c"), an_item("again", LOW, 7)]
    records = [a_record("a", EBB, 9, **hosted("e1a2b3c")), a_record("b", LOW, 7, guid="again")]
    assert pairs(join(items, records, NOTHING)) == [("a", 0), ("b", 1)]


def test_a_guid_is_believed_against_everything_else() -> None:
    items = [an_item("low", LOW, 7), an_item("high", HIGH, 8)]
    assert pairs(join(items, [a_record("a-high", HIGH, 8, guid="low")], NOTHING)) == [("a-high", 0)]


def test_leftovers_of_both_sides_are_listed() -> None:
    items = [an_item("trailer", "What this is"), an_item("low", LOW, 7)]
    found = join(items, [a_record("one", LOW, 7), a_record("new-one", "Never heard")], NOTHING)
    assert (found.unmatched_records, found.unmatched_items) == (("new-one",), (0,))


def test_titles_of_many_leftovers_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedbuilder.upstream.join._COURTESY", 3)
    found = join([an_item("g", LOW), an_item("h", LOW)], [a_record("one", LOW), a_record("two", LOW)], NOTHING)
    assert (found.doubtful, found.unmatched_records, found.unmatched_items) == ((), ("one", "two"), (0, 1))


# --- titles ---


def test_words_are_folded_and_numbers_are_content() -> None:
    assert words_of("It’s 2 a.m., GROẞE Straße") == ("it", "s", "2", "a", "m", "grosse", "strasse")
    assert content_of(words_of("Part 2 of it")) == {"part", "2"}
    assert content_of(words_of("To be")) == {"to", "be"}
    assert share_of(content_of(words_of("Part 1")), content_of(words_of("Part 2"))) == 0.5
    assert share_of(frozenset(), frozenset({"a"})) == 0.0


def test_only_whole_words_are_names() -> None:
    assert without_names(words_of("Ada Brookside and Ada Brook"), frozenset({"adabrook"})) == (
        "ada",
        "brookside",
        "and",
    )
    assert spell("Zoë O'Brien-Smith") == "zoeobriensmith"


# --- whatever the show ---

HOSTS = ["", "e1a2b3c", "e1a2b3d", "e7d8f9g"]
TITLES = [LOW, HIGH, EBB, "What terns eat", "A lighthouse keeper's winter", "Salt marsh birds", "Wreck diving today"]

SIDE = st.lists(st.tuples(st.sampled_from(TITLES), st.integers(1, 4), st.sampled_from(HOSTS)), max_size=8)


@settings(max_examples=80)
@given(
    st.lists(
        st.tuples(st.sampled_from(TITLES), st.integers(1, 4), st.sampled_from(["", "e1a2b3c", "e1a2b3d", "e7d8f9g"])),
        max_size=8,
    ),
    st.lists(
        st.tuples(st.sampled_from(TITLES), st.integers(1, 4), st.sampled_from(["", "e1a2b3c", "e1a2b3d", "e7d8f9g"])),
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
def test_everything_is_in_one_place_and_order_does_not_matter(
    items: list[tuple[str, int, str]], records: list[tuple[str, int, str]], shuffler: random.Random
) -> None:
    theirs = [an_item(f"g{n}", title, number, host_id=host) for n, (title, number, host) in enumerate(items)]
    ours = [
        a_record(f"r{n}", title, number, **(hosted(host) if host else {}))
        for n, (title, number, host) in enumerate(records)
    ]
    found = join(theirs, ours, NOTHING)
    slugs = [*(pair.slug for pair in found.pairs), *(doubt.slug for doubt in found.doubtful), *found.unmatched_records]
    assert sorted(slugs) == sorted(record.slug for record in ours)
    joined = {pair.item for pair in found.pairs}
    candidates = {index for doubt in found.doubtful for index in doubt.items}
    assert len(joined) == len(found.pairs)
    assert not joined & (candidates | set(found.unmatched_items))
    assert joined | candidates | set(found.unmatched_items) == set(range(len(theirs)))
    shuffled = shuffler.sample(ours, len(ours))
    assert join(theirs, shuffled, NOTHING) == found


@settings(max_examples=40)
@given(st.permutations(range(7)))
def test_a_second_sync_joins_the_same_by_guid_alone(order: list[int]) -> None:
    theirs = [an_item(f"g{n}", TITLES[n], n + 1) for n in order]
    ours = [a_record(f"r{n}", TITLES[n], n + 1) for n in range(7)]
    first = join(theirs, ours, NOTHING)
    assert {pair.slug: theirs[pair.item].guid for pair in first.pairs} == {f"r{n}": f"g{n}" for n in range(7)}
    known = Ledger(episodes={pair.slug: Known(guid=theirs[pair.item].guid) for pair in first.pairs})
    renumbered = [a_record(f"r{n}", "Quite another title", 20 + n) for n in range(7)]
    assert pairs(join(theirs, renumbered, known)) == pairs(first)


# --- equal titles, and names in addresses -------------------------------------------------------------------------


def test_a_daily_show_joins_by_title_date_and_time() -> None:
    days = [at("2024-01-02T08:00") + timedelta(days=day) for day in range(6)]
    items = [an_item(f"new-{n}", "Talk about the sea", pub_date=day) for n, day in enumerate(days)]
    records = [a_record(f"r{n}", "Talk about the sea", pub_date=day) for n, day in enumerate(days)]
    found = join(items, records, NOTHING)
    assert pairs(found) == [(f"r{n}", n) for n in range(6)]
    assert {pair.evidence for pair in found.pairs} == {"title, date and time"}


@pytest.mark.parametrize("hours", [0, 2, 9, -14])
def test_unique_titles_join_on_the_same_day_in_any_time_zone(hours: int) -> None:
    days = [at("2024-01-02T08:00") + timedelta(days=day) for day in range(5)]
    titles = ["Anchors", "Buoys", "Cranes", "Docks", "Eddies"]
    items = [an_item(title, f"Talk about {title}!", pub_date=day) for title, day in zip(titles, days, strict=True)]
    records = [
        a_record(title, f"talk about {title}", pub_date=day + timedelta(hours=hours))
        for title, day in zip(titles, days, strict=True)
    ]
    assert [pair.slug for pair in join(items, records, NOTHING).pairs] == titles


def test_a_bare_day_is_compared_in_the_zone_of_the_show() -> None:
    zone = timezone(timedelta(hours=9))
    items = [an_item(str(day), f"Part {day}", pub_date=at(f"2024-01-{day:02}T20:00")) for day in (1, 2, 3)]
    records = [
        a_record(f"r{day}", f"Part {day}", pub_date=at(f"2024-01-{day:02}T15:00"), pub_date_is_day=True)
        for day in (1, 2, 3)
    ]
    assert pairs(join(items, records, NOTHING, zone=zone)) == [("r1", 0), ("r2", 1), ("r3", 2)]


def test_titles_that_two_neighbours_swapped_join_neither() -> None:
    days = [at("2024-01-02T08:00") + timedelta(days=day) for day in range(4)]
    titles = ["Anchors", "Buoys", "Cranes", "Docks"]
    items = [an_item(title, title, pub_date=day) for title, day in zip(titles, days, strict=True)]
    swapped = ["Anchors", "Cranes", "Buoys", "Docks"]
    records = [a_record(f"r{n}", title, pub_date=days[n]) for n, title in enumerate(swapped)]
    found = join(items, records, NOTHING)
    assert pairs(found) == [("r0", 0), ("r3", 3)]
    assert found.doubtful == (
        Doubtful("r1", (2,), "title and day match this item, its date another"),
        Doubtful("r2", (1,), "title and day match this item, its date another"),
    )


@pytest.mark.parametrize(
    ("slug", "link", "joins"),
    [
        ("copper-pot", "https://show.example/2024/01/copper-pot.html", True),
        ("2024-01-01-copper-pot", "https://show.example/2024/01/01/copper-pot/", True),
        ("2024-01-01-copper-pot", "https://show.example/2024/01/01/copper-pot/index.html", True),
        ("Copper-Pot", "https://show.example/e/copper%2Dpot?ref=feed#top", True),
        ("copper-pot", "https://show.example/copper-pot/transcript", False),
        ("episode-12", "https://show.example/2019/episode-12", False),
        ("12", "https://show.example/12", False),
    ],
)
def test_a_page_under_the_name_of_the_record_joins(slug: str, link: str, joins: bool) -> None:
    assert bool(join([an_item("g", link_url=link)], [a_record(slug)], NOTHING).pairs) is joins
    assert bool(join([an_item(link)], [a_record(slug)], NOTHING).pairs) is joins


@pytest.mark.parametrize("permalink", ["/blog/the-copper-pot/", "https://show.example/blog/the-copper-pot.html"])
def test_the_permalink_of_a_record_joins(permalink: str) -> None:
    items = [
        an_item("g", link_url="https://show.example/blog/the-copper-pot"),
        an_item("h", link_url="https://x.example/"),
    ]
    assert pairs(join(items, [a_record("042", permalink=permalink)], NOTHING)) == [("042", 0)]


def test_a_page_name_on_two_items_joins_nothing() -> None:
    links = ["https://show.example/2019/ebb", "https://show.example/2020/ebb"]
    found = join([an_item(link, link_url=link) for link in links], [a_record("ebb")], NOTHING)
    assert found.pairs == ()
    assert found.doubtful == (Doubtful("ebb", (0, 1), "more than one episode file or item matches"),)


@pytest.mark.parametrize(
    ("audio", "joins"),
    [
        (AudioSource(file="assets/audio/copper-pot.mp3"), True),
        (AudioSource(file="/audio/copper-pot.mp3"), True),
        (AudioSource(file="copper-pot.mp3"), True),
        (AudioSource(url="https://other.example/x/copper-pot.mp3"), True),
        (AudioSource(file="old/copper-pot.mp3"), False),
        (AudioSource(file="episode.mp3"), False),
    ],
)
def test_the_path_or_name_of_the_audio_file_joins(audio: AudioSource, joins: bool) -> None:
    item = an_item("g", enclosure=an_enclosure(url="https://show.example/assets/audio/copper-pot.mp3"))
    assert bool(join([item], [a_record("one", audio=audio)], NOTHING).pairs) is joins


def test_words_that_every_title_has_say_nothing() -> None:
    titles = ["anchors", "buoys", "cranes", "docks"]
    items = [an_item(title, f"Talk about {title}", 1) for title in titles[1:]]
    assert join(items[:1] + items[1:], [a_record("r", "Talk about anchors", 1)], NOTHING).pairs == ()


# --- 500 damaged shows ---

NOUNS = ["anchors", "buoys", "cranes", "docks", "eddies", "ferries", "gulls", "hulls", "inlets", "jetties", "keels"]


def a_damaged_show(seed: int) -> tuple[list[UpstreamItem], list[Episode]]:
    """Items and records of one show; the guid of each item is the slug of its record.

    Some are missing on either side. Titles of records may be shuffled, all days or durations equal, numbers reused; if
    titles are shuffled, at most one of the others is damaged: else nothing could tell.
    """
    rng = random.Random(seed)
    size = rng.randint(2, 24)
    form = rng.choice(["{}", "Talk about {}", "The sea: {}", "Episode with {} and friends"])
    titles = [form.format(f"{rng.choice(NOUNS)} {rng.choice(NOUNS)} {number}") for number in range(size)]
    damage = {kind for kind in ("days", "durations", "numbers") if rng.random() < 0.4}
    shuffled = rng.random() < 0.5
    while shuffled and len(damage) > 1:
        damage.discard(rng.choice(sorted(damage)))
    written = titles[:]
    if shuffled:
        some = rng.sample(range(size), rng.randint(2, size))
        moved = some[:]
        rng.shuffle(moved)
        for target, source in zip(some, moved, strict=True):
            written[target] = titles[source]
    step, bare = rng.choice([timedelta(hours=3), timedelta(days=1), timedelta(days=7)]), rng.random() < 0.3
    items, records = [], []
    for number in range(size):
        day = at("2024-01-01T08:00") + (timedelta(0) if "days" in damage else step * number)
        facts: dict[str, Any] = {
            "duration_s": 1800.0 if "durations" in damage else rng.uniform(600, 6000),
            "season": None,
            "episode": Decimal(1 + number % 3 if "numbers" in damage else number + 1),
        }
        slug = f"r{number:02}"
        if rng.random() < 0.9:
            items.append(an_item(slug, titles[number], pub_date=day, **facts))
        if rng.random() < 0.9:
            dated: dict[str, Any] = {"pub_date": day.replace(hour=0) if bare else day, "pub_date_is_day": bare}
            records.append(a_record(slug, written[number], **facts, **dated))
    rng.shuffle(items)
    rng.shuffle(records)
    return items, records


@pytest.mark.parametrize("first", range(0, 500, 50))
def test_no_damaged_show_joins_an_episode_wrongly(first: int) -> None:
    joined = 0
    for seed in range(first, first + 50):
        items, records = a_damaged_show(seed)
        found = join(items, records, NOTHING)
        assert [(pair, items[pair.item].title) for pair in found.pairs if pair.slug != items[pair.item].guid] == [], (
            seed
        )
        joined += len(found.pairs)
    assert joined > 100
