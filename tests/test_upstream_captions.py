from __future__ import annotations

import os
from pathlib import Path

import pytest
import webvtt
from growth import growth

from feedbuilder.markup import MAX_HTML, MOST_TAGS
from feedbuilder.upstream.captions import Spoken, gather_paragraphs, parse_captions

VTT = "text/vtt"


def said(text: str, media_type: str = VTT) -> tuple[list[Spoken], list[str]]:
    spoken, problems = parse_captions(text.encode(), media_type, "t")
    return list(spoken), [f"{problem.mark}: {problem.what}" for problem in problems]


def test_webvtt_gives_voices_without_markup() -> None:
    text = (
        "WEBVTT\nKind: captions\n\nNOTE nobody sees this\n\nSTYLE\n::cue {}\n\n1\n00:01.000 --> 00:02.500 align:start\n"
        "<v.loud Rui Faria>Tom &amp; <i>I</i></v>\nwere <00:02.000>there.\n"
    )
    assert said(text) == ([Spoken(1.0, 2.5, "Rui Faria", "Tom & I were there.")], [])


def test_subrip_keeps_a_speaker_until_another_is_named() -> None:
    text = "1\r\n00:00:01,000 --> 00:00:02,000\r\nAna: Yes\r\n\r\n2\r\n00:00:02,000 --> 00:00:03,000\r\nand no.\r\n"
    assert said(text, "application/x-subrip") == (
        [Spoken(1.0, 2.0, "Ana", "Yes"), Spoken(2.0, 3.0, "Ana", "and no.")],
        [],
    )


@pytest.mark.parametrize("document", ['{{"version": "1.0.0", "segments": [{}]}}', "[{}]"])
def test_both_forms_of_json_are_read(document: str) -> None:
    ours = (
        '{"startTime": 0.5, "endTime": 1, "speaker": "Ana", "body": "a  b"}, {"start": "1:00", "text": "c"}, {"x": 1}'
    )
    assert said(document.format(ours), "application/json") == (
        [Spoken(0.5, 1.0, "Ana", "a b"), Spoken(60.0, 60.0, "", "c")],
        ["t: segment 3 has no text or no valid time"],
    )


def test_html_gives_names_times_and_paragraphs() -> None:
    text = "<cite>Ana:</cite>\n<time>1:02</time>\n<p>One &lt;b&gt;</p><p>two</p>"
    assert said(text, "text/html") == ([Spoken(62.0, None, "Ana", "One <b>"), Spoken(None, None, "Ana", "two")], [])


def test_a_page_without_times_is_its_paragraphs() -> None:
    assert said("<div>One</div><div>Two</div>", "text/html")[0] == [
        Spoken(None, None, "", "One"),
        Spoken(None, None, "", "Two"),
    ]


@pytest.mark.parametrize(
    ("text", "media_type", "problem"),
    [
        ("00:01.000 --> 00:02.000\nx", VTT, "t:1: the file does not start with WEBVTT"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\na\n\nb", VTT, "t:6: text without a time: 'b'"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n\n", VTT, "t:3: the caption has no text"),
        ("WEBVTT\n\n1\n00:99 --> 00:02.000\na", VTT, "t:4: invalid caption time '00:99 --> 00:02.000'"),
        ("WEBVTT", VTT, "t:1: the file has no captions"),
        ("", "application/srt", "t:1: the file has no captions"),
        ("1\nsome text", "application/srt", "t:1: text without a time: '1 some text'"),
        ("{}", "application/json", "t: the JSON has no `segments` list"),
        ("{\n1}", "application/json", None),
        ("<p></p>", "text/html", "t:1: the transcript page has no text"),
        ("<html>Log in</html>", VTT, "t:1: the response is a web page, not text/vtt"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(text: str, media_type: str, problem: str | None) -> None:
    found = said(text, media_type)[1]
    assert found == [problem] if problem else found[0].startswith("t:2: invalid JSON")


@pytest.mark.parametrize(
    ("text", "media_type"),
    [
        (f"[{','.join('0' * 100)}]", "application/json"),
        ("WEBVTT\n\n0:00.000 --> 0:01.000\na\n\n" + "alone\n\n" * 100, VTT),
        ("WEBVTT\n\n" + "never --> ever\na\n\n" * 100, VTT),
        ("WEBVTT\n\n" + "00:01.000 --> 00:02.000\n\n" * 100, VTT),
    ],
)
def test_a_file_that_is_wrong_throughout_says_so_in_ten_lines(text: str, media_type: str) -> None:
    problems = said(text, media_type)[1]
    assert (len(problems), len({problem.partition(": ")[2] for problem in problems[:10]})) in {(11, 1), (11, 10)}
    assert problems[10] == "t: 90 more findings in this file"


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_a_file_is_read_in_the_encoding_that_it_has(encoding: str) -> None:
    data = "WEBVTT\n\n00:01.000 --> 00:02.000\nMaré – alta\n".encode(encoding)
    assert parse_captions(data, VTT, "t") == ((Spoken(1.0, 2.0, "", "Maré – alta"),), [])


@pytest.mark.parametrize("end", ["", "</b>"])
def test_a_page_takes_time_by_its_length_however_it_nests(end: str) -> None:
    assert growth(lambda tags: said("<p>x" + tags + end * tags.count("<"), "text/html"), "<cite>" * 20_000) < 10
    assert said("<p>x" + "<cite>" * 300 + end * 300, "text/html")[0] == [Spoken(None, None, "", "x")]


def test_a_page_that_is_too_long_says_that_its_end_is_missing() -> None:
    spoken, problems = said("<p>One</p>" + " " * MAX_HTML + "<p>Two</p>", "text/html")
    assert spoken == [Spoken(None, None, "", "One")]
    assert problems == ["t: the transcript page has 2000020 characters, more than 2000000"]
    spoken, problems = said("<p>One</p>" + "<b>" * MOST_TAGS + "</b>" * MOST_TAGS + "<p>Two</p>", "text/html")
    assert [one.text for one in spoken] == ["One"]
    assert problems == ["t: the transcript page has more than 200000 tags"]


def test_captions_become_paragraphs_of_one_speaker_within_one_chapter() -> None:
    long = "word " * 60 + "end."
    spoken = [
        Spoken(0, 1, "A", "one"),
        Spoken(1, 2, "A", "two."),
        Spoken(2, 3, "B", "three"),
        Spoken(60, 61, "B", "after a pause"),
        Spoken(61, 62, "B", long),
        Spoken(62, 63, "B", "next"),
        Spoken(63, 64, "B", "in another chapter"),
    ]
    assert [(one.start_s, one.text) for one in gather_paragraphs(spoken, [63.0])] == [
        (0, "one two."),
        (2, "three"),
        (60, f"after a pause {long}"),
        (62, "next"),
        (63, "in another chapter"),
    ]


def test_every_transcript_of_the_corpus_gives_its_words_or_a_reason() -> None:
    folder = os.environ.get("FEEDBUILDER_CORPUS", "")
    if not folder:
        pytest.skip("FEEDBUILDER_CORPUS names no folder")
    types = {".vtt": VTT, ".srt": "application/x-subrip", ".json": "application/json", ".html": "text/html"}
    for path in sorted(Path(folder, "transcripts").iterdir()):
        spoken, problems = parse_captions(path.read_bytes(), types[path.suffix], path.name)
        broken = "invalid" in path.name
        assert bool(spoken) is not broken, path.name
        assert bool(problems) is (broken or "missing" in path.name), path.name
        assert all(problem.mark.line for problem in problems), path.name
        if path.suffix == ".vtt" and not problems:
            theirs = [caption.start_in_seconds for caption in webvtt.read(str(path)).captions]
            assert [int(one.start_s or 0) for one in spoken] == [int(start) for start in theirs]


def test_work_grows_with_the_text_of_hostile_voices() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<v." * 20_000
    assert growth(said, text) < 10
