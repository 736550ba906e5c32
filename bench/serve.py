"""Requests per second of `feedbuilder serve`, compared with nginx and the configuration that `deploy` prints.

    python bench/serve.py                   # 5 rounds of 3 s each
    python bench/serve.py --rounds 3 --seconds 2 --connections 64

Both serve one release of the show in this repository, with one worker each. nginx gets a compressed feed.xml.gz; it
would otherwise compress the feed for each request, which takes about ten times as long. ``wrk`` loads them in turns,
so that a busy machine affects both. Ratios use the median of the rounds. Needs nginx and wrk.
"""

from __future__ import annotations

import argparse
import gzip
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

from servers import Server, nginx, own_show, serve  # noqa: E402 - tests is no package

UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True)
class Load:
    """A repeated request; ``is_new``: with another User-Agent each time, so that no request head occurs twice."""

    name: str
    path: str
    headers: Mapping[str, str]
    is_new: bool = False


@dataclass(frozen=True)
class Result:
    """The result of one round."""

    per_s: float
    p99_ms: float
    late: int


def loads(server: Server) -> Iterator[Load]:
    """Unchanged polls by few and by many apps, the feed in gzip, and a range of audio. Each server has its own ETag."""
    tag = server.ask("/feed.xml", accept_encoding="gzip").headers["etag"]
    media = max(server.current.glob("media/*.mp3"), key=lambda path: path.stat().st_size)
    poll = {"Accept-Encoding": "gzip", "If-None-Match": tag}
    yield Load("304 polls", "/feed.xml", poll)
    yield Load("304, new heads", "/feed.xml", poll, is_new=True)
    yield Load("gzip feed", "/feed.xml", {"Accept-Encoding": "gzip"})
    yield Load("ranged audio", f"/media/{media.name}", {"Range": "bytes=100000-165535"})


def measure(server: Server, load: Load, seconds: int, connections: int) -> Result:
    """One round of wrk.

    Raises:
        SystemExit: a response was not the expected one.
    """
    given = [f"-H{name}: {value}" for name, value in load.headers.items()]
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *given]
    if load.is_new:
        command += ["-s", str(HERE / "new_heads.lua")]
    output = subprocess.run(
        [*command, f"http://127.0.0.1:{server.port}{load.path}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    failed, late = (sum(map(int, errors.groups()[:3])), int(errors[4])) if errors else (0, 0)
    if "Non-2xx" in output or failed:  # wrk does not count 304 as Non-2xx
        raise SystemExit(f"{server.name}, {load.name}:\n{output}")
    per_s, p99 = re.search(r"Requests/sec: +([\d.]+)", output), re.search(r"99% +([\d.]+)(us|ms|s)", output)
    assert per_s
    assert p99
    return Result(float(per_s[1]), float(p99[1]) * UNITS[p99[2]], late)


def memory_mb(server: Server) -> float:
    """The resident memory of a server and its workers in megabytes."""
    pids = [server.process.pid]
    for pid in pids:
        pids += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split())
    matches = (re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(encoding="ascii")) for pid in pids)
    return sum(int(match[1]) for match in matches if match) / 1024


def run() -> None:
    """Measure both servers and print the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    given = parser.parse_args()
    for tool in ("wrk", "nginx"):
        if not shutil.which(tool):
            raise SystemExit(f"{tool} is not installed")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        project = own_show(folder / "show")
        feed = project / "public/current/feed.xml"
        feed.with_name("feed.xml.gz").write_bytes(gzip.compress(feed.read_bytes(), 6, mtime=0))
        servers = (
            stack.enter_context(serve(project)),
            stack.enter_context(nginx("nginx", project, folder / "nginx", more="gzip_static on;\n")),
        )
        print(f"{given.rounds} rounds of {given.seconds} s, {given.connections} connections, in turns")
        before = [memory_mb(server) for server in servers]
        for ours, theirs in zip(*(list(loads(server)) for server in servers), strict=True):
            rounds = [
                [
                    measure(server, load, given.seconds, given.connections)
                    for server, load in zip(servers, (ours, theirs), strict=True)
                ]
                for _ in range(given.rounds)
            ]
            report(ours.name, [list(column) for column in zip(*rounds, strict=True)])
        for server, mb in zip(servers, before, strict=True):
            print(f"memory of {server.name}: {mb:.0f} MB before, {memory_mb(server):.0f} MB after")


def report(name: str, results: list[list[Result]]) -> None:
    """Print requests per second and 99th percentile of both servers, the ratio, and the number of late responses."""
    per_s = [statistics.median(result.per_s for result in column) for column in results]
    p99 = [statistics.median(result.p99_ms for result in column) for column in results]
    late = [sum(result.late for result in column) for column in results]
    after = f"   later than 2 s: {late[0]} and {late[1]}" if any(late) else ""
    print(
        f"{name:14} serve {per_s[0]:7.0f}/s p99 {p99[0]:5.2f} ms   nginx {per_s[1]:7.0f}/s p99 {p99[1]:5.2f} ms   "
        f"ratio {per_s[0] / per_s[1]:.2f}{after}"
    )


if __name__ == "__main__":
    run()
