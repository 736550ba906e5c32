"""A show that moved: the feed saved from one host, then the one of its successor, joined to the same records."""

from __future__ import annotations

from pathlib import Path

import yaml
from projects import a_project, record, run, write

CDN = "https://d3ctxlq1ktw2nl.cloudfront.net/staging/2026-0-{n}"
PLAYED = (
    "https://anchor.fm/s/1f2e3d/podcast/play/7{n}/https%3A%2F%2Fd3ctxlq1ktw2nl.cloudfront.net%2Fstaging%2F2026-0-{n}"
)
TITLES = {
    1: "Why harbours silt up",
    2: "A lamp for every headland",
    3: "Knots that hold when wet",
    4: "What gulls eat in winter",
    5: "Rowing home against the ebb",
}
FEED = '<?xml version="1.0"?><rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel>'


def item(title: str, guid: str, url: str, day: int, more: str = "", *, lasts: str = "00:10:00") -> str:
    return (
        f'<item><title>{title}</title><guid isPermaLink="false">{guid}</guid>'
        f"<pubDate>{day:02} Jan 2026 08:00:00 GMT</pubDate><itunes:duration>{lasts}</itunes:duration>"
        f'<enclosure url="{url}" length="{day}00000" type="audio/mpeg"/>{more}</item>'
    )


def a_feed(*items: str) -> str:
    return f"{FEED}<title>Harbour Notes</title>{''.join(reversed(items))}</channel></rss>"


def uuid(n: int) -> str:
    return f"9d7c1f0e-55aa-4b6e-8a3d-00000000000{n}"


def anchor(n: int) -> str:
    """An item as Anchor has it: a UUID, the id of the host in the link, the file behind its counter, encoded."""
    link = f"<link>https://podcasters.spotify.com/pod/show/harbour/episodes/Any-Words-e1a2b3{n}</link>"
    number = f"<itunes:season>1</itunes:season><itunes:episode>{n}</itunes:episode>"
    return item(TITLES[n], uuid(n), PLAYED.format(n=n) + f"%2Fab{n}.mp3", n, link + number)


FIRST_HOST = a_feed(*map(anchor, TITLES))
NEXT_HOST = a_feed(
    item(TITLES[1], uuid(1), "https://media.next.example/w1.mp3", 1),
    item(TITLES[2], "next-2", f"https://op3.dev/e/{CDN.format(n=2).removeprefix('https://')}/ab2.mp3", 2),
    item(f"#3: {TITLES[3].upper()}!", "next-3", "https://media.next.example/w3.mp3", 3, lasts="603"),
    item("The birds of January", "next-4", "https://media.next.example/w4.mp3", 4),
    item("Ice in the lock", "next-6", "https://media.next.example/w6.mp3", 20),
)


def rows(root: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = yaml.safe_load((root / "config/ledger.yaml").read_text())["episodes"]
    return found


def test_certain_pairs_join_after_a_move_and_doubtful_ones_are_listed_only(tmp_path: Path) -> None:
    records = {f"tide-{n}": record(n, title=title, guid="", audio="") for n, title in TITLES.items()}
    root = a_project(tmp_path, records, upstream="{feed: old.xml}")
    write(root, "old.xml", FIRST_HOST)
    first = run(root, "sync", "--json").data

    assert [(one["slug"], one["guid"], one["evidence"]) for one in reversed(first["joined"])] == [
        (f"tide-{n}", uuid(n), "title, date and time") for n in TITLES
    ]
    before = rows(root)
    assert [row["host_id"] for row in before.values()] == [f"e1a2b3{n}" for n in TITLES]

    a_project(root, records, upstream="{feed: next.xml}")
    write(root, "next.xml", NEXT_HOST)
    again = run(root, "sync", "--json").data

    assert [(one["slug"], one["guid"], one["evidence"]) for one in reversed(again["joined"])] == [
        ("tide-1", uuid(1), f"guid '{uuid(1)}'"),
        ("tide-2", "next-2", "audio 'd3ctxlq1ktw2nl.cloudfront.net/staging/2026-0-2/ab2.mp3'"),
        ("tide-3", "next-3", "date, duration, title 100%"),
    ]
    assert again["doubtful"] == [{"slug": "tide-4", "why": "only date and duration match", "candidates": ["next-4"]}]
    assert (again["unmatched_records"], [one["guid"] for one in again["unmatched_items"]]) == (["tide-5"], ["next-6"])
    waiting = [(one["slug"], one["field"]) for one in again["changes"] if one["waiting"]]
    assert waiting == [(f"tide-{n}", "enclosure.url") for n in (1, 2, 3)]
    after = rows(root)
    assert {slug: row["guid"] for slug, row in after.items()} == {f"tide-{n}": uuid(n) for n in TITLES}
    assert [row["host_id"] for row in after.values()] == [f"e1a2b3{n}" for n in TITLES]
    assert (after["tide-4"], after["tide-5"]) == (before["tide-4"], before["tide-5"])


def test_what_was_doubtful_joins_when_its_author_says_which_it_is(tmp_path: Path) -> None:
    root = a_project(tmp_path, {"tide-4": record(4, title=TITLES[4], guid="", audio="")}, upstream="{feed: next.xml}")
    write(root, "next.xml", NEXT_HOST)

    found = run(root, "sync", "--json", "--match", "tide-4=next-4").data

    assert [(one["slug"], one["evidence"]) for one in found["joined"]] == [("tide-4", "match 'next-4'")]
    assert rows(root)["tide-4"]["guid"] == "next-4"
