"""Bytes of a feed -> its elements, also if it is not well-formed, with every text as it was written.

feedparser reads as much, but changes values that identify episodes: in a feed that is not well-formed, ``a&b=2`` in a
guid becomes ``a&b;=2``, ``&amp;`` is not decoded, and an ``atom:id`` replaces the guid. So a feed is parsed strictly
first; if that fails, single characters are repaired and it is parsed again. Line numbers do not change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5
from types import MappingProxyType
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from feedbuilder.errors import FeedbuilderError, Mark, Problem, quoted
from feedbuilder.text.characters import clean_text, counted, find_forbidden
from feedbuilder.upstream.encodings import as_utf_8, decode
from feedbuilder.upstream.formats import ATOM, from_atom, from_json

# A hostile feed may take 200 MB of memory. 7,300 items, a daily show of twenty years, have 36 elements each: 260,000.
MAX_BYTES = 32 * 1024 * 1024
MAX_BROKEN_BYTES = 8 * 1024 * 1024  # of a feed that has to be repaired: its text is held several times
MAX_JSON_BYTES = 4 * 1024 * 1024  # of a JSON Feed: parsed, it takes up to 100 MB
MAX_ELEMENTS = 400_000  # and attributes: what a tree takes memory for

# Namespace, without scheme and case -> our prefix for it. The long podcast one is an alias (P20-0a).
_PREFIXES = MappingProxyType(
    {
        "www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
        "itunes.com/dtds/podcast-1.0.dtd": "itunes",
        "podcastindex.org/namespace/1.0": "podcast",
        "github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast",
        "www.w3.org/2005/atom": "atom",
        "backend.userland.com/rss2": "",
        "purl.org/rss/1.0": "",
        "purl.org/rss/1.0/modules/content": "content",
        "podlove.org/simple-chapters": "psc",
        "purl.org/dc/elements/1.1": "dc",
        "search.yahoo.com/mrss": "media",
        "www.rssboard.org/media-rss": "media",
        "www.google.com/schemas/play-podcasts/1.0": "googleplay",
    }
)
_ROOT = re.compile(r"<(?:rss|feed|(?:[A-Za-z][\w.-]*:)?RDF)\b")
# A section without an end runs to the end of the text, so that the search stays linear.
_SIGN = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|([A-Za-z][A-Za-z0-9]{1,30}));|&"
    # Unescaped HTML tags in a text, which need no end tag; and < before anything but a name.
    r"|<(?=/?(?i:a|abbr|b|big|blockquote|br|center|code|div|em|figure|font|h[1-6]|hr|i|iframe|img|li|ol|p|pre|s|script"
    r"|small|span|strong|style|sub|sup|table|tbody|td|th|thead|tr|u|ul)[\s/>])|<(?![^\W\d]|[/!?:])",
    re.DOTALL,
)
# References to the halves of a character beyond U+FFFF, as UTF-16 has them: &#55357;&#56841;
_SURROGATES = re.compile(
    r"&#(5529[6-9]|55[3-9]\d\d|56[0-2]\d\d|5631\d);&#(5632\d|56[3-9]\d\d|57[0-2]\d\d|573[0-3]\d|5734[0-3]);"
)
# References to control characters, which mean those of windows-1252: &#146; &#x92;
_C1 = re.compile(rb"&#(?:0?(12[89]|1[345]\d)|x0?([89][0-9a-fA-F]));")
_ITEM_TAG = re.compile(r"<!\[CDATA\[.*?\]\]>|(</?)(?:\w+:)?(?:item|entry)\b", re.DOTALL)
_EARLY_END = re.compile(r"</(?:channel|rss)\s*>")
_VOID = frozenset({"br", "hr", "img"})
_XML_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})


class Element:
    """A part of a feed: its children by name (``guid``, ``itunes:duration``), its text, attributes and line."""

    __slots__ = ("_children", "_plain", "line", "xml")

    def __init__(self, xml: etree._Element, plain: str = "") -> None:
        """``plain``: the namespace of the elements of RSS itself."""
        self.xml = xml
        line: Any = xml.sourceline
        self.line: int = line or 0
        self._plain = plain
        self._children: dict[str, list[etree._Element]] | None = None  # built on first use: a feed has many elements

    def all(self, name: str) -> list[etree._Element]:
        """The children of that name, in order."""
        return self._by_name().get(name, [])

    def children(self) -> Iterator[tuple[str, Element]]:
        """Each child with its name, in order; a foreign namespace has the prefix that the feed gives it."""
        for xml in self.xml.iterchildren(etree.Element):
            name = _name(xml, self._plain)
            yield f"{xml.prefix or 'ns'}:{name.rpartition('}')[2]}" if name.startswith("{") else name, self.child(xml)

    def child(self, xml: etree._Element) -> Element:
        """A child as an element of the same feed."""
        return Element(xml, self._plain)

    def _by_name(self) -> dict[str, list[etree._Element]]:
        if self._children is None:
            self._children = {}
            for child in self.xml.iterchildren(etree.Element):
                self._children.setdefault(_name(child, self._plain), []).append(child)
        return self._children

    def text(self, *names: str) -> str:
        """The text of the first child with one of the names that has any, outer white space removed."""
        found = (_text(child) for name in names for child in self.all(name))
        return next((text for text in found if text), "")

    def markup(self, *names: str) -> str:
        """The same for elements that may hold HTML: child elements become tags of the text."""
        found = (markup_of(child) for name in names for child in self.all(name))
        return next((text for text in found if text), "")

    def attribute(self, name: str, key: str) -> str:
        """An attribute of the first child of that name, outer white space removed."""
        return next((str(child.get(key, "")).strip() for child in self.all(name)), "")


def parse_document(data: bytes, where: str) -> tuple[Element, list[Element], list[Problem]]:
    """The channel of a feed (RSS, Atom or JSON Feed), its items in order, and findings if it was repaired (UPS-2).

    If the feed is cut off, its incomplete last item is left out: half a guid is a wrong guid.

    Raises:
        FeedbuilderError: not an RSS feed (UPS-1).
    """
    if len(data) > MAX_BYTES:
        raise _refused(where, f"the feed has {len(data)} bytes, more than {MAX_BYTES}")
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" and (rss := _from_json(data, where)) is not None:
        return (*_channel(rss, where), [])
    data, encoding = _readable(data)
    if _has_many_elements(data, encoding):
        raise _refused(where, f"the feed has more than {MAX_ELEMENTS} elements and attributes")
    try:
        root = etree.fromstring(data, _parser(encoding=encoding))
    except etree.XMLSyntaxError as error:
        if _is_html(data):
            raise _refused(where, "the response is a web page, not a feed") from None
        return _repaired(data, where, error)
    root = _as_rss(root)
    channel, items = _channel(root, where)
    return channel, items, _outside(channel, items, root, where)


def _as_rss(root: etree._Element) -> etree._Element:
    """The root; that of an Atom feed with media files as RSS."""
    rss = from_atom(root) if root.tag == f"{{{ATOM}}}feed" else None
    return root if rss is None else rss


def _from_json(data: bytes, where: str) -> etree._Element | None:
    if len(data) > MAX_JSON_BYTES:
        raise _refused(where, f"the JSON has {len(data)} bytes, more than {MAX_JSON_BYTES}")
    return from_json(data)


def _readable(data: bytes) -> tuple[bytes, str | None]:
    """The feed in an encoding that the parser reads rightly, and its name; ``None``: as it is declared."""
    if data.isascii():
        return _C1.sub(_windows_sign, data), None
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data, None
    return _C1.sub(_windows_sign, as_utf_8(data)), "utf-8"


def _windows_sign(match: re.Match[bytes]) -> bytes:
    """The character of windows-1252 that browsers read for a reference to a control character."""
    code = int(match[1]) if match[1] else int(match[2], 16)
    sign = bytes([code]).decode("cp1252", errors="ignore")
    return f"&#{ord(sign)};".encode() if sign else match[0]


def _parser(*, recover: bool = False, encoding: str | None = None) -> etree.XMLParser:
    """A parser that reads only the bytes it is given, and expands no entities of theirs."""
    return etree.XMLParser(
        recover=recover,
        encoding=encoding,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )


class _Many(Exception):
    """The feed has too many elements."""


def _has_many_elements(data: bytes, encoding: str | None) -> bool:
    """Whether a tree of the feed would be too large, as far as it is well-formed; builds no tree."""
    count = 0

    def start(_: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1 + len(attributes)
        if count > MAX_ELEMENTS:
            raise _Many

    parser = expat.ParserCreate(encoding)
    parser.StartElementHandler = start
    try:
        parser.Parse(data, True)
    except _Many:
        return True
    except (expat.ExpatError, ValueError, LookupError):  # reported by the parser that builds the tree
        return False
    return False


def _repaired(data: bytes, where: str, error: etree.XMLSyntaxError) -> tuple[Element, list[Element], list[Problem]]:
    nodes = data.count(b"<") - data.count(b"</") + data.count(b"=")
    if len(data) > MAX_BROKEN_BYTES or nodes > MAX_ELEMENTS:
        what = f"the feed is not well-formed, and too large to repair: {quoted(str(error.msg), 100)}"
        raise _refused(where, what)
    text = decode(data)
    root = _recovered(text)
    if root is None:
        raise _refused(where, f"the feed is not XML: {quoted(text[:80].strip())}")
    root = _as_rss(root)
    channel, items = _channel(root, where)
    message = str(error.msg).partition(", line")[0]
    problem = Problem("UPS-2", Mark(where, error.lineno or 0), f"the feed is not well-formed: {quoted(message, 100)}")
    problems = [problem, *_outside(channel, items, root, where)]
    if items and _is_cut_off(text):
        broken = items.pop()
        what, effect = "the feed is cut off", "its incomplete last item is left out"
        problems.append(Problem("UPS-2", Mark(where, broken.line), what, effect, "Fetch it again."))
    return channel, items, problems


def _is_cut_off(text: str) -> bool:
    """Whether the last item has no end. A feed that lacks only what follows it is whole."""
    last = ""
    for tag in _ITEM_TAG.finditer(text):
        last = tag[1]
    ended = re.search(r"</(?:\w+:)?(?:rss|RDF|feed|channel)\s*>", text[-4096:])
    return last == "<" and not ended


def _recovered(text: str) -> etree._Element | None:
    """The root of what can be read; text before it (PHP warnings, empty lines) is skipped."""
    start = _ROOT.search(text)
    before = start.start() if start else 0
    plain = _blank(text[:before]) + text[before:]
    end = max(plain.rfind("<item"), plain.rfind("<entry"))
    if end > 0 and _EARLY_END.search(plain, 0, end):
        plain = _EARLY_END.sub(lambda tag: _blank(tag[0]), plain[:end]) + plain[end:]
    try:
        return etree.fromstring(repair(plain).encode("utf-8"), _parser(recover=True, encoding="utf-8"))
    except etree.XMLSyntaxError:
        return None


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def repair(text: str) -> str:
    r"""XML text in which every ``&`` begins a reference that XML knows, without characters that XML forbids.

    HTML tags are escaped: one without an end tag would swallow the rest of the feed.

    >>> repair("<t>a & b &nbsp;&#11;c &lt; http://x/?a=1&b=2</t>")
    '<t>a &amp; b \xa0c &lt; http://x/?a=1&amp;b=2</t>'
    >>> repair("<t>I <3 it<br>and <a href='?a=1&b=2'>more</a></t>")
    "<t>I &lt;3 it&lt;br>and &lt;a href='?a=1&amp;b=2'>more&lt;/a></t>"
    """
    return _SIGN.sub(_repaired_sign, clean_text(_SURROGATES.sub(_joined_surrogates, text)))


def _joined_surrogates(match: re.Match[str]) -> str:
    high, low = (int(code) for code in match.groups())
    return chr(0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00)


def _repaired_sign(match: re.Match[str]) -> str:
    hexadecimal, decimal, name = match.groups()
    if name:
        return match[0] if name in _XML_NAMES else escape(html5.get(f"{name};", f"&{name};"))
    if hexadecimal or decimal:
        code = int(hexadecimal, 16) if hexadecimal else int(decimal)
        return match[0] if code < 0x110000 and code and not find_forbidden(chr(code)) else ""
    return escape(match[0]) if match[0] in {"&", "<"} else match[0]


def _channel(root: etree._Element, where: str) -> tuple[Element, list[Element]]:
    """The channel and all items in order, also those outside of the channel, in a second one or in another item."""
    plain = _split(root)[0]
    top = Element(root, plain)
    channels = top.all("channel") or ([root] if top.all("item") else [])
    if not channels:
        raise _refused(where, _what_it_is(_split(root)[1]))
    found = [xml for xml in root.iter(etree.Element) if _name(xml, plain) == "item"]
    return Element(channels[0], plain), [Element(item, plain) for item in found]


def _outside(channel: Element, items: list[Element], root: etree._Element, where: str) -> list[Problem]:
    """A finding for items that are not children of the channel; those of RSS 1.0 never are."""
    if _split(root)[1] == "RDF":
        return []
    outside = [item for item in items if item.xml.getparent() is not channel.xml]
    if not outside:
        return []
    what = f"{counted(len(outside), 'item is', 'items are')} outside of the channel or in another item"
    return [Problem("UPS-2", Mark(where, outside[0].line), what, "read all the same")]


def _what_it_is(kind: str) -> str:
    match kind.lower():
        case "feed":
            return "the response is an Atom feed without audio"
        case "html":
            return "the response is a web page, not a feed"
        case _:
            return f"the response is not an RSS feed: its root is <{kind}>, without a channel"


def _refused(where: str, what: str) -> FeedbuilderError:
    return FeedbuilderError(Problem("UPS-1", Mark(where), what))


def _is_html(data: bytes) -> bool:
    start = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html"))


def _name(element: etree._Element, plain: str) -> str:
    """``itunes:duration`` whatever prefix this feed uses, ``guid`` for RSS's own, ``{…}x`` for the rest."""
    uri, local = _split(element)
    if uri == plain:
        return local
    prefix = _PREFIXES.get(re.sub(r"^https?://|/$", "", uri.lower()))
    if prefix is None:
        return f"{{{uri}}}{local}" if uri else local
    return f"{prefix}:{local}" if prefix else local


def _split(element: etree._Element) -> tuple[str, str]:
    """Namespace and name. An undeclared prefix is part of the name: ``itunes:duration``."""
    uri, _, local = str(element.tag).rpartition("}")
    return uri.removeprefix("{"), local


def _text(element: etree._Element) -> str:
    return "".join(str(piece) for piece in element.itertext()).strip()


def markup_of(element: etree._Element) -> str:
    """The text of an element that may hold HTML: its child elements become tags of the text."""
    if next(element.iterchildren(etree.Element), None) is None:
        return _text(element)
    return "".join(_pieces(element)).strip()


def _pieces(element: etree._Element) -> Iterator[str]:
    yield escape(element.text or "")
    for child in element:
        if isinstance(child.tag, str):
            name = _split(child)[1]
            yield f"<{name}{''.join(f' {key!s}={quoteattr(str(value))}' for key, value in child.items())}>"
            yield from _pieces(child)
            yield "" if name in _VOID else f"</{name}>"
        yield escape(child.tail or "")
