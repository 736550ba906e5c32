# ruff: noqa: INP001, S603, T201 - a script: it is no package, runs espeak-ng and ffmpeg, and prints
"""Generate the audio of the show in this repository, and write the true times into its episode files.

    python docs/show/make_show.py           # speak, encode, write the times, check
    python docs/show/make_show.py --check   # only compare episode files, times file and audio
    python docs/show/make_show.py --files   # only the episodes of spoken.yaml, whose transcripts are files

Needs espeak-ng and ffmpeg. Each episode with a local ``audio`` file is spoken line by line, with one voice per speaker,
a short pause between lines and a chord between sections. Because the program joins the lines itself, it knows the exact
start of each one:

* the episode file gets ``sec`` and ``time``, whole seconds rounded down, as a person would note them;
* ``quotableClips``, if an episode file has them, get the spans of its headers;
* ``tests/data/own_show_true_times.json`` gets the exact times, which a test needs because of the next point;
* ``DAMAGE`` is applied to one episode file on purpose: lines without a time, a repeated time, a time that runs
  backwards.

Chapters and soundbites are written by hand; the check reports those that do not begin or end where they should.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import subprocess
import sys
import tempfile
import wave
from array import array
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import yaml

ROOT = Path(__file__).resolve().parents[2]
TRUE_TIMES = ROOT / "tests/data/own_show_true_times.json"
SCRIPTS = ROOT / "docs/show/spoken.yaml"
SHOW = "Plain Text Radio"

# who -> espeak-ng voice, pitch (0-99), speed (words a minute)
VOICES = {
    "Marit": ("en-gb-x-rp+f3", 52, 168),
    "Desmond": ("en-gb-scotland+m3", 38, 164),
    "Zoë": ("en-us+f4", 58, 170),
    "Toby": ("en-029+m7", 46, 166),
}
# slug -> how its times are damaged: line numbers from 0
DAMAGE: Mapping[str, Mapping[str, Any]] = {
    "s01e03-the-room-is-half-the-microphone": {
        "untimed": (5, 6, 12),
        "equal_to_line_before": (9,),
        "backwards": {17: 41},
    },
}

RATE = 22050  # the sample rate of espeak-ng
LOUDNESS = 2400  # root mean square of every line
LINE_PAUSE_S, SECTION_PAUSE_S, TAIL_S = 0.5, 0.6, 1.5
OPENING = ((261.63, 0.0), (329.63, 0.22), (392.0, 0.44), (523.25, 0.66))  # (hertz, delay): C major, note by note
DIVIDER = ((392.0, 0.0), (523.25, 0.15))
MASTERING = (  # evens the voices out, to about -16 LUFS and -1 dBFS
    "aresample=44100,highpass=f=70,acompressor=threshold=0.05:ratio=6:attack=1:release=60:makeup=7,"
    "alimiter=limit=0.68:attack=1:release=50:level=disabled"
)
QUIET, AUDIBLE = 60, 150  # sample values: silence stays below, the first sound of a line is above

Samples: TypeAlias = "array[int]"
Entry: TypeAlias = dict[str, str]


# --- speaking -----------------------------------------------------------------------------------------------------


def speak(text: str, who: str) -> Samples:
    """One line in the voice of its speaker, without silence around it, at the common loudness."""
    voice, pitch, speed = VOICES[who]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "line.wav"
        command = ["espeak-ng", "-v", voice, "-p", str(pitch), "-s", str(speed), "-w", str(path), "--", text]
        subprocess.run(command, check=True)
        with wave.open(str(path)) as spoken:
            if spoken.getframerate() != RATE or spoken.getnchannels() != 1:
                sys.exit(f"espeak-ng gave {spoken.getparams()}, not mono at {RATE} Hz")
            samples = array("h", spoken.readframes(spoken.getnframes()))
    gain = LOUDNESS / root_mean_square(samples)
    samples = array("h", (max(-32767, min(32767, round(value * gain))) for value in samples))
    heard = [place for place, value in enumerate(samples) if abs(value) > AUDIBLE]
    return samples[heard[0] : heard[-1] + 1]


def root_mean_square(samples: Samples) -> float:
    """The loudness of the samples; 0 is silence."""
    return math.sqrt(sum(value * value for value in samples) / max(1, len(samples)))


def chord(notes: Sequence[tuple[float, float]], length_s: float) -> Samples:
    """Plucked notes that have died away before the end."""
    return array(
        "h", (round(sum(pluck(hertz, n / RATE - delay) for hertz, delay in notes)) for n in samples_of(length_s))
    )


def pluck(hertz: float, after_s: float) -> float:
    """The value of one note, ``after_s`` seconds after its start."""
    if after_s < 0:
        return 0.0
    return 2600 * min(1.0, after_s * 200) * math.exp(-6 * after_s) * math.sin(2 * math.pi * hertz * after_s)


def silence(length_s: float) -> Samples:
    """Silence of the given length."""
    return array("h", bytes(2 * len(samples_of(length_s))))


def samples_of(length_s: float) -> range:
    """The indexes of the samples in a length of time."""
    return range(round(length_s * RATE))


def perform(entries: Sequence[Entry]) -> tuple[Samples, dict[str, Any]]:
    """The whole episode, and the true times of its lines and headers."""
    tape = chord(OPENING, 2.6)
    lines_s: list[float] = []
    ends_s: list[float] = []
    headers_s: list[float] = []
    for entry in entries:
        if "header" in entry:
            if lines_s:
                tape += silence(SECTION_PAUSE_S) + chord(DIVIDER, 1.6)
            headers_s.append(round(len(tape) / RATE, 3))
            continue
        lines_s.append(round(len(tape) / RATE, 3))
        tape += speak(entry["line"], entry["who"])
        ends_s.append(round(len(tape) / RATE, 3))
        tape += silence(LINE_PAUSE_S)
    tape += silence(SECTION_PAUSE_S) + chord(OPENING[::-1], TAIL_S + 1.1)
    duration_s = round(len(tape) / RATE, 3)
    return tape, {"duration_s": duration_s, "headers_s": headers_s, "lines_s": lines_s, "ends_s": ends_s}


def encode(tape: Samples, title: str, path: Path) -> None:
    """Write the tape as MP3 or M4A, by the ending of the name; the same tape gives the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "tape.wav"
        with wave.open(str(source), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes(tape.tobytes())
        sound = ["-af", MASTERING, "-ar", "44100", "-ac", "1", "-b:a", "56k"]
        tags = ["-metadata", f"title={title}", "-metadata", f"artist={SHOW}", "-metadata", f"album={SHOW}"]
        exact = ["-fflags", "+bitexact", "-flags:a", "+bitexact", "-map_metadata", "-1"]
        path.parent.mkdir(exist_ok=True)
        command = ["ffmpeg", "-loglevel", "error", "-y", "-i", str(source), *sound, *exact, *tags, str(path)]
        subprocess.run(command, check=True)


# --- episode files ------------------------------------------------------------------------------------------------


def front_matter(text: str) -> dict[str, Any]:
    """The fields of an episode file, each value as text."""
    fields: dict[str, Any] = yaml.load(text.split("\n---", 1)[0].removeprefix("---"), Loader=yaml.BaseLoader)  # noqa: S506
    return fields


def with_block(text: str, key: str, block: str) -> str:
    """The episode file with the value of a top-level key replaced; everything else stays as written."""
    lines = text.splitlines(keepends=True)
    start = lines.index(f"{key}:\n")
    end = next(n for n in range(start + 1, len(lines)) if re.match(r"[A-Za-z]|---|\n", lines[n]))
    return "".join(lines[:start]) + f"{key}:\n{block}" + "".join(lines[end:])


def with_times(text: str, slug: str, times: Mapping[str, Any]) -> str:
    """The episode file with its true times and its intended damage."""
    fields = front_matter(text)
    text = with_block(text, "transcript", transcript_block(fields["transcript"], slug, times["lines_s"]))
    if "quotableClips" in fields:
        headers = [entry["header"] for entry in fields["transcript"] if "header" in entry]
        text = with_block(text, "quotableClips", clips_block(headers, times))
    return text


def transcript_block(entries: Sequence[Entry], slug: str, lines_s: Sequence[float]) -> str:
    """The lines of ``transcript:``, in the format of episode files."""
    claimed = iter(claimed_times(slug, lines_s))
    blocks = []
    for entry in entries:
        if "header" in entry:
            blocks.append("- header: " + json.dumps(entry["header"], ensure_ascii=False) + "\n")
            continue
        second = next(claimed)
        when = {} if second is None else {"sec": second, "time": f"{second // 60}:{second % 60:02}"}
        item = [{"line": entry["line"], **when, "who": entry["who"]}]
        dumped = yaml.safe_dump(item, allow_unicode=True, width=100, sort_keys=False)
        blocks.append(re.sub(r"^  time: (\d+:\d\d)$", r"  time: '\1'", dumped, flags=re.MULTILINE))
    return "".join(blocks)


def claimed_times(slug: str, lines_s: Sequence[float]) -> list[int | None]:
    """The times in the episode file: whole seconds, rounded down, damaged as in ``DAMAGE``."""
    claimed: list[int | None] = [math.floor(start_s) for start_s in lines_s]
    damage = DAMAGE.get(slug, {})
    for number in damage.get("untimed", ()):
        claimed[number] = None
    for number in damage.get("equal_to_line_before", ()):
        claimed[number] = claimed[number - 1]
    for number, second in damage.get("backwards", {}).items():
        claimed[number] = second
    return claimed


def clips_block(headers: Sequence[str], times: Mapping[str, Any]) -> str:
    """The lines of ``quotableClips:``: one span a header, from its start to the next one's."""
    starts = [math.floor(start_s) for start_s in times["headers_s"]]
    ends = [*starts[1:], math.floor(times["duration_s"])]
    return "".join(
        f"- name: {json.dumps(name, ensure_ascii=False)}\n  startOffset: {start}\n  endOffset: {end}\n"
        for name, start, end in zip(headers, starts, ends, strict=True)
    )


# --- checking -----------------------------------------------------------------------------------------------------


def check(path: Path, times: Mapping[str, Any]) -> Iterator[str]:
    """The differences between an episode file, its true times and its audio, in words."""
    text = path.read_text(encoding="utf-8")
    if with_times(text, path.stem, times) != text:
        yield f"{path.name}: its times are not those of {TRUE_TIMES.name}"
    fields = front_matter(text)
    sound = decode(ROOT / fields["audio"]["file"])
    yield from check_by_hand(path.name, fields, times, sound)
    if abs(len(sound) / RATE - times["duration_s"]) > 0.1:  # encoders pad to whole frames
        yield f"{path.name}: the audio is {len(sound) / RATE:.2f} s long, not {times['duration_s']}"
    for number, start_s in enumerate(times["lines_s"]):
        start = round(start_s * RATE)
        before = root_mean_square(sound[start - 3500 : start - 700])
        after = root_mean_square(sound[start : start + 5000])
        if before > QUIET or after < 5 * QUIET:
            yield f"{path.name}: line {number} does not start at {start_s} s ({before:.0f}, {after:.0f})"


def check_by_hand(name: str, fields: Mapping[str, Any], times: Mapping[str, Any], sound: Samples) -> Iterator[str]:
    """Chapters that do not start at a header, and soundbites that cut into a line."""
    sections = [0, *(math.floor(start_s) for start_s in times["headers_s"])]
    for chapter in fields.get("chapters", ()):
        clock = chapter["start"] if isinstance(chapter, dict) else chapter.split()[0]
        minutes, seconds = clock.split(":")
        if int(minutes) * 60 + int(seconds) not in sections:
            yield f"{name}: no section starts at the chapter {chapter}"
    for bite in fields.get("soundbites", ()):
        start_s, end = float(bite["start"]), round((float(bite["start"]) + float(bite["duration"])) * RATE)
        if not any(0 <= line_s - start_s < 0.1 for line_s in times["lines_s"]):
            yield f"{name}: no line starts at the soundbite {bite['title']!r}"
        if root_mean_square(sound[end - 1000 : end + 1000]) > QUIET:
            yield f"{name}: the soundbite {bite['title']!r} ends within a word"


def decode(path: Path) -> Samples:
    """The samples of an audio file."""
    command = ["ffmpeg", "-loglevel", "error", "-i", str(path), "-f", "s16le", "-ac", "1", "-ar", str(RATE), "-"]
    return array("h", subprocess.run(command, check=True, capture_output=True).stdout)


# --- all episodes -------------------------------------------------------------------------------------------------


def main() -> int:
    """Run the command; 0 if everything in the episode files is true."""
    parser = argparse.ArgumentParser(description="Generate the audio of the show in this repository.")
    parser.add_argument("--check", action="store_true", help="only compare, write nothing")
    parser.add_argument("--files", action="store_true", help="only the episodes whose transcripts are files")
    arguments = parser.parse_args()
    only_check = arguments.check
    scripts = yaml.safe_load(SCRIPTS.read_text(encoding="utf-8"))
    if not only_check:
        for slug, entries in scripts.items():
            make_file(slug, entries)
    if arguments.files:
        return 0
    spoken = [
        path
        for path in sorted((ROOT / "episodes").glob("*.md"))
        if path.stem not in scripts and "\naudio:" in path.read_text(encoding="utf-8")
    ]
    times = (
        json.loads(TRUE_TIMES.read_text(encoding="utf-8")) if only_check else {path.stem: make(path) for path in spoken}
    )
    if not only_check:
        TRUE_TIMES.parent.mkdir(exist_ok=True)
        TRUE_TIMES.write_text(json.dumps(times, indent=1) + "\n", encoding="utf-8")
    untrue = [found for path in spoken for found in check(path, times[path.stem])]
    print(*untrue, sep="\n", end="\n" if untrue else "")
    return 1 if untrue else 0


def make(path: Path) -> dict[str, Any]:
    """The true times of one episode, after generating its audio and writing them into its file."""
    text = path.read_text(encoding="utf-8")
    fields = front_matter(text)
    tape, times = perform(fields["transcript"])
    encode(tape, fields["title"], ROOT / fields["audio"]["file"])
    path.write_text(with_times(text, path.stem, times), encoding="utf-8")
    print(f"{path.stem}: {times['duration_s']} s, headers at {times['headers_s']}, lines at {times['lines_s']}")
    del times["ends_s"]
    return times


# --- transcripts in files -----------------------------------------------------------------------------------------


def make_file(slug: str, entries: Sequence[Entry]) -> None:
    """Generate the audio of an episode, and write its transcript as the file beside its episode file."""
    title = front_matter((ROOT / f"episodes/{slug}.md").read_text(encoding="utf-8"))["title"]
    tape, times = perform(entries)
    encode(tape, title, ROOT / f"media/{slug}.mp3")
    spoken = [entry for entry in entries if "line" in entry]
    rows = list(zip(spoken, times["lines_s"], times["ends_s"], strict=True))
    path, text = as_captions(slug, entries, rows) if any("header" in one for one in entries) else as_json(slug, rows)
    path.write_text(text, encoding="utf-8")
    print(f"{slug}: {times['duration_s']} s, {path.name}")


def as_json(slug: str, rows: Sequence[tuple[Entry, float, float]]) -> tuple[Path, str]:
    """The transcript as a speech recognizer with a diarizer writes it: numbered speakers, no names."""
    labels = {who: f"SPEAKER_{n:02}" for n, who in enumerate(dict.fromkeys(entry["who"] for entry, _, _ in rows))}
    segments = [
        {"start": start_s, "end": end_s, "text": f" {entry['line']}", "speaker": labels[entry["who"]]}
        for entry, start_s, end_s in rows
    ]
    return ROOT / f"episodes/{slug}.json", json.dumps({"segments": segments, "language": "en"}, indent=1) + "\n"


def as_captions(slug: str, entries: Sequence[Entry], rows: Sequence[tuple[Entry, float, float]]) -> tuple[Path, str]:
    """The transcript as WebVTT, with a voice in each cue and a note for each chapter."""
    waiting = iter(rows)
    blocks = ["WEBVTT"]
    for entry in entries:
        if "header" in entry:
            blocks.append(f"NOTE chapter: {entry['header']}")
        else:
            _, start_s, end_s = next(waiting)
            blocks.append(f"{clock(start_s)} --> {clock(end_s)}\n<v {entry['who']}>{entry['line']}")
    return ROOT / f"episodes/{slug}.vtt", "\n\n".join(blocks) + "\n"


def clock(seconds: float) -> str:
    """The time as WebVTT has it."""
    milliseconds = round(seconds * 1000)
    return f"{milliseconds // 60_000:02}:{milliseconds // 1000 % 60:02}.{milliseconds % 1000:03}"


if __name__ == "__main__":
    sys.exit(main())
