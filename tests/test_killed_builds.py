"""Whole builds, killed at random moments while readers poll the feed through the link (docs/design.md#failure)."""

from __future__ import annotations

import json
import math
import os
import random
import signal
import time
from pathlib import Path

import pytest
from lxml import etree
from projects import a_project, build, feed, record, write

BUILDS = 100
READERS = 2


@pytest.mark.long
def test_no_reader_ever_misses_a_feed_while_builds_are_killed(tmp_path: Path) -> None:
    chance = random.Random(20260601)
    a_project(tmp_path)
    assert build(tmp_path).exit_code == 0
    guids = guids_of(feed(tmp_path))
    readers = [_start_reader(tmp_path, guids, number) for number in range(READERS)]
    try:
        _, usual_s = _change_and_build(tmp_path, -1, math.inf)
        killed = 0
        for generation in range(BUILDS):
            was_killed, took_s = _change_and_build(tmp_path, generation, chance.uniform(0, 1.2 * usual_s))
            usual_s = usual_s if was_killed else took_s  # other work comes and goes on this machine
            killed += was_killed
    finally:
        (tmp_path / "stop").touch()
        reports = [_report_of(tmp_path, *reader) for reader in readers]

    assert [faults for _, faults in reports] == [[]] * READERS
    assert all(reads > BUILDS for reads, _ in reports)
    assert killed > BUILDS / 4
    assert build(tmp_path).exit_code == 0
    assert guids_of(feed(tmp_path)) == guids
    assert f"Notes of generation {BUILDS - 1}.".encode() in feed(tmp_path)
    kept = {path.name for path in (tmp_path / "public/releases").iterdir()}
    assert not any(name.startswith(".") for name in kept)
    assert {name.removesuffix(".json") for name in kept} == {name for name in kept if not name.endswith(".json")}


def guids_of(data: bytes) -> list[str]:
    """The guids of a feed that is whole; an error for one that is not."""
    return [guid.text or "" for guid in etree.fromstring(data).iter("guid")]


def _change_and_build(root: Path, generation: int, after_s: float) -> tuple[bool, float]:
    """Build a changed project and kill that after a time: whether it was killed, and how long it ran."""
    notes = f"Notes of generation {generation}."
    write(root, "episodes/tide-2.md", record(2).replace("Notes of tide 2.", notes))
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        code = 99
        try:
            code = build(root).exit_code
        finally:
            os._exit(code)
    while time.monotonic() < started + after_s:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            assert os.waitstatus_to_exitcode(status) == 0
            return False, time.monotonic() - started
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1]), time.monotonic() - started


def _start_reader(root: Path, guids: list[str], number: int) -> tuple[int, int]:
    """A process that polls the feed until the file ``stop`` is there: its id and number."""
    child = os.fork()
    if child == 0:
        try:
            report = root / f"reader-{number}.json"
            report.write_text(json.dumps(_poll(root, guids)))
        finally:
            os._exit(0)
    return child, number


def _poll(root: Path, guids: list[str]) -> tuple[int, list[str]]:
    """How often the feed was read, and everything that was wrong with it."""
    reads = 0
    faults = []
    while not (root / "stop").exists():
        try:
            if guids_of((root / "public/current/feed.xml").read_bytes()) != guids:
                faults.append("other guids")
        except (OSError, etree.XMLSyntaxError) as error:
            faults.append(repr(error))
        reads += 1
        time.sleep(0.001)
    return reads, faults


def _report_of(root: Path, child: int, number: int) -> tuple[int, list[str]]:
    os.waitpid(child, 0)
    reads, faults = json.loads((root / f"reader-{number}.json").read_text())
    return reads, faults
