"""Transcripts that are text: exports of Otter, Descript, Riverside, Rev and Zoom, Whisper's TSV, and Markdown.

All of them are paragraphs, each with a speaker, a time, both or neither, either on a line above the text or at its
beginning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from feedbuilder.captions.names import is_name, split_speaker, without_change
from feedbuilder.captions.spoken import Faults, Section, Spoken, Transcript
from feedbuilder.text.characters import plain_title
from feedbuilder.text.timecode import parse_clock

_CLOCK = r"\d{1,3}:[0-5]?\d(?::[0-5]\d)?(?:[.,]\d{1,3})?"
_BRACKETED = re.compile(rf"[\[(]({_CLOCK})(?:\s*(?:-+>?|–)\s*{_CLOCK})?[\])]")
_BEGINS = re.compile(rf"(?:[\[(]({_CLOCK})(?:\s*(?:-+>?|–)\s*{_CLOCK})?[\])]|({_CLOCK}))\s*(?:[-–—|:]\s+)?")
_ENDS = re.compile(rf"(?P<name>.*?)[\s,:|–—-]*[\[(]?(?P<clock>{_CLOCK})[\])]?\s*:?")
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*")
_MARKS = re.compile(r"^(?:\*{1,2}|_{1,2})(.+?)(?:\*{1,2}|_{1,2})$")
_FOOTER = re.compile(r"Transcribed by https?://\S+", re.IGNORECASE)
_TSV = re.compile(r"start\tend\ttext\s*")


def read_tsv(text: str, faults: Faults) -> Iterator[Spoken]:
    """Rows of Whisper's TSV: whole milliseconds, whole milliseconds, text."""
    for number, row in enumerate(text.splitlines()[1:], start=2):
        cells = row.split("\t", 2)
        if len(cells) == 3 and cells[0].strip().isdecimal() and cells[1].strip().isdecimal():
            who, said = split_speaker(" ".join(cells[2].split()))
            if said:
                yield Spoken(said, who, int(cells[0]) / 1000, int(cells[1]) / 1000, (), number)
        elif row.strip():
            faults.add(number, "the row is not start, end and text")


def is_tsv(text: str) -> bool:
    """Whether a text is Whisper's TSV."""
    return _TSV.fullmatch(text.partition("\n")[0]) is not None


def read_text(text: str) -> Transcript | None:
    """The paragraphs of an export or of a Markdown file; ``None`` where none has a speaker or a time."""
    entries: list[Spoken | Section] = []
    who = ""
    start_s: float | None = None
    for line, lines in _paragraphs(text):
        block = lines
        if heading := _HEADING.fullmatch(lines[0]):
            title, heading_s = _title(heading[2])
            if title:
                entries.append(Section(title, heading_s, line))
            block = lines[1:]
        if block and (above := _speaker_line(block[0])):
            who, start_s = above[0] or who, above[1]
            block = block[1:]
        if block:
            said_by, at_s, words = _opening(" ".join(block))
            who = said_by or who
            start_s = at_s if at_s is not None else start_s
            words = plain_title(words)
            if words and not _FOOTER.fullmatch(words):
                entries.append(Spoken(words, who, start_s, None, (), line))
                start_s = None
    spoken = [entry for entry in entries if isinstance(entry, Spoken)]
    if not any(entry.who or entry.start_s is not None for entry in spoken):
        return None
    return Transcript("text", tuple(entries))


def _paragraphs(text: str) -> Iterator[tuple[int, list[str]]]:
    """Runs of lines between empty ones; a heading, and a line that names a speaker, begin a run of their own."""
    block: list[str] = []
    for number, raw in enumerate([*text.split("\n"), ""], start=1):
        line = raw.strip()
        begins = bool(line) and (_HEADING.fullmatch(line) or _speaker_line(line) or _starts_turn(line))
        if block and (not line or begins):
            yield number - len(block), block
            block = []
        if line:
            block.append(line)


def _starts_turn(line: str) -> bool:
    """Whether a line begins with a speaker or a bracketed time: then it does not continue the line before."""
    return bool(_BRACKETED.match(line)) or bool(split_speaker(_unmarked(line))[0])


def _speaker_line(line: str) -> tuple[str, float | None] | None:
    """The speaker and the time of a line that holds nothing else: ``Ada  0:12``, ``Ada (00:12):``, ``[00:12]``."""
    bare = _unmarked(line)
    match = _ENDS.fullmatch(bare)
    if match:
        name = _unmarked(match["name"].strip()).rstrip(":").strip()
        if not name or is_name(name):
            return name, _seconds(match["clock"])
    leading = _BEGINS.match(bare)
    if leading:
        name = bare[leading.end() :].rstrip(":").strip()
        if name and is_name(name) and bare.endswith(":"):
            return name, _seconds(leading[1] or leading[2])
    name = bare.rstrip(":").strip()
    if bare.endswith(":") and is_name(name):
        return name, None
    return None


def _opening(text: str) -> tuple[str, float | None, str]:
    """The speaker, the time and the words of a paragraph that may begin with either or both, in any order."""
    start_s: float | None = None
    if leading := _BEGINS.match(text):
        start_s, text = _seconds(leading[1] or leading[2]), text[leading.end() :]
    who, text = split_speaker(text)
    if start_s is None and (leading := _BRACKETED.match(text)):
        start_s, text = _seconds(leading[1]), text[leading.end() :].lstrip()
        if not who:
            who, text = split_speaker(text)
    return who, start_s, without_change(text).strip()


def _title(text: str) -> tuple[str, float | None]:
    """The title of a heading, and its time where it begins or ends with one."""
    if leading := _BEGINS.match(text):
        return text[leading.end() :].strip(), _seconds(leading[1] or leading[2])
    match = _ENDS.fullmatch(text)
    if match and match["name"].strip():
        return match["name"].strip(), _seconds(match["clock"])
    return text.strip(), None


def _unmarked(text: str) -> str:
    match = _MARKS.match(text.strip())
    return match[1] if match else text


def _seconds(clock: str) -> float | None:
    head, colon, tail = clock.replace(",", ".").rpartition(":")
    whole, point, fraction = tail.partition(".")
    try:
        return parse_clock(f"{head}{colon}{whole.zfill(2)}{point}{fraction}")
    except ValueError:
        return None
