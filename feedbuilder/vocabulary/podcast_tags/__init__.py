"""The Podcasting 2.0 namespace: its tags as one table, and what authors may write for them."""

from __future__ import annotations

from feedbuilder.vocabulary.podcast_tags.lists import ROLES
from feedbuilder.vocabulary.podcast_tags.parse import MINOR_RULES, TagFault, parse_tag, parse_tags, person_group
from feedbuilder.vocabulary.podcast_tags.schema import json_schema
from feedbuilder.vocabulary.podcast_tags.table import (
    NAMESPACE,
    TAGS,
    Tag,
    TagSpec,
    ValueSpec,
    author_keys,
    in_tag_order,
    make_tag,
)

__all__ = [
    "MINOR_RULES",
    "NAMESPACE",
    "ROLES",
    "TAGS",
    "Tag",
    "TagFault",
    "TagSpec",
    "ValueSpec",
    "author_keys",
    "in_tag_order",
    "json_schema",
    "make_tag",
    "parse_tag",
    "parse_tags",
    "person_group",
]
