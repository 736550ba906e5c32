"""Values -> the texts of a project: YAML by its library, keys in a fixed order, no empty values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from feedbuilder.authors.records import find_front_matter
from feedbuilder.authors.yaml_text import render_yaml
from feedbuilder.model import Chapter
from feedbuilder.text.characters import UNWANTED
from feedbuilder.text.timecode import format_clock, to_milliseconds


def render_record(front: Mapping[str, Any], body: str) -> str:
    """An episode file, or a people file."""
    return f"---\n{render_yaml(front)}---\n\n{UNWANTED.sub('', body)}\n".rstrip("\n") + "\n"


def insert_front(text: str, more: str) -> str:
    """The file with more keys at the end of its front matter, in its line endings; all else unchanged.

    Raises:
        ValueError: no front matter.
    """
    _, end = find_front_matter(text)
    line_end = "\r\n" if text[:end].endswith("\r\n") else text[end - 1]
    return text[:end] + more.replace("\n", line_end) + text[end:]


def replace_front(text: str, old: str, new: str) -> str:
    """The file with the lines of one key replaced, every other character unchanged.

    If the key has other lines than ``old``, nothing is changed.
    """
    start, end = find_front_matter(text)
    front = text[start:end]
    line_end = "\r\n" if front.endswith("\r\n") else front[-1]
    old, new = (one.replace("\n", line_end) for one in (old, new))
    at = front.find(old)
    rest = front[at + len(old) :]
    if at < 0 or front[:at][-1:] not in {"", "\n", "\r"} or rest[:1] in {" ", "\t", "-", "#", "\r", "\n"}:
        return text
    return text[:start] + front[:at] + new + rest + text[end:]


def chapter_values(chapters: Sequence[Chapter]) -> list[Any]:
    """Chapters as in an episode file: a line each, or a mapping if they have more than start and title."""
    return [
        {"start": _time(one.start_s), "title": one.title}
        | ({"url": one.url} if one.url else {})
        | ({"img": one.image_url} if one.image_url.startswith("https:") else {})
        if one.url or one.image_url or one.title != one.title.strip()
        else f"{_time(one.start_s)} {one.title}"
        for one in chapters
    ]


def _time(seconds: float) -> str:
    """The time as in episode files.

    >>> _time(62), _time(1.9996), _time(3599.5)
    ('1:02', '0:02', '59:59.500')
    """
    whole_s, part_ms = divmod(to_milliseconds(seconds), 1000)
    return f"{format_clock(whole_s)}.{part_ms:03}" if part_ms else format_clock(whole_s)
