from __future__ import annotations

import difflib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedbuilder.authors.front_matter import set_values
from feedbuilder.authors.records import parse_record
from feedbuilder.errors import FeedbuilderError

URL = "https://open.spotify.com/episode/0123456789abcdefghijkl"
PATH = "episodes/042.md"


def changed(front: str, values: dict[str, str]) -> str:
    """The front matter afterwards; the fences and the body are unchanged."""
    data = f"---\n{front}---\n\nNotes --- of *it*.\n".encode()
    after = set_values(PATH, data, values).decode()
    assert after.startswith("---\n")
    assert after.endswith("---\n\nNotes --- of *it*.\n")
    return after.removeprefix("---\n").removesuffix("---\n\nNotes --- of *it*.\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("links:\n  spotify: TODO # soon\nz: 1\n", f"links:\n  spotify: {URL} # soon\nz: 1\n"),
        ("links:\n  spotify: 'TODO'\n  b: c\n", f"links:\n  spotify: {URL}\n  b: c\n"),
        ("links:\n  spotify:   # soon\n  b: c\n", f"links:\n  spotify: {URL}   # soon\n  b: c\n"),
        ("links:\n  spotify:\n\n\nz: 1\n", f"links:\n  spotify: {URL}\n\n\nz: 1\n"),
        ("links:\n  spotify: |\n    TODO\n\n# c\nz: 1\n", f"links:\n  spotify: {URL}\n\n# c\nz: 1\n"),
        ("links:\n    a: b # c\n# d\nz: 1\n", f"links:\n    a: b # c\n    spotify: {URL}\n# d\nz: 1\n"),
        ("links: {a: b}\n", f"links: {{a: b, spotify: {URL}}}\n"),
        ("links: {a: b,}\n", f"links: {{a: b, spotify: {URL},}}\n"),
        ("links: {}\n", f"links: {{spotify: {URL}}}\n"),
        ("links: {a: }\n", f"links: {{a: , spotify: {URL}}}\n"),
        ("links:\nz: 1\n", f"links: {{spotify: {URL}}}\nz: 1\n"),
        ("links: ~ # none\nz: 1\n", f"links: {{spotify: {URL}}} # none\nz: 1\n"),
        ("Links:\n  Spotify: ''\n", f"Links:\n  Spotify: {URL}\n"),
        ("title: x\n", f"title: x\nlinks:\n  spotify: {URL}\n"),
        (
            "title: x\n# the words\ntranscript:\n- line: a\n",
            f"title: x\nlinks:\n  spotify: {URL}\n# the words\ntranscript:\n- line: a\n",
        ),
        ("transcript:\n- line: |\n    b\n", f"transcript:\n- line: |\n    b\nlinks:\n  spotify: {URL}\n"),
        ("{title: x}\n", f"{{title: x, links: {{spotify: {URL}}}}}\n"),
        ("title: a\x85b\u2028c\nlinks: {}\n", f"title: a\x85b\u2028c\nlinks: {{spotify: {URL}}}\n"),
    ],
)  # fmt: skip
def test_only_the_value_is_written(before: str, after: str) -> None:
    assert changed(before, {"links.spotify": URL}) == after


def test_values_that_yaml_would_misread_are_quoted() -> None:
    assert changed("a: x\n", {"a": "1: 2 #3", "b": "true", "c": "12:34"}) == 'a: "1: 2 #3"\nb: "true"\nc: 12:34\n'


def test_line_ends_and_byte_order_marks_are_kept() -> None:
    data = b"\xef\xbb\xbf---\r\ntitle: \xf0\x9f\x98\x80\r\nlinks:\r\n  a: b\r\n---\r\nBody\r\n"

    after = set_values(PATH, data, {"links.spotify": URL})

    assert after == data.replace(b"  a: b\r\n", b"  a: b\r\n  spotify: " + URL.encode() + b"\r\n")


@pytest.mark.parametrize(
    ("front", "why"),
    [
        ("links: [a]\n", "links has a value of another type"),
        ("links: a text\n", "links has a value of another type"),
        ("a: &x {b: c}\nlinks: *x\n", "links is an alias"),
    ],
)
def test_without_a_clear_place_nothing_is_changed(front: str, why: str) -> None:
    with pytest.raises(FeedbuilderError) as error:
        changed(front, {"links.spotify": URL})

    what = f"no clear place for 'links.spotify': {why!r}"
    assert [(problem.rule, problem.what) for problem in error.value.problems] == [("REC-11", what)]


def test_an_unreadable_file_is_not_changed() -> None:
    with pytest.raises(FeedbuilderError) as error:
        set_values(PATH, b"---\na: [\n---\n", {"a": "b"})

    assert error.value.problems[0].rule == "YAML-1"


# --- properties of all files ----------------------------------------------------------------------------------------

_WORDS = st.sampled_from(["a b", "'it''s'", '"q \\" x"', "12:34", "", "TODO", "ü 😀", "~", "null"])
_COMMENTS = st.sampled_from(["", " # note", "  # ü: {x}"])
_GAPS = st.sampled_from(["", "\n", "# c: d\n", "\n  # indented\n"])


@st.composite
def fronts(draw: st.DrawFn) -> str:
    pad = " " * draw(st.integers(1, 4))
    parts = ["title: T\n"]
    for name in draw(st.permutations(["ids", "short", "image", "guests"])):
        if name == "guests":
            parts.append(f"guests: [ada, bo]{draw(_COMMENTS)}\n{draw(_GAPS)}")
        elif name == "short":
            parts.append(f"short: {draw(st.sampled_from(['|', '>', '>-', '|+']))}\n  some\n  text\n{draw(_GAPS)}")
        else:
            parts.append(f"{name}: {draw(_WORDS)}{draw(_COMMENTS)}\n{draw(_GAPS)}")
    names = draw(st.lists(st.sampled_from(["youtube", "spotify", "apple"]), unique=True))
    form = draw(st.sampled_from(["block", "flow", "none"]))
    if form == "block" and names:
        lines = [f"{pad}{name}: {draw(_WORDS)}{draw(_COMMENTS)}\n{draw(_GAPS)}" for name in names]
        parts.insert(draw(st.integers(0, len(parts))), "links:" + draw(_COMMENTS) + "\n" + "".join(lines))
    elif form == "flow":
        inner = ", ".join(f"{name}: 'v'" for name in names)
        parts.insert(draw(st.integers(0, len(parts))), f"links: {{{inner}}}{draw(_COMMENTS)}\n{draw(_GAPS)}")
    parts.append("transcript:\n- header: H\n- line: L\n  sec: 1\n")
    return "".join(parts)


@given(fronts(), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["spotify", "youtube"]))
def test_every_other_byte_is_kept(front: str, end: str, platform: str) -> None:
    data = f"---\n{front}---\n\nBody: --- \n".replace("\n", end).encode()

    after = set_values(PATH, data, {f"links.{platform}": URL})

    before_record, after_record = parse_record(PATH, data).record, parse_record(PATH, after).record
    assert before_record
    assert after_record
    assert after_record.front["links"][platform] == URL
    inner = before_record.front.get("links") or {}
    assert dict(after_record.front) == {**before_record.front, "links": {**inner, platform: URL}}
    matcher = difflib.SequenceMatcher(None, data.decode(), after.decode(), autojunk=False)
    old = [data.decode()[a:b] for kind, a, b, _, _ in matcher.get_opcodes() if kind != "equal"]
    assert sum(len(span) for span in old) <= len('"q \\" x"')  # at most the old value


def test_files_of_real_shows_get_a_link_and_are_otherwise_unchanged() -> None:
    folder = os.environ.get("FEEDBUILDER_CORPUS", "")
    if not folder:
        pytest.skip("FEEDBUILDER_CORPUS names no folder")
    edited = 0
    for path in [
        *Path(folder).glob("records/*.md"),
        *Path(folder).glob("seed/*.md"),
        *Path(folder).rglob("sites/**/*.md"),
    ]:
        data = path.read_bytes()
        if parse_record(path.name, data).record is None:
            continue
        after = set_values(path.name, data, {"links.spotify": URL}).decode().splitlines()
        before = data.decode().splitlines()
        changes = [line for line in difflib.ndiff(before, after) if line.startswith(("- ", "+ "))]
        kept = {line[2:].split(":")[0].strip() for line in changes}
        assert kept <= {"links", "spotify"}, path.name
        edited += 1
    assert edited > 10
