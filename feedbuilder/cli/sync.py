"""``feedbuilder sync``: the hosting feed -> the ledger."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedbuilder.cli.options import output_options, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json, print_problems, say
from feedbuilder.errors import Exit, quoted
from feedbuilder.text.characters import counted

if TYPE_CHECKING:
    from feedbuilder.project.sync import Synced


@click.command(epilog="Example: feedbuilder sync --dry-run")
@project_option
@click.option("--dry-run", is_flag=True, help="Show the result without writing the ledger.")
@click.option(
    "--match", "given", multiple=True, metavar="SLUG=GUID", help="Match an episode file with an item. Repeatable."
)
@click.option(
    "--match-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with one SLUG=GUID per line; lines that start with # are ignored.",
)
@click.option("--allow-private", is_flag=True, help="Allow private and loopback addresses.")
@output_options
@guarded
def command(
    start: Path,
    *,
    given: tuple[str, ...],
    match_file: Path | None,
    dry_run: bool,
    allow_private: bool,
    as_json: bool,
) -> None:
    """Read guids, dates and audio URLs from your current host's feed into config/ledger.yaml.

    The ledger is the history of the show: what apps already know. A guid never changes; changed audio waits for
    `feedbuilder ledger accept`. Uncertain matches are listed, not guessed.

    Exit codes: 0 done; 1 stopped, nothing changed; 2 usage; 3 done, but the build stops until an episode is corrected.
    """
    from feedbuilder.project.sync import sync_project
    from feedbuilder.sources import find_project

    synced = sync_project(
        find_project(start),
        matches=_matches([*(_lines(match_file) if match_file else ()), *given]),
        dry_run=dry_run,
        allow_private=allow_private,
        observer=Terminal(),
    )
    code = Exit.HELD_BACK if any(problem.rule == "SYNC-8" for problem in synced.problems) else Exit.DONE
    if as_json:
        print_json({"exit": int(code), **_as_data(synced)}, synced.problems)
    else:
        _print(synced)
    sys.exit(code)


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise click.BadParameter(f"{path} is not UTF-8.", param_hint="--match-file") from error
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _matches(given: Sequence[str]) -> dict[str, str]:
    """Slug -> guid, from the command line."""
    pairs = {slug.strip(): guid.strip() for slug, _, guid in (one.partition("=") for one in given)}
    for slug, guid in pairs.items():
        if not guid:
            raise click.BadParameter(f"{slug!r} is not SLUG=GUID.", param_hint="--match")
    return pairs


def _as_data(synced: Synced) -> dict[str, object]:
    items, result = synced.feed.items, synced.result
    return {
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
    rows = [("matched", pair.slug, feed.items[pair.item].title, pair.evidence) for pair in join.pairs]
    for doubt in join.doubtful:
        titles = " or ".join(quoted(feed.items[index].title or feed.items[index].guid) for index in doubt.items[:3])
        rows.append(("doubtful", doubt.slug, titles, doubt.why))
    rows += [("file only", slug, "", "") for slug in join.unmatched_records]
    left = ((feed.items[index].guid, feed.items[index].title) for index in join.unmatched_items)
    rows += [("feed only", guid, title, "") for guid, title in left]
    widths = [max((len(row[at]) for row in rows), default=0) for at in range(3)]
    for row in rows:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)).rstrip())
    print_problems(synced.problems)
    waiting = sum(change.waiting for change in result.changes)
    learned = len(result.changes) - waiting
    matched = f"{len(join.pairs)} of {counted(len(feed.items), 'item')} matched"
    doubtful = f"{counted(len(join.doubtful), 'episode file')} doubtful"
    left_over = f"{counted(len(join.unmatched_items), 'item')} left over"
    accept = f", {counted(waiting, 'waits', 'wait')} for `feedbuilder ledger accept SLUG`" if waiting else ""
    say(f"{matched}, {doubtful}, {left_over}; {counted(learned, 'new fact')}{accept}.")
    say(f"Wrote {synced.wrote}. Commit it." if synced.wrote else "The ledger did not change.")
