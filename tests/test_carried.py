from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from builders import a_channel, a_full_item, an_episode, an_item, at, some_notes
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from projects import a_project, build, published, record, write

from feedbuilder.compose.pictures import find_published
from feedbuilder.model import PublishedFile
from feedbuilder.render.carried import parse_carried
from feedbuilder.render.jsonfeed import render_json_feed
from feedbuilder.render.rss import render_feed

ITEMS = [
    a_full_item(
        episode=an_episode(season=2, episode=Decimal("7.5"), title="</item> <item> & ü"), pub_date=at("2024-05-02")
    ),
    an_item("b", pub_date=at("2024-05-01"), notes=some_notes("<p>]]></p>\n")),
    an_item("c", pub_date=at("2024-04-01")),
]


def test_the_items_of_a_feed_of_ours_are_known_by_guid() -> None:
    channel = a_channel()
    found = parse_carried(render_feed(channel, ITEMS), render_json_feed(channel, ITEMS))
    assert list(found) == [item.guid for item in ITEMS]
    first = found[ITEMS[0].guid]
    assert (first.season, first.episode, first.pub_date) == (2, Decimal("7.5"), at("2024-05-02"))
    assert first.xml.startswith(b"<item>\n      <title>&lt;/item&gt; &lt;item&gt; &amp; \xc3\xbc</title>")
    assert first.xml.endswith(b"</psc:chapters>\n    </item>")
    assert json.loads(first.json)["title"] == "</item> <item> & ü"
    second = found["guid-of-b"]
    assert (second.season, second.episode) == (None, None)


def test_without_a_json_feed_the_items_have_no_json() -> None:
    assert {item.json for item in parse_carried(render_feed(a_channel(), ITEMS)).values()} == {""}


@settings(max_examples=30)
@given(chosen=st.sets(st.sampled_from([0, 1, 2])))
def test_whatever_is_carried_over_the_feeds_are_the_same_bytes(chosen: set[int]) -> None:
    channel = a_channel(json_feed_url="https://harbour.example/feed.json")
    feed, json_feed = render_feed(channel, ITEMS), render_json_feed(channel, ITEMS)
    old = parse_carried(feed, json_feed)
    items = [item for index, item in enumerate(ITEMS) if index not in chosen]
    carried = [old[ITEMS[index].guid] for index in sorted(chosen)]
    assert render_feed(channel, items, carried) == feed
    assert render_json_feed(channel, items, carried) == json_feed


WRONG_NUMBER = (
    b"<rss><channel><item><guid>a</guid><pubDate>Wed, 01 May 2024 00:00:00 +0000</pubDate>"
    b'<p:episode xmlns:p="https://podcastindex.org/namespace/1.0">x</p:episode></item></channel></rss>'
)


@pytest.mark.parametrize(
    ("feed", "json_feed"),
    [
        (b"", b""),
        (b"<rss", b""),
        (b"<rss><channel><item ><guid>a</guid></item></channel></rss>", b""),
        (b"<rss><channel><item><guid>a</guid></item></channel></rss>", b""),
        (WRONG_NUMBER, b""),
        (b"<rss><channel/></rss>", b"{}"),
        (b"<rss><channel/></rss>", b"[1]"),
        (b"<rss><channel/></rss>", b"\xff"),
    ],
)
def test_a_feed_of_another_program_is_refused(feed: bytes, json_feed: bytes) -> None:
    with pytest.raises(ValueError, match=r"^not a feed of feedbuilder: "):
        parse_carried(feed, json_feed)


# --- pictures -----------------------------------------------------------------------------------------------------


def a_picture(root: Path, path: str, width: int, height: int) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (width, height), (9, 99, 160)).save(root / path)


@pytest.mark.parametrize("artwork", ["as_is", "fit"])
@pytest.mark.parametrize("damage", ["deleted", "empty", "cut off"])
def test_a_lost_picture_is_kept_from_the_last_release(tmp_path: Path, artwork: str, damage: str) -> None:
    root = a_project(
        tmp_path, {"tide-1": record(1, image="images/wave.png")}, image="images/cover.png", artwork=artwork
    )
    a_picture(root, "images/cover.png", 1600, 1600)
    a_picture(root, "images/wave.png", 1600, 1500)
    build(root)
    before = published(root)
    for name in ("cover", "wave"):
        path = root / f"images/{name}.png"
        data = path.read_bytes()
        path.unlink()
        if damage != "deleted":
            path.write_bytes(data[:40] if damage == "cut off" else b"")

    made = build(root)

    assert made.exit_code == 0, made.stderr
    assert published(root) == before
    assert [line.split(":")[0] for line in made.stderr.splitlines() if "LED-21" in line] == [
        "config/show.yaml",
        "episodes/tide-1.md",
    ]
    assert build(root, "--rehash").exit_code == 0
    assert published(root) == before


def test_a_picture_that_was_never_published_is_not_kept(tmp_path: Path) -> None:
    root = a_project(tmp_path, {"tide-1": record(1)}, image="images/cover.png")
    a_picture(root, "images/cover.png", 1600, 1600)
    build(root)
    write(root, "episodes/tide-1.md", record(1, image="images/other.png"))
    made = build(root)
    assert ("LED-21" in made.stderr, "MED-16" in made.stderr) == (False, True)


def test_two_pictures_of_one_name_are_not_confused() -> None:
    def file(digest: str) -> PublishedFile:
        return PublishedFile(f"images/cover-{digest[:12]}.png", "image/png", digest, 9)

    one, two = file("a" * 64), file("b" * 64)
    other = PublishedFile("images/cover-cccccccccccc.png", "image/png", "d" * 64, 9)
    assert find_published("images/cover.png", {one.path: one, other.path: other}) == one.path
    assert find_published("images/cover.png", {one.path: one, two.path: two}) == ""
    assert find_published("images/wave.png", {one.path: one}) == ""
