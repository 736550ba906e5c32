"""``feedbuilder check``: the same work as a build, and every finding, without publishing."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from feedbuilder.cli.options import json_option, now_option, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json, print_problems, print_summary


@click.command(epilog="Example: feedbuilder check --strict || echo mend it first")
@project_option
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@now_option
@json_option
@guarded
def command(start: Path, *, strict: bool, now: datetime, as_json: bool) -> None:
    """Report every problem of the project at once; nothing is published.

    Exit codes: 0 no error; 1 any error (with --strict: or warning); 2 usage.
    """
    from feedbuilder.project.build import check
    from feedbuilder.rules import level_of
    from feedbuilder.sources import find_project

    built = check(find_project(start), now, Terminal())
    fatal = {"error", "warning"} if strict else {"error"}
    code = int(any(level_of(problem) in fatal for problem in built.problems))
    if as_json:
        print_json({"exit": code, "items": len(built.items)}, built.problems)
    else:
        print_problems(built.problems)
        print_summary(built.problems)
        if not built.problems:
            click.echo("no problems")
    sys.exit(code)
