"""Measurements of audio on other hosts, kept between runs with the version tag of each host."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from feedbuilder import disk

_FILE = ".feedbuilder/remote.json"
_KIND = "feedbuilder remote 1"


@dataclass(frozen=True, slots=True)
class RemoteFacts:
    """Audio on another host. ``tag``: its ETag, or else its Last-Modified; empty: nothing tells its versions apart."""

    url: str
    length_bytes: int
    type: str
    duration_s: float | None
    estimated: bool = False
    sha256: str = ""
    tag: str = ""


def read_remembered(root: Path) -> dict[str, RemoteFacts]:
    """The measurements of earlier runs by URL; empty if absent or damaged."""
    try:
        rows = disk.unseal(_KIND, (root / _FILE).read_bytes())
        return {row["url"]: RemoteFacts(**row) for row in rows}
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def write_remembered(root: Path, facts: dict[str, RemoteFacts]) -> None:
    """Keep it for the next run.

    Raises:
        FeedbuilderError: it cannot be written.
    """
    rows = [asdict(fact) for _, fact in sorted(facts.items())]
    with disk.writing("FILE-10", _FILE):
        disk.replace(root / _FILE, disk.seal(_KIND, rows))
