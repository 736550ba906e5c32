"""Rules that no other test breaks in a file of a project."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from projects import NOW, SHOW, a_project, build, record, run, write
from sounds import an_mp3

from feedbuilder.authors.show import parse_show


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("funding: {url: https://tea.example/, text: Tea, colour: red}", "TAG-1"),
        ("locked: [[yes]]", "TAG-3"),
        ("locked: {owner: a@b.example, owner_: c@d.example, text: yes}", "TAG-4"),
        ("txt: {purpose: ai-content, text: maybe}", "P20-20"),
        (f"funding: {{url: https://tea.example/, text: {'Tea ' * 40}}}", "P20-0d"),
    ],
)
def test_a_fault_of_a_tag_is_a_finding_at_its_key(line: str, rule: str) -> None:
    problems = parse_show("config/show.yaml", f"{SHOW}{line}\n".encode())[1]

    assert [(problem.rule, problem.mark.line) for problem in problems] == [(rule, SHOW.count("\n") + 1)]


def test_guests_without_hosts_are_reported(tmp_path: Path) -> None:
    root = a_project(tmp_path, {"tide-1": record(1, guests="[ines]")}, hosts="")

    assert "P20-10" in {row["rule"] for row in build(root, "--json").data["problems"]}


def test_audio_of_the_project_that_is_gone_stops_the_build(tmp_path: Path) -> None:
    root = a_project(tmp_path, {"tide-1": record(1, audio="")})
    write(root, "media/tide-1.mp3", an_mp3(200))
    build(root)
    run(root, "ledger", "save", "--now", NOW)
    (root / "media/tide-1.mp3").unlink()
    shutil.rmtree(root / "public")

    assert "BLD-9" in {row["rule"] for row in build(root, "--json").data["problems"]}
