"""``feedbuilder completion``: the script that makes a shell complete our commands."""

from __future__ import annotations

import json

import click
from click.shell_completion import get_completion_class


@click.command(epilog='Example: eval "$(feedbuilder completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.option("--json", "as_json", is_flag=True, help="Print the script as a JSON text.")
def command(shell: str, *, as_json: bool) -> None:
    """Print the completion script of a shell; source it in the shell's start file."""
    from feedbuilder.cli import main

    kind = get_completion_class(shell)
    assert kind is not None
    script = kind(main, {}, "feedbuilder", "_FEEDBUILDER_COMPLETE").source()
    click.echo(json.dumps({"shell": shell, "script": script}) if as_json else script)
