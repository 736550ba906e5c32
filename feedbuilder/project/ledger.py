"""Saving and accepting what subscribers' apps know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from feedbuilder.compose.carry import carry_over
from feedbuilder.compose.identify import Identified, identify
from feedbuilder.compose.inputs import Project
from feedbuilder.errors import Stopped
from feedbuilder.ledger import (
    accept,
    accept_guid,
    accept_show,
    confirm,
    facts_of,
    render_ledger,
    save,
    withdraw_item,
)
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
        change: Change = lambda project, plan: save(project.ledger, plan.planned, plan.renames, plan.told)  # noqa: E731
        return edit_ledger(root, now, change, observer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the owner confirms: changes of these episodes (``every``: of all), of the show, or of a guid.

    ``guid``: the old and the new guid of the one episode. ``withdrawn``: guids of items of the hosting feed.
    """

    slugs: Sequence[str] = ()
    every: bool = False
    whole_show: bool = False
    guid: tuple[str, str] | None = None
    withdrawn: Sequence[str] = ()


def accept_changes(
    root: Path, wish: Wish, now: datetime, *, allow_private: bool = False, observer: Observer = SILENT
) -> Edited:
    """Write confirmed changes to the ledger, from the records or the hosting feed.

    Raises:
        FeedbuilderError: there is no such episode or item, or the hosting feed cannot be read.
    """

    def change(project: Project, plan: Identified) -> Ledger:
        ledger = project.ledger
        for guid in wish.withdrawn:
            ledger = withdraw_item(ledger, guid)
        if wish.guid:
            return accept_guid(ledger, wish.slugs[0], *wish.guid, plan.told)
        slugs = [*wish.slugs, *(_changed(plan, ledger) if wish.every else ())]
        own = {slug for slug in slugs if slug not in plan.audio or plan.audio[slug].enclosure}
        others = [slug for slug in slugs if slug not in own]
        if others and project.show.upstream:
            from feedbuilder.project.sync import fetch_upstream, learn

            pages = fetch_upstream(root, project, allow_private=allow_private)
            ledger = learn(replace(project, ledger=ledger), pages, others)[2].ledger
        for slug in slugs:
            if slug in own or not project.show.upstream:
                ledger = accept(ledger, slug, plan.planned, plan.told)
            else:
                ledger = confirm(ledger, slug, plan.told)
        return accept_show(ledger, plan.planned, plan.told) if wish.whole_show else ledger

    with hold_lock(root):
        return edit_ledger(root, now, change, observer)


def _changed(plan: Identified, ledger: Ledger) -> list[str]:
    """The episodes whose audio or date would change."""
    released = plan.told.episodes if plan.told else {}
    changed = []
    for slug, row in plan.planned.episodes.items():
        facts = facts_of(row)
        before = [facts_of(rows[slug]) for rows in (ledger.episodes, released) if slug in rows]
        if any(old[field] and old[field] != facts[field] for old in before for field in ("enclosure.url", "pub_date")):
            changed.append(slug)
    return changed


def refuse_unknown_keys(project: Project) -> None:
    """Do nothing if the ledger has only known keys: those of a newer version would be lost when it is written.

    Raises:
        Stopped: it has others (LED-2).
    """
    if unknown := [problem for problem in project.problems if problem.rule == "LED-2"]:
        raise Stopped(*unknown)


def edit_ledger(root: Path, now: datetime, change: Change, observer: Observer) -> Edited:
    """Replace the ledger with the result of ``change``, which gets the project and its planned build.

    The caller holds the lock.
    """
    project, measured, last = load_project(root, observer=observer)
    refuse_unknown_keys(project)
    plan = identify(project, measured, carry_over(project, last), last, now)
    ledger = change(project, plan)
    replace_file(root / project.show.ledger, render_ledger(ledger))
    observer.changed()
    return Edited(project.show.ledger, project.ledger, ledger)
