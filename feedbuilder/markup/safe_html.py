"""Any HTML, however broken or hostile, read into blocks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from types import MappingProxyType
from urllib.parse import quote, urljoin, urlsplit

import nh3

from feedbuilder.markup.blocks import Block, List, Run
from feedbuilder.text.characters import clean_text
from feedbuilder.text.scripts import CJK

MAX_TEXT = 200_000  # characters: three hours of speech
MAX_HTML = 2_000_000  # the same with every character written as an entity
MOST_TAGS = 200_000  # a span for each word of three hours; a parser takes some 200 bytes for each
MAX_DEPTH = 200  # the time that an HTML parser takes grows with depth times length
SCHEMES = frozenset({"http", "https", "mailto"})

_BLOCK_TAGS = frozenset(
    {"address", "article", "aside", "blockquote", "caption", "center", "dd", "details", "div", "dl", "dt", "figcaption",
     "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p",
     "pre", "section", "summary", "table", "tr", "ul"}
)  # fmt: skip
_INLINE_TAGS = frozenset({"a", "b", "br", "code", "em", "i", "img", "kbd", "samp", "strong", "td", "th", "tt"})
_SILENT_TAGS = frozenset(  # their text is not for readers
    {"applet", "audio", "canvas", "embed", "iframe", "listing", "math", "noembed", "noframes", "noscript", "object",
     "plaintext", "script", "select", "style", "svg", "template", "textarea", "title", "video", "xmp"}
)  # fmt: skip
_TRACELESS_TAGS = frozenset(  # they go, their text stays, and nobody misses them
    {"abbr", "bdi", "bdo", "big", "cite", "del", "dfn", "font", "ins", "mark", "q", "rp", "rt", "ruby", "s", "small",
     "span", "strike", "sub", "sup", "tbody", "tfoot", "thead", "time", "u", "var", "wbr"}
)  # fmt: skip
KNOWN_TAGS = _BLOCK_TAGS | _INLINE_TAGS | _TRACELESS_TAGS
_SELF_CLOSING = frozenset(
    {"br", "dd", "dt", "hr", "img", "input", "li", "link", "meta", "option", "p", "tbody", "td", "tfoot", "th", "thead",
     "tr", "wbr"}
)  # fmt: skip
_STYLES: Mapping[str, str] = MappingProxyType(
    {"b": "strong", "strong": "strong", "th": "strong", "dt": "strong", "summary": "strong", "h3": "strong",
     "h4": "strong", "h5": "strong", "h6": "strong", "i": "em", "em": "em", "pre": "pre", "code": "code", "kbd": "code",
     "samp": "code", "tt": "code"}
)  # fmt: skip

_TAG = re.compile(r"<(/?)([A-Za-z][^\s/>]{0,100})")
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_BARE_URL = re.compile(rf"(?<![A-Za-z0-9/@])https?://[^\s<>\"“”„«»`{CJK}]{{1,2000}}", re.IGNORECASE)
_URL_SAFE = "!#$%&'()*+,/:;=?@[]~"


@dataclass(frozen=True, slots=True)
class Parsed:
    """The blocks of a text, and what could not become a part of them."""

    blocks: tuple[Block, ...]
    relative: tuple[str, ...]  # addresses that there was nothing to resolve against
    inside: tuple[str, ...]  # addresses of a place in the page, such as #notes
    pictures: int


def parse_html(unsafe: str, base_url: str = "") -> Parsed:
    """The blocks of any HTML: the sanitiser makes it safe and balances it, then the builder reads it.

    Links are resolved against ``base_url``; those that cannot be are plain text.
    """
    safe = nh3.clean(
        limit_html(unsafe),
        tags=set(_BLOCK_TAGS | _INLINE_TAGS),
        clean_content_tags=set(_SILENT_TAGS),
        attributes={"a": {"href"}, "img": {"src", "alt"}},
        link_rel=None,
        url_schemes=set(SCHEMES),
    )
    builder = _Builder(base_url)
    builder.feed(safe)
    builder.close()
    return Parsed(tuple(builder.blocks), tuple(builder.relative), tuple(builder.inside), builder.pictures)


def limit_html(unsafe: str) -> str:
    """HTML that a parser reads in time that grows with its length alone: its start, without tags where they nest deep.

    It is as unsafe as before.
    """
    unsafe = clean_text(unsafe[:MAX_HTML])
    if unsafe.count("<") > MOST_TAGS:
        unsafe = "<".join(unsafe.split("<", MOST_TAGS + 1)[:-1])
    if _too_deep(unsafe):
        unsafe = re.sub(r"<[^<>]{0,2000}>", " ", unsafe).replace("<", "&lt;")
    return unsafe


def _too_deep(unsafe: str) -> bool:
    """Whether more elements are open at once than a text has reason for. Those that close themselves do not count."""
    if unsafe.count("<") <= MAX_DEPTH:
        return False
    open_tags: dict[str, int] = {}
    depth = 0
    for slash, name in _TAG.findall(unsafe):
        tag = name.lower()
        if tag in _SELF_CLOSING:
            continue
        step = -1 if slash else 1
        if step > 0 or open_tags.get(tag):
            open_tags[tag] = open_tags.get(tag, 0) + step
            depth += step
        if depth > MAX_DEPTH:
            return True
    return False


def _resolved(href: str, base_url: str) -> str:
    """The address as an absolute URL of an allowed scheme; empty where there is none."""
    href = clean_text(href).strip()
    if href.lower().startswith("mailto:"):
        return quote(href, safe=_URL_SAFE)
    if not href or href.startswith("#"):
        return ""
    try:
        url = urljoin(base_url or "https:", href)
        parts = urlsplit(url)
        return quote(url, safe=_URL_SAFE) if parts.scheme in {"http", "https"} and parts.hostname else ""
    except ValueError:
        return ""


def _end_of_url(found: str) -> int:
    """Where a URL in a text ends: before the punctuation of the sentence, and before a bracket that it did not open."""
    end = len(found)
    strange = found.count(")") - found.count("(")
    while end and (found[end - 1] in ".,;:!?'*_~…" or (found[end - 1] == ")" and strange > 0)):
        end -= 1
        strange -= found[end] == ")"
    return end


class _Builder(HTMLParser):
    """Collects blocks from HTML that was made safe and balanced before."""

    def __init__(self, base_url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.relative: list[str] = []
        self.inside: list[str] = []
        self.pictures = 0
        self._base_url = base_url
        self._runs: list[Run] = []
        self._lists: list[List] = []
        self._list_count = 0
        self._item = False
        self._heading = False
        self._href = ""
        self._shown = False  # whether the open link has text
        self._pictures_before = 0  # the link was opened
        self._depths = dict.fromkeys(("strong", "em", "pre", "code"), 0)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a block, a list, a style or a link; place a picture or a line break."""
        if tag in _BLOCK_TAGS:
            self._flush()
        if tag in {"td", "th"} and self._runs:
            self._add(" – ", "")
        if style := _STYLES.get(tag):
            self._depths[style] += 1
        values = {name: value or "" for name, value in attrs}
        match tag:
            case "br":
                self._break()
            case "a":
                self._open_link(values)
            case "img":
                self._add_picture(values)
            case "h1" | "h2":
                self._heading = True
            case "ul" | "ol" | "table":
                self._list_count += 1
                self._lists.append(List("ol" if tag == "ol" else "ul", self._list_count))
                self._item = True
            case "li" | "tr":
                self._item = True

    def handle_endtag(self, tag: str) -> None:
        """Close what the tag opened."""
        if tag in _BLOCK_TAGS:
            self._flush()
        if style := _STYLES.get(tag):
            self._depths[style] -= 1
        match tag:
            case "a":
                self._close_link()
            case "h1" | "h2":
                self._heading = False
            case "ul" | "ol" | "table" if self._lists:
                closed = self._lists.pop()
                if not any(closed in block.lists for block in self.blocks[-1:]):  # it is empty, and no list at all
                    self._list_count = closed.number - 1

    def handle_data(self, data: str) -> None:
        """Add text; a bare URL in it becomes a link."""
        data = clean_text(data)
        if self._depths["pre"]:
            self._add_lines(data)
        elif self._href or self._depths["code"]:
            self._add(_BLANKS.sub(" ", data), self._href)
        else:
            self._add_with_links(_BLANKS.sub(" ", data))

    def close(self) -> None:
        """End the last block."""
        super().close()
        self._flush()

    def _add_lines(self, data: str) -> None:
        for index, line in enumerate(data.replace("\r", "").split("\n")):
            if index:
                self._break()
            self._add(line, self._href)

    def _add_with_links(self, data: str) -> None:
        start = 0
        for found in _BARE_URL.finditer(data):
            end = found.start() + _end_of_url(found[0])
            if url := _resolved(data[found.start() : end], ""):
                self._add(data[start : found.start()], "")
                self._add(data[found.start() : end], url)
                start = end
        self._add(data[start:], "")

    def _add(self, text: str, href: str) -> None:
        last = self._runs[-1] if self._runs else Run("\n")
        if last.text.endswith((" ", "\n")) and not self._depths["pre"]:
            text = text.lstrip(" ")
        if not text:
            return
        self._shown |= not text.isspace()
        run = Run(text, href, strong=self._depths["strong"] > 0, em=self._depths["em"] > 0)
        if self._runs and replace(last, text=text) == run:
            self._runs[-1] = replace(last, text=last.text + text)
        else:
            self._runs.append(run)

    def _break(self) -> None:
        """A line break; the second in a row ends the paragraph; none at its start."""
        self._strip(" ")
        if self._runs and self._runs[-1].text.endswith("\n"):
            self._flush()
        elif self._runs:
            self._runs.append(Run("\n"))

    def _strip(self, characters: str) -> None:
        while self._runs:
            text = self._runs[-1].text.rstrip(characters)
            if text:
                self._runs[-1] = replace(self._runs[-1], text=text)
                return
            self._runs.pop()

    def _flush(self) -> None:
        self._strip(" \n")
        if any(run.text.strip() for run in self._runs):
            lists = tuple(self._lists)
            self.blocks.append(Block(tuple(self._runs), lists, self._item and bool(lists), self._heading and not lists))
            self._item = False
        self._runs = []

    def _open_link(self, values: dict[str, str]) -> None:
        href = values.get("href", "").strip()
        self._href = _resolved(href, self._base_url)
        self._shown = False
        self._pictures_before = self.pictures
        if href.startswith("#"):
            self.inside.append(href)
        elif href and not self._href:
            self.relative.append(href)

    def _close_link(self) -> None:
        """A link around a picture without a description shows its address."""
        if self._href and not self._shown and self.pictures > self._pictures_before:
            self._add(self._href, self._href)
        self._href = ""

    def _add_picture(self, values: dict[str, str]) -> None:
        """Its description, as a link to it; one without a description may be a tracking pixel (T-14)."""
        self.pictures += 1
        alt = _BLANKS.sub(" ", clean_text(values.get("alt", "")))
        self._add(alt, self._href or _resolved(values.get("src", ""), self._base_url))
