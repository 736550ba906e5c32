"""The derived values of each episode, so that a build derives only what changed since the last one.

The key is the digest of the whole task (``compose.episode.Task``): the same digest and program give the same result. It
is kept without the bytes of its files; those are in the current release. If one is missing there, the episode is
derived again.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from pydantic import BaseModel

from feedbuilder import disk
from feedbuilder.compose.episode import Finished, Task
from feedbuilder.errors import Mark, Problem
from feedbuilder.model import Artefact, Chapter, Credit, Link, Notes, Picture, TranscriptFile

if TYPE_CHECKING:
    from feedbuilder.compose.carry import Last
    from feedbuilder.compose.inputs import Each

_FILE = ".feedbuilder/derived.json"
_KIND = "feedbuilder derived 1"


@dataclass(slots=True)
class Derived:
    """Results by digest, as JSON: of the last build and of this one. ``last`` has their files."""

    program: list[object]
    last: Last | None
    before: dict[str, Any] = field(default_factory=dict)
    now: dict[str, Any] = field(default_factory=dict)

    def each(self, each: Each) -> Each:
        """``each`` for tasks, which runs only those without a kept result."""

        def remembering(function: Any, tasks: Iterable[Task]) -> Iterator[Finished]:  # noqa: ANN401 - as ``Each`` has it
            waiting = {task.episode.slug: (digest_of(task), task) for task in tasks}
            known = {slug: one for slug, (digest, _) in waiting.items() if (one := self._recall(digest))}
            made = each(function, [task for slug, (_, task) in waiting.items() if slug not in known])
            found = {one.slug: one for one in made} | known
            for slug, (digest, _) in waiting.items():
                self.now[digest] = self.before[digest] if slug in known else _as_data(found[slug])
            return (found[slug] for slug in waiting)

        return remembering

    def _recall(self, digest: str) -> Finished | None:
        data = self.before.get(digest)
        if data is None or self.last is None:
            return None
        finished = _from_data(data)
        for file in finished.artefacts:
            published = self.last.files.get(file.path)
            if published is None or published.sha256 != file.sha256 or not self.last.has(file.path):
                return None
        folder = self.last.folder
        artefacts = tuple(replace(file, origin=f"{folder}/{file.path}") for file in finished.artefacts)
        return replace(finished, artefacts=artefacts)


class _Digested(pickle.Pickler):
    """Values as bytes, the same in every process. They are never unpickled.

    Without memo a pickle depends on values only, not on object identity.
    """

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file, protocol=5)
        self.fast = True

    def reducer_override(self, value: object) -> Any:  # noqa: ANN401 - as pickle has it
        # pydantic models also hold the set of keys that were given, in random order.
        return (type(value), (), vars(value)) if isinstance(value, BaseModel) else NotImplemented


def digest_of(task: Task) -> str:
    """A digest of everything in a task."""
    written = io.BytesIO()
    _Digested(written).dump(task)
    return hashlib.sha256(written.getvalue()).hexdigest()


def read_derived(root: Path, program: list[object], last: Last | None) -> Derived:
    """The results that the last build of this program kept; none if they are missing or damaged."""
    derived = Derived(program, last)
    try:
        kept = disk.unseal(_KIND, (root / _FILE).read_bytes())
    except (OSError, ValueError):
        return derived
    if kept["program"] == program:
        derived.before = kept["derived"]
    return derived


def write_derived(root: Path, derived: Derived) -> None:
    """Keep the results of this build for the next one.

    Raises:
        FeedbuilderError: it cannot be written.
    """
    if derived.now.keys() != derived.before.keys():
        with disk.writing("FILE-10", _FILE):
            disk.replace(root / _FILE, disk.seal(_KIND, {"program": derived.program, "derived": derived.now}))


def _as_data(one: Finished) -> dict[str, Any]:
    bare = replace(one, words=frozenset(), artefacts=(), problems=())
    return asdict(bare) | {
        "words": " ".join(sorted(one.words)),
        "artefacts": [[file.path, file.type, file.sha256] for file in one.artefacts],
        "problems": [[found.rule, found.mark, found.what, found.effect, found.remedy] for found in one.problems],
    }


def _from_data(data: dict[str, Any]) -> Finished:
    return Finished(
        slug=data["slug"],
        credits=tuple(Credit(**{**one, "aliases": tuple(one["aliases"])}) for one in data["credits"]),
        chapters=tuple(Chapter(**one) for one in data["chapters"]),
        links=tuple(Link(**one) for one in data["links"]),
        notes=Notes(**data["notes"]),
        artwork=Picture(**data["artwork"]) if data["artwork"] else None,
        pictures=tuple(Picture(**one) for one in data["pictures"]),
        chapters_url=data["chapters_url"],
        transcripts=tuple(TranscriptFile(**one) for one in data["transcripts"]),
        words=frozenset(data["words"].split(" ")) - {""},
        artefacts=tuple(Artefact(*one) for one in data["artefacts"]),
        problems=tuple(Problem(rule, Mark(*mark), *texts) for rule, mark, *texts in data["problems"]),
    )
