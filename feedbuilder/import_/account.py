"""What became of every text, attribute and address of a feed: used, a repetition, of no use here, or left behind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from html import unescape
from sys import intern
from typing import Any, Literal
from urllib.parse import unquote, urljoin

from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.import_.notes import SHORT_TEXTS, TEXTS, hrefs_of, letters_of, text_blocks
from feedbuilder.markup import Block
from feedbuilder.text.characters import counted, plain_title
from feedbuilder.upstream.chapters import start_of
from feedbuilder.upstream.dates import read_date
from feedbuilder.upstream.document import Element, markup_of
from feedbuilder.upstream.feed import read_duration

State = Literal["used", "equal", "standard", "reported", "left"]
_MARKUP = frozenset({*TEXTS, *SHORT_TEXTS})
_PLAIN = frozenset({"title", "itunes:title", "itunes:author", "dc:creator", "copyright", "dc:rights", "managingEditor"})
_ITEMS = frozenset({"item", "items", "atom:entry", "channel"})
_DATES = frozenset({"pubDate", "dc:date"})
_TRUTHS = frozenset({"itunes:explicit", "googleplay:explicit"})
_EMBEDDED = re.compile(
    r"<([a-z]\w{0,20})\b[^<>]{0,2000}?\s(?:href|src|data)\s*=\s*[\"']?([^\"'\s<>]{1,2000})", re.IGNORECASE
)
_EXAMPLE = 100  # characters of a value that a finding may quote
_SPACE = re.compile(r"\s+")
_ENDING = re.compile(r"(?:…|\.\.\.|\[…\])\s*$")
_TRUE_OR_FALSE = frozenset({"true", "false", "yes", "no"})
_ALIASES = {"starttime": "start", "filesize": "length", "date": "pubdate"}
# Values of a feed that say nothing about the show or an episode, or that each build writes itself.
_STANDARD = re.compile(
    r"(?:generator|docs|webMaster|podcast:block@id|podcast:person@group|ttl|lastBuildDate|cloud@.*|sy:.*|admin:.*|guid@isPermaLink|.*@(?:xml:)?(?:lang|base|space)"
    r"|atom:link\[(?:self|hub|first|last|current|next|prev|previous|(?:next|prev)-archive|alternate)\].*|atom:link.*@(?:rel|type|title)|.*:transcript@(?:type|rel)|podcast:chapters@type|enclosure@length|itunes:owner"
    r"|media:content@(?:medium|isDefault|expression|type|fileSize|duration)|image/(?:width|height|title|description)"
    r"|podcast:guid|psc:chapters@version|podcast:images?@.*descriptor|spotify:limit@.*|channel@.*)"
)
# Values for which another finding says what was made of them.
_REPORTED = frozenset(
    {"pubDate", "dc:date", "itunes:duration", "guid", "language", "dc:language"}
    | {"enclosure@type", "enclosure@url", "podcast:guid"}
    | {"itunes:block", "podcast:block", "itunes:new-feed-url"}
)
_DEFAULTS = frozenset(
    {("itunes:episodeType", "full"), ("itunes:type", "episodic"), ("itunes:block", "no"), ("podcast:block", "no")}
    | {("itunes:complete", "no"), ("podcast:locked", "no"), ("podcast:medium", "podcast")}
)


@dataclass(frozen=True, slots=True)
class Value:
    """One text, attribute or address of a feed. ``text``: its beginning; ``where``: the key that holds it, if any."""

    path: str
    text: str
    line: int
    state: State
    where: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a project holds of a channel or an item: keys by the comparable form of their values, and its notes."""

    keys: Mapping[str, tuple[str, ...]]
    letters: str = ""
    hrefs: frozenset[str] = field(default_factory=frozenset)


def keep(values: Mapping[str, Any], blocks: Iterable[Block] = (), *, beside: Kept | None = None) -> Kept:
    """What front matter and notes hold, and what holds ``beside`` them: the show for an item."""
    keys = dict(beside.keys) if beside else {}
    for where, text in _flat(values):
        form = comparable(text)
        keys[form] = (where, *keys.get(form, ()))
    blocks = list(blocks)
    hrefs = frozenset(map(_address, hrefs_of(blocks))) | (beside.hrefs if beside else frozenset())
    return Kept(keys, letters_of(blocks), hrefs)


def _flat(values: Any, where: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - what YAML can say
    match values:
        case Mapping():
            for key, inner in values.items():
                yield from _flat(inner, f"{where}.{key}" if where else str(key))
        case list() | tuple():
            for inner in values:
                yield from _flat(inner, where)
        case "" | None:
            return
        case _:
            yield where, str(values)


def comparable(text: str) -> str:
    """The form in which two values are compared: one line, entities decoded, one case; numbers without zeros."""
    text = _SPACE.sub(" ", unescape(text)).strip().casefold()
    try:
        number = Decimal(text)
    except InvalidOperation:
        return _address(text) if "://" in text else text
    return str(number.normalize()) if number.is_finite() else text


def _address(url: str) -> str:
    return unquote(unescape(url)).strip().rstrip("/").casefold()


# --- every value of an element ------------------------------------------------------------------------------------


def values_of(element: Element, prefix: str = "") -> Iterator[tuple[str, str, int]]:
    """Path, text and line of each value below an element; a text with markup is one value, as are its addresses."""
    for name, child in element.children():
        if name in _ITEMS:
            continue
        path = f"{prefix}{name}" + (
            f"[{str(child.xml.get('rel', '')).rpartition('/')[2]}]" if name == "atom:link" else ""
        )
        for key, text in child.xml.attrib.items():
            if str(text).strip():
                yield f"{path}@{str(key).rpartition('}')[2]}", str(text).strip(), child.line
        if name in _MARKUP:
            text = markup_of(child.xml)
            yield from ((path, text, child.line) for text in [text] if text)
            yield from (
                (f"{path}/{tag.lower()}@embedded", url, child.line) for tag, url in _EMBEDDED.findall(_decoded(text))
            )
            continue
        if text := (child.xml.text or "").strip():
            yield path, text, child.line
        yield from values_of(child, f"{path}/")


def _decoded(text: str) -> str:
    return unescape(text) if "<" not in text else text


# --- the account --------------------------------------------------------------------------------------------------


def account(element: Element, kept: Kept, base_url: str = "") -> list[Value]:
    """What became of each value of a channel or item; ``base_url`` resolves its relative addresses."""
    seen: set[str] = set()
    listed: list[Value] = []
    for path, text, line in values_of(element):
        state, where = _state(path, text, kept, base_url)
        form = comparable(text)
        if state == "used" and (form in seen or (path in _MARKUP and _is_held(listed, where))):
            state = "equal"
        if state == "reported" and path in seen and not path.startswith("itunes:category"):
            state = "left"  # the finding is about the first value of that name only
        seen |= {form, path}
        listed.append(Value(intern(path), text[:_EXAMPLE], line, state, where))
    return listed


def _is_held(listed: Sequence[Value], where: str) -> bool:
    return any(value.where == where and value.state == "used" for value in listed if value.path in _MARKUP)


def _state(path: str, text: str, kept: Kept, base_url: str) -> tuple[State, str]:
    if where := _where(path, text, kept, base_url):
        return "used", where
    if (path, text.lower()) in _DEFAULTS or text.startswith("#"):
        return "standard", ""
    if path in _REPORTED or path.startswith("itunes:category"):
        return "reported", ""
    return ("standard", "") if _STANDARD.fullmatch(path) else ("left", "")


def _where(path: str, text: str, kept: Kept, base_url: str) -> str:
    """The key that holds a value; empty if none does."""
    if path.endswith("@embedded"):
        return "notes" if _held_address(text, kept, base_url) else ""
    if path in _MARKUP:
        blocks = text_blocks(_ENDING.sub("", text), base_url)
        letters = letters_of(blocks)
        if not letters:  # nothing but addresses
            return "notes" if {*map(_address, hrefs_of(blocks))} <= kept.hrefs else ""
        return next(iter(kept.keys.get(comparable(text), ())), "") or ("notes" if letters in kept.letters else "")
    forms = [comparable(plain_title(text) if path in _PLAIN else text), *_other_forms(path, text)]
    if "/" in text and not text.startswith(("http:", "https:")):
        forms.append(_address(_joined(base_url, text)))
    return next((key for form in forms for key in kept.keys.get(form, ()) if _means(path, form, key)), "")


def _means(path: str, form: str, key: str) -> bool:
    """Whether a key that holds the same value holds it for the same reason: numbers and truths are equal by chance."""
    if (len(form) > 2 or not form.isascii()) and form not in _TRUE_OR_FALSE and not form.replace(".", "").isdigit():
        return True
    leaf = re.split("[@:/]", path)[-1].casefold()
    return _ALIASES.get(leaf, leaf) == key.removesuffix(".text").rpartition(".")[2].casefold().replace("_", "")


def _other_forms(path: str, text: str) -> Iterator[str]:
    """The forms in which front matter has the meaning of a value."""
    try:
        if path in _DATES:
            yield read_date(text)[0].isoformat().replace("+00:00", "z")
        elif path.endswith(("@start", "@startTime", "@duration")):
            yield comparable(str(start_of(text)))
        elif path == "itunes:duration" and (seconds := read_duration(text)):
            yield str(Decimal(int(seconds + 0.5)).normalize())
    except ValueError:
        return
    if path in _TRUTHS:
        yield {"yes": "true", "explicit": "true", "no": "false", "clean": "false"}.get(text.lower(), "")
    elif path == "itunes:keywords":
        yield comparable(text.split(",", maxsplit=1)[0])
    elif path.endswith("@role"):
        yield f"role:{text.lower()}"


def _held_address(url: str, kept: Kept, base_url: str) -> bool:
    if url.lower().startswith(("javascript:", "data:")):
        return False
    return _address(_joined(base_url, unescape(url))) in kept.hrefs or _address(url) in kept.hrefs


def _joined(base_url: str, url: str) -> str:
    try:
        return urljoin(base_url or "https:", url)
    except ValueError:
        return url


# --- what to tell the owner ---------------------------------------------------------------------------------------


def losses(channel: Sequence[Value], items: Sequence[tuple[Mark, Sequence[Value]]], where: str) -> list[Problem]:
    """One finding for each kind of value that was left behind (IMP-1), one for repeated and one for standard values."""
    problems = []
    for kind, values in _by_kind(channel, "left").items():
        problems.append(_left(f"the channel's {kind}", values[0], where))
    for kind, found in _by_item(items, "left").items():
        mark, value = found[0]
        problems.append(_left(f"{kind} of {counted(len(found), 'item', 'items')}", value, mark.path))
    repeated = [f"{kind} ({counted(len(found), 'item', 'items')})" for kind, found in _by_item(items, "equal").items()]
    if repeated:
        problems.append(Problem("IMP-11", Mark(where), f"values equal to imported ones: {', '.join(repeated)}"))
    every = [*channel, *(value for _, values in items for value in values)]
    if standard := sorted({_kind(value.path) for value in every if value.state == "standard"}):
        problems.append(Problem("IMP-11", Mark(where), f"tags that each build writes itself: {', '.join(standard)}"))
    return problems


def _left(what: str, value: Value, path: str) -> Problem:
    remedy = "Redirect these addresses to the new pages." if value.path == "link" else ""
    return Problem("IMP-1", Mark(path, value.line), f"{what} ({_example(value)})", "", remedy)


def add_counts(counts: dict[str, dict[State, int]], values: Iterable[Value]) -> None:
    """Add to the numbers of values by path and by what became of them."""
    for value in values:
        states = counts.setdefault(value.path, {})
        states[value.state] = states.get(value.state, 0) + 1


def _kind(path: str) -> str:
    """The element that a finding names: with its attribute, or as a whole if it holds elements of its own.

    >>> _kind("podcast:value/podcast:valueRecipient@name"), _kind("itunes:title"), _kind("description/img@embedded")
    ('podcast:value', 'itunes:title', 'img in description')
    """
    if path.endswith("@embedded"):
        name, _, tag = path.removesuffix("@embedded").rpartition("/")
        return f"{tag} in {name}"
    return path.partition("/")[0].partition("@")[0]


def _example(value: Value) -> str:
    return quoted(_SPACE.sub(" ", value.text))


def _by_kind(values: Iterable[Value], state: State) -> dict[str, list[Value]]:
    kinds: dict[str, list[Value]] = {}
    for value in values:
        if value.state == state:
            kinds.setdefault(_kind(value.path), []).append(value)
    return kinds


def _by_item(items: Iterable[tuple[Mark, Sequence[Value]]], state: State) -> dict[str, list[tuple[Mark, Value]]]:
    """By kind, the first value of each item that has one."""
    kinds: dict[str, list[tuple[Mark, Value]]] = {}
    for mark, values in items:
        for kind, found in _by_kind(values, state).items():
            kinds.setdefault(kind, []).append((mark, found[0]))
    return kinds
