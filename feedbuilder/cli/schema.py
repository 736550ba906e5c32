"""``feedbuilder schema``: JSON Schema for editors, from the same types that read the files."""

from __future__ import annotations

import json

import click

from feedbuilder.cli.options import output_options
from feedbuilder.cli.output import print_json


@click.command(epilog="Example: feedbuilder schema show > .vscode/show.schema.json")
@click.argument("what", type=click.Choice(["record", "show", "person"]))
@output_options
def command(what: str, *, as_json: bool) -> None:
    """Print the JSON Schema of an episode file, the show file or a people file, for completion in editors."""
    from feedbuilder.authors.schema import SCHEMAS

    schema = SCHEMAS[what]()
    if as_json:
        print_json({"exit": 0, "schema": schema})
    else:
        click.echo(json.dumps(schema, indent=2, ensure_ascii=False))
