"""Person files: the person they describe, and their findings."""

from __future__ import annotations

import pytest

from feedbuilder.authors.people import parse_people, parse_person
from feedbuilder.errors import Mark
from feedbuilder.model import Person
from feedbuilder.rules.findings import format_problem

PATH = "config/people/adabrook.md"


def person_of(front: str, body: str = "", path: str = PATH) -> tuple[Person | None, list[str]]:
    person, problems = parse_person(path, f"---\n{front}\n---\n{body}".encode())
    return person, [format_problem(problem) for problem in problems]


def href_of(front: str) -> str:
    person, _ = person_of(f"title: Ada Brook\n{front}")
    assert person is not None
    return person.href


def test_a_complete_file_is_a_person() -> None:
    front = """
short: ada
title: Ada  Brook
aliases: [Captain, A. B.]
picture: images/ada.jpg
href: https://ada.example/
""".strip()
    assert person_of(front, "\nAda **rows**.\n") == (
        Person(
            short="ada",
            name="Ada Brook",
            aliases=("Captain", "A. B."),
            image="images/ada.jpg",
            href="https://ada.example/",
            bio="Ada **rows**.",
            mark=Mark(PATH),
        ),
        [],
    )


@pytest.mark.parametrize("front", ["title: Ada Brook", "name: Ada Brook", "title: Ada Brook\nname: Cy Drum"])
def test_the_file_name_is_the_id_and_either_key_the_name(front: str) -> None:
    assert person_of(front) == (Person("adabrook", "Ada Brook", mark=Mark(PATH)), [])


def test_picture_takes_precedence_over_image() -> None:
    assert person_of("title: Ada\nimage: b.jpg\npicture: a.jpg")[0] == Person(
        "adabrook", "Ada", (), "a.jpg", mark=Mark(PATH)
    )
    assert person_of("title: Ada\nimage: b.jpg")[0] == Person("adabrook", "Ada", (), "b.jpg", mark=Mark(PATH))


@pytest.mark.parametrize(
    ("front", "href"),
    [
        ("", ""),
        ("web: https://web.example/\nlinkedin: ada\ngithub: ada\ntwitter: ada", "https://web.example/"),
        ("href: https://ada.example/\nweb: https://web.example/", "https://ada.example/"),
        ("linkedin: ada-b\ngithub: adab\ntwitter: '@ada'", "https://www.linkedin.com/in/ada-b"),
        ("github: adab/\ntwitter: '@ada'", "https://github.com/adab"),
        ("twitter: '@ada'", "https://twitter.com/ada"),
        ("linkedin: in/ada/x\ntwitter: ada", "https://twitter.com/ada"),
        ("github: https://github.com/ada", "https://github.com/ada"),
        ("linkedin: https://de.linkedin.com/in/ada-b/?locale=de", "https://www.linkedin.com/in/ada-b"),
        ("linkedin: in/ada-b", "https://www.linkedin.com/in/ada-b"),
        ("twitter: https://x.com/ada", "https://twitter.com/ada"),
        ("twitter: https://harbour.example/@ada", ""),
        ("linkedin: TODO\ngithub: '-'\ntwitter: n/a", ""),
    ],
)
def test_the_name_links_to_the_first_page_that_is_given(front: str, href: str) -> None:
    assert href_of(front) == href


@pytest.mark.parametrize("front", ["short: ada", "title: ''", "title: [Ada]"])
def test_a_person_without_a_name_is_left_out(front: str) -> None:
    person, findings = person_of(front)
    assert person is None
    assert findings[-1] == f"{PATH}: warning PER-1: the file has no `title`; the person is left out. Add `title:`."


def test_an_invalid_value_costs_its_field_and_unknown_keys_are_reported() -> None:
    assert person_of("title: Ada\nweb: ada.example\nalias: Captain\nmood: calm") == (
        Person("adabrook", "Ada", mark=Mark(PATH)),
        [
            f"{PATH}:3:1: warning RSS-6: 'ada.example' is not an absolute http(s) URL; left out. Start it with https://.",
            f"{PATH}:4:1: warning KEY-7: unknown key 'alias'; ignored. Did you mean 'aliases'?",
            f"{PATH}:5:1: note KEY-7: unknown key 'mood'; ignored. Remove it.",
        ],
    )


def test_an_unreadable_file_is_no_person() -> None:
    assert person_of("title: Ada: Brook")[0] is None
    assert person_of("title: Ada", path="config/people/_adabrook.md") == (
        None,
        [
            (
                "config/people/_adabrook.md: note REC-2: the file name begins with '_'; skipped. "
                "Rename the file to publish it."
            )
        ],
    )


def test_people_are_in_order_of_path_and_the_first_of_two_with_one_id_is_used() -> None:
    files = [
        ("p/cy.md", b"---\ntitle: Cy Drum\n---\n"),
        ("p/bo.md", b"---\ntitle: Bo Finch\nshort: b\n---\n"),
        ("p/b.md", b"---\ntitle: Di Drake\n---\n"),
        ("p/di.md", b"no front matter"),
    ]
    people, problems = parse_people(files)
    assert list(people.items()) == [
        ("b", Person("b", "Di Drake", mark=Mark("p/b.md"))),
        ("cy", Person("cy", "Cy Drum", mark=Mark("p/cy.md"))),
    ]
    assert [format_problem(problem) for problem in problems] == [
        (
            "p/bo.md: warning PER-2: the id 'b' is used by p/b.md; the second person is left out. "
            "Change `short:` in one of the files."
        ),
        "p/di.md: note REC-6: the file has no front matter; skipped. Add front matter to publish the file.",
    ]
