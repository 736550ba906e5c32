"""Whether a feed is the show that a project holds already: two shows in one folder would become one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from feedbuilder.config import SHOW_FILE
from feedbuilder.derive.identity import podcast_guid
from feedbuilder.errors import FeedbuilderError, Mark, Problem, quoted
from feedbuilder.fields import fold
from feedbuilder.model import Ledger, SourceFile
from feedbuilder.records import parse_document
from feedbuilder.text import plain_title
from feedbuilder.upstream.feed import UpstreamFeed

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def refuse_other_show(feed: UpstreamFeed, present: SourceFile | None, ledger: Ledger, feed_url: str) -> None:
    """Let a feed pass that is the show of the project, whose show file is ``present``, or that meets no project.

    Where both have a podcast:guid, that decides; else an address, the title or an episode that both have.

    Raises:
        FeedbuilderError: it is another show (IMP-9).
    """
    if present is None and not (ledger.podcast_guid or ledger.episodes):
        return
    table = parse_document(present.path, present.data)[0] if present else None
    values = {fold(key): value for key, value in table.items()} if table else {}
    addresses = {url for url in (feed.feed_url, feed.url, feed.new_feed_url) if "://" in url}
    theirs = feed.podcast_guid.lower()
    ours = {str(values.get(fold("podcast_guid"), "")).lower(), ledger.podcast_guid} - {""}
    if ours and UUID.fullmatch(theirs):
        same = bool(ours & {theirs, *map(podcast_guid, addresses)})
    else:
        title = plain_title(feed.title)
        audio = {row.enclosure.url for row in ledger.episodes.values() if row.enclosure}
        same = (
            bool(({*addresses, feed_url} - {""}) & set(_addresses(values, ledger)))
            or (title != "" and title == plain_title(str(values.get("title", ""))))
            or any(item.enclosure and item.enclosure.url in audio for item in feed.items)
        )
    if not same:
        name = quoted(str(values.get("title", ""))) if values.get("title") else "another show"
        what = f"this folder holds {name}, and the feed is {quoted(feed.title)}"
        raise FeedbuilderError(Problem("IMP-9", Mark(present.path if present else SHOW_FILE), what))


def _addresses(values: Mapping[str, Any], ledger: Ledger) -> Iterator[str]:
    """Where the show of the project is or was public, and where it was read."""
    upstream = values.get("upstream")
    yield from (str(values.get(fold(key), "")) for key in ("feed_url", "new_feed_url"))
    yield str(upstream.get("feed", "")) if isinstance(upstream, Mapping) else ""
    yield from (ledger.feed_url, ledger.synced_from)
