"""``feedbuilder fetch``: the audio of other hosts -> files of this project, which it publishes from then on."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from feedbuilder.cli.options import json_option, now_option, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json, print_problems, print_summary, printable
from feedbuilder.errors import Exit
from feedbuilder.text.characters import counted


@click.command(epilog="Example: feedbuilder fetch s02e03-the-lighthouse")
@project_option
@click.argument("slugs", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every episode whose audio lies on another host.")
@click.option("--dry-run", is_flag=True, help="Show what would be fetched; ask nobody, write nothing.")
@click.option("--allow-private", is_flag=True, help="Also ask a private or loopback address.")
@now_option
@json_option
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
    """Bring the audio of SLUGS home from another host, to publish it from here.

    Each file goes into the media folder under the name of its record; the address goes out of the record; and the
    ledger accepts the change. With the next build apps read the new address; guids and dates stay. Exit codes: 0 done;
    1 stopped; 3 some could not be fetched.
    """
    from feedbuilder.project.fetch import fetch_audio
    from feedbuilder.sources import find_project

    if bool(slugs) == every:
        raise click.UsageError("name at least one SLUG, or --all")
    fetched = fetch_audio(
        find_project(start), slugs, now, dry_run=dry_run, allow_private=allow_private, observer=Terminal()
    )
    wanted, home = fetched.wanted, fetched.home
    code = Exit.HELD_BACK if len(home) < len(wanted) and not dry_run else Exit.DONE
    if as_json:
        rows = [{"slug": one.episode.slug, "url": one.url, "length_bytes": one.length_bytes} for one in wanted]
        print_json({"exit": code, "wanted": rows, "fetched": home}, fetched.problems)
        sys.exit(code)
    print_problems(fetched.problems)
    print_summary(fetched.problems)
    for one in wanted if dry_run else ():
        click.echo(printable(f"{one.episode.slug}  {one.url}"))
    if not wanted:
        click.echo("nothing to fetch: no audio lies on another host")
    elif not dry_run:
        click.echo(f"{len(home)} of {counted(len(wanted), 'file')} fetched; the next build publishes them from here")
    sys.exit(code)
