"""Pictures as authors name them -> pictures with public addresses, and whether they may be artwork."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from feedbuilder.errors import Mark, Problem
from feedbuilder.model import MediaFacts, Picture, hashed_name

SMALLEST, LARGEST = 1400, 3000  # APL-8, pixels
ARTWORK_TYPES = frozenset({"image/jpeg", "image/png"})
_TYPES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif"}


@dataclass(frozen=True, slots=True)
class Gallery:
    """Where pictures come from and go to. ``facts``: project path -> what was measured of the picture there."""

    facts: Mapping[str, MediaFacts]
    site_url: str  # base of values that are no file of the project
    base_url: str  # public address of the site

    def find(self, written: str, *, alt: str = "") -> Picture | None:
        """The picture that an author names: a URL, a file of the project, or a path below ``site_url``."""
        if not written:
            return None
        if urlsplit(written).scheme in {"http", "https"}:
            return Picture(quote(written, safe="%/:?#[]@!$&'()*+,;=~-._"), _type_of(written), alt=alt)
        path = posixpath.normpath(written.lstrip("/"))
        fact = self.facts.get(path)
        if fact is None:
            return Picture(urljoin(self.site_url, quote(written, safe="%/~-._")), _type_of(written), alt=alt)
        return Picture(self.base_url + site_path(fact), fact.type, fact.width, fact.height, alt)


def site_path(fact: MediaFacts) -> str:
    """Where a picture of the project is published."""
    return f"images/{hashed_name(posixpath.splitext(posixpath.basename(fact.path))[0], fact)}"


def check_artwork(picture: Picture, fact: MediaFacts | None, mark: Mark) -> Problem | None:
    """Why Apple would refuse this picture as artwork; ``None`` when it would not, or nobody measured it."""
    if fact is None:
        if picture.type and picture.type not in ARTWORK_TYPES:
            return Problem("APL-8", mark, f"the picture {picture.url!r} is neither JPEG nor PNG")
        return None
    faults = []
    if fact.type not in ARTWORK_TYPES:
        faults.append(f"is {fact.type}")
    if fact.width != fact.height:
        faults.append("is not square")
    if not SMALLEST <= (fact.width or 0) <= LARGEST:
        faults.append(f"is {fact.width} x {fact.height} pixels")
    if fact.mode not in {"RGB", "L", "P"}:
        faults.append(f"has the colour mode {fact.mode}")
    return Problem("APL-8", mark, f"the picture {fact.path} {', '.join(faults)}") if faults else None


def _type_of(url: str) -> str:
    return _TYPES.get(posixpath.splitext(urlsplit(url).path)[1].lstrip(".").lower(), "")
