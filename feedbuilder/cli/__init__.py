"""The command line: one module per command, imported when the command runs."""

from __future__ import annotations

import difflib
import importlib
from pathlib import Path

import click

from feedbuilder import __version__
from feedbuilder.cli.options import START

COMMANDS = {
    "init": "Start a project in a folder.",
    "import": "Turn an existing podcast feed into a project.",
    "new": "Write a new episode file.",
    "build": "Build the site and publish it.",
    "check": "Report every problem without publishing.",
    "sync": "Read guids, dates and audio URLs from your current host's feed.",
    "measure": "Measure size, type and duration of audio on other hosts.",
    "fetch": "Download audio from other hosts into this project.",
    "links": "Find the pages of your episodes on Apple, YouTube and Spotify.",
    "tag": "Write title, artwork and chapters into a new audio file.",
    "text": "Print the description of an episode for a platform.",
    "transcript": "Convert a transcript file to another form.",
    "speakers": "List who speaks in a transcript file.",
    "ledger": "Show, save or change what subscribers' apps already know.",
    "serve": "Serve the published site, or preview it while you write.",
    "deploy": "Print a configuration for a web server, a scheduler or a host.",
    "rollback": "Go back to an earlier release.",
    "schema": "Print JSON Schema for editors and scripts.",
    "completion": "Print a completion script for your shell.",
    "help": "Show the help of a command.",
}

_MODULES = {"import": "import_"}  # `import` is a Python keyword


class LazyGroup(click.Group):
    """Commands whose modules are imported when they run, which keeps `--help` and cheap commands fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002, D102 - click's interface
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002, D102
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"feedbuilder.cli.{_MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = module.command
        return command

    def resolve_command(  # noqa: D102
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0].lower(), COMMANDS, n=1)
            ctx.fail(f"No such command {args[0]!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002, D102
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: feedbuilder build && ls public/current",
)
@click.version_option(__version__, prog_name="feedbuilder")
@click.option(
    "-C",
    "--project",
    "start",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Project folder; the same as -C after the command.",
)
@click.pass_context
def main(context: click.Context, start: Path | None) -> None:
    """Publish a podcast from text files: feed, chapters, transcripts and pages."""
    if start is not None:
        context.meta[START] = start
