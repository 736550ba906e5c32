"""How work grows with its input: a measure that does not depend on the machine."""

from __future__ import annotations

import time
from collections.abc import Callable


def growth(work: Callable[[str], object], text: str) -> float:
    """How many times longer (CPU time of this process) ``work`` takes for a text than for its first quarter.

    About 4 is linear, 16 quadratic. The better of two runs counts, for other work of the machine only adds. Work of
    less than 20 ms counts as 20 ms: it cannot be told from noise.
    """
    short, whole = (min(_cost_s(work, part) for _ in range(2)) for part in (text[: len(text) // 4], text))
    return whole / max(short, 0.02)


def _cost_s(work: Callable[[str], object], text: str) -> float:
    started = time.process_time()
    work(text)
    return time.process_time() - started
