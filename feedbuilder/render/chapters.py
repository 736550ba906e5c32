"""The JSON chapters file of an episode (CHP-1 to CHP-7: podcast namespace, jsonChapters 1.2, 2021-04-15)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from feedbuilder.model import Chapter
from feedbuilder.text.characters import clean_text
from feedbuilder.text.timecode import json_seconds

_as_json = json.JSONEncoder(ensure_ascii=False).encode


def render_chapters_json(chapters: Sequence[Chapter], *, title: str, podcast_name: str, author: str = "") -> bytes:
    """JSON chapters 1.2.0, a chapter a line; texts that are empty are left out.

    Without ``endTime`` and ``toc``: a chapter lasts until the next begins (CHP-5), and apps disagree on silent chapters
    (CHP-7).
    """
    head = {"version": "1.2.0", "author": author, "title": title, "podcastName": podcast_name}
    lines = [_as_json(_given(_chapter(chapter))) for chapter in chapters]
    body = ",\n".join(lines)
    return f'{_as_json(_given(head))[:-1]}, "chapters": [\n{body}\n]}}\n'.encode()


def _chapter(chapter: Chapter) -> dict[str, str | float]:
    return {
        "startTime": json_seconds(chapter.start_s),
        "title": chapter.title,
        "img": chapter.image_url,
        "url": chapter.url,
    }


def _given(values: Mapping[str, str | float]) -> dict[str, str | float]:
    cleaned = {key: clean_text(value) if isinstance(value, str) else value for key, value in values.items()}
    return {key: value for key, value in cleaned.items() if value != ""}
