"""The pages of episodes on Apple, YouTube and Spotify -> the episode files that lack them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from feedbuilder.authors.front_matter import set_values
from feedbuilder.authors.show import SHOW_FILE
from feedbuilder.compose.inputs import Project
from feedbuilder.derive.links import derive_links
from feedbuilder.errors import FeedbuilderError, Mark, Problem, quoted
from feedbuilder.model import Episode
from feedbuilder.network import fetch, post_form
from feedbuilder.project.load import load_texts
from feedbuilder.project.observer import SILENT, Observer
from feedbuilder.publish import LOCK_S, hold_lock
from feedbuilder.sources import read_file, replace_file
from feedbuilder.text.characters import is_placeholder
from feedbuilder.upstream.elsewhere import (
    PLATFORM_KEYS,
    Found,
    match,
    parse_apple,
    parse_spotify,
    parse_token,
    parse_youtube,
    show_id,
)
from feedbuilder.upstream.feed import UpstreamItem

CLIENT_ID, CLIENT_SECRET = "SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"
# Parsed, JSON of this size takes up to 100 MB. 200 episodes of Apple have 1 to 3 MB.
_JSON_BYTES = 4 * 1024 * 1024
_XML_BYTES = 1024 * 1024
_SPOTIFY_PAGES = 200  # of 50 episodes: its own limit of 10,000


@dataclass(frozen=True, slots=True)
class Services:
    """The addresses of the platforms' APIs."""

    apple: str
    youtube: str
    spotify: str
    spotify_accounts: str
    market: str
    allow_private: bool


@dataclass(frozen=True, slots=True)
class LinksFound:
    """The links, the episode files before and after by path, and whether a query or an edit failed."""

    found: tuple[Found, ...]
    texts: Mapping[str, tuple[bytes, bytes]]
    problems: tuple[Problem, ...]
    failed: bool


def find_links(
    root: Path,
    services: Services,
    *,
    only: Sequence[str] = (),
    dry_run: bool = False,
    observer: Observer = SILENT,
) -> LinksFound:
    """Find the links that episode files lack, and add the certain ones; every other byte is unchanged.

    Raises:
        FeedbuilderError: `platforms:` names none of these platforms, or the project cannot be read.
    """
    project = load_texts(root, observer)
    items, problems, failed = _ask_all(project, only, services)
    with nullcontext() if dry_run else hold_lock(root, wait_s=LOCK_S):
        project = load_texts(root, observer)  # the files may have changed during the queries
        found, doubts = _match(project, items)
        texts, refused = _edited(root, project, found)
        for path, (_, new) in texts.items():
            if not dry_run:
                observer.changed()
                replace_file(root / path, new)
    return LinksFound(tuple(found), texts, (*problems, *doubts, *refused), failed or bool(refused))


def _ask_all(
    project: Project, only: Sequence[str], services: Services
) -> tuple[dict[str, list[UpstreamItem]], list[Problem], bool]:
    """The episodes of each platform that episode files lack links to; findings; and whether a query failed."""
    pages = {key.lower(): url for key, url in project.show.platforms.items()}
    if not (only or pages.keys() & set(PLATFORM_KEYS)):
        what = "`platforms:` names no page of this show on Apple, YouTube or Spotify"
        raise FeedbuilderError(Problem("LNK-7", Mark(SHOW_FILE), what))
    items: dict[str, list[UpstreamItem]] = {}
    problems: list[Problem] = []
    for platform in PLATFORM_KEYS:
        if platform not in (only or pages):
            continue
        if platform not in pages:
            what = f"`platforms.{platform}` is missing"
            problems.append(Problem("LNK-7", Mark(SHOW_FILE), what))
        elif _lacking(project, platform):
            try:
                items[platform] = _ask(platform, pages[platform], services)
            except FeedbuilderError as error:
                problems += error.problems
    return items, problems, bool(problems)


def _match(project: Project, items: Mapping[str, Sequence[UpstreamItem]]) -> tuple[list[Found], list[Problem]]:
    """The certain links that episode files lack, and findings for doubtful ones."""
    found: list[Found] = []
    problems: list[Problem] = []
    for platform, rows in items.items():
        lacking = _lacking(project, platform)
        pairs, doubts = match(platform, rows, project.episodes, project.ledger)
        found += [pair for pair in pairs if pair.slug in lacking]
        marks = {episode.mark for episode in project.episodes if episode.slug in lacking}
        problems += [doubt for doubt in doubts if doubt.mark in marks]
    return found, problems


def _lacking(project: Project, platform: str) -> set[str]:
    """The slugs of the episodes without a link to a platform."""
    return {
        episode.slug
        for episode in project.episodes
        if _lacks(episode, platform, {link.platform for link in derive_links(episode)[0]})
    }


def _lacks(episode: Episode, platform: str, has: set[str]) -> bool:
    """Whether an episode file has no value for the platform; a wrong value is left to the author."""
    written = (episode.links.get(platform, ""), episode.ids.get(platform, ""))
    return platform not in has and all(is_placeholder(text) for text in written)


# --- asking -----------------------------------------------------------------------------------------------------------


def _ask(platform: str, page: str, services: Services) -> list[UpstreamItem]:
    """The show's episodes on a platform.

    Raises:
        FeedbuilderError: the query failed, or the response is invalid.
    """
    show = show_id(platform, page)
    if show is None:
        wanted = {"youtube": "https://www.youtube.com/channel/UC… or …/playlist?list=PL…"}.get(
            platform, "the address of the show's page there"
        )
        what = f"`platforms.{platform}` is not the page of a show: {quoted(page, 200)}"
        raise FeedbuilderError(Problem("LNK-7", Mark(SHOW_FILE), what, "", f"Use {wanted}."))
    identity, kind = show
    if platform == "spotify":
        return _ask_spotify(identity, services)
    if platform == "apple":
        url = f"{services.apple}/lookup?id={identity}&country={kind}&entity=podcastEpisode&limit=200"
    else:
        url = f"{services.youtube}/feeds/videos.xml?{kind}_id={identity}"
    most = _JSON_BYTES if platform == "apple" else _XML_BYTES
    data = fetch(url, allow_private=services.allow_private, max_bytes=most).data
    return parse_apple(data, url) if platform == "apple" else parse_youtube(data, url)


def _ask_spotify(show: str, services: Services) -> list[UpstreamItem]:

    user, password = os.environ.get(CLIENT_ID, ""), os.environ.get(CLIENT_SECRET, "")
    if not (user and password):
        what = f"the environment variables {CLIENT_ID} and {CLIENT_SECRET} are not set"
        raise FeedbuilderError(Problem("LNK-8", Mark(services.spotify), what))
    accounts = f"{services.spotify_accounts}/api/token"
    form = {"grant_type": "client_credentials"}
    answer = post_form(accounts, form, user, password, allow_private=services.allow_private)
    token = parse_token(answer.data, accounts)
    items: list[UpstreamItem] = []
    for page in range(_SPOTIFY_PAGES):
        # Build the address of the next page ourselves, so that the token is sent to no other host.
        query = f"market={services.market}&limit=50&offset={50 * page}"
        url = f"{services.spotify}/v1/shows/{show}/episodes?{query}"
        data = fetch(url, allow_private=services.allow_private, max_bytes=_JSON_BYTES, bearer=token).data
        rows, more = parse_spotify(data, url)
        items += rows
        if not (more and rows):
            break
    return items


# --- writing ----------------------------------------------------------------------------------------------------------


def _edited(
    root: Path, project: Project, found: Sequence[Found]
) -> tuple[dict[str, tuple[bytes, bytes]], list[Problem]]:
    """The changed episode files by path, before and after; and findings for files that could not be edited."""
    paths = {episode.slug: episode.mark.path for episode in project.episodes}
    values: dict[str, dict[str, str]] = {}
    for one in found:
        values.setdefault(paths[one.slug], {})[f"links.{one.platform}"] = one.url
    texts, problems = {}, list[Problem]()
    for path, links in sorted(values.items()):
        source = read_file(root, path)
        if source is None:
            continue
        try:
            texts[path] = source.data, set_values(path, source.data, links, project.show.fields)
        except FeedbuilderError as error:
            problems += error.problems
    return texts, problems
