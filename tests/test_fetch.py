"""Audio of another host is brought home: into the media folder, out of the record, into the ledger."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import feedparser
import pytest
from hosts import nginx
from projects import a_project, build, feed, record, run, write
from sounds import an_mp3, an_mp4

from feedbuilder.authors.front_matter import remove_key
from feedbuilder.errors import FeedbuilderError
from feedbuilder.publish import hold_lock

MP3, M4A = an_mp3(200), an_mp4()
RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Old home</title>
<item><title>Tide 2</title><guid>00000000-0000-4000-8000-000000000002</guid>
<pubDate>Fri, 02 Jan 2026 08:00:00 GMT</pubDate><enclosure url="{host}/two.m4a" length="9" type="audio/x-m4a"/></item>
</channel></rss>"""


@pytest.fixture
def host(tmp_path: Path, tool: Callable[[str], str]) -> Iterator[str]:
    folder = tmp_path / "www"
    write(folder, "one.mp3", MP3)
    write(folder, "two.m4a", M4A)
    write(folder, "page.html", "<!doctype html><h1>We are sorry</h1>")
    with nginx(tool("nginx"), folder, tmp_path / "nginx") as url:
        yield url


@pytest.fixture
def show(tmp_path: Path, host: str) -> Path:
    """A published show: a record that names its audio, one whose audio only the ledger knows, one that has its own."""
    root = tmp_path / "show"
    texts = {
        "tide-1": record(1, audio=f"{{url: {host}/one.mp3, length: 7, type: audio/mpeg}} # by hand"),
        "tide-2": record(2, audio=""),
        "tide-3": record(3, audio=""),
    }
    a_project(root, texts, upstream="{feed: old.xml}")
    write(root, "old.xml", RSS.format(host=host))
    write(root, "media/tide-3.mp3", an_mp3(100))
    run(root, "sync")
    build(root)
    return root


def history(root: Path) -> dict[str, tuple[str, str, str, str]]:
    """By guid, what apps read: instant, address, length and type."""
    return {
        entry.id: (entry.published, *(entry.enclosures[0][key] for key in ("href", "length", "type")))
        for entry in cast("Any", feedparser).parse(feed(root)).entries
    }


def test_audio_comes_home_and_apps_read_the_new_address(show: Path, host: str) -> None:
    before = history(show)
    text = (show / "episodes/tide-1.md").read_text()

    done = run(show, "fetch", "--all", "--allow-private")

    assert (done.exit_code, done.stdout) == (0, "Downloaded 2 of 2 files. The next build publishes them from here.\n")
    assert (show / "media/tide-1.mp3").read_bytes() == MP3
    assert (show / "media/tide-2.m4a").read_bytes() == M4A
    assert (show / "episodes/tide-1.md").read_text() == re.sub("audio: .*\n", "", text)
    assert sorted(path.name for path in (show / "media").iterdir()) == ["tide-1.mp3", "tide-2.m4a", "tide-3.mp3"]
    assert build(show).exit_code == 0
    after = history(show)
    assert {guid: row[0] for guid, row in after.items()} == {guid: row[0] for guid, row in before.items()}
    for guid, name, data, kind in (
        ("00000000-0000-4000-8000-000000000001", "tide-1", MP3, "audio/mpeg"),
        ("00000000-0000-4000-8000-000000000002", "tide-2", M4A, "audio/x-m4a"),
    ):
        assert after[guid][1].startswith(f"https://harbour.example.org/media/{name}-")
        assert after[guid][2:] == (str(len(data)), kind)
    assert run(show, "fetch", "--all").stdout == "No audio is on another host.\n"


def test_a_sync_with_the_old_home_takes_nothing_back(show: Path) -> None:
    run(show, "fetch", "--all", "--allow-private")
    build(show)
    home = history(show)
    done = run(show, "sync", "-v")
    assert ("SYNC-2" in done.stderr, "wait" in done.stdout) == (False, False)
    assert "episodes/tide-2.md: note SYNC-5: the hosting feed still has its own audio; " in done.stderr
    assert build(show).exit_code == 0
    assert history(show) == home


def test_what_the_host_has_is_taken_and_told_where_it_is_not_what_was_written(show: Path) -> None:
    done = run(show, "fetch", "tide-1", "--allow-private")
    what = f"the length is 7 bytes here, but the file has {len(MP3)}; the downloaded file is used"
    assert f"episodes/tide-1.md:7:1: warning MED-8: {what}. Listen to it before you build." in done.stderr
    assert not (show / "media/tide-2.m4a").exists()


def test_what_cannot_be_fetched_stays_where_it_is(show: Path, host: str) -> None:
    text = record(1, audio=f"{{url: {host}/page.html, length: 9, type: audio/mpeg}}")
    write(show, "episodes/tide-1.md", text)
    (show / "config/ledger.yaml").unlink()

    done = run(show, "fetch", "tide-1", "--allow-private", "--json")

    assert (done.exit_code, done.data["fetched"]) == (3, [])
    assert [one["rule"] for one in done.data["problems"]] == ["MED-7"]
    assert (show / "episodes/tide-1.md").read_text() == text
    assert [path.name for path in (show / "media").iterdir()] == ["tide-3.mp3"]


def test_a_file_that_is_there_is_not_replaced(show: Path) -> None:
    write(show, "media/tide-1.mp3", b"mine")
    text = (show / "episodes/tide-1.md").read_text()

    done = run(show, "fetch", "tide-1", "--allow-private")

    assert done.exit_code == 3
    assert "media/tide-1.mp3: error FILE-9: the file exists already" in done.stderr
    assert (show / "media/tide-1.mp3").read_bytes() == b"mine"
    assert (show / "episodes/tide-1.md").read_text() == text


def test_the_names_of_this_show_are_taken_out_too(show: Path, host: str) -> None:
    write(show, "config/show.yaml", (show / "config/show.yaml").read_text() + "fields: {audio.url: podcast_file}\n")
    write(show, "episodes/tide-1.md", record(1, audio="", podcast_file=f"{host}/one.mp3"))

    assert run(show, "fetch", "tide-1", "--allow-private").exit_code == 0

    assert "podcast_file" not in (show / "episodes/tide-1.md").read_text()
    assert build(show).exit_code == 0


def test_unpublished_audio_is_fetched_without_a_history(show: Path, host: str) -> None:
    write(show, "episodes/tide-4.md", record(4, audio=f"{{url: {host}/one.mp3}}", pub_date="2099-01-01T00:00:00Z"))

    assert run(show, "fetch", "tide-4", "--allow-private").exit_code == 0

    assert (show / "media/tide-4.mp3").exists()
    assert "tide-4" not in (show / "config/ledger.yaml").read_text()
    assert build(show).exit_code == 0


def test_a_dry_run_sends_no_request(show: Path, host: str) -> None:
    done = run(show, "fetch", "--all", "--dry-run")
    assert done.stdout == f"tide-1  {host}/one.mp3\ntide-2  {host}/two.m4a\n"
    assert not (show / "media/tide-1.mp3").exists()


@pytest.mark.parametrize("words", [(), ("tide-1", "--all")])
def test_it_is_said_which_episodes(show: Path, words: tuple[str, ...]) -> None:
    done = run(show, "fetch", *words)
    assert done.exit_code == 2
    assert "Give at least one SLUG, or --all." in done.stderr


def test_a_build_may_run_while_hosts_answer(show: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedbuilder.project.fetch.LOCK_S", 0.0)
    with hold_lock(show):
        assert run(show, "fetch", "tide-1", "--allow-private").exit_code == 75
    assert [path.name for path in (show / "media").iterdir()] == ["tide-3.mp3"]


# --- a key and its lines ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("front", "left"),
    [
        ("a: 1\naudio: {url: x} # old\nb: 2\n", "a: 1\nb: 2\n"),
        ("a: 1\naudio:\n  url: x\n  # of old\n  length: 3\n# b is\nb: 2\n", "a: 1\n# b is\nb: 2\n"),
        ("audio:\r\n  url: x\r\nb: |\r\n  2\r\n", "b: |\r\n  2\r\n"),
        ("a: 1\nAudio: >\n  x\n  y\n\nb: 2\n", "a: 1\n\nb: 2\n"),
        ("a: 1\nb: 2\n", "a: 1\nb: 2\n"),
    ],
)
def test_a_key_goes_with_its_lines_and_nothing_else(front: str, left: str) -> None:
    newline = "\r\n" if "\r" in front else "\n"
    frame = f"---{newline}{{}}---{newline}Text\n"
    data = remove_key("a.md", frame.format(front).encode(), "audio")
    assert data.decode() == frame.format(left)


@pytest.mark.parametrize("front", ["{a: 1, audio: x}\n", "a: &x 1\naudio: *x\n", "? audio\n: x\na: 1\n"])
def test_where_its_lines_are_not_certain_nothing_is_changed(front: str) -> None:
    with pytest.raises(FeedbuilderError, match="no clear place for 'audio'"):
        remove_key("a.md", f"---\n{front}---\n".encode(), "audio")
