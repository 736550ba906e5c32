"""Generates a large show from a few episode files, for benchmarks.

usage: grow.py OUT_DIR COUNT RECORDS_DIR...

Writes COUNT episode files into OUT_DIR, copied in turn from the files with a transcript in the folders. Every copy has
its own file name, season, episode, host id, YouTube id, date, audio and number before the title, so that each is an
episode of its own. Text and transcript are not changed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

FIRST_DAY = date(2006, 1, 2)
DAYS = 7300
FIRST_HOST_ID = 32**5  # the smallest with five digits
_RECORD = re.compile(r"---\n.*?\ntranscript:\n *- .*?\n---", re.DOTALL)
# Lines with the identity of the original, which copies must not have.
_IDENTITY = re.compile(r"^(?:date|dateadded|pub_date|guid|audio):.*\n", re.MULTILINE)


def read_originals(folders: Iterable[Path]) -> list[tuple[str, str]]:
    """Name and text of every file that can be copied, by folder and name."""
    files = [
        (path.stem, path.read_text(encoding="utf-8"))
        for folder in folders
        for path in sorted(folder.glob("*.md"))
        if not path.name.startswith("_")
    ]
    return [(stem, text) for stem, text in files if _RECORD.match(text) and "\ndraft: true\n" not in text]


def grown(text: str, number: int) -> str:
    """The text as episode ``number``, counted from 0."""
    head, separator, rest = text.partition("\ntranscript:\n")
    day = FIRST_DAY + timedelta(days=number % DAYS)
    host_id, video = f"e{FIRST_HOST_ID + number:x}", f"G{number:010d}"
    head = _IDENTITY.sub("", f"{head}\n").rstrip("\n")
    for pattern, replacement in (
        (r"^title: *[\"']?(?=\S)", rf"\g<0>{number + 1} "),
        (r"^season: .*$", f"season: {number // 50 + 1}"),
        (r"^episode: .*$", f"episode: {number % 50 + 1}"),
        (r"^(  anchor: )(?!http).*$", rf"\g<1>Grown-record-{number}-{host_id}"),
        (r"^(  youtube: )(?!http).*$", rf"\g<1>{video}"),
    ):
        head = re.sub(pattern, replacement, head, count=1, flags=re.MULTILINE)
    head = re.sub(r"(/episodes/(?:[\w-]+-)?)e[0-9a-v]{5,}", rf"\g<1>{host_id}", head)
    head = re.sub(r"(youtube\.com/watch\?v=)[\w-]{11}", rf"\g<1>{video}", head)
    audio = f"{{url: https://audio.example.com/{number:06d}.mp3, length: 48000000, type: audio/mpeg}}"
    return f"{head}\ndateadded: {day}\naudio: {audio}{separator}{rest}"


def grow(folders: Iterable[Path], out: Path, count: int) -> int:
    """Write ``count`` episode files into ``out``; the number of originals.

    Raises:
        SystemExit: no original was found.
    """
    originals = read_originals(folders)
    if not originals:
        raise SystemExit("no episode file with a transcript found")
    out.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        stem, text = originals[number % len(originals)]
        (out / f"{number:06d}-{stem}.md").write_text(grown(text, number), encoding="utf-8")
    return len(originals)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    number_of_originals = grow(map(Path, sys.argv[3:]), Path(sys.argv[1]), int(sys.argv[2]))
    print(f"Wrote {sys.argv[2]} episodes from {number_of_originals} originals to {sys.argv[1]}.")
