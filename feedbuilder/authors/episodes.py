"""``Record`` -> ``Episode``: the meaning of each key of an episode file, with all findings at once.

An invalid field is left out or repaired, and reported; only an episode without a title is lost
(docs/design.md#failure). The transcript has its own module (``transcripts``): most of the text and of the damage.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from feedbuilder.authors.fields import (
    Duration,
    Explicit,
    Fields,
    FilePath,
    HttpsUrl,
    Names,
    OrText,
    PlainText,
    Prose,
    Seconds,
    Start,
    Truth,
    Url,
    choice,
    kind,
    parse_fields,
    parse_tag_keys,
    parser,
    rename_keys,
    wrong,
)
from feedbuilder.authors.held_back import find_held_back
from feedbuilder.authors.records import Node, Record, Table, Text
from feedbuilder.authors.transcripts import parse_clips, parse_source, parse_transcript, tags_of
from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.model import AudioSource, Chapter, Credit, Episode, Soundbite
from feedbuilder.text.characters import is_placeholder, plain_title
from feedbuilder.text.dates import parse_date
from feedbuilder.text.names import fold, nearest
from feedbuilder.text.timecode import parse_clock
from feedbuilder.text.values import parse_whole
from feedbuilder.vocabulary import podcast_tags

_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LONGEST_SLUG = 60  # of slugs derived from titles
_BY_HAND = ("transcript", "clips", "quotableClips")


# --- the keys of an episode file --------------------------------------------------------------------------------------


class Audio(Fields):
    """Where the audio of one episode is: ``url`` or ``file``."""

    url: Url = Field("", description="Public URL of the audio.")
    file: FilePath = Field("", description="Audio file, relative to the project or to the media folder.")
    length: Annotated[PlainText, WithJsonSchema({"type": ["integer", "string"]})] = Field(
        "", description="Size in bytes, for a url; a file is measured."
    )
    type: PlainText = Field("", description="Media type, e.g. audio/mpeg, for a url; a file is measured.")


class PersonCredit(Fields):
    """A person who took part, other than guests and the show's hosts."""

    short: PlainText = Field("", description="Id in the people directory.")
    name: PlainText = Field("", description="Name of a person who is not in the directory.")
    role: PlainText = Field("", description="Role of the Podcast Taxonomy, e.g. Producer. Default: guest.")
    group: PlainText = Field("", description="Group of the role, e.g. Audio Production.")
    href: Url = Field("", description="Page that the name links to.")
    img: HttpsUrl = Field("", description="Portrait.")


class ChapterEntry(Fields):
    """One chapter of the author's own list."""

    start: Start = Field(description="Start in the audio: seconds or a clock time.")
    title: PlainText = Field(description="Title, plain text.")
    url: Url = Field("", description="Page about this chapter.")
    img: HttpsUrl = Field("", description="Square picture.")


class SoundbiteEntry(Fields):
    """A quotable span."""

    start: Start = Field(description="Start in the audio: seconds or a clock time.")
    duration: Duration = Field(description="Length; 15 to 120 seconds are recommended.")
    title: PlainText = Field("", description="At most 128 characters; default: the episode's title.")


def _whole(name: str) -> PlainValidator:
    def parse(text: str) -> int:
        with suppress(ValueError):
            if 1 <= (number := parse_whole(text)) < 10**9:
                return number
        raise wrong("APL-28", f"{name} {_number(text)} is not a whole number from 1")

    return kind(parse)


def _episode_number(text: str) -> Decimal:
    if not re.fullmatch(r"\d{1,9}(\.\d{1,4})?", text) or Decimal(text) <= 0:
        raise wrong("APL-28", f"episode {_number(text)} is not a number from 1")
    whole, _, rest = text.partition(".")
    return Decimal(text if rest.strip("0") else whole)


def _number(text: str) -> str:
    """A number as written, other text in quotes."""
    return text if re.fullmatch(r"-?[\d.]{1,20}", text) else quoted(text)


def _as_chapter(value: object) -> object:
    """``"0:00 Title"`` as ``{start: "0:00", title: Title}``; ``(0:00)`` and ``0:00 - `` are accepted, too."""
    if not isinstance(value, str):
        return value
    written, *rest = value.split(maxsplit=1) or [""]
    start = written.rstrip(":-–—").strip("[]()")
    try:
        parse_clock(start)
    except ValueError:
        raise wrong("CHP-1", f"the chapter {quoted(value)} does not begin with a time") from None
    title = re.sub(r"^[-–—:|]+(\s+|$)", "", rest[0]) if rest else ""
    if not title:
        raise wrong("CHP-1", f"the chapter {quoted(value)} has no title")
    return {"start": start, "title": title}


def _real(name: str, remedy: str = "") -> PlainValidator:
    """A text that is no placeholder: as a guid, it would be permanent and the same for several episodes."""

    def parse(text: str) -> str:
        text = " ".join(text.split())
        if is_placeholder(text) or not text.strip("0-"):  # the nil UUID, too
            raise wrong("T-51", f"{name} {quoted(text)} is a placeholder", "", remedy)
        return text

    return kind(parse)


def _as_credit(value: object) -> object:
    return {"short": value} if isinstance(value, str) else value


Season = Annotated[int, _whole("season"), WithJsonSchema({"type": "integer", "minimum": 1})]
Guid = Annotated[str, _real("guid", "Remove it to derive one from the file name."), WithJsonSchema({"type": "string"})]
Picture = Annotated[str, _real("image"), WithJsonSchema({"type": "string"})]
Number = Annotated[Decimal, kind(_episode_number), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})]
When = Annotated[
    datetime | date,
    kind(parser(parse_date, "RSS-12", "Use 2026-03-31 or 2026-03-31T17:00:00+02:00.")),
    WithJsonSchema({"type": "string", "examples": ["2026-03-31T17:00:00+02:00"]}),
]
EpisodeType = Annotated[
    str,
    choice("APL-29", "episode_type", "full", "trailer", "bonus"),
    WithJsonSchema({"enum": ["full", "trailer", "bonus"]}),
]


class FrontMatter(Fields):
    """The keys of an episode file's front matter. Only ``title`` is required."""

    title: PlainText = Field(description="Title, without the show's name and without numbers.")
    short: PlainText = Field("", description="Short title.")
    guests: Names = Field((), description="People by `short` (file names of the people directory).")
    people: tuple[Annotated[PersonCredit, BeforeValidator(_as_credit), OrText("The `short` of a person.")], ...] = (
        Field((), description="Others who took part, with their roles.")
    )
    image: Picture = Field("", description="Picture: a file of this project, an https URL, or relative to site_url.")
    season: Season | None = Field(None, description="Season, from 1.")
    episode: Number | None = Field(
        None, description="Number in the season; a decimal is written to podcast:episode only."
    )
    episode_type: EpisodeType = Field("full", description="`full`, `trailer` or `bonus`.")
    ids: dict[str, PlainText] = Field({}, description="Ids of this episode on platforms: youtube, anchor.")
    links: dict[str, PlainText] = Field({}, description="Pages of this episode: youtube, spotify, apple, anchor …")
    description: Prose = Field("", description="One or two sentences for lists.")
    intro: Prose = Field("", description="First paragraphs of the notes; Markdown.")
    notes_as_written: Truth = Field(
        default=False, description="true: no links, chapters or description are added to the notes."
    )
    pub_date: When | None = Field(None, description="When it is published; a future date holds the episode back.")
    guid: Guid = Field("", description="Permanent identity of the episode; never change it.")
    permalink: PlainText = Field("", description="Path or URL of its page on another site; `sync` matches items by it.")
    audio: Audio | None = Field(None, description="The audio: url, or file.")
    duration: Duration | None = Field(None, description="Length of the audio, for audio that is not measured.")
    explicit: Explicit | None = Field(None, description="Whether this episode has explicit content.")
    chapters: tuple[Annotated[ChapterEntry, BeforeValidator(_as_chapter), OrText("0:00 Title")], ...] = Field(
        (), description='Chapters in audio time, instead of the transcript\'s headers: mappings or "0:00 Title".'
    )
    soundbites: tuple[SoundbiteEntry, ...] = Field((), description="Quotable spans, in audio time.")
    draft: Truth = Field(default=False, description="true: not published.")
    withdrawn: Truth = Field(
        default=False, description="true: removed from the feed on purpose; its guid stays reserved."
    )
    keywords: Names = Field((), description="Words that describe the episode.")
    transcript_offset_s: Seconds | None = Field(None, description="Audio time minus transcript time.")


# --- a whole episode file ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reader:
    """What the show defines for its episode files: names for keys, and the zone and time of day of bare dates."""

    names: Mapping[str, str]  # our key (dotted) -> theirs
    zone: tzinfo
    publish_time: time


@dataclass(frozen=True, slots=True)
class Parsed:
    """The result for one file. ``episode`` is ``None`` for a draft (a note says so) and for one that is ``lost``.

    ``unknown``: the unknown keys, with their places.
    """

    episode: Episode | None
    problems: tuple[Problem, ...]
    unknown: Mapping[str, Mark]
    lost: bool = False
    outline: Episode | None = None  # of a draft or a lost record: what tells which episode it is


def slug_of(path: str) -> str:
    """The file name without its extension."""
    return path.rpartition("/")[2].rpartition(".")[0]


def parse_episode(record: Record, reader: Reader) -> Parsed:
    """The episode that a file describes, with all findings."""
    path = record.path
    table, mapped = rename_keys(record.front, reader.names)
    chapters_source = _source_of_chapters(_get(table, "chapters"))
    own = {name: field for name, field in FrontMatter.model_fields.items() if name != "chapters" or not chapters_source}
    fields, problems, marks = parse_fields(FrontMatter, _only(table, own), path, drop=True)
    holding, understood = find_held_back(record.front, mapped)
    if fields and (fields.draft or holding):
        draft = (
            Problem("REC-9", marks["draft"], "the episode is a draft") if fields.draft else _held_back(record, holding)
        )
        return Parsed(None, (draft,), {}, outline=_outline(fields, marks, path, reader))
    tags, tag_problems = parse_tag_keys(table, path, parent="item")
    written = _get(table, "transcript")
    source, source_problems = parse_source(written, path)
    transcript, transcript_problems = parse_transcript(None if source else written, path)
    clips, clip_problems = parse_clips(_get(table, "clips", "quotableClips"), path)
    problems += [*tag_problems, *source_problems, *transcript_problems, *clip_problems]
    marks |= {
        ours: Mark(path, *table.keys_at[key])
        for ours in (*_BY_HAND, *(["chapters"] if chapters_source else []))
        for key in table
        if fold(key) == fold(ours)
    }
    unknown = _unknown(record.front, path, mapped | understood)
    lost = _lost(path, fields)
    if fields is None or lost:
        missing_title = ("KEY-2", record.mark(record.front))  # the only required key; REC-8 reports it
        others = [problem for problem in problems if (problem.rule, problem.mark) != missing_title]
        outline = _outline(fields, marks, path, reader) if fields else None
        return Parsed(None, (*lost, *others), unknown, lost=True, outline=outline)
    people, credit_problems = _as_credits(fields.people, marks, path)
    audio, audio_problems = _as_audio(fields.audio, marks, path)
    pub_date, is_day = as_instant(fields.pub_date, reader)
    episode = Episode(
        slug=slug_of(path),
        mark=Mark(path),
        title=plain_title(fields.title),
        short=plain_title(fields.short),
        description=fields.description,
        intro=fields.intro,
        notes_as_written=fields.notes_as_written,
        body=record.body,
        season=fields.season,
        episode=fields.episode,
        episode_type=fields.episode_type,
        explicit=fields.explicit,
        guid=fields.guid,
        permalink=fields.permalink,
        pub_date=pub_date,
        pub_date_is_day=is_day,
        audio=audio,
        duration_s=fields.duration,
        image=fields.image,
        guests=fields.guests,
        people=people,
        ids=MappingProxyType({fold(key): value for key, value in fields.ids.items()}),
        links=MappingProxyType({fold(key): value for key, value in fields.links.items()}),
        chapters=tuple(
            Chapter(entry.start, plain_title(entry.title) or entry.title, entry.url, entry.img)
            for entry in fields.chapters
        ),
        chapters_source=chapters_source,
        transcript=transcript,
        transcript_source=source,
        clips=clips,
        soundbites=tuple(Soundbite(bite.start, bite.duration, bite.title) for bite in fields.soundbites),
        transcript_offset_s=fields.transcript_offset_s,
        withdrawn=fields.withdrawn,
        keywords=fields.keywords,
        tags=tags,
        marks=marks,
    )
    problems += [*credit_problems, *audio_problems, *_tags_of(fields, marks, path), *_advice(episode)]
    return Parsed(episode, tuple(problems), unknown)


def _held_back(record: Record, key: str) -> Problem:
    written = f"{key}: {record.front[key]}"
    return Problem(
        "REC-9", Mark(record.path, *record.front.keys_at[key]), written, "", f"Remove `{written}` to publish it."
    )


def _outline(fields: FrontMatter, marks: Mapping[str, Mark], path: str, reader: Reader) -> Episode:
    """The identity of an episode that is not published, under its path instead of a slug."""
    pub_date, is_day = as_instant(fields.pub_date, reader)
    return Episode(
        slug=path,
        mark=Mark(path),
        title=plain_title(fields.title),
        short=plain_title(fields.short),
        guid=fields.guid,
        permalink=fields.permalink,
        pub_date=pub_date,
        pub_date_is_day=is_day,
        audio=_as_audio(fields.audio, marks, path)[0],
        duration_s=fields.duration,
        season=fields.season,
        episode=fields.episode,
        ids=MappingProxyType({fold(key): value for key, value in fields.ids.items()}),
        links=MappingProxyType({fold(key): value for key, value in fields.links.items()}),
    )


def _tags_of(fields: FrontMatter, marks: Mapping[str, Mark], path: str) -> list[Problem]:
    titles = {"title": fields.title, "short": fields.short}
    titles |= {f"chapters.{index}": entry.title for index, entry in enumerate(fields.chapters)}
    return [problem for key, title in titles.items() for problem in tags_of(title, marks.get(key, Mark(path)))]


def _lost(path: str, fields: FrontMatter | None) -> list[Problem]:
    """Why a file cannot become an episode (docs/design.md#failure); empty if it can."""
    problems = []
    slug = slug_of(path)
    if slug_fault(slug):
        what = f"the file name {quoted(slug)} cannot be part of a URL"
        problems.append(Problem("REC-7", Mark(path), what, "", f"Rename the file to {propose_slug(slug)}.md."))
    if fields is None or not plain_title(fields.title):
        problems.append(Problem("REC-8", Mark(path), "the episode has no title"))
    return problems


def propose_slug(text: str) -> str:
    """A file name that can be part of a URL, as similar to ``text`` as possible.

    >>> propose_slug("Über Größe & Maß"), propose_slug("--")
    ('Uber-Groe-Ma', 'episode')
    """
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._]+", "-", ascii_text).strip("-._") or "episode"


def slug_of_title(title: str) -> str:
    """The characters of a title that are safe in a URL, at most 60; empty if it has none.

    >>> slug_of_title("What's new in 2.0?"), slug_of_title("日本語")
    ('whats-new-in-2-0', '')
    """
    slug = propose_slug(title.replace("'", "").replace("’", "").replace(".", " ")).lower()
    slug = "" if slug == "episode" and "episode" not in title.lower() else slug
    return slug if len(slug) <= _LONGEST_SLUG else slug[:_LONGEST_SLUG].rpartition("-")[0] or slug[:_LONGEST_SLUG]


def slug_fault(slug: str) -> str:
    """Why no episode file can have this slug (REC-2, REC-7), as the end of a sentence; empty if one can."""
    if slug.startswith("_"):
        return "begins with _: such files are skipped"
    if not _SLUG.fullmatch(slug):
        return "cannot be part of a URL: only A-Z, a-z, 0-9, . _ and - can"
    return ""


def as_instant(value: datetime | date | None, reader: Reader) -> tuple[datetime | None, bool]:
    """The date and time in UTC, and whether only a day was given. The show's time and zone complete what is absent."""
    if value is None:
        return None, False
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=reader.zone)
        return aware.astimezone(UTC), False
    return datetime.combine(value, reader.publish_time, tzinfo=reader.zone).astimezone(UTC), True


def note_unknown_keys(unknown: Sequence[Mapping[str, Mark]]) -> list[Problem]:
    """One finding per unknown key over all files, at its first place, with the most similar known key."""
    known = [*FrontMatter.model_fields, *podcast_tags.author_keys("item"), "transcript", "clips"]
    places: dict[str, list[Mark]] = {}
    for keys in unknown:
        for key, mark in keys.items():
            places.setdefault(key, []).append(mark)
    problems = []
    for key, marks in sorted(places.items()):
        others = len(marks) - 1
        more = f" (also in {others} more file{'s' if others > 1 else ''})" if others else ""
        near = nearest(key, known)
        remedy = "Map it under `fields:` in config/show.yaml if it is another name for a key, or remove it."
        if near:
            remedy = f"Did you mean {quoted(near)}? If all your files use this name, map it under `fields:`."
        what = f"unknown key {quoted(key)}{more}"
        problems.append(Problem("KEY-7", min(marks), what, "", remedy, "warning" if near else None))
    return problems


def find_unknown_names(fields_at: Mapping[str, Mark]) -> list[Problem]:
    """Findings for the keys of ``fields:`` in the show file that no episode file can have, so they have no effect."""
    groups = ("ids", "links", *podcast_tags.author_keys("item"))
    plain = [*FrontMatter.model_fields, *_BY_HAND, *groups, *(f"audio.{name}" for name in Audio.model_fields)]
    known = {fold(name) for name in plain}
    problems = []
    for ours, mark in fields_at.items():
        first, dot, _ = fold(ours).partition(".")
        if fold(ours) not in known and not (dot and first in map(fold, groups)):
            near = nearest(ours, plain)
            remedy = f"Did you mean {quoted(near)}?" if near else ""
            problems.append(Problem("KEY-8", mark, f"unknown key {quoted(ours)} in `fields`", "", remedy))
    return problems


# --- steps --------------------------------------------------------------------------------------------------------


def _get(table: Table, *keys: str) -> Node | None:
    wanted = {fold(key) for key in keys}
    return next((node for key, node in table.items() if fold(key) in wanted and node != ""), None)


def _source_of_chapters(node: Node | None) -> str:
    """The file that ``chapters:`` names, or ``notes``; empty where it is anything else."""
    text = node.strip() if isinstance(node, Text) else ""
    return text if text == "notes" or re.fullmatch(r"[^\n:]*\.[A-Za-z0-9]{2,5}", text) else ""


def _only(table: Table, names: Mapping[str, object]) -> Table:
    wanted = {fold(name) for name in names}
    own = Table({key: node for key, node in table.items() if fold(key) in wanted})
    own.line, own.column, own.keys_at = table.line, table.column, table.keys_at
    return own


def _as_audio(audio: Audio | None, marks: Mapping[str, Mark], path: str) -> tuple[AudioSource | None, list[Problem]]:
    mark = marks.get("audio", Mark(path))
    if audio is None or not (audio.url or audio.file):
        named = {"audio.url", "audio.file"} & marks.keys()  # empty, or invalid and reported
        return None, [Problem("AUD-1", mark, "`audio` has neither `url` nor `file`")] if audio and not named else []
    problems = []
    if audio.url and audio.file:
        problems.append(Problem("AUD-2", mark, "`audio` has both `url` and `file`"))
    length = int(audio.length) if re.fullmatch(r"\d{1,15}", audio.length) else None
    if audio.length and length is None:
        what = f"audio.length {quoted(audio.length)} is not a whole number of bytes"
        problems.append(Problem("RSS-7", marks.get("audio.length", mark), what))
    media_type = audio.type.lower()
    if media_type and not re.fullmatch(r"\w+/[-+.\w]+", media_type):
        problems.append(Problem("RSS-8", marks.get("audio.type", mark), f"invalid media type {quoted(audio.type)}"))
        media_type = ""
    file = audio.file if not audio.url else ""
    return AudioSource(audio.url, file, length, media_type), problems


def _as_credits(
    people: Sequence[PersonCredit], marks: Mapping[str, Mark], path: str
) -> tuple[tuple[Credit, ...], list[Problem]]:
    given = []
    problems = []
    for index, person in enumerate(people):
        mark = marks.get(f"people.{index}", marks.get("people", Mark(path)))
        if not person.short and not person.name:
            problems.append(Problem("PER-3", mark, "the credit has neither `short` nor `name`"))
            continue
        pair = podcast_tags.person_group(person.role or "guest", person.group)
        if pair is None:
            group = f" in group {quoted(person.group)}" if person.group else ""
            what = f"the Podcast Taxonomy has no role {quoted(person.role or 'guest')}{group}"
            problems.append(Problem("P20-11", mark, what))
        role, group = pair or (person.role.lower() or "guest", person.group.lower() or "cast")
        given.append(Credit(person.name, role, group, image_url=person.img, href=person.href, short=person.short))
    return tuple(given), problems


def _advice(episode: Episode) -> list[Problem]:
    problems = []
    if episode.episode is not None and episode.episode != episode.episode.to_integral_value():
        problems.append(Problem("T-30", episode.at("episode"), f"episode {episode.episode} is not a whole number"))
    if re.match(r"(ep(isode)?|s\d+e\d+|#?\d+)\b", episode.title, re.IGNORECASE):
        problems.append(
            Problem("APL-23", episode.at("title"), f"the title {quoted(episode.title)} begins with a number")
        )
    problems += [
        Problem("P20-SB", episode.at(f"soundbites.{index}"), f"the soundbite lasts {bite.duration_s:g} s")
        for index, bite in enumerate(episode.soundbites)
        if not 15 <= bite.duration_s <= 120
    ]
    return problems


def _unknown(front: Table, path: str, mapped: set[str]) -> dict[str, Mark]:
    known = {fold(name) for name in (*FrontMatter.model_fields, *podcast_tags.author_keys("item"), *_BY_HAND)}
    return {key: Mark(path, *front.keys_at[key]) for key in front if fold(key) not in known and fold(key) not in mapped}
