"""``config/show.yaml`` -> ``Show``: every key, what it means, and all that is wrong with a file at once.

The channel's Podcasting 2.0 tags (``funding``, ``location`` …) are keys of the show too; ``podcast_tags`` knows them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from feedbuilder.authors.fields import (
    Email,
    Explicit,
    Fields,
    FilePath,
    HttpsUrl,
    Names,
    OrText,
    PlainText,
    Prose,
    Seconds,
    Truth,
    Url,
    choice,
    kind,
    parse_fields,
    parse_tag_keys,
    parser,
    wrong,
)
from feedbuilder.authors.records import Table, parse_document
from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.text.dates import parse_time_of_day, parse_zone
from feedbuilder.text.names import fold, nearest
from feedbuilder.text.values import parse_uuid
from feedbuilder.vocabulary import podcast_tags
from feedbuilder.vocabulary.apple import APPLE_CATEGORIES
from feedbuilder.vocabulary.colours import ACCENT, LEAST_CONTRAST, LIGHT_PAPER, contrast, parse_colour
from feedbuilder.vocabulary.delivery import FEED, base_url_of, possible_feed_url
from feedbuilder.vocabulary.labels import LABELS
from feedbuilder.vocabulary.podcast_tags import Tag

SHOW_FILE = "config/show.yaml"
DESCRIPTION_BYTES = 4000  # APL-3


class Owner(Fields):
    """Who the platforms write to; the address becomes public (APL-12)."""

    name: PlainText = Field("", description="Name of the person or club that owns the show.")
    email: Email = Field("", description="Address to which platforms send their verification codes. It becomes public.")


class Upstream(Fields):
    """Where this show was published before, or is hosted."""

    feed: PlainText = Field(description="URL of the feed that the audio host serves, or a file of this project.")


class Media(Fields):
    """Local audio."""

    folder: FilePath = Field("media", description="Folder of local audio; a file named like a record belongs to it.")
    url: HttpsUrl = Field("", description="Public address of the folder media/ of the site; default: beside feed_url.")


class ChapterOptions(Fields):
    """How chapters are made from headers."""

    intro_title: PlainText = Field("Intro", description="Title of the chapter before the first header.")
    offset_s: Seconds = Field(0.0, description="Audio time minus record time, for every record that names none.")


def _colour(text: str) -> str:
    if colour := parse_colour(text):
        return colour
    raise wrong("CFG-3", f"{quoted(text)} is not a colour such as {ACCENT}")


Colour = Annotated[str, kind(_colour), WithJsonSchema({"type": "string", "examples": [ACCENT]})]


class Pages(Fields):
    """How the pages look."""

    accent: Colour = Field(ACCENT, description="Colour of links and of what is marked, as #rrggbb.")
    templates: FilePath = Field("templates", description="Folder of templates that replace ours, one by one.")
    labels: dict[str, PlainText] = Field(
        {}, description="Words of the pages in place of ours, by the English text: `Chapters: Kapitloj`."
    )


def _category(text: str) -> tuple[str, str]:
    parent, _, child = (part.strip() for part in text.partition(">"))
    if parent in APPLE_CATEGORIES and (not child or child in APPLE_CATEGORIES[parent]):
        return parent, child
    known = [*APPLE_CATEGORIES, *(f"{one} > {sub}" for one, subs in APPLE_CATEGORIES.items() for sub in subs)]
    part = next((one for one in known if len(text) > 3 and fold(text) in fold(one)), "")
    near = nearest(text, known) or part
    remedy = f"did you mean {near!r}?" if near else "take one of Apple's list (docs/reference/categories.md)"
    raise wrong("APL-5", f"{quoted(text)} is not a category of Apple's", "", remedy)


def _language(text: str) -> str:
    if re.fullmatch(r"[A-Za-z]{2}(-[A-Za-z]{2,4})?", text):
        return text.lower()
    raise wrong("APL-4", f"{quoted(text)} is not a two-letter language code with an optional region")


def _description(text: str) -> str:
    size = len(text.encode())
    if size > DESCRIPTION_BYTES:
        raise wrong("APL-3", f"the description has {size} bytes, above {DESCRIPTION_BYTES}")
    return text


def _feed_url(text: str) -> str:
    address = urlsplit(text)
    if address.path:
        return text
    raise wrong("CFG-9", f"{quoted(text)} names no file", "", f"write {address.scheme}://{address.netloc}/{FEED}")


def _upstream(value: object) -> object:
    return None if isinstance(value, str) and value.lower() == "none" else value


def _tags(_: object) -> object:
    raise wrong("KEY-1", "the key 'tags' is not known", "", "write each tag under its own name, such as funding:")


Category = Annotated[tuple[str, str], kind(_category), WithJsonSchema({"type": "string"})]
Language = Annotated[str, kind(_language), WithJsonSchema({"type": "string", "examples": ["en", "pt-br"]})]
Zone = Annotated[
    ZoneInfo, kind(parser(parse_zone, "CFG-1")), WithJsonSchema({"type": "string", "examples": ["Europe/Berlin"]})
]
TimeOfDay = Annotated[
    time, kind(parser(parse_time_of_day, "CFG-2")), WithJsonSchema({"type": "string", "examples": ["17:00"]})
]
Guid = Annotated[str, kind(parser(parse_uuid, "P20-4")), WithJsonSchema({"type": "string", "format": "uuid"})]
FeedUrl = Annotated[HttpsUrl, AfterValidator(_feed_url)]
Described = Annotated[Prose, AfterValidator(_description)]
ShowType = Annotated[
    str, choice("APL-13", "type", "episodic", "serial"), WithJsonSchema({"enum": ["episodic", "serial"]})
]
ArtworkKind = Annotated[str, choice("KEY-3", "artwork", "as_is", "fit"), WithJsonSchema({"enum": ["as_is", "fit"]})]
Guard = Annotated[str, choice("KEY-3", "guard", "last", "live"), WithJsonSchema({"enum": ["last", "live"]})]
UpstreamOrNone = Annotated[Upstream | None, BeforeValidator(_upstream), OrText("none: published nowhere else.")]


class Show(Fields):
    """The keys of ``config/show.yaml``. Required: those without a default."""

    title: PlainText = Field(description="Name of the show.")
    link: Url = Field(description="Home page of the show.")
    feed_url: FeedUrl = Field(description="Where feed.xml is public; the other public URLs are relative to it.")
    description: Described = Field(description="What the show is about; at most 4000 bytes.")
    language: Language = Field(description="Two-letter language code, with an optional region.")
    author: PlainText = Field(description="Who makes the show, as listeners see it.")
    image: PlainText = Field(description="Artwork: a file of this project, published with the feed, or an https URL.")
    categories: tuple[Category, ...] = Field(min_length=1, description="Apple's categories, the first is the main one.")
    explicit: Explicit = Field(description="Whether the show has explicit content.")
    upstream: UpstreamOrNone = Field(description="The feed of the audio host, or `none` for a show published nowhere.")
    podcast_guid: Guid = Field("", description="The show's podcast:guid; derived from feed_url where absent.")
    owner: Owner = Field(Owner(), description="Who owns the show.")
    type: ShowType = Field("episodic", description="Newest first, or told in order.")
    timezone: Zone = Field(ZoneInfo("UTC"), description="Zone of dates that name none.")
    publish_time: TimeOfDay = Field(
        time(0, 0),
        description="Time of day of records that name only a day.",
        json_schema_extra={"default": "00:00"},
    )
    hosts: Names = Field((), description="People who speak in every episode, by `short`.")
    episodes: Names = Field(("episodes",), description="Folders of records.")
    people: FilePath = Field("config/people", description="Folder of the people directory.")
    ledger: FilePath = Field("config/ledger.yaml", description="File of what subscribers' apps already know.")
    images: Names = Field(("images",), description="Folders of pictures; what is named from them is published.")
    public: FilePath = Field("public", description="Folder of the releases; the web root is its `current`.")
    artwork: ArtworkKind = Field(
        "as_is", description="`fit`: make artwork that Apple takes of pictures that it would refuse."
    )
    site_url: Url = Field("", description="Base of site-relative values in records; default: link.")
    fields: dict[str, PlainText] = Field({}, description="Our key (dotted) -> the name that this show's records use.")
    media: Media = Field(Media(), description="Local audio.")
    chapters: ChapterOptions = Field(ChapterOptions(), description="How chapters are made.")
    pages: Pages = Field(Pages(), description="How the pages look.")
    platforms: dict[str, Url] = Field({}, description="The show's own pages: apple, spotify, youtube …")
    copyright: PlainText = Field("", description="Who holds the rights, without the word Copyright, © or a year.")
    guard: Guard = Field("last", description="`live`: also compare with the feed at feed_url.")
    new_feed_url: HttpsUrl = Field("", description="Only while the feed moves: where it is now (itunes:new-feed-url).")
    block: Truth = Field(default=False, description="true removes the whole show from Apple's directory.")
    complete: Truth = Field(default=False, description="true tells Apple that no episode will follow.")
    applepodcastsverify: PlainText = Field("", description="Apple's code while the show is being claimed.")
    tags: Annotated[tuple[Tag, ...], BeforeValidator(_tags)] = Field(
        (), exclude=True, json_schema_extra={"x-hidden": True}
    )

    @property
    def base_url(self) -> str:
        """The public address of the site: ``feed_url`` without its file name."""
        return base_url_of(self.feed_url)


def parse_show(path: str, data: bytes) -> tuple[Show | None, list[Problem]]:
    """The show, or ``None`` when any key is at fault: a show that is half understood is not published.

    The list holds every finding, also beside a show (warnings).
    """
    table, problems = parse_document(path, data)
    if table is None:
        return None, problems
    tags, found = parse_tag_keys(table, path, parent="channel")
    problems += found
    beside = podcast_tags.author_keys("channel")
    show, found, marks = parse_fields(Show, _without_tags(table), path, drop=False, beside=beside)
    problems += [replace(problem, effect="the show is not read") for problem in found]
    if show is None:
        return None, problems
    problems += _advice(show, marks, path)
    return show.model_copy(update={"tags": tags}), problems


def _without_tags(table: Table) -> Table:
    """The keys that are not tags. A plain ``block: true`` is both: itunes:block and podcast:block."""
    tags = {fold(name) for name in podcast_tags.author_keys("channel")}
    plain = tags & set(Show.model_fields)
    own = Table(
        {
            key: node
            for key, node in table.items()
            if fold(key) not in tags or (fold(key) in plain and isinstance(node, str))
        }
    )
    own.line, own.column, own.keys_at = table.line, table.column, table.keys_at
    return own


def _advice(show: Show, marks: Mapping[str, Mark], path: str) -> list[Problem]:
    found = []
    if mended := possible_feed_url(show.feed_url):
        what = f"{quoted(show.feed_url, 200)} is no address that a file of the site can have"
        effect = f"apps find no feed there; it is published as {show.base_url}{FEED} only"
        remedy = f"write {mended} (deploy --moved-from), or let your web server answer at feed_url with feed.xml"
        found.append(Problem("CFG-8", marks.get("feed_url", Mark(path)), what, effect, remedy))
    if len(show.categories) > 2:
        what = f"there are {len(show.categories)} categories; Apple reads two"
        found.append(Problem("APL-6", marks.get("categories", Mark(path)), what))
    if not show.owner.email:
        what = "owner.email is missing"
        found.append(Problem("APL-12", marks.get("owner", Mark(path)), what))
    if contrast(show.pages.accent, LIGHT_PAPER) < LEAST_CONTRAST:
        ratio = f"{contrast(show.pages.accent, LIGHT_PAPER):.1f}"
        what = f"the accent {show.pages.accent} has a contrast of {ratio} to the paper, below {LEAST_CONTRAST}"
        found.append(Problem("CFG-4", marks.get("pages.accent", marks.get("pages", Mark(path))), what))
    for label, text in show.pages.labels.items():
        mark = marks.get(f"pages.labels.{label}", marks.get("pages", Mark(path)))
        if label not in LABELS and (near := nearest(label, LABELS)):
            what = f"{quoted(label)} is not a label of the pages"
            found.append(Problem("CFG-7", mark, what, remedy=f"write {near!r}"))
        lost = [part for part in ("{n}", "{title}") if part in label and part not in text]
        if label in LABELS and lost:
            what = f"{quoted(text)} for {quoted(label)} has no {lost[0]}"
            found.append(Problem("CFG-7", mark, what, "it is shown without", f"write {lost[0]} where it belongs"))
    loud = [key for key in ("block", "complete", "new_feed_url") if getattr(show, key)]
    return found + [Problem("T-90", marks.get(key, Mark(path)), f"{key} is set") for key in loud]
