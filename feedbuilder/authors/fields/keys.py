"""A show's own names for keys, replaced by ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from feedbuilder.authors.records import Node, Table
from feedbuilder.text.names import fold


def rename_keys(table: Table, names: Mapping[str, str]) -> tuple[Table, set[str]]:
    """The table with a show's names (dotted, ours -> theirs) replaced by ours; and their keys that were used, folded.

    Where our own key has a value too, that value is kept.
    """
    renamed = _copied(table, table)
    used = set()
    for ours, theirs in names.items():
        value = _find(table, theirs.split("."))
        if value is not None:
            used.add(fold(theirs.split(".")[0]))
            _put(renamed, ours.split("."), *value)
    return renamed, used


def _copied(content: Mapping[str, Any], at: Node) -> Table:
    table = Table(content)
    table.line, table.column = at.line, at.column
    table.keys_at = dict(content.keys_at) if isinstance(content, Table) else {}
    return table


def _find(table: Table, path: Sequence[str]) -> tuple[Node, tuple[int, int]] | None:
    for key, node in table.items():
        if fold(key) == fold(path[0]):
            if len(path) == 1:
                return node, table.keys_at[key]
            return _find(node, path[1:]) if isinstance(node, Table) else None
    return None


def _put(table: Table, path: Sequence[str], node: Node, place: tuple[int, int]) -> None:
    key = next((key for key in table if fold(key) == fold(path[0])), path[0])
    if len(path) == 1:
        if table.get(key, "") == "":
            table[key], table.keys_at[key] = node, place
        return
    inner = table.get(key)
    table[key] = _copied(inner if isinstance(inner, Table) else {}, node)
    table.keys_at.setdefault(key, place)
    _put(table[key], path[1:], node, place)
