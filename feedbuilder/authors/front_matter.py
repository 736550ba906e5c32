"""An episode file's bytes + values for some of its keys -> its bytes with these values; every other byte is kept.

A YAML library that rewrites a document changes the author's quotes, comments, indentation and line ends. So only the
spans of values are written, at the places that the parser marks (docs/decisions/0020). The result is parsed again:
unless it has the old values and the new ones, nothing is changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import yaml

from feedbuilder.authors.records import Record, Table, find_front_matter, parse_record
from feedbuilder.authors.yaml_text import scalar
from feedbuilder.errors import FeedbuilderError, Mark, Problem, quoted
from feedbuilder.text.characters import UNWANTED
from feedbuilder.text.names import fold

_LOADERS = (getattr(yaml, "CSafeLoader", yaml.SafeLoader), yaml.SafeLoader)
_BREAK = re.compile(r"\r\n|\r|\n")
_ODD_BREAKS = re.compile("[\x85\u2028\u2029]")
_NOTHING = frozenset({"", "~", "null"})
_TRANSCRIPT = "transcript"  # new keys are written before it: after it they would be hard to find

_NO_NAMES: Mapping[str, str] = MappingProxyType({})


def set_values(path: str, data: bytes, values: Mapping[str, str], names: Mapping[str, str] = _NO_NAMES) -> bytes:
    """The file with each key (dotted: ``links.youtube``) set to a text; absent keys are added.

    ``names``: our key -> the name that this show uses for it (``fields`` of the show file). A key under our own name
    that has a value takes precedence, as it does when the file is read.

    Raises:
        FeedbuilderError: the file cannot be read, or its YAML has no clear place for a value (REC-11).
    """
    front = _record(path, data).front
    own = {key for key in values if _value(front, key.split(".")) not in {"", None}}
    return _set_all(path, data, {key if key in own else their_name(key, names): text for key, text in values.items()})


def remove_key(path: str, data: bytes, key: str) -> bytes:
    """The file without the lines of a key and its value; unchanged if it has no such key.

    Raises:
        FeedbuilderError: the file cannot be read, or its YAML does not show what belongs to the key (REC-11).
    """
    before = _record(path, data)
    expected = Table({name: node for name, node in before.front.items() if fold(name) != fold(key)})
    if expected == before.front:
        return data
    text, start, front = _front_of(data)
    try:
        edit = _find_removal(front, _compose(front), key)
    except (yaml.YAMLError, ValueError) as error:
        raise _no_place(path, key, str(error)) from error
    changed = _edited(text, start, edit)
    after = _record(path, changed)
    if after.front != expected or after.body != before.body:
        raise _no_place(path, key, "other values would change, too")
    return changed


def _value(front: Table, names: Sequence[str]) -> object:
    node = next((node for key, node in front.items() if fold(key) == fold(names[0])), None)
    if len(names) > 1:
        return _value(node, names[1:]) if isinstance(node, Table) else None
    return node if isinstance(node, str | None) else "…"


def _set_all(path: str, data: bytes, values: Mapping[str, str]) -> bytes:
    before = _record(path, data)
    changed = data
    expected: Table = before.front
    for key, value in values.items():
        names = key.split(".")
        changed = _set_one(path, changed, names, value)
        expected = _with(expected, names, value)
    after = _record(path, changed)
    if after.front != expected or after.body != before.body:
        raise _no_place(path, next(iter(values)), "other values would change, too")
    return changed


def their_name(ours: str, names: Mapping[str, str]) -> str:
    """The name (dotted) that a show uses for one of our keys.

    >>> their_name("links.youtube", {"links": "urls"}), their_name("audio.url", {"audio.url": "file"})
    ('urls.youtube', 'file')
    """
    folded = {fold(key): theirs for key, theirs in names.items()}
    parent, dot, last = ours.rpartition(".")
    if fold(ours) in folded:
        return folded[fold(ours)]
    return f"{their_name(parent, names)}.{last}" if dot else ours


def _record(path: str, data: bytes) -> Record:
    reading = parse_record(path, data)
    if reading.record is None:
        raise FeedbuilderError(*reading.problems)
    return reading.record


def _with(table: Table, names: Sequence[str], value: str) -> Table:
    """The front matter as it must be afterwards."""
    key = next((key for key in table if fold(key) == fold(names[0])), names[0])
    inner = table.get(key, "")
    if len(names) == 1:
        return Table({**table, key: value})
    return Table({**table, key: _with(inner if isinstance(inner, Table) else Table(), names[1:], value)})


def _set_one(path: str, data: bytes, names: Sequence[str], value: str) -> bytes:
    text, start, front = _front_of(data)
    try:
        edit = _find_edit(front, _compose(front), names, value)
    except (yaml.YAMLError, ValueError) as error:
        raise _no_place(path, ".".join(names), str(error)) from error
    return _edited(text, start, edit)


def _front_of(data: bytes) -> tuple[str, int, str]:
    """The text of a file, the start of its front matter, and the front matter as parsed; places are the same."""
    text = data.decode("utf-8")
    start, end = find_front_matter(text)
    return text, start, _ODD_BREAKS.sub(" ", UNWANTED.sub(" ", text[start:end]))


def _edited(text: str, start: int, edit: _Edit) -> bytes:
    return (text[: start + edit.start] + edit.text + text[start + edit.end :]).encode("utf-8")


def _compose(front: str) -> yaml.MappingNode:
    for loader in _LOADERS:
        try:
            root = yaml.compose(front, Loader=loader)
        except yaml.YAMLError:
            if loader is _LOADERS[-1]:
                raise
            continue
        if isinstance(root, yaml.MappingNode):
            return root
    raise ValueError("the front matter is not a mapping")


@dataclass(frozen=True, slots=True)
class _Edit:
    """A span of the front matter, and the text that replaces it."""

    start: int
    end: int
    text: str


def _find_edit(front: str, table: yaml.MappingNode, names: Sequence[str], value: str) -> _Edit:
    """Where to write, and what.

    Raises:
        ValueError: there is no clear place.
    """
    for index, (key, node) in enumerate(table.value):
        if not isinstance(key, yaml.ScalarNode) or fold(key.value) != fold(names[0]):
            continue
        if node.start_mark.index < key.end_mark.index:
            raise ValueError(f"{names[0]} is an alias")
        if len(names) > 1 and isinstance(node, yaml.MappingNode):
            return _find_edit(front, node, names[1:], value)
        if not isinstance(node, yaml.ScalarNode) or (len(names) > 1 and node.value.lower() not in _NOTHING):
            raise ValueError(f"{names[0]} has a value of another type")
        return _replace(front, table.value[index], _nested(names[1:], value))
    return _insert(front, table, names, value)


def _find_removal(front: str, table: yaml.MappingNode, name: str) -> _Edit:
    """The lines of a key and its value.

    Raises:
        ValueError: other values share these lines.
    """
    [pair] = [pair for pair in table.value if fold(str(pair[0].value)) == fold(name)]
    start = pair[0].start_mark.index
    rest = _BREAK.search(front, _end_of(front, pair))
    if table.flow_style or rest is None or (start and front[start - 1] not in "\r\n"):
        raise ValueError("other values share its line")
    return _Edit(start, rest.end(), "")


def _replace(front: str, pair: tuple[yaml.ScalarNode, yaml.ScalarNode], written: str) -> _Edit:
    key, node = pair
    start, end = node.start_mark.index, node.end_mark.index
    if node.style in {"|", ">"}:  # its span includes the last line end, and comments after it
        end = start + len(front[start:end].rstrip())
    if start == end:  # no value: write after the colon, not where the parser continued
        colon = front.index(":", key.end_mark.index)
        return _Edit(colon + 1, colon + 1, f" {written}")
    return _Edit(start, end, written)


def _insert(front: str, table: yaml.MappingNode, names: Sequence[str], value: str) -> _Edit:
    pair = f"{names[0]}: {_nested(names[1:], value)}"
    if table.flow_style:
        at = table.value[-1][1].end_mark.index if table.value else table.start_mark.index + 1
        return _Edit(at, at, f", {pair}" if table.value else pair)
    keys = [fold(str(key.value)) for key, _ in table.value]
    before = keys.index(_TRANSCRIPT) if _TRANSCRIPT in keys[1:] else len(keys)
    end = _end_of(front, table.value[before - 1])
    found = _BREAK.search(front, end)
    if found is None:
        raise ValueError("the last line has no line end")
    indent = " " * table.value[0][0].start_mark.column
    if len(names) > 1:
        pair = f"{names[0]}:{found[0]}{indent}  {names[1]}: {_nested(names[2:], value)}"
    return _Edit(found.end(), found.end(), f"{indent}{pair}{found[0]}")


def _end_of(front: str, pair: tuple[yaml.Node, yaml.Node]) -> int:
    """The end of a pair, without the comments and blank lines that follow it."""
    key, node = pair
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end_of(front, last if isinstance(node, yaml.MappingNode) else (last, last))
    if node.start_mark.index < key.start_mark.index:  # an alias
        raise ValueError("the value before it is an alias")
    start, end = node.start_mark.index, node.end_mark.index
    if start == end:
        return front.index(":", key.end_mark.index) + 1 if key is not node else end
    if getattr(node, "style", None) not in {"|", ">"}:
        return end
    keeps = "+" in _BREAK.split(front[start:end], maxsplit=1)[0].partition("#")[0]  # with +, they belong to it
    return start + len(re.sub(r"(\r\n|\r|\n)\Z", "", front[start:end]) if keeps else front[start:end].rstrip())


def _nested(names: Sequence[str], value: str) -> str:
    written = scalar(value, numbers=True)
    for name in reversed(names):
        written = f"{{{name}: {written}}}"
    return written


def _no_place(path: str, key: str, why: str) -> FeedbuilderError:
    return FeedbuilderError(Problem("REC-11", Mark(path), f"no clear place for {quoted(key)}: {quoted(why)}"))
