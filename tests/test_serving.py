"""One list of what apps and browsers expect over HTTP, asked of the program's own server, of nginx and of Caddy.

The last two run the configurations that ``feedbuilder deploy`` prints.
"""

from __future__ import annotations

import gzip
import os
import re
import socket
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email.parser import BytesParser
from pathlib import Path
from urllib.parse import urljoin

import pytest
from projects import run
from servers import Answer, Server, allow_many_files, own_show, start

from feedbuilder.publish import read_current
from feedbuilder.render import deployment
from feedbuilder.vocabulary import delivery
from feedbuilder.vocabulary.media_types import MEDIA_ENDINGS

NAMES = ("serve", "nginx", "caddy")


@pytest.fixture(scope="session")
def show(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return own_show(tmp_path_factory.mktemp("show"))


@pytest.fixture(scope="session")
def running() -> Iterator[tuple[ExitStack, dict[str, Server]]]:
    with ExitStack() as stack:
        yield stack, {}


@pytest.fixture(params=NAMES)
def server(
    request: pytest.FixtureRequest,
    show: Path,
    tmp_path_factory: pytest.TempPathFactory,
    tool: Callable[[str], str],
    running: tuple[ExitStack, dict[str, Server]],
) -> Server:
    """Each of the three, started once."""
    stack, servers = running
    name: str = request.param
    if name not in servers:
        servers[name] = stack.enter_context(start(name, show, tmp_path_factory.mktemp(name), tool))
    return servers[name]


def media_of(server: Server) -> str:
    return "/" + min(path.relative_to(server.current).as_posix() for path in server.current.glob("media/*.mp3"))


def data_of(server: Server, path: str) -> bytes:
    return (server.current / path.lstrip("/")).read_bytes()


def vary_of(answer: Answer) -> str:
    return answer.headers.get("vary", "").lower()


# --- feeds ---


def test_a_feed_has_its_type_validators_and_a_short_life(server: Server) -> None:
    answer = server.ask("/feed.xml")
    assert (answer.status, answer.body) == (200, data_of(server, "feed.xml"))
    assert answer.headers["content-type"] == "application/rss+xml; charset=utf-8"
    assert re.fullmatch(r'"[^"]+"', answer.headers["etag"])
    assert answer.headers["last-modified"].endswith(" GMT")
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert server.ask("/feed.json").headers["content-type"] == "application/feed+json"


def test_a_poll_without_news_gets_304_and_no_body(server: Server) -> None:
    whole = server.ask("/feed.xml")
    for condition in (
        {"if_none_match": whole.headers["etag"]},
        {"if_none_match": f'"other", W/{whole.headers["etag"]}'},
        {"if_modified_since": whole.headers["last-modified"]},
        {"if_none_match": whole.headers["etag"], "if_modified_since": whole.headers["last-modified"]},
    ):
        answer = server.ask("/feed.xml", **condition)
        assert (answer.status, answer.body) == (304, b""), condition
        assert answer.headers["etag"] == whole.headers["etag"]


def test_a_poll_with_news_gets_the_feed(server: Server) -> None:
    date = server.ask("/feed.xml").headers["last-modified"]
    for condition in (
        {"if_none_match": '"other"'},
        {"if_none_match": '"other"', "if_modified_since": date},
        {"if_modified_since": "Thu, 01 Jan 1998 00:00:00 GMT"},
        {"if_modified_since": "yesterday"},
    ):
        assert server.ask("/feed.xml", **condition).status == 200, condition


def test_a_feed_is_compressed_for_those_who_accept_it(server: Server) -> None:
    packed = server.ask("/feed.xml", accept_encoding="gzip, deflate")
    assert packed.headers["content-encoding"] == "gzip"
    assert vary_of(packed) == "accept-encoding"
    assert gzip.decompress(packed.body) == data_of(server, "feed.xml")
    assert packed.headers["content-type"] == "application/rss+xml; charset=utf-8"
    for accepted in ("identity", "gzip;q=0"):
        plain = server.ask("/feed.xml", accept_encoding=accepted)
        assert "content-encoding" not in plain.headers
        assert plain.body == data_of(server, "feed.xml")


def test_a_compressed_feed_is_polled_with_its_own_tag(server: Server) -> None:
    tag = server.ask("/feed.xml", accept_encoding="gzip").headers["etag"]
    assert server.ask("/feed.xml", accept_encoding="gzip", if_none_match=tag).status == 304


def test_head_says_what_get_says(server: Server) -> None:
    for path in ("/feed.xml", media_of(server), "/"):
        said, whole = server.ask(path, "HEAD"), server.ask(path)
        changing = {"date", "connection"}
        assert (said.status, said.body) == (200, b"")
        assert {k: v for k, v in said.headers.items() if k not in changing} == {
            k: v for k, v in whole.headers.items() if k not in changing
        }


# --- audio and art ---


def test_enclosures_are_what_the_feed_says(server: Server) -> None:
    for enclosure in ET.fromstring(data_of(server, "feed.xml")).iter("enclosure"):
        path = enclosure.attrib["url"].removeprefix("https://podcast.example.org")
        answer = server.ask(path, "HEAD")
        assert answer.status == 200
        assert answer.headers["content-type"] == enclosure.attrib["type"]
        assert answer.headers["content-length"] == enclosure.attrib["length"]
        assert answer.headers["accept-ranges"] == "bytes"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "content-encoding" not in server.ask(path, "HEAD", accept_encoding="gzip, br").headers


def test_a_range_is_that_part_of_the_file(server: Server) -> None:
    path = media_of(server)
    data = data_of(server, path)
    size = len(data)
    for asked, start_, end in (
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=500-", 500, size),
        ("bytes=-77", size - 77, size),
        (f"bytes=10-{size * 2}", 10, size),
        (f"bytes=-{size * 2}", 0, size),
    ):
        answer = server.ask(path, range=asked)
        assert (answer.status, answer.body) == (206, data[start_:end]), asked
        assert answer.headers["content-range"] == f"bytes {start_}-{end - 1}/{size}"
        assert answer.headers["content-length"] == str(end - start_)
        assert answer.headers["content-type"] == "audio/mpeg"


def test_several_ranges_are_the_parts_of_a_multipart(server: Server) -> None:
    path = media_of(server)
    data = data_of(server, path)
    answer = server.ask(path, range="bytes=0-9,1000-1999,-5")
    assert answer.status == 206
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + answer.body)
    assert message.get_content_type() == "multipart/byteranges"
    parts: object = message.get_payload()
    assert isinstance(parts, list)
    assert [part["Content-Range"] for part in parts] == [
        f"bytes {start_}-{end - 1}/{len(data)}" for start_, end in ((0, 10), (1000, 2000), (len(data) - 5, len(data)))
    ]
    for start_, end in ((0, 10), (1000, 2000)):
        assert data[start_:end] + b"\r\n--" in answer.body


def test_a_range_outside_of_the_file_is_416(server: Server) -> None:
    path = media_of(server)
    size = len(data_of(server, path))
    answer = server.ask(path, range=f"bytes={size}-")
    assert answer.status == 416
    assert answer.headers["content-range"] == f"bytes */{size}"
    assert len(answer.body) < 1000


def test_a_range_of_another_version_is_the_whole_file(server: Server) -> None:
    path = media_of(server)
    whole = server.ask(path, "HEAD").headers
    for version, status in (
        (whole["etag"], 206),
        (whole["last-modified"], 206),
        ('"other"', 200),
        ("Thu, 01 Jan 1998 00:00:00 GMT", 200),
    ):
        assert server.ask(path, range="bytes=0-9", if_range=version).status == status, version


def test_names_with_a_hash_may_be_cached_for_a_year(server: Server) -> None:
    for path in (
        media_of(server),
        *("/" + str(p.relative_to(server.current)) for p in server.current.glob("images/*")),
    ):
        answer = server.ask(path, "HEAD")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "last-modified" in answer.headers


# --- all files ---


def test_every_file_is_delivered_with_its_type(server: Server) -> None:
    release = read_current(server.project / "public")
    assert release
    for file in release.manifest.files:
        answer = server.ask(f"/{file.path}")
        kind = delivery.kind_of(file.path, file.type)
        assert (answer.status, answer.body) == (200, data_of(server, file.path)), file.path
        assert answer.headers["content-type"] == delivery.content_type_of(file.type), file.path
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers.get("access-control-allow-origin") == (None if kind == "page" else "*"), file.path
        assert answer.headers.get("content-security-policy", "") == delivery.policy_of(file.path, file.type), file.path
        assert answer.headers["cache-control"] == delivery.cache_control_of(file.path), file.path


def test_a_folder_is_its_page(server: Server) -> None:
    for path in ("/", "/episodes/trailer/"):
        answer = server.ask(path)
        assert (answer.status, answer.body) == (200, data_of(server, f"{path}index.html"))
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["content-security-policy"] == delivery.PAGE_POLICY
        assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
        assert "access-control-allow-origin" not in answer.headers
    without_slash = server.ask("/episodes/trailer")
    assert without_slash.status in {301, 308}
    assert without_slash.headers["location"] == "/episodes/trailer/"
    asked = server.ask("/search?q=tide")
    assert asked.status in {301, 308}
    assert urljoin("/search?q=tide", asked.headers["location"]) == "/search/?q=tide"


def test_a_script_of_another_site_may_ask_for_ranges(server: Server) -> None:
    asking = {"origin": "https://player.example.net", "access_control_request_method": "GET"}
    for path in ("/feed.xml", media_of(server), "/episodes/trailer/transcript.vtt"):
        answer = server.ask(path, "OPTIONS", access_control_request_headers="range", **asking)
        assert (answer.status, answer.body) == (204, b"")
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
        assert "Range" in answer.headers["access-control-allow-headers"]
        assert answer.headers["access-control-max-age"] == "86400"
    exposed = server.ask(media_of(server), "HEAD").headers["access-control-expose-headers"]
    assert {"Content-Range", "Content-Length", "ETag"} <= set(exposed.split(", "))


# --- errors, and those who want them ---


def test_errors_are_plain_and_small(server: Server) -> None:
    for method, path, status in (
        ("GET", "/nothing", 404),
        ("GET", "/media/", 404),
        ("HEAD", "/episodes/trailer/chapters.json", 404),
        ("POST", "/feed.xml", 405),
        ("DELETE", media_of(server), 405),
        ("PUT", "/new", 405),
        ("GET", "/" + "a" * 20_000, 414),
    ):
        answer = server.ask(path, method)
        assert answer.status == status, (method, path)
        assert len(answer.body) < 200
        if status != 414:  # refused by the parser, which has its own texts
            assert answer.headers["content-type"].startswith("text/plain"), (method, path)
        assert "immutable" not in answer.headers.get("cache-control", "")
        assert not re.search(r"\d", answer.headers.get("server", ""))
        if status == 405:
            assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


ESCAPES = (
    "/../SECRET",
    "/../../SECRET",
    "/episodes/../../SECRET",
    "/episodes/trailer/../../../../SECRET",
    "/./../SECRET",
    "//SECRET",
    "///../SECRET",
    "/%2e%2e/SECRET",
    "/%2e%2e/%2e%2e/SECRET",
    "/..%2fSECRET",
    "/..%2f..%2fSECRET",
    "/%2e%2e%2f%2e%2e%2fSECRET",
    "/%252e%252e%252fSECRET",
    "/%252e%252e/%252e%252e/SECRET",
    "/..%5cSECRET",
    "/..\\SECRET",
    "/%2e%2e%5c%2e%2e%5cSECRET",
    "/..%c0%afSECRET",
    "/%c0%ae%c0%ae/SECRET",
    "/%uff0e%uff0e/SECRET",
    "/..;/SECRET",
    "/feed.xml/../../SECRET",
    "/media/..%00/SECRET",
    "/feed.xml%00",
    "/feed.xml%00.html",
    "/%00",
    "/.%00./SECRET",
    "/~root/SECRET",
)


@pytest.mark.parametrize("escape", ESCAPES)
def test_no_path_leads_out_of_the_release(server: Server, escape: str) -> None:
    release = read_current(server.project / "public")
    assert release
    manifest = f"{release.id}.json"
    secrets = ("config/show.yaml", ".feedbuilder/last-build.json", f"public/releases/{manifest}", "/etc/passwd")
    hidden = [(server.project / secret).read_bytes()[:40] for secret in secrets]
    for name in (*secrets, *(str(server.project / secret) for secret in secrets), f"releases/{manifest}", manifest):
        path = escape.replace("SECRET", name.lstrip("/"))
        said = server.ask_raw(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        assert not any(one in said for one in hidden)
        status = int(said.split(b" ", 2)[1]) if said else 400
        assert status in {301, 302, 307, 308, 400, 403, 404}, (path, said[:200])


def test_bytes_that_are_no_request_are_refused(server: Server) -> None:
    for request in (
        b"GET /feed.xml\x00 HTTP/1.1",
        b"GET /\x00 HTTP/1.1",
        b"\x16\x03\x01\x02\x00",
        b"GET /\xff HTTP/1.1",
    ):
        said = server.ask_raw(request + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert said == b"" or said.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4", b"<html>")), (request, said[:80])
    assert server.ask("/feed.xml").status == 200


def test_a_link_in_the_release_leads_nowhere(server: Server) -> None:
    link, folder = server.current / "link.txt", server.current / "linked"
    link.symlink_to("/etc/passwd")
    folder.symlink_to("/etc")
    try:
        answers = [server.ask("/link.txt"), server.ask("/linked/passwd"), server.ask("/linked/")]
    finally:
        link.unlink()
        folder.unlink()
    # Caddy finds what is mounted so unreadable, and does not call that absent.
    assert [answer.status for answer in answers] == [500 if server.name == "caddy" else 404] * 3
    assert all(b"root:" not in answer.body for answer in answers)


def test_idle_and_slow_clients_do_not_keep_others_waiting(server: Server) -> None:
    allow_many_files()
    with ExitStack() as stack:
        idle = [stack.enter_context(server.connect()) for _ in range(500)]
        for connection in idle[::5]:
            connection.sendall(b"GET /feed.xml HTTP/1.1\r\nHost: loc")  # and nothing more
        slow = []
        for _ in range(20):  # they take a few bytes of much, and then nothing
            reader = socket.socket()
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.connect(("127.0.0.1", server.port))
            stack.enter_context(reader)
            reader.sendall(f"GET {media_of(server)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert reader.recv(12) == b"HTTP/1.1 200"
            slow.append(reader)
        for path in ("/feed.xml", media_of(server)):
            answer = server.ask(path)
            assert (answer.status, answer.body) == (200, data_of(server, path))


# --- a new release ---


@pytest.mark.parametrize("name", NAMES)
def test_a_new_release_is_served_without_a_restart(
    name: str, show: Path, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    project = own_show(tmp_path / "show")
    with start(name, project, tmp_path / name, tool) as server:
        before = server.ask("/feed.xml")
        text = project / "config/show.yaml"
        text.write_text(text.read_text(encoding="utf-8").replace("Plain Text Radio", "Plainer Text Radio"))
        assert run(project, "build", "--quiet", "--now", "2026-11-01T00:00:00Z").exit_code == 0
        os.utime(server.current / "feed.xml", (1_900_000_000, 1_900_000_000))  # as if seconds had passed
        after = server.ask("/feed.xml", if_none_match=before.headers["etag"])
        assert b"<title>Plainer Text Radio</title>" in after.body
        assert after.body == data_of(server, "feed.xml")
        assert server.ask(media_of(server), "HEAD").headers["etag"] == server.ask(media_of(server)).headers["etag"]
        assert run(project, "rollback").exit_code == 0
        back = server.ask("/feed.xml", if_modified_since=after.headers["last-modified"])
        if name != "caddy":  # which takes an older file for one that did not change
            assert (back.status, back.body) == (200, before.body)


@pytest.mark.parametrize("name", NAMES)
def test_a_site_below_a_path_is_served_there(name: str, tmp_path: Path, tool: Callable[[str], str]) -> None:
    project = own_show(
        tmp_path / "show", **{"https://podcast.example.org/feed.xml": "https://example.org/a/radio/feed.xml"}
    )
    with start(name, project, tmp_path / name, tool) as server:
        for path, kind in (
            ("feed.xml", "application/rss+xml; charset=utf-8"),
            ("feed.json", "application/feed+json"),
            ("episodes/s01e02-captions-and-transcripts/chapters.json", "application/json+chapters"),
            ("episodes/trailer/transcript.vtt", "text/vtt; charset=utf-8"),
        ):
            answer = server.ask(f"/a/radio/{path}")
            assert (answer.status, answer.body) == (200, data_of(server, path))
            assert answer.headers["content-type"] == kind
        assert server.ask("/a/radio/").body == data_of(server, "index.html")
        assert server.ask("/a/radio/episodes/trailer").headers["location"] == "/a/radio/episodes/trailer/"
        assert [server.ask(path).status for path in ("/feed.xml", "/a/", "/a/radio/x")] == [404, 404, 404]
        assert [(server.ask(path).headers["location"]) for path in ("/", "/a/radio")] == ["/a/radio/", "/a/radio/"]
        assert server.ask("/a/radio?x=1").headers["location"] == "/a/radio/?x=1"
        media = media_of(server)
        assert server.ask(f"/a/radio{media}", range="bytes=5-8").body == data_of(server, media)[5:9]
        assert "immutable" in server.ask(f"/a/radio{media}").headers["cache-control"]


@pytest.mark.parametrize("name", NAMES)
def test_a_site_below_a_path_of_other_letters_is_served_there(
    name: str, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    project = own_show(
        tmp_path / "show", **{"https://podcast.example.org/feed.xml": "https://example.org/r%C3%A4dio/feed.xml"}
    )
    with start(name, project, tmp_path / name, tool) as server:
        for path in ("feed.xml", "episodes/s01e02-captions-and-transcripts/chapters.json"):
            assert server.ask(f"/r%C3%A4dio/{path}").body == data_of(server, path)
        assert server.ask("/r%c3%a4dio/").body == data_of(server, "index.html")
        assert server.ask("/r%C3%A4dio").headers["location"] == "/r%C3%A4dio/"


@pytest.mark.parametrize("name", NAMES)
def test_the_feed_is_where_feed_url_says(name: str, tmp_path: Path, tool: Callable[[str], str]) -> None:
    project = own_show(
        tmp_path / "show", **{"https://podcast.example.org/feed.xml": "https://podcast.example.org/a/podcast"}
    )
    with start(name, project, tmp_path / name, tool) as server:
        answer, usual = server.ask("/a/podcast"), server.ask("/a/feed.xml")
        assert (answer.status, answer.body) == (200, usual.body)
        differ = {"date", "etag", "last-modified"}
        assert {key: answer.headers[key] for key in answer.headers.keys() - differ} == {
            key: usual.headers[key] for key in usual.headers.keys() - differ
        }
        assert answer.headers["content-type"] == "application/rss+xml; charset=utf-8"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert server.ask("/a/podcast", if_none_match=answer.headers["etag"]).status == 304
        assert gzip.decompress(server.ask("/a/podcast", accept_encoding="gzip").body) == answer.body


def test_a_feed_cannot_take_the_name_of_another_file(show: Path) -> None:
    names = {path.name for path in (show / "public/current").iterdir()}
    assert {"feed.xml", "media", "search", "style.css"} < names
    taken = {name for name in names | {"healthz", "metrics"} if not delivery.feed_name_of(f"https://x.example/{name}")}
    assert taken == names - {"feed.xml"} | {"healthz", "metrics"}
    for ending in {*MEDIA_ENDINGS.values(), *(end for ends in deployment._TEXT_ENDINGS.values() for end in ends)}:
        assert bool(delivery.feed_name_of(f"https://x.example/rss.{ending}")) is (ending == "xml")


@pytest.mark.parametrize("name", ["nginx", "caddy"])
def test_old_addresses_of_the_feed_redirect_for_good(name: str, tmp_path: Path, tool: Callable[[str], str]) -> None:
    project = own_show(
        tmp_path / "show", **{"upstream: none": "upstream: none\nnew_feed_url: https://new.example.org/feed.xml"}
    )
    with start(name, project, tmp_path / name, tool, "--moved-from", "/rss") as server:
        for path in ("/rss", "/feed.xml"):
            answer = server.ask(path)
            assert (answer.status, answer.headers["location"]) == (301, "https://new.example.org/feed.xml")
        assert server.ask("/feed.json").status == 200
