"""Colours of pages: how they are written, and whether a reader can tell them apart (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import re

LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3: text of normal size
LIGHT_PAPER, DARK_PAPER = "#f5f5f2", "#21211f"  # background of the spoken line, where contrast is least
ACCENT = "#0b57a4"

_BLACK, _WHITE = "#000000", "#ffffff"
_STEPS = 50


def parse_colour(text: str) -> str | None:
    """The colour in its long form; ``None`` for other texts.

    >>> parse_colour("#0B5"), parse_colour("#0b57a4"), parse_colour("navy")
    ('#00bb55', '#0b57a4', None)
    """
    if re.fullmatch(r"#[0-9a-fA-F]{3}", text):
        text = "#" + "".join(2 * digit for digit in text[1:])
    return text.lower() if re.fullmatch(r"#[0-9a-fA-F]{6}", text) else None


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21.

    >>> contrast("#000000", "#ffffff"), round(contrast("#777777", "#ffffff"), 2)
    (21.0, 4.48)
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: str, paper: str) -> str:
    """The colour, darkened or lightened as much as text on this paper needs.

    >>> readable("#0b57a4", "#ffffff"), readable("#ffe14d", "#ffffff"), readable("#0b57a4", "#161615")
    ('#0b57a4', '#857528', '#4a83bc')
    """
    towards = _BLACK if _luminance(paper) > 0.5 else _WHITE
    mixed = (_mixed(colour, towards, step / _STEPS) for step in range(_STEPS + 1))
    return next(one for one in mixed if contrast(one, paper) >= LEAST_CONTRAST)


def _parts(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (one / 255 for one in _parts(colour))
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _mixed(one: str, other: str, share: float) -> str:
    parts = zip(_parts(one), _parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)
