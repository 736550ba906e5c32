"""When each line was said: a transcript's times are evidence, not truth (docs/design.md#timeline, rules (a) to (f)).

The record's entries become one sequence of lines and headers. What can be believed is the longest chain of times that
ascends and leaves room to speak the text between them; everything else is placed between by length of text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.model import Caption, Clip, Entry, Episode, Header, Heading, Line, Paragraph, Timeline
from feedbuilder.text.timecode import format_clock

FASTEST_CHARACTERS_PER_S = 45  # nobody speaks faster (docs/design.md#timeline, rule (d))
GRACE_S = 10.0
USUAL_CHARACTERS_PER_S = 15.0  # only where the record itself gives no rate
LOOK_BACK = 500  # keeps the work linear; a longer run of damage is above 10 % in any record below 5,000 lines
MOST_DISTRUSTED = 3  # so many are never too many
DISTRUSTED_SHARE = 0.10
FEWEST_TRUSTED = 3
TRUSTED_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class _Point:
    """An entry on its way: what it claims, and how much text lies before it."""

    entry: Entry
    claimed_s: float | None
    before: int  # characters spoken before it

    @property
    def time_s(self) -> float:
        """What it claims, where it claims something."""
        assert self.claimed_s is not None
        return self.claimed_s


def derive_timeline(episode: Episode, offset_s: float) -> tuple[Timeline, list[Problem]]:
    """All lines and headers of a record with their places in audio time, and what was wrong with its times.

    ``offset_s`` is added to every time of the record (audio time minus record time); below 0 is 0.
    Lines keep their text and order. Where times are withheld the result is not ``timed``.
    """
    entries, problems = _without_repetitions(episode.transcript)
    entries = _with_clip_times(entries, episode.clips)
    entries = _headers_at_their_lines(entries)
    entries, dropped = _without_trailing_headers(entries)
    problems += dropped
    if not entries:
        return Timeline(), problems
    points = _as_points(entries)
    trusted = _trusted(points)
    distrusted = [point for index, point in enumerate(points) if point.claimed_s is not None and index not in trusted]
    withheld = _withheld(points, len(trusted), distrusted, episode.at("transcript"))
    if withheld:
        return _untimed(points), [*problems, withheld]
    problems += map(_distrust, distrusted)
    times = _placed(points, trusted)
    shifted = [max(0.0, time + offset_s) for time in times]
    return _as_timeline(points, shifted, trusted), problems


# --- (a) to (c): what the sequence is -----------------------------------------------------------------------------


def _without_repetitions(entries: Sequence[Entry]) -> tuple[list[Entry], list[Problem]]:
    """(a) An untimed line that the next line repeats, and a header that the next header repeats, count once.

    Headers may stand between the two lines; a line between two headers parts them. Two people may say the same.
    """
    kept: list[Entry] = []  # from the last to the first
    gone: dict[str, list[Entry]] = {"line": [], "header": []}
    line: Line | None = None
    for entry in reversed(entries):
        if isinstance(entry, Line):
            if line and entry.time_s is None and entry.text == line.text and entry.who in {"", line.who}:
                gone["line"].append(entry)
            else:
                kept.append(entry)
                line = entry
        elif kept and isinstance(kept[-1], Header) and kept[-1].text == entry.text:
            gone["header"].append(entry)
            if kept[-1].time_s is None:
                kept[-1] = entry
        else:
            kept.append(entry)
    return kept[::-1], [_repetition(kind, entries[::-1]) for kind, entries in gone.items() if entries]


def _repetition(kind: str, gone: Sequence[Entry]) -> Problem:
    """One finding a kind and record, naming every place: damaged records repeat all their headers."""
    others = ", ".join(str(entry.mark.line) for entry in gone[1:])
    more = f" (also in line{'s' if len(gone) > 2 else ''} {others})" if others else ""
    return Problem("TIM-3", gone[0].mark, f"the next {kind} repeats this {kind} word for word{more}")


def _with_clip_times(entries: Sequence[Entry], clips: Sequence[Clip]) -> list[Entry]:
    """A header without a time takes its clip's: the nth header with the nth clip of that name."""
    starts: defaultdict[str, list[float]] = defaultdict(list)
    for clip in clips:
        starts[clip.name].append(clip.start_s)
    seen: defaultdict[str, int] = defaultdict(int)
    timed: list[Entry] = []
    for entry in entries:
        if isinstance(entry, Header):
            nth = seen[entry.text]
            seen[entry.text] += 1
            if entry.time_s is None and nth < len(starts[entry.text]):
                timed.append(entry._replace(time_s=starts[entry.text][nth]))
                continue
        timed.append(entry)
    return timed


def _headers_at_their_lines(entries: Sequence[Entry]) -> list[Entry]:
    """(c) A header moves to the trusted line of its time that comes before the next header with lines of its own.

    Trusted by the other lines: a header next to a wrong time would confirm it. Then by all times, headers included;
    where that gives up a line to which a header moved, the header returns.
    """
    lines = [index for index, entry in enumerate(entries) if isinstance(entry, Line)]
    order, targets = _ordered(entries, frozenset(lines))
    trusted = _trusted_of(entries, lines) if targets else frozenset()
    while targets:
        order, targets = _ordered(entries, trusted)
        kept = _trusted_of(entries, order)
        if targets <= kept:
            break
        trusted &= kept
    return [entries[index] for index in order]


def _trusted_of(entries: Sequence[Entry], order: Sequence[int]) -> frozenset[int]:
    """Which of the entries in this order are trusted, as indexes into ``entries``."""
    return frozenset(order[place] for place in _trusted(_as_points([entries[index] for index in order])))


def _ordered(entries: Sequence[Entry], trusted: frozenset[int]) -> tuple[list[int], set[int]]:
    """The order of the entries, each header at the trusted line of its time, and the lines to which headers moved."""
    order: list[int] = []
    targets: set[int] = set()
    position = 0
    while position < len(entries):
        headers = _run(entries, position, Header)
        lines = _run(entries, headers.stop, Line)
        line_at: dict[float | None, int] = {}
        for line in lines:
            if line in trusted:
                line_at.setdefault(entries[line].time_s, line)
        place = {header: line_at.get(entries[header].time_s, lines.start) for header in headers}
        order += sorted([*headers, *lines], key=lambda index: (place.get(index, index), index))
        targets |= set(place.values()) - {lines.start}
        position = lines.stop
    return order, targets


def _run(entries: Sequence[Entry], start: int, kind: type[Header | Line]) -> range:
    end = start
    while end < len(entries) and isinstance(entries[end], kind):
        end += 1
    return range(start, end)


def _without_trailing_headers(entries: Sequence[Entry]) -> tuple[list[Entry], list[Problem]]:
    """T-72: a header with neither a time nor a line after it opens nothing."""
    kept = list(entries)
    problems = []
    while kept and isinstance(kept[-1], Header) and kept[-1].time_s is None:
        header = kept.pop()
        problems.append(Problem("T-72", header.mark, f"no line follows the header {quoted(header.text)}"))
    return kept, problems


def _as_points(entries: Sequence[Entry]) -> list[_Point]:
    """(b) A time equal to that of the timed line before it is no evidence."""
    points = []
    before = 0
    last: float | None = None
    for entry in entries:
        claimed = entry.time_s
        if isinstance(entry, Line):
            if claimed is not None and claimed == last:
                claimed = None
            elif claimed is not None:
                last = claimed
        points.append(_Point(entry, claimed, before))
        before += len(entry.text) + 1 if isinstance(entry, Line) else 0
    return points


# --- (d) and (f): what can be believed ----------------------------------------------------------------------------


def _evidence(points: Sequence[_Point]) -> list[int]:
    return [index for index, point in enumerate(points) if point.claimed_s is not None]


def _may_follow(earlier: _Point, later: _Point) -> bool:
    """Whether both times can be true: they ascend, and the text between can be spoken."""
    gap = later.time_s - earlier.time_s
    if gap < 0 or (gap == 0 and not (isinstance(earlier.entry, Header) and later.before == earlier.before)):
        return False
    return later.before - earlier.before <= FASTEST_CHARACTERS_PER_S * (gap + GRACE_S)


def _trusted(points: Sequence[_Point]) -> frozenset[int]:
    """(d) The longest chain of believable times, as indexes; of equally long ones the one that is spoken most evenly.

    Where one time runs back over a single neighbour, two chains are equally long: one without the damaged time, and one
    without its neighbour. How much text lies between tells them apart.
    """
    evidence = [point for point in points if point.claimed_s is not None]
    indexes = _evidence(points)
    if all(_may_follow(a, b) for a, b in pairwise(evidence)):
        return frozenset(indexes)
    rate = _rate(points, indexes)
    times = [point.time_s for point in evidence]
    scores: list[tuple[int, float]] = []  # how many times, and minus how uneven they are
    came_from: list[int] = []
    for here, point in enumerate(evidence):
        score, link = (1, 0.0), -1
        for there in range(here - 1, max(-1, here - 1 - LOOK_BACK), -1):
            length, evenness = scores[there]
            if length + 1 >= score[0] and times[there] <= times[here] and _may_follow(evidence[there], point):
                longer = (length + 1, evenness - _unevenness(evidence[there], point, rate))
                score, link = max((score, link), (longer, there))
        scores.append(score)
        came_from.append(link)
    at = max(range(len(evidence)), key=lambda here: (scores[here], -here))
    chain = set()
    while at >= 0:
        chain.add(indexes[at])
        at = came_from[at]
    return frozenset(chain)


def _unevenness(earlier: _Point, later: _Point, rate: float) -> float:
    """How many seconds the text between two times would be too early or too late, said at the usual rate."""
    gap = later.time_s - earlier.time_s
    return abs(gap - (later.before - earlier.before) / rate)


def _withheld(points: Sequence[_Point], trusted: int, distrusted: Sequence[_Point], transcript: Mark) -> Problem | None:
    """(f) Why the times are withheld, at the first jump; ``None`` when they are not."""
    lines = sum(isinstance(point.entry, Line) for point in points)
    if len(distrusted) > MOST_DISTRUSTED and len(distrusted) > DISTRUSTED_SHARE * (trusted + len(distrusted)):
        what = f"{len(distrusted)} of {trusted + len(distrusted)} times contradict the rest"
    elif not trusted:
        what = "the transcript has no times"
    elif trusted < min(FEWEST_TRUSTED, lines) or trusted < TRUSTED_SHARE * lines:
        what = f"only {trusted} time{'s' if trusted > 1 else ''} can be trusted, for {lines} lines"
    else:
        return None
    if not distrusted:
        return Problem("TIM-2", transcript, what)
    first = distrusted[0]
    jump = format_clock(first.time_s)
    return Problem("TIM-1", first.entry.mark, f"{what}, the first of them here ({jump})")


def _distrust(point: _Point) -> Problem:
    kind = "header or its clip" if isinstance(point.entry, Header) else "line"
    what = f"the time {format_clock(point.time_s)} of this {kind} does not fit the lines around it"
    return Problem("T-73", point.entry.mark, what)


# --- (e): where everything stands ---------------------------------------------------------------------------------


def _placed(points: Sequence[_Point], trusted: frozenset[int]) -> list[float]:
    """(e) A time for every point: trusted ones keep theirs, the rest go between by length of text."""
    anchors = sorted(trusted)
    rate = _rate(points, anchors)
    times: list[float] = []
    highest = 0.0
    for index, point in enumerate(points):
        nth = bisect_right(anchors, index)
        earlier = points[anchors[nth - 1]] if nth else None
        later = points[anchors[nth]] if nth < len(anchors) else None
        time = point.time_s if index in trusted else _between(point, earlier, later, rate)
        highest = max(highest, time)
        times.append(highest)
    return times


def _between(point: _Point, earlier: _Point | None, later: _Point | None, rate: float) -> float:
    if earlier is None:
        assert later is not None  # at least one time is trusted, or all are withheld
        return max(0.0, later.time_s - (later.before - point.before) / rate)
    start = earlier.time_s
    said = point.before - earlier.before
    if later is None:
        return start + said / rate
    end = later.time_s
    text = later.before - earlier.before
    return min(end, start + (end - start) * said / text) if text else end


def _rate(points: Sequence[_Point], anchors: Sequence[int]) -> float:
    """Characters a second: the median over the stretches between trusted times."""
    rates = []
    for a, b in pairwise(anchors):
        text = points[b].before - points[a].before
        span = points[b].time_s - points[a].time_s
        if text and span > 0:
            rates.append(text / span)
    return median(rates) if rates else USUAL_CHARACTERS_PER_S


def _as_timeline(points: Sequence[_Point], times: Sequence[float], trusted: frozenset[int]) -> Timeline:
    paragraphs: list[Paragraph] = []
    headings: list[Heading] = []
    for index, (point, time) in enumerate(zip(points, times, strict=True)):
        entry = point.entry
        if isinstance(entry, Line):
            believed = index in trusted
            captions = _moved(entry, time) if believed else ()
            paragraphs.append(Paragraph(entry.text, entry.who, time, believed, entry.mark, captions))
        else:
            headings.append(Heading(entry.text, time, len(paragraphs), entry.mark))
    last = max((times[index] for index in trusted), default=0.0)
    return Timeline(tuple(paragraphs), tuple(headings), timed=True, last_trusted_s=last)


def _moved(line: Line, start_s: float) -> tuple[Caption, ...]:
    """The captions of a line that starts at ``start_s`` of the audio."""
    shift_s = start_s - line.captions[0].start_s if line.captions else 0.0
    if not shift_s:
        return line.captions
    return tuple(
        Caption(
            one.start_s + shift_s,
            None if one.end_s is None else one.end_s + shift_s,
            one.text,
            tuple(word_s + shift_s for word_s in one.word_starts_s),
        )
        for one in line.captions
    )


def _untimed(points: Sequence[_Point]) -> Timeline:
    timeline = _as_timeline(points, [0.0] * len(points), frozenset())
    return replace(timeline, timed=False)
