"""Options and fixtures of all tests: files that can be rewritten, and system tools that may be missing."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("here", deadline=None)  # a slow machine fails no test
settings.load_profile("here")

_NEEDS = "needs the tool "


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite golden files instead of comparing them")
    parser.addoption("--update-rule-examples", action="store_true", help="record an example finding for every rule")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--update-rule-examples"):
        from rule_examples import Recorder

        config.pluginmanager.register(Recorder())


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, bytes], None]:
    """Compare bytes with a golden file, or rewrite it with ``--update-golden``."""
    update = bool(request.config.getoption("--update-golden"))

    def compare(path: Path, actual: bytes) -> None:
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(actual)
            return
        assert path.exists(), f"{path} is missing: run pytest --update-golden and read the diff"
        assert actual.split(b"\n") == path.read_bytes().split(b"\n")

    return compare


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """The path of a program. Without it the test is skipped, or fails if FEEDBUILDER_TEST_ALL=1."""

    def find(name: str) -> str:
        if path := shutil.which(name):
            return path
        if os.environ.get("FEEDBUILDER_TEST_ALL") == "1":
            pytest.fail(f"{_NEEDS}{name}", pytrace=False)
        pytest.skip(f"{_NEEDS}{name}")

    return find


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List the tools whose tests did not run, with the number of tests."""
    reasons = [report.longrepr[2] for report in terminalreporter.stats.get("skipped", ())]
    missing = Counter(reason.partition(_NEEDS)[2] for reason in reasons if _NEEDS in reason)
    if missing:
        groups = ", ".join(f"{name} ({count} tests)" for name, count in sorted(missing.items()))
        terminalreporter.write_line(f"Skipped, because a tool is missing: {groups}", yellow=True)


@pytest.fixture(autouse=True)
def _no_back_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry busy hosts without a delay."""
    monkeypatch.setattr("feedbuilder.network.exchanges.BACK_OFF_S", 0.0)
