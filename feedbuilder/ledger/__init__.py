"""What subscribers' apps know of a show: the file, the guard over it, and the edits that it allows.

docs/design.md#identity

All sources of that knowledge have the same type, ``Ledger``: the committed file, the last release, the live feed, the
planned build.
"""

from feedbuilder.ledger.edits import (
    accept,
    accept_guid,
    accept_show,
    accepting,
    confirm,
    facts_of,
    save,
    with_rows,
    withdraw_item,
)
from feedbuilder.ledger.file import parse_ledger, render_ledger
from feedbuilder.ledger.guard import GuardResult, guard
from feedbuilder.ledger.renames import Reconciled, claim_of, find_unpublished, reconcile

__all__ = [
    "GuardResult",
    "Reconciled",
    "accept",
    "accept_guid",
    "accept_show",
    "accepting",
    "claim_of",
    "confirm",
    "facts_of",
    "find_unpublished",
    "guard",
    "parse_ledger",
    "reconcile",
    "render_ledger",
    "save",
    "with_rows",
    "withdraw_item",
]
