"""One rule: what is required, its level, what happens when it is broken and how to fix that."""

from __future__ import annotations

from dataclasses import dataclass

from feedbuilder.errors import Level

__all__ = ["Level", "Rule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the table.

    ``text`` is the requirement as a sentence. ``effect`` (a clause) and ``remedy`` (sentences) are used by findings
    that have none of their own. ``source``: who publishes the rule; empty for our own rules.
    """

    id: str
    level: Level
    text: str
    remedy: str
    effect: str = ""
    source: str = ""
