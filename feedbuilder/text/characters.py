"""What characters a text may hold, and what plain text is."""

from __future__ import annotations

import html
import re
import unicodedata
from html.entities import html5

from feedbuilder.text.scripts import CJK

# XML 1.0 2.2 leaves these out, even written as references (XML-3, T-7). One of them makes a whole feed unreadable.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# Legal in XML, but no reader shows them: DEL, the C1 controls but NEL, a byte order mark inside a text (T-7).
UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")

UNSEEN = "\u200b\u2060"  # what is pasted along with a text, at its edges, and has no meaning there

_MAIL = re.compile(r"[^@\s<>()]+@(?:[^@\s<>().]+\.)+[^@\s<>().]+")


def clean_text(text: str) -> str:
    r"""The text without the characters that XML 1.0 forbids.

    >>> clean_text("a\x0bb\ud800c\x00")
    'abc'
    """
    return text if text.isprintable() else FORBIDDEN.sub("", text)  # none of them is printable; most texts are


def counted(number: int, one: str, many: str = "") -> str:
    """The number with its noun; ``many`` where that is more than ``one`` and an s.

    >>> counted(1, "item"), counted(0, "item"), counted(2, "entry", "entries")
    ('1 item', '0 items', '2 entries')
    """
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def is_mail_address(text: str) -> bool:
    """Whether mail could go there: one @, and a host with a dot.

    >>> [is_mail_address(text) for text in ("a@b.example", "a@b", "a b@c.example", "a@b..example")]
    [True, False, False, False]
    """
    return _MAIL.fullmatch(text) is not None


def find_forbidden(text: str) -> list[tuple[int, int]]:
    r"""Index and code point of each character that XML 1.0 forbids.

    >>> find_forbidden("a\x0bb")
    [(1, 11)]
    """
    return [(match.start(), ord(match.group())) for match in FORBIDDEN.finditer(text)]


# Tags that people leave in titles. Only these: a title may well speak of Vec<T>.
_BLOCK_TAG = re.compile(r"</?(?:br|div|h[1-6]|hr|li|ol|p|ul)(?:\s[^<>]{0,500})?/?>", re.IGNORECASE)
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|big|cite|code|del|em|font|i|img|ins|kbd|mark|q|s|script|small|span|strike|strong|style|sub|sup|u)"
    r"(?:\s[^<>]{0,500})?/?>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^\s<>]{1,2000})>")
_LINK = re.compile(
    r"!?\[([^\[\]]{1,300})\]\((?:[^()\s]|\([^()\s]{0,100}\)){0,2000}(?:\s\"[^\"]{0,300}\")?\)(?:\{:[^{}]{0,200}\})?"
)
_WORD = rf"[^\W{CJK}]"  # letters of scripts that separate words by spaces: s**t and f**k is no emphasis
_STARS = re.compile(rf"(?<!{_WORD})(?<![*\\])(\*{{1,3}})(?![\s*])([^*]{{1,300}})(?<![\s\\])\1(?!\*)(?!{_WORD})")
_UNDERSCORE = re.compile(r"(?<![\w\\])_(?![\s_])([^_]{1,300})(?<![\s\\])_(?!\w)")
_UNDERSCORES = re.compile(r"(?<!\w)__(?![\s_])([^_]{1,300}\s[^_]{1,300})(?<!\s)__(?!\w)")  # not __init__
_STRUCK = re.compile(r"~~(?!\s)([^~]{1,300})(?<!\s)~~")
_CODE = re.compile(r"(`{1,2})(?!`)([^`]{1,300})\1(?!`)")
_BACKSLASH = re.compile(r"\\([*_`~\[\]<>#&])")
_MARKUP = re.compile(r"[<&\[*_~`\\]")  # without any of these there is nothing to take off
_BLANKS = re.compile(r"[ \t\r\n\f\v]+")
_IDEOGRAPH = re.compile(f"[{CJK}]")
_PLACEHOLDER = re.compile(r"(?:todo|tbd|tba|tbc|n/?a|none|null|xxx+|[#?.…–-]+)?|.*\{\{.*", re.IGNORECASE | re.DOTALL)


def plain_title(text: str) -> str:
    r"""One line of plain text: Markdown and HTML taken off, entities decoded once (RSS-18, T-5, T-15).

    >>> plain_title("1 &#124; A &amp; B"), plain_title("**Q&A**: [Go](https://go.example) and `x`")
    ('1 | A & B', 'Q&A: Go and x')
    >>> plain_title("Podcast.__init__, Vec<T>, 2 * 3 * 4 and &amp;lt;")
    'Podcast.__init__, Vec<T>, 2 * 3 * 4 and &lt;'
    """
    if not _MARKUP.search(text):
        return _tidied(text)
    text = _AUTOLINK.sub(r"\1", text)
    text = _INLINE_TAG.sub("", _BLOCK_TAG.sub(" ", text))
    text = _LINK.sub(r"\1", text)
    for _ in range(2):  # emphasis in emphasis
        text = _STARS.sub(r"\2", text)
    text = _UNDERSCORE.sub(r"\1", _UNDERSCORES.sub(r"\1", text))
    text = _CODE.sub(r"\2", _STRUCK.sub(r"\1", text))
    return _tidied(_ENTITY.sub(_character_of, _BACKSLASH.sub(r"\1", text)))


def _tidied(text: str) -> str:
    return _BLANKS.sub(" ", clean_text(text)).strip().strip(UNSEEN + " ")


def is_placeholder(text: str) -> bool:
    """Whether a field has no value yet (T-51).

    >>> is_placeholder("TODO"), is_placeholder(""), is_placeholder("https://x.example/")
    (True, True, False)
    """
    return _PLACEHOLDER.fullmatch(text.strip()) is not None


def tags_in(text: str) -> list[str]:
    """The HTML tags that ``plain_title`` takes off, in their order.

    >>> tags_in("<b>Tide</b> and Vec<T>")
    ['<b>', '</b>']
    """
    if "<" not in text:
        return []
    found = [match for pattern in (_BLOCK_TAG, _INLINE_TAG) for match in pattern.finditer(_AUTOLINK.sub(r"\1", text))]
    return [match[0] for match in sorted(found, key=re.Match.start)]


def _character_of(entity: re.Match[str]) -> str:
    """The character that the entity names; an unknown name stays (``html.unescape`` reads ``&notit;`` as ``¬it;``)."""
    name = entity[0][1:]
    return html.unescape(entity[0]) if name.startswith("#") else html5.get(name, entity[0])


def find_cut(text: str, limit: int) -> int:
    r"""The index at which to cut a text to ``limit`` characters: after a word, and never inside a character.

    A text without spaces is cut between ideographs or, where there is no good place in its second half, anywhere.

    >>> find_cut("one two three", 9), find_cut("one", 9), find_cut("e\u0301" * 9, 9)
    (7, 3, 8)
    """
    if len(text) <= limit:
        return len(text)
    for index in range(limit, limit // 2, -1):
        if text[index].isspace() or _IDEOGRAPH.match(text[index - 1]):
            return index
    index = limit
    while index and (unicodedata.category(text[index])[0] == "M" or "\u200d" in text[index - 1 : index + 1]):
        index -= 1
    return index or limit


def shorten(text: str, limit: int) -> str:
    """The text in at most ``limit`` characters, cut after a word, with an ellipsis (T-77).

    >>> shorten("How we test, and why", 13), shorten("Short", 13)
    ('How we test…', 'Short')
    """
    if len(text) <= limit:
        return text
    return text[: find_cut(text, limit - 1)].rstrip(" .,;:–—-") + "…"
