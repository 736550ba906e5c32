"""Scripts as ranges of characters, each to be put inside the brackets of a regular expression (blocks of Unicode 15).

A range ends where its block does, so that it also holds characters which a later version of Unicode adds.
"""

from __future__ import annotations

THAI_LAO = "\u0e00-\u0eff"
TIBETAN = "\u0f00-\u0fff"
MYANMAR = "\u1000-\u109f"
MYANMAR_EXTENDED = "\ua9e0-\ua9ff\uaa60-\uaa7f"
KHMER = "\u1780-\u17ff"

HAN_KANA = "\u2e80-\u312f\u31a0-\u9fff\uf900-\ufaff"  # Han, kana and bopomofo, with their radicals and punctuation
HAN_EXTENDED = "\U00020000-\U0003ffff"
YI = "\ua000-\ua4cf"

HANGUL = "\uac00-\ud7af"
HANGUL_PARTS = "\u1100-\u11ff\ud7b0-\ud7ff"  # consonants and vowels that are put together to syllables
HANGUL_LETTERS = "\u3130-\u319f"  # the same, each on its own, and the Kanbun marks beside them

FULL_WIDTH = "\uff01-\uff60"
FULL_WIDTH_SIGNS = "\uffe0-\uffe6"
HALF_WIDTH_KANA = "\uff61-\uff9f"
FORMS = "\uff00-\uffef"  # all of full and half width

# What the rest of the program asks for.
EAST_ASIAN = f"{HAN_KANA}{HANGUL_LETTERS}{HANGUL}"
CJK = f"{EAST_ASIAN}{FORMS}"
UNSPACED_SOUTH = f"{THAI_LAO}{MYANMAR}{MYANMAR_EXTENDED}{KHMER}"  # written without spaces
UNSPACED = f"{THAI_LAO}{TIBETAN}{MYANMAR}{KHMER}{HAN_KANA}{FULL_WIDTH}{HALF_WIDTH_KANA}{HAN_EXTENDED}"
