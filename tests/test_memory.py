"""A build with nothing to do is over before anything is read, and only then."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from projects import a_project, build, published, record, write

from feedbuilder.authors.records import Reading, parse_record
from feedbuilder.compose import inputs
from feedbuilder.project import unchanged as memory

UNCHANGED = ".feedbuilder/unchanged.json"


@pytest.fixture(autouse=True)
def _later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Builds that begin long after the files were written, as those of cron do."""
    monkeypatch.setattr(memory, "clock_ns", lambda: time.time_ns() + 60_000_000_000)


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the records that were read, as they are."""
    read: list[str] = []

    def reading(path: str, data: bytes) -> Reading:
        read.append(path)
        return parse_record(path, data)

    monkeypatch.setattr(inputs, "parse_record", reading)
    return read


def test_an_unchanged_project_is_not_read_again(tmp_path: Path, readings: list[str]) -> None:
    a_project(tmp_path, {"tide-1": record(1, season="0")})
    first = build(tmp_path, "--json")
    assert readings == ["episodes/tide-1.md"]
    second = build(tmp_path, "--json")
    assert readings == ["episodes/tide-1.md"]
    assert second.data["problems"] == first.data["problems"] != []
    same = ("exit", "release", "items", "left_out", "carried", "next_due")
    assert [second.data[key] for key in same] == [first.data[key] for key in same]
    assert (second.data["published"], second.data["written"], second.data["unchanged"]) == (
        False,
        [],
        len(first.data["written"]),
    )


def test_what_is_printed_and_kept_is_the_same(tmp_path: Path, readings: list[str]) -> None:
    a_project(tmp_path, {"tide-1": record(1, season="0")})
    first = build(tmp_path)
    second = build(tmp_path)
    assert len(readings) == 1
    assert second.stderr == first.stderr != ""
    assert second.stdout == "Up to date: 1 episode.\n"
    account = json.loads((tmp_path / ".feedbuilder/last-build.json").read_text())
    assert (account["published"], len(account["problems"])) == (False, len(first.stderr.splitlines()) - 1)


CHANGES: dict[str, Callable[[Path], object]] = {
    "a record": lambda root: write(root, "episodes/tide-1.md", record(1, title="Ebb")),
    "a new record": lambda root: write(root, "episodes/tide-2.md", record(2)),
    "a record that is gone": lambda root: (root / "episodes/tide-3.md").rename(root / "tide-3.md"),
    "the show": lambda root: write(root, "config/show.yaml", (root / "config/show.yaml").read_text() + "\n"),
    "a person": lambda root: write(root, "config/people/rui.md", "---\nshort: rui\ntitle: Rui Vaz\n---\n"),
    "a first picture": lambda root: write(root, "images/wave.jpg", b"no picture"),
    "a file of the release": lambda root: (root / "public/current/feed.xml").unlink(),
    "the memory itself": lambda root: write(root, UNCHANGED, (root / UNCHANGED).read_bytes()[:-9]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_whatever_changes_is_seen(tmp_path: Path, readings: list[str], change: Callable[[Path], object]) -> None:
    a_project(tmp_path)
    build(tmp_path)
    readings.clear()
    change(tmp_path)
    build(tmp_path)
    assert readings
    assert "feed.xml" in published(tmp_path)


def test_an_embargo_ends_when_it_is_due(tmp_path: Path, readings: list[str]) -> None:
    a_project(tmp_path, {"tide-1": record(1), "tide-2": record(2, pub_date="2026-07-01T00:00:00Z")})
    assert build(tmp_path, "--json").data["next_due"] == "2026-07-01T00:00:00+00:00"
    assert build(tmp_path, "--json", now="2026-06-30T23:59:59Z").data["next_due"] == "2026-07-01T00:00:00+00:00"
    assert len(readings) == 2
    assert build(tmp_path, "--json", now="2026-07-01T00:00:00Z").data["items"] == 2


def test_a_clock_that_goes_back_is_no_news(tmp_path: Path, readings: list[str]) -> None:
    a_project(tmp_path)
    build(tmp_path)
    readings.clear()
    build(tmp_path, now="2026-05-01T00:00:00Z")
    assert len(readings) == 3


def test_rehash_does_everything(tmp_path: Path, readings: list[str]) -> None:
    a_project(tmp_path)
    build(tmp_path)
    readings.clear()
    build(tmp_path, "--rehash")
    assert len(readings) == 3


def test_another_version_of_the_program_does_everything(
    tmp_path: Path, readings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    a_project(tmp_path)
    build(tmp_path)
    readings.clear()
    monkeypatch.setattr("sys.version", "4.0")
    build(tmp_path)
    assert len(readings) == 3


def test_what_changed_a_moment_ago_is_not_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "clock_ns", time.time_ns)
    a_project(tmp_path)
    build(tmp_path)
    assert not (tmp_path / UNCHANGED).exists()


def test_strict_holds_for_what_is_remembered(tmp_path: Path, readings: list[str]) -> None:
    a_project(tmp_path, {"tide-1": record(1), "tide-2": record(2, title="")})
    assert build(tmp_path).exit_code == 3
    readings.clear()
    assert build(tmp_path).exit_code == 0
    assert build(tmp_path, "--strict").exit_code == 3
    assert not readings
