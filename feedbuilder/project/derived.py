"""What was derived from each record, so that a build derives only what changed since the last one.

An episode is known by the digest of its whole task (``build.episode.Task``) and of the program: the same digest, the
same outcome. What comes of it is kept without the bytes of its files; those are in the release that readers see, and
where one is not, the episode is derived anew.
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
    """By digest, what the last build derived, as JSON, and what this one has. ``last`` has the files."""

    program: list[object]
    last: Last | None
    before: dict[str, Any] = field(default_factory=dict)
    now: dict[str, Any] = field(default_factory=dict)

    def each(self, each: Each) -> Each:
        """``each`` for tasks, which does only those that are not known."""

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
        said = self.before.get(digest)
        if said is None or self.last is None:
            return None
        one = _from_data(said)
        for file in one.artefacts:
            published = self.last.files.get(file.path)
            if published is None or published.sha256 != file.sha256 or not self.last.has(file.path):
                return None
        folder = self.last.folder
        return replace(one, artefacts=tuple(replace(file, origin=f"{folder}/{file.path}") for file in one.artefacts))


class _Digested(pickle.Pickler):
    """Values as bytes, the same in every process. Nothing is ever read from them.

    Without its memory a pickle depends on values alone, and not on which of them are one object.
    """

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file, protocol=5)
        self.fast = True

    def reducer_override(self, value: object) -> Any:  # noqa: ANN401 - as pickle has it
        # pydantic's models also know the set of their keys that were given, in an order of chance.
        return (type(value), (), vars(value)) if isinstance(value, BaseModel) else NotImplemented


def digest_of(task: Task) -> str:
    """What tells a task from every other."""
    written = io.BytesIO()
    _Digested(written).dump(task)
    return hashlib.sha256(written.getvalue()).hexdigest()


def read_derived(root: Path, program: list[object], last: Last | None) -> Derived:
    """What the last build of this program kept; nothing where that is absent or damaged."""
    found = Derived(program, last)
    try:
        said = disk.unseal(_KIND, (root / _FILE).read_bytes())
    except (OSError, ValueError):
        return found
    if said["program"] == program:
        found.before = said["derived"]
    return found


def write_derived(root: Path, derived: Derived) -> None:
    """Keep what this build has, for the next one.

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


def _from_data(said: dict[str, Any]) -> Finished:
    return Finished(
        slug=said["slug"],
        credits=tuple(Credit(**{**one, "aliases": tuple(one["aliases"])}) for one in said["credits"]),
        chapters=tuple(Chapter(**one) for one in said["chapters"]),
        links=tuple(Link(**one) for one in said["links"]),
        notes=Notes(**said["notes"]),
        artwork=Picture(**said["artwork"]) if said["artwork"] else None,
        pictures=tuple(Picture(**one) for one in said["pictures"]),
        chapters_url=said["chapters_url"],
        transcripts=tuple(TranscriptFile(**one) for one in said["transcripts"]),
        words=frozenset(said["words"].split(" ")) - {""},
        artefacts=tuple(Artefact(*one) for one in said["artefacts"]),
        problems=tuple(Problem(rule, Mark(*mark), *texts) for rule, mark, *texts in said["problems"]),
    )
