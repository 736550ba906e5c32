"""What two records may not have in common: the name of their file, the number in their season."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from feedbuilder.authors.episodes import propose_slug, slug_of
from feedbuilder.errors import Mark, Problem
from feedbuilder.model import Episode


def find_slug_clashes(paths: Sequence[str]) -> list[Problem]:
    """Findings for files whose slugs are equal when case is folded: on some disks and hosts they are one."""
    first: dict[str, str] = {}
    problems = []
    for path in sorted(paths):
        slug = slug_of(path)
        other = first.setdefault(slug.casefold(), path)
        if other != path:
            what = f"the file name {slug!r} is taken by {other}"
            folder = path.rpartition("/")[0].rpartition("/")[2]
            remedy = f"rename it to {propose_slug(f'{folder}-{slug}')}.md"
            problems.append(Problem("REC-10", Mark(path), what, "", remedy))
    return problems


def find_number_clashes(episodes: Sequence[Episode]) -> list[Problem]:
    """Findings for full episodes with the number of another one of their season: apps order and name them by it."""
    first: dict[tuple[int | None, Decimal], Episode] = {}
    problems = []
    for episode in sorted(episodes, key=lambda one: one.mark.path):
        if episode.episode is None or episode.episode_type != "full" or episode.withdrawn:
            continue
        other = first.setdefault((episode.season, episode.episode), episode)
        if other is not episode:
            season = f" of season {episode.season}" if episode.season else ""
            what = f"episode {episode.episode}{season} is {other.mark.path}, too"
            problems.append(Problem("REC-12", episode.at("episode"), what))
    return problems
