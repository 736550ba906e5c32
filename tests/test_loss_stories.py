"""Every story of loss: what a build does, by what is known (docs/identity.md)."""

from __future__ import annotations

import re
import runpy
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hosts import Server, an_answer
from loss_stories import BOTH, HISTORY, HOST, LEDGER, LIVE, STORIES, Story
from lxml import etree
from PIL import Image
from projects import NOW, a_project, build, feed, published, record, run, write
from sounds import an_mp3

from feedbuilder import network

GUID = "00000000-0000-4000-8000-000000000001"
OTHER_GUID = "11111111-8f0c-5d0e-9d2f-3f1f0a3f6b11"
RECORDS = {
    "tide-1": record(1),
    "tide-2": record(2, guid=""),
    "tide-3": record(3, guid="", audio="", pub_date="2026-01-03"),
}
OLD_FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Old home</title>
<item><title>Tide 1</title><guid>old-1</guid><pubDate>Thu, 01 Jan 2026 08:00:00 GMT</pubDate>
<enclosure url="https://cdn.example.org/tide-1.mp3" length="100000" type="audio/mpeg"/></item>{more}</channel></rss>"""
MORE = """<item><title>{title}</title><guid>old-9</guid><pubDate>Fri, 02 Jan 2026 08:00:00 GMT</pubDate>
<enclosure url="https://cdn.example.org/tide-2.mp3" length="9" type="audio/mpeg"/></item>"""

Facts = dict[str, tuple[str, str]]  # guid -> audio address and date


def a_show(root: Path) -> Path:
    """Three episodes: one with all its facts in the file, one without a guid, one with local audio and only a day."""
    a_project(root, RECORDS, image="images/cover.png")
    (root / "images").mkdir(parents=True)
    Image.new("RGB", (1400, 1400), (9, 99, 160)).save(root / "images/cover.png")
    write(root, "media/tide-3.mp3", an_mp3())
    return root


def facts(data: bytes) -> Facts:
    items = etree.fromstring(data).findall("channel/item")
    rows = [(item.findtext("guid"), item.find("enclosure"), item.findtext("pubDate")) for item in items]
    return {guid or "": ("" if audio is None else audio.get("url", ""), date or "") for guid, audio, date in rows}


def set_key(root: Path, key: str, value: str) -> None:
    """Replace or add a line of the show file."""
    path = root / "config/show.yaml"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith(f"{key}:")]
    write(root, "config/show.yaml", "\n".join([*lines, f"{key}: {value}", ""]))


def edit_ledger(pattern: str, replacement: str) -> Callable[[Path], None]:
    def edit(root: Path) -> None:
        text = (root / "config/ledger.yaml").read_text(encoding="utf-8")
        edited = re.sub(pattern, replacement, text, count=1, flags=re.DOTALL)
        assert edited != text
        write(root, "config/ledger.yaml", edited)

    return edit


def rewrite(slug: str, **keys: str) -> Callable[[Path], None]:
    return lambda root: write(root, f"episodes/{slug}.md", record(int(slug[-1]), **keys))


def rename(root: Path) -> None:
    (root / "episodes/tide-2.md").rename(root / "episodes/neap.md")


def rename_and_rework(root: Path) -> None:
    (root / "episodes/tide-2.md").unlink()
    write(root, "episodes/neap.md", record(2, guid="", title="Neap", audio="{url: https://cdn.example.org/neap.mp3}"))


def old_home(root: Path, more: str = "", **keys: str) -> None:
    """Only the first episode, whose published feed is that of an old host; it is read once."""
    for slug in ("tide-2", "tide-3"):
        (root / f"episodes/{slug}.md").unlink(missing_ok=True)
    write(root, "episodes/tide-1.md", record(1, **keys))
    write(root, "old.xml", OLD_FEED.format(more=more))
    set_key(root, "upstream", "{feed: old.xml}")
    run(root, "sync")


def never_read(root: Path) -> None:
    set_key(root, "upstream", "{feed: old.xml}")


def skipped_file(root: Path) -> None:
    write(root, "episodes/zwölf.md", record(2, guid=""))
    old_home(root, MORE.format(title="Tide 2"), guid="old-1")


def with_own_key(root: Path) -> None:
    set_key(root, "fields", "{guid: none}")
    old_home(root)


CHANGES: dict[str, Callable[[Path], object]] = {
    "an episode file is deleted": lambda root: (root / "episodes/tide-1.md").unlink(),
    "a file without `guid:` is renamed": rename,
    "a file is renamed, with another title and audio": rename_and_rework,
    "a file cannot be read": lambda root: write(root, "episodes/tide-1.md", "---\ntitle: [\n---\n"),
    "a published episode becomes a draft": rewrite("tide-1", draft="true"),
    "a published episode gets `published: false`": rewrite("tide-1", published="false"),
    "`withdrawn: true` is added": rewrite("tide-1", withdrawn="true"),
    "`guid:` is changed": rewrite("tide-1", guid="other"),
    "`guid:` is removed": rewrite("tide-1", guid=""),
    "two files have one guid": rewrite("tide-2", guid=GUID),
    "the audio address is changed": rewrite("tide-1", audio="{url: https://cdn.example.org/new.mp3, length: 9}"),
    "a local audio file is deleted": lambda root: (root / "media/tide-3.mp3").unlink(),
    "the date is changed": rewrite("tide-1", pub_date="2026-01-01T09:00:00Z"),
    "the date is moved to the future": rewrite("tide-1", pub_date="2027-01-01T08:00:00Z"),
    "the time zone of the show is changed": lambda root: set_key(root, "timezone", "Asia/Tokyo"),
    "`feed_url` is changed": lambda root: set_key(root, "feed_url", "https://tides.example.net/feed.xml"),
    "`podcast_guid` is changed": lambda root: set_key(root, "podcast_guid", OTHER_GUID),
    "`new_feed_url` is set": lambda root: set_key(root, "new_feed_url", "https://evil.example/feed.xml"),
    "`block: true` is set": lambda root: set_key(root, "block", "true"),
    "`complete: true` is set": lambda root: set_key(root, "complete", "true"),
    "the cover is deleted": lambda root: (root / "images/cover.png").unlink(),
    "the cover is empty": lambda root: write(root, "images/cover.png", b""),
    "the cover is a Git LFS pointer": lambda root: write(
        root, "images/cover.png", "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 9\n"
    ),
    "nothing, in a fresh checkout": lambda _: None,
    "the ledger is deleted": lambda root: (root / "config/ledger.yaml").unlink(),
    "the ledger loses a row": edit_ledger(r"  tide-2:\n.*?(?=  tide-3:)", ""),
    "the ledger has another guid": edit_ledger(f'guid: "{GUID}"', "guid: wrong"),
    "the ledger has another audio address": edit_ledger("tide-1.mp3", "wrong.mp3"),
    "the ledger has another date": edit_ledger("2026-01-01T08", "2026-01-01T07"),
    "the ledger has another podcast_guid": edit_ledger(r"podcast_guid: \S+", f'podcast_guid: "{OTHER_GUID}"'),
    "the ledger has a merge conflict": edit_ledger(
        f'    guid: "{GUID}"\n', "<<<<<<< HEAD\n    guid: ours\n=======\n    guid: theirs\n>>>>>>> other\n"
    ),
    "the ledger is of a newer version": edit_ledger("podcast_guid", "version: 2\npodcast_guid"),
    "a hosting feed was never read": never_read,
    "first sync; the file has another guid": old_home,
    "first sync; an item has no file": lambda root: old_home(root, MORE.format(title="Only there"), guid="old-1"),
    "first sync; the file of an item is skipped": skipped_file,
    "first sync; `fields: {guid: none}`": with_own_key,
}


@contextmanager
def serving(data: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The feed that subscribers read now, at whatever address the show has."""
    fetch = network.fetch
    with Server(lambda connected: connected.sendall(an_answer(data))) as server:
        monkeypatch.setattr(network, "fetch", lambda _, **options: fetch(server.url, **options))
        yield


def forget(root: Path, known: str) -> None:
    """Leave only what is known, as a clone or a new machine would."""
    if known in {LEDGER, BOTH}:
        run(root, "ledger", "save", "--now", NOW)
    if known not in {HISTORY, BOTH}:
        shutil.rmtree(root / "public")
        shutil.rmtree(root / ".feedbuilder")
    if known == LIVE:
        set_key(root, "guard", "live")


@pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.change}, {story.known}")
def test_the_story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, story: Story) -> None:
    root = a_show(tmp_path / "show")
    build(root)
    before, data = facts(feed(root)), feed(root)
    forget(root, story.known)
    CHANGES[story.change](root)
    site = published(root) if (root / "public").exists() else {}
    with serving(data, monkeypatch):
        made = build(root, "-v", "--allow-private")

    guids = dict(zip(("{guid-3}", "{guid-2}", "{guid-1}"), before, strict=True))
    message = re.sub(r"\{guid-\d\}", lambda name: guids[name[0]], story.message)
    assert message in made.stderr
    if story.outcome == "stops":
        assert made.exit_code == 1
        assert (published(root) if site else {}) == site
        assert site or not (root / "public/current").exists()
        return
    assert made.exit_code in {0, 3}, made.stderr
    after = facts(feed(root))
    if story.known == HOST:
        assert after == {"old-1": before[GUID]}
    elif story.outcome == "leaves":
        assert after == {guid: one for guid, one in before.items() if guid != GUID}
    else:
        assert (after == before) is (story.outcome == "kept")


def test_every_change_has_a_story_and_there_are_many() -> None:
    assert {story.change for story in STORIES} == CHANGES.keys()
    assert len({(story.change, story.known) for story in STORIES}) == len(STORIES) >= 30


def test_the_page_is_fresh() -> None:
    root = Path(__file__).resolve().parent.parent
    page = runpy.run_path(str(root / "docs/make_identity.py"))["page"]()
    assert (root / "docs/identity.md").read_text(encoding="utf-8") == page, "run: python docs/make_identity.py"
