"""``serve --watch``: built again after every change, for the author's own browser only."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from projects import a_project, record, write
from servers import HOST, Server, own_show, serve

from feedbuilder.publish import hold_lock
from feedbuilder.server.preview import Preview
from feedbuilder.vocabulary.delivery import PAGE_POLICY


@contextmanager
def events(server: Server) -> Iterator[Iterator[dict[str, Any]]]:
    """What the server tells a browser, one build after the other."""
    connection = http.client.HTTPConnection(HOST, server.port, timeout=30)
    connection.request("GET", "/-/events")
    answer = connection.getresponse()
    assert answer.getheader("content-type", "").startswith("text/event-stream")
    try:
        yield (json.loads(line[6:]) for line in answer if line.startswith(b"data: "))
    finally:
        connection.close()


def until_built(stream: Iterator[dict[str, Any]], release: str | None = None) -> dict[str, Any]:
    """The next event about another release."""
    return next(event for event in stream if event["release"] not in {None, release})


def test_a_change_is_built_and_sent_to_the_browser(tmp_path: Path) -> None:
    root = a_project(tmp_path)
    with serve(root, "--watch") as server, events(server) as stream:
        first = until_built(stream)
        page = server.ask("/")
        assert b'<script src="/-/preview.js" defer></script></head>' in page.body
        assert page.headers["cache-control"] == "no-cache"
        assert b"Content-Security-Policy" not in page.body  # else the script might not run
        assert page.headers["content-security-policy"] == PAGE_POLICY
        assert server.ask("/feed.xml").body == (server.current / "feed.xml").read_bytes()

        write(root, "episodes/tide-1.md", record(1, title="Spring tide", episode="zero"))
        second = until_built(stream, first["release"])
        assert b"Spring tide" in server.ask("/").body
        (problem,) = [one for one in second["problems"] if "'zero'" in one["what"]]
        assert (problem["level"], problem["file"], problem["line"]) == ("warning", "episodes/tide-1.md", 4)

        write(root, "config/show.yaml", "title: [")
        stopped = next(stream)
        assert stopped["problems"][0]["file"] == "config/show.yaml"
        assert b"Spring tide" in server.ask("/").body


def test_a_build_of_another_process_is_waited_for(tmp_path: Path) -> None:
    root = a_project(tmp_path)
    with ExitStack() as stack:
        with hold_lock(root):
            server = stack.enter_context(serve(root, "--watch"))
            stream = stack.enter_context(events(server))
            assert next(stream) == {"release": None, "problems": []}
        until_built(stream)
        assert server.ask("/feed.xml").status == 200


def test_before_the_first_release_the_page_waits_and_says_why(tmp_path: Path) -> None:
    root = a_project(tmp_path, upstream="{feed: old.xml}")  # which was never read: the build stops
    with serve(root, "--watch") as server, events(server) as stream:
        stopped = next(event for event in stream if event["problems"])
        assert (stopped["release"], stopped["problems"][0]["rule"]) == (None, "LED-10")
        page = server.ask("/episodes/tide-1/")
        assert (page.status, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert b'<script src="/-/preview.js" defer></script>' in page.body
        assert server.ask("/-/preview.js").headers["content-type"] == "text/javascript; charset=utf-8"
        assert server.ask("/-/preview.css").headers["content-type"] == "text/css; charset=utf-8"
        text = (root / "config/show.yaml").read_text(encoding="utf-8")
        write(root, "config/show.yaml", text.replace("upstream: {feed: old.xml}", "upstream: none"))
        until_built(stream)
        assert server.ask("/episodes/tide-1/").status == 200


def test_a_show_that_cannot_be_read_is_named_and_nothing_started(tmp_path: Path) -> None:
    root = a_project(tmp_path, colour="blue")
    with pytest.raises(AssertionError, match="KEY-1: unknown key 'colour'"), serve(root, "--watch"):
        pass


def test_scripts_of_other_sites_cannot_read(tmp_path: Path) -> None:
    root = own_show(tmp_path / "show")
    with serve(root, "--watch") as server:
        media = min(server.current.glob("media/*.mp3")).name
        for path in ("/feed.xml", f"/media/{media}", "/episodes/trailer/transcript.vtt", "/", "/episodes/trailer"):
            for method in ("GET", "OPTIONS"):
                answer = server.ask(path, method, origin="https://evil.example")
                assert not [name for name in answer.headers if name.startswith("access-control-")], (path, method)
            if server.ask(path).status == 200:
                assert server.ask(path).headers["cross-origin-resource-policy"] == "same-origin"
                assert server.ask(path).headers["cache-control"] == "no-cache"


def test_pages_of_another_site_cannot_ask(tmp_path: Path) -> None:
    with serve(a_project(tmp_path), "--watch") as server:
        for host in (
            "evil.example",
            f"evil.example:{server.port}",
            "127.0.0.1.evil.example",
            "localhost.evil.example:80",
            "",
        ):
            for path in ("/", "/feed.xml", "/-/events", "/healthz"):
                said = server.ask_raw(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
                assert said.startswith((b"HTTP/1.1 403 ", b"HTTP/1.1 400 ")), (host, path)
        for host in ("localhost", f"localhost:{server.port}", f"127.0.0.1:{server.port}", "[::1]:80"):
            said = server.ask_raw(f"GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            assert not said.startswith(b"HTTP/1.1 403 "), host


@pytest.mark.parametrize(
    ("headers", "welcome"),
    [
        ([(b"host", b"localhost:8000")], True),
        ([(b"host", b"LOCALHOST")], True),
        ([(b"host", b"studio.local:8000")], True),
        ([(b"host", b"localhost"), (b"host", b"evil.example")], False),
        ([(b"host", b"localhost:8000:9000")], False),
        ([(b"host", b"user@localhost")], False),
        ([], False),
    ],
)
def test_a_request_names_this_machine_once(headers: list[tuple[bytes, bytes]], *, welcome: bool) -> None:
    assert Preview(["studio.local"]).is_welcome(headers) is welcome
