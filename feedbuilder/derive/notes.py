"""The show notes of an episode as a feed carries them (docs/design.md#notes): safe, complete, and within 4000 bytes."""

from __future__ import annotations

import heapq
import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from feedbuilder.errors import Problem
from feedbuilder.markup import Block, Run, fit_blocks, parse_markdown, render_blocks, render_plain
from feedbuilder.model import Chapter, Episode, Link, Notes
from feedbuilder.text.characters import counted, find_cut, plain_title
from feedbuilder.text.timecode import format_long_clock

MAX_DESCRIPTION = 4000  # bytes of UTF-8 of the HTML itself (APL-3, APL-26)
MAX_SUMMARY = 300  # characters
FEWEST_CHAPTERS = 3  # APL-44, SPO-20, YT-10
_LEAST_PROSE = 400  # bytes that stay for what the episode is about before chapters must give way
_LEAST_HOOK = 200  # characters that stay of it before the author's links must give way

_NO_LETTERS = re.compile(r"[\W_]+")
_STAMP = re.compile(r"\W{0,3}\d{1,3}:[0-5]\d(?::[0-5]\d)?\b")
_SENTENCE_END = re.compile(r"(?:(?<=[.!?…])[\"'”’»)]*(?=\s)|(?<=[。！？]))")


def derive_notes(
    *, episode: Episode, links: Sequence[Link], chapters: Sequence[Chapter], base_url: str
) -> tuple[Notes, list[Problem]]:
    """The notes of a feed item: what the episode is about, its links, the author's notes, the chapter list.

    Of an episode whose notes are as written, only the author's notes, without anything added. Addresses are resolved
    against ``base_url``, the show's site; where that is empty, relative ones are plain text. The
    description is never empty: the title replaces missing notes.
    """
    hook, body, problems = _read_prose(episode, base_url)
    if episode.notes_as_written:
        hook, links, chapters = (() if body else hook), (), ()
    chapters, found = without_rivals([*hook, *body], chapters, episode)
    problems += found
    if not hook and not body:
        problems.append(Problem("APL-26", episode.mark, "the episode has no description, intro or notes"))
    parts = _Parts(hook, tuple(links), body, _stamped(chapters))
    if parts == _Parts():
        parts = _Parts(hook=(Block((Run(plain_title(episode.title)),)),))
    description, found = _fitted(parts, episode)
    whole = parts.html()
    return Notes(
        description_html=description,
        content_html="" if description == whole else whole,
        summary_text=_summary(episode, body),
        prose_html=_Parts(hook=hook, body=body).html(),
    ), problems + found


# --- prose --------------------------------------------------------------------------------------------------------


def _read_prose(episode: Episode, base_url: str) -> tuple[tuple[Block, ...], tuple[Block, ...], list[Problem]]:
    """The hook (the intro, else the description), the body, and what could not be kept of them.

    A hook whose words the body repeats is left out: many sites keep the beginning of the notes as a description.
    """
    key = "intro" if episode.intro.strip() else "description"
    hook, problems = parse_markdown(episode.intro.strip() or episode.description, base_url, episode.at(key))
    body, found = parse_markdown(episode.body, base_url, episode.at("body"))
    if _letters(hook) in _letters(body):
        hook = ()
    return hook, body, problems + found


def _letters(blocks: Sequence[Block]) -> str:
    return _NO_LETTERS.sub("", " ".join(block.text for block in blocks).casefold())


def _summary(episode: Episode, body: Sequence[Block]) -> str:
    """The first sentences of the description, the intro or the notes; empty where there is no paragraph."""
    for text in (episode.description, episode.intro):
        if words := render_plain(parse_markdown(text, "", episode.mark)[0]):
            return _first_sentences(words)
    paragraphs = [block for block in body if not block.lists and not block.titles_the_next]
    return _first_sentences(paragraphs[0].text) if paragraphs else ""


def _first_sentences(text: str) -> str:
    text = " ".join(text.split())
    if len(text) <= MAX_SUMMARY:
        return text
    ends = [found.end() for found in _SENTENCE_END.finditer(text, 0, MAX_SUMMARY)]
    if ends and ends[-1] >= MAX_SUMMARY // 3:
        return text[: ends[-1]]
    return text[: find_cut(text, MAX_SUMMARY - 1)].rstrip(" .,;:–—-") + "…"


# --- links and chapters -------------------------------------------------------------------------------------------


def _links_block(links: Sequence[Link]) -> Block:
    """``YouTube · Spotify · Apple Podcasts``: words of no language (APP-2)."""
    runs: list[Run] = []
    for link in links:
        runs += [Run(" · "), Run(link.label, link.url)]
    return Block(tuple(runs[1:]))


def without_rivals(
    prose: Sequence[Block], chapters: Sequence[Chapter], episode: Episode
) -> tuple[Sequence[Chapter], list[Problem]]:
    """The chapters, or none where the prose has a list of times: platforms would mix up the two (SPO-20, CHP-11)."""
    rivals = sum(_STAMP.match(line) is not None for block in prose for line in block.text.split("\n"))
    if rivals < FEWEST_CHAPTERS or not chapters:
        return chapters, []
    what = f"{rivals} lines of the notes begin with a time"
    return (), [Problem("CHP-11", episode.at("body"), what)]


def _stamped(chapters: Sequence[Chapter]) -> tuple[Chapter, ...]:
    """Those that a timestamp list can show: titled, on seconds of their own, from 0; none where three do not remain."""
    kept: list[Chapter] = []
    for chapter in chapters:
        if chapter.title.strip() and (not kept or int(chapter.start_s) > int(kept[-1].start_s)):
            kept.append(chapter)
    return tuple(kept) if len(kept) >= FEWEST_CHAPTERS and int(kept[0].start_s) == 0 else ()


def _stamp_line(chapter: Chapter) -> str:
    """One line that Apple, Spotify and YouTube all read (docs/conformance.md#timestamp-block)."""
    return f"{format_long_clock(chapter.start_s)} {' '.join(chapter.title.split())}"


def _chapters_block(chapters: Sequence[Chapter]) -> Block:
    return Block((Run("\n".join(map(_stamp_line, chapters))),))


def thin_chapters(
    chapters: Sequence[Chapter], cost: Callable[[Chapter], int], budget: int, fewest: int = FEWEST_CHAPTERS
) -> list[Chapter]:
    """As many chapters as cost at most ``budget`` together; none where ``fewest`` are too many.

    Those closest behind the one before them go first, the first never.
    """
    total = sum(map(cost, chapters))
    before = [index - 1 for index in range(len(chapters))]
    after = [index + 1 for index in range(len(chapters))]
    gaps = [(chapters[i].start_s - chapters[i - 1].start_s, -i, i - 1) for i in range(1, len(chapters))]
    heapq.heapify(gaps)
    gone: set[int] = set()
    while total > budget and gaps:
        _, negative, previous = heapq.heappop(gaps)
        index = -negative
        if index in gone or before[index] != previous:
            continue
        gone.add(index)
        total -= cost(chapters[index])
        after[previous] = following = after[index]
        if following < len(chapters):
            before[following] = previous
            heapq.heappush(gaps, (chapters[following].start_s - chapters[previous].start_s, -following, previous))
    kept = [chapter for index, chapter in enumerate(chapters) if index not in gone]
    return kept if len(kept) >= fewest and total <= budget else []


# --- the limit ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Parts:
    """The notes in order: the hook, the links (early: APP-3), the body, the chapters."""

    hook: tuple[Block, ...] = ()
    links: tuple[Link, ...] = ()
    body: tuple[Block, ...] = ()
    chapters: tuple[Chapter, ...] = ()

    def html(self) -> str:
        links = [_links_block(self.links)] if self.links else []
        chapters = [_chapters_block(self.chapters)] if self.chapters else []
        return render_blocks([*self.hook, *links, *self.body, *chapters])

    def size(self) -> int:
        return len(self.html().encode())

    def with_prose(self, prose: Sequence[Block]) -> _Parts:
        """The same around this beginning of hook and body."""
        hook = len(self.hook)
        return replace(self, hook=tuple(prose[:hook]), body=tuple(prose[hook:]))


def _fitted(parts: _Parts, episode: Episode) -> tuple[str, list[Problem]]:
    """The HTML in at most 4000 bytes: prose gives way first, then chapters, links last (docs/design.md#notes, T-10)."""
    size = parts.size()
    if size <= MAX_DESCRIPTION:
        return parts.html(), []
    links = parts.links
    while (links_size := _Parts(links=links).size()) > MAX_DESCRIPTION:
        links = links[:-1]
    least = min(_LEAST_PROSE, _Parts(hook=parts.hook, body=parts.body).size())
    budget = MAX_DESCRIPTION - links_size - least - len("<p></p>")
    chapters = thin_chapters(parts.chapters, _html_cost, budget)
    rest = replace(parts, links=links, chapters=tuple(chapters))
    thinned = len(parts.chapters) - len(chapters)
    return _with_less_prose(rest).html(), _cut_problems(size, thinned, episode)


def _with_less_prose(parts: _Parts) -> _Parts:
    """The parts in at most 4000 bytes. Links that the author gives outlive the end of the hook (APP-3)."""

    def fits(cut: _Parts) -> bool:
        return cut.size() <= MAX_DESCRIPTION

    if any(run.href for block in parts.body for run in block.runs) and fits(replace(parts, hook=())):
        hook = fit_blocks(parts.hook, lambda some: fits(replace(parts, hook=tuple(some))))
        if sum(len(block.text) for block in hook) >= _LEAST_HOOK:
            return replace(parts, hook=hook)
    prose = fit_blocks([*parts.hook, *parts.body], lambda some: fits(parts.with_prose(some)))
    return parts.with_prose(prose)


def _html_cost(chapter: Chapter) -> int:
    return len(f"{html.escape(_stamp_line(chapter), quote=False)}<br>".encode())


def _cut_problems(size: int, thinned: int, episode: Episode) -> list[Problem]:
    problems = [Problem("T-10", episode.at("body"), f"the notes have {size} bytes, more than {MAX_DESCRIPTION}")]
    if thinned:
        what = f"{counted(thinned, 'chapter does', 'chapters do')} not fit into {MAX_DESCRIPTION} bytes of notes"
        problems.append(Problem("T-10", episode.at("chapters"), what, "left out of the list in `description`"))
    return problems
