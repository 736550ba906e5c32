"""Who speaks: names joined to people, and text that stands where a name is due."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from builders import an_episode
from hypothesis import given
from hypothesis import strategies as st

from feedbuilder.derive.speakers import derive_speakers, derive_spoken
from feedbuilder.errors import Mark, Problem
from feedbuilder.model import Credit, Entry, Header, Line
from feedbuilder.rules.findings import format_problem

ADA = Credit("Ada Brook", "host", short="adabrook")
BO = Credit("Bo Finch", "guest", short="bofinch", aliases=("Captain", "B.F."))
PARAGRAPH = "We row out before dawn, when the water is flat and the gulls are still asleep."


def a_line(text: str = "Good morning.", who: str = "Ada", time_s: float | None = 1.0, number: int = 7) -> Line:
    return Line(text, who, time_s, Mark("episodes/042.md", number))


def shown(who: str, people: Sequence[Credit] = (ADA, BO)) -> str:
    names, _ = derive_speakers(an_episode(transcript=(a_line(who=who),)), people)
    return names[who]


def findings(*whos: str, people: Sequence[Credit] = (ADA, BO)) -> str:
    lines = tuple(a_line(who=who, number=number) for number, who in enumerate(whos, start=1))
    _, problems = derive_speakers(an_episode(transcript=lines), people)
    return printed(problems)


def printed(problems: Sequence[Problem]) -> str:
    return "\n".join(format_problem(problem) for problem in problems)


# --- names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "name"),
    [
        ("Ada", "Ada Brook"),  # first
        ("ada  BROOK", "Ada Brook"),  # full
        ("captain", "Bo Finch"),  # another name
        ("B.F.", "Bo Finch"),
        ("bofinch", "Bo Finch"),  # id
        ("Ada B", "Ada Brook"),  # the beginning of the full name
        ("Ada:", "Ada Brook"),
        ("Bo", "Bo Finch"),  # two letters are enough for a whole name
    ],
)
def test_a_name_that_only_one_person_has_is_theirs(who: str, name: str) -> None:
    assert shown(who) == name
    assert not findings(who)


@pytest.mark.parametrize(
    ("who", "name"),
    [
        ("Andre", "André Łukaszewicz"),
        ("Andre Lukasz", "André Łukaszewicz"),
        ("ANDRÉ", "André Łukaszewicz"),
        ("Søren", "Soren Bjork"),
        ("Ikbal", "İkbal Demir"),
        ("Oğuz", "Oguz Kaya"),
        ("やまだ", "やまだ はな"),
        ("Юрии", "Юрий Лес"),
        ("\u200bJose", "José Campo"),
    ],
)
def test_case_accents_and_invisible_marks_do_not_matter(who: str, name: str) -> None:
    names = ("André Łukaszewicz", "Soren Bjork", "İkbal Demir", "Oguz Kaya", "やまだ はな", "Юрий Лес", "José Campo")
    assert shown(who, [Credit(full) for full in names]) == name


def test_a_voicing_mark_makes_another_name() -> None:
    assert shown("かき", [Credit("かぎ まり"), ADA]) == "かき"


def test_three_letters_begin_a_name_and_two_do_not() -> None:
    theodora = Credit("Theodora Marsh")
    assert shown("The", [theodora]) == "Theodora Marsh"
    assert shown("Th", [theodora]) == "Th"
    assert shown("T.h", [theodora]) == "T.h"


def test_a_title_or_an_initial_is_no_first_name() -> None:
    people = [Credit("Dr. Mina Reed"), Credit("J. R. Heron")]
    assert [shown(who, people) for who in ("Mina", "Heron", "Dr.", "J. R. Heron")] == [
        "Dr. Mina Reed",
        "J. R. Heron",
        "Dr",
        "J. R. Heron",
    ]


@pytest.mark.parametrize(
    ("who", "name"),
    [
        ("Mina Reed", "Dr. Mina Reed"),
        ("MINA REED:", "Dr. Mina Reed"),
        ("Mina R", "Dr. Mina Reed"),
        ("Prof. Ada Brook", "Ada Brook"),
        ("Prof. Dr. Mina Reed", "Dr. Mina Reed"),
        ("J. Brook", "J. Brook"),  # an initial
        ("Dr. Reed", "Dr. Reed"),  # a last name
    ],
)
def test_titles_before_a_full_name_do_not_matter(who: str, name: str) -> None:
    assert shown(who, [Credit("Dr. Mina Reed"), ADA]) == name


@pytest.mark.parametrize("who", ["Una O’Neil", "Una O'Neil", "Jean‐Luc Roe", "Jean‑Luc", "Jean–Luc Roe"])
def test_apostrophes_and_hyphens_are_one_however_they_are_written(who: str) -> None:
    assert shown(who, [Credit("Una O'Neil"), Credit("Jean-Luc Roe")]) in {"Una O'Neil", "Jean-Luc Roe"}
    assert shown(who, [Credit("Una O’Neil"), Credit("Jean‐Luc Roe")]) in {"Una O’Neil", "Jean‐Luc Roe"}


def test_who_is_called_so_goes_before_who_begins_so() -> None:
    assert shown("Ann", [Credit("Annabel Reed"), Credit("Ann Marsh")]) == "Ann Marsh"


def test_a_person_who_is_credited_twice_is_one_person() -> None:
    people = [ADA, Credit("Ada Brook", "editor", short="adabrook")]
    assert shown("Ada", people) == "Ada Brook"


def test_an_ambiguous_name_stays_and_both_people_are_named() -> None:
    people = [Credit("Ada Brook"), Credit("Ada Marsh")]
    assert shown("Ada", people) == "Ada"
    assert findings("Ada", people=people) == (
        "episodes/042.md:1: warning T-85: the speaker 'Ada' may be Ada Brook or Ada Marsh; shown as written. "
        "Use a full name."
    )


def test_an_alias_that_is_the_first_name_of_another_is_ambiguous() -> None:
    people = [Credit("Ada Brook"), Credit("Bo Finch", aliases=("Ada",))]
    assert shown("Ada", people) == "Ada"


def test_a_stranger_is_named_once_with_the_first_line() -> None:
    assert findings("Ada", "Cleo", "Ada", "Cleo:", "Cleo") == (
        "episodes/042.md:2: warning T-85: unknown speaker 'Cleo'; shown as written. Add the person to "
        "`guests:`, or the name to their `aliases:`."
    )
    names, _ = derive_speakers(an_episode(transcript=(a_line(who=" Cleo: "),)), [ADA])
    assert names == {" Cleo: ": "Cleo"}


def test_headers_and_lines_without_a_speaker_need_no_name() -> None:
    transcript = (Header("Tides", 1.0, Mark("e")), a_line(who=""), a_line(who=" "), a_line(who=PARAGRAPH))
    assert derive_speakers(an_episode(transcript=transcript), [ADA]) == ({}, [])


def test_a_who_of_punctuation_stays_as_it_is() -> None:
    assert shown(":") == ":"


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=20), max_size=3))
def test_any_text_may_be_a_name(who: str, people: list[str]) -> None:
    names, problems = derive_speakers(an_episode(transcript=(a_line(who=who),)), [Credit(name) for name in people])
    assert set(names.values()) <= {*people, who.strip().rstrip(":.").rstrip(), who.strip()}
    assert len(problems) <= 1


# --- text in the place of a name ----------------------------------------------------------------------------------


def spoken(*entries: Entry) -> list[tuple[str, str]]:
    return [(entry.who, entry.text) for entry in derive_spoken(entries)[0] if isinstance(entry, Line)]


def test_lines_with_a_name_stay_as_they_are() -> None:
    entries = (Header("Tides", 0.0, Mark("e")), a_line(), a_line("Yes.", "x" * 60), a_line("No.", "a b c d e f"))
    assert derive_spoken(entries) == (entries, [])


@pytest.mark.parametrize("who", [PARAGRAPH, "y" * 61, "one two three four five six seven"])
def test_text_in_the_place_of_a_name_is_said_before_its_line(who: str) -> None:
    assert spoken(a_line("Then we wait.", who)) == [("", f"{who} Then we wait.")]


def test_its_time_and_place_stay() -> None:
    (line,), _ = derive_spoken([a_line("Then we wait.", PARAGRAPH, 12.0)])
    assert line == Line(f"{PARAGRAPH} Then we wait.", "", 12.0, Mark("episodes/042.md", 7))


def test_it_is_an_error_that_quotes_the_text() -> None:
    _, problems = derive_spoken([a_line("Then we wait.", PARAGRAPH)])
    assert printed(problems) == (
        "episodes/042.md:7: warning T-79: `who` is a text of 78 characters, not a name: 'We row out before "
        "dawn, when the water is flat and the gull…'; published as words of the line. Move the text to `line:` "
        "and set `who:` to the speaker."
    )


def test_text_that_a_converter_repeats_on_the_next_lines_arrives_once() -> None:
    entries: list[Entry] = [
        a_line("One.", PARAGRAPH, number=1),
        Header("Tides", None, Mark("e")),
        a_line("Two.", PARAGRAPH, number=2),
        a_line("Three.", "Ada", number=3),
        a_line("Four.", PARAGRAPH, number=4),
    ]
    assert spoken(*entries) == [
        ("", f"{PARAGRAPH} One."),
        ("", "Two."),
        ("Ada", "Three."),
        ("", f"{PARAGRAPH} Four."),
    ]
    assert [problem.mark.line for problem in derive_spoken(entries)[1]] == [1, 4]


def test_a_line_that_repeats_its_who_holds_the_words_once() -> None:
    assert spoken(a_line(PARAGRAPH, PARAGRAPH)) == [("", PARAGRAPH)]


@given(st.lists(st.tuples(st.sampled_from(["", "Ada", PARAGRAPH, "z" * 70]), st.sampled_from(["a", "b c", PARAGRAPH]))))
def test_each_entry_stays_one_entry_and_keeps_its_words(lines: list[tuple[str, str]]) -> None:
    entries = [a_line(text, who, number=number) for number, (who, text) in enumerate(lines)]
    result, problems = derive_spoken(entries)
    assert [line.mark for line in result] == [line.mark for line in entries]
    assert all(new.text.endswith(old.text) for new, old in zip(result, entries, strict=True))
    assert {problem.rule for problem in problems} <= {"T-79"}
