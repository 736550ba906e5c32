"""The benchmark measures complete builds of many different episodes."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from feedbuilder.authors.episodes import Reader, parse_episode
from feedbuilder.authors.records import parse_record
from feedbuilder.authors.show import parse_show
from feedbuilder.vocabulary.platforms import record_host_id

ROOT = Path(__file__).resolve().parent.parent
GROW: dict[str, Any] = runpy.run_path(str(ROOT / "bench/grow.py"))
PLAIN = {key: value for key, value in os.environ.items() if key != "FEEDBUILDER_CORPUS"}


def test_generated_files_are_different_episodes(tmp_path: Path) -> None:
    show, _ = parse_show("show.yaml", (ROOT / "config/show.yaml").read_bytes())
    assert show
    assert GROW["grow"]([ROOT / "episodes"], tmp_path, 60) == 6  # drafts are not copied
    episodes = []
    for path in sorted(tmp_path.iterdir()):
        record = parse_record(path.name, path.read_bytes()).record
        assert record
        parsed = parse_episode(record, Reader({"pub_date": "dateadded"}, show.timezone, show.publish_time))
        assert parsed.episode
        episodes.append(parsed.episode)
    assert len(episodes) == 60
    assert all(episode.transcript for episode in episodes)
    for field in ("slug", "title", "pub_date", "audio"):
        assert len({getattr(episode, field) for episode in episodes}) == 60
    assert {episode.guid for episode in episodes} == {""}
    assert [(int(episode.season or 0), int(episode.episode or 0)) for episode in episodes[-11:-9]] == [(1, 50), (2, 1)]
    host_ids = [host_id for episode in episodes if (host_id := record_host_id(episode.ids, episode.links))]
    assert len(host_ids) == len(set(host_ids)) > 0


def test_the_benchmark_builds_every_episode_and_prints_ratios(tmp_path: Path) -> None:
    given = ("--records", "3", "--runs", "1", "--keep", str(tmp_path / "kept"))
    command = [sys.executable, str(ROOT / "bench/build.py"), *given]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=PLAIN)
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"3 episodes \(0\.0 MB\), generated from 6 of this repository; 1 runs each, in turns", lines[0])
    assert re.fullmatch(r"items in the feeds: 3(, 3)?", lines[1])
    ratio = r"\d+\.\d\d \(cpu \d+\.\d\d\)"
    assert re.search(rf"^cold build / hugo:   {ratio}$|^hugo is not installed ", done.stdout, re.MULTILINE)
    assert re.search(rf"^one record / cold:   {ratio}$", done.stdout, re.MULTILINE)
    assert re.search(rf"^second build / cold: {ratio}$", done.stdout, re.MULTILINE)
    assert (tmp_path / "kept/feedbuilder/public/current/feed.xml").read_bytes().count(b"<item>") == 3


def test_a_failed_run_is_not_measured(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import build; build.run(build.Contender('x', ['false'], build.HERE, print))"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT / "bench")
    assert done.returncode == 1
    assert "x failed with exit code 1" in done.stderr


def test_the_server_is_compared_with_nginx(tool: Callable[[str], str]) -> None:
    tool("nginx")
    tool("wrk")
    command = [sys.executable, str(ROOT / "bench/serve.py"), "--rounds", "1", "--seconds", "1", "--connections", "4"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    first, *lines = done.stdout.splitlines()
    assert first == "1 rounds of 1 s, 4 connections, in turns"
    both = r"serve +\d+/s p99 +[\d.]+ ms   nginx +\d+/s p99 +[\d.]+ ms   ratio \d+\.\d\d"
    for name, line in zip(("304 polls", "304, new heads", "gzip feed", "ranged audio"), lines, strict=False):
        assert re.fullmatch(f"{name} +{both}", line)
    assert [line.partition(":")[0] for line in lines[4:]] == ["memory of serve", "memory of nginx"]
