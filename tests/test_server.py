"""What only the program's own server does; what every server must do is in test_serving.py."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import brotli
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from projects import a_project, build, record, run, write
from servers import Answer, Server, free_port, own_show, serve, serving

from feedbuilder.server import App
from feedbuilder.server.conditions import choose_coding, matches, parse_ranges
from feedbuilder.server.site import Memory, answer_from_memory, read_site


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A show with three episodes, built."""
    root = a_project(tmp_path / "harbour")
    assert build(root).exit_code == 0
    return root


@pytest.fixture
def server(project: Path) -> Iterator[Server]:
    with serve(project) as one:
        yield one


def ask(app: App, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    """One request, without a server."""

    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(
                method,
                path,
                headers={"accept-encoding": "identity", **{k.replace("_", "-"): v for k, v in headers.items()}},
            )

    return asyncio.run(once())


# --- the answers ---


def test_a_tag_is_of_the_content_and_the_same_after_a_restart(project: Path) -> None:
    tags = []
    for _ in range(2):
        app = App(project)
        tags.append([ask(app, "/feed.xml", accept_encoding=coding).headers["etag"] for coding in ("", "gzip", "br")])
    assert tags[0] == tags[1]
    plain = tags[0][0].strip('"')
    assert tags[0] == [f'"{plain}"', f'"{plain}-gzip"', f'"{plain}-br"']
    write(project, "episodes/tide-1.md", record(1, title="Spring tide"))
    assert build(project).exit_code == 0
    assert ask(App(project), "/feed.xml").headers["etag"] != tags[0][0]


def test_a_tag_beats_a_date(project: Path) -> None:
    app = App(project)
    tag = ask(app, "/feed.xml").headers["etag"]
    assert (
        ask(app, "/feed.xml", if_none_match=tag, if_modified_since="Thu, 01 Jan 1998 00:00:00 GMT").status_code == 304
    )


def test_brotli_comes_before_gzip(server: Server) -> None:
    packed = server.ask("/feed.xml", accept_encoding="gzip, br")
    assert packed.headers["content-encoding"] == "br"
    assert brotli.decompress(packed.body) == (server.current / "feed.xml").read_bytes()


@pytest.mark.parametrize(
    ("accepted", "coding"), [(b"gzip; q=0.5 ; foo=1", b"gzip"), (b"gzip;foo=1; q=0", b""), (b"br;q=x, gzip", b"gzip")]
)
def test_a_weight_is_a_parameter_among_others(accepted: bytes, coding: bytes) -> None:
    assert choose_coding(accepted) == coding


def test_a_range_of_a_text_is_a_part_of_its_plain_bytes(server: Server) -> None:
    part = server.ask("/feed.xml", accept_encoding="gzip", range="bytes=2-5")
    assert (part.status, part.body) == (206, (server.current / "feed.xml").read_bytes()[2:6])
    assert "content-encoding" not in part.headers


@pytest.mark.parametrize(
    ("asked", "ranges"),
    [
        (b"bytes=0-0, 5-", [(0, 1), (5, 10)]),
        (b"bytes=-0", []),
        (b"Bytes=1-2", [(1, 3)]),
        (b"bytes=9-9999999999999999999", [(9, 10)]),
        (b"bytes=3-2", None),
        (b"bytes=0-9,0-9", None),
        (b"bytes=" + b"0-0," * 17, None),
        (b"bytes=1-2-3", None),
        (b"bytes=0 0-0", None),
        (b"bytes=-", None),
        (b"bytes=", None),
        (b"bytes=" + b"9" * 5000 + b"-", None),
        (b"lines=0-1", None),
        (b"bytes=0-1;x", None),
    ],
)
def test_ranges_that_make_no_sense_are_ignored(asked: bytes, ranges: list[tuple[int, int]] | None) -> None:
    assert parse_ranges(asked, 10) == ranges


@given(st.binary(max_size=60) | st.from_regex(rb"bytes=[0-9, -]{1,40}", fullmatch=True), st.integers(0, 50))
def test_ranges_lie_in_the_file_and_are_no_more_than_it(asked: bytes, length: int) -> None:
    ranges = parse_ranges(asked, length)
    assert ranges is None or all(0 <= start < end <= length for start, end in ranges)
    assert ranges is None or sum(end - start for start, end in ranges) <= length


@given(
    st.binary(max_size=60)
    | st.from_regex(rb"(br|gzip|\*)(;q=[0-9.a-z-]{1,6})?(, ?(br|gzip|\*)(;q=0)?)?", fullmatch=True)
)
def test_no_header_is_too_strange(header: bytes) -> None:
    assert choose_coding(header) in {b"", b"gzip", b"br"}
    assert matches(header, b'"a"') in {True, False}


def test_no_range_lies_in_an_empty_file() -> None:
    assert parse_ranges(b"bytes=0-", 0) == []


def test_a_renamed_episode_is_found_under_its_old_name(project: Path) -> None:
    (project / "episodes/tide-2.md").rename(project / "episodes/tide-two.md")
    assert build(project).exit_code == 0
    app = App(project)
    for old, new in (
        ("/episodes/tide-2/chapters.json", "/episodes/tide-two/chapters.json"),
        ("/episodes/tide-2/transcript.vtt", "/episodes/tide-two/transcript.vtt"),
        ("/episodes/tide-2", "/episodes/tide-two/"),
        ("/episodes/tide-2/", "/episodes/tide-two/"),
        ("/episodes/tide-2/index.html", "/episodes/tide-two/index.html"),
    ):
        answer = ask(app, old)
        assert (answer.status_code, answer.headers["location"]) == (301, new)
        assert ask(app, new).status_code == 200


def test_the_short_way_to_an_answer_comes_to_the_same_as_the_long_one(tmp_path: Path) -> None:
    root = own_show(tmp_path / "show")
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "feedbuilder.server:app", "--port", str(port), "--no-server-header"]
    with serve(root) as short, serving(command, "uvicorn", port, root, env={"FEEDBUILDER_PROJECT": str(root)}) as long:
        media = min(short.current.glob("media/*.mp3")).name
        tag = short.ask("/feed.xml").headers["etag"]
        date = short.ask("/feed.xml").headers["last-modified"]
        cases: list[dict[str, str]] = [
            {},
            {"accept_encoding": "gzip"},
            {"accept_encoding": "br"},
            {"if_none_match": tag},
            {"if_none_match": '"x"'},
            {"if_modified_since": date},
            {"range": "bytes=0-99"},
            {"range": "bytes=-7"},
            {"range": "bytes=0-300000"},
            {"range": "bytes=999999999-"},
            {"range": "lines=1"},
            {"range": "bytes=0-9", "if_range": '"x"'},
            {"range": "bytes=0-9", "if_range": date},
        ]
        for path in (
            "/feed.xml",
            "/",
            f"/media/{media}",
            "/episodes/trailer/transcript.vtt",
            "/absent",
            "/episodes/trailer",
        ):
            for headers in cases:
                for _ in range(2):  # the second time, it is in memory
                    first, second = (server.ask(path, **headers) for server in (short, long))
                assert (first.status, first.body) == (second.status, second.body), (path, headers)
                assert without_date(first) == without_date(second), (path, headers)


def without_date(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "date"}


def test_requests_on_one_connection_are_answered_in_order(server: Server) -> None:
    feed = (server.current / "feed.xml").read_bytes()
    server.ask("/feed.xml")
    head = b" HTTP/1.1\r\nHost: localhost\r\n"
    said = server.ask_raw(
        b"GET /feed.xml" + head + b"\r\n"
        b"GET /absent" + head + b"\r\n"
        b"GET /feed.xml" + head + b"Content-Length: 5\r\n\r\nHello"
        b"POST /feed.xml" + head + b"Content-Length: 5\r\n\r\nHello"
        b"HEAD /feed.xml" + head + b"\r\n"
        b"GET /feed.xml" + head + b"Connection: close\r\n\r\n"
    )
    found = re.findall(rb"HTTP/1\.1 (\d+) ", said)
    assert found == [b"200", b"404", b"200", b"405", b"200", b"200"]
    assert said.count(feed) == 3
    assert said.endswith(feed)
    old = server.ask_raw(b"GET /feed.xml HTTP/1.0\r\n\r\n")
    assert old.startswith(b"HTTP/1.1 200 OK\r\n")
    assert old.endswith(feed)


# --- the state of the project ---


def test_before_the_first_release_it_asks_to_come_back(tmp_path: Path) -> None:
    app = App(a_project(tmp_path))
    answer = ask(app, "/feed.xml")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert answer.text == "nothing is published yet: run `feedbuilder build`\n"
    assert ask(app, "/healthz").status_code == 503
    build(tmp_path)
    assert ask(app, "/feed.xml").status_code == 200


def test_health_says_what_the_last_build_was_and_when(project: Path) -> None:
    app = App(project)
    ask(app, "/feed.xml")
    os.utime(project / ".feedbuilder/last-build.json", (time.time() - 7200, time.time() - 7200))
    answer = ask(app, "/healthz")
    said = answer.json()
    assert (answer.status_code, said["status"], said["last_build"]["state"]) == (200, "ok", "ok")
    assert (
        said["release"]
        == said["last_build"]["release"]
        == json.loads(run(project, "rollback", "--list", "--json").stdout)["current"]
    )
    assert 7200 <= said["last_build"]["age_s"] < 7300
    write(project, "episodes/tide-2.md", "---\ntitle: [\n---\n")
    assert build(project).exit_code == 3
    said = ask(app, "/healthz").json()
    assert said["last_build"]["state"] == "ok with records left out"
    assert said["last_build"]["problems"]["error"] >= 1
    assert "tide" not in json.dumps(said)  # it is for everybody
    write(project, "config/show.yaml", "title: [\n")
    assert build(project).exit_code == 1
    answer = ask(app, "/healthz")
    assert (answer.status_code, answer.json()["last_build"]["state"]) == (200, "failed")  # the last good one is served
    assert answer.json()["last_build"]["problems"]["error"] == 1
    assert "feedbuilder_last_build_exit_code 1.0" in ask(app, "/metrics").text.splitlines()
    write(project, ".feedbuilder/last-build.json", '{"exit": null}')
    assert ask(app, "/healthz").json()["last_build"]["state"] == "unknown"


def test_metrics_count_by_kind_and_status_and_know_nobody(server: Server) -> None:
    tag = server.ask("/feed.xml").headers["etag"]
    server.ask("/feed.xml", if_none_match=tag, user_agent="Somebody/1.0")
    server.ask("/episodes/tide-1/chapters.json")
    server.ask("/secret-address")
    answer = server.ask("/metrics")
    lines = answer.body.decode().splitlines()
    counted = {line for line in lines if line.startswith("feedbuilder_requests_total")}
    assert counted == {
        'feedbuilder_requests_total{kind="feed",status="200"} 1.0',
        'feedbuilder_requests_total{kind="feed",status="304"} 1.0',
        'feedbuilder_requests_total{kind="chapters",status="200"} 1.0',
        'feedbuilder_requests_total{kind="none",status="404"} 1.0',
    }
    assert "feedbuilder_last_build_exit_code 0.0" in lines
    assert "feedbuilder_release_served 1.0" in lines
    assert not any(word in answer.body for word in (b"Somebody", b"secret", b"127.0.0.1"))
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_damaged_release_is_not_served_and_the_last_good_one_is(project: Path) -> None:
    app = App(project)
    before = ask(app, "/feed.xml").content
    write(project, "episodes/tide-1.md", record(1, title="Spring tide"))
    build(project)
    manifest = max(project.glob("public/releases/*.json"))
    whole = manifest.read_bytes()
    manifest.write_bytes(whole[:-20])
    assert ask(app, "/feed.xml").content == before
    health = ask(app, "/healthz")
    assert (health.status_code, health.json()["trouble"]) == (503, "the current release is damaged")
    manifest.write_bytes(whole)
    time.sleep(1.1)  # it looks again after a second
    assert b"Spring tide" in ask(app, "/feed.xml").content
    assert ask(app, "/healthz").status_code == 200


def test_a_file_that_was_cut_is_no_answer(project: Path) -> None:
    (project / "public/current/feed.xml").write_bytes(b"<rss>")
    answer = ask(App(project), "/feed.xml")
    assert (answer.status_code, answer.text) == (503, "this is not available at the moment\n")


def test_unchanged_files_are_read_once_and_old_ones_forgotten(project: Path) -> None:
    first = read_site(project / "public")
    write(project, "episodes/tide-1.md", record(1, title="Spring tide"))
    build(project)
    second = read_site(project / "public", first)
    assert first
    assert second
    kept = {path for path, file in second.files.items() if first.files.get(path) is file}
    assert "/episodes/tide-2/transcript.vtt" in kept
    assert "/feed.xml" not in kept


def test_memory_is_bounded(project: Path) -> None:
    site = read_site(project / "public")
    assert site
    memory = Memory(most_bytes=30_000)
    for path in sorted(set(site.files)):
        if not path.endswith("/"):
            file = site.files[path]
            memory.hold(file, b"", answer_from_memory(site, file, b"", b""))
    files = {id(file): file for file in site.files.values()}.values()
    held = sum(len(answer.body or b"") for file in files for answer in file.answers.values())
    assert held == memory.held_bytes <= 30_000


# --- the command, and other ASGI servers ---


def test_serve_listens_on_this_machine_only(project: Path) -> None:
    command = [sys.executable, "-m", "feedbuilder", "serve", "-C", str(project), "--port", "0", "--json"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        # A job in the background ignores Ctrl-C, and what it starts would, too.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - nothing else runs here
    ) as process:
        try:
            assert process.stdout
            said = "".join(iter(process.stdout.readline, "}\n"))
            url = json.loads(said + "}")["url"]
            port = int(url.rstrip("/").rpartition(":")[2])
            assert url == f"http://127.0.0.1:{port}/"
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.2", port), timeout=5)
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=10) == 0
        finally:
            process.kill()


def test_a_port_that_is_taken_is_named(project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run(project, "serve", "--port", str(port))
    assert refused.exit_code == 1
    assert refused.stderr == f"Error: Cannot listen on 127.0.0.1, port {port}: Address already in use.\n"


def test_without_its_libraries_the_command_says_what_to_install(project: Path) -> None:
    script = "import sys; sys.modules['uvicorn'] = None; from feedbuilder.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "serve", "-C", str(project)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == (
        "Error: uvicorn is not installed. Run `pip install '.[serve]'` in your copy of feedbuilder.\n"
    )


def test_another_asgi_server_can_run_it(project: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "feedbuilder.server:app", "--port", str(port), "--log-level", "warning"]
    env = {"FEEDBUILDER_PROJECT": str(project)}
    with serving(command, "uvicorn", port, project, env=env) as server:
        assert server.ask("/feed.xml").body == (server.current / "feed.xml").read_bytes()


def test_without_a_project_the_server_does_not_start(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "uvicorn", "feedbuilder.server:app", "--port", "0"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "FEEDBUILDER_PROJECT": str(tmp_path)},
    )
    assert done.returncode != 0
    assert "no config/show.yaml in this folder or above it" in done.stderr
    assert "Traceback" not in done.stderr
