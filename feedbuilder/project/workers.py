"""The work of a build, spread over the processors of this machine."""

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

FEWEST_JOBS = 16  # below that, starting processes costs more than it saves
_CHUNKS = 8  # shares a process takes one after the other: small enough to end together


def _proxy(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(values)


copyreg.pickle(MappingProxyType, lambda proxy: (_proxy, (dict(proxy),)))  # the model is full of them

# What forked processes inherit: so only results travel between processes, not the texts of all episodes.
_inherited: tuple[Callable[[Any], Any], list[Any]] | None = None


def each_showing(observer: Observer) -> Each:
    """``spread``, with its progress shown to the observer."""

    def each(function: Callable[[Any], Any], jobs: Iterable[Any]) -> Iterator[Any]:
        waiting = list(jobs)
        with observer.progress("building", len(waiting)) as step:
            for made in spread(function, waiting):
                step()
                yield made

    return each


def spread(function: Callable[[Given], Made], jobs: Iterable[Given]) -> Iterator[Made]:
    """What ``function`` returns for every job, in order, as ``map`` does; in several processes where that is faster.

    An exception of the function is raised here.
    """
    global _inherited  # noqa: PLW0603 - the one way to hand values to a forked process without copying them
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
    """Ctrl-C is for the parent to answer. Linux: a worker ends with a parent that is killed; else it would wait."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def _work(index: int) -> Any:  # noqa: ANN401 - whatever the function makes
    assert _inherited is not None
    function, jobs = _inherited
    return function(jobs[index])
