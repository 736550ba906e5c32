"""Blocks: what a feed may carry of a text, as values; and the HTML and the plain text that are made of them."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import Literal, NamedTuple

from feedbuilder.text.characters import clean_text, find_cut

_WORTH_READING = 60  # characters of a paragraph that was cut


class List(NamedTuple):
    """One list that contains a block; ``number`` tells lists of one text apart."""

    tag: Literal["ul", "ol"]
    number: int


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one style; a line feed in it is a line break. ``href``: an absolute http(s) or mailto URL, or empty."""

    text: str
    href: str = ""
    strong: bool = False
    em: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a part of a list, or a heading outside lists.

    ``lists`` are those that contain it, outermost first; ``item``: it begins an item of the innermost.
    """

    runs: tuple[Run, ...]
    lists: tuple[List, ...] = ()
    item: bool = False
    heading: bool = False

    @property
    def text(self) -> str:
        """The words alone."""
        return "".join(run.text for run in self.runs)

    @property
    def titles_the_next(self) -> bool:
        """Whether it says nothing without what follows: a heading, a bold line, "Links:"."""
        bold = all(run.strong for run in self.runs)
        return not self.lists and (self.heading or bold or self.text.rstrip().endswith((":", "：")))

    def cut(self, limit: int) -> Block:
        """The block with at most ``limit`` characters and an ellipsis: cut after a word (T-10)."""
        left = len(self.text[: find_cut(self.text, limit)].rstrip(" \n.,;:–—-"))
        runs = []
        for run in self.runs:
            if left > 0:
                runs.append(replace(run, text=run.text[:left]))
            left -= len(run.text)
        return replace(self, runs=(*runs, Run("…")))


def _inline_html(runs: Sequence[Run], styles: Sequence[str] = ("href", "strong", "em")) -> str:
    """Runs as HTML, links around bold around italic text; neighbours of one style share an element."""
    if not styles or not any(run.href or run.strong or run.em for run in runs):
        return html.escape(clean_text("".join(run.text for run in runs)), quote=False).replace("\n", "<br>")
    parts = []
    for value, alike in groupby(runs, key=attrgetter(styles[0])):
        inner = _inline_html(list(alike), styles[1:])
        parts.append(_element(styles[0], value, inner) if value else inner)
    return "".join(parts)


def _element(style: str, value: str, inner: str) -> str:
    if style != "href":
        return f"<{style}>{inner}</{style}>"
    address = html.escape(clean_text(value), quote=False).replace('"', "&quot;")
    return f'<a href="{address}">{inner}</a>'


def render_blocks(blocks: Sequence[Block]) -> str:
    """Balanced HTML of ``p br a ul ol li strong em h2``, with no attribute but ``href`` (T-14, RSS-20, RSS-21)."""
    parts: list[str] = []
    lists: tuple[List, ...] = ()
    for block in blocks:
        shared = _shared(lists, block.lists)
        parts += [f"</li></{old.tag}>" for old in reversed(lists[shared:])]
        opened = block.lists[shared:]
        if block.item and not opened:
            parts.append("</li><li>")
        parts += [f"<{new.tag}><li>" for new in opened]
        inner = _inline_html(block.runs)
        bare = block.lists and (block.item or opened)
        tag = "h2" if block.heading else "p"
        parts.append(inner if bare else f"<{tag}>{inner}</{tag}>")
        lists = block.lists
    parts += [f"</li></{old.tag}>" for old in reversed(lists)]
    return "".join(parts)


def _shared(before: Sequence[List], after: Sequence[List]) -> int:
    count = 0
    while count < min(len(before), len(after)) and before[count] == after[count]:
        count += 1
    return count


def _line(runs: Sequence[Run], *, with_links: bool) -> str:
    groups = [(href, "".join(run.text for run in group)) for href, group in groupby(runs, key=lambda run: run.href)]
    if not with_links:
        return "".join(text for _, text in groups)
    if len(groups) == 1 and groups[0][0] and not _shows(*groups[0]):
        return f"{groups[0][1]}: {groups[0][0]}"
    return "".join(text if not href or _shows(href, text) else f"{text} ({href})" for href, text in groups)


def _shows(href: str, text: str) -> bool:
    """Whether the text of a link already is its address."""
    return href.partition(":")[2].strip("/") == text.strip().removeprefix("https:").removeprefix("http:").strip("/")


def render_plain(blocks: Sequence[Block], *, with_links: bool = False) -> str:
    """The blocks as plain text: an empty line between paragraphs, ``- `` or ``1. `` before the items of a list.

    ``with_links`` writes the address of each link after its text.
    """
    parts: list[str] = []
    counts: dict[List, int] = {}
    previous: Block | None = None
    for block in blocks:
        indent = "  " * (len(block.lists) - block.item)
        bullet = ""
        if block.item:
            within = block.lists[-1]
            counts[within] = counts.get(within, 0) + 1
            bullet = f"{counts[within]}. " if within.tag == "ol" else "- "
        text = clean_text(_line(block.runs, with_links=with_links)).replace("\n", f"\n{indent}{' ' * len(bullet)}")
        tight = previous is not None and block.item and previous.lists[:1] == block.lists[:1]
        parts += ["" if previous is None else "\n" if tight else "\n\n", indent, bullet, text]
        previous = block
    return "".join(parts)


def fit_blocks(blocks: Sequence[Block], fits: Callable[[Sequence[Block]], bool]) -> tuple[Block, ...]:
    """The longest beginning that ``fits``: whole blocks, then a part of the next paragraph (T-10).

    ``fits`` must hold for no blocks at all. A heading whose text was cut away goes too.
    """
    count = _longest(len(blocks), lambda size: fits(blocks[:size]))
    kept = list(blocks[:count])
    if count == len(blocks):
        return tuple(kept)
    following = blocks[count]
    if not following.lists and not following.heading:
        limit = _longest(len(following.text), lambda size: fits([*kept, following.cut(size)]))
        if limit >= _WORTH_READING or (limit and not kept):
            return (*kept, following.cut(limit))
    while kept and kept[-1].titles_the_next:
        kept.pop()
    return tuple(kept)


def _longest(most: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to ``most`` that fits, by halving; 0 is taken to fit."""
    low, high = 0, most + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
