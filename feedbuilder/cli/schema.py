"""``feedbuilder schema``: JSON Schema of the files that authors write and of the documents that ``--json`` prints."""

from __future__ import annotations

import json

import click

from feedbuilder.cli.options import output_options
from feedbuilder.cli.output import print_json


@click.command(epilog="Example: feedbuilder schema show > .vscode/show.schema.json")
@click.argument("what", type=click.Choice(["record", "show", "person", "json"]))
@output_options
def command(what: str, *, as_json: bool) -> None:
    """Print the JSON Schema of an episode file (record), the show file or a people file, for your editor.

    `feedbuilder schema json` prints the schema of the documents that commands print with --json.
    """
    from feedbuilder.authors.schema import SCHEMAS
    from feedbuilder.cli.documents import documents_schema

    schema = documents_schema() if what == "json" else SCHEMAS[what]()
    if as_json:
        print_json({"exit": 0, "schema": schema})
    else:
        click.echo(json.dumps(schema, indent=2, ensure_ascii=False))
