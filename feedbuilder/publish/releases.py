"""Changes of the folder of releases: publish, roll back, remove old releases."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from feedbuilder import disk
from feedbuilder.errors import Mark, Problem, Stopped, quoted
from feedbuilder.model import Artefact, Manifest, PublishedFile, ReleaseFacts
from feedbuilder.publish.manifest import render_manifest
from feedbuilder.publish.paths import check_paths
from feedbuilder.publish.store import (
    CURRENT,
    NEW,
    RELEASES,
    Release,
    count_of,
    is_id,
    is_whole,
    list_releases,
    read_current,
    read_current_id,
    read_release,
)
from feedbuilder.publish.tree import build_tree

_NEW_LINK = ".current-"


@dataclass(frozen=True, slots=True)
class PublishResult:
    """The result of publishing. Paths are sorted; ``switched`` is false if readers see no change."""

    id: str
    written: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    switched: bool = False
    problems: tuple[Problem, ...] = ()


def publish_release(
    public: Path, artefacts: Sequence[Artefact], facts: ReleaseFacts, *, keep: int = 5
) -> PublishResult:
    """What changed for readers, after these files are published. Call it under ``hold_lock``.

    Equal content makes no release and moves no inode or mtime; only facts that differ are written to the manifest.
    The last ``keep`` releases stay.

    Raises:
        Stopped: a path is unsafe, a file is not what was announced, the current release is damaged, or the disk
            refuses. Readers see what they saw before.
    """
    if problems := check_paths(artefact.path for artefact in artefacts):
        raise Stopped(*problems)
    artefacts = sorted(artefacts, key=lambda artefact: artefact.path)
    with disk.writing("PUB-5", public.name):
        last = read_current(public)
        swept = _sweep(public)
        if last and _is_same(last, artefacts):
            _refresh(public, last, artefacts, facts)
            return PublishResult(last.id, unchanged=_paths(last.manifest.files), problems=tuple(swept))
        try:
            release, written = _build(public, artefacts, facts, last)
            _switch(public, release.id)
        except BaseException:
            with suppress(OSError, Stopped):
                _sweep(public)
            raise
        swept += _finish(public, keep)
    paths = _paths(release.manifest.files)
    removed = sorted(set(_paths(last.manifest.files)) - set(paths)) if last else []
    unchanged = sorted(set(paths) - set(written))
    return PublishResult(release.id, written, tuple(unchanged), tuple(removed), switched=True, problems=tuple(swept))


def keep_release(public: Path, identifier: str) -> PublishResult | None:
    """The result of ``publish_release`` if nothing changed; ``None`` if the release is not current or not complete.

    Call it under ``hold_lock``.

    Raises:
        Stopped: the current release is damaged, or the disk refuses.
    """
    with disk.writing("PUB-5", public.name):
        last = read_current(public)
        if last is None or last.id != identifier or not is_whole(last):
            return None
        return PublishResult(last.id, unchanged=_paths(last.manifest.files), problems=tuple(_sweep(public)))


def rollback(public: Path, to: str | None = None) -> Release:
    """The release that is current after the rollback: the one named, or the previous one. Call it under ``hold_lock``.

    The next build goes on from there: its guard compares with this release, its files are linked to this one's, and it
    gets the next free number. If the episode files are unchanged, it publishes their content again.

    Raises:
        Stopped: there is no such release, it is not whole, or the disk refuses.
    """
    with disk.writing("PUB-5", public.name):
        current = read_current_id(public)
        _sweep(public)
        release = read_release(public, _choose(public, current, to))
        if not is_whole(release):
            mark = Mark(f"{public.name}/{RELEASES}/{release.id}")
            raise Stopped(Problem("PUB-3", mark, "files of the release are missing or have another size"))
        if release.id != current:
            _switch(public, release.id)
            disk.sync(public)
    return release


def _choose(public: Path, current: str, to: str | None) -> str:
    releases = list_releases(public)
    mark = Mark(f"{public.name}/{RELEASES}")
    if to is None:
        earlier = [release for release in releases if current and count_of(release) < count_of(current)]
        if not earlier:
            raise Stopped(Problem("PUB-7", mark, "no release before the current one"))
        return earlier[-1]
    if to not in releases:
        raise Stopped(Problem("PUB-7", mark, f"no release {quoted(to)}; there are {', '.join(releases) or 'none'}"))
    return to


def _is_same(last: Release, artefacts: Sequence[Artefact]) -> bool:
    before = [(file.path, file.sha256) for file in last.manifest.files]
    return before == [(artefact.path, artefact.sha256) for artefact in artefacts] and is_whole(last)


def _refresh(public: Path, last: Release, artefacts: Sequence[Artefact], facts: ReleaseFacts) -> None:
    """Rewrite the manifest of the current release if anything in it changed."""
    lengths = {file.path: file.length_bytes for file in last.manifest.files}
    files = tuple(PublishedFile(one.path, one.type, one.sha256, lengths[one.path]) for one in artefacts)
    if (manifest := Manifest(files, facts)) != last.manifest:
        unnamed = public / RELEASES / f"{NEW}{last.id}.json"
        disk.create(unnamed, render_manifest(manifest))
        unnamed.replace(public / RELEASES / f"{last.id}.json")
        disk.sync(public / RELEASES)


def _build(
    public: Path, artefacts: Sequence[Artefact], facts: ReleaseFacts, last: Release | None
) -> tuple[Release, tuple[str, ...]]:
    """The new release, complete on the disk but not current yet, and the paths that were written."""
    releases = public / RELEASES
    identifier = _next_id(public, artefacts)
    if not last:
        releases.mkdir(parents=True, exist_ok=True)
        disk.sync(public.parent)
    files, written = build_tree(releases / f"{NEW}{identifier}", artefacts, last)
    (releases / f"{NEW}{identifier}").rename(releases / identifier)
    disk.create(releases / f"{NEW}{identifier}.json", render_manifest(Manifest(files, facts)))
    disk.sync(releases)
    return read_release(public, identifier), written


def _next_id(public: Path, artefacts: Sequence[Artefact]) -> str:
    content = "".join(f"{artefact.path}\0{artefact.sha256}\n" for artefact in artefacts)
    count = max((count_of(release) for release in list_releases(public)), default=0) + 1
    return f"{count:06}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"


def _switch(public: Path, identifier: str) -> None:
    """Make a release the current one with one rename, so that the link always exists."""
    link = public / f"{_NEW_LINK}{identifier}"
    link.symlink_to(f"{RELEASES}/{identifier}")
    link.replace(public / CURRENT)


def _finish(public: Path, keep: int) -> list[Problem]:
    """Sync the switch to the disk and remove old releases. Readers see the new release, so failures are findings."""
    try:
        disk.sync(public)
        return _sweep(public) + _prune(public, keep)
    except (OSError, Stopped) as error:
        return [Problem("PUB-8", Mark(public.name), f"old releases cannot be removed: {quoted(str(error), 120)}")]


def _sweep(public: Path) -> list[Problem]:
    """Rename the manifest of the current release, and remove releases that never became current. Other files stay."""
    current = read_current_id(public)
    releases = public / RELEASES
    names = _names(releases)
    unnamed, named = f"{NEW}{current}.json", f"{current}.json"
    if unnamed in names and named not in names:
        (releases / unnamed).rename(releases / named)
        disk.sync(releases)
        names = names - {unnamed} | {named}
    leftovers = [public / name for name in _names(public) if name.startswith(_NEW_LINK)]
    for name in names:
        identifier = name.removesuffix(".json")
        alone = is_id(identifier) and not {identifier, f"{identifier}.json"} <= names
        if name.startswith(NEW) or (alone and identifier != current):
            leftovers.append(releases / name)
    return [problem for path in sorted(leftovers) for problem in _remove(public, path)]


def _prune(public: Path, keep: int) -> list[Problem]:
    """Remove all but the last releases; the manifest first, so that the next run completes an interrupted removal."""
    current = read_current_id(public)
    problems = []
    for release in list_releases(public)[::-1][keep:]:
        if release != current:
            folder = public / RELEASES / release
            problems += _remove(public, folder.with_name(f"{release}.json")) or _remove(public, folder)
    return problems


def _names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()


def _remove(public: Path, path: Path) -> list[Problem]:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    except OSError as error:
        mark = Mark(path.relative_to(public.parent).as_posix())
        return [Problem("PUB-8", mark, f"the release cannot be removed: {disk.reason_of(error)}")]
    return []


def _paths(files: Sequence[PublishedFile]) -> tuple[str, ...]:
    return tuple(file.path for file in files)
