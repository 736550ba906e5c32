"""One rule: what is required, how serious it is, what happens when it is broken, and how to fix that."""

from __future__ import annotations

from dataclasses import dataclass

from feedbuilder.errors import Level

__all__ = ["Level", "Rule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the table.

    ``text`` is the requirement as a sentence. ``effect`` (a clause) and ``remedy`` (sentences) complete a finding that
    brings none of its own. ``source``: who publishes the rule; empty for our own.
    """

    id: str
    level: Level
    text: str
    remedy: str
    effect: str = ""
    source: str = ""
