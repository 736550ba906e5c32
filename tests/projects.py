"""Small projects on disk, and the command line run over them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from documents import validate

from feedbuilder.cli import main

SHOW = """\
title: Harbour Notes
link: https://harbour.example.org/
feed_url: https://harbour.example.org/feed.xml
podcast_guid: 3bb1f2a0-8f0c-5d0e-9d2f-3f1f0a3f6b11
description: Short talks from a small harbour.
language: en
author: Harbour Notes
owner: {name: Harbour Notes, email: notes@harbour.example.org}
image: https://harbour.example.org/cover.jpg
categories: [Science]
explicit: false
timezone: Europe/Lisbon
publish_time: "06:30"
hosts: [ines]
upstream: none
"""
HOST = "---\nshort: ines\ntitle: Inês Barroso\n---\n"
NOW = "2026-06-01T00:00:00Z"


@dataclass(frozen=True)
class Run:
    """Exit code and output of a command."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def data(self) -> Any:  # noqa: ANN401 - JSON
        return json.loads(self.stdout)


def record(number: int, **keys: str) -> str:
    """An episode with three headers and six timed lines; ``keys`` replace or add front matter lines, '' removes."""
    front = {
        "title": f"Tide {number}",
        "season": "1",
        "episode": str(number),
        "guid": f"00000000-0000-4000-8000-{number:012}",
        "pub_date": f"2026-01-{number:02}T08:00:00Z",
        "audio": f"{{url: https://cdn.example.org/tide-{number}.mp3, length: {number}00000, type: audio/mpeg}}",
        "duration": "600",
    } | keys
    lines = "".join(
        f"- header: Part {part} of tide {number}\n"
        f"- line: The water of tide {number} comes in for the {part}. time.\n  sec: {part * 120}\n  who: Inês\n"
        f"- line: And it goes out again, as it always did.\n  sec: {part * 120 + 60}\n  who: Inês\n"
        for part in range(3)
    )
    head = "".join(f"{key}: {value}\n" for key, value in front.items() if value)
    return f"---\n{head}transcript:\n{lines}---\n\nNotes of tide {number}.\n"


def a_project(root: Path, records: Mapping[str, str] | None = None, /, **show: str) -> Path:
    """A project in ``root`` with these records (default: three) and these lines of the show file replaced or added."""
    texts = {f"tide-{number}": record(number) for number in (1, 2, 3)} if records is None else records
    lines = dict(line.split(": ", 1) for line in SHOW.splitlines()) | show
    write(root, "config/show.yaml", "".join(f"{key}: {value}\n" for key, value in lines.items() if value))
    write(root, "config/people/ines.md", HOST)
    for slug, text in texts.items():
        write(root, f"episodes/{slug}.md", text)
    return root


def write(root: Path, path: str, text: str | bytes) -> None:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(text.encode() if isinstance(text, str) else text)


def run(root: Path, *arguments: str) -> Run:
    """Run a command of feedbuilder in the project; a JSON document must have its documented shape."""
    head, *rest = arguments
    sub = [rest.pop(0)] if head == "ledger" else []
    result = CliRunner().invoke(main, [head, *sub, "-C", str(root), *rest])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    if "--json" in rest and result.stdout:
        validate(" ".join([head, *sub]), json.loads(result.stdout))
    return Run(result.exit_code, result.stdout, result.stderr)


def build(root: Path, *arguments: str, now: str = NOW) -> Run:
    return run(root, "build", "--now", now, *arguments)


def published(root: Path) -> dict[str, bytes]:
    """All files that readers see, by path."""
    current = root / "public" / "current"
    return {str(path.relative_to(current)): path.read_bytes() for path in sorted(current.rglob("*")) if path.is_file()}


def feed(root: Path) -> bytes:
    return (root / "public/current/feed.xml").read_bytes()
