"""``feedbuilder new``: a record with a guid of its own, ready to be written."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import click

from feedbuilder.cli.options import json_option, project_option
from feedbuilder.cli.output import guarded, print_json

RECORD = """\
---
title: {title}
guid: {guid}   # the identity of this episode for ever: never change it
pub_date: {date}   # or 2026-03-31T17:00:00+02:00
season: {season}
episode: {episode}
guests: []
links:
  youtube: TODO
  spotify: TODO
  apple: TODO
audio:
  file: {slug}.mp3   # in the media folder; or url: https://…, length: BYTES, type: audio/mpeg
draft: true   # remove this line to publish
transcript:
- header: First topic
- line: What is said first.
  time: '0:00'
  who: Host
---

Show notes in Markdown.
"""


@click.command(epilog='Example: feedbuilder new "Why we write transcripts" --season 2')
@project_option
@click.argument("title")
@click.option("--slug", default="", help="File name without .md; default: made from the title.")
@click.option("--season", type=click.IntRange(min=1), help="Default: the latest season.")
@click.option("--episode", type=click.IntRange(min=1), help="Default: the next number of the season.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Day of publication; default: today.")
@json_option
@guarded
def command(**given: object) -> None:
    """Write a new record with a fresh guid; it is a draft until its `draft:` line is removed."""
    from datetime import UTC, datetime

    from feedbuilder.cli.init import quote
    from feedbuilder.cli.project import load_texts
    from feedbuilder.episodes import propose_slug
    from feedbuilder.sources import find_project, write_new

    root = find_project(Path(str(given["start"])))
    project = load_texts(root)
    title = str(given["title"])
    slug = str(given["slug"] or propose_slug(re.sub(r"['’]", "", title)).lower())
    seasons = [episode.season for episode in project.episodes if episode.season]
    season = given["season"] or max(seasons, default=1)
    numbers = [int(one.episode) for one in project.episodes if one.season == season and one.episode]
    day = given["day"] if isinstance(given["day"], datetime) else datetime.now(UTC)
    record = RECORD.format(
        title=quote(title),
        guid=uuid.uuid4(),
        date=f"{day:%Y-%m-%d}",
        season=season,
        episode=given["episode"] or max(numbers, default=0) + 1,
        slug=slug,
    )
    path = f"{project.show.episodes[0]}/{slug}.md"
    write_new(root / path, record.encode())
    if given["as_json"]:
        print_json({"exit": 0, "written": [path]})
    else:
        click.echo(f"wrote {path}")
