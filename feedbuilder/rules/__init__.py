"""All rules by id. docs/conformance.md explains the ids of platform rules, such as APL-28."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from feedbuilder.errors import Problem
from feedbuilder.rules import authors, identity, network, platforms, project
from feedbuilder.rules.rule import Level, Rule

__all__ = ["ROWS", "RULES", "Level", "Rule", "level_of"]

ROWS = (*project.ROWS, *authors.ROWS, *platforms.ROWS, *identity.ROWS, *network.ROWS)
RULES: Mapping[str, Rule] = MappingProxyType({row.id: row for row in ROWS})


def level_of(problem: Problem) -> Level:
    """How serious the finding is: its own level, or that of its rule."""
    return problem.level or RULES[problem.rule].level
