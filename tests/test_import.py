"""A feed becomes a project, and the project's feed is the same to subscribers."""

from __future__ import annotations

import calendar
import json
import shlex
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import feedparser
import pytest
import webvtt
import yaml
from click.testing import CliRunner
from hosts import Server, an_answer
from hypothesis import given
from hypothesis import strategies as st
from projects import NOW, Run, a_project, build, feed

from feedbuilder.cli import main
from feedbuilder.compose.inputs import Sources, parse_project, read_show
from feedbuilder.errors import FeedbuilderError
from feedbuilder.import_ import import_feed
from feedbuilder.model import Ledger, SourceFile
from feedbuilder.publish import hold_lock

CASE = Path(__file__).parent / "cases/import_/harbour.xml"
ROOT = Path(__file__).parent.parent
LIGHT = "episodes/s02e03-the-lighthouse.md"
SELF = "https://host.example.net/harbour/rss"


class Quiet(SimpleHTTPRequestHandler):
    """Files of a folder; each path that was asked for is kept."""

    asked: list[str]

    def log_message(self, *_: object) -> None:
        pass

    def log_request(self, *_: object) -> None:
        self.asked.append(self.path)


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, list[str]]]:
    class Handler(Quiet):
        asked: list[str] = []  # noqa: RUF012 - of this server alone

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", Handler.asked
        finally:
            server.shutdown()
            thread.join()


def imported(source: Path | str, folder: Path, *options: str) -> Run:
    result = CliRunner().invoke(main, ["import", str(source), str(folder), *options])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Run(result.exit_code, result.stdout, result.stderr)


def texts(folder: Path) -> dict[str, str]:
    """The texts of a project, without what tells where it came from."""
    paths = [*folder.glob("config/**/*"), *folder.glob("episodes/**/*")]
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(paths) if path.is_file()}


def front(folder: Path, path: str) -> dict[str, Any]:
    values: dict[str, Any] = yaml.safe_load((folder / path).read_text().split("---\n")[1])
    return values


def items(data: bytes) -> list[tuple[Any, ...]]:
    """What apps know of each item, as feedparser reads it, in order."""
    found = []
    parsed: Any = cast("Any", feedparser).parse(data)
    for entry in parsed.entries:
        audio = entry.enclosures[0]
        date = entry.get("published_parsed")
        found.append((entry.get("id") or audio.href, date and calendar.timegm(date), audio.href, audio.type))
    return found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    run = imported(CASE, tmp_path / "show", "--offline")
    assert run.exit_code == 0
    return tmp_path / "show"


def test_the_show_says_what_the_channel_says(project: Path) -> None:
    assert yaml.safe_load((project / "config/show.yaml").read_text()) == {
        "title": "Harbour & Sea",
        "link": "https://harbour.example.org",
        "feed_url": SELF,
        "podcast_guid": "3bb1f2a0-8f0c-5d0e-9d2f-3f1f0a3f6b11",
        "description": "Talks from a harbour.",
        "language": "pt-pt",
        "author": "Harbour Club",
        "owner": {"name": "Harbour Club", "email": "club@harbour.example.org"},
        "image": "https://cdn.example.net/cover.jpg",
        "categories": ["News", "Science > Nature"],
        "explicit": False,
        "type": "serial",
        "copyright": "Harbour Club",
        "locked": {"owner": "club@harbour.example.org", "text": "yes"},
        "funding": {"url": "https://harbour.example.org/give", "text": "Buy us rope"},
        "hosts": ["ines-barroso"],
        "upstream": {"feed": SELF},
    }


def test_a_record_says_what_its_item_says(project: Path) -> None:
    assert front(project, LIGHT) == {
        "title": "The lighthouse",
        "guid": "guid with & signs",
        "pub_date": "2026-03-03T08:00:00Z",
        "season": 2,
        "episode": 3,
        "guests": ["rui-faria"],
        "people": [{"short": "ana-lima", "role": "audio engineer", "group": "audio production"}],
        "audio": {
            "url": "https://track.example.com/e/cdn.example.net/light.mp3?a=1&b=2",
            "length": 1234,
            "type": "audio/mpeg",
        },
        "duration": 3723,
        "explicit": True,
        "keywords": ["lamps", "oil"],
        "soundbites": [{"start": 12.5, "duration": 30, "title": "It turns"}],
        "notes_as_written": True,
    }
    assert (project / LIGHT).read_text().endswith("---\n\nAbout [lamps](https://lamp.example.org/).\n\n- one\n- two\n")


def test_persons_enter_the_directory(project: Path) -> None:
    assert front(project, "config/people/ines-barroso.md") == {
        "short": "ines-barroso",
        "title": "Inês Barroso",
        "picture": "https://cdn.example.net/ines.jpg",
        "href": "https://ines.example.org/",
    }
    assert sorted(path.stem for path in (project / "config/people").iterdir()) == [
        "ana-lima",
        "ines-barroso",
        "rui-faria",
    ]


def test_times_in_the_notes_become_chapters_and_stay_in_the_notes(project: Path) -> None:
    text = (project / "episodes/no-date-of-its-own.md").read_text()
    assert front(project, "episodes/no-date-of-its-own.md")["chapters"] == ["0:00 Hello", "1:30 Ropes", "2:00 Bye"]
    assert text.endswith("---\n\nFirst line\n\n(0:00) Hello  \n(1:30) - Ropes  \n(2:00) Bye\n")


def test_podlove_chapters_are_imported(project: Path) -> None:
    assert front(project, "episodes/chao.md")["chapters"] == [
        "0:00 Um",
        {"start": "1:30.500", "title": "Dois", "url": "https://two.example.org/"},
    ]


def test_the_built_feed_is_the_same_to_subscribers(project: Path) -> None:
    assert build(project).exit_code == 0
    first, second, third, fourth = items(CASE.read_bytes())
    instant = third[1]
    assert items(feed(project)) == [
        first,
        (second[0], instant, *second[2:]),
        ("http://cdn.example.net/three.mp3", *third[1:]),
        fourth,
    ]


def test_a_second_import_of_the_built_feed_gives_the_same_records(project: Path, tmp_path: Path) -> None:
    build(project)
    imported(project / "public/current/feed.xml", tmp_path / "again", "--offline")
    lost = {"keywords"}  # Apple no longer reads them, and the feed has none
    for path in (project / "episodes").iterdir():
        name = f"episodes/{path.name}"
        before = {key: value for key, value in front(project, name).items() if key not in lost}
        assert front(tmp_path / "again", name) == before, name
    assert (tmp_path / "again/config/ledger.yaml").read_text() == (project / "config/ledger.yaml").read_text()
    assert texts(tmp_path / "again")["config/show.yaml"] == texts(project)["config/show.yaml"]


def test_spaces_that_an_editor_left_do_not_make_html_of_plain_text(tmp_path: Path) -> None:
    notes = "<p>Out  with&nbsp; <b> the </b> tide.&nbsp;</p><p>&nbsp;</p><p> Back <br> at noon&nbsp;</p>"
    item = f"<item><guid>g</guid><title>One</title><description><![CDATA[{notes}]]></description></item>"
    (tmp_path / "feed.xml").write_text(f"<rss><channel><title>Bare</title>{item}</channel></rss>")
    imported(tmp_path / "feed.xml", tmp_path / "show", "--offline")
    assert (
        (tmp_path / "show/episodes/one.md").read_text().endswith("---\n\nOut with **the** tide.\n\nBack  \nat noon\n")
    )


def test_the_id_of_the_host_that_a_show_left_comes_back_from_its_page(tmp_path: Path) -> None:
    page = "https://anchor.fm/harbour/episodes/Ebb-e1a2b3c"
    data = f"""<rss xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><title>Bare</title><item>
        <title>One</title><guid>g</guid><link>https://harbour.example.org/one/</link>
        <pubDate>Thu, 01 Jan 2026 08:00:00 GMT</pubDate><podcast:contentLink href="{page}">Anchor</podcast:contentLink>
        <enclosure url="https://x.example/a.mp3" length="1" type="audio/mpeg"/></item></channel></rss>"""
    (tmp_path / "feed.xml").write_text(data)
    imported(tmp_path / "feed.xml", tmp_path / "show", "--offline")
    values = front(tmp_path / "show", "episodes/one.md")
    assert (values["ids"], values["links"]) == ({"anchor": "e1a2b3c"}, {"anchor": page})
    assert "host_id: e1a2b3c" in (tmp_path / "show/config/ledger.yaml").read_text()


def test_what_stays_behind_is_named(tmp_path: Path) -> None:
    run = imported(CASE, tmp_path / "show", "--offline", "-v")
    lines = [line for line in run.stderr.splitlines() if " IMP-" in line]
    assert [line.partition(" IMP-")[2].partition(";")[0] for line in lines] == [
        "4: 1 item links to chapters or transcripts",
        f"8: `feed_url` is the old address '{SELF}'. Set it to the address of your feed.xml before the first build.",
        "2: unknown category 'Sailing'",
        "8: the feed is locked, so other hosts refuse to import it",
        "1: the channel's podcast:value ('lightning')",
        "1: podcast:transcript of 1 item ('BASE/light.txt')",
        "6: the item has no readable date",
        "7: guid 'twice' is used by an earlier item",
        (
            "11: tags that each build writes itself: atom:link[self], guid, podcast:chapters, podcast:person, "
            "podcast:transcript"
        ),
    ]


def test_nothing_is_written_twice_or_over(project: Path) -> None:
    (project / LIGHT).write_text("---\ntitle: Mine now\n---\n")
    before = texts(project)
    run = imported(CASE, project, "--offline", "--json")
    assert run.data["written"] == []
    assert texts(project) == before
    assert [problem["file"] for problem in run.data["problems"] if problem["rule"] == "IMP-3"] == [LIGHT]


def test_a_project_that_is_complete_is_told_in_one_line(project: Path) -> None:
    record = next(one for one in sorted((project / "episodes").iterdir()) if one != project / LIGHT)
    record.write_text(record.read_text().replace("\n---\n", "\ntranscript:\n- line: Said.\n---\n", 1))
    run = imported(CASE, project, "--offline")
    assert " IMP-3 " not in run.stderr
    files = len(texts(project))
    assert run.stdout.splitlines()[:2] == ["Wrote 0 files for 4 episodes.", f"Kept {files} existing files."]
    assert len(imported(CASE, project, "--dry-run", "--json").data["kept"]) == files


@pytest.mark.parametrize(
    "guid", ["3bb1f2a0-8f0c-5d0e-9d2f-3f1f0a3f6b11", "0e4f7c1e-3f5b-5a4e-8a57-6f0f3e1f2a11", "none"]
)
@pytest.mark.parametrize("options", [("--offline",), ("--dry-run",)])
def test_another_show_is_not_mixed_into_a_project(
    project: Path, tmp_path: Path, guid: str, options: tuple[str, ...]
) -> None:
    if guid.startswith("3bb1"):  # the project has none, in neither of its files
        for name in ("config/show.yaml", "config/ledger.yaml"):
            lines = (project / name).read_text().splitlines(keepends=True)
            (project / name).write_text("".join(line for line in lines if "podcast_guid" not in line))
    data = CASE.read_text().replace("3bb1f2a0-8f0c-5d0e-9d2f-3f1f0a3f6b11", guid).replace("Harbour &amp; Sea", "Hills")
    data = data.replace(SELF, "https://hills.example.org/rss").replace("cdn.example.net", "hills.example.net")
    (tmp_path / "hills.xml").write_text(data)
    before = texts(project)
    run = imported(tmp_path / "hills.xml", project, *options)
    assert (run.exit_code, texts(project)) == (1, before)
    assert run.stderr.splitlines()[0] == (
        "config/show.yaml: error IMP-9: this folder holds 'Harbour & Sea', and the feed is 'Hills'; nothing "
        "was written. Import it into another folder."
    )


def test_a_title_alone_does_not_make_two_shows_one(tmp_path: Path) -> None:
    data = CASE.read_text().replace("<podcast:guid>3bb1f2a0-8f0c-5d0e-9d2f-3f1f0a3f6b11</podcast:guid>", "")
    (tmp_path / "feed.xml").write_text(data)
    assert imported(tmp_path / "feed.xml", tmp_path / "show", "--offline").exit_code == 0
    before = texts(tmp_path / "show")
    other = data.replace(SELF, "https://hills.example.org/rss").replace("cdn.example.net", "hills.example.net")
    (tmp_path / "other.xml").write_text(other)  # its guids are words, which another show may have, too
    run = imported(tmp_path / "other.xml", tmp_path / "show", "--offline")
    assert (run.exit_code, texts(tmp_path / "show")) == (1, before)
    assert run.stderr.splitlines()[0] == (
        "config/show.yaml: error IMP-9: this folder holds 'Harbour & Sea', and the feed is 'Harbour & Sea', "
        "and they share no address, guid or audio; nothing was written. Import it into another folder."
    )
    known = other.replace("guid with &amp; signs", "https://harbour.example.org/?p=1")
    (tmp_path / "known.xml").write_text(known)
    assert imported(tmp_path / "known.xml", tmp_path / "show", "--offline").exit_code == 1
    ledger = tmp_path / "show/config/ledger.yaml"
    ledger.write_text(ledger.read_text().replace("guid with & signs", "https://harbour.example.org/?p=1"))
    assert imported(tmp_path / "known.xml", tmp_path / "show", "--offline").exit_code == 0


def test_a_project_without_episodes_is_the_show_of_its_title(tmp_path: Path) -> None:
    a_project(tmp_path, {}, title="Harbour & Sea", podcast_guid="")
    assert imported(CASE, tmp_path, "--offline").exit_code == 0


def test_the_same_show_is_known_by_its_address_or_an_episode(tmp_path: Path) -> None:
    data = CASE.read_text().replace("<podcast:guid>3bb1f2a0-8f0c-5d0e-9d2f-3f1f0a3f6b11</podcast:guid>", "")
    (tmp_path / "feed.xml").write_text(data)
    new = ("--offline", "--feed-url", "https://podcast.example.org/feed.xml")
    for options in [("--offline",), new]:
        show = tmp_path / f"show{len(options)}"
        for changed in [data, data.replace("Harbour &amp; Sea", "Sea"), data.replace(SELF, "https://b.example.org/")]:
            (tmp_path / "feed.xml").write_text(changed)
            assert imported(tmp_path / "feed.xml", show, *options).exit_code == 0
    again = data.replace("Harbour &amp; Sea", "Sea").replace(SELF, "https://b.example.org/")
    (tmp_path / "feed.xml").write_text(again)
    assert imported(tmp_path / "feed.xml", tmp_path / "show1", "--offline").exit_code == 0


def test_a_folder_that_cannot_be_made_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    run = imported(CASE, tmp_path / "file/show", "--offline")
    assert run.exit_code == 1
    assert run.stderr.startswith(f"{tmp_path}/file/show: error FILE-10: writing failed: ")


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    run = imported(CASE, tmp_path / "show", "--dry-run", "--json")
    assert LIGHT in run.data["written"]
    assert not (tmp_path / "show").exists()


def test_a_move_to_another_address_is_told_to_apps(tmp_path: Path) -> None:
    new = "https://podcast.example.org/feed.xml"
    imported(CASE, tmp_path / "show", "--offline", "--feed-url", new)
    show = yaml.safe_load((tmp_path / "show/config/show.yaml").read_text())
    assert (show["feed_url"], show["new_feed_url"]) == (new, new)
    assert show["podcast_guid"] == "3bb1f2a0-8f0c-5d0e-9d2f-3f1f0a3f6b11"
    assert build(tmp_path / "show").exit_code == 0


def test_an_address_without_a_path_is_kept_as_one_that_a_project_can_have(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text(CASE.read_text().replace(SELF, "https://feeds.example.net"))
    imported(tmp_path / "feed.xml", tmp_path / "show", "--offline")
    assert "\nfeed_url: https://feeds.example.net/\n" in (tmp_path / "show/config/show.yaml").read_text()
    built = build(tmp_path / "show")
    assert built.exit_code == 0
    assert "CFG-8: no file of the site can have the address 'https://feeds.example.net/'" in built.stderr
    refused = imported(CASE, tmp_path / "other", "--feed-url", "https://x.example")
    assert (refused.exit_code, "'https://x.example' has no path. Add one, such as /feed.xml." in refused.stderr) == (
        2,
        True,
    )


def test_a_guid_of_the_show_that_is_missing_follows_from_the_old_address() -> None:
    data = CASE.read_bytes().replace(b"<podcast:guid>3bb1f2a0-8f0c-5d0e-9d2f-3f1f0a3f6b11</podcast:guid>", b"")
    made = import_feed(data, "feed.xml", Ledger(), feed_url="https://new.example.org/feed.xml")
    assert made.ledger.podcast_guid == "b15b83ab-8d21-5223-b056-d18f3fdd0adc"


@pytest.mark.parametrize("options", [(), ("--feed-url", "https://podcast.example.org/feed.xml")])
def test_nothing_is_derived_from_an_address_that_is_not_known(tmp_path: Path, options: tuple[str, ...]) -> None:
    data = CASE.read_text().replace("<podcast:guid>3bb1f2a0-8f0c-5d0e-9d2f-3f1f0a3f6b11</podcast:guid>", "")
    (tmp_path / "feed.xml").write_text(data.replace(f'<atom:link rel="self" href="{SELF}"/>', ""))
    run = imported(tmp_path / "feed.xml", tmp_path / "show", "--offline", "--json", *options)
    show = yaml.safe_load((tmp_path / "show/config/show.yaml").read_text())
    assert "podcast_guid" not in show
    assert "podcast_guid" not in (tmp_path / "show/config/ledger.yaml").read_text()
    assert show["feed_url"] == (options[1] if options else "https://harbour.example.org/feed.xml")
    effects = [one["effect"] for one in run.data["problems"] if "--feed-url" in one["what"]]
    assert effects == ([] if options else ["`feed_url` was guessed as 'https://harbour.example.org/feed.xml'"])
    assert not [one["what"] for one in run.data["problems"] if "old address" in one["what"]]
    assert "new_feed_url" not in show  # it would be effects to Apple by accident (T-90)
    unknown = [one["remedy"] for one in run.data["problems"] if one["what"] == "the feed does not have its own address"]
    remedy = f"If apps read another address than '{show['feed_url']}', redirect that one to it (301)."
    assert unknown == ([remedy] if options else [])
    assert imported(tmp_path / "feed.xml", tmp_path / "show", "--offline", *options).exit_code == 0


@pytest.mark.parametrize(
    ("own", "feed_url", "upstream"),
    [
        (SELF, "https://podcast.example.org/feed.xml", {"feed": SELF}),
        (SELF.replace("https", "http"), "", {"feed": SELF.replace("https", "http")}),
        (SELF, SELF, "none"),
        ("/rss", "https://podcast.example.org/feed.xml", "none"),
    ],
)
def test_new_episodes_of_a_saved_feed_come_from_its_own_address(own: str, feed_url: str, upstream: object) -> None:
    made = import_feed(CASE.read_text().replace(SELF, own).encode(), "feed.xml", Ledger(), feed_url=feed_url)
    assert yaml.safe_load(made.files["config/show.yaml"])["upstream"] == upstream
    assert made.ledger.synced_from == (upstream["feed"] if isinstance(upstream, dict) else "")


def test_one_audio_in_two_known_items_stays_in_both(tmp_path: Path) -> None:
    data = CASE.read_bytes().replace(b"http://cdn.example.net/two.wav", b"http://cdn.example.net/three.mp3")
    (tmp_path / "feed.xml").write_bytes(data.replace(b">twice<", b">first<", 1))
    imported(tmp_path / "feed.xml", tmp_path / "show", "--offline")
    build(tmp_path / "show")
    assert [item[0] for item in items(feed(tmp_path / "show"))][1:3] == ["first", "twice"]


def test_a_feed_without_artwork_and_category_still_builds(tmp_path: Path) -> None:
    bare = b"<rss><channel><title>Bare</title><item><enclosure url='https://x.example/a.mp3'/></item></channel></rss>"
    (tmp_path / "bare.xml").write_bytes(bare)
    run = imported(tmp_path / "bare.xml", tmp_path / "show", "-v")
    assert run.exit_code == 0
    assert (tmp_path / "show/images/cover.png").is_file()
    assert run.stderr.count(" IMP-2: ") == 7
    assert build(tmp_path / "show").exit_code == 3  # its one item has no date


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("<itunes:block>Yes</itunes:block>", "'The lighthouse' is hidden from apps (itunes:block)"),
        ('<podcast:block id="x">yes</podcast:block>', "'The lighthouse' is hidden from apps (podcast:block)"),
        ("<itunes:block>no</itunes:block><podcast:block>no</podcast:block>", ""),
        ("<itunes:block/>", ""),
    ],
)
def test_an_item_that_was_hidden_is_named(tags: str, expected: str) -> None:
    data = CASE.read_text().replace("<title>The lighthouse</title>", f"<title>The lighthouse</title>{tags}")
    found = import_feed(data.encode(), "feed.xml", Ledger()).problems
    assert [one.what for one in found if one.rule == "IMP-10"] == ([expected] if expected else [])
    assert not [one.what for one in found if "block of" in one.what]


# --- chapters and transcripts -------------------------------------------------------------------------------------

FILE = "transcripts/s02e03-the-lighthouse.vtt"
CHAPTERS = '{"version": "1.2.0", "chapters": [{"startTime": 0, "title": "In"}, {"startTime": 60, "title": "Out"}]}'
VTT = """WEBVTT

00:00.000 --> 00:02.000
<v Inês>Here we are

00:02.000 --> 00:04.000
<v Inês>at the lighthouse.

01:00.000 --> 01:02.000
<v Rui>Goodbye.
"""


def site(folder: Path, base: str, **files: str) -> Path:
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    (folder / "feed.xml").write_text(CASE.read_text().replace("BASE", base))
    return folder


def test_chapters_and_transcript_are_fetched_and_placed(tmp_path: Path) -> None:
    www = tmp_path / "www"
    www.mkdir()
    with serving(www) as (base, _):
        site(www, base, light_json=CHAPTERS, light_vtt=VTT)
        run = imported(f"{base}/feed.xml", tmp_path / "show", "--allow-private")
    assert run.exit_code == 0
    record = front(tmp_path / "show", LIGHT)
    assert record["chapters"] == ["0:00 In", "1:00 Out"]
    assert record["transcript"] == FILE
    assert (tmp_path / "show" / FILE).read_text() == VTT
    assert yaml.safe_load((tmp_path / "show/config/show.yaml").read_text())["upstream"] == {"feed": f"{base}/feed.xml"}
    assert build(tmp_path / "show").exit_code == 0
    published = webvtt.read(str(tmp_path / "show/public/current/episodes" / Path(FILE).stem / "transcript.vtt"))
    cues = [(cue.start, cue.end) for cue in published.captions]
    assert cues == [(cue.start, cue.end) for cue in webvtt.read(str(tmp_path / "show" / FILE)).captions]


def test_others_may_write_while_transcripts_are_fetched_and_nothing_of_theirs_is_lost(tmp_path: Path) -> None:
    show, mine = tmp_path / "show", "---\ntitle: Mine now\n---\n"

    def answer(connected: socket.socket) -> None:
        name = server.requests[-1].split()[1][1:]
        if name == "light.vtt":
            with hold_lock(show):
                (show / LIGHT).write_text(mine)
        connected.sendall(an_answer(files[name].encode()))

    with Server(answer) as server:
        files = {"feed.xml": CASE.read_text().replace("BASE", server.url.removesuffix("/feed.xml"))}
        files |= {"light.json": CHAPTERS, "light.vtt": VTT}
        run = imported(server.url, show, "--allow-private")
    what = "the episode file was changed while its chapters and transcript were fetched; they were not added"
    assert f"{LIGHT}: warning IMP-4: {what}. Run the import again." in run.stderr
    assert (show / LIGHT).read_text() == mine


def test_what_was_missed_is_fetched_by_the_next_run(tmp_path: Path) -> None:
    www = tmp_path / "www"
    www.mkdir()
    show = tmp_path / "show"
    with serving(www) as (base, asked):
        site(www, base)
        first = imported(f"{base}/feed.xml", show, "--allow-private")
        before = (show / LIGHT).read_text()
        assert asked == ["/feed.xml", "/light.json", "/light.vtt", "/light.srt"]
        assert first.stderr.count(" NET-7: ") == 3
        site(www, base, light_json=CHAPTERS, light_vtt=VTT)
        imported(f"{base}/feed.xml", show, "--allow-private")
        after = (show / LIGHT).read_text()
        imported(f"{base}/feed.xml", show, "--allow-private")
    start, end = before.split("---\n\n")
    assert after.startswith(start)
    assert after.endswith(f"---\n\n{end}")
    assert front(show, LIGHT)["transcript"] == FILE
    assert (show / LIGHT).read_text() == after


def test_a_transcript_file_of_the_author_is_not_replaced(tmp_path: Path) -> None:
    www, mine = tmp_path / "www", tmp_path / "show" / FILE
    www.mkdir()
    mine.parent.mkdir(parents=True)
    mine.write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nMine\n")
    with serving(www) as (base, _):
        site(www, base, light_vtt=VTT)
        run = imported(f"{base}/feed.xml", tmp_path / "show", "--allow-private", "-v")
    assert f"{FILE}: note IMP-3: the file exists; it is used as transcript" in run.stderr
    assert "Mine" in mine.read_text()


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("light_vtt", "<html><p>Log in, please.</p></html>", "the response is not a transcript: "),
        ("light_vtt", "{}", "the response is not a transcript: "),
        ("light_srt", "", "the response is not a transcript: "),
    ],
)
def test_a_file_that_is_no_transcript_is_named(name: str, text: str, what: str, tmp_path: Path) -> None:
    www = tmp_path / "www"
    www.mkdir()
    with serving(www) as (base, _):
        site(www, base, **{name: text})
        run = imported(f"{base}/feed.xml", tmp_path / "show", "--allow-private", "--json")
    whats = [one["what"] for one in run.data["problems"] if one["rule"] == "IMP-5"]
    assert [one[: len(what)] for one in whats] == [what]
    assert "transcript" not in front(tmp_path / "show", LIGHT)


@pytest.mark.parametrize(("charset", "expected"), [("; charset=windows-1251", "Отлив"), ("", "Îòëèâ")])
def test_the_encoding_of_a_transcript_is_that_of_http_or_named(charset: str, expected: str, tmp_path: Path) -> None:
    text = VTT.replace("Goodbye.", "Отлив").replace("Inês", "Ines").encode("cp1251")

    def answer(connected: socket.socket) -> None:
        if server.requests[-1].split()[1] == "/light.vtt":
            connected.sendall(an_answer(text, f"Content-Type: text/vtt{charset}"))
        else:
            connected.sendall(an_answer(feed_text.encode()))

    with Server(answer) as server:
        feed_text = CASE.read_text().replace("BASE", server.url.removesuffix("/feed.xml"))
        run = imported(server.url, tmp_path / "show", "--allow-private", "--json")
    whats = [one["what"] for one in run.data["problems"] if "light.vtt" in one["file"]]
    assert whats == ([] if charset else ["the encoding of the transcript is unknown"])
    build(tmp_path / "show")
    published = tmp_path / "show/public/current/episodes" / Path(FILE).stem / "transcript.vtt"
    assert expected in published.read_text()


def test_a_page_without_times_gives_its_paragraphs(tmp_path: Path) -> None:
    www = tmp_path / "www"
    www.mkdir()
    with serving(www) as (base, _):
        site(www, base, light_html="<html><p>Here we are.</p><p>Goodbye.</p></html>")
        data = (www / "feed.xml").read_text()
        (www / "feed.xml").write_text(data.replace("light.txt", "light.html").replace("text/plain", "text/html"))
        imported(f"{base}/feed.xml", tmp_path / "show", "--allow-private")
    assert front(tmp_path / "show", LIGHT)["transcript"] == [{"line": "Here we are."}, {"line": "Goodbye."}]


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (3, ["0:00 Hello", "1:30 Ropes", "2:00 Bye"]),
        (4, ["0:00 JSON 0", "0:30 JSON 1", "1:00 JSON 2", "1:30 JSON 3"]),
        (2, ["0:00 Hello", "1:30 Ropes", "2:00 Bye"]),
    ],
)
def test_a_chapter_file_is_used_unless_the_feed_has_more_chapters(
    listed: int, expected: list[str], tmp_path: Path
) -> None:
    www = tmp_path / "www"
    www.mkdir()
    chapters = [{"startTime": 30 * number, "title": f"JSON {number}"} for number in range(listed)]
    if listed == 3:
        chapters = [
            {"startTime": start, "title": title} for start, title in ((0, "Hello"), (90, "Ropes"), (120, "Bye"))
        ]
    with serving(www) as (base, _):
        site(www, base, more_json=json.dumps({"chapters": chapters}))
        data = (www / "feed.xml").read_text()
        tag = f'<podcast:chapters url="{base}/more.json" type="application/json+chapters"/>'
        (www / "feed.xml").write_text(data.replace("<title>No date of its own", f"{tag}<title>No date of its own"))
        run = imported(f"{base}/feed.xml", tmp_path / "show", "--allow-private", "--json")
    assert front(tmp_path / "show", "episodes/no-date-of-its-own.md")["chapters"] == expected
    notes = [one["what"] for one in run.data["problems"] if "more.json" in one["file"]]
    assert notes == (["the file has 2 chapters, the feed 3"] if listed == 2 else [])


def test_a_host_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host = f"127.0.0.1:{server.getsockname()[1]}"
    item = (
        "<item><guid>{0}</guid><title>{0}</title><podcast:transcript url='http://{1}/{0}.vtt' type='text/vtt'/></item>"
    )
    text = "".join(item.format(number, host) for number in range(9))
    space = "xmlns:podcast='https://podcastindex.org/namespace/1.0'"
    (tmp_path / "feed.xml").write_text(f"<rss {space}><channel><title>x</title>{text}</channel></rss>")
    run = imported(tmp_path / "feed.xml", tmp_path / "show", "--allow-private")
    assert run.exit_code == 0
    assert run.stderr.count(" NET-6: ") == 2
    assert "127.0.0.1: warning IMP-4: no answer from the host; 7 more requests were not made" in run.stderr


def transcripts_of(urls: list[str]) -> str:
    """A feed with an item for each address of a transcript."""
    item = "<item><guid>{0}</guid><title>{0}</title><podcast:transcript url='{1}' type='text/vtt'/></item>"
    text = "".join(item.format(f"item {number}", url) for number, url in enumerate(urls))
    space = "xmlns:podcast='https://podcastindex.org/namespace/1.0'"
    return f"<rss {space}><channel><title>x</title>{text}</channel></rss>"


def test_a_host_is_one_host_whatever_user_and_port_its_addresses_name(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    urls = [f"http://user{number}@127.0.0.1:{port}/{number}.vtt" for number in range(6)]
    (tmp_path / "feed.xml").write_text(transcripts_of(urls))
    run = imported(tmp_path / "feed.xml", tmp_path / "show", "--allow-private")
    assert run.exit_code == 0
    assert "127.0.0.1: warning IMP-4: no answer from the host; 4 more requests were not made" in run.stderr


def test_after_ten_hosts_without_an_answer_none_is_asked(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    (tmp_path / "feed.xml").write_text(transcripts_of([f"http://127.0.1.{n}:{port}/a.vtt" for n in range(1, 26)]))
    show = tmp_path / "show"
    run = imported(tmp_path / "feed.xml", show, "--allow-private", "-v")
    assert run.exit_code == 0
    assert run.stderr.count(" NET-6: ") == 10
    assert f"{show}: warning IMP-4: 10 consecutive requests got no answer; 15 more were not made" in run.stderr


@pytest.mark.parametrize("kind", ["values", "flow", "bytes"])
def test_a_record_that_could_not_be_read_afterwards_is_left_alone(tmp_path: Path, kind: str) -> None:
    www, path = tmp_path / "www", tmp_path / "show" / LIGHT
    www.mkdir()
    ones, hundreds = ", ".join(["x"] * 99), ", ".join(["*a"] * 99)
    rest = ", ".join(["*b"] * 49 + ["*a"] * 48 + ["x"] * 40)  # 499,997 values in all
    record, fault = {
        "values": (
            f"---\ntitle: x\na: &a [{ones}]\nb: &b [{hundreds}]\nc: [{rest}]\n---\n",
            "the document has more than 500000 values with aliases expanded",
        ),
        "flow": ("---\n{title: x}\n---\n", "invalid YAML in 'chapters:'"),
        "bytes": (f"---\ntitle: x\n---\n{'x' * (8 * 1024 * 1024 - 30)}", "the file is larger than 8388608 bytes"),
    }[kind]
    path.parent.mkdir(parents=True)
    path.write_text(record)
    with serving(www) as (base, _):
        site(www, base, light_json=CHAPTERS, light_vtt=VTT)
        run = imported(f"{base}/feed.xml", tmp_path / "show", "--allow-private", "-v")
    assert run.exit_code == 0
    assert (
        f"{LIGHT}: warning IMP-5: with its chapters and transcript the episode file would be invalid: {fault}"
        in run.stderr
    )
    assert path.read_text() == record


def test_what_is_fetched_enters_a_record_however_its_front_matter_is_fenced(tmp_path: Path) -> None:
    www, path = tmp_path / "www", tmp_path / "show" / LIGHT
    www.mkdir()
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\r\n\r\n---\r\ntitle: x\r\n...\r\n\r\nText\r\n\r\n---\r\n\r\nmore\r\n")
    with serving(www) as (base, _):
        site(www, base, light_json=CHAPTERS)
        imported(f"{base}/feed.xml", tmp_path / "show", "--allow-private")
    assert path.read_bytes() == (
        b"\r\n\r\n---\r\ntitle: x\r\nchapters:\r\n- 0:00 In\r\n- 1:00 Out\r\n...\r\n\r\nText\r\n\r\n---\r\n\r\nmore\r\n"
    )


@pytest.mark.parametrize("linked", ["config", "episodes", "config/people"])
def test_a_folder_that_is_a_link_out_of_the_project_is_not_written_to(tmp_path: Path, linked: str) -> None:
    link, outside = tmp_path / "show" / linked, tmp_path / "outside"
    link.parent.mkdir(parents=True)
    outside.mkdir()
    link.symlink_to(outside)
    run = imported(CASE, tmp_path / "show", "--offline")
    assert run.exit_code == 1
    assert " FILE-1: the file is outside of the project" in run.stderr
    assert list(outside.iterdir()) == []
    assert not (tmp_path / "show/config/show.yaml").exists()


def test_a_run_after_a_whole_one_changes_no_byte(tmp_path: Path) -> None:
    www, show = tmp_path / "www", tmp_path / "show"
    www.mkdir()

    def files() -> dict[Path, tuple[bytes, int]]:
        return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in show.rglob("*") if path.is_file()}

    with serving(www) as (base, asked):
        site(www, base, light_json=CHAPTERS, light_vtt=VTT)
        imported(f"{base}/feed.xml", show, "--allow-private")
        before = files()
        asked.clear()
        run = imported(f"{base}/feed.xml", show, "--allow-private", "--json")
    assert (run.data["written"], asked) == ([], ["/feed.xml"])
    assert files() == before


def published_again(show: Path, folder: Path, *options: str) -> Path:
    """The project that comes of importing what another one publishes, its chapters and transcripts fetched."""
    base = "https://new.example.org/" if "moved" in show.name else "https://podcast.example.org/"
    with serving(show / "public/current") as (here, _):
        data = feed(show).decode()
        for tag in ("chapters", "transcript"):
            data = data.replace(f'<podcast:{tag} url="{base}', f'<podcast:{tag} url="{here}/')
        (folder.parent / "feed.xml").write_text(data)
        assert imported(folder.parent / "feed.xml", folder, "--allow-private", *options).exit_code == 0
    return folder


def test_the_show_of_this_repository_comes_back_whole(tmp_path: Path) -> None:
    for folder in ("config", "episodes", "images", "media"):
        shutil.copytree(ROOT / folder, tmp_path / "show" / folder)
    build(tmp_path / "show", now="2027-01-01T00:00:00Z")
    new = "https://new.example.org/feed.xml"
    first = published_again(tmp_path / "show", tmp_path / "moved", "--feed-url", new)
    build(first, now="2027-01-01T00:00:00Z")
    assert [item[0:2] for item in items(feed(first))] == [item[0:2] for item in items(feed(tmp_path / "show"))]
    second = published_again(first, tmp_path / "again")
    expected = {path: text.replace(f"new_feed_url: {new}\n", "") for path, text in texts(first).items()}
    for path in ("config/show.yaml", "config/ledger.yaml"):  # what was read the second time is the new address
        expected[path] = expected[path].replace("https://podcast.example.org/feed.xml", new)
    assert texts(second) == expected
    assert sum("transcript:" in text for text in expected.values()) == 8


@pytest.mark.parametrize("now", [NOW])
def test_text_in_a_feed_cannot_leave_its_place(tmp_path: Path, now: str) -> None:
    bad = CASE.read_text().replace("The lighthouse", "../../x: &quot;---\n---\n!!python/object")
    (tmp_path / "bad.xml").write_text(bad)
    run = imported(tmp_path / "bad.xml", tmp_path / "show", "--offline")
    assert run.exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.xml", "show"]
    assert build(tmp_path / "show", now=now).exit_code == 0


def test_the_guide_to_moving_leads_to_the_same_feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docs/moving.md").read_text()
    commands = [line.strip().partition(" ")[2] for line in text.splitlines() if line.startswith("    feedbuilder ")]
    assert [command.split()[0] for command in commands] == ["import", "build", "sync", "new", "fetch"]
    commands.pop()  # these hosts are invented: tests/test_fetch.py fetches from one that is there
    www = tmp_path / "www"
    www.mkdir()
    monkeypatch.chdir(tmp_path)
    with serving(www) as (base, _):
        site(www, base, light_json=CHAPTERS, light_vtt=VTT)
        for command in commands:
            words = shlex.split(command.replace("https://host.example.net/harbour/rss", f"{base}/feed.xml"))
            words += ["--allow-private"] if words[0] in {"import", "sync"} else []
            result = CliRunner().invoke(main, words)
            assert (result.exit_code, result.exception) == (0, None), (command, result.output)
    audio = [item[2] for item in items(CASE.read_bytes())]
    assert [item[2] for item in items(feed(tmp_path / "my-show"))] == audio


def test_a_future_episode_that_apps_have_is_not_taken_away(tmp_path: Path) -> None:
    imported(CASE, tmp_path / "show", "--offline")
    run = build(tmp_path / "show", now="2026-02-15T00:00:00Z")
    assert run.exit_code == 0
    assert items(feed(tmp_path / "show"))[0][0] == "guid with & signs"


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        (b"", "UPS-1: the feed is not XML"),
        (b"<!doctype html><html><body>404</body></html>", "UPS-1: the response is a web page, not a feed"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"/>', "UPS-1: the response is an Atom feed"),
        (None, "FILE-3: the feed cannot be read: no such file"),
    ],
)
def test_what_is_no_feed_stops_the_import(tmp_path: Path, data: bytes | None, finding: str) -> None:
    if data is not None:
        (tmp_path / "feed.xml").write_bytes(data)
    run = imported(tmp_path / "feed.xml", tmp_path / "show")
    assert (run.exit_code, finding in run.stderr) == (1, True), run.stderr
    assert not (tmp_path / "show").exists()


def test_an_undeclared_prefix_does_no_damage(tmp_path: Path) -> None:
    audio = '<podcast:alternateEnclosure type="audio/opus"><odd:source uri="https://x.example/a"/>'
    data = CASE.read_text().replace("<podcast:soundbite", f"{audio}</podcast:alternateEnclosure><podcast:soundbite")
    (tmp_path / "odd.xml").write_text(data)
    assert imported(tmp_path / "odd.xml", tmp_path / "show", "--offline").exit_code == 0
    assert front(tmp_path / "show", LIGHT)["alternate_enclosure"] == {
        "type": "audio/opus",
        "source": {"uri": "https://x.example/a"},
    }


@given(
    st.lists(st.tuples(st.integers(0, 4700), st.integers(0, 60), st.sampled_from([b"", b"<", b"&", b"\xff", b"]]>"])))
)
def test_any_damage_of_a_feed_gives_a_project_or_a_finding(damage: list[tuple[int, int, bytes]]) -> None:
    data = CASE.read_bytes()
    for start, length, other in damage:
        data = data[:start] + other + data[start + length :]
    try:
        made = import_feed(data, "feed.xml", Ledger())
    except FeedbuilderError as error:
        assert {problem.rule for problem in error.problems} <= {"UPS-1", "UPS-3"}  # noqa: PT017 - most damage stops nothing
        return
    sources = [SourceFile(path, text) for path, text in made.files.items()]
    show, _ = read_show(next(one for one in sources if one.path == "config/show.yaml"))
    records = [one for one in sources if one.path.startswith("episodes/")]
    ledger = next(one for one in sources if one.path == "config/ledger.yaml")
    read = parse_project(show, Sources((), records, ledger))
    assert len(read.episodes) == len(records)
    assert not read.lost
    assert read.ledger == made.ledger
    guids = {one.slug: one.guid for one in read.episodes if one.guid}
    assert {slug: row.guid for slug, row in read.ledger.episodes.items() if slug in guids}.items() <= guids.items()
