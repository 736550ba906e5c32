"""Real servers on the loopback: the program's own, nginx and Caddy, each with the configuration that is printed."""

from __future__ import annotations

import http.client
import os
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from projects import run

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Answer:
    """What a server said. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Server:
    """A server that runs, and the project whose site it serves."""

    name: str
    port: int
    project: Path
    process: subprocess.Popen[bytes]
    current: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "current", self.project / "public/current")

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}/"

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """One request on a connection of its own; ``if_range`` is sent as If-Range. Nothing is decoded."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=20)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def ask_raw(self, request: bytes) -> bytes:
        """What comes back for these bytes, up to the end of the connection; empty when it is closed at once."""
        with self.connect() as connection:
            connection.sendall(request)
            said = b""
            try:
                while piece := connection.recv(65536):
                    said += piece
            except ConnectionResetError:
                pass
            return said

    def connect(self) -> socket.socket:
        return socket.create_connection((HOST, self.port), timeout=20)


def own_show(folder: Path, **replaced: str) -> Path:
    """A built copy of the show of this repository; ``replaced``: old text of its show file -> new text."""
    for name in ("config", "episodes", "media", "images"):
        shutil.copytree(ROOT / name, folder / name)
    show = folder / "config/show.yaml"
    text = show.read_text(encoding="utf-8")
    for old, new in replaced.items():
        text = text.replace(old, new)
    show.write_text(text, encoding="utf-8")
    assert run(folder, "build", "--quiet", "--now", "2026-11-01T00:00:00Z").exit_code == 0
    return folder


def allow_many_files(most: int = 4096) -> None:
    """Let this process have that many connections, as far as the system does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def free_port() -> int:
    with socket.create_server((HOST, 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def serving(
    command: Sequence[str], name: str, port: int, project: Path, *, env: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """The server while it runs. It is there when its port answers."""
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, **(env or {})}
    ) as process:
        try:
            until = time.monotonic() + 20
            while True:
                try:
                    socket.create_connection((HOST, port), timeout=1).close()
                    break
                except OSError:
                    if process.poll() is not None or time.monotonic() > until:
                        assert process.stderr is not None
                        process.kill()
                        raise AssertionError(f"{name} did not start: {process.stderr.read().decode()}") from None
                    time.sleep(0.02)
            yield Server(name, port, project, process)
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def serve(project: Path, *options: str) -> Iterator[Server]:
    """``feedbuilder serve``."""
    port = free_port()
    command = [sys.executable, "-m", "feedbuilder", "serve", "-C", str(project), "--port", str(port), *options]
    with serving(command, "serve", port, project) as server:
        yield server


@contextmanager
def nginx(program: str, project: Path, folder: Path, *options: str, port: int = 0, more: str = "") -> Iterator[Server]:
    """The printed configuration, run by nginx, inside of the least that it wants around it, and ``more``."""
    port = port or free_port()
    printed = printed_configuration(project, folder, "nginx", "--listen", f"{HOST}:{port}", *options)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n"
        "events { worker_connections 1024; }\n"
        f"http {{\naccess_log off;\n{temporary}{more}include {printed};\n}}\n",
        encoding="utf-8",
    )
    command = [program, "-c", str(folder / "nginx.conf"), "-p", str(folder), "-e", str(folder / "error.log")]
    with serving(command, "nginx", port, project) as server:
        yield server


@contextmanager
def caddy(program: str, project: Path, folder: Path, *options: str) -> Iterator[Server]:
    """Caddy with the printed configuration, over the mount of the releases that its first lines advise."""
    port = free_port()
    printed = printed_configuration(project, folder, "caddy", "--listen", f"{HOST}:{port}", *options)
    [line] = [line for line in printed.read_text(encoding="utf-8").splitlines() if "nosymfollow" in line]
    (folder / "fstab").write_text(line.lstrip("# ") + "\n", encoding="utf-8")
    mount = ["sh", "-c", 'mount -T "$0" "$1" && shift && exec "$@"', str(folder / "fstab"), line.split()[1]]
    command = ["unshare", "--map-root-user", "--mount", *mount]
    command += [program, "run", "--adapter", "caddyfile", "--config", str(printed)]
    own = {"CADDY_ADMIN": f"{HOST}:{free_port()}", "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with serving(command, "caddy", port, project, env={**own, "XDG_DATA_HOME": str(folder)}) as server:
        yield server


def printed_configuration(project: Path, folder: Path, target: str, *options: str) -> Path:
    """The file that ``feedbuilder deploy`` writes for a target of one file."""
    folder.mkdir(parents=True, exist_ok=True)
    done = run(project, "deploy", target, *options)
    assert done.exit_code == 0, done.stderr
    path = folder / f"{target}.printed"
    path.write_text(done.stdout, encoding="utf-8")
    return path


@contextmanager
def start(name: str, project: Path, folder: Path, tool: Callable[[str], str], *options: str) -> Iterator[Server]:
    """One of the three, by its name."""
    if name == "serve":
        with serve(project) as server:
            yield server
    else:
        with {"nginx": nginx, "caddy": caddy}[name](tool(name), project, folder, *options) as server:
            yield server
