from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from faults import refusing
from hypothesis import given
from hypothesis import strategies as st
from publishing import an_artefact

from feedbuilder.errors import LockHeld, Mark, Problem, Stopped
from feedbuilder.model import Artefact, Enclosure, Known, Ledger, Manifest, PublishedFile, ReleaseFacts
from feedbuilder.publish import (
    PublishResult,
    hold_lock,
    list_releases,
    publish_release,
    read_current,
    read_published,
    read_release,
    rollback,
    write_last_build,
)
from feedbuilder.publish.manifest import parse_manifest, render_manifest
from feedbuilder.publish.paths import check_paths

NO_FACTS = ReleaseFacts()
KNOWN = Known(
    guid="0b1f0f5e",
    pub_date=datetime(2024, 5, 1, 10, 0, 0, 250_000, tzinfo=UTC),
    enclosure=Enclosure("https://audio.example/a.mp3", 12, "audio/mpeg", "ab" * 32),
    duration_s=12.345,
    host_id="e1234",
    title="Früh \U0001f6a2 \u2028",
    withdrawn=True,
    former_slugs=("old", "older"),
    place=3,
)
FACTS = ReleaseFacts(
    known=Ledger(
        "9b024349",
        "https://harbour.example/feed.xml",
        "https://host.example/rss",
        {"b": KNOWN, "a": Known(guid="g")},
        new_feed_url="https://new.example/feed.xml",
        block=True,
        complete=False,
        artwork=True,
    ),
    left_out=("episodes/c.md",),
    carried=("episodes/d.md", "episodes/e.md"),
    inputs_digest="cd" * 32,
)


@pytest.fixture
def public(tmp_path: Path) -> Path:
    return tmp_path / "show/public"


def a_site(**texts: str) -> list[Artefact]:
    """Files by name: ``feed_xml="…"`` is feed.xml, ``e__a_vtt`` is e/a.vtt."""
    return [an_artefact(name.replace("__", "/").replace("_", "."), text.encode()) for name, text in texts.items()]


def publish(public: Path, *, keep: int = 5, facts: ReleaseFacts = NO_FACTS, **texts: str) -> PublishResult:
    return publish_release(public, a_site(**texts), facts, keep=keep)


def files_of(public: Path) -> dict[str, str]:
    current = public / "current"
    return {path.relative_to(current).as_posix(): path.read_text() for path in current.rglob("*") if path.is_file()}


def state_of(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Everything below a folder and the folder itself, by inode and times, so that the smallest change shows."""
    paths = [folder, *folder.rglob("*")]
    return {
        str(path): (path.lstat().st_ino, path.lstat().st_mtime_ns, path.lstat().st_ctime_ns)
        for path in paths
        if path.name != "lock"
    }


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def said(error: pytest.ExceptionInfo[Stopped]) -> list[tuple[str, str, str]]:
    return [(problem.rule, str(problem.mark), problem.what) for problem in error.value.problems]


# --- a release --------------------------------------------------------------------------------------------------------


def test_the_first_release(public: Path) -> None:
    result = publish(public, feed_xml="one", e__a_vtt="cue")

    assert result == PublishResult("000001-0b87e6e0", ("e/a.vtt", "feed.xml"), (), (), switched=True)
    assert files_of(public) == {"feed.xml": "one", "e/a.vtt": "cue"}
    assert str((public / "current").readlink()) == "releases/000001-0b87e6e0"
    assert names_in(public) == ["current", "releases"]
    assert names_in(public / "releases") == ["000001-0b87e6e0", "000001-0b87e6e0.json"]


def test_the_id_counts_and_names_the_content(public: Path) -> None:
    first = publish(public, feed_xml="one")
    publish(public, feed_xml="two")
    third = publish(public, feed_xml="one")

    assert list_releases(public) == [first.id, "000002-7cf396ed", third.id]
    assert first.id.split("-")[1] == third.id.split("-")[1]
    assert third.id.startswith("000003-")


def test_the_order_of_artefacts_does_not_matter(public: Path) -> None:
    site = a_site(a="1", b="2", c__d="3")
    first = publish_release(public, site, NO_FACTS)
    second = publish_release(public, site[::-1], NO_FACTS)

    assert (second.id, second.switched) == (first.id, False)


def test_a_change_is_reported_file_by_file(public: Path) -> None:
    publish(public, feed_xml="one", e__a_vtt="cue", e__b_vtt="cue")

    result = publish(public, feed_xml="two", e__a_vtt="cue", e__c_vtt="new")

    assert (result.written, result.unchanged, result.removed) == (("e/c.vtt", "feed.xml"), ("e/a.vtt",), ("e/b.vtt",))
    assert result.switched
    assert files_of(public) == {"feed.xml": "two", "e/a.vtt": "cue", "e/c.vtt": "new"}


def test_unchanged_files_keep_inode_and_mtime(public: Path) -> None:
    publish(public, feed_xml="one", e__a_vtt="cue")
    before = (public / "current/e/a.vtt").stat()
    publish(public, feed_xml="two", e__a_vtt="cue")
    after = (public / "current/e/a.vtt").stat()

    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert after.st_nlink == 2


def test_unchanged_files_keep_their_mtime_where_there_are_no_hard_links(public: Path) -> None:
    publish(public, feed_xml="one", e__a_vtt="cue")
    os.utime(public / "current/e/a.vtt", ns=(10**18, 10**18))
    with refusing("os.link", "a.vtt", errno.EPERM):
        result = publish(public, feed_xml="two", e__a_vtt="cue")

    assert result.unchanged == ("e/a.vtt",)
    assert (public / "current/e/a.vtt").stat().st_mtime_ns == 10**18
    assert files_of(public) == {"feed.xml": "two", "e/a.vtt": "cue"}


def test_equal_content_moves_nothing_on_the_disk(public: Path) -> None:
    first = publish(public, feed_xml="one", e__a_vtt="cue", facts=FACTS)
    before = state_of(public.parent)

    result = publish(public, feed_xml="one", e__a_vtt="cue", facts=FACTS)

    assert result == PublishResult(first.id, unchanged=("e/a.vtt", "feed.xml"))
    assert state_of(public.parent) == before


def test_new_facts_of_equal_content_reach_the_manifest_and_no_reader(public: Path) -> None:
    first = publish(public, feed_xml="one")
    before = state_of(public / "releases" / first.id)

    result = publish(public, feed_xml="one", facts=FACTS)

    release = read_current(public)
    assert not result.switched
    assert release
    assert (release.id, release.manifest.facts) == (first.id, FACTS)
    assert state_of(public / "releases" / first.id) == before
    assert names_in(public / "releases") == [first.id, f"{first.id}.json"]


@pytest.mark.parametrize(("event", "part"), [("open", ".new-"), ("os.rename", ".json")])
def test_new_facts_that_cannot_be_written_leave_the_old_ones(public: Path, event: str, part: str) -> None:
    first = publish(public, feed_xml="one", facts=FACTS)

    with refusing(event, part, errno.ENOSPC), pytest.raises(Stopped, match="PUB-5 writing failed: no space left"):
        publish(public, feed_xml="one")

    assert read_release(public, first.id).manifest.facts == FACTS
    assert not publish(public, feed_xml="one").switched
    assert read_release(public, first.id).manifest.facts == NO_FACTS


def test_a_damaged_file_is_written_again(public: Path) -> None:
    publish(public, feed_xml="one", e__a_vtt="cue")
    (public / "current/e/a.vtt").write_text("edited by hand")

    result = publish(public, feed_xml="one", e__a_vtt="cue")

    assert result.written == ("e/a.vtt",)
    assert result.switched
    assert files_of(public) == {"feed.xml": "one", "e/a.vtt": "cue"}


def test_files_can_be_read_by_a_web_server(public: Path) -> None:
    before = os.umask(0o022)
    try:
        publish(public, e__a_vtt="cue")
    finally:
        os.umask(before)

    current = public / "current"
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (public, current, current / "e", current / "e/a.vtt")]
    assert modes == [0o755, 0o755, 0o755, 0o644]


# --- local media ------------------------------------------------------------------------------------------------------


def a_recording(path: Path, data: bytes) -> Artefact:
    path.write_bytes(data)
    return Artefact("media/a.mp3", "audio/mpeg", hashlib.sha256(data).hexdigest(), origin=str(path))


def test_local_media_are_copied_once_and_linked_afterwards(public: Path, tmp_path: Path) -> None:
    recording = a_recording(tmp_path / "a.mp3", b"sound")
    publish_release(public, [recording], NO_FACTS)
    published = public / "current/media/a.mp3"
    first = published.stat()
    (tmp_path / "a.mp3").write_bytes(b"noise")  # edited in place; its new content gets another name
    publish_release(public, [recording, *a_site(feed_xml="one")], NO_FACTS)

    assert first.st_ino != (tmp_path / "a.mp3").stat().st_ino
    assert published.stat().st_ino == first.st_ino
    assert published.read_bytes() == b"sound"


def test_media_that_changed_since_they_were_measured_stop_the_build(public: Path, tmp_path: Path) -> None:
    publish(public, feed_xml="one")
    recording = a_recording(tmp_path / "a.mp3", b"sound")
    (tmp_path / "a.mp3").write_bytes(b"noise")
    before = state_of(public / "current")

    with pytest.raises(Stopped) as error:
        publish_release(public, [recording], NO_FACTS)

    assert said(error) == [("PUB-6", "media/a.mp3", "the content has changed since it was measured")]
    assert state_of(public / "current") == before
    assert len(names_in(public / "releases")) == 2


def test_media_that_are_gone_stop_the_build(public: Path, tmp_path: Path) -> None:
    recording = a_recording(tmp_path / "a.mp3", b"sound")
    (tmp_path / "a.mp3").unlink()

    with pytest.raises(Stopped) as error:
        publish_release(public, [recording], NO_FACTS)

    assert said(error) == [("PUB-5", "public", "writing failed: no such file or directory ('a.mp3')")]


def test_an_artefact_is_what_its_hash_says(public: Path) -> None:
    with pytest.raises(Stopped, match="PUB-6 the content has changed since it was measured"):
        publish_release(public, [replace(an_artefact("feed.xml", b"one"), data=b"two")], NO_FACTS)

    assert read_current(public) is None


def test_a_file_of_an_old_release_can_be_carried_over(public: Path) -> None:
    publish(public, feed_xml="one", e__a_vtt="cue")
    last = read_current(public)
    assert last
    carried = {file.path: file for file in last.manifest.files}["e/a.vtt"]
    inode = (public / "current/e/a.vtt").stat().st_ino
    again = Artefact(carried.path, carried.type, carried.sha256, origin=str(last.folder / carried.path))

    result = publish_release(public, [again, *a_site(feed_xml="two")], NO_FACTS)

    assert result.unchanged == ("e/a.vtt",)
    assert (public / "current/e/a.vtt").stat().st_ino == inode


# --- paths ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["feed.xml", "a/b/c.json", ".well-known/x", "a b/c..d", "ü.html", "a" * 200])
def test_plain_paths_are_fine(path: str) -> None:
    assert check_paths([path]) == []


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("", "is empty, absolute, or has a part that is empty, . or .."),
        ("/etc/passwd", "is empty, absolute, or has a part that is empty, . or .."),
        ("../feed.xml", "is empty, absolute, or has a part that is empty, . or .."),
        ("a/../../b", "is empty, absolute, or has a part that is empty, . or .."),
        ("a//b", "is empty, absolute, or has a part that is empty, . or .."),
        ("a/", "is empty, absolute, or has a part that is empty, . or .."),
        ("./a", "is empty, absolute, or has a part that is empty, . or .."),
        ("a\0b", "holds characters that are not printable"),
        ("a\nb", "holds characters that are not printable"),
        ("a\udcffb", "holds characters that are not printable"),
        ("a\\b", "holds a backslash"),
        ("a" * 201, "is longer than 200 bytes"),
        ("ü" * 101, "is longer than 200 bytes"),
    ],
)
def test_unsafe_paths_are_refused(public: Path, path: str, fault: str) -> None:
    shown = repr(path if len(path) <= 60 else path[:59] + "…")
    problem = Problem("PUB-1", Mark("public"), f"the path {shown} {fault}")
    assert check_paths([path]) == [problem]

    with pytest.raises(Stopped) as error:
        publish_release(public, [an_artefact(path, b"x")], NO_FACTS)

    assert error.value.problems == (problem,)
    assert not public.exists()


def test_paths_that_would_collide_are_refused_all_at_once() -> None:
    paths = ["a/Feed.xml", "a/feed.xml", "e/u\u0308.vtt", "e/\u00fc.vtt", "x", "X/y/z", "a/feed.xml/b", "same", "same"]

    assert [problem.what for problem in check_paths(paths)] == [
        "'a/feed.xml' and 'a/Feed.xml' differ only in case or in the form of letters",
        "'e/ü.vtt' and 'e/u\u0308.vtt' differ only in case or in the form of letters",
        "'same' and 'same' differ only in case or in the form of letters",
        "'x' is a file, but 'X/y/z' needs a folder of that name",
        "'a/Feed.xml' is a file, but 'a/feed.xml/b' needs a folder of that name",
    ]


@given(st.lists(st.text(alphabet="aA./\\\0é\u0301", max_size=6), max_size=6))
def test_what_is_accepted_can_be_published(tmp_path_factory: pytest.TempPathFactory, paths: list[str]) -> None:
    root = tmp_path_factory.mktemp("site")
    site = [an_artefact(path, path.encode("utf-8", "replace")) for path in paths]
    if check_paths(paths):
        with pytest.raises(Stopped):
            publish_release(root / "public", site, NO_FACTS)
        assert names_in(root) == []
    else:
        publish_release(root / "public", site, NO_FACTS)
        assert files_of(root / "public") == {path: path for path in paths}
        assert names_in(root) == ["public"]


# --- manifests --------------------------------------------------------------------------------------------------------


def test_a_manifest_comes_back() -> None:
    manifest = Manifest((PublishedFile("feed.xml", "application/rss+xml", "ab" * 32, 3),), FACTS)

    assert parse_manifest(render_manifest(manifest)) == manifest
    assert list(parse_manifest(render_manifest(manifest)).facts.known.episodes) == ["a", "b"]


def test_the_manifest_knows_every_fact() -> None:
    """A field that is added to the model must be added to the sample, and comes back or fails the test above."""
    for value in (KNOWN, FACTS, FACTS.known, KNOWN.enclosure):
        assert value
        empty = type(value)(
            **{"guid": ""}
            if value is KNOWN
            else {"url": "", "length_bytes": 0, "type": ""}
            if value is KNOWN.enclosure
            else {}
        )
        same = {one.name for one in fields(value) if getattr(value, one.name) == getattr(empty, one.name)}
        assert same - {"accepted", "unmatched"} == set()  # these belong to the ledger


def test_the_bytes_of_a_manifest_do_not_depend_on_the_order_of_episodes() -> None:
    episodes = dict(sorted(FACTS.known.episodes.items()))
    other = replace(FACTS, known=replace(FACTS.known, episodes=episodes))

    assert render_manifest(Manifest((), other)) == render_manifest(Manifest((), FACTS))


def test_the_manifest_is_next_to_the_release(public: Path) -> None:
    result = publish(public, feed_xml="one", facts=FACTS)

    data = (public / "releases" / f"{result.id}.json").read_bytes()
    assert parse_manifest(data) == Manifest(
        (PublishedFile("feed.xml", "text/plain", hashlib.sha256(b"one").hexdigest(), 3),), FACTS
    )
    assert names_in(public / "current") == ["feed.xml"]
    assert not list((public / "current").glob("*.json"))


@pytest.mark.parametrize("damage", [b"", b"{}\n", None])
def test_a_damaged_manifest_stops_the_build(public: Path, damage: bytes | None) -> None:
    result = publish(public, feed_xml="one")
    path = public / "releases" / f"{result.id}.json"
    data = path.read_bytes()
    path.write_bytes(data.replace(b"feed.xml", b"feed.xmI") if damage is None else damage)
    before = state_of(public)

    for act in (
        lambda: read_current(public),
        lambda: publish(public, feed_xml="two"),
        lambda: rollback(public, result.id),
    ):
        with pytest.raises(Stopped) as error:
            act()
        what = "the checksum does not fit" if damage is None else "this is no feedbuilder release 1"
        mark = f"public/releases/{result.id}.json"
        assert said(error) == [("PUB-3", mark, f"the manifest of the release is damaged: {what}")]
    assert state_of(public) == before


def test_a_manifest_that_is_gone_stops_the_build(public: Path) -> None:
    result = publish(public, feed_xml="one")
    (public / "releases" / f"{result.id}.json").unlink()

    with pytest.raises(Stopped) as error:
        publish(public, feed_xml="two")

    mark = f"public/releases/{result.id}.json"
    assert said(error) == [("PUB-3", mark, "the manifest of the release cannot be read")]
    assert files_of(public) == {"feed.xml": "one"}


def test_a_damaged_current_release_is_served_until_there_is_another(public: Path) -> None:
    first = publish(public, feed_xml="one")
    second = publish(public, feed_xml="two")
    (public / "releases" / f"{second.id}.json").unlink()

    with pytest.raises(Stopped, match="PUB-7"):
        rollback(public, second.id)
    assert files_of(public) == {"feed.xml": "two"}
    assert rollback(public).id == first.id
    assert files_of(public) == {"feed.xml": "one"}


def test_a_release_that_is_gone_stops_the_build(public: Path) -> None:
    result = publish(public, feed_xml="one")
    (public / "releases" / result.id).rename(public / "elsewhere")

    with pytest.raises(Stopped) as error:
        publish(public, feed_xml="one")

    assert said(error) == [("PUB-3", f"public/releases/{result.id}.json", "the folder of the release is missing")]


def test_the_bytes_of_a_published_file_are_checked(public: Path) -> None:
    publish(public, feed_xml="one", e__a_vtt="cue")
    release = read_current(public)
    assert release

    assert read_published(release, "feed.xml") == b"one"
    (public / "current/feed.xml").write_bytes(b"two")
    (public / "current/e/a.vtt").unlink()
    (public / "current/other").write_bytes(b"x")
    for path, what in (
        ("feed.xml", "the file has changed since it was published"),
        ("e/a.vtt", "the file is missing from the release"),
        ("other", "the file is missing from the release"),
        ("../../../secret", "the file is missing from the release"),
    ):
        with pytest.raises(Stopped) as error:
            read_published(release, path)
        assert said(error) == [("PUB-3", f"releases/{release.id}/{path}", what)]


# --- the link ---------------------------------------------------------------------------------------------------------


def test_before_the_first_release_there_is_none(public: Path) -> None:
    assert read_current(public) is None
    assert list_releases(public) == []


def test_a_folder_in_the_place_of_the_link_stops_the_build(public: Path) -> None:
    (public / "current").mkdir(parents=True)

    with pytest.raises(Stopped) as error:
        publish(public, feed_xml="one")

    assert said(error) == [("PUB-4", "public/current", "public/current is not a link")]
    assert names_in(public) == ["current"]


@pytest.mark.parametrize("target", ["/srv/www", "releases/..", "../releases/000001-00000000", "releases/mine"])
def test_a_link_that_leads_elsewhere_stops_the_build(public: Path, target: str) -> None:
    public.mkdir(parents=True)
    (public / "current").symlink_to(target)

    with pytest.raises(Stopped) as error:
        publish(public, feed_xml="one")

    assert said(error) == [("PUB-4", "public/current", f"the link leads to {target!r}")]


def test_a_missing_link_stops_the_build_until_it_is_restored(public: Path) -> None:
    result = publish(public, feed_xml="one")
    (public / "current").unlink()

    with pytest.raises(Stopped) as error:
        publish(public, feed_xml="two")
    what = f"the link is missing, but there are releases (the last is {result.id})"
    assert said(error) == [("PUB-4", "public/current", what)]
    with pytest.raises(Stopped, match="PUB-7 no release before the current one"):
        rollback(public)
    rollback(public, result.id)

    assert files_of(public) == {"feed.xml": "one"}


def test_the_folder_of_releases_must_be_readable(public: Path) -> None:
    publish(public, feed_xml="one")

    with refusing("os.listdir", "releases"), refusing("os.scandir", "releases"), pytest.raises(Stopped) as error:
        list_releases(public)

    assert said(error) == [("FILE-3", "public/releases", "the file cannot be read: permission denied")]


# --- what stays and what goes -----------------------------------------------------------------------------------------


def test_the_last_releases_stay(public: Path) -> None:
    ids = [publish(public, feed_xml=str(number), keep=3).id for number in range(5)]

    assert list_releases(public) == ids[2:]
    assert names_in(public / "releases") == sorted([*ids[2:], *(f"{one}.json" for one in ids[2:])])
    assert (public / "releases" / ids[2] / "feed.xml").read_text() == "2"


@pytest.mark.parametrize("keep", [0, 1])
def test_the_current_release_always_stays(public: Path, keep: int) -> None:
    publish(public, feed_xml="one", keep=keep)
    result = publish(public, feed_xml="two", keep=keep)

    assert list_releases(public) == [result.id]
    assert files_of(public) == {"feed.xml": "two"}


def test_what_a_killed_run_left_behind_is_removed(public: Path) -> None:
    result = publish(public, feed_xml="one")
    releases = public / "releases"
    (releases / ".new-000002-00000000/e").mkdir(parents=True)
    (releases / ".new-000002-00000000/e/half").write_bytes(b"")
    (releases / ".new-000002-11111111.json").write_bytes(b"half")
    (releases / "000002-22222222").mkdir()
    (releases / "000001-33333333.json").write_bytes(b"{}")
    (public / ".current-000002-00000000").symlink_to("releases/000002-00000000")
    (releases / "notes.txt").write_bytes(b"of the operator")
    (public / "robots.txt").write_bytes(b"of the operator")

    again = publish(public, feed_xml="one")

    assert (again.switched, again.problems) == (False, ())
    assert names_in(releases) == [result.id, f"{result.id}.json", "notes.txt"]
    assert names_in(public) == ["current", "releases", "robots.txt"]


def test_a_run_killed_right_after_the_switch_is_finished_by_the_next(public: Path) -> None:
    result = publish(public, feed_xml="one", facts=FACTS)
    named = public / "releases" / f"{result.id}.json"
    named.rename(named.with_name(f".new-{result.id}.json"))

    release = read_current(public)
    assert release
    assert release.manifest.facts == FACTS
    assert not publish(public, feed_xml="one", facts=FACTS).switched
    assert names_in(public / "releases") == [result.id, f"{result.id}.json"]


def test_a_run_killed_while_it_wrote_new_facts_leaves_the_old_ones(public: Path) -> None:
    result = publish(public, feed_xml="one", facts=FACTS)
    (public / "releases" / f".new-{result.id}.json").write_bytes(b"half")

    publish(public, feed_xml="one", facts=FACTS)

    release = read_current(public)
    assert release
    assert release.manifest.facts == FACTS
    assert names_in(public / "releases") == [result.id, f"{result.id}.json"]


def test_a_release_that_cannot_be_removed_is_a_warning(public: Path) -> None:
    old = publish(public, feed_xml="one", keep=1)
    with refusing("os.remove", f"{old.id}.json"):
        result = publish(public, feed_xml="two", keep=1)

    problem = Problem(
        "PUB-8", Mark(f"public/releases/{old.id}.json"), "the release cannot be removed: permission denied"
    )
    assert (result.switched, result.problems) == (True, (problem,))
    assert files_of(public) == {"feed.xml": "two"}
    publish(public, feed_xml="three", keep=1)
    assert len(list_releases(public)) == 1


def test_a_switch_is_never_taken_for_a_failure(public: Path) -> None:
    publish(public, feed_xml="one")
    with refusing("os.rename", ".json", errno.EIO):
        result = publish(public, feed_xml="two", facts=FACTS)

    ((rule, mark, what),) = [(problem.rule, str(problem.mark), problem.what) for problem in result.problems]
    assert result.switched
    assert (rule, mark) == ("PUB-8", "public")
    assert what.startswith("old releases cannot be removed: \"[Errno 5] Input/output error: '")
    assert files_of(public) == {"feed.xml": "two"}
    assert not publish(public, feed_xml="two", facts=FACTS).switched
    assert len(names_in(public / "releases")) == 4


@pytest.mark.parametrize(
    ("event", "part", "number", "reason"),
    [
        ("open", "feed.xml", errno.ENOSPC, "no space left on device"),
        ("os.mkdir", ".new-", errno.EACCES, "permission denied"),
        ("os.symlink", ".current-", errno.EROFS, "read-only file system"),
        ("os.rename", ".current-", errno.EIO, "input/output error"),
    ],
)
def test_a_disk_that_refuses_leaves_the_last_release(
    public: Path, event: str, part: str, number: int, reason: str
) -> None:
    publish(public, feed_xml="one")
    before = state_of(public / "current/"), names_in(public), names_in(public / "releases")

    with refusing(event, part, number), pytest.raises(Stopped) as error:
        publish(public, feed_xml="two")

    ((rule, mark, what),) = said(error)
    assert (rule, mark) == ("PUB-5", "public")
    assert what.startswith(f"writing failed: {reason} ('")
    assert (state_of(public / "current/"), names_in(public), names_in(public / "releases")) == before


# --- the way back -----------------------------------------------------------------------------------------------------


def test_rollback_goes_back_one_release(public: Path) -> None:
    ids = [publish(public, feed_xml=str(number)).id for number in range(3)]

    assert rollback(public).id == ids[1]
    assert files_of(public) == {"feed.xml": "1"}
    assert rollback(public).id == ids[0]
    with pytest.raises(Stopped) as error:
        rollback(public)
    assert said(error) == [("PUB-7", "public/releases", "no release before the current one")]
    assert rollback(public, ids[2]).id == ids[2]
    assert files_of(public) == {"feed.xml": "2"}


def test_rollback_to_the_current_release_moves_nothing(public: Path) -> None:
    result = publish(public, feed_xml="one")
    before = state_of(public)

    assert rollback(public, result.id).id == result.id
    assert state_of(public) == before


@pytest.mark.parametrize("to", ["000009-00000000", "../../etc", ""])
def test_rollback_needs_a_release(public: Path, to: str) -> None:
    result = publish(public, feed_xml="one")

    with pytest.raises(Stopped) as error:
        rollback(public, to)

    assert said(error) == [("PUB-7", "public/releases", f"no release {to!r}; there are {result.id}")]


def test_rollback_to_a_damaged_release_is_refused(public: Path) -> None:
    first = publish(public, feed_xml="one")
    publish(public, feed_xml="two")
    (public / "releases" / first.id / "feed.xml").unlink()

    with pytest.raises(Stopped) as error:
        rollback(public)

    what = "files of the release are missing or have another size"
    assert said(error) == [("PUB-3", f"public/releases/{first.id}", what)]
    assert files_of(public) == {"feed.xml": "two"}


def test_after_a_rollback_the_next_build_goes_on_from_there(public: Path) -> None:
    first = publish(public, feed_xml="one", e__a_vtt="cue")
    second = publish(public, feed_xml="two", e__a_vtt="cue")
    rollback(public)

    result = publish(public, feed_xml="three", e__a_vtt="cue", e__b_vtt="new")

    assert result.id.startswith("000003-")
    assert result.removed == ()
    assert list_releases(public) == [first.id, second.id, result.id]
    assert (public / "current/e/a.vtt").stat().st_nlink == 3
    assert rollback(public).id == second.id


def test_a_rollback_that_the_disk_refuses_changes_nothing(public: Path) -> None:
    publish(public, feed_xml="one")
    publish(public, feed_xml="two")

    with refusing("os.symlink", ".current-"), pytest.raises(Stopped, match="PUB-5 writing failed: permission denied"):
        rollback(public)

    assert files_of(public) == {"feed.xml": "two"}


def test_one_release_is_read_by_its_id(public: Path) -> None:
    first = publish(public, feed_xml="one", facts=FACTS)
    publish(public, feed_xml="two")

    release = read_release(public, first.id)

    assert release.manifest.facts == FACTS
    assert read_published(release, "feed.xml") == b"one"


# --- the lock ---------------------------------------------------------------------------------------------------------

_HOLDER = """
import sys
from pathlib import Path
from feedbuilder.publish import hold_lock
with hold_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_lock_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with (
        hold_lock(tmp_path),
        pytest.raises(LockHeld, match=r"another run holds \.feedbuilder/lock"),
        hold_lock(tmp_path),
    ):
        pass

    with hold_lock(tmp_path):
        assert names_in(tmp_path / ".feedbuilder") == ["lock"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_lock_ends_with_its_process(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-c", _HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LockHeld), hold_lock(tmp_path):
            pass
        holder.send_signal(number)
        holder.wait()

    with hold_lock(tmp_path):
        pass


_HOLDER_WITH_A_WORKER = """
import os, sys
from pathlib import Path
from feedbuilder.publish import hold_lock
try:
    with hold_lock(Path(sys.argv[1])):
        if os.fork() == 0:
            print(os.getpid(), flush=True)
        sys.stdin.read()
finally:
    os.write(1, b"ended")
"""


def test_the_lock_ends_with_its_process_though_a_worker_lives_on(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLDER_WITH_A_WORKER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin
        assert holder.stdout
        worker = int(holder.stdout.readline())
        with pytest.raises(LockHeld), hold_lock(tmp_path):
            pass
        holder.kill()
        holder.wait()
        os.kill(worker, 0)  # it lives, and waits for its input

        with hold_lock(tmp_path):
            holder.stdin.close()
            assert holder.stdout.read() == b"ended"  # it left the block without an error
            with pytest.raises(LockHeld), hold_lock(tmp_path):
                pass


def test_a_lock_that_cannot_be_written_is_a_finding(tmp_path: Path) -> None:
    with refusing("os.mkdir", ".feedbuilder", errno.EROFS), pytest.raises(Stopped) as error, hold_lock(tmp_path):
        pass

    what = "writing failed: read-only file system ('.feedbuilder')"
    assert said(error) == [("PUB-5", ".feedbuilder/lock", what)]


def test_the_lock_is_let_go_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), hold_lock(tmp_path):
        raise ZeroDivisionError

    with hold_lock(tmp_path):
        pass


def test_the_last_build_is_written_down(tmp_path: Path) -> None:
    write_last_build(tmp_path, {"next_due": None, "problems": ["é"]})
    write_last_build(tmp_path, {"next_due": "2024-05-01T10:00:00+00:00", "problems": ["é"]})

    data = (tmp_path / ".feedbuilder/last-build.json").read_bytes()
    assert json.loads(data) == {"next_due": "2024-05-01T10:00:00+00:00", "problems": ["é"]}
    assert "é".encode() in data
    assert names_in(tmp_path / ".feedbuilder") == ["last-build.json"]


def test_a_last_build_that_cannot_be_written_is_a_finding(tmp_path: Path) -> None:
    with refusing("os.rename", "last-build", errno.ENOSPC), pytest.raises(Stopped) as error:
        write_last_build(tmp_path, {})

    assert said(error)[0][:2] == ("PUB-5", ".feedbuilder/last-build.json")
