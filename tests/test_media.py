from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from faults import refusing, watching
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sounds import (
    a_flac,
    a_picture,
    a_png_head,
    a_variable_mp3,
    a_vorbis,
    a_wav,
    an_aac,
    an_id3,
    an_mp3,
    an_mp4,
    an_ogg,
    an_opus,
)

from feedbuilder import media
from feedbuilder.errors import FeedbuilderError, Mark, Problem
from feedbuilder.media import MediaCache, content
from feedbuilder.model import MediaFacts


def put(root: Path, path: str, data: bytes) -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def measured(root: Path, path: str, data: bytes) -> MediaFacts:
    put(root, path, data)
    facts = media.measure(root, path, MediaCache())
    assert isinstance(facts, MediaFacts), facts
    return facts


# --- what is measured -------------------------------------------------------------------------------------------------


def test_the_facts_of_an_audio_file(tmp_path: Path) -> None:
    data = an_mp3(50)

    assert measured(tmp_path, "media/042.mp3", data) == MediaFacts(
        "media/042.mp3", 20_850, "audio/mpeg", hashlib.sha256(data).hexdigest(), 50 * 1152 / 44_100
    )


def test_the_facts_of_a_picture(tmp_path: Path) -> None:
    data = a_picture()

    assert measured(tmp_path, "images/cover.png", data) == MediaFacts(
        "images/cover.png", len(data), "image/png", hashlib.sha256(data).hexdigest(), None, 30, 20, "RGB"
    )


@pytest.mark.parametrize(
    ("data", "kind", "seconds"),
    [
        (an_mp3(), "audio/mpeg", 50 * 1152 / 44_100),
        (an_id3() + an_mp3(), "audio/mpeg", 50 * 1152 / 44_100),
        (an_mp3() + b"TAG" + bytes(125), "audio/mpeg", 50 * 1152 / 44_100),
        (an_mp3() + an_id3(6000) + an_mp3(), "audio/mpeg", 100 * 1152 / 44_100),
        (an_mp3() + bytes(5000) + an_mp3(), "audio/mpeg", 50 * 1152 / 44_100),
        (a_variable_mp3(400), "audio/mpeg", 440 * 1152 / 44_100),
        ((b"\xff\xf3\x80\xc0" + bytes(204)) * 50, "audio/mpeg", 50 * 576 / 22_050),
        (an_aac(), "audio/aac", 20 * 1024 / 44_100),
        (an_id3() + an_aac(), "audio/aac", 20 * 1024 / 44_100),
        (an_mp4(), "audio/x-m4a", 5.0),
        (an_mp4(seconds=0), "audio/x-m4a", None),
        (an_mp4(b"M4B ", (b"soun", b"vide")), "audio/x-m4a", 5.0),
        (an_mp4(b"isom"), "audio/x-m4a", 5.0),
        (an_mp4(b"isom", (b"vide", b"soun")), "video/mp4", 5.0),
        (an_mp4(b"M4V ", (b"vide", b"soun")), "video/x-m4v", 5.0),
        (an_mp4(b"qt  ", (b"vide", b"soun")), "video/quicktime", 5.0),
        (an_opus(), "audio/ogg", 3.0),
        (a_vorbis(), "audio/ogg", 3.0),
        (a_flac(), "audio/flac", 2.0),
        (a_wav(), "audio/wav", 2.0),
    ],
)
def test_audio_is_known_by_its_content(tmp_path: Path, data: bytes, kind: str, seconds: float | None) -> None:
    facts = measured(tmp_path, "media/a.txt", data)

    assert facts.type == kind
    assert facts.duration_s == (None if seconds is None else pytest.approx(seconds, abs=0.03))
    assert (facts.width, facts.height, facts.mode) == (None, None, "")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_pictures_are_known_by_their_content(tmp_path: Path, kind: str) -> None:
    facts = measured(tmp_path, "images/a.mp3", a_picture(kind))

    assert (facts.type, facts.width, facts.height, facts.duration_s) == (f"image/{kind.lower()}", 30, 20, None)


def test_a_photo_of_a_telephone_is_a_jpeg(tmp_path: Path) -> None:
    with io.BytesIO() as file:
        Image.new("RGB", (8, 8)).save(file, "MPO", save_all=True, append_images=[Image.new("RGB", (4, 4))])
        photo = file.getvalue()

    assert measured(tmp_path, "images/a.jpg", photo).type == "image/jpeg"


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("JPEG", "CMYK")])
def test_the_mode_of_a_picture_is_measured(tmp_path: Path, kind: str, mode: str) -> None:
    assert measured(tmp_path, "images/a", a_picture(kind, mode=mode)).mode == mode


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"title: Reading tide tables\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"ID3 is how this diary starts, and nothing in it is sound.\n" * 50,
        "Ein Text in UTF-16, der wie MPEG beginnt".encode("utf-16") * 100,
        b"\xff\xfb\x90\x00",
        an_mp3(3),
        b"OggS" + bytes(100),
        an_ogg(b"\x80theora" + bytes(80), b"\x81theora", 0),
        b"fLaC",
        b"RIFF\x00\x00\x00\x00WAVE",
        b"RIFF\x00\x00\x00\x00AVI LIST",
        b"\x00\x00\x00\x18ftypM4A ",
        an_mp4(handlers=()),
        an_mp4(handlers=(b"text",)),
        a_picture("BMP"),
        a_picture("TIFF"),
        a_picture()[:20],
        b"GIF89a",
        b"%PDF-1.7\n",
    ],
)
def test_other_content_is_never_published(tmp_path: Path, data: bytes) -> None:
    put(tmp_path, "media/a.mp3", data)

    assert media.measure(tmp_path, "media/a.mp3", MediaCache()) == Problem(
        "MED-3", Mark("media/a.mp3"), "the content is neither audio nor a readable picture"
    )


def measured_bytes(data: bytes) -> MediaFacts | Problem:
    stream = cast("io.BufferedReader", io.BytesIO(data))
    return content.measure_content(stream, MediaFacts("media/a", len(data), "", ""))


STARTS = (b"ID3", b"\xff\xfb\x90\x00", b"\0\0\0\x18ftypM4A ", b"OggS", b"fLaC", b"RIFF\0\0\0\0WAVE", b"GIF89a")


@given(st.sampled_from(STARTS), st.binary(max_size=300))
def test_no_content_makes_measuring_fail(start: bytes, rest: bytes) -> None:
    facts = measured_bytes(start + rest)

    assert isinstance(facts, Problem) or facts.type


@given(st.data())
def test_no_damaged_file_makes_measuring_fail(data: st.DataObject) -> None:
    wholes = [an_mp3(9), an_aac(), an_mp4(), an_opus(), a_flac(), a_wav(), a_picture("GIF")]
    damaged = bytearray(data.draw(st.sampled_from(wholes)))
    damaged[data.draw(st.integers(0, min(len(damaged) - 1, 300)))] = data.draw(st.integers(0, 255))

    facts = measured_bytes(bytes(damaged))

    assert isinstance(facts, Problem) or facts.type


@pytest.mark.parametrize("size", [(9460, 9460), (100_000, 100_000)])
def test_a_picture_of_too_many_pixels_is_refused_unseen(tmp_path: Path, size: tuple[int, int]) -> None:
    put(tmp_path, "images/bomb.png", a_png_head(*size))

    assert media.measure(tmp_path, "images/bomb.png", MediaCache()) == Problem(
        "MED-4", Mark("images/bomb.png"), "the picture has more than 89478485 pixels"
    )


def test_the_largest_picture_is_taken(tmp_path: Path) -> None:
    assert measured(tmp_path, "images/big.png", a_png_head(9459, 9459)).width == 9459


def test_a_picture_of_too_many_bytes_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, "images/long.png", a_picture())
    os.truncate(path, 64 * 1024 * 1024 + 1)

    assert media.measure(tmp_path, "images/long.png", MediaCache()) == Problem(
        "MED-4", Mark("images/long.png"), "the picture is larger than 67108864 bytes"
    )


# --- which files may be measured --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["config/cover.png", "Config/cover.png", ".git/cover.png", "images/.cover.png", "cover.png", "images-2/a.png"],
)
def test_only_media_folders_are_published_from(tmp_path: Path, path: str) -> None:
    put(tmp_path, path, a_picture())

    fact = media.measure(tmp_path, path, MediaCache(), folders=("images", "config", "Config", ".git"))

    assert fact == Problem("MED-1", Mark(path), "the file is not in a media folder (images, config, Config, .git)")


def test_a_show_may_have_other_media_folders(tmp_path: Path) -> None:
    put(tmp_path, "art/2024/a.png", a_picture())

    facts = media.measure(tmp_path, "./art//2024/a.png", MediaCache(), folders=("art",))

    assert isinstance(facts, MediaFacts)
    assert facts.path == "art/2024/a.png"


def test_an_absent_file_is_a_finding(tmp_path: Path) -> None:
    assert media.measure(tmp_path, "media/a.mp3", MediaCache()) == Problem(
        "MED-2", Mark("media/a.mp3"), "the file was not found"
    )


@pytest.mark.parametrize("target", ["../config/cover.png", "../media/other.png", "/etc/passwd"])
def test_a_link_out_of_a_media_folder_is_refused(tmp_path: Path, target: str) -> None:
    put(tmp_path, "config/cover.png", a_picture())
    put(tmp_path, "media/other.png", a_picture())
    (tmp_path / "images").mkdir()
    (tmp_path / "images/a.png").symlink_to(target)

    assert media.measure(tmp_path, "images/a.png", MediaCache()) == Problem(
        "FILE-1", Mark("images/a.png"), "the file is outside of images"
    )


def test_dots_do_not_lead_out_of_a_media_folder(tmp_path: Path) -> None:
    put(tmp_path, "secret.png", a_picture())
    (tmp_path / "images").mkdir()

    fact = media.measure(tmp_path, "images/../secret.png", MediaCache())

    assert fact == Problem("MED-1", Mark("images/../secret.png"), "the file is not in a media folder (images, media)")


def test_a_pipe_is_refused_and_not_opened(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    os.mkfifo(tmp_path / "media/a.mp3")

    assert media.measure(tmp_path, "media/a.mp3", MediaCache()) == Problem(
        "FILE-2", Mark("media/a.mp3"), "this is not a regular file"
    )


def test_a_file_that_may_not_be_read_is_a_finding(tmp_path: Path) -> None:
    put(tmp_path, "media/a.mp3", an_mp3())

    with refusing("open", "a.mp3"):
        fact = media.measure(tmp_path, "media/a.mp3", MediaCache())

    assert fact == Problem("FILE-3", Mark("media/a.mp3"), "the file cannot be read: permission denied")


def test_a_disk_that_fails_while_a_file_is_measured_is_a_finding() -> None:
    # The first page of /proc/self/mem cannot be read: the file opens, and reading it fails.
    fact = media.measure(Path("/proc/self"), "mem", MediaCache(), folders=("",))

    assert fact == Problem("FILE-3", Mark("mem"), "the file cannot be read: input/output error")


def test_a_file_that_changes_meanwhile_is_not_believed(tmp_path: Path) -> None:
    path = put(tmp_path, "media/a.ogg", an_opus())
    imported: list[object] = []

    def change(args: tuple[object, ...]) -> None:
        if str(args[0]).startswith("mutagen") and not imported:
            imported.append(args[0])
            path.write_bytes(an_opus(4) + b"more")

    for name in [name for name in sys.modules if name.startswith("mutagen.ogg")]:
        del sys.modules[name]
    cache = MediaCache()
    with watching("import", change):
        fact = media.measure(tmp_path, "media/a.ogg", cache)

    assert imported
    assert fact == Problem("MED-6", Mark("media/a.ogg"), "the file changed while it was measured")
    assert cache == MediaCache()


# --- what is remembered -----------------------------------------------------------------------------------------------


def age(*paths: Path) -> None:
    """Make the cache younger than the files, as when a file was not touched for some seconds."""
    cache, *files = paths
    newest = max(max(file.stat().st_mtime_ns, file.stat().st_ctime_ns) for file in files)
    os.utime(cache, ns=(newest + 3_000_000_000, newest + 3_000_000_000))


def remembered(tmp_path: Path, data: bytes = b"") -> tuple[Path, Path]:
    """A project with one file and a cache that knows it under a false hash, so that reuse can be seen."""
    file = put(tmp_path, "media/a.mp3", data or an_mp3())
    cache = MediaCache()
    facts = media.measure(tmp_path, "media/a.mp3", cache)
    assert isinstance(facts, MediaFacts)
    stamp, _ = cache.entries["media/a.mp3"]
    cache.entries["media/a.mp3"] = (
        stamp,
        MediaFacts("media/a.mp3", facts.length_bytes, facts.type, "from the cache", 1.0),
    )
    media.write_cache(tmp_path, cache)
    age(tmp_path / ".feedbuilder/media.json", file)
    return file, tmp_path / ".feedbuilder/media.json"


def hash_of(root: Path, *, rehash: bool = False) -> str:
    facts = media.measure(root, "media/a.mp3", media.read_cache(root), rehash=rehash)
    assert isinstance(facts, MediaFacts)
    return facts.sha256[:14]


def test_measurements_are_reused_while_the_file_is_unchanged(tmp_path: Path) -> None:
    remembered(tmp_path)

    assert hash_of(tmp_path) == "from the cache"


def test_rehash_measures_again(tmp_path: Path) -> None:
    remembered(tmp_path)

    assert hash_of(tmp_path, rehash=True) == hashlib.sha256(an_mp3()).hexdigest()[:14]


@pytest.mark.parametrize("which", range(4))
def test_size_mtime_ctime_and_inode_must_agree(tmp_path: Path, which: int) -> None:
    remembered(tmp_path)
    cache = media.read_cache(tmp_path)
    stamp, facts = cache.entries["media/a.mp3"]
    other = [*stamp]
    other[which] += 1
    cache.entries["media/a.mp3"] = (other[0], other[1], other[2], other[3]), facts

    again = media.measure(tmp_path, "media/a.mp3", cache)

    assert isinstance(again, MediaFacts)
    assert again.sha256 == hashlib.sha256(an_mp3()).hexdigest()


def test_a_file_that_was_replaced_is_measured_again(tmp_path: Path) -> None:
    file, _ = remembered(tmp_path)
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    (tmp_path / "media/other").write_bytes(an_mp3())
    (tmp_path / "media/other").replace(file)
    os.utime(file, ns=times)

    assert hash_of(tmp_path) != "from the cache"


def test_a_change_that_keeps_size_and_mtime_is_measured_again(tmp_path: Path) -> None:
    file, cache = remembered(tmp_path)
    status = file.stat()
    while file.stat().st_ctime_ns == status.st_ctime_ns:  # until the clock of the file system has moved
        file.write_bytes(an_mp3())
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    age(cache, file)

    assert hash_of(tmp_path) != "from the cache"


def test_a_file_as_young_as_the_cache_is_measured_again(tmp_path: Path) -> None:
    file, cache = remembered(tmp_path)
    newest = max(file.stat().st_mtime_ns, file.stat().st_ctime_ns)
    os.utime(cache, ns=(newest + 2_000_000_000, newest + 2_000_000_000))

    assert hash_of(tmp_path) != "from the cache"


@pytest.mark.parametrize("damage", [b"", b"{}", b"half", None])
def test_a_damaged_cache_is_no_cache(tmp_path: Path, damage: bytes | None) -> None:
    _, cache = remembered(tmp_path)
    cache.write_bytes(cache.read_bytes()[:-5] if damage is None else damage)

    assert media.read_cache(tmp_path) == MediaCache()


def test_a_cache_of_another_shape_is_no_cache(tmp_path: Path) -> None:
    _, cache = remembered(tmp_path)
    first, body = cache.read_bytes().splitlines()
    rows = json.loads(body)
    rows[0][4]["bitrate"] = 128
    text = json.dumps(rows).encode() + b"\n"
    seal = json.loads(first)["sha256"].encode()
    cache.write_bytes(first.replace(seal, hashlib.sha256(text).hexdigest().encode()) + b"\n" + text)

    assert media.read_cache(tmp_path) == MediaCache()


def test_no_cache_is_an_empty_one(tmp_path: Path) -> None:
    assert media.read_cache(tmp_path) == MediaCache()


def test_a_cache_to_which_nothing_was_added_is_not_written(tmp_path: Path) -> None:
    _, path = remembered(tmp_path)
    before = path.stat()
    cache = media.read_cache(tmp_path)
    media.measure(tmp_path, "media/a.mp3", cache)
    media.write_cache(tmp_path, cache)

    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert len(cache.entries) == 1


def test_files_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    file, path = remembered(tmp_path)
    cache = media.read_cache(tmp_path)
    file.unlink()
    measured(tmp_path, "media/b.mp3", an_mp3())
    media.measure(tmp_path, "media/b.mp3", cache)
    media.write_cache(tmp_path, cache)
    age(path, tmp_path / "media/b.mp3")

    assert list(media.read_cache(tmp_path).entries) == ["media/b.mp3"]


def test_a_cache_that_cannot_be_written_is_a_finding(tmp_path: Path) -> None:
    cache = MediaCache(changed=True)

    with refusing("os.mkdir", ".feedbuilder", errno.EROFS), pytest.raises(FeedbuilderError) as error:
        media.write_cache(tmp_path, cache)

    assert error.value.problems[0].what == "writing failed: read-only file system ('.feedbuilder')"


def test_nothing_slow_is_imported_when_nothing_is_measured(tmp_path: Path) -> None:
    remembered(tmp_path)
    program = f"""
import sys
from pathlib import Path
from feedbuilder import media
root = Path({str(tmp_path)!r})
media.measure(root, "media/a.mp3", media.read_cache(root))
print([name for name in ("mutagen", "PIL") if name in sys.modules])
media.measure(root, "media/a.mp3", media.MediaCache())
print([name for name in ("mutagen", "PIL") if name in sys.modules])
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert run.stdout == "[]\n['mutagen']\n"


# --- which file belongs to which record -------------------------------------------------------------------------------


def test_a_file_belongs_to_the_record_of_its_name(tmp_path: Path) -> None:
    for path in (
        "media/042.mp3",
        "media/2024/s02e01.M4A",
        "media/a.b.Opus",
        "media/notes.txt",
        "media/art.png",
        "media/.mp3",
    ):
        put(tmp_path, path, b"")

    assert media.find_media(tmp_path, "media") == (
        {"s02e01": "media/2024/s02e01.M4A", "042": "media/042.mp3", "a.b": "media/a.b.Opus"},
        [],
    )


def test_two_files_for_one_record_are_a_finding(tmp_path: Path) -> None:
    for path in ("media/042.mp3", "media/042.m4a", "media/old/042.mp3", "media/old/042.wav", "media/043.mp3"):
        put(tmp_path, path, b"")

    assert media.find_media(tmp_path, "media") == (
        {"043": "media/043.mp3"},
        [
            Problem(
                "MED-5",
                Mark("media/042.m4a"),
                "4 audio files have the name of episode '042': '042.m4a', '042.mp3', '042.mp3', …",
            )
        ],
    )


def test_a_media_folder_that_is_absent_has_no_files(tmp_path: Path) -> None:
    assert media.find_media(tmp_path, "media") == ({}, [])


# --- real encoders, and a reader that is not ours ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options", "kind"),
    [
        ("a.mp3", ("-q:a", "5"), "audio/mpeg"),
        ("a.mp3", ("-q:a", "5", "-write_xing", "0"), "audio/mpeg"),
        ("a.mp3", ("-ar", "16000", "-write_xing", "0", "-id3v2_version", "0"), "audio/mpeg"),
        ("a.mp3", ("-ar", "8000"), "audio/mpeg"),
        ("a.m4a", (), "audio/x-m4a"),
        ("a.mp4", (), "audio/x-m4a"),
        ("a.mov", (), "video/quicktime"),
        ("a.ogg", (), "audio/ogg"),
        ("a.opus", (), "audio/ogg"),
        ("a.flac", (), "audio/flac"),
        ("a.wav", (), "audio/wav"),
    ],
)
def test_real_files_are_measured_as_ffprobe_measures_them(
    tmp_path: Path, tool: Callable[[str], str], name: str, options: tuple[str, ...], kind: str
) -> None:
    (tmp_path / "media").mkdir()
    path = tmp_path / "media" / name
    # Ten seconds of tone, ten of nothing: a variable bit rate varies.
    source = "sine=frequency=440:duration=10,apad=pad_dur=10"
    subprocess.run(
        [tool("ffmpeg"), "-v", "error", "-f", "lavfi", "-i", source, *options, str(path)], check=True, timeout=120
    )
    show = ["-v", "error", "-show_entries", "packet=duration_time", "-of", "csv=p=0", str(path)]
    packets = subprocess.run([tool("ffprobe"), *show], capture_output=True, text=True, check=True, timeout=120).stdout
    expected = sum(float(line.strip(",")) for line in packets.split() if line.strip(",") != "N/A")

    facts = media.measure(tmp_path, f"media/{name}", MediaCache())

    assert isinstance(facts, MediaFacts)
    assert facts.type == kind
    assert facts.duration_s == pytest.approx(expected, abs=0.15)
    assert facts.duration_s == pytest.approx(20, abs=0.2)
