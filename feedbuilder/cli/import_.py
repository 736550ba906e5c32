"""``feedbuilder import``: a feed of another host -> a project that publishes the same episodes."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import click

from feedbuilder.cli.options import json_option
from feedbuilder.cli.output import Terminal, guarded, print_json, print_problems, print_summary, printable
from feedbuilder.text.characters import counted


@click.command(
    name="import",
    epilog="Example: feedbuilder import https://anchor.fm/s/0000000/podcast/rss my-show "
    "--feed-url https://podcast.example.org/feed.xml",
)
@click.argument("source")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option("--feed-url", default="", help="Where the feed will be public; default: its address now.")
@click.option("--offline", is_flag=True, help="Take what the feed itself holds; fetch no chapters or transcripts.")
@click.option("--dry-run", is_flag=True, help="Show what would be written; write nothing, fetch only the feed.")
@click.option("--allow-private", is_flag=True, help="Also read from a private or loopback address.")
@json_option
@guarded
def command(
    source: str, folder: Path, *, feed_url: str, offline: bool, dry_run: bool, allow_private: bool, as_json: bool
) -> None:
    """Turn the podcast feed SOURCE (URL or file) into a project in FOLDER (default: here).

    Guids, instants and audio addresses go into the ledger as they are. A file that exists is left alone. What could not
    be fetched is fetched when the command runs again.
    """
    from feedbuilder.project.import_ import import_project

    done = import_project(
        source,
        folder,
        feed_url=_checked(feed_url),
        offline=offline,
        dry_run=dry_run,
        allow_private=allow_private,
        observer=Terminal(),
    )
    written, kept = done.written, done.kept
    if as_json:
        rows = {slug: row.guid for slug, row in done.imported.ledger.episodes.items()}
        document = {"exit": 0, "folder": str(folder), "written": written, "kept": kept, "episodes": rows}
        print_json(document, done.problems)
        return
    print_problems(done.problems)
    print_summary(done.problems)
    there = f"; {counted(len(kept), 'file was', 'files were')} there already" if kept else ""
    verb = "would write" if dry_run else "wrote"
    click.echo(f"{counted(done.episodes, 'episode')}; {verb} {counted(len(written), 'file')}{there}")
    click.echo(printable(f"next: read config/show.yaml, then `feedbuilder build -C {folder}`"))


def _checked(feed_url: str) -> str:
    from feedbuilder.import_.show import address

    if feed_url and not address(feed_url).startswith("https:"):
        raise click.BadParameter(f"{feed_url!r} is no https URL", param_hint="--feed-url")
    if feed_url and not urlsplit(address(feed_url)).path:
        raise click.BadParameter(f"{feed_url!r} names no file, such as feed.xml", param_hint="--feed-url")
    return address(feed_url)
