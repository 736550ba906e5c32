"""Slow, silent and many clients: connections have limits, and other clients do not wait."""

from __future__ import annotations

import asyncio
import random
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from projects import a_project, build
from publishing import a_site, an_artefact, check_feed, facts_of
from servers import allow_many_files, serve
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from feedbuilder.model import Artefact
from feedbuilder.publish import publish_release
from feedbuilder.server import App
from feedbuilder.server.connections import BoundedProtocol, settings


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A show with three episodes, built."""
    root = a_project(tmp_path / "harbour")
    assert build(root).exit_code == 0
    return root


class Impatient(BoundedProtocol):
    head_s = 0.3
    stall_s = 0.3


@dataclass(frozen=True)
class Here:
    """A server in this process."""

    port: int
    connections: Callable[[], int]


@contextmanager
def impatient(app: App, **options: Any) -> Iterator[Here]:  # noqa: ANN401 - whatever uvicorn has
    """A server that waits for little."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)  # else the system takes megabytes by itself
        server = uvicorn.Server(uvicorn.Config(app, **{**settings(), "http": Impatient, **options}))

        def serve_here() -> None:
            with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
                runner.run(server.serve(sockets=[listening]))

        thread = threading.Thread(target=serve_here)
        thread.start()
        try:
            yield Here(listening.getsockname()[1], lambda: len(server.server_state.connections))
        finally:
            server.should_exit = True
            thread.join(timeout=10)


def rest_of(connection: socket.socket) -> bytes:
    connection.settimeout(10)
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_connections_without_a_request_end(project: Path) -> None:
    with impatient(App(project)) as here:
        with socket.create_connection(("127.0.0.1", here.port)) as silent:
            assert rest_of(silent) == b""
        with socket.create_connection(("127.0.0.1", here.port)) as slow:
            slow.sendall(b"GET /feed.xml HTTP/1.1\r\nHost: ")
            assert rest_of(slow).startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        with socket.create_connection(("127.0.0.1", here.port)) as second:
            second.sendall(b"HEAD /feed.xml HTTP/1.1\r\nHost: x\r\n\r\n")
            assert second.recv(15) == b"HTTP/1.1 200 OK"
            second.sendall(b"GET /feed.xml HT")
            assert b"HTTP/1.1 408 Request Timeout\r\n" in rest_of(second)


@pytest.mark.parametrize(
    ("head", "status"), [(b"GET /" + b"a" * 70_000, b"414"), (b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000, b"431")]
)
def test_a_head_without_end_is_refused(project: Path, head: bytes, status: bytes) -> None:
    with impatient(App(project)) as here, socket.create_connection(("127.0.0.1", here.port)) as connection:
        connection.sendall(head)
        assert rest_of(connection).split(b" ")[1] == status


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40_000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", b"400"),
        (b"GET / HTTP/1.0\r\n\r\n", b"200"),
    ],
)
@pytest.mark.parametrize("before", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_a_head_in_one_piece_is_bounded_and_names_a_host(
    project: Path, before: bytes, request_: bytes, status: bytes
) -> None:
    with impatient(App(project)) as here, socket.create_connection(("127.0.0.1", here.port)) as connection:
        if before:
            connection.sendall(before)
            while not connection.recv(65536).endswith(b"</html>\n"):
                pass
        connection.sendall(request_ + b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * (status != b"200"))
        said = rest_of(connection)
        assert (said.split(b" ")[1], said.count(b"HTTP/1.1 ")) == (status, 1)


def test_many_requests_in_one_piece_are_not_one_long_head(project: Path) -> None:
    request = b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
    with impatient(App(project)) as here, socket.create_connection(("127.0.0.1", here.port)) as connection:
        connection.sendall(request * 1500 + request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert rest_of(connection).count(b"HTTP/1.1 404 ") == 1501


POLL = b"GET /feed.xml HTTP/1.1\r\nHost: x\r\n"
STREAMS = {  # what comes in pieces of its own, and how many requests that is
    "one": ([POLL + b"\r\n"], 1),
    "two": ([POLL + b"\r\n", POLL + b"Range: bytes=0-9\r\n\r\n"], 2),
    "two of two kinds": ([POLL + b"\r\n", b"HEAD" + POLL[3:] + b"\r\n"], 2),
    "an unknown one": ([b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", POLL + b"\r\n"], 2),
    "with a body": ([POLL + b"\r\n", POLL + b"Content-Length: 35\r\n\r\n", POLL + b"\r\n"], 2),
    "with pieces of a body": (
        [POLL + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", POLL + b"\r\n"],
        2,
    ),
    "with a field behind a body": (
        [POLL + b"Transfer-Encoding: chunked\r\n\r\n0\r\nIf-None-Match: *\r\n\r\n", POLL + b"\r\n"],
        2,
    ),
    "with an empty line": ([POLL + b"\r\n\r\n", POLL + b"\r\n"], 2),
}


@pytest.mark.parametrize("name", STREAMS)
def test_requests_that_come_again_are_answered_as_at_first(project: Path, name: str) -> None:
    """However their bytes come in pieces, and whatever the connection was before."""
    own, count = STREAMS[name]
    stream = b"".join(own)
    last = b"GET /robots HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with impatient(App(project)) as here:

        def ask(*pieces: bytes) -> bytes:
            with socket.create_connection(("127.0.0.1", here.port)) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(0.01)
                return re.sub(rb"\r\ndate: [^\r]+", b"", rest_of(connection))

        first = ask(stream, last)
        assert first.count(b"HTTP/1.1 ") == count + 1
        assert [ask(stream, last) for _ in range(3)] == [first] * 3
        assert ask(*own, last) == ask(*own, last) == first
        assert ask(*own, stream, stream, last) == ask(*own * 3, last)
        for at in range(1, len(stream), 7):
            assert ask(stream[:at], stream[at:], last) == first


FEED = b"GET /feed.xml HTTP/1.1\r\nHost: x\r\n%b\r\n"
LAST = FEED % b"Connection: close\r\n"
KNOWN = FEED % b"If-None-Match: *\r\n"
VALID = [
    FEED % b"",
    KNOWN,
    FEED % b"Range: bytes=0-9\r\n",
    FEED % b"Expect: 100-continue\r\n",
    FEED % b"Content-Length: %d\r\n" % len(KNOWN) + KNOWN,
    FEED % b"Transfer-Encoding: chunked\r\n" + b"%x\r\n%b\r\n0\r\n\r\n" % (len(KNOWN), KNOWN),
    b"\r\n\n" + KNOWN,
    KNOWN.replace(b"/feed.xml", b"http://x/feed.xml#y"),
    KNOWN.replace(b"/feed.xml", b"/nothing?a=b"),
    *(KNOWN.replace(b"GET", method) for method in (b"HEAD", b"OPTIONS", b"POST", b"DELETE")),
    KNOWN.replace(b"feed.xml", b"media/big-0123456789ab.mp3").replace(b"*", b"a"),
]
INVALID = [
    FEED % b"A : b\r\n",
    FEED % b"A: b\r\n c\r\n",
    FEED % b"A: b\0\r\n",
    FEED % b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    FEED % b"Content-Length: 5\r\nContent-Length: 6\r\n",
    FEED % b"Transfer-Encoding: chunked, gzip\r\n",
    FEED.replace(b"\r\n", b"\n") % b"",
    b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\x16\x03\x01\x02\x00",
]


def answers_in(said: bytes) -> list[tuple[bytes, list[bytes], bytes]]:
    """Status line, sorted headers without the date, body; of a refused request the status is all."""
    found = []
    for one in re.split(rb"(?=HTTP/1\.1 \d{3} )", said)[1:]:
        head, _, body = one.partition(b"\r\n\r\n")
        status, *headers = head.split(b"\r\n")
        headers = sorted(line for line in headers if not line.startswith(b"date: "))
        found.append((status, [], b"") if status.endswith(b" 400 Bad Request") else (status, headers, body))
    return found


def test_answers_are_those_of_uvicorn_one_by_one_however_requests_come(tmp_path: Path) -> None:
    """Whatever came before on the connection, and wherever the stream is cut; what is wrong is refused in its turn."""
    root = a_project(tmp_path)
    publish_release(root / "public", [*a_site(1), *big_file(bytes(600_000))], facts_of(1))
    chance = random.Random(11)
    with impatient(App(root), http=HttpToolsProtocol) as theirs, impatient(App(root)) as ours:

        def ask(here: Here, *pieces: bytes) -> list[tuple[bytes, list[bytes], bytes]]:
            with socket.create_connection(("127.0.0.1", here.port)) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(chance.choice((0, 0, 0.001)))
                return answers_in(rest_of(connection))

        alone = {request: ask(theirs, request + LAST)[:-1] for request in VALID}
        alone |= {request: [(b"HTTP/1.1 400 Bad Request", [], b"")] for request in INVALID}
        alone[LAST] = ask(theirs, LAST)
        for upgrade in (b"h2c", b"websocket"):  # to which uvicorn loses the requests that come in the same piece
            alone[FEED % b"Connection: Upgrade\r\nUpgrade: %b\r\n" % upgrade] = alone[VALID[0]]
        usual = [request for request in alone if request not in (*INVALID, LAST)]
        for _ in range(300):
            requests = [chance.choice((KNOWN, VALID[0], *usual)) for _ in range(chance.randint(1, 6))]
            stream = b"".join(requests)
            cuts = sorted(chance.sample(range(len(stream)), chance.randint(0, 5)))
            pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
            last = chance.choice((LAST, LAST, *INVALID))
            if chance.random() < 0.5:
                pieces = list(requests)
            if chance.random() < 0.5:
                pieces[-1:] = [pieces[-1] + last]
            else:
                pieces.append(last)
            assert ask(ours, *pieces) == [answer for one in (*requests, last) for answer in alone[one]], pieces


def test_no_answer_overtakes_the_one_before_it(project: Path) -> None:
    """An answer without a body is written when the loop turns; the next request may come before."""
    with impatient(App(project)) as here, socket.create_connection(("127.0.0.1", here.port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for turn in range(1000):
            connection.sendall(KNOWN.replace(b"GET", b"HEAD").replace(b"*", b"a"))
            until = time.perf_counter() + turn % 200 * 3e-6
            while time.perf_counter() < until:
                pass
            connection.sendall(KNOWN)
            said = b""
            while said.count(b"\r\n\r\n") < 2:
                said += connection.recv(65536)
            assert [one.split(b" ")[1] for one in re.findall(rb"HTTP/1\.1 \d{3}", said)] == [b"200", b"304"]


@pytest.mark.parametrize(
    ("options", "own"),
    [
        ({"server_header": True}, [b"date", b"server"]),
        ({"date_header": False}, []),
        ({"headers": [("x-by", "a")]}, [b"date", b"x-by"]),
    ],
)
def test_each_answer_has_the_headers_that_uvicorn_is_told_to_send(
    project: Path, options: dict[str, Any], own: list[bytes]
) -> None:
    with impatient(App(project), **options) as here, socket.create_connection(("127.0.0.1", here.port)) as connection:
        for _ in range(3):
            connection.sendall(KNOWN)
            names = {line.partition(b":")[0] for line in connection.recv(65536).split(b"\r\n")}
            assert names & {b"date", b"server", b"x-by"} == set(own)


def test_a_limit_of_connections_holds_for_what_is_answered_at_once(project: Path) -> None:
    with impatient(App(project), limit_concurrency=3) as here, ExitStack() as stack:
        said = []
        for _ in range(4):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", here.port)))
            connection.sendall(KNOWN)
            said.append(connection.recv(65536).split(b" ")[1])
        assert said == [b"304", b"304", b"503", b"503"]


def test_a_body_that_does_not_end_ends_the_connection(project: Path) -> None:
    """Also in the trailer of a chunked body, where a field would be kept until it is complete."""
    for body in (b"5\r\nhello\r\n" * 6_000, b"0\r\nX: " + b"a" * 64_000, b"0\r\n" + b"A: b\r\n" * 10_000):
        with impatient(App(project)) as here, socket.create_connection(("127.0.0.1", here.port)) as connection:
            connection.sendall(FEED % b"Transfer-Encoding: chunked\r\n" + body)
            assert connection.recv(9) == b"HTTP/1.1 "
            with pytest.raises(ConnectionError):  # noqa: PT012 - which of them is not certain
                for _ in range(100):
                    connection.sendall(body.removeprefix(b"0\r\n").removeprefix(b"X: "))
                    time.sleep(0.01)


def test_a_poll_that_comes_again_gets_the_new_release(tmp_path: Path) -> None:
    root = a_project(tmp_path)
    with impatient(App(root)) as here, socket.create_connection(("127.0.0.1", here.port)) as connection:
        for generation in (1, 1, 2, 2, 3):
            publish_release(root / "public", a_site(generation), facts_of(generation))
            connection.sendall(POLL + b"\r\n")
            assert check_feed(body_from(connection))[0] == generation


def body_from(connection: socket.socket) -> bytes:
    said = b""
    while (end := said.find(b"\r\n\r\n")) < 0 or len(said) < end + 4 + length_in(said):
        said += connection.recv(65536)
    return said[end + 4 :]


def length_in(head: bytes) -> int:
    return int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])


def test_a_connection_ends_when_no_request_comes_and_not_before(project: Path) -> None:
    asked = POLL + b"If-None-Match: *\r\n\r\n"
    with impatient(App(project), timeout_keep_alive=1) as here, ExitStack() as stack:
        for _ in range(2):  # the second one asks what is known already
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", here.port)))
            started = time.monotonic()
            while time.monotonic() < started + 2.5:
                connection.sendall(asked)
                assert connection.recv(65536).startswith(b"HTTP/1.1 304 ")
                time.sleep(0.2)
            ended = time.monotonic()
            assert rest_of(connection) == b""
            assert time.monotonic() - ended > 0.5


def test_a_reader_that_stops_is_let_go_and_a_slow_one_served(tmp_path: Path) -> None:
    big = b"".join(index.to_bytes(4, "big") for index in range(2_000_000))
    files = [*a_site(1), *big_file(big)]
    root = a_project(tmp_path)
    publish_release(root / "public", files, facts_of(1))
    with impatient(App(root), timeout_keep_alive=1) as here:
        request = b"GET /media/big-0123456789ab.mp3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        with (
            socket.create_connection(("127.0.0.1", here.port)) as stopped,
            socket.create_connection(("127.0.0.1", here.port)) as slow,
        ):
            slow.sendall(POLL + b"\r\n")
            assert body_from(slow)
            stopped.sendall(request)
            slow.sendall(request)
            said = b""
            while len(said) < 6_000_000:
                said += slow.recv(300_000)
                time.sleep(0.02)
            assert (said + rest_of(slow)).partition(b"\r\n\r\n")[2] == big
            time.sleep(0.5)
            assert len(rest_of(stopped)) < len(big)


@pytest.mark.parametrize(("size", "is_full"), [(8_000_000, False), (250_000, True)])
def test_the_time_of_a_head_waits_for_the_answers_before_it(tmp_path: Path, size: int, is_full: bool) -> None:
    """A late head is refused after them; where the server itself does not read on, it is not late."""
    root = a_project(tmp_path)
    publish_release(root / "public", [*a_site(1), *big_file(bytes(size))], facts_of(1))
    with impatient(App(root)) as here, socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096 if is_full else 1 << 20)
        connection.connect(("127.0.0.1", here.port))
        big = FEED.replace(b"feed.xml", b"media/big-0123456789ab.mp3") % b""
        for piece in (big, KNOWN * 2 * is_full + LAST[:20], LAST[20:] * is_full):
            connection.sendall(piece)
            time.sleep(0.05)
        said = b""
        while len(said) < size:
            said += connection.recv(size // 30)
            time.sleep(0.02)
        found = answers_in(said + rest_of(connection))
        statuses = [b"200", b"304", b"304", b"200"] if is_full else [b"200", b"408"]
        assert ([status.split(b" ")[1] for status, _, _ in found], len(found[0][2])) == (statuses, size)


def test_no_connection_stays_whose_client_never_reads(tmp_path: Path) -> None:
    """Whatever part of an answer the system did not take: much, little or nothing; kept alive or not."""
    root = a_project(tmp_path)
    sizes = range(5_000, 200_000, 5_000)  # around what the system takes by itself
    files = [an_artefact(f"media/{size}-0123456789ab.mp3", bytes(size), "audio/mpeg") for size in sizes]
    publish_release(root / "public", files, facts_of(1))
    with impatient(App(root), timeout_keep_alive=1) as server, ExitStack() as stack:
        for size in sizes:
            reader = stack.enter_context(socket.socket())
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.connect(("127.0.0.1", server.port))
            close = "Connection: close\r\n" if size % 10_000 else ""
            reader.sendall(f"GET /media/{size}-0123456789ab.mp3 HTTP/1.1\r\nHost: x\r\n{close}\r\n".encode())
            assert reader.recv(9) == b"HTTP/1.1 "
        until = time.monotonic() + 10
        while server.connections() and time.monotonic() < until:
            time.sleep(0.1)
        assert server.connections() == 0


def big_file(data: bytes) -> list[Artefact]:
    return [an_artefact("media/big-0123456789ab.mp3", data, "audio/mpeg")]


def test_no_request_fails_while_releases_are_published(tmp_path: Path) -> None:
    """500 connections poll and read, while release after release is published and old ones are removed."""
    allow_many_files()
    root = a_project(tmp_path)
    publish_release(root / "public", a_site(0), facts_of(0), keep=3)
    answered: list[int] = []

    async def client(port: int, until: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.monotonic() < until:
            for path in (b"/feed.xml", b"/episodes/e1/chapters.json", b"/media/tone-0123456789ab.mp3"):
                writer.write(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 200 "), head
                body = await reader.readexactly(length_in(head))
                if path == b"/feed.xml":
                    answered.append(check_feed(body)[0])
        writer.close()
        await writer.wait_closed()

    async def publish(until: float) -> int:
        generation = 0
        while time.monotonic() < until:
            await asyncio.sleep(1)
            generation += 1
            await asyncio.to_thread(publish_release, root / "public", a_site(generation), facts_of(generation), keep=3)
        return generation

    async def all_of_it(port: int) -> int:
        until = time.monotonic() + 5
        generation, *_ = await asyncio.gather(publish(until), *(client(port, until) for _ in range(500)))
        assert generation is not None
        return generation

    with serve(root) as server:
        last = asyncio.run(all_of_it(server.port))
        assert check_feed(server.ask("/feed.xml").body)[0] == last
    assert last >= 4
    assert set(range(last)) <= set(answered)
    assert len(answered) >= 500
