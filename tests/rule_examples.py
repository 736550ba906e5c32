"""An example finding for every rule, recorded while the tests run: ``pytest -n auto --update-rule-examples``.

Every finding that the package makes during a test is a candidate, except in property tests, whose values are random.
Addresses, ports and temporary folders of this machine are replaced by neutral ones. The shortest candidate in a project
file wins, so that the order of the tests does not matter.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
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
_NEUTRAL = (
    (re.compile(r"(?:127(?:\.\d+){3}|localhost|\[::1\])(?::\d+)?"), "host.example"),
    (re.compile(r":[1-9]\d{4}(?=/)"), ""),
    (re.compile(r"\d{6}-[0-9a-f]{8}(?![0-9a-f])"), "000042-1a2b3c4d"),
    (re.compile(r"(?<![-0-9a-f])[0-9a-f]{12}(?![0-9a-f])"), "1a2b3c4d5e6f"),
)
_UNFIT = re.compile(r"/tmp/|\.tmp\b|[^\x20-\x7e–…×]|'''|(?<![-0-9a-f])[0-9a-f]{13,}")
_PROJECT_FILE = re.compile(r"(episodes|config|media|images)/[\w-]+\.\w+:")

Rows = list[dict[str, Any]]


def read_examples() -> dict[str, Problem]:
    """The example of each rule."""
    return {problem.rule: problem for problem in _problems(json.loads(EXAMPLES.read_text(encoding="utf-8")))}


class Recorder:
    """A pytest plugin that collects candidates, in all processes of xdist, and writes the best ones at the end."""

    def __init__(self) -> None:
        self._best: dict[str, Problem] = {}
        self._folder: str | None = None  # of the running test; None: its findings are not recorded

    def pytest_configure(self) -> None:
        if os.environ.get("FEEDBUILDER_CORPUS"):
            raise pytest.UsageError("--update-rule-examples must not record a corpus: unset FEEDBUILDER_CORPUS")
        make = Problem.__init__

        def init(problem: Problem, *args: Any, **fields: Any) -> None:  # noqa: ANN401 - as the original
            make(problem, *args, **fields)
            if self._folder is not None and _is_package(sys._getframe(1)):
                folder, self._folder = self._folder, None  # the neutral copy is no finding
                self._offer(_neutral(problem, folder))
                self._folder = folder

        Problem.__init__ = init  # type: ignore[assignment, method-assign]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        if not getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            self._folder = str(getattr(item, "funcargs", {}).get("tmp_path", ""))
        try:
            return (yield)
        finally:
            self._folder = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # noqa: ANN401 - xdist has no types
        for problem in _problems(getattr(node, "workeroutput", {}).get("rule_examples", [])):
            self._offer(problem)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        rows = [_as_row(self._best[rule]) for rule in RULES if rule in self._best]
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["rule_examples"] = rows
        else:
            EXAMPLES.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def _offer(self, problem: Problem) -> None:
        if problem.rule in RULES and problem.mark.path and not _UNFIT.search(format_problem(problem)):
            self._best[problem.rule] = min(problem, self._best.get(problem.rule, problem), key=_rank)


def _is_package(frame: FrameType | None) -> bool:
    """Whether code of the package made the finding, directly or with ``dataclasses.replace``."""
    while frame and frame.f_code.co_filename == dataclasses.__file__:
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename.startswith(_PACKAGE)


def _neutral(problem: Problem, folder: str) -> Problem:
    def text(value: str) -> str:
        value = value.replace(folder, "/srv/show") if folder else value
        for pattern, replacement in _NEUTRAL:
            value = pattern.sub(replacement, value)
        return value

    return dataclasses.replace(
        problem,
        mark=problem.mark._replace(path=text(problem.mark.path)),
        what=text(problem.what),
        effect=text(problem.effect),
        remedy=text(problem.remedy),
    )


def _rank(problem: Problem) -> tuple[bool, int, str]:
    line = format_problem(problem)
    return not _PROJECT_FILE.match(line), len(line), line


def _as_row(problem: Problem) -> dict[str, Any]:
    fields = {field.name: getattr(problem, field.name) for field in dataclasses.fields(problem)}
    return {name: list(value) if name == "mark" else value for name, value in fields.items() if value}


def _problems(rows: Iterable[dict[str, Any]]) -> Iterator[Problem]:
    return (Problem(**{**row, "mark": Mark(*row["mark"])}) for row in rows)
