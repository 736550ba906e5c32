from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree
from projects import HOST, NOW, a_project, build, feed, published, record, run, write
from sounds import an_mp3

from feedbuilder.render.search import SHARDS, shard_of

ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"


def guids(root: Path) -> list[str]:
    return [guid.text or "" for guid in etree.fromstring(feed(root)).iter("guid")]


BETTER = f"search/{shard_of('better'):02}.json"  # the index of the word that is new


def guid_of(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


# --- what comes out -----------------------------------------------------------------------------------------------


def test_a_project_becomes_a_site(tmp_path: Path) -> None:
    made = build(a_project(tmp_path))

    assert made.exit_code == 0
    assert made.stderr == ""
    assert made.stdout == "Published 3 episodes. 68 files written.\n"
    one = [
        "chapters.json",
        "embed.html",
        "index.html",
        "oembed.json",
        "transcript.html",
        "transcript.json",
        "transcript.srt",
        "transcript.vtt",
    ]
    episodes = [f"episodes/tide-{number}/{name}" for number in (1, 2, 3) for name in one]
    shared = ["icon.svg", "moved.js", "player.js", "search.js", "show.opml", "style.css"]
    search = [f"search/{number:02}.json" for number in range(SHARDS)]
    pages = ["index.html", "people/ines/index.html", "search/index.html", "search/index.json"]
    assert sorted(published(tmp_path)) == sorted([*episodes, *shared, *search, *pages, "feed.json", "feed.xml"])
    assert guids(tmp_path) == [guid_of(3), guid_of(2), guid_of(1)]


def test_a_second_build_writes_nothing_and_says_so(tmp_path: Path) -> None:
    build(a_project(tmp_path))
    before = {path: path.lstat() for path in (tmp_path / "public").rglob("*")}

    again = build(tmp_path)

    assert again.exit_code == 0
    assert again.stdout == "Up to date: 3 episodes.\n"
    after = {path: path.lstat() for path in (tmp_path / "public").rglob("*")}
    assert {path: (one.st_ino, one.st_mtime_ns) for path, one in before.items()} == {
        path: (one.st_ino, one.st_mtime_ns) for path, one in after.items()
    }


def test_one_edit_touches_only_what_it_changes(tmp_path: Path) -> None:
    build(a_project(tmp_path))
    before = {name: (tmp_path / "public/current" / name).stat() for name in published(tmp_path)}
    write(tmp_path, "episodes/tide-2.md", record(2).replace("Notes of tide 2.", "Better notes of tide 2."))

    made = build(tmp_path, "--json").data

    assert made["written"] == ["episodes/tide-2/index.html", "feed.json", "feed.xml", BETTER]
    kept = set(before) - set(made["written"])
    assert {name: before[name].st_ino for name in kept} == {
        name: (tmp_path / "public/current" / name).stat().st_ino for name in kept
    }


def test_the_same_input_gives_the_same_bytes_in_any_folder_zone_locale_and_hash_seed(tmp_path: Path) -> None:
    sites = []
    for number, (zone, locale, seed) in enumerate([("UTC", "C", "1"), ("Asia/Tokyo", "de_DE.UTF-8", "77")]):
        root = a_project(tmp_path / f"a folder of its own {number}" / ("deep/" * number))
        environment = {**os.environ, "TZ": zone, "LC_ALL": locale, "LANG": locale, "PYTHONHASHSEED": seed}
        subprocess.run(
            [sys.executable, "-m", "feedbuilder", "build", "--quiet", "--now", NOW],
            cwd=root,
            env=environment,
            check=True,
        )
        sites.append(published(root))

    assert sites[0] == sites[1]
    assert not any(str(tmp_path).encode() in data for data in sites[0].values())


def test_without_audio_everything_but_the_item_is_published(tmp_path: Path) -> None:
    made = build(a_project(tmp_path, {"tide-1": record(1, audio="")}))

    assert made.exit_code == 3
    assert made.stderr == (
        "episodes/tide-1.md: note BLD-1 the record has no audio: it has no item in the feed; "
        "write audio:, put the file into the media folder, or sync\n1 note\n"
    )
    assert "feed.xml" not in published(tmp_path)
    assert "episodes/tide-1/chapters.json" in published(tmp_path)
    assert build(tmp_path).exit_code == 0


def test_many_records_without_audio_are_one_line(tmp_path: Path) -> None:
    made = build(a_project(tmp_path, {f"tide-{number}": record(number, audio="") for number in range(1, 8)}))

    assert made.stderr.splitlines() == [
        (
            "config/show.yaml: note BLD-1: 7 records have no audio and no item in the feed: tide-1, tide-2, "
            "tide-3, tide-4, tide-5, …. Write audio:, put the file into the media folder, or sync."
        ),
        "1 note",
    ]


# --- drafts and embargo -------------------------------------------------------------------------------------------


def test_a_future_episode_is_nowhere_until_it_is_due(tmp_path: Path) -> None:
    later = record(4, title="Lantern", pub_date="2026-07-01T10:00:00+02:00")
    a_project(tmp_path, {"tide-1": record(1), "lantern": later})

    before = build(tmp_path, "--json")

    assert before.exit_code == 0
    assert before.data["next_due"] == "2026-07-01T08:00:00+00:00"
    assert not any(b"antern" in data for data in published(tmp_path).values())
    assert not any("lantern" in name for name in published(tmp_path))
    assert '"next_due": "2026-07-01T08:00:00+00:00"' in (tmp_path / ".feedbuilder/last-build.json").read_text()
    build(tmp_path, now="2026-07-01T08:00:00Z")
    assert guids(tmp_path) == [guid_of(4), guid_of(1)]


def test_a_draft_is_nowhere(tmp_path: Path) -> None:
    made = build(a_project(tmp_path, {"tide-1": record(1), "lantern": record(2, title="Lantern", draft="true")}))

    assert made.exit_code == 0
    assert not any(b"antern" in data or "lantern" in name for name, data in published(tmp_path).items())


# --- what subscribers know ----------------------------------------------------------------------------------------


def test_a_vanished_record_stops_the_build(tmp_path: Path) -> None:
    build(a_project(tmp_path))
    site = published(tmp_path)
    (tmp_path / "episodes/tide-2.md").unlink()

    stopped = build(tmp_path)

    assert stopped.exit_code == 1
    assert stopped.stderr.splitlines()[-1] == "Stopped. Nothing was changed."
    assert "error LED-3: the episode 'tide-2' ('Tide 2') would vanish from the feed" in stopped.stderr
    assert published(tmp_path) == site


def test_a_withdrawn_record_leaves_and_comes_back_with_its_guid(tmp_path: Path) -> None:
    build(a_project(tmp_path))
    write(tmp_path, "episodes/tide-2.md", record(2, withdrawn="true"))
    assert build(tmp_path).exit_code == 0
    assert guids(tmp_path) == [guid_of(3), guid_of(1)]
    assert not any("tide-2" in name for name in published(tmp_path))

    write(tmp_path, "episodes/tide-2.md", record(2))
    assert build(tmp_path).exit_code == 0
    assert guids(tmp_path) == [guid_of(3), guid_of(2), guid_of(1)]


def test_a_changed_guid_stops_the_build_and_the_remedy_mends_it(tmp_path: Path) -> None:
    build(a_project(tmp_path))
    write(tmp_path, "episodes/tide-2.md", record(2, guid="11111111-0000-4000-8000-000000000002"))

    stopped = build(tmp_path)

    assert stopped.exit_code == 1
    assert f"write guid: '{guid_of(2)}' into the record" in stopped.stderr
    write(tmp_path, "episodes/tide-2.md", record(2))
    assert build(tmp_path).exit_code == 0


def test_two_records_with_one_guid_stop_the_build(tmp_path: Path) -> None:
    stopped = build(a_project(tmp_path, {"tide-1": record(1), "tide-2": record(2, guid=guid_of(1))}))

    assert stopped.exit_code == 1
    assert "error LED-6 " in stopped.stderr
    assert not (tmp_path / "public/current").exists()


def test_other_audio_waits_until_it_is_accepted(tmp_path: Path) -> None:
    build(a_project(tmp_path))
    write(tmp_path, "episodes/tide-2.md", record(2, audio="{url: https://cdn.example.org/new.mp3, length: 5}"))

    stopped = build(tmp_path)

    assert stopped.exit_code == 1
    assert "run `feedbuilder ledger accept tide-2`" in stopped.stderr
    assert run(tmp_path, "ledger", "accept", "tide-2", "--now", NOW).exit_code == 0
    assert build(tmp_path).exit_code == 0
    assert b'<enclosure url="https://cdn.example.org/new.mp3" length="5" type="audio/mpeg"/>' in feed(tmp_path)
    assert guids(tmp_path) == [guid_of(3), guid_of(2), guid_of(1)]


def test_adopted_audio_that_is_not_https_is_no_error_and_the_way_out_is_named(tmp_path: Path) -> None:
    def with_scheme(scheme: str) -> Path:
        audio = f"{{url: {scheme}://cdn.example.org/1.mp3, length: 9, type: audio/mpeg}}"
        return a_project(tmp_path, {"tide-1": record(1, audio=audio)})

    own = run(with_scheme("http"), "check", "--now", NOW)
    assert (own.exit_code, own.stderr) == (
        1,
        (
            "episodes/tide-1.md:7:9: error T-40 'http://cdn.example.org/1.mp3' is not https: published as it is; "
            "serve it over https and write that URL\n1 error\n"
        ),
    )
    run(tmp_path, "ledger", "save", "--now", NOW)
    adopted = run(tmp_path, "check", "--now", NOW)
    assert (adopted.exit_code, adopted.stderr) == (
        0,
        (
            "episodes/tide-1.md:7:9: warning LED-15 'http://cdn.example.org/1.mp3' is not https: published as it is; "
            "once its host serves it over https, write that URL into the record and run "
            "`feedbuilder ledger accept SLUG`\n1 warning\n"
        ),
    )
    assert build(with_scheme("https")).exit_code == 1
    run(tmp_path, "ledger", "accept", "tide-1", "--now", NOW)
    assert build(tmp_path).stderr == ""


def test_audio_that_only_the_ledger_knows_is_reported_too(tmp_path: Path) -> None:
    url = "http://cdn.example.org/1.mp3"
    run(a_project(tmp_path, {"tide-1": record(1, audio=f"{{url: {url}, length: 9}}")}), "ledger", "save", "--now", NOW)
    a_project(tmp_path, {"tide-1": record(1, audio="")})
    assert f"episodes/tide-1.md: warning LED-15 {url!r} is not https" in run(tmp_path, "check", "--now", NOW).stderr


def test_a_renamed_record_is_the_same_episode_and_its_old_page_leads_on(tmp_path: Path) -> None:
    build(a_project(tmp_path))
    before = guids(tmp_path)
    (tmp_path / "episodes/tide-2.md").rename(tmp_path / "episodes/spring-tide.md")

    made = build(tmp_path)

    assert made.exit_code == 0
    assert "note LED-12: the episode 'tide-2' is now 'spring-tide'" in made.stderr
    assert guids(tmp_path) == before
    site = published(tmp_path)
    page = site["episodes/tide-2/index.html"]
    assert b"https://harbour.example.org/episodes/spring-tide/" in page
    assert b'content="0; url=../../episodes/spring-tide/"' in page
    for name in ("chapters.json", "transcript.vtt"):
        assert site[f"episodes/tide-2/{name}"] == site[f"episodes/spring-tide/{name}"]
    assert build(tmp_path).exit_code == 0
    assert "episodes/tide-2/index.html" in published(tmp_path)


def test_a_record_whose_name_changes_in_case_only_has_no_old_page(tmp_path: Path) -> None:
    build(a_project(tmp_path))
    before = guids(tmp_path)
    (tmp_path / "episodes/tide-2.md").rename(tmp_path / "episodes/Tide-2.md")

    made = build(tmp_path)

    assert made.exit_code == 0, made.stderr
    assert (
        "episodes/Tide-2.md: note LED-12: the episode 'tide-2' is now 'Tide-2'; carried over, and addresses "
        "under the old name find nothing where case matters. Run `feedbuilder ledger save`."
    ) in made.stderr
    assert guids(tmp_path) == before
    assert {path for path in published(tmp_path) if path.lower().endswith("tide-2/index.html")} == {
        "episodes/Tide-2/index.html"
    }


@pytest.mark.parametrize("guid", ["00000000-0000-4000-8000-000000000002", ""])
def test_a_renamed_record_keeps_the_address_of_its_own_audio(tmp_path: Path, guid: str) -> None:
    a_project(tmp_path, {"tide-1": record(1), "tide-2": record(2, audio="", guid=guid)})
    write(tmp_path, "media/tide-2.mp3", an_mp3())
    build(tmp_path)
    before = feed(tmp_path)
    (tmp_path / "episodes/tide-2.md").rename(tmp_path / "episodes/spring-tide.md")
    (tmp_path / "media/tide-2.mp3").rename(tmp_path / "media/spring-tide.mp3")

    made = build(tmp_path)

    assert made.exit_code == 0, made.stderr
    assert feed(tmp_path) == before.replace(b"/episodes/tide-2/", b"/episodes/spring-tide/")
    assert build(tmp_path).exit_code == 0
    write(tmp_path, "media/spring-tide.mp3", an_mp3(60))
    assert "error LED-5" in build(tmp_path).stderr


def test_a_renamed_record_without_a_guid_of_its_own_keeps_the_one_that_was_given(tmp_path: Path) -> None:
    build(a_project(tmp_path, {"tide-1": record(1, guid="")}))
    before = guids(tmp_path)
    (tmp_path / "episodes/tide-1.md").rename(tmp_path / "episodes/neap.md")

    assert build(tmp_path).exit_code == 0
    assert guids(tmp_path) == before


def test_an_upstream_that_was_never_read_stops_the_build(tmp_path: Path) -> None:
    stopped = build(a_project(tmp_path, upstream="{feed: old.xml}"))

    assert stopped.exit_code == 1
    assert "error LED-10: upstream 'old.xml' was never read" in stopped.stderr
    assert "run `feedbuilder sync`" in stopped.stderr


def test_a_show_that_moves_stops_until_it_is_accepted(tmp_path: Path) -> None:
    build(a_project(tmp_path))
    moved = {"feed_url": "https://tides.example.net/feed.xml"}
    a_project(tmp_path, None, **moved)

    stopped = build(tmp_path)

    assert stopped.exit_code == 1
    assert "error LED-9 " in stopped.stderr
    a_project(tmp_path, None, **moved, new_feed_url="https://tides.example.net/feed.xml")
    assert run(tmp_path, "ledger", "accept", "--show", "--now", NOW).exit_code == 0
    assert build(tmp_path).exit_code == 0
    channel = etree.fromstring(feed(tmp_path))[0]
    assert channel.findtext(f"{ITUNES}new-feed-url") == "https://tides.example.net/feed.xml"
    assert channel.findtext("{https://podcastindex.org/namespace/1.0}guid") == "3bb1f2a0-8f0c-5d0e-9d2f-3f1f0a3f6b11"


def test_a_day_in_the_record_does_not_move_a_known_instant(tmp_path: Path) -> None:
    build(a_project(tmp_path, {"tide-1": record(1)}))
    write(tmp_path, "episodes/tide-1.md", record(1, pub_date="2026-01-05"))

    assert build(tmp_path).exit_code == 0
    assert b"<pubDate>Thu, 01 Jan 2026 08:00:00 +0000</pubDate>" in feed(tmp_path)


def test_the_ledger_survives_the_loss_of_the_whole_site(tmp_path: Path) -> None:
    build(a_project(tmp_path, {"tide-1": record(1, guid="", pub_date="2026-01-05")}))
    before = feed(tmp_path)
    assert run(tmp_path, "ledger", "save", "--now", NOW).stdout == "config/ledger.yaml: 1 episode changed; commit it\n"
    (tmp_path / "public").rename(tmp_path / "lost")

    assert build(tmp_path).exit_code == 0
    assert feed(tmp_path) == before


# --- failure ------------------------------------------------------------------------------------------------------


def test_an_unreadable_published_record_is_carried_over(tmp_path: Path) -> None:
    build(a_project(tmp_path))
    site = published(tmp_path)
    write(tmp_path, "episodes/tide-2.md", record(2).replace("title: Tide 2", 'title: "Tide 2'))

    made = build(tmp_path)

    assert made.exit_code == 3
    assert "warning BLD-3: the record cannot be read; the last good version is carried over" in made.stderr
    after = published(tmp_path)
    assert after["feed.xml"] == site["feed.xml"]
    assert after["feed.json"] == site["feed.json"]
    assert after == site  # its pages, and every list that names it: home, people, search
    assert build(tmp_path).exit_code == 0
    assert build(tmp_path, "--strict").exit_code == 3


@pytest.mark.parametrize("index", [b"{}", b"", None])
def test_a_record_that_drops_out_of_the_search_is_named(tmp_path: Path, index: bytes | None) -> None:
    build(a_project(tmp_path))
    path = tmp_path / "public/current/search/index.json"
    path.unlink()
    if index is not None:
        path.write_bytes(index)
    write(tmp_path, "episodes/tide-2.md", "---\ntitle: [\n---\n")

    made = build(tmp_path)

    assert made.exit_code == 3
    effect = "the last good version is carried over, but the search does not find it: its last index cannot be read"
    assert f"warning BLD-3 the record cannot be read: {effect}" in made.stderr
    assert "tide-2" not in path.read_text(encoding="utf-8")


def test_an_unreadable_published_record_whose_release_is_gone_stops(tmp_path: Path) -> None:
    build(a_project(tmp_path))
    run(tmp_path, "ledger", "save", "--now", NOW)
    (tmp_path / "public").rename(tmp_path / "lost")
    write(tmp_path, "episodes/tide-2.md", b"---\ntitle: \xff\n---\n")

    stopped = build(tmp_path)

    assert stopped.exit_code == 1
    assert "error BLD-4 " in stopped.stderr


def test_one_bad_record_costs_no_other(tmp_path: Path) -> None:
    made = build(a_project(tmp_path, {"tide-1": record(1), "broken": "---\ntitle: [\n---\n", "tide-2": record(2)}))

    assert made.exit_code == 3
    assert guids(tmp_path) == [guid_of(2), guid_of(1)]
    assert build(tmp_path, "--json").data["left_out"] == ["broken"]


def test_a_record_whose_name_is_taken_is_left_out_and_the_exit_code_says_so(tmp_path: Path) -> None:
    build(a_project(tmp_path))
    write(tmp_path, "episodes/winter/tide-1.md", record(4))

    made = build(tmp_path)

    assert made.exit_code == 3
    assert (
        "episodes/winter/tide-1.md: error REC-10: the file name 'tide-1' is used by episodes/tide-1.md" in made.stderr
    )
    assert build(tmp_path, "--json").data["left_out"] == ["episodes/winter/tide-1.md"]
    assert build(tmp_path).exit_code == 0
    assert build(tmp_path, "--strict").exit_code == 3


def test_two_records_with_one_enclosure_leave_the_second_out(tmp_path: Path) -> None:
    same = "{url: https://cdn.example.org/tide-1.mp3, length: 5, type: audio/mpeg}"
    made = build(a_project(tmp_path, {"tide-1": record(1), "tide-2": record(2, audio=same)}))

    assert made.exit_code == 3
    assert "episodes/tide-2.md" in made.stderr
    assert "APL-24: the enclosure is that of tide-1" in made.stderr
    assert guids(tmp_path) == [guid_of(1)]


def test_a_faulty_show_file_stops_with_every_fault(tmp_path: Path) -> None:
    stopped = build(a_project(tmp_path, language="english", explicit="maybe", colour="red"))

    assert stopped.exit_code == 1
    assert [line.split(" ")[2] for line in stopped.stderr.splitlines()[:-1]] == ["APL-4", "APL-7", "KEY-1"]


def test_quiet_is_silent_unless_something_is_wrong(tmp_path: Path) -> None:
    a_project(tmp_path)
    assert build(tmp_path, "--quiet") == build(tmp_path, "--quiet")
    assert (build(tmp_path, "--quiet").stdout, build(tmp_path, "--quiet").stderr) == ("", "")
    write(tmp_path, "episodes/broken.md", "---\ntitle: [\n---\n")
    assert "episodes/broken.md:3:1: error YAML-1" in build(tmp_path, "--quiet").stderr


def test_a_second_run_at_the_same_time_does_nothing(tmp_path: Path) -> None:
    from feedbuilder.publish import hold_lock

    a_project(tmp_path)
    with hold_lock(tmp_path):
        refused = build(tmp_path)

    assert (refused.exit_code, refused.stdout) == (75, "")
    assert refused.stderr == "Another run is using this project. Nothing was changed.\n"


def test_rollback_goes_back_and_the_next_build_forward(tmp_path: Path) -> None:
    build(a_project(tmp_path))
    first = published(tmp_path)
    write(tmp_path, "episodes/tide-2.md", record(2).replace("Notes of", "Corrected notes of"))
    build(tmp_path)
    second = published(tmp_path)

    back = run(tmp_path, "rollback")

    assert re.fullmatch(
        r"Rolled back to 000001-[0-9a-f]{8}\. The next build publishes your current files; fix them first\.\n",
        back.stdout,
    )
    assert published(tmp_path) == first
    build(tmp_path)
    assert published(tmp_path) == second
    assert len(run(tmp_path, "rollback", "--list").stdout.splitlines()) == 3


def test_what_was_published_and_rolled_back_is_known_all_the_same(tmp_path: Path) -> None:
    """Apps have polled the feed in between."""
    build(a_project(tmp_path, {"tide-1": record(1)}))
    write(tmp_path, "episodes/tide-2.md", record(2))
    build(tmp_path)
    run(tmp_path, "rollback")

    write(tmp_path, "episodes/tide-2.md", record(2, guid="another"))
    changed = build(tmp_path)
    (tmp_path / "episodes/tide-2.md").unlink()
    vanished = build(tmp_path)

    assert [(one.exit_code, one.stderr.split(" ")[2]) for one in (changed, vanished)] == [(1, "LED-4"), (1, "LED-3")]
    assert guids(tmp_path) == [guid_of(1)]


def test_check_reports_without_publishing(tmp_path: Path) -> None:
    a_project(tmp_path, {"tide-1": record(1, season="0"), "tide-2": record(2)})

    checked = run(tmp_path, "check", "--now", NOW)

    assert checked.exit_code == 1
    assert checked.stderr.splitlines()[0] == (
        "episodes/tide-1.md:3:1: warning APL-28: season 0 is not a whole number from 1; left out of the "
        "item. Number from 1, or remove the key."
    )
    assert not (tmp_path / "public").exists()


def test_check_is_silent_about_a_good_project(tmp_path: Path) -> None:
    checked = run(a_project(tmp_path), "check", "--now", NOW)

    assert (checked.exit_code, checked.stdout, checked.stderr) == (0, "No problems found.\n", "")


@pytest.mark.parametrize("platform", ["youtube", "spotify", "apple"])
def test_text_prints_what_to_paste(tmp_path: Path, platform: str) -> None:
    text = run(a_project(tmp_path), "text", "tide-1", "--for", platform, "--now", NOW).stdout

    assert "Notes of tide 1." in text
    assert "Part 0 of tide 1" in text


def test_text_of_an_unknown_episode_names_it(tmp_path: Path) -> None:
    refused = run(a_project(tmp_path), "text", "tide-9", "--for", "apple")

    assert refused.exit_code == 1
    assert "there is no episode 'tide-9'" in refused.stderr


def test_terminal_escapes_of_a_record_do_not_reach_the_terminal(tmp_path: Path) -> None:
    evil = record(1, season='"\\e[31m::error::"', **{"\u202ekey": "x"})
    made = build(a_project(tmp_path, {"tide-1": evil}))

    assert "\x1b" not in made.stderr
    assert "\u202e" not in made.stderr
    assert not any(line.startswith("::") for line in made.stderr.splitlines())


def test_hosts_are_restated_beside_guests(tmp_path: Path) -> None:
    a_project(tmp_path, {"tide-1": record(1, guests="[rui]")})
    write(tmp_path, "config/people/rui.md", HOST.replace("ines", "rui").replace("Inês Barroso", "Rui Vaz"))
    build(tmp_path)

    item = etree.fromstring(feed(tmp_path)).find("channel/item")
    assert item is not None
    people = item.findall("{https://podcastindex.org/namespace/1.0}person")
    assert [(one.get("role"), one.text) for one in people] == [("host", "Inês Barroso"), ("guest", "Rui Vaz")]


# --- templates of the project -------------------------------------------------------------------------------------


def test_a_template_of_the_project_changes_its_pages_and_only_those(tmp_path: Path) -> None:
    build(a_project(tmp_path))
    write(tmp_path, "templates/home.html", '{% extends "ours/home.html" %}{% block main %}On holiday.{% endblock %}')
    assert build(tmp_path, "--json").data["written"] == ["index.html"]
    assert b"On holiday." in published(tmp_path)["index.html"]


def test_a_faulty_template_stops_the_build_with_its_line(tmp_path: Path) -> None:
    build(a_project(tmp_path))
    before = published(tmp_path)
    write(tmp_path, "templates/episode.html", "\n{{ page.titel }}")
    made = build(tmp_path)
    assert made.exit_code == 1
    assert "templates/episode.html:2: error CFG-5: the template fails: " in made.stderr
    assert published(tmp_path) == before


def test_pictures_that_are_nowhere_are_named_unless_the_site_may_have_them(tmp_path: Path) -> None:
    records = {"tide-1": record(1, image="images/nope.jpg"), "tide-2": record(2, image="images/gone.png")}
    made = build(a_project(tmp_path, records))
    assert made.stderr.splitlines()[0] == (
        "episodes/tide-1.md:9:1: warning MED-16: 'images/nope.jpg' is no file of the project (nor is 1 more); "
        "its address on the site is written. Mend the name, or set site_url if the site has it."
    )
    assert build(a_project(tmp_path, records, site_url="https://site.example.org/")).stderr == ""


def test_another_day_in_the_record_moves_nothing_and_says_so(tmp_path: Path) -> None:
    build(a_project(tmp_path, {"tide-1": record(1, pub_date="2026-01-01")}))
    before = feed(tmp_path)
    write(tmp_path, "episodes/tide-1.md", record(1, pub_date="2026-01-09"))
    made = build(tmp_path)
    assert "note LED-14: pub_date: is 2026-01-09, but apps know this episode from 2026-01-01" in made.stderr
    assert feed(tmp_path) == before
    write(tmp_path, "episodes/tide-1.md", record(1, pub_date="2026-01-09T08:00:00Z"))
    assert build(tmp_path).stderr == ""
    assert b"<pubDate>Fri, 09 Jan 2026 08:00:00 +0000</pubDate>" in feed(tmp_path)
