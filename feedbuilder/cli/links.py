"""``feedbuilder links``: find the pages of episodes on Apple, YouTube and Spotify and add them to episode files."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedbuilder.cli.options import output_options, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json, print_problems, say
from feedbuilder.errors import Exit
from feedbuilder.text.characters import counted

if TYPE_CHECKING:
    from feedbuilder.project.links import LinksFound


@click.command(epilog="Example: feedbuilder links --dry-run")
@project_option
@click.option(
    "--only",
    type=click.Choice(["apple", "youtube", "spotify"]),
    multiple=True,
    help="Search this platform only. Default: all for which the show file has the show's page under platforms:.",
)
@click.option("--market", default="US", show_default=True, help="Country of the Spotify catalogue to search.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, as a diff; write nothing.")
@click.option("--allow-private", is_flag=True, help="Allow private and loopback addresses.")
@click.option("--apple", default="https://itunes.apple.com", hidden=True, help="Address of Apple's lookup service.")
@click.option("--youtube", default="https://www.youtube.com", hidden=True, help="Address of YouTube's feeds.")
@click.option("--spotify", default="https://api.spotify.com", hidden=True, help="Address of Spotify's Web API.")
@click.option(
    "--spotify-accounts",
    default="https://accounts.spotify.com",
    hidden=True,
    help="Address of Spotify's token service.",
)
@output_options
@guarded
def command(start: Path, *, only: tuple[str, ...], dry_run: bool, as_json: bool, **services: object) -> None:
    """Find missing platform links and add those that are certain to the episode files. Nothing else in them changes.

    Apple and YouTube need no account. Spotify needs an app of developer.spotify.com: set SPOTIFY_CLIENT_ID and
    SPOTIFY_CLIENT_SECRET.

    Exit codes: 0 done; 1 stopped; 3 a platform could not be searched.
    """
    from feedbuilder.project.links import Services, find_links
    from feedbuilder.sources import find_project

    links = find_links(
        find_project(start),
        Services(**services),  # type: ignore[arg-type]
        only=only,
        dry_run=dry_run,
        observer=Terminal(),
    )
    code = Exit.HELD_BACK if links.failed else Exit.DONE
    if as_json:
        rows = [asdict(link) for link in links.found]
        wrote = [] if dry_run else sorted(links.texts)
        print_json({"exit": code, "found": rows, "wrote": wrote, "diff": _diff(links.texts)}, links.problems)
    else:
        _print(links, dry_run=dry_run)
    sys.exit(code)


def _diff(texts: Mapping[str, tuple[bytes, bytes]]) -> str:
    lines: list[str] = []
    for path, (old, new) in texts.items():
        before, after = (data.decode("utf-8", "replace").splitlines(keepends=True) for data in (old, new))
        lines += unified_diff(before, after, f"a/{path}", f"b/{path}")
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _print(links: LinksFound, *, dry_run: bool) -> None:
    for link in links.found:
        say(f"{link.slug}  {link.platform}  {link.url}  ({link.evidence})")
    if dry_run:
        for line in _diff(links.texts).splitlines():
            say(line)
    print_problems(links.problems)
    verb = "Would change" if dry_run else "Changed"
    say(f"Found {counted(len(links.found), 'link')}. {verb} {counted(len(links.texts), 'episode file')}.")
