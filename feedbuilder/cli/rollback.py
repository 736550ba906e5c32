"""``feedbuilder rollback``: publish an earlier release again, in one step."""

from __future__ import annotations

from pathlib import Path

import click

from feedbuilder.cli.options import output_options, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json, say


@click.command(epilog="Example: feedbuilder rollback --list")
@project_option
@click.argument("release", default="")
@click.option("--list", "only_list", is_flag=True, help="List the kept releases; change nothing.")
@output_options
@guarded
def command(start: Path, release: str, *, only_list: bool, as_json: bool) -> None:
    """Publish an earlier RELEASE again (default: the previous one).

    The next build publishes your current files again, so fix them first.
    """
    from feedbuilder.project.rollback import releases_of, roll_back
    from feedbuilder.sources import find_project

    root = find_project(start)
    if not only_list:
        roll_back(root, release, Terminal())
    current, releases = releases_of(root)
    if as_json:
        print_json({"exit": 0, "current": current, "releases": releases})
        return
    if not only_list:
        say(f"Rolled back to {current}. The next build publishes your current files; fix them first.")
        return
    for name in releases:
        click.echo(f"{'*' if name == current else ' '} {name}")
