"""The hosting feed that the show names -> the ledger."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from feedbuilder.authors.show import SHOW_FILE
from feedbuilder.compose.audio import media_base
from feedbuilder.compose.inputs import Project
from feedbuilder.errors import FeedbuilderError, Mark, Problem, WrongUse, quoted
from feedbuilder.ledger import render_ledger
from feedbuilder.model import NOTHING, SourceFile
from feedbuilder.network import fetch_kept
from feedbuilder.project.ledger import refuse_unknown_keys
from feedbuilder.project.load import load_texts
from feedbuilder.project.observer import SILENT, Observer
from feedbuilder.project.paged_feeds import read_older
from feedbuilder.publish import LOCK_S, hold_lock
from feedbuilder.sources import read_file, replace_file
from feedbuilder.sync import SyncResult, sync
from feedbuilder.upstream.document import MAX_BYTES
from feedbuilder.upstream.feed import UpstreamFeed, parse_upstream

Pages = tuple[SourceFile, list[SourceFile], list[Problem]]


@dataclass(frozen=True, slots=True)
class Synced:
    """The feed, the resulting ledger, and the path of the ledger if it was written."""

    feed: UpstreamFeed
    result: SyncResult
    problems: tuple[Problem, ...]
    wrote: str = ""


def sync_project(
    root: Path,
    *,
    matches: Mapping[str, str] = NOTHING,
    dry_run: bool = False,
    allow_private: bool = False,
    observer: Observer = SILENT,
) -> Synced:
    """Read the hosting feed, match its items with the records, and write certain facts to the ledger.

    ``matches``: slug -> guid of its item, chosen by the author.

    Raises:
        WrongUse: ``matches`` names a record or a guid that does not exist.
        FeedbuilderError: the show names no feed, or it cannot be read.
    """
    pages = fetch_upstream(root, load_texts(root, observer), allow_private=allow_private)
    with nullcontext() if dry_run else hold_lock(root, wait_s=LOCK_S):
        project = load_texts(root, observer)  # files may have changed while the host was read
        refuse_unknown_keys(project)
        _check_slugs(matches, project)
        feed, problems, result = learn(project, pages, matches=matches)
        data = render_ledger(result.ledger)
        path = root / project.show.ledger
        changed = not path.is_file() or path.read_bytes() != data
        if changed and not dry_run:
            replace_file(path, data)
            observer.changed()
    wrote = project.show.ledger if changed and not dry_run else ""
    return Synced(feed, result, (*problems, *result.problems), wrote)


def fetch_upstream(root: Path, project: Project, *, allow_private: bool) -> Pages:
    """The pages of the hosting feed, and findings for pages that are missing.

    Raises:
        FeedbuilderError: the show names no feed, or its first page cannot be read.
    """
    if project.show.upstream is None:
        raise FeedbuilderError(Problem("UPS-0", Mark(SHOW_FILE), "`upstream: none` names no hosting feed"))
    where = project.show.upstream.feed
    read: Callable[[str], bytes] = lambda url: _read(root, url, allow_private=allow_private)  # noqa: E731
    first = SourceFile(where, read(where))
    older, problems = read_older(first.data, where, read)
    return first, older, problems


def learn(
    project: Project,
    pages: Pages,
    accepted: Collection[str] = (),
    matches: Mapping[str, str] = MappingProxyType({}),
) -> tuple[UpstreamFeed, list[Problem], SyncResult]:
    """The feed of these pages, its findings, and the resulting ledger.

    Raises:
        WrongUse: ``matches`` names a guid that the feed does not have.
        FeedbuilderError: it is the feed of another show.
    """
    first, older, unread = pages
    feed, problems = parse_upstream(first.data, first.path, older)
    if unknown := set(matches.values()) - {item.guid for item in feed.items}:
        raise _wrong_match(f"guid {quoted(min(unknown))} not found in the feed")
    home_url = media_base(project.show)
    result = sync(
        feed,
        project.episodes,
        project.ledger,
        accepted,
        project.lost,
        matches=matches,
        home_url=home_url,
        unpublished=project.unpublished,
        zone=project.show.timezone,
    )
    if feed.items and project.ledger.episodes and not result.join.pairs:
        name = quoted(feed.title or feed.url)
        what = f"none of the {len(feed.items)} items of {name} belongs to an episode of this show"
        raise FeedbuilderError(Problem("SYNC-9", Mark(feed.url), what))
    return feed, [*unread, *problems], result


def _check_slugs(matches: Mapping[str, str], project: Project) -> None:
    slugs = {episode.slug for episode in project.episodes}
    for slug in matches:
        if slug not in slugs:
            raise _wrong_match(f"episode file {quoted(slug)} not found")


def _wrong_match(what: str) -> WrongUse:
    return WrongUse(Problem("SYNC-7", Mark("--match"), what))


def _read(root: Path, where: str, *, allow_private: bool) -> bytes:
    if "://" in where:
        return fetch_kept(root, where, allow_private=allow_private, max_bytes=MAX_BYTES)
    file = read_file(root, where, most_bytes=MAX_BYTES)
    if file is None:
        what = f"the hosting feed {quoted(where)} is neither a URL nor a file in {root}"
        remedy = "Write `upstream: {feed: …}` with the full URL, including https://, or add the file."
        raise FeedbuilderError(Problem("UPS-0", Mark(SHOW_FILE), what, "", remedy))
    return file.data
