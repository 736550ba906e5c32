"""Where the audio of an episode is: at a URL elsewhere, or in a file that is published with the feed."""

from __future__ import annotations

import posixpath
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from feedbuilder.authors.show import Show
from feedbuilder.errors import Problem, quoted
from feedbuilder.model import AudioSource, Enclosure, Episode, Known, MediaFacts, hashed_name
from feedbuilder.vocabulary.media_types import MEDIA_ENDINGS

# APL-30: the ending of the path decides whether Apple takes an episode.
APPLE_ENDINGS = frozenset({"mp3", "m4a", "mp4", "m4v", "mov", "pdf"})
_TYPES = {ending: kind for kind, ending in MEDIA_ENDINGS.items()}


@dataclass(frozen=True, slots=True)
class Audio:
    """The audio of a record: its enclosure, and the measured file if it is in this project."""

    enclosure: Enclosure | None
    file: MediaFacts | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def measured_s(self) -> float | None:
        """Length in seconds; ``None`` if not measured."""
        return self.file.duration_s if self.file else None


def candidates(episode: Episode, show: Show, by_slug: Mapping[str, str]) -> tuple[str, ...]:
    """Paths where the audio of an episode may be, in order of preference. Empty for audio elsewhere."""
    if episode.audio and episode.audio.url:
        return ()
    if episode.audio:
        return episode.audio.file, posixpath.join(show.media.folder, episode.audio.file)
    return (by_slug[episode.slug],) if episode.slug in by_slug else ()


def site_path(slug: str, fact: MediaFacts) -> str:
    """Where a file is published: named by slug and content, so changed audio gets a new URL (SPO-9, HTTP-7)."""
    return f"media/{hashed_name(slug, fact)}"


def media_base(show: Show) -> str:
    """The public address of the folder ``media/`` of the site."""
    return show.media.url.rstrip("/") + "/" if show.media.url else f"{show.base_url}media/"


def find_audio(episode: Episode, show: Show, files: Mapping[str, MediaFacts], by_slug: Mapping[str, str]) -> Audio:
    """The audio of an episode; without an enclosure if the record names none or its file is missing."""
    paths = candidates(episode, show, by_slug)
    fact = next((files[path] for path in paths if path in files), None)
    if fact is not None:
        url = media_base(show) + posixpath.basename(site_path(episode.slug, fact))
        return Audio(Enclosure(url, fact.length_bytes, fact.type, fact.sha256), fact, _advice(episode, url))
    if episode.audio and paths:
        what = f"audio file {quoted(episode.audio.file)} not found"
        return Audio(None, None, (Problem("BLD-6", episode.at("audio.file"), what),))
    return _elsewhere(episode.audio, episode) if episode.audio else Audio(None)


def keep_address(audio: Audio, before: Known | None, show: Show) -> Enclosure | None:
    """The enclosure of a record. A file that is already published keeps its address.

    The file has its old name if the episode was renamed.
    """
    known = before.enclosure if before else None
    if not (audio.enclosure and audio.file and known and known.sha256 == audio.file.sha256):
        return audio.enclosure
    name = known.url.removeprefix(media_base(show))
    mine = name != known.url and "/" not in name and _ending(known.url) == MEDIA_ENDINGS[audio.file.type]
    return replace(audio.enclosure, url=known.url) if mine else audio.enclosure


def _elsewhere(source: AudioSource, episode: Episode) -> Audio:
    kind = source.type or _TYPES.get(_ending(source.url), "")
    enclosure = Enclosure(source.url, source.length_bytes or 0, kind)
    return Audio(enclosure, None, _advice(episode, source.url))


def settle(enclosure: Enclosure, episode: Episode) -> tuple[Enclosure, list[Problem]]:
    """The enclosure as published, and findings for what is still missing."""
    problems = []
    if not enclosure.type:
        what = f"the media type of {quoted(enclosure.url)} is unknown"
        remedy = "Add `type:` to `audio:`, for example `audio/mpeg`."
        problems.append(Problem("RSS-8", episode.at("audio"), what, "published as audio/mpeg", remedy))
    if not enclosure.length_bytes:
        problems.append(Problem("RSS-7", episode.at("audio"), "the size of the audio is unknown"))
    return replace(enclosure, type=enclosure.type or "audio/mpeg"), problems


def find_insecure(enclosure: Enclosure, episode: Episode, adopted: Container[str]) -> list[Problem]:
    """The finding for audio that is not served over https: a warning only if apps already have its address.

    docs/design.md#failure
    """
    if not enclosure.url.startswith("http:"):
        return []
    rule = "LED-15" if enclosure.url in adopted else "T-40"
    return [Problem(rule, episode.at("audio.url"), f"{quoted(enclosure.url)} is not https")]


def _ending(url: str) -> str:
    return posixpath.splitext(unquote(urlsplit(url).path))[1].lstrip(".").lower()


def _advice(episode: Episode, url: str) -> tuple[Problem, ...]:
    if _ending(url) in APPLE_ENDINGS:
        return ()
    return (
        Problem(
            "APL-30",
            episode.at("audio"),
            f"the audio address ends in {quoted(_ending(url), 12)}, which Apple does not accept",
        ),
    )
