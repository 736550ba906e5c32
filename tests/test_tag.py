"""Chapters inside of audio: written by us, read by ffprobe."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mutagen.id3 import ID3
from PIL import Image
from projects import NOW, a_project, build, published, record, run, write
from sounds import a_wav

from feedbuilder.media.tags import read_chapters
from feedbuilder.model import Chapter

PARTS = [(0.0, "Part 0 of tide 1"), (120.0, "A = b; #1 \\ Ü"), (240.0, "Part 2 of tide 1")]
KINDS = {"mp3": "audio/mpeg", "m4a": "audio/x-m4a"}


@pytest.fixture
def sound(tool: Callable[[str], str], tmp_path: Path) -> Callable[[str], Path]:
    """Five minutes of silence, with a chapter and a comment from another program."""

    def make(ending: str) -> Path:
        path = tmp_path / f"media/tide-1.{ending}"
        path.parent.mkdir(exist_ok=True)
        listing = tmp_path / "old.txt"
        listing.write_text(";FFMETADATA1\ncomment=kept\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=5000\nEND=9000\ntitle=Old\n")
        source = ("-f", "lavfi", "-i", "anullsrc=r=22050:cl=mono", "-i", str(listing), "-map_metadata", "1")
        command = [tool("ffmpeg"), "-v", "error", "-nostdin", *source, "-t", "300", "-b:a", "16k", str(path)]
        subprocess.run(command, check=True)
        return path

    return make


def probed(tool: Callable[[str], str], path: Path) -> dict[str, Any]:
    command = [
        tool("ffprobe"),
        "-v",
        "error",
        "-of",
        "json",
        "-show_chapters",
        "-show_format",
        "-show_streams",
        str(path),
    ]
    found: dict[str, Any] = json.loads(subprocess.check_output(command))
    return found


def chapters_of(data: dict[str, Any]) -> list[tuple[float, str]]:
    return [(float(one["start_time"]), one["tags"]["title"]) for one in data["chapters"]]


def a_show(root: Path, **keys: str) -> Path:
    """A show with a picture and one record, with its audio in the project."""
    (root / "images").mkdir(exist_ok=True)
    Image.new("RGB", (1400, 1400), "teal").save(root / "images/cover.jpg")
    record_1 = record(1, **{"audio": "", "duration": "", "title": "'Ebb = flow; #1 \\ Ü'", **keys})
    record_1 = record_1.replace("header: Part 1 of tide 1", "header: 'A = b; #1 \\ Ü'")
    return a_project(root, {"tide-1": record_1}, image="images/cover.jpg")


@pytest.mark.parametrize("ending", KINDS)
def test_ffprobe_finds_the_one_chapter_list(
    ending: str, sound: Callable[[str], Path], tool: Callable[[str], str], tmp_path: Path
) -> None:
    old = sound(ending)
    before = old.read_bytes()
    root = a_show(tmp_path)

    result = run(root, "tag", "tide-1", "--now", NOW, "--json")

    new = root / result.data["wrote"]
    data = probed(tool, new)
    assert chapters_of(data) == PARTS
    assert [float(one["end_time"]) for one in data["chapters"]][:2] == [120, 240]
    assert (
        data["format"]["tags"] | {"title": "Ebb = flow; #1 \\ Ü", "artist": "Harbour Notes"} == data["format"]["tags"]
    )
    assert data["format"]["tags"]["album"] == "Harbour Notes"
    assert [one["codec_name"] for one in data["streams"] if one["codec_type"] == "video"] == ["mjpeg"]
    assert abs(float(data["format"]["duration"]) - 300) < 0.2
    assert new.name == f"tide-1-{hashlib.sha256(new.read_bytes()).hexdigest()[:12]}.{ending}"
    assert old.read_bytes() == before
    assert result.data["had"] == 1
    with new.open("rb") as stream:
        assert read_chapters(stream, KINDS[ending]) == tuple(Chapter(start_s, title) for start_s, title in PARTS)


@pytest.mark.parametrize("ending", KINDS)
def test_the_sound_is_copied(
    ending: str, sound: Callable[[str], Path], tool: Callable[[str], str], tmp_path: Path
) -> None:
    old = sound(ending)
    new = tmp_path / run(a_show(tmp_path), "tag", "tide-1", "--now", NOW, "--json").data["wrote"]

    def packets(path: Path) -> bytes:
        command = [tool("ffmpeg"), "-v", "error", "-i", str(path), "-map", "0:a", "-c", "copy", "-f", "md5", "-"]
        return subprocess.check_output(command)

    assert packets(new) == packets(old)


@pytest.mark.parametrize("ending", KINDS)
def test_the_same_input_gives_the_same_bytes(ending: str, sound: Callable[[str], Path], tmp_path: Path) -> None:
    sound(ending)
    root = a_show(tmp_path)
    first = run(root, "tag", "tide-1", "--now", NOW, "--json").data["wrote"]
    data = (root / first).read_bytes()
    (root / first).unlink()

    assert run(root, "tag", "tide-1", "--now", NOW, "--json").data["wrote"] == first
    assert (root / first).read_bytes() == data
    assert sorted(path.name for path in (root / "media").iterdir()) == sorted([f"tide-1.{ending}", Path(first).name])


def test_a_file_that_has_it_all_is_left_alone(sound: Callable[[str], Path], tmp_path: Path) -> None:
    sound("mp3")
    root = a_show(tmp_path)
    first = run(root, "tag", "tide-1", "--now", NOW, "--json").data["wrote"]
    a_show(root, audio=f"{{file: {first}}}")

    again = run(root, "tag", "tide-1", "--now", NOW)

    assert again.stdout == f"{first} already has 3 chapters and the current title and artwork.\n"


def test_other_frames_stay_and_the_tags_are_those_of_id3_2_3(sound: Callable[[str], Path], tmp_path: Path) -> None:
    sound("mp3")
    new = tmp_path / run(a_show(tmp_path), "tag", "tide-1", "--now", NOW, "--json").data["wrote"]

    tags = ID3(new)

    assert tags.version == (2, 3, 0)
    assert [str(frame) for frame in tags.getall("TXXX")] == ["kept"]
    (toc,) = tags.getall("CTOC")
    assert (toc.child_element_ids, int(toc.flags)) == (["chp0", "chp1", "chp2"], 3)
    assert [(frame.start_offset, frame.end_offset) for frame in tags.getall("CHAP")] == [(0xFFFFFFFF, 0xFFFFFFFF)] * 3
    assert len(tags.getall("APIC")) == 1


def test_a_chapter_keeps_its_link(sound: Callable[[str], Path], tmp_path: Path) -> None:
    sound("mp3")
    chapters = "[{start: 0, title: A, url: 'https://a.example/'}, {start: 9, title: B}]"

    new = tmp_path / run(a_show(tmp_path, chapters=chapters), "tag", "tide-1", "--now", NOW, "--json").data["wrote"]

    frames = ID3(new).getall("CHAP")
    assert [[one.url for one in frame.sub_frames.getall("WXXX")] for frame in frames] == [["https://a.example/"], []]


def test_what_cannot_hold_chapters_is_refused(tmp_path: Path) -> None:
    root = a_show(tmp_path)
    write(root, "media/tide-1.wav", a_wav())

    result = run(root, "tag", "tide-1", "--now", NOW)

    assert result.exit_code == 1
    assert "tide-1.wav: error MED-10: the file is audio/wav" in result.stderr
    assert [path.name for path in (root / "media").iterdir()] == ["tide-1.wav"]


def test_without_ffmpeg_mp4_is_refused(
    sound: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound("m4a")
    monkeypatch.setenv("PATH", str(tmp_path))

    result = run(a_show(tmp_path), "tag", "tide-1", "--now", NOW)

    assert "MED-11: ffmpeg, which writes chapters into MP4, is not installed" in result.stderr


def test_what_ffmpeg_refuses_is_a_finding_and_leaves_nothing_behind(
    sound: Callable[[str], Path], tmp_path: Path
) -> None:
    path = sound("m4a")
    data = path.read_bytes()
    at = data.index(b"stsd")
    path.write_bytes(data[:at] + b"stsX" + data[at + 4 :])

    result = run(a_show(tmp_path), "tag", "tide-1", "--now", NOW)

    assert result.exit_code == 1
    assert "tide-1.m4a: error MED-11: ffmpeg failed:" in result.stderr
    assert str(tmp_path) not in result.stderr.replace(str(path.parent), "")
    assert [one.name for one in path.parent.iterdir()] == ["tide-1.m4a"]


def test_audio_elsewhere_and_an_unknown_slug_are_findings(tmp_path: Path) -> None:
    root = a_project(tmp_path)

    assert "MED-12: the audio of tide-1 is not in this project" in run(root, "tag", "tide-1").stderr
    assert "LED-13: no episode 'tide-9' found" in run(root, "tag", "tide-9").stderr


def test_large_art_is_not_put_into_every_episode(sound: Callable[[str], Path], tmp_path: Path) -> None:
    sound("mp3")
    root = a_show(tmp_path)
    Image.effect_noise((1400, 1400), 90).convert("RGB").save(root / "images/cover.jpg", quality=95)

    result = run(root, "tag", "tide-1", "--now", NOW, "--json")

    assert [problem["rule"] for problem in result.data["problems"]] == ["MED-13"]
    assert ID3(root / result.data["wrote"]).getall("APIC") == []


@pytest.mark.parametrize("kind", ["audio/mpeg", "audio/x-m4a", "audio/wav"])
@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfb\x90\x00" + bytes(413), b"ID3\x03\x00\x00\x00\x00\x00\x7fCHAP\xff", b"\0\0\0\x08ftyp"]
)
def test_a_file_without_a_tag_that_can_be_read_has_no_chapters(data: bytes, kind: str) -> None:
    assert read_chapters(io.BufferedReader(io.BytesIO(data)), kind) == ()


@pytest.mark.parametrize("ending", KINDS)
def test_chapters_inside_the_audio_are_used_if_the_episode_file_has_none(
    ending: str, sound: Callable[[str], Path], tmp_path: Path
) -> None:
    sound(ending)
    root = a_show(tmp_path)
    text = (root / "episodes/tide-1.md").read_text()
    write(root, "episodes/tide-1.md", "".join(line for line in text.splitlines(True) if "header:" not in line))

    built = build(root, "-v")

    chapters = json.loads(published(root)["episodes/tide-1/chapters.json"])["chapters"]
    assert chapters == [{"startTime": 0, "title": "Old"}]
    what = f"the episode file has no chapters; the 1 in media/tide-1.{ending} are used"
    assert f"episodes/tide-1.md: note MED-15: {what}. Add `chapters:`" in built.stderr
    again = build(root, "-v", "--rehash")
    assert "MED-15" in again.stderr


@pytest.mark.parametrize("ending", KINDS)
@pytest.mark.parametrize("title", ["Ends in \\", "\\\\", "Two \\\\", "= ; # \\="])
def test_a_title_that_ends_in_a_backslash_swallows_no_chapter(
    title: str, ending: str, sound: Callable[[str], Path], tool: Callable[[str], str], tmp_path: Path
) -> None:
    sound(ending)
    chapters = f"[{{start: 0, title: '{title}'}}, {{start: 60, title: Next}}, {{start: 120, title: '{title}'}}]"

    result = run(a_show(tmp_path, chapters=chapters), "tag", "tide-1", "--now", NOW, "--json")

    found = [
        (start_s, name.rstrip("\N{NO-BREAK SPACE}"))
        for start_s, name in chapters_of(probed(tool, tmp_path / result.data["wrote"]))
    ]
    assert found == [(0.0, title), (60.0, "Next"), (120.0, title)]


def test_many_chapters_and_long_titles_are_what_was_meant(
    sound: Callable[[str], Path], tool: Callable[[str], str], tmp_path: Path
) -> None:
    sound("m4a")
    titles = [f"Part {number} " + "ü" * (number // 2 + 1) for number in range(290)]
    chapters = "[" + ", ".join(f"{{start: {number}, title: '{title}'}}" for number, title in enumerate(titles)) + "]"

    result = run(a_show(tmp_path, chapters=chapters), "tag", "tide-1", "--now", NOW, "--json")

    assert result.exit_code == 0, result.data
    assert chapters_of(probed(tool, tmp_path / result.data["wrote"])) == list(enumerate(titles))


def test_chapters_that_were_lost_while_they_were_written_are_a_finding(
    sound: Callable[[str], Path], tmp_path: Path, tool: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sound("m4a")
    program = tmp_path / "bin/ffmpeg"  # one that loses the chapters
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        f"for last; do :; done\nexec {tool('ffmpeg')} -v error -y -i '{path}' -map 0:a -map_chapters -1 -c copy"
        ' -f ipod "$last"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")

    result = run(a_show(tmp_path), "tag", "tide-1", "--now", NOW)

    assert "tide-1.m4a: error MED-11: 3 of 3 chapters are missing or different in the new file" in result.stderr
    assert [one.name for one in path.parent.iterdir()] == ["tide-1.m4a"]
