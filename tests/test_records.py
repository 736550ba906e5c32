"""Files with front matter: every kind of damage as a case file, with the findings that its author sees.

A case is ``tests/cases/records/<rule>-<name>.md`` with ``<rule>-<name>.expected`` next to it. The part after ``@`` is
the name of the parsed file; a comment ``# fields: {…}`` is the show's ``fields``. ``--update-golden`` rewrites what is
expected: read it line by line, as the author of that file would.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from feedbuilder.authors.episodes import Reader, note_unknown_keys, parse_episode
from feedbuilder.authors.records import MAX_NODES, Items, Table, Text, parse_document, parse_record, parse_yaml
from feedbuilder.derive.chapters import derive_chapters
from feedbuilder.derive.timeline import derive_timeline
from feedbuilder.errors import Mark, Problem
from feedbuilder.model import Episode
from feedbuilder.rules.findings import format_problem, sort_problems
from feedbuilder.text.characters import UNWANTED
from feedbuilder.text.timecode import format_clock, to_milliseconds

CASES = Path(__file__).parent / "cases" / "records"
HIDDEN = {"slug", "mark", "marks", "transcript", "clips", "chapters", "pub_date_is_day"}


# --- the case files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", sorted(CASES.glob("*.md")), ids=lambda case: case.stem)
def test_damage_is_reported_and_the_rest_is_kept(case: Path, golden: Callable[[Path, bytes], None]) -> None:
    golden(case.with_suffix(".expected"), "\n".join(findings_of(case)).encode() + b"\n")


def test_each_expectation_has_its_case() -> None:
    assert {case.stem for case in CASES.glob("*.md")} == {case.stem for case in CASES.glob("*.expected")}


@pytest.mark.parametrize("case", sorted(CASES.glob("*.md")), ids=lambda case: case.stem)
def test_the_name_of_a_case_begins_with_a_rule(case: Path) -> None:
    assert re.match(r"[A-Z][A-Z0-9]*-[0-9a-z]+-[a-z]", case.name)


def findings_of(case: Path) -> Iterator[str]:
    """The printed findings of an episode file, and what became of it."""
    path = f"episodes/{case.name.rpartition('@')[2]}"
    data = case.read_bytes()
    reading = parse_record(path, data)
    problems = list(reading.problems)
    outcome, episode = "lost" if reading.unreadable else "skipped", None
    shown: list[str] = []
    if reading.record:
        parsed = parse_episode(reading.record, Reader(names_in(data), ZoneInfo("Europe/Berlin"), time(17, 0)))
        problems += [*parsed.problems, *note_unknown_keys([parsed.unknown])]
        outcome, episode = "lost" if parsed.lost else "skipped", parsed.episode
    if episode:
        outcome = "published"
        shown = list(fields_of(episode))
        found, lines = timeline_of(episode)
        problems += found
        shown += lines
    yield from (format_problem(problem) for problem in sort_problems(problems))
    yield f"== {outcome}"
    yield from shown


def names_in(data: bytes) -> dict[str, str]:
    match = re.search(rb"^# fields: (.+)$", data, re.MULTILINE)
    return yaml.load(match[1], Loader=yaml.BaseLoader) if match else {}


def fields_of(episode: Episode) -> Iterator[str]:
    """The fields that the file sets, one per line."""
    for name in Episode.__dataclass_fields__:
        value: Any = getattr(episode, name)
        if name in HIDDEN or value in ("", None, (), False, {}) or (name, value) == ("episode_type", "full"):
            continue
        if isinstance(value, datetime):
            value = f"{value.isoformat()}{' (a day)' if episode.pub_date_is_day else ''}"
        elif isinstance(value, str) and len(value) > 70:
            value = f"{value[:70]!r}… ({len(value)} characters)"
        elif isinstance(value, str):
            value = repr(value)
        yield f"{name}: {dict(value) if name in {'ids', 'links'} else value}"


def timeline_of(episode: Episode) -> tuple[list[Problem], list[str]]:
    """Lines and headers in audio time (``~``: placed, not given) and the chapters, with their findings."""
    timeline, problems = derive_timeline(episode, episode.transcript_offset_s or 0.0)
    chapters, found = derive_chapters(episode, timeline, intro_title="Intro", measured_s=None)
    shown = []
    if timeline.paragraphs:
        shown.append("timeline:" if timeline.timed else "timeline: times withheld")
    for index, line in enumerate(timeline.paragraphs):
        shown += [f"  {clock(head.start_s)} # {head.text}" for head in timeline.headings if head.before == index]
        sign = "" if line.trusted or not timeline.timed else "~"
        shown.append(f"  {sign}{clock(line.start_s)} {line.who or '-'}: {line.text[:70]}")
    last = len(timeline.paragraphs)
    shown += [f"  {clock(head.start_s)} # {head.text}" for head in timeline.headings if head.before == last]
    if chapters:
        shown += ["chapters:", *(f"  {clock(chapter.start_s)} {chapter.title[:140]}" for chapter in chapters)]
    return [*problems, *found], shown


def clock(seconds: float) -> str:
    fraction = to_milliseconds(seconds) % 1000
    return f"{format_clock(seconds)}{f'.{fraction:03}' if fraction else ''}"


# --- cases too large for a file ---------------------------------------------------------------------------------


def printed(front: str, path: str = "episodes/042.md") -> list[str]:
    """The printed findings of a file with that front matter; its first line is line 2."""
    return [format_problem(problem) for problem in parse_record(path, f"---\n{front}\n---\n".encode()).problems]


@pytest.mark.parametrize("deep", ["[" * 10_000, "{a: " * 10_000, "\n" + "- " * 10_000, "\n" + "? " * 10_000])
def test_absurd_nesting_is_rejected(deep: str) -> None:
    (finding,) = printed(f"title: {deep}")
    assert "error YAML-3: values nest deeper than 32 levels; the file is not read. Simplify the YAML." in finding


def test_absurd_indentation_is_rejected() -> None:
    (finding,) = printed("\n".join(" " * depth + "a:" for depth in range(3000)))
    assert finding.startswith("episodes/042.md:34:33: error YAML-3: values nest deeper than 32 levels; ")


def test_aliases_do_not_hide_the_depth() -> None:
    chain = "\n".join(f"k{n}: &a{n} [*a{n - 1}]" for n in range(1, 3000))
    (finding,) = printed(f"k0: &a0 [x]\n{chain}")
    assert finding.startswith("episodes/042.md:33:12: error YAML-3: values nest deeper than 32 levels; ")


@pytest.mark.parametrize(("depth", "problems"), [(31, 0), (32, 1)])
def test_values_may_nest_32_deep_with_the_mapping_around_them(depth: int, problems: int) -> None:
    assert len(printed(f"title: {'[' * depth}x{']' * depth}")) == problems


@pytest.mark.parametrize(("depth", "problems"), [(31, 0), (32, 1)])
def test_the_content_of_an_alias_adds_to_the_depth(depth: int, problems: int) -> None:
    inner = depth - 2
    front = f"a: &a {'[' * 2}x{']' * 2}\nb: {'[' * inner}*a{']' * inner}"
    assert len(printed(front)) == problems


@pytest.mark.parametrize(("more", "problems"), [(0, 0), (1, 1)])
def test_half_a_million_values_are_the_limit_with_aliases_expanded(more: int, problems: int) -> None:
    first = "a: &a [" + "x, " * 999 + "]"  # the mapping, a key, the list and its values: 1002
    second = "b: [" + "*a, " * 498 + "x, " * (996 + more) + "]"  # a key, the list, 498 times 1000, and 996: 498,998
    assert MAX_NODES == 500_000
    assert len(printed(f"{first}\n{second}")) == problems


def test_a_line_of_100_kilobytes_is_read_and_quoted_shortened() -> None:
    long = "tide " * 20_000
    reading = parse_record("episodes/042.md", f"---\ntitle: {long}\n---\n".encode())
    assert reading.record is not None
    assert reading.record.front == {"title": long.strip()}
    (finding,) = printed(f"title: {long}: {long}")
    assert finding == (
        "episodes/042.md:2:100008: error YAML-1: invalid YAML in 'title: tide tide tide tide tide tide tide tide "
        'tide tide ti…\': the value contains ": "; the file is not read. Put the value in quotes.'
    )


# --- properties of all texts -------------------------------------------------------------------------------------

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(lambda text: UNWANTED.sub("", text))
TREES = st.recursive(
    ANY_TEXT, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4), max_leaves=12
)


@given(st.dictionaries(ANY_TEXT, TREES, min_size=1, max_size=4), st.booleans())
def test_every_text_that_yaml_can_write_is_read_unchanged(tree: dict[str, Any], flow: bool) -> None:
    table, problems = parse_yaml("x.yaml", yaml.safe_dump(tree, default_flow_style=flow), first_line=1)
    assert (table, problems) == (tree, [])


@given(st.lists(st.text("ab{}[]:,'\"\\ \t\n-#&*!|>%@`?é🌊", max_size=20), max_size=6))
def test_no_text_makes_the_parser_fail_and_each_loss_is_reported(lines: list[str]) -> None:
    reading = parse_record("episodes/042.md", "\n".join(["---", *lines, "---", ""]).encode())
    assert reading.record is not None or reading.problems
    assert all(format_problem(problem).startswith("episodes/042.md") for problem in reading.problems)


@given(st.binary(max_size=60))
def test_no_bytes_make_the_parser_fail(data: bytes) -> None:
    for text in (data, b"---\n" + data, b"---\ntitle: " + data + b"\n---\n"):
        reading = parse_record("episodes/042.md", text)
        assert reading.record is not None or reading.problems


@settings(max_examples=50)
@given(st.text(max_size=20))
def test_a_title_in_json_is_read_without_unprintable_characters(title: str) -> None:
    table, _ = parse_yaml("x.yaml", f"title: {json.dumps(title)}", first_line=1)
    assert table == {"title": UNWANTED.sub("", title)}


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 3), st.text("äb🌊", min_size=1, max_size=5)), min_size=1, max_size=8))
def test_each_value_knows_its_line_and_column(rows: list[tuple[int, str]]) -> None:
    front = "".join(f"k{n}:{' ' * (spaces + 1)}{text}\n" for n, (spaces, text) in enumerate(rows))
    table, _ = parse_yaml("x.yaml", front, first_line=5)
    assert table is not None
    for n, (spaces, text) in enumerate(rows):
        value = table[f"k{n}"]
        assert (value, value.line, value.column) == (text, n + 5, 3 + len(str(n)) + spaces + 1)
        assert table.keys_at[f"k{n}"] == (n + 5, 1)


# --- places, bodies, documents ------------------------------------------------------------------------------------


def test_lists_and_mappings_know_their_place() -> None:
    reading = parse_record("episodes/042.md", b"---\nids:\n  youtube: a\nguests: [b,\n  c]\n---\n")
    assert reading.record is not None
    front = reading.record.front
    assert (type(front), front.line, front.column) == (Table, 2, 1)
    assert (type(front["ids"]), front["ids"].line, front["ids"].column) == (Table, 3, 3)
    assert (type(front["guests"]), front["guests"].line, front["guests"].column) == (Items, 4, 9)
    assert (type(front["guests"][1]), front["guests"][1].line, front["guests"][1].column) == (Text, 5, 3)
    assert reading.record.mark(front["guests"][1]) == Mark("episodes/042.md", 5, 3)


def test_the_body_keeps_its_inner_lines_and_loses_the_outer_empty_ones() -> None:
    reading = parse_record("episodes/042.md", b"---\ntitle: a\n---\n\n\n  indented\n\nlast  \n\n")
    assert reading.record is not None
    assert reading.record.body == "  indented\n\nlast  "


def test_all_findings_of_an_unreadable_file_are_returned() -> None:
    assert printed('a: "\\x07"\na: 2\nb: &c d\ne: *f') == [
        "episodes/042.md:2:4: warning T-7: unprintable character U+0007; removed. Delete the character.",
        (
            "episodes/042.md:3:1: warning YAML-2: duplicate key 'a', first in line 2; the last value is used. "
            "Remove one of them."
        ),
        ("episodes/042.md:5:4: error YAML-1: unknown YAML alias '*f'; the file is not read. Put the value in quotes."),
    ]


def test_an_anchor_with_an_alias_is_not_reported() -> None:
    table, problems = parse_yaml("x.yaml", "a: &c d\nb: *c\ne: &f [g]", first_line=1)
    assert (table, problems) == ({"a": "d", "b": "d", "e": ["g"]}, [])


def test_a_key_that_is_not_a_text_is_reported() -> None:
    assert printed("title: a\n{b: c}: d") == [
        (
            "episodes/042.md:3:6: error YAML-1: invalid YAML: a list or mapping is used as a key; the file is not "
            "read. Quote it, or write `key:` before it."
        )
    ]


def test_a_long_key_is_quoted_shortened() -> None:
    key = "k" * 100
    (finding,) = printed(f"{key}: 1\n{key}: 2")
    assert f"duplicate key '{'k' * 59}…', first in line 2" in finding


def test_other_yaml_errors_have_the_message_of_libyaml() -> None:
    assert printed("%YAML 1.1\ntitle: a") == [
        (
            "episodes/042.md:3:1: error YAML-1: invalid YAML in 'title: a': did not find expected <document start>; "
            "the file is not read. Correct that line."
        )
    ]


def test_a_document_is_a_mapping_with_marks() -> None:
    table, problems = parse_document("config/show.yaml", b"\xef\xbb\xbf# the show\r\ntitle: A\x07b\r\n")
    assert table == {"title": "A b"}
    assert table is not None
    assert table.keys_at == {"title": (2, 1)}
    assert [format_problem(problem) for problem in problems] == [
        ("config/show.yaml:2:9: warning T-7: unprintable character U+0007; replaced by a space. Delete the character.")
    ]


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        (
            b"title: \xff",
            (
                "config/show.yaml:1:8: error REC-1: byte 0xff at offset 7 is not UTF-8; the file is not read. "
                "Save the file as UTF-8."
            ),
        ),
        (
            b"title: A\n---\ntitle: B\n",
            (
                "config/show.yaml:2:1: error YAML-4: the line `---` begins a second document; the file is not "
                "read. Remove the line."
            ),
        ),
        (
            b"",
            ("config/show.yaml:1:1: error YAML-4: the YAML is empty; the file is not read. Write `key: value` lines."),
        ),
    ],
)
def test_an_unreadable_document_is_none(data: bytes, finding: str) -> None:
    table, problems = parse_document("config/show.yaml", data)
    assert table is None
    assert [format_problem(problem) for problem in problems] == [finding]
