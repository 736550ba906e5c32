"""``ledger accept``, and what ``sync`` takes from the command line."""

from __future__ import annotations

from pathlib import Path

import yaml
from click.testing import CliRunner
from projects import NOW, a_project, build, feed, record, run, write

from feedbuilder.cli import main

UPSTREAM = """<?xml version="1.0"?><rss version="2.0"><channel><title>Old home</title>{items}</channel></rss>"""
ITEM = """<item><title>{title}</title><guid>old-{n}</guid><pubDate>0{n} Jan 2026 08:00:00 GMT</pubDate>
<enclosure url="https://cdn.example.org/old-{n}.mp3" length="9" type="audio/mpeg"/></item>"""


def accept(root: Path, *arguments: str) -> int:
    return run(root, "ledger", "accept", *arguments, "--now", NOW).exit_code


def rows(root: Path) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = yaml.safe_load((root / "config/ledger.yaml").read_text())["episodes"]
    return found


def test_all_accepts_every_changed_address_and_date_and_no_guid(tmp_path: Path) -> None:
    build(a_project(tmp_path))
    write(tmp_path, "episodes/tide-1.md", record(1, audio="{url: https://cdn.example.org/new.mp3, length: 9}"))
    write(tmp_path, "episodes/tide-2.md", record(2, pub_date="2026-01-02T09:00:00Z"))
    write(tmp_path, "episodes/tide-3.md", record(3, guid="other"))
    assert accept(tmp_path, "--all") == 0
    assert sorted(rows(tmp_path)) == ["tide-1", "tide-2"]
    assert "LED-4: the guid of 'tide-3'" in build(tmp_path).stderr
    write(tmp_path, "episodes/tide-3.md", record(3))
    assert build(tmp_path).exit_code == 0
    assert b"new.mp3" in feed(tmp_path)
    assert build(tmp_path, "--rehash").exit_code == 0


def test_a_guid_is_accepted_with_its_old_and_new_value(tmp_path: Path) -> None:
    build(a_project(tmp_path))
    run(tmp_path, "ledger", "save", "--now", NOW)
    write(tmp_path, "episodes/tide-1.md", record(1, guid="new-guid"))
    assert accept(tmp_path, "tide-1") == 0
    assert "LED-4" in build(tmp_path).stderr
    assert accept(tmp_path, "tide-1", "--guid", "wrong", "new-guid") == 1
    assert accept(tmp_path, "tide-1", "--guid", "00000000-0000-4000-8000-000000000001", "new-guid") == 0
    assert build(tmp_path).exit_code == 0
    assert b">new-guid<" in feed(tmp_path)


def test_accept_wants_something_to_accept(tmp_path: Path) -> None:
    root = a_project(tmp_path)
    refused = run(root, "ledger", "accept", "--guid", "a", "b")
    assert refused.exit_code == 2
    assert "Name at least one SLUG, or use --all, --show or --withdraw." in refused.stderr
    refused = run(root, "ledger", "accept", "a", "b", "--guid", "a", "b")
    assert (refused.exit_code, "--guid takes exactly one SLUG." in refused.stderr) == (2, True)


def test_unknown_keys_are_not_lost_by_an_edit(tmp_path: Path) -> None:
    root = a_project(tmp_path, None, upstream="{feed: old.xml}")
    write(root, "old.xml", UPSTREAM.format(items=ITEM.format(title="Tide 1", n=1)))
    ledger = "synced_from: old.xml\nmood: calm\nepisodes: {}\n"
    write(root, "config/ledger.yaml", ledger)
    for command in (("ledger", "save", "--now", NOW), ("ledger", "accept", "--show", "--now", NOW), ("sync",)):
        refused = run(root, *command)
        assert (refused.exit_code, "LED-2: unknown key 'mood'" in refused.stderr) == (1, True)
        assert (root / "config/ledger.yaml").read_text() == ledger


def test_a_new_file_for_an_unmatched_item_needs_its_guid_only(tmp_path: Path) -> None:
    root = a_project(tmp_path, {}, upstream="{feed: old.xml}")
    write(root, "old.xml", UPSTREAM.format(items=ITEM.format(title="Ebb", n=1)))
    run(root, "sync")
    assert "unmatched  old-1  2026-01-01T08:00:00+00:00  Ebb\n" in run(root, "ledger", "show").stdout
    assert run(root, "ledger", "show", "--json").data["unmatched"][0]["guid"] == "old-1"
    assert "LED-18: published item 'old-1' ('Ebb') is in no episode file" in build(root).stderr
    write(root, "episodes/ebb.md", "---\ntitle: Ebb\nguid: old-1\n---\n")
    assert build(root).exit_code == 0
    assert b"https://cdn.example.org/old-1.mp3" in feed(root)
    assert b"Thu, 01 Jan 2026 08:00:00 +0000" in feed(root)
    run(root, "ledger", "save", "--now", NOW)
    assert "unmatched" not in (root / "config/ledger.yaml").read_text()


def test_import_adds_the_files_of_unmatched_items_only(tmp_path: Path) -> None:
    root = a_project(tmp_path, {"tide-1": record(1, guid="", audio="")}, upstream="{feed: old.xml}")
    write(root, "old.xml", UPSTREAM.format(items="".join(ITEM.format(title=f"Tide {n}", n=n) for n in (1, 2))))
    run(root, "sync")
    before = (root / "episodes/tide-1.md").read_bytes()
    done = CliRunner().invoke(main, ["import", str(root / "old.xml"), str(root), "--offline"])
    assert done.exit_code == 0, done.output
    assert (root / "episodes/tide-1.md").read_bytes() == before
    assert sorted(path.name for path in (root / "episodes").iterdir()) == ["tide-1.md", "tide-2.md"]
    assert build(root).exit_code == 0


def test_sync_reads_matches_from_a_file(tmp_path: Path) -> None:
    root = a_project(tmp_path, {name: record(n, title=name, guid="") for n, name in ((1, "ebb"), (2, "neap"))})
    write(root, "config/show.yaml", (root / "config/show.yaml").read_text().replace("none", "{feed: old.xml}"))
    items = "".join(ITEM.format(title=f"Something {n}", n=n) for n in (8, 9))
    write(root, "old.xml", UPSTREAM.format(items=items))
    write(root, "matches.txt", "# slug=guid\nebb=old-8\n\nneap = old-9\n")
    matched = run(root, "sync", "--match-file", str(root / "matches.txt"), "--json").data
    assert [(one["slug"], one["guid"]) for one in matched["joined"]] == [("ebb", "old-8"), ("neap", "old-9")]
    write(root, "matches.txt", b"ebb=\xff\n")
    assert run(root, "sync", "--match-file", str(root / "matches.txt")).exit_code == 2


def test_sync_ends_with_3_if_a_file_has_another_guid(tmp_path: Path) -> None:
    root = a_project(tmp_path, {"tide-1": record(1)}, upstream="{feed: old.xml}")
    write(root, "old.xml", UPSTREAM.format(items=ITEM.format(title="Tide 1", n=1)))
    assert run(root, "sync").exit_code == 3
    assert run(root, "sync", "--json").data["exit"] == 3
    assert "LED-4" in run(root, "check", "--now", NOW).stderr
    write(root, "episodes/tide-1.md", record(1, guid="old-1"))
    assert run(root, "sync").exit_code == 0


def test_the_feed_of_another_show_changes_nothing(tmp_path: Path) -> None:
    root = a_project(tmp_path, {"tide-1": record(1, guid="")}, upstream="{feed: old.xml}")
    write(root, "old.xml", UPSTREAM.format(items=ITEM.format(title="Tide 1", n=1)))
    run(root, "sync")
    before = (root / "config/ledger.yaml").read_bytes()
    write(root, "old.xml", UPSTREAM.format(items="".join(ITEM.format(title=f"Bread {n}", n=n) for n in (5, 6))))
    refused = run(root, "sync")
    assert refused.exit_code == 1
    assert "old.xml: error SYNC-9: none of the 2 items of 'Old home' belongs to an episode of this" in refused.stderr
    assert (root / "config/ledger.yaml").read_bytes() == before
