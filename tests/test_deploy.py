"""The printed configurations, as the tools that read them see them; nginx and Caddy run in test_serving.py."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
import yaml
from projects import a_project, build, record, run, write

from feedbuilder.cli.deploy import TARGETS
from feedbuilder.render import deployment

Tool = Callable[[str], str]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return a_project(tmp_path / "harbour")


def printed(project: Path, target: str, *options: str) -> Path:
    """The folder with the files of a target."""
    folder = project.parent / target
    done = run(project, "deploy", target, "--to", str(folder), *options)
    assert done.exit_code == 0, done.stderr
    return folder


def accepted(*command: str, env: dict[str, str] | None = None) -> str:
    """What a tool says that has nothing against its input."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **(env or {})})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_command_knows_all_targets() -> None:
    assert tuple(deployment.TARGETS) == TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_every_configuration_is_complete_and_commented(project: Path, target: str) -> None:
    files = json.loads(run(project, "deploy", target, "--json").stdout)["files"]
    assert [file["path"] for file in files]
    for file in files:
        assert "printed by: feedbuilder" in file["text"]
        assert "{{" not in file["text"].replace("${{", "")
        assert "{%" not in file["text"]
        assert file["text"].endswith("\n")
        assert not [line for line in file["text"].splitlines() if line != line.rstrip()]


def test_the_same_project_prints_the_same(project: Path) -> None:
    assert run(project, "deploy", "nginx").stdout == run(project, "deploy", "nginx").stdout


def test_nginx_accepts_the_site_with_tls(project: Path, tmp_path: Path, tool: Tool) -> None:
    program = tool("nginx")
    build(project)
    certificate = trustme.CA().issue_cert("harbour.example.org")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    certificate.cert_chain_pems[0].write_to_path(chain)
    certificate.private_key_pem.write_to_path(key)
    folder = printed(project, "nginx", "--certificate", str(chain), "--key", str(key), "--moved-from", "/rss")
    site = folder / "harbour-example-org.conf"
    text = site.read_text(encoding="utf-8")
    assert re.findall(r"listen (\S+?);? ?(?:ssl http2;)?$", text, re.MULTILINE) == ["80", "[::]:80", "443", "[::]:443"]
    site.write_text(
        re.sub(r"(listen \S*?)(80|443)\b", r"\g<1>20\2", text), encoding="utf-8"
    )  # nginx -t takes the ports
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/nginx.pid;\nevents {{}}\nhttp {{ include {folder}/harbour-example-org.conf; }}\n"
    )
    said = accepted(program, "-t", "-c", str(tmp_path / "nginx.conf"), "-e", str(tmp_path / "error.log"))
    assert "[warn]" not in said
    assert "test is successful" in said


@pytest.mark.parametrize("host", ["a" * 31 + ".example.org", "a" * 53 + ".example.org", "9to5.example.org"])
def test_nginx_accepts_a_host_of_any_length(host: str, tmp_path: Path, tool: Tool) -> None:
    project = a_project(tmp_path / "harbour", feed_url=f"https://{host}/feed.xml")
    folder = printed(project, "nginx", "--listen", "127.0.0.1:2080")
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/nginx.pid;\nevents {{}}\nhttp {{ include {folder}/*.conf; }}\n"
    )
    said = accepted(tool("nginx"), "-t", "-c", str(tmp_path / "nginx.conf"), "-e", str(tmp_path / "error.log"))
    assert "[warn]" not in said


def test_a_port_of_the_feed_is_listened_on_and_kept(tmp_path: Path) -> None:
    project = a_project(tmp_path / "harbour", feed_url="https://harbour.example.org:8443/feed.xml")
    nginx = run(project, "deploy", "nginx").stdout
    assert re.findall(r"listen (\S+?);? ?(?:ssl http2;)?$", nginx, re.MULTILINE) == [
        "80",
        "[::]:80",
        "8443",
        "[::]:8443",
    ]
    assert "return 301 https://harbour.example.org:8443$request_uri;" in nginx
    assert "\nhttps://harbour.example.org:8443 {\n" in run(project, "deploy", "caddy").stdout
    assert "listen 127.0.0.1:80;" in run(project, "deploy", "nginx", "--listen", "127.0.0.1:80").stdout


def test_caddy_accepts_the_site_with_tls_of_its_own(project: Path, tmp_path: Path, tool: Tool) -> None:
    program = tool("caddy")
    file = printed(project, "caddy", "--moved-from", "/rss") / "Caddyfile"
    own = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    assert "Valid configuration" in accepted(
        program, "validate", "--adapter", "caddyfile", "--config", str(file), env=own
    )
    formatted = subprocess.run([program, "fmt", str(file)], capture_output=True, text=True, check=False)
    assert formatted.stdout.split() == file.read_text(encoding="utf-8").split()


def test_systemd_accepts_the_units_and_finds_them_safe(project: Path, tool: Tool) -> None:
    program = tool("systemd-analyze")
    folder = printed(project, "systemd", "--user", "daemon")
    units = sorted(str(path) for path in folder.iterdir())
    assert [Path(unit).name for unit in units] == [
        "harbour-example-org-build.service",
        "harbour-example-org-build.timer",
        "harbour-example-org-serve.service",
    ]
    said = accepted(program, "verify", "--man=no", *units)
    assert not [line for line in said.splitlines() if "harbour-example-org" in line]
    for unit in (units[0], units[2]):
        accepted(program, "security", "--offline=true", "--threshold=30", "--no-pager", unit)


@pytest.mark.parametrize(("broken", "mails"), [(False, False), (True, True)])
def test_cron_says_nothing_unless_there_is_trouble(project: Path, *, broken: bool, mails: bool) -> None:
    text = (printed(project, "cron") / "harbour-example-org").read_text(encoding="utf-8")
    if broken:
        write(project, "config/show.yaml", "title: [")
    (line,) = [line for line in text.splitlines() if line.startswith("*/10")]
    command = line.split(" ", 6)[6]
    assert "%" not in command  # cron makes a new line of it
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False, cwd="/")
    assert bool(done.stdout + done.stderr) is mails, done.stdout + done.stderr
    assert ("exit code 1" in done.stdout) is mails


def test_cron_leaves_it_to_a_run_that_is_at_work(project: Path) -> None:
    from feedbuilder.publish import hold_lock

    text = (printed(project, "cron") / "harbour-example-org").read_text(encoding="utf-8")
    command = text.splitlines()[-1].split(" ", 6)[6]
    with hold_lock(project):
        done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout + done.stderr == ""


def test_a_linter_has_nothing_against_the_dockerfile(project: Path, tool: Tool) -> None:
    beside = Path(sys.executable).with_name("hadolint")
    program = str(beside) if beside.exists() else tool("hadolint")
    accepted(program, "--failure-threshold", "style", str(printed(project, "docker") / "Dockerfile"))


def test_the_workflow_is_yaml_with_the_steps_in_order(project: Path) -> None:
    text = (printed(project, "github-pages") / ".github/workflows/podcast.yml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    job = workflow["jobs"]["publish"]
    assert [step.get("uses", "run").partition("@")[0] for step in job["steps"]] == [
        "actions/checkout",
        "actions/setup-python",
        "actions/cache",
        "run",
        "run",
        "actions/upload-pages-artifact",
        "actions/deploy-pages",
    ]
    assert job["steps"][5]["with"]["path"] == "public/current/"
    assert job["environment"]["url"] == "${{ steps.deployment.outputs.page_url }}"


@pytest.mark.parametrize(
    ("feed_url", "below"),
    [
        ("https://x.example/radio/feed.xml", "radio/"),
        ("https://user.github.io/repo/radio/r%C3%A4dio/feed.xml", "radio/rädio/"),
        ("https://user.github.io/repo/feed.xml", ""),
    ],
)
def test_the_workflow_lays_the_site_where_the_feed_says_that_it_is(feed_url: str, below: str, tmp_path: Path) -> None:
    project = a_project(tmp_path / "harbour", feed_url=feed_url)
    build(project)
    text = (printed(project, "github-pages") / ".github/workflows/podcast.yml").read_text(encoding="utf-8")
    *_, lay, upload, _ = yaml.safe_load(text)["jobs"]["publish"]["steps"]
    if below:
        accepted("/bin/sh", "-ec", f"cd '{project}'; {lay['run']}")
    assert upload["with"]["path"] == ("_site/" if below else "public/current/")
    assert (project / upload["with"]["path"] / below / "feed.xml").is_file()


def test_nothing_is_installed_from_a_place_that_nobody_named(project: Path) -> None:
    text = (printed(project, "github-pages") / ".github/workflows/podcast.yml").read_text(encoding="utf-8")
    job = yaml.safe_load(text)["jobs"]["publish"]
    assert job["env"] == {"FEEDBUILDER": "${{ vars.FEEDBUILDER }}"}
    dockerfile = (printed(project, "docker") / "Dockerfile").read_text(encoding="utf-8")
    assert "\nARG FEEDBUILDER\n" in dockerfile
    (install,) = re.findall(r"pip (install --no-cache-dir .*)", dockerfile)
    for command in (job["steps"][3]["run"].removeprefix("pip "), install):
        for value, code in (("", 2), ("git+https://a.example/b", 0)):
            script = f'pip() {{ printf "%s " "$@"; }}; pip {command}'
            done = subprocess.run(
                ["/bin/bash", "-ec", script], env={"FEEDBUILDER": value}, capture_output=True, text=True, check=False
            )
            assert bool(done.returncode) == bool(code)
            assert done.stdout.strip().endswith(value)


@pytest.fixture
def bucket(tmp_path: Path) -> tuple[dict[str, str], Path]:
    """An ``aws`` that writes down how it is called, one argument a line, and the environment that has it."""
    log = tmp_path / "calls"
    program = tmp_path / "bin/aws"
    write(tmp_path, "bin/aws", f'#!/bin/sh\nprintf "%s\\n" "$@" "" >> {log}\n')
    program.chmod(0o755)
    return {"PATH": f"{program.parent}:{os.environ['PATH']}"}, log


def test_the_script_for_s3_gives_each_file_its_type(
    project: Path, bucket: tuple[dict[str, str], Path], tool: Tool
) -> None:
    env, log = bucket
    script = printed(project, "s3-website", "--moved-from", "/rss") / "publish-to-s3.sh"
    accepted(tool("shellcheck"), str(script))
    accepted("/bin/sh", str(script), "my-bucket", "setup", env=env)
    calls = [call.split("\n") for call in log.read_text(encoding="utf-8").strip().split("\n\n")]
    website, redirect, cors, *syncs = calls
    assert json.loads("".join(website[website.index("--website-configuration") + 1 :])) == {
        "IndexDocument": {"Suffix": "index.html"}
    }
    leads_to = "https://harbour.example.org/feed.xml"
    assert redirect[4:] == ["--key", "rss", "--website-redirect-location", leads_to]
    (allowed,) = json.loads("".join(cors[cors.index("--cors-configuration") + 1 :]))["CORSRules"]
    assert (allowed["AllowedOrigins"], allowed["AllowedMethods"]) == (["*"], ["GET", "HEAD"])
    types = {call[call.index("--content-type") + 1]: call for call in syncs}
    assert types["application/rss+xml; charset=utf-8"] == syncs[-1]  # what refers to all others comes last
    assert syncs[-1][4:8] == ["--exclude", "*", "--include", "feed.xml"]
    assert "public, max-age=31536000, immutable" in types["audio/mpeg"]
    assert [call[2:4] for call in syncs] == [[f"{project}/public/current/", "s3://my-bucket/"]] * len(syncs)


def test_on_s3_a_feed_of_another_name_has_its_type_and_one_that_moved_gives_way(
    tmp_path: Path, bucket: tuple[dict[str, str], Path], tool: Tool
) -> None:
    env, log = bucket
    project = a_project(
        tmp_path / "harbour",
        feed_url="https://harbour.example.org/a/main.xml",
        new_feed_url="https://new.example.org/feed.xml",
    )
    script = printed(project, "s3-website", "--moved-from", "/a/rss/") / "publish-to-s3.sh"
    accepted(tool("shellcheck"), str(script))
    accepted("/bin/sh", str(script), "my-bucket", "setup", env=env)
    calls = [call.split("\n") for call in log.read_text(encoding="utf-8").strip().split("\n\n")]
    assert [call[5] for call in calls if call[1] == "put-object"] == ["a/rss/index.html", "a/main.xml"]
    types = {call[call.index("--content-type") + 1]: call[4:-4] for call in calls if call[1] == "sync"}
    assert types["application/rss+xml; charset=utf-8"] == ["--exclude", "*", "--include", "feed.xml"]
    assert types["application/xml; charset=utf-8"][4:] == ["--exclude", "feed.xml", "--exclude", "main.xml"]
    write(project, "config/show.yaml", (project / "config/show.yaml").read_text().replace("new_feed_url", "# new"))
    assert (
        "\nput 'application/rss+xml; charset=utf-8' \"$short\" 'feed.xml' 'main.xml'\n"
        in run(project, "deploy", "s3-website").stdout
    )


# --- what is refused ---


@pytest.mark.parametrize(
    ("show", "options", "what"),
    [
        ({"feed_url": "https://harbour.example.org/a;b/feed.xml"}, [], "the path of feed_url is '/a;b/'"),
        (
            {
                "feed_url": "https://harbour.example.org/a';touch x;'.xml",
                "new_feed_url": "https://new.example.org/f.xml",
            },
            [],
            "the path of feed_url is",
        ),
        ({"public": "public; rm"}, [], "the folder public is"),
        ({}, ["--moved-from", "/rss { return 200; }"], "the old path of the feed is"),
        ({}, ["--moved-from", "rss"], "the old path of the feed is 'rss'"),
        ({}, ["--moved-from", "/feed.xml"], "/feed.xml is where the feed is now: it would lead to itself"),
        ({"feed_url": "https://harbour.example.org/a%20b/feed.xml"}, [], "the path of feed_url is '/a b/'"),
        ({}, ["--user", "root\nUser=x"], "the user is"),
        ({}, ["--listen", "here"], "--listen must be ADDRESS:PORT"),
        ({}, ["--certificate", "/c.pem"], "Use --certificate and --key together."),
    ],
)
def test_what_a_configuration_would_read_otherwise_is_refused(
    tmp_path: Path, show: dict[str, str], options: list[str], what: str
) -> None:
    refused = run(a_project(tmp_path / "harbour", **show), "deploy", "nginx", *options)
    assert refused.exit_code == 2
    assert what in refused.stderr


@pytest.mark.parametrize(("path", "redirect"), [("feed/", " and --moved-from /feed/"), ("", "")])
def test_an_address_that_no_file_can_have_is_refused_where_it_would_be_served(
    tmp_path: Path, path: str, redirect: str
) -> None:
    project = a_project(tmp_path / "harbour", feed_url=f"https://harbour.example.org/{path}")
    codes = {target: run(project, "deploy", target).exit_code for target in TARGETS}
    assert codes == dict.fromkeys(TARGETS, 2) | {"cron": 0}
    what = "write feed_url: https://harbour.example.org/feed.xml into config/show.yaml, then build, and deploy with the"
    assert f"{what} same options{redirect}\n" in run(project, "deploy", "nginx").stderr


def test_a_folder_with_a_blank_is_refused_where_it_would_be_printed(tmp_path: Path) -> None:
    project = a_project(tmp_path / "my harbour")
    codes = {target: run(project, "deploy", target).exit_code for target in TARGETS}
    assert codes == dict.fromkeys(TARGETS, 2) | {"docker": 0, "github-pages": 0}
    assert "the path of the project is" in run(project, "deploy", "cron").stderr


def test_a_title_stays_in_its_comment(tmp_path: Path, tool: Tool) -> None:
    title = r'"50 % {off} \\ $(reboot) `id` #1; }"'
    project = a_project(tmp_path / "harbour", title=title)
    for target in TARGETS:
        for file in json.loads(run(project, "deploy", target, "--json").stdout)["files"]:
            named = [line for line in file["text"].splitlines() if "reboot" in line]
            assert all(line.startswith(("#", "Description=")) for line in named)
            assert not any(sign in line for line in named for sign in '%${}\\`"')


def test_records_need_not_be_read(project: Path) -> None:
    write(project, "episodes/tide-1.md", record(1)[:40])
    shutil.rmtree(project / "config/people")
    assert run(project, "deploy", "nginx").exit_code == 0
