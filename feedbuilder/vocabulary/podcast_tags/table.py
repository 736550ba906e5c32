"""The tags of the Podcasting 2.0 namespace as one table. Source: the tag pages, as of 2026-05-13.

It drives rendering, the reading of what authors write, the JSON Schema and the reference page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from feedbuilder.vocabulary.podcast_tags.kinds import KINDS, ValueKind, one_of
from feedbuilder.vocabulary.podcast_tags.lists import (
    LIST_MEDIA,
    MEDIA,
    ROLES,
    SERVICES,
    SOCIAL_PROTOCOLS,
    TRANSCRIPT_TYPES,
)

Need = Literal["required", "recommended", "optional"]

NAMESPACE = "https://podcastindex.org/namespace/1.0"
TEXT = "text"  # what authors call the node value of a tag
_PAGES = "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/tags/"


@dataclass(frozen=True, slots=True)
class Tag:
    """One element of the namespace, checked against the table: name without prefix, attributes in the table's order."""

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    text: str = ""
    children: tuple[Tag, ...] = ()


@dataclass(frozen=True, slots=True)
class ValueSpec:
    """An attribute, or the node value (then ``name`` is ``text``).

    ``limit`` counts characters, 0 is none; ``choices`` is the closed list, empty where there is none.
    """

    name: str
    kind_name: str = "text"
    need: Need = "optional"
    limit: int = 0
    choices: tuple[str, ...] = ()

    @property
    def kind(self) -> ValueKind:
        """How a value is checked and written."""
        return one_of(self.choices) if self.choices else KINDS[self.kind_name]


@dataclass(frozen=True, slots=True)
class TagSpec:
    """One row. ``parents`` are ``channel``, ``item`` or another tag; ``rule``: broken by a wrong value.

    ``children`` are the tags it may hold; ``holds`` is the one that it must hold at least once.
    """

    name: str
    about: str
    parents: tuple[str, ...]
    many: bool
    attributes: tuple[ValueSpec, ...] = ()
    text: ValueSpec | None = None
    children: tuple[str, ...] = ()
    holds: str = ""
    rule: str = "TAG-2"

    @property
    def values(self) -> Iterator[ValueSpec]:
        """The attributes in order, then the node value."""
        yield from self.attributes
        if self.text:
            yield self.text

    @property
    def plain(self) -> str:
        """The value that a text alone gives: the node value, else the first required attribute; empty if none."""
        return TEXT if self.text else next((value.name for value in self.attributes if value.need == "required"), "")

    @property
    def key(self) -> str:
        """The name as authors write it: ``social_interact``."""
        return snake_case(self.name)

    @property
    def source_url(self) -> str:
        """The tag's page in the specification."""
        return f"{_PAGES}{snake_case(self.name).replace('_', '-')}.md"


def snake_case(name: str) -> str:
    """The name in the form of keys in YAML.

    >>> snake_case("socialInteract"), snake_case("aspect-ratio")
    ('social_interact', 'aspect_ratio')
    """
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).replace("-", "_")


def _must(name: str, kind: str = "text", limit: int = 0, choices: tuple[str, ...] = ()) -> ValueSpec:
    return ValueSpec(name, kind, "required", limit, choices)


def _should(name: str, kind: str = "text", limit: int = 0, choices: tuple[str, ...] = ()) -> ValueSpec:
    return ValueSpec(name, kind, "recommended", limit, choices)


def _may(name: str, kind: str = "text", limit: int = 0, choices: tuple[str, ...] = ()) -> ValueSpec:
    return ValueSpec(name, kind, "optional", limit, choices)


_CHANNEL, _ITEM, _BOTH = ("channel",), ("item",), ("channel", "item")
_ALL_ROLES = tuple(dict.fromkeys(role for roles in ROLES.values() for role in roles))

# In the order in which they are written into a feed (docs/conformance.md#item-order).
_ROWS = (
    TagSpec(
        "guid",
        "The identity of the show, which never changes.",
        _CHANNEL,
        many=False,
        text=_must(TEXT, "uuid"),
        rule="P20-4",
    ),
    TagSpec(
        "medium",
        "What the show consists of; podcast if absent.",
        _CHANNEL,
        many=False,
        text=_must(TEXT, choices=(*MEDIA, *LIST_MEDIA)),
    ),
    TagSpec(
        "locked",
        "Whether other hosts must refuse to import this feed. Set it to no before moving.",
        _CHANNEL,
        many=False,
        attributes=(_may("owner", "email"),),
        text=_must(TEXT, "yes_no"),
    ),
    TagSpec(
        "block",
        "Which services must not show this feed: all of them, or the one named.",
        _CHANNEL,
        many=True,
        attributes=(_may("id", choices=SERVICES),),
        text=_must(TEXT, "yes_no"),
    ),
    TagSpec(
        "season",
        "The number of the season, and its name.",
        _ITEM,
        many=False,
        attributes=(_may("name", limit=128),),
        text=_must(TEXT, "whole"),
    ),
    TagSpec(
        "episode",
        "The number of the episode, decimals allowed, and how to show it.",
        _ITEM,
        many=False,
        attributes=(_may("display", limit=32),),
        text=_must(TEXT, "number"),
    ),
    TagSpec(
        "person",
        "A person who takes part. The persons of an item replace those of the channel.",
        _BOTH,
        many=True,
        attributes=(
            _may("role", choices=_ALL_ROLES),
            _may("group", choices=tuple(ROLES)),
            _may("img", "https"),
            _may("href", "https"),
        ),
        text=_must(TEXT, limit=128),
        rule="P20-11",
    ),
    TagSpec(
        "transcript",
        "A transcript or captions file.",
        _ITEM,
        many=True,
        attributes=(
            _must("url", "https"),
            _must("type", choices=TRANSCRIPT_TYPES),
            _may("language", "language"),
            _may("rel", choices=("captions",)),
        ),
        rule="P20-13",
    ),
    TagSpec(
        "chapters",
        "The JSON chapters file.",
        _ITEM,
        many=False,
        attributes=(_must("url", "https"), _must("type", choices=("application/json+chapters",))),
    ),
    TagSpec(
        "soundbite",
        "A span worth quoting; 15 to 120 seconds are advised.",
        _ITEM,
        many=True,
        attributes=(_must("startTime", "number"), _must("duration", "number")),
        text=_may(TEXT, limit=128),
    ),
    TagSpec(
        "contentLink",
        "The same episode elsewhere.",
        _ITEM,
        many=True,
        attributes=(_must("href", "https"),),
        text=_must(TEXT),
    ),
    TagSpec(
        "image",
        "A picture of any shape.",
        _BOTH,
        many=True,
        attributes=(
            _must("href", "https"),
            _should("alt"),
            _should("aspect-ratio", "ratio"),
            _should("width", "whole"),
            _may("height", "whole"),
            _may("type", "media_type"),
            _may("purpose", limit=128),
        ),
    ),
    TagSpec(
        "funding",
        "A page where listeners can support the show, and what to call it.",
        _BOTH,
        many=True,
        attributes=(_must("url", "https"),),
        text=_must(TEXT, limit=128),
    ),
    TagSpec(
        "location",
        "A place: what the show is about (subject), or where it is made (creator).",
        _BOTH,
        many=True,
        attributes=(
            _should("rel", choices=("subject", "creator")),
            _should("geo", "geo"),
            _should("osm", "osm"),
            _should("country", "country"),
        ),
        text=_must(TEXT, limit=128),
    ),
    TagSpec(
        "license",
        "The licence of the audio. One that is not on the list needs the url of its text.",
        _BOTH,
        many=False,
        attributes=(_may("url", "https"),),
        text=_must(TEXT, "license", limit=128),
    ),
    TagSpec(
        "txt",
        "Free text for machines, such as a verification code.",
        _BOTH,
        many=True,
        attributes=(_may("purpose", limit=128),),
        text=_must(TEXT, limit=4000),
    ),
    TagSpec(
        "socialInteract",
        "The post under which listeners comment; protocol disabled asks apps to show no comments.",
        _BOTH,
        many=True,
        attributes=(
            _must("protocol", choices=SOCIAL_PROTOCOLS),
            _must("uri", "uri"),
            _should("accountId"),
            _may("accountUrl", "https"),
            _may("priority", "integer"),
        ),
    ),
    TagSpec(
        "alternateEnclosure",
        "Another rendition of the audio, or a companion to it. Never a web page with a player.",
        _ITEM,
        many=True,
        attributes=(
            _must("type", "media_type"),
            _should("length", "whole"),
            _may("bitrate", "number"),
            _may("height", "whole"),
            _may("lang", "language"),
            _may("title", limit=32),
            _may("rel", limit=32),
            _may("codecs"),
            _may("default", "boolean"),
        ),
        children=("source", "integrity"),
        holds="source",
    ),
    TagSpec(
        "source",
        "Where the rendition can be fetched.",
        ("alternateEnclosure",),
        many=True,
        attributes=(_must("uri", "uri"), _may("contentType", "media_type")),
    ),
    TagSpec(
        "integrity",
        "A hash or signature of the rendition.",
        ("alternateEnclosure",),
        many=False,
        attributes=(_must("type", choices=("sri", "pgp-signature")), _must("value")),
    ),
    TagSpec(
        "trailer",
        "A trailer of the show or of one season.",
        _CHANNEL,
        many=True,
        attributes=(
            _must("url", "https"),
            _must("pubdate", "instant"),
            _should("length", "whole"),
            _should("type", "media_type"),
            _may("season", "whole"),
        ),
        text=_must(TEXT, limit=128),
    ),
    TagSpec(
        "podroll",
        "Other shows to recommend.",
        _CHANNEL,
        many=False,
        children=("remoteItem",),
        holds="remoteItem",
    ),
    TagSpec(
        "remoteItem",
        "Another feed, or an item of it. The guid wins over the address.",
        ("channel", "podroll"),
        many=True,
        attributes=(
            _must("feedGuid", "uuid"),
            _may("feedUrl", "https"),
            _may("itemGuid"),
            _may("medium", choices=(*MEDIA, *LIST_MEDIA)),
            _may("title"),
        ),
    ),
    TagSpec(
        "updateFrequency",
        "How often episodes appear, as a text and as a recurrence rule.",
        _CHANNEL,
        many=False,
        attributes=(_may("complete", "boolean"), _may("dtstart", "date"), _should("rrule", "rrule")),
        text=_may(TEXT, limit=128),
    ),
)

TAGS: Mapping[str, TagSpec] = MappingProxyType({row.name: row for row in _ROWS})
_RANK = {name: rank for rank, name in enumerate(TAGS)}
_ATTRIBUTE_RANK = {row.name: {value.name: rank for rank, value in enumerate(row.attributes)} for row in _ROWS}
# What the program derives from the episode file; and remoteItem in a channel is for feeds that hold no items.
_MADE_HERE = frozenset(
    {"guid", "person", "season", "episode", "transcript", "chapters", "contentLink", "soundbite", "image", "remoteItem"}
)


def author_keys(parent: str) -> Mapping[str, TagSpec]:
    """The keys that an author may write for ``channel`` or ``item``, with their tags; in the table's order.

    >>> list(author_keys("item"))
    ['funding', 'location', 'license', 'txt', 'social_interact', 'alternate_enclosure']
    """
    return {spec.key: spec for spec in _ROWS if parent in spec.parents and spec.name not in _MADE_HERE}


def in_tag_order(tags: Iterable[Tag]) -> list[Tag]:
    """The tags in the table's order; those of one name keep theirs."""
    return sorted(tags, key=lambda tag: _RANK[tag.name])


def make_tag(name: str, values: Mapping[str, str], children: tuple[Tag, ...] = ()) -> Tag:
    """The tag with its attributes in the table's order, empty ones left out; ``text`` is the node value.

    Raises:
        KeyError: the table has no such tag or attribute: a bug.
    """
    ranks = _ATTRIBUTE_RANK[name]
    attributes = [(key, value) for key, value in values.items() if value and key != TEXT]
    return Tag(name, tuple(sorted(attributes, key=lambda pair: ranks[pair[0]])), values.get(TEXT, ""), children)
