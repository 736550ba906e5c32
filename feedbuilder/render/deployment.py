"""Configurations for what serves, builds or hosts a site, complete and for one project. Printed, never installed.

They say the same as the program's own server: the facts are those of ``delivery``. What is put into them (a path, an
address) is refused where the language of a configuration would read it as something else.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined

from feedbuilder.authors.show import Show
from feedbuilder.vocabulary import delivery
from feedbuilder.vocabulary.media_types import MEDIA_ENDINGS

# By target: template, and the file it becomes.
TARGETS: Mapping[str, Sequence[tuple[str, str]]] = {
    "nginx": [("nginx.conf", "{name}.conf")],
    "caddy": [("Caddyfile", "Caddyfile")],
    "systemd": [
        ("service.ini", "{name}-build.service"),
        ("timer.ini", "{name}-build.timer"),
        ("serve.ini", "{name}-serve.service"),
    ],
    "cron": [("crontab", "{name}")],
    "docker": [("Dockerfile", "Dockerfile"), ("dockerignore", ".dockerignore")],
    "github-pages": [("pages.yml", ".github/workflows/podcast.yml")],
    "s3-website": [("s3-website.sh", "publish-to-s3.sh")],
}

# Texts of a site by the ending of their names. Media and art: ``MEDIA_ENDINGS``; feeds and chapters by their names.
_TEXT_ENDINGS = {
    "text/html": ["html"],
    "text/css": ["css"],
    "text/javascript": ["js"],
    "text/plain": ["txt"],
    "text/vtt": ["vtt"],
    "application/x-subrip": ["srt"],
    "application/json": ["json"],
    "application/xml": ["xml"],
    "text/x-opml": ["opml"],
    "image/svg+xml": ["svg"],
}
_SAFE_PATH = re.compile(r"/[\w./~@:+,=-]*")
_SAFE_URL = re.compile(r"https://([\w./~@:+,=?&-]|%[0-9A-Fa-f]{2})+", re.ASCII)
_SAFE_WORD = re.compile(r"[\w.@:\[\]-]+", re.ASCII)
_NAMES_ROOT = frozenset({"nginx", "caddy", "systemd", "cron", "s3-website"})  # the others run where that is not known
_NAMES_PROGRAM = frozenset({"systemd", "cron"})
_LONGEST_HASHED_NAME = 40  # a longer server_name does not fit into the table that nginx makes unless told otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A project and where it is to run. ``root`` and ``program`` are absolute paths on that machine.

    ``listen``: address and port; without a certificate, that is plain HTTP behind something with TLS. ``moved_from``:
    paths of this host where the feed was before. ``command`` made this, for the reader.
    """

    show: Show
    root: str
    program: str
    command: str
    user: str = "www-data"
    mail: str = "root"
    listen: str = ""
    certificate: str = ""
    key: str = ""
    moved_from: Sequence[str] = field(default=())


class Printed(NamedTuple):
    """One file of a configuration: where it is put, below the folder that is meant, and its text."""

    path: str
    text: str


def render_deployment(target: str, deployment: Deployment) -> list[Printed]:
    """The files of the configuration for one of ``TARGETS``.

    Raises:
        ValueError: a path or an address has characters that the configuration would not take as such.
    """
    values = _values(target, deployment)
    return [
        Printed(path.format(name=values["name"]), _environment().get_template(template).render(values))
        for template, path in TARGETS[target]
    ]


def _values(target: str, deployment: Deployment) -> dict[str, object]:
    show = deployment.show
    address = urlsplit(show.base_url)
    host = _checked(_SAFE_WORD, address.hostname or "", "the host of feed_url")
    base = _decoded(address.path, "the path of feed_url")
    root = deployment.root.rstrip("/")
    if target in _NAMES_ROOT:
        _checked(_SAFE_PATH, root, "the path of the project")
    if target in _NAMES_PROGRAM:
        _checked(_SAFE_PATH, deployment.program, "the path of the program")
    public_path = _checked(_SAFE_PATH, "/" + show.public, "the folder public")[1:]
    listen_host, _, listen_port = deployment.listen.rpartition(":")
    redirects = _redirects(deployment)
    if target != "cron" and not show.new_feed_url:
        _check_feed_url(show.feed_url)
    tls = not deployment.listen or bool(deployment.certificate)
    listen = deployment.listen or str(address.port or 443)
    return {
        "title": _plain(show.title),
        "command": _plain(deployment.command),
        "host": host,
        "netloc": host if address.port in {None, 443} else f"{host}:{address.port}",
        "server_name": host if len(host) <= _LONGEST_HASHED_NAME else f"~^{re.escape(host)}$",
        "base": base,
        "base_url_path": quote(base, safe="/~@:+,="),
        "below": _below(host, base),
        "feed_names": list(dict.fromkeys([delivery.FEED, delivery.feed_name_of(show.feed_url) or delivery.FEED])),
        "name": host.replace(".", "-"),
        "var": "fb_" + hashlib.sha256(host.encode()).hexdigest()[:8],  # short, and another one for each site
        "root": root,
        "public": f"{root}/{public_path}",
        "public_path": public_path,
        "private": f"{root}/.feedbuilder",
        "program": deployment.program,
        "user": _checked(_SAFE_WORD, deployment.user, "the user"),
        "mail": _checked(_SAFE_WORD, deployment.mail, "the mail address"),
        "tls": tls,
        "listen": _checked(_SAFE_WORD, listen, "the address to listen on"),
        "is_public": not deployment.listen or listen == "443",
        "bind": listen_host,
        "listen_host": listen_host or "127.0.0.1",
        "listen_port": listen_port or "8000",
        "site_address": _site_address(host, deployment.listen or f":{address.port or 443}", tls=tls),
        "certificate": _file(deployment.certificate, f"/etc/letsencrypt/live/{host}/fullchain.pem"),
        "key": _file(deployment.key, f"/etc/letsencrypt/live/{host}/privkey.pem"),
        "own_certificate": bool(deployment.certificate),
        "redirects": redirects,
        "moved_names": [old.removeprefix(base) for old, _ in redirects if old.startswith(base)],
        **_facts_of_delivery(base),
    }


def _checked(pattern: re.Pattern[str], text: str, what: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(f"{what} is {text!r}, which has characters that a configuration cannot hold as they are")
    return text


def _decoded(path: str, what: str) -> str:
    """The path of an address as a server has it that looks for it: without percent-encoding."""
    return _checked(_SAFE_PATH, unquote(path), what)


def _below(host: str, base: str) -> str:
    """The folder of the site in what GitHub Pages publishes: a repository without a host of its own is one already."""
    parts = base.strip("/").split("/")
    return "/".join(parts[1:] if host.endswith(".github.io") else parts)


def _file(path: str, default: str) -> str:
    return _checked(_SAFE_PATH, path or default, "the path of a certificate or key")


def _plain(text: str) -> str:
    """The text as a comment or a description may hold it, on one line, in any of the languages."""
    return re.sub(r"[^\w .,:;!?()&/'@+=-]|^\s+|\s+$", "", text)


def _site_address(host: str, listen: str, *, tls: bool) -> str:
    """How Caddy names a site: it gets a certificate by itself for a plain host name."""
    port = listen.rpartition(":")[2]
    if not tls:
        return f"http://:{port}"
    return host if port == "443" else f"https://{host}:{port}"


def _check_feed_url(feed_url: str) -> None:
    if mended := delivery.possible_feed_url(feed_url):
        path = urlsplit(feed_url).path
        redirect = f" and --moved-from {path}" if path.strip("/") else ""
        raise ValueError(
            f"no file can be at feed_url, {feed_url!r}: apps would get the home page there, or nothing; "
            f"write feed_url: {mended} into config/show.yaml, then build, and deploy with the same options{redirect}"
        )


def _redirects(deployment: Deployment) -> list[tuple[str, str]]:
    """Old path and new address of a feed that moved: within this host, and away from it (APL-18, HTTP-5)."""
    show = deployment.show
    now = show.new_feed_url or show.feed_url
    paths = [_decoded(path, "the old path of the feed") for path in deployment.moved_from]
    if now != show.feed_url:
        paths.append(_decoded(urlsplit(show.feed_url).path, "the path of feed_url"))
    here, there = urlsplit(show.feed_url), urlsplit(now)
    if here.netloc == there.netloc and (path := unquote(there.path)) in paths:
        raise ValueError(f"{path} is where the feed is now: it would lead to itself")
    return [(path, _checked(_SAFE_URL, now, "the address of the feed")) for path in dict.fromkeys(paths)]


def _facts_of_delivery(base: str) -> dict[str, object]:
    media = {kind: [ending] for kind, ending in MEDIA_ENDINGS.items()}
    media["image/jpeg"] = ["jpg", "jpeg"]
    types = {**_TEXT_ENDINGS, **media}
    named = {"application/rss+xml", "application/feed+json", "application/json+chapters"}
    compressible = sorted({*_TEXT_ENDINGS, *named})
    return {
        "short": delivery.SHORT,
        "immutable": delivery.IMMUTABLE,
        "methods": delivery.ALLOWED_METHODS,
        "allowed_headers": delivery.ALLOWED_HEADERS,
        "exposed_headers": delivery.EXPOSED_HEADERS,
        "exposed_json": json.dumps(delivery.EXPOSED_HEADERS.split(", ")),
        "page_policy": delivery.PAGE_POLICY,
        "embed_policy": delivery.EMBED_POLICY,
        "referrer_policy": delivery.REFERRER_POLICY,
        "types": [(kind, types[kind]) for kind in sorted(types)],
        "named_types": [(re.sub(r"\W", "_", kind), delivery.content_type_of(kind), types[kind]) for kind in types],
        "text_types": [(delivery.content_type_of(kind), _TEXT_ENDINGS[kind]) for kind in _TEXT_ENDINGS],
        "media_types": [(kind, media[kind]) for kind in media],
        "compressible": compressible,
        "charset_types": [kind for kind in delivery.CHARSET_TYPES if kind != "text/html"],
        "base_pattern": re.escape(base),
    }


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("feedbuilder.render", "deployment"),
        autoescape=False,  # noqa: S701 - no HTML; what comes from outside is checked above
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
