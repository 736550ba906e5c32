from __future__ import annotations

import errno
import os
import socket
import stat
from pathlib import Path

import pytest
from faults import refusing
from hypothesis import given, settings
from hypothesis import strategies as st

from feedbuilder import disk
from feedbuilder.disk import Found
from feedbuilder.errors import FeedbuilderError, Mark, Problem, Stopped


def fill(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(path.encode())


def found(root: Path, folder: str) -> tuple[list[str], list[Problem]]:
    files, problems = disk.list_files(root, folder)
    assert all(Path(file.real).samefile(root / file.path) for file in files)
    return [file.path for file in files], problems


def failure(error: pytest.ExceptionInfo[FeedbuilderError]) -> tuple[str, str, str]:
    (problem,) = error.value.problems
    return problem.rule, str(problem.mark), problem.what


def test_files_are_listed_by_path_whatever_the_depth(tmp_path: Path) -> None:
    fill(tmp_path, "notes/b.md", "notes/a/z.md", "notes/a.md", "notes/a-b/c.md", "other/x.md")

    assert found(tmp_path, "notes") == (["notes/a-b/c.md", "notes/a.md", "notes/a/z.md", "notes/b.md"], [])


@pytest.mark.parametrize("folder", ["", "."])
def test_the_project_itself_is_a_folder_too(tmp_path: Path, folder: str) -> None:
    fill(tmp_path, "b.md", "a/c.md")

    assert found(tmp_path, folder) == (["a/c.md", "b.md"], [])


def test_a_slash_at_the_end_of_a_folder_changes_nothing(tmp_path: Path) -> None:
    fill(tmp_path, "notes/a.md")

    assert found(tmp_path, "notes/") == (["notes/a.md"], [])


def test_an_absent_folder_has_no_files(tmp_path: Path) -> None:
    assert found(tmp_path, "notes") == ([], [])


def test_names_with_a_leading_dot_are_skipped(tmp_path: Path) -> None:
    fill(tmp_path, "notes/.a.md.swp", "notes/.git/config", "notes/a.md")
    (tmp_path / "notes/.#a.md").symlink_to("nobody@nowhere.1234")

    assert found(tmp_path, "notes") == (["notes/a.md"], [])


def test_a_link_to_a_file_of_the_same_folder_is_followed(tmp_path: Path) -> None:
    fill(tmp_path, "notes/a/one.md")
    (tmp_path / "notes/two.md").symlink_to("a/one.md")

    assert found(tmp_path, "notes") == (["notes/a/one.md", "notes/two.md"], [])


@pytest.mark.parametrize("target", ["../config/show.yaml", "/etc/passwd", "../notes-of-others/x.md"])
def test_a_link_that_leads_out_of_the_folder_is_named(tmp_path: Path, target: str) -> None:
    fill(tmp_path, "config/show.yaml", "notes-of-others/x.md", "notes/a.md")
    (tmp_path / "notes/b.md").symlink_to(target)

    problem = Problem("FILE-1", Mark("notes/b.md"), "the file is outside of notes")
    assert found(tmp_path, "notes") == (["notes/a.md"], [problem])


def test_a_folder_that_is_a_link_is_not_entered_so_loops_end(tmp_path: Path) -> None:
    fill(tmp_path, "notes/a/one.md")
    (tmp_path / "notes/a/up").symlink_to("..")

    problem = Problem("FILE-5", Mark("notes/a/up"), "this is a link to a folder")
    assert found(tmp_path, "notes") == (["notes/a/one.md"], [problem])


def test_a_link_to_itself_or_to_nothing_is_named(tmp_path: Path) -> None:
    fill(tmp_path, "notes/a.md")
    (tmp_path / "notes/loop.md").symlink_to("loop.md")
    (tmp_path / "notes/void.md").symlink_to("nothing.md")

    _, problems = found(tmp_path, "notes")

    assert problems == [
        Problem("FILE-3", Mark("notes/loop.md"), "the file cannot be read: too many levels of symbolic links"),
        Problem("FILE-3", Mark("notes/void.md"), "the file cannot be read: no such file or directory"),
    ]


def test_a_pipe_and_a_socket_are_named_and_not_opened(tmp_path: Path) -> None:
    fill(tmp_path, "notes/a.md")
    os.mkfifo(tmp_path / "notes/pipe.md")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "notes/s.md"))

        assert found(tmp_path, "notes") == (
            ["notes/a.md"],
            [
                Problem("FILE-2", Mark("notes/pipe.md"), "this is not a regular file"),
                Problem("FILE-2", Mark("notes/s.md"), "this is not a regular file"),
            ],
        )


@pytest.mark.parametrize(
    ("name", "shown"), [(b"a\n::error::b.md", r"'a\n::error::b.md'"), (b"caf\xe9.md", r"'caf\udce9.md'")]
)
def test_a_name_that_is_not_plain_text_is_quoted_and_not_read(tmp_path: Path, name: bytes, shown: str) -> None:
    fill(tmp_path, "notes/a.md")
    (tmp_path / "notes" / os.fsdecode(name)).write_bytes(b"")

    assert found(tmp_path, "notes") == (
        ["notes/a.md"],
        [Problem("FILE-4", Mark("notes"), f"the name {shown} is not printable UTF-8")],
    )


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path) -> None:
    fill(tmp_path, "notes/closed/b.md", "notes/a.md")

    with refusing("os.scandir", "closed"):
        listed = found(tmp_path, "notes")

    problem = Problem("FILE-3", Mark("notes/closed"), "the file cannot be read: permission denied")
    assert listed == (["notes/a.md"], [problem])


def test_folders_are_entered_to_a_bounded_depth(tmp_path: Path) -> None:
    fill(tmp_path, "n/1.md", "n/2/2.md", "n/2/3/3.md")

    files, problems = disk.list_files(tmp_path, "n", deepest=2)

    assert [file.path for file in files] == ["n/1.md", "n/2/2.md"]
    assert problems == [Problem("FILE-7", Mark("n/2/3"), "the folder is more than 2 folders deep")]


def test_too_many_entries_stop_the_run(tmp_path: Path) -> None:
    fill(tmp_path, "n/1.md", "n/2.md", "n/.3", "n/d/4.md")

    assert len(disk.list_files(tmp_path, "n", most=5)[0]) == 3
    with pytest.raises(Stopped) as error:
        disk.list_files(tmp_path, "n", most=4)
    assert failure(error) == ("FILE-7", "n", "the folder has more than 4 entries")


@pytest.mark.parametrize("folder", ["..", "/etc", "notes/../.."])
def test_a_folder_outside_of_the_project_is_refused(tmp_path: Path, folder: str) -> None:
    with pytest.raises(FeedbuilderError) as error:
        disk.list_files(tmp_path, folder)

    assert failure(error) == ("FILE-1", folder, "the file is outside of the project")


def test_a_folder_that_is_a_link_out_of_the_project_is_refused(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project/media").symlink_to(tmp_path)

    with pytest.raises(FeedbuilderError) as error:
        disk.find_file(tmp_path / "project", "media", "media/x")

    assert failure(error) == ("FILE-1", "media", "the file is outside of the project")


def test_one_file_is_found_inside_its_folder(tmp_path: Path) -> None:
    fill(tmp_path, "notes/a.md")

    assert disk.find_file(tmp_path, "notes", "notes/a.md") == Found(
        "notes/a.md", os.path.realpath(tmp_path / "notes/a.md")
    )
    assert disk.find_file(tmp_path, "", "notes/a.md") is not None
    assert disk.find_file(tmp_path, "notes", "notes/b.md") is None


@pytest.mark.parametrize("path", ["config/show.yaml", "/etc/passwd", "notes/../config/show.yaml", "notes/link.md"])
def test_one_file_outside_of_its_folder_is_refused(tmp_path: Path, path: str) -> None:
    fill(tmp_path, "config/show.yaml", "notes/a.md")
    (tmp_path / "notes/link.md").symlink_to("../config/show.yaml")

    with pytest.raises(FeedbuilderError) as error:
        disk.find_file(tmp_path, "notes", path)

    assert failure(error) == ("FILE-1", path, "the file is outside of notes")


@pytest.mark.parametrize(
    ("path", "rule", "what"),
    [
        ("notes", "FILE-2", "this is not a regular file"),
        ("notes/a.md/b", "FILE-3", "the file cannot be read: not a directory"),
        ("notes/\0", "FILE-3", "the file cannot be read: embedded null byte"),
    ],
)
def test_one_file_that_is_none_is_a_finding(tmp_path: Path, path: str, rule: str, what: str) -> None:
    fill(tmp_path, "notes/a.md")

    with pytest.raises(FeedbuilderError) as error:
        disk.find_file(tmp_path, "notes", path)

    assert failure(error) == (rule, path, what)


def test_a_file_that_became_a_pipe_or_a_link_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/etc/passwd")

    with pytest.raises(FeedbuilderError) as error:
        disk.open_file(Found("pipe", str(tmp_path / "pipe")))
    assert failure(error) == ("FILE-2", "pipe", "this is not a regular file")
    with pytest.raises(FeedbuilderError) as error:
        disk.open_file(Found("link", str(tmp_path / "link")))
    assert failure(error)[0] == "FILE-3"


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "ledger.yaml"
    path.write_bytes(b"old")
    path.chmod(0o640)
    before = path.stat().st_ino

    disk.replace(path, b"new")

    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert path.stat().st_ino != before
    assert [entry.name for entry in tmp_path.iterdir()] == ["ledger.yaml"]


def test_a_new_file_has_the_mode_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        disk.replace(tmp_path / "a", b"")
        disk.create_whole(tmp_path / "b", b"")
    finally:
        os.umask(before)

    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in "ab"] == [0o640, 0o640]


def test_a_file_that_is_a_link_is_replaced_where_it_lies(tmp_path: Path) -> None:
    fill(tmp_path, "real/ledger.yaml")
    (tmp_path / "ledger.yaml").symlink_to("real/ledger.yaml")

    disk.replace(tmp_path / "ledger.yaml", b"new")

    assert (tmp_path / "ledger.yaml").is_symlink()
    assert (tmp_path / "real/ledger.yaml").read_bytes() == b"new"


@pytest.mark.parametrize("event", ["os.rename", "open"])
def test_a_replacement_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path, event: str) -> None:
    fill(tmp_path, "a")

    with refusing(event, ".tmp", errno.ENOSPC), pytest.raises(OSError, match="No space left"):
        disk.replace(tmp_path / "a", b"new")

    assert (tmp_path / "a").read_bytes() == b"a"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_a_new_file_replaces_none(tmp_path: Path) -> None:
    fill(tmp_path, "a")

    with pytest.raises(FileExistsError):
        disk.create_whole(tmp_path / "a", b"new")

    assert (tmp_path / "a").read_bytes() == b"a"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_a_new_file_is_made_where_there_are_no_hard_links(tmp_path: Path) -> None:
    with refusing("os.link", "", errno.EPERM):
        disk.create_whole(tmp_path / "x/a", b"new")

    assert (tmp_path / "x/a").read_bytes() == b"new"
    assert [entry.name for entry in (tmp_path / "x").iterdir()] == ["a"]


def test_a_folder_that_cannot_be_synced_by_itself_is_no_error() -> None:
    disk.sync(Path("/proc"))


def test_a_disk_that_fails_to_sync_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)

    with pytest.raises(OSError, match="Input/output error"):
        disk.sync(tmp_path)


@pytest.mark.parametrize(("count", "calls"), [(0, 0), (100, 100), (101, 0)])
def test_many_files_are_synced_in_one_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, calls: int
) -> None:
    paths = [tmp_path, *(tmp_path / str(number) for number in range(count - 1))][:count]
    for path in paths[1:]:
        path.touch()
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)

    disk.sync_all(paths)

    assert len(synced) == calls


def test_a_disk_that_fails_to_sync_in_one_go_is_an_error(tmp_path: Path) -> None:
    closed = os.open(tmp_path, os.O_RDONLY)
    os.close(closed)

    with pytest.raises(OSError, match="Bad file descriptor"):
        disk._sync_file_system(closed)


def test_what_the_system_refuses_becomes_a_finding() -> None:
    with pytest.raises(Stopped) as error, disk.writing("FILE-10", "config/ledger.yaml"):
        raise OSError(errno.ENOSPC, "No space left on device", "/srv/show/config/.1f.tmp")

    assert failure(error) == ("FILE-10", "config/ledger.yaml", "writing failed: no space left on device ('.1f.tmp')")


def test_a_seal_is_stable() -> None:
    assert disk.seal("notes 1", {"b": [1, 2.5, None], "a": "ü"}) == (
        b'{"kind":"notes 1","sha256":"b82da9821492f99047719ddf050b1d4e88082ffe99672db538cbec2ff5c3f15a"}\n'
        b'{"a":"\\u00fc","b":[1,2.5,null]}\n'
    )


@settings(max_examples=50)
@given(st.recursive(st.none() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False), st.lists))
def test_what_is_sealed_comes_back(value: object) -> None:
    assert disk.unseal("k 1", disk.seal("k 1", value)) == value


@settings(max_examples=50)
@given(st.data())
def test_no_damaged_seal_is_accepted(data: st.DataObject) -> None:
    whole = disk.seal("k 1", ["some", "content"])
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[at]))

    for damaged in (whole[:at], whole[:at] + bytes([other]) + whole[at + 1 :]):
        with pytest.raises(ValueError, match=r"checksum|no k 1"):
            disk.unseal("k 1", damaged)


def test_a_seal_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="this is no k 2"):
        disk.unseal("k 2", disk.seal("k 1", []))
