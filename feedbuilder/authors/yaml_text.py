"""Values -> YAML that any reader takes for the same values: one scalar, or lines of keys."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

from feedbuilder.text.characters import UNWANTED

_WIDE = 1_000_000  # columns: one value, one line

# Texts that no YAML reader takes for anything but this text, not even inside of { }, and that cannot end early.
_PLAIN = re.compile(r"(?!(?i:null|true|false|yes|no|on|off|y|n)$)[A-Za-z](?:[A-Za-z0-9._~/?&=+%'-]|:(?=[^\s:]))*")
_PLAIN_NUMBER = re.compile(r"[0-9](?:[A-Za-z0-9._~/?&=+%-]|:(?=[^\s:]))*")
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")  # what YAML takes for line ends, or refuses


def scalar(text: str, *, numbers: bool = False) -> str:
    r"""The text as a scalar on one line: plain where that is certain to be read as this text, else in double quotes.

    ``numbers``: what begins with a digit may be plain too, for keys whose value is a number or a date.

    >>> print(scalar("tea-time"), scalar("Tea: a talk"), scalar("no"), scalar("12"), scalar("12", numbers=True))
    tea-time "Tea: a talk" "no" "12" 12
    """
    if _PLAIN.fullmatch(text) or (numbers and _PLAIN_NUMBER.fullmatch(text)):
        return text
    # JSON's strings are YAML's, except for the characters that are escaped here.
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))


def render_yaml(values: Mapping[str, Any]) -> str:
    """Lines of YAML with the keys in their order, without empty values; ambiguous texts are quoted."""
    kept = {key: value for key, value in values.items() if value not in ("", None, [], {}, ())}
    return yaml.safe_dump(_clean(kept), sort_keys=False, allow_unicode=True, width=_WIDE) if kept else ""


def _clean(value: Any) -> Any:  # noqa: ANN401 - what YAML can say
    match value:
        case str():
            return UNWANTED.sub("", value)
        case Mapping():
            return {key: _clean(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_clean(inner) for inner in value]
    return value
