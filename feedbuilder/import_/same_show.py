"""Whether a feed is the show that a project already holds: two shows in one folder would be merged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from feedbuilder.authors.records import parse_document
from feedbuilder.authors.show import SHOW_FILE
from feedbuilder.derive.identity import podcast_guid
from feedbuilder.errors import FeedbuilderError, Mark, Problem, quoted
from feedbuilder.model import Enclosure, Ledger, SourceFile
from feedbuilder.text.characters import plain_title
from feedbuilder.text.names import fold
from feedbuilder.text.values import is_uuid
from feedbuilder.upstream.feed import UpstreamFeed

_OWN_GUID = 16  # signs: an address or a UUID, and no number that every host gives


def refuse_other_show(feed: UpstreamFeed, present: SourceFile | None, ledger: Ledger, feed_url: str) -> None:
    """Accept a feed of the show in the project (show file ``present``), or any feed if there is no project.

    If both have a podcast:guid, that decides; otherwise an address or an episode in both. The title decides only for
    a project without episodes: two shows may have the same title.

    Raises:
        FeedbuilderError: the feed of another show (IMP-9).
    """
    if present is None and not (ledger.podcast_guid or ledger.episodes):
        return
    table = parse_document(present.path, present.data)[0] if present else None
    values = {fold(key): value for key, value in table.items()} if table else {}
    addresses = {url for url in (feed.feed_url, feed.url, feed.new_feed_url) if "://" in url}
    theirs = feed.podcast_guid.lower()
    ours = {str(values.get(fold("podcast_guid"), "")).lower(), ledger.podcast_guid} - {""}
    title = plain_title(feed.title)
    same_title = title != "" and title == plain_title(str(values.get("title", "")))
    if ours and is_uuid(theirs):
        same = bool(ours & {theirs, *map(podcast_guid, addresses)})
    else:
        same = (
            bool(({*addresses, feed_url} - {""}) & set(_addresses(values, ledger)))
            or (same_title and not ledger.episodes)
            or bool(_episodes_of(ledger) & {key for item in feed.items for key in _keys(item.guid, item.enclosure)})
        )
    if not same:
        name = quoted(str(values.get("title", ""))) if values.get("title") else "another show"
        what = f"this folder holds {name}, and the feed is {quoted(feed.title)}"
        what += ", and they share no address, guid or audio" if same_title else ""
        raise FeedbuilderError(Problem("IMP-9", Mark(present.path if present else SHOW_FILE), what))


def _episodes_of(ledger: Ledger) -> set[str]:
    return {key for row in ledger.episodes.values() for key in _keys(row.guid, row.enclosure)}


def _keys(guid: str, enclosure: Enclosure | None) -> set[str]:
    """What identifies an episode across shows: its audio address, and a guid longer than a number or a word."""
    keys = {guid} if len(guid) >= _OWN_GUID and len(guid.split()) == 1 else set()
    return keys | ({enclosure.url} if enclosure else set())


def _addresses(values: Mapping[str, Any], ledger: Ledger) -> Iterator[str]:
    """Where the show of the project is or was public, and where its feed was read."""
    upstream = values.get("upstream")
    yield from (str(values.get(fold(key), "")) for key in ("feed_url", "new_feed_url"))
    yield str(upstream.get("feed", "")) if isinstance(upstream, Mapping) else ""
    yield from (ledger.feed_url, ledger.synced_from)
