from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import pytest
import yaml
from builders import a_known, a_ledger, an_enclosure, an_episode, at
from hypothesis import given, settings
from hypothesis import strategies as st

from feedbuilder.errors import FeedbuilderError, Mark, Stopped
from feedbuilder.ledger import (
    accept,
    accept_guid,
    accept_show,
    claim_of,
    confirm,
    guard,
    parse_ledger,
    reconcile,
    render_ledger,
    save,
    withdraw_item,
)
from feedbuilder.ledger.edits import GUARDED, GUARDED_SHOW
from feedbuilder.model import Enclosure, Known, Ledger, SourceFile
from feedbuilder.rules import RULES
from feedbuilder.rules.findings import format_problem
from feedbuilder.text.characters import UNWANTED

PATH = "config/ledger.yaml"
LED_1 = "; nothing was changed. Restore the file from version control."
HEADER = """\
# What subscribers' apps already know of this show. Commit this file: guids are given once, and here they are kept.
# It is written by `feedbuilder sync`, `import`, `measure`, `ledger save` and `ledger accept`; a build only reads it.
"""


def read(text: str) -> Ledger:
    return parse_ledger(SourceFile(PATH, text.encode()))[0]


def faults(text: str) -> list[str]:
    with pytest.raises(Stopped) as caught:
        read(text)
    return [format_problem(problem) for problem in caught.value.problems]


def rules_of(text: str) -> list[str]:
    return [line.split()[2].rstrip(":") for line in faults(text)]


# --- the file ---


def test_the_file_is_written_for_people() -> None:
    full = a_known(
        "007",
        guid="yes",
        pub_date=at("2024-05-01T17:00"),
        enclosure=Enclosure("https://audio.example/a b?x=1&y=2#z", 12, "audio/mpeg", "0a1b"),
        duration_s=1800.25,
        host_id="e1a2b3c",
        title='Tide: "low"\n',
        withdrawn=True,
        former_slugs=("006-tides", "no"),
    )
    rows = {"tides": a_known("tides"), "bare": Known(guid="6d1f"), "007": full}
    assert render_ledger(a_ledger(episodes=rows)).decode() == (
        HEADER
        + """\
podcast_guid: "3904c408-ac19-52db-9ae9-0742248823e7"
feed_url: https://harbour.example/feed.xml
synced_from: https://host.example/rss
episodes:
  "007":
    title: "Tide: \\"low\\"\\n"
    guid: "yes"
    pub_date: 2024-05-01T17:00:00Z
    enclosure:
      url: "https://audio.example/a b?x=1&y=2#z"
      length_bytes: 12
      type: audio/mpeg
      sha256: "0a1b"
    duration_s: 1800.25
    host_id: e1a2b3c
    withdrawn: true
    former_slugs: ["006-tides", "no"]
  bare:
    guid: "6d1f"
  tides:
    title: "Reading tide tables"
    guid: guid-of-tides
    pub_date: 2024-05-01T17:00:00Z
    enclosure:
      url: https://audio.example/tides.mp3
      length_bytes: 12345678
      type: audio/mpeg
    duration_s: 1800
"""
    )


def test_an_empty_ledger_is_a_file_too() -> None:
    assert render_ledger(Ledger()).decode() == HEADER + "episodes: {}\n"
    assert read(HEADER + "episodes: {}\n") == Ledger()
    assert read("feed_url: https://x.example/\n") == Ledger(feed_url="https://x.example/")


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
CLEAN = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"], include_characters="\t\n\r\x85", exclude_characters="\ufeff\ufffe\uffff"
    ),
    max_size=20,
)
INSTANT = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
SECONDS = st.floats(0.001, 1e6)
ENCLOSURES = st.builds(Enclosure, CLEAN.filter(bool), st.integers(0, 10**12), CLEAN, CLEAN)
ROWS = st.builds(
    Known,
    guid=CLEAN.filter(bool),
    pub_date=st.none() | INSTANT,
    enclosure=st.none() | ENCLOSURES,
    duration_s=st.none() | SECONDS,
    host_id=CLEAN,
    title=CLEAN,
    withdrawn=st.booleans(),
    former_slugs=st.lists(st.sampled_from(["a", "no", "007", "x.y-z"]), max_size=3).map(tuple),
    accepted=st.lists(st.tuples(st.sampled_from(GUARDED), CLEAN), max_size=2).map(tuple),
)
SLUGS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,12}", fullmatch=True) | st.sampled_from(
    ["no", "null", "1e5", "0x1", "~"]
)
LEDGERS = st.builds(
    Ledger,
    *(CLEAN, CLEAN, CLEAN),
    st.dictionaries(SLUGS, ROWS, max_size=3).map(lambda rows: MappingProxyType(dict(sorted(rows.items())))),
    st.lists(ROWS, max_size=2, unique_by=lambda row: row.guid).map(
        lambda rows: MappingProxyType({row.guid: row for row in sorted(rows, key=lambda row: row.guid)})
    ),
    new_feed_url=st.none() | CLEAN,
    block=st.none() | st.booleans(),
    complete=st.none() | st.booleans(),
    artwork=st.none() | st.booleans(),
    accepted=st.lists(st.tuples(st.sampled_from(GUARDED_SHOW), CLEAN), max_size=2).map(tuple),
)


@given(LEDGERS)
def test_what_is_written_is_read_back_exactly(ledger: Ledger) -> None:
    data = render_ledger(ledger)
    assert parse_ledger(SourceFile(PATH, data)) == (ledger, [])
    assert render_ledger(read(data.decode())) == data


@settings(max_examples=60)
@given(LEDGERS)
def test_other_readers_of_yaml_see_the_same_texts(ledger: Ledger) -> None:
    rows = yaml.safe_load(render_ledger(ledger))["episodes"]
    assert {slug: (row["guid"], row.get("title", "")) for slug, row in rows.items()} == {
        slug: (row.guid, row.title) for slug, row in ledger.episodes.items()
    }


@settings(max_examples=60)
@given(TEXT)
def test_no_title_makes_a_ledger_that_cannot_be_read(title: str) -> None:
    row = a_known(title=title)
    written = render_ledger(a_ledger(episodes={"a": row}))
    assert read(written.decode()).episodes == {"a": replace(row, title=UNWANTED.sub("", title))}


def test_invisible_characters_are_left_out_of_a_title() -> None:
    assert b'    title: "Ti\xc3\xa4de"\n' in render_ledger(a_ledger(episodes={"a": a_known(title="T\x07iä\ufeffde")}))


def test_an_unreadable_ledger_stops_and_is_never_treated_as_empty() -> None:
    assert rules_of("") == ["YAML-4"]
    assert rules_of("episodes:\n  a: [\n") == ["YAML-1"]
    assert rules_of("episodes:\n  a:\n    guid: x\n  a:\n    guid: y\n") == ["YAML-2"]
    with pytest.raises(Stopped):
        parse_ledger(SourceFile(PATH, b"episodes: \xff\n"))


def test_every_invalid_value_is_reported_with_its_place() -> None:
    text = """\
feed_url: [x]
episodes:
  a:
    title: no guid
  b: text
  c:
    guid: c
    pub_date: 2024-05-01
    enclosure:
      length_bytes: 1.5
    duration_s: long
    withdrawn: yes
    former_slugs: x
  d:
    guid: d
    pub_date: soon
    enclosure: x
    former_slugs: [[x]]
    withdrawn: [true]
"""
    assert [line.removesuffix(LED_1) for line in faults(text)] == [
        f"{PATH}:4:5: error LED-1: episode 'a' has no guid",
        f"{PATH}:5:6: error LED-1: b must be a mapping",
        f"{PATH}:8:15: error LED-1: pub_date is '2024-05-01', not a date and time such as 2026-03-31T17:00:00Z",
        f"{PATH}:10:7: error LED-1: the enclosure has no url",
        f"{PATH}:10:21: error LED-1: length_bytes is 1.5, not a whole number",
        f"{PATH}:11:17: error LED-1: duration_s is 'long', not a number",
        f"{PATH}:12:16: error LED-1: withdrawn is 'yes', not true or false",
        f"{PATH}:13:19: error LED-1: former_slugs must be a list of texts",
        f"{PATH}:16:15: error LED-1: pub_date is 'soon', not a date and time such as 2026-03-31T17:00:00Z",
        f"{PATH}:17:16: error LED-1: enclosure must be a mapping",
        f"{PATH}:19:16: error LED-1: withdrawn must be text",
        f"{PATH}:18:19: error LED-1: former_slugs must be a list of texts",
        f"{PATH}:1:11: error LED-1: feed_url must be text",
    ]


def test_nothing_is_an_empty_mapping() -> None:
    assert read("episodes:\n") == Ledger()
    assert faults("episodes:\n  a:\n") == [f"{PATH}:2:5: error LED-1: episode 'a' has no guid{LED_1}"]


def test_unknown_keys_are_named() -> None:
    text = "colour: blue\nepisodes:\n  a:\n    guid: a\n    mood: calm\n    enclosure:\n      url: u\n      bits: 1\n"
    ledger, problems = parse_ledger(SourceFile(PATH, text.encode()))
    assert ledger.episodes == {"a": Known(guid="a", enclosure=Enclosure("u", 0, ""))}
    assert [format_problem(problem) for problem in problems] == [
        f"{PATH}:{place}: warning LED-2: unknown key '{key}'; the value is not kept. {RULES['LED-2'].remedy}"
        for place, key in [("1:1", "colour"), ("5:5", "mood"), ("8:7", "bits")]
    ]


@pytest.fixture
def far_from_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock shows another time."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Kathmandu")
        time.tzset()
        yield
    time.tzset()


def row_of(*lines: str) -> Known:
    return read("".join(f"{line}\n" for line in ("episodes:", "  a:", "    guid: a", *lines))).episodes["a"]


@pytest.mark.usefixtures("far_from_utc")
def test_instants_are_kept_in_utc() -> None:
    row = row_of("    pub_date: 2024-05-01T19:00:00+02:00")
    assert str(row.pub_date) == "2024-05-01 17:00:00+00:00"
    assert b"pub_date: 2024-05-01T17:00:00Z\n" in render_ledger(a_ledger(episodes={"a": row}))
    local = datetime(2024, 5, 1, 19, tzinfo=timezone(timedelta(hours=2)))
    written = render_ledger(a_ledger(episodes={"a": a_known(pub_date=local)}))
    assert b"pub_date: 2024-05-01T17:00:00Z\n" in written


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+02:00", "9999-12-31T23:59:59-02:00"])
def test_an_instant_that_no_calendar_has_in_utc_is_none(instant: str) -> None:
    what = f"pub_date is '{instant}', not a date and time such as 2026-03-31T17:00:00Z"
    assert faults(f"episodes:\n  a:\n    guid: a\n    pub_date: {instant}\n") == [
        f"{PATH}:4:15: error LED-1: {what}{LED_1}"
    ]


def test_what_is_false_may_be_written_by_hand() -> None:
    assert row_of("    withdrawn: false") == Known(guid="a")
    assert row_of("    withdrawn: true") == Known(guid="a", withdrawn=True)


def test_a_very_short_time_span_is_kept() -> None:
    ledger = a_ledger(episodes={"a": a_known(duration_s=0.00001)})
    assert b"duration_s: 1e-05\n" in render_ledger(ledger)
    assert read(render_ledger(ledger).decode()) == ledger


def test_what_was_accepted_and_what_is_unmatched_is_written_for_people() -> None:
    rows = {"tides": Known(guid="new", accepted=(("guid", "old"), ("pub_date", "2024-05-01T17:00:00+00:00")))}
    ledger = Ledger(
        episodes=rows,
        unmatched={"x": Known(guid="x", title="Trailer", withdrawn=True)},
        new_feed_url="",
        block=False,
        accepted=(("feed_url", "https://old.example/feed.xml"),),
    )
    assert render_ledger(ledger).decode() == (
        HEADER
        + """\
new_feed_url: ""
block: false
accepted:
- feed_url: https://old.example/feed.xml
episodes:
  tides:
    guid: new
    accepted:
    - guid: old
    - pub_date: "2024-05-01T17:00:00+00:00"
# Published items of the hosting feed without an episode file.
unmatched:
- title: Trailer
  guid: x
  withdrawn: true
"""
    )


def test_a_merge_conflict_is_reported_with_both_sides() -> None:
    text = """\
episodes:
  a:
<<<<<<< HEAD
    guid: ours
    duration_s: 9
||||||| base
    guid: base
=======
    guid: theirs
    duration_s: 9
>>>>>>> other
<<<<<<< HEAD
  b:
    guid: b
=======
>>>>>>> other
"""
    remedy = (
        "nothing was changed. Keep what is published: compare with public/current/feed.xml, delete the other side and "
        "the conflict markers. Episodes that only one side has are all kept."
    )
    assert faults(text) == [
        f"{PATH}:3: error LED-1: merge conflict: one side has 'guid: ours', the other 'guid: theirs'; {remedy}",
        f"{PATH}:12: error LED-1: merge conflict: one side has 'b:, guid: b', the other ''; {remedy}",
    ]


def test_a_ledger_of_a_newer_version_is_not_read() -> None:
    assert read("version: 1\nepisodes: {}\n") == Ledger()
    assert faults("version: 2\nepisodes: [new]\n") == [
        (
            f"{PATH}:1:1: error LED-1: the ledger has version 2, this feedbuilder reads version 1; nothing was changed."
            " Update feedbuilder."
        )
    ]


def test_damaged_lists_are_reported() -> None:
    text = "accepted: x\nunmatched: x\nepisodes:\n  a:\n    guid: a\n    accepted: [x]\n"
    assert [line.removesuffix(LED_1) for line in faults(text)] == [
        f"{PATH}:6:15: error LED-1: accepted must be a list of `field: earlier value`",
        f"{PATH}:2:12: error LED-1: unmatched must be a list of mappings",
        f"{PATH}:1:11: error LED-1: accepted must be a list of `field: earlier value`",
    ]
    assert faults("unmatched:\n- title: x\n") == [f"{PATH}:2:3: error LED-1: an unmatched item has no guid{LED_1}"]


# --- renamed records ---


HOSTED = Known(guid="", host_id="e1a2b3c")
RENAMED = "episode 'old' is now 'new'; it keeps its guid and its old page redirects. Run `feedbuilder ledger save`."


@pytest.mark.parametrize(
    ("claim", "row"),
    [
        (Known(guid="g"), a_known(guid="g")),
        (Known(guid="", host_id="e1a2b3c"), a_known(host_id="e1a2b3c")),
        (Known(guid="", enclosure=an_enclosure()), a_known(enclosure=an_enclosure())),
        (
            Known(guid="", enclosure=Enclosure("media/new-1a.mp3", 5, "audio/mpeg", "1a")),
            a_known(enclosure=Enclosure("media/old-1a.mp3", 5, "audio/mpeg", "1a")),
        ),
    ],
)
def test_a_missing_and_a_new_record_are_one_episode_if_they_share_an_id(claim: Known, row: Known) -> None:
    found = reconcile({"new": claim}, a_ledger(episodes={"old": row}), marks={"new": Mark("episodes/new.md")})
    assert found.known == {"new": replace(row, former_slugs=("old",))}
    assert found.renames == {"new": "old"}
    assert [format_problem(problem) for problem in found.notes] == [f"episodes/new.md: note LED-12: {RENAMED}"]


def test_a_rename_without_a_mark_is_reported_at_its_new_name() -> None:
    found = reconcile({"new": Known(guid="g")}, a_ledger(episodes={"old": a_known(guid="g")}))
    assert [format_problem(problem) for problem in found.notes] == [f"new: note LED-12: {RENAMED}"]


def test_nothing_in_common_is_no_rename() -> None:
    found = reconcile({"new": Known(guid="", title="Reading tide tables")}, a_ledger("old"))
    assert (found.known, found.renames, found.notes) == ({}, {}, ())


@pytest.mark.parametrize(
    ("present", "rows"),
    [
        # two new records say the same
        ({"a": Known(guid="g"), "b": Known(guid="g")}, {"old": a_known(guid="g")}),
        # two that are gone had the same
        (
            {"a": Known(guid="", host_id="e1a2b3c")},
            {"o": a_known("o", host_id="e1a2b3c"), "p": a_known("p", host_id="e1a2b3c")},
        ),
        # one is new, but a record that is there carries the id as well
        (
            {"a": Known(guid="", host_id="e1a2b3c"), "b": Known(guid="", host_id="e1a2b3c")},
            {"o": a_known(host_id="e1a2b3c"), "b": a_known("b")},
        ),
        # its guid says one, its host id another
        (
            {"a": Known(guid="g", host_id="e1a2b3c")},
            {"o": a_known("o", guid="g"), "p": a_known("p", host_id="e1a2b3c")},
        ),
    ],
)
def test_a_rename_needs_one_on_either_side(present: dict[str, Known], rows: dict[str, Known]) -> None:
    assert reconcile(present, a_ledger(episodes=rows)).renames == {}


def test_an_id_that_is_not_alone_does_not_weaken_one_that_is() -> None:
    rows = {"o": a_known("o", guid="g", host_id="e1a2b3c"), "p": a_known("p", host_id="e1a2b3c")}
    assert reconcile({"a": Known(guid="g", host_id="e1a2b3c")}, a_ledger(episodes=rows)).renames == {"a": "o"}


def test_a_missing_episode_does_not_become_two() -> None:
    row = a_known("o", guid="g", host_id="e1a2b3c")
    assert reconcile({"a": Known(guid="g"), "b": HOSTED}, a_ledger(episodes={"o": row})).renames == {}


def test_two_renames_at_once_do_not_mix() -> None:
    found = reconcile(
        {"b-new": Known(guid="b"), "a-new": Known(guid="a")},
        a_ledger(episodes={"x": a_known(guid="a"), "y": a_known(guid="b")}),
    )
    assert found.renames == {"a-new": "x", "b-new": "y"}


def test_the_release_completes_the_ledger_and_the_ledger_wins() -> None:
    last = a_ledger("a", "b")
    ledger = a_ledger(episodes={"a": a_known("a", duration_s=7.0)})
    found = reconcile({"a": Known(guid=""), "b": Known(guid="")}, ledger, last)
    assert found.known == {"a": a_known("a", duration_s=7.0), "b": a_known("b")}


def test_a_rename_that_is_saved_still_explains_the_last_release() -> None:
    row = a_known("old", former_slugs=("older",))
    found = reconcile(
        {"new": Known(guid="")},
        a_ledger(episodes={"new": replace(row, former_slugs=("oldest", "older", "old"))}),
        a_ledger(episodes={"old": row}),
    )
    assert found.renames == {"new": "old"}
    assert found.known["new"].former_slugs == ("oldest", "older", "old")


def test_a_rename_that_is_released_but_not_saved_keeps_the_ledgers_facts() -> None:
    ledger = a_ledger(episodes={"old": a_known("old", duration_s=7.0)})
    found = reconcile(
        {"new": Known(guid="")}, ledger, a_ledger(episodes={"new": a_known("old", former_slugs=("old",))})
    )
    assert found.known == {"new": a_known("old", duration_s=7.0, former_slugs=("old",))}


def test_what_was_accepted_under_the_new_name_counts() -> None:
    new = a_known("old", enclosure=MOVED)
    found = reconcile({"new": Known(guid="")}, a_ledger(episodes={"old": a_known("old"), "new": new}))
    assert found.known == {"new": replace(new, former_slugs=("old",))}


def test_a_claim_is_what_the_record_itself_says() -> None:
    episode = an_episode(guid="g", links={"anchor": "https://anchor.fm/harbour/episodes/A-e1a2b3c"})
    assert claim_of(episode, an_enclosure()) == Known(
        guid="g", enclosure=an_enclosure(), host_id="e1a2b3c", title="Reading tide tables"
    )


# --- the guard ---


def stops(planned: Ledger, ledger: Ledger, last: Ledger | None = None, live: Ledger | None = None) -> list[str]:
    found = guard(planned, ledger, last, live=live)
    assert all(problem.rule != "LED-12" for problem in found.notes)
    return [format_problem(problem) for problem in found.stops]


def test_what_is_known_and_planned_alike_passes() -> None:
    found = guard(a_ledger("a", "b"), a_ledger("a", "b"), a_ledger("a", "b"), live=a_ledger("a", "b"))
    assert (found.stops, found.notes) == ((), ())


def test_new_episodes_pass() -> None:
    assert stops(a_ledger("a", "b"), a_ledger("a")) == []
    assert stops(a_ledger("a"), Ledger()) == []


@pytest.mark.parametrize("knower", ["ledger", "last", "live"])
def test_an_episode_may_not_vanish(knower: str) -> None:
    sources = {"ledger": a_ledger("a"), "last": None, "live": None, knower: a_ledger("a", "b")}
    found = guard(a_ledger("a"), sources["ledger"] or Ledger(), sources["last"], live=sources["live"])
    name = (
        "item 'guid-of-b' ('Reading tide tables') of the live feed"
        if knower == "live"
        else "published episode 'b' ('Reading tide tables')"
    )
    assert [format_problem(problem) for problem in found.stops] == [
        (
            f"{PATH}: error LED-3: {name} is missing; nothing is published. Restore its episode file, or keep the file "
            "and add `withdrawn: true` to remove the episode from the feed."
        )
    ]


@pytest.mark.parametrize("knower", ["ledger", "last", "live"])
def test_every_missing_and_every_changed_episode_is_reported(knower: str) -> None:
    moved = a_ledger(episodes={"c": a_known("c", enclosure=MOVED)})
    sources = {"ledger": Ledger(), "last": None, "live": None, knower: a_ledger("a", "b", "c")}
    found = guard(moved, sources["ledger"] or Ledger(), sources["last"], live=sources["live"])
    names = ("guid-of-a", "guid-of-b") if knower == "live" else ("a", "b")
    assert [(stop.rule, stop.what.split("'")[1]) for stop in found.stops] == [
        ("LED-3", names[0]),
        ("LED-3", names[1]),
        ("LED-5", "c"),
    ]


def test_an_episode_without_a_title_is_shown_by_its_slug() -> None:
    found = guard(a_ledger(), a_ledger(episodes={"a": a_known("a", title="")}))
    assert [stop.what for stop in found.stops] == ["published episode 'a' is missing"]


def test_findings_about_an_episode_are_at_its_file() -> None:
    known = a_ledger(
        *"abcde", episodes={slug: a_known(slug, enclosure=an_enclosure(slug, sha256="aa")) for slug in "abcde"}
    )
    planned = a_ledger(
        episodes={
            "a": a_known("a", enclosure=None),
            "b": a_known("b", enclosure=MOVED),
            "c": a_known("c", guid="guid-of-b"),
            "d": a_known("d", enclosure=an_enclosure("d", sha256="bb")),
            "e": a_known("e", enclosure=an_enclosure("e", length_bytes=7)),
        }
    )
    found = guard(planned, known, marks={slug: Mark(f"episodes/{slug}.md") for slug in "abcde"})
    assert [(problem.rule, str(problem.mark)) for problem in (*found.stops, *found.notes)] == [
        ("LED-3", "episodes/a.md"),
        ("LED-5", "episodes/b.md"),
        ("LED-4", "episodes/c.md"),
        ("LED-6", "episodes/c.md"),
        ("HTTP-7", "episodes/d.md"),
        ("LED-11", "episodes/e.md"),
    ]


def test_what_all_know_is_missed_once() -> None:
    assert (
        len(stops(Ledger(a_ledger().podcast_guid, a_ledger().feed_url), a_ledger("b"), a_ledger("b"), a_ledger("b")))
        == 1
    )


def test_a_withdrawn_episode_may_go_and_come_back_with_its_guid() -> None:
    withdrawn = a_ledger(episodes={"a": a_known("a", withdrawn=True, enclosure=None)})
    assert stops(withdrawn, a_ledger("a"), a_ledger("a"), a_ledger("a")) == []
    assert stops(a_ledger(), withdrawn, None, a_ledger("a")) == []
    back = a_ledger(episodes={"a": a_known("a", enclosure=an_enclosure("fixed"))})
    assert stops(back, withdrawn) == []
    other = a_ledger(episodes={"a": a_known("a", guid="another")})
    assert [line.split()[2] for line in stops(other, withdrawn)] == ["LED-4:"]


def test_an_episode_whose_audio_is_lost_would_vanish_too() -> None:
    planned = a_ledger(episodes={"a": a_known("a", enclosure=None)})
    assert stops(planned, a_ledger("a")) == [
        (
            f"{PATH}: error LED-3: published episode 'a' ('Reading tide tables') has no audio any more; nothing is "
            "published. Restore its audio file or its `audio:` key."
        )
    ]


OWN_KEY = (
    ", or correct the ledger if a merge damaged it. If `guid:` has another meaning in your files, set "
    "`fields: {guid: none}` in config/show.yaml."
)


@pytest.mark.parametrize("last", [True, False])
def test_a_guid_may_not_change(last: bool) -> None:
    planned = a_ledger(episodes={"a": a_known("a", guid="new")})
    known = (Ledger(), a_ledger("a")) if last else (a_ledger("a"), None)
    found = guard(planned, *known, marks={"a": Mark("episodes/a.md")})
    assert [format_problem(problem) for problem in found.stops] == [
        (
            "episodes/a.md: error LED-4: the guid of 'a' would change from 'guid-of-a' to 'new'; nothing is "
            f"published. Write `guid: 'guid-of-a'` in the episode file{'.' if last else OWN_KEY}"
        )
    ]


def test_a_guid_to_copy_is_never_shortened() -> None:
    guid = "https://host.example/" + "tide-tables/" * 20
    known = a_ledger(podcast_guid=guid, episodes={"a": a_known("a", guid=guid)})
    assert [stop.remedy for stop in guard(a_ledger("a"), known).stops] == [
        f"Write `podcast_guid: '{guid}'` in config/show.yaml.",
        f"Write `guid: '{guid}'` in the episode file{OWN_KEY}",
    ]


MOVED = an_enclosure("moved")


@pytest.mark.parametrize("knower", ["ledger", "last", "live"])
def test_an_audio_address_may_not_change(knower: str) -> None:
    planned = a_ledger(episodes={"a": a_known("a", enclosure=MOVED)})
    sources = {"ledger": Ledger(), "last": None, "live": None, knower: a_ledger("a")}
    found = guard(planned, sources["ledger"] or Ledger(), sources["last"], live=sources["live"])
    assert [format_problem(problem) for problem in found.stops] == [
        (
            f"{PATH}: error LED-5: the audio of 'a' would move from 'https://audio.example/a.mp3' to "
            "'https://audio.example/moved.mp3'; nothing is published. "
            "Restore the old address, or run `feedbuilder ledger accept a` to confirm the change."
        )
    ]


def test_a_withdrawn_episode_of_the_live_feed_may_have_any_audio() -> None:
    planned = a_ledger(episodes={"a": a_known("a", enclosure=MOVED, withdrawn=True)})
    assert stops(planned, Ledger(), None, a_ledger("a")) == []
    lost = a_ledger(episodes={"a": a_known("a", enclosure=None)})
    assert [line.split()[2] for line in stops(lost, Ledger(), None, a_ledger("a"))] == ["LED-3:"]


def test_what_was_accepted_passes_whatever_the_release_and_the_live_feed_say() -> None:
    planned = a_ledger(episodes={"a": a_known("a", enclosure=MOVED)})
    for ledger in (a_ledger("a"), a_ledger()):
        accepted = accept(ledger, "a", planned, a_ledger("a"))
        assert stops(planned, accepted, a_ledger("a"), a_ledger("a")) == []


def test_two_records_may_not_claim_one_guid() -> None:
    planned = a_ledger(episodes={"a": a_known("a"), "b": a_known("b", guid="guid-of-a")})
    assert stops(planned, Ledger()) == [
        (
            f"{PATH}: error LED-6: 'a' and 'b' have the same guid 'guid-of-a'; nothing is published. "
            "Remove `guid:` from the wrong one."
        )
    ]


def test_a_show_keeps_its_guid() -> None:
    planned = replace(a_ledger("a"), podcast_guid="other")
    expected = [
        (
            f"{PATH}: error LED-8: podcast_guid would change from '3904c408-ac19-52db-9ae9-0742248823e7' to 'other'; "
            "nothing is published. Write `podcast_guid: '3904c408-ac19-52db-9ae9-0742248823e7'` in config/show.yaml."
        )
    ]
    assert stops(planned, a_ledger("a")) == expected
    assert stops(planned, Ledger(), a_ledger("a")) == expected
    assert stops(planned, Ledger(), None, a_ledger("a")) == expected
    assert stops(planned, accept_show(a_ledger("a"), planned), None, a_ledger("a")) == []


def test_a_feed_moves_only_on_purpose() -> None:
    planned = replace(a_ledger("a"), feed_url="https://tides.example/rss")
    expected = [
        (
            f"{PATH}: error LED-9: the feed would move from 'https://harbour.example/feed.xml' to "
            "'https://tides.example/rss'; nothing is published. Restore `feed_url: https://harbour.example/feed.xml`. "
            "To move on purpose: redirect the old address (301), set `new_feed_url: https://tides.example/rss` "
            "and run `feedbuilder ledger accept --show`."
        )
    ]
    assert stops(planned, a_ledger("a")) == expected
    assert stops(planned, Ledger(), a_ledger("a")) == expected
    assert stops(planned, accept_show(a_ledger("a"), planned), a_ledger("a")) == []


def test_upstream_must_be_read_once() -> None:
    unread = replace(a_ledger("a"), synced_from="")
    found = guard(a_ledger("a"), unread, upstream="https://host.example/rss", where="config/known.yaml")
    assert [format_problem(problem) for problem in found.stops] == [
        (
            "config/known.yaml: error LED-10: the hosting feed 'https://host.example/rss' has never been read; "
            "nothing is published. Run `feedbuilder sync`."
        )
    ]
    assert guard(a_ledger("a"), a_ledger("a"), upstream="https://host.example/rss").stops == ()
    assert guard(a_ledger("a"), unread).stops == ()


def test_a_renamed_episode_neither_vanishes_nor_changes() -> None:
    planned = a_ledger(episodes={"new": a_known("old")})
    assert guard(planned, a_ledger("old"), a_ledger("old"), renames={"new": "old"}).stops == ()
    moved = a_ledger(episodes={"new": a_known("old", enclosure=MOVED)})
    assert [stop.rule for stop in guard(moved, a_ledger("old"), renames={"new": "old"}).stops] == ["LED-5"]
    both = a_ledger(episodes={"new": a_known("old", enclosure=MOVED), "old": a_known("old")})
    assert guard(moved, both, renames={"new": "old"}).stops == ()


def notes(known: Enclosure, planned: Enclosure) -> list[str]:
    found = guard(
        a_ledger(episodes={"a": a_known("a", enclosure=planned)}),
        a_ledger(episodes={"a": a_known("a", enclosure=known)}),
    )
    assert found.stops == ()
    return [format_problem(problem) for problem in found.notes]


def test_changed_bytes_at_the_same_address_are_reported() -> None:
    assert notes(an_enclosure(sha256="aa"), an_enclosure(sha256="bb", length_bytes=7)) == [
        (
            f"{PATH}: error HTTP-7: the content of 'https://audio.example/042-tide-tables.mp3' differs from what apps "
            f"have downloaded. {RULES['HTTP-7'].remedy[:1].upper()}{RULES['HTTP-7'].remedy[1:].rstrip('.')}."
        )
    ]
    assert notes(an_enclosure(), an_enclosure(length_bytes=7)) == [
        (
            f"{PATH}: warning LED-11: 'https://audio.example/042-tide-tables.mp3' changed from 12345678 to 7 bytes. "
            "Publish changed audio under a new name."
        )
    ]
    assert notes(an_enclosure(sha256="aa"), an_enclosure(sha256="aa")) == []
    assert notes(an_enclosure(length_bytes=0), an_enclosure(sha256="aa")) == []


def test_a_host_id_in_two_records_is_reported() -> None:
    rows = {slug: a_known(slug, host_id="e1a2b3c") for slug in ("b", "a")}
    others = {"c": a_known("c"), "d": a_known("d"), "e": a_known("e", host_id="e7d8f9g")}
    found = guard(a_ledger(episodes=rows | others), a_ledger(), marks={"b": Mark("episodes/b.md")})
    assert (found.stops, [format_problem(problem) for problem in found.notes]) == (
        (),
        [
            (
                "episodes/b.md: warning LED-7: host id e1a2b3c is in 2 episode files: 'a', 'b'. Correct "
                "`ids: {anchor: …}` and `links: {anchor: …}` in the wrong one."
            )
        ],
    )


def test_a_host_id_in_three_records_is_reported_at_the_last_one() -> None:
    rows = {slug: a_known(slug, host_id="e1a2b3c") for slug in "cab"}
    found = guard(a_ledger(episodes=rows), a_ledger(), marks={slug: Mark(f"episodes/{slug}.md") for slug in "abc"})
    assert [(note.what, note.mark.path) for note in found.notes] == [
        ("host id e1a2b3c is in 3 episode files: 'a', 'b', 'c'", "episodes/c.md")
    ]


LATER = at("2024-05-02T17:00")


@pytest.mark.parametrize("knower", ["ledger", "last", "live"])
def test_a_date_may_not_change(knower: str) -> None:
    planned = a_ledger(episodes={"a": a_known("a", pub_date=LATER)})
    sources = {"ledger": Ledger(), "last": None, "live": None, knower: a_ledger("a")}
    found = guard(planned, sources["ledger"] or Ledger(), sources["last"], live=sources["live"])
    assert [format_problem(problem) for problem in found.stops] == [
        (
            f"{PATH}: error LED-16: the date of 'a' would change from 2024-05-01T17:00:00Z to 2024-05-02T17:00:00Z; "
            "nothing is published. Write `pub_date: 2024-05-01T17:00:00Z`, or run `feedbuilder ledger accept a` to "
            "confirm the change."
        )
    ]
    accepted = accept(sources["ledger"] or Ledger(), "a", planned, sources["last"])
    assert stops(planned, accepted, sources["last"], sources["live"]) == []


@pytest.mark.parametrize(
    ("row", "name", "sides", "command"),
    [
        ({"guid": "wrong"}, "guid", "'wrong' and 'guid-of-a'", "accept a --guid 'guid-of-a' 'wrong'"),
        (
            {"enclosure": MOVED},
            "audio",
            "'https://audio.example/moved.mp3' and 'https://audio.example/a.mp3'",
            "accept a",
        ),
        ({"pub_date": LATER}, "date", "'2024-05-02T17:00:00+00:00' and '2024-05-01T17:00:00+00:00'", "accept a"),
    ],
)
def test_a_row_that_contradicts_the_release_is_damage(row: dict[str, Any], name: str, sides: str, command: str) -> None:
    damaged = a_ledger(episodes={"a": a_known("a", **row)})
    expected = (
        f"{PATH}: error LED-17: ledger and last release disagree about the {name} of 'a': {sides}; nothing is "
        "published. If the release is right, correct the ledger; if the ledger is right, "
        f"run `feedbuilder ledger {command}`."
    )
    assert expected in stops(a_ledger("a"), damaged, a_ledger("a"))
    assert stops(damaged, damaged, a_ledger("a")) == [expected]


def test_a_guid_changes_only_with_its_old_and_new_value() -> None:
    planned = a_ledger(episodes={"a": a_known("a", guid="new")})
    for ledger in (a_ledger("a"), planned):
        accepted = accept_guid(ledger, "a", "guid-of-a", "new", a_ledger("a"))
        assert accepted.episodes["a"] == a_known("a", guid="new", accepted=(("guid", "guid-of-a"),))
        assert stops(planned, accepted, a_ledger("a"), a_ledger("a")) == []
    for slug, old in (("a", "other"), ("zzz", "guid-of-a")):
        with pytest.raises(FeedbuilderError) as caught:
            accept_guid(a_ledger("a"), slug, old, "new")
        assert [problem.rule for problem in caught.value.problems] == ["LED-13"]


def test_a_show_that_contradicts_the_release_is_damage() -> None:
    damaged = replace(a_ledger("a"), podcast_guid="wrong")
    assert stops(replace(a_ledger("a"), podcast_guid="wrong"), damaged, a_ledger("a")) == [
        (
            f"{PATH}: error LED-17: ledger and last release disagree about podcast_guid: 'wrong' and "
            "'3904c408-ac19-52db-9ae9-0742248823e7'; nothing is published. If the release is right, write "
            "`podcast_guid: '3904c408-ac19-52db-9ae9-0742248823e7'` in the ledger; if the ledger is right, run "
            "`feedbuilder ledger accept --show`."
        )
    ]


QUIET: dict[str, Any] = {"new_feed_url": "", "block": False, "complete": False, "artwork": True}


@pytest.mark.parametrize("knower", ["ledger", "last"])
@pytest.mark.parametrize(
    "change", [{"new_feed_url": "https://evil.example/"}, {"block": True}, {"complete": True}, {"artwork": False}]
)
def test_what_moves_or_loses_all_subscribers_is_confirmed(change: dict[str, Any], knower: str) -> None:
    known, planned = a_ledger("a", **QUIET), a_ledger("a", **{**QUIET, **change})
    ledger, last = (known, None) if knower == "ledger" else (a_ledger("a"), known)
    assert [line.split()[2] for line in stops(planned, ledger, last)] == ["LED-19:"]
    assert stops(planned, save(ledger, planned, {}, last), last) == stops(planned, ledger, last)
    accepted = accept_show(ledger, planned, last)
    assert stops(planned, accepted, last) == []
    assert stops(known, accepted, last) == []
    assert stops(planned, a_ledger("a"), a_ledger("a")) == []  # nothing is known of it


def test_a_feed_may_name_its_own_address_as_the_new_one() -> None:
    assert stops(a_ledger("a", new_feed_url=a_ledger().feed_url), a_ledger("a", **QUIET)) == []


def test_an_item_of_the_hosting_feed_may_not_be_left_out() -> None:
    item = a_known("other", title="Ebb")
    ledger = replace(a_ledger("a"), unmatched={item.guid: item})
    assert stops(a_ledger("a"), ledger) == [
        (
            f"{PATH}: error LED-18: published item 'guid-of-other' ('Ebb') is in no episode file; nothing is published."
            " Run `feedbuilder import https://host.example/rss .` to add the missing episode files, `feedbuilder sync "
            "--match SLUG=guid-of-other` if a file has this episode, or `feedbuilder ledger accept --withdraw "
            "guid-of-other` to leave it out."
        )
    ]
    draft = guard(a_ledger("a"), ledger, unpublished={item.guid: Mark("episodes/b.md")}).stops
    assert [(problem.mark.path, problem.what) for problem in draft] == [
        ("episodes/b.md", "published item 'guid-of-other' ('Ebb') is in episodes/b.md, which is a draft or skipped")
    ]
    assert stops(a_ledger("a"), withdraw_item(ledger, item.guid)) == []
    assert stops(a_ledger(episodes={"b": item}), replace(ledger, episodes={})) == []
    assert stops(a_ledger("a"), replace(ledger, unmatched={item.guid: replace(item, enclosure=None)})) == []
    with pytest.raises(FeedbuilderError):
        withdraw_item(ledger, "unknown")


def test_an_item_that_is_newer_than_the_last_release_is_not_lost() -> None:
    ledger = replace(a_ledger("a"), unmatched={"x": a_known("x", guid="x", pub_date=LATER)})
    found = guard(a_ledger("a"), ledger, a_ledger("a"))
    assert (found.stops, [problem.rule for problem in found.notes]) == ((), ["LED-22"])


def test_a_new_record_takes_the_facts_of_its_unmatched_item() -> None:
    item = a_known("x", host_id="e1a2b3c")
    ledger = a_ledger(episodes={}, unmatched={item.guid: item})
    for claim in (Known(guid=item.guid), HOSTED):
        found = reconcile({"new": claim}, ledger)
        assert (found.known, found.renames, found.notes) == ({"new": item}, {}, ())
    assert save(ledger, a_ledger(episodes={"new": item})).unmatched == {}


def test_a_missing_episode_names_the_file_that_may_have_it() -> None:
    marks = {slug: Mark(f"episodes/{slug}.md") for slug in "abc"}
    planned = a_ledger(episodes={"b": a_known("b", title="Other", enclosure=MOVED)})
    expected = "If episodes/b.md is this episode, add `guid: 'guid-of-a'` there. Otherwise restore its episode file"
    found = guard(planned, a_ledger("a"), marks=marks).stops
    assert [(problem.mark.path, problem.remedy.startswith(expected)) for problem in found] == [("episodes/b.md", True)]
    two = a_ledger(episodes={slug: a_known(slug, title="Other") for slug in "bc"})
    assert [problem.remedy for problem in guard(two, a_ledger("a"), marks=marks).stops] == [""]
    dated = replace(two, episodes={**two.episodes, "c": a_known("c", pub_date=at("2020-01-01"))})
    assert [problem.mark.path for problem in guard(dated, a_ledger("a"), marks=marks).stops] == ["episodes/b.md"]


# --- the edits ---


def test_a_synced_change_is_confirmed_against_the_release() -> None:
    row = a_known("a", enclosure=MOVED)
    confirmed = confirm(a_ledger(episodes={"a": row}), "a", a_ledger("a"))
    assert confirmed.episodes["a"].accepted == (("enclosure.url", "https://audio.example/a.mp3"),)
    assert confirm(a_ledger("a"), "zzz", a_ledger("a")) == a_ledger("a")


def test_saving_adds_what_is_new_and_changes_no_identity() -> None:
    ledger = Ledger(
        episodes={"a": Known(guid="a", enclosure=an_enclosure("a", length_bytes=0, type="")), "gone": a_known("gone")}
    )
    planned = a_ledger(
        episodes={
            "a": a_known(
                "a", guid="other", enclosure=an_enclosure("a", sha256="aa"), host_id="e1a2b3c", withdrawn=True
            ),
            "b": a_known("b"),
        }
    )
    assert save(ledger, planned) == Ledger(
        planned.podcast_guid,
        planned.feed_url,
        "",
        {
            "a": a_known("a", guid="a", enclosure=an_enclosure("a", sha256="aa"), host_id="e1a2b3c", withdrawn=True),
            "b": a_known("b"),
            "gone": a_known("gone"),
        },
    )


def test_saving_keeps_addresses_and_what_is_known_of_the_show() -> None:
    planned = a_ledger(
        podcast_guid="p",
        feed_url="f",
        episodes={"a": a_known("a", enclosure=MOVED, duration_s=9.0, host_id="e7d8f9g", title="New")},
    )
    known = a_ledger(episodes={"a": a_known("a", host_id="e1a2b3c")})
    assert save(known, planned) == a_ledger(episodes={"a": a_known("a", host_id="e1a2b3c", title="New")})


def test_saving_fills_the_audio_that_was_not_known() -> None:
    known = a_ledger(episodes={"a": a_known("a", enclosure=None)})
    assert save(known, a_ledger("a")) == a_ledger("a")
    assert save(a_ledger("a"), known) == a_ledger("a")


def test_saving_follows_a_rename() -> None:
    planned = a_ledger(episodes={"new": a_known("old", guid="new", enclosure=MOVED, former_slugs=("old",))})
    saved = save(a_ledger("old", "z"), planned, {"new": "old"})
    assert saved == a_ledger(episodes={"new": a_known("old", former_slugs=("old",)), "z": a_known("z")})
    assert list(saved.episodes) == ["new", "z"]


def test_saving_a_rename_keeps_what_the_new_name_has_and_takes_nothing_out() -> None:
    both = a_ledger(episodes={"new": a_known("new"), "old": a_known("old")})
    assert save(both, a_ledger("new"), {"new": "old"}) == a_ledger("new")
    assert save(a_ledger("old"), a_ledger(), {"new": "old"}) == a_ledger(episodes={"new": a_known("old")})
    assert save(a_ledger(), a_ledger("new"), {"new": "old"}) == a_ledger("new")


def test_accepting_takes_all_but_the_guid() -> None:
    planned = a_ledger(episodes={"a": a_known("a", guid="other", enclosure=MOVED, duration_s=9.0), "b": a_known("b")})
    assert accept(a_ledger("a", "c"), "a", planned) == a_ledger(
        episodes={
            "a": a_known(
                "a",
                enclosure=MOVED,
                duration_s=9.0,
                accepted=(("enclosure.url", "https://audio.example/a.mp3"),),
            ),
            "c": a_known("c"),
        }
    )
    assert accept(a_ledger("c"), "b", planned) == a_ledger("b", "c")


def test_accepting_what_is_not_there_is_refused() -> None:
    with pytest.raises(FeedbuilderError) as caught:
        accept(a_ledger("a"), "zzz", a_ledger("a"))
    assert [format_problem(problem) for problem in caught.value.problems] == [
        "zzz: error LED-13: episode 'zzz' not found. Run `feedbuilder ledger show` to list the slugs."
    ]


def test_accepting_the_show_leaves_its_episodes() -> None:
    planned = replace(a_ledger("b"), podcast_guid="p", feed_url="f", synced_from="other")
    earlier = (("podcast_guid", a_ledger().podcast_guid), ("feed_url", a_ledger().feed_url))
    assert accept_show(a_ledger("a"), planned) == replace(
        a_ledger("a"), podcast_guid="p", feed_url="f", accepted=earlier
    )


# --- whatever is edited ---

EDITS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(["guid", "audio", "remove", "add", "withdraw"])), max_size=6
)


@given(EDITS)
def test_what_the_guard_lets_pass_keeps_every_guid_and_address(edits: list[tuple[str, str]]) -> None:
    ledger = a_ledger("a", "b", "c")
    rows = dict(ledger.episodes)
    for slug, edit in edits:
        row = rows.get(slug, a_known(slug))
        match edit:
            case "guid":
                rows[slug] = replace(row, guid=f"new-{slug}")
            case "audio":
                rows[slug] = replace(row, enclosure=an_enclosure(f"new-{slug}"))
            case "remove":
                rows.pop(slug, None)
            case "add":
                rows[slug] = a_known(slug)
            case _:
                rows[slug] = replace(row, withdrawn=True)
    planned = a_ledger(episodes=rows)
    if guard(planned, ledger).stops:
        return
    for slug, known in ledger.episodes.items():
        assert rows[slug].guid == known.guid
        assert rows[slug].withdrawn or rows[slug].enclosure == known.enclosure
    saved = save(ledger, planned)
    assert {slug: row.guid for slug, row in saved.episodes.items()} == {slug: row.guid for slug, row in rows.items()}
    assert guard(planned, saved, ledger).stops == ()
