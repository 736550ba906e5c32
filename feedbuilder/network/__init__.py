"""A URL -> its bytes. The only package that speaks HTTP; it trusts neither the URL nor the response.

One policy for all: http(s) only, each hop and each connected address checked, sizes and times bounded, no proxies and
no ``.netrc``, a password only to its own host, and a host that is busy is asked again, with pauses, while there is
time.
"""

from feedbuilder.network.exchanges import MOST_BYTES, TOTAL_S, Fetched
from feedbuilder.network.fetching import download, fetch, post_form
from feedbuilder.network.kept import fetch_kept
from feedbuilder.network.lanes import visit
from feedbuilder.network.remote import RemoteFile, Stated, ask_head

__all__ = [
    "MOST_BYTES",
    "TOTAL_S",
    "Fetched",
    "RemoteFile",
    "Stated",
    "ask_head",
    "download",
    "fetch",
    "fetch_kept",
    "post_form",
    "visit",
]
