"""``feedbuilder init``: a project that builds, for an author to write into."""

from __future__ import annotations

from pathlib import Path

import click

from feedbuilder.cli.output import Terminal, guarded, print_json


@click.command(epilog='Example: feedbuilder init my-show --title "My Show" --site https://podcast.example.org/')
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option("--title", default="My Podcast", help="Name of the show.", show_default=True)
@click.option(
    "--site", default="https://podcast.example.org/", show_default=True, help="Where the files will be public."
)
@click.option("--author", default="", help="Who makes it; default: the title.")
@click.option("--email", default="", help="Address for the platforms' verification codes; it becomes public.")
@click.option("--language", default="en", show_default=True, help="Two-letter code, with an optional region.")
@click.option("--description", default="What this show is about.", show_default=True, help="One or two sentences.")
@click.option("--json", "as_json", is_flag=True, help="Print the files that were written as JSON.")
@guarded
def command(folder: Path, *, as_json: bool, **given: str) -> None:
    """Start a project in FOLDER (default: here): show file, host, cover, folders. Existing files are left alone."""
    from feedbuilder.authors.show import SHOW_FILE
    from feedbuilder.project.start import start_project

    values = {name: str(value).strip() for name, value in given.items()}
    written = start_project(folder, values, Terminal())
    if as_json:
        print_json({"exit": 0, "folder": str(folder), "written": written})
        return
    for path in written:
        click.echo(f"wrote {folder / path}")
    if SHOW_FILE not in written:
        click.echo(f"{folder / SHOW_FILE} is there already, and was left alone")
    click.echo('next: complete config/show.yaml, then `feedbuilder new "Title of the first episode"`')
