"""Texts to paste into the forms of platforms (``feedbuilder text SLUG --for …``): plain, and within their limits."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from feedbuilder.derive.notes import FEWEST_CHAPTERS, thin_chapters, without_rivals
from feedbuilder.errors import Problem, quoted
from feedbuilder.markup import Block, fit_blocks, parse_html, render_plain
from feedbuilder.model import Chapter, Episode, Link, Notes
from feedbuilder.text.characters import counted, shorten
from feedbuilder.text.timecode import format_clock, format_long_clock

_LEAST_PROSE = 400  # bytes that stay for what the episode is about before chapters must give way
_YOUTUBE_TITLE = 100  # characters (YT-4)
_ANGLES = str.maketrans("<>", "‹›")
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u20e3\U000e0020-\U000e007f]\u200d?[\U0001f3fb-\U0001f3ff]?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Platform:
    """What one platform reads of a description."""

    name: str
    own_links: frozenset[str]  # keys of links that lead to itself
    few_rule: str  # fewer than three chapters
    stamp: Callable[[float], str]
    most_bytes: int | None = None
    least_gap_s: int = 1
    longest_title: int | None = None  # cut there
    advised_title: tuple[str, int] | None = None  # rule and characters: only said
    angles: bool = True  # whether < and > may stand in it


PLATFORMS: Mapping[str, _Platform] = MappingProxyType(
    {
        "youtube": _Platform(
            name="YouTube",
            own_links=frozenset({"youtube"}),
            few_rule="YT-10",
            stamp=format_clock,
            most_bytes=5000,
            least_gap_s=10,
            advised_title=("YT-11", 70),
            angles=False,
        ),
        "spotify": _Platform(
            name="Spotify",
            own_links=frozenset({"spotify", "anchor"}),
            few_rule="SPO-20",
            stamp=format_long_clock,
            least_gap_s=30,
            longest_title=39,
        ),
        "apple": _Platform(
            name="Apple",
            own_links=frozenset({"apple"}),
            few_rule="APL-44",
            stamp=format_long_clock,
            most_bytes=4000,
            advised_title=("APL-45", 45),
        ),
    }
)


def render_text(
    platform: str,
    *,
    episode: Episode,
    links: Sequence[Link],
    chapters: Sequence[Chapter],
    notes: Notes,
    duration_s: float | None = None,
) -> tuple[str, list[Problem]]:
    """The description for ``platform`` (a key of ``PLATFORMS``), without a final line feed, and what it lacks.

    Its chapters are a part of ``chapters``, with shorter titles where the platform wants them.
    """
    rules = PLATFORMS[platform]
    prose = parse_html(notes.prose_html).blocks
    chapters, problems = without_rivals(prose, chapters, episode)
    listed, found = _listed(rules, chapters, duration_s, episode)
    problems += found
    text, found = _fitted(
        rules, prose, [link for link in links if link.platform not in rules.own_links], listed, episode
    )
    problems += found
    if not rules.angles:
        problems += _find_youtube_title(episode) + _find_angles(text, episode)
        text = text.translate(_ANGLES)
    return text, problems


# --- chapters -----------------------------------------------------------------------------------------------------


def _listed(
    rules: _Platform, chapters: Sequence[Chapter], duration_s: float | None, episode: Episode
) -> tuple[list[Chapter], list[Problem]]:
    """The chapters that the platform would show; none where that are fewer than three."""
    if not chapters:
        return [], []
    mark = episode.at("chapters")
    named = [replace(chapter, title=_title(chapter.title, rules)) for chapter in chapters]
    kept = _spaced([chapter for chapter in named if chapter.title], rules.least_gap_s, duration_s)
    if len(kept) < FEWEST_CHAPTERS:
        what = (
            f"{rules.name} needs {FEWEST_CHAPTERS} chapters with a title and at least {rules.least_gap_s} s; "
            f"this episode has {len(kept)} (of {len(chapters)})"
        )
        return [], [Problem(rules.few_rule, mark, what)]
    if int(kept[0].start_s) != 0:
        what = f"the first chapter starts at {rules.stamp(kept[0].start_s)}, not at 0"
        return [], [Problem(rules.few_rule, mark, what, "", "Add a chapter at 0:00.")]
    problems = []
    if close := len(chapters) - len(kept):
        has = "has" if close == 1 else "have"
        what = f"{close} of {len(chapters)} chapters {has} no title or less than {rules.least_gap_s} s"
        problems.append(Problem("T-76", mark, what))
    if shortened := sum(chapter.title.endswith("…") for chapter in kept if chapter not in chapters):
        what = f"{counted(shortened, 'title is', 'titles are')} longer than {rules.longest_title} characters"
        problems.append(Problem("T-77", mark, what))
    if rules.advised_title:
        rule, most = rules.advised_title
        if long := sum(len(chapter.title) > most for chapter in kept):
            what = f"{counted(long, 'chapter title is', 'chapter titles are')} longer than {most} characters"
            problems.append(Problem(rule, mark, what))
    return kept, problems


def _title(title: str, rules: _Platform) -> str:
    """On one line; for Spotify without emoji, with one mark before it at most, and short (SPO-21, SPO-22)."""
    if rules.longest_title:
        title = re.sub(r"^[^\w\s]{2,}\s*", "", _EMOJI.sub("", title).strip())
        return shorten(" ".join(title.split()), rules.longest_title)
    return " ".join(title.split())


def _spaced(chapters: Sequence[Chapter], gap_s: int, duration_s: float | None) -> list[Chapter]:
    """Those at least ``gap_s`` after the one before, as the stamps show it, and as far from the end."""
    kept: list[Chapter] = []
    for chapter in chapters:
        if not kept or int(chapter.start_s) - int(kept[-1].start_s) >= gap_s:
            kept.append(chapter)
    if duration_s is not None and len(kept) > 1 and kept[-1].start_s < duration_s < kept[-1].start_s + gap_s:
        kept.pop()
    return kept


# --- the limit ----------------------------------------------------------------------------------------------------


def _fitted(
    rules: _Platform, prose: Sequence[Block], links: Sequence[Link], chapters: Sequence[Chapter], episode: Episode
) -> tuple[str, list[Problem]]:
    """Prose, links and chapters in that order; prose gives way first, then chapters, links last."""

    def size(text: str) -> int:
        return len((text if rules.angles else text.translate(_ANGLES)).encode())

    whole = _composed(rules, prose, links, chapters)
    most = rules.most_bytes
    if most is None or size(whole) <= most:
        return whole, []
    while (links_size := size(_composed(rules, (), links, ()))) > most:
        links = links[:-1]
    budget = most - links_size - min(_LEAST_PROSE, size(_composed(rules, prose, (), ()))) - len("\n\n\n\n")
    chapters = thin_chapters(chapters, lambda chapter: size(_line(rules, chapter)) + 1, budget)
    kept = fit_blocks(prose, lambda some: size(_composed(rules, some, links, chapters)) <= most)
    what = f"the text has {size(whole)} bytes, more than {most}"
    rule = "APL-26" if rules.angles else "YT-3"
    finding = Problem(rule, episode.at("body"), what, "shortened in this text", "Shorten the notes.")
    return _composed(rules, kept, links, chapters), [finding]


def _composed(rules: _Platform, prose: Sequence[Block], links: Sequence[Link], chapters: Sequence[Chapter]) -> str:
    parts = (
        render_plain(prose, with_links=True),
        "\n".join(f"{link.label}: {link.url}" for link in links),
        "\n".join(_line(rules, chapter) for chapter in chapters),
    )
    return "\n\n".join(part for part in parts if part)


def _line(rules: _Platform, chapter: Chapter) -> str:
    return f"{rules.stamp(chapter.start_s)} {chapter.title}"


def _find_youtube_title(episode: Episode) -> list[Problem]:
    title = episode.title
    what = []
    if len(title) > _YOUTUBE_TITLE:
        what.append(f"has {len(title)} characters, more than {_YOUTUBE_TITLE}")
    if set(title) & set("<>"):
        what.append("contains < or >")
    return [Problem("YT-4", episode.at("title"), f"the title {quoted(title)} {' and '.join(what)}")] if what else []


def _find_angles(text: str, episode: Episode) -> list[Problem]:
    count = len(re.findall("[<>]", text))
    what = f"the text contains < or > ({counted(count, 'time')})"
    remedy = "Replace them in the notes."
    return [Problem("YT-3", episode.at("body"), what, "printed as ‹ and ›", remedy)] if count else []
