"""The transcript of an episode file -> lines, headers and clips. Every word is kept; invalid times are reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from feedbuilder.authors.records import Items, Node, Table, Text
from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.model import Clip, Entry, Header, Line, TranscriptSource
from feedbuilder.text.characters import UNSEEN, is_placeholder, plain_title, tags_in
from feedbuilder.text.names import fold, nearest
from feedbuilder.text.timecode import parse_clock, parse_seconds, plain_digits

_START_KEYS = ("start", "startoffset", "starttime", "sec", "time")
LONGEST_NAME = 60  # T-79: a longer `who`, or one with more words, is spoken text
MOST_WORDS = 6
_SOURCE_KEYS = frozenset({"file", "speakers", "language", "offsets"})  # folded
_KNOWN = frozenset({"line", "header", "sec", "time", "who"})


def parse_source(node: Node | None, path: str) -> tuple[TranscriptSource | None, list[Problem]]:
    """The file that ``transcript:`` names, as a text or a mapping; ``None`` where it holds the transcript itself."""
    if isinstance(node, Text) and not is_placeholder(node):
        return TranscriptSource(node.strip()), []
    if not isinstance(node, Table):
        return None, []
    mark = Mark(path, node.line, node.column)
    values = {fold(key): value for key, value in node.items()}
    speakers = values.get("speakers", Table())
    problems = [_unknown_key(key, Mark(path, *node.keys_at[key])) for key in node if fold(key) not in _SOURCE_KEYS]
    offset_s: float | None = None
    if offset := str(values.get("offsets", "")).strip():
        sign = -1 if offset.startswith("-") else 1
        try:
            offset_s = sign * parse_seconds(offset.lstrip("+-"))
        except ValueError:
            problems.append(Problem("TRX-9", mark, f"offset_s {quoted(offset)} is not a number of seconds"))
    if not isinstance(speakers, Table) or not all(isinstance(name, str) for name in speakers.values()):
        problems.append(Problem("TRX-9", mark, "speakers is not a mapping of names"))
        speakers = Table()
    names = {str(label): str(name).strip() for label, name in speakers.items() if str(name).strip()}
    file, language = (str(values.get(key, "")).strip() for key in ("file", "language"))
    return TranscriptSource(file, MappingProxyType(names), language, offset_s), problems


def parse_transcript(node: Node | None, path: str) -> tuple[tuple[Entry, ...], list[Problem]]:
    """Lines and headers in the order of the file; white space inside a text is folded.

    A time is the value of ``sec`` or ``time``; ``None`` if both are absent, one is invalid or they differ
    (T-64, T-83).
    """
    if node is None:
        return (), []
    if not isinstance(node, Items):
        mark = Mark(path, node.line, node.column)
        return (), [Problem("TRX-1", mark, "`transcript` must be a list of lines and headers")]
    entries: list[Entry] = []
    problems: list[Problem] = []
    unknown_keys: dict[str, Mark] = {}
    unread: list[Table] = []
    for item in node:
        parsed, found = _parse_item(item, path)
        unknown = [key for key in item if fold(key) not in _KNOWN] if isinstance(item, Table) else []
        for key in unknown:
            unknown_keys.setdefault(key, Mark(path, *item.keys_at[key]))
        if not parsed and any(item[key] for key in unknown):
            unread.append(item)
            found = [problem for problem in found if problem.rule != "TRX-6"]
        entries += parsed
        problems += found
    problems += [_unread(unread, path)] if unread else []
    return tuple(entries), [*problems, *(_unknown_key(key, mark) for key, mark in unknown_keys.items())]


def parse_clips(node: Node | None, path: str) -> tuple[tuple[Clip, ...], list[Problem]]:
    """Named spans, in the order of the file; those without a name or a start are reported and left out."""
    if node is None:
        return (), []
    if not isinstance(node, Items):
        return (), [
            Problem(
                "TRX-4", Mark(path, node.line, node.column), "`clips` must be a list", "", "Write `- name:` entries."
            )
        ]
    clips = []
    problems = []
    for item in node:
        mark = Mark(path, item.line, item.column)
        try:
            clips.append(_parse_clip(item))
            problems += tags_of(_name_of(item), mark)
        except ValueError as error:
            problems.append(Problem("TRX-4", mark, str(error)))
    return tuple(clips), problems


def _parse_clip(item: Node) -> Clip:
    values = _values_of(item)
    name = _title(_name_of(item))
    if not name:
        raise ValueError("the clip has no name")
    start = next((str(values[key]) for key in _START_KEYS if values.get(key)), "")
    try:
        return Clip(name, _time(start))
    except ValueError:
        what = f"has the invalid start {quoted(start)}" if start else "has no start"
        raise ValueError(f"the clip {quoted(name)} {what}") from None


def _values_of(clip: Node) -> dict[str, Node]:
    return {fold(key): value for key, value in clip.items()} if isinstance(clip, Table) else {"name": clip}


def _name_of(clip: Node) -> str:
    values = _values_of(clip)
    return str(values.get("name") or values.get("title") or "")


def _parse_item(item: Node, path: str) -> tuple[list[Entry], list[Problem]]:
    mark = Mark(path, item.line, item.column)
    if isinstance(item, Table):
        return _parse_entry(item, mark)
    if isinstance(item, Items):
        return [], [Problem("TRX-2", mark, "the entry is a list, not a line or header")]
    if not _folded(item):
        return [], [Problem("TRX-6", mark, "the entry is empty")]
    return [Line(_folded(item), "", None, mark)], [Problem("TRX-3", mark, "the entry is a text without `line:`")]


def tags_of(title: str, mark: Mark) -> list[Problem]:
    """A finding for the HTML in a title, a header or the name of a clip (RSS-18); empty if there is none."""
    tags = tags_in(title)
    if not tags or not plain_title(title):
        return []
    return [Problem("RSS-18", mark, f"{quoted(title)} contains {quoted(' '.join(tags))}")]


def holds_text(who: str) -> bool:
    """Whether a ``who`` is spoken text, not a name (T-79)."""
    return len(who) > LONGEST_NAME or len(who.split()) > MOST_WORDS


def _unknown_key(key: str, mark: Mark) -> Problem:
    near = nearest(key, sorted(_KNOWN))
    what = f"unknown key {quoted(key)} in a transcript entry"
    if near:
        return Problem("KEY-7", mark, what, "", f"Did you mean {quoted(near)}?", "warning")
    return Problem("KEY-7", mark, what)


def _unread(entries: Sequence[Table], path: str) -> Problem:
    """One finding for all entries whose text is under unknown keys, as other programs write them."""
    first = entries[0]
    keys = ", ".join(quoted(key) for key in first if first[key] and fold(key) not in _KNOWN)
    more = f" ({len(entries) - 1} more like this)" if len(entries) > 1 else ""
    what = f"the entry has no `line` or `header`, only {keys}{more}"
    remedy = "Use `line:` for the text, and `who:` for the speaker."
    return Problem("TRX-2", Mark(path, first.line, first.column), what, "", remedy)


def _parse_entry(item: Table, mark: Mark) -> tuple[list[Entry], list[Problem]]:
    def at(wanted: str) -> Mark:
        """The place of a key, computed on demand: a long transcript has thousands of keys."""
        return next(Mark(mark.path, *item.keys_at[key]) for key in item if fold(key) == wanted)

    problems = []
    texts: dict[str, str] = {}
    for written, value in item.items():
        key = fold(written)
        if isinstance(value, str):
            if value:
                texts[key] = value
        elif key in _KNOWN:
            kind = "list" if isinstance(value, Items) else "mapping"
            problems.append(Problem("TRX-2", at(key), f"`{key}` must be a text, not a {kind}"))
    time_s, found = _claimed(texts, at)
    problems += found
    header = _title(texts["header"]) if "header" in texts else ""
    problems += tags_of(texts["header"], at("header")) if header else []
    line = _folded(texts.get("line", ""))
    who = _folded(texts.get("who", "")).rstrip(":.,;-–—").rstrip()
    entries: list[Entry] = [Header(header, time_s, mark)] if header else []
    if line:
        entries.append(Line(line, who, time_s, mark))
    elif holds_text(who):  # text under the wrong key is kept
        problems.append(Problem("T-79", at("who"), f"`who` {quoted(who)} without a line", "used as the line"))
        entries.append(Line(_folded(texts["who"]), "", time_s, mark))
    if len(entries) == 2:
        problems.append(Problem("TRX-5", mark, f"the entry has both the header {quoted(header)} and a line"))
    if not entries and not problems:
        problems.append(Problem("TRX-6", mark, "the entry has no `line` or `header`"))
    return entries, problems


def _claimed(texts: Mapping[str, str], at: Callable[[str], Mark]) -> tuple[float | None, list[Problem]]:
    """The time of an entry in seconds; ``None`` if a value is invalid, or they differ by a second or more."""
    times: dict[str, float] = {}
    for key in ("time", "sec"):
        if key in texts:
            try:
                times[key] = _time(texts[key])
            except ValueError:
                return None, [Problem("T-64", at(key), f"invalid time {quoted(texts[key])}")]
    if len(times) == 2 and abs(times["sec"] - times["time"]) >= 1:
        what = f"`time` {quoted(texts['time'])} and `sec` {quoted(texts['sec'])} differ"
        return None, [Problem("T-83", at("time"), what)]
    return times.get("sec", times.get("time")), []


def _time(text: str) -> float:
    text = plain_digits(text).strip()
    text = text[1:-1] if text[:1] + text[-1:] in {"[]", "()"} else text
    return parse_clock(text) if ":" in text else parse_seconds(text)


def _folded(text: str) -> str:
    return " ".join(text.split()).strip(UNSEEN)


def _title(text: str) -> str:
    """A header or the name of a clip, without Markdown and HTML (T-15), unless nothing else remains."""
    return plain_title(text) or _folded(text)
