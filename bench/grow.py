"""Grows a big show out of a few records, for benchmarks.

usage: grow.py OUT_DIR COUNT RECORDS_DIR...

Writes COUNT records into OUT_DIR, in turn from the readable records with a transcript of the folders. Every copy gets
its own file name, season, episode, host id, YouTube id, date, audio and (at the front of the title) number, so that no
two are the same episode. Text and transcript stay as they are.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

FIRST_DAY = date(2006, 1, 2)
DAYS = 7300
FIRST_HOST_ID = 32**5  # the least of five digits
_RECORD = re.compile(r"---\n.*?\ntranscript:\n.*?\n---", re.DOTALL)
# What tells subscribers which episode it is belongs to the original alone.
_IDENTITY = re.compile(r"^(?:date|dateadded|pub_date|guid|audio):.*\n", re.MULTILINE)


def read_originals(folders: Iterable[Path]) -> list[tuple[str, str]]:
    """Name and text of every record that can be grown, by folder and name."""
    found = [
        (path.stem, path.read_text(encoding="utf-8"))
        for folder in folders
        for path in sorted(folder.glob("*.md"))
        if not path.name.startswith("_")
    ]
    return [(stem, text) for stem, text in found if _RECORD.match(text) and "\ndraft: true\n" not in text]


def grown(text: str, number: int) -> str:
    """The record as episode ``number``, counted from 0."""
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
    """How many originals ``count`` records in ``out`` were made of.

    Raises:
        SystemExit: there is no original.
    """
    originals = read_originals(folders)
    if not originals:
        raise SystemExit("there is no readable record with a transcript")
    out.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        stem, text = originals[number % len(originals)]
        (out / f"{number:06d}-{stem}.md").write_text(grown(text, number), encoding="utf-8")
    return len(originals)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    made_of = grow(map(Path, sys.argv[3:]), Path(sys.argv[1]), int(sys.argv[2]))
    print(f"{sys.argv[2]} records from {made_of} originals in {sys.argv[1]}")
