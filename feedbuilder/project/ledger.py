"""Saving and accepting what subscribers' apps know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from feedbuilder.compose.carry import carry_over
from feedbuilder.compose.identify import Identified, identify
from feedbuilder.compose.inputs import Project
from feedbuilder.ledger import accept, accept_show, render_ledger, save
from feedbuilder.model import Ledger
from feedbuilder.project.load import load_project
from feedbuilder.project.observer import SILENT, Observer
from feedbuilder.publish import hold_lock
from feedbuilder.sources import replace_file

Change = Callable[[Project, Identified], Ledger]


@dataclass(frozen=True, slots=True)
class Edited:
    """The path of the ledger, and its content before and after."""

    path: str
    before: Ledger
    after: Ledger

    @property
    def slugs(self) -> list[str]:
        """The episodes whose rows changed, sorted."""
        old, new = self.before.episodes, self.after.episodes
        return sorted(slug for slug in old.keys() | new.keys() if old.get(slug) != new.get(slug))


def save_ledger(root: Path, now: datetime, observer: Observer = SILENT) -> Edited:
    """Write every episode of the feed to the ledger. Known guids and audio addresses are not changed.

    Raises:
        FeedbuilderError: the project cannot be read, or the ledger cannot be written.
    """
    with hold_lock(root):
        change: Change = lambda project, plan: save(project.ledger, plan.planned, plan.renames)  # noqa: E731
        return edit_ledger(root, now, change, observer)


def accept_changes(
    root: Path,
    slugs: Sequence[str],
    now: datetime,
    *,
    whole_show: bool = False,
    allow_private: bool = False,
    observer: Observer = SILENT,
) -> Edited:
    """Accept the current audio of these episodes, from the records or the hosting feed; a guid never changes.

    ``whole_show``: also accept a changed feed_url and podcast_guid.

    Raises:
        FeedbuilderError: there is no such episode, or the hosting feed cannot be read.
    """

    def change(project: Project, plan: Identified) -> Ledger:
        ledger = project.ledger
        own = {slug for slug in slugs if slug not in plan.audio or plan.audio[slug].enclosure}
        others = [slug for slug in slugs if slug not in own]
        if others and project.show.upstream:
            from feedbuilder.project.sync import fetch_upstream, learn

            pages = fetch_upstream(root, project, allow_private=allow_private)
            ledger = learn(project, pages, others)[2].ledger
        for slug in slugs:
            if slug in own or not project.show.upstream:
                ledger = accept(ledger, slug, plan.planned)
        return accept_show(ledger, plan.planned) if whole_show else ledger

    with hold_lock(root):
        return edit_ledger(root, now, change, observer)


def edit_ledger(root: Path, now: datetime, change: Change, observer: Observer) -> Edited:
    """Replace the ledger with the result of ``change``, which gets the project and its planned build.

    The caller holds the lock.
    """
    project, measured, last = load_project(root, observer=observer)
    plan = identify(project, measured, carry_over(project, last), last, now)
    ledger = change(project, plan)
    replace_file(root / project.show.ledger, render_ledger(ledger))
    observer.changed()
    return Edited(project.show.ledger, project.ledger, ledger)
