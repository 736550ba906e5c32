"""``config/show.yaml`` -> ``Show``: every key and its meaning; all findings of a file are reported at once.

The channel's Podcasting 2.0 tags (``funding``, ``location`` …) are keys of the show too; ``podcast_tags`` parses them.
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
    """The contact for platforms; the address becomes public (APL-12)."""

    name: PlainText = Field("", description="Name of the person or organisation that owns the show.")
    email: Email = Field("", description="Address to which platforms send verification codes. It becomes public.")


class Upstream(Fields):
    """The host of this show, now or before."""

    feed: PlainText = Field(description="URL of the hosting feed, or a file of this project.")


class Media(Fields):
    """Local audio."""

    folder: FilePath = Field(
        "media", description="Folder of local audio; a file with the name of an episode file is its audio."
    )
    url: HttpsUrl = Field("", description="Public URL of the site's folder media/; default: next to feed_url.")


class ChapterOptions(Fields):
    """How chapters are derived from headers."""

    intro_title: PlainText = Field("Intro", description="Title of the chapter before the first header.")
    offset_s: Seconds = Field(0.0, description="Audio time minus transcript time, for episodes without their own.")


def _colour(text: str) -> str:
    if colour := parse_colour(text):
        return colour
    raise wrong("CFG-3", f"invalid colour {quoted(text)}")


Colour = Annotated[str, kind(_colour), WithJsonSchema({"type": "string", "examples": [ACCENT]})]


class Pages(Fields):
    """How the pages look."""

    accent: Colour = Field(ACCENT, description="Colour of links and highlights, as #rrggbb.")
    templates: FilePath = Field(
        "templates", description="Folder of templates; each replaces the built-in one of its name."
    )
    labels: dict[str, PlainText] = Field(
        {}, description="Texts of the pages, by their English text: `Chapters: Kapitloj`."
    )


def _category(text: str) -> tuple[str, str]:
    parent, _, child = (part.strip() for part in text.partition(">"))
    if parent in APPLE_CATEGORIES and (not child or child in APPLE_CATEGORIES[parent]):
        return parent, child
    known = [*APPLE_CATEGORIES, *(f"{name} > {sub}" for name, subs in APPLE_CATEGORIES.items() for sub in subs)]
    part = next((name for name in known if len(text) > 3 and fold(text) in fold(name)), "")
    near = nearest(text, known) or part
    remedy = f"Did you mean {quoted(near)}?" if near else "Use a category listed in docs/reference/categories.md."
    raise wrong("APL-5", f"{quoted(text)} is not an Apple category", "", remedy)


def _language(text: str) -> str:
    if re.fullmatch(r"[A-Za-z]{2}(-[A-Za-z]{2,4})?", text):
        return text.lower()
    raise wrong(
        "APL-4",
        f"{quoted(text)} is not a two-letter language code with an optional region",
        "",
        "Use a code such as en or pt-br.",
    )


def _description(text: str) -> str:
    size = len(text.encode())
    if size > DESCRIPTION_BYTES:
        what = f"the description has {size} bytes; the limit is {DESCRIPTION_BYTES}"
        raise wrong("APL-3", what, "", "Shorten the description.")
    return text


def _feed_url(text: str) -> str:
    address = urlsplit(text)
    if address.path:
        return text
    raise wrong("CFG-9", f"{quoted(text)} has no file name", "", f"Use {address.scheme}://{address.netloc}/{FEED}.")


def _upstream(value: object) -> object:
    return None if isinstance(value, str) and value.lower() == "none" else value


def _tags(_: object) -> object:
    raise wrong("KEY-1", f"unknown key {quoted('tags')}", "", "Write each tag under its own name, such as `funding:`.")


def _fields_at(_: object) -> object:
    raise wrong("KEY-1", f"unknown key {quoted('fields_at')}")


Category = Annotated[tuple[str, str], kind(_category), WithJsonSchema({"type": "string"})]
Language = Annotated[str, kind(_language), WithJsonSchema({"type": "string", "examples": ["en", "pt-br"]})]
Zone = Annotated[
    ZoneInfo, kind(parser(parse_zone, "CFG-1")), WithJsonSchema({"type": "string", "examples": ["Europe/Berlin"]})
]
TimeOfDay = Annotated[
    time, kind(parser(parse_time_of_day, "CFG-2")), WithJsonSchema({"type": "string", "examples": ["17:00"]})
]
Guid = Annotated[
    str,
    kind(parser(parse_uuid, "P20-4", "Use the value that Podcast Index lists for your show.")),
    WithJsonSchema({"type": "string", "format": "uuid"}),
]
FeedUrl = Annotated[HttpsUrl, AfterValidator(_feed_url)]
Described = Annotated[Prose, AfterValidator(_description)]
ShowType = Annotated[
    str, choice("APL-13", "type", "episodic", "serial"), WithJsonSchema({"enum": ["episodic", "serial"]})
]
ArtworkKind = Annotated[str, choice("KEY-3", "artwork", "as_is", "fit"), WithJsonSchema({"enum": ["as_is", "fit"]})]
UnknownSpeakers = Annotated[
    str, choice("KEY-3", "unknown_speakers", "number", "hide"), WithJsonSchema({"enum": ["number", "hide"]})
]
Guard = Annotated[str, choice("KEY-3", "guard", "last", "live"), WithJsonSchema({"enum": ["last", "live"]})]
UpstreamOrNone = Annotated[Upstream | None, BeforeValidator(_upstream), OrText("none: not published anywhere else.")]


class Show(Fields):
    """The keys of ``config/show.yaml``. Required: those without a default."""

    title: PlainText = Field(description="Name of the show.")
    link: Url = Field(description="Home page of the show.")
    feed_url: FeedUrl = Field(description="Public URL of feed.xml; the other public URLs are relative to it.")
    description: Described = Field(description="What the show is about; at most 4000 bytes.")
    language: Language = Field(description="Two-letter language code, with an optional region.")
    author: PlainText = Field(description="Who makes the show, as shown to listeners.")
    image: PlainText = Field(description="Artwork: a file of this project, published with the feed, or an https URL.")
    categories: tuple[Category, ...] = Field(min_length=1, description="Apple categories; the first is the main one.")
    explicit: Explicit = Field(description="Whether the show has explicit content.")
    upstream: UpstreamOrNone = Field(description="The hosting feed, or `none` for a show that is not published yet.")
    podcast_guid: Guid = Field("", description="The show's podcast:guid; default: derived from feed_url.")
    owner: Owner = Field(Owner(), description="Who owns the show.")
    type: ShowType = Field("episodic", description="`episodic`: newest first. `serial`: in order from the first.")
    timezone: Zone = Field(ZoneInfo("UTC"), description="Time zone of dates without one.")
    publish_time: TimeOfDay = Field(
        time(0, 0),
        description="Time of day of episodes whose `pub_date` is only a day.",
        json_schema_extra={"default": "00:00"},
    )
    hosts: Names = Field((), description="People who speak in every episode, by `short`.")
    episodes: Names = Field(("episodes",), description="Folders of episode files.")
    transcripts: PlainText = Field(
        "", description="Transcript files, by a pattern such as `transcripts/{number}.vtt` or `transcripts/{slug}.srt`."
    )
    unknown_speakers: UnknownSpeakers = Field(
        "number", description="Speakers without a name in a transcript file: `number` them, or `hide` them."
    )
    people: FilePath = Field("config/people", description="Folder of the people directory.")
    ledger: FilePath = Field("config/ledger.yaml", description="The history: what apps already know of each episode.")
    images: Names = Field(
        ("images",), description="Folders of pictures; a picture is published if a file refers to it."
    )
    public: FilePath = Field("public", description="Folder of the releases; the web root is `current` in it.")
    artwork: ArtworkKind = Field(
        "as_is", description="`fit`: convert pictures that Apple would refuse to artwork that it accepts."
    )
    site_url: Url = Field("", description="Base of site-relative URLs in episode files; default: link.")
    fields: dict[str, PlainText] = Field(
        {}, description="Key of an episode file (dotted) -> the name that this show uses for it."
    )
    media: Media = Field(Media(), description="Local audio.")
    chapters: ChapterOptions = Field(ChapterOptions(), description="How chapters are derived.")
    pages: Pages = Field(Pages(), description="How the pages look.")
    platforms: dict[str, Url] = Field({}, description="The show's own pages: apple, spotify, youtube …")
    copyright: PlainText = Field("", description="Rights holder, without the word Copyright, © or a year.")
    guard: Guard = Field("last", description="`live`: also compare with the feed at feed_url.")
    new_feed_url: HttpsUrl = Field("", description="New URL of the feed, only while it moves (itunes:new-feed-url).")
    block: Truth = Field(default=False, description="true removes the whole show from Apple's directory.")
    complete: Truth = Field(default=False, description="true tells Apple that no more episodes will follow.")
    applepodcastsverify: PlainText = Field("", description="Code from Apple while you claim the show.")
    # Not keys of the file: parse_show fills these in.
    tags: Annotated[tuple[Tag, ...], BeforeValidator(_tags), WithJsonSchema({"x-hidden": True})] = Field(
        (), exclude=True
    )
    fields_at: Annotated[dict[str, Mark], BeforeValidator(_fields_at), WithJsonSchema({"x-hidden": True})] = Field(
        {}, exclude=True
    )

    @property
    def base_url(self) -> str:
        """The public address of the site: ``feed_url`` without its file name."""
        return base_url_of(self.feed_url)


def parse_show(path: str, data: bytes) -> tuple[Show | None, list[Problem]]:
    """The show, or ``None`` when any of its keys is invalid, with all findings.

    An invalid value, also in a tag, and a key that is given twice are errors here: a show that is only partly
    understood is not published.
    """
    table, problems = parse_document(path, data)
    problems = [_stopping(problem) if problem.rule == "YAML-2" else problem for problem in problems]
    if table is None:
        return None, problems
    tags, tag_problems = parse_tag_keys(table, path, parent="channel")
    problems += [
        problem if problem.rule in podcast_tags.MINOR_RULES else _stopping(problem) for problem in tag_problems
    ]
    beside = podcast_tags.author_keys("channel")
    show, key_problems, marks = parse_fields(Show, _without_tags(table), path, drop=False, beside=beside)
    problems += map(_stopping, key_problems)
    if show is None:
        return None, problems
    problems += _advice(show, marks, path)
    fields_at = {ours: marks.get(f"fields.{ours}", Mark(path)) for ours in show.fields}
    return show.model_copy(update={"tags": tags, "fields_at": fields_at}), problems


def _stopping(problem: Problem) -> Problem:
    return replace(problem, effect="the show is not read", level="error")


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
    problems = []
    if corrected := possible_feed_url(show.feed_url):
        what = f"no file of the site can have the address {quoted(show.feed_url, 200)}"
        effect = f"apps find no feed there; it is published as {show.base_url}{FEED} only"
        remedy = f"Use {corrected} (deploy --moved-from), or configure your web server to serve {FEED} at feed_url."
        problems.append(Problem("CFG-8", marks.get("feed_url", Mark(path)), what, effect, remedy))
    if len(show.categories) > 2:
        what = f"the show has {len(show.categories)} categories; Apple reads two"
        problems.append(Problem("APL-6", marks.get("categories", Mark(path)), what))
    if not show.owner.email:
        what = "owner.email is missing"
        problems.append(Problem("APL-12", marks.get("owner", Mark(path)), what))
    if contrast(show.pages.accent, LIGHT_PAPER) < LEAST_CONTRAST:
        ratio = f"{contrast(show.pages.accent, LIGHT_PAPER):.1f}"
        what = (
            f"the contrast of {show.pages.accent} with the background is {ratio}; at least {LEAST_CONTRAST} is needed"
        )
        problems.append(Problem("CFG-4", marks.get("pages.accent", marks.get("pages", Mark(path))), what))
    for label, text in show.pages.labels.items():
        mark = marks.get(f"pages.labels.{label}", marks.get("pages", Mark(path)))
        if label not in LABELS and (near := nearest(label, LABELS)):
            what = f"unknown label {quoted(label)}"
            problems.append(Problem("CFG-7", mark, what, remedy=f"Did you mean {quoted(near)}?"))
        missing = [part for part in ("{n}", "{title}") if part in label and part not in text]
        if label in LABELS and missing:
            what = f"the text {quoted(text)} of the label {quoted(label)} lacks {missing[0]}"
            effect = "the value is not shown"
            problems.append(Problem("CFG-7", mark, what, effect, f"Add {missing[0]} to the text."))
    set_keys = [key for key in ("block", "complete", "new_feed_url") if getattr(show, key)]
    return problems + [Problem("T-90", marks.get(key, Mark(path)), f"{key} is set") for key in set_keys]
