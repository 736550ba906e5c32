"""Publishing that is killed or refused at any moment: readers see one whole release, and the next run recovers."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

import pytest
from publishing import KEEP, Damaged, check_feed, check_project, check_release, check_tidy

KILLS = 100
_PROGRAM = str(Path(__file__).with_name("publishing.py"))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is such a thing: what a kill leaves does not depend on how fast the disk is."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(dir=memory) as inside:
        yield Path(inside)


class Reader(threading.Thread):
    """An app that polls the feed every millisecond, and reads all of the release that it finds the feed in."""

    def __init__(self, project: Path) -> None:
        super().__init__()
        self.current = project / "public/current"
        self.ended = threading.Event()
        self.seen: list[int] = []
        self.faults: list[str] = []

    def run(self) -> None:
        while not self.ended.wait(0.001):  # or the threads of this process would starve each other
            try:
                self.seen.append(check_feed((self.current / "feed.xml").read_bytes())[0])
                self.read_release()
            except (OSError, Damaged, ValueError) as error:
                self.faults.append(repr(error))

    def read_release(self) -> None:
        release = self.current.resolve(strict=True)
        try:
            check_release(release)
        except (FileNotFoundError, Damaged):
            # Only a reader that slept while several releases went by may find its own one removed.
            newest = self.current.resolve(strict=True)
            if number(newest) - number(release) < KEEP:
                raise


def number(release: Path) -> int:
    return int(release.name.partition("-")[0])


@pytest.mark.long
def test_a_hundred_kills_and_no_reader_notices(folder: Path) -> None:
    chance = random.Random(20_240_501)
    command = [sys.executable, _PROGRAM, "kill", str(folder)]
    results: list[str] = []
    live: list[int] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as publisher:
        assert publisher.stdin
        assert publisher.stdout

        def publish(generation: int, share: float) -> None:
            assert publisher.stdin
            assert publisher.stdout
            publisher.stdin.write(f"{generation} {share}\n")
            publisher.stdin.flush()
            results.append(publisher.stdout.readline().strip())
            live.append(check_project(folder))

        publish(1, 0)
        readers = [Reader(folder), Reader(folder)]
        for reader in readers:
            reader.start()
        try:
            generation = 1
            while len(results) <= KILLS * 11 // 10:
                generation += 1
                # Every eleventh one runs to its end, which shows that it recovers, and how long one takes at this load.
                undisturbed = generation % 11 == 0
                publish(generation, 0 if undisturbed else chance.uniform(0.01, 1.2))
                assert live[-1] in {generation, live[-2]}
                if undisturbed:
                    assert live[-1] == generation
                    check_tidy(folder)
        finally:
            for reader in readers:
                reader.ended.set()
            for reader in readers:
                reader.join()
        publisher.stdin.close()

    assert [fault for reader in readers for fault in reader.faults] == []
    assert results.count("killed") > KILLS // 4
    assert results.count("done") > KILLS // 10
    for reader in readers:
        assert reader.seen == sorted(reader.seen)
        assert len(set(reader.seen)) > 10
    # Some were killed before the switch and some after it.
    outcomes = [
        now == then for result, then, now in zip(results[1:], live, live[1:], strict=False) if result == "killed"
    ]
    assert 0 < mean(outcomes) < 1


@pytest.mark.parametrize("how", ["die", "once", "on"])
def test_the_end_at_any_call_leaves_the_old_or_the_new_release(folder: Path, how: str) -> None:
    run = subprocess.run(
        [sys.executable, _PROGRAM, "fail", str(folder / "project"), how], capture_output=True, text=True, check=False
    )

    assert run.stderr == ""
    calls, old, new = map(int, run.stdout.split())
    assert calls == old + new
    assert calls > 80
    assert old > 20
    assert new > 20
