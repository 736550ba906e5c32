"""Many URLs at once: few connections to each host, and a host is skipped after three failures in a row."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar
from urllib.parse import urlsplit

from feedbuilder.errors import FeedbuilderError
from feedbuilder.network.exchanges import failure

Result = TypeVar("Result")

LANES = 8
LANES_PER_HOST = 2
MOST_FAILURES = 3  # in a row, of a host that cannot be reached
_UNREACHED = frozenset({"NET-5", "NET-6"})


def visit(
    urls: Iterable[str],
    one: Callable[[str], Result],
    *,
    lanes: int = LANES,
    per_host: int = LANES_PER_HOST,
) -> Iterator[tuple[str, Result | FeedbuilderError]]:
    """Each URL with the result of ``one``, or the finding why there is none, in order of completion.

    At most ``per_host`` of the same host run at a time, ``lanes`` in all. A host that could not be reached three times
    in a row is given up: what is left of it is not tried (NET-10). An error of another kind is raised here.
    """
    hosts: dict[str, deque[str]] = {}
    for url in dict.fromkeys(urls):
        hosts.setdefault(_host_of(url), deque()).append(url)
    done: SimpleQueue[Any] = SimpleQueue()
    total = sum(len(waiting) for waiting in hosts.values())
    runs: deque[Callable[[], None]] = deque()
    for host, waiting in hosts.items():
        runs += [_Lane(host, waiting, one, done).run] * min(per_host, len(waiting))
    threads = [Thread(target=_run_all, args=(runs,), name="visit", daemon=True) for _ in range(min(lanes, len(runs)))]
    for thread in threads:
        thread.start()
    waits = True
    try:
        for _ in range(total):
            result = done.get()
            if isinstance(result, BaseException):
                raise result
            yield result
    except (KeyboardInterrupt, GeneratorExit):
        waits = False  # a caller that stops does not wait for slow hosts
        raise
    finally:
        for waiting in hosts.values():
            waiting.clear()
        for thread in threads if waits else ():
            thread.join()


def _run_all(runs: deque[Callable[[], None]]) -> None:
    """Work through the remaining hosts, in parallel with other threads."""
    while True:
        try:
            run = runs.popleft()
        except IndexError:
            return
        run()


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:  # fetching it reports what is wrong with it
        return ""


class _Lane:
    """One host: its URLs that wait, and how often it has failed in a row. Several threads run along it."""

    def __init__(
        self,
        host: str,
        waiting: deque[str],
        one: Callable[[str], object],
        done: SimpleQueue[Any],  # of URL and result, or of what was raised
    ) -> None:
        self.host = host
        self.waiting = waiting
        self.one = one
        self.done = done
        self.failures = 0

    def run(self) -> None:
        while True:
            try:
                url = self.waiting.popleft()
            except IndexError:
                return
            try:
                self.done.put((url, self.visit(url)))
            except BaseException as error:  # noqa: BLE001 - raised again where the results are read
                self.done.put(error)
                return

    def visit(self, url: str) -> object:
        if self.failures >= MOST_FAILURES:
            what = f"{self.host} could not be reached {self.failures} times in a row"
            return failure("NET-10", url, what)
        try:
            result = self.one(url)
        except FeedbuilderError as error:
            unreached = any(problem.rule in _UNREACHED for problem in error.problems)
            self.failures = self.failures + 1 if unreached else 0
            return error
        self.failures = 0
        return result
