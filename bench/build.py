"""Compares a cold build with one of Hugo, and builds with one changed episode or none with the cold one.

usage: python bench/build.py [--records 200] [--runs 5] [--keep FOLDER]

Both programs build the same generated episodes, in turns, as whole processes. bench/README.md explains the comparison.
The episodes are generated from $FEEDBUILDER_CORPUS (its folders seed, records, people) or from this repository.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from grow import grow

HERE = Path(__file__).resolve().parent
SHOW = """\
title: Grown
link: https://example.org/
feed_url: https://example.org/feed.xml
description: Many episodes.
language: en
author: Grown
owner: {email: podcast@example.org}
image: https://example.org/cover.jpg
categories: [Technology]
explicit: false
upstream: none
fields: {pub_date: dateadded}
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One process: wall time, processor time and peak memory."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class Contender:
    """A command and its folder, a preparation for each run, and the exit codes of success."""

    name: str
    command: Sequence[str]
    folder: Path
    prepare: Callable[[], object]
    good: frozenset[int] = frozenset({0})


def run(contender: Contender) -> Run:
    """Run a contender once.

    Raises:
        SystemExit: the command failed.
    """
    contender.prepare()
    with tempfile.TemporaryFile() as output:
        start = perf_counter()
        with subprocess.Popen(contender.command, cwd=contender.folder, stdout=output, stderr=output) as process:
            _, status, usage = os.wait4(process.pid, 0)
            seconds = perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in contender.good:
            output.seek(0)
            text = output.read().decode(errors="replace")
            raise SystemExit(f"{contender.name} failed with exit code {process.returncode}:\n{text[-2000:]}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def make_project(root: Path, records: int) -> str:
    """Write a project with generated episodes; a description of it."""
    corpus = os.environ.get("FEEDBUILDER_CORPUS", "")
    base = Path(corpus) if corpus else HERE.parent
    sources = [base / "seed", base / "records"] if corpus else [base / "episodes"]
    people = base / "people" if corpus else base / "config/people"
    originals = grow(sources, root / "episodes", records)
    shutil.copytree(people, root / "config/people")
    (root / "config/show.yaml").write_text(SHOW, encoding="utf-8")
    size = sum(path.stat().st_size for path in (root / "episodes").iterdir())
    where = "$FEEDBUILDER_CORPUS" if corpus else "this repository"
    return f"{records} episodes ({size / 1e6:.1f} MB), generated from {originals} of {where}"


def contenders(project: Path, site: Path) -> list[Contender]:
    """Hugo, if installed, then builds of feedbuilder, each over the previous one: cold, without changes, one change."""
    build = [sys.executable, "-m", "feedbuilder", "build", "--quiet"]

    def forget() -> None:
        for folder in ("public", ".feedbuilder"):
            shutil.rmtree(project / folder, ignore_errors=True)

    def edit() -> None:
        with min((project / "episodes").iterdir()).open("a", encoding="utf-8") as record:
            record.write("\nMore.\n")

    field = [
        Contender("feedbuilder, cold", build, project, forget, frozenset({0, 3})),
        Contender("feedbuilder, again", build, project, lambda: None),
        Contender("feedbuilder, one", build, project, edit),
    ]
    if shutil.which("hugo"):
        laid = subprocess.run([HERE / "hugo.sh", project / "episodes", site], check=True, capture_output=True)
        assert laid.stdout.endswith(b"hugo --quiet\n")
        sweep = partial(shutil.rmtree, site / "public", ignore_errors=True)
        field.insert(0, Contender("hugo", ["hugo", "--quiet"], site, sweep))
    return field


def measure(field: Sequence[Contender], runs: int) -> dict[str, list[Run]]:
    """The runs of each contender, in turns, after a warm-up run."""
    for contender in field:
        run(contender)
    results: dict[str, list[Run]] = {contender.name: [] for contender in field}
    for _ in range(runs):
        for contender in field:
            results[contender.name].append(run(contender))
    return results


def report(results: dict[str, list[Run]]) -> None:
    """Print the figures and the ratios of medians."""
    print(f"{'':20} {'min':>8} {'median':>8} {'max':>8} {'cpu':>8} {'memory':>9}")
    for name, runs in results.items():
        times = [run.seconds for run in runs]
        cpu = median(run.cpu_seconds for run in runs)
        memory = max(run.peak_bytes for run in runs) / 1e6
        print(f"{name:20} {min(times):7.3f}s {median(times):7.3f}s {max(times):7.3f}s {cpu:7.3f}s {memory:6.0f} MB")
    print()
    if "hugo" in results:
        print("cold build / hugo:  ", ratio(results, "feedbuilder, cold", "hugo"))
    else:
        print("hugo is not installed (Debian, Ubuntu: apt-get install hugo)")
    print("one record / cold:  ", ratio(results, "feedbuilder, one", "feedbuilder, cold"))
    print("second build / cold:", ratio(results, "feedbuilder, again", "feedbuilder, cold"))


def ratio(results: dict[str, list[Run]], one: str, other: str) -> str:
    """The ratio of the medians of two contenders, in wall time and in processor time."""
    wall = median(run.seconds for run in results[one]) / median(run.seconds for run in results[other])
    cpu = median(run.cpu_seconds for run in results[one]) / median(run.cpu_seconds for run in results[other])
    return f"{wall:.2f} (cpu {cpu:.2f})"


def items_of(feed: Path) -> int:
    """The number of items in a feed."""
    return feed.read_bytes().count(b"<item>")


def main() -> None:
    """Generate the projects, measure the builds and print the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=200)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="write the projects into this new folder and keep them")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = given.keep or Path(scratch)
        project, site = root / "feedbuilder", root / "hugo"
        print(make_project(project, given.records), f"{given.runs} runs each, in turns", sep="; ")
        results = measure(contenders(project, site), given.runs)
        feeds = [project / "public/current/feed.xml", *site.glob("public/index.xml")]
        print("items in the feeds:", ", ".join(str(items_of(feed)) for feed in feeds))
        report(results)


if __name__ == "__main__":
    main()
