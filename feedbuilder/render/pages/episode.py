"""The pages of one episode: the one to read, and the player that other sites show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from markupsafe import Markup

from feedbuilder.model import Chapter, Credit, Enclosure, Link, Notes, Picture, Timeline, TranscriptFile
from feedbuilder.render.pages.linked_data import as_script, episode_data, oembed
from feedbuilder.render.pages.reading import chapter_rows, render_transcript
from feedbuilder.render.pages.templates import Site, render_template
from feedbuilder.vocabulary.platforms import PLATFORMS, read_address

HOME = "../../"  # from an episode's folder


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodePage:
    """What the page of one episode shows. ``page_url`` is its address.

    ``pub_date`` is shown as the day that it has in its own time zone. ``speakers`` maps a ``who`` to the name to show.
    Episodes without audio, transcript or chapters have a page too.
    """

    site: Site
    title: str
    page_url: str
    notes: Notes
    season: int | None = None
    number: str = ""
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

    @property
    def video_id(self) -> str:
        """The video that replaces the audio of an episode that has none."""
        found = (read_address(PLATFORMS["youtube"], link.url) for link in self.links if link.platform == "youtube")
        return "" if self.audio else next((address.id for address in found if address), "")


def render_episode_page(page: EpisodePage) -> bytes:
    """The page of one episode: its chapters and the lines of its transcript carry anchors ``#t=139``."""
    data = episode_data(
        channel=page.site.channel,
        title=page.title,
        page_url=page.page_url,
        summary=page.notes.summary_text,
        pub_date=page.pub_date,
        duration_s=page.duration_s,
        audio=page.audio,
        picture=page.picture,
        credits=page.credits,
        chapters=page.chapters,
        season=page.season,
        number=page.number,
    )
    return render_template(
        "episode.html",
        page.site,
        HOME,
        page=page,
        notes=Markup(page.notes.prose_html),  # noqa: S704 - made by feedbuilder.markup of what it lets pass
        chapters=chapter_rows(page.timeline, page.chapters, page.duration_s),
        transcript=Markup(render_transcript(page.timeline, page.chapters, page.speakers)),  # noqa: S704 - escaped there
        linked_data=Markup(as_script(data)),  # noqa: S704 - escaped for this place there
    )


def render_embed_page(page: EpisodePage) -> bytes:
    """The player alone, for a frame on another site."""
    chapters = chapter_rows(Timeline(), page.chapters, page.duration_s)
    return render_template("embed.html", page.site, HOME, page=page, chapters=chapters)


def render_oembed(page: EpisodePage) -> bytes:
    """What a site that wants to show the player is told."""
    return oembed(
        channel=page.site.channel, title=page.title, embed_url=f"{page.page_url}embed.html", picture=page.picture
    )
