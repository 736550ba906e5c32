"""``feedbuilder links``: the pages of episodes on Apple, YouTube and Spotify -> the records that lack them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedbuilder.cli.options import json_option, project_option
from feedbuilder.cli.output import (
    EXIT_CHANGED,
    guarded,
    if_stopped,
    print_json,
    print_problems,
    print_summary,
    printable,
)
from feedbuilder.errors import FeedbuilderError, Mark, Problem
from feedbuilder.text.characters import counted

if TYPE_CHECKING:
    from feedbuilder.compose.inputs import Project
    from feedbuilder.model import Episode
    from feedbuilder.upstream.elsewhere import Found
    from feedbuilder.upstream.feed import UpstreamItem

CLIENT_ID, CLIENT_SECRET = "SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"
# What may be unpacked into a hundred megabytes of objects, and no more. 200 episodes of Apple have 1 to 3 MB.
_JSON_BYTES = 4 * 1024 * 1024
_XML_BYTES = 1024 * 1024
LOCK_S = 60.0  # that a build may take, while which what was found waits to be written
_SPOTIFY_PAGES = 200  # of 50 episodes: its own limit of 10,000


@dataclass(frozen=True, slots=True)
class Services:
    """Where the platforms answer."""

    apple: str
    youtube: str
    spotify: str
    spotify_accounts: str
    market: str
    allow_private: bool


@click.command(epilog="Example: feedbuilder links --dry-run")
@project_option
@click.option(
    "--only",
    type=click.Choice(["apple", "youtube", "spotify"]),
    multiple=True,
    help="Ask this platform; default: all of which platforms: in the show file names the show's page.",
)
@click.option("--market", default="US", show_default=True, help="Country whose catalogue Spotify is asked for.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, as a diff; write nothing.")
@click.option("--allow-private", is_flag=True, help="Also ask a private or loopback address.")
@click.option("--apple", default="https://itunes.apple.com", hidden=True, help="Where Apple answers look-ups.")
@click.option("--youtube", default="https://www.youtube.com", hidden=True, help="Where YouTube has its feeds.")
@click.option("--spotify", default="https://api.spotify.com", hidden=True, help="Where Spotify has its Web API.")
@click.option(
    "--spotify-accounts", default="https://accounts.spotify.com", hidden=True, help="Where Spotify gives tokens."
)
@json_option
@guarded
def command(start: Path, *, only: tuple[str, ...], dry_run: bool, as_json: bool, **services: object) -> None:
    """Find the links that records lack, and write those that are certain into them; every other byte stays.

    Apple and YouTube are asked without an account. Spotify needs yours, of developer.spotify.com, in the environment:
    SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET. Exit codes: 0 done; 1 stopped; 3 a platform could not be asked.
    """
    from feedbuilder.cli.project import load_texts
    from feedbuilder.publish import hold_lock
    from feedbuilder.sources import find_project, replace_file

    root = find_project(start)
    project = load_texts(root)
    items, problems, failed = _ask_all(project, only, Services(**services))  # type: ignore[arg-type]
    with nullcontext() if dry_run else hold_lock(root, wait_s=LOCK_S):
        project = load_texts(root)  # hosts are slow: others may have written meanwhile
        found, doubts = _match(project, items)
        texts, refused = _edited(root, project, found)
        for path, (_, new) in texts.items():
            if not dry_run:
                if_stopped()
                replace_file(root / path, new)
    problems += [*doubts, *refused]
    code = EXIT_CHANGED if failed or refused else 0
    if as_json:
        rows = [{"slug": one.slug, "platform": one.platform, "url": one.url, "evidence": one.evidence} for one in found]
        wrote = [] if dry_run else sorted(texts)
        print_json({"exit": code, "found": rows, "wrote": wrote, "diff": _diff(texts)}, problems)
    else:
        _print(found, texts, problems, dry_run=dry_run)
    sys.exit(code)


def _ask_all(
    project: Project, only: Sequence[str], services: Services
) -> tuple[dict[str, list[UpstreamItem]], list[Problem], bool]:
    """What each platform has of the show, if records lack it; why one could not be asked; and whether one could not."""
    from feedbuilder.authors.show import SHOW_FILE
    from feedbuilder.upstream.elsewhere import PLATFORM_KEYS

    pages = {key.lower(): url for key, url in project.show.platforms.items()}
    if not (only or pages.keys() & set(PLATFORM_KEYS)):
        what = "platforms: names no page of this show on Apple, YouTube or Spotify"
        raise FeedbuilderError(Problem("LNK-7", Mark(SHOW_FILE), what))
    items: dict[str, list[UpstreamItem]] = {}
    problems: list[Problem] = []
    for platform in PLATFORM_KEYS:
        if platform not in (only or pages):
            continue
        if platform not in pages:
            what = f"platforms.{platform} is missing: nobody knows which show it is there"
            problems.append(Problem("LNK-7", Mark(SHOW_FILE), what))
        elif _lacking(project, platform):
            try:
                items[platform] = _ask(platform, pages[platform], services)
            except FeedbuilderError as error:
                problems += error.problems
    return items, problems, bool(problems)


def _match(project: Project, items: Mapping[str, Sequence[UpstreamItem]]) -> tuple[list[Found], list[Problem]]:
    """What records lack and platforms have; and what is doubtful."""
    from feedbuilder.upstream.elsewhere import match

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
    """The slugs of the records that say nothing of a platform."""
    from feedbuilder.derive.links import derive_links

    return {
        episode.slug
        for episode in project.episodes
        if _lacks(episode, platform, {link.platform for link in derive_links(episode)[0]})
    }


def _lacks(episode: Episode, platform: str, has: set[str]) -> bool:
    """Whether a record says nothing of the platform; one that says something wrong is its author's to mend."""
    from feedbuilder.text.characters import is_placeholder

    written = (episode.links.get(platform, ""), episode.ids.get(platform, ""))
    return platform not in has and all(is_placeholder(text) for text in written)


# --- asking -----------------------------------------------------------------------------------------------------------


def _ask(platform: str, page: str, services: Services) -> list[UpstreamItem]:
    """The episodes that a platform has of the show.

    Raises:
        FeedbuilderError: it cannot be asked, or its answer cannot be read.
    """
    from feedbuilder.authors.show import SHOW_FILE
    from feedbuilder.network import fetch
    from feedbuilder.upstream.elsewhere import parse_apple, parse_youtube, show_id

    show = show_id(platform, page)
    if show is None:
        wanted = {"youtube": "https://www.youtube.com/channel/UC… or …/playlist?list=PL…"}.get(
            platform, "its show page"
        )
        what = f"platforms.{platform} does not tell which show it is: {page}"
        raise FeedbuilderError(Problem("LNK-7", Mark(SHOW_FILE), what, "", f"write {wanted}"))
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
    from feedbuilder.network import fetch, post_form
    from feedbuilder.upstream.elsewhere import parse_spotify, parse_token

    user, password = os.environ.get(CLIENT_ID, ""), os.environ.get(CLIENT_SECRET, "")
    if not (user and password):
        what = f"{CLIENT_ID} and {CLIENT_SECRET} are not in the environment"
        raise FeedbuilderError(Problem("LNK-8", Mark(services.spotify), what))
    accounts = f"{services.spotify_accounts}/api/token"
    form = {"grant_type": "client_credentials"}
    answer = post_form(accounts, form, user, password, allow_private=services.allow_private)
    token = parse_token(answer.data, accounts)
    items: list[UpstreamItem] = []
    for page in range(_SPOTIFY_PAGES):
        # The address of the next page is ours, not the answer's: the token goes nowhere else.
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
    """By path, each record that is to be changed: before and after; and those that leave no place for a link."""
    from feedbuilder.authors.front_matter import set_values
    from feedbuilder.sources import read_file

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


def _diff(texts: Mapping[str, tuple[bytes, bytes]]) -> str:
    lines: list[str] = []
    for path, (old, new) in texts.items():
        before, after = (data.decode("utf-8", "replace").splitlines(keepends=True) for data in (old, new))
        lines += unified_diff(before, after, f"a/{path}", f"b/{path}")
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _print(
    found: Sequence[Found], texts: Mapping[str, tuple[bytes, bytes]], problems: Sequence[Problem], *, dry_run: bool
) -> None:
    for one in found:
        click.echo(printable(f"{one.slug}  {one.platform}  {one.url}  ({one.evidence})"))
    if dry_run:
        for line in _diff(texts).splitlines():
            click.echo(printable(line))
    print_problems(problems)
    print_summary(problems)
    changed = f"{counted(len(texts), 'record')} {'would be changed' if dry_run else 'changed'}"
    click.echo(f"{counted(len(found), 'link')} found; {changed}")
