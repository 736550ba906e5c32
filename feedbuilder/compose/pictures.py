"""Pictures as authors name them -> pictures with public addresses, and whether they may be artwork."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from urllib.parse import quote, urljoin, urlsplit

from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.model import MediaFacts, Picture, hashed_name
from feedbuilder.text.characters import counted

SMALLEST, LARGEST = 1400, 3000  # APL-8, pixels
ARTWORK_TYPES = frozenset({"image/jpeg", "image/png"})
_TYPES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif"}


@dataclass(frozen=True, slots=True)
class Gallery:
    """Where pictures come from and go to. ``facts``: project path -> what was measured of the picture there.

    ``fitted``: project path -> the artwork that was made of the picture there.
    """

    facts: Mapping[str, MediaFacts]
    site_url: str  # base of values that are no file of the project
    base_url: str  # public address of the site
    fitted: Mapping[str, MediaFacts] = field(default_factory=lambda: MappingProxyType({}))

    def find(self, written: str, *, alt: str = "") -> Picture | None:
        """The picture that an author names: a URL, a file of the project, or a path below ``site_url``."""
        if not written:
            return None
        if urlsplit(written).scheme in {"http", "https"}:
            return Picture(quote(written, safe="%/:?#[]@!$&'()*+,;=~-._"), _type_of(written), alt=alt)
        fact = self.facts.get(_path_of(written))
        if fact is None:
            return Picture(urljoin(self.site_url, quote(written, safe="%/~-._")), _type_of(written), alt=alt)
        return Picture(self.base_url + site_path(fact), fact.type, fact.width, fact.height, alt)

    def find_artwork(
        self, written: str, mark: Mark, *, alt: str = ""
    ) -> tuple[Picture | None, tuple[Picture, ...], Problem | None]:
        """The artwork, all pictures of which it is one, and why there would be none: Apple would refuse the picture.

        Artwork that was made of the picture stands for it; the picture itself stays beside it (P20-18).
        """
        picture = self.find(written, alt=alt)
        if picture is None:
            return None, (), None
        fault = check_artwork(picture, self.facts.get(written), mark)
        made = self.fitted.get(written)
        if fault and made:
            square = Picture(self.base_url + fitted_site_path(written, made), made.type, made.width, made.height, alt)
            return square, (square, picture), None
        return (None if fault else picture), (picture,), fault

    def only(self, names: Iterable[str]) -> Gallery:
        """The same, for pictures of these names."""
        paths = {path for name in names for path in (name, _path_of(name))}
        facts = {path: fact for path, fact in self.facts.items() if path in paths}
        return replace(self, facts=facts, fitted={path: fact for path, fact in self.fitted.items() if path in paths})


def find_absent(named: Iterable[tuple[str, Mark]], facts: Mapping[str, MediaFacts]) -> list[Problem]:
    """One finding for all pictures that are named like files of the project and are none."""
    absent: dict[str, Mark] = {}
    for path, mark in named:
        if path and "://" not in path and _path_of(path) not in facts:
            absent.setdefault(path, mark)
    for path, mark in absent.items():
        more = f" (and {counted(len(absent) - 1, 'other picture')})" if len(absent) > 1 else ""
        return [Problem("MED-16", mark, f"{quoted(path)} not found{more}")]
    return []


def fitted_site_path(written: str, made: MediaFacts) -> str:
    """Where the artwork that was made of a picture is published."""
    return f"images/{hashed_name(posixpath.splitext(posixpath.basename(written))[0] + '-square', made)}"


def site_path(fact: MediaFacts) -> str:
    """Where a picture of the project is published."""
    return f"images/{hashed_name(posixpath.splitext(posixpath.basename(fact.path))[0], fact)}"


def check_artwork(picture: Picture, fact: MediaFacts | None, mark: Mark) -> Problem | None:
    """Why Apple would refuse this picture as artwork; ``None`` when it would not, or nobody measured it."""
    if fact is None:
        if picture.type and picture.type not in ARTWORK_TYPES:
            return Problem("APL-8", mark, f"{quoted(picture.url)} is neither JPEG nor PNG")
        return None
    faults = artwork_faults(fact)
    return Problem("APL-8", mark, f"{fact.path} {', '.join(faults)}") if faults else None


def artwork_faults(fact: MediaFacts) -> list[str]:
    """What Apple would refuse of a picture of the project as artwork (APL-8)."""
    faults = []
    if fact.type not in ARTWORK_TYPES:
        faults.append(f"is {fact.type}")
    if fact.width != fact.height:
        faults.append("is not square")
    if not SMALLEST <= (fact.width or 0) <= LARGEST:
        faults.append(f"is {fact.width} x {fact.height} pixels")
    if fact.mode not in {"RGB", "L", "P"}:
        faults.append(f"has the colour mode {fact.mode}")
    return faults


def _path_of(written: str) -> str:
    """Where in the project the picture of that name would be."""
    return posixpath.normpath(written.lstrip("/"))


def _type_of(url: str) -> str:
    return _TYPES.get(posixpath.splitext(urlsplit(url).path)[1].lstrip(".").lower(), "")
