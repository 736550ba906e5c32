"""``feedbuilder completion``: a script with which a shell completes our commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from feedbuilder.cli.options import output_options
from feedbuilder.cli.output import print_json


@click.command(epilog='Example: eval "$(feedbuilder completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@output_options
def command(shell: str, *, as_json: bool) -> None:
    """Print a completion script for SHELL. Source it in the start-up file of your shell."""
    from feedbuilder.cli import main

    kind = get_completion_class(shell)
    assert kind is not None
    script = kind(main, {}, "feedbuilder", "_FEEDBUILDER_COMPLETE").source()
    if as_json:
        print_json({"exit": 0, "shell": shell, "script": script})
    else:
        click.echo(script)
