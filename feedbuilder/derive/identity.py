"""Which episode this is, to those who subscribed: guid, instant, audio, duration.

docs/design.md#identity, P20-1, T-20 to T-29
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from feedbuilder.errors import Problem
from feedbuilder.model import Enclosure, Episode, Known
from feedbuilder.vocabulary.platforms import record_host_id

_PODCAST = UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")  # the namespace that the Podcasting 2.0 specification fixes

_SAME_DAY = timedelta(days=1)  # a day begins at another time elsewhere, and publish_time may be new


def podcast_guid(feed_url: str) -> str:
    """The ``podcast:guid`` of a show that has none yet, from the address of its feed without scheme and end slashes.

    P20-1, P20-2: nothing else of the address is normalised. It is given once and never changes (P20-3).

    >>> podcast_guid("https://podnews.net/rss"), podcast_guid("mp3s.nashownotes.com/pc20rss.xml/")
    ('9b024349-ccf0-5f69-a609-6b82873eab3c', '917393e3-1b1e-5cef-ace4-edaa54e1f810')
    """
    return str(uuid5(_PODCAST, re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*://", "", feed_url).rstrip("/")))


def derive_identity(
    episode: Episode,
    known: Known | None,
    *,
    podcast_guid: str,
    enclosure: Enclosure | None = None,
    measured_s: float | None = None,
) -> tuple[Known, list[Problem]]:
    """What apps will know of the episode, and what is missing for an item of the feed (no date, no audio).

    The record comes before what is ``known`` (the ledger, which ``sync`` fills). ``enclosure`` is the record's own, its
    file measured; ``measured_s`` how long that file is. A guid that nobody has given yet follows from show and slug.
    """
    problems: list[Problem] = []
    pub_date = _pub_date(episode, known)
    if pub_date is None:
        problems.append(Problem("BLD-2", episode.mark, "there is no date, neither in the record nor in the ledger"))
    elif episode.pub_date and abs(pub_date - episode.pub_date) > _SAME_DAY:
        what = f"pub_date: is {episode.pub_date:%Y-%m-%d}, but apps know this episode from {pub_date:%Y-%m-%d}"
        problems.append(Problem("LED-14", episode.at("pub_date"), what))
    audio = _enclosure(enclosure, known)
    if audio is None:
        problems.append(Problem("BLD-1", episode.mark, "there is no audio, neither in the record nor in the ledger"))
    identity = Known(
        guid=episode.guid or (known.guid if known else "") or str(uuid5(UUID(podcast_guid), episode.slug)),
        pub_date=pub_date,
        enclosure=audio,
        duration_s=_duration(episode, known, audio, measured_s),
        host_id=record_host_id(episode.ids, episode.links) or (known.host_id if known else ""),
        title=episode.title,
        withdrawn=episode.withdrawn,
        former_slugs=known.former_slugs if known else (),
        place=known.place if known else 0,
    )
    return identity, problems


def _pub_date(episode: Episode, known: Known | None) -> datetime | None:
    """The instant. One that subscribers know is not moved by a record that names only a day."""
    if episode.pub_date and not episode.pub_date_is_day:
        return episode.pub_date
    return (known.pub_date if known else None) or episode.pub_date


def _enclosure(own: Enclosure | None, known: Known | None) -> Enclosure | None:
    """The record's audio, with what is known of the same address where the record does not say it."""
    theirs = known.enclosure if known else None
    if own is None or theirs is None or own.url != theirs.url or own.sha256:
        return own or theirs
    return replace(
        own, length_bytes=own.length_bytes or theirs.length_bytes, type=own.type or theirs.type, sha256=theirs.sha256
    )


def _duration(episode: Episode, known: Known | None, audio: Enclosure | None, measured_s: float | None) -> float | None:
    """Seconds: measured, else as the host says of this same audio, else as the record says."""
    if measured_s:
        return measured_s
    if known and known.duration_s and (audio is None or known.enclosure is None or audio.url == known.enclosure.url):
        return known.duration_s
    return episode.duration_s
