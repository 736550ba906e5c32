"""``feedbuilder check``: report what a build would report, without publishing."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from feedbuilder.cli.options import now_option, output_options, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json, print_problems, say


@click.command(epilog="Example: feedbuilder check --strict")
@project_option
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@now_option
@output_options
@guarded
def command(start: Path, *, strict: bool, now: datetime, as_json: bool) -> None:
    """Report every problem of the project. Nothing is published.

    Exit codes: 0 no errors; 1 errors (with --strict, also warnings); 2 usage.
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
        print_problems(built.problems, most=None)
        if not built.problems:
            say("No problems found.")
    sys.exit(code)
