"""How each file of a site is delivered, by any server: kind, content type, lifetime, who may read it.

``server`` answers by this table, and the configurations for other web servers are printed from it.
"""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

FEED = "feed.xml"
FileKind = Literal["feed", "chapters", "transcript", "media", "image", "page", "asset"]

HASHED_NAME = r"^(media|images)/.*-[0-9a-f]{12}\.[a-z0-9]+$"  # named by its content
EMBED_NAME = r"(^|/)embed(/|\.html$)"  # pages that other sites may show in a frame
SHORT_S = 300
LONG_S = 31_536_000
SHORT = f"public, max-age={SHORT_S}"
IMMUTABLE = f"public, max-age={LONG_S}, immutable"

# What a page may load and do: nothing from elsewhere until the listener asks for it, audio on play, a video on a click.
VIDEO_ORIGIN = "https://www.youtube-nocookie.com"
META_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self' https:; "
    f"connect-src 'self'; frame-src {VIDEO_ORIGIN}; base-uri 'none'; form-action 'self'"
)
PAGE_POLICY = f"{META_POLICY}; frame-ancestors 'self'"  # as a header: in a page, frame-ancestors has no meaning
EMBED_POLICY = f"{META_POLICY}; frame-ancestors *"
REFERRER_POLICY = "strict-origin-when-cross-origin"  # the video player refuses pages that send none

ALLOWED_METHODS = "GET, HEAD, OPTIONS"
ALLOWED_HEADERS = "Range, If-Range, If-None-Match, If-Modified-Since"  # of a request from another site
EXPOSED_HEADERS = "Accept-Ranges, Content-Encoding, Content-Length, Content-Range, ETag, Last-Modified"

# Media types that are sent with a charset: those that are text without one of their own. JSON is UTF-8 by definition.
CHARSET_TYPES = (
    "application/rss+xml",
    "application/x-subrip",
    "application/xml",
    "text/css",
    "text/html",
    "text/javascript",
    "text/plain",
    "text/vtt",
    "text/x-opml",
    "text/xml",
)
# Names that the site uses beside the feed; and endings that a web server takes for another kind of file.
_TAKEN_NAMES = frozenset({FEED, "episodes", "images", "media", "people", "search", "healthz", "metrics"})
_OTHER_ENDING = re.compile(
    r"\.(html?|css|js|txt|vtt|srt|json|opml|svg|jpe?g|png|gif|webp|mp3|m4a|mp4|m4v|mov|aac|flac|ogg|wav)$"
)
_FEED_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")
_COMPRESSED_ALREADY = ("audio/", "video/", "image/", "font/")


def base_url_of(feed_url: str) -> str:
    """The public address of the site: that of the feed without its file name.

    >>> base_url_of("https://x.example/talk/feed.xml"), base_url_of("https://x.example/talk?feed=a/b")
    ('https://x.example/talk/', 'https://x.example/')
    """
    address = urlsplit(feed_url)
    return f"{address.scheme}://{address.netloc}{address.path.rpartition('/')[0]}/"


def feed_name_of(feed_url: str) -> str:
    """The name under which the site holds the feed, beside ``feed.xml``; empty where a file cannot have that address.

    >>> feed_name_of("https://x.example/talk/rss"), feed_name_of("https://x.example/rss/")
    ('rss', '')
    """
    address = urlsplit(feed_url)
    name = address.path.rpartition("/")[2]
    is_taken = name != FEED and (name.lower() in _TAKEN_NAMES or _OTHER_ENDING.search(name.lower()))
    return name if _FEED_NAME.fullmatch(name) and not is_taken and not address.query else ""


def possible_feed_url(feed_url: str) -> str:
    """Where the feed can be instead: a file, outside of the folder that ``feed_url`` names, which has the home page.

    Empty where the site has a file for it; a query is nothing to a server of files.

    >>> possible_feed_url("https://x.example/feed/"), possible_feed_url("https://x.example/talk/rss")
    ('https://x.example/feed.xml', '')
    """
    address = urlsplit(feed_url)
    if feed_name_of(feed_url) or address.path.endswith(f"/{FEED}"):
        return ""
    return f"{address.scheme}://{address.netloc}{address.path.rstrip('/').rpartition('/')[0]}/{FEED}"


def kind_of(path: str, media_type: str) -> FileKind:
    """What a file of the site is.

    >>> kind_of("feed.json", "application/feed+json"), kind_of("episodes/a/transcript.html", "text/html")
    ('feed', 'transcript')
    """
    name = path.rpartition("/")[2]
    if media_type in {"application/rss+xml", "application/feed+json"}:
        return "feed"
    if name == "chapters.json":
        return "chapters"
    if name.startswith("transcript."):
        return "transcript"
    if media_type.startswith(("audio/", "video/")):
        return "media"
    if media_type.startswith("image/"):
        return "image"
    return "page" if media_type == "text/html" else "asset"


def content_type_of(media_type: str) -> str:
    """The value of Content-Type: text says that it is UTF-8."""
    return f"{media_type}; charset=utf-8" if media_type in CHARSET_TYPES else media_type


def cache_control_of(path: str) -> str:
    """How long a copy may be used without asking: a year where the name has a hash of the content, else minutes."""
    return IMMUTABLE if re.search(HASHED_NAME, path) else SHORT


def policy_of(path: str, media_type: str) -> str:
    """The Content-Security-Policy of a page; empty for other files."""
    if media_type != "text/html":
        return ""
    return EMBED_POLICY if re.search(EMBED_NAME, path) else PAGE_POLICY


def is_open_to_all(kind: FileKind) -> bool:
    """Whether scripts of other sites may read the file, as web players do with all but the pages."""
    return kind != "page"


def is_compressible(media_type: str) -> bool:
    """Whether the file gets smaller when it is sent compressed."""
    return not media_type.startswith(_COMPRESSED_ALREADY)
