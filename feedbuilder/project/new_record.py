"""A new episode file: a draft with its own guid."""

from __future__ import annotations

import re
import uuid
from collections.abc import Container, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from feedbuilder.authors.episodes import propose_slug, slug_fault, slug_of, slug_of_title
from feedbuilder.authors.fields import rename_keys
from feedbuilder.authors.records import parse_record
from feedbuilder.authors.show import Show
from feedbuilder.authors.yaml_text import scalar
from feedbuilder.errors import FeedbuilderError, Mark, Problem, WrongUse, quoted
from feedbuilder.model import SourceFile
from feedbuilder.project.load import load_show
from feedbuilder.project.observer import SILENT, Observer
from feedbuilder.sources import read_folder, write_new
from feedbuilder.text.characters import plain_title
from feedbuilder.text.names import fold

LONGEST_SLUG = 120  # the paths of a release have at most 200 bytes (PUB-1)

RECORD = """\
---
title: {title}
guid: {guid}   # identifies this episode to apps: never change it
pub_date: {date}   # or 2026-03-31T17:00:00+02:00
season: {season}
episode: {episode}
guests: []
# links:   # the pages of this episode; `feedbuilder links` finds them
#   youtube: https://www.youtube.com/watch?v=abcdefghijk
audio:
  file: {slug}.mp3   # in the media folder; for another host: url: https://…, length: BYTES, type: audio/mpeg
draft: true   # remove this line to publish
# transcript:   # headers become chapters
# - header: The first topic
# - line: The words of one speaker.
#   time: '0:00'
#   who: Ada
---

Show notes in Markdown.
"""


def new_record(
    root: Path,
    title: str,
    *,
    slug: str | None = None,
    season: int | None = None,
    episode: int | None = None,
    day: datetime | None = None,
    observer: Observer = SILENT,
) -> str:
    """Write a new episode file with a new guid; its path. Defaults: the latest season, its next number and today.

    Raises:
        WrongUse: a file with this title or slug would not be read.
        FeedbuilderError: another episode file has the slug, or the file cannot be written.
    """
    title = " ".join(title.split())
    _refuse(title, slug)
    show, _ = load_show(root)
    written = _records(root, show)
    today = f"{day or datetime.now(show.timezone):%Y-%m-%d}"
    taken = {slug_of(file.path).casefold(): file.path for file in written}
    slug = slug or slug_of_title(title) or _free(today, taken)
    path = f"{show.episodes[0]}/{slug}.md"
    if other := taken.get(slug.casefold()):
        what = f"slug {quoted(slug)} is already used by {other}"
        raise FeedbuilderError(Problem("FILE-9", Mark(path), what, "", f"Use --slug {_free(slug, taken)}."))
    numbers = list(_numbers(written, show))
    season = season or max((number for number, _ in numbers), default=0) or 1
    latest = max((number for in_season, number in numbers if in_season == season), default=0)
    record = RECORD.format(
        title=scalar(title), guid=uuid.uuid4(), date=today, season=season, episode=episode or latest + 1, slug=slug
    )
    write_new(root / path, record.encode())
    observer.changed()
    return path


def _refuse(title: str, slug: str | None) -> None:
    """Refuse a title or slug whose file would not be read (REC-2, REC-7, REC-8).

    Raises:
        WrongUse: the title or the slug is invalid.
    """
    problems = []
    if not plain_title(title):
        remedy = 'Give it in quotation marks: `feedbuilder new "First words"`.'
        problems.append(Problem("REC-8", Mark("TITLE"), "title is empty", "no file was written", remedy))
    if slug is not None:
        fault = "ends in .md, which is added automatically" if slug.lower().endswith(".md") else slug_fault(slug)
        if not slug:
            fault = "is empty"
        if len(slug) > LONGEST_SLUG:
            fault = f"is longer than {LONGEST_SLUG} characters"
        if fault:
            near = propose_slug(re.sub(r"\.md$", "", slug, flags=re.IGNORECASE))[:LONGEST_SLUG]
            what = f"{quoted(slug)} {fault}"
            problems.append(Problem("REC-7", Mark("--slug"), what, "no file was written", f"Use --slug {near}."))
    if problems:
        raise WrongUse(*problems)


def _records(root: Path, show: Show) -> list[SourceFile]:
    """All episode files, including drafts."""
    return [file for folder in dict.fromkeys(show.episodes) for file in read_folder(root, folder)[0]]


def _numbers(records: Iterable[SourceFile], show: Show) -> Iterator[tuple[int, int]]:
    """Season and number of every episode file that can be read, including drafts; 0 for a missing value."""
    for file in records:
        if record := parse_record(file.path, file.data).record:
            front = {fold(key): str(value) for key, value in rename_keys(record.front, show.fields)[0].items()}
            season, number = (re.sub(r"\D.*", "", front.get(key, ""), flags=re.DOTALL) for key in ("season", "episode"))
            yield int(season[:9] or 0), int(number[:9] or 0)


def _free(slug: str, taken: Container[str]) -> str:
    """The slug, or the first of ``slug-2``, ``slug-3`` … that is not taken."""
    number = 1
    free = slug
    while free.casefold() in taken:
        number += 1
        free = f"{slug}-{number}"
    return free
