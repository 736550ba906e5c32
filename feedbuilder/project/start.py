"""A new project: a show file, a host, a cover and empty folders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image, ImageDraw, ImageFont
from PIL.ImageFont import FreeTypeFont
from PIL.ImageFont import ImageFont as BitmapFont

from feedbuilder.authors.show import SHOW_FILE, parse_show
from feedbuilder.authors.yaml_text import scalar
from feedbuilder.derive.identity import podcast_guid
from feedbuilder.errors import Mark, Problem, WrongUse, quoted
from feedbuilder.project.observer import SILENT, Observer
from feedbuilder.rules import level_of
from feedbuilder.sources import write_new

Font = FreeTypeFont | BitmapFont

SHOW = """\
# The show. docs/reference/show.md describes all keys; `feedbuilder schema show` prints them for editors.
title: {title}
link: {site}
feed_url: {feed_url}          # where feed.xml will be published
podcast_guid: {guid}   # identifies the show to apps: never change it, even if the feed moves
description: {description}
language: {language}
author: {author}
{owner}
image: images/cover.png           # square, 1400 to 3000 px, JPEG or PNG without transparency
categories: [Technology]          # Apple's list: docs/reference/categories.md
explicit: false
timezone: UTC
publish_time: "08:00"             # for episodes whose pub_date has no time
hosts: [host]                     # files in config/people
upstream: none                    # or {{feed: URL}} if another host already publishes this show
"""
HOST = """\
---
short: host
title: {author}
aliases: []
---

Makes {title}.
"""
IGNORE = "/public/\n/.feedbuilder/\n"
# The option that sets each key of the show file. The default author is the title.
_OPTIONS = {
    "title": "--title",
    "feed_url": "--site",
    "description": "--description",
    "language": "--language",
    "owner": "--email",
}
_FILE_ENDINGS = (".xml", ".rss", ".json", ".html", ".htm", ".php")


def start_project(folder: Path, given: Mapping[str, str], observer: Observer = SILENT) -> list[str]:
    """Start a project in ``folder``; the paths that were written. Existing files are not changed.

    ``given``: title, site, author, email, language and description, as in the options of ``init``.

    Raises:
        WrongUse: a value would make a show file that cannot be read; nothing is written.
    """
    files = _files(given)
    if problems := list(_wrong(given["site"], files[SHOW_FILE])):
        raise WrongUse(*problems)
    written = []
    for path, data in files.items():
        target = folder / path
        if not target.exists():
            write_new(target, data)
            written.append(path)
            observer.changed()
    return written


def _wrong(site: str, show: bytes) -> Iterator[Problem]:
    """The findings of the show file, placed at the options that set the values."""
    yield from _no_folder(site)
    lines = show.decode().splitlines()
    for problem in parse_show(SHOW_FILE, show)[1]:
        missing = problem.what.partition(" ")[0] if problem.rule == "KEY-2" else ""  # a missing key has no line
        key = missing or lines[problem.mark.line - 1].partition(":")[0]
        if level_of(problem) == "error" and key in _OPTIONS:
            yield replace(problem, mark=Mark(_OPTIONS[key]), effect="no file was written")


def _no_folder(site: str) -> Iterator[Problem]:
    """The finding if feed.xml cannot be placed below ``site``, because it is the URL of a file or has a query."""
    with suppress(ValueError):  # not a URL: the show file reader reports it
        address = urlsplit(site)
        parents, _, name = address.path.rstrip("/").rpartition("/")
        is_file = name.lower().endswith(_FILE_ENDINGS)
        if address.netloc and (is_file or address.query or address.fragment):
            folder = f"https://{address.netloc}{parents if is_file else address.path.rstrip('/')}/"
            what = f"{quoted(site, 200)} is not the URL of a folder"
            remedy = f"Use --site {folder} for a feed at {folder}feed.xml."
            yield Problem("CFG-6", Mark("--site"), what, "no file was written", remedy)


def _files(given: Mapping[str, str]) -> dict[str, bytes]:
    title, author = given["title"], given["author"] or given["title"]
    site = given["site"].rstrip("/") + "/"
    owner = f"owner: {{name: {scalar(author)}, email: {scalar(given['email'])}}}"
    show = SHOW.format(
        title=scalar(title),
        site=scalar(site),
        feed_url=scalar(f"{site}feed.xml"),
        guid=podcast_guid(f"{site}feed.xml"),
        description=scalar(given["description"]),
        language=scalar(given["language"]),
        author=scalar(author),
        owner=owner
        if given["email"]
        else "# owner: {name: Ada Brook, email: ada@example.org}   # platforms send verification codes here",
    )
    return {
        "config/show.yaml": show.encode(),
        "config/people/host.md": HOST.format(author=scalar(author), title=title).encode(),
        "images/cover.png": cover(title),
        "media/.gitkeep": b"",
        "episodes/.gitkeep": b"",
        ".gitignore": IGNORE.encode(),
    }


def cover(title: str) -> bytes:
    """A plain cover with the title, with which the first build is a valid feed. The author replaces it."""
    size, margin = 1400, 120
    image = Image.new("RGB", (size, size), (32, 41, 56))
    draw = ImageDraw.Draw(image)
    font: Font = ImageFont.load_default(150)
    lines: list[str] = [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and draw.textlength(longer, font=font) > size - 2 * margin:
            lines.append(word)
        else:
            lines[-1] = longer
    draw.multiline_text((margin, margin), "\n".join(lines[:6]), font=font, fill=(240, 236, 226), spacing=30)
    buffer = BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
