"""The texts of an item -> its show notes, a short description beside them, and chapters listed in them.

The author's notes are not rewritten: time stamps, links and headings stay where they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from html import unescape

from lxml import etree

from feedbuilder.markup import Block, Run, parse_html
from feedbuilder.model import Chapter
from feedbuilder.upstream.chapters import find_stamps
from feedbuilder.upstream.document import Element, markup_of

TEXTS = ("content:encoded", "description", "itunes:summary", "media:description", "googleplay:description")
SHORT_TEXTS = ("itunes:subtitle",)
_LATEST_START_S = 60.0  # a list of chapters begins at the start; match results and Bible verses do not
_ALIKE = 0.9  # share of letters from which two texts are two forms of one

_TAGGED = re.compile(r"</?(?:a|b|br|div|em|h\d|i|img|li|ol|p|span|strong|table|ul)\b[^<>]{0,2000}>", re.IGNORECASE)
# HTML that a host escaped twice: it begins with an escaped tag.
_ESCAPED = re.compile(
    r"\s*&lt;(?:a|b|br|div|em|h\d|i|li|ol|p|span|strong|ul)\b(?:(?!&lt;|&gt;)[^<>])*&gt;", re.IGNORECASE
)
_NO_LETTERS = re.compile(r"[\W_]+")
_URL = re.compile(r"https?://\S+")
_ENDING = re.compile(r"(?:…|\.\.\.|\[…\])\s*$")


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes of an item; ``summary``: a second text of the author that they do not contain."""

    body: tuple[Block, ...] = ()
    summary: tuple[Block, ...] = ()


def read_notes(element: Element, site: str, title: str = "") -> Notes:
    """The longest text as notes, and the first other one that they do not contain.

    Of two forms of one text, that with more links is taken. A text that is only the ``title`` counts as none.
    ``site``: resolves relative links.
    """
    names = (*TEXTS, *SHORT_TEXTS)
    every = [read_text(xml, site) for name in names for xml in element.all(name)]
    texts = [blocks for blocks in every if (letters_of(blocks) or hrefs_of(blocks)) and not _is_only(blocks, title)]
    if not texts:
        return Notes()
    body = texts[0]
    for blocks in texts[1:]:
        if _says_more(blocks, body):
            body = blocks
    letters = letters_of(body)
    others = (blocks for blocks in texts if blocks is not body and letters_of(blocks))
    return Notes(body, next((blocks for blocks in others if not _is_in(blocks, letters)), ()))


def _is_only(blocks: Sequence[Block], title: str) -> bool:
    plain = [block.text for block in blocks] == [title]
    return plain and not any(run.href for block in blocks for run in block.runs)


def _says_more(blocks: Sequence[Block], body: Sequence[Block]) -> bool:
    """Whether a text should replace the notes: it is longer, or the same with more links."""
    size, least = len(letters_of(blocks)), len(letters_of(body))
    if min(size, least) >= _ALIKE * max(size, least):
        return len(hrefs_of(blocks)) > len(hrefs_of(body))
    return size > least


def _is_in(blocks: Sequence[Block], letters: str) -> bool:
    """Whether the letters of the notes contain a text, also one that a host cut off."""
    text = " ".join(block.text for block in blocks)
    return _letters(_ENDING.sub("", text)) in letters


def letters_of(blocks: Iterable[Block]) -> str:
    """Letters and digits alone, without addresses, in one case: the same in every form of a text."""
    return _letters(" ".join(block.text for block in blocks))


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", _URL.sub(" ", text).casefold())


def hrefs_of(blocks: Iterable[Block]) -> set[str]:
    """The addresses that a text links to."""
    return {run.href for block in blocks for run in block.runs if run.href}


def read_text(xml: etree._Element, site: str) -> tuple[Block, ...]:
    """A text of a feed as blocks: HTML, or plain text by its lines."""
    return text_blocks(markup_of(xml), site)


@lru_cache(16)  # the account reads each text of an item again
def text_blocks(text: str, site: str) -> tuple[Block, ...]:
    """The same of its characters."""
    if _ESCAPED.match(text):
        text = unescape(text)
    text = text.replace("\xa0", " ")
    if not _TAGGED.search(text):
        paragraphs = re.split(r"\n[ \t]*\n", text.strip())
        text = "".join(f"<p>{re.sub(chr(10), '<br>', paragraph)}</p>" for paragraph in paragraphs)
    blocks = [replace(block, runs=tuple(_collapsed(block.runs))) for block in parse_html(text, site).blocks]
    return tuple(block for block in blocks if block.runs)


def _collapsed(runs: Sequence[Run]) -> Iterator[Run]:
    """The runs as a page shows them: runs of spaces become one, and lines have none at their edges."""
    last = "\n"
    kept: list[Run] = []
    for run in runs:
        text = re.sub(r" ?\n ?", "\n", re.sub(r"[ \t\xa0]+", " ", run.text))
        text = text[1:] if last in {" ", "\n"} and text.startswith(" ") else text
        if text:
            kept.append(replace(run, text=text))
            last = text[-1]
    while kept and not (text := kept[-1].text.rstrip(" ")):
        kept.pop()
    if kept:
        kept[-1] = replace(kept[-1], text=text)
    yield from kept


def chapters_in(blocks: Iterable[Block], duration_s: float | None) -> tuple[Chapter, ...]:
    """The chapters that the notes list: from the start of the audio to its end, or none."""
    chapters, _ = find_stamps([line for block in blocks for line in block.text.split("\n")])
    if not chapters or chapters[0].start_s >= _LATEST_START_S:
        return ()
    return () if duration_s and chapters[-1].start_s >= duration_s else chapters
