"""WebVTT and SubRip: blocks of lines with a time; and captions that roll, in which each line is shown twice.

Spec: W3C WebVTT (w3.org/TR/webvtt1). SubRip has no specification, only what players read.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from feedbuilder.captions.names import split_speaker, without_change
from feedbuilder.captions.spoken import Faults, Section, Spoken, Transcript, Word
from feedbuilder.errors import quoted
from feedbuilder.text.timecode import parse_clock, parse_seconds

_TIMING = re.compile(r"\s*(\d[\d:.,]*)\s*-->\s*(\d[\d:.,]*)(?:\s.*)?")
_VOICE = re.compile(r"<v(?:\.[^\s<>]{0,200})?\s{1,20}([^>]{1,200})>")
_INLINE_TIME = re.compile(r"<(\d{1,3}(?::\d\d){1,2}[.,]\d{1,3})>")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>|<[\d:.,]{4,15}>|\{\\an?\d\}")
_NOTE_HEADING = re.compile(r"NOTE\s+(?:chapter|header|heading)s?\b[ \t:—-]*(.*)", re.IGNORECASE | re.DOTALL)
_NO_CUE = ("NOTE", "STYLE", "REGION")
_MOVED_UP = 0.5  # from this share of cues on that begin with the last line of the cue before, captions roll


class _Cue(NamedTuple):
    line: int
    start_s: float
    end_s: float
    lines: list[str]


def read_webvtt(text: str) -> Transcript:
    """The cues of a WebVTT file, a piece of speech each (two where two voices share a cue); notes can be headings."""
    return _read(text, vtt=True)


def read_subrip(text: str) -> Transcript:
    """The captions of a SubRip file, a piece of speech each; a speaker holds until another is written."""
    return _read(text, vtt=False)


def _read(text: str, *, vtt: bool) -> Transcript:
    faults = Faults()
    blocks: list[_Cue | Section] = list(_blocks(text, faults, vtt=vtt))
    cues = [block for block in blocks if isinstance(block, _Cue)]
    rolling = _rolls(cues)
    entries: list[Spoken | Section] = []
    shown: list[str] = []
    who = ""
    carries = _VOICE.search(text) is None  # voices are written in every cue, names only where they change
    for block in blocks:
        if isinstance(block, Section):
            entries.append(block)
            continue
        lines = block.lines
        if rolling:
            lines = _new_lines(block.lines, shown)
            shown = [_plain(line) for line in block.lines]
            if not lines:
                continue
        pieces = [piece for piece in _pieces(block, lines) if piece.text]
        if not pieces and not rolling:
            faults.add(block.line, "the caption has no text")
        for piece in pieces:
            if piece.who or not carries or block.lines[0].startswith(">>"):
                who = piece.who
            entries.append(Spoken(piece.text, who, piece.start_s, piece.end_s, piece.words, piece.line))
    if not cues and not faults.first:
        faults.add(1, "the file holds no captions")
    form = "SubRip" if not vtt else "YouTube captions" if rolling else "WebVTT"
    return Transcript(form, tuple(entries), faults.listed(), _language(text) if vtt else "")


def _blocks(text: str, faults: Faults, *, vtt: bool) -> Iterator[_Cue | Section]:
    for line, block in _parted(text):
        timed = next((index for index, one in enumerate(block) if "-->" in one), None)
        if timed is None:
            if vtt and (heading := _NOTE_HEADING.fullmatch("\n".join(block))):
                title = " ".join(heading[1].split())
                if title:
                    yield Section(title, None, line)
            elif not (vtt and (line == 1 or block[0].startswith(_NO_CUE))):
                faults.add(line, f"the text {quoted(' '.join(block))} has no time")
            continue
        times = _times(block[timed])
        if times is None:
            faults.add(line + timed, f"{quoted(block[timed])} is not the time of a caption")
            continue
        yield _Cue(line + timed, *times, block[timed + 1 :])


def _parted(text: str) -> Iterator[tuple[int, list[str]]]:
    """The blocks between empty lines, each with the number of its first line; a second time begins a block, too.

    A line of spaces alone separates nothing: in rolling captions it is an empty line of a cue.
    """
    block: list[str] = []
    first = 1
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        again = "-->" in line and any("-->" in one for one in block)
        if again and block[-1].isdecimal():
            yield first, block[:-1]
            block, first = [block[-1]], number - 1
        elif (again or line == "") and block:
            yield first, block
            block = []
        if line.strip():
            first = first if block else number
            block.append(line.strip())


def _times(line: str) -> tuple[float, float] | None:
    match = _TIMING.fullmatch(line)
    try:
        return (_clock(match[1]), _clock(match[2])) if match else None
    except ValueError:
        return None


def _clock(text: str) -> float:
    """Seconds of a time; hours may be absent, and so may minutes."""
    text = text.replace(",", ".")
    return parse_clock(text) if ":" in text else parse_seconds(text)


def _pieces(cue: _Cue, lines: Sequence[str]) -> Iterator[Spoken]:
    """The voices of a cue, or the speaker that its text begins with."""
    text = " ".join(lines)
    voices = list(_VOICE.finditer(text))
    if not voices:
        who, said = split_speaker(_plain(text))
        yield Spoken(without_change(said), who, cue.start_s, cue.end_s, _timed_words(text, cue), cue.line)
        return
    if before := _plain(text[: voices[0].start()]):
        yield Spoken(before, "", cue.start_s, cue.end_s, (), cue.line)
    for voice, following in zip(voices, [*voices[1:], None], strict=True):
        part = text[voice.end() : following.start() if following else len(text)]
        name = " ".join(html.unescape(voice[1]).split())
        words = _timed_words(part, cue) if len(voices) == 1 else ()
        yield Spoken(_plain(part), name, cue.start_s, cue.end_s, words, cue.line)


def _timed_words(text: str, cue: _Cue) -> tuple[Word, ...]:
    """The words between inline times; nothing where there are none, or one runs backwards."""
    parts = _INLINE_TIME.split(text)
    if len(parts) == 1:
        return ()
    starts = [cue.start_s, *map(_clock, parts[1::2])]
    texts = [_plain(part) for part in parts[::2]]
    ends = [*starts[1:], max(cue.end_s, starts[-1])]
    if any(end < start for start, end in zip(starts, ends, strict=True)):
        return ()
    return tuple(Word(*word) for word in zip(starts, ends, texts, strict=True) if word[2])


def _plain(text: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", text)).split())


def _rolls(cues: Sequence[_Cue]) -> bool:
    """Whether the captions roll: a line moves up as the next comes, so most cues begin with the last line before.

    A line that is merely said again does not count: one of the two cues must have more lines.
    """
    pairs = list(pairwise(cues))
    moved = sum(
        len(before.lines) + len(after.lines) > 2 and _plain(before.lines[-1]) == _plain(after.lines[0]) != ""
        for before, after in pairs
        if before.lines and after.lines
    )
    return len(pairs) > 1 and moved >= _MOVED_UP * len(pairs)


def _new_lines(lines: Sequence[str], shown: Sequence[str]) -> list[str]:
    """The lines of a rolling cue that the cue before did not show: all after the longest overlap with its end."""
    plain = [_plain(line) for line in lines]
    overlap = next(
        (size for size in range(min(len(plain), len(shown)), 0, -1) if plain[:size] == list(shown[-size:])), 0
    )
    return [line for line, text in zip(lines[overlap:], plain[overlap:], strict=True) if text]


def _language(text: str) -> str:
    match = re.match(r"WEBVTT[^\n]*\n(?:[^\n]+\n)*?Language:\s*([A-Za-z-]{2,12})\s*\n", text)
    return match[1] if match else ""
