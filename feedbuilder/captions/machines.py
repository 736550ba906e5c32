"""JSON of speech recognisers and of the podcast namespace.

Each reader is named for the program whose documents it reads, and takes what tells them apart from all others:
openai-whisper, whisper.cpp, WhisperX, faster-whisper, Hugging Face transformers, AssemblyAI, Deepgram, Google
Speech-to-Text, Amazon Transcribe, Rev AI, Speechmatics, Podlove, and the JSON transcript of the podcast namespace.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from feedbuilder.captions.names import split_speaker
from feedbuilder.captions.spoken import Faults, Spoken, Transcript, Word
from feedbuilder.text.timecode import parse_clock

Document = Any  # what JSON holds
_PAUSE_S = 1.5  # words of one speaker that are further apart are two pieces
_LONGEST = 280  # characters: from here on a piece of words ends with its sentence
_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？")


class NotThisForm(Exception):
    """The document is of another program."""


def read_json(text: str) -> Transcript | None:
    """What the document says; ``None`` if no known program writes such a one.

    Raises:
        ValueError: the text is not JSON; the message says where.
    """
    document = json.loads(text)
    for form, read in READERS.items():
        faults = Faults()
        try:
            spoken = tuple(piece for piece in read(document, faults) if piece.text)
        except (NotThisForm, KeyError, TypeError, AttributeError, IndexError):
            continue
        if spoken or faults.first:
            return Transcript(form, spoken, faults.listed(), _language(document))
    return None


def _language(document: Document) -> str:
    language = document.get("language") or document.get("language_code") if isinstance(document, dict) else ""
    return language if isinstance(language, str) and 2 <= len(language) <= 12 else ""


# --- pieces -----------------------------------------------------------------------------------------------------------


def _piece(
    text: object, start: object, end: object, who: object = "", *, words: Iterable[Word] = (), scale: float = 1
) -> Spoken | None:
    """A piece of speech; ``None`` if it has neither text nor time. ``scale``: units of time in a second."""
    said = " ".join(str(text or "").split())
    start_s, end_s = _seconds(start, scale), _seconds(end, scale)
    if not said or start_s is None:
        return None
    name = "" if who is None else " ".join(str(who).split())
    if not name:
        name, said = split_speaker(said)
        words = () if name else words
    return Spoken(said, name, start_s, end_s if end_s is not None and end_s >= start_s else None, tuple(words))


def _seconds(value: object, scale: float = 1) -> float | None:
    """Seconds of a number, a text with one (``"1.5"``, ``"1.5s"``) or a clock time; ``None`` for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        number = float(value)
    else:
        try:
            text = str(value).strip()
            number = parse_clock(text.replace(",", ".")) * scale if ":" in text else float(text.removesuffix("s"))
        except ValueError:
            return None
    return number / scale if math.isfinite(number) and number >= 0 else None


def _words(listed: object, text: str, start: str, end: str, scale: float = 1) -> tuple[Word, ...]:
    """The words of a list of objects with these keys; nothing where one has no time or runs backwards."""
    words: list[Word] = []
    for entry in listed if isinstance(listed, list) else ():
        said = " ".join(str(entry.get(text) or "").split())
        start_s, end_s = _seconds(entry.get(start), scale), _seconds(entry.get(end), scale)
        if not said:
            continue
        if start_s is None or end_s is None:
            # A number that was never aligned: it is spoken with the word before it.
            if not words:
                return ()
            words[-1] = Word(words[-1].start_s, words[-1].end_s, f"{words[-1].text} {said}")
            continue
        if words and start_s < words[-1].start_s:
            return ()
        words.append(Word(start_s, max(start_s, end_s), said))
    return tuple(words)


def _listed(
    entries: Iterable[Document], piece: Callable[[Mapping[str, Document]], Spoken | None], faults: Faults
) -> Iterator[Spoken]:
    """The piece of each entry; those without text or time are faults, but for silence."""
    for number, entry in enumerate(entries, start=1):
        made = piece(entry) if isinstance(entry, dict) else None
        if made:
            yield made
        elif not isinstance(entry, dict) or any(str(entry.get(key) or "").strip() for key in ("text", "body")):
            faults.add(0, f"segment {number} has no text or no time")


class _Turn:
    """Words of one speaker that become one piece."""

    def __init__(self, who: str) -> None:
        self.who = who
        self.words: list[Word] = []

    def add(self, word: Word) -> None:
        self.words.append(word)

    def attach(self, mark: str) -> None:
        if self.words:
            last = self.words[-1]
            self.words[-1] = Word(last.start_s, last.end_s, last.text + mark)

    def goes_on(self, who: str, start_s: float) -> bool:
        if not self.words:
            return True
        last = self.words[-1]
        length = sum(len(word.text) + 1 for word in self.words)
        ended = last.text.endswith(_SENTENCE_ENDS)
        return who == self.who and start_s - last.end_s <= _PAUSE_S and not (ended and length >= _LONGEST)

    def piece(self) -> Spoken:
        text = " ".join(word.text for word in self.words)
        return Spoken(text, self.who, self.words[0].start_s, self.words[-1].end_s, tuple(self.words))


def _from_words(words: Iterable[tuple[str, str, float | None, float | None]]) -> Iterator[Spoken]:
    """Pieces of a stream of words: (speaker, text, start, end); a mark of punctuation has no times."""
    turn = _Turn("")
    for who, text, start_s, end_s in words:
        if start_s is None or end_s is None:
            turn.attach(text)
            continue
        if not turn.goes_on(who, start_s):
            yield turn.piece()
            turn = _Turn(who)
        elif not turn.words:
            turn.who = who
        turn.add(Word(start_s, max(start_s, end_s), text))
    if turn.words:
        yield turn.piece()


# --- one reader a program ---------------------------------------------------------------------------------------------


def _whisper_cpp(document: Document, faults: Faults) -> Iterator[Spoken]:
    def piece(entry: Mapping[str, Document]) -> Spoken | None:
        offsets = entry["offsets"]
        return _piece(entry.get("text"), offsets["from"], offsets["to"], entry.get("speaker"), scale=1000)

    yield from _listed(document["transcription"], piece, faults)


def _hugging_face(document: Document, faults: Faults) -> Iterator[Spoken]:
    chunks = document["chunks"]
    stamps = [chunk["timestamp"] for chunk in chunks]
    if chunks and all(len(str(chunk["text"]).split()) <= 1 for chunk in chunks):  # return_timestamps="word"
        yield from _from_words(
            (str(chunk.get("speaker") or ""), str(chunk["text"]).strip(), start, start if end is None else end)
            for chunk, (start, end) in zip(chunks, stamps, strict=True)
        )
        return

    def piece(chunk: Mapping[str, Document]) -> Spoken | None:
        start, end = chunk["timestamp"]
        return _piece(chunk["text"], start, end, chunk.get("speaker"))

    yield from _listed(chunks, piece, faults)


def _assemblyai(document: Document, faults: Faults) -> Iterator[Spoken]:
    if not {"words", "text"} <= document.keys() or "segments" in document:
        raise NotThisForm
    utterances = document.get("utterances")
    if utterances:
        yield from _listed(
            utterances,
            lambda one: _piece(
                one.get("text"),
                one["start"],
                one["end"],
                one.get("speaker"),
                words=_words(one.get("words"), "text", "start", "end", 1000),
                scale=1000,
            ),
            faults,
        )
        return
    yield from _from_words(
        (
            str(word.get("speaker") or ""),
            word["text"],
            _seconds(word["start"], 1000),
            _seconds(word["end"], 1000),
        )
        for word in document["words"]
    )


def _deepgram(document: Document, faults: Faults) -> Iterator[Spoken]:
    results = document["results"]
    if results.get("utterances"):
        yield from _listed(
            results["utterances"],
            lambda one: _piece(
                one.get("transcript"),
                one["start"],
                one["end"],
                one.get("speaker"),
                words=_deepgram_words(one.get("words") or []),
            ),
            faults,
        )
        return
    best = results["channels"][0]["alternatives"][0]
    yield from _from_words(
        (
            "" if word.get("speaker") is None else str(word["speaker"]),
            str(word.get("punctuated_word") or word["word"]),
            _seconds(word["start"]),
            _seconds(word["end"]),
        )
        for word in best["words"]
    )


def _deepgram_words(listed: Sequence[Mapping[str, Document]]) -> tuple[Word, ...]:
    named = [{**word, "word": word.get("punctuated_word") or word.get("word")} for word in listed]
    return _words(named, "word", "start", "end")


def _google(document: Document, faults: Faults) -> Iterator[Spoken]:
    del faults
    results = document["results"] if isinstance(document, dict) else document
    best = [result["alternatives"][0] for result in results if result.get("alternatives")]
    listed = [alternative.get("words", []) for alternative in best]
    if not any(listed):
        raise NotThisForm
    # With speakers, the last result repeats all words with the speaker of each.
    last = listed[-1]
    spoken = [last] if any("speakerTag" in word or "speakerLabel" in word for word in last) else listed
    yield from _from_words(
        (
            str(word.get("speakerLabel") or word.get("speakerTag") or ""),
            word["word"],
            _seconds(word.get("startTime", word.get("startOffset", 0))),
            _seconds(word.get("endTime", word.get("endOffset"))),
        )
        for words in spoken
        for word in words
    )


def _amazon(document: Document, faults: Faults) -> Iterator[Spoken]:
    del faults
    results = document["results"]
    speakers = {
        item["start_time"]: segment["speaker_label"]
        for segment in (results.get("speaker_labels") or {}).get("segments", [])
        for item in segment.get("items", [])
    }
    yield from _from_words(
        (
            item.get("speaker_label") or speakers.get(item.get("start_time"), ""),
            item["alternatives"][0]["content"],
            _seconds(item.get("start_time")),
            _seconds(item.get("end_time")),
        )
        for item in results["items"]
    )


def _rev(document: Document, faults: Faults) -> Iterator[Spoken]:
    del faults
    names = {str(one.get("id")): one.get("name") for one in document.get("speakers", []) if isinstance(one, dict)}

    def words() -> Iterator[tuple[str, str, float | None, float | None]]:
        for monologue in document["monologues"]:
            label = str(monologue.get("speaker", ""))
            who = str(monologue.get("speaker_name") or names.get(label) or label)
            for element in monologue["elements"]:
                value = str(element["value"])
                if element["type"] == "text":
                    start_s = _seconds(element.get("ts"))
                    end_s = _seconds(element.get("end_ts"))
                    yield who, value, start_s, start_s if end_s is None else end_s
                elif value.strip():
                    yield who, value.strip(), None, None

    yield from _from_words(words())


def _speechmatics(document: Document, faults: Faults) -> Iterator[Spoken]:
    del faults
    results = document["results"]
    if not all("alternatives" in result and "type" in result for result in results):
        raise NotThisForm

    def words() -> Iterator[tuple[str, str, float | None, float | None]]:
        for result in results:
            best = result["alternatives"][0]
            mark = result["type"] == "punctuation"
            start_s, end_s = (None, None) if mark else (_seconds(result["start_time"]), _seconds(result["end_time"]))
            yield str(best.get("speaker") or ""), best["content"], start_s, end_s

    yield from _from_words(words())


def _segments(document: Document, faults: Faults) -> Iterator[Spoken]:
    """openai-whisper, WhisperX, faster-whisper, Podlove, Auphonic and the namespace: a list of timed segments."""
    listed = document
    if isinstance(document, dict):
        listed = document.get("segments", document.get("transcripts"))
        if not listed and isinstance(document.get("words"), list):
            words = _words(document["words"], "word", "start", "end")
            yield from _from_words(("", word.text, word.start_s, word.end_s) for word in words)
            return
    if not isinstance(listed, list) or not any(isinstance(entry, dict) for entry in listed):
        raise NotThisForm
    if not any({"start", "startTime", "start_ms"} & entry.keys() for entry in listed if isinstance(entry, dict)):
        raise NotThisForm
    if _is_word_by_word(listed):
        yield from _from_words(
            (
                str(entry.get("speaker") or ""),
                str(entry["body"]).strip(),
                _seconds(entry["startTime"]),
                _seconds(entry.get("endTime", entry["startTime"])),
            )
            for entry in listed
            if str(entry.get("body") or "").strip()
        )
        return
    yield from _listed(listed, _segment, faults)


def _is_word_by_word(listed: Sequence[Document]) -> bool:
    """Whether a transcript of the namespace has a segment a word."""
    bodies = [str(entry.get("body") or "") for entry in listed if isinstance(entry, dict) and "startTime" in entry]
    return len(bodies) > 1 and sum(len(body.split()) <= 1 for body in bodies) >= 0.9 * len(bodies)


def _segment(entry: Mapping[str, Document]) -> Spoken | None:
    return _piece(
        entry.get("body") or entry.get("text"),
        entry.get("startTime", entry.get("start")),
        entry.get("endTime", entry.get("end")),
        entry.get("voice", entry.get("speaker", entry.get("speaker_id"))),
        words=_words(entry.get("words"), "word", "start", "end") or _words(entry.get("words"), "text", "start", "end"),
    )


READERS: Mapping[str, Callable[[Document, Faults], Iterator[Spoken]]] = {
    "whisper.cpp JSON": _whisper_cpp,
    "Hugging Face JSON": _hugging_face,
    "Rev JSON": _rev,
    "AssemblyAI JSON": _assemblyai,
    "Deepgram JSON": _deepgram,
    "Amazon Transcribe JSON": _amazon,
    "Speechmatics JSON": _speechmatics,
    "Google Speech-to-Text JSON": _google,
    "JSON segments": _segments,
}
