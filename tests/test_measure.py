"""Audio on other hosts: what ffprobe says of a whole file, we must say of a few kilobytes of it."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hosts import Meter, Server, an_answer, drip, nginx
from projects import a_project, build, feed, record, run, write
from sounds import an_opus

from feedbuilder.errors import FeedbuilderError
from feedbuilder.media.remembered import RemoteFacts, read_remembered
from feedbuilder.project import measure
from feedbuilder.project.measure import measure_url
from feedbuilder.publish import hold_lock

MOST_ON_THE_WIRE = 300_000
SECONDS = 60

# Pink noise, loud in its first half and soft in its second: an encoder with a variable bit rate varies it.
SOUND = (
    f"anoisesrc=d={SECONDS}:c=pink:r=44100:seed=7:a=0.4,volume='if(lt(t,{SECONDS // 2}),1,0.01)':eval=frame,"
    "aformat=channel_layouts=stereo"
)
FILES = {
    "cbr.mp3": ["-b:a", "96k", "-write_xing", "0", "-id3v2_version", "0"],
    "cbr-art.mp3": ["-b:a", "64k", "-write_xing", "0"],
    "cbr-info.mp3": ["-b:a", "64k"],
    "xing.mp3": ["-q:a", "4"],
    "vbr-headerless.mp3": ["-q:a", "4", "-write_xing", "0"],
    "last.m4a": ["-c:a", "aac", "-b:a", "96k"],
    "first.m4a": ["-c:a", "aac", "-b:a", "96k", "-movflags", "+faststart"],
    "voice.opus": ["-c:a", "libopus", "-b:a", "64k"],
    "vorbis.ogg": ["-c:a", "libvorbis", "-q:a", "3"],
}
TYPES = {"mp3": "audio/mpeg", "m4a": "audio/x-m4a", "opus": "audio/ogg", "ogg": "audio/ogg"}


@pytest.fixture(scope="module")
def audio(tool: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file of each kind."""
    folder = tmp_path_factory.mktemp("audio")
    wave = tmp_path_factory.mktemp("wave") / "noise.wav"
    start = [tool("ffmpeg"), "-v", "error", "-nostdin"]
    subprocess.run([*start, "-f", "lavfi", "-i", SOUND, str(wave)], check=True)
    outputs = [option for name, kind in FILES.items() for option in (*kind, str(folder / name))]
    subprocess.run([*start, "-i", str(wave), *outputs], check=True)
    wave.unlink()
    picture = b"ID3\x03\x00\x00" + bytes((0, 0x1F, 0, 0)) + bytes(0x1F << 14)  # a tag of half a megabyte
    (folder / "cbr-art.mp3").write_bytes(picture + (folder / "cbr-art.mp3").read_bytes())
    (folder / "vbri.mp3").write_bytes(a_vbri_mp3((folder / "vbr-headerless.mp3").read_bytes()))
    (folder / "page.html").write_text("<!doctype html><h1>We are sorry</h1>")
    return folder


def a_vbri_mp3(frames: bytes) -> bytes:
    """The same frames behind a first one that holds the table of the Fraunhofer encoder: sizes and counts."""
    start = frames.index(b"\xff\xfb")
    count, at = 0, start
    rates = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
    while at + 4 < len(frames) and frames[at] == 0xFF:
        at += 144 * rates[frames[at + 2] >> 4] * 1000 // 44_100 + (frames[at + 2] >> 1 & 1)
        count += 1
    size = len(frames) - start
    table = b"VBRI" + struct.pack(">HHHIIHHHH", 1, 0, 75, size + 417, count, 1, 1, 2, count)
    return (b"\xff\xfb\x90\x00" + bytes(32) + table).ljust(417, b"\0") + frames[start:]


@pytest.fixture(scope="module")
def host(audio: Path, tool: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with nginx(tool("nginx"), audio, tmp_path_factory.mktemp("nginx") / "base") as url:
        yield url


@pytest.fixture
def meter(host: str) -> Iterator[Meter]:
    with Meter(host) as counting:
        yield counting


def probed_s(tool: Callable[[str], str], path: Path) -> float:
    command = [tool("ffprobe"), "-v", "error", "-of", "json", "-show_entries", "format=duration", str(path)]
    return float(json.loads(subprocess.check_output(command))["format"]["duration"])


# --- what a few kilobytes tell ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in (*FILES, "vbri.mp3") if name != "vbr-headerless.mp3"])
def test_a_few_kilobytes_tell_what_ffprobe_says(
    name: str, audio: Path, meter: Meter, tool: Callable[[str], str]
) -> None:
    path = audio / name

    facts, problems = measure_url(f"{meter.url}/{name}", allow_private=True)

    assert path.stat().st_size > MOST_ON_THE_WIRE
    assert facts.duration_s == pytest.approx(probed_s(tool, path), abs=0.5)
    assert (facts.length_bytes, facts.type, facts.estimated) == (path.stat().st_size, TYPES[path.suffix[1:]], False)
    assert problems == []
    assert 0 < meter.bytes < MOST_ON_THE_WIRE


def test_a_variable_rate_without_a_table_is_named_as_an_estimate(audio: Path, meter: Meter) -> None:
    facts, problems = measure_url(f"{meter.url}/vbr-headerless.mp3", allow_private=True)

    assert facts.estimated
    assert facts.duration_s == pytest.approx(SECONDS, rel=0.2)
    assert [problem.rule for problem in problems] == ["MED-9"]
    assert meter.bytes < MOST_ON_THE_WIRE


@pytest.mark.parametrize("name", ["cbr.mp3", "cbr-info.mp3", "xing.mp3", "vbri.mp3", "first.m4a"])
def test_a_host_without_ranges_is_asked_for_the_head_only(
    name: str, audio: Path, meter: Meter, tool: Callable[[str], str]
) -> None:
    facts, problems = measure_url(f"{meter.url}/whole/{name}", allow_private=True)

    assert facts.duration_s == pytest.approx(probed_s(tool, audio / name), abs=0.5)
    assert facts.length_bytes == (audio / name).stat().st_size
    assert [problem.rule for problem in problems] == (["MED-9"] if name == "cbr.mp3" else [])
    assert meter.bytes < MOST_ON_THE_WIRE


def test_the_end_of_an_ogg_file_is_out_of_reach_without_ranges(audio: Path, meter: Meter) -> None:
    facts, problems = measure_url(f"{meter.url}/whole/voice.opus", allow_private=True)

    assert (facts.length_bytes, facts.duration_s) == ((audio / "voice.opus").stat().st_size, None)
    assert [problem.rule for problem in problems] == ["MED-9"]
    assert meter.bytes < MOST_ON_THE_WIRE


@pytest.mark.parametrize("name", ["last.m4a", "cbr-art.mp3"])
def test_what_only_the_whole_file_tells_is_read_when_asked_for(
    name: str, audio: Path, meter: Meter, tool: Callable[[str], str]
) -> None:
    url = f"{meter.url}/whole/{name}"
    with pytest.raises(FeedbuilderError) as error:
        measure_url(url, allow_private=True)
    assert [problem.rule for problem in error.value.problems] == ["NET-9"]
    assert meter.bytes < MOST_ON_THE_WIRE

    facts, problems = measure_url(url, whole=True, allow_private=True)

    assert facts.duration_s == pytest.approx(probed_s(tool, audio / name), abs=0.5)
    assert (len(facts.sha256), problems) == (64, [])
    assert meter.bytes > (audio / name).stat().st_size


def test_an_ogg_file_is_read_whole_when_asked_for(audio: Path, host: str, tool: Callable[[str], str]) -> None:
    facts, _ = measure_url(f"{host}/whole/voice.opus", whole=True, allow_private=True)

    assert facts.duration_s == pytest.approx(probed_s(tool, audio / "voice.opus"), abs=0.5)


def test_what_has_not_changed_is_not_fetched_again(host: str, meter: Meter) -> None:
    url = f"{meter.url}/xing.mp3"
    first, _ = measure_url(url, allow_private=True)
    before = meter.bytes

    again, _ = measure_url(url, first, allow_private=True)

    assert again is first
    assert first.tag.startswith('"')
    assert meter.bytes - before < 1000


def test_what_was_left_open_is_read_whole_when_asked_for(host: str, tool: Callable[[str], str], audio: Path) -> None:
    url = f"{host}/whole/voice.opus"
    first, _ = measure_url(url, allow_private=True)

    again, _ = measure_url(url, first, whole=True, allow_private=True)

    assert first.duration_s is None
    assert again.duration_s == pytest.approx(probed_s(tool, audio / "voice.opus"), abs=0.5)


def test_what_has_changed_is_measured_again(host: str) -> None:
    old = RemoteFacts(f"{host}/xing.mp3", 9, "audio/mpeg", 1.0, tag='"old"')
    facts, _ = measure_url(old.url, old, allow_private=True)

    assert facts.length_bytes > 9


def test_a_page_is_no_audio(host: str) -> None:
    with pytest.raises(FeedbuilderError) as error:
        measure_url(f"{host}/page.html", allow_private=True)

    (problem,) = error.value.problems
    assert (problem.rule, problem.what) == ("MED-7", "the response is not audio, but 'text/html'")


# --- the command ------------------------------------------------------------------------------------------------------

RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Old home</title>
<item><title>Tide 2</title><guid>00000000-0000-4000-8000-000000000002</guid>
<pubDate>Fri, 02 Jan 2026 08:00:00 GMT</pubDate><enclosure url="{host}/first.m4a" type="audio/x-m4a"/></item>
</channel></rss>"""


@pytest.fixture
def show(tmp_path: Path, host: str) -> Path:
    """One record that names its audio, one whose audio only the ledger knows, one of which all is known."""
    texts = {
        "tide-1": record(1, audio=f"{{url: {host}/xing.mp3}} # by hand", duration=""),
        "tide-2": record(2, audio="", duration=""),
        "tide-3": record(3),
    }
    a_project(tmp_path, texts, upstream="{feed: old.xml}")
    write(tmp_path, "old.xml", RSS.format(host=host))
    run(tmp_path, "sync")
    return tmp_path


def test_missing_facts_are_added_next_to_the_address(show: Path, audio: Path, host: str) -> None:
    before = (show / "episodes/tide-1.md").read_text()
    size, other_size = ((audio / name).stat().st_size for name in ("xing.mp3", "first.m4a"))

    tried = run(show, "measure", "--allow-private", "--dry-run")
    assert (show / "episodes/tide-1.md").read_text() == before
    done = run(show, "measure", "--allow-private")

    after = (show / "episodes/tide-1.md").read_text()
    (line,) = [line for line in after.splitlines() if line not in before.splitlines() and "audio" in line]
    assert line == f"audio: {{url: {host}/xing.mp3, length: {size}}} # by hand"
    (added,) = [line for line in after.splitlines() if line.startswith("duration: ")]
    assert float(added.removeprefix("duration: ")) == pytest.approx(60, abs=0.5)
    ledger = (show / "config/ledger.yaml").read_text()
    assert f"length_bytes: {other_size}\n" in ledger
    assert "duration_s: 60" in ledger
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-3:] == [
        "Measured 2 of 2 files.",
        "Wrote episodes/tide-1.md. Commit it.",
        "Wrote config/ledger.yaml. Commit it.",
    ]
    assert tried.stdout.splitlines() == done.stdout.splitlines()[:-2]
    assert run(show, "measure").stdout == "All audio is already measured.\n"
    build(show)
    assert f'length="{size}"'.encode() in feed(show)
    assert f'length="{other_size}"'.encode() in feed(show)
    assert b"<itunes:duration>60</itunes:duration>" in feed(show)


def test_the_names_of_this_show_are_read_and_ours_written_beside_them(show: Path, audio: Path, host: str) -> None:
    write(show, "config/show.yaml", (show / "config/show.yaml").read_text() + "fields: {audio.url: podcast_file}\n")
    write(show, "episodes/tide-1.md", record(1, audio="", podcast_file=f"{host}/xing.mp3", duration=""))

    run(show, "measure", "tide-1", "--allow-private")

    size = (audio / "xing.mp3").stat().st_size
    assert (
        f"\npodcast_file: {host}/xing.mp3\naudio:\n  length: {size}\nduration: 60"
        in (show / "episodes/tide-1.md").read_text()
    )
    assert run(show, "measure", "tide-1").stdout == "All audio is already measured.\n"


def test_a_withdrawn_episode_is_left_alone(show: Path, host: str) -> None:
    write(show, "episodes/tide-1.md", record(1, audio=f"{{url: {host}/xing.mp3}}", duration="", withdrawn="true"))

    assert run(show, "measure", "tide-1").stdout == "All audio is already measured.\n"


def test_a_password_goes_with_every_part(host: str) -> None:
    with Server(an_answer(b""), a_part(MP3, 0, len(MP3) - 1, len(MP3))) as server:
        measure_url(server.url.replace("://", "://ada:secret@"), allow_private=True)

    assert ["Authorization: Basic" in request for request in server.requests] == [True, True]


def test_what_is_written_otherwise_is_reported_and_kept(show: Path, audio: Path, host: str) -> None:
    text = record(1, audio=f"{{url: {host}/xing.mp3, length: 7, type: audio/aac}}", duration="5")
    write(show, "episodes/tide-1.md", text)

    result = run(show, "measure", "tide-1", "--again", "--allow-private", "--json")

    size = (audio / "xing.mp3").stat().st_size
    problems = [problem["what"] for problem in result.data["problems"]]
    assert problems[0].startswith("the duration is 5 s here, but the file has 60")
    assert problems[1:] == [
        f"the length is 7 bytes here, but the file has {size}",
        "the type is audio/aac here, but the file is audio/mpeg",
    ]
    assert (result.data["wrote"], (show / "episodes/tide-1.md").read_text()) == ([], text)


def test_others_may_write_while_a_host_is_asked_and_nothing_of_theirs_is_lost(tmp_path: Path) -> None:
    root = a_project(tmp_path, {})
    held: list[str] = []
    with Server(an_answer(b"")) as server:
        urls = [server.url.replace("feed.xml", f"{n}.mp3") for n in range(4)]
        texts = {f"tide-{n}": record(n, audio=f"{{url: {urls[n]}}}", duration="") for n in (1, 2, 3)}
        a_project(root, texts)

        def edit(connected: socket.socket) -> None:
            with hold_lock(root):
                held.append("while it asks")
            write(root, "episodes/tide-1.md", texts["tide-1"].replace("Tide 1", "Neap tide"))
            write(root, "episodes/tide-2.md", texts["tide-2"].replace(urls[2], urls[0]))
            (root / "episodes/tide-3.md").unlink(missing_ok=True)
            connected.sendall(an_answer(MP3, "Content-Type: audio/mpeg"))

        server.answers = [edit]
        result = run(root, "measure", "--allow-private", "--json")

    assert held
    assert (result.exit_code, len(result.data["measured"])) == (0, 3)
    assert result.data["wrote"] == ["episodes/tide-1.md"]
    text = (root / "episodes/tide-1.md").read_text()
    assert text.startswith("---\ntitle: Neap tide\n")
    assert f"length: {len(MP3)}" in text
    assert "length:" not in (root / "episodes/tide-2.md").read_text()
    assert not (root / "episodes/tide-3.md").exists()


def test_what_was_measured_waits_for_a_build_and_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(an_answer(MP3, "Content-Type: audio/mpeg")) as server:
        url = server.url.replace("feed.xml", "1.mp3")
        root = a_project(tmp_path, {"tide-1": record(1, audio=f"{{url: {url}}}", duration="")})
        building = ExitStack()
        building.enter_context(hold_lock(root))
        with building:
            monkeypatch.setattr(measure, "LOCK_S", 0.1)
            assert run(root, "measure", "--allow-private").exit_code == 75
            assert list(read_remembered(root)) == [url]
            monkeypatch.setattr(measure, "LOCK_S", 60.0)
            threading.Timer(0.3, building.close).start()
            result = run(root, "measure", "--allow-private", "--json")

    assert (result.exit_code, result.data["wrote"]) == (0, ["episodes/tide-1.md"])


def test_an_unknown_slug_is_a_finding(show: Path) -> None:
    assert "LED-13: no episode 'tide-9' found" in run(show, "measure", "tide-9").stderr


def test_a_private_address_is_refused_and_the_rest_goes_on(show: Path) -> None:
    result = run(show, "measure", "--json")

    assert result.exit_code == 3
    assert {problem["rule"] for problem in result.data["problems"]} == {"NET-2"}
    assert [one["length_bytes"] for one in result.data["measured"]] == [None, None]


# --- hosts that lie ---------------------------------------------------------------------------------------------------


def a_part(data: bytes, start: int, end: int, total: int, *headers: str) -> bytes:
    return an_answer(data, f"Content-Range: bytes {start}-{end}/{total}", *headers, status="206 Partial Content")


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
MP3 = (b"\xff\xfb\x90\x00" + bytes(413)) * 50


def rules_of(*answers: object) -> list[str]:
    """What is problems of a host that gives these answers."""
    with Server(*answers) as server:  # type: ignore[arg-type]
        try:
            return [problem.rule for problem in measure_url(server.url, allow_private=True)[1]]
        except FeedbuilderError as error:
            return [problem.rule for problem in error.problems]


@pytest.mark.parametrize(
    ("answers", "rules"),
    [
        ([HEAD, a_part(MP3, 0, len(MP3) - 1, len(MP3), "Content-Type: audio/mpeg")], ["HTTP-6"]),
        ([HEAD, a_part(MP3, 0, len(MP3) - 1, 10**15)], ["NET-8"]),
        ([HEAD, a_part(MP3[:99], 0, len(MP3) - 1, len(MP3))], ["NET-8"]),
        ([HEAD, a_part(MP3, 1, len(MP3), len(MP3) + 1)], ["NET-8"]),
        ([HEAD, an_answer(MP3, status="206 Partial Content")], ["NET-9"]),
        ([HEAD, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n\xff\xfb\r\n0\r\n\r\n"], ["MED-7"]),
        ([b"HTTP/1.1 405 No\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n" + MP3], ["NET-9"]),
        ([an_answer(b"", status="304 Not Modified")], ["NET-7"]),
        ([HEAD, an_answer(b"", status="416 Range Not Satisfiable")], ["NET-7"]),
        ([an_answer(b"", "Location: /again", status="302 Found")], ["NET-3"]),
    ],
)
def test_what_a_lying_host_says_is_not_believed(answers: list[bytes], rules: list[str]) -> None:
    assert rules_of(*answers) == rules


def test_a_file_that_is_replaced_meanwhile_is_not_pieced_together() -> None:
    head = an_opus()
    first = a_part(head + bytes(32_768 - len(head)), 0, 32_767, 200_000)
    tail = bytes(77_120)  # from the block in which the last page may begin

    assert rules_of(HEAD, first, a_part(tail, 122_880, 199_999, 200_000)) == ["MED-7"]
    assert rules_of(HEAD, first, a_part(tail, 122_880, 199_999, 300_000)) == ["NET-8"]


def test_a_file_without_end_is_read_at_its_head(monkeypatch: pytest.MonkeyPatch) -> None:
    pouring = drip(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n", MP3)

    assert rules_of(HEAD, pouring) == ["MED-9"]
