from __future__ import annotations

import gzip
import re
import socket
import ssl
import subprocess
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests
from faults import watching
from hosts import Answer, Server, a_redirect, an_answer, drip

from feedbuilder import __version__, network
from feedbuilder.errors import FeedbuilderError, Mark, Problem
from feedbuilder.network import Fetched, RemoteFile, connections, fetch, fetch_kept, post_form, visit
from feedbuilder.network.connections import is_public
from feedbuilder.rules import RULES


def problem_of(url: str, **options: object) -> tuple[str, str, str]:
    with pytest.raises(FeedbuilderError) as error:
        fetch(url, **{"allow_private": True, **options})  # type: ignore[arg-type]
    (problem,) = error.value.problems
    return problem.rule, str(problem.mark), problem.what


# --- what arrives -----------------------------------------------------------------------------------------------------


def test_an_answer_arrives_as_it_was_sent() -> None:
    with Server(an_answer(b"<rss>\xff</rss>", "ETag: W/x", "Content-Type: text/xml")) as server:
        fetched = fetch(server.url, allow_private=True)

    headers = {"content-length": "12", "etag": "W/x", "content-type": "text/xml"}
    assert fetched == Fetched(server.url, 200, headers, b"<rss>\xff</rss>")
    assert server.requests == [
        "\r\n".join(
            (
                "GET /feed.xml HTTP/1.1",
                f"Host: 127.0.0.1:{server.port}",
                f"User-Agent: feedbuilder/{__version__}",
                "Accept: */*",
                "Accept-Encoding: gzip",
                "\r\n",
            )
        )
    ]


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP"])
def test_a_response_is_decompressed(encoding: str) -> None:
    with Server(an_answer(gzip.compress(b"<rss/>" * 999, mtime=0), f"Content-Encoding: {encoding}")) as server:
        assert fetch(server.url, allow_private=True).data == b"<rss/>" * 999


def test_an_answer_in_pieces_arrives_whole() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss/\r\n1\r\n>\r\n0\r\n\r\n"
    with Server(chunked) as server:
        assert fetch(server.url, allow_private=True).data == b"<rss/>"


def test_an_answer_without_a_length_ends_with_the_connection() -> None:
    with Server(b"HTTP/1.0 200 OK\r\n\r\n<rss/>") as server:
        assert fetch(server.url, allow_private=True).data == b"<rss/>"


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified", "404 Not Found", "503 \x1b[31mred"])
def test_another_status_is_a_finding(status: str) -> None:
    with Server(an_answer(b"", status=status)) as server:
        assert problem_of(server.url) == ("NET-7", server.url, f"the host responded with status {status[:3]}")


# --- where it may come from -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1"])
def test_a_private_address_is_refused_before_anything_is_sent(host: str) -> None:
    connected: list[tuple[object, ...]] = []

    with Server(an_answer()) as server, watching("socket.connect", connected.append):
        url = f"http://{host}:{server.port}/"
        rule, mark, what = problem_of(url, allow_private=False)
        seen = [*connected]

    assert (rule, mark) == ("NET-2", url)
    assert what in {f"'{host}' has the address {address}, which is not public" for address in ("127.0.0.1", "::1")}
    assert (seen, server.requests) == ([], [])


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::", "::1", "fe80::1", "fe80::1%eth0",
        "fc00::1", "fec0::1", "ff02::1", "2001:db8::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::",
        "2002:a00:1::1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "::7f00:1", "2001::1",
    ],
)  # fmt: skip
def test_addresses_of_no_public_host(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "93.184.215.14",
        "1.1.1.1",
        "172.32.0.1",
        "2606:4700::1111",
        "::ffff:1.1.1.1",
        "2002:101:101::",
        "64:ff9b::1.1.1.1",
    ],
)
def test_addresses_of_public_hosts(address: str) -> None:
    assert is_public(address)


def test_every_hop_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "is_public", lambda address: address == "127.0.0.1")
    with Server(an_answer(b"secret"), host="127.0.0.2") as inner, Server(a_redirect(inner.url)) as outer:
        problem = problem_of(outer.url, allow_private=False)

    assert problem == ("NET-2", inner.url, "'127.0.0.2' has the address 127.0.0.2, which is not public")
    assert "--allow-private" in RULES["NET-2"].remedy
    assert (len(outer.requests), inner.requests) == (1, [])


def test_a_name_is_looked_up_once_and_the_address_that_was_checked_is_connected() -> None:
    looked_up, connected = [], []

    def note_name(args: tuple[object, ...]) -> None:
        if args[0] == "localhost":
            looked_up.append(args[0])

    def note_address(args: tuple[object, ...]) -> None:
        if isinstance(args[1], tuple):
            connected.append(args[1][0])

    with Server(an_answer()) as server:
        with watching("socket.getaddrinfo", note_name), watching("socket.connect", note_address):
            fetch(server.url.replace("127.0.0.1", "localhost"), allow_private=True)
        counts = len(looked_up), set(connected) <= {"127.0.0.1", "::1"}, bool(connected)

    assert counts == (1, True, True)


@pytest.mark.parametrize(
    "url",
    ["ftp://example.org/a", "file:///etc/passwd", "feed.xml", "", "http://", "http:///a", "http://[::1/a", "http://h:x/",
     "http://a b/", "http://h/\n::error::", "http://h:0/"],
)  # fmt: skip
def test_only_urls_of_the_web_are_fetched(url: str) -> None:
    shown = repr(url)[1:-1]
    assert problem_of(url) == ("NET-1", shown, f"{shown!r} is not an http or https URL with a host")


def test_a_host_that_is_no_name_is_refused() -> None:
    url = f"http://{'a' * 70}.example/"

    rule, mark, _ = problem_of(url)

    assert (rule, mark) == ("NET-6", url)


def test_a_url_that_the_library_refuses_is_a_finding() -> None:
    rule, mark, what = problem_of("http://*.example/")

    assert (rule, mark) == ("NET-1", "http://*.example/")
    assert what.startswith("'http://*.example/' is not a URL: ")


def test_an_unknown_name_is_a_finding() -> None:
    assert problem_of("http://unknown.invalid/") == (
        "NET-6",
        "http://unknown.invalid/",
        "host 'unknown.invalid' not found",
    )


def test_https_is_tried_first_and_http_where_it_fails() -> None:
    """Nobody needs to listen there: what matters is where a connection is sought, and in which order."""
    sought, answers = [], []

    def note(args: tuple[object, ...]) -> None:
        if isinstance(args[1], tuple):
            sought.append(args[1][1])

    with watching("socket.connect", note), suppress(FeedbuilderError):
        answers.append(fetch("http://localhost/feed.xml", allow_private=True, timeout_s=5))

    ports = list(dict.fromkeys(sought))
    assert ports == [443, 80] or (ports == [443] and answers)


def test_a_closed_port_is_a_finding() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"

        assert problem_of(url) == ("NET-6", url, "the connection to '127.0.0.1' failed: connection refused")


# --- redirects --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
)
def test_redirects_are_followed(status: str) -> None:
    with Server(a_redirect("../new.xml?a=b", status), an_answer()) as server:
        fetched = fetch(server.url.replace("/feed.xml", "/old/feed.xml"), allow_private=True)

    assert fetched.url == server.url.replace("/feed.xml", "/new.xml?a=b")
    assert [request.split()[:2] for request in server.requests] == [["GET", "/old/feed.xml"], ["GET", "/new.xml?a=b"]]


def test_ten_redirects_are_followed_and_not_one_more() -> None:
    with Server(*[a_redirect("/again")] * 10, an_answer()) as server:
        assert fetch(server.url, allow_private=True).status == 200
    with Server(a_redirect("/again")) as server:
        assert problem_of(server.url) == ("NET-3", server.url, "more than 10 redirects")

    assert len(server.requests) == 11


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/", "http://[::1", "http://x\x7f/"])
def test_a_redirect_out_of_the_web_is_refused(target: str) -> None:
    with Server(a_redirect(target)) as server:
        rule, *_ = problem_of(server.url)

    assert rule == "NET-1" if target != "http://[::1" else rule in {"NET-1", "NET-3"}
    assert len(server.requests) == 1


def test_the_body_of_a_redirect_is_not_read() -> None:
    def pour(connected: socket.socket) -> None:
        connected.sendall(b"HTTP/1.1 302 Found\r\nLocation: /new.xml\r\nContent-Encoding: gzip\r\n\r\n")
        while True:
            connected.sendall(bytes(65_536))  # fails when the other side has gone

    with Server(pour, an_answer()) as server:
        assert fetch(server.url, allow_private=True).data == b"<rss/>"


def test_a_redirect_in_utf_8_is_understood() -> None:
    with Server(a_redirect("/für.xml"), an_answer()) as server:
        fetch(server.url, allow_private=True)

    assert server.requests[1].startswith("GET /f%C3%BCr.xml HTTP/1.1\r\n")


def test_a_redirect_to_nowhere_is_an_error_status() -> None:
    with Server(an_answer(b"", status="302 Found")) as server:
        assert problem_of(server.url) == ("NET-7", server.url, "the host responded with status 302")


# --- secrets ----------------------------------------------------------------------------------------------------------

CREDENTIALS = "Authorization: Basic YWRhOnNlY3JldA=="  # ada:secret


def test_a_password_stays_with_its_host() -> None:
    with Server(an_answer()) as other:
        foreign = other.url.replace("http://", "http://eve:evil@")
        with Server(a_redirect("/here"), a_redirect(foreign)) as server:
            fetched = fetch(server.url.replace("http://", "http://ada:secret@"), allow_private=True)

    assert [CREDENTIALS in request for request in server.requests] == [True, True]
    assert "Authorization" not in other.requests[0]
    assert fetched.url == other.url


def test_a_password_is_in_no_finding() -> None:
    with Server(an_answer(b"", status="404 Not Found")) as server:
        found = problem_of(server.url.replace("http://", "http://ada:secret@"))
    assert found == ("NET-7", server.url, "the host responded with status 404")
    assert problem_of("ftp://ada:secret@example.org/a") == (
        "NET-1",
        "ftp://example.org/a",
        "'ftp://example.org/a' is not an http or https URL with a host",
    )


def test_neither_netrc_nor_proxies_nor_cookies_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ada password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    cookie = an_answer(b"", "Location: /b", "Set-Cookie: id=1; Path=/", status="302 Found")

    with Server(cookie, an_answer()) as server:
        fetch(server.url, allow_private=True)

    assert len(server.requests) == 2
    assert [word for request in server.requests for word in ("Authorization", "Cookie") if word in request] == []


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_an_answer_may_be_as_large_as_allowed() -> None:
    with Server(an_answer(b"0123456789")) as server:
        assert fetch(server.url, allow_private=True, max_bytes=10).data == b"0123456789"
        assert problem_of(server.url, max_bytes=9) == ("NET-4", server.url, "the response is larger than 9 bytes")


def test_a_response_without_end_is_refused() -> None:
    def pour(connected: socket.socket) -> None:
        connected.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connected.sendall(bytes(65_536))  # fails when the other side has gone

    with Server(pour) as server:
        assert problem_of(server.url, max_bytes=200_000)[0] == "NET-4"


def test_a_response_may_not_exceed_the_limit_when_decompressed() -> None:
    bomb = gzip.compress(bytes(20_000_000))
    what = f"the decompressed response is larger than {len(bomb)} bytes"
    with Server(an_answer(bomb, "Content-Encoding: gzip")) as server:
        tracemalloc.start()
        try:
            problem = problem_of(server.url, max_bytes=len(bomb))
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert problem == ("NET-4", server.url, what)
    assert most < 10_000_000


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "deflate"])
def test_an_encoding_that_was_not_requested_is_refused(encoding: str) -> None:
    with Server(an_answer(b"<rss/>", f"Content-Encoding: {encoding}")) as server:
        assert problem_of(server.url) == (
            "NET-8",
            server.url,
            f"the response has the encoding {encoding!r}, not gzip",
        )


PACKED = gzip.compress(b"<rss/>", mtime=0)


@pytest.mark.parametrize(
    "packed", [b"no gzip", PACKED[:-1], PACKED[:12] + b"\xff\xff\xff\xff"], ids=["no gzip", "cut off", "damaged"]
)
def test_a_response_that_cannot_be_decompressed_is_a_finding(packed: bytes) -> None:
    with Server(an_answer(packed, "Content-Encoding: gzip")) as server:
        rule, _, what = problem_of(server.url)

    assert (rule, what[:35]) == ("NET-8", "the response cannot be decompressed")


@pytest.mark.parametrize(
    "cut_off",
    [
        an_answer(b"<rss", length=6),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n<rss",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n<rss/>\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n<rss/>\r\n",
    ],
)
def test_a_response_that_was_cut_off_is_a_finding(cut_off: bytes) -> None:
    with Server(cut_off) as server:
        rule, mark, what = problem_of(server.url)

    assert (rule, mark, what[:25]) == ("NET-8", server.url, "the response was cut off:")


@pytest.mark.parametrize("noise", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n"])
def test_bytes_that_are_not_a_response_are_a_finding(noise: bytes) -> None:
    with Server(noise) as server:
        rule, mark, what = problem_of(server.url)

    assert (rule, mark, what[:12]) == ("NET-6", server.url, "no response:")


@pytest.mark.parametrize(
    "slow",
    [
        drip(b"", b"H"),
        drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nX: ", b"y"),
        drip(b"HTTP/1.1 200 OK\r\n\r\n", b"y"),
        drip(an_answer(b"", length=999_999), b"y"),
        drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\ny\r\n"),
    ],
    ids=["status", "continue", "header", "body", "body with a length", "chunks"],
)
def test_a_slow_answer_ends_in_time(slow: Answer) -> None:
    with Server(slow) as server:
        assert problem_of(server.url, timeout_s=0.25) == (
            "NET-5",
            server.url,
            "the response took longer than 0.25 seconds",
        )


def test_redirects_share_one_time() -> None:
    waited = threading.Event()

    def wait(connected: socket.socket) -> None:
        waited.wait(0.05)
        connected.sendall(a_redirect("/again"))

    with Server(wait) as server:
        assert problem_of(server.url, timeout_s=0.2)[0] == "NET-5"

    assert 1 <= len(server.requests) < 10


def test_a_handshake_that_never_ends_ends_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"

        assert problem_of(url, timeout_s=0.25)[0] == "NET-5"


def test_a_host_that_never_answers_ends_in_time() -> None:
    with socket.socket() as full, _crowd(full):
        url = f"http://127.0.0.1:{full.getsockname()[1]}/"

        rule, mark, what = problem_of(url, timeout_s=0.25)

    assert (rule, mark) == ("NET-5", url)
    assert what.startswith("the connection to '127.0.0.1' failed: ")


def test_a_connection_that_is_made_too_late_is_shut_at_once() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, connections.Deadline(0) as deadline:
        deadline.watch(ours)
        assert ours.recv(1) == b""
        with pytest.raises(TimeoutError):
            deadline.check()


def test_a_connection_that_is_gone_by_then_is_no_error() -> None:
    with socket.socket() as never, connections.Deadline(0.01) as deadline:
        deadline.watch(never)
        deadline._timer.join()

    assert deadline.expired


def test_no_further_address_is_tried_when_the_time_is_over() -> None:
    late = pytest.raises(connections.NotConnected, match="failed: it takes too long")
    with connections.Deadline(0) as deadline, late as error:
        connections.send(requests.Request("GET", "http://127.0.0.1:9/").prepare(), deadline, allow_private=True)

    assert error.value.rule == "NET-5"


@contextmanager
def _crowd(full: socket.socket) -> Iterator[None]:
    """A listener whose queue is full: further connections are neither taken nor refused."""
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    waiting = [socket.socket() for _ in range(8)]
    for one in waiting:
        one.setblocking(False)
        one.connect_ex(full.getsockname())
    try:
        yield
    finally:
        for one in waiting:
            one.close()


# --- a host that is busy, and many hosts ------------------------------------------------------------------------------

BUSY = an_answer(b"", status="503 Busy")


@pytest.mark.parametrize("passing", [BUSY, an_answer(b"", status="429 Slow down"), an_answer(b"<rss", length=6), b""])
def test_a_host_that_fails_for_a_moment_is_asked_again(passing: bytes) -> None:
    with Server(passing, passing, an_answer()) as server:
        assert fetch(server.url, allow_private=True).data == b"<rss/>"

    assert len(server.requests) == 3


def test_a_host_that_goes_on_failing_is_asked_three_times() -> None:
    with Server(BUSY) as server:
        assert problem_of(server.url) == ("NET-7", server.url, "the host responded with status 503")

    assert len(server.requests) == 3


def test_what_will_not_pass_is_not_asked_again() -> None:
    with Server(an_answer(b"", status="404 Not Found")) as server:
        problem_of(server.url)

    assert len(server.requests) == 1


def test_a_pause_that_a_host_asks_for_is_kept_or_it_is_given_up() -> None:
    with Server(an_answer(b"", "Retry-After: 1", status="503 Busy"), an_answer()) as server:
        started = time.monotonic()
        assert fetch(server.url, allow_private=True).data == b"<rss/>"
        assert time.monotonic() - started >= 1
    with Server(an_answer(b"", "Retry-After: 3600", status="503 Busy"), an_answer()) as server:
        assert problem_of(server.url)[0] == "NET-7"
        assert len(server.requests) == 1


@pytest.mark.parametrize("odd", ["soon", "-1", "1e9", "Thu, 01 Jan 1970 00:00:00 GMT", ""])
def test_a_pause_that_cannot_be_read_is_ours(odd: str) -> None:
    with Server(an_answer(b"", f"Retry-After: {odd}", status="503 Busy"), an_answer()) as server:
        assert fetch(server.url, allow_private=True).status == 200


def test_what_is_known_is_not_sent_again() -> None:
    not_modified = an_answer(b"", status="304 Not Modified")
    with Server(an_answer(b"<rss/>", 'ETag: "1"', "Last-Modified: then"), not_modified) as server:
        known = fetch(server.url, allow_private=True)
        assert fetch(server.url, allow_private=True, known=known) is known

    assert 'If-None-Match: "1"\r\nIf-Modified-Since: then\r\n' in server.requests[1]


def test_a_response_without_a_tag_is_fetched_again() -> None:
    with Server(an_answer(b"old"), an_answer(b"new")) as server:
        known = fetch(server.url, allow_private=True)
        assert fetch(server.url, allow_private=True, known=known).data == b"new"


NOT_MODIFIED = an_answer(b"", status="304 Not Modified")


def test_an_answer_is_kept_between_runs_while_the_host_says_that_it_is_good(tmp_path: Path) -> None:
    answers = (an_answer(b"old", 'ETag: "1"'), NOT_MODIFIED, an_answer(b"new", 'ETag: "2"'), NOT_MODIFIED)
    with Server(*answers) as server:
        received = [fetch_kept(tmp_path, server.url, allow_private=True) for _ in answers]

    assert received == [b"old", b"old", b"new", b"new"]
    asked = [re.findall("If-None-Match: (.*)\r", request) for request in server.requests]
    assert asked == [[], ['"1"'], ['"1"'], ['"2"']]


def test_a_kept_response_that_was_damaged_is_fetched_again(tmp_path: Path) -> None:
    with Server(an_answer(b"<rss/>", 'ETag: "1"')) as server:
        fetch_kept(tmp_path, server.url, allow_private=True)
        (kept,) = (tmp_path / ".feedbuilder/fetched").iterdir()
        for damage in (b"", kept.read_bytes()[:-1], kept.read_bytes().replace(b"<rss", b"<xss"), b"\xff\n\xff"):
            kept.write_bytes(damage)
            assert fetch_kept(tmp_path, server.url, allow_private=True) == b"<rss/>"

    assert [request for request in server.requests if "If-None-Match" in request] == []


def test_not_modified_without_a_kept_response_is_a_finding(tmp_path: Path) -> None:
    with Server(NOT_MODIFIED) as server, pytest.raises(FeedbuilderError) as error:
        fetch_kept(tmp_path, server.url, allow_private=True)

    assert str(error.value) == f"{server.url}: NET-7 the host responded with status 304"


def test_what_has_no_name_is_not_kept(tmp_path: Path) -> None:
    with Server(an_answer(b"<rss/>")) as server:
        fetch_kept(tmp_path, server.url, allow_private=True)

    assert list(tmp_path.iterdir()) == []


def test_a_form_carries_its_sender_and_follows_no_redirect() -> None:
    with Server(an_answer(b"{}")) as server:
        assert post_form(server.url, {"a": "b c"}, "ada", "secret", allow_private=True).data == b"{}"
    assert CREDENTIALS in server.requests[0]
    assert server.requests[0].startswith("POST /feed.xml ")

    with Server(a_redirect("/elsewhere")) as server, pytest.raises(FeedbuilderError) as error:
        post_form(server.url, {}, "ada", "secret", allow_private=True)
    assert error.value.problems[0].what == "the URL redirects, and credentials are not sent to another URL"
    assert len(server.requests) == 1


def test_a_form_is_sent_once() -> None:
    with Server(BUSY) as server, pytest.raises(FeedbuilderError):
        post_form(server.url, {}, "ada", "secret", allow_private=True)

    assert len(server.requests) == 1


def test_a_host_is_visited_by_two_at_a_time_and_all_by_eight() -> None:
    lock, now, most = threading.Lock(), Counter[str](), Counter[str]()

    def one(url: str) -> str:
        host = url.split("/")[2]
        with lock:
            for name in (host, "all"):
                now[name] += 1
                most[name] = max(most[name], now[name])
        threading.Event().wait(0.01)
        with lock:
            now.subtract((host, "all"))
        return url.upper()

    urls = [f"http://{host}.example/{number}" for host in "abcdef" for number in range(5)]

    results = dict(visit(urls, one))

    assert results == {url: url.upper() for url in urls}
    assert {most[f"{host}.example"] for host in "abcdef"} == {2}
    assert 2 < most["all"] <= 8


def test_a_caller_that_stops_does_not_wait_for_a_slow_host() -> None:
    answers = threading.Event()

    def one(url: str) -> str:
        if "slow" in url:
            answers.wait()
        return url

    visits = visit(["http://slow.example/", "http://a.example/"], one)
    assert next(visits)[0] == "http://a.example/"
    visits.close()  # type: ignore[attr-defined]  # it is a generator, and this is what Ctrl-C comes to
    answers.set()


def test_a_host_that_cannot_be_reached_is_given_up() -> None:
    tried = []

    def one(url: str) -> str:
        tried.append(url)
        raise FeedbuilderError(Problem("NET-6", Mark(url), "gone"))

    results = dict(visit([f"http://a.example/{number}" for number in range(9)], one, per_host=1))

    assert len(tried) == 3
    said = [str(error) for error in results.values()]
    assert said[:3] == [f"http://a.example/{number}: NET-6 gone" for number in range(3)]
    what = "NET-10 a.example could not be reached 3 times in a row"
    assert said[3:] == [f"http://a.example/{number}: {what}" for number in range(3, 9)]


def test_what_is_no_url_keeps_the_others_from_nothing() -> None:
    with Server(an_answer()) as server:
        results = dict(visit(["http://[::1/a", server.url], lambda url: fetch(url, allow_private=True).data))

    assert (
        str(results["http://[::1/a"]) == "http://[::1/a: NET-1 'http://[::1/a' is not an http or https URL with a host"
    )
    assert results[server.url] == b"<rss/>"


def test_all_parts_of_a_file_share_one_time() -> None:
    asked = 0

    def wait(connected: socket.socket) -> None:
        nonlocal asked
        asked += 1
        threading.Event().wait(0.1)
        start = {1: 0, 2: 0}.get(asked, 32_768 + 8192 * (asked - 3))
        size = 32_768 if asked == 2 else 8192
        headers = f"Content-Range: bytes {start}-{start + size - 1}/1000000"
        connected.sendall(
            an_answer(bytes(size if asked > 1 else 0), headers, status="206 P" if asked > 1 else "200 OK")
        )

    def read_on(url: str) -> None:
        remote = RemoteFile(url, allow_private=True, most_bytes=900_000, timeout_s=0.3)
        for number in range(50):
            remote.part(32_768 + 8192 * number, 8192)

    with Server(wait) as server, pytest.raises(FeedbuilderError) as error:
        read_on(server.url)

    assert error.value.problems[0].rule == "NET-5"
    assert 2 < asked < 10


def test_a_fault_of_ours_is_not_hidden_by_a_thread() -> None:
    def one(url: str) -> str:
        raise LookupError(url)

    with pytest.raises(LookupError):
        list(visit(["http://a.example/", "http://b.example/"], one))


# --- TLS --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path, tool: Callable[[str], str]) -> Path:
    """A certificate of our own for 127.0.0.1, with its key."""
    path = tmp_path / "certificate.pem"
    kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=test")
    names = ("-addext", "subjectAltName=IP:127.0.0.1")
    command = [tool("openssl"), "req", "-x509", *kind, *names, "-keyout", str(tmp_path / "key.pem"), "-out", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + (tmp_path / "key.pem").read_bytes())
    return path


def a_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_an_untrusted_certificate_is_refused(certificate: Path) -> None:
    with Server(an_answer(), wrap=a_context(certificate)) as server:
        rule, mark, what = problem_of(server.url)

    assert (rule, mark) == ("NET-6", server.url)
    assert "certificate verify failed: self-signed certificate" in what
    assert server.requests == []


def test_an_answer_arrives_over_tls(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certificate))
    with Server(an_answer(), wrap=a_context(certificate)) as server:
        assert fetch(server.url, allow_private=True).data == b"<rss/>"


def test_a_slow_answer_over_tls_ends_in_time(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certificate))
    with Server(drip(b"HTTP/1.1 200 OK\r\n\r\n", b"y"), wrap=a_context(certificate)) as server:
        assert problem_of(server.url, timeout_s=0.5)[0] == "NET-5"


def test_a_password_is_not_sent_on_over_a_plain_connection(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certificate))
    with Server(an_answer()) as plain, Server(a_redirect(plain.url), wrap=a_context(certificate)) as server:
        fetch(server.url.replace("https://", "https://ada:secret@"), allow_private=True)

    assert CREDENTIALS in server.requests[0]
    assert "Authorization" not in plain.requests[0]


def test_no_other_package_speaks_http() -> None:
    users = [
        path.relative_to(Path(network.__file__).parents[1]).as_posix()
        for path in Path(network.__file__).parents[1].rglob("*.py")
        if "import requests" in path.read_text()
        or "from requests" in path.read_text()
        or "urllib.request" in path.read_text()
    ]

    assert [user for user in users if not user.startswith("network/")] == []
    assert len(users) >= 2
