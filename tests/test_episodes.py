"""The meaning of the keys of an episode file. The case files of ``test_records`` show how damage is reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedbuilder.authors.episodes import (
    Parsed,
    Reader,
    as_instant,
    find_unknown_names,
    note_unknown_keys,
    parse_episode,
    propose_slug,
    slug_of,
)
from feedbuilder.authors.records import parse_record
from feedbuilder.compose.clashes import find_number_clashes, find_slug_clashes
from feedbuilder.compose.inputs import Sources, parse_project, read_show
from feedbuilder.errors import Mark, Problem
from feedbuilder.model import AudioSource, Chapter, Clip, Credit, Episode, Header, Line, Soundbite, SourceFile
from feedbuilder.rules.findings import format_problem
from feedbuilder.text.dates import parse_date
from feedbuilder.vocabulary.podcast_tags import Tag

PATH = "episodes/042.md"
BERLIN = ZoneInfo("Europe/Berlin")


def read(front: str, *, path: str = PATH, body: str = "", names: Mapping[str, str] | None = None) -> Parsed:
    reading = parse_record(path, f"---\n{front}\n---\n{body}".encode())
    assert reading.record is not None
    assert reading.problems == ()
    return parse_episode(reading.record, Reader(names or {}, BERLIN, time(17, 0)))


def episode_of(front: str, **options: str) -> Episode:
    parsed = read(f"title: Tides\n{front}", **options)  # type: ignore[arg-type]
    assert parsed.episode is not None
    assert parsed.problems == ()
    return parsed.episode


def findings(front: str, *, path: str = PATH) -> list[str]:
    return printed(read(f"title: Tides\n{front}", path=path).problems)


def naive(text: str) -> datetime:
    """A date and time without a zone."""
    return datetime.fromisoformat(text)


def printed(problems: Sequence[Problem]) -> list[str]:
    return [format_problem(problem).removeprefix("episodes/") for problem in problems]


def test_a_title_is_enough() -> None:
    assert episode_of("") == Episode(slug="042", mark=Mark(PATH), title="Tides")


def test_every_key_has_its_field() -> None:
    front = """
short: Why tides
guests: [bofinch]
people: [{name: Cy Drum, role: Audio Editor, href: https://cy.example/, img: https://cy.example/c.jpg}, didrake]
image: images/tides.jpg
season: 2
episode: 7.5
episode_type: bonus
ids: {YouTube: abcdefghijk, anchor: e139abc}
links: {Apple-Podcasts: https://podcasts.apple.com/x}
description: Why the sea comes and goes.
intro: A talk.
pub_date: 2026-03-31T17:00:00+02:00
guid: 5f0c4b9e
audio: {url: https://audio.example/tides.mp3, length: 123, type: Audio/MPEG}
duration: 0:02:30
explicit: true
chapters: [{start: 0, title: "The *moon*", url: https://moon.example/, img: https://moon.example/m.jpg}, 1:00 Sun]
soundbites: [{start: 30, duration: 15, title: It pulls}]
withdrawn: true
keywords: [sea]
transcript_offset_s: -2
transcript: [{header: Moon}, {line: Hello., sec: 3, who: Ada}]
clips: [{name: Moon, start: 2}]
license: CC-BY-4.0
"""
    parsed = read(f"title: Tides\n{front}", body="\nNotes.\n")
    assert parsed.episode == Episode(
        slug="042",
        mark=Mark(PATH),
        title="Tides",
        short="Why tides",
        description="Why the sea comes and goes.",
        intro="A talk.",
        body="Notes.",
        season=2,
        episode=Decimal("7.5"),
        episode_type="bonus",
        explicit=True,
        guid="5f0c4b9e",
        pub_date=datetime(2026, 3, 31, 15, tzinfo=UTC),
        audio=AudioSource("https://audio.example/tides.mp3", "", 123, "audio/mpeg"),
        duration_s=150.0,
        image="images/tides.jpg",
        guests=("bofinch",),
        people=(
            Credit(
                "Cy Drum",
                "audio editor",
                "audio post-production",
                image_url="https://cy.example/c.jpg",
                href="https://cy.example/",
            ),
            Credit("", "guest", "cast", short="didrake"),
        ),
        ids={"youtube": "abcdefghijk", "anchor": "e139abc"},
        links={"applepodcasts": "https://podcasts.apple.com/x"},
        chapters=(
            Chapter(0.0, "The moon", "https://moon.example/", "https://moon.example/m.jpg"),
            Chapter(60.0, "Sun"),
        ),
        transcript=(Header("Moon", None, Mark(PATH, 25, 14)), Line("Hello.", "Ada", 3.0, Mark(PATH, 25, 30))),
        clips=(Clip("Moon", 2.0),),
        soundbites=(Soundbite(30.0, 15.0, "It pulls"),),
        transcript_offset_s=-2.0,
        withdrawn=True,
        keywords=("sea",),
        tags=(Tag("license", (), "CC-BY-4.0"),),
    )
    assert printed(parsed.problems) == [
        (
            "042.md:9:1: warning T-30: episode 7.5 is not a whole number; published as podcast:episode "
            "only. Use a whole number."
        )
    ]
    assert (parsed.unknown, parsed.lost) == ({}, False)


def test_an_episode_knows_the_places_of_its_keys() -> None:
    episode = episode_of("Audio: {url: https://a.example/a.mp3}\nTranscript:\n- line: a\nclips:\nquotableClips: []")
    assert episode.at("title") == Mark(PATH, 2, 1)
    assert episode.at("audio.url") == Mark(PATH, 3, 9)
    assert episode.at("audio.length") == Mark(PATH, 3, 1)
    assert episode.at("transcript") == Mark(PATH, 4, 1)
    assert episode.at("clips") == Mark(PATH, 6, 1)
    assert episode.at("pub_date") == Mark(PATH)


def test_places_of_entries_are_correct_after_one_is_left_out() -> None:
    parsed = read("title: Tides\nchapters:\n- soon A\n- 1:00 B\n- 2:00 C")
    assert parsed.episode is not None
    assert [parsed.episode.at(f"chapters.{n}").line for n in (0, 1)] == [5, 6]


# --- lost and skipped files ----------------------------------------------------------------


def test_a_draft_is_skipped_whatever_its_content() -> None:
    parsed = read("title: Tides\nseason: 0\ndraft: true\nmood: calm", path="episodes/a b.md")
    assert (parsed.episode, parsed.lost, parsed.unknown) == (None, False, {})
    assert printed(parsed.problems) == [
        "a b.md:4:1: note REC-9: the episode is a draft; skipped. Remove `draft:` to publish it."
    ]


def test_draft_false_is_no_draft() -> None:
    assert episode_of("draft: no").title == "Tides"


def test_all_findings_of_a_lost_file_are_returned() -> None:
    parsed = read("season: 0\nmood: calm\ntranscript: [x]\nclips: y\nlicense: z", path="episodes/a b.md")
    assert (parsed.episode, parsed.lost, list(parsed.unknown)) == (None, True, ["mood"])
    assert [(problem.rule, problem.mark.line) for problem in parsed.problems] == [
        ("REC-7", 0),
        ("REC-8", 0),
        ("APL-28", 2),
        ("P20-0c", 6),
        ("TRX-3", 4),
        ("TRX-4", 5),
    ]


@pytest.mark.parametrize("title", ["", "~", "' '", '"<br>"', "[a]"])
def test_without_a_title_an_episode_is_lost(title: str) -> None:
    parsed = read(f"title: {title}")
    assert (parsed.episode, parsed.lost) == (None, True)
    assert (
        printed(parsed.problems)[0]
        == "042.md: error REC-8: the episode has no title; the episode is left out. Add `title:`."
    )


@pytest.mark.parametrize("name", ["042", "a", "A-b_c.d", "2026-03-31-tides", "0..1"])
def test_names_that_can_be_part_of_a_url_are_accepted(name: str) -> None:
    assert episode_of("", path=f"episodes/sub folder/{name}.md").slug == name


@pytest.mark.parametrize(
    ("name", "proposed"),
    [("-a", "a"), (".a", "a"), ("a b", "a-b"), ("ä", "a"), ("a/../é&", "e"), ("日本", "episode"), ("a%20b", "a-20b")],
)
def test_other_names_are_rejected_with_a_proposal(name: str, proposed: str) -> None:
    parsed = read("title: Tides", path=f"episodes/{name}.md")
    shown = name.rpartition("/")[2]
    assert parsed.lost
    assert format_problem(parsed.problems[0]) == (
        f"episodes/{name}.md: error REC-7: the file name {shown!r} cannot be part of a URL; "
        f"the episode is left out. Rename the file to {proposed}.md."
    )


@given(st.text(max_size=20))
def test_a_proposed_name_is_always_accepted(name: str) -> None:
    assert episode_of("", path=f"episodes/{propose_slug(name)}.md").slug == propose_slug(name)


@pytest.mark.parametrize(("path", "slug"), [("episodes/a/042.md", "042"), ("042.tar.md", "042.tar"), ("a/042", "")])
def test_a_slug_is_the_file_name_without_its_extension(path: str, slug: str) -> None:
    assert slug_of(path) == slug


def test_names_that_differ_only_in_case_clash() -> None:
    paths = ["b/Tides.md", "a/tides.md", "a/TIDES.md", "c/other.md", "straße/x.md", "y/X.md"]
    assert [format_problem(problem) for problem in find_slug_clashes(paths)] == [
        (
            "a/tides.md: error REC-10: the file name 'tides' is used by a/TIDES.md; the episode is left out. "
            "Rename it to a-tides.md."
        ),
        (
            "b/Tides.md: error REC-10: the file name 'Tides' is used by a/TIDES.md; the episode is left out. "
            "Rename it to b-Tides.md."
        ),
        (
            "y/X.md: error REC-10: the file name 'X' is used by straße/x.md; the episode is left out. Rename it "
            "to y-X.md."
        ),
    ]


def test_different_names_do_not_clash() -> None:
    assert find_slug_clashes(["a/1.md", "b/2.md"]) == []


def test_a_number_is_unique_within_its_season() -> None:
    texts = {
        "a.md": "season: 2\nepisode: 4",
        "b.md": "season: 2\nepisode: 4.0",
        "bonus.md": "season: 2\nepisode: 4\nepisode_type: bonus",
        "gone.md": "season: 2\nepisode: 4\nwithdrawn: true",
        "c.md": "season: 3\nepisode: 4",
        "d.md": "episode: 4",
        "e.md": "episode: 4",
    }
    episodes = [episode_of(text, path=path) for path, text in texts.items()]
    assert printed(find_number_clashes(episodes[::-1])) == [
        "b.md:4:1: warning REC-12: a.md is also episode 4 of season 2. Renumber one, or set `episode_type: bonus`.",
        "e.md:3:1: warning REC-12: d.md is also episode 4. Renumber one, or set `episode_type: bonus`.",
    ]


@pytest.mark.parametrize("guid", ["TODO", "None", "-", "00000000-0000-0000-0000-000000000000", "{{ page.guid }}"])
def test_a_placeholder_is_no_guid(guid: str) -> None:
    parsed = read(f"title: Tides\nguid: '{guid}'")
    assert parsed.episode is not None
    assert parsed.episode.guid == ""
    assert printed(parsed.problems) == [
        (
            f"042.md:3:1: warning T-51: guid '{guid}' is a placeholder; left out. "
            "Remove it to derive one from the file name."
        )
    ]


def test_a_placeholder_is_no_picture() -> None:
    assert findings("image: TODO") == [
        (
            "042.md:3:1: warning T-51: image 'TODO' is a placeholder; left out. Replace it with the value, or "
            "remove the key."
        )
    ]


@pytest.mark.parametrize("duration", ["0", "00:00:00", "PT0S"])
def test_zero_is_no_duration(duration: str) -> None:
    assert findings(f"duration: {duration}") == [
        f"042.md:3:1: warning APL-27: duration '{duration}' is 0; left out. Use 1:02:33 or 3753."
    ]


# --- numbers, dates ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", "1"), ("03", "3"), ("0.5", "0.5"), ("13.10", "13.10"), ("3.0", "3"), ("999999999", "999999999")],
)
def test_episodes_are_numbers_above_0(text: str, number: str) -> None:
    parsed = read(f"title: Tides\nepisode: {text}")
    assert parsed.episode is not None
    assert str(parsed.episode.episode) == number


def test_a_season_may_be_written_as_spreadsheets_do() -> None:
    assert episode_of("season: 2.0").season == 2


@pytest.mark.parametrize(
    ("key", "text", "what"),
    [
        ("episode", "0", "episode 0 is not a number from 1"),
        ("episode", "0.0", "episode 0.0 is not a number from 1"),
        ("episode", "-1", "episode -1 is not a number from 1"),
        ("episode", "1.2.3", "episode 1.2.3 is not a number from 1"),
        ("episode", "1.12345", "episode 1.12345 is not a number from 1"),
        ("episode", "12b", "episode '12b' is not a number from 1"),
        ("episode", "1234567890", "episode 1234567890 is not a number from 1"),
        ("season", "0", "season 0 is not a whole number from 1"),
        ("season", "1.5", "season 1.5 is not a whole number from 1"),
        ("season", "two", "season 'two' is not a whole number from 1"),
        ("season", "1234567890", "season 1234567890 is not a whole number from 1"),
    ],
)
def test_other_numbers_are_left_out(key: str, text: str, what: str) -> None:
    assert findings(f"{key}: {text}") == [
        f"042.md:3:1: warning APL-28: {what}; left out of the item. Number from 1, or remove the key."
    ]


@pytest.mark.parametrize(
    ("value", "instant", "is_day"),
    [
        (None, None, False),
        (date(2026, 3, 28), datetime(2026, 3, 28, 16, tzinfo=UTC), True),
        (date(2026, 3, 29), datetime(2026, 3, 29, 15, tzinfo=UTC), True),  # summer time begins
        (naive("2026-03-28T09:00:00"), datetime(2026, 3, 28, 8, tzinfo=UTC), False),
        (datetime(2026, 3, 28, 9, tzinfo=ZoneInfo("Asia/Tokyo")), datetime(2026, 3, 28, 0, tzinfo=UTC), False),
    ],
)
def test_a_day_gets_the_time_and_zone_of_the_show(value: date | None, instant: datetime | None, is_day: bool) -> None:
    assert as_instant(value, Reader({}, BERLIN, time(17, 0))) == (instant, is_day)
    assert instant is None or str(as_instant(value, Reader({}, BERLIN, time(17, 0)))[0]).endswith("+00:00")


@given(st.text("0123456789-:TZ +.abJanMonGMT,", max_size=30))
def test_any_text_is_a_date_or_rejected(text: str) -> None:
    try:
        value = parse_date(text)
    except ValueError:
        return
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        instant, _ = as_instant(value, Reader({}, ZoneInfo(zone), time(0, 0)))
        assert instant is not None
        assert instant.utcoffset() is not None


# --- audio, people, chapters ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("audio", "source"),
    [
        ("{url: https://a.example/a.mp3}", AudioSource("https://a.example/a.mp3")),
        ("{file: media/a.mp3}", AudioSource(file="media/a.mp3")),
        ("{file: a.mp3, length: '0', type: video/mp4}", AudioSource(file="a.mp3", length_bytes=0, type="video/mp4")),
        ("{url: , file: }", None),
        ("{}", None),
        ("~", None),
    ],
)
def test_audio_is_a_url_or_a_file(audio: str, source: AudioSource | None) -> None:
    parsed = read(f"title: Tides\naudio: {audio}")
    assert parsed.episode is not None
    assert parsed.episode.audio == source
    assert [problem.rule for problem in parsed.problems] == (["AUD-1"] if audio == "{}" else [])


def test_findings_on_the_audio_have_their_places() -> None:
    assert findings("audio:\n  url: http://a.example/a.mp3\n  length: 5 MB\n  type: mp3\n  file: a.mp3") == [
        "042.md:3:1: warning AUD-2: `audio` has both `url` and `file`; the url is used. Remove one of them.",
        (
            "042.md:5:3: warning RSS-7: audio.length '5 MB' is not a whole number of bytes; published as 0. "
            "Set `audio.length` to the size in bytes."
        ),
        "042.md:6:3: warning RSS-8: invalid media type 'mp3'; left out. Use a type such as audio/mpeg.",
    ]


def test_an_invalid_audio_url_is_reported_once() -> None:
    assert [line.split()[2] for line in findings("audio: {url: a.mp3}")] == ["RSS-6:"]


def test_unknown_roles_are_reported_and_written() -> None:
    parsed = read(
        "title: Tides\npeople:\n- {name: Cy, role: Wizard}\n- {name: Di, role: Guest, group: Magic}\n- {role: Host}"
    )
    assert parsed.episode is not None
    assert parsed.episode.people == (Credit("Cy", "wizard", "cast"), Credit("Di", "guest", "magic"))
    assert printed(parsed.problems) == [
        (
            "042.md:4:3: warning P20-11: the Podcast Taxonomy has no role 'Wizard'; published as written. "
            "Use a role and group of its list."
        ),
        (
            "042.md:5:3: warning P20-11: the Podcast Taxonomy has no role 'Guest' in group 'Magic'; "
            "published as written. Use a role and group of its list."
        ),
        "042.md:6:3: warning PER-3: the credit has neither `short` nor `name`; left out. Add `short:` or `name:`.",
    ]


@pytest.mark.parametrize(
    ("entry", "chapter"),
    [
        ("0:00 Intro", Chapter(0.0, "Intro")),
        ("  1:02:03.5   The  moon ", Chapter(3723.5, "The moon")),
        ("(1:34) Moon", Chapter(94.0, "Moon")),
        ("[0:01:34] - Moon - rise", Chapter(94.0, "Moon - rise")),
        ("1:34: Moon", Chapter(94.0, "Moon")),
        ("1:34 – Moon", Chapter(94.0, "Moon")),
        ("1:34 -Moon", Chapter(94.0, "-Moon")),
        ("{start: 94.5, title: '**Moon**'}", Chapter(94.5, "Moon")),
        ("{start: 1:34, title: '**'}", Chapter(94.0, "**")),
    ],
)
def test_chapters_are_mappings_or_a_time_and_a_title(entry: str, chapter: Chapter) -> None:
    text = entry if entry.startswith("{") else f"'{entry}'"
    assert episode_of(f"chapters: [{text}]").chapters == (chapter,)


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ("Intro", "the chapter 'Intro' does not begin with a time"),
        ("94 Intro", "the chapter '94 Intro' does not begin with a time"),
        ("'  '", "the chapter '  ' does not begin with a time"),
        ("'1:00 '", "the chapter '1:00 ' has no title"),
        ("'1:00 -'", "the chapter '1:00 -' has no title"),
    ],
)
def test_other_chapters_are_left_out(entry: str, what: str) -> None:
    assert findings(f"chapters: [{entry}]") == [
        f"042.md:3:12: warning CHP-1: {what}; left out. Write it as `12:34 Title`."
    ]


@pytest.mark.parametrize(("duration", "reported"), [("14.9", True), ("15", False), ("120", False), ("120.1", True)])
def test_soundbites_of_other_lengths_are_reported(duration: str, reported: bool) -> None:
    front = f"soundbites: [{{start: 1, duration: 20}}, {{start: 30, duration: {duration}}}]"
    assert findings(front) == (
        [f"042.md:3:40: note P20-SB: the soundbite lasts {duration} s. Choose a longer or shorter span."]
        if reported
        else []
    )


@pytest.mark.parametrize(
    ("title", "reported"),
    [
        ("Ep 12 tides", True),
        ("Episode: tides", True),
        ("s01e04 tides", True),
        ("#12 tides", True),
        ("12. Tides", True),
        ("Epic tides", False),
        ("12th tide", False),
        ("Tides 12", False),
        ("S is for sea", False),
    ],
)
def test_titles_that_begin_with_a_number_are_reported(title: str, reported: bool) -> None:
    parsed = read(f"title: '{title}'")
    assert printed(parsed.problems) == (
        [
            (
                f"042.md:2:1: warning APL-23: the title {title!r} begins with a number. "
                "Remove the number from the title; `episode:` has it."
            )
        ]
        if reported
        else []
    )


# --- names of keys ----------------------------------------------------------------------------------------------------


def test_unknown_keys_are_returned_with_their_places() -> None:
    parsed = read("title: Tides\nmood: calm\nTranscript: []\nquotable-clips: []\nSesaon: 1\nFunding: {}")
    assert parsed.unknown == {"mood": Mark(PATH, 3, 1), "Sesaon": Mark(PATH, 6, 1)}


def test_keys_mapped_by_the_show_are_known() -> None:
    parsed = read("title: Tides\nPodcast: {url: x}\nmood: y", names={"audio.url": "podcast.url", "keywords": "mood"})
    assert parsed.unknown == {}


def test_unknown_keys_of_all_files_are_one_finding_per_key() -> None:
    def at(path: str, line: int) -> Mark:
        return Mark(path, line, 1)

    unknown = [
        {"mood": at("b.md", 3), "sesaon": at("b.md", 4)},
        {"mood": at("a.md", 9)},
        {"mood": at("c.md", 1), "date": at("c.md", 2), "sesaon": at("c.md", 3)},
    ]
    assert [format_problem(problem) for problem in note_unknown_keys(unknown)] == [
        (
            "c.md:2:1: note KEY-7: unknown key 'date'; ignored. Map it under `fields:` in config/show.yaml if it is "
            "another name for a key, or remove it."
        ),
        (
            "a.md:9:1: note KEY-7: unknown key 'mood' (also in 2 more files); ignored. Map it under `fields:` in "
            "config/show.yaml if it is another name for a key, or remove it."
        ),
        (
            "b.md:4:1: warning KEY-7: unknown key 'sesaon' (also in 1 more file); ignored. Did you mean 'season'? "
            "If all your files use this name, map it under `fields:`."
        ),
    ]
    assert note_unknown_keys([]) == []


@pytest.mark.parametrize("near", ["transcripts", "clip", "fundings", "pubdates", "chapter"])
def test_keys_similar_to_a_known_one_are_found(near: str) -> None:
    (problem,) = note_unknown_keys([{near: Mark(PATH, 1, 1)}])
    assert problem.remedy.startswith("Did you mean")


@pytest.mark.parametrize("key", ["pub_date", "Pub-Date", "audio.url", "links.mastodon", "license.url", "transcript"])
def test_the_show_can_map_each_key_of_an_episode_file(key: str) -> None:
    assert find_unknown_names({key: Mark("config/show.yaml", 1, 1)}) == []


@pytest.mark.parametrize(
    ("key", "remedy"),
    [
        ("pub_dat", "Did you mean 'pub_date'?"),
        ("audio.uri", "Did you mean 'audio.url'?"),
        ("title.x", "Did you mean 'title'?"),
        ("mood", "Use a key listed in docs/reference/record.md."),
    ],
)
def test_other_keys_that_the_show_maps_are_reported(key: str, remedy: str) -> None:
    (problem,) = find_unknown_names({key: Mark("config/show.yaml", 12, 3)})
    assert format_problem(problem) == (
        f"config/show.yaml:12:3: warning KEY-8: unknown key '{key}' in `fields`; ignored. {remedy}"
    )


def test_a_misspelt_key_under_fields_is_the_only_finding_of_a_project() -> None:
    shown = b"""title: Harbour Talk
link: https://harbour.example/
feed_url: https://harbour.example/feed.xml
description: People who work by the sea.
language: en
author: Harbour Club
image: images/cover.jpg
categories: [Technology]
explicit: false
upstream: none
owner: {email: podcast@harbour.example}
fields:
  pub_dat: published
"""
    show, warnings = read_show(SourceFile("config/show.yaml", shown))
    record = SourceFile(PATH, b"---\ntitle: Tides\npublished: 2026-03-31\n---\n")

    project = parse_project(show, Sources(records=[record]))

    assert warnings == []
    assert [format_problem(problem) for problem in project.problems] == [
        "config/show.yaml:13:3: warning KEY-8: unknown key 'pub_dat' in `fields`; ignored. Did you mean 'pub_date'?"
    ]
    assert [episode.pub_date for episode in project.episodes] == [None]
