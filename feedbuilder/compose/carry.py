"""Published episodes whose episode files cannot be read: their last good item and files, unchanged.

docs/design.md#failure
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from feedbuilder.compose.episode import folder_of
from feedbuilder.compose.inputs import Project
from feedbuilder.errors import Mark, Problem, Stopped
from feedbuilder.model import Artefact, CarriedItem, Known, Ledger, PublishedFile, ReleaseFacts
from feedbuilder.render.carried import parse_carried
from feedbuilder.render.pages import SEARCH_FOLDER
from feedbuilder.render.search import Searched, read_search_index


@dataclass(frozen=True, slots=True)
class Last:
    """The current release. ``folder`` is absolute; carried-over files are copied from it.

    ``has``: whether a file still exists with its size; ``read``: its bytes, empty if missing. ``told``: what apps saw
    last, if a later release was rolled back.
    """

    facts: ReleaseFacts
    files: Mapping[str, PublishedFile]
    folder: str
    has: Callable[[str], bool]
    read: Callable[[str], bytes]
    feed: bytes = b""
    json_feed: bytes = b""
    told: Ledger | None = None


@dataclass(frozen=True, slots=True)
class Carried:
    """Episodes that are published again unchanged. Those in the feed are in ``known`` and ``items``, too.

    ``searched``: their entries in the search index. ``lost``: unreadable records that were never published.
    """

    slugs: tuple[str, ...] = ()
    known: Mapping[str, Known] = field(default_factory=lambda: MappingProxyType({}))
    items: Mapping[str, CarriedItem] = field(default_factory=lambda: MappingProxyType({}))
    searched: tuple[Searched, ...] = ()
    artefacts: tuple[Artefact, ...] = ()
    lost: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def carry_over(project: Project, last: Last | None) -> Carried:
    """The last good version of every record that cannot be read.

    Raises:
        Stopped: a published episode cannot be carried over, because its release is gone or was changed.
    """
    before = last.facts.known.episodes if last else {}
    gone = [slug for slug, known in project.ledger.episodes.items() if not known.withdrawn and slug not in before]
    stops = [_stop(project.lost[slug]) for slug in gone if slug in project.lost]
    if stops and last is None:
        raise Stopped(*project.problems, *stops)
    if last is None or not project.lost:
        return Carried(lost=tuple(sorted(project.lost)))
    slugs = [slug for slug in sorted(project.lost) if slug in before or _files(last, folder_of(slug))]
    known = {slug: before[slug] for slug in slugs if slug in before}
    try:
        feed = parse_carried(last.feed, last.json_feed) if known else {}
        items = {slug: replace(feed[one.guid], place=one.place) for slug, one in known.items()}
    except (ValueError, KeyError):
        raise Stopped(*project.problems, *(_stop(project.lost[slug]) for slug in known)) from None
    texts = [item.xml + item.json.encode() for item in items.values()]
    artefacts = [file for slug in slugs for file in _files(last, folder_of(slug))]
    artefacts += [file for folder in ("media/", "images/") for file in _files(last, folder) if _is_named(file, texts)]
    searched = _searched(last, slugs)
    unsearched = set(slugs) - {one.slug for one in searched}
    return Carried(
        slugs=tuple(slugs),
        known=MappingProxyType(known),
        items=MappingProxyType(items),
        searched=searched,
        artefacts=tuple(artefacts),
        lost=tuple(sorted(project.lost.keys() - set(slugs))),
        problems=tuple(
            Problem(
                "BLD-3", Mark(project.lost[slug]), "the episode file cannot be read", _UNSEARCHED * (slug in unsearched)
            )
            for slug in slugs
        ),
    )


_UNSEARCHED = "its last good version is published, but search does not find it because the old index is damaged"


def _searched(last: Last, slugs: Collection[str]) -> tuple[Searched, ...]:
    """Their entries in the last search index; empty if it is damaged."""
    try:
        return tuple(read_search_index(lambda path: last.read(SEARCH_FOLDER + path), slugs))
    except ValueError:
        return ()


def _stop(path: str) -> Problem:
    return Problem(
        "BLD-4", Mark(path), "the episode file cannot be read and the release with its last good version is gone"
    )


def _files(last: Last, folder: str) -> list[Artefact]:
    return [
        Artefact(path, file.type, file.sha256, origin=f"{last.folder}/{path}")
        for path, file in last.files.items()
        if path.startswith(folder)
    ]


def _is_named(file: Artefact, texts: Iterable[bytes]) -> bool:
    return any(file.path.encode() in text for text in texts)
