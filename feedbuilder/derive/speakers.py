"""Who speaks: names in a transcript joined to the people of the episode; and text that stands where a name is due."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from feedbuilder.captions.names import is_label
from feedbuilder.errors import Problem, quoted
from feedbuilder.model import Credit, Entry, Episode, Line
from feedbuilder.text.names import fold_name

LONGEST_NAME = 60  # T-79: what is longer, or has more words, is something that was said
MOST_WORDS = 6
FEWEST_LETTERS = 3  # of the beginning of a name

_TITLES = re.compile(r"(?:[^\W\d_]{2,}\. )+(?=.* )")  # Prof. Dr. before two names or more; not an initial


def derive_spoken(entries: Sequence[Entry]) -> tuple[tuple[Entry, ...], list[Problem]]:
    """The transcript as it was spoken: a ``who`` that holds a paragraph becomes the beginning of its line (T-79).

    As many entries as before, in the same order. Such a line names no speaker: nobody can tell whether the paragraph
    and the line were said by the same person. Broken converters repeat that ``who`` on the lines that follow, which is
    one paragraph and not several: it arrives once, with the first of them, and is reported once.
    """
    spoken: list[Entry] = []
    problems = []
    last = ""
    for entry in entries:
        if isinstance(entry, Line):
            before, last = last, entry.who
            if _is_text(entry.who):
                said_before = entry.who in {before, entry.text}
                text = entry.text if said_before else f"{entry.who} {entry.text}".strip()
                spoken.append(entry._replace(text=text, who="", captions=()))
                problems += [] if entry.who == before else [_misplaced(entry)]
                continue
        spoken.append(entry)
    return tuple(spoken), problems


def derive_speakers(episode: Episode, people: Sequence[Credit]) -> tuple[Mapping[str, str], list[Problem]]:
    """The name to show for each ``who`` of the transcript, and one warning a name that cannot be told (T-85).

    ``people`` are those of this episode, hosts and guests. Certain is the one person who is called so: by first,
    full or other name or by id; or else the one whose first or full name begins so. Case, accents and titles before a
    full name do not matter. A name that is not certain stays as it was written.
    """
    source = episode.transcript_source
    given_names = {*source.speakers.values()} if source else set()  # the author says so
    forms = {person.name: _forms(person) for person in people}
    shown: dict[str, str] = {}
    problems: dict[str, Problem] = {}
    for line in episode.transcript:
        if not isinstance(line, Line) or line.who in shown or not line.who.strip() or _is_text(line.who):
            continue
        given = line.who.strip().rstrip(":.").rstrip() or line.who.strip()
        fitting = _fitting(given, forms)
        shown[line.who] = fitting[0] if len(fitting) == 1 else given
        if len(fitting) != 1 and given not in problems and not (is_label(given) or given in given_names):
            what = f"unknown speaker {quoted(given)}"
            remedy = ""
            if fitting:
                what = f"the speaker {quoted(given)} may be {' or '.join(fitting)}"
                remedy = "Use a full name."
            problems[given] = Problem("T-85", line.mark, what, "", remedy)
    return shown, list(problems.values())


def _is_text(who: str) -> bool:
    return len(who) > LONGEST_NAME or len(who.split()) > MOST_WORDS


def _misplaced(line: Line) -> Problem:
    return Problem("T-79", line.mark, f"`who` is a text of {len(line.who)} characters, not a name: {quoted(line.who)}")


def _fitting(given: str, people: Mapping[str, tuple[Sequence[str], Sequence[str]]]) -> list[str]:
    """Those who may be meant, in the order of the credits; who is called exactly so goes before who begins so."""
    folded = _fold(given)
    untitled = _TITLES.sub("", folded)
    called = [name for name, (names, others) in people.items() if folded in names or folded in others]
    called = called or [name for name, (names, _) in people.items() if untitled in names]
    if called or sum(map(str.isalpha, folded)) < FEWEST_LETTERS:
        return called
    return [name for name, (names, _) in people.items() if _begins(names, folded)]


def _begins(names: Iterable[str], folded: str) -> bool:
    return any(name.startswith(folded) for name in names)


def _forms(person: Credit) -> tuple[list[str], list[str]]:
    """First and full name, this also without titles; then the other names and the id. All folded."""
    full = _fold(person.name)
    words = full.split()
    first = next((word for word in words if not word.endswith(".")), full)  # not a title, not an initial
    return [first, full, _TITLES.sub("", full)], [
        _fold(alias) for alias in (*person.aliases, person.short) if alias.strip()
    ]


def _fold(name: str) -> str:
    return fold_name(name).rstrip(" :.")
