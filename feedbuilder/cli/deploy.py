"""``feedbuilder deploy``: print a configuration for this project, for you to read and install."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedbuilder.cli.options import output_options, project_option
from feedbuilder.cli.output import Terminal, guarded, print_json, say

if TYPE_CHECKING:
    from feedbuilder.render.deployment import Printed

# A copy of render.deployment.TARGETS, whose import would load a template engine; a test compares the two.
TARGETS = ("nginx", "caddy", "systemd", "cron", "docker", "github-pages", "s3-website")


@click.command(epilog="Example: feedbuilder deploy nginx > /etc/nginx/conf.d/my-show.conf")
@project_option
@click.argument("target", type=click.Choice(TARGETS))
@click.option("--listen", default="", metavar="ADDRESS:PORT", help="Listen here; without a certificate, without TLS.")
@click.option("--certificate", default="", metavar="FILE", help="Certificate chain. Default: where certbot puts it.")
@click.option("--key", default="", metavar="FILE", help="Private key of the certificate.")
@click.option(
    "--moved-from", multiple=True, metavar="PATH", help="Redirect this old path of the feed on this host. Repeatable."
)
@click.option("--user", default="www-data", show_default=True, help="User that builds and serves.")
@click.option("--mail", default="root", show_default=True, help="Address for mail from cron.")
@click.option(
    "--to",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the files into this folder instead of printing them.",
)
@output_options
@guarded
def command(start: Path, target: str, to: Path | None, *, as_json: bool, **options: str) -> None:
    """Print a complete configuration for TARGET: a web server, a scheduler or a host. Nothing is installed."""
    from feedbuilder.project.load import load_show
    from feedbuilder.render.deployment import Deployment, render_deployment
    from feedbuilder.sources import find_project

    if options["listen"] and not re.fullmatch(r"(.+:)?\d{1,5}", options["listen"]):
        raise click.UsageError("--listen must be ADDRESS:PORT, such as 127.0.0.1:8080.")
    if bool(options["certificate"]) != bool(options["key"]):
        raise click.UsageError("Use --certificate and --key together.")
    root = find_project(start)
    show, _ = load_show(root)
    deployment = Deployment(show=show, root=str(root), program=_program(), command=_command_line(), **options)
    try:
        files = render_deployment(target, deployment)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if to is not None:
        _write(files, to)
    if as_json:
        print_json({"exit": 0, "target": target, "files": [file._asdict() for file in files]})
    elif to is None:
        for file in files:
            heading = f"# ---- {file.path} ----\n" if len(files) > 1 else ""
            click.echo(heading + file.text, nl=False)
    else:
        for file in files:
            say(f"Wrote {to / file.path}.")


def _write(files: Sequence[Printed], folder: Path) -> None:
    from feedbuilder.disk import replace, writing

    for file in files:
        with writing("FILE-10", file.path):
            replace(folder / file.path, file.text.encode())
        Terminal().changed()


def _program() -> str:
    """The path of this program, as a configuration must name it."""
    beside = Path(sys.executable).with_name("feedbuilder")
    return str(beside) if beside.exists() else shutil.which("feedbuilder") or "/usr/local/bin/feedbuilder"


def _command_line() -> str:
    return shlex.join(["feedbuilder", *sys.argv[1:]])
