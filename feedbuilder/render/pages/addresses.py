"""Where pages lie, and how one leads to another: a site works at any address, and asks no other one for a picture."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

from feedbuilder.model import Chapter
from feedbuilder.text.timecode import json_seconds

STYLE_PATH = "style.css"  # all pages of a site refer to these
PLAYER_PATH = "player.js"
SEARCH_SCRIPT_PATH = "search.js"
MOVED_SCRIPT_PATH = "moved.js"
ICON_PATH = "icon.svg"
OPML_PATH = "show.opml"
SEARCH_FOLDER = "search/"


@dataclass(frozen=True, slots=True)
class Here:
    """A page among the others. ``home`` is the way from it to the home page, ``base_url`` the address of that."""

    base_url: str
    home: str

    def link(self, url: str) -> str:
        """The way to an address: a relative one inside of the site.

        >>> here = Here("https://x.example/pod/", "../../")
        >>> here.link("https://x.example/pod/feed.xml"), here.link("https://y.example/")
        ('../../feed.xml', 'https://y.example/')
        >>> Here("https://x.example/", "").link("https://x.example/javascript:x")  # never another scheme
        './javascript:x'
        """
        if not url.startswith(self.base_url):
            return url
        way = self.home + url.removeprefix(self.base_url)
        return way if way and ":" not in way.partition("/")[0] else f"./{way}"

    def picture(self, url: str) -> str:
        """The way to a picture of the same origin; empty for others, which would tell their host who reads.

        >>> here = Here("https://x.example/pod/", "../../")
        >>> here.picture("https://x.example/pod/a.jpg"), here.picture("https://x.example/b.jpg")
        ('../../a.jpg', '/b.jpg')
        >>> here.picture("https://y.example/c.jpg")
        ''
        """
        if url.startswith(self.base_url):
            return self.link(url)
        parts = urlsplit(url)
        if parts[:2] != urlsplit(self.base_url)[:2]:
            return ""
        return f"/{parts.path.lstrip('/')}" + (f"?{parts.query}" if parts.query else "")

    def person(self, short: str) -> str:
        """The way to the page of a person."""
        return self.home + person_folder(short)


def person_folder(short: str) -> str:
    """Where the page of a person lies. What is no plain name gets a hash, so that no two people share a folder.

    >>> person_folder("zoe"), person_folder("Zoë B."), person_folder("../../etc")
    ('people/zoe/', 'people/zoe-b-229726/', 'people/etc-74ccf3/')
    """
    letters = unicodedata.normalize("NFKD", short).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:60]
    if plain != short:
        plain = f"{plain}-{hashlib.sha256(short.encode(errors='replace')).hexdigest()[:6]}".lstrip("-")
    return f"people/{plain}/"


def anchor_at(start_s: float) -> str:
    """The fragment for a second of the episode."""
    return f"t={json_seconds(start_s)}"


def anchor_of(chapter: Chapter) -> str:
    """The fragment for a chapter.

    >>> anchor_of(Chapter(139.0, "Tides"))
    't=139'
    """
    return anchor_at(chapter.start_s)
