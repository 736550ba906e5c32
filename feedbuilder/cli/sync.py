"""``feedbuilder sync``: the upstream feed -> the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedbuilder.cli.options import json_option, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json, print_problems, print_summary, printable
from feedbuilder.text.characters import counted

if TYPE_CHECKING:
    from feedbuilder.project.sync import Synced


@click.command(epilog="Example: feedbuilder sync --dry-run")
@project_option
@click.option("--dry-run", is_flag=True, help="Show what would be learned; write nothing.")
@click.option("--match", "given", multiple=True, metavar="RECORD=GUID", help="Say which item a record is. Repeatable.")
@click.option("--allow-private", is_flag=True, help="Also read from a private or loopback address.")
@json_option
@guarded
def command(start: Path, *, given: tuple[str, ...], dry_run: bool, allow_private: bool, as_json: bool) -> None:
    """Read the upstream feed, join its items to the records, and write what is certain into the ledger.

    A guid is never changed; other audio waits for `feedbuilder ledger accept`. What is doubtful is named, not guessed.
    """
    from feedbuilder.project.sync import sync_project
    from feedbuilder.sources import find_project

    synced = sync_project(
        find_project(start),
        matches=_matches(given),
        dry_run=dry_run,
        allow_private=allow_private,
        observer=Terminal(),
    )
    if as_json:
        print_json(_as_data(synced), synced.problems)
    else:
        _print(synced)


def _matches(given: tuple[str, ...]) -> dict[str, str]:
    """Slug -> guid, as the author says."""
    pairs = dict(one.partition("=")[::2] for one in given)
    for slug, guid in pairs.items():
        if not guid:
            raise click.BadParameter(f"{slug!r} is not RECORD=GUID", param_hint="--match")
    return pairs


def _as_data(synced: Synced) -> dict[str, object]:
    items, result = synced.feed.items, synced.result
    return {
        "exit": 0,
        "upstream": synced.feed.url,
        "wrote": synced.wrote,
        "joined": [
            {
                "slug": pair.slug,
                "guid": items[pair.item].guid,
                "title": items[pair.item].title,
                "evidence": pair.evidence,
            }
            for pair in result.join.pairs
        ],
        "doubtful": [
            {"slug": one.slug, "why": one.why, "candidates": [items[index].guid for index in one.items]}
            for one in result.join.doubtful
        ],
        "contested": [
            {"key": one.key, "slugs": list(one.slugs), "guids": [items[index].guid for index in one.items]}
            for one in result.join.contested
        ],
        "unmatched_records": list(result.join.unmatched_records),
        "unmatched_items": [
            {"guid": items[index].guid, "title": items[index].title} for index in result.join.unmatched_items
        ],
        "changes": [
            {"slug": one.slug, "field": one.field, "old": one.old, "new": one.new, "waiting": one.waiting}
            for one in result.changes
        ],
    }


def _print(synced: Synced) -> None:
    feed, result = synced.feed, synced.result
    join = result.join
    for pair in join.pairs:
        click.echo(printable(f"joined   {pair.slug}  <-  {feed.items[pair.item].title}  ({pair.evidence})"))
    for one in join.doubtful:
        click.echo(printable(f"doubtful {one.slug}: {one.why}"))
    for slug in join.unmatched_records:
        click.echo(printable(f"only a record: {slug}"))
    for index in join.unmatched_items:
        item = feed.items[index]
        click.echo(printable(f"only in the feed: {item.title} ({item.guid})"))
    print_problems(synced.problems)
    print_summary(synced.problems)
    waiting = sum(change.waiting for change in result.changes)
    learned = len(result.changes) - waiting
    joined = f"{len(join.pairs)} of {counted(len(feed.items), 'item')} joined"
    doubtful = f"{counted(len(join.doubtful), 'record')} doubtful"
    left_over = f"{counted(len(join.unmatched_items), 'item')} left over"
    accept = f", {counted(waiting, 'waits', 'wait')} for `feedbuilder ledger accept SLUG`" if waiting else ""
    click.echo(f"{joined}, {doubtful}, {left_over}; {counted(learned, 'fact')} learned{accept}")
    click.echo(f"wrote {synced.wrote}: commit it" if synced.wrote else "the ledger was not changed")
