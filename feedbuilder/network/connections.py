"""Connections to public addresses only, each with a time limit.

The address is checked where the connection is made and not before, so a name cannot lead elsewhere in between.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from typing import Any, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from feedbuilder.errors import quoted

CONNECT_S = 20.0  # as Podcast Index allows a host (HTTP-4)

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: IPv4 as seen from a network that has only IPv6


class NotConnected(Exception):
    """The reason why there is no connection to the host."""

    def __init__(self, rule: str, what: str, *, may_pass: bool = False) -> None:
        """Carry the finding; ``may_pass``: a retry may succeed."""
        super().__init__(what)
        self.rule = rule
        self.may_pass = may_pass


class Deadline:
    """A time limit after which every connection is closed, in any state: handshake, headers or body.

    Attributes:
        seconds: how long it is from the start.
    """

    def __init__(self, seconds: float) -> None:
        """The clock starts when the context is entered."""
        self.seconds = seconds
        self._end = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        """Start the clock."""
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the clock."""
        self._timer.cancel()
        self._timer.join()
        self.let_go()

    def watch(self, connected: socket.socket) -> None:
        """Close this connection too when the time is over; it may be wrapped in TLS later."""
        with self._lock:
            self._sockets.append(connected.dup())
        if self.expired:
            self._expire()

    def let_go(self) -> None:
        """Forget the connections so far. A watched socket stays open towards the host even if it was closed here."""
        with self._lock:
            for watched in self._sockets:
                watched.close()
            self._sockets.clear()

    @property
    def expired(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() >= self._end

    def remaining_s(self) -> float:
        """Seconds until the end; never 0, which would mean "no waiting" to a socket."""
        return max(self._end - time.monotonic(), 0.001)

    def check(self) -> None:
        """Do nothing in time.

        Raises:
            TimeoutError: the time is over.
        """
        if self.expired:
            raise TimeoutError

    def pause(self, seconds: float) -> bool:
        """Wait, or raise at once if the time limit comes before."""
        if seconds >= self.remaining_s():
            return False
        time.sleep(seconds)
        return True

    def _expire(self) -> None:
        with self._lock:
            for watched in self._sockets:
                try:
                    watched.shutdown(socket.SHUT_RDWR)
                except OSError:  # the host closed it first
                    continue


def send(
    request: requests.PreparedRequest, deadline: Deadline, *, receive_bytes: int = 0, allow_private: bool = False
) -> requests.Response:
    """The response to a request, its body not yet read, over its own checked and watched connection.

    ``receive_bytes``: how much the system may take in before it is read; 0: as it likes. There is no session: that
    would know proxies, ``.netrc`` and cookies, and would read the bodies of redirects.

    Raises:
        NotConnected: there is no connection.
        requests.RequestException: there is no answer.
    """
    adapter = _open_adapter(deadline, receive_bytes, allow_private=allow_private)
    return adapter.send(request, stream=True, timeout=deadline.remaining_s())


def _open_adapter(deadline: Deadline, receive_bytes: int, *, allow_private: bool) -> HTTPAdapter:

    def connect(host: str, port: int | None) -> socket.socket:
        connected = _connect(host, port or 0, deadline, receive_bytes, allow_private=allow_private)
        deadline.watch(connected)
        return connected

    class Http(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self._dns_host, self.port)

    class Https(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self._dns_host, self.port)

    class HttpPool(HTTPConnectionPool):
        ConnectionCls = Http

    class HttpsPool(HTTPSConnectionPool):
        ConnectionCls = Https

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - those of the library
            super().init_poolmanager(*args, **kwargs)
            self.poolmanager.pool_classes_by_scheme = {"http": HttpPool, "https": HttpsPool}

    return Adapter()


def is_public(address: str) -> bool:
    """Whether an IP address is public; for an IPv6 address that holds an IPv4 address, whether that one is.

    >>> [is_public(address) for address in ("93.184.215.14", "169.254.169.254", "::ffff:127.0.0.1", "fe80::1%eth0")]
    [True, False, False, False]
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _TRANSLATED:
            inner = ipaddress.IPv4Address(ip.packed[-4:])
        if inner:
            return is_public(str(inner))
        if ip.is_site_local:  # RFC 3879: deprecated, but still routed in some networks
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _connect(host: str, port: int, deadline: Deadline, receive_bytes: int, *, allow_private: bool) -> socket.socket:
    """A connection to the first address of the host that accepts one.

    Raises:
        NotConnected: the host has no address, none that is public, or none that answers.
    """
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotConnected("NET-6", f"host {quoted(host)} not found") from error
    allowed = [(family, address) for family, *_, address in found if allow_private or is_public(str(address[0]))]
    if not allowed:
        raise NotConnected("NET-2", f"{quoted(host)} has the address {found[0][4][0]}, which is not public")
    reason = "it takes too long"
    for family, address in allowed:
        if deadline.expired:
            break
        try:
            return _connect_to(family, address, min(CONNECT_S, deadline.remaining_s()), receive_bytes)
        except OSError as error:
            reason = error.strerror or reason
    rule = "NET-5" if deadline.expired else "NET-6"
    what = f"the connection to {quoted(host)} failed: {reason[:1].lower()}{reason[1:]}"
    raise NotConnected(rule, what, may_pass=rule == "NET-6")


def _connect_to(family: int, address: Any, timeout_s: float, receive_bytes: int) -> socket.socket:  # noqa: ANN401
    """A connection to one address, as ``getaddrinfo`` has it.

    Raises:
        OSError: it does not answer.
    """
    connected = socket.socket(family, socket.SOCK_STREAM)
    try:
        if receive_bytes:  # before connecting: it sets the TCP window
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        connected.settimeout(timeout_s)
        connected.connect(address)
    except BaseException:
        connected.close()
        raise
    return connected
