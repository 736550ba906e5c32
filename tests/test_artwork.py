"""Artwork that Apple takes, made of pictures that it would refuse."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat
from projects import a_project, build, feed, published, record, run, write

from feedbuilder.media import artwork
from feedbuilder.media.artwork import fit


def a_picture(size: tuple[int, int], mode: str = "RGB", kind: str = "PNG", colour: object = "orange") -> bytes:
    packed = io.BytesIO()
    Image.new(mode, size, colour).save(packed, kind)  # type: ignore[arg-type]
    return packed.getvalue()


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


@pytest.mark.parametrize(
    ("data", "side"),
    [
        (a_picture((1280, 720), kind="JPEG"), 1400),
        (a_picture((1920, 1080)), 1920),
        (a_picture((720, 1280), "RGBA", colour=(255, 0, 0, 9)), 1400),
        (a_picture((300, 300)), 1400),
        (a_picture((3300, 3300), kind="JPEG"), 3000),
        (a_picture((4000, 1000), kind="WEBP"), 3000),
        (a_picture((1400, 1400), "LA", colour=(9, 9)), 1400),
        (a_picture((10, 900), "P", "GIF", 3), 1400),
        (a_picture((1500, 1500), "CMYK", "JPEG", (9, 9, 9, 9)), 1500),
        (a_picture((1, 1), "1", colour=1), 1400),
    ],
)
def test_it_is_square_rgb_and_of_a_size_that_apple_takes(data: bytes, side: int) -> None:
    made = opened(fit(io.BytesIO(data)))

    assert (made.format, made.mode, made.size) == ("JPEG", "RGB", (side, side))


def test_the_whole_picture_is_kept() -> None:
    wide = Image.new("RGB", (1600, 900), "blue")
    ImageDraw.Draw(wide).rectangle((0, 0, 99, 899), fill="red")
    ImageDraw.Draw(wide).rectangle((1500, 0, 1599, 899), fill="lime")
    packed = io.BytesIO()
    wide.save(packed, "PNG")

    made = opened(fit(io.BytesIO(packed.getvalue())))

    def near(at: tuple[int, int], colour: tuple[int, int, int]) -> bool:
        pixel = made.getpixel(at)
        assert isinstance(pixel, tuple)
        return all(abs(ours - theirs) < 12 for ours, theirs in zip(pixel, colour, strict=True))

    assert made.size == (1600, 1600)
    assert near((50, 800), (255, 0, 0))
    assert near((1550, 800), (0, 255, 0))
    assert near((800, 360), (0, 0, 255))
    assert near((800, 40), (0, 0, 153))  # the background: the same, darker


def test_what_is_see_through_becomes_white() -> None:
    made = opened(fit(io.BytesIO(a_picture((1400, 1400), "RGBA", colour=(0, 0, 0, 0)))))

    assert made.getpixel((700, 700)) == (255, 255, 255)


def test_the_same_picture_gives_the_same_bytes() -> None:
    picture = a_picture((640, 360))
    assert fit(io.BytesIO(picture)) == fit(io.BytesIO(picture))


def test_a_palette_with_a_colour_to_see_through_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    Image.new("P", (1400, 1400), 3).save(packed, "PNG", transparency=3)
    root = a_project(tmp_path, image="images/cover.png")
    write(root, "images/cover.png", packed.getvalue())

    assert "warning APL-8: images/cover.png has the colour mode PA" in run(root, "check").stderr


# --- in a build -------------------------------------------------------------------------------------------------------


def a_show(root: Path, **show: str) -> Path:
    a_project(root, {"tide-1": record(1, image="images/wide.png")}, image="images/logo.png", **show)
    write(root, "images/wide.png", a_picture((1280, 720)))
    write(root, "images/logo.png", a_picture((600, 600), "RGBA", colour=(0, 90, 0, 99)))
    return root


def test_apple_gets_the_square_and_the_namespace_the_original(tmp_path: Path) -> None:
    root = a_show(tmp_path, artwork="fit")

    built = build(root)

    files = {path: data for path, data in published(root).items() if path.startswith("images/")}
    names = sorted(re.sub("-[0-9a-f]{12}", "", path) for path in files)
    assert names == ["images/logo-square.jpg", "images/logo.png", "images/wide-square.jpg", "images/wide.png"]
    assert all(hashlib.sha256(data).hexdigest()[:12] in path for path, data in files.items())
    text = feed(root).decode()
    assert re.findall(r'<itunes:image href="https://harbour.example.org/images/(.+?)-[0-9a-f]{12}', text) == [
        "logo-square",
        "wide-square",
    ]
    shown = re.findall(r'<podcast:image href="https://harbour.example.org/images/([a-z-]+)-[0-9a-f]{12}.*?/>', text)
    assert shown == ["logo-square", "logo", "wide-square", "wide"]
    assert re.findall(r'aspect-ratio="(.+?)"', text) == ["1/1", "1/1", "1/1", "16/9"]
    assert not re.search("APL-8|APL-34", built.stderr)


def test_as_it_is_nothing_is_made(tmp_path: Path) -> None:
    root = a_show(tmp_path)

    built = build(root)

    assert "warning APL-8: images/logo.png is 600 x 600 pixels, has the colour mode RGBA" in built.stderr
    assert "warning APL-34: images/wide.png is not square" in built.stderr
    assert b"square" not in feed(root)
    assert not (root / ".feedbuilder/artwork").exists()


def test_it_is_made_once_and_again_when_the_cache_is_gone(tmp_path: Path) -> None:
    root = a_show(tmp_path, artwork="fit")
    build(root)
    made = {path: path.stat().st_mtime_ns for path in (root / ".feedbuilder/artwork").iterdir()}
    before = published(root)

    build(root)
    assert {path: path.stat().st_mtime_ns for path in (root / ".feedbuilder/artwork").iterdir()} == made
    shutil.rmtree(root / ".feedbuilder")
    again = build(root, "--json").data

    assert (again["published"], published(root)) == (False, before)


def test_good_artwork_is_left_as_it_is(tmp_path: Path) -> None:
    root = a_project(tmp_path, image="images/cover.png", artwork="fit")
    write(root, "images/cover.png", a_picture((1400, 1400)))
    build(root)

    assert [path for path in published(root) if path.startswith("images/")] == [
        f"images/cover-{hashlib.sha256(a_picture((1400, 1400))).hexdigest()[:12]}.png"
    ]


def test_a_picture_that_cannot_be_unpacked_is_a_finding(tmp_path: Path) -> None:
    root = a_show(tmp_path, artwork="fit")
    write(root, "images/wide.png", a_picture((1280, 720))[:-40])

    checked = run(root, "check")

    assert "episodes/tide-1.md:9:1: error MED-14: images/wide.png: the picture cannot be unpacked: " in checked.stderr
    assert "warning APL-34: images/wide.png is not square" in checked.stderr


def test_a_picture_that_is_too_large_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artwork, "MOST_BYTES", 3_000_000)
    root = a_show(tmp_path, artwork="fit")

    assert (
        "MED-14: images/wide.png: the picture takes more than 3 MB when it is unpacked; none is made. Scale "
        "it down, or save it as a plain JPEG."
    ) in run(root, "check").stderr


def test_a_large_jpeg_is_unpacked_at_a_part_of_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artwork, "MOST_BYTES", 12_000_000)

    made = opened(fit(io.BytesIO(a_picture((4000, 3000), kind="JPEG", colour="blue"))))

    assert made.size == (2000, 2000)
    assert made.getpixel((1000, 1000)) == (0, 0, 254)


def test_a_picture_lies_as_its_camera_says() -> None:
    wide = Image.new("RGB", (1500, 750), "blue")
    wide.paste("red", (0, 0, 750, 750))
    turned = Image.Exif()
    turned[0x0112] = 6  # its top is to the right
    packed = io.BytesIO()
    wide.save(packed, "JPEG", exif=turned)

    made = opened(fit(packed))

    above, below = made.getpixel((750, 300)), made.getpixel((750, 1200))
    assert isinstance(above, tuple)
    assert isinstance(below, tuple)
    assert made.size == (1500, 1500)
    assert above[0] - above[2] > 150
    assert below[2] - below[0] > 150


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "RGB"])
def test_bands_make_the_picture_that_one_step_would_make(mode: str) -> None:
    drawn = Image.radial_gradient("L").resize((1801, 1203)).convert(mode)
    packed = io.BytesIO()
    drawn.save(packed, "PNG")
    whole = drawn.convert("RGB").resize((1801, 1203), Image.Resampling.LANCZOS)

    kept = opened(fit(packed)).crop((0, 299, 1801, 299 + 1203))

    assert max(ImageStat.Stat(ImageChops.difference(kept, whole)).mean) < 1
