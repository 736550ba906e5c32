"""Platforms that answer as their documentation says, on this machine: what is certain is written, byte by byte."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from projects import Run, a_project, record, run, write

from feedbuilder.publish import hold_lock

APPLE = "https://podcasts.apple.com/de/podcast/harbour-notes/id123456789"
WATCH = "https://www.youtube.com/watch?v=aaaaaaaaaaa"
CHANNEL = "UC" + "a" * 22
SHOW = "0123456789abcdefghijkl"
SECRET = "Basic " + base64.b64encode(b"ada:s3cret").decode()
TITLES = {1: "The ebb of Alvor bay", 2: "Reading the tide tables", 3: "Harbour lights at night"}


def apple_row(number: int, **keys: object) -> dict[str, object]:
    """An episode as a lookup with entity=podcastEpisode has it."""
    return {
        "wrapperType": "podcastEpisode",
        "kind": "podcast-episode",
        "collectionId": 123456789,
        "trackId": 1000600000000 + number,
        "trackName": TITLES[number],
        "episodeGuid": f"00000000-0000-4000-8000-{number:012}",
        "releaseDate": f"2026-01-{number:02}T08:00:00Z",
        "trackTimeMillis": 600_000,
        "trackViewUrl": f"https://podcasts.apple.com/de/podcast/the-ebb/id123456789?i={1000600000000 + number}&uo=4",
        **keys,
    }


def spotify_row(number: int, **keys: object) -> dict[str, object]:
    """An episode as GET /shows/{id}/episodes has it."""
    return {
        "id": f"{number:022}",
        "name": TITLES[number],
        "release_date": f"2026-01-{number:02}",
        "release_date_precision": "day",
        "duration_ms": 601_000,
        "external_urls": {"spotify": f"https://open.spotify.com/episode/{number:022}"},
        "type": "episode",
        **keys,
    }


def youtube_entry(number: int, title: str = "", day: int = 0) -> str:
    return f"""<entry><id>yt:video:{number:011}</id><yt:videoId>{number:011}</yt:videoId>
    <yt:channelId>{CHANNEL}</yt:channelId><title>{title or TITLES[number]}</title>
    <link rel="alternate" href="https://www.youtube.com/watch?v={number:011}"/>
    <published>2026-01-{day or number:02}T09:30:00+00:00</published></entry>"""


class Platforms(BaseHTTPRequestHandler):
    """The three services in one. ``asked`` keeps what was asked; the lists are what they have."""

    asked: list[tuple[str, str, str]]
    apple: list[dict[str, object]]
    spotify: list[dict[str, object] | None]
    youtube: list[str]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self.asked.append(("GET", self.path, self.headers.get("Authorization", "")))
        if parts.path == "/lookup":
            assert query == {"id": "123456789", "country": "de", "entity": "podcastEpisode", "limit": "200"}
            show = {"wrapperType": "track", "kind": "podcast", "collectionId": 123456789}
            self.answer({"resultCount": 1 + len(self.apple), "results": [show, *self.apple]}, "text/javascript")
        elif parts.path == "/feeds/videos.xml":
            self.send(
                '<?xml version="1.0" encoding="UTF-8"?><feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" '
                'xmlns:media="http://search.yahoo.com/mrss/" xmlns="http://www.w3.org/2005/Atom">'
                f"<title>Harbour</title>{''.join(self.youtube)}</feed>",
                "text/xml",
            )
        elif parts.path == f"/v1/shows/{SHOW}/episodes" and self.headers["Authorization"] == "Bearer t0ken":
            limit, offset = int(query["limit"]), int(query["offset"])
            more = offset + limit < len(self.spotify)
            following = f"http://attacker.example/?offset={offset + limit}" if more else None
            page = self.spotify[offset : offset + limit]
            self.answer({"items": page, "limit": limit, "offset": offset, "next": following})
        else:
            self.answer({"error": {"status": 401, "message": "Invalid access token"}}, status=401)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.asked.append(("POST", f"{self.path} {body}", self.headers.get("Authorization", "")))
        if (self.path, body, self.headers["Authorization"]) == ("/api/token", "grant_type=client_credentials", SECRET):
            self.answer({"access_token": "t0ken", "token_type": "Bearer", "expires_in": 3600})
        else:
            self.answer({"error": "invalid_client"}, status=400)

    def answer(self, data: object, kind: str = "application/json", status: int = 200) -> None:
        self.send(json.dumps(data), kind, status)

    def send(self, text: str, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())


@pytest.fixture
def platforms() -> Iterator[tuple[str, type[Platforms]]]:
    every = range(1, 4)
    kind = type("Kind", (Platforms,), {"asked": [], "apple": [apple_row(n) for n in every]})
    assert issubclass(kind, Platforms)
    kind.spotify, kind.youtube = [spotify_row(n) for n in every], [youtube_entry(n) for n in every]
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", kind
        server.shutdown()
        thread.join()


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPOTIFY_CLIENT_ID", "ada")
    monkeypatch.setenv("SPOTIFY_CLIENT_SECRET", "s3cret")
    texts = {f"tide-{n}": record(n, title=TITLES[n]) for n in (1, 2, 3)}
    texts["tide-1"] = record(
        1,
        title=TITLES[1],
        links="\n  apple: TODO # when it is there\n  spotify: ''\n  youtube: https://youtu.be/aaaaaaaaaaa",
    )
    pages = f"{{apple: '{APPLE}', youtube: 'https://www.youtube.com/channel/{CHANNEL}', "
    return a_project(tmp_path, texts, platforms=f"{pages}spotify: 'https://open.spotify.com/show/{SHOW}'}}")


def links(root: Path, url: str, *arguments: str) -> Run:
    where = ("--apple", url, "--youtube", url, "--spotify", url, "--spotify-accounts", url, "--allow-private")
    return run(root, "links", *where, *arguments)


def found(result: Run) -> list[tuple[str, str, str]]:
    return [(one["slug"], one["platform"], one["evidence"]) for one in result.data["found"]]


def test_what_is_certain_is_written_and_every_other_byte_stays(
    show: Path, platforms: tuple[str, type[Platforms]]
) -> None:
    url, _ = platforms
    before = (show / "episodes/tide-1.md").read_bytes()

    result = links(show, url)

    apple = b"https://podcasts.apple.com/de/podcast/the-ebb/id123456789?i=1000600000001"
    spotify = b"https://open.spotify.com/episode/" + b"1".rjust(22, b"0")
    expected = before.replace(b"TODO", apple).replace(b"spotify: ''", b"spotify: " + spotify)
    assert (show / "episodes/tide-1.md").read_bytes() == expected
    assert result.stdout.splitlines()[-1] == "Found 8 links. Changed 3 episode files."
    assert result.exit_code == 0
    assert "  youtube: https://www.youtube.com/watch?v=00000000002\n" in (show / "episodes/tide-2.md").read_text()
    assert links(show, url).stdout == "Found 0 links. Changed 0 episode files.\n"


def test_the_evidence_is_named(show: Path, platforms: tuple[str, type[Platforms]]) -> None:
    result = links(show, platforms[0], "--json", "--dry-run")

    guids = [(f"tide-{n}", "apple", f"guid '00000000-0000-4000-8000-{n:012}'") for n in (1, 2, 3)]
    videos = [(f"tide-{n}", "youtube", "title and day") for n in (2, 3)]
    songs = [(f"tide-{n}", "spotify", "title and day") for n in (1, 2, 3)]
    assert found(result) == [*guids, *videos, *songs]
    assert result.data["wrote"] == []


def test_a_dry_run_shows_the_diff_and_writes_nothing(show: Path, platforms: tuple[str, type[Platforms]]) -> None:
    before = {path: path.read_bytes() for path in (show / "episodes").iterdir()}

    result = links(show, platforms[0], "--dry-run", "--only", "apple")

    page = "https://podcasts.apple.com/de/podcast/the-ebb/id123456789?i=100060000000"
    lines = result.stdout.splitlines()
    assert lines[3:5] == ["--- a/episodes/tide-1.md", "+++ b/episodes/tide-1.md"]
    assert "-  apple: TODO # when it is there" in lines
    assert f"+  apple: {page}1 # when it is there" in lines
    assert "+links:" in lines
    assert lines[-1] == "Found 3 links. Would change 3 episode files."
    assert {path: path.read_bytes() for path in (show / "episodes").iterdir()} == before


def test_what_is_not_certain_is_not_written(show: Path, platforms: tuple[str, type[Platforms]]) -> None:
    url, kind = platforms
    kind.apple = [apple_row(2, episodeGuid="other", trackTimeMillis=60_000), apple_row(3, episodeGuid="", trackName="")]
    kind.spotify = [spotify_row(2), spotify_row(2, id="9" * 22), None]
    kind.youtube = [youtube_entry(2, day=9), youtube_entry(3, "Lights"), youtube_entry(1, TITLES[3], 3)]

    result = links(show, url, "--json")

    assert found(result) == [("tide-3", "youtube", "title and day")]
    assert [(one["rule"], one["file"]) for one in result.data["problems"]] == [
        ("LNK-6", "episodes/tide-2.md"),  # one a platform
        ("LNK-6", "episodes/tide-2.md"),
        ("LNK-6", "episodes/tide-2.md"),
        ("LNK-6", "episodes/tide-3.md"),  # Apple has one of its instant and duration, without a title
    ]


def test_others_may_write_while_platforms_are_asked_and_nothing_of_theirs_is_lost(
    show: Path, platforms: tuple[str, type[Platforms]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, kind = platforms
    mine = record(2, title=TITLES[2], links=f"{{apple: '{APPLE}?i=1000600000009'}}")
    edited = record(1, title=TITLES[1], season="7", links=f"{{apple: TODO, spotify: '', youtube: {WATCH}}}")
    answer = kind.answer

    def edit(self: Platforms, data: object, kind: str = "application/json", status: int = 200) -> None:
        with hold_lock(show):
            write(show, "episodes/tide-1.md", edited)
            write(show, "episodes/tide-2.md", mine)
            (show / "episodes/tide-3.md").unlink(missing_ok=True)
        answer(self, data, kind, status)

    monkeypatch.setattr(kind, "answer", edit)
    result = links(show, url, "--json", "--only", "apple")

    page = "https://podcasts.apple.com/de/podcast/the-ebb/id123456789?i=1000600000001"
    assert (result.exit_code, result.data["wrote"]) == (0, ["episodes/tide-1.md"])
    assert (show / "episodes/tide-1.md").read_text() == edited.replace("TODO", page)
    assert (show / "episodes/tide-2.md").read_text() == mine
    assert not (show / "episodes/tide-3.md").exists()


def test_all_pages_of_spotify_are_asked_for_and_the_token_goes_nowhere_else(
    show: Path, platforms: tuple[str, type[Platforms]]
) -> None:
    url, kind = platforms
    kind.spotify = [*(spotify_row(1, id=f"x{n:021}", name=f"Other {n}") for n in range(119)), spotify_row(2)]

    assert found(links(show, url, "--json", "--only", "spotify")) == [("tide-2", "spotify", "title and day")]
    assert kind.asked == [
        ("POST", "/api/token grant_type=client_credentials", SECRET),
        *(
            ("GET", f"/v1/shows/{SHOW}/episodes?market=US&limit=50&offset={offset}", "Bearer t0ken")
            for offset in (0, 50, 100)
        ),
    ]


@pytest.mark.parametrize(
    ("value", "rule"),
    [("", "LNK-8"), ("wrong", "NET-7")],
)
def test_without_credentials_the_other_platforms_are_asked_all_the_same(
    show: Path,
    platforms: tuple[str, type[Platforms]],
    monkeypatch: pytest.MonkeyPatch,
    value: str,
    rule: str,
) -> None:
    monkeypatch.setenv("SPOTIFY_CLIENT_SECRET", value)

    result = links(show, platforms[0], "--json")

    assert result.exit_code == 3
    assert {one["platform"] for one in result.data["found"]} == {"apple", "youtube"}
    assert [one["rule"] for one in result.data["problems"]] == [rule]
    assert "s3cret" not in result.stdout


@pytest.mark.parametrize(
    ("page", "what"),
    [
        ("https://www.youtube.com/@harbour", "`platforms.youtube` is not the page of a show"),
        ("", "`platforms.youtube` is missing"),
    ],
)
def test_a_page_that_does_not_tell_the_show_is_a_finding(
    show: Path, platforms: tuple[str, type[Platforms]], page: str, what: str
) -> None:
    text = (show / "config/show.yaml").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("platforms")]
    write(show, "config/show.yaml", "\n".join([*lines, f"platforms: {{youtube: '{page}'}}" if page else "", ""]))

    result = links(show, platforms[0], "--only", "youtube", "--json")

    (problem,) = result.data["problems"]
    assert (problem["rule"], problem["what"].partition(":")[0]) == ("LNK-7", what.partition(":")[0])


def test_without_any_page_of_the_show_it_says_what_is_missing(tmp_path: Path) -> None:
    result = run(a_project(tmp_path), "links")

    what = "`platforms:` names no page of this show on Apple, YouTube or Spotify"
    assert result.exit_code == 1
    assert f"config/show.yaml: error LNK-7: {what}; the platform is not searched. " in result.stderr


@pytest.mark.parametrize(
    ("apple", "rule"), [({"results": None}, "LNK-5"), ([], "LNK-5"), ("<!doctype html><p>Sorry", "LNK-5")]
)
def test_an_answer_of_another_kind_is_a_finding(
    show: Path, platforms: tuple[str, type[Platforms]], apple: object, rule: str
) -> None:
    url, kind = platforms
    kind.do_GET = lambda self: self.answer(apple)  # type: ignore[method-assign]

    result = links(show, url, "--only", "apple", "--only", "youtube", "--json")

    assert [problem["rule"] for problem in result.data["problems"]] == ["LNK-5", "LNK-5"]
    assert result.exit_code == 3


def test_links_are_written_under_the_names_that_the_records_use(
    show: Path, platforms: tuple[str, type[Platforms]]
) -> None:
    write(show, "config/show.yaml", (show / "config/show.yaml").read_text() + "fields: {links.apple: apple_url}\n")

    links(show, platforms[0], "--only", "apple")

    page = "https://podcasts.apple.com/de/podcast/the-ebb/id123456789?i=1000600000002"
    assert f"\napple_url: {page}\ntranscript:" in (show / "episodes/tide-2.md").read_text()
    assert "Found 0 links." in links(show, platforms[0], "--only", "apple").stdout
