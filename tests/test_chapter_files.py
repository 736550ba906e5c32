"""Chapter files of many programs: a case file each, and what other readers make of the same file.

A case is ``tests/cases/chapters/NAME.ending`` with ``NAME.ending.expected`` beside it; ``--update-golden`` rewrites
what is expected.

"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feedbuilder.captions import UnknownFormError
from feedbuilder.chapter_files import FORMS, read_chapters

CASES = Path(__file__).parent / "cases" / "chapters"
FILES = sorted(path for path in CASES.iterdir() if path.suffix != ".expected")


@pytest.mark.parametrize("case", FILES, ids=lambda case: case.name)
def test_what_a_file_says(case: Path, golden: Callable[[Path, bytes], None]) -> None:
    golden(case.with_name(f"{case.name}.expected"), "".join(f"{line}\n" for line in lines_of(case)).encode())


def lines_of(case: Path) -> Iterator[str]:
    try:
        file = read_chapters(case.read_bytes())
    except UnknownFormError as error:
        yield f"unknown: {error}"
        return
    yield f"form: {file.form}"
    for chapter in file.chapters:
        more = [chapter.url, chapter.image, "" if chapter.toc else "not in lists"]
        yield " ".join([f"{chapter.start_s:g}", chapter.title, *filter(None, more)])
    for fault in file.faults:
        yield f"! line {fault.line}: {fault.what}"


def test_each_expectation_has_its_case() -> None:
    assert {f"{path.name}.expected" for path in FILES} == {path.name for path in CASES.glob("*.expected")}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_has_a_case(form: str) -> None:
    expected = [path.read_text() for path in CASES.glob("*.expected")]
    assert any(text.startswith(f"form: {form}\n") for text in expected)


def test_ffmpeg_reads_the_same_starts(tool: Callable[[str], str], tmp_path: Path) -> None:
    whole = (CASES / "ffmetadata.txt").read_text().partition("[CHAPTER]\nTIMEBASE=1/0")[0]
    (tmp_path / "chapters.txt").write_text(whole)
    silence = ["-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono:d=90"]
    tagged = ["-i", "chapters.txt", "-map_metadata", "1", "-c:a", "aac", "-shortest", "out.m4a"]
    subprocess.run([tool("ffmpeg"), "-v", "error", *silence, *tagged], cwd=tmp_path, check=True)
    shown = subprocess.run(
        [tool("ffprobe"), "-v", "error", "-show_chapters", "-of", "json", "out.m4a"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    theirs = json.loads(shown.stdout)["chapters"]

    ours = read_chapters(whole.encode()).chapters
    assert [(chapter.start_s, chapter.title) for chapter in ours] == [
        (float(one["start_time"]), one["tags"]["title"]) for one in theirs
    ]


def test_lxml_reads_the_same_podlove_chapters() -> None:
    data = (CASES / "podlove.xml").read_bytes()
    theirs = etree.fromstring(data).iterchildren(etree.Element)

    ours = read_chapters(data).chapters
    assert [(chapter.title, chapter.url) for chapter in ours] == [(one.get("title"), one.get("href")) for one in theirs]


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    try:
        file = read_chapters(data)
    except UnknownFormError:
        return
    assert file.form in FORMS
