"""Title, picture and chapters inside audio files: read, and written into a new file. The sound itself is copied.

Spec: ID3v2 Chapter Frame Addendum 1.0 (CHAP, CTOC), ID3v2.3; MP4 chapters as ffmpeg writes them (a text track and the
list of Nero). The same input gives the same bytes, as long as the versions of mutagen and ffmpeg are the same.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

from feedbuilder.errors import FeedbuilderError, Mark, Problem, quoted
from feedbuilder.media.content import open_atoms
from feedbuilder.media.id3 import open_id3
from feedbuilder.model import Chapter
from feedbuilder.text.characters import counted, plain_title

MOST_CHAPTERS = 1000
PICTURE_BYTES = 1024 * 1024  # every listener downloads it with every episode
_FFMPEG_S = 600
_CONTAINERS = {"audio/x-m4a": "ipod", "video/mp4": "mp4", "video/x-m4v": "ipod", "video/quicktime": "mov"}
_LISTED = 255  # chapters in the list of Nero, which mutagen reads: one byte counts them
_TITLE_BYTES = 255  # of a title in that list, for the same reason
_NO_OFFSET = 0xFFFFFFFF  # the place is told by time only


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioTags:
    """The tags to write. ``picture`` is a complete JPEG or PNG; empty keeps the picture of the file."""

    title: str
    album: str
    artist: str
    chapters: Sequence[Chapter]
    duration_s: float
    picture: bytes = b""
    picture_type: str = ""


def read_chapters(stream: BufferedReader, kind: str) -> tuple[Chapter, ...]:
    """The chapters inside a file of this type, by start; empty if it has none or cannot hold any.

    Raises:
        OSError: the disk fails.
    """
    from mutagen.mp4 import MP4Chapters  # noqa: PLC0415 - most runs look into no file

    stream.seek(0)
    try:
        if kind == "audio/mpeg":
            found = [(frame.start_time / 1000, _title_of(frame)) for frame in open_id3(stream).getall("CHAP")]
        elif kind in _CONTAINERS:
            found = [(chapter.start, chapter.title) for chapter in MP4Chapters(*open_atoms(stream))]
        else:
            found = []
    except Exception as error:
        # No readable tag. Each reader of a format raises its own errors, and the sound may be intact.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        return ()
    titled = [Chapter(round(start_s, 3), plain_title(title)) for start_s, title in sorted(found)[:MOST_CHAPTERS]]
    return tuple(chapter for chapter in titled if chapter.title)


def _title_of(frame: Any) -> str:  # noqa: ANN401 - mutagen has no types
    titles = frame.sub_frames.getall("TIT2")
    return str(titles[0].text[0]) if titles and titles[0].text else ""


def write_tagged(source: Path, target: Path, kind: str, tags: AudioTags) -> None:
    """Copy the audio of a file into a new one with these tags and no other chapters.

    Raises:
        FeedbuilderError: files of this type hold no chapters (MED-10), or it cannot be done (MED-11).
        OSError: the disk fails.
    """
    from mutagen import MutagenError  # noqa: PLC0415

    mark = Mark(source.name)
    if kind not in {"audio/mpeg", *_CONTAINERS}:
        raise FeedbuilderError(Problem("MED-10", mark, f"the file is {kind}"))
    try:
        if kind == "audio/mpeg":
            shutil.copyfile(source, target)
            _tag_mp3(target, tags)
        else:
            _remux(source, target, kind, tags)
            _tag_mp4(target, tags)
    except MutagenError as error:
        raise FeedbuilderError(Problem("MED-11", mark, f"its tags cannot be written: {quoted(str(error))}")) from error
    with target.open("rb") as stream:
        found = read_chapters(stream, kind)
    if lost := _differences(found, tags.chapters, _LISTED if kind in _CONTAINERS else MOST_CHAPTERS):
        what = f"{lost} of {counted(len(tags.chapters), 'chapter')} are missing or different in the new file"
        raise FeedbuilderError(Problem("MED-11", mark, what))


def _differences(found: Sequence[Chapter], meant: Sequence[Chapter], most: int) -> int:
    """How many chapters of a file are not those that were meant, as far as its list goes: up to so many of them."""
    start_and_title = [(round(one.start_s, 3), plain_title(one.title)) for one in meant]
    expected = sorted(one for one in start_and_title if one[1])[:most]
    got = sorted((one.start_s, one.title) for one in found[:most])
    same = sum(
        abs(start_s - start) < 0.002 and (title == name or len(name.encode()) >= _TITLE_BYTES)
        for (start_s, title), (start, name) in zip(got, expected, strict=False)
    )
    return max(len(got), len(expected)) - same


# --- MP3 --------------------------------------------------------------------------------------------------------------


def _tag_mp3(path: Path, tags: AudioTags) -> None:
    from mutagen.id3 import (  # noqa: PLC0415
        APIC,
        CHAP,
        CTOC,
        TALB,
        TIT2,
        TPE1,
        WXXX,
        CTOCFlags,
        Encoding,
        PictureType,
    )

    id3 = _open_id3(path)
    for name in ("CHAP", "CTOC", "TIT2", "TALB", "TPE1", *(("APIC",) if tags.picture else ())):
        id3.delall(name)
    code = Encoding.UTF16  # ID3v2.3 has no UTF-8
    id3.add(TIT2(encoding=code, text=tags.title))
    id3.add(TALB(encoding=code, text=tags.album))
    id3.add(TPE1(encoding=code, text=tags.artist))
    if tags.picture:
        kind = PictureType.COVER_FRONT
        id3.add(APIC(encoding=Encoding.LATIN1, mime=tags.picture_type, type=kind, desc="", data=tags.picture))
    names = [f"chp{number}" for number in range(len(tags.chapters))]
    for name, (start, end), chapter in zip(names, _spans_ms(tags), tags.chapters, strict=True):
        inner: list[Any] = [TIT2(encoding=code, text=chapter.title)]
        if chapter.url:
            inner.append(WXXX(encoding=code, desc="", url=chapter.url))
        offsets = {"start_offset": _NO_OFFSET, "end_offset": _NO_OFFSET}
        id3.add(CHAP(element_id=name, start_time=start, end_time=end, **offsets, sub_frames=inner))
    if names:
        flags = CTOCFlags.TOP_LEVEL | CTOCFlags.ORDERED
        id3.add(CTOC(element_id="toc", flags=flags, child_element_ids=names, sub_frames=[]))
    id3.update_to_v23()
    id3.save(path, v2_version=3, padding=lambda _: 0)


def _open_id3(path: Path) -> Any:  # noqa: ANN401 - mutagen has no types
    """The tag of a file, or an empty one, that is written in an order of ours.

    mutagen writes the shortest frames first, and some apps show chapters in the order of the file.
    """
    from mutagen.id3 import ID3, ID3NoHeaderError  # noqa: PLC0415
    from mutagen.id3._tags import save_frame  # noqa: PLC0415

    class InOrder(ID3):
        def _write(self, config: Any) -> bytearray:  # noqa: ANN401
            frames: list[Any] = sorted(dict(self).values(), key=_place_of)
            return bytearray(b"".join(save_frame(frame, config=config) for frame in frames))

    made: Any = InOrder
    try:
        with path.open("rb") as stream:
            return open_id3(stream, made)
    except ID3NoHeaderError:
        return made()


def _place_of(frame: Any) -> tuple[int, int, str]:  # noqa: ANN401 - mutagen has no types
    """Texts first, then chapters by start, then large frames, so that the head of a file has the texts."""
    late = {"CTOC": 1, "CHAP": 2, "APIC": 3, "GEOB": 3, "PRIV": 3}.get(frame.FrameID, 0)
    return late, frame.start_time if frame.FrameID == "CHAP" else 0, frame.HashKey


def _spans_ms(tags: AudioTags) -> list[tuple[int, int]]:
    """Start and end of each chapter: it ends where the next one starts, the last one with the audio."""
    starts = [round(chapter.start_s * 1000) for chapter in tags.chapters]
    ends = [*starts[1:], max(round(tags.duration_s * 1000), (starts or [0])[-1] + 1)]
    return list(zip(starts, ends, strict=True)) if starts else []


# --- MP4 --------------------------------------------------------------------------------------------------------------


def _remux(source: Path, target: Path, kind: str, tags: AudioTags) -> None:
    """Write the streams into a new container with these chapters, by ffmpeg, which reads these two files only."""
    program = shutil.which("ffmpeg")
    if program is None:
        raise FeedbuilderError(
            Problem("MED-11", Mark(source.name), "ffmpeg, which writes chapters into MP4, is not installed")
        )
    with tempfile.TemporaryDirectory() as folder:
        listing = Path(folder, "chapters.txt")
        listing.write_text(_ffmetadata(tags), encoding="utf-8")
        streams = ["-map", "0:a"] if kind == "audio/x-m4a" else ["-map", "0:v?", "-map", "0:a"]
        command = [
            *(program, "-v", "error", "-nostdin", "-y", "-fflags", "+bitexact"),
            *("-protocol_whitelist", "file", "-f", "mov", "-i", f"file:{source}"),
            *("-protocol_whitelist", "file", "-f", "ffmetadata", "-i", f"file:{listing}"),
            *(*streams, "-map_metadata", "0", "-map_chapters", "1", "-c", "copy"),
            *("-fflags", "+bitexact", "-flags", "+bitexact", "-movflags", "+faststart"),
            *("-f", _CONTAINERS[kind], f"file:{target}"),
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_FFMPEG_S)  # noqa: S603 - no shell
        except subprocess.TimeoutExpired as error:
            what = f"ffmpeg took more than {_FFMPEG_S} seconds"
            raise FeedbuilderError(Problem("MED-11", Mark(source.name), what)) from error
        except subprocess.CalledProcessError as error:
            message = error.stderr.decode(errors="replace").strip().rpartition("\n")[2].replace(f"{folder}/", "")
            raise FeedbuilderError(
                Problem("MED-11", Mark(source.name), f"ffmpeg failed: {quoted(message, 200)}")
            ) from error


def _ffmetadata(tags: AudioTags) -> str:
    r"""The chapters in ffmpeg's own form, in which ``= ; # \`` and line ends are escaped.

    A title that ends in a backslash gets a no-break space after it: ffmpeg takes the second of two for the escape of
    the line end, and the next line for a part of the title.
    """
    lines = [";FFMETADATA1"]
    for (start, end), chapter in zip(_spans_ms(tags), tags.chapters, strict=True):
        title = re.sub(r"([=;#\\\n])", r"\\\1", re.sub(r"\\$", "\\\\\N{NO-BREAK SPACE}", chapter.title))
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={start}", f"END={end}", f"title={title}"]
    return "\n".join(lines) + "\n"


def _tag_mp4(path: Path, tags: AudioTags) -> None:
    from mutagen.mp4 import MP4, AtomDataType, MP4Cover  # noqa: PLC0415

    file = MP4(path)
    file["\xa9nam"], file["\xa9alb"], file["\xa9ART"] = [tags.title], [tags.album], [tags.artist]
    if tags.picture:
        kind = AtomDataType.PNG if tags.picture_type == "image/png" else AtomDataType.JPEG
        file["covr"] = [MP4Cover(tags.picture, imageformat=kind)]
    file.save(padding=lambda _: 0)
