"""Episode files that clash: two with one file name, or one number in a season."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from feedbuilder.authors.episodes import propose_slug, slug_of
from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.model import Episode


def find_slug_clashes(paths: Sequence[str]) -> list[Problem]:
    """Findings for files whose slugs differ only in case: on some disks and hosts they are one file."""
    first: dict[str, str] = {}
    problems = []
    for path in sorted(paths):
        slug = slug_of(path)
        other = first.setdefault(slug.casefold(), path)
        if other != path:
            what = f"the file name {quoted(slug)} is used by {other}"
            folder = path.rpartition("/")[0].rpartition("/")[2]
            remedy = f"Rename it to {propose_slug(f'{folder}-{slug}')}.md."
            problems.append(Problem("REC-10", Mark(path), what, "", remedy))
    return problems


def find_number_clashes(episodes: Sequence[Episode]) -> list[Problem]:
    """Findings for full episodes with the number of another one in their season: apps sort and list by number."""
    first: dict[tuple[int | None, Decimal], Episode] = {}
    problems = []
    for episode in sorted(episodes, key=lambda episode: episode.mark.path):
        if episode.episode is None or episode.episode_type != "full" or episode.withdrawn:
            continue
        other = first.setdefault((episode.season, episode.episode), episode)
        if other is not episode:
            season = f" of season {episode.season}" if episode.season else ""
            what = f"{other.mark.path} is also episode {episode.episode}{season}"
            problems.append(Problem("REC-12", episode.at("episode"), what))
    return problems
