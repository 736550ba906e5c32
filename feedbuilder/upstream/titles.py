"""How much of two titles agrees, whatever became of case, accents, punctuation and the names of guests."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from feedbuilder.text.names import fold_name

_LONGEST_NAME = 6  # words


def words_of(title: str) -> tuple[str, ...]:
    """The words, case and accents folded.

    >>> words_of("Ebb & Flow: Crème brûlée - Zoë")
    ('ebb', 'flow', 'creme', 'brulee', 'zoe')
    """
    letters = "".join(sign for sign in fold_name(title) if not unicodedata.combining(sign))
    return tuple(re.findall(r"[^\W_]+", letters))


def content_of(words: Iterable[str]) -> frozenset[str]:
    """The words that say something: those of three letters and more, and numbers; all where there are none.

    >>> sorted(content_of(("the", "tide", "is", "in", "2")))
    ['2', 'the', 'tide']
    """
    every = frozenset(words)
    return frozenset(word for word in every if len(word) > 2 or word.isdigit()) or every


def spell(name: str) -> str:
    """The letters of a name: what its owner's id often is.

    >>> spell("Ada-Brook")
    'adabrook'
    """
    return "".join(words_of(name))


def without_names(words: tuple[str, ...], spelled: frozenset[str]) -> tuple[str, ...]:
    """The words without the runs that spell a name.

    >>> without_names(("high", "tide", "ada", "brook"), frozenset({"adabrook"}))
    ('high', 'tide')
    """
    kept: list[str] = []
    at = 0
    while at < len(words):
        run = next((n for n in range(1, _LONGEST_NAME + 1) if "".join(words[at : at + n]) in spelled), 0)
        if not run:
            kept.append(words[at])
        at += run or 1
    return tuple(kept)


def share_of(ours: frozenset[str], theirs: frozenset[str]) -> float:
    """How many words of the shorter title stand in the other: 0 to 1; titles are cut and lengthened, not rewritten.

    >>> share_of(frozenset({"high", "tide"}), frozenset({"high", "tide", "at", "noon"}))
    1.0
    """
    shorter = min(len(ours), len(theirs))
    return len(ours & theirs) / shorter if shorter else 0.0
