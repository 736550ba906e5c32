"""What a transcript file says: pieces of speech and headings, in order, and what of it could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

MOST_FAULTS = 10  # a file that is damaged throughout says so in ten lines


class Word(NamedTuple):
    """One spoken word with its place in time; seconds."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """One caption, segment or paragraph, on one line of text.

    ``who`` is the speaker as the file names it, empty where it names none. Times are seconds, ``None`` where the file
    has none. ``words`` are in order and make up the text, or are empty. ``line`` counts from 1, 0 where lines mean
    nothing (JSON).
    """

    text: str
    who: str = ""
    start_s: float | None = None
    end_s: float | None = None
    words: tuple[Word, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """A title between pieces of speech; it becomes a chapter."""

    title: str
    start_s: float | None = None
    line: int = 0


class UnknownFormError(ValueError):
    """The file is of no known form; the message names what was looked for."""


class Fault(NamedTuple):
    """Something in the file that could not be read: the line (0: the file as a whole), and what it is."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """A file that was read. ``form`` is one of ``read.FORMS``; ``language`` is what the file says, or empty."""

    form: str
    entries: tuple[Spoken | Section, ...]
    faults: tuple[Fault, ...] = ()
    language: str = ""

    @property
    def spoken(self) -> tuple[Spoken, ...]:
        """The pieces of speech, without the headings."""
        return tuple(entry for entry in self.entries if isinstance(entry, Spoken))


@dataclass(slots=True)
class Faults:
    """The first faults of a file, and how many more there are."""

    first: list[Fault] = field(default_factory=list)
    more: int = 0

    def add(self, line: int, what: str) -> None:
        """One more thing that could not be read."""
        if len(self.first) < MOST_FAULTS:
            self.first.append(Fault(line, what))
        else:
            self.more += 1

    def listed(self) -> tuple[Fault, ...]:
        """All that is to be shown."""
        return (*self.first, Fault(0, f"{self.more} more like this")) if self.more else tuple(self.first)
