"""Web servers on free ports of this machine: nginx, and one whose answers are prepared.

A meter between them and us counts every byte.
"""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

Answer = bytes | Callable[[socket.socket], None]


class Server:
    """A host on a free port that gives prepared answers, one a connection, the last one again and again."""

    def __init__(self, *answers: Answer, host: str = "127.0.0.1", wrap: ssl.SSLContext | None = None) -> None:
        self.answers = list(answers)
        self.requests: list[str] = []
        self.wrap = wrap
        self.ended = threading.Event()
        self.listener = socket.create_server((host, 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"{'https' if wrap else 'http'}://{host}:{self.port}/feed.xml"
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        while True:
            with self.listener.accept()[0] as connected:
                if self.ended.is_set():
                    return
                with suppress(OSError):
                    self.talk(connected)

    def talk(self, connected: socket.socket) -> None:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if self.wrap:
            with self.wrap.wrap_socket(connected, server_side=True) as wrapped:
                return self.exchange(wrapped, answer)
        return self.exchange(connected, answer)

    def exchange(self, connected: socket.socket, answer: Answer) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (part := connected.recv(4096)):
            head += part
        self.requests.append(head.decode())
        answer(connected) if callable(answer) else connected.sendall(answer)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        socket.create_connection(self.listener.getsockname()).close()
        self.thread.join()
        self.listener.close()


def an_answer(
    data: bytes = b"<rss/>", *headers: str, status: str = "200 OK", length: int | None = None, version: str = "1.1"
) -> bytes:
    lines = [f"HTTP/{version} {status}", f"Content-Length: {len(data) if length is None else length}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def a_redirect(target: str, status: str = "302 Found") -> bytes:
    return an_answer(b"", f"Location: {target}", status=status)


def drip(start: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    """Bytes without end, a few at a time."""

    def answer(connected: socket.socket) -> None:
        connected.sendall(start)
        pause = threading.Event()
        while not pause.wait(0.005):
            connected.sendall(drop)  # fails when the other side has gone

    return answer


_NGINX = """\
{user}daemon off; worker_processes 1; pid {base}/pid; error_log {base}/error.log;
events {{ worker_connections 64; }}
http {{
    types {{ audio/mpeg mp3; audio/mp4 m4a; audio/ogg ogg opus; text/html html; }}
    access_log {base}/access.log;
    client_body_temp_path {base}/1; proxy_temp_path {base}/2; fastcgi_temp_path {base}/3;
    uwsgi_temp_path {base}/4; scgi_temp_path {base}/5;
    server {{
        listen 127.0.0.1:{port};
        root {folder};
        location /whole/ {{ alias {folder}/; max_ranges 0; }}
    }}
}}
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def nginx(program: str, folder: Path, base: Path) -> Iterator[str]:
    """The address of an nginx that serves a folder: with ranges, and below /whole/ without."""
    port = free_port()
    base.mkdir()
    user = "user root; " if os.geteuid() == 0 else ""  # else nginx drops to the user nobody, who cannot read the folder
    (base / "nginx.conf").write_text(_NGINX.format(base=base, folder=folder, port=port, user=user))
    command = [program, "-p", str(base), "-e", str(base / "error.log"), "-c", str(base / "nginx.conf")]
    with subprocess.Popen(command) as running:
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()
            running.wait()


def _wait_for(port: int) -> None:
    for _ in range(500):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.01)
    raise AssertionError("nginx does not listen")


class Meter:
    """Passes connections on to a server, and counts what comes back: heads, bodies, and what is never read."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self.target = host, int(port)
        self.bytes = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # inherited: little waits here
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.ended = False
        self.threads = [threading.Thread(target=self.run)]

    def run(self) -> None:
        while True:
            client, _ = self.listener.accept()
            if self.ended:
                client.close()
                return
            one = threading.Thread(target=self.carry, args=(client,))
            self.threads.append(one)
            one.start()

    def carry(self, client: socket.socket) -> None:
        with client, socket.create_connection(self.target) as server, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head and (part := client.recv(4096)):
                head += part
            server.sendall(head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            while part := server.recv(4096):
                client.sendall(part)
                self.bytes += len(part)

    def __enter__(self) -> Self:
        self.threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended = True
        socket.create_connection(self.listener.getsockname()).close()
        for one in self.threads:
            one.join()
        self.listener.close()
