# ruff: noqa: INP001 - a script, no package
"""Draw the artwork of the show in this repository: cover, episode artwork and portraits.

    python docs/show/make_art.py

Each bar is a line of a transcript: its length is the length of the text, its colour the speaker. The cover shows the
trailer, and each episode's picture that episode. The pictures are square, RGB, without transparency (APL-8). The
same episode files give the same pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parents[2]
COVER_PX, EPISODE_PX, PORTRAIT_PX = 3000, 1400, 600
FINER = 2  # drawn larger and scaled down: soft edges

NIGHT, PAPER, CORAL, SAND, MINT, SKY = "#15323d", "#f5efe2", "#ee6c4d", "#e8c07d", "#7fc8a9", "#6fa8dc"
SPEAKERS = {"Marit": CORAL, "Desmond": SAND, "Zoë": MINT, "Toby": SKY}
EPISODES = {  # slug -> background
    "s01e01-chapters-that-write-themselves": "#24324f",
    "s01e02-captions-and-transcripts": "#1d4038",
    "s01e04-moving-house": "#4a2c40",
}
PORTRAITS = {"marit": (CORAL, "#7a2f3a"), "desmond": (SAND, "#3b4a5a"), "zoe": (MINT, "#5b3a29")}  # ground, figure


def transcript_of(slug: str) -> list[dict[str, str]]:
    """Lines and headers of an episode file."""
    front = (ROOT / f"episodes/{slug}.md").read_text(encoding="utf-8").removeprefix("---").split("\n---", 1)[0]
    entries: list[dict[str, str]] = yaml.load(front, Loader=yaml.BaseLoader)["transcript"]  # noqa: S506
    return entries


def draw_transcript(entries: Sequence[dict[str, str]], title: Sequence[str], size_px: int, ground: str) -> Image.Image:
    """A picture with a bar for each line, a gap before each section, and the title below."""
    side = size_px * FINER
    image = Image.new("RGB", (side, side), ground)
    draw = ImageDraw.Draw(image)
    margin, top, bottom = side * 0.1, side * 0.1, side * (0.86 - 0.105 * len(title))
    draw_fence(draw, margin, top, side)
    heights = [0.6 if "header" in entry else 1.0 for entry in entries]
    step = (bottom - top - side * 0.06) / sum(heights)
    longest = max(len(entry["line"]) for entry in entries if "line" in entry)
    y = top + side * 0.06
    for entry, height in zip(entries, heights, strict=True):
        if "line" in entry:
            width = (side - 2 * margin) * (0.12 + 0.88 * len(entry["line"]) / longest)
            thickness = min(step * 0.62, side * 0.05)
            box = (margin, y, margin + width, y + thickness)
            draw.rounded_rectangle(box, radius=thickness / 2, fill=SPEAKERS[entry["who"]])
        y += step * height
    font = ImageFont.load_default(size=side * 0.095)
    for number, line in enumerate(title):
        draw.text((margin * 0.96, bottom + side * (0.05 + 0.105 * number)), line, font=font, fill=PAPER)
    return image.resize((size_px, size_px), Image.Resampling.LANCZOS)


def draw_fence(draw: ImageDraw.ImageDraw, x: float, y: float, side: float) -> None:
    """Draw the three dashes with which an episode file begins."""
    for number in range(3):
        left = x + number * side * 0.045
        draw.rounded_rectangle((left, y, left + side * 0.034, y + side * 0.009), radius=side * 0.0045, fill=PAPER)


def draw_portrait(ground: str, figure: str) -> Image.Image:
    """A drawing of head and shoulders."""
    side = PORTRAIT_PX * FINER
    image = Image.new("RGB", (side, side), ground)
    draw = ImageDraw.Draw(image)
    draw.ellipse((side * 0.14, side * 0.58, side * 0.86, side * 1.42), fill=figure)
    draw.ellipse((side * 0.31, side * 0.18, side * 0.69, side * 0.6), fill=PAPER)
    draw.pieslice((side * 0.29, side * 0.14, side * 0.71, side * 0.6), 180, 360, fill=figure)
    return image.resize((PORTRAIT_PX, PORTRAIT_PX), Image.Resampling.LANCZOS)


def save(image: Image.Image, name: str) -> None:
    """Write the picture in the format of its file name, with 72 dots per inch."""
    path = ROOT / "images" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, optimize=True, quality=90, dpi=(72, 72))


def main() -> None:
    """Draw all pictures."""
    save(draw_transcript(transcript_of("trailer"), ("Plain Text", "Radio"), COVER_PX, NIGHT), "cover.png")
    for slug, ground in EPISODES.items():
        number = str(int(slug[4:6]))
        save(draw_transcript(transcript_of(slug), (f"Episode {number}",), EPISODE_PX, ground), f"episodes/{slug}.png")
    for short, (ground, figure) in PORTRAITS.items():
        save(draw_portrait(ground, figure), f"people/{short}.jpg")


if __name__ == "__main__":
    main()
