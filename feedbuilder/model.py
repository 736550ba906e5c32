"""The frozen values that travel through the program. No behaviour beyond small derived views.

Names contain the unit: ``*_s`` float seconds, ``*_bytes`` whole bytes, ``*_url`` absolute http(s), ``*_path`` relative
to the published site, ``pub_date`` aware and in UTC. An empty string means "not given"; ``None`` means "not known".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from feedbuilder.errors import Mark
from feedbuilder.vocabulary.media_types import MEDIA_ENDINGS
from feedbuilder.vocabulary.podcast_tags import Tag

NOTHING: Mapping[str, str] = MappingProxyType({})
NO_MARK = Mark("")
NO_MARKS: Mapping[str, Mark] = MappingProxyType({})


# --- what an author wrote -----------------------------------------------------------------------------------------


class Caption(NamedTuple):
    """A part of a paragraph that a transcript file shows at one time, in seconds.

    ``word_starts_s`` has a time for each word of the text, between spaces, or is empty.
    """

    start_s: float
    end_s: float | None
    text: str
    word_starts_s: tuple[float, ...] = ()


class Line(NamedTuple):
    """One paragraph of a transcript, as written. ``time_s`` is what the record claims, not yet believed.

    ``captions`` are the parts of the text with times of their own, in order, or empty.
    """

    text: str
    who: str
    time_s: float | None
    mark: Mark
    captions: tuple[Caption, ...] = ()


class Header(NamedTuple):
    """A section header between transcript lines: it becomes a chapter."""

    text: str
    time_s: float | None
    mark: Mark


Entry = Line | Header


@dataclass(frozen=True, slots=True)
class Clip:
    """A named span; it times the header of the same name (the nth with the nth)."""

    name: str
    start_s: float


@dataclass(frozen=True, slots=True)
class Chapter:
    """One entry of the one chapter list. Lists of chapters ascend strictly by ``start_s``."""

    start_s: float
    title: str
    url: str = ""
    image_url: str = ""


@dataclass(frozen=True, slots=True)
class Soundbite:
    """A span worth quoting (``podcast:soundbite``)."""

    start_s: float
    duration_s: float
    title: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """One entry of the people directory. ``short`` is the id that records use."""

    short: str
    name: str
    aliases: tuple[str, ...] = ()
    image: str = ""  # as written: https URL, project-relative file, or relative to the show's site_url
    href: str = ""
    bio: str = ""  # Markdown
    mark: Mark = NO_MARK


@dataclass(frozen=True, slots=True)
class Credit:
    """A person of one episode or of the show (``podcast:person``); role and group are always written out (P20-12)."""

    name: str
    role: str = "host"
    group: str = "cast"
    image_url: str = ""
    href: str = ""
    short: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AudioSource:
    """Where a record says its audio is: ``url`` elsewhere, or ``file`` in this project. Exactly one is given."""

    url: str = ""
    file: str = ""
    length_bytes: int | None = None
    type: str = ""


@dataclass(frozen=True, slots=True)
class TranscriptSource:
    """A transcript in a file. ``file`` is as written, or empty: then one is looked for beside the record and the audio.

    ``speakers``: the file's name for a speaker -> the name to show, or the id of a person.
    """

    file: str = ""
    speakers: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    language: str = ""
    offset_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """What one record means. It has a title and a slug; every other field may be empty."""

    slug: str
    mark: Mark
    title: str
    short: str = ""
    description: str = ""
    intro: str = ""
    body: str = ""  # Markdown show notes
    notes_as_written: bool = False  # nothing is added to the body
    season: int | None = None
    episode: Decimal | None = None
    episode_type: str = "full"
    explicit: bool | None = None
    guid: str = ""
    permalink: str = ""  # path or URL of its page on another site
    pub_date: datetime | None = None
    pub_date_is_day: bool = False  # the record names only a day; the hour is the show's publish_time
    audio: AudioSource | None = None
    duration_s: float | None = None
    image: str = ""  # as written
    guests: tuple[str, ...] = ()
    people: tuple[Credit, ...] = ()
    ids: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    links: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    chapters: tuple[Chapter, ...] = ()
    chapters_source: str = ""  # a file as written, or `notes`
    transcript: tuple[Entry, ...] = ()
    transcript_source: TranscriptSource | None = None
    clips: tuple[Clip, ...] = ()
    soundbites: tuple[Soundbite, ...] = ()
    transcript_offset_s: float | None = None  # None: the show's
    withdrawn: bool = False
    keywords: tuple[str, ...] = ()
    tags: tuple[Tag, ...] = ()  # further Podcasting 2.0 tags of the item, already checked
    marks: Mapping[str, Mark] = field(default_factory=lambda: NO_MARKS, compare=False)

    def at(self, key: str) -> Mark:
        """Where ``key`` (dotted, our names) is in the record; else its nearest parent, else the record itself."""
        while key:
            if key in self.marks:
                return self.marks[key]
            key = key.rpartition(".")[0]
        return self.mark


# --- what is measured or known ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """A file of this project, measured. ``path`` is relative to the project, with ``/``.

    ``type`` comes from the content, never from the name. ``duration_s`` and ``chapters`` (those that are inside of the
    file, ascending by start) are for audio and video, the rest for pictures.
    """

    path: str
    length_bytes: int
    type: str
    sha256: str
    duration_s: float | None = None
    width: int | None = None
    height: int | None = None
    mode: str = ""  # Pillow's: RGB, RGBA, L, P, CMYK …; with A for each picture that is see-through anywhere
    chapters: tuple[Chapter, ...] = ()


def hashed_name(stem: str, facts: MediaFacts) -> str:
    """The name under which a file is published: ``<stem>-<12 digits of its hash>.<ending of its type>``, plain ASCII.

    New bytes get a new name, because nobody looks behind an unchanged one again (SPO-9, APL-9, APL-31).

    >>> hashed_name("042", MediaFacts("media/042.MP3", 9, "audio/mpeg", "0123456789abcdef"))
    '042-0123456789ab.mp3'
    >>> hashed_name("../Früh am Tag", MediaFacts("images/x", 9, "image/jpeg", "0123456789abcdef"))
    'Fr-h-am-Tag-0123456789ab.jpg'
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip(".-_")[:100] or "file"
    return f"{plain}-{facts.sha256[:12]}.{MEDIA_ENDINGS[facts.type]}"


@dataclass(frozen=True, slots=True)
class Enclosure:
    """The audio of an item, as subscribers' apps know it. ``length_bytes`` 0: not known (RSS-7)."""

    url: str
    length_bytes: int
    type: str
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What subscribers' apps know of one episode; the row of the ledger and of each release.

    docs/design.md#identity
    """

    guid: str
    pub_date: datetime | None = None
    enclosure: Enclosure | None = None
    duration_s: float | None = None
    host_id: str = ""
    title: str = ""
    withdrawn: bool = False
    former_slugs: tuple[str, ...] = ()  # names its record had before; their pages redirect
    place: int = 0  # among episodes of one instant: the higher comes first in the feed (from an import)
    accepted: tuple[tuple[str, str], ...] = ()  # (field, earlier value): changes that the owner has confirmed

    def has_accepted(self, field_name: str, earlier: str) -> bool:
        """Whether the owner has confirmed that ``field_name`` no longer has the ``earlier`` value."""
        return (field_name, earlier) in self.accepted


@dataclass(frozen=True, slots=True)
class Ledger:
    """What subscribers' apps know of a show.

    ``episodes``: slug -> facts, sorted by slug. ``unmatched``: guid -> facts of items of the hosting feed that have no
    episode file. ``None`` for a fact of the show: unknown.
    """

    podcast_guid: str = ""
    feed_url: str = ""
    synced_from: str = ""  # the upstream feed that was read last; empty: never
    episodes: Mapping[str, Known] = field(default_factory=lambda: MappingProxyType({}))
    unmatched: Mapping[str, Known] = field(default_factory=lambda: MappingProxyType({}))
    new_feed_url: str | None = None
    block: bool | None = None
    complete: bool | None = None
    artwork: bool | None = None  # whether the feed has artwork
    accepted: tuple[tuple[str, str], ...] = ()  # (field, earlier value): changes that the owner has confirmed


# --- what is derived ----------------------------------------------------------------------------------------------


class Paragraph(NamedTuple):
    """A transcript line with its place in time. ``start_s`` is meaningless in a ``Timeline`` that is not ``timed``."""

    text: str
    who: str
    start_s: float
    trusted: bool
    mark: Mark
    captions: tuple[Caption, ...] = ()  # those of the line, in audio time; none where its time is not trusted


class Heading(NamedTuple):
    """A header with its place in time; ``before`` is the index of the paragraph that follows it."""

    text: str
    start_s: float
    before: int
    mark: Mark


@dataclass(frozen=True, slots=True)
class Timeline:
    """All paragraphs, in order, starts never descending; the same for the headings.

    ``timed`` is false where the record's times cannot be believed (docs/design.md#timeline, rule (f)) or there
    are none.
    ``last_trusted_s`` is the latest time that the record itself gives and that was believed.
    """

    paragraphs: tuple[Paragraph, ...] = ()
    headings: tuple[Heading, ...] = ()
    timed: bool = False
    last_trusted_s: float = 0.0


class Cue(NamedTuple):
    """A caption: starts never descend, ``end_s`` > ``start_s``, no cue ends after the next one starts."""

    start_s: float
    end_s: float
    speaker: str  # "" where nobody is named
    text: str
    paragraph: int  # index of the paragraph it is part of


@dataclass(frozen=True, slots=True)
class Link:
    """The same episode on a platform: checked, normalised, free of tracking."""

    platform: str  # key of the platform table: youtube, spotify, apple, anchor …
    label: str  # "YouTube"
    url: str


@dataclass(frozen=True, slots=True)
class Notes:
    """Show notes for a feed item. ``description_html`` is at most 4000 bytes; ``content_html`` only when it was cut."""

    description_html: str
    content_html: str = ""
    summary_text: str = ""  # one plain sentence or two, for JSON Feed and pages
    prose_html: str = ""  # what the author wrote, whole, without links and chapters: for pages and texts


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with a public address. Sizes are ``None`` when it lies elsewhere and was not measured."""

    url: str
    type: str = ""
    width: int | None = None
    height: int | None = None
    alt: str = ""

    @property
    def square(self) -> bool:
        """Whether it may be artwork: known to be square, or not measured."""
        return self.width == self.height


@dataclass(frozen=True, slots=True)
class TranscriptFile:
    """A transcript with a public address (``podcast:transcript``)."""

    url: str
    type: str
    timed: bool
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One episode with all that an entry of a feed needs. guid, pub_date and enclosure are decided and final."""

    episode: Episode
    guid: str
    pub_date: datetime
    enclosure: Enclosure
    duration_s: float | None
    link_url: str
    notes: Notes
    credits: tuple[Credit, ...] = ()
    links: tuple[Link, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    chapters_url: str = ""  # empty: no chapters
    transcripts: tuple[TranscriptFile, ...] = ()
    artwork: Picture | None = None  # itunes:image; None: the show's
    pictures: tuple[Picture, ...] = ()  # podcast:image
    place: int = 0  # as in ``Known``


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedItem:
    """An item of the last good feed, published again unchanged because its record no longer reads.

    docs/design.md#failure

    ``xml`` is its ``<item>…</item>`` as written in that feed.xml; ``json`` its object in feed.json or empty. The rest
    is read from there: what orders it, and what the lists of the site say of it.
    """

    guid: str
    pub_date: datetime
    xml: bytes
    json: str = ""
    title: str = ""
    duration_s: float | None = None
    season: int | None = None
    episode: Decimal | None = None
    credits: tuple[Credit, ...] = ()  # name, role and group
    artwork_url: str = ""
    place: int = 0  # as in ``Known``


def in_feed_order(items: Iterable[Item], carried: Iterable[CarriedItem] = ()) -> list[Item | CarriedItem]:
    """Newest first; of the same instant in their known order, then the higher season and episode, then by guid.

    Spec: RSS-26, T-28.
    """

    def newest_last(entry: Item | CarriedItem) -> tuple[datetime, int, int, Decimal]:
        numbers = entry.episode if isinstance(entry, Item) else entry
        season = -1 if numbers.season is None else numbers.season
        return entry.pub_date, entry.place, season, Decimal(-1) if numbers.episode is None else numbers.episode

    entries: list[Item | CarriedItem] = [*items, *carried]
    return sorted(sorted(entries, key=lambda entry: entry.guid), key=newest_last, reverse=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """The show as a feed needs it; every URL absolute, every default filled in."""

    title: str
    link_url: str
    feed_url: str
    description: str
    language: str
    author: str
    podcast_guid: str
    explicit: bool
    categories: tuple[tuple[str, str], ...]  # (category, subcategory or "")
    artwork: Picture | None
    pictures: tuple[Picture, ...] = ()  # podcast:image, beside the artwork
    type: str = "episodic"
    owner_name: str = ""
    owner_email: str = ""
    copyright: str = ""
    hosts: tuple[Credit, ...] = ()
    tags: tuple[Tag, ...] = ()  # Podcasting 2.0 tags of the channel, already checked; without guid and person
    new_feed_url: str = ""
    block: bool = False
    complete: bool = False
    applepodcastsverify: str = ""
    json_feed_url: str = ""

    @property
    def blocks_apple(self) -> bool:
        """Whether Apple is asked to drop the show: ``block``, or ``podcast:block`` of its own, else of all services."""
        answers = {dict(tag.attributes).get("id", ""): tag.text for tag in self.tags if tag.name == "block"}
        return self.block or answers.get("apple", answers.get("")) == "yes"


# --- what is published --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A text of the author: bytes, and where they came from (``path`` relative to the project, with ``/``)."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Artefact:
    """One file of a release: its path in the site, its media type, and either its bytes or the file it is a copy of.

    ``origin`` is an absolute path and is read by ``publish`` only; ``sha256`` is the hash of the content in both cases.
    """

    path: str
    type: str
    sha256: str
    data: bytes = b""
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFacts:
    """What a release tells the next build, beside its files.

    ``known`` is what apps were told, as in the ledger; ``left_out`` and ``carried`` name records
    (docs/design.md#failure); ``inputs_digest`` is the caller's own and is only compared.
    """

    known: Ledger = field(default_factory=Ledger)
    left_out: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()
    inputs_digest: str = ""


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One file of a release: its path in the site, its media type, its hash and its size."""

    path: str
    type: str
    sha256: str
    length_bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that is known of a release: its files, by path, and its facts."""

    files: tuple[PublishedFile, ...]
    facts: ReleaseFacts
