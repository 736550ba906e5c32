"""The ids and links of a record -> one checked set of links to the same episode elsewhere (YT-13, T-51 to T-54)."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from feedbuilder.errors import Problem, quoted
from feedbuilder.model import Episode, Link
from feedbuilder.text.characters import is_placeholder
from feedbuilder.vocabulary.platforms import (
    PLATFORMS,
    SAFE_IN_PATH,
    Address,
    Platform,
    host_id,
    label_of,
    platform_of,
    read_address,
    split_urls,
    unwrapped,
)

_TRACKING = re.compile(r"utm_\w+=", re.IGNORECASE)  # T-52; which other parameters matter is not known for any page


def derive_links(episode: Episode) -> tuple[tuple[Link, ...], list[Problem]]:
    """Where else the episode is, in the order of the table of platforms, then by key; and what is wrong.

    Links are normalised and free of tracking. Placeholders are absent without a word. A link that is missing follows
    from the id where the platform has one form of address for it.
    """
    links: list[Link] = []
    problems: list[Problem] = []
    for platform in PLATFORMS.values():
        url, found = _platform_url(platform, episode)
        problems += found
        if url:
            links.append(Link(platform.key, platform.label, url))
    for key in sorted(set(episode.links) - set(PLATFORMS)):
        url, found = _plain_url(key, episode)
        problems += found
        if url:
            links.append(Link(key, label_of(key), url))
    return tuple(links), problems


def _platform_url(platform: Platform, episode: Episode) -> tuple[str, list[Problem]]:
    """The link to publish, or ``""``.

    An id and a link that contradict each other are both dropped: nothing tells which one was mistyped, and a link to
    another episode is worse than none.
    """
    address, problems = _read_link(platform, episode)
    known, found = _read_id(platform, episode)
    problems += found
    if address and known and address.id != known:
        rule = "YT-13" if platform.key == "youtube" else "LNK-3"
        what = f"`ids.{platform.key}` is {quoted(known)}, but `links.{platform.key}` leads to {quoted(address.id)}"
        return "", [*problems, Problem(rule, episode.at(f"ids.{platform.key}"), what)]
    if address:
        return address.url, problems
    return platform.page.format(id=known) if known else "", problems


def _read_link(platform: Platform, episode: Episode) -> tuple[Address | None, list[Problem]]:
    text = episode.links.get(platform.key, "").strip()
    if is_placeholder(text):
        return None, []
    mark = episode.at(f"links.{platform.key}")
    bare = unwrapped(text)
    if platform.page and platform.id.fullmatch(bare):
        bare = platform.page.format(id=bare)
    pieces = split_urls(bare)
    addresses = [read_address(platform, piece) for piece in pieces]
    first = addresses[0]
    if len(pieces) > 1:
        what = f"`links.{platform.key}` has {len(pieces)} URLs in a row: {quoted(text)}"
        if first and all(other and other.id == first.id for other in addresses):
            return first, [Problem("LNK-2", mark, what, "read as one because they are the same", f"Use {first.url}.")]
        return None, [Problem("LNK-2", mark, what)]
    if first is None:
        return None, [_refuse(platform, episode, text)]
    if first.damaged or bare != text:
        what = f"`links.{platform.key}` is {'damaged' if first.damaged else 'not a plain URL'}: {quoted(text)}"
        return first, [Problem("T-53", mark, what, "", f"Use {first.url}.")]
    return first, []


def _refuse(platform: Platform, episode: Episode, text: str) -> Problem:
    """Why ``text`` is no page of this episode on the platform."""
    key = platform.key
    mark = episode.at(f"links.{key}")
    if found := platform_of(text):
        owner, kind = found
        if owner is platform:
            page = "another page" if kind == "page" else f"a {kind} page"
            what = f"`links.{key}` leads to {page} of {owner.label}, not to an episode: {quoted(text)}"
            return Problem("T-54", mark, what)
        what = f"`links.{key}` leads to {owner.label}: {quoted(text)}"
        return Problem("T-54", mark, what, "", f"Move it to `links.{owner.key}`.")
    return Problem("LNK-1", mark, f"`links.{key}` is not the URL of an episode on {platform.label}: {quoted(text)}")


def _read_id(platform: Platform, episode: Episode) -> tuple[str, list[Problem]]:
    """The id in ``ids``, however it is written: alone, with parts of an address around it, or as an address."""
    text = episode.ids.get(platform.key, "").strip()
    if is_placeholder(text):
        return "", []
    if platform.key == "anchor":
        return _read_host_id(platform, episode, text)
    if platform.id.fullmatch(text):
        return text, []
    if address := read_address(platform, text):
        return address.id, []
    mark = episode.at(f"ids.{platform.key}")
    if match := re.match(rf"({platform.id.pattern})[&?#]", text):
        what = f"`ids.{platform.key}` has more than the id: {quoted(text)}"
        return match[1], [Problem("T-54", mark, what, f"read as {match[1]}", f"Use {match[1]}.")]
    return "", [Problem("LNK-4", mark, f"`ids.{platform.key}` is not an id of {platform.label}: {quoted(text)}")]


def _read_host_id(platform: Platform, episode: Episode, text: str) -> tuple[str, list[Problem]]:
    """The host id in any text that ends with it (``derive.identity`` and ``upstream`` read it in the same way)."""
    mark = episode.at(f"ids.{platform.key}")
    known = host_id(text) or ""
    if len(split_urls(text)) > 1:
        what = f"`ids.{platform.key}` has several ids in a row: {quoted(text)}"
        effect = f"read as {known} because they are the same" if known else ""
        return known, [Problem("LNK-2", mark, what, effect, f"Use {known}." if known else "")]
    if not known:
        what = f"`ids.{platform.key}` does not end with an id of {platform.label} such as e1a2b3c: {quoted(text)}"
        return "", [Problem("LNK-4", mark, what)]
    return known, []


def _plain_url(key: str, episode: Episode) -> tuple[str, list[Problem]]:
    """A link to a platform that is not in the table: any page over https, without tracking."""
    text = unwrapped(episode.links[key].strip())
    if is_placeholder(text):
        return "", []
    mark = episode.at(f"links.{key}")
    if len(split_urls(text)) > 1 and not re.search(r"[/?=&#]https?://", text[1:]):
        return "", [Problem("LNK-2", mark, f"`links.{key}` has several URLs in a row: {quoted(text)}")]
    parts = _split(text)
    if parts is None:
        return "", [Problem("LNK-1", mark, f"`links.{key}` is not an https URL: {quoted(text)}")]
    query = "&".join(pair for pair in parts.query.split("&") if not _TRACKING.match(pair))
    path, query, fragment = (quote(part, safe=SAFE_IN_PATH + "?") for part in (parts.path, query, parts.fragment))
    return urlunsplit(parts._replace(path=path, query=query, fragment=fragment)), []


def _split(text: str) -> SplitResult | None:
    """The parts of an absolute https address without white space; ``None`` for anything else."""
    try:
        parts = urlsplit(text)
        good = parts.scheme == "https" and bool(parts.hostname) and not re.search(r"\s", text)
    except ValueError:
        return None
    return parts if good else None
