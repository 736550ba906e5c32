"""Bytes of a transcript file -> what it says. The content decides what it is, never the name."""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE

from feedbuilder.captions.cues import read_subrip, read_webvtt
from feedbuilder.captions.machines import READERS, read_json
from feedbuilder.captions.pages import read_html
from feedbuilder.captions.plain import is_tsv, read_text, read_tsv
from feedbuilder.captions.spoken import Faults, Transcript, UnknownFormError

FORMS = ("WebVTT", "YouTube captions", "SubRip", *READERS, "Whisper TSV", "HTML", "text")


def read_transcript(data: bytes) -> Transcript:
    """What a transcript file says, in its order, with what could not be read.

    Raises:
        UnknownFormError: no known form fits.
    """
    text = _decode(data)
    start = text.lstrip()[:1]
    if text.startswith("WEBVTT"):
        return read_webvtt(text)
    if start in {"{", "["} and (transcript := _json(text)):
        return transcript
    if start == "<" and (transcript := read_html(text)):
        return transcript
    if is_tsv(text):
        faults = Faults()
        rows = tuple(read_tsv(text, faults))
        return Transcript("Whisper TSV", rows, faults.listed())
    if "-->" in text:
        return read_subrip(text)
    if start not in {"{", "<"} and (transcript := read_text(text)):
        return transcript
    msg = "it is none of: captions with -->, JSON of a known recognizer, TSV, or text with speakers or times"
    raise UnknownFormError(msg)


def _json(text: str) -> Transcript | None:
    """The document; ``None`` for a text that only begins like one, such as ``[00:12] Ada: Tea?``."""
    try:
        return read_json(text)
    except (ValueError, RecursionError) as error:
        if text.lstrip().startswith("{") or text.lstrip()[1:].lstrip()[:1] in {"{", "]"}:
            msg = f"the JSON is damaged: {error}"
            raise UnknownFormError(msg) from error
        return None


def _decode(data: bytes) -> str:
    """The text, with lines that end in a newline: UTF-8, UTF-16 with a mark, else Windows-1252."""
    if data[:2] in {BOM_UTF16_LE, BOM_UTF16_BE}:
        text = data.decode("utf-16", errors="replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")
