"""``feedbuilder help``: the help of the program or of one command."""

from __future__ import annotations

import click

from feedbuilder.cli.options import output_options
from feedbuilder.cli.output import print_json


@click.command(epilog="Example: feedbuilder help ledger accept")
@click.argument("names", nargs=-1, metavar="[COMMAND]...")
@output_options
@click.pass_context
def command(context: click.Context, names: tuple[str, ...], *, as_json: bool) -> None:
    """Show the help of COMMAND. Default: the list of commands."""
    root = context.find_root()
    shown: click.Context = root
    for name in names:
        inner = shown.command.get_command(shown, name) if isinstance(shown.command, click.Group) else None
        if inner is None:
            raise click.UsageError(f"No such command {' '.join(names)!r}.")
        shown = click.Context(
            inner, info_name=name, parent=shown, max_content_width=100, help_option_names=["-h", "--help"]
        )
    if as_json:
        print_json({"exit": 0, "help": shown.get_help()})
    else:
        click.echo(shown.get_help())
