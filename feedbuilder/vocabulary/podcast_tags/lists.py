"""Closed lists of the Podcasting 2.0 namespace, as of 2026-05-13 (github.com/Podcastindex-org/podcast-namespace)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# podcast:medium of a feed that holds items.
MEDIA = (
    "podcast",
    "music",
    "video",
    "film",
    "audiobook",
    "newsletter",
    "blog",
    "publisher",
    "course",
)

# podcast:medium of a feed that holds only remoteItems.
LIST_MEDIA = (*(f"{medium}L" for medium in MEDIA), "mixed")

# podcast:block id: serviceslugs.txt.
SERVICES = (
    "acast",
    "amazon",
    "anchor",
    "apple",
    "audible",
    "audioboom",
    "backtracks",
    "bitcoin",
    "blubrry",
    "buzzsprout",
    "captivate",
    "castos",
    "castopod",
    "facebook",
    "fireside",
    "fyyd",
    "google",
    "gpodder",
    "hypercatcher",
    "kasts",
    "libsyn",
    "mastodon",
    "megafono",
    "megaphone",
    "omnystudio",
    "overcast",
    "paypal",
    "pinecast",
    "podbean",
    "podcastaddict",
    "podcastguru",
    "podcastindex",
    "podcasts",
    "podchaser",
    "podcloud",
    "podfriend",
    "podiant",
    "podigee",
    "podnews",
    "podomatic",
    "podserve",
    "podverse",
    "redcircle",
    "relay",
    "resonaterecordings",
    "rss",
    "shoutengine",
    "simplecast",
    "slack",
    "soundcloud",
    "spotify",
    "spreaker",
    "tiktok",
    "transistor",
    "twitter",
    "whooshkaa",
    "youtube",
    "zencast",
)

# podcast:socialInteract protocol: socialprotocols.txt.
SOCIAL_PROTOCOLS = (
    "disabled",
    "activitypub",
    "twitter",
    "lightning",
    "atproto",
    "hive",
    "matrix",
    "nostr",
)

# podcast:license: the identifiers that need no url.
LICENSES = (
    "ARR",
    "CC-BY-4.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-ND-4.0",
    "POD-V4V-1.0",
)

# podcast:transcript type: apps compare the whole text (P20-13). application/srt is older than application/x-subrip.
TRANSCRIPT_TYPES = (
    "text/vtt",
    "application/x-subrip",
    "application/srt",
    "application/json",
    "text/html",
    "text/plain",
)

# podcast:person: each group with its roles, from taxonomy.json. Written in lower case; compared without case.
ROLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "creative direction": (
            "director",
            "assistant director",
            "executive producer",
            "senior producer",
            "producer",
            "associate producer",
            "development producer",
            "creative director",
        ),
        "cast": (
            "host",
            "co-host",
            "guest host",
            "guest",
            "voice actor",
            "narrator",
            "announcer",
            "reporter",
        ),
        "writing": (
            "author",
            "editorial director",
            "co-writer",
            "writer",
            "songwriter",
            "guest writer",
            "story editor",
            "managing editor",
            "script editor",
            "script coordinator",
            "researcher",
            "editor",
            "fact checker",
            "translator",
            "transcriber",
            "logger",
        ),
        "audio production": (
            "studio coordinator",
            "technical director",
            "technical manager",
            "audio engineer",
            "remote recording engineer",
            "post production engineer",
        ),
        "audio post-production": (
            "audio editor",
            "sound designer",
            "foley artist",
            "composer",
            "theme music",
            "music production",
            "music contributor",
        ),
        "administration": (
            "production coordinator",
            "booking coordinator",
            "production assistant",
            "content manager",
            "marketing manager",
            "sales representative",
            "sales manager",
        ),
        "visuals": (
            "graphic designer",
            "cover art designer",
        ),
        "community": ("social media manager",),
        "misc.": (
            "consultant",
            "intern",
        ),
        "video production": (
            "camera operator",
            "lighting designer",
            "camera grip",
            "assistant camera",
        ),
        "video post-production": (
            "editor",
            "assistant editor",
        ),
    }
)
