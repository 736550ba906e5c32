"""Speakers as transcripts write them: before a colon, in brackets, or after ``>>``."""

from __future__ import annotations

import re

LONGEST_NAME = 60  # characters
MOST_WORDS = 4

_PREFIX = re.compile(
    r"""(?:>>+\s*)?                                   # a change of speaker, as broadcast captions mark it
    (?: \[(?P<square>[^\[\]\n:]{1,60})\]:?\s+         # [Ada] or [Ada]:
      | \((?P<round>[^()\n:]{1,60})\):?\s+            # (Ada)
      | \*\*(?P<bold>[^*\n]{1,60}?):?\*\*:?\s+        # **Ada:** or **Ada**:
      | (?P<plain>[^\W\d_][^:<>\n]{0,58}[^\s:]|[^\W\d_]):\s+ # Ada:
    )(?=\S)""",
    re.VERBOSE,
)
_CHANGE = re.compile(r"(?:>>+|-)\s+(?=\S)")
_SOUNDS = re.compile(
    r"(?i)music|applause|laugh\w*|laughter|silence|inaudible|crosstalk|noise|cheering|blank_audio|.*\bplaying"
)
_PARTICLES = frozenset(
    [
        "al",
        "av",
        "bin",
        "da",
        "de",
        "del",
        "den",
        "der",
        "di",
        "do",
        "dos",
        "du",
        "e",
        "el",
        "ibn",
        "la",
        "le",
        "los",
        "of",
        "san",
        "ten",
        "ter",
        "van",
        "von",
        "y",
        "zu",
    ]
)
# A diariser's label for a voice whose name it does not know.
_LABEL = re.compile(r"(?i)(?:speaker|spk|voice|sprecher|s)[ _#-]?\d{1,3}|[A-Z]|\d{1,3}|unknown(?: speaker)?")


def split_speaker(text: str) -> tuple[str, str]:
    """The speaker before a text, and the rest; an empty name where none is written.

    >>> split_speaker("Ada Brook: Tea?"), split_speaker("[Ada]: Tea?"), split_speaker("**Ada:** Tea?")
    (('Ada Brook', 'Tea?'), ('Ada', 'Tea?'), ('Ada', 'Tea?'))
    >>> split_speaker(">> ADA: Tea?"), split_speaker("[Music] Hello"), split_speaker("So this is it: tea.")
    (('ADA', 'Tea?'), ('', '[Music] Hello'), ('', 'So this is it: tea.'))
    """
    match = _PREFIX.match(text)
    if match:
        bracketed = match["square"] or match["round"] or match["bold"]
        name = (bracketed or match["plain"]).strip().rstrip(":")
        if is_name(name) and not (bracketed and _SOUNDS.fullmatch(name)):
            return name, text[match.end() :]
    return "", text


def without_change(text: str) -> str:
    """The text without a leading ``>>``, which marks a change of speaker without a name."""
    return _CHANGE.sub("", text, count=1) if text.startswith(">>") else text


def is_name(text: str) -> bool:
    """Whether a text can be the name or the label of a speaker: short, and beginning like a name.

    >>> is_name("Ada Brook"), is_name("SPEAKER_00"), is_name("Vincent van Gogh"), is_name("Dr. No")
    (True, True, True, True)
    >>> is_name("They are small"), is_name("and so I said"), is_name("12 thousand people")
    (False, False, False)
    """
    words = text.split()
    if not words or len(text) > LONGEST_NAME or len(words) > MOST_WORDS:
        return False
    if is_label(text):
        return True
    capital = not words[0][0].islower() and words[0][0].isalpha()
    return capital and all(not word[0].islower() or word.lower() in _PARTICLES for word in words[1:])


def is_label(text: str) -> bool:
    """Whether a speaker is a diariser's label and no name.

    >>> [is_label(text) for text in ("SPEAKER_00", "Speaker 1", "A", "spk_0", "S2", "3", "Ada")]
    [True, True, True, True, True, True, False]
    """
    return _LABEL.fullmatch(text) is not None
