"""Captions and transcripts as the files that players read: VTT, SRT, JSON and HTML (TRN-1 to TRN-13).

Cues come in order, each longer than nothing, and with words that are free of control characters and line breaks: as
``derive.cues`` makes them.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from feedbuilder.derive.cues import tidy
from feedbuilder.model import Cue, Timeline
from feedbuilder.text.breaks import columns, wrap
from feedbuilder.text.timecode import format_clock, format_srt, format_vtt, json_seconds

UNNAMED = "Speaker"  # T-79: AntennaPod and Pocket Casts give a cue without a name to the last speaker

VTT_LINE = 65  # TRN-6
SRT_LINE = 32  # TRN-8
VTT_CHARACTERS = 2 * VTT_LINE  # TRN-14; for ``derive_cues``
SRT_CHARACTERS = 2 * SRT_LINE

# TRN-5 forbids & < > in a voice, even escaped: AntennaPod's reader stops there. In SRT and HTML a name ends at a colon.
_IN_NAMES = str.maketrans({"&": "+", "<": " ", ">": " ", ":": " "})
_COLON_BEFORE_SPACE = re.compile(":(?: |$)")
_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def render_vtt(cues: Sequence[Cue]) -> bytes:
    """WebVTT: hours always written, and a voice on every cue where any cue has one (TRN-4, TRN-5: W3C WebVTT)."""
    clock = cache(format_vtt)  # most ends are the next start
    blocks = ["WEBVTT\n"]
    for cue, name in zip(cues, _names(cue.speaker for cue in cues), strict=True):
        voice = f"<v {name}>" if name else ""
        text = html.escape("\n".join(wrap(cue.text, VTT_LINE)), quote=False)
        blocks.append(f"{clock(cue.start_s)} --> {clock(cue.end_s)}\n{voice}{text}\n")
    return "\n".join(blocks).encode()


def render_srt(cues: Sequence[Cue]) -> bytes:
    r"""SubRip: ``Name: `` where the speaker changes, on a line of its own where the words need it (TRN-7 to TRN-9).

    AntennaPod divides a card that holds ``": "`` at its colons, takes the first part for a name, and drops all behind
    the second. So a name waits for a card without a colon: ``derive_cards`` makes the first card of a turn one, if a
    word comes before the colon. And the space after a colon of the text becomes a no-break space, U+00A0, which
    leaves the words as they are. The arrow of a timing line becomes ``→`` in a text (T-81).
    """
    clock = cache(format_srt)
    cards = []
    last = ""
    for number, (cue, name) in enumerate(zip(cues, _names(cue.speaker for cue in cues), strict=True), start=1):
        text = cue.text.replace("-->", "→")
        if ":" in text:
            lines = [_COLON_BEFORE_SPACE.sub(":\u00a0", line) for line in wrap(text, SRT_LINE)]
        elif name == last:
            lines = wrap(text, SRT_LINE)
        else:
            last = name
            alone = len(name) + 2 + columns(text) > SRT_LINE
            lines = [f"{name}:", *wrap(text, SRT_LINE)] if alone else [f"{name}: {text}"]
        cards.append(f"{number}\n{clock(cue.start_s)} --> {clock(cue.end_s)}\n" + "\n".join(lines) + "\n")
    return "\n".join(cards).encode()


def render_transcript_json(cues: Sequence[Cue]) -> bytes:
    """The JSON transcript 1.0.0 of the podcast namespace, a segment a line; each has an end and a body (TRN-10, 11).

    Every segment has a name if any cue has one.
    """
    named = any(cue.speaker for cue in cues)
    segments: list[dict[str, str | float]] = []
    for cue in cues:
        segment: dict[str, str | float] = {"speaker": cue.speaker or UNNAMED} if named else {}
        segment["startTime"], segment["endTime"] = json_seconds(cue.start_s), json_seconds(cue.end_s)
        segment["body"] = cue.text
        segments.append(segment)
    lines = _as_json(segments)[1:-1].replace('},{"', '},\n{"')  # inside a text that quotation mark is escaped
    return f'{{"version":"1.0.0","segments":[\n{lines}\n]}}\n'.encode()


def render_transcript_html(timeline: Timeline, speakers: Mapping[str, str]) -> bytes:
    """The transcript as ``cite``, ``time`` and ``p``, nothing else: a fragment, as the namespace has it (TRN-12).

    ``time`` only where the timeline is timed, ``cite`` only where anybody is named. Pocket Casts shows such a file as
    text and knows speakers by the colon; a document with a head would have its title shown among the words.
    """
    said = [(paragraph, text) for paragraph in timeline.paragraphs if (text := tidy(paragraph.text))]
    names = _names(tidy(speakers.get(paragraph.who, paragraph.who)) for paragraph, _ in said)
    lines = []
    for (paragraph, text), name in zip(said, names, strict=True):
        lines += [f"<cite>{name}:</cite>"] if name else []
        lines += [f"<time>{format_clock(paragraph.start_s)}</time>"] if timeline.timed else []
        lines.append(f"<p>{html.escape(text, quote=False)}</p>")
    return "".join(f"{line}\n" for line in lines).encode()


def _names(speakers: Iterable[str]) -> list[str]:
    """The name to write for each; the neutral one where some are named and this one is not."""
    written = {"": ""}
    names = []
    for speaker in speakers:
        if speaker not in written:
            written[speaker] = " ".join(speaker.translate(_IN_NAMES).split()).rstrip("- ")  # no --> with the end of <v>
        names.append(written[speaker])
    return [name or UNNAMED for name in names] if any(names) else names
