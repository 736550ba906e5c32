"""How work grows with its input: a measure that does not depend on the machine."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

LINEAR = 6  # at most: growth that needs no second look


def growth(work: Callable[[str], object], text: str) -> float:
    """How many times longer (CPU time of this process) ``work`` takes for a text than for its first quarter.

    About 4 is linear, 16 quadratic. Other work of the machine only adds time, so the better of two runs is used; the
    whole text is not run again if its first run is already linear. Work of less than 20 ms is taken as 20 ms, because
    it cannot be told from noise.
    """
    short_s = max(0.02, min(_cost_s(work, text[: len(text) // 4]) for _ in range(2)))
    whole_s = _cost_s(work, text)
    if whole_s > LINEAR * short_s:
        whole_s = min(whole_s, _cost_s(work, text))
    return whole_s / short_s


def _cost_s(work: Callable[[str], object], text: str) -> float:
    tracer = sys.gettrace()
    sys.settrace(None)  # coverage would be most of what is measured
    try:
        started = time.process_time()
        work(text)
        return time.process_time() - started
    finally:
        sys.settrace(tracer)
