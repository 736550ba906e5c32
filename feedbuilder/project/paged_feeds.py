"""The older pages of a feed that is served in pages (RFC 5005); `import` and `sync` read all of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feedbuilder.errors import Problem
    from feedbuilder.model import SourceFile

MOST_PAGES = 200
MOST_S = 300.0  # for all pages together


def read_older(data: bytes, where: str, fetch: Callable[[str], bytes] | None) -> tuple[list[SourceFile], list[Problem]]:
    """The pages after the first, which is given, and findings for pages that were not read.

    ``fetch``: ``None`` if offline. The limits of one feed apply to all pages together. A repeated address ends them.

    Raises:
        FeedbuilderError: the first page is not an RSS feed (UPS-1).
    """
    from feedbuilder.errors import FeedbuilderError, Mark, Problem, quoted
    from feedbuilder.model import SourceFile
    from feedbuilder.upstream.document import MAX_BYTES, MAX_ELEMENTS
    from feedbuilder.upstream.feed import next_page

    pages: list[SourceFile] = []
    seen = {where}
    url, elements = next_page(data, where)
    size = len(data)
    ends = time.monotonic() + MOST_S
    while url and url not in seen:
        page_url = quoted(url, 200)
        if fetch is None:
            return pages, [
                Problem(
                    "UPS-11",
                    Mark(where),
                    f"page {page_url} of the feed was skipped",
                    "",
                    "Run it again without --offline.",
                )
            ]
        if time.monotonic() > ends:
            return pages, [
                Problem(
                    "UPS-11", Mark(where), f"the host took over {MOST_S:g} seconds before page {page_url} of the feed"
                )
            ]
        seen.add(url)
        try:
            page = SourceFile(url, fetch(url))
            after, more = next_page(page.data, url)
        except FeedbuilderError as error:
            why = "; ".join(problem.what for problem in error.problems)
            return pages, [Problem("UPS-11", Mark(where), f"page {page_url} of the feed cannot be read: {why}")]
        size, elements = size + len(page.data), elements + more
        if len(seen) > MOST_PAGES or size > MAX_BYTES or elements > MAX_ELEMENTS:
            remedy = "Ask its host for a feed in one piece."
            return pages, [Problem("UPS-11", Mark(where), f"the feed is too large from page {page_url} on", "", remedy)]
        pages.append(page)
        url = after
    return pages, []
