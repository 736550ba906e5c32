from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports
from projects import a_project, run

ROOT = Path(__file__).parents[1]
SLOW = {"yaml", "lxml", "requests", "pydantic", "feedgen", "mutagen", "PIL", "jinja2", "markdown_it", "rich"}
SLOW |= {"starlette", "uvicorn", "watchfiles", "brotli", "prometheus_client"}


def test_imports_go_downwards_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    assert lint_imports(config_filename="pyproject.toml", cache_dir=None, no_logo=True) == 0


def test_no_code_is_unused_outside_the_tests() -> None:
    vulture = subprocess.run([sys.executable, "-m", "vulture"], capture_output=True, text=True, check=False, cwd=ROOT)

    assert (vulture.stdout, vulture.stderr, vulture.returncode) == ("", "", 0)


def imported(*arguments: str, cwd: Path) -> set[str]:
    """The slow packages that a command imports."""
    script = (
        "import sys\nfrom feedbuilder.cli import main\ntry:\n    main(sys.argv[1:], prog_name='feedbuilder')\n"
        "finally:\n    print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True, cwd=cwd, env=os.environ
    )
    return SLOW & set(done.stderr.split())


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["completion", "bash"], ["build", "--help"], ["serve", "--help"]]
)
def test_cheap_commands_import_nothing_slow(arguments: list[str], tmp_path: Path) -> None:
    assert imported(*arguments, cwd=tmp_path) == set()


def test_rollback_imports_no_renderer(tmp_path: Path) -> None:
    a_project(tmp_path)
    assert imported("rollback", "--list", cwd=tmp_path) & {"lxml", "requests", "feedgen", "jinja2", "mutagen"} == set()


def test_build_without_network_imports_no_network(tmp_path: Path) -> None:
    assert "requests" not in imported("check", cwd=a_project(tmp_path))


def test_build_never_writes_into_the_texts(tmp_path: Path) -> None:
    a_project(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    run(tmp_path, "build", "--now", "2026-06-01T00:00:00Z")
    after = {
        path: path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file() and path.relative_to(tmp_path).parts[0] not in {"public", ".feedbuilder"}
    }

    assert after == before
