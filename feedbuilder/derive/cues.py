"""Captions from paragraphs: short enough to read, long enough to make sense, each in its place in time (TRN-13, 14).

Times are whole milliseconds inside. The text of one moment (a paragraph, or all that claim the same time, T-74) is
spread by length of text over the time up to the next moment, or over as much of it as that text can last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import accumulate, groupby, pairwise
from operator import attrgetter
from statistics import median
from typing import NamedTuple

from feedbuilder.model import Cue, Paragraph, Timeline
from feedbuilder.text.breaks import break_text, break_under_name, columns
from feedbuilder.text.characters import clean_text
from feedbuilder.text.timecode import to_milliseconds

# Measured on 17 episodes with 1,240 spans of 150 characters or more between two times: the median is 12.5 characters a
# second, and 95 of 100 spans are no slower than 0.6 of the median of their episode. What is slower holds a pause.
USUAL_PACE = 12.5  # columns a second; only where an episode gives no pace of its own
SLOWEST_PACE = 3.0  # of an abridged transcript; what seems slower is no transcript of speech
SLOW_SHARE = 0.6
BREATH_MS = 1000  # short answers take longer than their text: half of them up to a second
FEWEST_SPANS = 3  # from which a pace is taken

LONGEST_CUE_MS = 10_000  # TRN-14
OWN_MS = 500  # of a cue, however short its text: speech pauses there, and the eye needs it (T-74)

_UNBREAKABLE = ("\u00a0", "\u2007", "\u202f")  # blanks that are part of their word
_BLANKS = re.compile(r"[^\S\u00a0\u2007\u202f]+")


class _Said(NamedTuple):
    """A paragraph that holds words."""

    paragraph: int
    start_ms: int
    speaker: str
    text: str
    width: int
    end_ms: int | None = None  # a transcript file says when it ends
    word_starts_ms: tuple[int, ...] = ()


def derive_cues(
    timeline: Timeline, speakers: Mapping[str, str], *, max_characters: int, end_s: float | None
) -> tuple[Cue, ...]:
    """The captions of a timeline, ascending, none running into the next; empty when it is not timed.

    A cue has at most ``max_characters`` (wide characters count two) and fits on two lines of half of that, as far as
    words allow; it ends when the next begins, or earlier when its text cannot last so long. The cues of a paragraph
    hold its words once and in order.

    ``speakers`` gives the name to show for each ``who``. ``end_s`` is the length of the audio if it is known: no cue
    ends later. Paragraphs that lie beyond it keep their order and their times.
    """
    if not timeline.timed:
        return ()
    said = _said(timeline.paragraphs, speakers)
    moments = [list(group) for _, group in groupby(said, attrgetter("start_ms"))]
    pace = _pace(moments)
    end_ms = None if end_s is None else to_milliseconds(end_s)
    cues: list[Cue] = []
    free_ms = 0
    for number, moment in enumerate(moments):
        start_ms = max(free_ms, moment[0].start_ms)
        following_ms = min((later[0].start_ms for later in moments[number + 1 : number + 2]), default=None)
        if len(moment) == 1 and moment[0].end_ms is not None:
            free_ms = _place_caption(moment[0], start_ms, following_ms, max_characters, cues)
            continue
        bounds = [following[0].start_ms for following in moments[number + 1 : number + 2]]
        bounds += [end_ms] if end_ms is not None and end_ms > start_ms else []
        length_ms = _length_ms(sum(piece.width for piece in moment), pace, min(bounds) - start_ms if bounds else None)
        free_ms = _place(_pieces(moment, length_ms, max_characters), start_ms, length_ms, cues)
    return tuple(cues)


def derive_cards(cues: Sequence[Cue], *, max_characters: int) -> tuple[Cue, ...]:
    """The same captions in smaller pieces, for players that show a name as part of the text, as SRT has it.

    A card has at most ``max_characters`` and fits on two lines of half of that; the first of a turn fits on one line
    below a name. The cards of a cue share its time. ``cues`` are what ``derive_cues`` returns.
    """
    line = max_characters // 2
    cards: list[Cue] = []
    speaker = None
    free_ms = 0
    for cue in cues:
        parts = []
        rest = cue.text
        if cue.speaker != speaker:
            speaker = cue.speaker
            first, rest = break_under_name(rest, line)
            parts.append(first)
        if rest:
            parts += break_text(rest, max_characters, line=line)
        start_ms = max(free_ms, to_milliseconds(cue.start_s))
        pieces = [_Piece(speaker, cue.paragraph, part, columns(part)) for part in parts]
        free_ms = _place(pieces, start_ms, to_milliseconds(cue.end_s) - start_ms, cards)
    return tuple(cards)


def tidy(text: str) -> str:
    """The text on one line, without forbidden characters and double blanks."""
    text = clean_text(text)
    return _BLANKS.sub(" ", text).strip() if any(blank in text for blank in _UNBREAKABLE) else " ".join(text.split())


def _said(paragraphs: Sequence[Paragraph], speakers: Mapping[str, str]) -> list[_Said]:
    names = {who: tidy(speakers.get(who, who)) for who in dict.fromkeys(paragraph.who for paragraph in paragraphs)}
    said: list[_Said] = []
    for index, paragraph in enumerate(paragraphs):
        for caption in paragraph.captions:
            if text := tidy(caption.text):
                end_ms = None if caption.end_s is None else to_milliseconds(caption.end_s)
                starts_ms = tuple(map(to_milliseconds, caption.word_starts_s))
                start_ms = to_milliseconds(caption.start_s)
                said.append(_Said(index, start_ms, names[paragraph.who], text, columns(text), end_ms, starts_ms))
        if not paragraph.captions and (text := tidy(paragraph.text)):
            said.append(_Said(index, to_milliseconds(paragraph.start_s), names[paragraph.who], text, columns(text)))
    return said


def _pace(moments: Sequence[Sequence[_Said]]) -> float:
    """Columns a second, as this episode is spoken."""
    paces = [
        1000 * sum(said.width for said in moment) / (following[0].start_ms - moment[0].start_ms)
        for moment, following in pairwise(moments)
    ]
    return max(SLOWEST_PACE, median(paces)) if len(paces) >= FEWEST_SPANS else USUAL_PACE


def _length_ms(width: int, pace: float, room_ms: int | None) -> int:
    """How long a text of that width is spoken; ``room_ms`` is the time until something else is."""
    usual_ms = 1000 * width / pace
    return int(usual_ms if room_ms is None else min(room_ms, BREATH_MS + usual_ms / SLOW_SHARE))


class _Piece(NamedTuple):
    """The text of one cue."""

    speaker: str
    paragraph: int
    text: str
    width: int


def _pieces(moment: Sequence[_Said], length_ms: int, max_characters: int) -> list[_Piece]:
    """The captions of a moment: smaller ones where it is spoken slowly, but a line each at least."""
    line = max_characters // 2
    width = sum(said.width for said in moment)
    most = min(max_characters, max(line, LONGEST_CUE_MS * width // max(1, length_ms)))
    return [
        _Piece(said.speaker, said.paragraph, text, columns(text))
        for said in moment
        for text in break_text(said.text, most, line=line)
    ]


def _place_caption(said: _Said, start_ms: int, following_ms: int | None, max_characters: int, cues: list[Cue]) -> int:
    """Append a caption of a transcript file at its own time, cut only where it is too long or the next one begins."""
    assert said.end_ms is not None
    end_ms = max(said.end_ms, start_ms + 1)
    if following_ms is not None and following_ms > start_ms:
        end_ms = min(end_ms, following_ms)
    texts = break_text(said.text, max_characters, line=max_characters // 2)
    starts_ms = _starts_of(texts, said.word_starts_ms, start_ms, end_ms)
    if not starts_ms:
        pieces = [_Piece(said.speaker, said.paragraph, text, columns(text)) for text in texts]
        return _place(pieces, start_ms, end_ms - start_ms, cues)
    for text, at_ms, next_ms in zip(texts, starts_ms, [*starts_ms[1:], end_ms], strict=True):
        cues.append(Cue(at_ms / 1000, next_ms / 1000, said.speaker, text, said.paragraph))
    return end_ms


def _starts_of(texts: Sequence[str], word_starts_ms: Sequence[int], start_ms: int, end_ms: int) -> list[int]:
    """When each text starts: where its first word does; nothing where the words have no times that fit."""
    numbers = [0, *accumulate(len(text.split()) for text in texts[:-1])]
    if len(texts) == 1:
        return [start_ms]
    if len(word_starts_ms) != sum(len(text.split()) for text in texts):
        return []
    starts_ms = [start_ms, *(word_starts_ms[number] for number in numbers[1:])]
    fits = all(before < after for before, after in pairwise([*starts_ms, end_ms]))
    return starts_ms if fits else []


def _place(pieces: Sequence[_Piece], start_ms: int, length_ms: int, cues: list[Cue]) -> int:
    """Append the pieces as cues, and return the time from which the next may start.

    Half of the time or less is dealt out evenly, the rest by width. Where there is no room for whole milliseconds each
    has one, and what follows is moved on, so that the order holds.
    """
    length_ms = max(length_ms, len(pieces))
    own_ms = max(1, min(OWN_MS, length_ms // (2 * len(pieces))))
    shared_ms = length_ms - own_ms * len(pieces)
    total = sum(piece.width for piece in pieces)
    before = 0
    at_ms = next_ms = start_ms
    for number, (speaker, paragraph, text, width) in enumerate(pieces, start=1):
        before += width
        next_ms = start_ms + own_ms * number + shared_ms * before // total
        end_ms = next_ms if next_ms - at_ms < LONGEST_CUE_MS else at_ms + LONGEST_CUE_MS
        cues.append(Cue(at_ms / 1000, end_ms / 1000, speaker, text, paragraph))
        at_ms = next_ms
    return at_ms
