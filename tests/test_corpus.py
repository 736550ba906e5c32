"""Real shows, where FEEDBUILDER_CORPUS names a folder of them (records/, seed/, people/, upstream-anchor.xml)."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from html import unescape
from itertools import zip_longest
from pathlib import Path
from typing import Any, cast

import feedparser
import podcastparser
import pytest
import webvtt
import yaml
from lxml import etree, html
from projects import NOW, Run, a_project, build, feed, published, run

from feedbuilder.render.captions import UNNAMED

PODCAST = "{https://podcastindex.org/namespace/1.0}"
SHOW = {"fields": "{pub_date: dateadded}", "podcast_guid": ""}
ANCHOR_ID = re.compile(r"-(e[0-9a-z]{5,})(?:/|$)")


@pytest.fixture(scope="session")
def corpus() -> Path:
    folder = os.environ.get("FEEDBUILDER_CORPUS", "")
    if not folder and os.environ.get("FEEDBUILDER_TEST_ALL") == "1" and os.environ.get("CI"):
        pytest.skip("there is no corpus beside this checkout")
    if not folder:
        pytest.skip("FEEDBUILDER_CORPUS names no folder")
    return Path(folder)


def lay(root: Path, corpus: Path, folders: tuple[str, ...], **show: str) -> Path:
    a_project(root, {}, **SHOW, **show, hosts=f"[{host_of(corpus)}]")
    shutil.copytree(corpus / "people", root / "config/people", dirs_exist_ok=True)
    for folder in folders:
        shutil.copytree(corpus / folder, root / "episodes", dirs_exist_ok=True)
    shutil.copy(corpus / "upstream-anchor.xml", root)
    return root


def host_of(corpus: Path) -> str:
    """The id of the person whose first name speaks most often in the records."""
    spoken_by = Counter(
        name
        for path in sorted(corpus.glob("records/[!_]*.md"))
        for name in re.findall(r"^  who: '?(\w+):?'?$", path.read_text(), re.MULTILINE)
    )
    people = {path.stem: path.read_text() for path in sorted((corpus / "people").glob("*.md"))}
    first_names = {
        short: (re.findall(r'^title: "?(\w+)', text, re.MULTILINE) or [""])[0] for short, text in people.items()
    }
    return max(people, key=lambda short: spoken_by[first_names[short]])


@pytest.fixture(scope="session")
def whole(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run, Run]:
    """Seed and records, synced and built: the project, what sync said, what build said."""
    root = lay(tmp_path_factory.mktemp("whole"), corpus, ("seed", "records"), upstream="{feed: upstream-anchor.xml}")
    return root, run(root, "sync", "--json"), build(root, "--json", now="2026-12-01T00:00:00Z")


def records_of(root: Path) -> dict[str, dict[str, object]]:
    """Front matter by slug, read by PyYAML as text."""
    found = {}
    for path in sorted((root / "episodes").glob("[!_]*.md")):
        front = re.match(r"---\n(.*?\n)---\n", path.read_text(), re.DOTALL)
        assert front
        found[path.stem] = yaml.load(front[1], getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    return found


def words(text: str) -> list[str]:
    return text.split()


def said_in(element: etree._Element) -> str:
    """All text of an element."""
    return "".join(str(text) for text in element.itertext())


def spoken(record: dict[str, object]) -> list[str]:
    """Every word of a transcript, with repeated neighbours once, as the rules have it."""
    entries = record.get("transcript") or []
    assert isinstance(entries, list)
    lines = [entry for entry in entries if "line" in entry]
    kept = [
        one
        for one, following in zip_longest(lines, lines[1:])
        if not (following and "sec" not in one and words(one["line"]) == words(following["line"]))
    ]
    return [word for line in kept for word in words(line["line"])]


# --- joining ------------------------------------------------------------------------------------------------------


def test_every_record_is_joined_and_the_extra_item_is_named(whole: tuple[Path, Run, Run]) -> None:
    root, synced, _ = whole

    assert synced.exit_code == 0
    assert len(synced.data["joined"]) == len(records_of(root)) == 16
    assert len(synced.data["unmatched_items"]) == 1
    assert [one["key"].rpartition(" ")[0] for one in synced.data["contested"]] == ["host id"]


def test_no_record_gets_the_guid_of_another_episode(whole: tuple[Path, Run, Run]) -> None:
    """Independent evidence: season and episode of the joined item, and its host id, are those of the record."""
    root, synced, _ = whole
    items = {item.findtext("guid"): item for item in etree.parse(root / "upstream-anchor.xml").iterfind("channel/item")}
    itunes = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
    records = records_of(root)
    for pair in synced.data["joined"]:
        record = records[pair["slug"]]
        item = items[pair["guid"]]
        assert item.findtext(f"{itunes}season") == record["season"]
        assert item.findtext(f"{itunes}episode") == record["episode"]


def test_all_joined_episodes_are_published(whole: tuple[Path, Run, Run]) -> None:
    _, synced, built = whole

    assert built.exit_code == 0
    assert built.data["items"] == len(synced.data["joined"])
    assert (built.data["left_out"], built.data["carried"]) == ([], [])


# --- the feed, read by others -------------------------------------------------------------------------------------


def test_other_readers_give_back_what_the_ledger_knows(whole: tuple[Path, Run, Run]) -> None:
    root, _, _ = whole
    ledger = {row["guid"]: row for row in run(root, "ledger", "show", "--json").data["episodes"].values()}
    records = records_of(root)
    by_guid = {row["guid"]: slug for slug, row in run(root, "ledger", "show", "--json").data["episodes"].items()}
    theirs = cast("Any", feedparser).parse(feed(root))
    ours = cast("Any", podcastparser).parse("https://harbour.example.org/feed.xml", io.BytesIO(feed(root)))

    assert theirs.bozo == 0
    assert [entry.id for entry in theirs.entries] == [episode["guid"] for episode in ours["episodes"]]
    for entry, episode in zip(theirs.entries, ours["episodes"], strict=True):
        row, record = ledger[entry.id], records[by_guid[entry.id]]
        assert " ".join(str(record["title"]).split()) == entry.title == episode["title"]
        assert entry.enclosures[0]["href"] == episode["enclosures"][0]["url"] == row["enclosure"]["url"]
        assert int(entry.enclosures[0]["length"]) == row["enclosure"]["length_bytes"]
        assert entry.itunes_duration == str(round(row["duration_s"])) == str(episode["total_time"])
        assert (entry.itunes_season, entry.itunes_episode) == (record["season"], record["episode"])
        chapters = published(root).get(f"episodes/{by_guid[entry.id]}/chapters.json")
        listed = json.loads(chapters)["chapters"] if chapters else []
        assert [(one["start"], one["title"]) for one in episode.get("chapters", [])] == [
            (int(one["startTime"]), one["title"]) for one in listed
        ]


def test_xmllint_has_nothing_to_say(whole: tuple[Path, Run, Run], tool: Callable[[str], str]) -> None:
    path = whole[0] / "public/current/feed.xml"
    said = subprocess.run([tool("xmllint"), "--noout", path], capture_output=True, check=False)
    assert (said.returncode, said.stdout, said.stderr) == (0, b"", b"")


# --- transcripts --------------------------------------------------------------------------------------------------


def test_every_word_arrives_in_every_format(whole: tuple[Path, Run, Run]) -> None:
    root, _, _ = whole
    site = published(root)
    for slug, record in records_of(root).items():
        expected = spoken(record)
        if not expected or any("who" in line and len(line["who"]) > 60 for line in record["transcript"]):  # type: ignore[attr-defined]
            continue
        folder = f"episodes/{slug}/transcript"
        segments = json.loads(site[f"{folder}.json"])["segments"]
        assert words(" ".join(one["body"] for one in segments)) == expected, slug
        page = html.fromstring(site[f"{folder}.html"].decode())
        assert words(" ".join(said_in(p) for p in page.iter("p"))) == expected, slug


def test_an_independent_reader_accepts_every_caption_file(whole: tuple[Path, Run, Run]) -> None:
    for name, data in published(whole[0]).items():
        if name.endswith((".vtt", ".srt")):
            cues = webvtt.from_buffer(io.StringIO(data.decode()), format=name[-3:]).captions
            starts = [cue.start_in_seconds for cue in cues]
            assert cues, name
            assert starts == sorted(starts), name
            assert all(cue.end > cue.start for cue in cues), name


# --- the seed -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def seed(whole: tuple[Path, Run, Run], corpus: Path) -> tuple[str, etree._Element, dict[str, bytes]]:
    """Slug, item and files of the one record that the format comes from."""
    slug = next((corpus / "seed").glob("*.md")).stem
    root, synced, _ = whole
    guid = next(pair["guid"] for pair in synced.data["joined"] if pair["slug"] == slug)
    items = etree.fromstring(feed(root)).iterfind("channel/item")
    item = next(item for item in items if item.findtext("guid") == guid)
    return slug, item, {name: data for name, data in published(root).items() if name.startswith(f"episodes/{slug}/")}


def test_the_seed_has_31_chapters(seed: tuple[str, etree._Element, dict[str, bytes]]) -> None:
    slug, item, files = seed
    chapters = json.loads(files[f"episodes/{slug}/chapters.json"])["chapters"]
    starts = [chapter["startTime"] for chapter in chapters]

    assert len(starts) == 31
    assert starts[:2] == [0, 139]
    assert starts[-1] == 3640
    assert starts == sorted(set(starts))
    psc = item.findall("{http://podlove.org/simple-chapters}chapters/{http://podlove.org/simple-chapters}chapter")
    assert [one.get("title") for one in psc] == [one["title"] for one in chapters]


def test_the_seed_keeps_all_lines_with_full_names(
    seed: tuple[str, etree._Element, dict[str, bytes]], whole: tuple[Path, Run, Run]
) -> None:
    slug, item, files = seed
    record = records_of(whole[0])[slug]
    names = {one.text for one in item.iterfind(f"{PODCAST}person")}
    folder = f"episodes/{slug}/transcript"
    page = html.fromstring(files[f"{folder}.html"].decode())
    segments = json.loads(files[f"{folder}.json"])["segments"]
    cues = webvtt.from_buffer(io.StringIO(files[f"{folder}.vtt"].decode())).captions
    cards = webvtt.from_buffer(io.StringIO(files[f"{folder}.srt"].decode()), format="srt").captions

    assert len(list(page.iter("p"))) == 186
    assert len(names) == 2
    assert {one["speaker"] for one in segments} == names
    assert {cue.voice for cue in cues} == names
    assert UNNAMED not in names
    expected = spoken(record)
    assert words(unescape(" ".join(cue.text for cue in cues))) == expected
    said = " ".join(card.text for card in cards)
    for name in names:
        said = said.replace(f"{name}:", "")
    assert words(said) == expected


def test_the_line_of_the_seed_that_goes_back_stands_between_its_neighbours(
    seed: tuple[str, etree._Element, dict[str, bytes]],
) -> None:
    slug, _, files = seed
    page = html.fromstring(files[f"episodes/{slug}/transcript.html"].decode())
    times = [said_in(time) for time in page.iter("time")]
    seconds = [sum(int(part) * 60**power for power, part in enumerate(reversed(text.split(":")))) for text in times]

    assert seconds == sorted(seconds)
    assert seconds[-3] == 3768
    assert 3768 < seconds[-2] < 3799
    assert seconds[-1] == 3799


def test_the_seed_links_to_four_platforms(seed: tuple[str, etree._Element, dict[str, bytes]]) -> None:
    _, item, _ = seed
    links = [one.get("href") or "" for one in item.iterfind(f"{PODCAST}contentLink")]
    notes = html.fromstring(item.findtext("description") or "")

    hosts = ["www.youtube.com", "open.spotify.com", "podcasts.apple.com", "anchor.fm"]
    assert [re.sub(r"https://([^/]*)/.*", r"\1", link) for link in links] == hosts
    assert set(links) <= {anchor.get("href") for anchor in notes.iter("a")}
    assert item.findtext(f"{PODCAST}season") == "4"
    assert item.findtext(f"{PODCAST}episode") == "3"


def test_the_seed_alone_without_upstream_and_audio_is_published_but_for_its_item(corpus: Path, tmp_path: Path) -> None:
    made = build(lay(tmp_path, corpus, ("seed",)), "-v", now=NOW)
    slug = next((corpus / "seed").glob("*.md")).stem
    site = published(tmp_path)

    assert made.exit_code == 3
    without_audio = [line.split(": ")[0] for line in made.stderr.splitlines() if "BLD-1" in line]
    assert without_audio == [f"episodes/{slug}.md"]
    assert "feed.xml" not in site
    assert len(json.loads(site[f"episodes/{slug}/chapters.json"])["chapters"]) == 31
    assert site[f"episodes/{slug}/index.html"].count(b"https://open.spotify.com/episode/") >= 1
