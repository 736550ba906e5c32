"""The pages of a site, from what was derived of its episodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from feedbuilder.build.episode import Finished, artefact, folder_of
from feedbuilder.config import Show
from feedbuilder.model import Artefact, Channel, Item, Link
from feedbuilder.platforms import label_of
from feedbuilder.render.pages import (
    STYLE_PATH,
    EpisodePage,
    HomeEntry,
    render_episode_page,
    render_home_page,
    render_redirect_page,
    render_style,
)


def render_site(
    show: Show,
    channel: Channel,
    finished: Sequence[Finished],
    items: Mapping[str, Item],
    redirects: Mapping[str, str],
) -> list[Artefact]:
    """The home page, a page an episode, a page in place of each renamed one, and the style sheet.

    ``items`` are those of the feed, by slug; ``redirects`` lead from an old slug to the new one.
    """
    pages = {f"{folder_of(one.episode.slug)}index.html": _page(show, channel, one, items) for one in finished}
    titles = {one.episode.slug: one.episode.title for one in finished}
    for old, new in redirects.items():
        target = show.base_url + folder_of(new)
        pages[f"{folder_of(old)}index.html"] = render_redirect_page(
            target, title=titles.get(new, new), language=channel.language
        )
    links = [Link(key, label_of(key), url) for key, url in show.platforms.items()]
    pages["index.html"] = render_home_page(channel, _entries(finished, items), links=links, picture=channel.artwork)
    made = [artefact(path, "text/html", data) for path, data in sorted(pages.items())]
    return [*made, artefact(STYLE_PATH, "text/css", render_style())]


def _page(show: Show, channel: Channel, one: Finished, items: Mapping[str, Item]) -> bytes:
    item = items.get(one.episode.slug)
    picture = one.artwork or (one.pictures[0] if one.pictures else None)
    return render_episode_page(
        EpisodePage(
            channel=channel,
            title=one.episode.title,
            page_url=show.base_url + folder_of(one.episode.slug),
            notes=one.notes,
            pub_date=(item.pub_date if item else one.episode.pub_date),
            duration_s=item.duration_s if item else one.episode.duration_s,
            audio=item.enclosure if item else None,
            picture=picture,
            credits=one.credits,
            links=one.links,
            chapters=one.chapters,
            timeline=one.timeline,
            speakers=one.speakers,
            transcripts=one.transcripts,
        )
    )


def _entries(finished: Sequence[Finished], items: Mapping[str, Item]) -> list[HomeEntry]:
    """Newest first; episodes without a date stand last, by slug."""
    dated = [one for one in finished if one.episode.slug in items]
    rest = [one for one in finished if one.episode.slug not in items]
    ordered = sorted(dated, key=lambda one: (items[one.episode.slug].pub_date, items[one.episode.slug].guid))
    return [_entry(one, items.get(one.episode.slug)) for one in (*reversed(ordered), *rest)]


def _entry(one: Finished, item: Item | None) -> HomeEntry:
    return HomeEntry(
        title=one.episode.title,
        path=folder_of(one.episode.slug),
        pub_date=item.pub_date if item else one.episode.pub_date,
        duration_s=item.duration_s if item else one.episode.duration_s,
        summary=one.notes.summary_text,
    )
