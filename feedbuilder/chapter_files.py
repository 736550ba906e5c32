"""Chapters in files of many programs -> titles with their start, as they are written.

JSON chapters 1.2, Podlove Simple Chapters 1.2, mp4chaps, Audacity label tracks, Hindenburg sessions, Reaper's list of
regions and markers, cue sheets, FFmpeg metadata, Matroska's simple chapters, WebVTT chapters, Auphonic productions, and
lists of time stamps as YouTube, Spotify and hosts read them in notes.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from feedbuilder.captions.cues import read_webvtt
from feedbuilder.captions.spoken import Fault, Faults, UnknownFormError
from feedbuilder.text.characters import plain_title
from feedbuilder.text.timecode import parse_clock, parse_seconds

_CLOCK = r"\d{1,3}:[0-5]?\d(?::[0-5]\d)?(?:[.,]\d{1,3})?"
_STAMP = re.compile(
    rf"[-*•\s]*[(\[]?\s*({_CLOCK})\s*[)\]]?\s*(?:(?:[-–—]|to|bis)\s*[(\[]?{_CLOCK}[)\]]?)?\s*(?:[-–—:|]\s*)?(.*)"
)
_SIMPLE = re.compile(r"CHAPTER(\d{1,3})(NAME)?=(.*)", re.IGNORECASE)
_INDEX = re.compile(r"INDEX\s+01\s+(\d{1,4}):([0-5]\d):([0-7]\d)", re.IGNORECASE)
_TITLE = re.compile(r'TITLE\s+"?(.*?)"?\s*', re.IGNORECASE)
_FRAMES = 75  # of a cue sheet, a second


@dataclass(frozen=True, slots=True)
class FileChapter:
    """One chapter as the file has it. ``start_s`` in seconds; ``line`` counts from 1, 0 where lines mean nothing.

    ``toc``: whether it is shown in lists. ``url`` and ``image`` are as written.
    """

    start_s: float
    title: str
    url: str = ""
    image: str = ""
    toc: bool = True
    line: int = 0


@dataclass(frozen=True, slots=True)
class ChapterFile:
    """A file that was read: its form, one of ``FORMS``, its chapters in their order, and what could not be read."""

    form: str
    chapters: tuple[FileChapter, ...]
    faults: tuple[Fault, ...] = ()


def read_chapters(data: bytes) -> ChapterFile:
    """The chapters of a file. The content decides what it is, never the name.

    Raises:
        UnknownFormError: no known form fits.
    """
    text = _decode(data)
    for form, (fits, read) in FORMS.items():
        if fits(text):
            faults = Faults()
            chapters = tuple(chapter for chapter in read(text, faults) if chapter.title)
            if chapters or faults.first:
                return ChapterFile(form, chapters, faults.listed())
    msg = f"it has chapters in none of these forms: {', '.join(FORMS)}"
    raise UnknownFormError(msg)


def _decode(data: bytes) -> str:
    try:
        text = data.decode("utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def start_of(text: str) -> float:
    """Seconds of a clock time or of a plain number.

    Raises:
        ValueError: it is neither.
    """
    text = text.strip().replace(",", ".")
    if ":" not in text:
        return parse_seconds(text)
    head, _, tail = text.rpartition(":")
    whole, point, fraction = tail.partition(".")
    return parse_clock(f"{head}:{whole.zfill(2)}{point}{fraction}")


def _chapter(start: object, title: object, faults: Faults, line: int, name: str) -> FileChapter | None:
    """The chapter, or ``None`` with a fault that calls it by ``name``."""
    try:
        start_s = float(start) if isinstance(start, int | float) else start_of(str(start))
    except ValueError:
        faults.add(line, f"{name} has no start that can be read")
        return None
    if not (text := plain_title(str(title or ""))):
        faults.add(line, f"{name} has no title")
        return None
    return FileChapter(start_s, text, line=line)


# --- one reader a form ------------------------------------------------------------------------------------------------


def _is_json(text: str) -> bool:
    return text.lstrip()[:1] in {"{", "["}


def _read_json(text: str, faults: Faults) -> Iterator[FileChapter]:
    """JSON chapters, and the chapters of an Auphonic production."""
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        faults.add(getattr(error, "lineno", 0), f"the JSON is damaged: {error}")
        return
    while isinstance(document, dict) and "chapters" not in document and isinstance(document.get("data"), dict):
        document = document["data"]
    listed = document.get("chapters") if isinstance(document, dict) else document
    for number, entry in enumerate(listed if isinstance(listed, list) else (), start=1):
        values: Mapping[str, Any] = entry if isinstance(entry, dict) else {}
        start = values.get("startTime", values.get("start", values.get("start_s")))
        if chapter := _chapter(start, values.get("title"), faults, 0, f"chapter {number}"):
            yield FileChapter(
                chapter.start_s,
                chapter.title,
                url=str(values.get("url") or values.get("href") or ""),
                image=str(values.get("img") or values.get("image") or ""),
                toc=values.get("toc") is not False,
            )


def _is_xml(text: str) -> bool:
    return text.lstrip()[:1] == "<"


def _read_xml(text: str, faults: Faults) -> Iterator[FileChapter]:
    """Podlove Simple Chapters, and the markers of a Hindenburg session."""
    from lxml import etree  # noqa: PLC0415 - slow to import, and few projects have such a file

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    root = etree.fromstring(text.encode(), parser)
    elements = root.iter(etree.Element) if root is not None else iter(())
    for element in elements:
        name = etree.QName(element).localname
        line: Any = element.sourceline or 0
        get: Callable[..., Any] = element.get
        if name == "chapter" and get("start") is not None:
            start, title = get("start"), get("title")
        elif name == "Marker" and get("Time") is not None:
            start, title = get("Time"), get("Name")
        else:
            continue
        if chapter := _chapter(start, title, faults, line, "the chapter"):
            yield FileChapter(chapter.start_s, chapter.title, get("href") or "", get("image") or "", line=line)


def _is_webvtt(text: str) -> bool:
    return text.startswith("WEBVTT")


def _read_webvtt(text: str, faults: Faults) -> Iterator[FileChapter]:
    for fault in (transcript := read_webvtt(text)).faults:
        faults.add(*fault)
    for cue in transcript.spoken:
        assert cue.start_s is not None  # a cue without a time is a fault
        yield FileChapter(cue.start_s, plain_title(f"{cue.who}: {cue.text}" if cue.who else cue.text), line=cue.line)


def _is_ffmetadata(text: str) -> bool:
    return text.startswith(";FFMETADATA")


def _read_ffmetadata(text: str, faults: Faults) -> Iterator[FileChapter]:
    values: dict[str, str] = {}
    first = 0
    for number, line in enumerate([*text.split("\n"), "["], start=1):
        if line.startswith("["):
            if first and (chapter := _from_ffmetadata(values, faults, first)):
                yield chapter
            values, first = {}, number if line.strip().upper() == "[CHAPTER]" else 0
        elif "=" in line and not line.startswith((";", "#")):
            key, _, value = line.partition("=")
            values[key.strip().lower()] = re.sub(r"\\(.)", r"\1", value)


def _from_ffmetadata(values: Mapping[str, str], faults: Faults, line: int) -> FileChapter | None:
    try:
        top, _, bottom = values.get("timebase", "1/1000000000").partition("/")
        start_s: float | str = int(values["start"]) * int(top) / int(bottom)
    except (ValueError, KeyError, ZeroDivisionError):
        start_s = ""
    return _chapter(start_s, values.get("title"), faults, line, "the chapter")


def _is_matroska(text: str) -> bool:
    return re.match(r"\s*CHAPTER\d{1,3}=", text, re.IGNORECASE) is not None


def _read_matroska(text: str, faults: Faults) -> Iterator[FileChapter]:
    starts: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if match := _SIMPLE.fullmatch(line.strip()):
            if match[2]:
                start = starts.pop(match[1], "")
                if chapter := _chapter(start, match[3], faults, number, f"chapter {match[1]}"):
                    yield chapter
            else:
                starts[match[1]] = match[3]


def _is_cue_sheet(text: str) -> bool:
    return re.search(r"^\s*TRACK\s+\d+\s+AUDIO", text, re.IGNORECASE | re.MULTILINE) is not None


def _read_cue_sheet(text: str, faults: Faults) -> Iterator[FileChapter]:
    """The tracks of a cue sheet; minutes, seconds and frames of 1/75 s."""
    title, first = "", 0
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip()
        if line.upper().startswith("TRACK "):
            title, first = "", number
        elif first and (match := _TITLE.fullmatch(line)):
            title = match[1]
        elif first and (match := _INDEX.fullmatch(line)):
            start_s = int(match[1]) * 60 + int(match[2]) + int(match[3]) / _FRAMES
            if chapter := _chapter(round(start_s, 3), title, faults, first, "the track"):
                yield chapter


def _is_reaper(text: str) -> bool:
    return re.match(r"#,Name,Start", text) is not None


def _read_reaper(text: str, faults: Faults) -> Iterator[FileChapter]:
    """The rows of Reaper's list of regions and markers."""
    for number, row in enumerate(csv.reader(text.splitlines()), start=1):
        if number > 1 and len(row) >= 3 and (chapter := _chapter(row[2], row[1], faults, number, "the marker")):
            yield chapter


def _is_audacity(text: str) -> bool:
    first = next((line for line in text.split("\n") if line.strip()), "")
    return re.match(r"\d+[.,]\d+\t\d+[.,]\d+\t", first) is not None


def _read_audacity(text: str, faults: Faults) -> Iterator[FileChapter]:
    """The labels of a label track; a line that begins with a backslash belongs to the label before it."""
    for number, line in enumerate(text.split("\n"), start=1):
        cells = line.split("\t", 2)
        if line.strip() and not line.startswith("\\"):
            title = cells[2] if len(cells) > 2 else ""
            if chapter := _chapter(cells[0], title, faults, number, "the label"):
                yield chapter


def _is_list(text: str) -> bool:
    return any(_STAMP.fullmatch(line.strip()) for line in text.split("\n"))


def _read_list(text: str, faults: Faults) -> Iterator[FileChapter]:
    """Lines that begin with a time stamp: mp4chaps, YouTube, Spotify and hosts; a title may be on the next line."""
    waiting: tuple[str, int] | None = None
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip()
        match = _STAMP.fullmatch(line)
        if match and waiting:
            faults.add(waiting[1], "the chapter has no title")
        if match and match[2].strip():
            waiting = None
            if chapter := _chapter(match[1], match[2], faults, number, "the chapter"):
                yield chapter
        elif match:
            waiting = match[1], number
        elif line and waiting:
            if chapter := _chapter(waiting[0], line, faults, waiting[1], "the chapter"):
                yield chapter
            waiting = None


Reader = tuple[Callable[[str], bool], Callable[[str, Faults], Iterator[FileChapter]]]
FORMS: Mapping[str, Reader] = {
    "JSON chapters": (_is_json, _read_json),
    "XML chapters": (_is_xml, _read_xml),
    "WebVTT chapters": (_is_webvtt, _read_webvtt),
    "FFmpeg metadata": (_is_ffmetadata, _read_ffmetadata),
    "Matroska simple chapters": (_is_matroska, _read_matroska),
    "cue sheet": (_is_cue_sheet, _read_cue_sheet),
    "Reaper markers": (_is_reaper, _read_reaper),
    "Audacity labels": (_is_audacity, _read_audacity),
    "time stamps": (_is_list, _read_list),
}
