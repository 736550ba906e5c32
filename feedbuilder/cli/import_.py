"""``feedbuilder import``: turn a podcast feed into a project that publishes the same episodes."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import click

from feedbuilder.cli.options import output_options, start_folder
from feedbuilder.cli.output import Terminal, guarded, print_json, print_problems, say
from feedbuilder.text.characters import counted


@click.command(
    name="import",
    epilog="Example: feedbuilder import https://anchor.fm/s/0000000/podcast/rss my-show "
    "--feed-url https://podcast.example.org/feed.xml",
)
@click.argument("source")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option("--feed-url", default="", help="Where the feed will be published. Default: its current address.")
@click.option(
    "--offline", is_flag=True, help="Use only the feed itself; download no chapters, transcripts or older pages."
)
@click.option("--dry-run", is_flag=True, help="Show what would be written; write nothing, download only the feed.")
@click.option("--allow-private", is_flag=True, help="Allow private and loopback addresses.")
@output_options
@guarded
def command(
    source: str, folder: Path, *, feed_url: str, offline: bool, dry_run: bool, allow_private: bool, as_json: bool
) -> None:
    """Turn the podcast feed SOURCE (a URL or file) into a project in FOLDER (default: the current folder).

    Guids, dates and audio URLs are copied unchanged into config/ledger.yaml, the history of what apps already know.
    Existing files are not changed. Run the command again to retry what could not be downloaded.
    """
    from feedbuilder.project.import_ import import_project

    folder = start_folder() / folder
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
        document: dict[str, object] = {
            "exit": 0,
            "folder": str(folder),
            "written": written,
            "kept": kept,
            "episodes": rows,
        }
        document["values"] = dict(done.imported.accounted)
        print_json(document, done.problems)
        return
    print_problems(done.problems)
    verb = "Would write" if dry_run else "Wrote"
    say(f"{verb} {counted(len(written), 'file')} for {counted(done.episodes, 'episode')}.")
    if kept:
        say(f"Kept {counted(len(kept), 'existing file')}.")
    say(f"Next: read config/show.yaml, then run `feedbuilder build -C {folder}`.")


def _checked(feed_url: str) -> str:
    from feedbuilder.import_.show import address

    if feed_url and not address(feed_url).startswith("https:"):
        raise click.BadParameter(f"{feed_url!r} is not an https URL.", param_hint="--feed-url")
    if feed_url and not urlsplit(address(feed_url)).path:
        raise click.BadParameter(f"{feed_url!r} has no path. Add one, such as /feed.xml.", param_hint="--feed-url")
    return address(feed_url)
