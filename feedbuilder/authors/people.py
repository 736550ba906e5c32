"""``config/people/*.md`` -> ``Person``: front matter and a biography."""

from __future__ import annotations

import re

from pydantic import Field

from feedbuilder.authors.fields import Fields, Names, PlainText, Url, parse_fields
from feedbuilder.authors.records import parse_record
from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.model import Person
from feedbuilder.text.characters import is_placeholder

# A URL, where only the name at its end is expected.
_SITE = re.compile(
    r"^(?:https?://)?(?:[a-z]{1,3}\.)?(?:(?:linkedin\.com/)?in/|github\.com/|twitter\.com/|x\.com/)", re.IGNORECASE
)


class PersonFile(Fields):
    """The keys of a person file."""

    short: PlainText = Field("", description="Id of this person in episode files; default: the file name.")
    title: PlainText = Field("", description="Full name; `name` is another spelling of this key.")
    name: PlainText = Field("", description="Full name.")
    aliases: Names = Field((), description="Other names of this person in transcripts.")
    picture: PlainText = Field(
        "", description="Portrait: a file of this project, an https URL, or relative to site_url."
    )
    image: PlainText = Field("", description="Another spelling of `picture`.")
    href: Url = Field("", description="The page that the name links to.")
    web: Url = Field("", description="Home page; used if href is absent.")
    linkedin: PlainText = Field("", description="User name at linkedin.com/in/.")
    github: PlainText = Field("", description="User name at github.com.")
    twitter: PlainText = Field("", description="User name at twitter.com.")

    def page(self) -> str:
        """The URL that the name links to; empty if none is given."""
        profiles = (
            (self.linkedin, "https://www.linkedin.com/in/"),
            (self.github, "https://github.com/"),
            (self.twitter, "https://twitter.com/"),
        )
        users = ((base, _SITE.sub("", text).partition("?")[0].strip("@/ ")) for text, base in profiles)
        urls = (base + user for base, user in users if "/" not in user and not is_placeholder(user))
        return self.href or self.web or next(urls, "")


def parse_person(path: str, data: bytes) -> tuple[Person | None, list[Problem]]:
    """The person that a file describes, or ``None`` if it cannot be read or has no name, with all findings."""
    reading = parse_record(path, data)
    problems = list(reading.problems)
    if reading.record is None:
        return None, problems
    fields, field_problems, _ = parse_fields(PersonFile, reading.record.front, path, drop=True)
    problems += field_problems
    name = fields.title or fields.name if fields else ""
    if fields is None or not name:
        problems.append(Problem("PER-1", Mark(path), "the file has no `title`"))
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
    """People by ``short``, in order of path. Of two people with the same ``short``, the second is reported."""
    people: dict[str, Person] = {}
    problems: list[Problem] = []
    for path, data in sorted(files):
        person, person_problems = parse_person(path, data)
        problems += person_problems
        if person is None:
            continue
        if person.short in people:
            what = f"the id {quoted(person.short)} is used by {people[person.short].mark.path}"
            problems.append(Problem("PER-2", person.mark, what))
        else:
            people[person.short] = person
    return people, problems
