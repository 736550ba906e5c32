"""An example finding for every rule, recorded while the tests run: ``pytest --update-rule-examples``.

Every finding that the package makes during a test is a candidate. Those that depend on the machine or on chance are
not: paths of temporary folders, ports, property tests. The shortest candidate in a project file wins, so the result is
the same for any order of the tests.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import feedbuilder
from feedbuilder.errors import Mark, Problem
from feedbuilder.rules import RULES
from feedbuilder.rules.findings import format_problem

EXAMPLES = Path(__file__).with_name("data") / "rule_examples.json"
_PACKAGE = str(Path(feedbuilder.__file__).parent)
_MACHINE = re.compile(r"/tmp/|/home/|/root/|127\.0\.0\.1|localhost|\[::1\]|[^\x20-\x7e–…×]|'''|[0-9a-f]{12,}|\d{6}-")
_PROJECT_FILE = re.compile(r"(episodes|config)/[\w-]+\.(md|yaml):")


def read_examples() -> dict[str, Problem]:
    """The example of each rule."""
    rows = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    problems = [Problem(**{**row, "mark": Mark(*row["mark"])}) for row in rows]
    return {problem.rule: problem for problem in problems}


class Recorder:
    """A pytest plugin that collects candidates and writes the best ones when the session ends."""

    def __init__(self) -> None:
        self._best: dict[str, Problem] = {}
        self._recording = False

    def pytest_configure(self, config: pytest.Config) -> None:
        if (
            os.environ.get("FEEDBUILDER_CORPUS")
            or hasattr(config, "workerinput")
            or config.getoption("numprocesses", 0)
        ):
            raise pytest.UsageError("--update-rule-examples needs `-n 0` and no FEEDBUILDER_CORPUS")
        make = Problem.__init__

        def init(problem: Problem, *args: Any, **fields: Any) -> None:  # noqa: ANN401 - as the original
            make(problem, *args, **fields)
            if self._recording and _is_package(sys._getframe(1)):
                self._record(problem)

        Problem.__init__ = init  # type: ignore[assignment, method-assign]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        function = getattr(item, "obj", None)
        self._recording = not getattr(function, "is_hypothesis_test", False)
        try:
            return (yield)
        finally:
            self._recording = False

    def pytest_sessionfinish(self) -> None:
        rows = [_as_row(self._best[rule]) for rule in RULES if rule in self._best]
        EXAMPLES.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def _record(self, problem: Problem) -> None:
        if problem.rule in RULES and not _MACHINE.search(format_problem(problem)):
            best = self._best.get(problem.rule)
            self._best[problem.rule] = min((problem, best), key=_rank) if best else problem


def _is_package(frame: FrameType | None) -> bool:
    """Whether code of the package made the finding, directly or with ``dataclasses.replace``."""
    while frame and frame.f_code.co_filename == dataclasses.__file__:
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename.startswith(_PACKAGE)


def _rank(problem: Problem) -> tuple[bool, int, str]:
    line = format_problem(problem)
    return not _PROJECT_FILE.match(line), len(line), line


def _as_row(problem: Problem) -> dict[str, object]:
    fields = {field.name: getattr(problem, field.name) for field in dataclasses.fields(problem)}
    return {name: list(value) if name == "mark" else value for name, value in fields.items() if value}
