"""Keys of site generators that hold an episode back, as ``draft: true`` does here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from feedbuilder.authors.records import Table
from feedbuilder.text.names import fold

_NO = frozenset({"false", "no", "off", "0"})
_YES = frozenset({"true", "yes", "on", "1"})
_STATES = frozenset({"draft", "hidden", "private", "unlisted", "unpublished", "pending", "inactive"})
_PUBLIC = frozenset({"public", "publish", "published", "visible", "active", "live"})

# folded key -> the values that hold an episode back, and those that do not
_KEYS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = MappingProxyType(
    dict.fromkeys(("published", "publish", "public", "visible"), (_NO, _YES))
    | dict.fromkeys(("hidden", "private", "unlisted", "unpublished"), (_YES, _NO))
    | dict.fromkeys(("status", "visibility"), (_STATES, _PUBLIC))
)


def find_held_back(front: Table, mapped: Collection[str]) -> tuple[str, set[str]]:
    """The key that holds an episode back, empty if none does; and the folded keys whose value was understood.

    ``mapped``: folded keys to which the show gives another meaning (``fields:``).

    >>> find_held_back(Table({"Published": "no", "status": "2024"}), ())
    ('Published', {'published'})
    """
    holding, understood = "", set()
    for key, value in front.items():
        back, forth = _KEYS.get(fold(key), (frozenset(), frozenset()))
        if fold(key) in mapped or not isinstance(value, str) or value.lower() not in back | forth:
            continue
        understood.add(fold(key))
        if value.lower() in back:
            holding = holding or key
    return holding, understood
