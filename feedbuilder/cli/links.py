"""``feedbuilder links``: the pages of episodes on Apple, YouTube and Spotify -> the records that lack them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedbuilder.cli.options import json_option, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json, print_problems, print_summary, printable
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
        rows = [asdict(one) for one in links.found]
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
    found, texts = links.found, links.texts
    for one in found:
        click.echo(printable(f"{one.slug}  {one.platform}  {one.url}  ({one.evidence})"))
    if dry_run:
        for line in _diff(texts).splitlines():
            click.echo(printable(line))
    print_problems(links.problems)
    print_summary(links.problems)
    changed = f"{counted(len(texts), 'record')} {'would be changed' if dry_run else 'changed'}"
    click.echo(f"{counted(len(found), 'link')} found; {changed}")
