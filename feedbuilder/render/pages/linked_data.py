"""What machines read beside a page: JSON-LD of schema.org for search engines, oEmbed for sites that show the player."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any

from feedbuilder.model import Channel, Chapter, Credit, Enclosure, Picture
from feedbuilder.render.pages.addresses import anchor_of
from feedbuilder.text.timecode import json_seconds

EMBED_WIDTH, EMBED_HEIGHT = 640, 240  # pixels
_ALLOWED = "clipboard-write; autoplay"  # else the player's "Copy link" has no clipboard in a frame

# In a script element only these can end the data or open something else; JSON has other ways to write them.
_IN_SCRIPTS = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})


def as_script(data: object) -> str:
    r"""JSON that is safe in a script element, whatever texts it contains.

    >>> as_script({"name": "</script><!--"})
    '{"name":"\\u003c/script\\u003e\\u003c!--"}'
    """
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_IN_SCRIPTS)


def episode_data(
    *,
    channel: Channel,
    title: str,
    page_url: str,
    summary: str,
    pub_date: datetime | None,
    duration_s: float | None,
    audio: Enclosure | None,
    picture: Picture | None,
    credits: Sequence[Credit],  # noqa: A002 - the word of the model
    chapters: Sequence[Chapter],
    season: int | None,
    number: str,
) -> dict[str, Any]:
    """A schema.org PodcastEpisode, with a Clip for each chapter; keys without a value are absent."""
    data = {
        "@context": "https://schema.org",
        "@type": "PodcastEpisode",
        "name": title,
        "url": page_url,
        "description": summary,
        "datePublished": pub_date.isoformat() if pub_date else "",
        "inLanguage": channel.language,
        "duration": _duration(duration_s),
        "image": picture.url if picture else "",
        "episodeNumber": number,
        "partOfSeason": {"@type": "PodcastSeason", "seasonNumber": season} if season is not None else "",
        "partOfSeries": series_data(channel),
        "associatedMedia": _media(audio, duration_s) if audio else "",
        "contributor": [_person(credit) for credit in credits],
        "hasPart": _clips(chapters, page_url, duration_s),
    }
    return {key: value for key, value in data.items() if value}


def series_data(channel: Channel) -> dict[str, Any]:
    """A schema.org PodcastSeries."""
    return {
        "@type": "PodcastSeries",
        "name": channel.title,
        "url": channel.link_url,
        "webFeed": channel.feed_url,
    }


def oembed(*, channel: Channel, title: str, embed_url: str, picture: Picture | None) -> bytes:
    """The answer of oEmbed 1.0: a frame with the player."""
    data = {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "author_name": channel.author,
        "provider_name": channel.title,
        "provider_url": channel.link_url,
        "html": f'<iframe src="{escape(embed_url)}" title="{escape(title)}" width="{EMBED_WIDTH}" '
        f'height="{EMBED_HEIGHT}" loading="lazy" allow="{_ALLOWED}" style="border:0;max-width:100%"></iframe>',
        "width": EMBED_WIDTH,
        "height": EMBED_HEIGHT,
    }
    if picture and picture.width and picture.height:
        data |= {
            "thumbnail_url": picture.url,
            "thumbnail_width": picture.width,
            "thumbnail_height": picture.height,
        }
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode(errors="replace")


def _duration(duration_s: float | None) -> str:
    return f"PT{json_seconds(duration_s)}S" if duration_s else ""


def _media(audio: Enclosure, duration_s: float | None) -> dict[str, Any]:
    data = {"@type": "AudioObject", "contentUrl": audio.url, "encodingFormat": audio.type}
    length = {"duration": _duration(duration_s)} if duration_s else {}
    return data | length


def _person(credit: Credit) -> dict[str, Any]:
    data = {"@type": "Person", "name": credit.name}
    return data | ({"url": credit.href} if credit.href.startswith(("https://", "http://")) else {})


def _clips(chapters: Sequence[Chapter], page_url: str, duration_s: float | None) -> list[dict[str, Any]]:
    ends = [*(chapter.start_s for chapter in chapters[1:]), duration_s]
    clips = []
    for chapter, end_s in zip(chapters, ends, strict=False):
        clip: dict[str, Any] = {
            "@type": "Clip",
            "name": chapter.title,
            "startOffset": json_seconds(chapter.start_s),
            "url": f"{page_url}#{anchor_of(chapter)}",
        }
        if end_s is not None and end_s > chapter.start_s:
            clip["endOffset"] = json_seconds(end_s)
        clips.append(clip)
    return clips
