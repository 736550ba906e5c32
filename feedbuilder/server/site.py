"""The release that is served: each path that can be asked for, and what is answered for it, made once.

A path of a request is looked up among the paths of the manifest and never on the disk. So nothing outside of the
release can be named, in whatever encoding.
"""

from __future__ import annotations

import gzip
import os
import re
import stat
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import brotli

from feedbuilder.model import Ledger, PublishedFile
from feedbuilder.publish import Release, read_current
from feedbuilder.vocabulary import delivery
from feedbuilder.vocabulary.delivery import FileKind

Headers = list[tuple[bytes, bytes]]
Message = dict[str, Any]

MOST_HELD_BYTES = 128 * 1024 * 1024  # of all answers in memory
LARGEST_HELD_BYTES = 32 * 1024 * 1024  # a larger file is read from the disk each time, and not compressed
_POLICY_OF_PAGE = re.compile(rb'<meta http-equiv="Content-Security-Policy"[^>]*>\n?')
_FEWEST_BYTES = 256  # shorter ones do not get smaller
_THOROUGH_BYTES = 128 * 1024  # up to here, brotli takes its time for a feed: a tenth of a second, once a release


@dataclass(frozen=True, slots=True)
class Answer:
    """A file in one content coding: its ETag, and the messages that are sent. ``body`` is ``None`` for one on disk.

    ``raw_*`` are the same as bytes of HTTP/1.1, and what a part of the file has in common with others; they lack the
    date and the empty line.
    """

    tag: bytes
    found: Message
    unchanged: Message
    raw_found: bytes
    raw_unchanged: bytes
    raw_part: bytes
    body: bytes | None = None


@dataclass(slots=True)
class File:
    """A file of the release. ``answers``: content coding -> answer, as far as they were asked for."""

    path: str
    type: str
    sha256: str
    length_bytes: int
    kind: FileKind
    held: bool
    modified: bytes = b""
    answers: dict[bytes, Answer] = field(default_factory=dict)


class Gone(Exception):
    """A file is not, or no longer, as it was published."""


@dataclass(frozen=True, slots=True)
class Site:
    """A release. ``files`` and ``moved`` are by the path of a request; ``moved`` leads to where something is now."""

    id: str
    target: str
    folder: str
    files: Mapping[str, File]
    moved: Mapping[str, bytes]


def read_site(public: Path, before: Site | None = None) -> Site | None:
    """The current release; nothing before the first one. What did not change since ``before`` is taken from there.

    Raises:
        Stopped: the release is damaged.
    """
    release = read_current(public)
    return _site_of(release, before) if release else None


def _site_of(release: Release, before: Site | None) -> Site:
    known = release.manifest.facts.known
    base = unquote(urlsplit(known.feed_url).path.rpartition("/")[0]) + "/"
    old = before.files if before else {}
    files: dict[str, File] = {}
    moved = {} if base == "/" else {"/": quote(base).encode(), base.rstrip("/"): quote(base).encode()}
    for one in release.manifest.files:
        path = base + one.path
        last = old.get(path)
        file = last if last and (last.sha256, last.type) == (one.sha256, one.type) else _file_of(one)
        files[path] = file
        if one.path == "index.html" or one.path.endswith("/index.html"):
            folder = path.removesuffix("index.html")
            files[folder] = file
            if one.path != "index.html":
                moved[folder.rstrip("/")] = quote(folder).encode()
    renamed = _renamed(known, base, files)
    moved.update(renamed)
    for path in renamed:  # what other servers find there leads on, too, but says so less clearly
        files.pop(path, None)
    return Site(release.id, f"releases/{release.id}", str(release.folder), files, moved)


def _file_of(one: PublishedFile) -> File:
    held = delivery.is_compressible(one.type) and one.length_bytes <= LARGEST_HELD_BYTES
    return File(one.path, one.type, one.sha256, one.length_bytes, delivery.kind_of(one.path, one.type), held)


def _renamed(known: Ledger, base: str, files: Mapping[str, File]) -> dict[str, bytes]:
    """Where the files of renamed episodes are now, by where apps and links still look for them."""
    moved = {}
    slugs = {old: new for new, one in known.episodes.items() for old in one.former_slugs if old not in known.episodes}
    for old, new in slugs.items():
        folder = f"{base}episodes/{new}/"
        if folder in files:
            for path in [path for path in files if path.startswith(folder)]:
                moved[f"{base}episodes/{old}/{path.removeprefix(folder)}"] = quote(path).encode()
            moved[f"{base}episodes/{old}"] = quote(folder).encode()
    return moved


# --- answers ------------------------------------------------------------------------------------------------------


def open_file(site: Site, file: File) -> int:
    """A descriptor of the file on the disk, which the caller closes.

    Raises:
        Gone: it is not as it was published: gone, a link, or of another size.
    """
    try:
        descriptor = os.open(f"{site.folder}/{file.path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Gone(file.path) from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_size != file.length_bytes:
        os.close(descriptor)
        raise Gone(file.path)
    if not file.modified:
        file.modified = formatdate(int(status.st_mtime), usegmt=True).encode()
    return descriptor


def answer_from_disk(site: Site, file: File, *, private: bool) -> Answer:
    """The answer for a file that is read anew for each request; ``private`` as below.

    Raises:
        Gone: it is not as it was published.
    """
    os.close(open_file(site, file))
    return _answer(file, f'"{file.sha256[:32]}"'.encode(), b"", file.length_bytes, None, private=private)


def answer_from_memory(site: Site, file: File, coding: bytes, insert: bytes) -> Answer:
    """The answer for a file that is held in memory, in a content coding; ``insert`` is put into pages. Slow.

    With an insert, the site is a preview, and private: nothing is kept without asking, and no other site reads it.

    Raises:
        Gone: it is not as it was published.
    """
    with open(open_file(site, file), "rb") as stream:
        body = stream.read(LARGEST_HELD_BYTES)
    tag = file.sha256[:32]
    if insert and file.kind == "page":
        # The policy comes in a header, which lets a script of this server run; that of the page may let none.
        body = _POLICY_OF_PAGE.sub(b"", body, count=1).replace(b"</head>", insert + b"</head>", 1)
        tag += "-preview"
    if coding and len(body) >= _FEWEST_BYTES:
        body = _compress(body, coding, thorough=file.kind == "feed" and len(body) <= _THOROUGH_BYTES)
        tag += f"-{coding.decode()}"
    else:
        coding = b""
    return _answer(file, f'"{tag}"'.encode(), coding, len(body), body, private=bool(insert))


def _compress(body: bytes, coding: bytes, *, thorough: bool) -> bytes:
    if coding == b"gzip":
        return gzip.compress(body, 6, mtime=0)  # the same bytes, and tag, after a restart
    smaller: bytes = brotli.compress(body, quality=11 if thorough else 5)
    return smaller


def _answer(file: File, tag: bytes, coding: bytes, length_bytes: int, body: bytes | None, *, private: bool) -> Answer:
    cache = "no-cache" if private else delivery.cache_control_of(file.path)
    shared: Headers = [(b"etag", tag), (b"last-modified", file.modified), (b"cache-control", cache.encode())]
    if file.held:
        shared.append((b"vary", b"accept-encoding"))
    found = _of_content(file, coding, length_bytes)
    if private:
        shared.append((b"cross-origin-resource-policy", b"same-origin"))
    elif delivery.is_open_to_all(file.kind):
        shared.append((b"access-control-allow-origin", b"*"))
        found.append((b"access-control-expose-headers", delivery.EXPOSED_HEADERS.encode()))
    found = shared + found
    return Answer(
        tag,
        {"type": "http.response.start", "status": 200, "headers": found},
        {"type": "http.response.start", "status": 304, "headers": shared},
        _raw(b"200 OK", found),
        _raw(b"304 Not Modified", shared),
        _raw(b"206 Partial Content", [pair for pair in found if pair[0] != b"content-length"]),
        body,
    )


def _raw(status: bytes, headers: Headers) -> bytes:
    return b"HTTP/1.1 %b\r\n" % status + b"".join(b"%b: %b\r\n" % pair for pair in headers)


def _of_content(file: File, coding: bytes, length_bytes: int) -> Headers:
    headers = [
        (b"content-type", delivery.content_type_of(file.type).encode()),
        (b"content-length", str(length_bytes).encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    headers.append((b"content-encoding", coding) if coding else (b"accept-ranges", b"bytes"))
    if policy := delivery.policy_of(file.path, file.type):
        headers += [
            (b"content-security-policy", policy.encode()),
            (b"referrer-policy", delivery.REFERRER_POLICY.encode()),
        ]
    return headers


class Memory:
    """Which answers are held, the oldest first: that one is forgotten when they become too many."""

    def __init__(self, most_bytes: int = MOST_HELD_BYTES) -> None:
        """Hold nothing yet."""
        self.most_bytes = most_bytes
        self.held_bytes = 0
        self._held: OrderedDict[tuple[int, bytes], tuple[File, int]] = OrderedDict()

    def hold(self, file: File, coding: bytes, answer: Answer) -> None:
        """Keep the answer with its file, and forget others for it."""
        size = len(answer.body or b"")
        file.answers[coding] = answer
        self._held[id(file), coding] = file, size
        self.held_bytes += size
        while self.held_bytes > self.most_bytes and len(self._held) > 1:
            (_, old_coding), (old, old_size) = self._held.popitem(last=False)
            old.answers.pop(old_coding, None)
            self.held_bytes -= old_size

    def keep(self, files: Collection[File]) -> None:
        """Forget the answers of all but these files."""
        kept = set(map(id, files))
        for key, (file, size) in list(self._held.items()):
            if key[0] not in kept:
                del self._held[key]
                file.answers.clear()
                self.held_bytes -= size
