"""The show of this repository: what its records say is true of its audio and its art, and stays so."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import mutagen
import pytest
import yaml
from PIL import Image

from feedbuilder.authors.episodes import Reader, parse_episode
from feedbuilder.authors.people import parse_people
from feedbuilder.authors.records import parse_record
from feedbuilder.authors.show import parse_show
from feedbuilder.captions import read_transcript
from feedbuilder.derive.timeline import derive_timeline
from feedbuilder.model import Episode

ROOT = Path(__file__).resolve().parent.parent
TRUE_TIMES: dict[str, Any] = json.loads((ROOT / "tests/data/own_show_true_times.json").read_text())
DAMAGED = "s01e03-the-room-is-half-the-microphone"
IN_FILES = {
    "s01e06-labels-without-names": "json",
    "s01e07-subtitles-you-already-have": "vtt",
}  # episodes whose transcripts are files, and the ending of each
RATE = 22050
SOUND = sorted(TRUE_TIMES.keys() - {DAMAGED})


def front_matter(slug: str) -> dict[str, Any]:
    """The fields of a record, every value as text."""
    text = (ROOT / f"episodes/{slug}.md").read_text(encoding="utf-8").removeprefix("---").split("\n---", 1)[0]
    fields: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)
    return fields


def lines_of(slug: str) -> list[dict[str, str]]:
    """The spoken lines of a record."""
    return [entry for entry in front_matter(slug)["transcript"] if "line" in entry]


def episode_of(slug: str) -> Episode:
    """What the program reads from a record."""
    show, _ = parse_show("show.yaml", (ROOT / "config/show.yaml").read_bytes())
    record = parse_record(f"episodes/{slug}.md", (ROOT / f"episodes/{slug}.md").read_bytes()).record
    assert show
    assert record
    parsed = parse_episode(record, Reader({}, show.timezone, show.publish_time))
    assert (parsed.problems, dict(parsed.unknown)) == ((), {})
    assert parsed.episode
    return parsed.episode


def test_the_show_and_its_people_have_no_finding() -> None:
    show, problems = parse_show("show.yaml", (ROOT / "config/show.yaml").read_bytes())
    people, found = parse_people([(path.name, path.read_bytes()) for path in (ROOT / "config/people").glob("*.md")])
    assert [*problems, *found] == []
    assert show
    assert set(show.hosts) < set(people) == {"desmond", "marit", "tobias", "zoe"}


@pytest.mark.parametrize("slug", SOUND)
def test_every_line_has_its_true_time_rounded_down(slug: str) -> None:
    seconds = [math.floor(start_s) for start_s in TRUE_TIMES[slug]["lines_s"]]
    assert [line["sec"] for line in lines_of(slug)] == [str(second) for second in seconds]
    assert [line["time"] for line in lines_of(slug)] == [f"{second // 60}:{second % 60:02}" for second in seconds]


def test_the_damaged_record_lacks_repeats_and_reverses_times() -> None:
    true = [math.floor(start_s) for start_s in TRUE_TIMES[DAMAGED]["lines_s"]]
    said = [int(line["sec"]) if "sec" in line else None for line in lines_of(DAMAGED)]
    assert {number: time for number, time in enumerate(said) if time != true[number]} == {
        5: None,
        6: None,
        9: said[8],
        12: None,
        17: 41,
    }


def test_the_repair_puts_damaged_lines_within_two_seconds_of_the_truth() -> None:
    timeline, _ = derive_timeline(episode_of(DAMAGED), 0.0)
    assert timeline.timed
    assert [line.start_s for line in timeline.paragraphs] == pytest.approx(TRUE_TIMES[DAMAGED]["lines_s"], abs=2)
    assert [head.start_s for head in timeline.headings] == pytest.approx(TRUE_TIMES[DAMAGED]["headers_s"], abs=2)


@pytest.mark.parametrize("slug", SOUND)
def test_undamaged_times_are_kept_as_written(slug: str) -> None:
    timeline, problems = derive_timeline(episode_of(slug), 0.0)
    assert problems == []
    assert [line.start_s for line in timeline.paragraphs] == [float(line["sec"]) for line in lines_of(slug)]


@pytest.mark.parametrize("slug", sorted(TRUE_TIMES))
def test_audio_is_as_long_as_what_was_spoken(slug: str) -> None:
    audio = mutagen.File(ROOT / front_matter(slug)["audio"]["file"])
    assert audio.info.length == pytest.approx(TRUE_TIMES[slug]["duration_s"], abs=0.1)
    assert audio.info.sample_rate == 44100


@pytest.mark.parametrize("slug", IN_FILES)
def test_a_transcript_in_a_file_is_heard_where_it_says(slug: str, tool: Callable[[str], str]) -> None:
    command = [tool("ffmpeg"), "-loglevel", "error", "-i", str(ROOT / f"media/{slug}.mp3")]
    raw = subprocess.run([*command, "-f", "s16le", "-ac", "1", "-ar", str(RATE), "-"], check=True, capture_output=True)
    sound = array("h", raw.stdout)
    spoken = read_transcript((ROOT / f"episodes/{slug}.{IN_FILES[slug]}").read_bytes()).spoken
    for piece in spoken:
        assert piece.start_s is not None
        start = round(piece.start_s * RATE)
        before, after = loudness(sound[start - 3500 : start - 700]), loudness(sound[start : start + 5000])
        assert (before < 60, after > 300) == (True, True), (piece.start_s, before, after)


def loudness(samples: Sequence[int]) -> float:
    return math.sqrt(sum(value * value for value in samples) / len(samples))


def test_audio_is_small_and_comes_in_both_formats() -> None:
    files = list((ROOT / "media").iterdir())
    assert {path.suffix for path in files} == {".mp3", ".m4a"}
    assert sum(path.stat().st_size for path in files) < 6_000_000
    assert {path.stem for path in files} == {*TRUE_TIMES, *IN_FILES}


@pytest.mark.parametrize("path", sorted((ROOT / "images").rglob("*.*")), ids=lambda path: path.name)
def test_art_is_square_and_opaque(path: Path) -> None:
    with Image.open(path) as picture:
        assert (picture.width, picture.mode) == (picture.height, "RGB")
        assert picture.width >= (600 if path.parent.name == "people" else 1400)
    assert path.stat().st_size < 250_000


def test_every_line_is_heard_where_the_record_says_it_starts(tool: Callable[[str], str]) -> None:
    tool("ffmpeg")
    checked = subprocess.run(
        [sys.executable, ROOT / "docs/show/make_show.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (checked.stdout, checked.stderr, checked.returncode) == ("", "", 0)
