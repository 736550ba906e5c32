"""Chapters of an episode from a file or from its notes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from projects import Run, a_project, build, record, write

JSON = json.dumps(
    {
        "version": "1.2.0",
        "chapters": [
            {"startTime": 0, "title": "High water", "url": "https://harbour.example.org/tides"},
            {"startTime": 130, "title": "Hidden", "toc": False},
            {"startTime": 240.5, "title": "Low water"},
            {"startTime": 400, "title": "Night"},
        ],
    }
)
STAMPS = "0:00 High water\n4:00 Low water\n06:40 Night\n"


def built(root: Path, chapters: str, *, notes: str = "", files: dict[str, str] | None = None) -> Run:
    text = record(1, chapters=chapters).replace("Notes of tide 1.", notes or "Notes.")
    a_project(root, {"tide-1": text})
    for path, content in (files or {}).items():
        write(root, path, content)
    return build(root)


def chapters(root: Path) -> list[tuple[float, str]]:
    file = root / "public/current/episodes/tide-1/chapters.json"
    return [(one["startTime"], one["title"]) for one in json.loads(file.read_bytes())["chapters"]]


HEADERS = [(0, "Part 0 of tide 1"), (120, "Part 1 of tide 1"), (240, "Part 2 of tide 1")]


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("talk.chapters.json", "episodes/talk.chapters.json"),
        ("../chapters/1.json", "chapters/1.json"),
        ("/chapters/1.json", "chapters/1.json"),
        ("1.json", "media/1.json"),
    ],
)
def test_a_file_replaces_the_headers(tmp_path: Path, key: str, path: str) -> None:
    made = built(tmp_path, key, files={path: JSON})
    assert chapters(tmp_path) == [(0, "High water"), (240.5, "Low water"), (400, "Night")]
    assert (
        f"{path}: warning CHF-2: the file hides 1 chapter from lists: 'Hidden'; left out. "
        "Correct the entry in the file."
    ) in made.stderr.splitlines()


@pytest.mark.parametrize(
    ("key", "files", "finding"),
    [
        ("gone.json", {}, "the chapter file 'gone.json' was not found"),
        ("talk.txt", {"episodes/talk.txt": "Nothing."}, "episodes/talk.txt is not a chapter file that can be read"),
        ("talk.txt", {"episodes/talk.txt": STAMPS + "9:00\n"}, None),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    tmp_path: Path, key: str, files: dict[str, str], finding: str | None
) -> None:
    made = built(tmp_path, key, files=files)
    assert made.exit_code == 0
    if finding:
        assert f"episodes/tide-1.md:9:1: warning CHF-1: {finding}" in made.stderr
        assert chapters(tmp_path) == HEADERS
    else:
        assert chapters(tmp_path) == [(0, "High water"), (240, "Low water"), (400, "Night")]


def test_time_stamps_in_the_notes_are_chapters_when_asked(tmp_path: Path) -> None:
    notes = f"All about tides.\n\n{STAMPS}\n22:00 Party at the pier\n3:2 they won\n"
    assert built(tmp_path, "notes", notes=notes).exit_code == 0
    assert chapters(tmp_path) == [(0, "High water"), (240, "Low water"), (400, "Night")]


@pytest.mark.parametrize(
    "notes", ["No times at all.", "0:00 One\n1:00 Two", "9:00 Three\n8:00 Two\n7:00 One", "20:00 A\n21:00 B\n22:00 C"]
)
def test_too_few_time_stamps_are_no_chapters(tmp_path: Path, notes: str) -> None:
    made = built(tmp_path, "notes", notes=notes)
    assert "episodes/tide-1.md:9:1: warning CHF-3: " in made.stderr
    assert chapters(tmp_path) == HEADERS


def test_time_stamps_are_not_taken_unasked(tmp_path: Path) -> None:
    built(tmp_path, "", notes=STAMPS)
    assert chapters(tmp_path) == HEADERS


def test_a_changed_file_is_built_again(tmp_path: Path) -> None:
    built(tmp_path, "/chapters/1.txt", files={"chapters/1.txt": STAMPS})
    write(tmp_path, "chapters/1.txt", STAMPS.replace("Night", "Midnight"))
    assert build(tmp_path).stdout.startswith("Published 1 episode.")
    assert chapters(tmp_path)[-1] == (400, "Midnight")
