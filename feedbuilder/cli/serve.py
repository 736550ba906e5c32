"""``feedbuilder serve``: the current release over HTTP, and with ``--watch`` a preview that follows the texts."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feedbuilder.cli.options import json_option, project_option
from feedbuilder.cli.output import guarded, print_json, print_problems
from feedbuilder.errors import Exit, Mark, Problem

if TYPE_CHECKING:
    import uvicorn

    from feedbuilder.server.preview import Preview

_DOORS = 16
_MOST_FILES = 10_240  # macOS has no more
_FOLDERS_OF_TEXTS = ("config", "templates")


@click.command(epilog="Example: feedbuilder serve --watch")
@project_option
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; default: this machine only."
)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port; 0: any free one.")
@click.option("--watch", is_flag=True, help="Build on every change of the texts, and reload the page in the browser.")
@json_option
@guarded
def command(start: Path, host: str, port: int, *, watch: bool, as_json: bool) -> None:
    """Serve the published site until Ctrl-C. A new release is served as soon as it is published."""
    uvicorn, app_of, settings, find_public = _server_parts()
    root, _ = find_public(start)
    listening = _listen(host, port)
    preview = _preview_for(host) if watch else None
    _raise_limit_of_files()
    server = uvicorn.Server(uvicorn.Config(app_of(root, preview=preview), **settings()))
    url = _url_of(listening)
    for one in (signal.SIGINT, signal.SIGTERM):  # from here on: Python may lose a KeyboardInterrupt while it starts
        signal.signal(one, server.handle_exit)
    if as_json:
        print_json({"url": url, "project": str(root), "watch": watch})
    else:
        click.echo(f"serving {root.name} on {url} (Ctrl-C ends)")
    sys.stdout.flush()
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(_serve(server, listening, root, preview))


def _server_parts() -> tuple[Any, Any, Any, Any]:
    """What the extra ``serve`` brings; the command says so where it is not installed."""
    try:
        import uvicorn

        from feedbuilder.server import App
        from feedbuilder.server.connections import settings
        from feedbuilder.server.current import find_public
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("feedbuilder"):
            raise
        what = (
            f"{error.name} is not installed: in the checkout of feedbuilder, pip install '.[serve]' (docs/guide.md, 1)"
        )
        raise click.ClickException(what) from error
    return uvicorn, App, settings, find_public


def _preview_for(host: str) -> Preview:
    from feedbuilder.server.preview import Preview

    return Preview([f"[{host}]" if ":" in host else host, socket.gethostname()])


def _listen(host: str, port: int) -> socket.socket:
    """The open socket: whoever reads the address that is printed can connect at once."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise click.ClickException(f"cannot listen on {host}, port {port}: {reason}") from error


def _url_of(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _raise_limit_of_files() -> None:
    """Each connection is an open file: take as many as the system lets this user have, up to some thousands."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if most == resource.RLIM_INFINITY else min(most, _MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(now, wanted), most))


async def _serve(server: uvicorn.Server, listening: socket.socket, root: Path, preview: Preview | None) -> None:
    # The event loop takes one new connection a socket and round: with one socket, the last of 500 clients that come at
    # once and keep a server busy wait for seconds.
    sockets = [listening, *(listening.dup() for _ in range(_DOORS - 1))]
    if preview is None:
        await server.serve(sockets=sockets)
        return
    following = asyncio.ensure_future(_follow(root, preview))
    ending = asyncio.ensure_future(_close_when_ending(server, preview))
    following.add_done_callback(lambda _: setattr(server, "should_exit", True))
    await server.serve(sockets=sockets)
    ending.cancel()
    if following.done():
        following.result()
    following.cancel()


async def _close_when_ending(server: uvicorn.Server, preview: Preview) -> None:
    """End the streams first: they never end by themselves, and the server would wait for them."""
    while not server.should_exit:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.1)
    preview.close()


async def _follow(root: Path, preview: Preview) -> None:
    """Build now, and again after every change of what the project is made of."""
    from watchfiles import awatch

    while True:
        places = _places(root)
        changes = awatch(*places, debounce=200, step=50, raise_interrupt=False)
        first = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)
        await _build(root, preview)
        await first
        await changes.aclose()


def _places(root: Path) -> Iterable[Path]:
    """The folders that a build reads, as far as they are there."""
    from feedbuilder.errors import FeedbuilderError
    from feedbuilder.project.load import load_show

    names = set(_FOLDERS_OF_TEXTS)
    try:
        show, _ = load_show(root)
        names |= {show.people, show.media.folder, *show.episodes, *show.images}
    except FeedbuilderError:  # the build reports it; until it is mended, config is what matters
        pass
    return [root / name for name in sorted(names) if (root / name).is_dir()]


async def _build(root: Path, preview: Preview) -> None:
    """Build in a process of its own, as cron does, and tell the browsers and the terminal what came of it."""
    code, stdout = await _run_build(root)
    while code == Exit.LOCKED:  # cron is at it
        await asyncio.sleep(0.5)
        code, stdout = await _run_build(root)
    said: Mapping[str, Any] = json.loads(stdout) if stdout else {"problems": []}
    preview.tell(said.get("release"), said["problems"])
    _print_build(said, code)


async def _run_build(root: Path) -> tuple[int, bytes]:
    command = (sys.executable, "-m", "feedbuilder", "build", "--json", "-C", str(root))
    building = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL
    )
    stdout, _ = await building.communicate()
    return await building.wait(), stdout


def _print_build(said: Mapping[str, Any], code: int) -> None:
    print_problems(
        Problem(one["rule"], Mark(one["file"], one["line"], one["column"]), one["what"], one["effect"], one["remedy"])
        for one in said["problems"]
    )
    if said.get("published"):
        click.echo(f"published release {said['release']}", err=True)
    elif code not in {0, 3}:
        click.echo(f"the build ended with {code}; the last release is still served", err=True)
