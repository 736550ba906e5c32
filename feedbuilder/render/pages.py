"""Pages that people read: quiet, valid HTML without scripts. Everything but the notes is escaped by the templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from feedbuilder.errors import Mark
from feedbuilder.markup import markdown_to_html
from feedbuilder.model import (
    Channel,
    Chapter,
    Credit,
    Enclosure,
    Heading,
    Link,
    Notes,
    Paragraph,
    Picture,
    Timeline,
    TranscriptFile,
)
from feedbuilder.text import clean_text
from feedbuilder.timecode import format_clock, json_seconds

STYLE_PATH = "style.css"  # all pages of a site refer to it
_RIGHT_TO_LEFT = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ji", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"}
)
_RIGHT_TO_LEFT_SCRIPTS = frozenset({"adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodePage:
    """What the page of one episode shows. ``page_url`` is its address; ``home_path`` leads from it to the home page.

    ``pub_date`` is shown as the day that it has in its own time zone. ``speakers`` maps a ``who`` to the name to show.
    Episodes without audio, transcript or chapters have a page too.
    """

    channel: Channel
    title: str
    page_url: str
    notes: Notes
    home_path: str = "../../"
    pub_date: datetime | None = None
    duration_s: float | None = None
    audio: Enclosure | None = None
    picture: Picture | None = None
    credits: tuple[Credit, ...] = ()
    links: tuple[Link, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    timeline: Timeline = field(default_factory=Timeline)
    speakers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    transcripts: tuple[TranscriptFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeEntry:
    """One episode on the home page. ``path`` leads there from the home page."""

    title: str
    path: str
    pub_date: datetime | None = None
    duration_s: float | None = None
    summary: str = ""


def render_episode_page(page: EpisodePage) -> bytes:
    """The page of one episode: its transcript and chapters carry anchors ``#t=139``, its paragraphs ``#p12``."""
    sections, placed = _sections(page.timeline, page.chapters, page.speakers)
    return _rendered(
        "episode.html",
        page.channel.language,
        page=page,
        channel=page.channel,
        home_path=page.home_path,
        notes=Markup(page.notes.prose_html),  # noqa: S704 - made by feedbuilder.markup of what it lets pass
        chapters=[_Row(anchor_of(chapter), chapter, anchor_of(chapter) in placed) for chapter in page.chapters],
        sections=sections,
    )


def render_home_page(
    channel: Channel, entries: Sequence[HomeEntry], *, links: Sequence[Link] = (), picture: Picture | None = None
) -> bytes:
    """The first page of the site. ``entries`` are newest first; ``links`` lead to the show on platforms."""
    about, _ = markdown_to_html(channel.description, channel.link_url, Mark(""))
    return _rendered(
        "home.html",
        channel.language,
        channel=channel,
        entries=entries,
        links=[Link("rss", "RSS", channel.feed_url), *links],
        picture=picture,
        about=Markup(about),  # noqa: S704 - as above
    )


def render_redirect_page(target_url: str, *, title: str, language: str = "en") -> bytes:
    """A page in the place of a renamed episode, which leads on to ``target_url`` without the help of the server."""
    return _rendered("moved.html", language, target_url=target_url, title=title)


def render_style() -> bytes:
    """The style sheet of all pages, to be published at ``STYLE_PATH``."""
    environment = _environment()
    assert environment.loader is not None
    return environment.loader.get_source(environment, STYLE_PATH)[0].encode()


def direction_of(language: str) -> str:
    """``rtl`` or ``ltr``, of a language tag.

    >>> direction_of("fa"), direction_of("pt-br"), direction_of("az-Arab"), direction_of("ur-Latn")
    ('rtl', 'ltr', 'rtl', 'ltr')
    """
    primary, *rest = language.lower().replace("_", "-").split("-")
    scripts = [part for part in rest if len(part) == 4 and part.isalpha()]
    if scripts:
        return "rtl" if scripts[0] in _RIGHT_TO_LEFT_SCRIPTS else "ltr"
    return "rtl" if primary in _RIGHT_TO_LEFT else "ltr"


def anchor_of(chapter: Chapter) -> str:
    """The fragment that stands for a moment of the episode.

    >>> anchor_of(Chapter(139.0, "Tides"))
    't=139'
    """
    return f"t={json_seconds(chapter.start_s)}"


# --- the transcript on the page -----------------------------------------------------------------------------------


class _Row(NamedTuple):
    """A line of the chapter list. Its anchor stands in the transcript, or else at the line itself."""

    anchor: str
    chapter: Chapter
    in_transcript: bool


@dataclass(slots=True)
class _Turn:
    """A paragraph of the transcript on the page. ``speaker`` is empty where the one before goes on."""

    id: str
    speaker: str
    start_s: float | None
    text: str
    anchors: list[str]


@dataclass(slots=True)
class _Section:
    """A heading of the transcript, and the paragraphs up to the next. The first may have no heading."""

    title: str
    anchors: list[str]
    turns: list[_Turn]


def _sections(
    timeline: Timeline, chapters: Sequence[Chapter], speakers: Mapping[str, str]
) -> tuple[list[_Section], frozenset[str]]:
    """The transcript by headings, and the anchors of chapters that have a place in it."""
    entries = _in_order(timeline)
    anchors = _place_anchors(entries, chapters) if timeline.timed else {}
    sections: list[_Section] = []
    before = ""
    number = 0
    for index, entry in enumerate(entries):
        here = anchors.get(index, [])
        if isinstance(entry, Heading):
            sections.append(_Section(entry.text, here, []))
            continue
        number += 1
        speaker = speakers.get(entry.who, entry.who)
        start_s = entry.start_s if timeline.timed else None
        turn = _Turn(f"p{number}", "" if speaker == before else speaker, start_s, entry.text, here)
        before = speaker
        if not sections:
            sections.append(_Section("", [], []))
        sections[-1].turns.append(turn)
    return sections, frozenset(anchor for placed in anchors.values() for anchor in placed)


def _in_order(timeline: Timeline) -> list[Heading | Paragraph]:
    """Headings and paragraphs as they follow each other."""
    entries: list[Heading | Paragraph] = []
    headings = list(timeline.headings)
    for index, paragraph in enumerate(timeline.paragraphs):
        while headings and headings[0].before <= index:
            entries.append(headings.pop(0))
        entries.append(paragraph)
    return entries + headings


def _place_anchors(entries: Sequence[Heading | Paragraph], chapters: Sequence[Chapter]) -> dict[int, list[str]]:
    """For each chapter the first entry that does not begin before it, else the last one; index -> its anchors."""
    anchors: dict[int, list[str]] = {}
    index = 0
    for chapter in chapters if entries else ():
        while index < len(entries) - 1 and entries[index].start_s < chapter.start_s:
            index += 1
        anchors.setdefault(index, []).append(anchor_of(chapter))
    return anchors


# --- templates ----------------------------------------------------------------------------------------------------


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("feedbuilder.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["clock"] = format_clock
    environment.tests["web_address"] = _is_web_address
    environment.globals["style_path"] = STYLE_PATH
    return environment


def _is_web_address(url: str) -> bool:
    """Only these become links: a people file may hold anything."""
    return url.startswith(("https://", "http://"))


def _rendered(template: str, language: str, **values: object) -> bytes:
    shown = {"language": language, "direction": direction_of(language), **values}
    return clean_text(_environment().get_template(template).render(shown)).encode()
