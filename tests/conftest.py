"""Options and fixtures of all tests: goldens that can be rewritten, and tools of the system that may be absent."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("here", deadline=None)  # no machine is slow enough to fail a test
settings.load_profile("here")

_NEEDS = "needs the tool "


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite golden files instead of comparing them")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, bytes], None]:
    """Compare bytes with a golden file, or write it with ``--update-golden``."""
    update = bool(request.config.getoption("--update-golden"))

    def compare(path: Path, actual: bytes) -> None:
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(actual)
            return
        assert path.exists(), f"{path} is missing: run pytest --update-golden and read the difference"
        assert actual.split(b"\n") == path.read_bytes().split(b"\n")

    return compare


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """The path of a program. The test is skipped without it, or fails where all must run (FEEDBUILDER_TEST_ALL=1)."""

    def find(name: str) -> str:
        if path := shutil.which(name):
            return path
        if os.environ.get("FEEDBUILDER_TEST_ALL") == "1":
            pytest.fail(f"{_NEEDS}{name}", pytrace=False)
        pytest.skip(f"{_NEEDS}{name}")

    return find


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the groups of tests that did not run, and how many tests each has."""
    reasons = [report.longrepr[2] for report in terminalreporter.stats.get("skipped", ())]
    missing = Counter(reason.partition(_NEEDS)[2] for reason in reasons if _NEEDS in reason)
    if missing:
        groups = ", ".join(f"{name} ({count} tests)" for name, count in sorted(missing.items()))
        terminalreporter.write_line(f"Did not run, because a tool is absent: {groups}", yellow=True)


@pytest.fixture(autouse=True)
def _no_back_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that is busy is asked again at once."""
    monkeypatch.setattr("feedbuilder.network.exchanges.BACK_OFF_S", 0.0)
