"""Transcript files -> the lines and headers of the episodes that they belong to."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from feedbuilder.captions import Section, Spoken, UnknownFormError, read_transcript
from feedbuilder.captions.names import is_label
from feedbuilder.captions.turns import Turn, gather_turns
from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.model import Caption, Entry, Episode, Header, Line, Person, SourceFile, TranscriptSource

_FEW_WORDS = 6  # of what an unnamed speaker says first
_FEW_SPEAKERS = 5


@dataclass(frozen=True, slots=True)
class Transcribed:
    """An episode with the transcript of a file, and what is wrong with that file."""

    episode: Episode
    problems: tuple[Problem, ...]


def with_transcript(
    episode: Episode, file: SourceFile, people: Mapping[str, Person], *, numbered: bool = True
) -> Transcribed:
    """The episode with the lines and headers of its transcript file. ``people`` are by id.

    A speaker of the file becomes the name that the record gives it under ``speakers:``, or keeps its own. A diarizer's
    label without a name becomes ``Speaker 1`` and so on, in the order in which they speak; ``numbered`` off: nothing.
    """
    try:
        transcript = read_transcript(file.data)
    except UnknownFormError as error:
        what = f"{file.path} is not a transcript that can be read: {error}"
        return Transcribed(episode, (Problem("TRX-7", episode.at("transcript"), what),))
    source = episode.transcript_source or TranscriptSource()
    names = {label: people[name].name if name in people else name for label, name in source.speakers.items()}
    turns = gather_turns(transcript.entries)
    shown = _neutral(transcript.spoken, names, numbered=numbered) | names
    entries = tuple(_entries(turns, file.path, shown))
    offset_s = source.offset_s
    problems = [
        *(Problem("TRX-8", Mark(file.path, fault.line), fault.what) for fault in transcript.faults),
        *_unknown_labels(episode, transcript.spoken, names),
        *_unnamed(episode, transcript.spoken, names),
    ]
    return Transcribed(
        replace(
            episode,
            transcript=entries,
            transcript_offset_s=episode.transcript_offset_s if offset_s is None else offset_s,
        ),
        tuple(problems),
    )


def _neutral(spoken: Iterable[Spoken], names: Container[str], *, numbered: bool) -> dict[str, str]:
    """A neutral name, or none, for each label of a diarizer that no name is given for."""
    labels = [who for who in dict.fromkeys(piece.who for piece in spoken) if who not in names and is_label(who)]
    return {label: f"Speaker {number}" if numbered else "" for number, label in enumerate(labels, start=1)}


def _entries(turns: Iterable[Turn | Section], path: str, names: Mapping[str, str]) -> Iterator[Entry]:
    for turn in turns:
        if isinstance(turn, Turn):
            yield Line(
                turn.text, names.get(turn.who, turn.who), turn.start_s, Mark(path, turn.line), tuple(_captions(turn))
            )
        else:
            yield Header(turn.title, turn.start_s, Mark(path, turn.line))


def _captions(turn: Turn) -> Iterator[Caption]:
    """The captions of a turn; nothing where one has no time, or no end."""
    if all(piece.start_s is not None and piece.end_s is not None for piece in turn.pieces):
        for piece in turn.pieces:
            fits = [word.text for word in piece.words] and " ".join(word.text for word in piece.words) == piece.text
            starts_s = tuple(word.start_s for word in piece.words for _ in word.text.split()) if fits else ()
            yield Caption(piece.start_s or 0.0, piece.end_s, piece.text, starts_s)


def _unknown_labels(episode: Episode, spoken: tuple[Spoken, ...], names: Mapping[str, str]) -> Iterator[Problem]:
    """A finding for ``speakers:`` that names speakers whom the file does not have."""
    if missing := sorted(names.keys() - {piece.who for piece in spoken}):
        what = f"the transcript has no speaker {', '.join(map(quoted, missing))}"
        yield Problem("TRX-9", episode.at("transcript"), what)


def _unnamed(episode: Episode, spoken: tuple[Spoken, ...], names: Mapping[str, str]) -> Iterator[Problem]:
    """One finding for all labels of a diarizer that no name is given for, with the first words of each."""
    first: dict[str, str] = {}
    for piece in spoken:
        if piece.who and piece.who not in names and is_label(piece.who):
            first.setdefault(piece.who, " ".join(piece.text.split()[:_FEW_WORDS]))
    if first:
        shown = ", ".join(f"{label} ({quoted(words)})" for label, words in list(first.items())[:_FEW_SPEAKERS])
        lines = ", ".join(f"{label}: NAME" for label in first)
        remedy = f"Add `speakers: {{{lines}}}` to `transcript:`."
        yield Problem("TRX-10", episode.at("transcript"), f"speakers without a name: {shown}", "", remedy)
