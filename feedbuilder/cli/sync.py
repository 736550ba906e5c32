"""``feedbuilder sync``: the hosting feed -> the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedbuilder.cli.options import output_options, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json, print_problems, say
from feedbuilder.text.characters import counted

if TYPE_CHECKING:
    from feedbuilder.project.sync import Synced


@click.command(epilog="Example: feedbuilder sync --dry-run")
@project_option
@click.option("--dry-run", is_flag=True, help="Show the result without writing the ledger.")
@click.option(
    "--match", "given", multiple=True, metavar="SLUG=GUID", help="Match an episode file with an item. Repeatable."
)
@click.option("--allow-private", is_flag=True, help="Allow private and loopback addresses.")
@output_options
@guarded
def command(start: Path, *, given: tuple[str, ...], dry_run: bool, allow_private: bool, as_json: bool) -> None:
    """Read guids, dates and audio URLs from your current host's feed into config/ledger.yaml.

    The ledger is the history of the show: what apps already know. A guid never changes; changed audio waits for
    `feedbuilder ledger accept`. Uncertain matches are listed, not guessed.
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
    """Slug -> guid, from the command line."""
    pairs = dict(one.partition("=")[::2] for one in given)
    for slug, guid in pairs.items():
        if not guid:
            raise click.BadParameter(f"{slug!r} is not SLUG=GUID.", param_hint="--match")
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
        say(f"matched  {pair.slug}  <-  {feed.items[pair.item].title}  ({pair.evidence})")
    for one in join.doubtful:
        say(f"doubtful {one.slug}: {one.why}")
    for slug in join.unmatched_records:
        say(f"only an episode file: {slug}")
    for index in join.unmatched_items:
        item = feed.items[index]
        say(f"only in the feed: {item.title} ({item.guid})")
    print_problems(synced.problems)
    waiting = sum(change.waiting for change in result.changes)
    learned = len(result.changes) - waiting
    matched = f"{len(join.pairs)} of {counted(len(feed.items), 'item')} matched"
    doubtful = f"{counted(len(join.doubtful), 'episode file')} doubtful"
    left_over = f"{counted(len(join.unmatched_items), 'item')} left over"
    accept = f", {counted(waiting, 'waits', 'wait')} for `feedbuilder ledger accept SLUG`" if waiting else ""
    say(f"{matched}, {doubtful}, {left_over}; {counted(learned, 'new fact')}{accept}.")
    say(f"Wrote {synced.wrote}. Commit it." if synced.wrote else "The ledger did not change.")
