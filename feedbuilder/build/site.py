"""The pages of a site beside those of its episodes, and the files that pages share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter

from feedbuilder.build.episode import Finished, Place, artefact, folder_of, number_of, site_of
from feedbuilder.model import Artefact, Channel, Credit, Episode, Known, Link
from feedbuilder.platforms import label_of
from feedbuilder.render.opml import render_opml
from feedbuilder.render.pages import (
    ICON_PATH,
    OPML_PATH,
    SEARCH_FOLDER,
    STYLE_PATH,
    HomeEntry,
    Site,
    person_folder,
    render_home_page,
    render_icon,
    render_person_page,
    render_redirect_page,
    render_scripts,
    render_search_page,
    render_style,
)
from feedbuilder.render.search import Searched, render_search_index

Row = tuple[Episode, Known, Finished]


def render_site(
    place: Place,
    channel: Channel,
    finished: Sequence[Row],
    redirects: Mapping[str, str],
) -> list[Artefact]:
    """Home, people, search, a page in place of each renamed episode, and what all pages share.

    ``redirects`` lead from an old slug to the new one.
    """
    show, site = place.show, site_of(place, channel)
    titles = {episode.slug: episode.title for episode, _, _ in finished}
    rows = _in_order(finished)
    links = [Link(key, label_of(key), url) for key, url in show.platforms.items()]
    pages = {
        f"{folder_of(old)}index.html": render_redirect_page(
            site, show.base_url + folder_of(new), title=titles.get(new, new)
        )
        for old, new in redirects.items()
    }
    pages["index.html"] = render_home_page(site, [_entry(place, *row) for row in rows], links=links)
    pages[f"{SEARCH_FOLDER}index.html"] = render_search_page(site)
    pages |= _person_pages(site, place, channel, rows)
    accent = show.pages.accent
    return [
        *(artefact(path, "text/html", data) for path, data in sorted(pages.items())),
        *_search_index(place, rows),
        artefact(STYLE_PATH, "text/css", render_style(accent)),
        *(artefact(path, "text/javascript", data) for path, data in render_scripts().items()),
        artefact(ICON_PATH, "image/svg+xml", render_icon(accent)),
        artefact(OPML_PATH, "text/x-opml", render_opml(channel)),
    ]


def _in_order(finished: Sequence[Row]) -> list[Row]:
    """Newest first, whether or not they are in the feed; those without a date stand last, by slug."""
    dated = [(known.pub_date, known.place, known.guid, row) for row in finished if (known := row[1]).pub_date]
    dated.sort(key=itemgetter(0, 1, 2), reverse=True)
    undated = sorted((row for row in finished if not row[1].pub_date), key=lambda row: row[0].slug)
    return [*(row for *_, row in dated), *undated]


def _entry(place: Place, episode: Episode, known: Known, one: Finished) -> HomeEntry:
    return HomeEntry(
        title=episode.title,
        path=folder_of(episode.slug),
        season=episode.season,
        number=number_of(episode),
        pub_date=known.pub_date.astimezone(place.show.timezone) if known.pub_date else None,
        duration_s=known.duration_s,
        guests=tuple(credit.name for credit in one.credits if credit.role == "guest"),
        picture=one.artwork or next(iter(one.pictures), None),
    )


def _person_pages(site: Site, place: Place, channel: Channel, rows: Sequence[Row]) -> Iterator[tuple[str, bytes]]:
    """A page for everybody of the directory who is named, with their episodes."""
    people: dict[str, Credit] = {credit.short: credit for credit in channel.hosts}
    where: dict[str, list[HomeEntry]] = {short: [] for short in people}
    for row in rows:
        entry = _entry(place, *row)
        for credit in {credit.short: credit for credit in row[2].credits if credit.short}.values():
            people.setdefault(credit.short, credit)
            where.setdefault(credit.short, []).append(entry)
    for short, credit in people.items():
        bio = place.people[short].bio
        yield f"{person_folder(short)}index.html", render_person_page(site, credit, bio, where[short])


def _search_index(place: Place, rows: Sequence[Row]) -> Iterator[Artefact]:
    """Oldest first, so that a new episode leaves the numbers of the others."""
    episodes = [
        Searched(
            episode.slug,
            episode.title,
            known.pub_date.astimezone(place.show.timezone).date().isoformat() if known.pub_date else "",
            any(file.type == "application/json" for file in one.transcripts),
            one.words,
        )
        for episode, known, one in reversed(rows)
    ]
    for path, data in render_search_index(episodes).items():
        yield artefact(SEARCH_FOLDER + path, "application/json", data)
