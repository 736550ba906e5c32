"""Artwork that Apple takes, made of a picture that it would refuse: square, RGB, 1400 to 3000 pixels wide.

The whole picture is kept: it stands before a blurred copy of itself that fills the square. What is see-through becomes
white. The same picture gives the same bytes, as long as Pillow and the JPEG library under it are the same; another
version may give others, and then the name, which holds a hash, is another one too.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path, PurePosixPath

from feedbuilder import disk
from feedbuilder.errors import Mark, Problem
from feedbuilder.media.content import PICTURE_BYTES
from feedbuilder.model import MediaFacts

SMALLEST, LARGEST = 1400, 3000  # APL-8, pixels
MOST_PIXELS = 25_000_000  # 100 MB when it is unpacked; artwork needs a third of that

_FOLDER = ".feedbuilder/artwork"
_RECIPE = "1"  # of the steps below: another number makes everything anew
_QUALITY = 88
_SMALL = 64  # pixels: a picture so small and then enlarged is blurred


def fitted_path(root: Path, fact: MediaFacts) -> str | Problem:
    """Where the artwork that was made of a picture lies, made if it is not there yet; or why it cannot be made.

    Raises:
        FeedbuilderError: it cannot be written.
    """
    path = f"{_FOLDER}/{fact.sha256}-{_RECIPE}.jpg"
    if (root / path).is_file():
        return path
    if (fact.width or 0) * (fact.height or 0) > MOST_PIXELS:
        return Problem("MED-14", Mark(fact.path), f"the picture has more than {MOST_PIXELS} pixels")
    file = disk.find_file(root, str(PurePosixPath(fact.path).parent), fact.path)
    if file is None:
        return Problem("MED-2", Mark(fact.path), "there is no such file")
    with disk.open_file(file) as stream:
        data = stream.read(PICTURE_BYTES)
    try:
        made = fit(data)
    except Exception as error:  # noqa: BLE001 - on bytes that are not theirs, readers of pictures fail in their own ways
        return Problem("MED-14", Mark(fact.path), f"the picture cannot be unpacked: {disk.reason_of(error)}")
    with disk.writing("FILE-10", _FOLDER):
        disk.replace(root / path, made)
    return path


def fit(data: bytes) -> bytes:
    """A JPEG that Apple takes, of any picture.

    Raises:
        OSError: the picture is damaged; readers of formats may raise other errors, too.
    """
    from PIL import Image, ImageEnhance, ImageFilter, ImageOps  # noqa: PLC0415 - most builds make no picture

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd metadata
        picture = ImageOps.exif_transpose(Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "GIF", "WEBP"]))
    profile = picture.info.get("icc_profile", b"") if picture.mode == "RGB" else b""
    if picture.has_transparency_data:
        seen = picture.convert("RGBA")
        picture = Image.new("RGBA", seen.size, "white")
        picture.alpha_composite(seen)
    picture = picture.convert("RGB")
    side = min(max(*picture.size, SMALLEST), LARGEST)
    fore = ImageOps.contain(picture, (side, side), Image.Resampling.LANCZOS)
    made = fore
    if fore.size != (side, side):
        back = ImageOps.fit(picture, (_SMALL, _SMALL), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(2))
        made = ImageEnhance.Brightness(back.resize((side, side), Image.Resampling.BICUBIC)).enhance(0.6)
        made.paste(fore, ((side - fore.width) // 2, (side - fore.height) // 2))
    packed = io.BytesIO()
    made.save(packed, "JPEG", quality=_QUALITY, subsampling=0, icc_profile=profile)
    return packed.getvalue()
