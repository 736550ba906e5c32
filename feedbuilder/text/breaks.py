"""Where a text can be broken: after sentences, after clauses, between words, and in scripts without spaces.

Texts here are on one line, with single spaces. Widths are columns: a wide character (CJK, emoji) counts two. Nothing is
ever broken inside what a reader takes for one character.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain

from feedbuilder.text import scripts

_SENTENCE, _CLAUSE, _WORD = "sentence", "clause", "word"

_STOPS, _WIDE_STOPS, _WIDE_PAUSES = ".!?…‽؟۔।॥։።", "。！？｡．", "、，；：､"
_CLOSERS = "\"'”’»›)]」』）】〉》］｝"
_MARKS = re.escape(f"{_STOPS}{_WIDE_STOPS}{_WIDE_PAUSES},;:،؛—–-")
_MARK = re.compile(f"[{_MARKS}][{_MARKS}]*[{re.escape(_CLOSERS)}]*")  # a set alone at first: searched faster than set+
_ABBREVIATION = re.compile(
    r"approx|bzw|ca|capt|cf|corp|dept|dipl|dra?|fig|fr|gen|gov|hon|hr|inc|ing|jr|lt|ltd|mrs?|ms|nr|prof|re[pv]|sen|sgt|sig"
    r"|sra?|st|vol|vs|(?:\w\.)+\w|ph\.d",
    re.IGNORECASE,
)
_PAUSE = re.compile(f"[,;:.!?–—{_WIDE_PAUSES}。！？]")

# Beside whole scripts: full-width signs, first consonants of Hangul, vertical and small forms, emoji.
_WIDE_REST = f"{scripts.FULL_WIDTH_SIGNS}\u1100-\u115f\ufe30-\ufe6f\U0001f300-\U0001faff"
_WIDE = re.compile(f"[{scripts.EAST_ASIAN}{scripts.YI}{scripts.FULL_WIDTH}{scripts.HAN_EXTENDED}{_WIDE_REST}]")
_UNSPACED = re.compile(f"[{scripts.UNSPACED}]")
_SPECIAL = re.compile("[\u0e00-\u1fff\u2e80-\U0003ffff]")  # holds all that is wide or written without spaces
_NOT_LAST = frozenset(":([{“‘«‹「『（【〈《［｛\u0e40\u0e41\u0e42\u0e43\u0e44\u0ec0\u0ec1\u0ec2\u0ec3\u0ec4")
_NOT_FIRST = frozenset(
    f"{_CLOSERS}.,!?…;:%、。，．！？；：・ー々〜～ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ"
    "\u0e2f\u0e30\u0e31\u0e32\u0e33\u0e45\u0e46\u0eb0\u0eb1\u0eb2\u0eb3\u0ec6"
)


def columns(text: str) -> int:
    """The width of a text."""
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


def break_text(text: str, most: int, *, line: int) -> list[str]:
    """The text in pieces of at most ``most`` columns, each of which can be set on two lines of ``line``.

    Joined they are the text again, except for a space at each break. Breaks are where they disturb least: after the
    last sentence that fits, else a clause, else a word; the last two pieces of a sentence have similar lengths. A
    word is broken only where it alone is wider than ``most``.
    """
    run = _run(text)
    end = run.end(0, most, line)
    if end == len(text):
        return [text]
    pieces = []
    start = 0
    marks = iter(_marks(text))
    mark = next(marks)
    while end < len(text):
        sentence = clause = start
        while mark[0] <= end:
            if mark[1]:
                clause = mark[0]
            else:
                sentence = mark[0]
            mark = next(marks)
        place = sentence if sentence > start else _inside_sentence(run, start, end, clause, most=most, line=line)
        pieces.append(text[start:place])
        if place == len(text):
            return pieces
        start = place + text.startswith(" ", place)
        end = run.end(start, most, line)
    return [*pieces, text[start:]]


def break_under_name(text: str, line: int) -> tuple[str, str]:
    """What of the text fits on one line under a name, and the rest.

    The first part ends before the first colon if there is a word before it: a colon would end the name (TRN-9).
    """
    run = _run(text)
    end = run.end_under_name(line)
    place = run.place_before(0, end) if end < len(text) else -1
    if place <= 0:
        return text, ""
    pauses = [pause for pause, _ in _marks(text) if pause <= end and line // 3 < run.at[pause]]
    place = pauses[-1] if pauses else _better(text, place, run.place_before(0, place - 1), place)
    return text[:place], text[place:].removeprefix(" ")


def wrap(text: str, line: int) -> list[str]:
    """The text in lines of at most ``line`` columns as far as words allow; where two are enough, of similar lengths."""
    if columns(text) <= line:
        return [text]
    run = _run(text)
    middle = run.reach(0, run.at[-1] // 2)
    for place in chain(_pauses(text, 0, middle, line // 5), _words(run, 0, middle)):
        if 0 < run.at[place] <= line and run.at[-1] - run.at[run.skip(place)] <= line:
            return [text[:place], text[run.skip(place) :]]
    return _filled(run, line)


def _is_pause(text: str, at: int) -> bool:
    """Whether a line ends well after that mark: not after an abbreviation or the number of a day."""
    if text[at] in ",;:!?–—.":
        return text.startswith(" ", at + 1) and (text[at] != "." or text[max(0, at - 4) : at].isalpha())
    return at + 1 < len(text)


# --- a text and its places ----------------------------------------------------------------------------------------


class _Run:
    """A text in which each character is one column wide and words are separated by spaces.

    A place is an index where a piece may end; the space there belongs to neither side. ``at``: the columns before each
    character.
    """

    __slots__ = ("at", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at: Sequence[int] = range(len(text) + 1)

    def reach(self, start: int, width: int) -> int:
        """How far the text goes that begins at ``start`` and is at most so wide."""
        return min(start + width, len(self.text))

    def skip(self, place: int) -> int:
        """Where the text continues after a place."""
        return place + 1

    def place_before(self, start: int, last: int) -> int:
        """The last place up to ``last`` and after ``start``; -1 where there is none."""
        return self.text.rfind(" ", start + 1, last + 1)

    def place_after(self, first: int, end: int) -> int:
        """The first place from ``first`` on, before ``end``; -1 where there is none."""
        return self.text.find(" ", first, end)

    def end(self, start: int, most: int, line: int) -> int:
        """How far a text may go that begins there, has at most ``most`` columns, and is set on two lines."""
        end = start + line
        if (place := self.text.rfind(" ", start + 1, end + 1)) > 0:
            end = min(place + 1 + line, start + most)
        return min(end, len(self.text))

    def end_under_name(self, line: int) -> int:
        """How far a text can go on one line under a name; a colon in it would end the name (TRN-9)."""
        colon = self.text.find(":")
        place = self.place_before(0, colon) if colon > 0 else -1
        return min(self.reach(0, line), place) if place > 0 else self.reach(0, line)


class _MixedRun(_Run):
    """A text with wide characters, or in a script without spaces: some places are between two characters."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.at = [0, *accumulate(1 + bool(_WIDE.match(character)) for character in text)]

    def reach(self, start: int, width: int) -> int:
        return bisect_right(self.at, self.at[start] + width) - 1

    def skip(self, place: int) -> int:
        return place + 1 if self.text.startswith(" ", place) else place

    def end(self, start: int, most: int, line: int) -> int:
        end = self.reach(start, line)
        if end < len(self.text) and (place := self.place_before(start, end)) > 0:
            end = max(end, min(self.reach(self.skip(place), line), self.reach(start, most)))
        return end

    def place_before(self, start: int, last: int) -> int:
        return next((place for place in range(min(last, len(self.text) - 1), start, -1) if self._is_place(place)), -1)

    def place_after(self, first: int, end: int) -> int:
        return next((place for place in range(first, end) if self._is_place(place)), -1)

    def _is_place(self, place: int) -> bool:
        before, after = self.text[place - 1], self.text[place]
        if before == " " or after == " ":
            return after == " "
        if before in _NOT_LAST or after in _NOT_FIRST or not _UNSPACED.search(before + after):
            return False
        return not _is_inside_cluster(self.text, place, 0)


def _run(text: str) -> _Run:
    return _Run(text) if text.isascii() or not _SPECIAL.search(text) else _MixedRun(text)


def _is_inside_cluster(text: str, place: int, start: int) -> bool:
    """Whether a break there would divide one character of the reader (Unicode UAX 29, with Indic conjuncts kept).

    ``start`` is a place before it that divides none.
    """
    before, after = text[place - 1], text[place]
    if unicodedata.category(after) in {"Mn", "Mc", "Me"} or after in "\u200c\u200d\u0e33\u0eb3\uff9e\uff9f":
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True  # a skin tone, or a tag
    if before in "\u200d\u0600\u0601\u0602\u0603\u0604\u0605\u06dd" or (
        unicodedata.combining(before) == 9 and after.isalpha()
    ):
        return True
    if _is_flag_letter(before) and _is_flag_letter(after):
        letters = next((n for n in range(place - start) if not _is_flag_letter(text[place - 1 - n])), place - start)
        return letters % 2 == 1
    return _is_inside_syllable(before, after)


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _is_inside_syllable(before: str, after: str) -> bool:
    """Korean written in parts: consonant, vowel, final consonant."""
    leads = "\u1100" <= before <= "\u115f"
    if "\u1160" <= after <= "\u11ff":
        return leads or "\u1160" <= before <= "\u11ff" or "\uac00" <= before <= "\ud7a3"
    return leads and ("\u1100" <= after <= "\u115f" or "\uac00" <= after <= "\ud7a3")


# --- pieces -------------------------------------------------------------------------------------------------------


def _marks(text: str) -> Iterator[tuple[int, bool]]:
    """The places after sentences and clauses, and whether it is only a clause; one beyond the end comes last."""
    for mark in _MARK.finditer(text):
        end = mark.end()
        if end < len(text) and (kind := _kind(text, mark.start(), end)) is not _WORD:
            yield end, kind is _CLAUSE
    yield len(text) + 1, False


def _inside_sentence(run: _Run, start: int, end: int, clause: int, *, most: int, line: int) -> int:
    """Where a piece ends in which no sentence does. ``clause``: the end of the last clause in it, or ``start``."""
    at, last = run.at, len(run.text)
    if at[last] - at[start] <= 2 * most:
        middle = run.reach(start, (at[last] - at[start]) // 2)
        near = [clause] if abs(clause - middle) <= most // 4 else []
        for place in chain(_pauses(run.text, start, middle, most // 5), near, _words(run, start, middle)):
            if start < place <= end and run.end(run.skip(place), most, line) == last:
                return place
    if 3 * (at[clause] - at[start]) > most:
        return clause
    place = run.place_before(start, end)
    if place < 0:
        return _inside_word(run, start, end, most)
    return _better(run.text, place, run.place_before(start, place - 1), place)


def _pauses(text: str, start: int, middle: int, reach: int) -> list[int]:
    """The places after a comma or similar around the middle of what begins at ``start``, the nearest first."""
    marks = _PAUSE.finditer(text, max(start, middle - reach - 1), middle + reach)
    pauses = [mark.end() for mark in marks if _is_pause(text, mark.start())]
    return sorted(pauses, key=lambda place: abs(place - middle)) if len(pauses) > 1 else pauses


def _words(run: _Run, start: int, middle: int) -> tuple[int, int]:
    """The places before and after the middle of what begins at ``start``, the better first; -1 where there is none."""
    before, after = run.place_before(start, middle), run.place_after(middle + 1, len(run.text))
    near = _better(run.text, before, after, middle)
    return near, before + after - near


def _inside_word(run: _Run, start: int, end: int, most: int) -> int:
    """Where a word ends that is wider than a line; inside it only where it is too wide for a piece."""
    farthest = run.reach(start, most)
    place = run.place_after(end, min(farthest + 1, len(run.text)))
    if place > 0 or farthest == len(run.text):
        return place if place > 0 else farthest
    tried = chain(range(farthest, start, -1), range(farthest + 1, len(run.text)))
    return next((place for place in tried if not _is_inside_cluster(run.text, place, start)), len(run.text))


def _kind(text: str, start: int, end: int) -> str:
    """What ends with the punctuation marks from ``start`` to ``end``."""
    mark, after = text[start], text[end]
    if mark in _WIDE_STOPS:
        return _SENTENCE
    if after != " ":
        return _CLAUSE if mark in _WIDE_PAUSES else _WORD
    if mark not in _STOPS:
        return _WORD if mark == "-" and text[start - 1] != " " else _CLAUSE
    if text[start : start + 2] not in {". ", '."', ".'", ".”", ".’", ".)"}:
        return _SENTENCE
    word = text[text.rfind(" ", 0, start) + 1 : start].lstrip("([\"'“‘«")
    if text[end + 1].islower() or (len(word) == 1 and word != "I") or _ABBREVIATION.fullmatch(word):
        return _WORD
    return _CLAUSE if word.isdecimal() and len(word) == 2 else _SENTENCE  # "on the 23. October" in many languages


def _better(text: str, one: int, other: int, best: int) -> int:
    """Of two places the nearer to the best, unless only that one is after a short word; -1 is none."""
    if one < 0 or other < 0:
        return max(one, other)
    near, far = (one, other) if abs(one - best) <= abs(other - best) else (other, one)
    return far if _is_after_short_word(text, near) and not _is_after_short_word(text, far) else near


def _is_after_short_word(text: str, place: int) -> bool:
    """Articles, prepositions, pronouns and titles are short in most languages, and belong to what follows."""
    return " " in text[place - 4 : place] and (text[place - 1].isalpha() or text[place - 1] == ".")


def _filled(run: _Run, line: int) -> list[str]:
    lines = []
    start = 0
    while run.at[-1] - run.at[start] > line:
        place = run.place_before(start, run.reach(start, line))
        if place < 0:
            place = run.place_after(start + 1, len(run.text))
        if place < 0:
            break
        lines.append(run.text[start:place])
        start = run.skip(place)
    return [*lines, run.text[start:]]
