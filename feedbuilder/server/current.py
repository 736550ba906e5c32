"""The current release: read once when it is new, its responses made once and held in memory.

The link ``current`` is looked at for every request, or once for all that have come when the loop turns. A
request during the reading of a new release waits for it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from feedbuilder.authors.show import SHOW_FILE, parse_show
from feedbuilder.errors import FeedbuilderError, Mark, Problem, Stopped
from feedbuilder.server.site import Answer, File, Memory, Site, answer_from_disk, answer_from_memory, read_site
from feedbuilder.sources import find_project, read_file

PROJECT_VARIABLE = "FEEDBUILDER_PROJECT"
_PATIENCE_S = 1.0  # before a damaged release is read again
_log = logging.getLogger("feedbuilder.server")


def find_public(start: Path | None = None) -> tuple[Path, Path]:
    """The project in or above a folder (default: ``$FEEDBUILDER_PROJECT``, else this one), and where its releases are.

    Raises:
        FeedbuilderError: there is no project, or its show file is at fault.
    """
    root = find_project(start or Path(os.environ.get(PROJECT_VARIABLE, ".")))
    source = read_file(root, SHOW_FILE)
    if source is None:
        raise FeedbuilderError(Problem("FILE-8", Mark(SHOW_FILE), f"{SHOW_FILE} not found"))
    show, problems = parse_show(source.path, source.data)
    if show is None:
        raise Stopped(*problems)
    return root, root / show.public


class Current:
    """The current release of a folder of releases. ``insert`` is put into its pages.

    ``told`` is called with the id of each release that is served from now on, or with what is wrong with the newest.
    """

    def __init__(self, public: Path, told: Callable[[str, str], None], *, insert: bytes = b"") -> None:
        """Read nothing yet."""
        self._public = public
        self._link = str(public / "current")
        self._told = told
        self._insert = insert
        self._site: Site | None = None
        self._target = ""  # where `current` led when the site was read
        self._is_seen = False  # in this turn of the loop
        self._again_at = 0.0
        self._reading = asyncio.Lock()
        self._making: dict[tuple[int, bytes], asyncio.Future[Answer]] = {}
        self._memory = Memory()

    def known_site(self) -> Site | None:
        """The release that readers see now, if it was read before."""
        if not self._is_seen:
            if self._look() != self._target:
                return None
            self._is_seen = True
            asyncio.get_running_loop().call_soon(self._turn)
        return self._site

    def _turn(self) -> None:
        self._is_seen = False

    async def site(self) -> Site | None:
        """The release that readers see now; nothing before the first one."""
        target = self._look()
        if target != self._target and time.monotonic() >= self._again_at:
            await self._read(target)
        return self._site

    def _look(self) -> str:
        try:
            return os.readlink(self._link)  # noqa: PTH115 - for every request
        except OSError:
            return ""

    async def _read(self, target: str) -> None:
        async with self._reading:
            if target == self._target:
                return  # another request was first
            try:
                site = await asyncio.to_thread(read_site, self._public, self._site)
            except Stopped as error:  # the last good one is served on
                self._again_at = time.monotonic() + _PATIENCE_S
                _log.error("the current release cannot be served: %s", error)
                self._told(self._site.id if self._site else "", "the current release is damaged")
                return
            self._site = site
            self._target = site.target if site else ""
            self._memory.keep(site.files.values() if site else ())
            self._told(site.id if site else "", "")

    async def answer(self, site: Site, file: File, coding: bytes) -> Answer:
        """The answer for a file, made once however many ask for it at the same time.

        Raises:
            Gone: the file is not as it was published.
        """
        if not file.held:
            answer = answer_from_disk(site, file, private=bool(self._insert))
            self._memory.hold(file, coding, answer)
            return answer
        key = id(file), coding
        making = self._making.get(key)
        if making is None:
            work = asyncio.to_thread(answer_from_memory, site, file, coding, self._insert)
            making = self._making[key] = asyncio.ensure_future(work)
            making.add_done_callback(lambda done: self._made(file, coding, done))
        return await asyncio.shield(making)

    def _made(self, file: File, coding: bytes, done: asyncio.Future[Answer]) -> None:
        del self._making[id(file), coding]
        if not done.cancelled() and not done.exception():
            self._memory.hold(file, coding, done.result())
