"""Work distributed over the processors of this machine."""

from __future__ import annotations

import copyreg
import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from types import MappingProxyType
from typing import Any, TypeVar

from feedbuilder.compose.inputs import Each
from feedbuilder.project.observer import Observer

Given = TypeVar("Given")
Made = TypeVar("Made")

FEWEST_JOBS = 16  # with fewer, starting processes costs more than it saves
_CHUNKS = 8  # per process: small enough for all processes to finish at about the same time


def _proxy(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(values)


copyreg.pickle(MappingProxyType, lambda proxy: (_proxy, (dict(proxy),)))  # the model has many of them

# Inherited by forked processes, so that only results are sent between processes, not the texts of all episodes.
_inherited: tuple[Callable[[Any], Any], list[Any]] | None = None


def each_showing(observer: Observer) -> Each:
    """``spread``, with progress reported to the observer."""

    def each(function: Callable[[Any], Any], jobs: Iterable[Any]) -> Iterator[Any]:
        waiting = list(jobs)
        with observer.progress("Building", len(waiting)) as step:
            for result in spread(function, waiting):
                step()
                yield result

    return each


def spread(function: Callable[[Given], Made], jobs: Iterable[Given]) -> Iterator[Made]:
    """The results of ``function`` for all jobs, in order, as with ``map``; in several processes where that is faster.

    Exceptions of the function are raised here.
    """
    global _inherited  # noqa: PLW0603 - forked processes get values without a copy only through a global
    waiting = list(jobs)
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if len(waiting) < FEWEST_JOBS or processors < 2:
        yield from map(function, waiting)
        return
    _inherited = function, waiting
    try:
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(processors, mp_context=context, initializer=_follow_parent) as pool:
            yield from pool.map(_work, range(len(waiting)), chunksize=max(1, len(waiting) // (processors * _CHUNKS)))
    finally:
        _inherited = None


def _follow_parent() -> None:
    """Leave Ctrl-C to the parent. On Linux, also end with a parent that is killed, instead of waiting for more work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def _work(index: int) -> Any:  # noqa: ANN401 - the result of any function
    assert _inherited is not None
    function, jobs = _inherited
    return function(jobs[index])
