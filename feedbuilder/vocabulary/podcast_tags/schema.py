"""The JSON Schema of what authors write for a tag, for editors that complete and check YAML."""

from __future__ import annotations

from feedbuilder.vocabulary.podcast_tags.table import TAGS, TagSpec, ValueSpec, snake_case

Schema = dict[str, object]


def json_schema(spec: TagSpec) -> Schema:
    """The schema of the value of ``spec.key``: one tag, or a list of them where several are allowed."""
    forms = _forms(spec)
    if spec.many:
        forms.append(_array(spec))
    if not spec.plain:  # a list of the tags that it holds
        forms.append(_array(TAGS[spec.holds]))
    return {"description": f"{spec.about} {spec.source_url}", "anyOf": forms}


def _array(spec: TagSpec) -> Schema:
    return {"type": "array", "items": {"anyOf": _forms(spec)}, "minItems": 1}


def _forms(spec: TagSpec) -> list[Schema]:
    """One tag: as a text, if that is enough; and as a mapping."""
    plain = [_value(wanted) for wanted in spec.values if wanted.name == spec.plain]
    others = [wanted for wanted in spec.values if wanted.need == "required" and wanted.name != spec.plain]
    return [_mapping(spec)] if others or spec.holds else [*plain, _mapping(spec)]


def _mapping(spec: TagSpec) -> Schema:
    properties: Schema = {snake_case(wanted.name): _value(wanted) for wanted in spec.values}
    properties |= {snake_case(name): json_schema(TAGS[name]) for name in spec.children}
    required = [snake_case(wanted.name) for wanted in spec.values if wanted.need == "required"]
    if spec.name == "socialInteract":
        required.remove("uri")  # protocol disabled has none
    required += [snake_case(spec.holds)] if spec.holds else []
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": required} if required else {})


def _value(wanted: ValueSpec) -> Schema:
    kind = wanted.kind
    about = f"{kind.about[0].upper()}{kind.about[1:]}{', recommended' if wanted.need == 'recommended' else ''}."
    limit = {"maxLength": wanted.limit} if wanted.limit else {}
    return {"description": about} | dict(kind.schema) | limit
