"""How an episode or a show could be lost to its subscribers: each change, what is known, and what a build does.

`tests/test_loss_stories.py` runs every row; `docs/make_identity.py` prints them.
"""

from __future__ import annotations

from typing import NamedTuple


class Story(NamedTuple):
    """One row. ``known``: what the build can compare with.

    ``outcome``: ``stops`` (nothing is published), ``kept`` (subscribers lose nothing), ``leaves`` (on purpose) or
    ``lost`` (nothing known shows it). ``message``: part of the finding, if there is one.
    """

    change: str
    known: str
    outcome: str
    message: str = ""


HISTORY, LEDGER, LIVE, NOTHING, BOTH = "last release", "ledger", "live feed", "nothing", "release and ledger"
HOST = "hosting feed"

NO_HISTORY = "LED-20: there is no config/ledger.yaml and no earlier release"
MISSING = "LED-3: published episode 'tide-1' ('Tide 1') is missing"
NOT_LIVE = "LED-3: item '{guid-1}' ('Tide 1') of the live feed is missing"
LIKELY = "If episodes/neap.md is this episode, add `guid: '{guid-2}'` there."
DRAFT = f"{MISSING}; episodes/tide-1.md is a draft or skipped"

STORIES = (
    # an episode file
    Story("an episode file is deleted", HISTORY, "stops", MISSING),
    Story("an episode file is deleted", LEDGER, "stops", MISSING),
    Story("an episode file is deleted", LIVE, "stops", NOT_LIVE),
    Story("an episode file is deleted", NOTHING, "lost"),
    Story("a file without `guid:` is renamed", HISTORY, "kept", "LED-12: episode 'tide-2' is now 'neap'"),
    Story("a file without `guid:` is renamed", LEDGER, "kept", "LED-12: episode 'tide-2' is now 'neap'"),
    Story("a file without `guid:` is renamed", LIVE, "stops", "LED-3: item '{guid-2}' ('Tide 2') of the live feed"),
    Story("a file without `guid:` is renamed", NOTHING, "lost", NO_HISTORY),
    Story("a file is renamed, with another title and audio", HISTORY, "stops", LIKELY),
    Story("a file is renamed, with another title and audio", LEDGER, "stops", LIKELY),
    Story("a file is renamed, with another title and audio", LIVE, "stops", "LED-3: item '{guid-2}'"),
    Story("a file cannot be read", HISTORY, "kept", "BLD-3: the episode file cannot be read"),
    Story("a file cannot be read", LEDGER, "stops", "BLD-4: the episode file cannot be read and the release"),
    Story("a file cannot be read", LIVE, "stops", NOT_LIVE),
    Story("a file cannot be read", NOTHING, "lost"),
    Story("a published episode becomes a draft", HISTORY, "stops", DRAFT),
    Story("a published episode becomes a draft", LEDGER, "stops", DRAFT),
    Story("a published episode becomes a draft", LIVE, "stops", NOT_LIVE),
    Story("a published episode gets `published: false`", BOTH, "stops", DRAFT),
    Story("`withdrawn: true` is added", BOTH, "leaves"),
    # facts of an episode
    Story(
        "`guid:` is changed", HISTORY, "stops", "LED-4: the guid of 'tide-1' would change from '{guid-1}' to 'other'"
    ),
    Story("`guid:` is changed", LEDGER, "stops", "LED-4: the guid of 'tide-1' would change from '{guid-1}' to 'other'"),
    Story("`guid:` is changed", LIVE, "stops", NOT_LIVE),
    Story("`guid:` is changed", NOTHING, "lost"),
    Story("`guid:` is removed", HISTORY, "kept"),
    Story("`guid:` is removed", LEDGER, "kept"),
    Story("`guid:` is removed", LIVE, "stops", NOT_LIVE),
    Story("`guid:` is removed", NOTHING, "lost", NO_HISTORY),
    Story("two files have one guid", NOTHING, "stops", "LED-6: 'tide-1' and 'tide-2' have the same guid"),
    Story("the audio address is changed", HISTORY, "stops", "LED-5: the audio of 'tide-1' would move"),
    Story("the audio address is changed", LEDGER, "stops", "LED-5: the audio of 'tide-1' would move"),
    Story("the audio address is changed", LIVE, "stops", "LED-5: the audio of 'tide-1' would move"),
    Story("a local audio file is deleted", HISTORY, "kept"),
    Story("a local audio file is deleted", LEDGER, "stops", "BLD-9: "),
    Story("a local audio file is deleted", LIVE, "stops", "LED-3: item '{guid-3}' ('Tide 3') of the live feed"),
    Story("the date is changed", HISTORY, "stops", "LED-16: the date of 'tide-1' would change"),
    Story("the date is changed", LEDGER, "stops", "LED-16: the date of 'tide-1' would change"),
    Story("the date is changed", LIVE, "stops", "LED-16: the date of 'tide-1' would change"),
    Story("the date is moved to the future", HISTORY, "stops", "LED-16: the date of 'tide-1' would change"),
    Story("the date is moved to the future", LIVE, "stops", NOT_LIVE),
    Story("the time zone of the show is changed", HISTORY, "kept"),
    Story("the time zone of the show is changed", LEDGER, "kept"),
    Story("the time zone of the show is changed", LIVE, "stops", "LED-16: the date of 'tide-3' would change"),
    Story("the time zone of the show is changed", NOTHING, "lost", NO_HISTORY),
    # the show
    Story("`feed_url` is changed", HISTORY, "stops", "LED-9: the feed would move"),
    Story("`feed_url` is changed", LEDGER, "stops", "LED-9: the feed would move"),
    Story("`podcast_guid` is changed", HISTORY, "stops", "LED-8: podcast_guid would change"),
    Story("`podcast_guid` is changed", LIVE, "stops", "LED-8: podcast_guid would change"),
    Story(
        "`new_feed_url` is set", HISTORY, "stops", "LED-19: `new_feed_url: https://evil.example/feed.xml` would move"
    ),
    Story("`new_feed_url` is set", LEDGER, "stops", "LED-19: `new_feed_url: https://evil.example/feed.xml` would move"),
    Story("`block: true` is set", HISTORY, "stops", "LED-19: `block: true` would remove the show"),
    Story("`block: true` is set", LEDGER, "stops", "LED-19: `block: true` would remove the show"),
    Story("`complete: true` is set", BOTH, "stops", "LED-19: `complete: true` would tell apps"),
    Story("the cover is deleted", HISTORY, "kept", "LED-21: images/cover.png not found; the published one is kept"),
    Story("the cover is deleted", LEDGER, "stops", "LED-19: the feed would lose its artwork"),
    Story("the cover is empty", HISTORY, "kept", "LED-21: images/cover.png is empty"),
    Story("the cover is a Git LFS pointer", HISTORY, "kept", "LED-21: images/cover.png is a Git LFS pointer"),
    # the ledger
    Story("nothing, in a fresh checkout", LEDGER, "kept"),
    Story("nothing, in a fresh checkout", LIVE, "kept"),
    Story("nothing, in a fresh checkout", NOTHING, "kept", NO_HISTORY),
    Story("the ledger is deleted", BOTH, "kept"),
    Story("the ledger loses a row", BOTH, "kept"),
    Story("the ledger has another guid", BOTH, "stops", "disagree about the guid of 'tide-1': 'wrong' and '{guid-1}'"),
    Story(
        "the ledger has another audio address",
        BOTH,
        "stops",
        "LED-17: ledger and last release disagree about the audio",
    ),
    Story("the ledger has another date", BOTH, "stops", "LED-17: ledger and last release disagree about the date"),
    Story("the ledger has another podcast_guid", BOTH, "stops", "disagree about podcast_guid"),
    Story("the ledger has a merge conflict", BOTH, "stops", "LED-1: merge conflict: one side has 'guid: ours'"),
    Story("the ledger is of a newer version", BOTH, "stops", "LED-1: the ledger has version 2"),
    # a hosting feed
    Story("a hosting feed was never read", HOST, "stops", "LED-10: the hosting feed 'old.xml' has never been read"),
    Story(
        "first sync; the file has another guid", HOST, "stops", "LED-4: the guid of 'tide-1' would change from 'old-1'"
    ),
    Story("first sync; an item has no file", HOST, "stops", "LED-18: published item 'old-9' ('Only there')"),
    Story("first sync; the file of an item is skipped", HOST, "stops", "('Tide 2') is in episodes/zwölf.md"),
    Story("first sync; `fields: {guid: none}`", HOST, "kept"),
)
