"""``feedbuilder sync``: the upstream feed -> the ledger."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import click

from feedbuilder.cli.options import json_option, project_option
from feedbuilder.cli.output import guarded, if_stopped, print_json, print_problems, print_summary, printable
from feedbuilder.text.characters import counted

if TYPE_CHECKING:
    from feedbuilder.compose.inputs import Project
    from feedbuilder.errors import Problem
    from feedbuilder.model import SourceFile
    from feedbuilder.sync import SyncResult
    from feedbuilder.upstream.feed import UpstreamFeed

    Pages = tuple[SourceFile, list[SourceFile], list[Problem]]


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
    from feedbuilder.cli.measure import LOCK_S
    from feedbuilder.cli.project import load_texts
    from feedbuilder.ledger import render_ledger
    from feedbuilder.publish import hold_lock
    from feedbuilder.sources import find_project, replace_file

    root = find_project(start)
    pages = fetch_upstream(root, load_texts(root), allow_private=allow_private)
    with nullcontext() if dry_run else hold_lock(root, wait_s=LOCK_S):
        project = load_texts(root)  # hosts are slow: others may have written meanwhile
        feed, problems, result = _learn(project, pages, matches=_matches(given, project))
        data = render_ledger(result.ledger)
        path = root / project.show.ledger
        changed = not path.is_file() or path.read_bytes() != data
        if changed and not dry_run:
            replace_file(path, data)
            if_stopped()
    problems = [*problems, *result.problems]
    wrote = project.show.ledger if changed and not dry_run else ""
    if as_json:
        print_json(_as_data(feed, result, wrote), problems)
    else:
        _print(feed, result, problems, wrote)


def read_upstream(
    root: Path,
    project: Project,
    *,
    allow_private: bool = False,
    accepted: Collection[str] = (),
) -> tuple[UpstreamFeed, list[Problem], SyncResult]:
    """The feed that the show names, what is wrong with it, and what the ledger learns from it.

    Raises:
        FeedbuilderError: the show names none, or it cannot be read.
    """
    return _learn(project, fetch_upstream(root, project, allow_private=allow_private), accepted)


def fetch_upstream(root: Path, project: Project, *, allow_private: bool) -> Pages:
    """The pages of the feed that the show names, and why some are missing.

    Raises:
        FeedbuilderError: the show names none, or the first cannot be read.
    """
    from feedbuilder.authors.show import SHOW_FILE
    from feedbuilder.cli.paged_feeds import read_older
    from feedbuilder.errors import FeedbuilderError, Mark, Problem
    from feedbuilder.model import SourceFile

    if project.show.upstream is None:
        raise FeedbuilderError(Problem("UPS-0", Mark(SHOW_FILE), "upstream is none: there is no feed to read"))
    where = project.show.upstream.feed
    first = SourceFile(where, _read(root, where, allow_private=allow_private))
    older, problems = read_older(first.data, where, lambda url: _read(root, url, allow_private=allow_private))
    return first, older, problems


def _learn(
    project: Project, pages: Pages, accepted: Collection[str] = (), matches: Mapping[str, str] = MappingProxyType({})
) -> tuple[UpstreamFeed, list[Problem], SyncResult]:
    from feedbuilder.compose.audio import media_base
    from feedbuilder.sync import sync
    from feedbuilder.upstream.feed import parse_upstream

    first, older, unread = pages
    feed, problems = parse_upstream(first.data, first.path, older)
    if strangers := set(matches.values()) - {item.guid for item in feed.items}:
        raise click.BadParameter(f"the feed has no guid {min(strangers)!r}", param_hint="--match")
    home_url = media_base(project.show)
    result = sync(feed, project.episodes, project.ledger, accepted, project.lost, matches=matches, home_url=home_url)
    return feed, [*unread, *problems], result


def _matches(given: tuple[str, ...], project: Project) -> dict[str, str]:
    """Slug -> guid, as the author says."""
    pairs = dict(one.partition("=")[::2] for one in given)
    slugs = {episode.slug for episode in project.episodes}
    for slug, guid in pairs.items():
        if not guid:
            raise click.BadParameter(f"{slug!r} is not RECORD=GUID", param_hint="--match")
        if slug not in slugs:
            raise click.BadParameter(f"there is no record {slug!r}", param_hint="--match")
    return pairs


def _read(root: Path, where: str, *, allow_private: bool) -> bytes:
    from feedbuilder.authors.show import SHOW_FILE
    from feedbuilder.errors import FeedbuilderError, Mark, Problem
    from feedbuilder.network import fetch_kept
    from feedbuilder.sources import read_file
    from feedbuilder.upstream.document import MAX_BYTES

    if "://" in where:
        return fetch_kept(root, where, allow_private=allow_private, max_bytes=MAX_BYTES)
    file = read_file(root, where, most_bytes=MAX_BYTES)
    if file is None:
        what = f"upstream: {{feed: {where}}} is no URL, and no file {root / where} is there"
        remedy = "write the whole URL, with https://, or put the file there"
        raise FeedbuilderError(Problem("UPS-0", Mark(SHOW_FILE), what, "", remedy))
    return file.data


def _as_data(feed: UpstreamFeed, result: SyncResult, wrote: str) -> dict[str, object]:
    items = feed.items
    return {
        "exit": 0,
        "upstream": feed.url,
        "wrote": wrote,
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


def _print(feed: UpstreamFeed, result: SyncResult, problems: list[Problem], wrote: str) -> None:
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
    print_problems(problems)
    print_summary(problems)
    waiting = sum(change.waiting for change in result.changes)
    learned = len(result.changes) - waiting
    joined = f"{len(join.pairs)} of {counted(len(feed.items), 'item')} joined"
    doubtful = f"{counted(len(join.doubtful), 'record')} doubtful"
    left_over = f"{counted(len(join.unmatched_items), 'item')} left over"
    accept = f", {counted(waiting, 'waits', 'wait')} for `feedbuilder ledger accept SLUG`" if waiting else ""
    click.echo(f"{joined}, {doubtful}, {left_over}; {counted(learned, 'fact')} learned{accept}")
    click.echo(f"wrote {wrote}: commit it" if wrote else "the ledger was not changed")
