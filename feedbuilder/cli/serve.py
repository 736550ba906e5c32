"""``feedbuilder serve``: serve the current release over HTTP; with ``--watch``, build and reload on every change."""

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

from feedbuilder.cli.options import output_options, project_option
from feedbuilder.cli.output import guarded, print_json, print_problems
from feedbuilder.errors import Exit, Mark, Problem

if TYPE_CHECKING:
    import uvicorn

    from feedbuilder.server.preview import Preview

_SOCKETS = 16
_MOST_FILES = 10_240  # the maximum of macOS
_WATCHED_FOLDERS = ("config", "templates")


@click.command(epilog="Example: feedbuilder serve --watch")
@project_option
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on. The default serves this machine only."
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port; 0 for any free port."
)
@click.option("--watch", is_flag=True, help="Build whenever a file changes, and reload the page in the browser.")
@output_options
@guarded
def command(start: Path, host: str, port: int, *, watch: bool, as_json: bool) -> None:
    """Serve the published site until you press Ctrl-C. New releases are served as soon as they are published."""
    uvicorn, app_of, settings, find_public = _server_parts()
    root, _ = find_public(start)
    listening = _listen(host, port)
    preview = _preview_for(host) if watch else None
    _raise_limit_of_files()
    server = uvicorn.Server(uvicorn.Config(app_of(root, preview=preview), **settings()))
    url = _url_of(listening)
    for number in (
        signal.SIGINT,
        signal.SIGTERM,
    ):  # before the loop: Python may lose a KeyboardInterrupt while it starts
        signal.signal(number, server.handle_exit)
    if as_json:
        print_json({"url": url, "project": str(root), "watch": watch})
    else:
        click.echo(f"Serving {root.name} on {url} (press Ctrl-C to stop).")
    sys.stdout.flush()
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(_serve(server, listening, root, preview))


def _server_parts() -> tuple[Any, Any, Any, Any]:
    """The parts that need the extra ``serve``.

    Raises:
        ClickException: it is not installed.
    """
    try:
        import uvicorn

        from feedbuilder.server import App
        from feedbuilder.server.connections import settings
        from feedbuilder.server.current import find_public
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("feedbuilder"):
            raise
        what = f"{error.name} is not installed. Run `pip install '.[serve]'` in your copy of feedbuilder."
        raise click.ClickException(what) from error
    return uvicorn, App, settings, find_public


def _preview_for(host: str) -> Preview:
    from feedbuilder.server.preview import Preview

    return Preview([f"[{host}]" if ":" in host else host, socket.gethostname()])


def _listen(host: str, port: int) -> socket.socket:
    """The open socket. It accepts connections before its address is printed."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise click.ClickException(f"Cannot listen on {host}, port {port}: {reason}.") from error


def _url_of(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _raise_limit_of_files() -> None:
    """Raise the limit of open files as far as the system allows, because each connection is one."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if most == resource.RLIM_INFINITY else min(most, _MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(now, wanted), most))


async def _serve(server: uvicorn.Server, listening: socket.socket, root: Path, preview: Preview | None) -> None:
    # The event loop accepts one connection per socket and round. With one socket, the last of 500 clients that connect
    # at once wait for seconds.
    sockets = [listening, *(listening.dup() for _ in range(_SOCKETS - 1))]
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
    """Close the event streams when the server stops, because it waits for open connections."""
    while not server.should_exit:  # noqa: ASYNC110 - uvicorn has no event for this
        await asyncio.sleep(0.1)
    preview.close()


async def _follow(root: Path, preview: Preview) -> None:
    """Build now, and again after every change of a project file."""
    from watchfiles import awatch

    while True:
        changes = awatch(*_watched(root), debounce=200, step=50, raise_interrupt=False)
        first = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)
        await _build(root, preview)
        await first
        await changes.aclose()


def _watched(root: Path) -> Iterable[Path]:
    """The existing folders that a build reads."""
    from feedbuilder.errors import FeedbuilderError
    from feedbuilder.project.load import load_show

    names = set(_WATCHED_FOLDERS)
    try:
        show, _ = load_show(root)
        names |= {show.people, show.media.folder, *show.episodes, *show.images}
    except FeedbuilderError:  # the build reports it; until it is fixed, only config matters
        pass
    return [root / name for name in sorted(names) if (root / name).is_dir()]


async def _build(root: Path, preview: Preview) -> None:
    """Build in a separate process, as cron does, and show the result in the browsers and the terminal."""
    code, stdout = await _run_build(root)
    while code == Exit.LOCKED:  # a build of cron is running
        await asyncio.sleep(0.5)
        code, stdout = await _run_build(root)
    document: Mapping[str, Any] = json.loads(stdout) if stdout else {"problems": []}
    preview.tell(document.get("release"), document["problems"])
    _print_build(document, code)


async def _run_build(root: Path) -> tuple[int, bytes]:
    command = (sys.executable, "-m", "feedbuilder", "build", "--json", "-C", str(root))
    building = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL
    )
    stdout, _ = await building.communicate()
    return await building.wait(), stdout


def _print_build(document: Mapping[str, Any], code: int) -> None:
    print_problems(
        Problem(row["rule"], Mark(row["file"], row["line"], row["column"]), row["what"], row["effect"], row["remedy"])
        for row in document["problems"]
    )
    if document.get("published"):
        click.echo(f"Published release {document['release']}.", err=True)
    elif code not in {0, 3}:
        click.echo(f"The build failed with exit code {code}. The last release is still served.", err=True)
