from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image
from projects import NOW, a_project, build, feed, published, record, run, write

from feedbuilder.cli import COMMANDS, main
from feedbuilder.cli.output import print_json

UPSTREAM = """<?xml version="1.0"?><rss version="2.0"><channel><title>Old home</title>
<item><title>Tide 1</title><guid>old-1</guid><pubDate>Thu, 01 Jan 2026 08:00:00 GMT</pubDate>
<link>https://anchor.fm/harbour/episodes/Tide-1-e1abc01</link>
<enclosure url="https://cdn.example.org/old-1.mp3" length="9" type="audio/mpeg"/></item>
<item><title>Only there</title><guid>old-9</guid><pubDate>Thu, 01 Jan 2026 08:00:00 GMT</pubDate>
<enclosure url="https://cdn.example.org/old-9.mp3" length="9" type="audio/mpeg"/></item></channel></rss>"""
ID = {"ids": "{anchor: Tide-1-e1abc01}", "guid": "", "audio": "", "title": "Tide 1"}


def invoke(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    code, text = invoke(command, "--help")

    assert code == 0
    assert "Example" in text


def test_an_unknown_command_is_a_usage_error() -> None:
    assert invoke("publish")[0] == 2


@pytest.mark.parametrize("moment", ["tomorrow", "2026-01-01T00:00:00"])
def test_now_wants_an_instant_with_a_zone(tmp_path: Path, moment: str) -> None:
    assert run(a_project(tmp_path), "build", "--now", moment).exit_code == 2


def test_outside_of_a_project_it_says_what_is_missing(tmp_path: Path) -> None:
    refused = run(tmp_path, "check")

    assert refused.exit_code == 1
    assert "FILE-8 no config/show.yaml in this folder or above it" in refused.stderr


def test_sync_joins_names_the_rest_and_says_what_to_commit(tmp_path: Path) -> None:
    a_project(tmp_path, {"tide-1": record(1, **ID), "tide-2": record(2)}, upstream="{feed: old.xml}")
    write(tmp_path, "old.xml", UPSTREAM)

    tried = run(tmp_path, "sync", "--dry-run")
    synced = run(tmp_path, "sync")

    assert not (tmp_path / "old.yaml").exists()
    assert tried.stdout.splitlines()[:3] == synced.stdout.splitlines()[:3]
    assert synced.stdout.splitlines()[0] == "joined   tide-1  <-  Tide 1  (host id e1abc01)"
    assert "only a record: tide-2" in synced.stdout
    assert "only in the feed: Only there (old-9)" in synced.stdout
    assert synced.stdout.splitlines()[-1] == "wrote config/ledger.yaml: commit it"
    assert run(tmp_path, "sync").stdout.splitlines()[-1] == "the ledger was not changed"
    assert build(tmp_path).exit_code == 0
    assert b'<guid isPermaLink="false">old-1</guid>' in feed(tmp_path)
    shown = run(tmp_path, "ledger", "show").stdout
    assert "tide-1  old-1  2026-01-01T08:00:00+00:00  https://cdn.example.org/old-1.mp3" in shown


def test_other_audio_of_the_upstream_feed_waits_for_accept(tmp_path: Path) -> None:
    a_project(tmp_path, {"tide-1": record(1, **ID)}, upstream="{feed: old.xml}")
    write(tmp_path, "old.xml", UPSTREAM)
    run(tmp_path, "sync")
    build(tmp_path)
    write(tmp_path, "old.xml", UPSTREAM.replace("old-1.mp3", "new-1.mp3"))

    assert "1 wait for `feedbuilder ledger accept SLUG`" in run(tmp_path, "sync").stdout
    build(tmp_path)
    assert b"old-1.mp3" in feed(tmp_path)
    assert run(tmp_path, "ledger", "accept", "tide-1", "--now", NOW, "--json").data["changed"] == ["tide-1"]
    assert build(tmp_path).exit_code == 0
    assert b"new-1.mp3" in feed(tmp_path)


def test_sync_without_an_upstream_says_so(tmp_path: Path) -> None:
    assert "UPS-0 upstream is none" in run(a_project(tmp_path), "sync").stderr
    a_project(tmp_path, None, upstream="{feed: gone.xml}")
    assert "UPS-0 the upstream feed gone.xml is not there" in run(tmp_path, "sync").stderr


def test_accept_wants_to_know_what(tmp_path: Path) -> None:
    assert run(a_project(tmp_path), "ledger", "accept").exit_code == 2


def test_init_and_new_make_a_project_that_builds(tmp_path: Path) -> None:
    code, text = invoke("init", str(tmp_path / "show"), "--title", "A: B", "--email", "a@b.example", "--json")
    root = tmp_path / "show"

    assert code == 0
    assert "config/show.yaml" in json.loads(text)["written"]
    assert json.loads(invoke("init", str(root), "--json")[1])["written"] == []
    assert run(root, "check").exit_code == 0
    made = run(root, "new", "What's new & old?", "--date", "2026-01-01", "--json")
    assert made.data["written"] == ["episodes/whats-new-old.md"]
    assert run(root, "new", "What's new & old?").exit_code == 1
    assert "draft" in run(root, "check").stderr


def test_schemas_are_json_schema_with_every_key(tmp_path: Path) -> None:
    for what, key in (("record", "transcript"), ("show", "funding"), ("person", "aliases")):
        schema = json.loads(invoke("schema", what)[1])
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert key in schema["properties"]
    assert "complete" in json.loads(invoke("completion", "bash", "--json")[1])["script"]


# --- files of the project -----------------------------------------------------------------------------------------


def a_picture(root: Path, path: str, size: tuple[int, int] = (1400, 1400), mode: str = "RGB") -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size).save(root / path)


def test_pictures_of_the_project_are_published_by_content(tmp_path: Path) -> None:
    a_project(tmp_path, {"tide-1": record(1, image="images/one.png")}, image="images/cover.jpg")
    a_picture(tmp_path, "images/cover.jpg")
    a_picture(tmp_path, "images/one.png")

    assert build(tmp_path).exit_code == 0
    names = [name for name in published(tmp_path) if name.startswith("images/")]
    assert [name.rsplit("-", 1)[0] for name in names] == ["images/cover", "images/one"]
    assert all(f'href="https://harbour.example.org/{name}"'.encode() in feed(tmp_path) for name in names)


def test_a_picture_that_apple_refuses_is_no_artwork(tmp_path: Path) -> None:
    a_project(tmp_path, {"tide-1": record(1, image="images/wide.png")}, image="images/cover.jpg")
    a_picture(tmp_path, "images/cover.jpg", (300, 300))
    a_picture(tmp_path, "images/wide.png", (1600, 900), "RGBA")

    said = build(tmp_path).stderr

    assert "APL-8 the picture images/cover.jpg is 300 x 300 pixels" in said
    assert "APL-34 the picture images/wide.png is not square, has the colour mode RGBA" in said
    item = feed(tmp_path).split(b"<item>")[1]
    assert b"itunes:image" not in item
    assert b'aspect-ratio="16/9"' in item


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    a_project(tmp_path, {"tide-1": record(1, audio="{file: gone.mp3}")}, image="images/gone.jpg")

    said = build(tmp_path).stderr

    assert "BLD-6 the audio file 'gone.mp3' is not there" in said
    assert "BLD-6 the artwork images/gone.jpg is no file of the project" in said


def test_a_guest_or_host_without_a_file_is_named(tmp_path: Path) -> None:
    made = build(a_project(tmp_path, {"tide-1": record(1, guests="[nobody]", people="[ghost]")}, hosts="[phantom]"))

    assert "PER-4 the guest 'nobody' is not in config/people" in made.stderr
    assert "PER-4 'ghost' is not in the directory" in made.stderr
    assert "BLD-8 the host 'phantom' is not in config/people" in made.stderr


def test_audio_that_tells_neither_type_nor_length_is_reported_and_published(tmp_path: Path) -> None:
    made = build(a_project(tmp_path, {"tide-1": record(1, audio="{url: https://cdn.example.org/play}")}))

    assert made.exit_code == 0
    assert [line.split(" ")[2] for line in made.stderr.splitlines()[:-1]] == ["APL-30", "RSS-7", "RSS-8"]
    assert b'<enclosure url="https://cdn.example.org/play" length="0" type="audio/mpeg"/>' in feed(tmp_path)


# --- guard: live --------------------------------------------------------------------------------------------------


@pytest.fixture
def live_feed() -> Iterator[tuple[str, list[bytes]]]:
    """The address of a server, and the feed that it serves."""
    body = [b""]

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body[0])

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/feed.xml", body
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_live_feed_guards_what_no_ledger_knows(
    tmp_path: Path, live_feed: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from feedbuilder import network

    url, body = live_feed
    body[0] = UPSTREAM.encode()
    fetch = network.fetch
    monkeypatch.setattr(network, "fetch", lambda _, **options: fetch(url, **options))
    a_project(tmp_path, guard="live")

    stopped = build(tmp_path, "--allow-private")

    assert stopped.exit_code == 1
    assert "LED-3 the item 'old-1' ('Tide 1') of the live feed would vanish" in stopped.stderr
    assert not (tmp_path / "public/current").exists()


def test_match_names_a_record_and_a_guid_that_exist(tmp_path: Path) -> None:
    root = a_project(tmp_path, upstream="{feed: feed.xml}")
    guid = "00000000-0000-4000-8000-000000000001"
    write(root, "feed.xml", f"<rss><channel><title>x</title><item><guid>{guid}</guid></item></channel></rss>")
    assert "there is no record 'x'" in run(root, "sync", "--match", f"x={guid}").stderr
    assert "the feed has no guid 'x'" in run(root, "sync", "--match", "tide-1=x").stderr
    assert "'tide-1' is not RECORD=GUID" in run(root, "sync", "--match", "tide-1").stderr
    assert run(root, "sync", "--match", f"tide-1={guid}", "--json").data["joined"][0]["evidence"] == f"match '{guid}'"


def test_json_holds_nothing_that_a_terminal_would_obey(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"title": "a\x9b31m\u202eb\x7f\x1b é"})
    said = capsys.readouterr().out
    assert "a\\u009b31m\\u202eb\\u007f\\u001b é" in said
    assert json.loads(said) == {"title": "a\x9b31m\u202eb\x7f\x1b é", "problems": []}
