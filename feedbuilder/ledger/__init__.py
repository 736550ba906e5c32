"""What subscribers' apps know of a show: the file, the guard over it, and the edits that it allows.

docs/design.md#identity

All sources of that knowledge have the same type, ``Ledger``: the committed file, the last release, the live feed, the
planned build.
"""

from feedbuilder.ledger.edits import accept, accept_show, save
from feedbuilder.ledger.file import parse_ledger, render_ledger
from feedbuilder.ledger.guard import GuardResult, Reconciled, claim_of, guard, reconcile

__all__ = [
    "GuardResult",
    "Reconciled",
    "accept",
    "accept_show",
    "claim_of",
    "guard",
    "parse_ledger",
    "reconcile",
    "render_ledger",
    "save",
]
