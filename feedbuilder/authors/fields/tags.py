"""Podcasting 2.0 tags among the keys of a show or an episode."""

from __future__ import annotations

from typing import Any

from feedbuilder.authors.records import Items, Table
from feedbuilder.errors import Mark, Problem
from feedbuilder.text.names import fold
from feedbuilder.vocabulary import podcast_tags
from feedbuilder.vocabulary.podcast_tags import Tag


def parse_tag_keys(table: Table, path: str, *, parent: str) -> tuple[tuple[Tag, ...], list[Problem]]:
    """The Podcasting 2.0 tags among the keys of a show (``channel``) or episode (``item``), in the table's order."""
    tags: list[Tag] = []
    problems: list[Problem] = []
    written = {fold(key): key for key in table}
    for name, spec in podcast_tags.author_keys(parent).items():
        key = written.get(fold(name))
        if key is None or table[key] == "":
            continue
        read, faults = podcast_tags.parse_tags(spec.name, table[key], parent=parent)
        tags += read
        for fault in faults:
            line, column = _place(table, key, fault.path)
            problems.append(Problem(fault.rule, Mark(path, line, column), fault.what, fault.effect, fault.remedy))
    return tuple(tags), problems


def _place(table: Table, key: str, path: tuple[int | str, ...]) -> tuple[int, int]:
    place = table.keys_at[key]
    node: Any = table[key]
    for part in path:
        if isinstance(node, Table) and part in node:
            place = node.keys_at[str(part)]
            node = node[str(part)]
        elif isinstance(node, Items) and isinstance(part, int) and part < len(node):
            node = node[part]
            place = (node.line, node.column)
    return place
