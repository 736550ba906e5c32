"""The media types of published files, with their file endings."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Media type of a file by its content -> ending of its published name. The first five are all that Apple takes as an
# enclosure (APL-30); of pictures, the first two (APL-8).
MEDIA_ENDINGS: Mapping[str, str] = MappingProxyType(
    {
        "audio/mpeg": "mp3",
        "audio/x-m4a": "m4a",
        "video/mp4": "mp4",
        "video/x-m4v": "m4v",
        "video/quicktime": "mov",
        "audio/aac": "aac",
        "audio/flac": "flac",
        "audio/ogg": "ogg",
        "audio/wav": "wav",
        "image/jpeg": "jpg",
        "image/png": "png",
        "image/gif": "gif",
        "image/webp": "webp",
    }
)
