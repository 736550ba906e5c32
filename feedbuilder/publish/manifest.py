"""A manifest <-> its bytes: JSON with a checksum, so that a damaged or edited one is detected."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from feedbuilder import disk
from feedbuilder.model import Enclosure, Known, Ledger, Manifest, PublishedFile, ReleaseFacts

_KIND = "feedbuilder release 1"
_SHOW_FACTS = ("new_feed_url", "block", "complete", "artwork")


def render_manifest(manifest: Manifest) -> bytes:
    """The bytes of a manifest; the same for the same manifest."""
    facts = manifest.facts
    known = facts.known
    body = {
        "files": [[file.path, file.type, file.sha256, file.length_bytes] for file in manifest.files],
        "podcast_guid": known.podcast_guid,
        "feed_url": known.feed_url,
        "synced_from": known.synced_from,
        **{key: getattr(known, key) for key in _SHOW_FACTS},
        "episodes": {slug: _plain(episode) for slug, episode in known.episodes.items()},
        "left_out": facts.left_out,
        "carried": facts.carried,
        "inputs_digest": facts.inputs_digest,
    }
    return disk.seal(_KIND, body)


def parse_manifest(data: bytes) -> Manifest:
    """The manifest that ``render_manifest`` was given; episodes by slug.

    Raises:
        ValueError: the bytes are not those of a whole manifest.
    """
    body = disk.unseal(_KIND, data)
    known = Ledger(
        body["podcast_guid"],
        body["feed_url"],
        body["synced_from"],
        {slug: _known(episode) for slug, episode in body["episodes"].items()},
        **{key: body.get(key) for key in _SHOW_FACTS},  # absent in releases of earlier versions
    )
    facts = ReleaseFacts(
        known=known,
        left_out=tuple(body["left_out"]),
        carried=tuple(body["carried"]),
        inputs_digest=body["inputs_digest"],
    )
    return Manifest(tuple(PublishedFile(*file) for file in body["files"]), facts)


def _plain(known: Known) -> dict[str, Any]:
    plain = asdict(known) | {"pub_date": known.pub_date.isoformat() if known.pub_date else None}
    del plain["accepted"]  # belongs to the ledger
    return plain


def _known(plain: dict[str, Any]) -> Known:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()}
    if plain["pub_date"]:
        fields["pub_date"] = datetime.fromisoformat(plain["pub_date"])
    if plain["enclosure"]:
        fields["enclosure"] = Enclosure(**plain["enclosure"])
    return Known(**fields)
