"""Artefacts -> a release that readers see whole, or not at all (docs/design.md#failure).

::

    public/current -> releases/000012-5c0ffee1       the web root: a relative link
    public/releases/000012-5c0ffee1/feed.xml …       one folder a release
    public/releases/000012-5c0ffee1.json             its manifest, outside of the web root

A release is built in ``releases/.new-<id>``, brought down to the disk, checked, and renamed; its manifest is written
as ``releases/.new-<id>.json``; then ``current`` is replaced by a link to it in one rename; last, the manifest gets its
own name. So a release whose manifest has that name was live at some time, and whatever else a killed run leaves behind
is removed by the next run, under the lock. Files that did not change are hard links to those of the last release: they
keep inode and mtime, and with them the ETag and Last-Modified of a server.
"""

from feedbuilder.publish.lock import LOCK_S, hold_lock, read_last_build, write_last_build
from feedbuilder.publish.releases import PublishResult, keep_release, publish_release, rollback
from feedbuilder.publish.store import Release, has_size, list_releases, read_current, read_published, read_release

__all__ = [
    "LOCK_S",
    "PublishResult",
    "Release",
    "has_size",
    "hold_lock",
    "keep_release",
    "list_releases",
    "publish_release",
    "read_current",
    "read_last_build",
    "read_published",
    "read_release",
    "rollback",
    "write_last_build",
]
