"""Captions as files: VTT, SRT, JSON and HTML, exact, and read back by others."""

from __future__ import annotations

import html.parser
import io
import json
import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from feedbuilder.derive.cues import derive_cards, derive_cues
from feedbuilder.errors import Mark
from feedbuilder.model import Cue, Paragraph, Timeline
from feedbuilder.render.captions import (
    SRT_CHARACTERS,
    VTT_CHARACTERS,
    render_srt,
    render_transcript_html,
    render_transcript_json,
    render_vtt,
)
from feedbuilder.text.timecode import to_milliseconds

ADA, BO = "Ada Brook", "Bo Finch"
LONG = "The boats wait outside until noon and then come in with the tide, one after the other, until evening."


def a_cue(text: str = "Good morning.", speaker: str = ADA, start_s: float = 1.0, end_s: float = 2.5) -> Cue:
    return Cue(start_s, end_s, speaker, text, 0)


def a_timeline(*said: tuple[float, str, str], timed: bool = True) -> Timeline:
    paragraphs = (Paragraph(text, who, start_s, trusted=True, mark=Mark("e")) for start_s, who, text in said)
    return Timeline(tuple(paragraphs), timed=timed)


def cards_of(timeline: Timeline, end_s: float | None) -> tuple[Cue, ...]:
    cues = derive_cues(timeline, {}, max_characters=VTT_CHARACTERS, end_s=end_s)
    return derive_cards(cues, max_characters=SRT_CHARACTERS)


def talk(*said: tuple[str, str]) -> list[Cue]:
    """One cue a second."""
    return [a_cue(text, speaker, float(second), second + 1.0) for second, (speaker, text) in enumerate(said)]


# --- readers that are not ours ------------------------------------------------------------------------------------

_STAMP = re.compile(r"(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})")
_ESCAPES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}


def strict_vtt(data: bytes) -> list[tuple[int, int, str, str]]:
    """Start, end (milliseconds), voice and text of each cue; fails where W3C WebVTT 4 is not kept.

    Stricter in what WebVTT leaves open: hours always, no settings, no identifiers, a voice at the beginning only.
    """
    text = data.decode()
    assert text.startswith("WEBVTT\n\n") or text == "WEBVTT\n"
    assert not re.search("[\0\r\ufeff]", text)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    cues: list[tuple[int, int, str, str]] = []
    for block in text[:-1].split("\n\n")[1:]:
        timing, *payload = block.split("\n")
        first, arrow, second = timing.partition(" --> ")
        assert arrow
        start, end = (_milliseconds(stamp) for stamp in (first, second))
        assert start < end
        assert not cues or cues[-1][0] <= start
        assert payload
        assert all(payload)
        assert "-->" not in "".join(payload)
        cues.append((start, end, *_cue_text("\n".join(payload))))
    return cues


def _milliseconds(stamp: str) -> int:
    match = _STAMP.fullmatch(stamp)
    assert match, stamp
    hours, minutes, seconds, rest = map(int, match.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest


def _cue_text(payload: str) -> tuple[str, str]:
    voice = ""
    if payload.startswith("<"):
        tag, closed, payload = payload.partition(">")
        assert closed
        assert re.fullmatch(r"<v [^\s&<>](?:[^\n&<>]*[^\s&<>])?", tag), tag
        voice = tag[3:]
    assert payload.strip()
    assert not re.search("[<>]", payload)
    assert not re.sub("&(?:amp|lt|gt);", "", payload).count("&")
    return voice, re.sub("&(?:amp|lt|gt);", lambda match: _ESCAPES[match[0]], payload)


def as_antennapod_reads_srt(data: bytes) -> list[tuple[str, str]]:
    """Name and words of each card, by the rule that TRN-9 describes."""
    read = []
    name = ""
    for card in data.decode().split("\n\n"):
        words = "".join(f"{line} " for line in card.rstrip("\n").split("\n")[2:])
        if ": " in words:
            parts = words.strip(" ").split(":")
            assert len([part for part in parts if part]) > 1, "such a card is dropped"
            name, words = parts[0], parts[1]
        read.append((name, " ".join(words.split())))
    return read


class _Html(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.read: list[tuple[str, str]] = []
        self.tag = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not self.tag
        assert not attrs
        self.tag = tag
        self.read.append((tag, ""))

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.tag
        self.tag = ""

    def handle_data(self, data: str) -> None:
        if self.tag:
            self.read[-1] = (self.tag, self.read[-1][1] + data)
        else:
            assert data == "\n"


def read_html(data: bytes) -> list[tuple[str, str]]:
    reader = _Html()
    reader.feed(data.decode())
    reader.close()
    assert not reader.tag
    return reader.read


# --- VTT ----------------------------------------------------------------------------------------------------------


def test_vtt_is_exactly_this() -> None:
    cues = [
        a_cue(start_s=0.0, end_s=59.9996),
        a_cue(LONG, BO, 59.9996, 3737.25),
        a_cue("R&D <b>is</b> --> that way.", ADA, 3737.25, 360000.5),
    ]
    assert render_vtt(cues).decode() == (
        "WEBVTT\n"
        "\n"
        "00:00:00.000 --> 00:01:00.000\n"
        "<v Ada Brook>Good morning.\n"
        "\n"
        "00:01:00.000 --> 01:02:17.250\n"
        "<v Bo Finch>The boats wait outside until noon and then come in with\n"
        "the tide, one after the other, until evening.\n"
        "\n"
        "01:02:17.250 --> 100:00:00.500\n"
        "<v Ada Brook>R&amp;D &lt;b&gt;is&lt;/b&gt; --&gt; that way.\n"
    )


def test_vtt_without_cues_is_its_header() -> None:
    assert render_vtt([]) == b"WEBVTT\n"


def test_every_cue_has_a_voice_and_an_unknown_one_has_a_neutral_name() -> None:
    data = render_vtt(talk(("", "One."), (ADA, "Two."), (ADA, "Three."), ("", "Four.")))
    assert [voice for _, _, voice, _ in strict_vtt(data)] == ["Speaker", ADA, ADA, "Speaker"]


def test_where_nobody_is_named_no_voice_is() -> None:
    assert [voice for _, _, voice, _ in strict_vtt(render_vtt(talk(("", "One."), ("", "Two."))))] == ["", ""]


@pytest.mark.parametrize(
    ("name", "voice"),
    [
        ("Brook & Finch", "Brook + Finch"),
        ("<b>Ada</b>", "b Ada /b"),
        ("Ada: host", "Ada host"),
        ("Loïc", "Loïc"),
        ("<>", "Speaker"),
        ("Ada --", "Ada"),
    ],
)
def test_a_voice_holds_nothing_that_ends_it(name: str, voice: str) -> None:
    data = render_vtt(talk((name, "One."), (ADA, "Two.")))
    assert strict_vtt(data)[0][2] == voice


# --- SRT ----------------------------------------------------------------------------------------------------------


def test_srt_is_exactly_this() -> None:
    cues = [
        a_cue("There are two answers to that,", ADA, 0.0, 1.5),
        a_cue("and I shall give you both of them, if I may.", ADA, 1.5, 59.9996),
        a_cue("Yes.", BO, 59.9996, 3737.25),
        a_cue("Click Map --> Tides.", BO, 3737.25, 3738.0),
    ]
    assert render_srt(cues).decode() == (
        "1\n"
        "00:00:00,000 --> 00:00:01,500\n"
        "Ada Brook:\n"
        "There are two answers to that,\n"
        "\n"
        "2\n"
        "00:00:01,500 --> 00:01:00,000\n"
        "and I shall give you both\n"
        "of them, if I may.\n"
        "\n"
        "3\n"
        "00:01:00,000 --> 01:02:17,250\n"
        "Bo Finch: Yes.\n"
        "\n"
        "4\n"
        "01:02:17,250 --> 01:02:18,000\n"
        "Click Map → Tides.\n"
    )


def test_srt_without_cues_is_empty() -> None:
    assert render_srt([]) == b""


def test_a_name_and_words_share_a_line_up_to_32_characters() -> None:
    lines = render_srt(talk((ADA, "x" * 21), (BO, "y" * 23))).decode().split("\n")
    assert [line for line in lines if "x" in line or "y" in line] == [f"Ada Brook: {'x' * 21}", "y" * 23]


def test_a_name_is_written_only_where_the_speaker_changes() -> None:
    data = render_srt(talk(("", "One."), (ADA, "Two."), (ADA, "Three."), ("", "Four."), (BO, "Five.")))
    assert re.findall("^(.*): ", data.decode(), re.MULTILINE) == ["Speaker", ADA, "Speaker", BO]


def test_where_nobody_is_named_srt_has_words_only() -> None:
    assert as_antennapod_reads_srt(render_srt(talk(("", "One."), ("", "Two.")))) == [("", "One."), ("", "Two.")]


def test_a_colon_costs_no_word_in_a_reader_that_divides_cards_at_colons() -> None:
    cues = talk(
        (ADA, "There is one"),
        (ADA, "rule: at 3:30, and: never before, look:"),
        (BO, "Why: because."),
        (BO, "That is why."),
        (ADA, "So:"),
    )
    assert as_antennapod_reads_srt(render_srt(cues)) == [
        (ADA, "There is one"),
        (ADA, "rule: at 3:30, and: never before, look:"),
        (ADA, "Why: because."),
        (BO, "That is why."),
        (BO, "So:"),
    ]


def test_a_colon_in_a_turn_of_some_length_does_not_move_the_name() -> None:
    timeline = a_timeline((0.0, ADA, "There is one rule: never turn your back on the sea."), (4.0, BO, "I see: never."))
    cues = cards_of(timeline, end_s=6.0)
    assert as_antennapod_reads_srt(render_srt(cues)) == [
        (ADA, "There is one"),
        (ADA, "rule: never turn your back on the sea."),
        (BO, "I"),
        (BO, "see: never."),
    ]


# --- JSON ---------------------------------------------------------------------------------------------------------


def test_json_is_exactly_this() -> None:
    cues = [a_cue(start_s=0.0, end_s=1.0), a_cue('She said "R&D <b>"},{"ö" --> …', BO, 1.0, 2.3456)]
    assert render_transcript_json(cues).decode() == (
        '{"version":"1.0.0","segments":[\n'
        '{"speaker":"Ada Brook","startTime":0,"endTime":1,"body":"Good morning."},\n'
        '{"speaker":"Bo Finch","startTime":1,"endTime":2.346,'
        '"body":"She said \\"R&D <b>\\"},{\\"ö\\" --> …"}\n'
        "]}\n"
    )


def test_json_names_nobody_where_nobody_is_named() -> None:
    assert json.loads(render_transcript_json([a_cue(speaker="")]))["segments"] == [
        {"startTime": 1, "endTime": 2.5, "body": "Good morning."}
    ]


def test_json_has_the_neutral_name_where_others_are_named() -> None:
    segments = json.loads(render_transcript_json(talk((ADA, "One."), ("", "Two."))))["segments"]
    assert [segment["speaker"] for segment in segments] == [ADA, "Speaker"]


def test_json_without_cues_has_no_segments() -> None:
    assert json.loads(render_transcript_json([])) == {"version": "1.0.0", "segments": []}


# --- HTML ---------------------------------------------------------------------------------------------------------


def test_html_is_exactly_this() -> None:
    timeline = a_timeline((0.0, "Ada", "Good\nmorning."), (3640.0, "", "R&D </p></script> it's."), (3641.0, "", " "))
    assert render_transcript_html(timeline, {"Ada": "Ada: <Brook> & Co"}).decode() == (
        "<cite>Ada Brook + Co:</cite>\n"
        "<time>0:00</time>\n"
        "<p>Good morning.</p>\n"
        "<cite>Speaker:</cite>\n"
        "<time>1:00:40</time>\n"
        "<p>R&amp;D &lt;/p&gt;&lt;/script&gt; it's.</p>\n"
    )


def test_html_works_without_times_and_without_names() -> None:
    assert render_transcript_html(a_timeline((0.0, "", "One."), (0.0, "", "Two."), timed=False), {}) == (
        b"<p>One.</p>\n<p>Two.</p>\n"
    )


# --- what holds for all, as others read it ------------------------------------------------------------------------

WORDS = st.text("abcAB.,;!?:-–>< &\n\0\x0b\"'\\/é漢。{}1\u00a0\u200b\u202e👩🏽", max_size=120)
TIMELINES = st.lists(
    st.tuples(st.floats(0, 300), st.one_of(st.sampled_from(["", ADA, BO]), WORDS), WORDS), max_size=20
).map(lambda said: a_timeline(*sorted(said, key=lambda entry: entry[0])))


def words_of(texts: Sequence[str]) -> str:
    return "".join("".join(texts).split())


def spoken_in(timeline: Timeline) -> str:
    return words_of([re.sub("[\0\x0b]", "", paragraph.text) for paragraph in timeline.paragraphs])


@given(TIMELINES)
def test_any_transcript_makes_strict_vtt_with_all_its_words(timeline: Timeline) -> None:
    cues = derive_cues(timeline, {}, max_characters=VTT_CHARACTERS, end_s=None)
    read = strict_vtt(render_vtt(cues))
    assert words_of([text for *_, text in read]) == spoken_in(timeline)
    assert [(start, end) for start, end, *_ in read] == [
        (to_milliseconds(cue.start_s), to_milliseconds(cue.end_s)) for cue in cues
    ]
    named = any(re.search(r"[^<>:\s-]", cue.speaker) for cue in cues)
    assert all(bool(voice) == named for *_, voice, _ in read)


@given(TIMELINES)
def test_webvtt_py_reads_the_same_cues_from_vtt_and_srt(timeline: Timeline) -> None:
    cues = derive_cues(timeline, {}, max_characters=VTT_CHARACTERS, end_s=None)
    vtt = list(webvtt.from_string(render_vtt(cues).decode()).captions)
    assert [caption.start_in_seconds for caption in vtt] == [int(cue.start_s) for cue in cues]
    assert words_of([html.unescape(caption.text) for caption in vtt]) == spoken_in(timeline)
    nameless = [Cue(cue.start_s, cue.end_s, "", cue.text, cue.paragraph) for cue in cues]
    srt = list(webvtt.from_buffer(io.BytesIO(render_srt(nameless)), format="srt").captions) if cues else []
    assert len(srt) == len(cues)
    assert words_of([caption.raw_text for caption in srt]) == spoken_in(timeline).replace("-->", "→")


@given(TIMELINES)
def test_no_word_is_lost_where_cards_are_divided_at_colons(timeline: Timeline) -> None:
    cues = cards_of(timeline, end_s=None)
    read = as_antennapod_reads_srt(render_srt(cues)) if cues else []
    assert words_of([words for _, words in read]) == words_of([cue.text.replace("-->", "→") for cue in cues])


@given(TIMELINES)
def test_json_holds_the_cues_and_no_empty_body(timeline: Timeline) -> None:
    cues = derive_cues(timeline, {}, max_characters=VTT_CHARACTERS, end_s=None)
    data = render_transcript_json(cues)
    segments = json.loads(data)["segments"]
    assert [(one["startTime"], one["endTime"], one["body"]) for one in segments] == [
        (cue.start_s, cue.end_s, cue.text) for cue in cues
    ]
    assert all(one["body"].strip() for one in segments)
    assert len(data.decode().split("\n")) == max(len(cues), 1) + 3


@given(TIMELINES, st.booleans())
def test_html_has_three_tags_and_all_the_words(timeline: Timeline, timed: bool) -> None:
    timeline = Timeline(timeline.paragraphs, timed=timed)
    read = read_html(render_transcript_html(timeline, {}))
    assert {tag for tag, _ in read} <= ({"cite", "time", "p"} if timed else {"cite", "p"})
    assert words_of([text for tag, text in read if tag == "p"]) == spoken_in(timeline)
    assert all(text.index(":") == len(text) - 1 for tag, text in read if tag == "cite")


def test_lines_are_as_short_as_captions_want_them() -> None:
    timeline = a_timeline(*((10.0 * n, (ADA, BO)[n % 2], f"{LONG} {LONG}") for n in range(6)))
    vtt = strict_vtt(render_vtt(derive_cues(timeline, {}, max_characters=VTT_CHARACTERS, end_s=None)))
    assert max(len(line) for *_, text in vtt for line in text.split("\n")) <= 65
    assert max(text.count("\n") for *_, text in vtt) <= 1
    cues = cards_of(timeline, end_s=None)
    cards = [card.split("\n")[2:] for card in render_srt(cues).decode().rstrip("\n").split("\n\n")]
    assert max(len(line) for card in cards for line in card) <= 32
    assert max(map(len, cards)) <= 2


@pytest.mark.parametrize("kind", ["vtt", "srt"])
def test_ffmpeg_reads_every_cue(tool: Callable[[str], str], tmp_path: Path, kind: str) -> None:
    timeline = a_timeline((0.0, ADA, f"R&D is --> {LONG}"), (7.25, "", "It: rains."), (3700.0, BO, "Yes. いいえ。"))
    cues = cards_of(timeline, end_s=None)
    (tmp_path / f"a.{kind}").write_bytes(render_vtt(cues) if kind == "vtt" else render_srt(cues))
    command = [tool("ffmpeg"), "-v", "error", "-i", str(tmp_path / f"a.{kind}"), "-f", "srt", "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stderr == b""
    cards = [card.split("\n") for card in done.stdout.decode().rstrip("\n").split("\n\n")]
    times = [card[1] for card in cards]
    assert times == [line for line in render_srt(cues).decode().split("\n") if "-->" in line]
    said = words_of([line for card in cards for line in card[2:]])
    expected = words_of([cue.text for cue in cues])
    if kind == "srt":
        said, expected = re.sub("AdaBrook:|BoFinch:|Speaker:", "", said), expected.replace("-->", "→")
    assert said == expected
