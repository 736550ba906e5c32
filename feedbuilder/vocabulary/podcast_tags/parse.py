"""What an author wrote for a tag -> the tag, and every finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from feedbuilder.errors import quoted
from feedbuilder.text.names import fold, nearest
from feedbuilder.text.values import parse_truth
from feedbuilder.vocabulary.podcast_tags.lists import LICENSES, LIST_MEDIA, ROLES
from feedbuilder.vocabulary.podcast_tags.table import TAGS, TEXT, Tag, TagSpec, ValueSpec, make_tag, snake_case

TagPath = tuple[str | int, ...]
_Given = dict[str, tuple[TagPath, object]]  # name in the table -> its place, its value

_TAG_LOST = "the tag is left out"
_VALUE_LOST = "left out of the tag"
_REPEATED = "only the first is used"
MINOR_RULES = frozenset({"TAG-1", "P20-0d", "P20-11"})  # what the tag requires is still published


@dataclass(frozen=True, slots=True)
class TagFault:
    """One finding. ``path`` leads from the given value to the faulty one: keys as written, indexes from 0."""

    path: TagPath
    rule: str
    what: str
    effect: str
    remedy: str


def parse_tag(name: str, value: object, *, parent: str) -> tuple[Tag | None, list[TagFault]]:
    """The tag, or ``None`` where the faults leave nothing to publish; and every finding.

    ``value`` is a text (the node value; for tags without one their first required attribute), or a mapping of
    attributes, ``text`` and child tags by name. Names are compared without case, ``-`` and ``_``. All scalars are
    strings. A wrong optional attribute is left out; a wrong required one costs the tag.

    Raises:
        KeyError: the table has no tag ``name`` under ``parent``: a bug.
    """
    spec = TAGS[name]
    if parent not in spec.parents:
        raise KeyError(f"{name} under {parent}")
    given, faults = _given(spec, value)
    if faults and not given:
        return None, faults
    values, found = _parse_values(spec, given)
    children, more = _parse_children(spec, given)
    faults += [*found, *more, *_missing(spec, given, values)]
    if not _required(spec, values) <= values.keys() | {child.name for child in children}:
        return None, faults
    if not values and not children:
        nothing = TagFault((), "P20-0c", f"{spec.key} is empty", _TAG_LOST, "Fill it in or remove it.")
        return None, faults or [nothing]
    return make_tag(name, values, children), faults


def parse_tags(name: str, value: object, *, parent: str) -> tuple[tuple[Tag, ...], list[TagFault]]:
    """The tags of one key, which can be a list of several; and every finding.

    For a tag that holds nothing but others (``podroll``) the list holds those. Of a tag that is allowed once, only the
    first is used.

    Raises:
        KeyError: the table has no tag ``name`` under ``parent``: a bug.
    """
    spec = TAGS[name]
    if not isinstance(value, list) or not spec.plain:
        tag, faults = parse_tag(name, value, parent=parent)
        return ((tag,) if tag else ()), faults
    entries = [parse_tag(name, entry, parent=parent) for entry in value]
    faults = [replace(fault, path=(index, *fault.path)) for index, (_, some) in enumerate(entries) for fault in some]
    tags = tuple(tag for tag, _ in entries if tag)
    if len(value) > 1 and not spec.many:
        faults.append(TagFault((1,), "TAG-4", f"{spec.key} is given more than once", _REPEATED, "Keep one."))
        tags = tags[:1]
    return tags, faults


def person_group(role: str, group: str = "") -> tuple[str, str] | None:
    """Role and group as they are written: lower case, from the list; ``None`` if the list has no such pair (P20-11).

    Without a group it is the role's; ``editor`` is in two, and writing comes first. Without a role it is ``host``.

    >>> person_group("Guest"), person_group("editor"), person_group("Editor", "Video Post-Production")
    (('guest', 'cast'), ('editor', 'writing'), ('editor', 'video post-production'))
    >>> person_group("guest", "visuals")
    """
    wanted_role, wanted_group = role.strip().lower() or "host", group.strip().lower()
    for name, roles in ROLES.items():
        if wanted_group in {"", name} and wanted_role in roles:
            return wanted_role, name
    return None


# --- the parts of a tag -------------------------------------------------------------------------------------------


def _given(spec: TagSpec, value: object) -> tuple[_Given, list[TagFault]]:
    if isinstance(value, str) and spec.plain:
        return {spec.plain: ((), value)}, []
    if isinstance(value, list) and not spec.plain:
        return {spec.holds: ((), value)}, []
    if not isinstance(value, Mapping):
        return {}, [_wrong_shape(spec.key, (), value, "a mapping" if spec.plain else "a list", _TAG_LOST)]
    names = {fold(name): name for name in (*(wanted.name for wanted in spec.values), *spec.children)}
    given: _Given = {}
    faults = []
    for key, raw in value.items():
        name = names.get(fold(key))
        if name is None:
            known = [snake_case(known_name) for known_name in names.values()]
            near = nearest(key, known)
            remedy = f"Did you mean {near!r}?" if near else f"Its keys are {', '.join(known)}."
            faults.append(TagFault((key,), "TAG-1", f"unknown key {quoted(key)} in {spec.key}", _VALUE_LOST, remedy))
        elif name in given:
            what = f"{spec.key} has {snake_case(name)} twice"
            faults.append(TagFault((key,), "TAG-4", what, _REPEATED, "Keep one."))
        else:
            given[name] = ((key,), raw)
    return given, faults


def _parse_values(spec: TagSpec, given: _Given) -> tuple[dict[str, str], list[TagFault]]:
    values: dict[str, str] = {}
    faults: list[TagFault] = []
    for wanted in spec.values:
        path, raw = given.get(wanted.name, ((), ""))
        text, found = _parse_value(spec, wanted, path, raw)
        faults += found
        values |= {wanted.name: text} if text else {}
    if spec.name == "txt" and values.get("purpose") == "ai-content":
        with suppress(ValueError):  # _clashes reports any other word
            values[TEXT] = "true" if parse_truth(values.get(TEXT, "")) else "false"
    for name, rule, what, remedy in _clashes(spec, values):
        effect = _TAG_LOST if name == TEXT else _VALUE_LOST
        faults.append(TagFault(given[name][0], rule, what, effect, remedy))
        del values[name]
    if values.get("protocol") == "disabled":
        values = {"protocol": "disabled"}  # alone, as the page of the tag demands
    return values, faults


def _parse_value(spec: TagSpec, wanted: ValueSpec, path: TagPath, raw: object) -> tuple[str, list[TagFault]]:
    label = spec.key if wanted.name == TEXT else f"{spec.key} {snake_case(wanted.name)}"
    effect = _TAG_LOST if wanted.need == "required" else _VALUE_LOST
    if not isinstance(raw, str):
        return "", [_wrong_shape(label, path, raw, "a text", effect)]
    try:
        text = wanted.kind.parse(raw.strip()) if raw.strip() else ""
    except ValueError as error:
        what = f"{label} {quoted(raw)} {error}"
        return "", [TagFault(path, wanted.kind.rule or spec.rule, what, effect, wanted.kind.remedy)]
    if wanted.limit and len(text) > wanted.limit:
        what = f"{label} has {len(text)} characters; apps may cut it after {wanted.limit}"
        return text, [TagFault(path, "P20-0d", what, "", f"Use at most {wanted.limit} characters.")]
    return text, []


def _parse_children(spec: TagSpec, given: _Given) -> tuple[tuple[Tag, ...], list[TagFault]]:
    children: tuple[Tag, ...] = ()
    faults: list[TagFault] = []
    for name in spec.children:
        if name in given:
            path, raw = given[name]
            tags, found = parse_tags(name, raw, parent=spec.name)
            children += tags
            faults += [replace(fault, path=(*path, *fault.path)) for fault in found]
    return children, faults


# --- rules between the parts ---------------------------------------------------------------------------------


def _required(spec: TagSpec, values: Mapping[str, str]) -> set[str]:
    """The values and the child that the tag needs, given its other values."""
    names = {wanted.name for wanted in spec.values if wanted.need == "required"} | ({spec.holds} - {""})
    if values.get("protocol") == "disabled":
        names.discard("uri")
    if spec.name == "license" and values.get(TEXT, LICENSES[0]) not in LICENSES:
        names.add("url")
    return names


def _missing(spec: TagSpec, given: _Given, values: Mapping[str, str]) -> Iterator[TagFault]:
    for name in sorted(_required(spec, values)):
        path, raw = given.get(name, ((), ""))
        if raw in ("", []) or (isinstance(raw, str) and not raw.strip()):
            what, remedy = f"{spec.key} has no {snake_case(name)}", f"Add `{snake_case(name)}:` or remove the tag."
            if spec.name == "license" and name == "url":
                what = f"license {quoted(values[TEXT])} is not on the list and has no url"
                remedy = f"Add the `url:` of its text, or use one of {', '.join(LICENSES)}."
            yield TagFault(path, "P20-0c", what, _TAG_LOST, remedy)


def _clashes(spec: TagSpec, values: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """Values that others forbid: the name of the one to leave out, the rule, what is wrong, the fix."""
    text = values.get(TEXT, "")
    if spec.name == "medium" and text in LIST_MEDIA:
        what = f"medium {text} is for feeds that hold no episodes"
        yield TEXT, "TAG-2", what, "Use the medium of the episodes, such as podcast."
    if spec.name == "txt" and values.get("purpose") == "ai-content" and text not in {"true", "false"}:
        yield TEXT, "P20-20", f"txt ai-content {quoted(text)} is not true or false", "Use `true` or `false`."
    rule = dict(part.split("=", 1) for part in values.get("rrule", "").split(";") if part)
    start = values.get("dtstart", "")
    if "COUNT" in rule and not start:
        yield "rrule", "P20-0c", "update_frequency rrule has COUNT, but there is no dtstart", "Add `dtstart:`."
    if "UNTIL" in rule and start and ("T" in rule["UNTIL"]) != ("T" in start.upper()):
        what = f"update_frequency dtstart {quoted(start)} and UNTIL {quoted(rule['UNTIL'])} differ in form"
        yield "dtstart", "TAG-2", what, "Write both as dates, or both with a time."


# --- findings -----------------------------------------------------------------------------------------------------


def _wrong_shape(label: str, path: TagPath, value: object, due: str, effect: str) -> TagFault:
    shape = "a mapping" if isinstance(value, Mapping) else "a list" if isinstance(value, list) else "a text"
    return TagFault(path, "TAG-3", f"{label} must be {due}, not {shape}", effect, f"Write {due}.")
