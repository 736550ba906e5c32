"""Progress and changes of a running operation, reported to its caller."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

Step = Callable[[], object]

PARTLY_WRITTEN = "Files written so far are complete. Run the command again for the rest."


class Observer:
    """Receives progress and changes, and ignores both. The command line overrides it."""

    def progress(self, what: str, total: int, *, least: int = 20) -> AbstractContextManager[Step]:
        """A context with the function to call after each of ``total`` steps; no display below ``least`` steps."""
        del what, total, least
        return nullcontext(lambda: None)

    def changed(self, describe: Callable[[], str] = lambda: PARTLY_WRITTEN) -> None:
        """Report a change; ``describe`` returns sentences for the user if an error or Ctrl-C stops the rest."""


SILENT = Observer()
