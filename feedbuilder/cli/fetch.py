"""``feedbuilder fetch``: download audio from other hosts into the project, which publishes it from then on."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from feedbuilder.cli.options import now_option, output_options, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json, print_problems, say
from feedbuilder.errors import Exit
from feedbuilder.text.characters import counted


@click.command(epilog="Example: feedbuilder fetch s02e03-the-lighthouse")
@project_option
@click.argument("slugs", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All episodes whose audio is on another host.")
@click.option("--dry-run", is_flag=True, help="Show what would be downloaded; make no request, write nothing.")
@click.option("--allow-private", is_flag=True, help="Allow private and loopback addresses.")
@now_option
@output_options
@guarded
def command(
    start: Path,
    slugs: tuple[str, ...],
    *,
    every: bool,
    dry_run: bool,
    allow_private: bool,
    now: datetime,
    as_json: bool,
) -> None:
    """Download the audio of SLUGS from another host and publish it from here.

    Each file is saved in the media folder under the name of its episode file, its URL is removed from the episode file,
    and config/ledger.yaml, the history of what apps already know, accepts the new address. Apps use it from the next
    build; guids and dates stay the same.

    Exit codes: 0 done; 1 stopped; 3 some files could not be downloaded.
    """
    from feedbuilder.project.fetch import fetch_audio
    from feedbuilder.sources import find_project

    if bool(slugs) == every:
        raise click.UsageError("Give at least one SLUG, or --all.")
    fetched = fetch_audio(
        find_project(start), slugs, now, dry_run=dry_run, allow_private=allow_private, observer=Terminal()
    )
    wanted, home = fetched.wanted, fetched.home
    code = Exit.HELD_BACK if len(home) < len(wanted) and not dry_run else Exit.DONE
    if as_json:
        rows = [{"slug": file.episode.slug, "url": file.url, "length_bytes": file.length_bytes} for file in wanted]
        print_json({"exit": code, "wanted": rows, "fetched": home}, fetched.problems)
        sys.exit(code)
    print_problems(fetched.problems)
    for file in wanted if dry_run else ():
        say(f"{file.episode.slug}  {file.url}")
    if not wanted:
        say("No audio is on another host.")
    elif not dry_run:
        say(f"Downloaded {len(home)} of {counted(len(wanted), 'file')}. The next build publishes them from here.")
    sys.exit(code)
