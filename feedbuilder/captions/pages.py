"""Transcripts that are HTML: of the podcast namespace (TRN-5), and paragraphs as Google Docs and others export them."""

from __future__ import annotations

import re

import nh3

from feedbuilder.captions.plain import read_text
from feedbuilder.captions.spoken import Section, Spoken, Transcript
from feedbuilder.markup import html_to_text, limit_html
from feedbuilder.text.timecode import parse_clock

_TAGS = {"cite", "time", "p", "h1", "h2", "h3", "h4", "h5", "h6"}
_PART = re.compile(r"<(cite|time|p|h[1-6])>(.*?)</\1>", re.DOTALL)  # of text in which every tag is closed
_TAG = re.compile(r"<[^<>]*>")


def read_html(text: str) -> Transcript | None:
    """The paragraphs of a page; ``None`` where none has a speaker or a time."""
    limited = limit_html(text)
    safe = nh3.clean(limited, tags=_TAGS, clean_content_tags={"script", "style"}, attributes={}, link_rel=None)
    parts = _PART.findall(safe)
    if any(kind in {"cite", "time"} for kind, _ in parts):
        return Transcript("HTML", tuple(_named(parts)))
    marked = "\n\n".join(_as_line(kind, inner) for kind, inner in parts) or html_to_text(limited)
    plain = read_text(marked)
    return Transcript("HTML", plain.entries, plain.faults) if plain else None


def _named(parts: list[tuple[str, str]]) -> list[Spoken | Section]:
    """``cite`` names the speaker and ``time`` the start of the paragraphs that follow."""
    entries: list[Spoken | Section] = []
    who, start_s = "", None
    for kind, inner in parts:
        words = _plain(inner)
        match kind:
            case "cite":
                who = words.rstrip(":").rstrip()
            case "time":
                try:
                    start_s = parse_clock(words)
                except ValueError:
                    start_s = None
            case "p" if words:
                entries.append(Spoken(words, who, start_s))
                start_s = None
            case _ if words:
                entries.append(Section(words, start_s))
    return entries


def _as_line(kind: str, inner: str) -> str:
    words = _plain(inner)
    return f"# {words}" if kind.startswith("h") and words else words


def _plain(inner: str) -> str:
    return html_to_text(_TAG.sub(" ", inner)).strip()
