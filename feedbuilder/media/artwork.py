"""Artwork that Apple accepts, derived from a picture that it would refuse: square, RGB, 1400 to 3000 pixels wide.

The whole picture is kept, in front of a blurred copy of itself that fills the square. Transparent parts become
white. The same picture gives the same bytes, as long as Pillow and the JPEG library under it are the same; another
version may give others, and then the name, which holds a hash, is another one too.

A picture is unpacked once and never copied as a whole, so that one of a good camera fits in memory, too.
"""

from __future__ import annotations

import io
import math
import warnings
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

from feedbuilder import disk
from feedbuilder.errors import Mark, Problem
from feedbuilder.model import MediaFacts

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

SMALLEST, LARGEST = 1400, 3000  # APL-8, pixels
MOST_SIDE = 20_000  # a panorama; of a wider one, a band is large
MOST_BYTES = 100_000_000  # of a picture when it is unpacked; what is made of it takes a third of that

_FOLDER = ".feedbuilder/artwork"
_RECIPE = "2"  # version of the steps below; a new number derives all artwork again
_QUALITY = 88
_SMALL = 64  # pixels: a picture so small and then enlarged is blurred
_BAND_PIXELS = 250_000  # of the picture, for what is made at once
_REACH = 3  # of the Lanczos filter, in pixels of what is made
# Bytes that a pixel takes: Pillow has four for each but grey ones, and the reader of WebP has three copies more.
_PIXEL_BYTES, _WEBP_PIXEL_BYTES = 4, 16
_SCALES = (1, 2, 4, 8)  # by which a JPEG can be made smaller while it is unpacked
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
_MOST_SEGMENTS = 1000


class TooLargeError(ValueError):
    """The picture needs more memory than allowed."""


def fitted_path(root: Path, fact: MediaFacts) -> str | Problem:
    """The path of the artwork derived from a picture, created if absent, or the finding why there is none.

    Raises:
        FeedbuilderError: it cannot be written.
    """
    path = f"{_FOLDER}/{fact.sha256}-{_RECIPE}.jpg"
    if (root / path).is_file():
        return path
    file = disk.find_file(root, str(PurePosixPath(fact.path).parent), fact.path)
    if file is None:
        return Problem("MED-2", Mark(fact.path), "the file was not found")
    try:
        with disk.open_file(file) as stream:
            made = fit(stream)
    except TooLargeError as error:
        return Problem("MED-14", Mark(fact.path), str(error), "", "Scale it down, or save it as a plain JPEG.")
    except Exception as error:  # noqa: BLE001 - on damaged bytes, readers of pictures raise errors of many kinds
        return Problem("MED-14", Mark(fact.path), f"the picture cannot be decoded: {disk.reason_of(error)}")
    with disk.writing("FILE-10", _FOLDER):
        disk.replace(root / path, made)
    return path


def fit(stream: BinaryIO) -> bytes:
    """A JPEG that Apple accepts, from any picture.

    Raises:
        TooLargeError: it would take too much memory.
        OSError: the picture is damaged; readers of formats may raise other errors, too.
    """
    from PIL import Image, ImageEnhance, ImageFilter, ImageOps  # noqa: PLC0415 - most builds make no picture

    fore, profile = _fore(stream)
    side = max(*fore.size, SMALLEST)
    made = fore
    if fore.size != (side, side):
        back = ImageOps.fit(fore, (_SMALL, _SMALL), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(2))
        made = ImageEnhance.Brightness(back.resize((side, side), Image.Resampling.BICUBIC)).enhance(0.6)
        made.paste(fore, ((side - fore.width) // 2, (side - fore.height) // 2))
    packed = io.BytesIO()
    made.save(packed, "JPEG", quality=_QUALITY, subsampling=0, icc_profile=profile)
    return packed.getvalue()


def _fore(stream: BinaryIO) -> tuple[Image, bytes]:
    """The picture as RGB, the right way up, in the size that it has in the artwork; and its colour profile."""
    from PIL import ExifTags, Image, ImageOps  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd metadata
        picture = Image.open(stream, formats=["JPEG", "PNG", "GIF", "WEBP"])
        _unpack(picture, stream)
        turn = picture.getexif().get(ExifTags.Base.Orientation, 1)
    scale = min(max(*picture.size, SMALLEST), LARGEST) / max(picture.size)
    made = _scaled(picture, (max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))
    made.getexif()[ExifTags.Base.Orientation] = turn
    ImageOps.exif_transpose(made, in_place=True)
    return made, picture.info.get("icc_profile", b"") if picture.mode == "RGB" else b""


def _unpack(picture: ImageFile, stream: BinaryIO) -> None:
    """Load the pixels, unless they are too many. A large JPEG is unpacked at a half, a fourth or an eighth."""
    width, height = picture.size
    if max(picture.size) > MOST_SIDE:
        raise TooLargeError(f"the picture is more than {MOST_SIDE} pixels wide or high")
    jpeg = picture.format in {"JPEG", "MPO"}
    needs = width * height * (_WEBP_PIXEL_BYTES if picture.format == "WEBP" else _PIXEL_BYTES)
    keeps = _kept_bytes(picture, stream) if jpeg else 0
    scales = [one for one in _SCALES if one == 1 or (jpeg and max(width, height) // one >= SMALLEST)]
    scale = next((one for one in scales if needs // one**2 + keeps <= MOST_BYTES), 0)
    if not scale:
        what = f"the picture takes more than {MOST_BYTES // 1_000_000} MB of memory when it is decoded"
        raise TooLargeError(what)
    if scale > 1:
        picture.draft(None, (width // scale, height // scale))
    if picture.format == "PNG":
        picture.load_end = lambda: None  # type: ignore[method-assign] # what follows the pixels may be anything
    picture.load()


def _kept_bytes(picture: Any, stream: BinaryIO) -> int:  # noqa: ANN401 - Pillow's layers have no types
    """What is kept of a JPEG until its last scan is read, at full size; nothing where one scan has all colours."""
    place = stream.tell()
    at_once = _scans_at_once(stream, picture.layers)
    stream.seek(place)
    if at_once:
        return 0
    sizes = [across * down for _, across, down, _ in picture.layer]
    widest, highest = (max(one[index] for one in picture.layer) for index in (1, 2))
    return int(picture.width * picture.height * 2 * sum(sizes) / (widest * highest))


def _scans_at_once(stream: BinaryIO, colours: int) -> bool:
    """Whether the first scan of a JPEG has all its colours, and nothing is refined by later ones (T.81 B.2)."""
    stream.seek(2)
    for _ in range(_MOST_SEGMENTS):
        head = stream.read(4)
        if len(head) < 4 or head[0] != 0xFF or head[1] < 0xC0 or head[1] in _PROGRESSIVE or 0xD0 <= head[1] <= 0xD9:
            return False
        if head[1] == 0xDA:
            return stream.read(1) == bytes((colours,))
        stream.seek(int.from_bytes(head[2:], "big") - 2, 1)
    return False


def _scaled(picture: Image, size: tuple[int, int]) -> Image:
    """The picture in this size, as RGB over white. It is made in bands: only these are converted."""
    from PIL import Image  # noqa: PLC0415

    made = Image.new("RGB", size)
    step = picture.height / size[1]
    reach = _REACH * max(step, 1)
    band = max(1, int(_BAND_PIXELS / picture.width / step))
    for top in range(0, size[1], band):
        bottom = min(top + band, size[1])
        first = max(0, math.floor(top * step - reach))
        last = min(picture.height, math.ceil(bottom * step + reach))
        part = _opaque(picture.crop((0, first, picture.width, last)))
        box = (0, top * step - first, part.width, min(bottom * step - first, part.height))
        made.paste(part.resize((size[0], bottom - top), Image.Resampling.LANCZOS, box), (0, top))
    return made


def _opaque(picture: Image) -> Image:
    from PIL import Image  # noqa: PLC0415

    if picture.has_transparency_data:
        seen = picture.convert("RGBA")
        picture = Image.new("RGBA", seen.size, "white")
        picture.alpha_composite(seen)
    return picture if picture.mode == "RGB" else picture.convert("RGB")
