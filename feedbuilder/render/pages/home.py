"""The pages of the show: home, people, search, the way from an old slug; and the files that all pages share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from feedbuilder.errors import Mark
from feedbuilder.markup import markdown_to_html
from feedbuilder.model import Credit, Link, Picture
from feedbuilder.render.pages.addresses import MOVED_SCRIPT_PATH, PLAYER_PATH, SEARCH_SCRIPT_PATH, STYLE_PATH
from feedbuilder.render.pages.templates import Site, render_template, source_of
from feedbuilder.vocabulary.colours import ACCENT, DARK_PAPER, LIGHT_PAPER, readable

_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="8" fill="{accent}"/>'
    '<path d="M6 4.5v7L12 8z" fill="#fff"/></svg>\n'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeEntry:
    """One episode in a list. ``path`` leads there from the home page."""

    title: str
    path: str
    season: int | None = None
    number: str = ""
    pub_date: datetime | None = None
    duration_s: float | None = None
    guests: tuple[str, ...] = ()
    picture: Picture | None = None


def render_home_page(site: Site, entries: Sequence[HomeEntry], *, links: Sequence[Link] = ()) -> bytes:
    """The first page of the site. ``entries`` are newest first; ``links`` lead to the show on platforms."""
    channel = site.channel
    about, _ = markdown_to_html(channel.description, channel.link_url, Mark(""))
    return render_template(
        "home.html",
        site,
        "",
        seasons=_seasons(entries),
        links=links,
        about=Markup(about),  # noqa: S704 - made by feedbuilder.markup of what it lets pass
    )


def _seasons(entries: Sequence[HomeEntry]) -> list[tuple[int | None, list[HomeEntry]]]:
    """The entries by season, in their order; one of no season is grouped with the one before it."""
    season = next((entry.season for entry in reversed(entries) if entry.season is not None), None)
    seasons = []
    for entry in reversed(entries):
        season = season if entry.season is None else entry.season
        seasons.append(season)
    sections: dict[int | None, list[HomeEntry]] = {}
    for entry, of in zip(entries, reversed(seasons), strict=True):
        sections.setdefault(of, []).append(entry)
    return list(sections.items())


def render_person_page(site: Site, person: Credit, bio: str, entries: Sequence[HomeEntry]) -> bytes:
    """The page of a person, with the episodes in which they are named. ``bio`` is Markdown."""
    about, _ = markdown_to_html(bio, site.channel.link_url, Mark(""))
    return render_template(
        "person.html",
        site,
        "../../",
        person=person,
        entries=entries,
        about=Markup(about),  # noqa: S704 - as above
    )


def render_search_page(site: Site) -> bytes:
    """The page that searches all transcripts, in the browser."""
    return render_template("search.html", site, "../")


def render_redirect_page(site: Site, target_url: str, *, title: str) -> bytes:
    """A page in the place of a renamed episode, which leads on to ``target_url`` without the help of the server."""
    return render_template("moved.html", site, "../../", target_url=target_url, title=title)


def render_style(accent: str = ACCENT) -> bytes:
    """The style sheet of all pages. The accent is brought to a contrast that can be read on both papers."""
    own = f":root {{ --accent: {readable(accent, LIGHT_PAPER)}; --accent-dark: {readable(accent, DARK_PAPER)}; }}\n"
    return (own + source_of(STYLE_PATH)).encode()


def render_scripts() -> dict[str, bytes]:
    """The scripts of the player, of the search and of renamed episodes, by path."""
    return {path: source_of(path).encode() for path in (PLAYER_PATH, SEARCH_SCRIPT_PATH, MOVED_SCRIPT_PATH)}


def render_icon(accent: str = ACCENT) -> bytes:
    """The picture in the tab of a browser."""
    return _ICON.format(accent=readable(accent, LIGHT_PAPER)).encode()
