"""How a text becomes a value: kinds of field, findings with their places, other names for keys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BeforeValidator, Field

from feedbuilder.authors.fields import (
    Duration,
    Email,
    Explicit,
    Fields,
    FilePath,
    HttpsUrl,
    Names,
    PlainText,
    Prose,
    Seconds,
    Start,
    Truth,
    Url,
    choice,
    parse_fields,
    parse_tag_keys,
    rename_keys,
)
from feedbuilder.authors.records import Table, Text, parse_yaml
from feedbuilder.errors import Mark, Problem
from feedbuilder.rules import RULES
from feedbuilder.rules.findings import format_problem


class Buoy(Fields):
    """A group of keys inside another."""

    name: PlainText = Field(description="What it is called.")
    depth_m: Seconds = Field(0.0, description="How deep.")


class Harbour(Fields):
    """One field of every kind."""

    title: PlainText = Field(description="Its name.")
    short: PlainText = ""
    text: Prose = ""
    truth: Truth = False
    explicit: Explicit | None = None
    shift: Seconds | None = None
    start: Start | None = None
    duration: Duration | None = None
    page: Url = ""
    safe_page: HttpsUrl = ""
    mail: Email = ""
    file: FilePath = ""
    boats: Names = ()
    kind: Annotated[str, choice("KEY-3", "kind", "sea", "river")] = "sea"
    main: Buoy | None = None
    buoys: tuple[Buoy, ...] = ()
    notes: dict[str, PlainText] = Field(default_factory=dict)
    pair: tuple[PlainText, ...] = Field(("a",), min_length=1, description="At least one.")


def a_table(text: str) -> Table:
    table, problems = parse_yaml("a.yaml", text, first_line=1)
    assert table is not None
    assert problems == []
    return table


def parsed(text: str, *, drop: bool = True) -> tuple[Harbour | None, list[str]]:
    harbour, problems, _ = parse_fields(Harbour, a_table(text), "a.yaml", drop=drop)
    return harbour, printed(problems)


def printed(problems: Sequence[Problem]) -> list[str]:
    return [format_problem(problem).removeprefix("a.yaml:") for problem in problems]


def value_of(key: str, text: str) -> Any:  # noqa: ANN401
    """The value of one key, or what is printed of it."""
    harbour, told = parsed(f"title: a\n{key}: {text}")
    return told[0] if told else getattr(harbour, key)


# --- kinds ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("text", '"  one\\n\\n two "', "one\n\n two"),
        ("short", '"  one\\n\\n two "', "one two"),
        *[("truth", text, True) for text in ("true", "True", "yes", "on", "1", "' YES '")],
        *[("truth", text, False) for text in ("false", "False", "no", "OFF", "0")],
        ("explicit", "explicit", True),
        ("explicit", "Clean", False),
        ("explicit", "no", False),
        ("shift", "94.5", 94.5),
        ("shift", "1:34", 94.0),
        ("shift", "-20", -20.0),
        ("shift", "-0:20", -20.0),
        ("start", "1:34.5", 94.5),
        ("start", "0", 0.0),
        ("duration", "59:14", 3554.0),
        ("duration", "PT1H", 3600.0),
        ("page", "http://a.example/b", "http://a.example/b"),
        ("safe_page", "https://a.example/b", "https://a.example/b"),
        ("mail", "ada@harbour.example", "ada@harbour.example"),
        ("file", "media/a b.mp3", "media/a b.mp3"),
        ("file", "media/", "media"),
        ("file", ".", "."),
        ("boats", "dory", ("dory",)),
        ("boats", "[dory, gig]", ("dory", "gig")),
        ("kind", "River", "river"),
        ("notes", "{a: b, C: ' d '}", {"a": "b", "C": "d"}),
    ],
)
def test_texts_become_values(key: str, text: str, value: object) -> None:
    assert value_of(key, text) == value


@pytest.mark.parametrize(
    ("key", "text", "told"),
    [
        ("short", "[a]", "KEY-3: `short` must be a text, not a list; left out. Write a text."),
        ("text", "{a: b}", "KEY-3: `text` must be a text, not a mapping; left out. Write a text."),
        ("truth", "maybe", "KEY-4: 'maybe' is neither true nor false; left out. Use true or false."),
        ("explicit", "maybe", "APL-7: explicit 'maybe' is not true or false; left out. Use true or false."),
        ("shift", "noon", "KEY-5: 'noon' is not a time; left out. Use seconds (94.5) or a clock time (1:34)."),
        ("shift", "--5", "KEY-5: '--5' is not a time; left out. Use seconds (94.5) or a clock time (1:34)."),
        ("start", "1:75", "KEY-5: '1:75' is not a time; left out. Use seconds (94.5) or a clock time (1:34)."),
        ("start", "-5", "KEY-5: '-5' is before the start; left out. Use seconds (94.5) or a clock time (1:34)."),
        ("duration", "1h", "APL-27: '1h' is not a duration; left out. Use 1:02:33 or 3753."),
        ("page", "a.example", "RSS-6: 'a.example' is not an absolute http(s) URL; left out. Start it with https://."),
        ("safe_page", "http://a.example/", "HTTP-11: 'http://a.example/' is not https; left out. Serve it over https."),
        ("mail", "Ada", "RSS-23: 'Ada' is not a mail address; left out. Use an address such as user@host.example."),
        (
            "mail",
            "a@b@c.example",
            ("RSS-23: 'a@b@c.example' is not a mail address; left out. Use an address such as user@host.example."),
        ),
        *[
            (
                "file",
                path,
                f"KEY-6: {path!r} leads out of the project folder; left out. Use a path inside the project, with `/`.",
            )
            for path in ("/etc/passwd", "../a", "a/../../b", "~/a")
        ],
        ("kind", "lake", "KEY-3: kind 'lake' is not one of sea, river; left out. Use `sea` or `river`."),
        ("boats", "{a: b}", "KEY-3: `boats` must be a list, not a mapping; left out. Write a list."),
        ("buoys", "none", "KEY-3: `buoys` must be a list, not 'none'; left out. Write a list."),
        ("notes", "[a]", "KEY-3: `notes` must be a mapping, not a list; left out. Write a mapping."),
        (
            "main",
            "near",
            "KEY-3: `main` must be a mapping, not 'near'; left out. Write its keys below it: name, depth_m.",
        ),
        ("pair", "b", "KEY-3: `pair` must be a list, not 'b'; left out. Write `[b]`."),
        ("pair", "[]", "KEY-2: pair is empty; left out. Add it: At least one."),
    ],
)
def test_other_texts_are_left_out_and_reported(key: str, text: str, told: str) -> None:
    assert parsed(f"title: a\n{key}: {text}") == (
        Harbour(title="a"),
        [f"2:1: {RULES[told.partition(':')[0]].level} {told}"],
    )


@pytest.mark.parametrize("path", ["a\\b", '"a\\0b"'])
def test_paths_hold_no_backslash_and_no_nul(path: str) -> None:
    table = a_table("title: a")
    table["file"], table.keys_at["file"] = Text(path.strip('"').replace("\\0", "\0")), (2, 1)
    _, problems, _ = parse_fields(Harbour, table, "a.yaml", drop=True)
    assert [problem.rule for problem in problems] == ["KEY-6"]


def test_a_wrong_value_is_quoted_short() -> None:
    told = value_of("page", "x" * 100_000)
    assert (
        told == f"2:1: warning RSS-6: '{'x' * 59}…' is not an absolute http(s) URL; left out. Start it with https://."
    )


# --- groups of keys ---------------------------------------------------------------------------------------------------


def test_keys_are_found_whatever_their_case_and_dashes() -> None:
    harbour, told = parsed("TITLE: a\nSafe-Page: https://a.example/\nMain: {NAME: b, Depth-M: 3}")
    assert told == []
    assert harbour == Harbour(title="a", safe_page="https://a.example/", main=Buoy(name="b", depth_m=3.0))


def test_a_key_in_two_spellings_is_named_and_the_last_one_counts() -> None:
    harbour, told = parsed("title: a\ntext: b\nTitle: c\nTEXT: d")
    assert harbour == Harbour(title="c", text="d")
    assert told == [
        (
            "3:1: warning YAML-2: the key 'Title' is the same as the one in line 1; the last value is used. Remove one "
            "of them."
        ),
        (
            "4:1: warning YAML-2: the key 'TEXT' is the same as the one in line 2; the last value is used. Remove one "
            "of them."
        ),
    ]


def test_empty_values_are_absent() -> None:
    harbour, told = parsed(
        "title: a\ntruth:\nmain: ~\nboats: [~, dory, '']\nnotes: {a: , b: c}\nbuoys:\n-\n- name: b\n  depth_m:"
    )
    assert told == []
    assert harbour == Harbour(title="a", boats=("dory",), notes={"b": "c"}, buoys=(Buoy(name="b"),))


def test_with_drop_each_fault_is_named_and_costs_its_field_only() -> None:
    harbour, told = parsed(
        """
title: a
truth: maybe
main: {name: b, depth_m: deep}
boats: [dory, [gig], punt]
buoys:
- {name: first}
- {depth_m: 2}
- {name: third, depth_m: deep}
- {name: [x]}
- none
- {name: last, colour: red}
notes: {a: [b], c: d}
"""
    )
    assert harbour == Harbour(
        title="a",
        main=Buoy(name="b"),
        boats=("dory", "punt"),
        buoys=(Buoy(name="first"), Buoy(name="third"), Buoy(name="last")),
        notes={"c": "d"},
    )
    assert told == [
        "3:1: warning KEY-4: 'maybe' is neither true nor false; left out. Use true or false.",
        "5:15: warning KEY-3: an entry of `boats` must be a text, not a list; left out. Write a text.",
        "4:17: warning KEY-5: 'deep' is not a time; left out. Use seconds (94.5) or a clock time (1:34).",
        "8:3: warning KEY-2: buoys.name is missing; left out. Add it: What it is called.",
        "9:17: warning KEY-5: 'deep' is not a time; left out. Use seconds (94.5) or a clock time (1:34).",
        "10:4: warning KEY-3: `buoys.name` must be a text, not a list; left out. Write a text.",
        (
            "11:3: warning KEY-3: an entry of `buoys` must be a mapping, not 'none'; left out. "
            "Write its keys below it: name, depth_m."
        ),
        "12:16: note KEY-7: unknown key 'colour' in `buoys`; ignored. Remove it.",
        "13:9: warning KEY-3: `notes.a` must be a text, not a list; left out. Write a text.",
    ]


def test_findings_about_the_long_form_of_a_text_have_its_place() -> None:
    class Pier(Fields):
        buoys: tuple[Annotated[Buoy, BeforeValidator(lambda text: {"name": "a", "depth_m": text})], ...] = ()

    pier, problems, _ = parse_fields(Pier, a_table("buoys: ['3', deep, '4']"), "a.yaml", drop=True)
    assert pier == Pier(buoys=("3", "4"))
    assert printed(problems) == [
        "1:14: warning KEY-5: 'deep' is not a time; left out. Use seconds (94.5) or a clock time (1:34)."
    ]


def test_a_missing_required_key_leaves_nothing() -> None:
    assert parsed("text: b") == (None, ["1:1: warning KEY-2: title is missing; left out. Add it: Its name."])


def test_beside_a_missing_key_the_other_faults_are_named_too() -> None:
    harbour, told = parsed("truth: maybe\nmain: {}")
    assert harbour is None
    assert [line.split(" ")[2] for line in told] == ["KEY-2:", "KEY-4:", "KEY-2:"]


def test_without_drop_one_fault_means_no_value_and_unknown_keys_are_errors() -> None:
    assert parsed("title: a\ntruth: maybe\ntilte: b\nmain: {nmae: c}", drop=False) == (
        None,
        [
            "2:1: warning KEY-4: 'maybe' is neither true nor false; left out. Use true or false.",
            "4:1: warning KEY-2: main.name is missing; left out. Add it: What it is called.",
            "4:8: error KEY-1: unknown key 'nmae' in `main`. Did you mean 'name'?",
            "3:1: error KEY-1: unknown key 'tilte'. Did you mean 'title'?",
        ],
    )


def test_without_a_fault_the_value_is_complete() -> None:
    assert parsed("title: a", drop=False) == (Harbour(title="a"), [])


def test_keys_that_others_read_are_near_ones_too() -> None:
    _, problems, _ = parse_fields(Harbour, a_table("title: a\nlicence: b"), "a.yaml", drop=False, beside=["license"])
    assert printed(problems) == ["2:1: error KEY-1: unknown key 'licence'. Did you mean 'license'?"]


def test_every_key_and_entry_has_its_mark_under_the_model_s_own_name() -> None:
    text = "Title: a\nMain: {name: b}\nbuoys:\n- name: c\n- {name: [x]}\n- name: d\ntruth: maybe"
    _, _, marks = parse_fields(Harbour, a_table(text), "a.yaml", drop=True)
    assert {key: (mark.line, mark.column) for key, mark in marks.items() if not key.startswith("buoys.2")} == {
        "title": (1, 1),
        "main": (2, 1),
        "main.name": (2, 8),
        "buoys": (3, 1),
        "buoys.0": (4, 3),
        "buoys.0.name": (4, 3),
        "buoys.1": (6, 3),  # the second of those that are left
        "buoys.1.name": (6, 3),
        "buoys.1.name.0": (5, 11),
        "truth": (7, 1),
    }
    assert {mark.path for mark in marks.values()} == {"a.yaml"}


@given(
    st.dictionaries(
        st.sampled_from([*Harbour.model_fields, "other"]),
        st.recursive(
            st.sampled_from(["a", "1", "-1", "true", "https://a.example/", "", "x" * 99]),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "depth_m", "z"]), inner)
            ),
            max_leaves=6,
        ),
    ),
    st.booleans(),
)
def test_any_tree_of_texts_gives_a_value_or_a_reason(tree: dict[str, Any], drop: bool) -> None:
    table = a_table(json.dumps(tree))
    harbour, problems, _ = parse_fields(Harbour, table, "a.yaml", drop=drop)
    assert harbour is not None or problems
    assert all(format_problem(problem) for problem in problems)
    assert all(problem.mark.line == 1 for problem in problems)


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "text", "renamed", "used"),
    [
        ({"date": "when"}, "when: a", {"when": "a", "date": "a"}, {"when"}),
        ({"date": "When-It-Was"}, "when_it_was: a", {"when_it_was": "a", "date": "a"}, {"whenitwas"}),
        ({"date": "when"}, "other: a", {"other": "a"}, set()),
        ({"date": "when"}, "date: own\nwhen: a", {"date": "own", "when": "a"}, {"when"}),
        ({"date": "when"}, "Date: own\nwhen: a", {"Date": "own", "when": "a"}, {"when"}),
        ({"date": "when"}, "date:\nwhen: a", {"date": "a", "when": "a"}, {"when"}),
        ({"a.b": "c"}, "c: x", {"c": "x", "a": {"b": "x"}}, {"c"}),
        ({"a.b": "c"}, "c: x\nA: {d: y}", {"c": "x", "A": {"d": "y", "b": "x"}}, {"c"}),
        ({"a.b": "c"}, "c: x\na: {B: y}", {"c": "x", "a": {"B": "y"}}, {"c"}),
        ({"b": "c.d.e"}, "c: {d: {e: x}}", {"c": {"d": {"e": "x"}}, "b": "x"}, {"c"}),
        ({"b": "c.d"}, "c: {e: x}", {"c": {"e": "x"}}, set()),
        ({"b": "c.d"}, "c: text", {"c": "text"}, set()),
        (
            {"a.x": "c.x", "a.y": "c.y"},
            "c: {x: 1, y: 2}",
            {"c": {"x": "1", "y": "2"}, "a": {"x": "1", "y": "2"}},
            {"c"},
        ),
    ],
)
def test_keys_take_a_show_s_own_names(names: dict[str, str], text: str, renamed: object, used: set[str]) -> None:
    assert rename_keys(a_table(text), names) == (renamed, used)


def test_renaming_changes_no_table_and_keeps_places() -> None:
    table = a_table("podcast: {url: x}\naudio: {type: y}")
    renamed, _ = rename_keys(table, {"audio.url": "podcast.url"})
    assert table == {"podcast": {"url": "x"}, "audio": {"type": "y"}}
    assert renamed["audio"].keys_at == {"type": (2, 9), "url": (1, 11)}
    assert table["audio"].keys_at == {"type": (2, 9)}
    assert renamed.keys_at == {"podcast": (1, 1), "audio": (2, 1)}
    assert (renamed.line, renamed.column) == (1, 1)


# --- tags -------------------------------------------------------------------------------------------------------------


def test_tags_among_the_keys_are_found_with_their_faults_in_place() -> None:
    text = """
title: a
Location: {text: The pier, geo: here}
funding:
- {url: "https://pay.example/", text: Coffee}
- {url: pay, text: Tea}
license:
"""
    tags, problems = parse_tag_keys(a_table(text), "a.yaml", parent="item")
    assert [(tag.name, tag.text) for tag in tags] == [("funding", "Coffee"), ("location", "The pier")]
    assert [(problem.rule, problem.mark) for problem in problems] == [
        ("P20-0b", Mark("a.yaml", 6, 4)),
        ("TAG-2", Mark("a.yaml", 3, 28)),
    ]


def test_a_finding_about_a_missing_part_has_the_place_of_the_tag() -> None:
    tags, problems = parse_tag_keys(a_table("title: a\nfunding: {text: Tea}"), "a.yaml", parent="item")
    assert (tags, [(problem.rule, problem.mark) for problem in problems]) == ((), [("P20-0c", Mark("a.yaml", 2, 1))])


def test_tags_of_the_channel_are_none_of_the_item() -> None:
    table = a_table("title: a\nmedium: music")
    assert parse_tag_keys(table, "a.yaml", parent="item") == ((), [])
    assert [tag.name for tag in parse_tag_keys(table, "a.yaml", parent="channel")[0]] == ["medium"]
