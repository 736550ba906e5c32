"""Blocks -> the Markdown that an author would write for them, and that is read back as the same blocks.

Show notes of other hosts are HTML. What a feed can carry of them is blocks already, so nothing is lost on this way that
a feed would have kept; and what is written is read again and compared, piece by piece (docs/decisions/0016).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from feedbuilder.errors import Mark
from feedbuilder.markup.blocks import Block, Run, render_blocks
from feedbuilder.markup.markdown import parse_markdown

_SPECIAL = re.compile(r"[\\`*\[\]<]|~(?=~)|&(?=#?\w+;)|(?<!\w)_|_(?!\w)")
_TEMPLATE = re.compile(r"\{(?=[{%:])")  # template code and attribute lists are taken out, with a backslash or without
_AT_START = re.compile(r"^(\s*)([#>+=|:-]|\d{1,9}(?=[.)]))", re.MULTILINE)


def render_markdown(blocks: Sequence[Block]) -> str:
    r"""The Markdown of blocks, a blank line between paragraphs; HTML where Markdown has no way to say the same.

    >>> from feedbuilder.markup.safe_html import parse_html
    >>> print(render_markdown(parse_html("<p>A <b>bold</b> <a href='https://a.example/'>link</a> * 1</p>").blocks))
    A **bold** [link](https://a.example/) \* 1
    """
    tidied = [replace(block, runs=tuple(_tidied(block.runs))) for block in blocks]
    pieces = (list(some) for _, some in groupby(tidied, key=lambda block: block.lists[:1] or id(block)))
    return "\n\n".join(_piece(piece) for piece in pieces)


def _piece(blocks: Sequence[Block]) -> str:
    text = "\n".join(_lines(blocks))
    back = parse_markdown(text, "", Mark(""))[0]
    back = tuple(replace(block, runs=tuple(_tidied(block.runs))) for block in back)
    wanted = render_blocks(blocks)
    return text if render_blocks(back) == wanted else _TEMPLATE.sub("&#123;", wanted)


def _tidied(runs: Sequence[Run]) -> Iterator[Run]:
    """The runs, with spaces at the edges of bold and italic text moved outside, as Markdown requires."""
    for run in runs:
        if not (run.strong or run.em or run.href):
            yield run
            continue
        behind = run.text.lstrip()
        text = behind.rstrip()
        before, after = run.text[: len(run.text) - len(behind)], behind[len(text) :]
        yield from (Run(space) for space in (before,) if space)
        if text:
            yield replace(run, text=text)
        yield from (Run(space) for space in (after,) if space)


def _lines(blocks: Sequence[Block]) -> Iterator[str]:
    counts: dict[object, int] = {}
    for index, block in enumerate(blocks):
        text = "".join(_run(run) for run in block.runs)
        text = _AT_START.sub(_escape_start, text).replace("\n", "  \n")
        indent = ""
        for one in block.lists[:-1]:
            indent += " " * len(_marker(one.tag, counts.get(one, 1)))
        if block.lists:
            own = block.lists[-1]
            counts[own] = counts.get(own, 0) + block.item
            marker = _marker(own.tag, counts[own])
            first = marker if block.item else " " * len(marker)
            if index and not block.item:
                yield ""
            yield indent + first + text.replace("\n", "\n" + indent + " " * len(marker))
        else:
            yield f"## {text}" if block.heading else text


def _marker(tag: str, number: int) -> str:
    return "- " if tag == "ul" else f"{number}. "


def _escape_start(match: re.Match[str]) -> str:
    sign = match[2]
    return f"{match[1]}{sign}\\" if sign.isdigit() else f"{match[1]}\\{sign}"


def _run(run: Run) -> str:
    if run.href and run.text == run.href:
        return f"<{run.href}>"
    text = _TEMPLATE.sub("&#123;", _SPECIAL.sub(lambda match: "\\" + match[0], run.text))
    if run.em:
        text = f"*{text}*"
    if run.strong:
        text = f"**{text}**"
    if run.href:
        target = run.href if re.fullmatch(r"[^()\s<>\\]+", run.href) else f"<{run.href}>"
        text = f"[{text}]({target})"
    return text
