"""A build derives what changed since the last one, and comes to the same as one that derives everything."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from projects import HOST, a_project, build, published, record, write
from servers import own_show
from sounds import a_picture, an_mp3

from feedbuilder.compose import release
from feedbuilder.compose.episode import Finished, Task, finish_episode

DERIVED = ".feedbuilder/derived.json"


@pytest.fixture
def derived(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The slugs of the episodes that were derived, as they are."""
    slugs: list[str] = []

    def finish(task: Task) -> Finished:
        slugs.append(task.episode.slug)
        return finish_episode(task)

    monkeypatch.setattr(release, "finish_episode", finish)
    return slugs


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Four episodes: one with a guest, art and audio of the project, one with findings, one under embargo."""
    root = a_project(
        tmp_path / "harbour",
        {
            "tide-1": record(1),
            "tide-2": record(2, guests="[rui]", image="images/two.png", audio="", duration=""),
            "tide-3": record(3, season="0", people="[{name: Ana Sá, role: editor}]", youtube_id="TODO"),
            "tide-4": record(4, pub_date="2026-07-01T00:00:00Z"),
        },
    )
    write(root, "config/people/rui.md", "---\nshort: rui\ntitle: Rui Vaz\nimage: images/rui.png\n---\n")
    write(root, "images/two.png", a_picture(size=(1400, 1400)))
    write(root, "images/rui.png", a_picture(size=(300, 300)))
    write(root, "media/tide-2.mp3", an_mp3())
    build(root)
    return root


def edit(path: str, old: str, new: str) -> Callable[[Path], object]:
    return lambda root: write(root, path, (root / path).read_text().replace(old, new))


EDITS: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "a word": (edit("episodes/tide-1.md", "comes in for the 1.", "comes in for the first"), ["tide-1"]),
    "a line of nothing": (edit("episodes/tide-1.md", "transcript:", "# said\ntranscript:"), ["tide-1"]),
    "a new record": (lambda root: write(root, "episodes/tide-5.md", record(5)), ["tide-5"]),
    "a record with another name": (
        lambda root: (root / "episodes/tide-1.md").rename(root / "episodes/ebb-1.md"),
        ["ebb-1"],
    ),
    "a record that cannot be read": (lambda root: write(root, "episodes/tide-3.md", "---\n: ["), []),
    "somebody who is in no episode": (
        lambda root: write(root, "config/people/eva.md", HOST.replace("ines", "eva")),
        [],
    ),
    "a guest": (edit("config/people/rui.md", "Rui Vaz", "Rui Vaz Lima"), ["tide-2"]),
    "a guest's picture": (lambda root: write(root, "images/rui.png", a_picture(size=(301, 301))), ["tide-2"]),
    "the picture of an episode": (lambda root: write(root, "images/two.png", a_picture(size=(1500, 1500))), ["tide-2"]),
    "a picture that is gone": (lambda root: (root / "images/two.png").unlink(), ["tide-2"]),
    "a host": (edit("config/people/ines.md", "Barroso", "B."), ["tide-1", "tide-2", "tide-3"]),
    "the show": (
        edit("config/show.yaml", "title: Harbour Notes", "title: Harbour"),
        ["tide-1", "tide-2", "tide-3"],
    ),
    "a template": (
        lambda root: write(root, "templates/notes.html", "<p>Ours.</p>"),
        ["tide-1", "tide-2", "tide-3"],
    ),
    "a file of the release": (lambda root: (root / "public/current/episodes/tide-1/index.html").unlink(), ["tide-1"]),
    "the size of one": (lambda root: write(root, "public/current/episodes/tide-1/transcript.vtt", b""), ["tide-1"]),
    "the memory": (
        lambda root: write(root, DERIVED, (root / DERIVED).read_bytes()[:-9]),
        ["tide-1", "tide-2", "tide-3"],
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_only_what_changed_is_derived_and_all_is_as_if_it_were(project: Path, derived: list[str], name: str) -> None:
    change, expected = EDITS[name]
    derived.clear()
    change(project)
    copy = shutil.copytree(project, project.with_name("copy"), symlinks=True)
    (copy / DERIVED).unlink()
    (copy / ".feedbuilder/unchanged.json").unlink(missing_ok=True)

    run = build(project, "--json")
    assert sorted(derived) == sorted(expected)
    assert (run.data, published(project)) == (build(copy, "--json").data, published(copy))
    derived.clear()
    assert build(project, "--json").data["written"] == []
    assert derived == []


def test_an_episode_is_derived_when_its_embargo_ends(project: Path, derived: list[str]) -> None:
    derived.clear()
    build(project, now="2026-07-02T00:00:00Z")
    assert derived == ["tide-4"]
    assert b"tide-4" in published(project)["feed.xml"]


def test_another_program_derives_everything(project: Path, derived: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    derived.clear()
    monkeypatch.setattr("sys.version", "4.0")
    build(project)
    assert len(derived) == 3
    build(project, "--rehash")
    assert len(derived) == 6


def test_what_is_kept_holds_in_another_process(tmp_path: Path) -> None:
    """Whatever order its sets have. The show of this repository uses every key."""
    root = own_show(tmp_path / "show")
    kept = []
    for seed in "12":
        (root / ".feedbuilder/unchanged.json").unlink(missing_ok=True)
        command = [sys.executable, "-m", "feedbuilder", "build", "--quiet", "--now", "2026-11-01T00:00:00Z"]
        subprocess.run(command, cwd=root, env={**os.environ, "PYTHONHASHSEED": seed}, check=True)
        kept.append((root / DERIVED).stat().st_mtime_ns)
    assert kept[0] == kept[1]  # else nothing would have been known again, and all would be written again
