"""Hosts that mean harm, against whole commands: each is bounded in time and memory and named, and the rest goes on."""

from __future__ import annotations

import gzip
import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hosts import Answer, Server, a_redirect, an_answer, drip
from projects import a_project, record, write
from sounds import (
    a_picture,
    a_picture_with,
    a_wav_of_chunks,
    a_wav_with,
    an_id3_bomb,
    an_mp3,
    an_mp4,
    an_opus,
    box,
    png_chunk,
)

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc, as Linux has it")

MOST_MB = 200
TIME_S = 1.0  # in place of the 30 seconds that a host has

# The command in a process of its own, which says how much memory it took at its worst.
SCRIPT = f"""
import json, re, sys
from pathlib import Path
from feedbuilder import network
from feedbuilder.cli import main
for one in (network.fetch, network.ask_head, network.RemoteFile.__init__):
    one.__kwdefaults__["timeout_s"] = {TIME_S}
try:
    main(sys.argv[1:], prog_name="feedbuilder")
finally:
    # Not getrusage: that remembers how large the process was from which this one was forked.
    peak = re.search("VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
    print(json.dumps({{"mb": int(peak[1]) // 1024}}), file=sys.stderr)
"""
ITEM = (
    "<item><title>Wave {n}</title><guid>g-{n}</guid><pubDate>Thu, 01 Jan 2026 08:00:00 GMT</pubDate>"
    "<description>{text}</description>"
    '<enclosure url="https://cdn.example.org/{n}.mp3" length="9" type="audio/mpeg"/></item>'
)
START, END = '<?xml version="1.0"?><rss version="2.0"><channel><title>Old home</title>', "</channel></rss>"
ENDLESS = drip(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", bytes(65_536))
MP3 = (b"\xff\xfb\x90\x00" + bytes(413)) * 500


def run(root: Path, *arguments: str, local: bool = False) -> tuple[int, Any, int]:
    """Exit code, the JSON that was printed, and megabytes."""
    return run_bare(*arguments, "-C", str(root), "--json", *(() if local else ("--allow-private",)))


def run_bare(*arguments: str) -> tuple[int, Any, int]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=False, timeout=120
    )
    return done.returncode, json.loads(done.stdout), json.loads(done.stderr.splitlines()[-1])["mb"]


def a_feed(items: int, text: str) -> bytes:
    return (START + "".join(ITEM.format(n=n, text=text) for n in range(items)) + END).encode()


def stall(connected: object) -> None:
    threading.Event().wait(1.5 * TIME_S)


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a0 "tide">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    + ']><rss version="2.0"><channel><title>&a11;</title>'
    "<item><title>&a11;</title><guid>&a11;</guid></item></channel></rss>"
).encode()
FEEDS: dict[str, tuple[Callable[[], Answer], str]] = {
    "50 MB": (lambda: an_answer(a_feed(12_000, "Words of it. " * 320)), "NET-4"),
    "a gzip bomb": (lambda: an_answer(gzip.compress(bytes(300_000_000), 9), "Content-Encoding: gzip"), "NET-4"),
    "elements without end": (lambda: an_answer((START + "<a/>" * 7_000_000 + END).encode()), "UPS-1"),
    "elements that are not closed": (lambda: an_answer((START + "<a>" * 2_000_000).encode()), "UPS-1"),
    "broken and large": (lambda: an_answer((START + "<item>x & \N{WATER WAVE}" * 900_000 + END).encode()), "UPS-1"),
    "an XML bomb": (lambda: an_answer(BOMB), ""),
    "a page": (lambda: an_answer(b"<!doctype html><title>Sorry</title>"), "UPS-1"),
    "nothing new": (lambda: an_answer(b"", status="304 Not Modified"), "NET-7"),
    "a circle": (lambda: a_redirect("/again"), "NET-3"),
    "a stall": (lambda: stall, "NET-5"),
    "a drip": (lambda: drip(b"HTTP/1.1 200 OK\r\n\r\n", b"<"), "NET-5"),
    "less than it says": (lambda: an_answer(b"<rss/>", length=10**9), "NET-8"),
}


@pytest.mark.parametrize("kind", FEEDS)
def test_a_feed_that_means_harm_is_named_and_bounded(kind: str, tmp_path: Path) -> None:
    answer, rule = FEEDS[kind]
    with Server(answer()) as server:
        root = a_project(tmp_path, upstream=f"{{feed: '{server.url}'}}")
        code, data, megabytes = run(root, "sync")

    assert megabytes < MOST_MB
    if rule:
        assert (code, [problem["rule"] for problem in data["problems"]]) == (1, [rule])
        assert not (root / "config/ledger.yaml").exists()
    else:
        assert code == 0
        assert all(len(problem["what"]) < 1000 for problem in data["problems"])


@pytest.mark.long
@pytest.mark.parametrize(("items", "text"), [(7000, "Words of it. " * 340), (21_500, "Words of it. " * 40)])
def test_a_large_feed_is_read_all_the_same(items: int, text: str, tmp_path: Path) -> None:
    with Server(an_answer(a_feed(items, text))) as server:
        root = a_project(tmp_path, upstream=f"{{feed: '{server.url}'}}")
        code, data, megabytes = run(root, "sync")

    assert (code, len(data["unmatched_items"])) == (0, items)
    assert megabytes < MOST_MB


LOOK_UPS: dict[str, tuple[Callable[[], Answer], str]] = {
    "objects without end": (lambda: an_answer(b'{"results":[' + b"{}," * 1_390_000 + b"{}]}"), ""),
    "too many objects": (lambda: an_answer(b'{"results":[' + b"{}," * 1_500_000 + b"{}]}"), "NET-4"),
    "depth": (lambda: an_answer(b"[" * 4_000_000), "LNK-5"),
    "a stall": (lambda: stall, "NET-5"),
}


@pytest.mark.parametrize("kind", LOOK_UPS)
def test_a_platform_that_means_harm_is_named_and_bounded(kind: str, tmp_path: Path) -> None:
    answer, rule = LOOK_UPS[kind]
    root = a_project(tmp_path, platforms="{apple: 'https://podcasts.apple.com/podcast/id123456'}")
    with Server(answer()) as server:
        code, data, megabytes = run(root, "links", "--apple", server.url.removesuffix("/feed.xml"))

    assert ([problem["rule"] for problem in data["problems"]], code) == ([rule] if rule else [], 3 if rule else 0)
    assert data["found"] == []
    assert megabytes < MOST_MB


@pytest.mark.long
def test_a_channel_that_means_harm_is_named_and_bounded(tmp_path: Path) -> None:
    root = a_project(tmp_path, platforms=f"{{youtube: 'https://www.youtube.com/channel/UC{'a' * 22}'}}")
    feed = b'<feed xmlns="http://www.w3.org/2005/Atom">' + b"<entry/>" * 131_000 + b"</feed>"
    with Server(an_answer(feed)) as server:
        code, data, megabytes = run(root, "links", "--youtube", server.url.removesuffix("/feed.xml"))

    assert (code, data["found"]) == (0, [])
    assert megabytes < MOST_MB


AUDIO: dict[str, tuple[list[Answer], str]] = {
    "stalls": ([stall], "NET-5"),
    "circle": ([a_redirect("/again")], "NET-3"),
    "page": ([an_answer(b"<!doctype html>Sorry", "Content-Type: text/html")], "MED-7"),
    "endless": ([an_answer(b""), ENDLESS], "MED-7"),
    "nothing-new": ([an_answer(b"", status="304 Not Modified")], "NET-7"),
    "liar": ([an_answer(b""), an_answer(MP3, "Content-Range: bytes 0-9/99", status="206 Partial Content")], "NET-8"),
}


@pytest.fixture
def hosts() -> Iterator[dict[str, str]]:
    """The address of a file on each host that means harm, and on a good one."""
    with ExitStack() as stack:
        servers = {name: stack.enter_context(Server(*answers)) for name, (answers, _) in AUDIO.items()}
        servers["good"] = stack.enter_context(Server(an_answer(MP3, "Content-Type: audio/mpeg")))
        yield {name: server.url.replace("feed.xml", f"{name}.mp3") for name, server in servers.items()}


def test_hosts_that_mean_harm_do_not_keep_the_good_one_from_being_measured(
    hosts: dict[str, str], tmp_path: Path
) -> None:
    texts = {
        name: record(number, audio=f"{{url: '{url}'}}", duration="")
        for number, (name, url) in enumerate(hosts.items(), start=1)
    }
    root = a_project(tmp_path, texts)

    code, data, megabytes = run(root, "measure")

    assert code == 3
    assert [one["slug"] for one in data["measured"] if one["length_bytes"]] == ["good"]
    assert data["wrote"] == ["episodes/good.md"]
    said = {problem["file"].rpartition("/")[2].removesuffix(".mp3"): problem["rule"] for problem in data["problems"]}
    expected = {name: rule for name, (_, rule) in AUDIO.items()}
    said["circle"] = said.pop("again", said.get("circle", ""))
    assert {name: said.get(name) for name in expected} == expected
    assert megabytes < MOST_MB


INFLATED = 200_000_000  # of 194 KB; whatever inflates it takes more than MOST_MB
CHAPTER, CONTENTS = b"CHAPc\0" + bytes(16), b"CTOCc\0\0\0"


@pytest.mark.long
@pytest.mark.parametrize(
    "tag",
    [
        {"version": 4},
        {"version": 3},
        {"version": 4, "within": CHAPTER},
        {"version": 3, "within": CHAPTER},
        {"version": 3, "within": CONTENTS},
    ],
)
def test_a_tag_that_inflates_is_not_read(tag: dict[str, Any], tmp_path: Path) -> None:
    root = a_project(tmp_path, {"tide-1": record(1, audio="", duration="")})
    write(root, "media/tide-1.mp3", an_id3_bomb(INFLATED, **tag) + an_mp3())

    code, data, megabytes = run(root, "build", local=True)

    assert code == 0, data
    assert megabytes < MOST_MB

    code, data, megabytes = run(root, "tag", "tide-1", local=True)

    assert (code, [problem["rule"] for problem in data["problems"]]) == (1, ["MED-11"])
    assert "the frame TIT2 of its ID3 tag is compressed" in data["problems"][0]["what"]
    assert [path.name for path in (root / "media").iterdir()] == ["tide-1.mp3"]
    assert megabytes < MOST_MB


@pytest.mark.long
def test_a_tag_that_inflates_inside_of_a_wav_is_not_read(tmp_path: Path) -> None:
    sound = a_wav_with(an_id3_bomb(INFLATED))
    root = a_project(tmp_path, {"tide-1": record(1, audio="", duration="")})
    write(root, "media/tide-1.wav", sound)

    code, data, megabytes = run(root, "build", local=True)

    assert code == 0, data
    assert megabytes < MOST_MB


@pytest.mark.long
def test_a_tag_that_inflates_inside_of_a_wav_on_a_host_is_not_read(tmp_path: Path) -> None:
    sound = a_wav_with(an_id3_bomb(INFLATED))
    with Server(an_answer(b"")) as server:

        def give_the_part(connected: socket.socket) -> None:
            asked = re.search(r"(?i)\brange: bytes=(\d+)-(\d+)", server.requests[-1])
            if asked is None:  # HEAD
                connected.sendall(an_answer(b"", "Content-Type: audio/wav", length=len(sound)))
                return
            start, end = int(asked[1]), min(int(asked[2]), len(sound) - 1)
            place = f"Content-Range: bytes {start}-{end}/{len(sound)}"
            connected.sendall(an_answer(sound[start : end + 1], place, status="206 Partial Content"))

        server.answers = [give_the_part]
        url = server.url.replace("feed.xml", "tide-1.wav")
        root = a_project(tmp_path, {"tide-1": record(1, audio=f"{{url: '{url}'}}", duration="")})
        code, data, megabytes = run(root, "measure")

    assert (code, [one["length_bytes"] for one in data["measured"]]) == (0, [len(sound)])
    assert megabytes < MOST_MB


MANY = 1_000_000
MOST_TEXT = 4 * 1024 * 1024
TEXTS: dict[str, tuple[str, bytes]] = {
    "objects": ("chapters", b'{"chapters":[' + b"{}," * (MOST_TEXT // 3 - 9) + b"{}]}"),
    "chapters": (
        "chapters",
        b'{"chapters":[%s]}' % b",".join(b'{"startTime":%d,"title":"a"}' % n for n in range(10**5)),
    ),
    "segments": ("application/json", b'{"segments":[' + b"[]," * (MOST_TEXT // 3 - 9) + b"[]]}"),
    "elements": ("text/html", b"<p>" * (MOST_TEXT // 3)),
    "lines": ("text/vtt", b"WEBVTT\n\n0:00.000 --> 0:01.000\n" + b"a\n" * (MOST_TEXT // 2 - 99)),
    "blank lines": ("text/vtt", b"WEBVTT\n" + b"\n" * (MOST_TEXT - 99)),
}


@pytest.mark.long
@pytest.mark.parametrize("name", TEXTS)
def test_chapters_and_transcripts_without_end_are_bounded(name: str, tmp_path: Path) -> None:
    kind, data = TEXTS[name]
    named = "type='application/json+chapters'" if kind == "chapters" else f"type='{kind}'"
    with Server(an_answer(data)) as server:
        tag = f"<podcast:{'chapters' if kind == 'chapters' else 'transcript'} url='{server.url}' {named}/>"
        feed = a_feed(1, "Words.").replace(b"</item>", tag.encode() + b"</item>")
        write(
            tmp_path,
            "feed.xml",
            feed.replace(b"<rss ", b'<rss xmlns:podcast="https://podcastindex.org/namespace/1.0" '),
        )
        done = run_bare("import", str(tmp_path / "feed.xml"), str(tmp_path / "show"), "--allow-private", "--json")
    code, result, megabytes = done
    assert (code, megabytes < MOST_MB) == (0, True)
    assert {problem["rule"] for problem in result["problems"]} <= {"IMP-2", "IMP-5", "IMP-8", "IMP-11", "UPS-6"}

    code, _, megabytes = run(tmp_path / "show", "build", local=True)

    assert (code, megabytes < MOST_MB) == (0, True)


SOUNDS: dict[str, tuple[Callable[[], bytes], str]] = {
    "chunks.wav": (lambda: a_wav_of_chunks(MANY), "its head has more than 100000 parts"),
    "boxes.m4a": (lambda: an_mp4(boxes=(box(b"free") * MANY,)), "its head has more than 100000 parts"),
    "a-box.m4a": (lambda: an_mp4(boxes=(box(b"trak", box(b"mdia", box(b"hdlr", bytes(10**8)))),)), "16777216 bytes"),
    "comments.opus": (lambda: an_opus(comments=3 * MANY), ""),
}


@pytest.mark.long
@pytest.mark.parametrize("name", SOUNDS)
def test_a_sound_that_says_too_much_of_itself_is_bounded(name: str, tmp_path: Path) -> None:
    make, why = SOUNDS[name]
    root = a_project(tmp_path, {name.partition(".")[0]: record(1, audio="", duration="")})
    write(root, f"media/{name}", make())

    _, data, megabytes = run(root, "check", local=True)

    said = [problem["what"] for problem in data["problems"] if problem["rule"] == "MED-3"]
    assert [why in one for one in said] == ([True] if why else [])
    assert megabytes < MOST_MB


PICTURES: dict[str, Callable[[], bytes]] = {
    "comments.gif": lambda: a_picture_with(b"!\xfe" + b"\1a" * 4 * MANY + b"\0", "GIF"),
    "segments.jpg": lambda: a_picture_with(b"\xff\xe0\0\2" * 2 * MANY, "JPEG"),
    "chunks.png": lambda: a_picture_with(png_chunk(b"tIde") * 2 * MANY),
    "a-chunk.png": lambda: a_picture_with(png_chunk(b"tIde", bytes(60 * MANY))),
}


@pytest.mark.long
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_that_says_too_much_of_itself_is_not_read(name: str, tmp_path: Path) -> None:
    root = a_project(tmp_path, image=f"images/{name}")
    write(root, f"images/{name}", PICTURES[name]())

    _, data, megabytes = run(root, "check", local=True)

    assert ["its head has more than 1" in one["what"] for one in data["problems"] if one["rule"] == "MED-3"] == [True]
    assert megabytes < MOST_MB


CAMERAS: dict[str, tuple[Callable[[], bytes], str]] = {
    "see-through.png": (lambda: a_picture("PNG", (5000, 5000), "RGBA"), ""),
    "palette.png": (lambda: a_picture("PNG", (5000, 5000), "P"), ""),
    "chunks.png": (lambda: a_picture_with(png_chunk(b"tIde", bytes(15 * MANY)), "PNG", (5000, 5000), "LA"), ""),
    "24.jpg": (lambda: a_picture("JPEG", (6000, 4000)), ""),
    "24-in-scans.jpg": (lambda: a_picture("JPEG", (6000, 4000), progressive=True), ""),
    "50.jpg": (lambda: a_picture("JPEG", (8660, 5773)), ""),
    "50-in-scans.jpg": (lambda: a_picture("JPEG", (8660, 5773), progressive=True), "100 MB"),
    "25.webp": (lambda: a_picture("WEBP", (5000, 5000), method=0), "100 MB"),
    "6.webp": (lambda: a_picture("WEBP", (2500, 2480), method=0), ""),
    "26.png": (lambda: a_picture("PNG", (5100, 5100)), "100 MB"),
    "wide.png": (lambda: a_picture("PNG", (20_001, 1), "1"), "20000 pixels wide"),
}


@pytest.mark.long
@pytest.mark.parametrize("name", CAMERAS)
def test_artwork_is_made_of_the_picture_of_a_camera_within_bounds(name: str, tmp_path: Path) -> None:
    make, why = CAMERAS[name]
    root = a_project(tmp_path, image=f"images/{name}", artwork="fit")
    write(root, f"images/{name}", make())

    _, data, megabytes = run(root, "check", local=True)

    assert [why in one["what"] for one in data["problems"] if one["rule"] == "MED-14"] == ([True] if why else [])
    assert len(list((root / ".feedbuilder").glob("artwork/*.jpg"))) == (0 if why else 1)
    assert megabytes < MOST_MB
