"""How a text becomes a value: the kinds of field that the show file, people and records share.

pydantic does the walking, collects every fault at once and makes the JSON Schema (docs/decisions/0002). The kinds here
say which texts a field takes, and name the rule that a wrong one breaks.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, TypeVar, get_args
from urllib.parse import quote, urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from feedbuilder.authors.records import Items, Node, Table, Text
from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.text.characters import is_mail_address
from feedbuilder.text.timecode import parse_clock, parse_duration, parse_seconds
from feedbuilder.vocabulary import podcast_tags
from feedbuilder.vocabulary.podcast_tags import Tag

Model = TypeVar("Model", bound=BaseModel)
_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


class Fields(BaseModel):
    """Base of every group of keys: frozen, and an unknown key is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _fold_keys(cls, value: object) -> object:
        """Keys under the model's own names, whatever their case and ``-``/``_``."""
        if not isinstance(value, dict):
            return value
        names = {fold(name): name for name in cls.model_fields}
        return {names.get(fold(key), key): item for key, item in value.items()}


@lru_cache(4096)
def fold(key: str) -> str:
    """The form in which keys are compared: case and ``-``/``_`` do not matter (docs/design.md#record).

    >>> fold("Episode-Type") == fold("episodeType") == fold("episode_type")
    True
    """
    return key.replace("-", "").replace("_", "").lower()


def wrong(rule: str, what: str, effect: str = "", remedy: str = "") -> PydanticCustomError:
    """The error for a kind to raise; it becomes a ``Problem`` with the mark of its field."""
    # PydanticCustomError fills {} in its message: the text travels in the context instead.
    return PydanticCustomError("fault", "{what}", {"rule": rule, "what": what, "effect": effect, "remedy": remedy})


# --- reading a group of keys --------------------------------------------------------------------------------------


def parse_fields(
    model: type[Model], table: Table, path: str, *, drop: bool, beside: Iterable[str] = ()
) -> tuple[Model | None, list[Problem], dict[str, Mark]]:
    """The group of keys that ``table`` holds, every finding, and the mark of every key (dotted).

    With ``drop`` a faulty field is left out, the rest is taken, and an unknown key is a note; without it one fault
    means no value at all. Keys are compared by ``fold``; empty values count as absent. ``beside`` are keys of the same
    table that others read.
    """
    named, problems = _under_own_names(model, table, path)
    tree = _without_empty(named)
    unknown = "KEY-7" if drop else "KEY-1"
    first = True
    while True:
        try:
            return model.model_validate(tree), problems, {**_marks(named, path), **_marks(tree, path)}
        except ValidationError as error:
            found = _without_consequences(error.errors(include_url=False))
        for detail in found:
            mark = _mark(tree, detail["loc"], path)
            if detail["type"] == "extra_forbidden":
                problems.append(_unknown_key(unknown, detail, model, beside, mark))
            elif first or detail["type"] != "missing":  # what is missing only now was taken out below
                problems.append(_problem(detail, model, mark))
        if not drop or not _remove(tree, [detail["loc"] for detail in found]):
            return None, problems, _marks(named, path)
        first = False


def _without_consequences(found: list[ErrorDetails]) -> list[ErrorDetails]:
    """The faults, but for a list that is too short only because of the faults in it."""
    above = {detail["loc"][:depth] for detail in found for depth in range(len(detail["loc"]))}
    return [detail for detail in found if detail["type"] != "too_short" or detail["loc"] not in above]


def _under_own_names(model: type[BaseModel], table: Table, path: str) -> tuple[Table, list[Problem]]:
    """The table with its keys as the model names them, and a finding for each that stands there in two spellings."""
    names = {fold(name): name for name in model.model_fields}
    named = Table()
    named.line, named.column, named.keys_at = table.line, table.column, {}
    problems = []
    for key, node in table.items():
        name = names.get(fold(key), key)
        if name in named:
            what = f"the key {quoted(key)} is the same as the one in line {named.keys_at[name][0]}"
            problems.append(Problem("YAML-2", Mark(path, *table.keys_at[key]), what))
        named[name], named.keys_at[name] = node, table.keys_at[key]
    return named, problems


def _without_empty(node: Any) -> Any:  # noqa: ANN401 - a tree of Table, Items and Text
    if isinstance(node, Table):
        filled = {key: value for key, value in node.items() if not (isinstance(value, str) and not value.strip())}
        table = Table({key: _without_empty(value) for key, value in filled.items()})
        table.line, table.column, table.keys_at = node.line, node.column, node.keys_at
        return table
    if isinstance(node, Items):
        items = Items(_without_empty(value) for value in node if value != "")
        items.line, items.column = node.line, node.column
        return items
    return node


def _marks(node: Node, path: str, parents: str = "") -> dict[str, Mark]:
    """Where each key and each entry of a list stands, dotted: ``audio.url``, ``chapters.0.start``."""
    marks: dict[str, Mark] = {}
    steps: Iterable[tuple[str, Node]] = ()
    if isinstance(node, Table):
        steps = node.items()
    elif isinstance(node, Items):
        steps = ((str(index), value) for index, value in enumerate(node))
    for step, value in steps:
        line, column = node.keys_at[step] if isinstance(node, Table) else (value.line, value.column)
        marks[f"{parents}{step}"] = Mark(path, line, column)
        marks |= _marks(value, path, f"{parents}{step}.")
    return marks


def _walk(tree: Table, location: Sequence[int | str]) -> Iterator[tuple[Any, Any]]:
    """Each container on the way to a location, with the key or index of the next step; as far as the way exists."""
    node: Any = tree
    for part in location:
        if isinstance(node, Table):
            key = next((key for key in node if fold(key) == fold(str(part))), None)
            if key is None:
                return
            yield node, key
            node = node[key]
        elif isinstance(node, Items) and isinstance(part, int):
            yield node, part
            node = node[part]
        else:
            return


def _mark(tree: Table, location: Sequence[int | str], path: str) -> Mark:
    place = (tree.line, tree.column)
    for node, key in _walk(tree, location):
        place = node.keys_at[key] if isinstance(node, Table) else (node[key].line, node[key].column)
    return Mark(path, *place)


_DUE = {"tuple_type": "a list", "dict_type": "a mapping", "model_type": "a mapping"}


def _problem(detail: ErrorDetails, model: type[BaseModel], mark: Mark) -> Problem:
    name = ".".join(part for part in detail["loc"] if isinstance(part, str))
    context = detail.get("ctx", {})
    if detail["type"] == "fault":
        return Problem(context["rule"], mark, context["what"], context["effect"], context["remedy"])
    if detail["type"] in {"missing", "too_short"}:
        what = f"{name} is {'missing' if detail['type'] == 'missing' else 'empty'}"
        group = _model_at(model, detail["loc"][:-1])
        about = group.model_fields[name.rpartition(".")[2]].description if group else None
        return Problem("KEY-2", mark, what, "", f"write it: {about.rstrip('.')}" if about else "")
    due = _DUE[detail["type"]]
    group = _model_at(model, detail["loc"]) if detail["type"] == "model_type" else None
    remedy = f"write its keys below it: {', '.join(group.model_fields)}" if group else f"write {due}"
    return Problem("KEY-3", mark, f"{_shape(detail['input'])} stands where {due} is due", "", remedy)


def _unknown_key(rule: str, detail: ErrorDetails, model: type[BaseModel], beside: Iterable[str], mark: Mark) -> Problem:
    *parents, key = (str(part) for part in detail["loc"])
    group = _model_at(model, detail["loc"][:-1])
    near = nearest(key, [*group.model_fields, *(() if parents else beside)]) if group else ""
    where = f" in {'.'.join(part for part in parents if not part.isdigit())}" if parents else ""
    return Problem(
        rule, mark, f"the key {quoted(key)} is not known{where}", "", f"did you mean {near!r}?" if near else ""
    )


def _model_at(model: type[BaseModel], location: Sequence[int | str]) -> type[BaseModel] | None:
    """The group of keys that stands at a location."""
    found: type[BaseModel] | None = model
    for part in location:
        if isinstance(part, str):
            field = found.model_fields.get(part) if found else None
            found = _group_in(field.annotation) if field else None
    return found


def _group_in(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - a type, or what typing makes of several
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((group for inner in get_args(annotation) if (group := _group_in(inner))), None)


def _shape(value: object) -> str:
    if isinstance(value, str):
        return quoted(value)
    return "a list" if isinstance(value, list) else "a mapping"


def _remove(tree: Table, locations: Iterable[Sequence[int | str]]) -> bool:
    """Take what is at fault out of the tree, with what cannot be without it; whether anything could be taken out."""
    ways = [way for location in locations if (way := list(_walk(tree, location)))]
    faulty = {(id(node), key): node for node, key in (way[-1] for way in ways)}
    for (_, key), node in sorted(faulty.items(), key=lambda item: str(item[0][1]).rjust(9), reverse=True):
        del node[key]  # of a list the last first
    return bool(ways)


def nearest(key: str, known: Iterable[str]) -> str:
    """The known key that the author may have meant; empty when none is near."""
    by_fold = {fold(name): name for name in known}
    found = difflib.get_close_matches(fold(key), by_fold, n=1, cutoff=0.75)
    return by_fold[found[0]] if found else ""


# --- a show's own names for keys -----------------------------------------------------------------------------------


def rename_keys(table: Table, names: Mapping[str, str]) -> tuple[Table, set[str]]:
    """The table with a show's names (dotted, ours -> theirs) replaced by ours; and the keys that served for it, folded.

    A key of our own that is there goes before another name for it. ``none`` as the name means that our key has another
    meaning in these records; ``!`` before it, that its truth is the opposite of ours.
    """
    renamed = _copied(table, table)
    used = set()
    for ours, theirs in names.items():
        if theirs == "none":
            _drop(renamed, ours.split("."))
            continue
        path = theirs.removeprefix("!").split(".")
        found = _find(table, path)
        if found is not None:
            used.add(fold(path[0]))
            node, place = found
            _put(renamed, ours.split("."), _opposite(node) if theirs.startswith("!") else node, place)
    return renamed, used


def _opposite(node: Node) -> Node:
    """The node with ``true`` and ``false`` exchanged; any other value is left to be reported."""
    if not isinstance(node, Text) or node.lower() not in _TRUE | _FALSE:
        return node
    opposite = Text("false" if node.lower() in _TRUE else "true")
    opposite.line, opposite.column = node.line, node.column
    return opposite


def _drop(table: Table, path: Sequence[str]) -> None:
    for key in [key for key in table if fold(key) == fold(path[0])]:
        if len(path) == 1:
            del table[key]
        elif isinstance(table[key], Table):
            table[key] = _copied(table[key], table[key])
            _drop(table[key], path[1:])


def _copied(content: Mapping[str, Any], at: Node) -> Table:
    table = Table(content)
    table.line, table.column = at.line, at.column
    table.keys_at = dict(content.keys_at) if isinstance(content, Table) else {}
    return table


def _find(table: Table, path: Sequence[str]) -> tuple[Node, tuple[int, int]] | None:
    for key, node in table.items():
        if fold(key) == fold(path[0]):
            if len(path) == 1:
                return node, table.keys_at[key]
            return _find(node, path[1:]) if isinstance(node, Table) else None
    return None


def _put(table: Table, path: Sequence[str], node: Node, place: tuple[int, int]) -> None:
    key = next((key for key in table if fold(key) == fold(path[0])), path[0])
    if len(path) == 1:
        if table.get(key, "") == "":
            table[key], table.keys_at[key] = node, place
        return
    inner = table.get(key)
    table[key] = _copied(inner if isinstance(inner, Table) else {}, node)
    table.keys_at.setdefault(key, place)
    _put(table[key], path[1:], node, place)


# --- Podcasting 2.0 tags among the keys ---------------------------------------------------------------------------


def parse_tags(table: Table, path: str, *, parent: str) -> tuple[tuple[Tag, ...], list[Problem]]:
    """The Podcasting 2.0 tags among the keys of a show (``channel``) or record (``item``), in the table's order."""
    tags: list[Tag] = []
    problems: list[Problem] = []
    written = {fold(key): key for key in table}
    for name, spec in podcast_tags.author_keys(parent).items():
        key = written.get(fold(name))
        if key is None or table[key] == "":
            continue
        found, faults = podcast_tags.parse_tags(spec.name, table[key], parent=parent)
        tags += found
        for fault in faults:
            line, column = _place(table, key, fault.path)
            problems.append(Problem(fault.rule, Mark(path, line, column), fault.what, fault.effect, fault.remedy))
    return tuple(tags), problems


def _place(table: Table, key: str, path: tuple[int | str, ...]) -> tuple[int, int]:
    place = table.keys_at[key]
    node: Any = table[key]
    for part in path:
        if isinstance(node, Table) and part in node:
            place = node.keys_at[str(part)]
            node = node[str(part)]
        elif isinstance(node, Items) and isinstance(part, int) and part < len(node):
            node = node[part]
            place = (node.line, node.column)
    return place


# --- kinds --------------------------------------------------------------------------------------------------------


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    raise wrong("KEY-3", f"{_shape(value)} stands where a text is due", "", "write one text")


def kind(parse: Callable[[str], Any]) -> PlainValidator:
    """The kind of field that takes one text, without its outer blanks, and makes of it what ``parse`` returns."""
    return PlainValidator(lambda value: parse(_scalar(value)) if isinstance(value, (str, list, dict)) else value)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _truth(text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise wrong("KEY-4", f"{quoted(text)} is neither true nor false")


def choice(rule: str, name: str, *choices: str) -> PlainValidator:
    """The kind of field that takes one word of a closed list, in any case."""

    def parse(text: str) -> str:
        if text.lower() in choices:
            return text.lower()
        raise wrong(rule, f"{name} {quoted(text)} is not one of {', '.join(choices)}", "", "write one of them")

    return kind(parse)


def _explicit(text: str) -> bool:
    if text.lower() in {"explicit", "clean"}:
        return text.lower() == "explicit"
    try:
        return _truth(text)
    except PydanticCustomError:
        what = f"explicit {quoted(text)} is not true or false"
        raise wrong("APL-7", what) from None


def _seconds(text: str) -> float:
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    for parse in (parse_seconds, parse_clock):
        try:
            return sign * parse(digits)
        except ValueError:
            continue
    raise wrong("KEY-5", f"{quoted(text)} is not a time", "", "write seconds (94.5) or a clock time (1:34)")


def _start(text: str) -> float:
    if text.startswith("-"):
        raise wrong("KEY-5", f"{quoted(text)} is before the start", "", "write seconds (94.5) or a clock time (1:34)")
    return _seconds(text)


def _duration(text: str) -> float:
    try:
        seconds = parse_duration(text)
    except ValueError:
        raise wrong("APL-27", f"{quoted(text)} is not a duration") from None
    if seconds == 0:  # what programs write that do not know
        raise wrong("APL-27", f"{quoted(text)} is no time at all")
    return seconds


def parse_url(text: str, *, https: bool) -> str:
    """An absolute URL, percent-encoded once where it holds characters that a URL may not (T-41, RSS-6).

    >>> parse_url("https://münchen.example/früh 1.mp3?a=100%&b=%C3%BC", https=True)
    'https://xn--mnchen-3ya.example/fr%C3%BCh%201.mp3?a=100%25&b=%C3%BC'

    Raises:
        PydanticCustomError: it is none, or not https where ``https`` is asked for.
    """
    scheme, netloc = _scheme_and_host(text)
    if scheme not in {"http", "https"}:
        raise wrong("RSS-6", f"{quoted(text)} is not an absolute http(s) URL", "", "write it with https://")
    if https and scheme != "https":
        raise wrong("HTTP-11", f"{quoted(text)} is not https")
    url = text.replace(urlsplit(text).netloc, netloc, 1)
    return quote(re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", url), safe="%/:?#[]@!$&'()*+,;=~-._")


def _scheme_and_host(text: str) -> tuple[str, str]:
    """The scheme in lower case, and the host (with port and user) in ASCII; both empty where there is no such host."""
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").encode("idna").decode()  # refuses what is too long or has empty parts
        known = re.fullmatch(r"[A-Za-z0-9._:-]+", host) and (parts.port is None or parts.port >= 0)
    except ValueError:
        return "", ""
    if not known:
        return "", ""
    if parts.netloc.isascii():
        return parts.scheme, parts.netloc
    return parts.scheme, re.sub(re.escape(parts.hostname or ""), host, parts.netloc, flags=re.IGNORECASE)


def _email(text: str) -> str:
    if is_mail_address(text):
        return text
    raise wrong("RSS-23", f"{quoted(text)} is not a mail address")


def _file_path(text: str) -> str:
    if text.startswith(("/", "~")) or "\\" in text or ".." in text.split("/") or "\0" in text:
        raise wrong("KEY-6", f"{quoted(text)} leads out of the project folder")
    return text.strip("/") if text != "." else text


def _names(value: object) -> object:
    return [value] if isinstance(value, str) else value


PlainText = Annotated[str, kind(_one_line), WithJsonSchema({"type": "string"})]
"""One line of text; white space inside is folded."""

Prose = Annotated[str, kind(str), WithJsonSchema({"type": "string"})]
"""Text of any length."""

Truth = Annotated[bool, kind(_truth), WithJsonSchema({"type": "boolean"})]
Explicit = Annotated[bool, kind(_explicit), WithJsonSchema({"type": "boolean"})]
Seconds = Annotated[float, kind(_seconds), WithJsonSchema({"type": ["number", "string"], "examples": [94.5, "1:34"]})]
"""A time or, with a minus sign, a shift of times."""

Start = Annotated[float, kind(_start), WithJsonSchema({"type": ["number", "string"], "examples": [94.5, "1:34"]})]
Duration = Annotated[
    float, kind(_duration), WithJsonSchema({"type": ["integer", "string"], "examples": ["1:02:33", 3753]})
]
Url = Annotated[
    str, kind(lambda text: parse_url(text, https=False)), WithJsonSchema({"type": "string", "format": "uri"})
]
HttpsUrl = Annotated[
    str,
    kind(lambda text: parse_url(text, https=True)),
    WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https://"}),
]
Email = Annotated[str, kind(_email), WithJsonSchema({"type": "string", "format": "email"})]
FilePath = Annotated[str, kind(_file_path), WithJsonSchema({"type": "string"})]


class OrText:
    """Says in the JSON Schema that a plain text may stand for the whole value."""

    def __init__(self, about: str) -> None:
        self.about = about

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:  # noqa: ANN401
        """The schema of the value, or of the text."""
        return {"anyOf": [handler(core), {"type": "string", "description": self.about}]}


Names = Annotated[tuple[PlainText, ...], BeforeValidator(_names), OrText("One alone.")]
"""A list of texts; a single text is a list of one."""

__all__ = [
    "Duration",
    "Email",
    "Explicit",
    "Fields",
    "FilePath",
    "HttpsUrl",
    "Names",
    "OrText",
    "PlainText",
    "Prose",
    "Seconds",
    "Start",
    "Text",
    "Truth",
    "Url",
    "choice",
    "fold",
    "kind",
    "nearest",
    "parse_fields",
    "parse_tags",
    "parse_url",
    "quoted",
    "rename_keys",
    "wrong",
]
