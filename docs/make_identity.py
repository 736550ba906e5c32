# ruff: noqa: INP001, T201 - a script: it is no package, and it prints
"""Writes docs/identity.md from the table of tests/loss_stories.py, which the tests run row by row.

python docs/make_identity.py            # write the page
python docs/make_identity.py --check    # end with 1 if the page is not up to date
"""

from __future__ import annotations

import re
import runpy
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/identity.md"
OUTCOMES = {
    "stops": "stops; nothing is published",
    "kept": "published; subscribers lose nothing",
    "leaves": "published; the episode leaves on purpose",
    "lost": "published; nothing that is known shows the loss",
}
HEAD = """\
# How nothing is lost

Apps know an episode by its guid. If that changes, every app shows the episode again; if an item disappears, apps and
directories drop it. So each build compares what it is about to publish with what is known: the **last release** in
`public/`, the **ledger** in `config/ledger.yaml` (the history of the show, committed with it), and with `guard: live`
the **live feed** at `feed_url:`. What the guard promises is in [design.md](design.md#guard).

Each row below is a test: a show of three episodes is published, everything but the named source is removed, the change
is made, and the show is built again.

"""
FOOT = """
## What to do

* Commit `config/ledger.yaml`. `feedbuilder ledger save` writes it; a build only reads it.
* An intended change is confirmed once: `feedbuilder ledger accept SLUG` (audio and date),
  `feedbuilder ledger accept --show` (facts of the show), `feedbuilder ledger accept SLUG --guid OLD NEW` (a guid),
  `feedbuilder ledger accept --withdraw GUID` (an item of the hosting feed that is left out).
* An episode leaves the feed with `withdrawn: true` in its file; its guid stays reserved.
"""


def page() -> str:
    """The page as the table wants it."""
    stories = runpy.run_path(str(ROOT / "tests/loss_stories.py"))["STORIES"]
    lines = ["| change | known | what a build does | finding |", "|---|---|---|---|"]
    for change, rows in groupby(stories, lambda story: story.change):
        for number, story in enumerate(rows):
            lines.append(
                f"| {'' if number else change} | {story.known} | {OUTCOMES[story.outcome]} | {finding(story)} |"
            )
    return HEAD + "\n".join(lines) + "\n" + FOOT


def finding(story: Any) -> str:  # noqa: ANN401 - a row of a script that is run
    """The finding as a cell: rule and text, with `…` for guids."""
    return re.sub(r"\{guid-\d\}", "…", story.message).replace("|", "\\|").rstrip(": ")


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
    print("docs/identity.md: written")
