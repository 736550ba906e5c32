"""Pages that people read, listen to and link into: quiet, valid HTML that works without its scripts."""

from feedbuilder.render.pages.addresses import (
    ICON_PATH,
    OPML_PATH,
    SEARCH_FOLDER,
    STYLE_PATH,
    anchor_of,
    person_folder,
)
from feedbuilder.render.pages.episode import EpisodePage, render_embed_page, render_episode_page, render_oembed
from feedbuilder.render.pages.home import (
    HomeEntry,
    render_home_page,
    render_icon,
    render_person_page,
    render_redirect_page,
    render_scripts,
    render_search_page,
    render_style,
)
from feedbuilder.render.pages.templates import Site, direction_of

__all__ = [
    "ICON_PATH",
    "OPML_PATH",
    "SEARCH_FOLDER",
    "STYLE_PATH",
    "EpisodePage",
    "HomeEntry",
    "Site",
    "anchor_of",
    "direction_of",
    "person_folder",
    "render_embed_page",
    "render_episode_page",
    "render_home_page",
    "render_icon",
    "render_oembed",
    "render_person_page",
    "render_redirect_page",
    "render_scripts",
    "render_search_page",
    "render_style",
]
