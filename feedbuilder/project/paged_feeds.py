"""The further pages of a feed whose host serves it in pages (RFC 5005): `import` and `sync` read them all."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feedbuilder.errors import Problem
    from feedbuilder.model import SourceFile

MOST_PAGES = 200
MOST_S = 300.0  # after which no further page is asked for


def read_older(data: bytes, where: str, fetch: Callable[[str], bytes] | None) -> tuple[list[SourceFile], list[Problem]]:
    """The pages after the first, which is given, and why there are no more. ``fetch``: ``None`` where nobody is asked.

    All pages together are bounded as one feed is. A page that came before ends them.

    Raises:
        FeedbuilderError: the first page is no RSS feed (UPS-1).
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
        what = f"the feed has a further page, {quoted(url, 200)}"
        if fetch is None:
            return pages, [Problem("UPS-11", Mark(where), what, "", "run it again without --offline")]
        if time.monotonic() > ends:
            return pages, [Problem("UPS-11", Mark(where), f"{what}, and its host took more than {MOST_S:g} seconds")]
        seen.add(url)
        try:
            page = SourceFile(url, fetch(url))
            after, more = next_page(page.data, url)
        except FeedbuilderError as error:
            why = "; ".join(problem.what for problem in error.problems)
            return pages, [Problem("UPS-11", Mark(where), f"{what}, which cannot be read: {why}")]
        size, elements = size + len(page.data), elements + more
        if len(seen) > MOST_PAGES or size > MAX_BYTES or elements > MAX_ELEMENTS:
            effect, remedy = "it and what is older are not read", "ask its host for a feed in one piece"
            return pages, [Problem("UPS-11", Mark(where), f"{what}, which is too much for one feed", effect, remedy)]
        pages.append(page)
        url = after
    return pages, []
