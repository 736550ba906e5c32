"""Audio on other hosts -> files of this project, which publishes them from then on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from feedbuilder import disk
from feedbuilder.authors.front_matter import remove_key, their_name
from feedbuilder.compose.identify import Identified
from feedbuilder.compose.inputs import Project
from feedbuilder.disk import aside, real_folder, writing
from feedbuilder.errors import FeedbuilderError, Mark, Problem
from feedbuilder.ledger import accept
from feedbuilder.media.remembered import RemoteFacts
from feedbuilder.model import Ledger
from feedbuilder.network import visit
from feedbuilder.project.ledger import edit_ledger
from feedbuilder.project.load import load_texts
from feedbuilder.project.measure import Wanted, differences, download_measured, find_wanted
from feedbuilder.project.observer import SILENT, Observer
from feedbuilder.publish import LOCK_S, hold_lock
from feedbuilder.sources import read_file, replace_file
from feedbuilder.vocabulary.media_types import MEDIA_ENDINGS

AT_ONCE = 16  # files per batch


@dataclass(frozen=True, slots=True)
class Fetched:
    """The audio to download, and the paths of the new files."""

    wanted: tuple[Wanted, ...]
    home: tuple[str, ...]
    problems: tuple[Problem, ...]


def fetch_audio(
    root: Path,
    slugs: Sequence[str],
    now: datetime,
    *,
    dry_run: bool = False,
    allow_private: bool = False,
    observer: Observer = SILENT,
) -> Fetched:
    """Download the audio of these episodes to the media folder (without ``slugs``: all that is on other hosts).

    The address is removed from the episode file, and the ledger accepts the change.

    Raises:
        FeedbuilderError: unknown slug, or the project cannot be read.
    """
    project = load_texts(root, observer)
    wanted = find_wanted(root, project, slugs)
    problems: list[Problem] = []
    home: list[str] = []
    with observer.progress("fetching", 0 if dry_run else len(wanted), least=1) as step:
        for at in range(0, 0 if dry_run else len(wanted), AT_ONCE):  # a batch is kept even if a later one fails
            with ExitStack() as stack:
                part = wanted[at : at + AT_ONCE]
                files, missed = _download_all(real_media_folder(root, project), part, stack, step, allow_private)
                brought, found = _bring_home(root, part, files, now, observer)
            home += brought
            problems += [*missed, *found]
    return Fetched(tuple(wanted), tuple(home), tuple(problems))


def real_media_folder(root: Path, project: Project) -> Path:
    """The media folder; a link that leads out of the project is refused."""
    return Path(real_folder(root, project.show.media.folder))


# --- to this machine --------------------------------------------------------------------------------------------------


def _download_all(
    folder: Path, wanted: Sequence[Wanted], stack: ExitStack, step: Callable[[], object], allow_private: bool
) -> tuple[dict[str, tuple[Path, RemoteFacts]], list[Problem]]:
    """By address, the temporary file in the media folder and its facts; and findings for failed downloads."""
    files: dict[str, tuple[Path, RemoteFacts]] = {}
    problems: list[Problem] = []

    def one(url: str) -> tuple[Path, RemoteFacts]:
        path = stack.enter_context(aside(folder))
        with writing("FILE-10", str(folder)), path.open("x+b") as file:
            return path, download_measured(url, file, allow_private=allow_private)

    for url, result in visit([one.url for one in wanted], one):
        if isinstance(result, FeedbuilderError):
            problems += result.problems
        else:
            files[url] = result
        step()
    return files, problems


# --- into the project -------------------------------------------------------------------------------------------------


def _bring_home(
    root: Path,
    asked: Sequence[Wanted],
    files: Mapping[str, tuple[Path, RemoteFacts]],
    now: datetime,
    observer: Observer,
) -> tuple[list[str], list[Problem]]:
    """The paths of the files that episode files and ledger now use; and findings for the others."""
    home: dict[str, str] = {}
    problems: list[Problem] = []
    with hold_lock(root, wait_s=LOCK_S):
        project = load_texts(root, observer)  # the files may have changed during the download
        places = {(one.episode.slug, one.url) for one in asked}
        for one in find_wanted(root, project):
            if (one.episode.slug, one.url) in places and one.url in files:
                facts = files[one.url][1]
                try:
                    home[one.episode.slug] = _settle(root, project, one, files[one.url], observer)
                except FeedbuilderError as error:
                    problems += error.problems
                else:
                    problems += [
                        replace(odd, effect="the downloaded file is used", remedy="Listen to it before you build.")
                        for odd in differences(one, facts)
                    ]

        def change(project: Project, plan: Identified) -> Ledger:
            ledger = project.ledger
            for slug in home.keys() & plan.planned.episodes.keys():  # an unpublished episode has no row
                ledger = accept(ledger, slug, plan.planned, plan.told)
            return ledger

        if home:
            edit_ledger(root, now, change, observer)
    return sorted(home.values()), problems


def _settle(root: Path, project: Project, one: Wanted, found: tuple[Path, RemoteFacts], observer: Observer) -> str:
    """Name the file after its episode, and remove the old address from the episode file.

    Raises:
        FeedbuilderError: the file exists, or the address cannot be removed safely.
    """
    path, facts = found
    name = f"{one.episode.slug}.{MEDIA_ENDINGS[facts.type]}"
    shown = f"{project.show.media.folder}/{name}"
    source = read_file(root, one.episode.mark.path)
    assert source is not None
    data = source.data
    if one.in_record:
        for key in ("audio.url", "audio.length", "audio.type", "audio"):
            theirs = their_name(key, project.show.fields)
            if "." not in theirs:
                data = remove_key(source.path, data, theirs)
    with disk.writing("FILE-10", shown):
        try:
            disk.settle(path, path.parent / name)
        except FileExistsError:
            raise FeedbuilderError(Problem("FILE-9", Mark(shown), "the file exists already")) from None
    observer.changed()
    replace_file(root / source.path, data)
    return shown
