"""Validates JSON documents of commands against the published schema, closed: undocumented keys are errors, too."""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from feedbuilder.cli.documents import DOCUMENTS, documents_schema


@cache
def _validator(kind: str) -> Draft202012Validator:
    schema = documents_schema()
    for definition in schema["$defs"].values():
        definition["additionalProperties"] = False
    return Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]})


def kind_of(words: str, document: dict[str, Any]) -> str:
    """The definition for a document of this command, such as ``ledger show``."""
    return "Stopped" if document.get("stopped") else DOCUMENTS[words].__name__


def validate(words: str, document: dict[str, Any]) -> None:
    """Fail with all differences if the document does not have its documented shape."""
    errors = [
        f"{error.json_path}: {error.message}" for error in _validator(kind_of(words, document)).iter_errors(document)
    ]
    assert not errors, "\n".join(errors)
