"""The pages of a site beside those of its episodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from feedbuilder.build.episode import Finished, artefact, folder_of
from feedbuilder.config import Show
from feedbuilder.model import Artefact, Channel, Episode, Item, Known, Link
from feedbuilder.platforms import label_of
from feedbuilder.render.pages import STYLE_PATH, HomeEntry, render_home_page, render_redirect_page, render_style


def render_site(
    show: Show,
    channel: Channel,
    finished: Sequence[tuple[Episode, Known, Finished]],
    items: Mapping[str, Item],
    redirects: Mapping[str, str],
) -> list[Artefact]:
    """The home page, a page in place of each renamed episode, and the style sheet.

    ``items`` are those of the feed, by slug; ``redirects`` lead from an old slug to the new one.
    """
    titles = {episode.slug: episode.title for episode, _, _ in finished}
    pages = {
        f"{folder_of(old)}index.html": render_redirect_page(
            show.base_url + folder_of(new), title=titles.get(new, new), language=channel.language
        )
        for old, new in redirects.items()
    }
    links = [Link(key, label_of(key), url) for key, url in show.platforms.items()]
    entries = [_entry(show, *one) for one in _in_order(finished, items)]
    pages["index.html"] = render_home_page(channel, entries, links=links, picture=channel.artwork)
    made = [artefact(path, "text/html", data) for path, data in sorted(pages.items())]
    return [*made, artefact(STYLE_PATH, "text/css", render_style())]


def _in_order(
    finished: Sequence[tuple[Episode, Known, Finished]], items: Mapping[str, Item]
) -> list[tuple[Episode, Known, Finished]]:
    """Newest first; episodes that are not in the feed stand last, by slug."""
    listed = [one for one in finished if one[0].slug in items]
    listed.sort(key=lambda one: (items[one[0].slug].pub_date, items[one[0].slug].guid), reverse=True)
    return [*listed, *sorted((one for one in finished if one[0].slug not in items), key=lambda one: one[0].slug)]


def _entry(show: Show, episode: Episode, known: Known, one: Finished) -> HomeEntry:
    return HomeEntry(
        title=episode.title,
        path=folder_of(episode.slug),
        pub_date=known.pub_date.astimezone(show.timezone) if known.pub_date else None,
        duration_s=known.duration_s,
        summary=one.notes.summary_text,
    )
