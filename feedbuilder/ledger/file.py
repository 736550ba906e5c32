"""The ledger as a file: YAML that people can read, compare and merge. It round-trips exactly."""

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
_VERSION = 1  # of the format; a ledger without `version:` has it
_SHOW_KEYS = ("podcast_guid", "feed_url", "synced_from")
_SHOW_FACTS = ("new_feed_url", "block", "complete", "artwork")
_ROW_KEYS = (
    *("title", "guid", "pub_date", "enclosure", "duration_s"),
    *("host_id", "withdrawn", "former_slugs", "place", "accepted"),
)
_ENCLOSURE_KEYS = ("url", "length_bytes", "type", "sha256")


def parse_ledger(source: SourceFile) -> tuple[Ledger, list[Problem]]:
    """The ledger in a file, and a finding for each unknown key (LED-2).

    Raises:
        Stopped: part of it cannot be read. It is never treated as empty: every episode would get a new guid.
    """
    if conflicts := _conflicts(source):
        raise Stopped(*conflicts)
    table, problems = parse_document(source.path, source.data)
    if table is None or problems:
        raise Stopped(*problems)
    reading = _Reading(source.path)
    ledger = reading.ledger(table)
    if reading.errors:
        raise Stopped(*reading.errors)
    return ledger, reading.warnings


def _conflicts(source: SourceFile) -> list[Problem]:
    """A finding for each unresolved merge conflict, with the first line of both sides that differs."""
    lines = source.data.decode("utf-8", "replace").splitlines()
    problems = []
    for number, line in enumerate(lines, start=1):
        if not line.startswith("<<<<<<<"):
            continue
        end = next((at for at, other in enumerate(lines[number:], number) if other.startswith(">>>>>>>")), len(lines))
        sides: list[list[str]] = [[]]
        for other in lines[number:end]:
            if other.startswith(("=======", "|||||||")):
                sides.append([])
            else:
                sides[-1].append(other.strip())
        ours, theirs = sides[0], sides[-1]
        one, two = (
            ", ".join(text for text in side if text not in rest) for side, rest in ((ours, theirs), (theirs, ours))
        )
        what = f"merge conflict: one side has {quoted(one, 200)}, the other {quoted(two, 200)}"
        problems.append(Problem("LED-1", Mark(source.path, number), what, "", _RESOLVE))
    return problems


_RESOLVE = (
    "Keep what is published: compare with public/current/feed.xml, delete the other side and the conflict markers. "
    "Episodes that only one side has are all kept."
)


class _Reading:
    """Reads the values of one file and collects its findings."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []

    def ledger(self, table: Table) -> Ledger:
        version = self.number(table, "version") or _VERSION
        if version > _VERSION:
            what = f"the ledger has version {version:g}, this feedbuilder reads version {_VERSION}"
            remedy = "Update feedbuilder."
            self.errors.append(Problem("LED-1", Mark(self.path, *table.keys_at["version"]), what, "", remedy))
            return Ledger()
        self.name_unknown(table, ("version", *_SHOW_KEYS, *_SHOW_FACTS, "accepted", "episodes", "unmatched"))
        rows = self.table(table, "episodes") if "episodes" in table else Table()
        episodes = {slug: self.known(self.table(rows, slug), slug) for slug in sorted(rows)}
        unmatched = {row.guid: row for row in self.unmatched(table)}
        podcast_guid, feed_url, synced_from = (self.text(table, key) for key in _SHOW_KEYS)
        return Ledger(
            podcast_guid,
            feed_url,
            synced_from,
            MappingProxyType(episodes),
            MappingProxyType(unmatched),
            new_feed_url=self.text(table, "new_feed_url") if "new_feed_url" in table else None,
            block=self.truth_or_none(table, "block"),
            complete=self.truth_or_none(table, "complete"),
            artwork=self.truth_or_none(table, "artwork"),
            accepted=tuple(self.accepted(table)),
        )

    def unmatched(self, table: Table) -> Iterator[Known]:
        node = table.get("unmatched", "")
        if isinstance(node, list) and all(isinstance(entry, Table) for entry in node):
            yield from (self.known(entry, "") for entry in node)
        elif node != "":
            self.wrong(node, "unmatched must be a list of mappings")

    def known(self, row: Table, slug: str) -> Known:
        """One row."""
        self.name_unknown(row, _ROW_KEYS)
        guid = self.text(row, "guid")
        if not guid:
            self.wrong(row, f"episode {quoted(slug)} has no guid" if slug else "an unmatched item has no guid")
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
            accepted=tuple(self.accepted(row)),
        )

    def accepted(self, table: Table) -> Iterator[tuple[str, str]]:
        """Field and earlier value of each confirmed change."""
        node = table.get("accepted", "")
        if isinstance(node, list) and all(isinstance(entry, Table) for entry in node):
            for entry in node:
                yield from ((name, self.text(entry, name)) for name in entry)
        elif node != "":
            self.wrong(node, "accepted must be a list of `field: earlier value`")

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
            self.wrong(table["length_bytes"], f"length_bytes is {length:g}, not a whole number")
        return Enclosure(url, int(length), self.text(table, "type"), self.text(table, "sha256"))

    def table(self, parent: Table, key: str) -> Table:
        node = parent[key]
        if isinstance(node, Table):
            return node
        if node != "":
            self.wrong(node, f"{key} must be a mapping")
        empty = Table()
        empty.line, empty.column = node.line, node.column
        return empty

    def text(self, parent: Table, key: str) -> str:
        node = parent.get(key, "")
        if isinstance(node, str):
            return str(node)
        self.wrong(node, f"{key} must be text")
        return ""

    def texts(self, parent: Table, key: str) -> Iterator[str]:
        node = parent.get(key, "")
        if isinstance(node, list) and all(isinstance(one, Text) for one in node):
            yield from (str(one) for one in node)
        elif node != "":
            self.wrong(node, f"{key} must be a list of texts")

    def number(self, parent: Table, key: str) -> float | None:
        text = self.text(parent, key)
        if re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,20})?(e-?[0-9]{1,3})?", text):
            return float(text)
        if text:
            self.wrong(parent[key], f"{key} is {quoted(text)}, not a number")
        return None

    def instant(self, parent: Table, key: str) -> datetime | None:
        text = self.text(parent, key)
        with suppress(ValueError):
            return parse_timestamp(text)
        if text:
            self.wrong(parent[key], f"{key} is {quoted(text)}, not a date and time such as 2026-03-31T17:00:00Z")
        return None

    def truth(self, parent: Table, key: str) -> bool:
        text = self.text(parent, key)
        if text not in {"", "true", "false"}:
            self.wrong(parent[key], f"{key} is {quoted(text)}, not true or false")
        return text == "true"

    def truth_or_none(self, parent: Table, key: str) -> bool | None:
        return self.truth(parent, key) if key in parent else None

    def wrong(self, node: Node, what: str) -> None:
        mark = Mark(self.path, node.line, node.column)
        if all(error.mark != mark for error in self.errors):  # one value, one finding
            self.errors.append(Problem("LED-1", mark, what))

    def name_unknown(self, table: Table, keys: tuple[str, ...]) -> None:
        for key in sorted(table.keys() - set(keys)):
            self.warnings.append(Problem("LED-2", Mark(self.path, *table.keys_at[key]), f"unknown key {quoted(key)}"))


# --- writing ------------------------------------------------------------------------------------------------------


def render_ledger(ledger: Ledger) -> bytes:
    """The file: UTF-8, rows sorted by slug, keys in a fixed order, empty values omitted."""
    lines = [f"{key}: {_value(value)}" for key in _SHOW_KEYS if (value := getattr(ledger, key))]
    facts = {key: getattr(ledger, key) for key in _SHOW_FACTS}
    lines += [f"{key}: {_value(value)}" for key, value in facts.items() if value is not None]
    lines += _entries({"accepted": list(ledger.accepted)} if ledger.accepted else {}, "")
    lines.append("episodes:" if ledger.episodes else "episodes: {}")
    for slug, known in sorted(ledger.episodes.items()):
        lines.append(f"  {_value(slug)}:")
        lines += _entries(_row(known), "    ")
    if ledger.unmatched:
        lines += ["# Published items of the hosting feed without an episode file.", "unmatched:"]
    for _, known in sorted(ledger.unmatched.items()):
        first, *rest = _entries(_row(known), "  ")
        lines += [f"- {first.lstrip()}", *rest]
    return (_HEADER + "\n".join(lines) + "\n").encode()


def _row(known: Known) -> dict[str, object]:
    """The values of a row that are not empty, in file order."""
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
        "accepted": list(known.accepted) or None,
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
        elif key == "accepted" and isinstance(value, list):
            yield f"{indent}{key}:"
            yield from (f"{indent}- {name}: {_value(earlier)}" for name, earlier in value)
        else:
            yield f"{indent}{key}: {_value(value)}"


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
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
