"""A group of keys -> its value, with every finding and the mark of every key.

pydantic walks the tree, collects all faults at once and makes the JSON Schema (docs/decisions/0002).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails

from feedbuilder.authors.records import Items, Node, Table
from feedbuilder.errors import Level, Mark, Problem, quoted
from feedbuilder.text.names import fold, nearest

Model = TypeVar("Model", bound=BaseModel)
_SHOWN = 40  # characters of a value in a fix


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


def parse_fields(
    model: type[Model], table: Table, path: str, *, drop: bool, beside: Iterable[str] = ()
) -> tuple[Model | None, list[Problem], dict[str, Mark]]:
    """The group of keys that ``table`` holds, every finding, and the mark of every key (dotted).

    With ``drop`` a faulty field is left out, the rest is taken, and an unknown key is a note; without it one fault
    means no value at all. Keys are compared by ``fold``; empty values are absent ones. ``beside``: keys of the same
    table that are read elsewhere.
    """
    named, problems = _under_own_names(model, table, path)
    tree = _without_empty(named)
    unknown = "KEY-7" if drop else "KEY-1"
    first = True
    while True:
        try:
            return model.model_validate(tree), problems, {**_marks(named, path), **_marks(tree, path)}
        except ValidationError as error:
            faults = _without_consequences(error.errors(include_url=False))
        for detail in faults:
            mark = _mark(tree, detail["loc"], path)
            if detail["type"] == "extra_forbidden":
                problems.append(_unknown_key(unknown, detail, model, beside, mark))
            elif first or detail["type"] != "missing":  # missing only now: its own fault took it out
                problems.append(_problem(detail, model, mark))
        if not drop or not _remove(tree, [detail["loc"] for detail in faults]):
            return None, problems, _marks(named, path)
        first = False


def _without_consequences(faults: list[ErrorDetails]) -> list[ErrorDetails]:
    """The faults, except lists that are too short only because of the faults in them."""
    above = {detail["loc"][:depth] for detail in faults for depth in range(len(detail["loc"]))}
    return [detail for detail in faults if detail["type"] != "too_short" or detail["loc"] not in above]


def _under_own_names(model: type[BaseModel], table: Table, path: str) -> tuple[Table, list[Problem]]:
    """The table with its keys as the model names them, and a finding for each that is there in two spellings."""
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
    """The place of each key and each entry of a list, dotted: ``audio.url``, ``chapters.0.start``."""
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
    """Each container on the way to a location, with the key or index of the next step, as far as they exist."""
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


_DUE = {"text_type": "a text", "tuple_type": "a list", "dict_type": "a mapping", "model_type": "a mapping"}


def _problem(detail: ErrorDetails, model: type[BaseModel], mark: Mark) -> Problem:
    if detail["type"] == "fault":
        context = detail["ctx"]
        return Problem(context["rule"], mark, context["what"], context["effect"], context["remedy"])
    name = _dotted(detail["loc"])
    if detail["type"] in {"missing", "too_short"}:
        what = f"{name} is {'missing' if detail['type'] == 'missing' else 'empty'}"
        group = _model_at(model, detail["loc"][:-1])
        about = group.model_fields[name.rpartition(".")[2]].description if group else None
        return Problem("KEY-2", mark, what, "", f"Add it: {about}" if about else "")
    return _wrong_shape(name, detail, model, mark)


def _wrong_shape(name: str, detail: ErrorDetails, model: type[BaseModel], mark: Mark) -> Problem:
    due, value = _DUE[detail["type"]], detail["input"]
    group = _model_at(model, detail["loc"])
    where = f"an entry of `{name}`" if isinstance(detail["loc"][-1], int) else f"`{name}`"
    remedy = f"Write {due}."
    if group and due == "a mapping":
        remedy = f"Write its keys below it: {', '.join(group.model_fields)}."
    elif not group and due == "a list" and isinstance(value, str) and value.isalnum() and len(value) <= _SHOWN:
        remedy = f"Write `[{value}]`."
    return Problem("KEY-3", mark, f"{where} must be {due}, not {_shape(value)}", "", remedy)


def _unknown_key(rule: str, detail: ErrorDetails, model: type[BaseModel], beside: Iterable[str], mark: Mark) -> Problem:
    *parents, key = detail["loc"]
    group = _model_at(model, parents)
    near = nearest(str(key), [*group.model_fields, *(() if parents else beside)]) if group else ""
    where = f" in `{_dotted(parents)}`" if parents else ""
    remedy = f"Did you mean {near!r}?" if near else ""
    level: Level | None = "warning" if near and rule == "KEY-7" else None  # a value of ours is lost
    return Problem(rule, mark, f"unknown key {quoted(str(key))}{where}", "", remedy, level)


def _dotted(location: Sequence[int | str]) -> str:
    """The keys on the way to a location, without the indexes of lists."""
    return ".".join(part for part in location if isinstance(part, str))


def _model_at(model: type[BaseModel], location: Sequence[int | str]) -> type[BaseModel] | None:
    """The group of keys at a location."""
    group: type[BaseModel] | None = model
    for part in location:
        if isinstance(part, str):
            field = group.model_fields.get(part) if group else None
            group = _group_in(field.annotation) if field else None
    return group


def _group_in(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - a type, or what typing makes of several
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((group for inner in get_args(annotation) if (group := _group_in(inner))), None)


def _shape(value: object) -> str:
    if isinstance(value, str):
        return quoted(value)
    return "a list" if isinstance(value, list) else "a mapping"


def _remove(tree: Table, locations: Iterable[Sequence[int | str]]) -> bool:
    """Take faulty values out of the tree, with what cannot be without them; whether there was anything to take out."""
    ways = [way for location in locations if (way := list(_walk(tree, location)))]
    faulty = {(id(node), key): node for node, key in (way[-1] for way in ways)}
    for (_, key), node in sorted(faulty.items(), key=lambda item: str(item[0][1]).rjust(9), reverse=True):
        del node[key]  # the last of a list first: indexes stay right
    return bool(ways)
