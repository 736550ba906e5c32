"""``feedbuilder rollback``: back to an earlier release, in one switch."""

from __future__ import annotations

from pathlib import Path

import click

from feedbuilder.cli.options import json_option, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json


@click.command(epilog="Example: feedbuilder rollback --list")
@project_option
@click.argument("release", default="")
@click.option("--list", "only_list", is_flag=True, help="List the releases that are kept; change nothing.")
@json_option
@guarded
def command(start: Path, release: str, *, only_list: bool, as_json: bool) -> None:
    """Publish an earlier RELEASE again (default: the one before). The next build goes forward from it."""
    from feedbuilder.project.rollback import releases_of, roll_back
    from feedbuilder.sources import find_project

    root = find_project(start)
    if not only_list:
        roll_back(root, release, Terminal())
    now, releases = releases_of(root)
    if as_json:
        print_json({"exit": 0, "current": now, "releases": releases})
        return
    if not only_list:
        click.echo(f"current is {now}; the next build publishes what the records say then: mend them first")
        return
    for one in releases:
        click.echo(f"{'*' if one == now else ' '} {one}")
