"""Bytes of a feed -> its elements, also when they are not well-formed, and never in other words than were written.

feedparser would read as much, but changes what identity hangs on: in a feed that is not well-formed ``a&b=2`` becomes
``a&b;=2`` in a guid, ``&amp;`` stays as it is, and an ``atom:id`` beside a guid replaces it. So a feed is read strictly
first, and only what is broken is mended, character by character, before it is read again. Lines stay what they were.
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
from feedbuilder.text.characters import clean_text, find_forbidden

# A hostile feed may take 200 MB of memory and no more. A daily show of twenty years has 7,300 items: 110,000 elements.
MAX_BYTES = 32 * 1024 * 1024
MAX_BROKEN_BYTES = 8 * 1024 * 1024  # of one that must be mended: its text is held several times
MAX_ELEMENTS = 130_000

# Namespace, without scheme and case -> the prefix by which it is asked for. The long podcast one is an alias (P20-0a).
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
    }
)
_ROOT = re.compile(r"<(?:rss|(?:[A-Za-z][\w.-]*:)?RDF)\b")
_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})""")
# A section that has no end runs to the end of the text: searching for an end again and again would take for ever.
_SIGN = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|([A-Za-z][A-Za-z0-9]{1,30}));|&"
    # Tags of HTML that stand bare in a text, and need no end there; and < before what is no name.
    r"|<(?=/?(?i:a|abbr|b|big|blockquote|br|center|code|div|em|figure|font|h[1-6]|hr|i|iframe|img|li|ol|p|pre|s|script"
    r"|small|span|strong|style|sub|sup|table|tbody|td|th|thead|tr|u|ul)[\s/>])|<(?![^\W\d]|[/!?:])",
    re.DOTALL,
)
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
        self._children: dict[str, list[etree._Element]] | None = None  # a feed has many, and each is looked at once

    def all(self, name: str) -> list[etree._Element]:
        """The children of that name, in order."""
        return self._by_name().get(name, [])

    def names(self) -> list[str]:
        """The names of the children, each once, in order."""
        return list(self._by_name())

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
        """The same of what may hold HTML: tags that stand there as elements are tags of the text again."""
        found = (_markup(child) for name in names for child in self.all(name))
        return next((text for text in found if text), "")

    def attribute(self, name: str, key: str) -> str:
        """An attribute of the first child of that name, outer white space removed."""
        return next((str(child.get(key, "")).strip() for child in self.all(name)), "")


def parse_document(data: bytes, where: str) -> tuple[Element, list[Element], list[Problem]]:
    """The channel of an RSS feed, its items in order, and whether it had to be mended (UPS-2).

    When the feed breaks off in the middle, the item in which it does is left out: half a guid is a wrong guid.

    Raises:
        FeedbuilderError: it is no RSS feed (UPS-1).
    """
    if len(data) > MAX_BYTES:
        raise _refused(where, f"the feed has {len(data)} bytes, more than {MAX_BYTES}")
    if _has_many_elements(data):
        raise _refused(where, f"the feed has more than {MAX_ELEMENTS} elements")
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        if _is_html(data):
            raise _refused(where, "this is a web page, not a feed") from None
        return _mended(data, where, error)
    return (*_channel(root, where), [])


def _parser(*, recover: bool = False, encoding: str | None = None) -> etree.XMLParser:
    """A parser that reads nothing but the bytes it is given, and writes out no entity of their own."""
    return etree.XMLParser(
        recover=recover,
        encoding=encoding,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )


class _Many(Exception):
    """There are more elements than may be."""


def _has_many_elements(data: bytes) -> bool:
    """Whether a tree of the feed would be too large; as far as it is well-formed, nothing being kept of it."""
    count = 0

    def start(*_: object) -> None:
        nonlocal count
        count += 1
        if count > MAX_ELEMENTS:
            raise _Many

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    try:
        parser.Parse(data, True)
    except _Many:
        return True
    except (expat.ExpatError, ValueError, LookupError):  # the parser that reads it will say what is wrong
        return False
    return False


def _mended(data: bytes, where: str, error: etree.XMLSyntaxError) -> tuple[Element, list[Element], list[Problem]]:
    if len(data) > MAX_BROKEN_BYTES or data.count(b"<") > MAX_ELEMENTS:
        what = f"the feed is not well-formed, and too large to be mended: {quoted(str(error.msg), 100)}"
        raise _refused(where, what)
    text = _decode(data)
    root = _recovered(text)
    if root is None:
        raise _refused(where, f"this is no XML: {quoted(text[:80].strip())}")
    channel, items = _channel(root, where)
    message = str(error.msg).partition(", line")[0]
    problem = Problem("UPS-2", Mark(where, error.lineno or 0), f"the feed is not well-formed: {quoted(message, 100)}")
    closed = re.search(rf"</(?:[\w.-]+:)?{re.escape(_split(root)[1])}\s*>", text[-4096:])
    if items and not closed:
        broken = items.pop()
        what = "the feed breaks off in the middle"
        return channel, items, [problem, Problem("UPS-2", Mark(where, broken.line), what, "its last item is left out")]
    return channel, items, [problem]


def _recovered(text: str) -> etree._Element | None:
    """The root of what can be read; whatever stands before it (PHP's warnings, blank lines) is passed over."""
    start = _ROOT.search(text)
    before = start.start() if start else 0
    plain = re.sub(r"[^\n]", " ", text[:before]) + text[before:]
    try:
        return etree.fromstring(mend(plain).encode("utf-8"), _parser(recover=True, encoding="utf-8"))
    except etree.XMLSyntaxError:
        return None


def _decode(data: bytes) -> str:
    """The text in its own encoding; bytes that do not fit are replaced, for the rest may well be whole."""
    declared = _ENCODING.search(data[:1024])
    for encoding in ("utf-8-sig", declared[1].decode() if declared else "cp1252"):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return decode_utf_8(data)


def decode_utf_8(data: bytes) -> str:
    r"""Text that is said to be UTF-8; bytes that do not fit are replaced. Where none fits, it is that of old Windows.

    >>> decode_utf_8(b"caf\xe9"), decode_utf_8(b"caf\xc3\xa9 caf\xe9")
    ('café', 'café caf\ufffd')
    """
    text = data.decode("utf-8-sig", errors="replace")
    if "\ufffd" in text and text.replace("\ufffd", "").isascii():
        return data.decode("cp1252", errors="replace")
    return text


def mend(text: str) -> str:
    r"""XML text in which every ``&`` begins a reference that XML knows, and no character is one that it forbids.

    No tag of HTML is a tag of the feed: one without an end would take all that follows with it.

    >>> mend("<t>a & b &nbsp;&#11;c &lt; http://x/?a=1&b=2</t>")
    '<t>a &amp; b \xa0c &lt; http://x/?a=1&amp;b=2</t>'
    >>> mend("<t>I <3 it<br>and <a href='?a=1&b=2'>more</a></t>")
    "<t>I &lt;3 it&lt;br>and &lt;a href='?a=1&amp;b=2'>more&lt;/a></t>"
    """
    return _SIGN.sub(_mend_sign, clean_text(text))


def _mend_sign(match: re.Match[str]) -> str:
    hexadecimal, decimal, name = match.groups()
    if name:
        return match[0] if name in _XML_NAMES else escape(html5.get(f"{name};", f"&{name};"))
    if hexadecimal or decimal:
        code = int(hexadecimal, 16) if hexadecimal else int(decimal)
        return match[0] if code < 0x110000 and code and not find_forbidden(chr(code)) else ""
    return escape(match[0]) if match[0] in {"&", "<"} else match[0]


def _channel(root: etree._Element, where: str) -> tuple[Element, list[Element]]:
    """The channel and its items. Those of RSS 1.0 stand beside it; some feeds have lost the tag of the channel."""
    plain = _split(root)[0]
    top = Element(root, plain)
    channels = top.all("channel") or ([root] if top.all("item") else [])
    if not channels:
        raise _refused(where, _what_it_is(_split(root)[1]))
    channel = Element(channels[0], plain)
    items = channel.all("item") or top.all("item")
    return channel, [Element(item, plain) for item in items]


def _what_it_is(kind: str) -> str:
    match kind.lower():
        case "feed":
            return "this is an Atom feed, and podcasts are RSS (RSS-1)"
        case "html":
            return "this is a web page, not a feed"
        case _:
            return f"this is no RSS feed: its root is <{kind}>, and it has no channel"


def _refused(where: str, what: str) -> FeedbuilderError:
    return FeedbuilderError(Problem("UPS-1", Mark(where), what))


def _is_html(data: bytes) -> bool:
    start = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html"))


def _name(element: etree._Element, plain: str) -> str:
    """``itunes:duration`` whatever its prefix is in this feed, ``guid`` for RSS's own, ``{…}x`` for the rest."""
    uri, local = _split(element)
    if uri == plain:
        return local
    prefix = _PREFIXES.get(re.sub(r"^https?://|/$", "", uri.lower()))
    if prefix is None:
        return f"{{{uri}}}{local}" if uri else local
    return f"{prefix}:{local}" if prefix else local


def _split(element: etree._Element) -> tuple[str, str]:
    """Namespace and name. A prefix that the feed does not declare stays in the name: ``itunes:duration``."""
    uri, _, local = str(element.tag).rpartition("}")
    return uri.removeprefix("{"), local


def _text(element: etree._Element) -> str:
    return "".join(str(piece) for piece in element.itertext()).strip()


def _markup(element: etree._Element) -> str:
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
