"""How names are compared: keys of a file, people, words of titles."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# Accents of scripts whose readers take a letter without its accent for the same one, and invisible marks.
# The vowel and voicing signs of other scripts stay: without them two names become one.
_ACCENTS = re.compile("[\u0300-\u036f\u200b-\u200f\u2060\ufeff]")
_ALIKE = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
    | {"’": "'", "‘": "'", "ʼ": "'", "‐": "-", "–": "-"}  # as word processors write O'Neil and Jean-Luc
)


@lru_cache(4096)
def fold(key: str) -> str:
    """The form in which keys are compared: case and ``-``/``_`` do not matter (docs/design.md#record).

    >>> fold("Episode-Type") == fold("episodeType") == fold("episode_type")
    True
    """
    return key.replace("-", "").replace("_", "").lower()


def nearest(key: str, known: Iterable[str]) -> str:
    """The known key that the author may have meant; empty when none is near.

    >>> nearest("sesaon", ["season", "episode"]), nearest("mood", ["season", "episode"])
    ('season', '')
    """
    by_fold = {fold(name): name for name in known}
    close = difflib.get_close_matches(fold(key), by_fold, n=1, cutoff=0.75)
    return by_fold[close[0]] if close else ""


def fold_name(name: str) -> str:
    """The form in which names of people and titles are compared: case, accents and kinds of apostrophe do not matter.

    >>> fold_name("Søren  O’Neil"), fold_name("ZOË")
    ("soren o'neil", 'zoe')
    """
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", name)).casefold()
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", plain))  # case folding may bring accents of its own
    return " ".join(plain.translate(_ALIKE).split())
