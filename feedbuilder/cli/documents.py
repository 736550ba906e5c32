"""The documents that commands print with ``--json``, as types: the source of their schema and reference.

Nothing but `feedbuilder schema json` and the documentation imports this module, because pydantic is slow to import.
Commands print plain dictionaries, which the tests validate against the schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

from feedbuilder.authors.schema import SCHEMA_DIALECT
from feedbuilder.rules.findings import VERSION


class Part(BaseModel):
    """A mapping. A description is the text below its field."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Finding(Part):
    """A broken rule, where it is broken and how to fix it."""

    level: Literal["error", "warning", "note"]
    """How serious it is."""
    rule: str = Field(examples=["APL-28"])
    """Id of the rule; rules.md lists all."""
    file: str
    """Path in the project, URL of a feed, or option of the command."""
    line: int
    """Line, counted from 1; 0 for the whole file."""
    column: int
    """Column, counted from 1; 0 for the whole line."""
    what: str
    """The problem, with the value."""
    effect: str
    """What happened because of it; may be empty."""
    remedy: str
    """How to fix it."""


class Document(Part):
    """The keys of all documents."""

    version: Literal[1]
    """Version of this shape. It grows when a key is removed, renamed or changes its meaning; new keys may be added."""
    problems: list[Finding]
    """All findings, sorted by file, line and column; notes too."""


class Stopped(Document):
    """Printed by any command that stops. `exit` is 1 or 2 after an error, 75 on a locked project, 130 after Ctrl-C."""

    exit: Literal[1, 2, 75, 130]
    """Exit code."""
    stopped: Literal[True]
    """Always true; other documents do not have this key."""
    message: str
    """What happened, and whether anything was changed."""


class Done(Document):
    """The keys of all documents. That of `serve` has no `exit`, because the server goes on."""

    exit: int
    """Exit code."""


class Build(Done):
    """The outcome of a build."""

    release: str
    """Name of the current release."""
    published: bool
    """Whether this build published a new release."""
    first: bool
    """Whether there was no ledger, release or live feed to compare with."""
    written: list[str]
    """Paths that are new or changed in the release."""
    removed: list[str]
    """Paths that the previous release had."""
    unchanged: int
    """Number of files that did not change."""
    items: int
    """Number of episodes in the feed."""
    drafts: int
    """Number of drafts."""
    scheduled: int
    """Number of episodes with a date in the future."""
    left_out: list[str]
    """Episode files held back because of an error."""
    carried: list[str]
    """Episode files kept at their last good version because of an error."""
    next_due: str | None
    """Date and time in UTC of the first scheduled episode."""


class Check(Done):
    """The outcome of a check."""

    items: int
    """Number of episodes that a build would publish."""


class Init(Done):
    """The new project."""

    folder: str
    """Folder of the project."""
    written: list[str]
    """Paths of the new files, relative to the folder."""


class New(Done):
    """The new episode file."""

    written: list[str]
    """Its path."""


class Import(Done):
    """The imported project."""

    folder: str
    """Folder of the project."""
    written: list[str]
    """Paths of the new files, relative to the folder; with --dry-run, those that would be written."""
    kept: list[str]
    """Paths of existing files, which were not changed."""
    episodes: dict[str, str]
    """Guid of each episode, by slug."""
    values: dict[str, dict[Literal["used", "equal", "standard", "reported", "left"], int]]
    """How many values of the feed there are, by tag or attribute and by what became of them."""


class Pair(Part):
    """An episode file matched to an item of the feed."""

    slug: str
    """Slug of the episode file."""
    guid: str
    """Guid of the item."""
    title: str
    """Title of the item."""
    evidence: str
    """What makes the match certain."""


class Doubt(Part):
    """An episode file that may be one of several items."""

    slug: str
    """Slug of the episode file."""
    why: str
    """Why no match is certain."""
    candidates: list[str]
    """Guids of the possible items."""


class Contest(Part):
    """A value that several episode files or items share."""

    key: str
    """The value, such as a host id."""
    slugs: list[str]
    """Slugs of the episode files that have it."""
    guids: list[str]
    """Guids of the items that have it."""


class FeedItem(Part):
    """An item of the feed without an episode file."""

    guid: str
    """Its guid."""
    title: str
    """Its title."""


class Change(Part):
    """A value that differs from the one in config/ledger.yaml."""

    slug: str
    """Slug of the episode."""
    field: str
    """Name of the value."""
    old: str
    """The value in config/ledger.yaml."""
    new: str
    """The value in the feed."""
    waiting: bool
    """Whether it waits for `feedbuilder ledger accept`."""


class Sync(Done):
    """What the hosting feed and config/ledger.yaml have in common."""

    upstream: str
    """Address of the feed."""
    wrote: str
    """Path of the file that was written; empty if nothing changed."""
    joined: list[Pair]
    """Certain matches."""
    doubtful: list[Doubt]
    """Episode files without a certain match."""
    contested: list[Contest]
    """Values that match more than one episode file or item."""
    unmatched_records: list[str]
    """Slugs of episode files without an item."""
    unmatched_items: list[FeedItem]
    """Items without an episode file."""
    changes: list[Change]
    """Values learned from the feed."""


class MeasuredAudio(Part):
    """An audio file on another host."""

    slug: str
    """Slug of the episode."""
    url: str
    """Address of the file."""
    length_bytes: int | None
    """Size in bytes; null if it could not be measured, as for the next three."""
    type: str | None
    """Media type."""
    duration_s: float | None
    """Duration in seconds; also null if the file does not tell."""
    estimated: bool | None
    """Whether the duration is estimated from the bit rate."""


class Measure(Done):
    """Measured audio."""

    measured: list[MeasuredAudio]
    """The audio files."""
    wrote: list[str]
    """Paths of the changed files."""


class FetchedAudio(Part):
    """An audio file on another host."""

    slug: str
    """Slug of the episode."""
    url: str
    """Address of the file."""
    length_bytes: int
    """Size in bytes; 0 if unknown."""


class Fetch(Done):
    """Downloaded audio."""

    wanted: list[FetchedAudio]
    """The audio files to download."""
    fetched: list[str]
    """Paths of the downloaded files."""


class FoundLink(Part):
    """A page of an episode on a platform."""

    slug: str
    """Slug of the episode."""
    platform: str
    """Name of the platform."""
    url: str
    """Address of the page."""
    evidence: str
    """What makes the match certain."""


class Links(Done):
    """Found links."""

    found: list[FoundLink]
    """The links."""
    wrote: list[str]
    """Paths of the changed episode files."""
    diff: str
    """The changes as a unified diff."""


class TagChapter(Part):
    """A chapter of an audio file."""

    start_s: float
    """Start in seconds."""
    title: str
    """Title."""


class Tag(Done):
    """The tagged audio file."""

    wrote: str
    """Its path; the path of the old file if nothing had to change."""
    chapters: list[TagChapter]
    """The chapters in it."""
    had: int
    """Number of chapters in the old file."""


class Text(Done):
    """The description of an episode for a platform."""

    slug: str
    """Slug of the episode."""
    platform: str
    """Name of the platform."""
    title: str
    """Title of the episode."""
    text: str
    """The description."""


class Enclosure(Part):
    """The audio of an episode, as apps know it."""

    url: str
    """Address."""
    length_bytes: int
    """Size in bytes."""
    type: str
    """Media type."""


class KnownEpisode(Part):
    """What apps know of an episode."""

    guid: str
    """Guid, which never changes."""
    pub_date: str | None
    """Date and time of publication."""
    enclosure: Enclosure | None
    """Its audio."""
    duration_s: float | None
    """Duration in seconds."""
    host_id: str
    """Id of the episode on the audio host; may be empty."""
    title: str
    """Title."""
    withdrawn: bool
    """Whether the episode was removed from the feed on purpose."""


class LedgerShow(Done):
    """What apps know of the show."""

    podcast_guid: str
    """Guid of the show."""
    feed_url: str
    """Address of the feed."""
    synced_from: str
    """Address of the feed that was read last; may be empty."""
    episodes: dict[str, KnownEpisode]
    """What apps know of each episode, by slug."""
    unmatched: list[KnownEpisode]
    """What apps know of items of the hosting feed without an episode file."""


class LedgerChanged(Done):
    """A change of config/ledger.yaml."""

    wrote: str
    """Path of the file."""
    changed: list[str]
    """Slugs of the changed episodes."""


class Serve(Document):
    """Printed when the server is ready."""

    url: str
    """Address of the site."""
    project: str
    """Folder of the project."""
    watch: bool
    """Whether the site is built on every change."""


class ConfigurationFile(Part):
    """A file of a configuration."""

    path: str
    """Name of the file."""
    text: str
    """Its content."""


class Deploy(Done):
    """A configuration."""

    target: str
    """What it is for."""
    files: list[ConfigurationFile]
    """Its files."""


class Transcript(Done):
    """A transcript file in another form."""

    source: str = Field(alias="from")
    """The form of the file."""
    to: str
    """The form of the text."""
    text: str
    """The transcript."""


class SpeakerRow(Part):
    """One speaker of a transcript file."""

    who: str
    """The name or label in the file."""
    name: str
    """The name that the episode file gives, or its person's id; may be empty."""
    first_words: str
    """What the speaker says first."""
    pieces: int
    """How many paragraphs the speaker says."""
    label: bool
    """Whether `who` is a label of a diarizer and not a name."""


class SpeakerList(Done):
    """The speakers of a transcript file."""

    file: str
    """Path of the file."""
    speakers: list[SpeakerRow]
    """In the order in which they first speak."""


class Rollback(Done):
    """The releases of the project."""

    current: str
    """Name of the current release."""
    releases: list[str]
    """Names of all kept releases, oldest first."""


class Schema(Done):
    """A JSON Schema."""

    json_schema: dict[str, Any] = Field(alias="schema")
    """The schema."""


class Completion(Done):
    """A completion script."""

    shell: str
    """Name of the shell."""
    script: str
    """The script."""


class Help(Done):
    """The help of a command."""

    help: str
    """The text that `--help` prints."""


DOCUMENTS: Mapping[str, type[Document]] = MappingProxyType(
    {
        "init": Init,
        "import": Import,
        "new": New,
        "build": Build,
        "check": Check,
        "sync": Sync,
        "measure": Measure,
        "fetch": Fetch,
        "links": Links,
        "tag": Tag,
        "text": Text,
        "transcript convert": Transcript,
        "speakers": SpeakerList,
        "ledger show": LedgerShow,
        "ledger save": LedgerChanged,
        "ledger accept": LedgerChanged,
        "serve": Serve,
        "deploy": Deploy,
        "rollback": Rollback,
        "schema": Schema,
        "completion": Completion,
        "help": Help,
    }
)


def documents_schema() -> dict[str, Any]:
    """The JSON Schema of every document: one of those in ``$defs``, each under the name of its type."""
    kinds: list[type[Document]] = list(dict.fromkeys([*DOCUMENTS.values(), Stopped]))
    _, schema = models_json_schema([(kind, "serialization") for kind in kinds])
    return {
        "$schema": SCHEMA_DIALECT,
        "title": f"feedbuilder --json, version {VERSION}",
        "anyOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in kinds],
        **schema,
    }
