"""The transcript of a record: lines, headers and clips, each word kept and each damaged time named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedbuilder.authors.records import parse_yaml
from feedbuilder.authors.transcripts import holds_text, parse_clips, parse_transcript
from feedbuilder.errors import Mark
from feedbuilder.model import Clip, Entry, Header, Line
from feedbuilder.rules.findings import format_problem

PATH = "episodes/042.md"


def a_node(text: str) -> Any:  # noqa: ANN401
    """The value of the key ``x``, which stands in line 1; its entries begin in line 2."""
    table, problems = parse_yaml(PATH, f"x:{text}", first_line=1)
    assert table is not None
    assert problems == []
    return table["x"]


def entries_of(text: str) -> tuple[tuple[Entry, ...], list[str]]:
    entries, problems = parse_transcript(a_node(f"\n{text}"), PATH)
    return entries, [format_problem(problem).removeprefix(f"{PATH}:") for problem in problems]


def clips_of(text: str) -> tuple[tuple[Clip, ...], list[str]]:
    clips, problems = parse_clips(a_node(f"\n{text}"), PATH)
    return clips, [format_problem(problem).removeprefix(f"{PATH}:") for problem in problems]


def at(line: int, column: int = 3) -> Mark:
    return Mark(PATH, line, column)


def test_lines_and_headers_come_in_order_with_their_places() -> None:
    text = """
- header: The moon
- line: |
    It  pulls,
    and pulls.
  sec: 30
  time: '0:30'
  who: 'Ada:'
- header: The sun
  sec: 90
- line: Bye.
"""
    assert entries_of(text) == (
        (
            Header("The moon", None, at(3)),
            Line("It pulls, and pulls.", "Ada", 30.0, at(4)),
            Header("The sun", 90.0, at(10)),
            Line("Bye.", "", None, at(12)),
        ),
        [],
    )


def test_nothing_is_no_transcript_and_no_clips() -> None:
    assert parse_transcript(None, PATH) == ((), [])
    assert parse_clips(None, PATH) == ((), [])


@pytest.mark.parametrize("text", [" transcripts/12.vtt", " {line: a}"])
def test_other_shapes_are_no_transcript_and_no_clips(text: str) -> None:
    entries, (problem,) = parse_transcript(a_node(text), PATH)
    assert entries == ()
    assert format_problem(problem) == (
        f"{PATH}:1:4: error TRX-1 transcript is not a list of lines and headers: no transcript; write - line: entries"
    )
    clips, (problem,) = parse_clips(a_node(text), PATH)
    assert clips == ()
    assert format_problem(problem) == (
        f"{PATH}:1:4: error TRX-4 clips is not a list: left out; write name: and startOffset:"
    )


# --- times ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "time_s"),
    [
        ("sec: 30", 30.0),
        ("sec: 30.5", 30.5),
        ("sec: 1:30", 90.0),
        ("time: 1:30", 90.0),
        ("time: 143", 143.0),
        ("time: 1:02:16, sec: 3736", 3736.0),
        ("time: 0:30, sec: 30.9", 30.9),
        ("time: 0:30, sec: 29.1", 29.1),
        ("SEC: 30, Time: 0:30", 30.0),
        ("time: '[0:01:30]', sec: ９０", 90.0),
        ("time: (1:30)", 90.0),
        ("time: １：３０", 90.0),
        ("time: ۱:۳۰", 90.0),
        ("sec: , time: ~", None),
    ],
)
def test_a_time_is_what_sec_or_time_say(claims: str, time_s: float | None) -> None:
    assert entries_of(f"- {{line: a, {claims}}}") == ((Line("a", "", time_s, at(2)),), [])


@pytest.mark.parametrize(
    ("claims", "column", "told"),
    [
        ("time: 1:567, sec: 627", 13, "T-64 time '1:567' is not a clock time"),
        ("sec: 627, time: 1:567", 23, "T-64 time '1:567' is not a clock time"),
        ("time: noon", 13, "T-64 time 'noon' is not a time"),
        ("sec: -5", 13, "T-64 sec '-5' is not a time"),
        ("time: 0:30, sec: PT30S", 25, "T-64 sec 'PT30S' is not a time"),
        ("time: '[1:30'", 13, "T-64 time '[1:30' is not a clock time"),
        ("time: 0:30, sec: 31", 13, "T-83 time '0:30' and sec '31' are not the same"),
        ("sec: 29, time: 0:30", 22, "T-83 time '0:30' and sec '29' are not the same"),
    ],
)
def test_a_broken_or_contradicted_time_is_none(claims: str, column: int, told: str) -> None:
    entries, (printed,) = entries_of(f"- {{line: a, {claims}}}")
    remedy = "mend one of them" if told.startswith("T-83") else "write M:SS, H:MM:SS or seconds"
    assert entries == (Line("a", "", None, at(2)),)
    assert printed == f"2:{column}: error {told}: placed between its neighbours; {remedy}"


def test_a_header_has_its_time_checked_too() -> None:
    entries, (printed,) = entries_of("- {header: a, time: 1:567}")
    assert entries == (Header("a", None, at(2)),)
    assert " T-64 " in printed


# --- who and text -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "name"),
    [
        ("Ada", "Ada"),
        ("Ada:", "Ada"),
        ("Ada. :", "Ada."),
        ("Ada:.:", "Ada"),
        ("  Ada   Brook ", "Ada Brook"),
        (":", ""),
        ("Ada -", "Ada"),
        ("Ada,", "Ada"),
        ("\u200bAda:\u200b", "Ada"),
    ],
)
def test_a_name_loses_what_stands_behind_it(who: str, name: str) -> None:
    assert entries_of(f"- {{line: a, who: '{who}'}}")[0] == (Line("a", name, None, at(2)),)


@pytest.mark.parametrize(
    ("who", "is_text"),
    [("x" * 60, False), ("x" * 61, True), ("a b c d e f", False), ("a b c d e f g", True), ("", False)],
)
def test_a_who_above_60_characters_or_6_words_is_text(who: str, is_text: bool) -> None:
    assert holds_text(who) is is_text


def test_a_paragraph_under_who_alone_is_the_line() -> None:
    assert entries_of("- {who: It pulls at the sea and at us., sec: 5}") == (
        (Line("It pulls at the sea and at us.", "", 5.0, at(2)),),
        [
            (
                "2:4: error T-79 who 'It pulls at the sea and at us' stands without a line: taken as the line; "
                "move the text into line: and name the speaker"
            )
        ],
    )


def test_a_name_without_a_line_says_nothing() -> None:
    assert entries_of("- {who: Ada, sec: 5}\n- {line: '', who: Bo}\n- {sec: 7}\n-\n- {}") == (
        (),
        [
            *[
                f"{line}:3: note TRX-6 the entry has neither a line nor a header: passed over; remove it"
                for line in (2, 3, 4)
            ],
            "5:2: note TRX-6 the entry is empty: passed over; remove it",
            "6:3: note TRX-6 the entry has neither a line nor a header: passed over; remove it",
        ],
    )


def test_a_header_and_a_line_in_one_entry_are_both() -> None:
    entries, told = entries_of("- {header: The **moon**, line: It pulls., sec: 5, who: Ada}")
    assert entries == (Header("The moon", 5.0, at(2)), Line("It pulls.", "Ada", 5.0, at(2)))
    assert told == [
        ("2:3: warning TRX-5 header 'The moon' and a line stand in one entry: taken as both; split it into two entries")
    ]


def test_a_paragraph_under_who_beside_a_header_is_the_line() -> None:
    entries, told = entries_of("- {header: The moon, who: It pulls at the sea and at us.}")
    assert entries == (Header("The moon", None, at(2)), Line("It pulls at the sea and at us.", "", None, at(2)))
    assert [line.split()[2] for line in told] == ["T-79", "TRX-5"]


def test_other_shapes_of_entries_are_named() -> None:
    entries, told = entries_of("- It pulls.\n- [a, b]\n- {line: [a], sec: {b: c}, who: Ada}\n- {line: d, who: [Bo]}")
    assert entries == (Line("It pulls.", "", None, at(2)), Line("d", "", None, at(5)))
    assert told == [
        "2:3: warning TRX-3 a bare text stands where `line:` is due: taken as a line; write - line: before it",
        "3:3: error TRX-2 a list stands where a line or header is due: left out; write line, who and time as texts",
        "4:4: error TRX-2 line is a list, not a text: left out; write line, who and time as texts",
        "4:15: error TRX-2 sec is a mapping, not a text: left out; write line, who and time as texts",
        "5:13: error TRX-2 who is a list, not a text: left out; write line, who and time as texts",
    ]


def test_unknown_keys_are_named_once_at_their_first_place() -> None:
    entries, told = entries_of("- {line: a, speaker: Ada, whom: x}\n- {line: b, speaker: Bo, mood: [calm]}")
    assert [entry.text for entry in entries] == ["a", "b"]
    assert told == [
        "2:13: note KEY-7 the key 'speaker' of a transcript entry is not known: ignored; remove it, or leave it",
        "2:27: note KEY-7 the key 'whom' of a transcript entry is not known: ignored; did you mean 'who'?",
        "3:26: note KEY-7 the key 'mood' of a transcript entry is not known: ignored; remove it, or leave it",
    ]


def test_words_under_other_names_are_lost_with_one_error_that_says_so() -> None:
    entries, told = entries_of("- {start: 0, text: It pulls., speaker: Ada}\n- {text: And pulls.}\n- {sec: 9, mood: }")
    assert entries == ()
    assert told[:2] == [
        "4:3: note TRX-6 the entry has neither a line nor a header: passed over; remove it",
        (
            "2:3: error TRX-2 the entry has neither a line nor a header, but 'start', 'text', 'speaker' (and so have 1 "
            "more): left out; name the words line:, the speaker who:"
        ),
    ]
    assert [line.split()[2] for line in told[2:]] == ["KEY-7", "KEY-7", "KEY-7", "KEY-7"]


@pytest.mark.parametrize(
    ("header", "title"),
    [("The **moon** &amp; sun", "The moon & sun"), ("**", "**"), ("<p>", "<p>"), ("a  b", "a b")],
)
def test_headers_are_plain_text_if_anything_is_left_of_them(header: str, title: str) -> None:
    assert entries_of(f"- header: '{header}'")[0] == (Header(title, None, at(2)),)


def test_what_nobody_can_see_is_no_line_and_no_header() -> None:
    entries, told = entries_of("- line: '\u200b'\n- header: '\u2060 '\n- line: '\u200bIt pulls.'")
    assert entries == (Line("It pulls.", "", None, at(4)),)
    assert [line.split()[2] for line in told] == ["TRX-6", "TRX-6"]


def test_lines_keep_what_looks_like_markup() -> None:
    assert entries_of("- line: 'Write **x**, &amp; and <p>.'")[0][0].text == "Write **x**, &amp; and <p>."


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["line", "who", "sec", "time", "x"]),
            st.text("ab .:*<>&1234567890", max_size=15) | st.lists(st.just("y"), max_size=2),
        )
        | st.text("ab ", max_size=9)
        | st.lists(st.just("z"), max_size=2),
        max_size=8,
    )
)
def test_no_word_of_a_line_is_lost_and_none_is_made_up(items: list[Any]) -> None:
    entries, _ = parse_transcript(a_node(f" {json.dumps(items)}"), PATH)
    words = " ".join(entry.text for entry in entries if isinstance(entry, Line)).split()
    lines = [item if isinstance(item, str) else item.get("line", "") for item in items if not isinstance(item, list)]
    written = " ".join(line for line in lines if isinstance(line, str)).split()
    assert [word for word in words if word in written] == [word for word in written if word in words]
    assert set(written) <= set(words)


# --- clips ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clip", "expected"),
    [
        ("{name: The moon, startOffset: 30}", Clip("The moon", 30.0)),
        ("{name: The moon, start: '1:20'}", Clip("The moon", 80.0)),
        ("{name: The moon, startTime: 30.5}", Clip("The moon", 30.5)),
        ("{name: The moon, sec: 0}", Clip("The moon", 0.0)),
        ("{Name: ' The  **moon** ', START-OFFSET: 30, url: x, endOffset: 99}", Clip("The moon", 30.0)),
        ("{title: The moon, time: 0:30}", Clip("The moon", 30.0)),
        ("{title: Other, name: The moon, startOffset: 5, start: 30}", Clip("The moon", 30.0)),
        ("{name: , title: The moon, start: , sec: 30}", Clip("The moon", 30.0)),
    ],
)
def test_a_clip_has_a_name_and_a_start(clip: str, expected: Clip) -> None:
    assert clips_of(f"- {clip}") == ((expected,), [])


@pytest.mark.parametrize(
    ("clip", "told"),
    [
        ("{name: The moon}", "the clip 'The moon' has no start"),
        ("{name: The moon, end: 30}", "the clip 'The moon' has no start"),
        ("{name: The moon, start: noon}", "the clip 'The moon' starts at 'noon', which is no time"),
        ("{name: The moon, start: -5}", "the clip 'The moon' starts at '-5', which is no time"),
        ("{start: 30}", "the clip has no name"),
        ("The moon", "the clip 'The moon' has no start"),
        ("", "the clip has no name"),
    ],
)
def test_other_clips_are_left_out_and_named(clip: str, told: str) -> None:
    clips, printed = clips_of(f"- {clip}\n- {{name: Sun, start: 9}}")
    assert clips == (Clip("Sun", 9.0),)
    assert printed == [f"2:{3 if clip else 2}: error TRX-4 {told}: left out; write name: and startOffset:"]
