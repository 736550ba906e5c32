"""Every JSON document has its documented, versioned shape."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from documents import kind_of, validate
from jsonschema import Draft202012Validator
from projects import NOW, a_project, build, record, run, write
from sounds import an_mp3

from feedbuilder.cli import COMMANDS, main
from feedbuilder.cli.documents import DOCUMENTS, documents_schema
from feedbuilder.publish import hold_lock

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Old home</title>
<item><title>Tide 1</title><guid>00000000-0000-4000-8000-000000000001</guid>
<pubDate>Thu, 01 Jan 2026 08:00:00 GMT</pubDate>
<enclosure url="https://cdn.example.org/tide-1.mp3" length="9" type="audio/mpeg"/></item>
<item><title>Low water</title><guid>old-9</guid><pubDate>Fri, 09 Jan 2026 08:00:00 GMT</pubDate>
<enclosure url="https://cdn.example.org/old-9.mp3" length="9" type="audio/mpeg"/></item></channel></rss>"""
# What to call, and the exit code. {new} is an empty folder.
CALLS = {
    "init {new}": 0,
    "import old.xml {new} --offline": 0,
    "new Tides": 0,
    f"build --now {NOW}": 3,
    f"check --now {NOW}": 1,
    "sync": 0,
    "measure tide-4": 3,
    f"fetch --all --dry-run --now {NOW}": 0,
    "links": 1,
    f"tag tide-3 --now {NOW}": 0,
    f"text tide-1 --for apple --now {NOW}": 0,
    "transcript convert talk.vtt --to md": 0,
    "speakers tide-6": 0,
    "ledger show": 0,
    f"ledger save --now {NOW}": 0,
    f"ledger accept tide-1 --now {NOW}": 0,
    "deploy docker": 0,
    "rollback --list": 0,
    "schema json": 0,
    "completion fish": 0,
    "help ledger save": 0,
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A synced project with a draft, an episode with an error, and one with its audio in the project."""
    texts = {
        "tide-1": record(1),
        "tide-2": record(2, draft="true"),
        "tide-3": record(3, audio=""),
        "tide-4": record(4, audio="{url: http://127.0.0.1:9/tide-4.mp3}"),
        "tide-5": record(5, title=""),
    }
    root = a_project(tmp_path / "show", texts, upstream="{feed: old.xml}")
    write(root, "talk.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ines>High water.\n")
    write(root, "episodes/tide-6.md", "---\ntitle: Draft\ntranscript: /talk.vtt\n---\n")
    write(root, "old.xml", FEED)
    write(root, "media/tide-3.mp3", an_mp3(4000))
    run(root, "sync")
    write(root, "old.xml", FEED.replace("tide-1.mp3", "other-1.mp3"))
    return root


def words_of(call: str) -> str:
    return next(words for words in DOCUMENTS if call == words or call.startswith(f"{words} "))


def invoke(call: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(main, [*call.split(), "--json"])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, json.loads(result.stdout)


@pytest.mark.parametrize(("call", "code"), CALLS.items())
def test_every_command_prints_its_documented_shape(
    project: Path, call: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)

    exit_code, document = invoke(call.format(new=project.parent / "new"))

    validate(words_of(call), document)
    assert (exit_code, document["exit"]) == (code, code)
    assert document.get("stopped", False) == (call == "links"), "links needs a page of the show"


def test_every_command_is_called_above() -> None:
    assert {words_of(call) for call in CALLS} | {"serve"} == DOCUMENTS.keys()
    assert {words.partition(" ")[0] for words in DOCUMENTS} == COMMANDS.keys()


def test_serve_prints_its_address_as_json(project: Path) -> None:
    command = [sys.executable, "-m", "feedbuilder", "serve", "--json", "--port", "0", "-C", str(project)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout
        lines: list[str] = []
        while not lines or lines[-1] != "}\n":
            lines.append(server.stdout.readline())
            assert lines[-1], "the server ended"
        server.send_signal(signal.SIGINT)
    validate("serve", json.loads("".join(lines)))


def test_a_stopped_and_a_locked_command_print_the_same_shape(project: Path) -> None:
    write(project, "config/show.yaml", "title: [")
    stopped = build(project, "--json")
    with hold_lock(project):
        locked = build(project, "--json")

    assert (stopped.exit_code, locked.exit_code) == (1, 75)
    assert [kind_of("build", one.data) for one in (stopped, locked)] == ["Stopped", "Stopped"]
    validate("build", stopped.data)
    validate("build", locked.data)
    assert (stopped.data["message"], locked.data["message"]) == (
        "Stopped. Nothing was changed.",
        "Another run is using this project. Nothing was changed.",
    )


def test_wrong_use_and_ctrl_c_print_the_same_shape(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    refused = run(project, "new", "Tides", "--slug", "_", "--json")
    monkeypatch.setattr("feedbuilder.project.build.publish_release", interrupt)
    interrupted = build(project, "--json")

    assert (refused.data["exit"], interrupted.data["exit"]) == (2, 130)
    validate("new", refused.data)
    validate("build", interrupted.data)


def test_the_last_build_is_kept_as_the_document_of_the_build(project: Path) -> None:
    def kept() -> dict[str, Any]:
        document: dict[str, Any] = json.loads((project / ".feedbuilder/last-build.json").read_bytes())
        return document

    assert kept_matches(build(project, "--json").data, kept())
    write(project, "config/show.yaml", "title: [")
    assert kept_matches(build(project, "--json").data, kept())


def kept_matches(printed: dict[str, Any], kept: dict[str, Any]) -> bool:
    validate("build", kept)
    return printed == kept


def test_the_schema_is_json_schema_with_a_description_of_every_key() -> None:
    schema = documents_schema()
    Draft202012Validator.check_schema(schema)
    keys = [
        (name, key, value.get("description", ""))
        for name, kind in schema["$defs"].items()
        for key, value in kind["properties"].items()
    ]
    assert [row for row in keys if not re.fullmatch(r"[A-Z].*\.", row[2])] == []


def test_an_undocumented_key_would_be_found(project: Path) -> None:
    document = build(project, "--json").data
    with pytest.raises(AssertionError, match="'news' was unexpected"):
        validate("build", document | {"news": True})
    with pytest.raises(AssertionError, match="version: 1 was expected"):
        validate("build", document | {"version": 2})
