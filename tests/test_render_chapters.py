"""The JSON chapters file."""

from __future__ import annotations

import json

from builders import a_chapter
from hypothesis import given
from hypothesis import strategies as st

from feedbuilder.model import Chapter
from feedbuilder.render.chapters import render_chapters_json

TITLES = st.text(
    st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), min_size=1
)


def test_json_chapters_are_exactly_this() -> None:
    chapters = [
        a_chapter(),
        a_chapter(112.5, 'Springs & "neaps" – où?', url="https://harbour.example/springs"),
        a_chapter(3737.0004, "Low water", image_url="https://harbour.example/low.jpg"),
    ]
    data = render_chapters_json(chapters, title="Reading tide tables", podcast_name="Harbour Talk", author="Ada Brook")
    assert data.decode() == (
        '{"version": "1.2.0", "author": "Ada Brook", "title": "Reading tide tables", "podcastName": "Harbour Talk", '
        '"chapters": [\n'
        '{"startTime": 0, "title": "Intro"},\n'
        '{"startTime": 112.5, "title": "Springs & \\"neaps\\" – où?", "url": "https://harbour.example/springs"},\n'
        '{"startTime": 3737, "title": "Low water", "img": "https://harbour.example/low.jpg"}\n'
        "]}\n"
    )


def test_texts_that_are_empty_are_left_out() -> None:
    data = render_chapters_json([a_chapter()], title="Reading tide tables", podcast_name="")
    assert json.loads(data) == {
        "version": "1.2.0",
        "title": "Reading tide tables",
        "chapters": [{"startTime": 0, "title": "Intro"}],
    }


def test_characters_that_are_forbidden_elsewhere_are_forbidden_here() -> None:
    data = render_chapters_json([a_chapter(0.0, "In\x00tro\ud800")], title="T\x0b", podcast_name="P\x1f", author="\x00")
    assert json.loads(data) == {
        "version": "1.2.0",
        "title": "T",
        "podcastName": "P",
        "chapters": [{"startTime": 0, "title": "Intro"}],
    }


@given(st.lists(st.tuples(st.floats(0, 1e6), TITLES), max_size=9), TITLES)
def test_any_titles_come_back_with_their_times(chapters: list[tuple[float, str]], title: str) -> None:
    data = render_chapters_json([Chapter(*chapter) for chapter in chapters], title=title, podcast_name=title)
    read = json.loads(data)
    assert (read["title"], read["podcastName"]) == (title, title)
    assert [chapter["title"] for chapter in read["chapters"]] == [text for _, text in chapters]
    assert all(
        abs(chapter["startTime"] - start_s) <= 0.0005001
        for chapter, (start_s, _) in zip(read["chapters"], chapters, strict=True)
    )
