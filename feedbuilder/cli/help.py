"""``feedbuilder help``: the help of the program or of one command."""

from __future__ import annotations

import click


@click.command(epilog="Example: feedbuilder help ledger accept")
@click.argument("names", nargs=-1, metavar="[COMMAND]...")
@click.pass_context
def command(context: click.Context, names: tuple[str, ...]) -> None:
    """Show the help of COMMAND; without one, the list of commands."""
    root = context.find_root()
    shown: click.Context = root
    for name in names:
        found = shown.command.get_command(shown, name) if isinstance(shown.command, click.Group) else None
        if found is None:
            raise click.UsageError(f"No such command {' '.join(names)!r}.")
        shown = click.Context(
            found, info_name=name, parent=shown, max_content_width=100, help_option_names=["-h", "--help"]
        )
    click.echo(shown.get_help())
