"""``feedbuilder init``: start a project that builds without changes."""

from __future__ import annotations

from pathlib import Path

import click

from feedbuilder.cli.options import output_options, start_folder
from feedbuilder.cli.output import Terminal, guarded, print_json, say


@click.command(epilog='Example: feedbuilder init my-show --title "My Show" --site https://podcast.example.org/')
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option("--title", default="My Podcast", help="Name of the show.", show_default=True)
@click.option(
    "--site",
    default="https://podcast.example.org/",
    show_default=True,
    help="URL of the folder where the site will be published.",
)
@click.option("--author", default="", help="Who makes the show. Default: the title.")
@click.option("--email", default="", help="Address for verification codes from platforms. It is public in the feed.")
@click.option(
    "--language", default="en", show_default=True, help="Two-letter code with an optional region, such as en or pt-br."
)
@click.option("--description", default="What this show is about.", show_default=True, help="One or two sentences.")
@output_options
@guarded
def command(folder: Path, *, as_json: bool, **given: str) -> None:
    """Start a project in FOLDER (default: the current folder): show file, host, cover and folders.

    Existing files are not changed.
    """
    from feedbuilder.authors.show import SHOW_FILE
    from feedbuilder.project.start import start_project

    folder = start_folder() / folder
    values = {name: str(value).strip() for name, value in given.items()}
    written = start_project(folder, values, Terminal())
    if as_json:
        print_json({"exit": 0, "folder": str(folder), "written": written})
        return
    for path in written:
        say(f"Wrote {folder / path}.")
    if SHOW_FILE not in written:
        say(f"Kept the existing {folder / SHOW_FILE}.")
    say('Next: complete config/show.yaml, then run `feedbuilder new "Title of the first episode"`.')
