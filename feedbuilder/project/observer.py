"""What a caller can learn while an operation runs: how far it is, and that something was changed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

Step = Callable[[], object]

PARTLY_WRITTEN = "what was written so far stays, each file whole; run the command again for the rest"


class Observer:
    """Hears of progress and changes, and ignores both. The command line overrides it."""

    def progress(self, what: str, total: int, *, least: int = 20) -> AbstractContextManager[Step]:
        """A context that yields the function to call after each of ``total`` steps; nothing to show below ``least``."""
        del what, total, least
        return nullcontext(lambda: None)

    def changed(self, describe: Callable[[], str] = lambda: PARTLY_WRITTEN) -> None:
        """Something is changed from here on; ``describe`` says what, should an error or Ctrl-C stop the rest."""


SILENT = Observer()
