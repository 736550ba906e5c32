"""Any podcast feed -> the texts of a project that publishes the same episodes."""

from __future__ import annotations

from feedbuilder.import_.project import Imported, Wanted, import_feed

__all__ = ["Imported", "Wanted", "import_feed"]
