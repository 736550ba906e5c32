"""The channel of a feed -> the values of a show file, and findings for what was filled in or is lost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from feedbuilder.derive.identity import podcast_guid
from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.markup import html_to_text
from feedbuilder.text.characters import find_cut, is_mail_address, plain_title
from feedbuilder.text.names import nearest
from feedbuilder.text.values import is_uuid, parse_url
from feedbuilder.upstream.document import Element
from feedbuilder.upstream.feed import UpstreamFeed
from feedbuilder.vocabulary import podcast_tags
from feedbuilder.vocabulary.apple import APPLE_CATEGORIES
from feedbuilder.vocabulary.delivery import base_url_of

_DESCRIPTION_BYTES = 4000  # APL-3
# Categories that Apple had before 2019 -> their successors.
_FORMER = {
    "News & Politics": "News",
    "Games & Hobbies": "Leisure",
    "Sports & Recreation": "Sports",
    "Health": "Health & Fitness",
    "Science & Medicine": "Science",
    "Government & Organizations": "Government",
    "Tech News": "News > Tech News",
    "Self-Help": "Education > Self-Improvement",
    "Arts > Literature": "Arts > Books",
    "Business > Business News": "News > Business News",
    "Education > Language Courses": "Education > Language Learning",
    "Health > Self-Help": "Education > Self-Improvement",
    "Science & Medicine > Medicine": "Health & Fitness > Medicine",
    "Society & Culture > History": "History",
    "Sports & Recreation > Outdoor": "Sports > Wilderness",
    "Technology > Tech News": "News > Tech News",
}
_FALLBACK = "Society & Culture"


class ShowReading:
    """A channel as values of a show file; ``problems`` collects what was filled in."""

    def __init__(self, feed: UpstreamFeed, channel: Element, feed_url: str) -> None:
        """``feed_url``: the new address of the feed, empty for the old one."""
        self.feed, self.channel, self.new_url = feed, channel, feed_url
        self.mark = Mark(feed.url, channel.line)
        self.problems: list[Problem] = []

    def values(self, image: str) -> dict[str, Any]:
        """The keys of the show file, in its order. ``image``: used if the feed has no artwork."""
        channel = self.channel
        old = self.old_url()
        feed_url = self.new_url or (self.https(old) if old else self.guessed_url())
        guid = self.feed.podcast_guid.lower()
        title = plain_title(self.feed.title) or self.filled("title", "Untitled")
        author = plain_title(channel.text("itunes:author", "dc:creator", "managingEditor")) or title
        return {
            "title": title,
            "link": self.link(feed_url),
            "feed_url": feed_url,
            "podcast_guid": guid if is_uuid(guid) else self.derived_guid(guid, old),
            "description": self.description(title),
            "language": self.language(),
            "author": author,
            "owner": self.owner(author),
            "image": self.image() or image,
            "categories": self.categories(),
            "explicit": is_explicit(channel.text("itunes:explicit")) or False,
            "type": "serial" if channel.text("itunes:type").lower() == "serial" else "",
            "copyright": plain_title(channel.text("copyright", "dc:rights")),
            "new_feed_url": self.new_url if old and self.new_url != old else "",
            "block": True if channel.text("itunes:block").lower() == "yes" else None,
            "complete": True if channel.text("itunes:complete").lower() == "yes" else None,
            **tag_values(channel, "channel"),
        }

    def filled(self, key: str, value: str) -> str:
        """The value, and a finding that the feed has none."""
        what = f"the feed has no valid {key}"
        self.problems.append(Problem("IMP-2", self.mark, what, f"set to {quoted(value)}"))
        return value

    def old_url(self) -> str:
        """The address at which apps read the feed (P20-3): its self link, else where it was read; empty if unknown."""
        for url in (self.feed.feed_url, self.feed.url, self.feed.new_feed_url):
            if (found := address(url)) and "?" not in found:
                return found if urlsplit(found).path else urlsplit(found)._replace(path="/").geturl()  # the same one
        return ""

    def guessed_url(self) -> str:
        """A guess for an unknown address, with a finding."""
        parts = urlsplit(address(self.feed.link_url) or "https://podcast.example.org/")
        guess = f"https://{parts.netloc}/feed.xml"
        what = "the feed does not have its own address, and --feed-url is missing"
        remedy = "Set `feed_url:` in the show file to the address of your feed.xml before the first build."
        self.problems.append(Problem("IMP-2", self.mark, what, f"`feed_url` was guessed as {quoted(guess)}", remedy))
        return guess

    def https(self, url: str) -> str:
        """The address with https, and a finding if it had http."""
        if url.startswith("https:"):
            return url
        secure = "https" + url.removeprefix("http")
        self.problems.append(
            Problem("IMP-2", self.mark, f"the feed's address {quoted(url)} is not https", f"set to {quoted(secure)}")
        )
        return secure

    def derived_guid(self, given: str, old: str) -> str:
        """The guid derived from the old address (P20-3), and a finding if the feed has an invalid one.

        Empty if the address is unknown.
        """
        guid = podcast_guid(old) if old else ""
        if given:
            what = f"the podcast:guid {quoted(given)} is not a UUID"
            effect = f"replaced by {guid}, derived from the feed's address" if guid else "left out"
            self.problems.append(Problem("IMP-2", self.mark, what, effect))
        return guid

    def link(self, feed_url: str) -> str:
        """The home page."""
        return address(self.feed.link_url) or self.filled("link", base_url_of(feed_url))

    def description(self, title: str) -> str:
        """The description as plain text, at most 4000 bytes."""
        text = self.channel.markup("description", "itunes:summary", "itunes:subtitle")
        plain = html_to_text(text) if re.search(r"</?[A-Za-z]", text) else text
        if not plain.strip():
            return self.filled("description", title)
        data = plain.encode()
        if len(data) > _DESCRIPTION_BYTES:
            what = f"the description has {len(data)} bytes, more than {_DESCRIPTION_BYTES}"
            self.problems.append(Problem("IMP-2", self.mark, what, "shortened"))
            short = data[: _DESCRIPTION_BYTES - 3].decode(errors="ignore")
            plain = short[: find_cut(short, len(short) - 1)].rstrip() + "…"
        return plain

    def language(self) -> str:
        """The language code in the form Apple reads."""
        given = self.channel.text("language", "dc:language").replace("_", "-")
        if re.fullmatch(r"[A-Za-z]{2}(-[A-Za-z]{2,4})?", given):
            return given.lower()
        short = re.match(r"[A-Za-z]{2}(?=-)", given)
        return self.filled("language", short[0].lower() if short else "en")

    def owner(self, author: str) -> dict[str, str]:
        """Name and mail address of the owner; without a valid address the name alone."""
        found = self.channel.all("itunes:owner")
        owner = Element(found[0]) if found else None
        name = owner.text("itunes:name") if owner else ""
        mail = owner.text("itunes:email") if owner else ""
        if not is_mail_address(mail):
            return {"name": plain_title(name)} if name else {}
        return {"name": plain_title(name) or author, "email": mail}

    def image(self) -> str:
        """The first valid address of artwork."""
        pictures = [self.channel.attribute("itunes:image", "href")]
        pictures += [Element(one).text("url") for one in self.channel.all("image")]
        found = next((url for url in map(address, pictures) if url), "")
        return found or self.filled("artwork", "images/cover.png")

    def categories(self) -> list[str]:
        """Apple's current categories, in the feed's order."""
        found: dict[str, None] = {}
        for parent in self.channel.all("itunes:category"):
            name = unescape(str(parent.get("text") or parent.text or "")).strip()
            children = [unescape(str(one.get("text", ""))).strip() for one in parent.iterchildren(etree.Element)]
            for path in [f"{name} > {child}" for child in children] or [name]:
                if known := _category(path):
                    found[known] = None
                else:
                    what = f"unknown category {quoted(path)}"
                    known = _category(name) or ""
                    found |= {known: None} if known else {}
                    self.problems.append(
                        Problem("IMP-2", self.mark, what, f"replaced by {quoted(known)}" if known else "left out")
                    )
        return list(found) or [self.filled("category", _FALLBACK)]


def _category(path: str) -> str | None:
    """Apple's current category, or ``None``."""
    path = _FORMER.get(path, path)
    parent, _, child = (part.strip() for part in path.partition(">"))
    if parent in _FORMER:
        return _category(f"{_FORMER[parent]} > {child}") or _FORMER[parent]
    if parent in APPLE_CATEGORIES and (not child or child in APPLE_CATEGORIES[parent]):
        return f"{parent} > {child}" if child else parent
    near = nearest(parent, APPLE_CATEGORIES) if not child else ""
    return near or None


def address(text: str) -> str:
    """The http(s) address in the form of a project file; empty if it is not one."""
    try:
        return parse_url(text.strip()) if text.strip() else ""
    except ValueError:
        return ""


def is_explicit(text: str) -> bool | None:
    """Whether the content is explicit; ``None`` for an unknown value."""
    return {"yes": True, "true": True, "explicit": True, "no": False, "false": False, "clean": False}.get(text.lower())


def tag_values(element: Element, parent: str) -> dict[str, Any]:
    """The Podcasting 2.0 tags that an author may write, by key, without invalid parts, which the account names."""
    values: dict[str, Any] = {}
    for key, spec in podcast_tags.author_keys(parent).items():
        kept = []
        for one in element.all(f"podcast:{spec.name}"):
            tag, _ = podcast_tags.parse_tag(spec.name, _tag_value(one), parent=parent)
            kept += [_value_of(tag)] if tag else []
        if kept:
            values[key] = kept if len(kept) > 1 and spec.many else kept[0]
    return values


def _value_of(tag: podcast_tags.Tag) -> dict[str, Any]:
    """The tag as an author writes it, without its invalid parts."""
    value: dict[str, Any] = dict(tag.attributes)
    children: dict[str, list[Any]] = {}
    for child in tag.children:
        children.setdefault(child.name, []).append(_value_of(child))
    value |= {name: some if len(some) > 1 else some[0] for name, some in children.items()}
    return value | ({"text": tag.text} if tag.text else {})


def _tag_value(element: etree._Element) -> dict[str, Any]:
    value: dict[str, Any] = {str(key): str(text).strip() for key, text in element.attrib.items()}
    children: dict[str, list[Mapping[str, Any]]] = {}
    for child in element.iterchildren(etree.Element):
        name = str(child.tag).rpartition("}")[2].rpartition(":")[2]  # an undeclared prefix is part of the name
        children.setdefault(name, []).append(_tag_value(child))
    value |= {name: some if len(some) > 1 else some[0] for name, some in children.items()}
    if not children and (text := " ".join((element.text or "").split())):
        value["text"] = text
    return value
