"""Audio on other hosts -> the length, type and duration that episode files and ledger lack."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import BufferedRandom, BufferedReader
from pathlib import Path
from tempfile import TemporaryFile
from types import MappingProxyType

from feedbuilder.authors.front_matter import set_values
from feedbuilder.authors.show import Show
from feedbuilder.compose.audio import candidates, find_audio
from feedbuilder.compose.inputs import Project
from feedbuilder.errors import FeedbuilderError, Mark, Problem, quoted
from feedbuilder.ledger import render_ledger
from feedbuilder.media import find_media, measure_content
from feedbuilder.media.heads import measure_heads
from feedbuilder.media.remembered import RemoteFacts, read_remembered, write_remembered
from feedbuilder.model import AudioSource, Episode, Known, Ledger, MediaFacts
from feedbuilder.network import RemoteFile, ask_head, download, visit
from feedbuilder.project.load import load_texts
from feedbuilder.project.observer import SILENT, Observer
from feedbuilder.publish import LOCK_S, hold_lock
from feedbuilder.sources import read_file, replace_file

MOST_BYTES = 250_000  # read of one file, without headers, unless `whole`
WHOLE_BYTES = 2 * 1024**3
WHOLE_S = 900.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Audio on another host, and its known facts. ``in_record``: its address is in the episode file, not the ledger."""

    episode: Episode
    url: str
    length_bytes: int
    type: str
    duration_s: float | None
    in_record: bool

    @property
    def lacking(self) -> bool:
        """Whether a value that a feed publishes is missing."""
        return not (self.length_bytes and self.type and self.duration_s)


@dataclass(frozen=True, slots=True)
class Measured:
    """The audio to measure, the facts by URL, and the paths that were written."""

    asked: tuple[Wanted, ...]
    facts: Mapping[str, RemoteFacts]
    problems: tuple[Problem, ...]
    wrote: tuple[str, ...] = ()


def measure_project(
    root: Path,
    slugs: Sequence[str] = (),
    *,
    again: bool = False,
    whole: bool = False,
    dry_run: bool = False,
    allow_private: bool = False,
    observer: Observer = SILENT,
) -> Measured:
    """Measure length, type and duration of the audio of these episodes (default: all that lack one of them).

    ``again``: measure known audio too. ``whole``: read whole files if a few kilobytes do not suffice.

    Raises:
        FeedbuilderError: unknown slug, or the project cannot be read.
    """
    project = load_texts(root, observer)
    asked = [one for one in find_wanted(root, project, slugs) if one.lacking or again]
    facts, problems = _measure_all(
        [one.url for one in asked],
        read_remembered(root),
        whole=whole,
        allow_private=allow_private,
        observer=observer,
    )
    problems += [problem for one in asked if one.url in facts for problem in differences(one, facts[one.url])]
    wrote: list[str] = []
    if asked and not dry_run:
        write_remembered(root, read_remembered(root) | facts)
        observer.changed()
        with hold_lock(root, wait_s=LOCK_S):
            project = load_texts(root, observer)  # the files may have changed during the requests
            places = {(one.episode.slug, one.url) for one in asked}
            now = [one for one in find_wanted(root, project) if (one.episode.slug, one.url) in places]
            wrote = _write(root, project, now, facts)
    return Measured(tuple(asked), facts, tuple(problems), tuple(wrote))


def find_wanted(root: Path, project: Project, slugs: Sequence[str] = ()) -> list[Wanted]:
    """The audio of each episode that is on another host, with its known facts.

    Raises:
        FeedbuilderError: unknown slug.
    """
    files, _ = find_media(root, project.show.media.folder)
    by_slug = {episode.slug: episode for episode in project.episodes}
    if unknown := [slug for slug in slugs if slug not in by_slug]:
        mark = Mark(project.show.episodes[0])
        raise FeedbuilderError(*(Problem("LED-13", mark, f"no episode {quoted(one)} found") for one in unknown))
    found = []
    for episode in (by_slug[slug] for slug in slugs or by_slug):
        row = project.ledger.episodes.get(episode.slug, Known(guid=""))
        if episode.withdrawn:
            continue
        if episode.audio and episode.audio.url:
            found.append(_as_record_says(episode, episode.audio, row, project.show))
        elif row.enclosure and not candidates(episode, project.show, files):
            known = row.enclosure
            lasts_s = row.duration_s or episode.duration_s
            found.append(Wanted(episode, known.url, known.length_bytes, known.type, lasts_s, in_record=False))
    return found


def _as_record_says(episode: Episode, audio: AudioSource, row: Known, show: Show) -> Wanted:
    """The facts in the episode file, completed from the ledger if the address is the same."""
    own = find_audio(episode, show, {}, {}).enclosure
    same = row.enclosure if row.enclosure and row.enclosure.url == audio.url else None
    length_bytes = audio.length_bytes or (same.length_bytes if same else 0)
    kind = (own.type if own else "") or (same.type if same else "")
    lasts_s = episode.duration_s or (row.duration_s if same else None)
    return Wanted(episode, audio.url, length_bytes, kind, lasts_s, in_record=True)


# --- asking -----------------------------------------------------------------------------------------------------------


def _measure_all(
    urls: Sequence[str],
    remembered: Mapping[str, RemoteFacts],
    *,
    whole: bool,
    allow_private: bool,
    observer: Observer,
) -> tuple[dict[str, RemoteFacts], list[Problem]]:
    """The facts by URL, and findings for audio without facts."""
    facts: dict[str, RemoteFacts] = {}
    problems: list[Problem] = []

    def one(url: str) -> tuple[RemoteFacts, list[Problem]]:
        return measure_url(url, remembered.get(url), whole=whole, allow_private=allow_private)

    with observer.progress("measuring", len(set(urls))) as step:
        for url, result in visit(urls, one):
            if isinstance(result, FeedbuilderError):
                problems += result.problems
            else:
                facts[url], found = result
                problems += found
            step()
    return facts, problems


def measure_url(
    url: str, known: RemoteFacts | None = None, *, whole: bool = False, allow_private: bool = False
) -> tuple[RemoteFacts, list[Problem]]:
    """The facts of audio on another host, and findings; ``known`` if the host says it has not changed.

    Raises:
        FeedbuilderError: no answer, no length, or not audio.
    """
    if known and known.tag and not (whole and (known.estimated or not known.duration_s)):
        head = ask_head(url, allow_private=allow_private)
        if head and (head.tag, head.length_bytes) == (known.tag, known.length_bytes):
            return known, _doubts(known)
    try:
        remote = RemoteFile(url, allow_private=allow_private, most_bytes=MOST_BYTES)
        sound = measure_heads(BufferedReader(remote, 4096), remote.length_bytes, whole=remote.ranges)
    except FeedbuilderError as error:
        if whole and all(problem.rule == "NET-9" for problem in error.problems):
            return _measure_whole(url, allow_private=allow_private)
        raise
    stated = remote.stated
    if sound is None:
        served = f", but {quoted(stated.type)}" if stated.type else ""
        raise FeedbuilderError(Problem("MED-7", Mark(url), f"the response is not audio{served}"))
    if whole and (sound.estimated or not sound.duration_s):
        return _measure_whole(url, allow_private=allow_private)
    duration_s = round(sound.duration_s, 3) if sound.duration_s else None
    facts = RemoteFacts(url, remote.length_bytes, sound.type, duration_s, sound.estimated, tag=stated.tag)
    problems = _doubts(facts)
    if remote.denied_bytes is not None:
        what = f"HEAD reports {remote.denied_bytes} bytes, but the file has {remote.length_bytes}"
        problems.append(Problem("HTTP-6", Mark(url), what))
    if stated.type and stated.type.partition("/")[0] not in {"audio", "video"}:
        problems.append(Problem("HTTP-6", Mark(url), f"{sound.type} is served as {stated.type}"))
    return facts, problems


def _measure_whole(url: str, *, allow_private: bool) -> tuple[RemoteFacts, list[Problem]]:
    """The facts of a file that is read whole, and its hash."""
    with TemporaryFile() as file:
        return download_measured(url, file, allow_private=allow_private), []


def download_measured(url: str, into: BufferedRandom, *, allow_private: bool = False) -> RemoteFacts:
    """The facts of audio on another host, which is downloaded to the file ``into``.

    Raises:
        FeedbuilderError: no answer, or not audio.
    """
    answer = download(url, into, allow_private=allow_private, max_bytes=WHOLE_BYTES, timeout_s=WHOLE_S)
    length_bytes = into.tell()
    into.seek(0)
    with open(into.fileno(), "rb", closefd=False) as stream:
        measured = measure_content(stream, MediaFacts(url, length_bytes, "", ""))
    if isinstance(measured, Problem) or measured.duration_s is None:
        raise FeedbuilderError(Problem("MED-7", Mark(url), "the response is not audio"))
    into.seek(0)
    sha256 = hashlib.file_digest(into, "sha256").hexdigest()
    tag = answer.headers.get("etag") or answer.headers.get("last-modified", "")
    return RemoteFacts(url, length_bytes, measured.type, round(measured.duration_s, 3), sha256=sha256, tag=tag)


def _doubts(facts: RemoteFacts) -> list[Problem]:
    if facts.duration_s is None:
        return [Problem("MED-9", Mark(facts.url), "its first and last kilobytes do not have its duration")]
    if facts.estimated:
        what = f"the duration of {facts.duration_s:g} s is an estimate: no seek table, and the bit rate may vary"
        return [Problem("MED-9", Mark(facts.url), what)]
    return []


def differences(wanted: Wanted, facts: RemoteFacts) -> list[Problem]:
    """Findings for facts in the project that differ from the host's file."""
    mark, problems = wanted.episode.at("audio"), []
    if wanted.length_bytes and wanted.length_bytes != facts.length_bytes:
        problems.append(f"the length is {wanted.length_bytes} bytes here, but the file has {facts.length_bytes}")
    if wanted.type and wanted.type != facts.type:
        problems.append(f"the type is {wanted.type} here, but the file is {facts.type}")
    if wanted.duration_s and facts.duration_s and not facts.estimated and abs(wanted.duration_s - facts.duration_s) > 2:
        problems.append(f"the duration is {wanted.duration_s:g} s here, but the file has {facts.duration_s:g} s")
    return [Problem("MED-8", mark, what) for what in problems]


# --- writing ----------------------------------------------------------------------------------------------------------


def _write(root: Path, project: Project, wanted: Sequence[Wanted], facts: Mapping[str, RemoteFacts]) -> list[str]:
    """Add missing facts to episode files and ledger; the paths that were written."""
    wrote = []
    rows = dict(project.ledger.episodes)
    for one in wanted:
        fact = facts.get(one.url)
        if fact is None:
            continue
        if one.in_record:
            values = _values(one, fact)
            source = read_file(root, one.episode.mark.path)
            if values and source:
                replace_file(root / source.path, set_values(source.path, source.data, values, project.show.fields))
                wrote.append(source.path)
        else:
            rows[one.episode.slug] = _filled(rows[one.episode.slug], one, fact)
    ledger: Ledger = replace(project.ledger, episodes=MappingProxyType(rows))
    if ledger != project.ledger:
        replace_file(root / project.show.ledger, render_ledger(ledger))
        wrote.append(project.show.ledger)
    return wrote


def _values(one: Wanted, fact: RemoteFacts) -> dict[str, str]:
    """The facts that the episode file lacks."""
    values = {}
    if not one.length_bytes:
        values["audio.length"] = str(fact.length_bytes)
    if not one.type:
        values["audio.type"] = fact.type
    if not one.duration_s and fact.duration_s:
        values["duration"] = f"{fact.duration_s:.3f}".rstrip("0").rstrip(".")
    return values


def _filled(row: Known, one: Wanted, fact: RemoteFacts) -> Known:
    assert row.enclosure is not None
    same = not one.length_bytes or one.length_bytes == fact.length_bytes
    enclosure = replace(
        row.enclosure,
        length_bytes=one.length_bytes or fact.length_bytes,
        type=one.type or fact.type,
        sha256=row.enclosure.sha256 or (fact.sha256 if same else ""),
    )
    return replace(row, enclosure=enclosure, duration_s=row.duration_s or one.duration_s or fact.duration_s)
