"""Bytes of other hosts -> text, as the web recovers an encoding that is missing or wrong.

Spec: WHATWG Encoding Standard (labels: ISO-8859-1 means windows-1252), RFC 7303 (the charset of HTTP counts).
"""

from __future__ import annotations

import re

import webencodings

_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})""")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SEVEN_BIT = re.compile(rb"\x1b[$(]")  # ISO-2022: its bytes are valid UTF-8, too


def decode(data: bytes, charset: str = "") -> str:
    r"""The text, by byte order mark, as UTF-8 if it is valid, by ``charset`` (that of HTTP), then by its declaration.

    Text that is valid UTF-8 is hardly ever anything else, whatever is declared. Without any encoding it is that of most
    old pages, windows-1252; in text that has some UTF-8, bytes that do not fit are replaced.

    >>> decode(b"<?xml version='1.0' encoding='iso-8859-1'?>\x93caf\xe9\x94")[-6:]
    '“café”'
    >>> decode(b"\xcf\xf0\xe8", "windows-1251"), decode("Île".encode(), "iso-8859-1"), decode(b"caf\xc3\xa9 caf\xe9")
    ('При', 'Île', 'café caf\ufffd')
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data.decode(name, errors="replace")
    encoding = _stated(data, charset)
    if is_utf_8(data) and not (encoding and _SEVEN_BIT.search(data)):
        return data.decode()
    if encoding:
        text: str = webencodings.decode(data, encoding, errors="replace")[0]
        return text
    text = data.decode(errors="replace")
    return data.decode("cp1252", errors="replace") if text.replace("\ufffd", "").isascii() else text


def as_utf_8(data: bytes, charset: str = "") -> bytes:
    """The text in UTF-8 if another encoding is stated and fits, else the same bytes. A declaration stays."""
    if is_utf_8(data) and not _SEVEN_BIT.search(data):
        return data
    return decode(data, charset).encode() if _stated(data, charset) else data


def _stated(data: bytes, charset: str) -> webencodings.Encoding | None:
    """The encoding that HTTP or the declaration states, if it is not Unicode."""
    declared = _DECLARED.search(data[:1024])
    labels = (charset, declared[1].decode() if declared else "")
    known = (webencodings.lookup(label) for label in labels if label)
    encoding = next((found for found in known if found is not None), None)
    return None if encoding is None or encoding.name.startswith("utf-") else encoding


def is_utf_8(data: bytes) -> bool:
    """Whether the bytes are valid UTF-8, or UTF-16 with a byte order mark."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def charset_of(content_type: str) -> str:
    """The charset of a Content-Type header; empty if it has none.

    >>> charset_of('text/xml; charset="windows-1251"'), charset_of("text/xml")
    ('windows-1251', '')
    """
    found = re.search(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", content_type, re.IGNORECASE)
    return found[1] if found else ""
