"""Transcripts as other hosts give them -> spoken lines with times: WebVTT, SubRip, JSON (two forms) and HTML.

Spec: W3C WebVTT; the transcript formats of the podcast namespace (TRN-4 to TRN-12); Podlove's JSON list.
"""

from __future__ import annotations

import html
import json
import re
from bisect import bisect_right
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

import nh3

from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.markup import MAX_HTML, MOST_TAGS, html_to_text, limit_html
from feedbuilder.text.timecode import parse_clock
from feedbuilder.upstream.chapters import start_of
from feedbuilder.upstream.document import decode_utf_8
from feedbuilder.upstream.findings import Findings

# By preference: the formats that keep speakers and paragraphs best come first. A page without times is the last resort.
TYPES = (
    "text/html",
    "text/vtt",
    "application/json",
    "application/x-subrip",
    "application/srt",
    "text/srt",
)

_TIMING = re.compile(r"\s*([\d:.,]+)\s*-->\s*([\d:.,]+)(?:\s.*)?")
_VOICE = re.compile(r"<v(?:\.[^\s<>]{0,200})?\s{1,20}([^>]{1,200})>")
_TAG = re.compile(r"</?[a-z][^<>]{0,200}>|<[\d:.]{4,15}>")
_NAME = re.compile(r"([^\W\d_][^:<>\n]{0,58}[^\s:]|[^\W\d_]):\s+(?=\S)")
_LONGEST_NAME = 4  # words
_PARAGRAPH = 280  # characters after which a paragraph ends with its sentence
_LONGEST_PARAGRAPH = 900
_PAUSE_S = 6.0
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)]*$")
_HTML_TAGS = frozenset({"cite", "time", "p"})
_HTML_PART = re.compile(r"<(cite|time|p)>(.*?)</\1>", re.DOTALL)  # of text in which every tag is closed
_ENDINGS = MappingProxyType({"html": TYPES[0], "vtt": TYPES[1], "json": TYPES[2], "srt": TYPES[3]})


@dataclass(frozen=True, slots=True)
class Spoken:
    """One caption or paragraph; times are ``None`` if unknown."""

    start_s: float | None
    end_s: float | None
    who: str
    text: str


Found = tuple[tuple[Spoken, ...], list[Problem]]


def caption_type(stated: str, url: str) -> str:
    """The type of a transcript by its stated type or file name; empty if unsupported.

    >>> caption_type("Text/VTT; charset=utf-8", ""), caption_type("", "https://x.example/1.srt?a=1")
    ('text/vtt', 'application/x-subrip')
    """
    kind = stated.partition(";")[0].strip().lower()
    return kind if kind in TYPES else _ENDINGS.get(urlsplit(url).path.rpartition(".")[2].lower(), "")


def parse_captions(data: bytes, media_type: str, where: str) -> Found:
    """The lines of a transcript file, in order, and findings with their line.

    The format is detected from the content; ``media_type`` decides in doubt.
    """
    wide = data[:2] in {BOM_UTF16_LE, BOM_UTF16_BE}
    text = data.decode("utf-16", errors="replace") if wide else decode_utf_8(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    start = text.lstrip()[:1]
    if text.startswith("WEBVTT"):
        return _blocks(text, where, vtt=True)
    if start in {"{", "["}:
        return _json(text, where)
    if start == "<" or (media_type == "text/html" and "-->" not in text):
        spoken, problems = _html(text, where)
        if media_type == "text/html" or any(one.start_s is not None for one in spoken):
            return spoken, problems
        return (), [
            Problem(
                "IMP-5", Mark(where, 1), f"the response is a web page, not {media_type}", "no transcript was imported"
            )
        ]
    if media_type == "text/vtt":
        return (), [
            Problem("IMP-5", Mark(where, 1), "the file does not start with WEBVTT", "no transcript was imported")
        ]
    return _blocks(text, where, vtt=False)


def gather_paragraphs(spoken: Sequence[Spoken], breaks: Sequence[float] = ()) -> tuple[Spoken, ...]:
    """Captions joined to paragraphs: of one speaker, up to the end of a sentence, never across a time of ``breaks``.

    ``breaks`` ascend. Long captions are not changed.
    """
    gathered: list[Spoken] = []
    for one in spoken:
        last = gathered[-1] if gathered else None
        if last and _goes_on(last, one, breaks):
            gathered[-1] = Spoken(last.start_s, one.end_s, last.who, f"{last.text} {one.text}")
        else:
            gathered.append(one)
    return tuple(gathered)


def _goes_on(last: Spoken, one: Spoken, breaks: Sequence[float]) -> bool:
    if one.who != last.who or last.start_s is None or one.start_s is None or last.end_s is None:
        return False
    if one.start_s - last.end_s > _PAUSE_S or len(last.text) + len(one.text) > _LONGEST_PARAGRAPH:
        return False
    if bisect_right(breaks, last.start_s) != bisect_right(breaks, one.start_s):
        return False
    return len(last.text) < _PARAGRAPH or not _SENTENCE_END.search(last.text)


# --- WebVTT and SubRip --------------------------------------------------------------------------------------------


def _blocks(text: str, where: str, *, vtt: bool) -> Found:
    spoken: list[Spoken] = []
    problems = Findings()
    who = ""
    for line, block in _parted(text):
        timed = next((index for index, one in enumerate(block) if "-->" in one), None)
        mark = Mark(where, line)
        if timed is None:
            if not (vtt and (line == 1 or block[0].startswith(("NOTE", "STYLE", "REGION")) or not spoken)):
                problems.add(mark, f"text without a time: {quoted(' '.join(block))}", "left out")
            continue
        times = _timing(block[timed])
        words = " ".join(block[timed + 1 :])
        if times is None:
            what = f"invalid caption time {quoted(block[timed])}"
            problems.add(Mark(where, line + timed), what, "the caption is left out")
            continue
        name, speech = _voice(words) if vtt else ("", words)
        speech = _words(speech)
        if not name and not vtt:
            name, speech = _named(speech)
            who = name or who
            name = who
        if speech:
            spoken.append(Spoken(*times, name, speech))
        else:
            problems.add(Mark(where, line + timed), "the caption has no text", "left out")
    if not spoken and not problems.listed():
        problems.add(Mark(where, 1), "the file has no captions", "no transcript was imported")
    return tuple(spoken), problems.listed()


def _parted(text: str) -> Iterator[tuple[int, list[str]]]:
    """The blocks between empty lines, each with the number of its first line."""
    block: list[str] = []
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if line.strip():
            block.append(line.strip())
        elif block:
            yield number - len(block), block
            block = []


def _timing(line: str) -> tuple[float, float] | None:
    match = _TIMING.fullmatch(line)
    try:
        return (_clock(match[1]), _clock(match[2])) if match else None
    except ValueError:
        return None


def _clock(text: str) -> float:
    return parse_clock(text.replace(",", "."))


def _voice(words: str) -> tuple[str, str]:
    match = _VOICE.search(words)
    return (html.unescape(match[1]).strip(), _VOICE.sub("", words)) if match else _named(words)


def _named(words: str) -> tuple[str, str]:
    match = _NAME.match(words)
    if match and len(match[1].split()) <= _LONGEST_NAME and match[1][0].isupper():
        return match[1], words[match.end() :]
    return "", words


def _words(text: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", text)).split())


# --- JSON and HTML ------------------------------------------------------------------------------------------------


def _json(text: str, where: str) -> Found:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 0
        return (), [
            Problem("IMP-5", Mark(where, line), f"invalid JSON: {quoted(str(error), 80)}", "no transcript was imported")
        ]
    listed = document.get("segments", document.get("transcripts")) if isinstance(document, dict) else document
    if not isinstance(listed, list):
        return (), [Problem("IMP-5", Mark(where), "the JSON has no `segments` list", "no transcript was imported")]
    spoken = []
    problems = Findings()
    for number, entry in enumerate(listed, start=1):
        one = _segment(entry) if isinstance(entry, dict) else None
        if one:
            spoken.append(one)
        else:
            problems.add(Mark(where), f"segment {number} has no text or no valid time", "left out")
    return tuple(spoken), problems.listed()


def _segment(entry: dict[str, object]) -> Spoken | None:
    speech = " ".join(str(entry.get("body") or entry.get("text") or "").split())
    try:
        start_s = start_of(str(entry.get("startTime", entry.get("start"))))
        end_s = start_of(str(entry.get("endTime", entry.get("end", start_s))))
    except ValueError:
        return None
    who = " ".join(str(entry.get("speaker") or entry.get("voice") or "").split())
    return Spoken(start_s, max(start_s, end_s), who, speech) if speech else None


def _html(text: str, where: str) -> Found:
    """``cite``, ``time`` and ``p`` of the podcast namespace's HTML; any other page as paragraphs without times."""
    spoken = []
    who, start_s = "", None
    safe = nh3.clean(
        limit_html(text), tags=set(_HTML_TAGS), clean_content_tags={"script", "style"}, attributes={}, link_rel=None
    )
    for kind, inner in _HTML_PART.findall(safe):
        words = _words(inner)
        match kind:
            case "cite":
                who = words.rstrip(":").rstrip()
            case "time":
                try:
                    start_s = parse_clock(words)
                except ValueError:
                    start_s = None
            case _ if words:
                spoken.append(Spoken(start_s, None, who, words))
                start_s = None
    if not spoken:
        spoken = [Spoken(None, None, "", one) for one in html_to_text(text).split("\n") if one.strip()]
    problems = Findings()
    if not spoken:
        problems.add(Mark(where, 1), "the transcript page has no text", "no transcript was imported")
    elif len(text) > MAX_HTML:
        problems.add(
            Mark(where), f"the transcript page has {len(text)} characters, more than {MAX_HTML}", "its end is left out"
        )
    elif text.count("<") > MOST_TAGS:
        problems.add(Mark(where), f"the transcript page has more than {MOST_TAGS} tags", "its end is left out")
    return tuple(spoken), problems.listed()
