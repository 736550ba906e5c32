from __future__ import annotations

import errno
from pathlib import Path

import pytest
from faults import refusing

from feedbuilder import sources
from feedbuilder.errors import FeedbuilderError, Mark, Problem
from feedbuilder.model import SourceFile
from feedbuilder.rules.findings import format_problem


def write(root: Path, path: str, data: bytes = b"text") -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(data)


def said(error: pytest.ExceptionInfo[FeedbuilderError]) -> str:
    return "\n".join(map(format_problem, error.value.problems))


def test_texts_are_read_by_path_and_by_pattern(tmp_path: Path) -> None:
    write(tmp_path, "episodes/b.md", b"second")
    write(tmp_path, "episodes/2024/a.md", b"\xff not text")
    write(tmp_path, "episodes/cover.jpg")
    write(tmp_path, "episodes/LOUD.MD", b"third")

    assert sources.read_folder(tmp_path, "episodes") == (
        [
            SourceFile("episodes/2024/a.md", b"\xff not text"),
            SourceFile("episodes/LOUD.MD", b"third"),
            SourceFile("episodes/b.md", b"second"),
        ],
        [],
    )


def test_several_patterns_are_alternatives(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yml", "c.md"):
        write(tmp_path, f"config/{name}")

    files, _ = sources.read_folder(tmp_path, "config", ("*.yaml", "*.yml"))

    assert [file.path for file in files] == ["config/a.yaml", "config/b.yml"]


def test_one_bad_file_does_not_cost_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "TEXT_BYTES", 10)
    write(tmp_path, "episodes/a.md", b"0123456789")
    write(tmp_path, "episodes/b.md", b"0123456789+")
    write(tmp_path, "episodes/c.md")
    (tmp_path / "episodes/d.md").symlink_to("/etc/hostname")
    write(tmp_path, "episodes/e.md")

    with refusing("open", "c.md"):
        files, problems = sources.read_folder(tmp_path, "episodes")

    assert [file.path for file in files] == ["episodes/a.md", "episodes/e.md"]
    assert [(problem.rule, str(problem.mark), problem.what) for problem in problems] == [
        ("FILE-1", "episodes/d.md", "the file is outside of episodes"),
        ("FILE-6", "episodes/b.md", "the file is larger than 10 bytes"),
        ("FILE-3", "episodes/c.md", "the file cannot be read: permission denied"),
    ]


def test_a_disk_that_fails_while_a_text_is_read_is_a_finding() -> None:
    # The first page of /proc/self/mem cannot be read: the file opens, and reading it fails.
    with pytest.raises(FeedbuilderError) as error:
        sources.read_file(Path("/proc/self"), "mem")

    assert error.value.problems == (Problem("FILE-3", Mark("mem"), "the file cannot be read: input/output error"),)


def test_both_endings_of_markdown_are_texts(tmp_path: Path) -> None:
    for name in ("a.md", "b.MD", "c.markdown", "d.mdx", "e.txt", "markdown"):
        write(tmp_path, name)

    assert [file.path for file in sources.read_folder(tmp_path, "")[0]] == ["a.md", "b.MD", "c.markdown"]


def test_records_may_be_eight_mebibytes_long(tmp_path: Path) -> None:
    write(tmp_path, "a.md", bytes(8 * 1024 * 1024))
    write(tmp_path, "b.md", bytes(8 * 1024 * 1024 + 1))

    files, problems = sources.read_folder(tmp_path, "")

    assert [file.path for file in files] == ["a.md"]
    assert [problem.what for problem in problems] == ["the file is larger than 8388608 bytes"]


def test_one_text_is_read_or_absent(tmp_path: Path) -> None:
    write(tmp_path, "config/ledger.yaml", b"a: b")

    assert sources.read_file(tmp_path, "config/ledger.yaml") == SourceFile("config/ledger.yaml", b"a: b")
    assert sources.read_file(tmp_path, "config/people.yaml") is None
    assert sources.read_file(tmp_path, "config/ledger.yaml", most_bytes=4) is not None
    with pytest.raises(FeedbuilderError, match="FILE-6 the file is larger than 3 bytes"):
        sources.read_file(tmp_path, "config/ledger.yaml", most_bytes=3)


def test_one_text_outside_of_the_project_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "secret")
    (tmp_path / "project").mkdir()

    with pytest.raises(FeedbuilderError) as error:
        sources.read_file(tmp_path / "project", "../secret")

    assert said(error) == (
        "../secret: error FILE-1: the file is outside of the project; not read. Move the file into the folder instead "
        "of linking it."
    )


def test_a_project_is_found_from_any_folder_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "show/config/show.yaml")
    (tmp_path / "show/episodes/2024").mkdir(parents=True)
    (tmp_path / "link").symlink_to("show/episodes")
    monkeypatch.chdir(tmp_path / "show/episodes")

    expected = (tmp_path / "show").resolve()
    assert sources.find_project(Path()) == expected
    assert sources.find_project(tmp_path / "show/episodes/2024") == expected
    assert sources.find_project(tmp_path / "link") == expected


def test_the_nearest_project_is_taken(tmp_path: Path) -> None:
    write(tmp_path, "config/show.yaml")
    write(tmp_path, "shows/small/config/show.yaml")

    assert sources.find_project(tmp_path / "shows/small/config") == (tmp_path / "shows/small").resolve()
    assert sources.find_project(tmp_path / "shows") == tmp_path.resolve()


def test_no_project_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FeedbuilderError) as error:
        sources.find_project(tmp_path)

    assert said(error) == (
        f"{tmp_path}: error FILE-8: no config/show.yaml in this folder or above it. "
        "Go to the project, name it with `--project`, or create one with `feedbuilder init`."
    )


def test_a_new_text_is_written_with_its_folders(tmp_path: Path) -> None:
    sources.write_new(tmp_path / "episodes/2024/a.md", b"new")

    assert (tmp_path / "episodes/2024/a.md").read_bytes() == b"new"
    assert list((tmp_path / "episodes/2024").iterdir()) == [tmp_path / "episodes/2024/a.md"]


@pytest.mark.parametrize("link", [False, True])
def test_a_new_text_replaces_none_not_even_a_broken_link(tmp_path: Path, link: bool) -> None:
    path = tmp_path / "a.md"
    path.symlink_to("nothing") if link else path.write_bytes(b"old")

    with pytest.raises(FeedbuilderError) as error:
        sources.write_new(path, b"new")

    assert said(error) == f"{path}: error FILE-9: the file exists already; not written. Choose another name."
    assert list(tmp_path.iterdir()) == [path]
    assert link or path.read_bytes() == b"old"


def test_a_new_text_below_a_file_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "episodes")

    with pytest.raises(FeedbuilderError) as error:
        sources.write_new(tmp_path / "episodes/a.md", b"new")

    assert said(error) == (
        f"{tmp_path}/episodes/a.md: error FILE-10: writing failed: file exists ('episodes'); nothing was changed. "
        "Check the free disk space and the permissions of the folder."
    )


def test_a_text_that_did_not_change_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "ledger.yaml"
    sources.replace_file(path, b"one")
    before = path.stat()
    sources.replace_file(path, b"one")
    after = path.stat()
    sources.replace_file(path, b"two")

    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert path.read_bytes() == b"two"
    assert path.stat().st_ino != before.st_ino


def test_a_full_disk_leaves_the_old_text(tmp_path: Path) -> None:
    path = tmp_path / "ledger.yaml"
    path.write_bytes(b"old")

    with refusing("open", ".tmp", errno.ENOSPC), pytest.raises(FeedbuilderError) as error:
        sources.replace_file(path, b"new")

    assert error.value.problems[0].what.startswith("writing failed: no space left on device ('.")
    assert path.read_bytes() == b"old"
