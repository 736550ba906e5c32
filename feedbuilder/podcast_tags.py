"""The Podcasting 2.0 namespace as one table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tag:
    """One element of the namespace, checked against the table: name without prefix, attributes in the table's order."""

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    text: str = ""
    children: tuple[Tag, ...] = ()
