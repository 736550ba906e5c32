"""One request and its response: redirects, retries, and a finding for every failure."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit

from feedbuilder import __version__
from feedbuilder.errors import FeedbuilderError, Mark, Problem, quoted

if TYPE_CHECKING:
    from requests import Response
    from urllib3.util import Retry

    from feedbuilder.network.connections import Deadline

# As Podcast Index allows a host (HTTP-4).
MOST_BYTES = 73_400_320
MOST_REDIRECTS = 10
TOTAL_S = 30.0
RETRIES = 2
BACK_OFF_S = 0.5  # the first retry is immediate, the second waits twice this

_CHUNK_BYTES = 64 * 1024
_BUSY = frozenset({429, 500, 502, 503, 504})
_HEADERS = MappingProxyType({"User-Agent": f"feedbuilder/{__version__}", "Accept": "*/*", "Accept-Encoding": "gzip"})
IDENTITY = {"Accept-Encoding": "identity"}  # bytes are counted as they are stored


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response. ``url`` is the last of the redirects, without a password; names of ``headers`` are in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request without its URL. ``secret``: it carries credentials, so it follows no redirect.

    ``receive_bytes``: how much the system may take in before it is read; 0: as it likes.
    """

    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: bytes = b""
    statuses: frozenset[int] = frozenset({HTTPStatus.OK})
    secret: bool = False
    receive_bytes: int = 0


Read = Callable[[str, "Response", "Deadline"], bytes]


def exchange(url: str, ask: Ask, read: Read, *, allow_private: bool, timeout_s: float) -> Fetched:
    """The response with one of the accepted statuses, after redirects and retries, read by ``read``.

    Raises:
        FeedbuilderError: as in ``fetch``.
    """
    from feedbuilder.network.connections import Deadline  # noqa: PLC0415 - requests is slow to import

    here = url
    with Deadline(timeout_s) as deadline:
        for _ in range(MOST_REDIRECTS + 1):
            _split(here)
            answer = _over_https(here, ask, read, deadline, allow_private=allow_private)
            if answer is None:
                answer = _insist(here, ask, read, deadline, allow_private=allow_private)
            if isinstance(answer, Fetched):
                return answer
            if ask.secret:
                raise failure("NET-3", here, "the URL redirects, and credentials are not sent to another URL")
            here = _follow(here, answer)
    raise failure("NET-3", url, f"more than {MOST_REDIRECTS} redirects")


def _over_https(url: str, ask: Ask, read: Read, deadline: Deadline, *, allow_private: bool) -> Fetched | str | None:
    """The response of the same URL over https, if the host has one; one request, with a third of the time."""
    from feedbuilder.network.connections import Deadline  # noqa: PLC0415

    secure = as_https(url)
    if not secure:
        return None
    with Deadline(deadline.remaining_s() / 3) as short:
        try:
            return _once(secure, ask, read, short, allow_private=allow_private)
        except (FeedbuilderError, _MayPass):  # a failure over http too is reported then
            return None


def as_https(url: str) -> str:
    """The https form of an http URL; empty for other URLs and for those with a port.

    >>> as_https("http://example.org/a?b"), as_https("http://example.org:8080/"), as_https("https://example.org/")
    ('https://example.org/a?b', '', '')
    """
    parts = urlsplit(url)
    return parts._replace(scheme="https").geturl() if parts.scheme == "http" and parts.port is None else ""


def _insist(url: str, ask: Ask, read: Read, deadline: Deadline, *, allow_private: bool) -> Fetched | str:
    """The response of one URL, or its redirect; retried if the host is busy or the connection broke."""
    from urllib3.exceptions import MaxRetryError  # noqa: PLC0415
    from urllib3.util import Retry  # noqa: PLC0415

    retry = Retry(total=RETRIES, backoff_factor=BACK_OFF_S, status_forcelist=_BUSY, allowed_methods=None)
    while True:
        try:
            return _once(url, ask, read, deadline, allow_private=allow_private)
        except _MayPass as passing:
            try:
                retry = retry.increment(ask.method, url, error=passing)
            except (MaxRetryError, _MayPass):
                raise passing.failure from passing
            pause_s = max(_pause_of(retry, passing.retry_after), retry.get_backoff_time())
            if ask.method == "POST" or not deadline.pause(pause_s):
                raise passing.failure from passing


def _once(url: str, ask: Ask, read: Read, deadline: Deadline, *, allow_private: bool) -> Fetched | str:
    import requests  # noqa: PLC0415

    from feedbuilder.network.connections import send  # noqa: PLC0415

    headers = {**_HEADERS, **ask.headers}
    with _explained(url, deadline):
        request = requests.Request(ask.method, url, headers=headers, data=ask.body or None).prepare()
        with send(request, deadline, receive_bytes=ask.receive_bytes, allow_private=allow_private) as response:
            return _taken(url, ask, read, response, deadline)


def _taken(url: str, ask: Ask, read: Read, response: Response, deadline: Deadline) -> Fetched | str:
    if response.is_redirect:
        return response.headers["Location"].encode("latin-1").decode(errors="replace")
    if response.status_code not in ask.statuses:
        refused = failure("NET-7", url, f"the host responded with status {response.status_code}")
        if response.status_code in _BUSY:
            raise _MayPass(refused, response.headers.get("Retry-After", ""))
        raise refused
    data = read(url, response, deadline)
    return Fetched(_shown(url), response.status_code, lower(response), data)


class _MayPass(Exception):
    """A failure after which a retry may succeed."""

    def __init__(self, failure: FeedbuilderError, retry_after: str = "") -> None:
        super().__init__(failure)
        self.failure = failure
        self.retry_after = retry_after


def _pause_of(retry: Retry, text: str) -> float:
    """The seconds the host asks to wait; 0 if absent or not readable."""
    from urllib3.exceptions import InvalidHeader  # noqa: PLC0415

    try:
        return retry.parse_retry_after(text) if text else 0.0
    except (InvalidHeader, ValueError, OverflowError):
        return 0.0


def lower(response: Response) -> dict[str, str]:
    """The headers, their names in lower case."""
    return {name.lower(): value for name, value in response.headers.items()}


def read_whole(max_bytes: int) -> Read:
    """A function that reads the whole response, decompressed."""

    def read(url: str, response: Response, deadline: Deadline) -> bytes:
        data = bytearray()
        for chunk in chunks(url, response, max_bytes, deadline):
            data += chunk
        return _unpack(url, data, lower(response), max_bytes)

    return read


def chunks(url: str, response: Response, max_bytes: int, deadline: Deadline) -> Iterator[bytes]:
    """The pieces of the body as they arrive, not decompressed.

    Raises:
        FeedbuilderError: it is larger than allowed.
        TimeoutError: it is late.
    """
    size = 0
    for chunk in response.raw.stream(_CHUNK_BYTES, decode_content=False):
        size += len(chunk)
        if size > max_bytes:
            raise failure("NET-4", url, f"the response is larger than {max_bytes} bytes")
        yield chunk
    deadline.check()  # a response without a length ends with the connection


def _unpack(url: str, data: bytearray, headers: Mapping[str, str], max_bytes: int) -> bytes:
    """The decompressed content. Done here, not in the library, to keep the size limit."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding in {"identity", ""}:
        return bytes(data)
    if encoding not in {"gzip", "x-gzip"}:
        raise failure("NET-8", url, f"the response has the encoding {quoted(encoding)}, not gzip")
    try:
        with gzip.GzipFile(fileobj=BytesIO(data)) as packed:
            content = packed.read(max_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise failure("NET-8", url, f"the response cannot be decompressed: {error}") from error
    if len(content) > max_bytes:
        raise failure("NET-4", url, f"the decompressed response is larger than {max_bytes} bytes")
    return content


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and url.isprintable() and " " not in url
        usable = usable and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise failure("NET-1", url, f"{quoted(_shown(url))} is not an http or https URL with a host")
    return parts


def _follow(here: str, target: str) -> str:
    """The URL of a redirect; a password is passed on only to the same host."""
    try:
        there = _split(urljoin(here, target))
    except ValueError as error:
        raise failure("NET-3", here, f"redirect to {quoted(target)}") from error
    before = urlsplit(here)
    if (there.scheme, there.hostname, there.port) != (before.scheme, before.hostname, before.port):
        there = there._replace(netloc=there.netloc.rpartition("@")[2])
    return there.geturl()


@contextmanager
def _explained(url: str, deadline: Deadline) -> Iterator[None]:
    """One request to a host; every error of the libraries becomes a finding."""
    from requests.exceptions import InvalidURL, RequestException, SSLError  # noqa: PLC0415
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    from feedbuilder.network.connections import NotConnected  # noqa: PLC0415

    try:
        yield
    except NotConnected as error:
        refused = failure(error.rule, url, str(error))
        raise (_MayPass(refused) if error.may_pass else refused) from error
    except InvalidURL as error:
        raise failure("NET-1", url, f"{quoted(_shown(url))} is not a URL: {error}") from error
    except (RequestException, HTTPError, OSError) as error:
        if deadline.expired:
            raise failure("NET-5", url, f"the response took longer than {deadline.seconds:g} seconds") from error
        rule, what = ("NET-8", "the response was cut off") if isinstance(error, HTTPError) else ("NET-6", "no response")
        broken = failure(rule, url, f"{what}: {quoted(str(_root_of(error)), 120)}")
        raise (broken if isinstance(error, SSLError) else _MayPass(broken)) from error
    finally:
        deadline.let_go()


def _root_of(error: BaseException) -> BaseException:
    while inner := error.__cause__ or error.__context__:
        error = inner
    return error


def _shown(url: str) -> str:
    """The URL on one line, without the password."""
    scheme, slashes, rest = url.partition("//")
    host, slash, path = rest.partition("/")
    return quoted(f"{scheme}{slashes}{host.rpartition('@')[2]}{slash}{path}", 500)[1:-1]


def failure(rule: str, url: str, what: str) -> FeedbuilderError:
    """The finding on a URL, without its password."""
    return FeedbuilderError(Problem(rule, Mark(_shown(url)), what))
