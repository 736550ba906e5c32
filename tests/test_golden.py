"""Whole small sites, byte for byte: what subscribers' apps see changes only on purpose (``--update-golden``)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from projects import build, published

GOLDEN = Path(__file__).parent / "golden"
SITES = sorted(path.name for path in GOLDEN.iterdir())


@pytest.mark.parametrize("site", SITES)
def test_a_site_is_what_it_was(site: str, tmp_path: Path, golden: Callable[[Path, bytes], None]) -> None:
    for folder in ("config", "episodes"):
        shutil.copytree(GOLDEN / site / folder, tmp_path / folder)
    expected = GOLDEN / site / "expected"

    made = build(tmp_path)
    files = published(tmp_path) | {"problems.txt": made.stderr.encode()}

    for name, data in files.items():
        golden(expected / name, data)
    assert sorted(files) == sorted(str(path.relative_to(expected)) for path in expected.rglob("*") if path.is_file())
