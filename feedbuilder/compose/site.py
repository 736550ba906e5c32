"""The pages of a site beside those of its episodes, and the files that pages share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from feedbuilder.compose.carry import Carried
from feedbuilder.compose.episode import Finished, Place, artefact, credit_of, folder_of, number_of, site_of
from feedbuilder.model import Artefact, CarriedItem, Channel, Credit, Episode, Known, Link, Picture
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
from feedbuilder.vocabulary.platforms import label_of

Row = tuple[Episode, Known, Finished]


class Listed(NamedTuple):
    """One episode as the pages that list episodes need it. ``people`` are the short names of who is in it."""

    slug: str
    order: tuple[datetime, int, str] | None  # None: it has no date
    entry: HomeEntry
    people: Mapping[str, Credit]


def render_site(
    place: Place,
    channel: Channel,
    finished: Sequence[Row],
    carried: Carried,
    redirects: Mapping[str, str],
) -> list[Artefact]:
    """Home, people, search, a page in place of each renamed episode, and what all pages share.

    ``redirects`` lead from an old slug to the new one. What is ``carried`` over stays in the lists.
    """
    show, site = place.show, site_of(place, channel)
    titles = {episode.slug: episode.title for episode, _, _ in finished}
    rows = _in_order(
        [
            *(_listed(place, *row) for row in finished),
            *(_listed_again(place, slug, item) for slug, item in carried.items.items()),
        ]
    )
    links = [Link(key, label_of(key), url) for key, url in show.platforms.items()]
    pages = {
        f"{folder_of(old)}index.html": render_redirect_page(
            site, show.base_url + folder_of(new), title=titles.get(new, new)
        )
        for old, new in redirects.items()
    }
    pages["index.html"] = render_home_page(site, [one.entry for one in rows], links=links)
    pages[f"{SEARCH_FOLDER}index.html"] = render_search_page(site)
    pages |= _person_pages(site, place, channel, rows)
    accent = show.pages.accent
    return [
        *(artefact(path, "text/html", data) for path, data in sorted(pages.items())),
        *_search_index([one.slug for one in rows], finished, carried, place),
        artefact(STYLE_PATH, "text/css", render_style(accent)),
        *(artefact(path, "text/javascript", data) for path, data in render_scripts().items()),
        artefact(ICON_PATH, "image/svg+xml", render_icon(accent)),
        artefact(OPML_PATH, "text/x-opml", render_opml(channel)),
    ]


def _in_order(listed: Iterable[Listed]) -> list[Listed]:
    """Newest first, whether or not they are in the feed; those without a date come last, by slug."""
    dated = [(one.order, one) for one in listed if one.order]
    dated.sort(key=lambda pair: pair[0], reverse=True)
    undated = sorted((one for one in listed if not one.order), key=lambda one: one.slug)
    return [*(one for _, one in dated), *undated]


def _listed(place: Place, episode: Episode, known: Known, one: Finished) -> Listed:
    entry = HomeEntry(
        title=episode.title,
        path=folder_of(episode.slug),
        season=episode.season,
        number=number_of(episode),
        pub_date=known.pub_date.astimezone(place.show.timezone) if known.pub_date else None,
        duration_s=known.duration_s,
        guests=tuple(credit.name for credit in one.credits if credit.role == "guest"),
        picture=one.artwork or next(iter(one.pictures), None),
    )
    order = (known.pub_date, known.place, known.guid) if known.pub_date else None
    return Listed(episode.slug, order, entry, {credit.short: credit for credit in one.credits if credit.short})


def _listed_again(place: Place, slug: str, item: CarriedItem) -> Listed:
    """As its item in the feed has it. People are known by their names there."""
    shorts = {person.name: short for short, person in place.people.items()}
    entry = HomeEntry(
        title=item.title,
        path=folder_of(slug),
        season=item.season,
        number="" if item.episode is None else f"{item.episode:f}",
        pub_date=item.pub_date.astimezone(place.show.timezone),
        duration_s=item.duration_s,
        guests=tuple(credit.name for credit in item.credits if credit.role == "guest"),
        picture=Picture(item.artwork_url) if item.artwork_url else None,
    )
    people = {
        short: replace(credit_of(place.people[short], one.role, place), image_url="")  # its file may be no longer here
        for one in item.credits
        if (short := shorts.get(one.name))
    }
    return Listed(slug, (item.pub_date, item.place, item.guid), entry, people)


def _person_pages(site: Site, place: Place, channel: Channel, rows: Sequence[Listed]) -> Iterator[tuple[str, bytes]]:
    """A page for everybody of the directory who is named, with their episodes."""
    people: dict[str, Credit] = {credit.short: credit for credit in channel.hosts}
    where: dict[str, list[HomeEntry]] = {short: [] for short in people}
    for row in rows:
        for short, credit in row.people.items():
            if credit.image_url or short not in people:
                people[short] = credit
            where.setdefault(short, []).append(row.entry)
    for short, credit in people.items():
        bio = place.people[short].bio
        yield f"{person_folder(short)}index.html", render_person_page(site, credit, bio, where[short])


def _search_index(order: Sequence[str], finished: Sequence[Row], carried: Carried, place: Place) -> Iterator[Artefact]:
    """Oldest first, so that a new episode leaves the numbers of the others. ``order``: slugs, newest first."""
    found = {one.slug: one for one in carried.searched}
    for episode, known, one in finished:
        found[episode.slug] = Searched(
            episode.slug,
            episode.title,
            known.pub_date.astimezone(place.show.timezone).date().isoformat() if known.pub_date else "",
            any(file.type == "application/json" for file in one.transcripts),
            one.words,
        )
    episodes = [found[slug] for slug in reversed(order) if slug in found]
    for path, data in render_search_index(episodes).items():
        yield artefact(SEARCH_FOLDER + path, "application/json", data)
