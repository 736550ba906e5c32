# ruff: noqa: ANN401 - a builder takes any field of its value by name
"""Values with sound defaults for tests: ``an_item(title="…")`` differs from the default in what the test is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from feedbuilder.errors import Mark
from feedbuilder.model import (
    Channel,
    Chapter,
    Credit,
    Enclosure,
    Episode,
    Item,
    Known,
    Ledger,
    Link,
    Notes,
    Picture,
    TranscriptFile,
)

SITE = "https://harbour.example/"
_EPISODE_FIELDS = frozenset(Episode.__dataclass_fields__) - frozenset(Item.__dataclass_fields__)


def at(text: str) -> datetime:
    """An instant in UTC of ``2024-05-01`` or ``2024-05-01T10:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def an_episode(slug: str = "042-tide-tables", **overrides: Any) -> Episode:
    """A record that says as little as a record may."""
    fields: dict[str, Any] = {"mark": Mark(f"episodes/{slug}.md"), "title": "Reading tide tables"}
    return Episode(slug=slug, **{**fields, **overrides})


def an_enclosure(slug: str = "042-tide-tables", **overrides: Any) -> Enclosure:
    """An MP3 on another host."""
    return replace(Enclosure(f"https://audio.example/{slug}.mp3", 12_345_678, "audio/mpeg"), **overrides)


def a_credit(name: str = "Ada Brook", **overrides: Any) -> Credit:
    """The host."""
    return replace(Credit(name, "host", "cast"), **overrides)


def a_link(
    platform: str = "youtube", label: str = "YouTube", url: str = "https://www.youtube.com/watch?v=abcdefghijk"
) -> Link:
    """The same episode elsewhere."""
    return Link(platform, label, url)


def a_chapter(start_s: float = 0.0, title: str = "Intro", **overrides: Any) -> Chapter:
    """One entry of a chapter list."""
    return replace(Chapter(start_s, title), **overrides)


def a_picture(url: str = f"{SITE}images/cover-1a2b3c4d.jpg", **overrides: Any) -> Picture:
    """Square artwork of the best size."""
    return replace(Picture(url, "image/jpeg", 3000, 3000), **overrides)


def a_transcript(kind: str = "vtt", slug: str = "042-tide-tables") -> TranscriptFile:
    """A published transcript: vtt, srt, json or html."""
    types = {"vtt": "text/vtt", "srt": "application/x-subrip", "json": "application/json", "html": "text/html"}
    return TranscriptFile(f"{SITE}episodes/{slug}/transcript.{kind}", types[kind], timed=kind != "html")


def some_notes(html: str = "<p>How to read a tide table.</p>", **overrides: Any) -> Notes:
    """Notes that fit into a description."""
    return replace(Notes(html, "", "How to read a tide table."), **overrides)


def an_item(slug: str = "042-tide-tables", **overrides: Any) -> Item:
    """An item with what every item has and no more. Fields of its episode (``title``, ``season`` …) work too."""
    of_episode = {key: overrides.pop(key) for key in list(overrides) if key in _EPISODE_FIELDS}
    fields: dict[str, Any] = {
        "episode": an_episode(slug, **of_episode),
        "guid": f"guid-of-{slug}",
        "pub_date": at("2024-05-01T17:00"),
        "enclosure": an_enclosure(slug),
        "duration_s": 1800.0,
        "link_url": f"{SITE}episodes/{slug}/",
        "notes": some_notes(),
        "credits": (a_credit(),),
    }
    return Item(**{**fields, **overrides})


def a_full_item(slug: str = "042-tide-tables", **overrides: Any) -> Item:
    """An item in which no field is empty."""
    fields: Mapping[str, Any] = {
        "season": 2,
        "guid": "5f0c4b9e-4a43-4e7c-9f0e-8d8f3f6c9a10",
        "credits": (
            a_credit(image_url=f"{SITE}images/ada.jpg", href=f"{SITE}people/ada/"),
            a_credit("Bo Finch", role="guest"),
        ),
        "links": (a_link(), a_link("spotify", "Spotify", "https://open.spotify.com/episode/0123456789abcdefghijkl")),
        "chapters": (a_chapter(), a_chapter(112.5, "Springs & neaps", url=f"{SITE}springs")),
        "chapters_url": f"{SITE}episodes/{slug}/chapters.json",
        "transcripts": tuple(a_transcript(kind, slug) for kind in ("vtt", "srt", "json", "html")),
        "artwork": a_picture(f"{SITE}images/{slug}.jpg", alt="A pier at low tide"),
        "pictures": (a_picture(f"{SITE}images/{slug}-wide.jpg", width=1280, height=720),),
    }
    return an_item(slug, **{**fields, **overrides})


def a_channel(**overrides: Any) -> Channel:
    """A show that every platform accepts."""
    fields: dict[str, Any] = {
        "title": "Harbour Talk",
        "link_url": SITE,
        "feed_url": f"{SITE}feed.xml",
        "description": "People who work by the sea.",
        "language": "en",
        "author": "Harbour Talk",
        "podcast_guid": "3904c408-ac19-52db-9ae9-0742248823e7",
        "explicit": False,
        "categories": (("Technology", ""),),
        "artwork": a_picture(),
        "owner_name": "Ada Brook",
        "owner_email": "podcast@harbour.example",
        "hosts": (a_credit(),),
    }
    return Channel(**{**fields, **overrides})


def a_known(slug: str = "042-tide-tables", **overrides: Any) -> Known:
    """An episode that subscribers have."""
    fields: dict[str, Any] = {
        "guid": f"guid-of-{slug}",
        "pub_date": at("2024-05-01T17:00"),
        "enclosure": an_enclosure(slug),
        "duration_s": 1800.0,
        "title": "Reading tide tables",
    }
    return Known(**{**fields, **overrides})


def a_ledger(*slugs: str, **overrides: Any) -> Ledger:
    """What is known of a show with these episodes; ``episodes`` may be given whole instead."""
    fields: dict[str, Any] = {
        "podcast_guid": "3904c408-ac19-52db-9ae9-0742248823e7",
        "feed_url": f"{SITE}feed.xml",
        "synced_from": "https://host.example/rss",
        "episodes": {slug: a_known(slug) for slug in slugs},
    }
    return Ledger(**{**fields, **overrides})
