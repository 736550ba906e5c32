"""A feed that its host serves in pages (RFC 5005) is read whole, or says what is missing."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from hosts import Server, an_answer
from projects import a_project, run
from test_import import imported

from feedbuilder.errors import Mark, Problem
from feedbuilder.project import paged_feeds
from feedbuilder.publish import hold_lock

ATOM = 'xmlns:atom="http://www.w3.org/2005/Atom"'


def page(link: str, *numbers: int, extra: str = "") -> bytes:
    """One page of a show; its items carry their numbers."""
    items = "\n".join(
        f"<item><title>Tide {n}</title><guid>guid-{n}</guid><pubDate>{n:02} May 2024 08:00 +0000</pubDate>{extra}"
        f'<enclosure url="https://cdn.example.net/{n}.mp3" length="{n}" type="audio/mpeg"/></item>'
        for n in numbers
    )
    channel = f"<title>Tides</title><link>https://tides.example.org/</link>{link}\n{items}"
    return f'<rss version="2.0" {ATOM}><channel>{channel}</channel></rss>'.encode()


def link(href: str, rel: str = "next") -> str:
    return f'<atom:link rel="{rel}" href="{href}"/>'


@contextmanager
def a_host(pages: dict[str, bytes], then: Callable[[], None] = lambda: None) -> Iterator[str]:
    """The address of a host; what it has not is 404. ``then`` is called when the feed itself is asked for."""

    def answer(connected: socket.socket) -> None:
        path = server.requests[-1].split()[1]
        if path == "/feed.xml":
            then()
        missing = an_answer(b"", status="404 Not Found")
        connected.sendall(an_answer(pages[path]) if path in pages else missing)

    with Server(answer) as server:
        yield server.url


def guids(show: Path) -> list[str]:
    return [row["guid"] for row in yaml.safe_load((show / "config/ledger.yaml").read_text())["episodes"].values()]


@pytest.mark.parametrize("rel", ["next", "prev-archive"])
def test_the_items_of_all_pages_are_imported_once(tmp_path: Path, rel: str) -> None:
    pages = {
        "/feed.xml": page(link("/feed.xml?page=2", rel), 5, 4),
        "/feed.xml?page=2": page(link("/feed.xml?page=3", rel), 4, 3, extra="<odd>1</odd>"),  # one moved on meanwhile
        "/feed.xml?page=3": page(link("/feed.xml?page=2", rel), 2),  # and a circle
    }
    with a_host(pages) as url:
        result = imported(url, tmp_path / "show", "--allow-private", "--offline", "-v")
    assert (result.exit_code, guids(tmp_path / "show")) == (0, ["guid-2", "guid-3", "guid-4", "guid-5"])
    assert "UPS-11" not in result.stderr
    assert f"{url}?page=2:3: warning IMP-1: " in result.stderr


def test_sync_reads_all_pages_without_holding_the_lock(tmp_path: Path) -> None:
    held: list[str] = []
    pages = {"/feed.xml": page(link("/2"), 2), "/2": page("", 1)}

    def build() -> None:
        with hold_lock(root):
            held.append("while the host is asked")

    with a_host(pages, build) as url:
        records = {f"tide-{n}": f"---\ntitle: Tide {n}\nguid: guid-{n}\n---\n" for n in (1, 2)}
        root = a_project(tmp_path, records, upstream=f"{{feed: {url}}}")
        result = run(root, "sync", "--allow-private")
    assert (result.exit_code, guids(root), held) == (0, ["guid-1", "guid-2"], ["while the host is asked"])
    assert "JOIN" not in result.stderr


def test_an_unreadable_page_is_reported_and_the_next_run_reads_it(tmp_path: Path) -> None:
    pages = {"/feed.xml": page(link("/2"), 2), "/2": b"<html></html>"}
    with a_host(pages) as url:
        two = url.replace("feed.xml", "2")
        first = imported(url, tmp_path / "show", "--allow-private")
        pages["/2"] = page("", 1)
        second = imported(url, tmp_path / "show", "--allow-private")
    assert f"{url}: warning UPS-11: page '{two}' of the feed cannot be read: " in first.stderr
    assert ("UPS-11" in second.stderr, guids(tmp_path / "show")) == (False, ["guid-1", "guid-2"])


def test_a_saved_page_reports_the_pages_that_are_missing(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(page(link("https://tides.example.org/2"), 2))
    result = imported(tmp_path / "feed.xml", tmp_path / "show", "--offline")
    assert "feed.xml: warning UPS-11: page 'https://tides.example.org/2' of the feed was skipped; " in result.stderr
    assert " Run it again without --offline." in result.stderr


def test_a_host_that_is_slow_with_each_page_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paged_feeds, "MOST_S", -1.0)
    data = page(link("https://tides.example.org/2"), 2)
    what = "the host took over -1 seconds before page 'https://tides.example.org/2' of the feed"
    assert paged_feeds.read_older(data, "feed.xml", lambda _: data) == (
        [],
        [Problem("UPS-11", Mark("feed.xml"), what)],
    )


def test_a_link_that_is_no_address_ends_the_feed(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(page(link("//[/2"), 2))
    assert "UPS-11" not in imported(tmp_path / "feed.xml", tmp_path / "show").stderr


@pytest.mark.parametrize(
    ("where", "most"),
    [("MOST_PAGES", 3), ("upstream.document.MAX_BYTES", 1000), ("upstream.document.MAX_ELEMENTS", 30)],
)
def test_pages_without_end_are_bounded_as_one_feed(monkeypatch: pytest.MonkeyPatch, where: str, most: int) -> None:
    monkeypatch.setattr(f"feedbuilder.{where}" if "." in where else f"feedbuilder.project.paged_feeds.{where}", most)
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        return page(link(f"{url}0"), len(asked))

    url = "https://tides.example.org/"
    pages, problems = paged_feeds.read_older(page(link("/1"), 0), url, fetch)
    what = f"the feed is too large from page '{asked[-1]}' on"
    assert problems == [Problem("UPS-11", Mark(url), what, "", "Ask its host for a feed in one piece.")]
    assert ([one.path for one in pages], len(asked) < 6) == (asked[:-1], True)
