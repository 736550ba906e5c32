from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from PIL import Image
from projects import NOW, a_project, build, feed, published, record, run, write

from feedbuilder.authors.episodes import slug_fault
from feedbuilder.cli import COMMANDS, main
from feedbuilder.cli.output import print_json
from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.rules.findings import pick_problems

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
def test_now_needs_a_date_and_time_with_a_zone(tmp_path: Path, moment: str) -> None:
    assert run(a_project(tmp_path), "build", "--now", moment).exit_code == 2


def test_outside_of_a_project_a_command_stops(tmp_path: Path) -> None:
    refused = run(tmp_path, "check")

    assert refused.exit_code == 1
    assert "FILE-8: no config/show.yaml in this folder or above it" in refused.stderr


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

    assert "1 waits for `feedbuilder ledger accept SLUG`" in run(tmp_path, "sync").stdout
    build(tmp_path)
    assert b"old-1.mp3" in feed(tmp_path)
    assert run(tmp_path, "ledger", "accept", "tide-1", "--now", NOW, "--json").data["changed"] == ["tide-1"]
    assert build(tmp_path).exit_code == 0
    assert b"new-1.mp3" in feed(tmp_path)


def test_sync_without_a_hosting_feed_stops(tmp_path: Path) -> None:
    assert "UPS-0: " in run(a_project(tmp_path), "sync").stderr
    a_project(tmp_path, None, upstream="{feed: gone.xml}")
    assert re.search(r"UPS-0: [^\n]*gone\.xml", run(tmp_path, "sync").stderr)


def test_accept_needs_a_slug_or_show(tmp_path: Path) -> None:
    assert run(a_project(tmp_path), "ledger", "accept").exit_code == 2


def test_init_and_new_create_a_project_that_builds(tmp_path: Path) -> None:
    code, text = invoke("init", str(tmp_path / "show"), "--title", "A: B", "--email", "a@b.example", "--json")
    root = tmp_path / "show"

    assert code == 0
    assert "config/show.yaml" in json.loads(text)["written"]
    assert json.loads(invoke("init", str(root), "--json")[1])["written"] == []
    assert run(root, "check").exit_code == 0
    written = run(root, "new", "What's new & old?", "--date", "2026-01-01", "--json")
    assert written.data["written"] == ["episodes/whats-new-old.md"]
    assert run(root, "new", "What's new & old?").exit_code == 1
    assert "note REC-9: " in run(root, "check", "-v").stderr


def test_a_title_without_latin_letters_gets_a_date_as_slug(tmp_path: Path) -> None:
    root = a_project(tmp_path)
    printed = [run(root, "new", title, "--date", "2026-03-31").stdout for title in ("日本語", "Привет", "…")]
    assert printed == [f"Wrote episodes/2026-03-31{suffix}.md.\n" for suffix in ("", "-2", "-3")]
    assert run(root, "new", "第12回 Live", "--json").data["written"] == ["episodes/12-live.md"]


def test_a_taken_slug_is_refused_with_a_free_one(tmp_path: Path) -> None:
    root = a_project(tmp_path, {"tide-1": record(1), "2025/tide-2": record(2), "_tide-3": record(3)})
    for words, slug, other in (
        (("Tide 1",), "tide-1", "tide-1"),
        (("x", "--slug", "TIDE-1"), "TIDE-1", "tide-1"),
        (("Tide 2",), "tide-2", "2025/tide-2"),
    ):
        refused = run(root, "new", *words)
        assert refused.exit_code == 1
        assert re.fullmatch(
            f"episodes/{slug}.md: error FILE-9: slug '{slug}' is already used by episodes/{other}.md[^.]*. "
            f"Use --slug {slug}-2.\n1 error\nStopped. Nothing was changed.\n",
            refused.stderr,
        )


def test_a_new_episode_gets_the_next_number_even_after_drafts(tmp_path: Path) -> None:
    root = a_project(tmp_path, {"tide-1": record(1), "tide-8": record(8, season="2", draft="true")})
    run(root, "new", "A")
    run(root, "new", "B")
    assert "season: 2\nepisode: 9\n" in (root / "episodes/a.md").read_text()
    assert "season: 2\nepisode: 10\n" in (root / "episodes/b.md").read_text()


@pytest.mark.parametrize(
    ("slug", "why", "proposed"),
    [
        ("../x", slug_fault("../x"), "x"),
        ("ｆｕｌｌ", slug_fault("ｆｕｌｌ"), "full"),
        ("_hid", slug_fault("_hid"), "hid"),
        ("x.md", "ends in .md, which is added automatically", "x"),
        ("", "is empty", "episode"),
        ("x" * 50 + "y" * 100, "is longer than 120 characters", "x" * 50 + "y" * 70),
    ],
)
def test_an_invalid_slug_is_refused_with_a_valid_one(tmp_path: Path, slug: str, why: str, proposed: str) -> None:
    root = a_project(tmp_path / "show")
    before = sorted(tmp_path.rglob("*"))
    refused = run(root, "new", "Tides", "--slug", slug)
    assert refused.exit_code == 2
    assert refused.stderr.splitlines() == [
        f"--slug: error REC-7: {quoted(slug)} {why}; no file was written. Use --slug {proposed}.",
        "1 error",
        "Stopped. Nothing was changed.",
    ]
    assert sorted(tmp_path.rglob("*")) == before


def test_an_empty_title_and_an_invalid_slug_are_reported_together(tmp_path: Path) -> None:
    refused = run(a_project(tmp_path), "new", " ", "--slug", "_", "--json")
    assert refused.exit_code == 2
    assert [(row["file"], row["rule"]) for row in refused.data["problems"]] == [("--slug", "REC-7"), ("TITLE", "REC-8")]


def test_init_reports_every_invalid_option(tmp_path: Path) -> None:
    options = ("--title", " ", "--language", "klingon", "--email", "bad", "--site", "http://a.example/")
    code, text = invoke("init", str(tmp_path / "show"), *options)
    *findings, count, last = text.splitlines()
    assert (code, count, last) == (2, "4 errors", "Stopped. Nothing was changed.")
    assert [line.partition(": ")[0] for line in findings] == ["--email", "--language", "--site", "--title"]
    assert all("; no file was written. " in line for line in findings)
    assert "'klingon'" in findings[1]
    assert not (tmp_path / "show").exists()


@pytest.mark.parametrize(
    ("site", "folder"),
    [
        ("https://a.example/feed.xml", "https://a.example/"),
        ("https://a.example/radio/podcast.rss/", "https://a.example/radio/"),
        ("https://a.example/radio?feed=1", "https://a.example/radio/"),
    ],
)
def test_init_refuses_the_url_of_a_file_with_that_of_its_folder(tmp_path: Path, site: str, folder: str) -> None:
    code, text = invoke("init", str(tmp_path / "show"), "--site", site)
    assert (code, text.splitlines()[0]) == (
        2,
        (
            f"--site: error CFG-6: {site!r} is not the URL of a folder; no file was written. "
            f"Use --site {folder} for a feed at {folder}feed.xml."
        ),
    )


@pytest.mark.parametrize("site", ["https://feed.xml/", "https://a.example/v1.2", "https://a.example/it's"])
def test_init_accepts_any_folder(tmp_path: Path, site: str) -> None:
    code, _ = invoke("init", str(tmp_path), "--site", site, "--title", "no: #1 {x}", "--language", "no")
    assert code == 0
    assert f"feed_url: {site.rstrip('/')}/feed.xml " in (tmp_path / "config/show.yaml").read_text()
    assert run(tmp_path, "check").exit_code == 0
    assert f"Kept the existing {tmp_path}/config/show.yaml.\n" in invoke("init", str(tmp_path))[1]


def test_schemas_are_json_schema_with_every_key(tmp_path: Path) -> None:
    for what, key in (("record", "transcript"), ("show", "funding"), ("person", "aliases")):
        schema = json.loads(invoke("schema", what)[1])
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert key in schema["properties"]
        assert json.loads(invoke("schema", what, "--json")[1])["schema"] == schema
    assert "complete" in json.loads(invoke("completion", "bash", "--json")[1])["script"]


@pytest.mark.parametrize(("word", "near"), [("chek", "check"), ("Build", "build"), ("publish", "")])
def test_an_unknown_command_is_refused_with_a_similar_one(word: str, near: str) -> None:
    message = f"Error: No such command {word!r}." + (f" Did you mean {near!r}?" if near else "")
    assert invoke(word)[1].splitlines()[-1] == message


def test_a_show_without_a_ledger_has_a_guid(tmp_path: Path) -> None:
    root = a_project(tmp_path)
    assert run(root, "ledger", "show").stdout.splitlines() == [
        "show  3bb1f2a0-8f0c-5d0e-9d2f-3f1f0a3f6b11  https://harbour.example.org/feed.xml",
        "config/ledger.yaml knows no episode yet: `feedbuilder ledger save` writes those of the feed",
    ]
    assert run(root, "ledger", "show", "--json").data["podcast_guid"] == "3bb1f2a0-8f0c-5d0e-9d2f-3f1f0a3f6b11"
    write(root, "episodes/tide-1.md", record(1, draft="true"))
    for number in (2, 3):
        (root / f"episodes/tide-{number}.md").unlink()
    said = [run(root, "ledger", "save", "--now", NOW).stdout for _ in range(2)]
    assert said == ["config/ledger.yaml: what is known of the show changed; commit it\n", "nothing changed\n"]


# --- many findings of one kind ------------------------------------------------------------------------------------


@pytest.mark.parametrize("many", [3, 7])
def test_a_build_shows_three_findings_of_a_rule_and_check_lists_all(tmp_path: Path, many: int) -> None:
    audio = "{{url: http://a.example/{}.mp3, length: 9, type: audio/mpeg}}"
    a_project(tmp_path, {f"tide-{n}": record(n, audio=audio.format(n)) for n in range(1, many + 1)})
    lines = [line.partition(": ")[0] for line in build(tmp_path).stderr.splitlines()]
    more = [f"… and {many - 3} more like this; `feedbuilder check` lists them"] if many > 3 else []
    assert lines[:-1] == [*(f"episodes/tide-{n}.md:7:9" for n in (1, 2, 3)), *more]
    listed = run(tmp_path, "check", "--now", NOW).stderr
    assert listed.count(" T-40: ") == many
    assert len(run(tmp_path, "check", "--now", NOW, "--json").data["problems"]) == many


def test_errors_come_before_warnings_and_these_before_notes() -> None:
    note, warning, error = (Problem(rule, Mark("a.md", n), "x") for n, rule in enumerate(("REC-9", "T-73", "LED-3")))
    assert pick_problems([note, warning, error]) == [(error, 0), (warning, 0), (note, 0)]


def test_notes_are_counted_and_shown_with_v(tmp_path: Path) -> None:
    root = a_project(tmp_path, {"tide-1": record(1), "tide-2": record(2, draft="true")})
    assert build(root).stderr == "1 note (-v shows notes)\n"
    assert re.match(r"episodes/tide-2\.md:9:\d: note REC-9: ", build(root, "-v").stderr)


def test_a_quiet_build_prints_news_once(tmp_path: Path) -> None:
    root = a_project(tmp_path, {"tide-1": record(1)})
    assert (build(root, "-q").stdout, build(root, "-q").stderr) == ("", "")
    write(root, "episodes/tide-1.md", record(1, episode="0"))
    first, second = build(root, "-q"), build(root, "-q")
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "APL-28" in first.stderr
    assert (second.stdout, second.stderr) == ("", "")
    write(root, "episodes/tide-1.md", "\n" + record(1, episode="0"))
    assert build(root, "-q").stderr == "", "a finding that only moved to another line is not new"


def test_the_project_may_be_named_before_the_command(tmp_path: Path) -> None:
    root = a_project(tmp_path)
    assert invoke("-C", str(root), "check", "--now", NOW) == (0, "No problems found.\n")
    assert invoke("-C", str(tmp_path), "init", "new-show")[0] == 0
    assert (tmp_path / "new-show/config/show.yaml").is_file()


@pytest.mark.parametrize("names", [[], ["build"], ["ledger", "accept"]])
def test_help_shows_what_the_option_shows(names: list[str]) -> None:
    assert invoke("help", *names) == invoke(*names, "--help")


def test_help_for_an_unknown_command_is_a_usage_error() -> None:
    code, text = invoke("help", "ledger", "publish")
    assert code == 2
    assert "No such command 'ledger publish'." in text


# --- Ctrl-C -------------------------------------------------------------------------------------------------------


def interrupted(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_an_interrupted_build_reports_whether_it_has_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = a_project(tmp_path)
    for target, message in (
        ("feedbuilder.compose.release.build", "Stopped. Nothing was changed."),
        ("feedbuilder.project.build.publish_release", "Stopped. Nothing was changed."),
        ("feedbuilder.project.unchanged.remember", "Stopped. Release {} is published and complete."),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(target, interrupted)
            stopped = build(root)
        release = (root / "public/current").readlink().name if (root / "public/current").exists() else ""
        assert (stopped.exit_code, stopped.stderr) == (130, f"{message.format(release)}\n")
    write(root, "episodes/tide-4.md", record(4))
    monkeypatch.setattr("feedbuilder.project.build.publish_release", interrupted)
    assert build(root, "--json").data == {
        "version": 1, "exit": 130, "stopped": True, "message": "Stopped. Nothing was changed.", "problems": [],
    }  # fmt: skip


def test_an_interrupted_command_reports_written_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedbuilder.project.start._files", lambda _: interrupted())
    assert invoke("init", str(tmp_path))[1] == "Stopped. Nothing was changed.\n"
    monkeypatch.undo()
    echo = click.echo
    monkeypatch.setattr("click.echo", lambda text, *, err=False: echo(text, err=True) if err else interrupted())
    stopped = run(a_project(tmp_path), "new", "Tides")
    message = "Stopped. Files written so far are complete. Run the command again for the rest.\n"
    assert (stopped.exit_code, stopped.stderr) == (130, message)
    assert (tmp_path / "episodes/tides.md").exists()


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


def test_a_picture_that_apple_would_refuse_is_not_used_as_artwork(tmp_path: Path) -> None:
    a_project(tmp_path, {"tide-1": record(1, image="images/wide.png")}, image="images/cover.jpg")
    a_picture(tmp_path, "images/cover.jpg", (300, 300))
    a_picture(tmp_path, "images/wide.png", (1600, 900), "RGBA")

    rows = build(tmp_path, "--json").data["problems"]

    assert [(row["rule"], row["file"]) for row in rows if row["rule"].startswith("APL")] == [
        ("APL-8", "config/show.yaml"),
        ("APL-34", "episodes/tide-1.md"),
    ]
    item = feed(tmp_path).split(b"<item>")[1]
    assert b"itunes:image" not in item
    assert b'aspect-ratio="16/9"' in item


def test_missing_files_are_reported(tmp_path: Path) -> None:
    a_project(tmp_path, {"tide-1": record(1, audio="{file: gone.mp3}")}, image="images/gone.jpg")

    findings = [line for line in build(tmp_path).stderr.splitlines() if " BLD-6: " in line]

    assert [re.search(r"gone\.\w+", line)[0] for line in findings] == ["gone.jpg", "gone.mp3"]  # type: ignore[index]


def test_a_guest_or_host_without_a_file_is_reported(tmp_path: Path) -> None:
    built = build(a_project(tmp_path, {"tide-1": record(1, guests="[shade]", people="[ghost]")}, hosts="[phantom]"))

    for rule, name in (("PER-4", "shade"), ("PER-4", "ghost"), ("BLD-8", "phantom")):
        assert re.search(f" {rule}: [^\n]*['\"]{name}['\"]", built.stderr)


def test_audio_without_type_and_length_is_reported_and_published(tmp_path: Path) -> None:
    built = build(a_project(tmp_path, {"tide-1": record(1, audio="{url: https://cdn.example.org/play}")}))

    assert built.exit_code == 0
    assert sorted(re.findall(r" ([A-Z]+-\d+): ", built.stderr)) == ["APL-30", "RSS-7", "RSS-8"]
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
    assert "LED-3: the item 'old-1' ('Tide 1') of the live feed would vanish" in stopped.stderr
    assert not (tmp_path / "public/current").exists()


def test_match_names_a_record_and_a_guid_that_exist(tmp_path: Path) -> None:
    root = a_project(tmp_path, upstream="{feed: feed.xml}")
    guid = "00000000-0000-4000-8000-000000000001"
    write(root, "feed.xml", f"<rss><channel><title>x</title><item><guid>{guid}</guid></item></channel></rss>")
    assert "there is no record 'x'" in run(root, "sync", "--match", f"x={guid}").stderr
    assert "the feed has no guid 'x'" in run(root, "sync", "--match", "tide-1=x").stderr
    assert "'tide-1' is not RECORD=GUID" in run(root, "sync", "--match", "tide-1").stderr
    assert run(root, "sync", "--match", f"tide-1={guid}", "--json").data["joined"][0]["evidence"] == f"match '{guid}'"


def test_json_has_no_control_characters_for_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"title": "a\x9b31m\u202eb\x7f\x1b é"})
    text = capsys.readouterr().out
    assert "a\\u009b31m\\u202eb\\u007f\\u001b é" in text
    assert json.loads(text) == {"version": 1, "title": "a\x9b31m\u202eb\x7f\x1b é", "problems": []}
