"""The ledger as a file: YAML that people can read, compare and merge. What is written is read back exactly."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from types import MappingProxyType

from feedbuilder.authors.records import Node, Table, Text, parse_document
from feedbuilder.authors.yaml_text import scalar
from feedbuilder.errors import Mark, Problem, Stopped, quoted
from feedbuilder.model import Enclosure, Known, Ledger, SourceFile
from feedbuilder.text.characters import UNWANTED
from feedbuilder.text.dates import parse_timestamp

_HEADER = """\
# What subscribers' apps already know of this show. Commit this file: guids are given once, and here they are kept.
# It is written by `feedbuilder sync`, `import`, `measure`, `ledger save` and `ledger accept`; a build only reads it.
"""
_SHOW_KEYS = ("podcast_guid", "feed_url", "synced_from")
_ROW_KEYS = (
    *("title", "guid", "pub_date", "enclosure", "duration_s"),
    *("host_id", "withdrawn", "former_slugs", "place"),
)
_ENCLOSURE_KEYS = ("url", "length_bytes", "type", "sha256")


def parse_ledger(source: SourceFile) -> tuple[Ledger, list[Problem]]:
    """The ledger that a file holds, and the keys that nobody knows (LED-2).

    Raises:
        Stopped: it cannot be read, whole. It is never taken for empty: then every episode would get a new guid.
    """
    table, problems = parse_document(source.path, source.data)
    if table is None or problems:
        raise Stopped(*problems)
    reading = _Reading(source.path)
    ledger = reading.ledger(table)
    if reading.errors:
        raise Stopped(*reading.errors)
    return ledger, reading.warnings


class _Reading:
    """The findings of one file, gathered while its values are taken out."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []

    def ledger(self, table: Table) -> Ledger:
        """The whole."""
        self.name_unknown(table, (*_SHOW_KEYS, "episodes"))
        rows = self.table(table, "episodes") if "episodes" in table else Table()
        episodes = {slug: self.known(rows, slug) for slug in sorted(rows)}
        podcast_guid, feed_url, synced_from = (self.text(table, key) for key in _SHOW_KEYS)
        return Ledger(podcast_guid, feed_url, synced_from, MappingProxyType(episodes))

    def known(self, rows: Table, slug: str) -> Known:
        """One row."""
        row = self.table(rows, slug)
        self.name_unknown(row, _ROW_KEYS)
        guid = self.text(row, "guid")
        if not guid:
            self.wrong(row, f"the episode {quoted(slug)} has no guid")
        return Known(
            guid=guid,
            pub_date=self.instant(row, "pub_date"),
            enclosure=self.enclosure(row),
            duration_s=self.number(row, "duration_s"),
            host_id=self.text(row, "host_id"),
            title=self.text(row, "title"),
            withdrawn=self.truth(row, "withdrawn"),
            former_slugs=tuple(self.texts(row, "former_slugs")),
            place=int(self.number(row, "place") or 0),
        )

    def enclosure(self, row: Table) -> Enclosure | None:
        if "enclosure" not in row:
            return None
        table = self.table(row, "enclosure")
        self.name_unknown(table, _ENCLOSURE_KEYS)
        url = self.text(table, "url")
        if not url:
            self.wrong(table, "the enclosure has no url")
        length = self.number(table, "length_bytes") or 0
        if length != int(length):
            self.wrong(table["length_bytes"], f"length_bytes is {length}, and there are no parts of a byte")
        return Enclosure(url, int(length), self.text(table, "type"), self.text(table, "sha256"))

    def table(self, parent: Table, key: str) -> Table:
        node = parent[key]
        if isinstance(node, Table):
            return node
        if node != "":
            self.wrong(node, f"{key} is not a mapping")
        empty = Table()
        empty.line, empty.column = node.line, node.column
        return empty

    def text(self, parent: Table, key: str) -> str:
        node = parent.get(key, "")
        if isinstance(node, str):
            return str(node)
        self.wrong(node, f"{key} is not a text")
        return ""

    def texts(self, parent: Table, key: str) -> Iterator[str]:
        node = parent.get(key, "")
        if isinstance(node, list) and all(isinstance(one, Text) for one in node):
            yield from (str(one) for one in node)
        elif node != "":
            self.wrong(node, f"{key} is not a list of texts")

    def number(self, parent: Table, key: str) -> float | None:
        text = self.text(parent, key)
        if re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,20})?(e-?[0-9]{1,3})?", text):
            return float(text)
        if text:
            self.wrong(parent[key], f"{key} is {quoted(text)}, which is no number")
        return None

    def instant(self, parent: Table, key: str) -> datetime | None:
        text = self.text(parent, key)
        with suppress(ValueError):
            return parse_timestamp(text)
        if text:
            self.wrong(parent[key], f"{key} is {quoted(text)}, which is no instant such as 2026-03-31T17:00:00Z")
        return None

    def truth(self, parent: Table, key: str) -> bool:
        text = self.text(parent, key)
        if text not in {"", "true", "false"}:
            self.wrong(parent[key], f"{key} is {quoted(text)}, neither true nor false")
        return text == "true"

    def wrong(self, node: Node, what: str) -> None:
        self.errors.append(Problem("LED-1", Mark(self.path, node.line, node.column), what))

    def name_unknown(self, table: Table, keys: tuple[str, ...]) -> None:
        for key in sorted(table.keys() - set(keys)):
            self.warnings.append(Problem("LED-2", Mark(self.path, *table.keys_at[key]), f"the key {quoted(key)}"))


# --- writing ------------------------------------------------------------------------------------------------------


def render_ledger(ledger: Ledger) -> bytes:
    """The file: UTF-8, rows in order of slug, keys in a fixed order, nothing that is empty."""
    lines = [f"{key}: {_value(value)}" for key in _SHOW_KEYS if (value := getattr(ledger, key))]
    lines.append("episodes:" if ledger.episodes else "episodes: {}")
    for slug, known in sorted(ledger.episodes.items()):
        lines.append(f"  {_value(slug)}:")
        lines += _entries(_row(known), "    ")
    return (_HEADER + "\n".join(lines) + "\n").encode()


def _row(known: Known) -> dict[str, object]:
    """The values of a row that are not empty, in the order in which they are written."""
    values: dict[str, object] = {
        "title": UNWANTED.sub("", known.title),
        "guid": known.guid,
        "pub_date": known.pub_date,
        "enclosure": _enclosure_row(known.enclosure) if known.enclosure else None,
        "duration_s": known.duration_s,
        "host_id": known.host_id,
        "withdrawn": known.withdrawn or None,
        "former_slugs": list(known.former_slugs) or None,
        "place": known.place or None,
    }
    return {key: value for key, value in values.items() if value is not None and value != ""}


def _enclosure_row(enclosure: Enclosure) -> dict[str, object]:
    values = {key: getattr(enclosure, key) for key in _ENCLOSURE_KEYS}
    return {key: value for key, value in values.items() if value}


def _entries(values: Mapping[str, object], indent: str) -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield f"{indent}{key}:"
            yield from _entries(value, indent + "  ")
        else:
            yield f"{indent}{key}: {_value(value)}"


def _value(value: object) -> str:
    match value:
        case True:  # what is false is not written
            return "true"
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case list():
            return f"[{', '.join(_value(one) for one in value)}]"
        case str():
            return scalar(value)
        case _:
            return str(value)
