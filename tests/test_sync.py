# ruff: noqa: ANN401 - a builder takes any field of its value by name
from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from builders import a_known, a_ledger, an_enclosure, an_episode, at
from hypothesis import given, settings
from hypothesis import strategies as st

from feedbuilder.errors import Mark
from feedbuilder.ledger import guard, save
from feedbuilder.model import AudioSource, Enclosure, Episode, Known, Ledger
from feedbuilder.rules.findings import format_problem
from feedbuilder.sync import Change, SyncResult, sync
from feedbuilder.upstream.feed import UpstreamFeed, UpstreamItem

WHERE = "https://host.example/rss"
GUID = "3904c408-ac19-52db-9ae9-0742248823e7"


def an_item(slug: str, **overrides: Any) -> UpstreamItem:
    """The item of an episode, as its host has it."""
    fields: dict[str, Any] = {
        "guid": f"guid-of-{slug}",
        "title": "Reading tide tables",
        "pub_date": at("2024-05-01T17:00"),
        "enclosure": an_enclosure(slug),
        "duration_s": 1800.0,
        "mark": Mark(WHERE, 7),
    }
    return UpstreamItem(**{**fields, **overrides})


def a_feed(*items: UpstreamItem, **overrides: Any) -> UpstreamFeed:
    return UpstreamFeed(url=WHERE, items=items, **overrides)


def a_record(slug: str, **overrides: Any) -> Episode:
    """A record that knows its guid."""
    return an_episode(slug, **{"guid": f"guid-of-{slug}", **overrides})


def said(result: SyncResult) -> list[str]:
    return [format_problem(problem) for problem in result.problems]


def test_a_first_sync_fills_the_ledger() -> None:
    result = sync(
        a_feed(an_item("a", host_id="e1a2b3c"), podcast_guid=GUID, feed_url="https://x.example"),
        [a_record("a")],
        Ledger(),
    )
    assert result.ledger == Ledger(GUID, "", WHERE, {"a": a_known("a", host_id="e1a2b3c")})
    assert result.changes == (
        Change("a", "guid", "", "guid-of-a"),
        Change("a", "pub_date", "", "2024-05-01T17:00:00+00:00"),
        Change("a", "enclosure.url", "", "https://audio.example/a.mp3"),
        Change("a", "enclosure.length_bytes", "", "12345678"),
        Change("a", "enclosure.type", "", "audio/mpeg"),
        Change("a", "duration_s", "", "1800"),
        Change("a", "host_id", "", "e1a2b3c"),
    )
    assert result.problems == ()


def test_a_second_sync_changes_nothing() -> None:
    feed, records = a_feed(an_item("b"), an_item("a")), [a_record("a"), a_record("b")]
    first = sync(feed, records, Ledger())
    second = sync(feed, records, first.ledger)
    assert (second.ledger, second.changes, second.problems) == (first.ledger, (), ())
    assert list(first.ledger.episodes) == ["a", "b"]


def test_the_guid_comes_from_the_feed_when_other_evidence_joins() -> None:
    record = an_episode("a", ids={"anchor": "Any-e1a2b3c"}, season=2, episode=Decimal(7))
    result = sync(a_feed(an_item("a", guid="theirs", host_id="e1a2b3c")), [record], Ledger())
    assert result.ledger.episodes["a"].guid == "theirs"


def test_a_guid_that_is_known_or_written_is_never_changed() -> None:
    item = an_item("a", guid="theirs", host_id="e1a2b3c")
    record = an_episode("a", ids={"anchor": "Any-e1a2b3c"})
    known = sync(a_feed(item), [record], a_ledger(episodes={"a": Known(guid="ours")}))
    written = sync(a_feed(item), [replace(record, guid="ours")], Ledger())
    for result in (known, written):
        assert result.ledger.episodes["a"] == a_known("a", guid="ours", host_id="e1a2b3c")
        assert said(result) == [
            (
                "episodes/a.md: warning SYNC-1: the guid 'theirs' of 'Reading tide tables' is 'ours' here; "
                "subscribers keep the known one. If nobody reads your own feed yet, delete this episode from "
                "the ledger and guid: from its record."
            )
        ]


@pytest.mark.parametrize(
    ("told", "fields"),
    [
        (Enclosure("https://audio.example/new.mp3", 7, "audio/mpeg"), ["enclosure.url", "enclosure.length_bytes"]),
        (Enclosure("https://audio.example/a.mp3", 12_345_678, "audio/x-m4a"), ["enclosure.type"]),
    ],
)
def test_other_audio_waits_until_it_is_accepted(told: Enclosure, fields: list[str]) -> None:
    feed = a_feed(an_item("a", enclosure=told, duration_s=9.0))
    waiting = sync(feed, [a_record("a")], a_ledger("a"))
    assert waiting.ledger.episodes["a"].enclosure == an_enclosure("a")
    assert [change.field for change in waiting.changes if change.waiting] == fields
    assert said(waiting) == [
        (
            "episodes/a.md: warning SYNC-2 the host's audio is "
            f"'{told.url}' ({told.type}) now, and was 'https://audio.example/a.mp3' (audio/mpeg): not taken over; "
            "run `feedbuilder ledger accept a`"
        )
    ]
    accepted = sync(feed, [a_record("a")], a_ledger("a"), accepted=["a"])
    assert accepted.ledger.episodes["a"] == a_known("a", enclosure=told, duration_s=9.0)
    assert accepted.problems == ()


def test_the_duration_of_audio_that_waits_waits_too() -> None:
    feed = a_feed(an_item("a", enclosure=an_enclosure("new"), duration_s=9.0))
    assert sync(feed, [a_record("a")], a_ledger("a")).ledger.episodes["a"].duration_s == 1800.0


def test_a_changed_length_alone_is_taken_over_with_a_warning() -> None:
    known = a_ledger(episodes={"a": a_known("a", enclosure=an_enclosure("a", sha256="aa"))})
    result = sync(a_feed(an_item("a", enclosure=an_enclosure("a", length_bytes=7, type=""))), [a_record("a")], known)
    assert result.ledger.episodes["a"].enclosure == an_enclosure("a", length_bytes=7)
    assert result.changes == (Change("a", "enclosure.length_bytes", "12345678", "7"),)
    assert said(result) == [
        (
            "episodes/a.md: warning SYNC-3: 'https://audio.example/a.mp3' had 12345678 bytes and has 7; taken "
            "over. Nothing to do, or publish it anew."
        )
    ]


def test_a_length_that_the_record_says_is_to_be_mended_there() -> None:
    feed = a_feed(an_item("a", enclosure=an_enclosure("a", length_bytes=7)))
    record = a_record("a", audio=AudioSource("https://audio.example/a.mp3", length_bytes=12_345_678))
    assert said(sync(feed, [record], a_ledger("a"))) == [
        (
            "episodes/a.md: warning SYNC-3: 'https://audio.example/a.mp3' had 12345678 bytes and has 7; the "
            "ledger follows. Write length: 7 into the record, or publish it anew."
        )
    ]


def test_a_date_that_the_host_has_moved_and_the_record_keeps_is_named() -> None:
    feed = a_feed(an_item("a", pub_date=at("2024-05-02T18:30:15")))
    records = [a_record("a", pub_date=at("2024-05-01T17:00"))]
    assert said(sync(feed, records, a_ledger("a"))) == [
        (
            "episodes/a.md: note SYNC-6: its date is 2024-05-02T18:30:15Z at the host, and "
            "2024-05-01T17:00:00Z in the record; the record's is published. To follow the host, write "
            "pub_date: 2024-05-02T18:30:15Z."
        )
    ]
    day = a_record("a", pub_date=at("2024-05-02T17:00"), pub_date_is_day=True)
    assert said(sync(feed, [day], a_ledger("a"))) == []


def test_audio_that_came_home_stays_and_waits_for_nobody() -> None:
    home = an_enclosure("a", url="https://harbour.example/media/a-1f.mp3")
    known = a_ledger(episodes={"a": a_known("a", enclosure=home)})
    result = sync(a_feed(an_item("a")), [a_record("a")], known, home_url="https://harbour.example/media/")
    assert (result.ledger.episodes["a"].enclosure, result.changes) == (home, ())
    assert said(result) == [
        (
            "episodes/a.md: note SYNC-5: the host has its own audio still; yours stays. Write upstream: none "
            "into the show file, once no new episode appears at the host."
        )
    ]


@pytest.mark.parametrize(
    ("known", "told", "expected"),
    [
        (an_enclosure("a", length_bytes=0, type=""), an_enclosure("a"), an_enclosure("a")),
        (an_enclosure("a", sha256="aa"), an_enclosure("a", length_bytes=0, type=""), an_enclosure("a", sha256="aa")),
        (an_enclosure("a", type=""), an_enclosure("a"), an_enclosure("a")),
        (an_enclosure("a"), None, an_enclosure("a")),
        (None, an_enclosure("a"), an_enclosure("a")),
    ],
)
def test_what_one_side_does_not_know_is_filled_in_silence(
    known: Enclosure | None, told: Enclosure | None, expected: Enclosure
) -> None:
    ledger = a_ledger(episodes={"a": a_known("a", enclosure=known)})
    result = sync(a_feed(an_item("a", enclosure=told)), [a_record("a")], ledger)
    assert (result.ledger.episodes["a"].enclosure, result.problems) == (expected, ())


def test_other_facts_follow_the_feed_and_are_not_forgotten_when_it_is_silent() -> None:
    told = an_item("a", pub_date=at("2024-05-02T08:00"), duration_s=1900.0, host_id="e1a2b3c")
    result = sync(a_feed(told), [a_record("a", title="Tide tables")], a_ledger("a"))
    row = a_known("a", pub_date=told.pub_date, duration_s=1900.0, host_id="e1a2b3c", title="Tide tables")
    assert result.ledger.episodes["a"] == row
    silent = an_item("a", pub_date=None, duration_s=None, enclosure=None)
    assert sync(a_feed(silent), [a_record("a", title="Tide tables")], result.ledger).ledger == result.ledger


def test_nothing_is_unlearned() -> None:
    known = a_ledger(
        "a", "gone", episodes={"a": a_known("a"), "gone": a_known("gone"), "w": a_known("w", withdrawn=True)}
    )
    result = sync(a_feed(an_item("other")), [a_record("a")], known)
    assert result.ledger == known
    assert result.changes == ()


def test_a_withdrawn_record_keeps_its_guid_in_the_ledger() -> None:
    result = sync(a_feed(an_item("a")), [a_record("a", withdrawn=True)], Ledger())
    assert result.ledger.episodes["a"] == a_known("a", withdrawn=True)


def test_a_feed_without_items_was_not_read() -> None:
    assert sync(a_feed(), [a_record("a")], Ledger()).ledger == Ledger()


def test_the_guid_of_the_show_is_taken_once_and_only_when_it_is_one() -> None:
    assert sync(a_feed(podcast_guid=GUID), [], Ledger()).ledger.podcast_guid == GUID
    assert sync(a_feed(podcast_guid=GUID.upper()), [], Ledger()).ledger.podcast_guid == GUID
    assert sync(a_feed(podcast_guid=GUID), [], Ledger(podcast_guid="known")).ledger.podcast_guid == "known"
    assert sync(a_feed(podcast_guid="soon"), [], Ledger()).ledger.podcast_guid == ""


def test_a_renamed_record_takes_its_row_along() -> None:
    result = sync(a_feed(an_item("old")), [an_episode("new", guid="guid-of-old")], a_ledger("old", "z"))
    assert result.ledger == a_ledger(episodes={"new": a_known("old", former_slugs=("old",)), "z": a_known("z")})
    assert result.changes == ()
    assert said(result) == [
        "episodes/new.md: note LED-12: the episode 'old' is now 'new'; carried over. Run `feedbuilder ledger save`."
    ]


def test_a_rename_that_only_the_feed_tells_is_one_too() -> None:
    record = an_episode("new", season=2, episode=Decimal(7))
    item = an_item("old", season=2, episode=Decimal(7))
    result = sync(a_feed(item), [record], a_ledger(episodes={"old": a_known("old", former_slugs=("older",))}))
    assert result.ledger.episodes == {"new": a_known("old", former_slugs=("older", "old"))}
    assert said(result) == [
        "episodes/new.md: note LED-12: the episode 'old' is now 'new'; carried over. Commit the ledger."
    ]


def test_the_row_of_a_record_that_cannot_be_read_is_not_given_away() -> None:
    record = an_episode("new", ids={"anchor": "Any-e1a2b3c"})
    known = a_ledger(episodes={"broken": a_known("broken", host_id="e1a2b3c")})
    result = sync(a_feed(an_item("broken", host_id="e1a2b3c")), [record], known, lost=["broken"])
    assert result.ledger == known
    assert [problem.rule for problem in result.problems] == ["SYNC-4"]


def test_a_guid_that_another_record_has_is_not_given_again() -> None:
    records = [a_record("a", guid="mine"), an_episode("b", ids={"anchor": "Any-e1a2b3c"})]
    ledger = a_ledger(episodes={"a": a_known("a", guid="guid-of-b")})
    result = sync(a_feed(an_item("b", host_id="e1a2b3c")), records, ledger)
    assert result.ledger.episodes == ledger.episodes
    assert said(result)[-1] == (
        "episodes/b.md: error SYNC-4: the guid 'guid-of-b' of 'Reading tide tables' is that of 'a' in the "
        "ledger; not taken over. Remove guid: from the wrong one."
    )


def test_what_could_not_be_joined_is_said_by_name() -> None:
    items = (
        an_item("trailer", guid="t", title="What this is about"),
        an_item("x", guid="x", title="Ebb and flow", host_id="e1a2b3c"),
        *(an_item("twice", guid="twice", title="Twice told", mark=Mark(WHERE, line)) for line in (8, 9)),
    )
    records = [
        an_episode("a", title="Nothing alike", ids={"anchor": "Any-e1a2b3c"}),
        an_episode("b", title="Ebb and flow", ids={"anchor": "Any-e1a2b3c"}),
        an_episode("c", title="Quite new"),
        an_episode("d", title="Elsewhere", guid="twice"),
    ]
    assert said(sync(a_feed(*items), records, Ledger())) == [
        (
            "https://host.example/rss:8: warning JOIN-1: the guid twice stands in 2 items; it counts for none "
            "of them. Mend it in the wrong record."
        ),
        (
            "episodes/a.md: warning JOIN-1: the host id e1a2b3c stands in 2 records: a, b; it counts for none "
            "of them. Mend it in the wrong record."
        ),
        (
            "episodes/a.md: warning JOIN-2: its host id e1a2b3c is not its alone; it may be 'Ebb and flow' "
            "(guid: 'x'); not joined. Write its guid as guid:."
        ),
        (
            "episodes/b.md: warning JOIN-2: its host id e1a2b3c is not its alone; it may be 'Ebb and flow' "
            "(guid: 'x'); not joined. Write its guid as guid:."
        ),
        (
            "episodes/d.md: warning JOIN-2: its guid twice is not its alone; it may be 'Twice told' (guid: "
            "'twice') or 'Twice told' (guid: 'twice'); not joined. Write its guid as guid:."
        ),
        (
            "https://host.example/rss:7: warning JOIN-3: the item 'What this is about' has no record; it is "
            "not in your feed. Write one with guid: 't'."
        ),
        "episodes/c.md: note JOIN-4: it is not in the host's feed. Nothing to do if it is not there yet.",
    ]


def test_who_carries_anothers_host_id_is_told_so() -> None:
    shared = {"ids": {"anchor": "Any-e1a2b3c"}}
    items = [
        an_item("a", title="Ebb and flow", season=2, episode=Decimal(1), host_id="e1a2b3c"),
        an_item("b", title="Salt marsh birds", season=2, episode=Decimal(2), host_id="e7d8f9g"),
    ]
    records = [
        an_episode("a", title="Ebb and flow", season=2, episode=Decimal(1), **shared),
        an_episode("b", title="Salt marsh birds", season=2, episode=Decimal(2), **shared),
        an_episode("c", title="Not there yet", marks={"ids.anchor": Mark("episodes/c.md", 9, 3)}, **shared),
    ]
    result = sync(a_feed(*items), records, Ledger())
    assert [(pair.slug, pair.item) for pair in result.join.pairs] == [("a", 0), ("b", 1)]
    assert said(result) == [
        (
            "episodes/b.md: warning JOIN-1: the host id e1a2b3c is that of a; it counts for none of them. "
            "Write its own, e7d8f9g."
        ),
        (
            "episodes/c.md:9:3: warning JOIN-1: the host id e1a2b3c is that of a; it counts for none of them. "
            "Remove it there."
        ),
        "episodes/c.md: note JOIN-4: it is not in the host's feed. Nothing to do if it is not there yet.",
    ]


def test_many_candidates_are_counted() -> None:
    items = [an_item(str(n), title="Reading tide tables") for n in range(5)]
    assert "more" not in said(sync(a_feed(*items[:3]), [an_episode("a")], Ledger()))[0]
    line = said(sync(a_feed(*items), [an_episode("a")], Ledger()))[0]
    assert "(guid: 'guid-of-2') or 2 more: not joined" in line
    assert "guid-of-3" not in line


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.sampled_from(["", "guid", "audio", "length", "gone"])),
        max_size=5,
        unique_by=lambda one: one[0],
    )
)
def test_after_any_sync_the_guard_lets_the_same_build_pass(edits: list[tuple[str, str]]) -> None:
    kinds = dict(edits)
    records = [a_record(slug, ids={"anchor": f"Any-e1a2b3{slug}"}) for slug in "abcd"]
    items = []
    for slug in "abcd":
        item = an_item(slug, host_id=f"e1a2b3{slug}")
        match kinds.get(slug, ""):
            case "guid":
                item = replace(item, guid="other")
            case "audio":
                item = replace(item, enclosure=an_enclosure("other"))
            case "length":
                item = replace(item, enclosure=an_enclosure(slug, length_bytes=7))
            case "gone":
                continue
        items.append(item)
    known = a_ledger("a", "b", "c")
    result = sync(a_feed(*items), records, known)
    assert guard(result.ledger, known).stops == ()
    assert {slug: row.guid for slug, row in known.episodes.items()}.items() <= {
        slug: row.guid for slug, row in result.ledger.episodes.items()
    }.items()
    assert save(result.ledger, result.ledger) == result.ledger


def test_the_author_may_say_which_item_a_record_is() -> None:
    feed = a_feed(an_item("x", title="Nothing alike", pub_date=None))
    result = sync(feed, [an_episode("a")], Ledger(), matches={"a": "guid-of-x"})
    assert [(pair.slug, pair.evidence) for pair in result.join.pairs] == [("a", "match 'guid-of-x'")]
    assert result.ledger.episodes["a"].guid == "guid-of-x"


def test_a_feed_of_the_next_host_joins_by_the_audio_behind_its_prefix_and_nothing_is_unlearned() -> None:
    old = sync(a_feed(an_item("a")), [a_record("a")], Ledger()).ledger
    url = "https://count.example.com/e/audio.example/a.mp3?source=feed"
    moved = an_item("b", title="Another title", pub_date=None, enclosure=an_enclosure("a", url=url))
    result = sync(a_feed(moved), [an_episode("a", title="Tides")], old)
    assert [(pair.slug, pair.evidence) for pair in result.join.pairs] == [("a", "audio 'audio.example/a.mp3'")]
    assert result.ledger.episodes["a"] == replace(old.episodes["a"], title="Tides")
    assert said(result)[0].split(": ")[1].startswith("warning SYNC-1: the guid 'guid-of-b'")
