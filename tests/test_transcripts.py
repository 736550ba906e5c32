"""The transcript of an episode file: lines, headers and clips; every word kept, every invalid time reported."""

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
    """The value of the key ``x`` in line 1; its entries begin in line 2."""
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


def test_lines_and_headers_are_in_order_with_their_places() -> None:
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


def test_absent_keys_are_no_transcript_and_no_clips() -> None:
    assert parse_transcript(None, PATH) == ((), [])
    assert parse_clips(None, PATH) == ((), [])


@pytest.mark.parametrize("text", [" transcripts/12.vtt", " {line: a}"])
def test_other_shapes_are_no_transcript_and_no_clips(text: str) -> None:
    entries, (problem,) = parse_transcript(a_node(text), PATH)
    assert entries == ()
    assert format_problem(problem) == (
        f"{PATH}:1:4: warning TRX-1: `transcript` must be a list of lines and headers; no transcript is published. "
        "Write `- line:` entries."
    )
    clips, (problem,) = parse_clips(a_node(text), PATH)
    assert clips == ()
    assert format_problem(problem) == (
        f"{PATH}:1:4: warning TRX-4: `clips` must be a list; left out. Write `- name:` entries."
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
def test_a_time_is_the_value_of_sec_or_time(claims: str, time_s: float | None) -> None:
    assert entries_of(f"- {{line: a, {claims}}}") == ((Line("a", "", time_s, at(2)),), [])


@pytest.mark.parametrize(
    ("claims", "column", "finding"),
    [
        ("time: 1:567, sec: 627", 13, "T-64: invalid time '1:567'"),
        ("sec: 627, time: 1:567", 23, "T-64: invalid time '1:567'"),
        ("time: noon", 13, "T-64: invalid time 'noon'"),
        ("sec: -5", 13, "T-64: invalid time '-5'"),
        ("time: 0:30, sec: PT30S", 25, "T-64: invalid time 'PT30S'"),
        ("time: '[1:30'", 13, "T-64: invalid time '[1:30'"),
        ("time: 0:30, sec: 31", 13, "T-83: `time` '0:30' and `sec` '31' differ"),
        ("sec: 29, time: 0:30", 22, "T-83: `time` '0:30' and `sec` '29' differ"),
    ],
)
def test_an_invalid_or_contradicted_time_is_none(claims: str, column: int, finding: str) -> None:
    entries, (printed,) = entries_of(f"- {{line: a, {claims}}}")
    remedy = "Correct one of them." if finding.startswith("T-83") else "Use M:SS, H:MM:SS or seconds."
    assert entries == (Line("a", "", None, at(2)),)
    assert printed == f"2:{column}: warning {finding}; placed by its neighbours. {remedy}"


def test_the_time_of_a_header_is_checked_too() -> None:
    entries, (printed,) = entries_of("- {header: a, time: 1:567}")
    assert entries == (Header("a", None, at(2)),)
    assert " T-64: " in printed


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
def test_a_name_loses_the_punctuation_after_it(who: str, name: str) -> None:
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
                "2:4: warning T-79: `who` 'It pulls at the sea and at us' without a line; used as the line. "
                "Move the text to `line:` and set `who:` to the speaker."
            )
        ],
    )


def test_an_entry_with_only_a_name_is_skipped() -> None:
    assert entries_of("- {who: Ada, sec: 5}\n- {line: '', who: Bo}\n- {sec: 7}\n-\n- {}") == (
        (),
        [
            *[
                f"{line}:3: note TRX-6: the entry has no `line` or `header`; skipped. Remove the entry."
                for line in (2, 3, 4)
            ],
            "5:2: note TRX-6: the entry is empty; skipped. Remove the entry.",
            "6:3: note TRX-6: the entry has no `line` or `header`; skipped. Remove the entry.",
        ],
    )


def test_a_header_and_a_line_in_one_entry_are_both() -> None:
    entries, findings = entries_of("- {header: The **moon**, line: It pulls., sec: 5, who: Ada}")
    assert entries == (Header("The moon", 5.0, at(2)), Line("It pulls.", "Ada", 5.0, at(2)))
    assert findings == [
        (
            "2:3: warning TRX-5: the entry has both the header 'The moon' and a line; used as both. Split it into "
            "two entries."
        )
    ]


def test_a_paragraph_under_who_beside_a_header_is_the_line() -> None:
    entries, findings = entries_of("- {header: The moon, who: It pulls at the sea and at us.}")
    assert entries == (Header("The moon", None, at(2)), Line("It pulls at the sea and at us.", "", None, at(2)))
    assert [line.split()[2] for line in findings] == ["T-79:", "TRX-5:"]


def test_entries_of_other_shapes_are_reported() -> None:
    entries, findings = entries_of(
        "- It pulls.\n- [a, b]\n- {line: [a], sec: {b: c}, who: Ada}\n- {line: d, who: [Bo]}"
    )
    assert entries == (Line("It pulls.", "", None, at(2)), Line("d", "", None, at(5)))
    assert findings == [
        "2:3: warning TRX-3: the entry is a text without `line:`; used as a line. Write `- line:` before it.",
        (
            "3:3: warning TRX-2: the entry is a list, not a line or header; left out. "
            "Use texts for `line`, `who` and `time`."
        ),
        "4:4: warning TRX-2: `line` must be a text, not a list; left out. Use texts for `line`, `who` and `time`.",
        "4:15: warning TRX-2: `sec` must be a text, not a mapping; left out. Use texts for `line`, `who` and `time`.",
        "5:13: warning TRX-2: `who` must be a text, not a list; left out. Use texts for `line`, `who` and `time`.",
    ]


def test_an_unknown_key_is_reported_once_at_its_first_place() -> None:
    entries, findings = entries_of("- {line: a, speaker: Ada, whom: x}\n- {line: b, speaker: Bo, mood: [calm]}")
    assert [entry.text for entry in entries] == ["a", "b"]
    assert findings == [
        "2:13: note KEY-7: unknown key 'speaker' in a transcript entry; ignored. Remove it.",
        "2:27: warning KEY-7: unknown key 'whom' in a transcript entry; ignored. Did you mean 'who'?",
        "3:26: note KEY-7: unknown key 'mood' in a transcript entry; ignored. Remove it.",
    ]


def test_text_under_unknown_keys_is_left_out_with_one_warning() -> None:
    entries, findings = entries_of(
        "- {start: 0, text: It pulls., speaker: Ada}\n- {text: And pulls.}\n- {sec: 9, mood: }"
    )
    assert entries == ()
    assert findings[:2] == [
        "4:3: note TRX-6: the entry has no `line` or `header`; skipped. Remove the entry.",
        (
            "2:3: warning TRX-2: the entry has no `line` or `header`, only 'start', 'text', 'speaker' (1 more like "
            "this); left out. Use `line:` for the text, and `who:` for the speaker."
        ),
    ]
    assert [line.split()[2] for line in findings[2:]] == ["KEY-7:", "KEY-7:", "KEY-7:", "KEY-7:"]


@pytest.mark.parametrize(
    ("header", "title"),
    [("The **moon** &amp; sun", "The moon & sun"), ("**", "**"), ("<p>", "<p>"), ("a  b", "a b")],
)
def test_headers_are_plain_text_unless_nothing_remains(header: str, title: str) -> None:
    assert entries_of(f"- header: '{header}'")[0] == (Header(title, None, at(2)),)


def test_invisible_text_is_no_line_and_no_header() -> None:
    entries, findings = entries_of("- line: '\u200b'\n- header: '\u2060 '\n- line: '\u200bIt pulls.'")
    assert entries == (Line("It pulls.", "", None, at(4)),)
    assert [line.split()[2] for line in findings] == ["TRX-6:", "TRX-6:"]


def test_lines_keep_markup_as_text() -> None:
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
def test_no_word_of_a_line_is_lost_or_added(items: list[Any]) -> None:
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
    ("clip", "finding"),
    [
        ("{name: The moon}", "the clip 'The moon' has no start"),
        ("{name: The moon, end: 30}", "the clip 'The moon' has no start"),
        ("{name: The moon, start: noon}", "the clip 'The moon' has the invalid start 'noon'"),
        ("{name: The moon, start: -5}", "the clip 'The moon' has the invalid start '-5'"),
        ("{start: 30}", "the clip has no name"),
        ("The moon", "the clip 'The moon' has no start"),
        ("", "the clip has no name"),
    ],
)
def test_other_clips_are_left_out_and_reported(clip: str, finding: str) -> None:
    clips, printed = clips_of(f"- {clip}\n- {{name: Sun, start: 9}}")
    assert clips == (Clip("Sun", 9.0),)
    assert printed == [f"2:{3 if clip else 2}: warning TRX-4: {finding}; left out. Add `name:` and `startOffset:`."]
