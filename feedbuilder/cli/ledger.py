"""``feedbuilder ledger``: show, save and accept what subscribers' apps already know."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedbuilder.cli.options import now_option, output_options, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json, printable, say
from feedbuilder.text.characters import counted

if TYPE_CHECKING:
    from feedbuilder.model import Known
    from feedbuilder.project.ledger import Edited


@click.group(epilog="Example: feedbuilder ledger accept s01e04-moving-house")
def command() -> None:
    """Show, save or accept the history of the show: what subscribers' apps already know (config/ledger.yaml)."""


@command.command(epilog="Example: feedbuilder ledger show --json | jq '.episodes | length'")
@project_option
@output_options
@guarded
def show(start: Path, *, as_json: bool) -> None:
    """Print the ledger: guid, date and time, and audio of every episode."""
    from feedbuilder.compose.identify import podcast_guid_of
    from feedbuilder.project.load import load_texts
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
                "unmatched": [_as_data(known) for known in ledger.unmatched.values()],
            }
        )
        return
    click.echo(f"show  {guid}  {feed_url}")
    if not ledger.episodes:
        say(f"{project.show.ledger} has no episodes yet. Run `feedbuilder ledger save` to add those of the feed.")
    for slug, known in ledger.episodes.items():
        audio = known.enclosure.url if known.enclosure else "no audio"
        when = known.pub_date.isoformat() if known.pub_date else "no date"
        click.echo(printable(f"{slug}  {known.guid}  {when}  {audio}{'  withdrawn' if known.withdrawn else ''}"))
    for guid, known in ledger.unmatched.items():
        when = known.pub_date.isoformat() if known.pub_date else "no date"
        click.echo(printable(f"unmatched  {guid}  {when}  {known.title}{'  withdrawn' if known.withdrawn else ''}"))


@command.command(epilog="Example: feedbuilder ledger save && git commit -m 'Save the ledger' config/ledger.yaml")
@project_option
@now_option
@output_options
@guarded
def save(start: Path, *, now: datetime, as_json: bool) -> None:
    """Write every episode of the feed to the ledger. Known guids and audio addresses are not changed."""
    from feedbuilder.project.ledger import save_ledger
    from feedbuilder.sources import find_project

    _print(save_ledger(find_project(start), now, Terminal()), as_json=as_json)


@command.command(epilog="Example: feedbuilder ledger accept s01e04-moving-house")
@project_option
@click.argument("slugs", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Accept changed audio and dates of all episodes.")
@click.option(
    "--guid", type=(str, str), metavar="OLD NEW", help="Accept another guid for the one SLUG: the old and the new one."
)
@click.option(
    "--show",
    "whole_show",
    is_flag=True,
    help="Accept changes of the show: feed_url, podcast_guid, new_feed_url, block, complete, artwork.",
)
@click.option(
    "--withdraw", "withdrawn", multiple=True, metavar="GUID", help="Leave out an unmatched item of the hosting feed."
)
@click.option("--allow-private", is_flag=True, help="Allow private and loopback addresses for the hosting feed.")
@now_option
@output_options
@guarded
def accept(
    start: Path,
    slugs: tuple[str, ...],
    *,
    every: bool,
    guid: tuple[str, str] | None,
    whole_show: bool,
    withdrawn: tuple[str, ...],
    allow_private: bool,
    now: datetime,
    as_json: bool,
) -> None:
    """Confirm changes that stop the build: of the audio and date of SLUGS, of a guid, or of the show.

    New audio and dates come from the episode files or the hosting feed.
    """
    from feedbuilder.project.ledger import Wish, accept_changes
    from feedbuilder.sources import find_project

    if not (slugs or every or whole_show or withdrawn):
        raise click.UsageError("Name at least one SLUG, or use --all, --show or --withdraw.")
    if guid and len(slugs) != 1:
        raise click.UsageError("--guid takes exactly one SLUG.")
    wish = Wish(slugs=slugs, every=every, guid=guid, whole_show=whole_show, withdrawn=withdrawn)
    edited = accept_changes(find_project(start), wish, now, allow_private=allow_private, observer=Terminal())
    _print(edited, as_json=as_json)


def _print(edited: Edited, *, as_json: bool) -> None:
    changed = edited.slugs
    if as_json:
        print_json({"exit": 0, "wrote": edited.path, "changed": changed})
    else:
        what = counted(len(changed), "episode") if changed else "the show"
        same = edited.after == edited.before
        say("Nothing changed." if same else f"Changed {what} in {edited.path}. Commit it.")


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
