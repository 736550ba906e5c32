"""Publish an earlier release again, in one step."""

from __future__ import annotations

from pathlib import Path

from feedbuilder.project.load import load_show, watch_release
from feedbuilder.project.observer import SILENT, Observer
from feedbuilder.publish import hold_lock, list_releases, read_current, rollback


def roll_back(root: Path, release: str = "", observer: Observer = SILENT) -> None:
    """Publish an earlier release again; default: the previous one.

    Raises:
        FeedbuilderError: the release does not exist or is damaged; nothing was changed.
    """
    public = root / load_show(root)[0].public
    with hold_lock(root):
        watch_release(public, observer)
        rollback(public, release or None)


def releases_of(root: Path) -> tuple[str, list[str]]:
    """The current release, empty if there is none, and all kept releases, oldest first."""
    public = root / load_show(root)[0].public
    current = read_current(public)
    return current.id if current else "", list(list_releases(public))
