from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from lxml import etree

from feedbuilder.errors import Mark, Problem
from feedbuilder.model import Chapter
from feedbuilder.upstream.chapters import MOST, find_stamps, parse_json_chapters, parse_podlove

PSC = "{http://podlove.org/simple-chapters}chapters"


def test_json_chapters_are_those_that_apps_show() -> None:
    entries = [
        {"startTime": 60, "title": "Two", "url": "https://x.example/", "img": "https://x.example/i.jpg"},
        {"startTime": 0.5, "title": "<b>One</b>", "url": "javascript:x"},
        {"startTime": 70, "title": "Hidden", "toc": False},
        {"startTime": 80},
        "text",
    ]
    assert parse_json_chapters(json.dumps({"chapters": entries}).encode(), "c") == (
        (Chapter(0.5, "One"), Chapter(60.0, "Two", "https://x.example/", "https://x.example/i.jpg")),
        [
            Problem("IMP-5", Mark("c"), "chapter 3 is hidden (toc: false)", "left out"),
            Problem("IMP-5", Mark("c"), "chapter 4 has no valid start or no title", "left out"),
            Problem("IMP-5", Mark("c"), "chapter 5 has no valid start or no title", "left out"),
        ],
    )


def test_what_an_episode_file_cannot_hold_of_json_chapters_is_named() -> None:
    entries = [
        {"startTime": 0, "title": "In", "endTime": 9, "img": "http://x.example/i.jpg"},
        {"startTime": 0, "title": "Again"},
        {"startTime": 9, "title": "Out", "endTime": 12, "location": {"name": "Pier"}},
    ]
    chapters, problems = parse_json_chapters(json.dumps({"chapters": entries}).encode(), "c")
    assert [chapter.title for chapter in chapters] == ["In", "Out"]
    assert [(problem.what, problem.effect) for problem in problems] == [
        ("1 chapter starts with another one", "left out"),
        ("2 chapters have endTime", "not imported"),
        ("1 chapter has location", "not imported"),
        ("1 chapter has an img without https", "not imported"),
    ]


def test_a_file_that_is_wrong_throughout_says_so_in_ten_lines() -> None:
    problems = parse_json_chapters(json.dumps({"chapters": [0] * 1000}).encode(), "c")[1]
    assert [problem.what for problem in problems] == [
        *(f"chapter {number} has no valid start or no title" for number in range(1, 11)),
        "990 more findings in this file",
    ]
    assert problems[-1].mark == Mark("c")
    eleven = "".join(f"<psc:chapter start='{number}'/>" for number in range(11))
    xml = f'<x xmlns:psc="http://podlove.org/simple-chapters"><psc:chapters>{eleven}</psc:chapters></x>'
    podlove = [problem.what for problem in parse_podlove(etree.fromstring(xml).iter(PSC), "f")[1]]
    assert podlove == [*["a psc:chapter has no valid start or no title"] * 10, "1 more finding in this file"]


def test_more_chapters_than_an_episode_has_are_left_out() -> None:
    entries = [{"startTime": number, "title": "a"} for number in range(MOST + 7)]
    podlove = "".join(f"<psc:chapter start='{number}' title='a'/>" for number in range(MOST + 7))
    xml = f'<x xmlns:psc="http://podlove.org/simple-chapters"><psc:chapters>{podlove}</psc:chapters></x>'
    kept = tuple(Chapter(float(number), "a") for number in range(MOST))
    finding = Problem("IMP-5", Mark("c"), "the episode has 1007 chapters, more than 1000", "the rest is left out")
    assert parse_json_chapters(json.dumps({"chapters": entries}).encode(), "c") == (kept, [finding])
    assert parse_podlove(etree.fromstring(xml).iter(PSC), "c") == (kept, [finding])
    lines = [f"{number // 60}:{number % 60:02} a" for number in range(MOST + 7)]
    assert find_stamps(lines) == (kept, tuple(range(MOST)))


def test_json_that_is_none_is_named_with_its_line() -> None:
    assert [problem.mark for problem in parse_json_chapters(b'{\n"chapters": [,]}', "c")[1]] == [Mark("c", 2)]
    assert [problem.what for problem in parse_json_chapters(b"[]", "c")[1]] == ["the JSON has no `chapters` list"]


def test_podlove_chapters_are_read() -> None:
    xml = (
        '<x xmlns:psc="http://podlove.org/simple-chapters"><psc:chapters><psc:chapter start="8:26.250" title="B"/>'
        '<psc:chapter start="0" title="A" href="https://a.example/"/><psc:chapter start="soon" title="C"/>'
        "</psc:chapters></x>"
    )
    chapters, problems = parse_podlove(etree.fromstring(xml).iter(PSC), "f")
    assert chapters == (Chapter(0.0, "A", "https://a.example/"), Chapter(506.25, "B"))
    assert [problem.what for problem in problems] == ["a psc:chapter has no valid start or no title"]


@pytest.mark.parametrize(
    "form", ["{} {}", "{} - {}", "({}) {}", "({}) - {}", "{}-{}", "- {} {}", "[{}] {}", "({})\n\n{}", "{} | {}"]
)
def test_times_in_notes_are_read_in_the_forms_of_all_platforms(form: str) -> None:
    pairs = [("00:00", "One"), ("02:11", "Two"), ("01:01:30", "Three")]
    text = "About.\n" + "\n".join(form.format(*pair) for pair in pairs) + "\nBye."
    assert find_stamps(text.split("\n"))[0] == (Chapter(0.0, "One"), Chapter(131.0, "Two"), Chapter(3690.0, "Three"))


def test_two_times_are_no_list_and_one_wrong_time_costs_one_chapter() -> None:
    assert find_stamps(["0:00 a", "1:00 b"]) == ((), ())
    wrong = find_stamps(["0:00 a", "59:00 b", "1:00 c", "2:00 d"])
    assert wrong == ((Chapter(0, "a"), Chapter(60, "c"), Chapter(120, "d")), (0, 2, 3))


def test_every_list_of_the_corpus_is_read() -> None:
    folder = os.environ.get("FEEDBUILDER_CORPUS", "")
    if not folder:
        pytest.skip("FEEDBUILDER_CORPUS names no folder")
    for path in sorted(Path(folder, "chapters").iterdir()):
        data = path.read_bytes()
        if path.suffix == ".json":
            given = json.loads(data).get("chapters")
            chapters, problems = parse_json_chapters(data, path.name)
            shown = [one for one in given or [] if one.get("toc") is not False]
            assert [one.start_s for one in chapters] == sorted(one["startTime"] for one in shown)
            assert len(problems) >= len(given or [0]) - len(chapters), path.name  # each that is left out is named
        elif path.suffix == ".xml":
            assert len(parse_podlove(etree.fromstring(data).iter(PSC), path.name)[0]) == data.count(b"<psc:chapter ")
        else:
            lines = data.decode().split("\n")
            times = [line for line in lines if line.strip("( ")[:2].isdigit()]
            assert len(times) - 1 <= len(find_stamps(lines)[0]) <= len(times)
