"""``config/people/*.md`` -> ``Person``: front matter and a biography."""

from __future__ import annotations

import re

from pydantic import Field

from feedbuilder.authors.fields import Fields, Names, PlainText, Url, parse_fields
from feedbuilder.authors.records import parse_record
from feedbuilder.errors import Mark, Problem
from feedbuilder.model import Person
from feedbuilder.text.characters import is_placeholder

# People also write the address of their page where its last part is due.
_SITE = re.compile(
    r"^(?:https?://)?(?:[a-z]{1,3}\.)?(?:(?:linkedin\.com/)?in/|github\.com/|twitter\.com/|x\.com/)", re.IGNORECASE
)


class PersonFile(Fields):
    """The keys of a people file."""

    short: PlainText = Field("", description="Id by which records name this person; default: the file name.")
    title: PlainText = Field("", description="Full name. `name` is the same.")
    name: PlainText = Field("", description="Full name.")
    aliases: Names = Field((), description="Other names under which this person speaks in transcripts.")
    picture: PlainText = Field(
        "", description="Portrait: a file of this project, an https URL, or relative to site_url."
    )
    image: PlainText = Field("", description="The same as picture.")
    href: Url = Field("", description="The page that the name links to.")
    web: Url = Field("", description="Home page; used where href is absent.")
    linkedin: PlainText = Field("", description="Name at linkedin.com/in/.")
    github: PlainText = Field("", description="Name at github.com.")
    twitter: PlainText = Field("", description="Name at twitter.com.")

    def page(self) -> str:
        """The URL that the name links to; empty when none is given."""
        profiles = (
            (self.linkedin, "https://www.linkedin.com/in/"),
            (self.github, "https://github.com/"),
            (self.twitter, "https://twitter.com/"),
        )
        found = ((base, _SITE.sub("", name).partition("?")[0].strip("@/ ")) for name, base in profiles)
        named = (base + name for base, name in found if "/" not in name and not is_placeholder(name))
        return self.href or self.web or next(named, "")


def parse_person(path: str, data: bytes) -> tuple[Person | None, list[Problem]]:
    """The person that a file describes; ``None`` when it cannot be read or has no name."""
    reading = parse_record(path, data)
    problems = list(reading.problems)
    if reading.record is None:
        return None, problems
    fields, found, _ = parse_fields(PersonFile, reading.record.front, path, drop=True)
    problems += found
    name = fields.title or fields.name if fields else ""
    if fields is None or not name:
        problems.append(Problem("PER-1", Mark(path), "the person has no title"))
        return None, problems
    stem = path.rpartition("/")[2].rpartition(".")[0]
    person = Person(
        short=fields.short or stem,
        name=name,
        aliases=fields.aliases,
        image=fields.picture or fields.image,
        href=fields.page(),
        bio=reading.record.body,
        mark=Mark(path),
    )
    return person, problems


def parse_people(files: list[tuple[str, bytes]]) -> tuple[dict[str, Person], list[Problem]]:
    """People by ``short``, in order of path. Of two with one ``short`` the first counts, and the second is named."""
    people: dict[str, Person] = {}
    problems: list[Problem] = []
    for path, data in sorted(files):
        person, found = parse_person(path, data)
        problems += found
        if person is None:
            continue
        if person.short in people:
            what = f"short {person.short!r} is taken by {people[person.short].mark.path}"
            problems.append(Problem("PER-2", person.mark, what))
        else:
            people[person.short] = person
    return people, problems
