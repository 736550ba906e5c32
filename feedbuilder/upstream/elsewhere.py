"""The episodes of a show on Apple, Spotify and YouTube -> which page belongs to which episode file.

Spec: Apple, iTunes Search API, lookup by id with entity=podcastEpisode; Spotify, Web API, GET /shows/{id}/episodes;
YouTube, the Atom feed of a channel or playlist (feeds/videos.xml). All read 2026-11-25.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from lxml import etree

from feedbuilder.errors import FeedbuilderError, Mark, Problem, quoted
from feedbuilder.model import Episode, Ledger
from feedbuilder.text.dates import parse_feed_date
from feedbuilder.upstream.feed import UpstreamItem
from feedbuilder.upstream.join import join
from feedbuilder.upstream.titles import content_of, words_of
from feedbuilder.vocabulary.platforms import PLATFORMS, read_address

PLATFORM_KEYS = ("apple", "youtube", "spotify")
_NEAR = timedelta(hours=24)
_FEWEST_WORDS = 3  # several episodes may share a title of fewer content words
_ATOM = "{http://www.w3.org/2005/Atom}"
_YOUTUBE = "{http://www.youtube.com/xml/schemas/2015}"


@dataclass(frozen=True, slots=True)
class Found:
    """The page of an episode on a platform, and the evidence."""

    slug: str
    platform: str
    url: str
    evidence: str


# --- which show it is there -------------------------------------------------------------------------------------------


def show_id(platform: str, url: str) -> tuple[str, str] | None:
    """Id of the show on a platform by the address of its page, and the kind of page; ``None`` if it has no id.

    >>> show_id("apple", "https://podcasts.apple.com/de/podcast/harbour/id123456789")
    ('123456789', 'de')
    >>> show_id("youtube", "https://www.youtube.com/playlist?list=PL0123456789")
    ('PL0123456789', 'playlist')
    """
    parts = urlsplit(url)
    match platform:
        case "apple":
            found = re.fullmatch(r"/(?:([a-z]{2})/)?podcast/(?:[^/]+/)?id([0-9]{1,20})/?", parts.path)
            return (found[2], found[1] or "us") if found else None
        case "spotify":
            found = re.fullmatch(r"/(?:intl-[a-z-]+/)?show/([A-Za-z0-9]{22})/?", parts.path)
            return (found[1], "show") if found else None
        case "youtube":
            playlist = dict(parse_qsl(parts.query)).get("list", "")
            if parts.path == "/playlist" and re.fullmatch(r"[A-Za-z0-9_-]{2,64}", playlist):
                return playlist, "playlist"
            found = re.fullmatch(r"/channel/(UC[A-Za-z0-9_-]{22})/?", parts.path)
            return (found[1], "channel") if found else None
    return None


# --- what they answer -------------------------------------------------------------------------------------------------


def parse_apple(data: bytes, where: str) -> list[UpstreamItem]:
    """The episodes of a lookup; ``link_url`` is the page of each.

    Raises:
        FeedbuilderError: the response is invalid (LNK-5).
    """
    answer = _json(data, where)
    return [
        UpstreamItem(
            guid=_text(row, "episodeGuid") or _text(row, "trackId"),
            title=_text(row, "trackName"),
            pub_date=_instant(_text(row, "releaseDate")),
            duration_s=_seconds(row.get("trackTimeMillis")),
            link_url=_page("apple", _text(row, "trackViewUrl")),
        )
        for row in _rows(answer, "results", where)
        if row.get("kind") == "podcast-episode"
    ]


def parse_spotify(data: bytes, where: str) -> tuple[list[UpstreamItem], bool]:
    """The episodes of one page of a show, and whether there is another page.

    Raises:
        FeedbuilderError: the response is invalid (LNK-5).
    """
    answer = _json(data, where)
    items = [
        UpstreamItem(
            guid=f"spotify:{_text(row, 'id')}",
            title=_text(row, "name"),
            pub_date=_instant(_text(row, "release_date")),
            duration_s=_seconds(row.get("duration_ms")),
            link_url=_page("spotify", f"https://open.spotify.com/episode/{_text(row, 'id')}"),
        )
        for row in _rows(answer, "items", where)
    ]
    return items, bool(answer.get("next"))


def parse_token(data: bytes, where: str) -> str:
    """The access token in Spotify's response.

    Raises:
        FeedbuilderError: it has none (LNK-5).
    """
    token = _text(_json(data, where), "access_token")
    if not re.fullmatch(r"[A-Za-z0-9._~+/=-]{1,2000}", token):
        raise _refused(where, "the response has no valid access_token")
    return token


def parse_youtube(data: bytes, where: str) -> list[UpstreamItem]:
    """The newest videos of a channel or playlist: the feed has at most fifteen, without durations.

    Raises:
        FeedbuilderError: the response is invalid (LNK-5).
    """
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _refused(where, f"the response is not XML: {quoted(str(error.msg), 100)}") from error
    if root.tag != f"{_ATOM}feed":
        raise _refused(where, "the response is not an Atom feed")
    return [
        UpstreamItem(
            guid=f"youtube:{entry.findtext(f'{_YOUTUBE}videoId', '')}",
            title=" ".join(entry.findtext(f"{_ATOM}title", "").split()),
            pub_date=_instant(entry.findtext(f"{_ATOM}published", "")),
            link_url=_page("youtube", f"https://www.youtube.com/watch?v={entry.findtext(f'{_YOUTUBE}videoId', '')}"),
        )
        for entry in root.iter(f"{_ATOM}entry")
    ]


# --- which is which ---------------------------------------------------------------------------------------------------


def match(
    platform: str, items: Sequence[UpstreamItem], episodes: Sequence[Episode], ledger: Ledger
) -> tuple[list[Found], list[Problem]]:
    """The certain page of each episode, by slug; and findings for episodes with several possible pages.

    The evidence is that of the join: the guid, season and episode with the title, or day, duration and title. Videos
    have no duration: there, day and whole title (three words or more) decide if they fit only one another.
    """
    usable = [item for item in items if item.link_url]
    joined = join([replace(item, title=_plain(item, platform)) for item in usable], episodes, ledger)
    found = [Found(pair.slug, platform, usable[pair.item].link_url, pair.evidence) for pair in joined.pairs]
    taken = {one.slug for one in found}
    left = [usable[index] for index in range(len(usable)) if index not in {pair.item for pair in joined.pairs}]
    open_records = [episode for episode in episodes if episode.slug not in taken]
    found += [
        Found(slug, platform, item.link_url, evidence)
        for slug, item, evidence in _same_title_and_day(open_records, left)
    ]
    taken = {one.slug for one in found}
    marks = {episode.slug: episode.mark for episode in episodes}
    label = PLATFORMS[platform].label
    problems = []
    for doubt in joined.doubtful:
        if doubt.slug not in taken and doubt.items:
            may_be = " or ".join(f"{quoted(usable[n].title, 40)} ({usable[n].link_url})" for n in doubt.items[:3])
            problems.append(Problem("LNK-6", marks[doubt.slug], f"{doubt.why}, and on {label} it may be {may_be}"))
    return sorted(found, key=lambda one: one.slug), problems


def _plain(item: UpstreamItem, platform: str) -> str:
    """The title; a video without one gets one that matches nothing."""
    return item.title or f"{platform} {item.guid}"


def _same_title_and_day(
    episodes: Sequence[Episode], items: Sequence[UpstreamItem]
) -> Iterator[tuple[str, UpstreamItem, str]]:
    pairs = [
        (episode.slug, index)
        for episode in episodes
        for index, item in enumerate(items)
        if not (episode.duration_s and item.duration_s)  # with both, the join has decided
        and episode.pub_date
        and item.pub_date
        and abs(episode.pub_date - item.pub_date) <= _NEAR
        and _whole_title(episode, item)
    ]
    slugs, indexes = Counter(slug for slug, _ in pairs), Counter(index for _, index in pairs)
    for slug, index in pairs:
        if slugs[slug] == 1 and indexes[index] == 1:
            yield slug, items[index], "date, whole title"


def _whole_title(episode: Episode, item: UpstreamItem) -> bool:
    ours, theirs = content_of(words_of(episode.title)), content_of(words_of(item.title))
    return len(ours) >= _FEWEST_WORDS and ours <= theirs


# --- parts of answers -------------------------------------------------------------------------------------------------


def _json(data: bytes, where: str) -> Mapping[str, Any]:
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _refused(where, "the response is not JSON") from error
    if not isinstance(answer, dict):
        raise _refused(where, "the response is not a JSON object")
    return answer


def _rows(answer: Mapping[str, Any], key: str, where: str) -> list[Mapping[str, Any]]:
    rows = answer.get(key)
    if not isinstance(rows, list):
        raise _refused(where, f"the response has no list {quoted(key)}")
    return [row for row in rows if isinstance(row, dict)]  # a page has null for an unavailable episode


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    return " ".join(str(value).split()) if isinstance(value, str | int) else ""


def _seconds(value: object) -> float | None:
    return value / 1000 if isinstance(value, int | float) and 0 < value < 10**9 else None


def _instant(text: str) -> datetime | None:
    try:
        return parse_feed_date(text)[0]
    except ValueError:
        return None


def _page(platform: str, url: str) -> str:
    """The page of an episode in its canonical form; empty if the address is invalid."""
    address = read_address(PLATFORMS[platform], url)
    return address.url if address else ""


def _refused(where: str, what: str) -> FeedbuilderError:
    return FeedbuilderError(Problem("LNK-5", Mark(where), what))
