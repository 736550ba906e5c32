"""Transcripts in files: found, read, and published with the times and speakers that they have."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import webvtt
from click.testing import CliRunner
from projects import Run, a_project, build, record, run, write

from feedbuilder.captions import read_transcript
from feedbuilder.cli import main
from feedbuilder.compose.transcript_files import with_transcript
from feedbuilder.derive.cues import derive_cues
from feedbuilder.derive.timeline import derive_timeline
from feedbuilder.errors import Mark
from feedbuilder.model import Episode, Line, SourceFile
from feedbuilder.text.timecode import format_srt, format_vtt

VTT = """\
WEBVTT

NOTE chapter: High water

00:01.000 --> 00:03.500
<v Inês>How high is the water?

00:03.750 --> 00:06.000
<v Robin>Three metres today.

NOTE chapter: Low water

00:20.125 --> 00:22.000
<v Inês>And tonight?
"""
DIARIZED = {
    "segments": [
        {"start": 1.0, "end": 3.5, "text": " How high is the water?", "speaker": "SPEAKER_00"},
        {"start": 3.75, "end": 6.0, "text": " Three metres today.", "speaker": "SPEAKER_01"},
        {"start": 20.125, "end": 22.0, "text": " And tonight?", "speaker": "SPEAKER_00"},
    ]
}


def a_record(transcript: str = "") -> str:
    """An episode file without a transcript of its own; ``transcript``: what it says under that key."""
    head, _, rest = record(1).partition("transcript:\n")
    key = f"transcript: {transcript}\n" if transcript else ""
    return f"{head}{key}---\n{rest.partition('---')[2]}"


def built(root: Path, transcript: str = "", files: dict[str, str] | None = None, **show: str) -> Run:
    a_project(root, {"tide-1": a_record(transcript)}, **show)
    for path, text in (files or {}).items():
        write(root, path, text)
    return build(root, "-v")


def captions(root: Path) -> list[str]:
    file = webvtt.read(str(root / "public/current/episodes/tide-1/transcript.vtt"))
    return [f"{one.start} {one.end} {one.voice}: {one.text}" for one in file.captions]


SAID = [
    "00:00:01.000 00:00:03.500 Inês Barroso: How high is the water?",
    "00:00:03.750 00:00:06.000 Robin: Three metres today.",
    "00:00:20.125 00:00:22.000 Inês Barroso: And tonight?",
]


@pytest.mark.parametrize(
    ("key", "path", "show"),
    [
        ("", "episodes/tide-1.vtt", {}),
        ("", "media/tide-1.vtt", {}),
        ("", "subs/1.vtt", {"transcripts": "subs/{number}.vtt"}),
        ("", "subs/s1-tide-1.vtt", {"transcripts": '"/subs/s{season}-{slug}.vtt"'}),
        ("talk.vtt", "episodes/talk.vtt", {}),
        ("talk.vtt", "media/talk.vtt", {}),
        ("subs/talk.vtt", "subs/talk.vtt", {}),
        ("/subs/talk.vtt", "subs/talk.vtt", {}),
        ("../subs/talk.vtt", "subs/talk.vtt", {}),
        ("{file: talk.vtt}", "episodes/talk.vtt", {}),
    ],
)
def test_the_file_is_found(tmp_path: Path, key: str, path: str, show: dict[str, str]) -> None:
    assert built(tmp_path, key, {path: VTT}, **show).exit_code == 0
    assert captions(tmp_path) == SAID


def test_its_notes_become_chapters(tmp_path: Path) -> None:
    built(tmp_path, "", {"episodes/tide-1.vtt": VTT})
    chapters = json.loads((tmp_path / "public/current/episodes/tide-1/chapters.json").read_bytes())["chapters"]
    assert [(one["startTime"], one["title"]) for one in chapters] == [(0, "High water"), (20.125, "Low water")]


def test_an_offset_moves_all_times(tmp_path: Path) -> None:
    built(tmp_path, "{file: talk.vtt, offset_s: 2.5}", {"episodes/talk.vtt": VTT})
    assert [one[:25] for one in captions(tmp_path)] == [
        "00:00:03.500 00:00:06.000",
        "00:00:06.250 00:00:08.500",
        "00:00:22.625 00:00:24.500",
    ]


def test_labels_get_the_names_of_the_record(tmp_path: Path) -> None:
    key = "{file: talk.json, speakers: {SPEAKER_00: ines, SPEAKER_01: Robin}}"
    made = built(tmp_path, key, {"episodes/talk.json": json.dumps(DIARIZED)})
    assert captions(tmp_path) == SAID
    assert "TRX" not in made.stderr
    assert "T-85" not in made.stderr, "the author has named the speaker"


def test_labels_without_a_name_are_numbered_and_listed(tmp_path: Path) -> None:
    made = built(tmp_path, "", {"episodes/tide-1.json": json.dumps(DIARIZED)})
    assert [one[26:] for one in captions(tmp_path)] == [
        "Speaker 1: How high is the water?",
        "Speaker 2: Three metres today.",
        "Speaker 1: And tonight?",
    ]
    assert (
        "episodes/tide-1.md: note TRX-10: speakers without a name: SPEAKER_00 ('How high is the water?'), "
        "SPEAKER_01 ('Three metres today.'). Add `speakers: {SPEAKER_00: NAME, SPEAKER_01: NAME}` to `transcript:`."
    ) in made.stderr.splitlines()


def test_labels_without_a_name_can_be_hidden(tmp_path: Path) -> None:
    built(tmp_path, "", {"episodes/tide-1.json": json.dumps(DIARIZED)}, unknown_speakers="hide")
    assert [one.rpartition(": ")[2] for one in captions(tmp_path)] == [
        "How high is the water?",
        "Three metres today.",
        "And tonight?",
    ]
    assert "<v" not in (tmp_path / "public/current/episodes/tide-1/transcript.vtt").read_text()


@pytest.mark.parametrize(
    ("key", "files", "finding"),
    [
        (
            "gone.vtt",
            {},
            (
                "episodes/tide-1.md:9:1: warning TRX-7: the transcript file 'gone.vtt' was not found; "
                "published without a transcript. Correct the path, or convert the file to WebVTT, SRT or JSON."
            ),
        ),
        (
            "talk.txt",
            {"episodes/talk.txt": "Nothing with a time or a speaker."},
            (
                "episodes/tide-1.md:9:1: warning TRX-7: episodes/talk.txt is not a transcript that can be read: "
                "it is none of: captions with -->, JSON of a known recognizer, TSV, or text with speakers or times; "
                "published without a transcript. Correct the path, or convert the file to WebVTT, SRT or JSON."
            ),
        ),
        (
            "../../etc/talk.vtt",
            {},
            (
                "episodes/tide-1.md:9:1: error FILE-1: the file is outside of the project; not read. Move "
                "the file into the folder instead of linking it."
            ),
        ),
        (
            "{file: talk.vtt, speakers: {Nadia: ines}}",
            {"episodes/talk.vtt": VTT},
            (
                "episodes/tide-1.md:9:1: warning TRX-9: the transcript has no speaker 'Nadia'. "
                "Use the names that the file has."
            ),
        ),
        (
            "{file: talk.vtt, offset_s: soon}",
            {"episodes/talk.vtt": VTT},
            (
                "episodes/tide-1.md:9:13: warning TRX-9: offset_s 'soon' is not a number of seconds. "
                "Use the names that the file has."
            ),
        ),
        (
            "",
            {"episodes/tide-1.vtt": VTT, "episodes/tide-1.srt": "x"},
            (
                "episodes/tide-1.md: note TRX-11: the transcript is read from episodes/tide-1.vtt; "
                "episodes/tide-1.srt not. Remove the others, or name one: `transcript: FILE`."
            ),
        ),
        (
            "",
            {"episodes/tide-1.vtt": VTT + "\n00:30.000 -> 00:31.000\nLost.\n"},
            (
                "episodes/tide-1.vtt:16: warning TRX-8: the text '00:30.000 -> 00:31.000 Lost.' has no time; left out. "
                "Correct the line in the file."
            ),
        ),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, key: str, files: dict[str, str], finding: str) -> None:
    made = built(tmp_path, key, files)
    assert made.exit_code == 0
    assert finding in made.stderr.splitlines()


def test_a_changed_file_is_built_again(tmp_path: Path) -> None:
    built(tmp_path, "subs/talk.vtt", {"subs/talk.vtt": VTT})
    assert build(tmp_path).stdout.startswith("Up to date: 1 episode.")
    write(tmp_path, "subs/talk.vtt", VTT.replace("Three metres", "Four metres"))
    assert build(tmp_path).stdout.startswith("Published 1 episode.")
    assert "Robin: Four metres today." in captions(tmp_path)[1]


def test_check_reads_it_too(tmp_path: Path) -> None:
    a_project(tmp_path, {"tide-1": a_record("gone.vtt")})
    assert "TRX-7" in run(tmp_path, "check", "--now", "2026-06-01T00:00:00Z").stderr


# --- ninety minutes ---------------------------------------------------------------------------------------------------

ROWS = [
    (n * 6.0 + n % 7 / 8, n * 6.0 + 5.5, f"Piece {n} of a long talk about tides.") for n in range(900)
]  # 90 minutes


def as_vtt() -> str:
    return "WEBVTT\n\n" + "\n\n".join(f"{format_vtt(start)} --> {format_vtt(end)}\n{text}" for start, end, text in ROWS)


def as_srt() -> str:
    rows = enumerate(ROWS, start=1)
    return "\n\n".join(f"{n}\n{format_srt(start)} --> {format_srt(end)}\n{text}" for n, (start, end, text) in rows)


def as_json() -> str:
    return json.dumps({"segments": [{"start": start, "end": end, "text": text} for start, end, text in ROWS]})


def as_namespace_json() -> str:
    return json.dumps({"segments": [{"startTime": start, "endTime": end, "body": text} for start, end, text in ROWS]})


def as_tsv() -> str:
    rows = (f"{round(start * 1000)}\t{round(end * 1000)}\t{text}" for start, end, text in ROWS)
    return "\n".join(["start\tend\ttext", *rows])


def as_whisper_cpp() -> str:
    rows = [{"offsets": {"from": start * 1000, "to": end * 1000}, "text": text} for start, end, text in ROWS]
    return json.dumps({"transcription": rows})


def as_chunks() -> str:
    return json.dumps({"chunks": [{"timestamp": [start, end], "text": text} for start, end, text in ROWS]})


@pytest.mark.parametrize("form", [as_vtt, as_srt, as_json, as_namespace_json, as_tsv, as_whisper_cpp, as_chunks])
def test_the_times_of_ninety_minutes_are_kept_to_the_millisecond(form: Callable[[], str]) -> None:
    episode = Episode(slug="tide-1", mark=Mark("episodes/tide-1.md"), title="Tide 1")
    done = with_transcript(episode, SourceFile("talk", form().encode()), {})
    timeline, problems = derive_timeline(done.episode, 0.0)
    cues = derive_cues(timeline, {"": ""}, max_characters=84, end_s=None)

    assert ([*done.problems], problems) == ([], [])
    assert [(cue.start_s, cue.end_s, cue.text) for cue in cues] == ROWS
    assert sum(isinstance(entry, Line) for entry in done.episode.transcript) < len(ROWS)


def test_a_long_caption_is_cut_where_its_words_are_spoken() -> None:
    words = [f"word{n}" for n in range(30)]
    starts = [n * 0.4 + (8 if n >= 14 else 0) for n in range(30)]  # a pause of eight seconds in the middle
    segment = {
        "start": 0.0,
        "end": 20.0,
        "text": " ".join(words),
        "words": [
            {"word": word, "start": start, "end": start + 0.3} for word, start in zip(words, starts, strict=True)
        ],
    }
    episode = Episode(slug="tide-1", mark=Mark("episodes/tide-1.md"), title="Tide 1")
    lines = [segment, {"start": 21.0, "end": 22.0, "text": "Yes."}, {"start": 23.0, "end": 24.0, "text": "No."}]
    done = with_transcript(episode, SourceFile("talk.json", json.dumps({"segments": lines}).encode()), {})
    timeline, _ = derive_timeline(done.episode, 0.0)
    cues = derive_cues(timeline, {"": ""}, max_characters=84, end_s=None)

    first_words = [cue.text.split()[0] for cue in cues if cue.text.startswith("word")]
    assert [cue.start_s for cue in cues if cue.text.startswith("word")] == [
        starts[words.index(word)] for word in first_words
    ]
    assert len(first_words) > 1


# --- the commands -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["vtt", "srt", "json", "md"])
def test_what_is_converted_says_the_same(tmp_path: Path, form: str) -> None:
    write(tmp_path, "talk.vtt", VTT)
    done = CliRunner().invoke(main, ["transcript", "convert", str(tmp_path / "talk.vtt"), "--to", form])
    before, after = read_transcript(VTT.encode()), read_transcript(done.stdout.encode())
    assert [(one.who, one.start_s, one.text) for one in after.spoken] == [
        (one.who, one.start_s, one.text) for one in before.spoken
    ]


def test_a_converted_transcript_can_be_pasted_into_an_episode_file(tmp_path: Path) -> None:
    write(tmp_path, "talk.vtt", VTT)
    done = CliRunner().invoke(main, ["transcript", "convert", str(tmp_path / "talk.vtt")])
    text = a_record()
    end = text.rindex("---\n")
    a_project(tmp_path, {"tide-1": text[:end] + done.stdout + text[end:]})
    assert build(tmp_path).exit_code == 0
    assert [one.partition(" ")[0] for one in captions(tmp_path)] == [one.partition(" ")[0] for one in SAID]


def test_the_speakers_of_a_file_are_listed_with_the_line_that_names_them(tmp_path: Path) -> None:
    a_project(tmp_path, {"tide-1": a_record("{file: talk.json, speakers: {SPEAKER_00: ines}}")})
    write(tmp_path, "episodes/talk.json", json.dumps(DIARIZED))
    assert run(tmp_path, "speakers", "tide-1").stdout.splitlines() == [
        "SPEAKER_00 = ines  2x  How high is the water? …",
        "SPEAKER_01  1x  Three metres today. …",
        ("To name them, add to the episode file: transcript: {file: episodes/talk.json, speakers: {SPEAKER_01: NAME}}"),
    ]


@pytest.mark.parametrize(("slug", "what"), [("tide-9", "no episode 'tide-9'"), ("tide-1", "has no transcript file")])
def test_speakers_of_what_is_not_there(tmp_path: Path, slug: str, what: str) -> None:
    a_project(tmp_path, {"tide-1": a_record()})
    done = run(tmp_path, "speakers", slug)
    assert done.exit_code == 1
    assert what in done.stderr
