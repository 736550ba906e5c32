"""Feeds of real shows, where FEEDBUILDER_CORPUS names a folder of them (feeds/)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import webvtt
import yaml
from projects import build, feed, run
from test_import import CASE, LIGHT, imported, items, serving, texts
from test_import_notes import assert_same_notes, show_link

NOW = "2030-01-01T00:00:00Z"
FEEDS = sorted(Path(os.environ.get("FEEDBUILDER_CORPUS", "/nowhere"), "feeds").glob("*.xml"))
CAPTIONS = sorted(
    path
    for path in Path(os.environ.get("FEEDBUILDER_CORPUS", "/nowhere"), "transcripts").glob("*.[vs][tr]t")
    if "invalid" not in path.name
)
# Imported from the feed that is built of them, these are the same project, to the byte.
WHOLE = frozenset({"german-wdr-keywords", "missing-enclosure-length", "transistor-songhaus-2023"})
pytestmark = [pytest.mark.long, pytest.mark.skipif(not FEEDS, reason="FEEDBUILDER_CORPUS names no folder")]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """The project of a feed, imported and built once for all tests that only read it."""
    base = tmp_path_factory.mktemp("built")

    @cache
    def import_and_build(path: Path) -> Path:
        show = base / path.stem
        assert imported(path, show, "--offline").exit_code == 0
        assert build(show, now=NOW).exit_code == 0
        return show

    return import_and_build


@pytest.fixture(scope="module")
def again(built: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """The project of the feed that ``built`` makes from a feed."""
    base = tmp_path_factory.mktemp("again")

    @cache
    def import_again(path: Path) -> Path:
        imported(built(path) / "public/current/feed.xml", base / path.stem, "--offline")
        return base / path.stem

    return import_again


@pytest.mark.parametrize("path", FEEDS, ids=[path.stem for path in FEEDS])
def test_subscribers_find_the_same_episodes_in_the_same_order(path: Path, built: Callable[[Path], Path]) -> None:
    show = built(path)
    theirs = items(path.read_bytes())
    once = list({(item[0], item[2]): item for item in reversed(theirs)}.values())[::-1]
    ours = items(feed(show))
    assert [(guid, url, kind) for guid, _, url, kind in ours] == [(guid, url, kind) for guid, _, url, kind in once]
    dated = [(now, then) for now, then in zip(ours, once, strict=True) if then[1]]
    assert [now[1] for now, _ in dated] == [then[1] for _, then in dated]
    assert len(theirs) - len(once) <= 1  # one feed has one item twice, word for word
    assert len(once) - len(dated) <= 4  # the same feed has unreadable dates


@pytest.mark.parametrize("path", FEEDS, ids=[path.stem for path in FEEDS])
def test_built_notes_have_the_words_and_links_of_the_source(path: Path, built: Callable[[Path], Path]) -> None:
    assert_same_notes(path.read_bytes(), feed(built(path)), show_link(built(path)))


@pytest.mark.parametrize("path", [one for one in FEEDS if one.stem in WHOLE], ids=lambda path: path.stem)
def test_the_built_feed_is_imported_as_the_same_project(
    path: Path, built: Callable[[Path], Path], again: Callable[[Path], Path]
) -> None:
    assert texts(again(path)) == texts(built(path))


@pytest.mark.parametrize("path", FEEDS, ids=[path.stem for path in FEEDS])
def test_what_the_built_feed_does_not_bring_back_is_what_a_feed_must_not_say(
    path: Path, built: Callable[[Path], Path], again: Callable[[Path], Path]
) -> None:
    knows_address = "upstream: none" not in (built(path) / "config/show.yaml").read_text()
    first, second = (
        {name: carried(name, text, knows_address=knows_address) for name, text in texts(folder).items()}
        for folder in (built(path), again(path))
    )
    assert second == first


def carried(name: str, text: str, *, knows_address: bool) -> tuple[dict[str, Any], str]:
    """Values and body of a file, without keywords (APL-22), pages of people that are not https (P20-0b), and our cover.

    Nor does a feed have the id at a host that the show has left, or a second text beside the notes.

    Where the first feed did not say its address, the built one does: what follows from that is not compared.
    """
    front, body = text.split("---\n", 2)[1:] if name.endswith(".md") else (text, "")
    values: dict[str, Any] = yaml.safe_load(front)
    for key in ("keywords", "ids", "description") if name.startswith("episodes/") else ():
        values.pop(key, None)
    for row in values.get("episodes", {}).values() if name.endswith("ledger.yaml") else ():
        row.pop("host_id", None)
    if str(values.get("href")).startswith("http:"):
        del values["href"]
    if str(values.get("image")).rpartition("/")[2].startswith("cover"):
        del values["image"]
    if not knows_address:
        values = {key: one for key, one in values.items() if key not in {"podcast_guid", "upstream", "synced_from"}}
    return values, body


@pytest.mark.parametrize("path", FEEDS, ids=[path.stem for path in FEEDS])
def test_the_feed_of_the_next_host_joins_by_the_audio_that_survived(path: Path, tmp_path: Path) -> None:
    show = tmp_path / "show"
    imported(path, show, "--offline")
    config = show / "config/show.yaml"
    named = re.sub(r"^upstream:.*\n(?:  .*\n)*", "upstream: {feed: next.xml}\n", config.read_text(), flags=re.MULTILINE)
    config.write_text(named)
    build(show, now=NOW)  # stops where no feed was ever read; the sync below reads the next host's
    data = path.read_bytes()
    moved = re.sub(rb"<guid[^>]*>.*?</guid>", b"", data, flags=re.DOTALL)
    moved = re.sub(rb"(<enclosure[^>]*url=[\"'])https?://", rb"\1https://count.example.com/t/a1/", moved)
    (show / "next.xml").write_bytes(moved)
    before = yaml.safe_load((show / "config/ledger.yaml").read_text())["episodes"]
    joined = run(show, "sync", "--json").data
    after = yaml.safe_load((show / "config/ledger.yaml").read_text())["episodes"]
    assert len(joined["joined"]) >= len(before) - 2
    assert {pair["evidence"].split()[0] for pair in joined["joined"]} <= {"audio", "host"}
    for slug, row in before.items():
        known = ("guid", "pub_date", "place")
        assert {key: after[slug].get(key) for key in known} == {key: row.get(key) for key in known}
        assert after[slug]["enclosure"]["url"] == row["enclosure"]["url"]


@pytest.mark.skipif(not CAPTIONS, reason="FEEDBUILDER_CORPUS names no folder")
@pytest.mark.parametrize("path", CAPTIONS, ids=[path.name for path in CAPTIONS])
def test_captions_keep_their_times(path: Path, tmp_path: Path) -> None:
    with serving(path.parent) as (base, _):
        kind = {".vtt": "text/vtt", ".srt": "application/x-subrip"}[path.suffix]
        data = CASE.read_text().replace("BASE/light.vtt", f"{base}/{path.name}").replace("text/vtt", kind)
        data = data.replace("1:02:03", "2:30:00").replace("BASE/light.json", f"{base}/none.json")
        (tmp_path / "feed.xml").write_text(data.replace("BASE/light.srt", f"{base}/none.srt"))
        imported(tmp_path / "feed.xml", tmp_path / "show", "--allow-private")
    assert build(tmp_path / "show", now=NOW).exit_code == 0
    read = webvtt.read if path.suffix == ".vtt" else webvtt.from_srt
    theirs = [cue.start_in_seconds for cue in read(str(path)).captions if cue.text.strip()]
    published = tmp_path / "show/public/current" / Path(LIGHT).with_suffix("") / "transcript.vtt"
    ours = {cue.start_in_seconds for cue in webvtt.read(str(published)).captions}
    drift_s = sorted(min(abs(start - our) for our in ours) for start in theirs)
    assert drift_s[len(drift_s) // 2] == 0
