"""Podcast clients of Debian subscribe over TLS, list all episodes and download them, byte for byte."""

from __future__ import annotations

import os
import pty
import select
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from projects import write
from servers import HOST, free_port, nginx, own_show, printed_configuration, serving

Tool = Callable[[str], str]
EPISODES = 7


@dataclass(frozen=True)
class Site:
    """A site over TLS, and whom clients have to trust."""

    feed_url: str
    media: Mapping[str, bytes]
    authority: Path


@pytest.fixture(params=["serve", "nginx", "caddy"])
def site(request: pytest.FixtureRequest, tmp_path: Path, tool: Tool) -> Iterator[Site]:
    name: str = request.param
    port = free_port()
    address = f"https://localhost:{port}/"
    project = own_show(tmp_path / "show", **{"https://podcast.example.org/": address})
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    chain, key, trusted = (tmp_path / name for name in ("chain.pem", "key.pem", "authority.pem"))
    chain.write_bytes(b"".join(one.bytes() for one in certificate.cert_chain_pems))
    certificate.private_key_pem.write_to_path(key)
    authority.cert_pem.write_to_path(trusted)
    media = {path.name: path.read_bytes() for path in (project / "public/current/media").iterdir()}
    assert len(media) == EPISODES
    with started(name, project, port, (chain, key), tool):
        yield Site(f"{address}feed.xml", media, trusted)


@contextmanager
def started(name: str, project: Path, port: int, files: tuple[Path, Path], tool: Tool) -> Iterator[None]:
    chain, key = files
    folder = project.parent / name
    options = ("--listen", f"{HOST}:{port}", "--certificate", str(chain), "--key", str(key))
    if name == "nginx":
        with nginx(tool("nginx"), project, folder, *options, port=port):
            yield
        return
    if name == "caddy":
        printed = printed_configuration(project, folder, "caddy", *options)
        command = [tool("caddy"), "run", "--adapter", "caddyfile", "--config", str(printed)]
        env = {name: str(folder) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
        env["CADDY_ADMIN"] = f"{HOST}:{free_port()}"
    else:
        own = ("--port", str(port), "--ssl-certfile", str(chain), "--ssl-keyfile", str(key), "--log-level", "warning")
        protocol = ("--http", "feedbuilder.server.connections:BoundedProtocol")
        command = [sys.executable, "-m", "uvicorn", "feedbuilder.server:app", *protocol, *own]
        env = {"FEEDBUILDER_PROJECT": str(project)}
    with serving(command, name, port, project, env=env):
        yield


def said_by(*command: str, home: Path, **env: str) -> str:
    """What a client prints, with a home folder of its own."""
    alone = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60, env={**alone, "HOME": str(home), **env}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def downloaded(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.suffix in {".mp3", ".m4a"}}


def test_gpodder_subscribes_lists_and_downloads(site: Site, tmp_path: Path, tool: Tool) -> None:
    program = tool("gpo")
    env = {"GPODDER_HOME": str(tmp_path / "gpodder"), "REQUESTS_CA_BUNDLE": str(site.authority)}
    env["SSL_CERT_FILE"] = str(site.authority)
    said_by(program, "subscribe", site.feed_url, home=tmp_path, **env)
    listed = said_by(program, "episodes", home=tmp_path, **env)
    assert "Captions & Transcripts: Radio for Every Eye 🎧" in listed
    assert f" {EPISODES}. " in listed
    said_by(program, "download", site.feed_url, home=tmp_path, **env)
    assert downloaded(tmp_path / "gpodder") == site.media


def test_newsboat_subscribes_and_podboat_downloads(site: Site, tmp_path: Path, tool: Tool) -> None:
    newsboat, podboat = tool("newsboat"), tool("podboat")
    write(tmp_path, ".newsboat/urls", site.feed_url + "\n")
    write(tmp_path, ".newsboat/config", f'podcast-auto-enqueue yes\ndownload-path "{tmp_path}/loads/"\n')
    (tmp_path / "loads").mkdir()
    said_by(newsboat, "-q", "-x", "reload", home=tmp_path, CURL_CA_BUNDLE=str(site.authority))
    listed = sqlite3.connect(tmp_path / ".newsboat/cache.db").execute("SELECT enclosure_url FROM rss_item").fetchall()
    assert {url.rpartition("/")[2] for (url,) in listed} == set(site.media)
    on_a_terminal(
        [podboat, "-a"],
        until=lambda: downloaded(tmp_path / "loads") == site.media,
        env={"HOME": str(tmp_path), "TERM": "xterm", "CURL_CA_BUNDLE": str(site.authority)},
    )
    assert downloaded(tmp_path / "loads") == site.media


def on_a_terminal(command: list[str], *, until: Callable[[], bool], env: Mapping[str, str]) -> None:
    """Run a program that wants a terminal, until what it is to do is done."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, **env}) as process:
        os.close(theirs)
        latest = time.monotonic() + 30
        while not until() and time.monotonic() < latest:
            if select.select([ours], [], [], 0.1)[0]:
                os.read(ours, 65536)
        process.terminate()
    os.close(ours)


def test_podget_downloads(site: Site, tmp_path: Path, tool: Tool) -> None:
    program = tool("podget")
    write(tmp_path, "podget/serverlist", f"{site.feed_url} Radio Plain Text Radio\n")
    write(tmp_path, "wgetrc", f"ca_certificate = {site.authority}\n")
    folder = tmp_path / "library"
    (tmp_path / "session").mkdir()
    env = {"WGETRC": str(tmp_path / "wgetrc"), "TMPDIR": str(tmp_path / "session")}  # one of its kind at a time in each
    said_by(program, "-r", "10", "-d", str(tmp_path / "podget"), "-l", str(folder), home=tmp_path, **env)
    assert downloaded(folder) == site.media
