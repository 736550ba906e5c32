"""One episode and what is known of it -> everything that the site publishes for it, but its items in the feeds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from feedbuilder.authors.show import SHOW_FILE, Show
from feedbuilder.compose.chapter_sources import with_chapters_of_notes
from feedbuilder.compose.pictures import Gallery
from feedbuilder.derive.chapters import derive_chapters
from feedbuilder.derive.cues import derive_cards, derive_cues
from feedbuilder.derive.links import derive_links
from feedbuilder.derive.notes import derive_notes
from feedbuilder.derive.speakers import derive_speakers, derive_spoken
from feedbuilder.derive.timeline import derive_timeline
from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.model import (
    Artefact,
    Channel,
    Chapter,
    Credit,
    Episode,
    Header,
    Known,
    Link,
    MediaFacts,
    Notes,
    Person,
    Picture,
    SourceFile,
    Timeline,
    TranscriptFile,
)
from feedbuilder.render.captions import (
    SRT_CHARACTERS,
    VTT_CHARACTERS,
    render_srt,
    render_transcript_html,
    render_transcript_json,
    render_vtt,
)
from feedbuilder.render.chapters import render_chapters_json
from feedbuilder.render.pages import EpisodePage, Site, render_embed_page, render_episode_page, render_oembed
from feedbuilder.render.search import words_of
from feedbuilder.text.timecode import format_clock


@dataclass(frozen=True, slots=True)
class Place:
    """What is the same for every episode of a build."""

    show: Show
    people: Mapping[str, Person]
    gallery: Gallery
    pictures: Mapping[str, MediaFacts]  # project path -> facts
    templates: tuple[SourceFile, ...] = ()

    @property
    def site_url(self) -> str:
        """Base of the relative addresses in records."""
        return self.show.site_url or self.show.link

    def around(self, episode: Episode) -> Place:
        """The part of it that concerns one episode: its people, and the pictures of both."""
        shorts = {*self.show.hosts, *episode.guests, *(person.short for person in episode.people)}
        people = {short: person for short, person in self.people.items() if short in shorts}
        names = {episode.image, *(person.image for person in people.values())}
        gallery = self.gallery.only(names)
        return replace(self, people=people, gallery=gallery, pictures=gallery.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """All that ``finish_episode`` depends on: the same task has the same outcome, whatever else the show has.

    ``place`` is what concerns this episode. ``known`` is what subscribers will know of it; ``file`` its audio, where
    that lies in this project. ``in_feed``: it has an item, with date and audio.
    """

    episode: Episode
    place: Place
    channel: Channel
    known: Known
    file: MediaFacts | None
    in_feed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What one episode publishes. ``artefacts``: its page; its chapters and transcripts, where the record gives any."""

    slug: str
    credits: tuple[Credit, ...]
    chapters: tuple[Chapter, ...]
    links: tuple[Link, ...]
    notes: Notes
    artwork: Picture | None
    pictures: tuple[Picture, ...]
    chapters_url: str
    transcripts: tuple[TranscriptFile, ...]
    words: frozenset[str]  # for the search
    artefacts: tuple[Artefact, ...]
    problems: tuple[Problem, ...]


def artefact(path: str, media_type: str, data: bytes) -> Artefact:
    """A file of the site, made of bytes."""
    return Artefact(path, media_type, hashlib.sha256(data).hexdigest(), data)


def folder_of(slug: str) -> str:
    """Where the files of an episode are published."""
    return f"episodes/{slug}/"


def finish_episode(task: Task) -> Finished:
    """Everything derived from one record."""
    episode, place, known, file = task.episode, task.place, task.known, task.file
    people, problems = credits_of(episode, place)
    measured_s = file.duration_s if file else None
    if episode.chapters_source == "notes":
        listed = with_chapters_of_notes(episode, known.duration_s)
        episode = listed.episode
        problems += listed.problems
    episode, found = _with_chapters_of(file, episode)
    problems += found
    spoken, found = derive_spoken(episode.transcript)
    problems += found
    episode = replace(episode, transcript=spoken)
    speakers, found = derive_speakers(episode, people)
    problems += found
    offset = episode.transcript_offset_s
    timeline, found = derive_timeline(episode, place.show.chapters.offset_s if offset is None else offset)
    problems += found
    intro_title = place.show.chapters.intro_title
    chapters, found = derive_chapters(episode, timeline, intro_title=intro_title, measured_s=measured_s)
    problems += found
    links, found = derive_links(episode)
    problems += found
    notes, found = derive_notes(episode=episode, links=links, chapters=chapters, base_url=place.site_url)
    problems += found
    artwork, pictures, found = _pictures(episode, place)
    problems += found
    end_s, found = _end(episode, timeline, known.duration_s)
    problems += found
    artefacts = [
        *_chapter_files(episode, place.show, chapters),
        *_transcript_files(episode.slug, timeline, speakers, end_s),
    ]
    base = place.show.base_url
    transcripts = tuple(
        TranscriptFile(base + file.path, file.type, timed=file.type != "text/html")
        for file in artefacts
        if "/transcript." in file.path
    )
    page = EpisodePage(
        site=site_of(place, task.channel),
        title=episode.title,
        page_url=base + folder_of(episode.slug),
        notes=notes,
        season=episode.season,
        number=number_of(episode),
        pub_date=known.pub_date.astimezone(place.show.timezone) if known.pub_date else None,
        duration_s=known.duration_s,
        audio=known.enclosure if task.in_feed else None,
        picture=artwork or next(iter(pictures), None),
        credits=people,
        links=links,
        chapters=chapters,
        timeline=timeline,
        speakers=speakers,
        transcripts=transcripts,
    )
    return Finished(
        slug=episode.slug,
        credits=people,
        chapters=chapters,
        links=links,
        notes=notes,
        artwork=artwork,
        pictures=pictures,
        chapters_url=base + folder_of(episode.slug) + "chapters.json" if chapters else "",
        transcripts=transcripts,
        words=_words(page),
        artefacts=(*artefacts, *_pages(episode.slug, page)),
        problems=tuple(problems),
    )


def _with_chapters_of(file: MediaFacts | None, episode: Episode) -> tuple[Episode, list[Problem]]:
    """The episode with the chapters inside of its audio, where the record has neither chapters nor headers."""
    has_own = episode.chapters or any(isinstance(entry, Header) for entry in episode.transcript)
    if has_own or not (file and file.chapters):
        return episode, []
    what = f"the episode file has no chapters; the {len(file.chapters)} in {file.path} are used"
    return replace(episode, chapters=file.chapters), [Problem("MED-15", episode.at("audio"), what)]


def site_of(place: Place, channel: Channel) -> Site:
    """What all pages share."""
    pages = place.show.pages
    return Site(channel, pages.templates, place.templates, pages.labels)


def number_of(episode: Episode) -> str:
    """The number of an episode as it is shown."""
    return "" if episode.episode is None else f"{episode.episode:f}"


def _pages(slug: str, page: EpisodePage) -> list[Artefact]:
    """The page, and the player for other sites where there is anything to play."""
    folder = folder_of(slug)
    made = [artefact(f"{folder}index.html", "text/html", render_episode_page(page))]
    if page.audio:
        made += [
            artefact(f"{folder}embed.html", "text/html", render_embed_page(page)),
            artefact(f"{folder}oembed.json", "application/json", render_oembed(page)),
        ]
    return made


def _words(page: EpisodePage) -> frozenset[str]:
    """All words by which a listener may look for an episode."""
    said = (paragraph.text for paragraph in page.timeline.paragraphs)
    heads = (heading.text for heading in page.timeline.headings)
    chapters = (chapter.title for chapter in page.chapters)
    names = (credit.name for credit in page.credits)
    return words_of([page.title, page.notes.summary_text, *names, *chapters, *heads, *said])


def credits_of(episode: Episode, place: Place) -> tuple[tuple[Credit, ...], list[Problem]]:
    """Hosts, guests and others of an episode, each once: an item's persons replace the show's (P20-10)."""
    people: dict[str, Credit] = {}
    problems = []
    for short in place.show.hosts:
        if short in place.people:
            people.setdefault(short, credit_of(place.people[short], "host", place))
    for index, short in enumerate(episode.guests):
        if short in place.people:
            people.setdefault(short, credit_of(place.people[short], "guest", place))
        else:
            mark = episode.at(f"guests.{index}")
            problems.append(Problem("PER-4", mark, f"unknown guest {quoted(short)}", "", _person_remedy(place)))
    for index, other in enumerate(episode.people):
        person = place.people.get(other.short)
        if other.short and person is None:
            mark = episode.at(f"people.{index}")
            problems.append(Problem("PER-4", mark, f"unknown person {quoted(other.short)}", "", _person_remedy(place)))
            continue
        known = credit_of(person, other.role, place) if person else other
        key = f"{known.name} {other.role} {other.group}"
        people.setdefault(key, replace(known, role=other.role, group=other.group))
    if people and not place.show.hosts:
        problems.append(Problem("P20-10", episode.at("guests"), "the episode names people, but the show has no hosts"))
    return tuple(people.values()), problems


def _person_remedy(place: Place) -> str:
    return f"Correct the name, or add its file to {place.show.people}."


def credit_of(person: Person, role: str, place: Place) -> Credit:
    """The person of a people file in that role."""
    picture = place.gallery.find(person.image)
    return Credit(
        person.name,
        role,
        image_url=picture.url if picture else "",
        href=person.href,
        short=person.short,
        aliases=person.aliases,
    )


def hosts_of(place: Place) -> tuple[tuple[Credit, ...], list[Problem]]:
    """The show's hosts; a host without a people file is a finding."""
    missing = [
        Problem("BLD-8", Mark(SHOW_FILE), f"unknown host {quoted(short)}", "", _person_remedy(place))
        for short in place.show.hosts
        if short not in place.people
    ]
    found = (credit_of(place.people[short], "host", place) for short in place.show.hosts if short in place.people)
    return tuple(found), missing


def _pictures(episode: Episode, place: Place) -> tuple[Picture | None, tuple[Picture, ...], list[Problem]]:
    """The artwork of an episode, and all its pictures: one that Apple would refuse is a picture only (T-47)."""
    artwork, pictures, fault = place.gallery.find_artwork(episode.image, episode.at("image"), alt=episode.title)
    return artwork, pictures, [replace(fault, rule="APL-34")] if fault else []


def _end(episode: Episode, timeline: Timeline, duration_s: float | None) -> tuple[float | None, list[Problem]]:
    """The end of the audio as a bound for captions; none where the transcript's own times contradict it (T-86)."""
    if duration_s is None or not timeline.timed or timeline.last_trusted_s <= duration_s:
        return duration_s, []
    what = (
        f"the transcript runs to {format_clock(timeline.last_trusted_s)}, "
        f"after the end of the audio ({format_clock(duration_s)})"
    )
    return None, [Problem("T-86", episode.at("duration"), what)]


def _chapter_files(episode: Episode, show: Show, chapters: tuple[Chapter, ...]) -> list[Artefact]:
    if not chapters:
        return []
    data = render_chapters_json(chapters, title=episode.title, podcast_name=show.title, author=show.author)
    return [artefact(f"{folder_of(episode.slug)}chapters.json", "application/json+chapters", data)]


def _transcript_files(
    slug: str, timeline: Timeline, speakers: Mapping[str, str], end_s: float | None
) -> list[Artefact]:
    """In the order of the feed: apps that take the first one they know get the best one (APP-1, TRN-1)."""
    name = f"{folder_of(slug)}transcript"
    made = []
    if timeline.timed:
        cues = derive_cues(timeline, speakers, max_characters=VTT_CHARACTERS, end_s=end_s)
        cards = derive_cards(cues, max_characters=SRT_CHARACTERS)
        made += [
            artefact(f"{name}.vtt", "text/vtt", render_vtt(cues)),
            artefact(f"{name}.json", "application/json", render_transcript_json(cues)),
            artefact(f"{name}.srt", "application/x-subrip", render_srt(cards)),
        ]
    if timeline.paragraphs:
        made.append(artefact(f"{name}.html", "text/html", render_transcript_html(timeline, speakers)))
    return made
