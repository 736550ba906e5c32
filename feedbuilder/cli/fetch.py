"""``feedbuilder fetch``: the audio of other hosts -> files of this project, which it publishes from then on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedbuilder.cli.measure import LOCK_S, Wanted, differences, download_measured, find_wanted
from feedbuilder.cli.options import json_option, now_option, project_option
from feedbuilder.cli.output import (
    EXIT_CHANGED,
    guarded,
    if_stopped,
    print_json,
    print_problems,
    print_summary,
    printable,
    progress,
)
from feedbuilder.errors import FeedbuilderError, Mark, Problem
from feedbuilder.text.characters import counted

if TYPE_CHECKING:
    from feedbuilder.compose.identify import Identified
    from feedbuilder.compose.inputs import Project
    from feedbuilder.media.remembered import RemoteFacts

AT_ONCE = 16  # files that are brought home together


@click.command(epilog="Example: feedbuilder fetch s02e03-the-lighthouse")
@project_option
@click.argument("slugs", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every episode whose audio lies on another host.")
@click.option("--dry-run", is_flag=True, help="Show what would be fetched; ask nobody, write nothing.")
@click.option("--allow-private", is_flag=True, help="Also ask a private or loopback address.")
@now_option
@json_option
@guarded
def command(
    start: Path,
    slugs: tuple[str, ...],
    *,
    every: bool,
    dry_run: bool,
    allow_private: bool,
    now: datetime,
    as_json: bool,
) -> None:
    """Bring the audio of SLUGS home from another host, to publish it from here.

    Each file goes into the media folder under the name of its record; the address goes out of the record; and the
    ledger accepts the change. With the next build apps read the new address; guids and dates stay. Exit codes: 0 done;
    1 stopped; 3 some could not be fetched.
    """
    from feedbuilder.cli.project import load_texts
    from feedbuilder.sources import find_project

    if bool(slugs) == every:
        raise click.UsageError("name at least one SLUG, or --all")
    root = find_project(start)
    project = load_texts(root)
    wanted = find_wanted(root, project, slugs)
    problems: list[Problem] = []
    home: list[str] = []
    with progress("fetching", 0 if dry_run else len(wanted), least=1) as step:
        for at in range(0, 0 if dry_run else len(wanted), AT_ONCE):  # what is home stays, whatever happens later
            with ExitStack() as stack:
                part = wanted[at : at + AT_ONCE]
                files, missed = _download_all(real_media_folder(root, project), part, stack, step, allow_private)
                brought, found = _bring_home(root, part, files, now)
            home += brought
            problems += [*missed, *found]
    code = EXIT_CHANGED if len(home) < len(wanted) and not dry_run else 0
    if as_json:
        rows = [{"slug": one.episode.slug, "url": one.url, "length_bytes": one.length_bytes} for one in wanted]
        print_json({"exit": code, "wanted": rows, "fetched": home}, problems)
        sys.exit(code)
    print_problems(problems)
    print_summary(problems)
    for one in wanted if dry_run else ():
        click.echo(printable(f"{one.episode.slug}  {one.url}"))
    if not wanted:
        click.echo("nothing to fetch: no audio lies on another host")
    elif not dry_run:
        click.echo(f"{len(home)} of {counted(len(wanted), 'file')} fetched; the next build publishes them from here")
    sys.exit(code)


def real_media_folder(root: Path, project: Project) -> Path:
    """Where audio of the project lies; a link that leads out of the project is refused."""
    from feedbuilder.disk import real_folder

    return Path(real_folder(root, project.show.media.folder))


# --- to this machine --------------------------------------------------------------------------------------------------


def _download_all(
    folder: Path, wanted: Sequence[Wanted], stack: ExitStack, step: Callable[[], object], allow_private: bool
) -> tuple[dict[str, tuple[Path, RemoteFacts]], list[Problem]]:
    """By address, the file that lies aside in the media folder and what it is; and why there is none."""
    from feedbuilder.disk import aside, writing
    from feedbuilder.network import visit

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
    root: Path, asked: Sequence[Wanted], files: Mapping[str, tuple[Path, RemoteFacts]], now: datetime
) -> tuple[list[str], list[Problem]]:
    """The paths of the files, once records and ledger know of them; and what stood against it."""
    from feedbuilder.cli.ledger import edit_ledger
    from feedbuilder.cli.project import load_texts
    from feedbuilder.ledger import accept
    from feedbuilder.model import Ledger
    from feedbuilder.publish import hold_lock

    home: dict[str, str] = {}
    problems: list[Problem] = []
    with hold_lock(root, wait_s=LOCK_S):
        project = load_texts(root)  # hosts are slow: others may have written meanwhile
        places = {(one.episode.slug, one.url) for one in asked}
        for one in find_wanted(root, project):
            if (one.episode.slug, one.url) in places and one.url in files:
                path, facts = files[one.url]
                try:
                    home[one.episode.slug] = _settle(root, project, one, path, facts)
                except FeedbuilderError as error:
                    problems += error.problems
                else:
                    problems += [
                        replace(odd, effect="taken as it is", remedy="listen to it before you build")
                        for odd in differences(one, facts)
                    ]

        def change(project: Project, plan: Identified) -> Ledger:
            ledger = project.ledger
            for slug in home.keys() & plan.planned.episodes.keys():  # nobody knows of what is not published yet
                ledger = accept(ledger, slug, plan.planned)
            return ledger

        if home:
            edit_ledger(root, now, change)
    return sorted(home.values()), problems


def _settle(root: Path, project: Project, one: Wanted, path: Path, facts: RemoteFacts) -> str:
    """Name the file after its record, and take the old address out of that.

    Raises:
        FeedbuilderError: there is such a file already, or the address stands where no edit is certain.
    """
    from feedbuilder import disk
    from feedbuilder.authors.front_matter import remove_key, their_name
    from feedbuilder.sources import read_file, replace_file
    from feedbuilder.vocabulary.media_types import MEDIA_ENDINGS

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
    if_stopped()
    replace_file(root / source.path, data)
    return shown
