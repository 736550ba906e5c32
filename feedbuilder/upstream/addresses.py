"""What the addresses of an item say about which episode it is: the audio file, and the last parts of a page's path."""

from __future__ import annotations

import re
from urllib.parse import unquote

from feedbuilder.vocabulary.media_types import MEDIA_ENDINGS

_FILES = frozenset(MEDIA_ENDINGS.values())
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+([a-z]{2,24})(?::\d+)?")
_SCHEME = re.compile(r"https?:/{1,2}", re.IGNORECASE)
_MOST_DECODED = 3
_MOST_PARTS = 12
_DATED = re.compile(r"\d{4}-\d{1,2}-\d{1,2}[-_]")
_PAGE = re.compile(r"\.(?:html?|php|aspx?|md)$", re.IGNORECASE)
_GENERIC = frozenset({"audio", "download", "episode", "episodes", "file", "index", "media", "play", "podcast", "show"})


def audio_key(url: str) -> str:
    """Host and path of the file itself: without scheme, query, percent-encoding and download counters.

    Empty if the text is not an address.

    >>> audio_key("https://op3.dev/e/dts.podtrac.com/redirect.mp3/cdn.example.org/a%20b.mp3?x=1")
    'cdn.example.org/a b.mp3'
    >>> audio_key("https://anchor.fm/s/1/podcast/play/2/https%3A%2F%2FCDN.example.org%2Fa%2520b.mp3")
    'cdn.example.org/a b.mp3'
    """
    text = url.strip()
    for _ in range(_MOST_DECODED):
        text = unquote(text)
    text = _SCHEME.split(text)[-1].partition("?")[0].partition("#")[0]
    parts = text.split("/")
    hosts = [index for index, part in enumerate(parts[:-1]) if _is_host(part)]
    if not hosts or len(parts) < 2:
        return ""
    return "/".join([parts[hosts[-1]].lower(), *parts[hosts[-1] + 1 :]])


def _is_host(part: str) -> bool:
    match = _HOST.fullmatch(part.lower())
    return bool(match and match[1] not in _FILES)


def path_ends(key: str) -> frozenset[str]:
    """The ends of the path in an audio key, from the file name on, without names that many files have.

    >>> sorted(path_ends("cdn.example.org/2024/ebb-and-flow.mp3"))
    ['2024/ebb-and-flow.mp3', 'ebb-and-flow.mp3']
    """
    parts = key.casefold().split("/")[1:]
    ends = ("/".join(parts[at:]) for at in range(max(0, len(parts) - _MOST_PARTS), len(parts)))
    return frozenset(end for end in ends if says_something(end))


def page_names(url: str) -> frozenset[str]:
    """The names that a page's address may give an episode: its last parts, joined by hyphens.

    >>> sorted(page_names("https://tides.example/2024/05/ebb.html"))
    ['05-ebb', '2024-05-ebb', 'ebb']
    """
    if not _SCHEME.match(url):
        return frozenset()
    path = unquote(_SCHEME.split(url, maxsplit=1)[1].partition("?")[0].partition("#")[0]).casefold()
    parts = [part for part in path.split("/")[1:] if part]
    if parts and _PAGE.sub("", parts[-1]) == "index":
        del parts[-1]
    if not parts:
        return frozenset()
    parts[-1] = _PAGE.sub("", parts[-1])
    names = ("-".join(parts[at:]) for at in range(max(0, len(parts) - _MOST_PARTS), len(parts)))
    return frozenset(name for name in names if says_something(name))


def slug_names(slug: str) -> frozenset[str]:
    """The names under which a page of a record may be: its slug, also without a date in front.

    >>> sorted(slug_names("2024-05-01-Ebb"))
    ['2024-05-01-ebb', 'ebb']
    """
    folded = _PAGE.sub("", slug.rpartition("/")[2].casefold())
    return frozenset(name for name in (folded, _DATED.sub("", folded, count=1)) if says_something(name))


def says_something(name: str) -> bool:
    """Whether a name can identify an episode: it has a word other than ``episode``, ``audio`` and the like.

    >>> says_something("ebb-12"), says_something("episode-12"), says_something("12.mp3")
    (True, False, False)
    """
    words = re.findall(r"[^\W\d_]{3,}", re.sub(r"\.\w{2,4}$", "", name))
    return any(word not in _GENERIC for word in words)
