"""Files with front matter -> texts with marks. This module knows YAML and nothing about podcasts.

YAML 1.1 turns ``12:34`` into 754, ``no`` into False and ``1.10`` into 1.1, and silently uses the last of two equal
keys. So YAML is parsed as text only: every scalar stays as written, and knows its line and column
(docs/decisions/0001). What a text means is decided where its field is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.text.characters import UNWANTED

MAX_DEPTH = 32  # real front matter is far below; a document above is an attack or an accident
_TOO_DEEP = f"values nest deeper than {MAX_DEPTH} levels"
MAX_NODES = 500_000  # keys and values, with aliases expanded: 55,000 transcript lines
MAX_CHARACTER_FINDINGS = 20  # per file; all such characters are replaced
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_FENCE = re.compile(r"---[ \t]*$")
_KEY = re.compile(r"[\w.-]+[ \t]*:(?:\s|$)")
_CLOSINGS = ("---", "...")  # Jekyll accepts both
_CLOSING = re.compile(r"...[ \t]*$")
_TEMPLATE = re.compile(r"^[ \t-]*[\w.-]+:[ \t]+(?:[\"'\[][ \t]*)?\{\{", re.MULTILINE)  # a value begins with {{
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_NO_CHARACTER = re.compile(r"\\U(?!000|0010)")
_LINE_BREAKS = "\x85\u2028\u2029"  # YAML 1.1 breaks a line there, editors and authors do not
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class Text(str):
    """A scalar as written; equal to its plain ``str``. ``null``, ``~`` and an absent value are the empty text."""

    __slots__ = ("column", "line")
    line: int
    column: int


class Items(list[Any]):
    """A YAML sequence of ``Text``, ``Items`` and ``Table``."""

    __slots__ = ("column", "line")
    line: int
    column: int


class Table(dict[str, Any]):
    """A YAML mapping. ``keys_at`` holds the line and column of each key."""

    __slots__ = ("column", "keys_at", "line")
    line: int
    column: int
    keys_at: dict[str, tuple[int, int]]


Node = Text | Items | Table


@dataclass(frozen=True, slots=True)
class Record:
    r"""A file with front matter. ``body`` is the text after the closing fence, with ``\n`` line ends."""

    path: str
    front: Table
    body: str

    def mark(self, node: Node) -> Mark:
        """Where a node of the front matter starts."""
        return Mark(self.path, node.line, node.column)


@dataclass(frozen=True, slots=True)
class Reading:
    """The result for one file. Without a record and not ``unreadable``: skipped on purpose, and a note says why."""

    record: Record | None
    problems: tuple[Problem, ...]
    unreadable: bool = False


def parse_record(path: str, data: bytes) -> Reading:
    """The front matter and body of a Markdown file, or why there is none.

    Skipped with a note: a file whose name begins with ``_``, one without front matter, a template.
    Unreadable, with an error: not UTF-8, text before the opening fence, no closing fence, invalid YAML.
    """
    if path.rpartition("/")[2].startswith("_"):
        return Reading(None, (Problem("REC-2", Mark(path), f"the file name begins with {quoted('_')}"),))
    try:
        text = decode(data)
    except UnicodeDecodeError as error:
        return Reading(None, (_not_utf8(path, data, error),), unreadable=True)
    text, unprintable = _without_unprintable(path, text)
    lines = text.split("\n")
    opening, closing, before = _fences(lines)
    if opening is None or (before is not None and not _is_front_matter(lines[opening + 1 : closing or opening])):
        return Reading(None, (_no_front_matter(path, lines),))
    if closing is None:
        what = f"the front matter that begins in line {opening + 1} has no closing `---`"
        return Reading(None, (*unprintable, Problem("REC-5", Mark(path, opening + 1, 1), what)), unreadable=True)
    front = "\n".join(lines[opening + 1 : closing]) + "\n"
    table, problems = parse_yaml(path, front, first_line=opening + 2)
    if _is_template(front, table):
        return Reading(None, (Problem("REC-3", Mark(path), "the front matter contains template code {{ … }}"),))
    if before is not None:
        what = f"the text {quoted(lines[before].strip())} precedes the opening `---` in line {opening + 1}"
        problems.append(Problem("REC-4", Mark(path, before + 1, 1), what))
        table = None
    found = (*unprintable, *problems)
    if table is None:
        return Reading(None, found, unreadable=True)
    return Reading(Record(path, table, "\n".join(lines[closing + 1 :]).strip("\n")), found)


def find_front_matter(text: str) -> tuple[int, int]:
    r"""Start and end of the front matter, between its two fences, for any kind of line ends.

    >>> find_front_matter("---\r\na: b\r\n---\r\n")
    (5, 11)

    Raises:
        ValueError: there is none.
    """
    marks = len(text) - len(text.lstrip("\ufeff"))
    places = [match.span() for match in re.finditer(r"[^\r\n]*(?:\r\n|\r|\n|\Z)", text[marks:])]
    opening, closing, _ = _fences([text[marks + start : marks + end].rstrip("\r\n") for start, end in places])
    if opening is None or closing is None:
        raise ValueError("there is no front matter")
    return marks + places[opening][1], marks + places[closing][0]


def _fences(lines: Sequence[str]) -> tuple[int | None, int | None, int | None]:
    """Indexes of the opening fence, of the closing fence and of the first line of text before them."""
    opening = next((n for n, line in enumerate(lines) if _FENCE.match(line)), None)
    if opening is None:
        return None, None, None
    before = next((n for n in range(opening) if lines[n].strip()), None)
    closing = (n for n, line in enumerate(lines) if n > opening and line[:3] in _CLOSINGS and _CLOSING.match(line))
    return opening, next(closing, None), before


def _is_front_matter(lines: Sequence[str]) -> bool:
    """Whether the lines between two fences are front matter: ``---`` also underlines headings and separates texts."""
    return _KEY.match(next((line for line in lines if line.strip() and line[0] != "#"), "")) is not None


def parse_document(path: str, data: bytes) -> tuple[Table | None, list[Problem]]:
    """The mapping that a YAML file such as ``show.yaml`` contains, or ``None`` if it cannot be read, with findings."""
    try:
        text = decode(data)
    except UnicodeDecodeError as error:
        return None, [_not_utf8(path, data, error)]
    text, unprintable = _without_unprintable(path, text)
    table, problems = parse_yaml(path, text, first_line=1)
    return table, [*unprintable, *problems]


def decode(data: bytes) -> str:
    r"""UTF-8 text with ``\n`` line ends and without byte order marks.

    Raises:
        UnicodeDecodeError: the bytes are not UTF-8; nothing is replaced silently (T-12).
    """
    return data.decode("utf-8-sig").lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _not_utf8(path: str, data: bytes, error: UnicodeDecodeError) -> Problem:
    """The finding at the first byte that is not UTF-8."""
    before = error.object[: error.start].decode()  # error.object has no byte order mark, and columns count none
    offset = len(data) - len(error.object) + error.start
    what = f"byte 0x{data[offset]:02x} at offset {offset} is not UTF-8"
    return Problem("REC-1", Mark(path, before.count("\n") + 1, len(before) - before.rfind("\n")), what)


def parse_yaml(path: str, text: str, *, first_line: int) -> tuple[Table | None, list[Problem]]:
    """The mapping that a YAML text contains, or ``None`` if it cannot be read, with all findings."""
    for sign in _LINE_BREAKS:
        text = text.replace(sign, " ")
    builder = _Builder(path, first_line)
    try:
        node = builder.build(yaml.parse(text, Loader=_loader_for(text)))
    except yaml.MarkedYAMLError as error:
        return None, [*builder.problems, _unreadable(path, error, first_line, text)]
    except _Rejected as error:
        return None, [*builder.problems, error.problem]
    problems = [*builder.problems, *builder.unused.values()]
    if isinstance(node, Table):
        return node, problems
    what = "the YAML is empty"
    if node:
        what = f"the YAML is a {'list' if isinstance(node, Items) else 'text'}, not a mapping"
    return None, [*problems, Problem("YAML-4", Mark(path, first_line, 1), what)]


def _loader_for(text: str) -> Any:  # noqa: ANN401 - PyYAML's loaders have no common type
    if _SURROGATE.search(text) and not _NO_CHARACTER.search(text):
        return yaml.BaseLoader  # libyaml rejects an emoji that is escaped as in JSON
    return _LOADER


class _Rejected(Exception):
    """The document is rejected; the problem says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not been reached."""

    node: Items | Table
    anchor: str
    before: int  # number of values before it
    height: int = 0  # levels of containers inside it
    key: Text | None = None  # waits for its value


class _Builder:
    """Turns parser events into nodes without recursion, and counts values with aliases expanded."""

    def __init__(self, path: str, first_line: int) -> None:
        self.path = path
        self.first_line = first_line
        self.problems: list[Problem] = []
        self.unused: dict[str, Problem] = {}  # anchors of texts that no alias refers to yet
        self.anchors: dict[str, tuple[Node, int, int]] = {}  # node, how many values, how deep
        self.open: list[_Open] = []
        self.total = 0

    def mark(self, event: Any) -> Mark:  # noqa: ANN401 - PyYAML's events have no types
        return Mark(self.path, event.start_mark.line + self.first_line, event.start_mark.column + 1)

    def build(self, events: Iterator[Any]) -> Node | None:
        """The root of the document, or ``None`` if it has none."""
        root: Node | None = None
        node: Node
        for event in events:
            kind = type(event)
            if kind is yaml.ScalarEvent:
                node, height = self._scalar(event), 0
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._begin(event)
                continue
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                node, height = self._end()
            elif kind is yaml.AliasEvent:
                node, height = self._alias(event)
            elif kind is yaml.DocumentStartEvent and root is not None:
                what = "the line `---` begins a second document"
                raise _Rejected(Problem("YAML-4", self.mark(event), what, "", "Remove the line."))
            else:
                continue
            if self.open:
                self._add(node, height, event)
            else:
                root = node
        return root

    def _count(self, event: Any, size: int) -> None:  # noqa: ANN401
        self.total += size
        if self.total > MAX_NODES:
            what = f"the document has more than {MAX_NODES} values with aliases expanded"
            raise _Rejected(Problem("YAML-3", self.mark(event), what))

    def _limit_depth(self, event: Any, height: int) -> None:  # noqa: ANN401
        if len(self.open) + height > MAX_DEPTH:
            raise _Rejected(Problem("YAML-3", self.mark(event), _TOO_DEEP))

    def _scalar(self, event: Any) -> Text:  # noqa: ANN401
        self.total += 1
        if self.total > MAX_NODES:
            self._count(event, 0)
        value = event.value
        if event.style == '"':  # only these contain escapes
            value = self._clean(event)
        elif value in _NULLS and event.implicit[0]:
            value = ""
        text = Text(value)
        at = event.start_mark
        text.line = at.line + self.first_line
        text.column = at.column + 1
        if event.anchor:
            self.anchors[event.anchor] = (text, 1, 0)
            self.unused[event.anchor] = _not_text(self.mark(event), f"&{event.anchor}", "anchor")
        if event.tag and event.tag.startswith("!"):
            self.problems.append(_not_text(self.mark(event), event.tag, "tag"))
        return text

    def _clean(self, event: Any) -> str:  # noqa: ANN401
        r"""The text without unprintable characters that were written as an escape, such as ``"\x07"``."""
        value = str(event.value)
        if not UNWANTED.search(value):
            return value
        value = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")  # joins pairs
        self.problems += [_unprintable(self.mark(event), sign, "removed") for sign in UNWANTED.findall(value)]
        return UNWANTED.sub("", value)

    def _alias(self, event: Any) -> tuple[Node, int]:  # noqa: ANN401
        if event.anchor not in self.anchors:
            what = f"unknown YAML alias {quoted(f'*{event.anchor}')}"
            raise _Rejected(Problem("YAML-1", self.mark(event), what, "", "Put the value in quotes."))
        node, size, height = self.anchors[event.anchor]
        self.unused.pop(event.anchor, None)
        self._count(event, size)
        self._limit_depth(event, height)
        return node, height

    def _begin(self, event: Any) -> None:  # noqa: ANN401
        self._limit_depth(event, 1)
        node: Items | Table = Table() if type(event) is yaml.MappingStartEvent else Items()
        node.line = event.start_mark.line + self.first_line
        node.column = event.start_mark.column + 1
        if isinstance(node, Table):
            node.keys_at = {}
        self.anchors.pop(event.anchor, None)  # not complete: a value that contains itself is endless
        self.open.append(_Open(node, event.anchor or "", self.total))
        self._count(event, 1)

    def _end(self) -> tuple[Node, int]:
        closed = self.open.pop()
        height = closed.height + 1
        if closed.anchor:
            self.anchors[closed.anchor] = (closed.node, self.total - closed.before, height)
        return closed.node, height

    def _add(self, node: Node, height: int, event: Any) -> None:  # noqa: ANN401
        parent = self.open[-1]
        parent.height = max(parent.height, height)
        if isinstance(parent.node, Items):
            parent.node.append(node)
        elif parent.key is not None:
            self._put(parent.node, parent.key, node)
            parent.key = None
        elif isinstance(node, Text):
            parent.key = node
        else:
            what = "invalid YAML: a list or mapping is used as a key"
            raise _Rejected(Problem("YAML-1", self.mark(event), what, "", "Quote it, or write `key:` before it."))

    def _put(self, table: Table, key: Text, node: Node) -> None:
        name = str(key)
        if name in table:
            first = table.keys_at[name][0]
            what = f"duplicate key {quoted(name)}, first in line {first}"
            self.problems.append(Problem("YAML-2", Mark(self.path, key.line, key.column), what))
        table[name] = node
        table.keys_at[name] = (key.line, key.column)


def _no_front_matter(path: str, lines: Sequence[str]) -> Problem:
    first = next((line.strip() for line in lines if line.strip()), "")
    kind = "TOML" if first == "+++" else "JSON" if first.startswith("{") else ""
    if kind:
        return Problem(
            "REC-6", Mark(path), f"the front matter is {kind}", "", "Rewrite it as YAML between `---` lines."
        )
    return Problem("REC-6", Mark(path), "the file has no front matter")


def _is_template(front: str, table: Table | None) -> bool:
    return "{{" in str(table.get("title", "")) if table is not None else _TEMPLATE.search(front) is not None


def _without_unprintable(path: str, text: str) -> tuple[str, list[Problem]]:
    """The text with a space for each unprintable character, so that columns stay correct, and a finding for each."""
    if not UNWANTED.search(text):
        return text, []
    problems = []
    for match in UNWANTED.finditer(text):
        start = match.start()
        mark = Mark(path, text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))
        problems.append(_unprintable(mark, match.group(), "replaced by a space"))
        if len(problems) == MAX_CHARACTER_FINDINGS:
            break
    return UNWANTED.sub(" ", text), problems


def _unprintable(mark: Mark, character: str, effect: str) -> Problem:
    return Problem("T-7", mark, f"unprintable character U+{ord(character):04X}", effect)


def _not_text(mark: Mark, sign: str, kind: str) -> Problem:
    return Problem("YAML-5", mark, f"{quoted(sign)} is a YAML {kind}, not text")


# Part of libyaml's message (the first match is used) -> the problem, and the fix.
_QUOTE = "Put the value in quotes."
_FAULTS = (
    ("mapping values are not allowed", 'the value contains ": "', _QUOTE),
    ("tab character", "the line is indented with a tab", "Use spaces."),
    ("cannot start any token", "the value begins with a special character", _QUOTE),
    ("expected node content", "the value begins with a special character", _QUOTE),
    ("block sequence entries", 'the value begins with "- "', _QUOTE),
    ("mapping keys are not allowed", 'the value begins with "? "', _QUOTE),
    ("an alias", 'the value begins with "*"', _QUOTE),
    ("an anchor", 'the value begins with "&"', _QUOTE),
    ("a tag", 'the value begins with "!"', _QUOTE),
    (
        "a quoted scalar, found unexpected",
        "a quote is not closed",
        "Close it. Inside '…' write '' for ', inside \"…\" write \\\" for \".",
    ),
    ("escape", "a backslash in double quotes begins no YAML escape", "Write \\\\ for \\, or use single quotes."),
    ("a block scalar", "text follows | or >", "Begin the text on the next line, or put the value in quotes."),
    ("flow", "a [ or { is not closed", "Close it, or put the value in quotes."),
    ("expected key", "text follows a closing quote or bracket", "Put the whole value in one pair of quotes."),
    ("'-' indicator", "the line is not indented like the list above it", "Correct the indentation."),
    (
        "expected ':'",
        "the line is neither `key: value` nor part of the value above it",
        "Write `key:` before it, or indent it.",
    ),
)
_TAB = _FAULTS[1]
_INDENT = ("", "the line is not indented like the lines around it", "Correct the indentation.")
_CONFLICT = ("", "the file contains merge conflict markers of git", "Keep one side and delete the markers.")
_MARKS_OF_GIT = re.compile(r"(<{7}|>{7}) .+")
_WHERE_IT_BEGAN = ("a quoted scalar, found unexpected", "flow", "expected ':'")  # the parser notices these later


def _unreadable(path: str, error: yaml.MarkedYAMLError, first_line: int, text: str) -> Problem:
    message = ", ".join(part for part in (error.context, error.problem) if part)
    at = error.problem_mark or error.context_mark
    if "nesting depth" in message and at:  # libyaml has its own limit, and reads ahead
        return Problem("YAML-3", Mark(path, at.line + first_line, at.column + 1), _TOO_DEEP)
    if error.context_mark and any(sign in message for sign in _WHERE_IT_BEGAN):
        at = error.context_mark
    lines = text.split("\n")
    line, column = (min(at.line, len(lines) - 1), at.column) if at else (0, 0)
    fault = next((fault for fault in _FAULTS if fault[0] in message), ("", message, ""))
    conflict = next((n for n, shown in enumerate(lines) if _MARKS_OF_GIT.fullmatch(shown)), None)
    if conflict is not None:
        line, column, fault = conflict, 0, _CONFLICT
    elif lines[line][column : column + 1] == "\t":
        fault = _TAB
    elif fault[0] == "expected key" and not lines[line][:column].strip(" -"):
        fault = _INDENT
    elif fault[0] == "mapping values are not allowed" and re.fullmatch(r"[ -]*[\w.-]+", lines[line][:column]):
        fault = ("", f"{fault[1]}, or {_INDENT[1]}", "Put the value in quotes, or correct the indentation.")
    shown = lines[line].rstrip()
    what = f"invalid YAML in {quoted(shown)}: {fault[1]}" if shown else f"invalid YAML: {fault[1]}"
    return Problem("YAML-1", Mark(path, line + first_line, column + 1), what, "", fault[2])
