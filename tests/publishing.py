"""A small site that changes with every generation and can tell whether it is whole; and a program that publishes it.

``python publishing.py kill PROJECT`` publishes generation after generation, each in a process that may be killed.
``python publishing.py fail PROJECT HOW`` publishes once for every call to the system that publishing makes, and lets
that call be the last one (``die``), fail (``once``), or fail together with all after it (``on``).
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

from feedbuilder.errors import Stopped
from feedbuilder.model import Artefact, Known, Ledger, ReleaseFacts
from feedbuilder.publish import hold_lock, list_releases, publish_release, read_current

KEEP = 3
_FILE = re.compile(rb"(\S+) ([0-9a-f]{64})")


class Damaged(Exception):
    """A reader saw what was never published."""


def an_artefact(path: str, data: bytes, kind: str = "text/plain") -> Artefact:
    return Artefact(path, kind, hashlib.sha256(data).hexdigest(), data)


def a_site(generation: int) -> list[Artefact]:
    """The files of one generation: some change, some stay, one comes and goes; the feed lists and seals them all."""
    files = [
        an_artefact("index.html", b"never changes" * 500),
        an_artefact("media/tone-0123456789ab.mp3", b"sound" * 2_000),
        *(
            an_artefact(f"episodes/e{number}/chapters.json", f"{number} {generation // (number + 1)}".encode() * 400)
            for number in range(4)
        ),
    ]
    if generation % 2:
        files.append(an_artefact(f"episodes/odd-{generation}/index.html", b"here today"))
    return [a_feed(generation, files), *files]


def a_feed(generation: int, files: list[Artefact]) -> Artefact:
    lines = [f"generation {generation}", f"guid {guid(generation)}", *(f"{file.path} {file.sha256}" for file in files)]
    body = "\n".join(lines).encode() + b"\n"
    return an_artefact("feed.xml", body + hashlib.sha256(body).hexdigest().encode())


def guid(generation: int) -> str:
    return hashlib.sha256(str(generation).encode()).hexdigest()


def facts_of(generation: int) -> ReleaseFacts:
    return ReleaseFacts(known=Ledger(episodes={"e": Known(guid=guid(generation))}))


def check_feed(data: bytes) -> tuple[int, dict[str, str]]:
    """The generation of a feed and the files it lists.

    Raises:
        Damaged: it is not whole.
    """
    body, seal = data[:-64], data[-64:]
    if hashlib.sha256(body).hexdigest().encode() != seal:
        raise Damaged(f"feed of {len(data)} bytes")
    generation = int(body.split(b"\n", 1)[0].split()[1])
    if f"guid {guid(generation)}".encode() not in body:
        raise Damaged("guid")
    return generation, {path.decode(): sha.decode() for path, sha in _FILE.findall(body) if path != b"guid"}


def check_release(folder: Path) -> int:
    """The generation of a release, all of whose files were read.

    Raises:
        Damaged: a file is missing, too many, or of another generation.
        FileNotFoundError: the release was removed.
    """
    generation, files = check_feed((folder / "feed.xml").read_bytes())
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    if there != {"feed.xml", *files}:
        raise Damaged(f"files {there ^ {'feed.xml', *files}}")
    for path, sha in files.items():
        if hashlib.sha256((folder / path).read_bytes()).hexdigest() != sha:
            raise Damaged(path)
    return generation


def check_project(project: Path) -> int:
    """The generation that readers of a project see between publications: complete, with a manifest that fits."""
    generation = check_release(project / "public/current")
    release = read_current(project / "public")
    if not release or release.manifest.facts != facts_of(generation):
        raise Damaged("manifest")
    for identifier in list_releases(project / "public"):
        check_release(project / "public/releases" / identifier)
    return generation


def check_tidy(project: Path) -> None:
    """Do nothing when there is nothing but releases and their manifests.

    Raises:
        Damaged: a killed run left something behind.
    """
    public = project / "public"
    releases = list_releases(public)
    names = {path.name for path in (public / "releases").iterdir()}
    expected = {*releases, *(f"{release}.json" for release in releases)}
    if names != expected or {path.name for path in public.iterdir()} != {"current", "releases"}:
        raise Damaged(f"leftovers {sorted(names ^ expected)} {sorted(path.name for path in public.iterdir())}")
    if len(releases) > KEEP:
        raise Damaged(f"{len(releases)} releases")


def publish(project: Path, generation: int) -> bool:
    with hold_lock(project):
        public = project / "public"
        return publish_release(public, a_site(generation), facts_of(generation), keep=KEEP).switched


# --- killed at a random moment ----------------------------------------------------------------------------------------


def run_kills(project: Path) -> None:
    """Publish one generation for every line ``GENERATION SHARE`` of the input, in a process of its own.

    It is killed after that share of the time that the last undisturbed one took; share 0 lets it end. Prints whether it
    was killed.
    """
    whole_s = 0.0
    for line in sys.stdin:
        generation, share = line.split()
        started = time.monotonic()
        process = _fork(partial(publish, project, int(generation)))
        if float(share):
            time.sleep(whole_s * float(share))
            os.kill(process, signal.SIGKILL)  # it is ours until it is waited for
        _, status = os.waitpid(process, 0)
        if not float(share):
            whole_s = time.monotonic() - started
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        if not killed and status != 0:
            raise SystemExit(f"publishing ended with status {status}")
        sys.stdout.write("killed\n" if killed else "done\n")
        sys.stdout.flush()


# --- stopped at every single call -------------------------------------------------------------------------------------

_CALLS = frozenset(
    {"open", "os.link", "os.listdir", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.scandir", "os.symlink"}
    | {"shutil.copyfile", "shutil.rmtree", "fcntl.flock", "os.fsync"}
)
_DEAD = 77
_watchers: list[Callable[[str], None]] = []


def _hook(event: str, _: tuple[object, ...]) -> None:
    for watcher in tuple(_watchers):
        watcher(event)


def run_failures(project: Path, how: str) -> None:
    """Go through all calls; print how many there were, and how often readers then saw the old and the new release."""
    before = project.parent / "before"
    before.mkdir()
    for generation in (1, 2, 3):
        publish(before, generation)
    (before / "public/releases/.new-000004-0000dead").mkdir()
    (before / "public/releases/.new-000004-0000dead/feed.xml").write_bytes(b"half")
    # What is killed need not reach the disk; but that bringing it there fails is one of the cases.
    vars(os)["fsync"] = lambda descriptor: sys.audit("os.fsync", descriptor)
    sys.addaudithook(_hook)  # for good, and in every thread: so in a process of its own that has one
    seen = {3: 0, 4: 0}
    call = 0
    while True:
        shutil.copytree(before, project, symlinks=True, copy_function=os.link)  # nothing is ever written in place
        reached, expected = _publish_until(project, call, how)
        if not reached:
            break
        generation = check_project(project)
        seen[generation] += 1
        if expected not in {generation, None}:
            raise Damaged(f"call {call}: publishing told of {expected}, readers see {generation}")
        for later in (4, 5):
            publish(project, later)
            if check_project(project) != later:
                raise Damaged(f"call {call}: no recovery")
        check_tidy(project)
        shutil.rmtree(project)
        call += 1
    if check_project(before) != 3:
        raise Damaged("a file was written in place")
    sys.stdout.write(f"{call} {seen[3]} {seen[4]}\n")


def _publish_until(project: Path, last: int, how: str) -> tuple[bool, int | None]:
    """Whether there is a call of that number; and the generation that the publisher believes to be live after it."""
    calls = 0

    def stop(event: str) -> None:
        nonlocal calls
        if event in _CALLS:
            calls += 1
            if calls == last + 1 or (how == "on" and calls > last):
                if how == "die":
                    os._exit(_DEAD)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def act() -> int:
        _watchers.append(stop)
        try:
            publish(project, 4)
        except Stopped:
            return 3
        finally:
            _watchers.clear()
        return 4

    if how == "die":
        _, status = os.waitpid(_fork(act), 0)
        if os.waitstatus_to_exitcode(status) not in {0, _DEAD}:
            raise SystemExit(f"publishing ended with status {status}")
        return status != 0, None
    generation = act()
    return calls > last, generation


def _fork(act: Callable[[], object]) -> int:
    """The id of a process that does one thing and ends."""
    process = os.fork()
    if process == 0:
        try:
            act()
            os._exit(0)
        except BaseException:  # noqa: BLE001 - nothing may reach the code of the parent
            traceback.print_exc()
        os._exit(1)
    return process


if __name__ == "__main__":
    if sys.argv[1] == "kill":
        run_kills(Path(sys.argv[2]))
    else:
        run_failures(Path(sys.argv[2]), sys.argv[3])
