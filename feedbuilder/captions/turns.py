"""Captions joined to paragraphs that people can read: of one speaker, to the end of a sentence."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from feedbuilder.captions.spoken import Section, Spoken

_LONG = 280  # characters: from here on a paragraph ends with its sentence
_LONGEST = 900
_PAUSE_S = 6.0
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)]*$")


@dataclass(frozen=True, slots=True)
class Turn:
    """A paragraph of one speaker. ``pieces`` are in order, and each has a time or none has one."""

    pieces: tuple[Spoken, ...]

    @property
    def who(self) -> str:
        """The speaker as the file names it; empty where it names none."""
        return self.pieces[0].who

    @property
    def text(self) -> str:
        """All that is said, on one line."""
        return " ".join(piece.text for piece in self.pieces)

    @property
    def start_s(self) -> float | None:
        """When it begins."""
        return self.pieces[0].start_s

    @property
    def line(self) -> int:
        """The line of the file in which it begins; 0 where lines mean nothing."""
        return self.pieces[0].line


def gather_turns(entries: Iterable[Spoken | Section], breaks: Sequence[float] = ()) -> list[Turn | Section]:
    """The captions as paragraphs, and the headings between them. What is long already is left unchanged.

    No paragraph crosses a heading, a pause of six seconds or a time of ``breaks``, which ascend.
    """
    gathered: list[Turn | Section] = []
    for entry in entries:
        last = gathered[-1] if gathered else None
        if isinstance(entry, Section):
            gathered.append(entry)
        elif isinstance(last, Turn) and _goes_on(last, entry, breaks):
            gathered[-1] = Turn((*last.pieces, entry))
        else:
            gathered.append(Turn((entry,)))
    return gathered


def _goes_on(turn: Turn, piece: Spoken, breaks: Sequence[float]) -> bool:
    last = turn.pieces[-1]
    if piece.who != turn.who or turn.start_s is None or piece.start_s is None or last.end_s is None:
        return False
    length = sum(len(one.text) + 1 for one in turn.pieces)
    if piece.start_s - last.end_s > _PAUSE_S or length + len(piece.text) > _LONGEST:
        return False
    if bisect_right(breaks, turn.start_s) != bisect_right(breaks, piece.start_s):
        return False
    return length < _LONG or not _SENTENCE_END.search(last.text)
