"""The requests that callers make: get, send a form, write into a file."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import IO, TYPE_CHECKING
from urllib.parse import urlencode

from feedbuilder.network.exchanges import IDENTITY, MOST_BYTES, TOTAL_S, Ask, Fetched, chunks, exchange, read_whole

if TYPE_CHECKING:
    from requests import Response

    from feedbuilder.network.connections import Deadline


def fetch(
    url: str,
    *,
    allow_private: bool = False,
    max_bytes: int = MOST_BYTES,
    timeout_s: float = TOTAL_S,
    known: Fetched | None = None,
    bearer: str = "",
) -> Fetched:
    """The response of status 200 to a GET, decompressed, within ``max_bytes`` and ``timeout_s``.

    ``known`` is an earlier answer of the same URL: the host is asked whether it is still good, and then it is given
    back. ``bearer`` is a token for this host alone; with one, no redirect is followed. Neither proxies of the
    environment nor ``.netrc`` are used. A password in the URL is sent to its own host only. How long it takes to look
    up a name is bounded by the system alone.

    Raises:
        FeedbuilderError: the URL is not http(s), its host has no public address (unless ``allow_private``) or is not
            reached, or the response is an error, too large, too late, cut off, or the eleventh redirect.
    """
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    good = frozenset({HTTPStatus.OK})
    if known and (validators := _validators(known)):
        headers |= validators
        good |= {HTTPStatus.NOT_MODIFIED}
    ask = Ask(headers=headers, statuses=good, secret=bool(bearer))
    fetched = exchange(url, ask, read_whole(max_bytes), allow_private=allow_private, timeout_s=timeout_s)
    return known if known and fetched.status == HTTPStatus.NOT_MODIFIED else fetched


def post_form(url: str, fields: Mapping[str, str], user: str, password: str, *, allow_private: bool = False) -> Fetched:
    """The response to a form, sent with user name and password; no redirect is followed.

    Raises:
        FeedbuilderError: as in ``fetch``.
    """
    from requests.auth import _basic_auth_str  # noqa: PLC0415 - the library's own spelling of the header

    headers = {
        "Authorization": _basic_auth_str(user, password),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    ask = Ask(method="POST", headers=headers, body=urlencode(fields).encode(), secret=True)
    return exchange(url, ask, read_whole(1024 * 1024), allow_private=allow_private, timeout_s=TOTAL_S)


def download(url: str, into: IO[bytes], *, allow_private: bool = False, max_bytes: int, timeout_s: float) -> Fetched:
    """The response to a GET without its data, which is written ``into`` a file as it arrives.

    Raises:
        FeedbuilderError: as in ``fetch``.
    """

    def keep(here: str, response: Response, deadline: Deadline) -> bytes:
        into.seek(0)
        into.truncate()
        for chunk in chunks(here, response, max_bytes, deadline):
            into.write(chunk)
        return b""

    return exchange(url, Ask(headers=IDENTITY), keep, allow_private=allow_private, timeout_s=timeout_s)


def _validators(known: Fetched) -> dict[str, str]:
    pairs = {"If-None-Match": known.headers.get("etag"), "If-Modified-Since": known.headers.get("last-modified")}
    return {name: value for name, value in pairs.items() if value}
