"""Podcasting 2.0 tags of an item and of the channel, and Podlove Simple Chapters: model -> ``Tag`` -> lxml element."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import gcd

from lxml import etree

from feedbuilder.model import Channel, Chapter, Credit, Item, Picture, Soundbite, TranscriptFile
from feedbuilder.text.characters import clean_text
from feedbuilder.text.timecode import format_npt, json_seconds
from feedbuilder.vocabulary.podcast_tags import NAMESPACE, Tag, in_tag_order, make_tag

PSC_NAMESPACE = "http://podlove.org/simple-chapters"


def item_tags(item: Item) -> list[Tag]:
    """The item's tags in the table's order. Persons are the whole cast: they replace the channel's (P20-10)."""
    episode = item.episode
    tags = [*map(_person, item.credits), *map(_transcript, item.transcripts), *map(_soundbite, episode.soundbites)]
    tags += [make_tag("contentLink", {"href": link.url, "text": link.label}) for link in item.links]
    tags += [*_images(item.artwork, item.pictures), *episode.tags]
    if episode.season is not None:
        tags.append(make_tag("season", {"text": str(episode.season)}))
    if episode.episode is not None:
        tags.append(make_tag("episode", {"text": f"{episode.episode:f}"}))
    if item.chapters_url:
        tags.append(make_tag("chapters", {"url": item.chapters_url, "type": "application/json+chapters"}))
    return in_tag_order(tags)


def channel_tags(channel: Channel) -> list[Tag]:
    """The channel's tags in the table's order."""
    guid = make_tag("guid", {"text": channel.podcast_guid})
    return in_tag_order(
        [guid, *map(_person, channel.hosts), *_images(channel.artwork, channel.pictures), *channel.tags]
    )


def append_tag(parent: etree._Element, tag: Tag) -> None:
    """Write the tag as the last child of ``parent``."""
    element = _append(parent, f"{{{NAMESPACE}}}{tag.name}", dict(tag.attributes), tag.text)
    for child in tag.children:
        append_tag(element, child)


def append_psc(parent: etree._Element, chapters: Sequence[Chapter]) -> None:
    """Write Podlove Simple Chapters 1.2, if there are chapters (SPO-23)."""
    if not chapters:
        return
    listing = _append(parent, f"{{{PSC_NAMESPACE}}}chapters", {"version": "1.2"})
    for chapter in chapters:
        named = {"start": format_npt(chapter.start_s), "title": chapter.title}
        links = {"href": chapter.url, "image": chapter.image_url}
        _append(listing, f"{{{PSC_NAMESPACE}}}chapter", named | {key: url for key, url in links.items() if url})


def _append(parent: etree._Element, name: str, attributes: Mapping[str, str], text: str = "") -> etree._Element:
    element = etree.SubElement(parent, name, {key: clean_text(value) for key, value in attributes.items()})
    element.text = clean_text(text) or None
    return element


def _person(credit: Credit) -> Tag:
    links = {"img": credit.image_url, "href": credit.href}
    secure = {name: url for name, url in links.items() if url.startswith("https:")}  # P20-0b
    return make_tag("person", {"role": credit.role, "group": credit.group, "text": credit.name} | secure)


def _transcript(file: TranscriptFile) -> Tag:
    rel = "captions" if file.timed else ""  # TRN-16
    return make_tag("transcript", {"url": file.url, "type": file.type, "language": file.language, "rel": rel})


def _soundbite(bite: Soundbite) -> Tag:
    start, duration = str(json_seconds(bite.start_s)), str(json_seconds(bite.duration_s))
    return make_tag("soundbite", {"startTime": start, "duration": duration, "text": bite.title})


def _images(artwork: Picture | None, others: Iterable[Picture] = ()) -> list[Tag]:
    """The artwork first, then the others; each address once (P20-18)."""
    pictures = {picture.url: (picture, "") for picture in others}
    if artwork:
        pictures = {artwork.url: (artwork, "artwork")} | {
            url: one for url, one in pictures.items() if url != artwork.url
        }
    return [_image(picture, purpose) for picture, purpose in pictures.values()]


def _image(picture: Picture, purpose: str) -> Tag:
    values = {"href": picture.url, "alt": picture.alt, "type": picture.type, "purpose": purpose}
    if picture.width and picture.height:
        shared = gcd(picture.width, picture.height)
        ratio = f"{picture.width // shared}/{picture.height // shared}"
        values |= {"aspect-ratio": ratio, "width": str(picture.width), "height": str(picture.height)}
    return make_tag("image", values)
