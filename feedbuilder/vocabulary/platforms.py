"""Platforms that have a page for each episode: what their addresses and ids look like. One table.

The forms: docs/conformance.md#episode-links, docs/conformance.md#anchor-links. ``derive.links`` judges the links
of an episode; this module only reads addresses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import parse_qsl, quote, urlsplit

SAFE_IN_PATH = (
    "/%~:@!$&()*+,;=-._"  # characters that stay in the path of an address; the others are percent-encoded once
)

_HOST_ID = r"e[0-9a-v]{5,}"
_EPISODE = rf"/(?P<show>(?!(?:pod|show|profile)/)[^/]+)(?:/embed)?/episodes/(?P<slug>(?:[^/]*-)?)(?P<id>{_HOST_ID})"
_AFTER = r"(?:/a-[0-9a-z]+)?/?"  # the player's deep link to one part of an episode
_CREATORS = r"(?:podcasters|creators)\.spotify\.com"


@dataclass(frozen=True, slots=True)
class Form:
    """One shape of an episode's address: ``host/path`` (and ``?param=value``), without ``www.`` and ``m.``.

    ``page`` is the address to publish, with the groups of the pattern. A damaged form is not one that the platform
    gives out, but it can be read.
    """

    pattern: re.Pattern[str]
    page: str
    damaged: bool = False


@dataclass(frozen=True, slots=True)
class Platform:
    """A row of the table. ``param``: the query parameter that is part of an episode's address; all others are dropped.

    ``page``: the address that follows from the id alone; empty where it does not. ``kinds``: how paths of pages begin
    that are no episode, and what these pages are called.
    """

    key: str
    label: str
    domains: tuple[str, ...]
    id: re.Pattern[str]
    forms: tuple[Form, ...]
    page: str = ""
    param: str = ""
    kinds: tuple[tuple[re.Pattern[str], str], ...] = ()


@dataclass(frozen=True, slots=True)
class Address:
    """The page of one episode on one platform, normalised: https, canonical form, no tracking."""

    id: str
    url: str
    damaged: bool = False


def _forms(page: str, *patterns: str, damaged: bool = False) -> tuple[Form, ...]:
    return tuple(Form(re.compile(pattern), page, damaged) for pattern in patterns)


_YOUTUBE_PAGE = "https://www.youtube.com/watch?v={id}"
_SPOTIFY_PAGE = "https://open.spotify.com/episode/{id}"

_TABLE = (
    Platform(
        key="youtube",
        label="YouTube",
        domains=("youtube.com", "youtu.be", "youtube-nocookie.com"),
        id=re.compile(r"[A-Za-z0-9_-]{11}"),
        forms=_forms(
            _YOUTUBE_PAGE,
            r"(?:music\.)?youtube\.com/watch/?\?v=(?P<id>[A-Za-z0-9_-]{11})",
            r"youtube(?:-nocookie)?\.com/(?:embed|live|shorts|v)/(?P<id>[A-Za-z0-9_-]{11})/?(?:\?.*)?",
            r"youtu\.be/(?P<id>[A-Za-z0-9_-]{11})/?(?:\?.*)?",
        ),
        page=_YOUTUBE_PAGE,
        param="v",
        kinds=(
            (re.compile("playlist"), "playlist"),
            (re.compile("channel/|c/|user/|@"), "channel"),
        ),
    ),
    Platform(
        key="spotify",
        label="Spotify",
        domains=("open.spotify.com", "play.spotify.com"),
        id=re.compile(r"[A-Za-z0-9]{22}"),
        forms=_forms(
            _SPOTIFY_PAGE,
            r"(?:open|play)\.spotify\.com/(?:intl-[A-Za-z-]+/)?(?:embed(?:-podcast)?/)?episode/(?P<id>[A-Za-z0-9]{22})(?:/video)?/?",
        ),
        page=_SPOTIFY_PAGE,
        kinds=tuple(
            (re.compile(rf"(?:intl-[a-z-]+/)?(?:embed/)?{kind}/"), kind)
            for kind in ("show", "playlist", "album", "track", "artist", "user")
        ),
    ),
    Platform(
        key="apple",
        label="Apple Podcasts",
        domains=("podcasts.apple.com", "itunes.apple.com"),
        id=re.compile(r"\d{6,}"),
        forms=_forms(
            "https://podcasts.apple.com/{path}?i={id}",
            r"(?:(?:embed\.)?podcasts|(?:geo\.)?itunes)\.apple\.com/(?P<path>(?:[a-z]{2}/)?podcast/(?:[^/]+/)?id\d+)/?\?i=(?P<id>\d+)",
        ),
        param="i",
        kinds=((re.compile(r"(?:[a-z]{2}/)?podcast/(?:[^/]+/)?id\d+"), "show"),),
    ),
    Platform(
        key="anchor",
        label="Spotify for Creators",
        domains=("anchor.fm", "podcasters.spotify.com", "creators.spotify.com"),
        id=re.compile(_HOST_ID),
        forms=(
            *_forms(
                "https://{home}/{show}/episodes/{slug}{id}",
                rf"(?P<home>anchor\.fm|{_CREATORS}/pod/(?:show|profile)){_EPISODE}{_AFTER}",
            ),
            *_forms(
                "https://{host}/pod/profile/{show}/episodes/{slug}{id}",
                rf"(?P<host>{_CREATORS})/(?:.+/)?profile{_EPISODE}{_AFTER}",
                damaged=True,
            ),
            *_forms(
                "https://{host}/pod/show/{show}/episodes/{slug}{id}",
                rf"(?P<host>{_CREATORS})(?:/.+)?{_EPISODE}{_AFTER}",
                damaged=True,
            ),
            *_forms(
                "https://{host}/{show}/episodes/{slug}{id}",
                rf"(?P<host>anchor\.fm)(?:/.+)?{_EPISODE}{_AFTER}",
                damaged=True,
            ),
        ),
        kinds=((re.compile(r"(?:pod/(?:show|profile)/)?[^/]+/?$"), "show"),),
    ),
)

PLATFORMS: Mapping[str, Platform] = MappingProxyType({row.key: row for row in _TABLE})
"""In the order in which links are shown."""

# Platforms whose form of address is not known for certain: any https page is taken. Keys are folded (``fields.fold``).
_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "amazon": "Amazon Music",
        "amazonmusic": "Amazon Music",
        "antennapod": "AntennaPod",
        "castbox": "Castbox",
        "deezer": "Deezer",
        "fountain": "Fountain",
        "iheart": "iHeart",
        "overcast": "Overcast",
        "peertube": "PeerTube",
        "pocketcasts": "Pocket Casts",
        "podcastaddict": "Podcast Addict",
        "podcastindex": "Podcast Index",
        "soundcloud": "SoundCloud",
        "truefans": "TrueFans",
    }
)


def label_of(key: str) -> str:
    """What people call the platform; the key itself, with a capital, where the table does not have it.

    >>> label_of("apple"), label_of("pocketcasts"), label_of("mastodon")
    ('Apple Podcasts', 'Pocket Casts', 'Mastodon')
    """
    known = PLATFORMS.get(key)
    return known.label if known else _LABELS.get(key, key.replace("_", " ").replace("-", " ").capitalize())


_WRAPPED = re.compile(r"<([^<>\s]+)>|\[[^\[\]]*\]\((https?://[^()\s]+)\)")


def split_urls(text: str) -> list[str]:
    """The addresses in a text into which several were pasted without a gap; text before the first comes first.

    >>> split_urls("a/bhttps://c.example/dhttps://e.example/")
    ['a/b', 'https://c.example/d', 'https://e.example/']
    """
    return [piece.strip() for piece in re.split(r"(?=https?://)", text) if piece.strip()]


def unwrapped(text: str) -> str:
    """The address in a link of Markdown or between angle brackets; any other text as it is.

    >>> unwrapped("[Tide](https://a.example/b)"), unwrapped("<https://a.example/b>"), unwrapped("a/b")
    ('https://a.example/b', 'https://a.example/b', 'a/b')
    """
    link = _WRAPPED.fullmatch(text)
    return text if link is None else link[1] or link[2]


def read_address(platform: Platform, text: str) -> Address | None:
    """The episode's page on ``platform`` that ``text`` is the address of; ``None`` when it is something else.

    >>> read_address(PLATFORMS["youtube"], "youtu.be/abcdefghijk?si=Zz")
    Address(id='abcdefghijk', url='https://www.youtube.com/watch?v=abcdefghijk', damaged=False)
    """
    plain = _without_tracking(text, platform.param)
    for form in platform.forms:
        if match := form.pattern.fullmatch(plain):
            return Address(match["id"], form.page.format_map(match.groupdict()), form.damaged)
    return None


def _without_tracking(text: str, param: str) -> str:
    """``host/path?param=value`` of an address, however it is written; only ``param`` stays of its query."""
    spotify = re.fullmatch(r"spotify:(\w+):(\w+)", text)
    if spotify:
        return f"open.spotify.com/{spotify[1]}/{spotify[2]}"
    text = text.replace("&amp;", "&")  # copied from the source of a page
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"}:
        return ""
    host = re.sub(r"^(?:www|m)\.", "", parts.netloc.lower())
    value = dict(parse_qsl(parts.query)).get(param, "") if param else ""
    path = quote(parts.path, safe=SAFE_IN_PATH)
    return f"{host}{path}?{param}={value}" if value else f"{host}{path}"


def platform_of(text: str) -> tuple[Platform, str] | None:
    """The platform that ``text`` is an address of, and what kind of page it is: ``episode``, ``show`` or another.

    >>> address = platform_of("https://open.spotify.com/show/0123456789abcdefghijkl")
    >>> address and (address[0].key, address[1])
    ('spotify', 'show')
    """
    host, _, path = _without_tracking(text, "").partition("/")
    for platform in _TABLE:
        if any(host == domain or host.endswith(f".{domain}") for domain in platform.domains):
            if read_address(platform, text):
                return platform, "episode"
            return platform, next((kind for pattern, kind in platform.kinds if pattern.match(path)), "page")
    return None


# --- Anchor, later Spotify for Creators ---------------------------------------------------------------------------


def host_id(text: str) -> str | None:
    """The ``e…`` id of an episode on Anchor (Spotify for Creators), from any of its addresses or ids.

    Texts with several addresses count when all of them have the same id. Other hosts' addresses have none.

    >>> host_id("https://anchor.fm/harbour/episodes/High-tide-e1a2b3c/a-a9z"), host_id("harbour/episodes/Ebb-e1a2b3c")
    ('e1a2b3c', 'e1a2b3c')
    """
    ids = {_host_id_of(piece) for piece in split_urls(text)}
    return ids.pop() if len(ids) == 1 else None


def _host_id_of(piece: str) -> str | None:
    plain = re.split(r"[?#]", piece.lower())[0]
    if "://" in plain and not re.match(rf"https?://(?:www\.)?(?:anchor\.fm|{_CREATORS})/", plain):
        return None
    last = plain.rpartition("episodes/")[2]  # where A-e1a2b3c would look like the deep link of "episodes"
    match = re.fullmatch(rf"(?:.*[-/])?({_HOST_ID})/a-[0-9a-z]+/?|(?:.*[-/])?({_HOST_ID})/?", last, re.DOTALL)
    return match[1] or match[2] if match else None


def record_host_id(ids: Mapping[str, str], links: Mapping[str, str]) -> str:
    """The host id in an episode file; empty when it has none, or when its id and its link contradict each other.

    >>> record_host_id({"anchor": "Ebb-e1a2b3c"}, {}), record_host_id({"anchor": "e1a2b3c"}, {"anchor": "e1a2b3d"})
    ('e1a2b3c', '')
    """
    texts = [text for text in (ids.get("anchor", ""), links.get("anchor", "")) if text]
    known = {host for text in texts if (host := host_id(text))}
    return known.pop() if len(known) == 1 else ""


def play_id(known: str) -> int:
    """The number in the host's audio addresses (``/podcast/play/{n}/``) that belongs to a host id.

    Found by comparing both in four real feeds: the id is the number plus a million, in base 32.

    >>> play_id("e100000")
    32554432
    """
    return int(known[1:], 32) - 1_000_000
