"""A search over all that was said, from static files: which words are in which episodes. A browser does the rest.

``search/index.json`` lists the episodes; ``search/<two digits>.json`` has a share of the words, each with its episodes.
The script then reads the transcripts of those few and finds the second. Words are folded the same way in both places:
a test compares ``words_of`` here with ``wordsOf`` in ``templates/search.js`` over all characters.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from feedbuilder.text import scripts

SHARDS = 32
_WORD = r"[^\W_]"
# Marks that a word may be written without: accents, Hebrew points, Arabic vowel signs, variants. The marks of Thai or
# of the scripts of India are letters, and stay.
_OPTIONAL_MARKS = (
    (0x300, 0x77F),
    (0x7C0, 0x8FF),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0xFE00, 0xFE2F),
)
# Nor are places to break a line part of a word, and the stroke that makes an Arabic word longer.
_DROPPED = re.compile(
    "[\u00ad\u0640\u200b\u200d\u2060\ufeff"
    + "".join(
        chr(code)
        for first, last in _OPTIONAL_MARKS
        for code in range(first, last + 1)
        if unicodedata.category(chr(code)).startswith("M")
    )
    + "]|[\U000e0100-\U000e01ef]"  # apart: a set within 16 bits is looked up, another one is searched
)
# Scripts without spaces: Han, kana and hangul; Thai, Lao, Myanmar and Khmer.
_EAST = f"{scripts.EAST_ASIAN}{scripts.HANGUL_PARTS}{scripts.HAN_EXTENDED}"
_SOUTH = scripts.UNSPACED_SOUTH
_UNSPACED = re.compile(f"[{_EAST}{_SOUTH}]")
_PIECES = re.compile(f"[{_EAST}]+|[{_SOUTH}]+|[^{_EAST}{_SOUTH}]+")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


class Searched(NamedTuple):
    """One episode of the index. ``timed``: its transcript.json says when a word was said."""

    slug: str
    title: str
    day: str
    timed: bool
    words: frozenset[str]


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """The words of these texts, folded: without case and accents.

    Scripts that set no spaces are cut where the script changes, and go in pairs of letters; the last letter is alone.

    >>> sorted(words_of(["The café,", "in ÉCLAIRS_2"])), sorted(words_of(["AI東京都"]))
    (['2', 'cafe', 'eclairs', 'in', 'the'], ['ai', '京都', '東京', '都'])
    """
    text = "\n".join(texts)
    if text.isascii():
        return frozenset(re.findall(f"{_WORD}+", text.lower()))
    text = _DROPPED.sub("", unicodedata.normalize("NFKD", text)).lower().replace("ß", "ss").replace("ς", "σ")
    text = unicodedata.normalize("NFC", text)
    # to re, no mark is part of a word
    marks = "".join(sorted(char for char in set(text) if unicodedata.category(char).startswith("M")))
    found = set(re.findall(f"(?:{_WORD}|[{marks}])+" if marks else f"{_WORD}+", text))
    for word in [word for word in found if not word.isascii() and _UNSPACED.search(word)]:
        found.remove(word)
        for piece in _PIECES.findall(word):
            alone = not _UNSPACED.match(piece)
            found.update([piece] if alone else (piece[at : at + 2] for at in range(len(piece))))
    return frozenset(found)


def render_search_index(episodes: Sequence[Searched]) -> dict[str, bytes]:
    """The files of the index, by path below its folder. ``episodes`` are oldest first, so that a new one moves none."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, episode in enumerate(episodes):
        for word in episode.words:
            found[word].append(number)
    shards: list[dict[str, str]] = [{} for _ in range(SHARDS)]
    for word, numbers in found.items():
        shards[shard_of(word)][word] = _packed(numbers)
    listing = {"shards": SHARDS, "episodes": [[one.slug, one.title, one.day, int(one.timed)] for one in episodes]}
    return {"index.json": _encoded(listing)} | {
        f"{number:02}.json": _encoded(shard) for number, shard in enumerate(shards)
    }


def read_search_index(read: Callable[[str], bytes], slugs: Collection[str]) -> list[Searched]:
    """What an index of ours says of these episodes. ``read`` gives a file by its path below the folder of the index.

    An episode that is not in it is left out.

    Raises:
        ValueError: it is not an index of ours.
    """
    try:
        listing = json.loads(read("index.json"))
        wanted = {number: one for number, one in enumerate(listing["episodes"]) if one[0] in slugs}
        words: dict[int, set[str]] = {number: set() for number in wanted}
        for shard in range(listing["shards"]):
            for word, packed in json.loads(read(f"{shard:02}.json")).items():
                for number in accumulate(int(step, 36) for step in packed.split()):
                    if number in words:
                        words[number].add(word)
        return [
            Searched(slug, title, day, bool(timed), frozenset(words[number]))
            for number, (slug, title, day, timed) in wanted.items()
        ]
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"not an index of feedbuilder: {error}") from error


def shard_of(word: str) -> int:
    """The file that has a word: its first two characters decide, so that the beginning of a word is enough to look.

    Of a pair of letters the first one decides: it may be looked for alone.

    >>> shard_of("tide"), shard_of("ti"), shard_of("t"), shard_of("東京") == shard_of("東")
    (21, 21, 12, True)
    """
    units = word[:2].encode("utf-16-be")
    codes = [int.from_bytes(units[at : at + 2], "big") for at in (0, 2)]
    return (codes[0] * 31 + (0 if _UNSPACED.match(word) else codes[1])) % SHARDS


def _packed(numbers: Iterable[int]) -> str:
    """Ascending numbers as the steps between them, to base 36.

    >>> _packed([0, 3, 40])
    '0 3 11'
    """
    before = 0
    steps = []
    for number in numbers:
        steps.append(_base36(number - before))
        before = number
    return " ".join(steps)


def _base36(number: int) -> str:
    high, low = divmod(number, 36)
    return (_base36(high) if high else "") + _DIGITS[low]


def _encoded(value: object) -> bytes:
    return (_as_json(value) + "\n").encode(errors="replace")
