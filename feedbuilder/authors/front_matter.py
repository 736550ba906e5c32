"""A record's bytes + values for some of its keys -> its bytes with these values, and every other byte as it was.

A YAML library that writes a document anew changes quotes, comments, indents and line ends that were somebody's. So the
places of values are taken from the marks of the parser, and only those spans are written (docs/decisions/0020). What
comes out is read again: unless it says what it said before, and the new values, nothing is changed.
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
_TRANSCRIPT = "transcript"  # new keys stand before it: behind it nobody would look

_NO_NAMES: Mapping[str, str] = MappingProxyType({})


def set_values(path: str, data: bytes, values: Mapping[str, str], names: Mapping[str, str] = _NO_NAMES) -> bytes:
    """The record with each key (dotted: ``links.youtube``) set to a text; an empty or absent one is written anew.

    ``names``: our key -> the one that this show's records use, as ``fields`` of the show has it. A key of our own that
    is there with a value goes before it, as it does when the record is read.

    Raises:
        FeedbuilderError: the record cannot be read, or its YAML leaves no place for a value (REC-11).
    """
    front = _record(path, data).front
    own = {key for key in values if _value(front, key.split(".")) not in {"", None}}
    return _set_all(path, data, {key if key in own else their_name(key, names): text for key, text in values.items()})


def remove_key(path: str, data: bytes, key: str) -> bytes:
    """The record without a key and its value, with the lines that they take; as it is where it has no such key.

    Raises:
        FeedbuilderError: the record cannot be read, or its YAML does not show what belongs to the key (REC-11).
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
        raise _no_place(path, key, "the record would say something else, too")
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
        raise _no_place(path, next(iter(values)), "the record would say something else, too")
    return changed


def their_name(ours: str, names: Mapping[str, str]) -> str:
    """The name (dotted) under which a show's records have a key of ours.

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
    """What the front matter must say afterwards."""
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
    """The text of a record, where its front matter starts, and that as the parser takes it: places stay."""
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
    raise ValueError("the front matter is no mapping")


@dataclass(frozen=True, slots=True)
class _Edit:
    """A span of the front matter, and what stands there instead."""

    start: int
    end: int
    text: str


def _find_edit(front: str, table: yaml.MappingNode, names: Sequence[str], value: str) -> _Edit:
    """Where to write, and what.

    Raises:
        ValueError: there is no place for it.
    """
    for index, (key, node) in enumerate(table.value):
        if not isinstance(key, yaml.ScalarNode) or fold(key.value) != fold(names[0]):
            continue
        if node.start_mark.index < key.end_mark.index:
            raise ValueError(f"{names[0]} is an alias")
        if len(names) > 1 and isinstance(node, yaml.MappingNode):
            return _find_edit(front, node, names[1:], value)
        if not isinstance(node, yaml.ScalarNode) or (len(names) > 1 and node.value.lower() not in _NOTHING):
            raise ValueError(f"{names[0]} holds something else")
        return _replace(front, table.value[index], _nested(names[1:], value))
    return _insert(front, table, names, value)


def _find_removal(front: str, table: yaml.MappingNode, name: str) -> _Edit:
    """The lines of a key and its value.

    Raises:
        ValueError: they are not lines of their own.
    """
    [pair] = [pair for pair in table.value if fold(str(pair[0].value)) == fold(name)]
    start = pair[0].start_mark.index
    rest = _BREAK.search(front, _end_of(front, pair))
    if table.flow_style or rest is None or (start and front[start - 1] not in "\r\n"):
        raise ValueError("it stands on no lines of its own")
    return _Edit(start, rest.end(), "")


def _replace(front: str, pair: tuple[yaml.ScalarNode, yaml.ScalarNode], written: str) -> _Edit:
    key, node = pair
    start, end = node.start_mark.index, node.end_mark.index
    if node.style in {"|", ">"}:  # its span takes in the end of the last line, and comments behind it
        end = start + len(front[start:end].rstrip())
    if start == end:  # nothing is there: behind the colon, not where the parser looked next
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
        raise ValueError("the last line has no end")
    indent = " " * table.value[0][0].start_mark.column
    if len(names) > 1:
        pair = f"{names[0]}:{found[0]}{indent}  {names[1]}: {_nested(names[2:], value)}"
    return _Edit(found.end(), found.end(), f"{indent}{pair}{found[0]}")


def _end_of(front: str, pair: tuple[yaml.Node, yaml.Node]) -> int:
    """Where the last sign of a pair stands, without the comments and blank lines that follow it."""
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
    keeps = "+" in _BREAK.split(front[start:end], maxsplit=1)[0].partition("#")[0]  # the blank lines behind it are its
    return start + len(re.sub(r"(\r\n|\r|\n)\Z", "", front[start:end]) if keeps else front[start:end].rstrip())


def _nested(names: Sequence[str], value: str) -> str:
    written = scalar(value, numbers=True)
    for name in reversed(names):
        written = f"{{{name}: {written}}}"
    return written


def _no_place(path: str, key: str, why: str) -> FeedbuilderError:
    what = f"there is no place for {quoted(key)} that can be found for certain: {quoted(why)}"
    return FeedbuilderError(Problem("REC-11", Mark(path), what))
