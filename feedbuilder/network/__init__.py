"""A URL -> its bytes. The only package that speaks HTTP; it trusts neither the URL nor the answer."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit

from feedbuilder import __version__
from feedbuilder.errors import FeedbuilderError, Mark, Problem, quoted

if TYPE_CHECKING:
    from requests import Response

    from feedbuilder.network.connections import Deadline

# What Podcast Index grants a host (SPEC HTTP-4).
MOST_BYTES = 73_400_320
MOST_REDIRECTS = 10
TOTAL_S = 30.0

_CHUNK_BYTES = 64 * 1024
_HEADERS = {"User-Agent": f"feedbuilder/{__version__}", "Accept": "*/*", "Accept-Encoding": "gzip"}


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. ``url`` is the last of the redirects, without a password; names of ``headers`` are in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    data: bytes


def fetch(url: str, *, allow_private: bool = False, max_bytes: int = MOST_BYTES, timeout_s: float = TOTAL_S) -> Fetched:
    """The answer of status 200 to a GET, unpacked: at most ``max_bytes``, and at most ``timeout_s`` after the call.

    Neither proxies of the environment nor ``.netrc`` are used. A password in the URL is sent to its own host only. How
    long it takes to look up a name is bounded by the system alone.

    Raises:
        FeedbuilderError: the URL is not http(s), its host has no public address (unless ``allow_private``) or is not
            reached, or the answer is an error, too large, too late, torn, or the eleventh redirect.
    """
    from feedbuilder.network.connections import Deadline, send  # noqa: PLC0415 - requests is slow to import

    here = url
    with Deadline(timeout_s) as deadline:
        for _ in range(MOST_REDIRECTS + 1):
            _split(here)
            with _explained(here, deadline), send(here, _HEADERS, deadline, allow_private=allow_private) as response:
                if not response.is_redirect:
                    return _read(here, response, max_bytes, deadline)
            here = _follow(here, response.headers["Location"].encode("latin-1").decode(errors="replace"))
    raise _failure("NET-3", url, f"there are more than {MOST_REDIRECTS} redirects")


def _read(url: str, response: Response, max_bytes: int, deadline: Deadline) -> Fetched:
    if response.status_code != HTTPStatus.OK:
        raise _failure("NET-7", url, f"the answer is status {response.status_code}")
    data = bytearray()
    for chunk in response.raw.stream(_CHUNK_BYTES, decode_content=False):
        data += chunk
        if len(data) > max_bytes:
            raise _failure("NET-4", url, f"the answer is larger than {max_bytes} bytes")
    deadline.check()  # an answer without a length ends where the connection ends
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Fetched(_shown(url), response.status_code, headers, _unpack(url, bytes(data), headers, max_bytes))


def _unpack(url: str, data: bytes, headers: Mapping[str, str], max_bytes: int) -> bytes:
    """The content without its encoding. Here and not in the library, so that it never holds more than is allowed."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding in {"identity", ""}:
        return data
    if encoding not in {"gzip", "x-gzip"}:
        raise _failure("NET-8", url, f"the answer has the encoding {quoted(encoding)}, asked for was gzip")
    try:
        with gzip.GzipFile(fileobj=BytesIO(data)) as packed:
            content = packed.read(max_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _failure("NET-8", url, f"the answer cannot be unpacked: {error}") from error
    if len(content) > max_bytes:
        raise _failure("NET-4", url, f"the answer is larger than {max_bytes} bytes when it is unpacked")
    return content


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and url.isprintable() and " " not in url
        usable = usable and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise _failure("NET-1", url, f"{quoted(_shown(url))} is no http(s) URL with a host")
    return parts


def _follow(here: str, target: str) -> str:
    """The URL of a redirect; a password goes on only to where it was meant for."""
    try:
        there = _split(urljoin(here, target))
    except ValueError as error:
        raise _failure("NET-3", here, f"there is a redirect to {quoted(target)}") from error
    before = urlsplit(here)
    if (there.scheme, there.hostname, there.port) != (before.scheme, before.hostname, before.port):
        there = there._replace(netloc=there.netloc.rpartition("@")[2])
    return there.geturl()


@contextmanager
def _explained(url: str, deadline: Deadline) -> Iterator[None]:
    """One exchange with a host; whatever goes wrong in the libraries becomes a finding."""
    from requests.exceptions import InvalidURL, RequestException  # noqa: PLC0415
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    from feedbuilder.network.connections import NotConnected  # noqa: PLC0415

    try:
        yield
    except NotConnected as error:
        raise _failure(error.rule, url, str(error)) from error
    except InvalidURL as error:
        raise _failure("NET-1", url, f"{quoted(_shown(url))} is no URL: {error}") from error
    except (RequestException, HTTPError, OSError) as error:
        if deadline.expired:
            raise _failure("NET-5", url, f"the answer took longer than {deadline.seconds:g} seconds") from error
        rule, what = ("NET-8", "the answer is torn") if isinstance(error, HTTPError) else ("NET-6", "no answer")
        raise _failure(rule, url, f"{what}: {quoted(str(_root_of(error)), 120)}") from error
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


def _failure(rule: str, url: str, what: str) -> FeedbuilderError:
    return FeedbuilderError(Problem(rule, Mark(_shown(url)), what))
