"""``feedbuilder ledger``: what subscribers' apps know, shown, saved, and changed on purpose."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedbuilder.cli.options import json_option, now_option, project_option
from feedbuilder.cli.output import guarded, if_stopped, print_json, printable
from feedbuilder.text.characters import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from feedbuilder.compose.identify import Identified
    from feedbuilder.compose.inputs import Project
    from feedbuilder.model import Known, Ledger

    Change = Callable[[Project, Identified], Ledger]


@click.group(epilog="Example: feedbuilder ledger accept s01e04-moving-house")
def command() -> None:
    """Show, save or accept what subscribers' apps know of this show (config/ledger.yaml)."""


@command.command(epilog="Example: feedbuilder ledger show --json | jq '.episodes | length'")
@project_option
@json_option
@guarded
def show(start: Path, *, as_json: bool) -> None:
    """Print the ledger: guid, instant and audio of every episode."""
    from feedbuilder.cli.project import load_texts
    from feedbuilder.compose.identify import podcast_guid_of
    from feedbuilder.sources import find_project

    project = load_texts(find_project(start))
    ledger = project.ledger
    guid, feed_url = podcast_guid_of(project), ledger.feed_url or project.show.feed_url
    if as_json:
        print_json(
            {
                "exit": 0,
                "podcast_guid": guid,
                "feed_url": feed_url,
                "synced_from": ledger.synced_from,
                "episodes": {slug: _as_data(known) for slug, known in ledger.episodes.items()},
            }
        )
        return
    click.echo(printable(f"show  {guid}  {feed_url}"))
    if not ledger.episodes:
        click.echo(f"{project.show.ledger} knows no episode yet: `feedbuilder ledger save` writes those of the feed")
    for slug, known in ledger.episodes.items():
        audio = known.enclosure.url if known.enclosure else "no audio"
        when = known.pub_date.isoformat() if known.pub_date else "no date"
        click.echo(printable(f"{slug}  {known.guid}  {when}  {audio}{'  withdrawn' if known.withdrawn else ''}"))


@command.command(epilog="Example: feedbuilder ledger save && git commit -m 'Save the ledger' config/ledger.yaml")
@project_option
@now_option
@json_option
@guarded
def save(start: Path, *, now: datetime, as_json: bool) -> None:
    """Write every episode of the feed into the ledger. Nothing that it knows already is changed."""
    from feedbuilder.ledger import save as saved

    _edit(start, now, lambda project, plan: saved(project.ledger, plan.planned, plan.renames), as_json=as_json)


@command.command(epilog="Example: feedbuilder ledger accept s01e04-moving-house")
@project_option
@click.argument("slugs", nargs=-1)
@click.option(
    "--show", "whole_show", is_flag=True, help="Accept another feed_url and podcast_guid: the show has moved."
)
@click.option("--allow-private", is_flag=True, help="Also read the upstream feed from a private or loopback address.")
@now_option
@json_option
@guarded
def accept(
    start: Path, slugs: tuple[str, ...], *, whole_show: bool, allow_private: bool, now: datetime, as_json: bool
) -> None:
    """Accept the audio that the records (or the upstream feed) now have for SLUGS; a guid never changes."""
    from feedbuilder.cli.sync import read_upstream
    from feedbuilder.ledger import accept as accepted
    from feedbuilder.ledger import accept_show

    if not slugs and not whole_show:
        raise click.UsageError("name at least one SLUG, or --show")

    def change(project: Project, plan: Identified, root: Path) -> Ledger:
        ledger = project.ledger
        own = {slug for slug in slugs if slug not in plan.audio or plan.audio[slug].enclosure}
        others = [slug for slug in slugs if slug not in own]
        if others and project.show.upstream:
            _, _, result = read_upstream(root, project, allow_private=allow_private, accepted=others)
            ledger = result.ledger
        for slug in slugs:
            if slug in own or not project.show.upstream:
                ledger = accepted(ledger, slug, plan.planned)
        return accept_show(ledger, plan.planned) if whole_show else ledger

    from feedbuilder.sources import find_project

    root = find_project(start)
    _edit(start, now, lambda project, plan: change(project, plan, root), as_json=as_json)


def _edit(start: Path, now: datetime, change: Change, *, as_json: bool) -> None:
    from feedbuilder.publish import hold_lock
    from feedbuilder.sources import find_project

    root = find_project(start)
    with hold_lock(root):
        path, before, after = edit_ledger(root, now, change)
    slugs = after.episodes.keys() | before.episodes.keys()
    changed = sorted(slug for slug in slugs if after.episodes.get(slug) != before.episodes.get(slug))
    if as_json:
        print_json({"exit": 0, "wrote": path, "changed": changed})
    else:
        what = counted(len(changed), "episode") if changed else "what is known of the show"
        click.echo("nothing changed" if after == before else f"{path}: {what} changed; commit it")


def edit_ledger(root: Path, now: datetime, change: Change) -> tuple[str, Ledger, Ledger]:
    """Replace the ledger by what ``change`` makes of it and of what a build would publish now.

    Its path, and the ledger before and after. The caller holds the lock.
    """
    from feedbuilder.cli.project import load_project
    from feedbuilder.compose.carry import carry_over
    from feedbuilder.compose.identify import identify
    from feedbuilder.ledger import render_ledger
    from feedbuilder.sources import replace_file

    project, measured, last = load_project(root)
    plan = identify(project, measured, carry_over(project, last), last, now)
    ledger = change(project, plan)
    replace_file(root / project.show.ledger, render_ledger(ledger))
    if_stopped()
    return project.show.ledger, project.ledger, ledger


def _as_data(known: Known) -> dict[str, object]:
    audio = known.enclosure
    return {
        "guid": known.guid,
        "pub_date": known.pub_date.isoformat() if known.pub_date else None,
        "enclosure": {"url": audio.url, "length_bytes": audio.length_bytes, "type": audio.type} if audio else None,
        "duration_s": known.duration_s,
        "host_id": known.host_id,
        "title": known.title,
        "withdrawn": known.withdrawn,
    }
