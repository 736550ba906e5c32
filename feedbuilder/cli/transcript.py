"""``feedbuilder transcript``: a transcript file in another form."""

from __future__ import annotations

from pathlib import Path

import click

from feedbuilder.cli.options import output_options
from feedbuilder.cli.output import guarded, print_json, print_problems


@click.group(epilog="Example: feedbuilder transcript convert talk.srt --to yaml")
def command() -> None:
    """Convert transcript files."""


@command.command(epilog="Example: feedbuilder transcript convert whisper.json --to vtt > episodes/042.vtt")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--to",
    "form",
    type=click.Choice(["yaml", "vtt", "srt", "json", "md"]),
    default="yaml",
    show_default=True,
    help="The form to print; yaml is the key `transcript:` of an episode file.",
)
@output_options
@guarded
def convert(file: Path, form: str, *, as_json: bool) -> None:
    """Print the transcript in FILE in another form.

    Reads captions (WebVTT, SRT), JSON and TSV of speech recognizers, text exports, Markdown and HTML; the content
    decides.
    """
    from feedbuilder.project.transcript import convert_transcript

    converted = convert_transcript(file, form)
    if as_json:
        print_json({"exit": 0, "from": converted.form, "to": form, "text": converted.text}, converted.problems)
    else:
        print_problems(converted.problems)
        click.echo(converted.text, nl=not converted.text.endswith("\n"))
