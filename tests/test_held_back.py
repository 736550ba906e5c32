"""Keys of other site generators that hold an episode back, and a show's own meaning of our keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree
from projects import NOW, a_project, build, feed, record, run

GUID = "00000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("published", "false"),
        ("Published", "no"),
        ("publish", "no"),
        ("status", "draft"),
        ("status", "Private"),
        ("visibility", "hidden"),
        ("hidden", "true"),
        ("unlisted", "yes"),
    ],
)
def test_an_episode_is_held_back_as_a_draft_is(tmp_path: Path, key: str, value: str) -> None:
    made = build(a_project(tmp_path, {"tide-1": record(1), "tide-2": record(2, **{key: value})}), "-v", "--json")
    assert (made.exit_code, made.data["items"], made.data["drafts"]) == (0, 1, 1)
    note = next(problem for problem in made.data["problems"] if problem["rule"] == "REC-9")
    assert (note["file"], note["line"], note["column"], note["what"], note["remedy"]) == (
        "episodes/tide-2.md",
        9,
        1,
        f"{key}: {value}",
        f"Remove `{key}: {value}` to publish it.",
    )
    assert [problem["what"] for problem in made.data["problems"] if problem["rule"] == "KEY-7"] == []


@pytest.mark.parametrize(
    ("key", "value"),
    [("published", "true"), ("status", "published"), ("hidden", "false"), ("visibility", "public"), ("visible", "yes")],
)
def test_the_opposite_value_publishes_and_is_understood(tmp_path: Path, key: str, value: str) -> None:
    made = build(a_project(tmp_path, {"tide-1": record(1, **{key: value})}), "-v")
    assert (made.exit_code, made.stderr) == (0, "")


def test_another_kind_of_value_is_an_unknown_key(tmp_path: Path) -> None:
    made = build(a_project(tmp_path, {"tide-1": record(1, published="2024-05-01", status="[x]")}), "-v", "--json")
    assert made.data["items"] == 1
    assert [problem["rule"] for problem in made.data["problems"]] == ["KEY-7", "KEY-7"]


def test_a_key_that_the_show_maps_has_that_meaning_only(tmp_path: Path) -> None:
    root = a_project(tmp_path, {"tide-1": record(1, hidden="true")}, fields="{explicit: hidden}")
    assert build(root, "--json").data["items"] == 1


@pytest.mark.parametrize(("value", "items"), [("true", 1), ("no", 0)])
def test_draft_may_be_the_opposite_of_another_key(tmp_path: Path, value: str, items: int) -> None:
    root = a_project(tmp_path, {"tide-1": record(1, ready=value)}, fields='{draft: "!ready"}')
    made = build(root, "-v", "--json")
    assert made.data["items"] == items
    assert [problem["rule"] for problem in made.data["problems"] if problem["rule"] != "REC-9"] == []


def test_the_opposite_of_what_is_not_true_or_false_is_reported(tmp_path: Path) -> None:
    root = a_project(tmp_path, {"tide-1": record(1, ready="soon")}, fields='{draft: "!ready"}')
    assert "'soon' is neither true nor false" in build(root, "-v").stderr


def test_none_says_that_our_key_has_another_meaning(tmp_path: Path) -> None:
    root = a_project(tmp_path, {"tide-1": record(1)}, fields="{guid: none, audio.type: none}")
    assert build(root).exit_code == 0
    item = etree.fromstring(feed(root)).find("channel/item")
    assert item is not None
    assert item.findtext("guid") != GUID
    assert run(root, "check", "--strict", "--now", NOW).exit_code == 0
