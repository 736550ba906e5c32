"""Transcript files of many programs: a case file each, and what readers that are not ours make of the same file.

A case is ``tests/cases/captions/NAME.ending`` with ``NAME.ending.expected`` beside it. ``--update-golden`` rewrites
what is expected: read it, line by line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from feedbuilder.captions import FORMS, Section, Transcript, UnknownFormError, Word, read_transcript
from feedbuilder.text.timecode import format_srt, format_vtt, to_milliseconds

CASES = Path(__file__).parent / "cases" / "captions"
FILES = sorted(path for path in CASES.iterdir() if path.suffix != ".expected")
WORDS = "Why does a kettle sing? Small bubbles collapse. And then it goes quiet."
CAPTIONS = [path for path in FILES if path.suffix in {".vtt", ".srt"} and "damaged" not in path.name]
ROLLING = {"youtube.vtt", "youtube-cut-off.vtt"}
NOT_OF_WEBVTT_PY = {"webvtt-seconds-only.vtt", "webvtt-two-voices-in-a-cue.vtt", "subrip-without-empty-lines.srt"}


@pytest.mark.parametrize("case", FILES, ids=lambda case: case.name)
def test_what_a_file_says(case: Path, golden: Callable[[Path, bytes], None]) -> None:
    golden(case.with_name(f"{case.name}.expected"), "".join(f"{line}\n" for line in lines_of(case)).encode())


def lines_of(case: Path) -> Iterator[str]:
    try:
        transcript = read_transcript(case.read_bytes())
    except UnknownFormError as error:
        yield f"unknown: {error}"
        return
    assert transcript.form in FORMS
    yield f"form: {transcript.form}{', language: ' * bool(transcript.language)}{transcript.language}"
    for entry in transcript.entries:
        if isinstance(entry, Section):
            yield f"# {entry.title} ({entry.start_s})"
        else:
            yield f"{entry.start_s} to {entry.end_s} <{entry.who}> {entry.text}"
            if entry.words:
                yield "    " + " ".join(f"{word.text}@{word.start_s}" for word in entry.words)
    for fault in transcript.faults:
        yield f"! line {fault.line}: {fault.what}"


def test_each_expectation_has_its_case() -> None:
    assert {f"{path.name}.expected" for path in FILES} == {path.name for path in CASES.glob("*.expected")}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_has_a_case(form: str) -> None:
    expected = [path.read_text() for path in CASES.glob("*.expected")]
    assert any(text.startswith(f"form: {form}") for text in expected)


@pytest.mark.parametrize("case", [path for path in CAPTIONS if path.name not in ROLLING | NOT_OF_WEBVTT_PY], ids=str)
def test_webvtt_py_reads_the_same_times(case: Path) -> None:
    theirs = (webvtt.from_srt(str(case)) if case.suffix == ".srt" else webvtt.read(str(case))).captions
    ours = read_transcript(case.read_bytes()).spoken

    assert [(one.start_s, one.end_s) for one in ours] == [
        (in_seconds(caption.start), in_seconds(caption.end)) for caption in theirs
    ]


def in_seconds(stamp: str) -> float:
    hours, minutes, seconds = stamp.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


@pytest.mark.parametrize(
    "case", [path for path in FILES if path.suffix == ".json" and WORDS in path.read_text()], ids=lambda case: case.name
)
def test_all_words_of_a_recognizer_arrive_once(case: Path) -> None:
    assert words_of(read_transcript(case.read_bytes())) == WORDS.split()


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("amazon-transcribe.json", lambda doc: [one for one in doc["results"]["items"] if "start_time" in one]),
        ("deepgram.json", lambda doc: doc["results"]["channels"][0]["alternatives"][0]["words"]),
        ("rev.json", lambda doc: [one for part in doc["monologues"] for one in part["elements"] if "ts" in one]),
        ("speechmatics.json", lambda doc: [one for one in doc["results"] if one["type"] == "word"]),
        ("google.json", lambda doc: [one for part in doc["results"] for one in part["alternatives"][0]["words"]]),
        ("assemblyai.json", lambda doc: doc["words"]),
        ("whisperx.json", lambda doc: [one for part in doc["segments"] for one in part["words"]]),
        ("openai-whisper.json", lambda doc: [one for part in doc["segments"] for one in part["words"]]),
    ],
)
def test_words_start_where_the_document_says(name: str, listed: Callable[[Any], list[dict[str, Any]]]) -> None:
    data = (CASES / name).read_bytes()
    starts = [
        next(one[key] for key in ("start_time", "startTime", "ts", "start") if key in one)
        for one in listed(json.loads(data))
    ]
    scale = 1000 if name == "assemblyai.json" else 1

    assert [word.start_s for word in timed_words(read_transcript(data))] == [
        float(str(start).removesuffix("s")) / scale for start in starts
    ]


def words_of(transcript: Transcript) -> list[str]:
    return " ".join(piece.text for piece in transcript.spoken).split()


def timed_words(transcript: Transcript) -> list[Word]:
    return [word for piece in transcript.spoken for word in piece.words]


SAID = st.lists(
    st.sampled_from(["tea", "kettle", "bubbles", "sing", "quiet", "boil", "tick"]), min_size=1, max_size=6
).map(" ".join)
STARTS = st.lists(st.integers(0, 9_000_000), min_size=1, max_size=20, unique=True).map(sorted)


@given(STARTS, st.data())
def test_captions_are_read_as_they_were_written(starts: list[int], data: st.DataObject) -> None:
    texts = [data.draw(SAID) for _ in starts]
    ends = [*starts[1:], starts[-1] + 1000]
    rows = [(start / 1000, end / 1000, text) for start, end, text in zip(starts, ends, texts, strict=True)]
    vtt = "WEBVTT\n\n" + "\n\n".join(f"{format_vtt(start)} --> {format_vtt(end)}\n{text}" for start, end, text in rows)
    srt = "\n\n".join(
        f"{number}\n{format_srt(start)} --> {format_srt(end)}\n{text}"
        for number, (start, end, text) in enumerate(rows, start=1)
    )
    rows_ms = [(to_milliseconds(start), to_milliseconds(end), text) for start, end, text in rows]
    for file in (vtt, srt):
        spoken = read_transcript(file.encode()).spoken
        assert [(in_ms(one.start_s), in_ms(one.end_s), one.text) for one in spoken] == rows_ms


def in_ms(seconds: float | None) -> int:
    assert seconds is not None
    return to_milliseconds(seconds)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    try:
        transcript = read_transcript(data)
    except UnknownFormError:
        return
    assert transcript.form in FORMS


def test_a_short_answer_that_is_repeated_stays_twice() -> None:
    cues = "".join(f"\n\n00:0{n}.000 --> 00:0{n}.900\nYes.\n" for n in range(3)) + "\n\n00:04.000 --> 00:05.000\nNo.\n"
    assert words_of(read_transcript(f"WEBVTT{cues}".encode())) == ["Yes.", "Yes.", "Yes.", "No."]
