"""The templates of pages: ours, and in their place those of the project. Everything but the notes is escaped by them.

A template of the project may come from a stranger's pull request: it runs in a sandbox, and its faults are findings.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from jinja2 import (
    ChoiceLoader,
    Environment,
    FunctionLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from feedbuilder.errors import Mark, Problem, Stopped
from feedbuilder.model import Channel, SourceFile
from feedbuilder.render.pages.addresses import (
    ICON_PATH,
    MOVED_SCRIPT_PATH,
    OPML_PATH,
    PLAYER_PATH,
    SEARCH_FOLDER,
    SEARCH_SCRIPT_PATH,
    STYLE_PATH,
    Here,
)
from feedbuilder.text.characters import clean_text
from feedbuilder.text.timecode import format_clock
from feedbuilder.vocabulary.delivery import META_POLICY, VIDEO_ORIGIN, base_url_of
from feedbuilder.vocabulary.labels import labels_in

_RIGHT_TO_LEFT = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ji", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"}
)
_RIGHT_TO_LEFT_SCRIPTS = frozenset({"adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"})
_PATHS = MappingProxyType(
    {
        "style": STYLE_PATH,
        "player": PLAYER_PATH,
        "search": SEARCH_FOLDER,
        "search_script": SEARCH_SCRIPT_PATH,
        "moved_script": MOVED_SCRIPT_PATH,
        "icon": ICON_PATH,
        "opml": OPML_PATH,
    }
)


@dataclass(frozen=True, slots=True)
class Site:
    """What all pages of a site share. ``templates`` are those of the project, below ``template_folder``.

    ``labels`` are words of the show's own, by the English text of each.
    """

    channel: Channel
    template_folder: str = ""
    templates: tuple[SourceFile, ...] = field(default=(), hash=False)
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def base_url(self) -> str:
        """The public address of the home page."""
        return base_url_of(self.channel.feed_url)


def render_template(name: str, site: Site, home: str, **values: object) -> bytes:
    """The page that a template makes of these values.

    Raises:
        Stopped: a template of the project is at fault.
    """
    channel = site.channel
    labels = {**labels_in(channel.language), **site.labels}

    def word(label: str, n: object = "") -> str:
        return labels.get(label, label).replace("{n}", str(n)) if n != "" else labels.get(label, label)

    shown = {
        "channel": channel,
        "language": channel.language,
        "direction": direction_of(channel.language),
        "labels": labels,
        "word": word,
        "here": Here(site.base_url, home),
        **values,
    }
    folder = site.template_folder
    own = tuple((file.path.removeprefix(f"{folder}/"), file.data) for file in site.templates)
    try:
        return clean_text(_environment(own).get_template(name).render(shown)).encode()
    except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        if not own:  # then it is our fault
            raise
        raise Stopped(_finding(error, name, folder, frozenset(path for path, _ in own))) from error


def source_of(name: str) -> str:
    """The text of a file of ours beside the templates."""
    environment = _environment(())
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def direction_of(language: str) -> str:
    """``rtl`` or ``ltr``, of a language tag.

    >>> direction_of("fa"), direction_of("pt-br"), direction_of("az-Arab"), direction_of("ur-Latn")
    ('rtl', 'ltr', 'rtl', 'ltr')
    """
    primary, *rest = language.lower().replace("_", "-").split("-")
    scripts = [part for part in rest if len(part) == 4 and part.isalpha()]
    if scripts:
        return "rtl" if scripts[0] in _RIGHT_TO_LEFT_SCRIPTS else "ltr"
    return "rtl" if primary in _RIGHT_TO_LEFT else "ltr"


@cache
def _environment(own: tuple[tuple[str, bytes], ...]) -> Environment:
    ours = PackageLoader("feedbuilder.render")
    theirs: Mapping[str, str] = {path: data.decode(errors="replace") for path, data in own}

    def named(path: str) -> tuple[str, str, None] | None:
        """The text, and the name that a fault in it is reported under."""
        return (theirs[path], path, None) if path in theirs else None

    kind = ImmutableSandboxedEnvironment if own else Environment  # ours need no sandbox
    environment = kind(
        # under ours/ a template of the project finds the one that it replaces
        loader=ChoiceLoader([FunctionLoader(named), ours, PrefixLoader({"ours": ours})]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["clock"] = format_clock
    environment.tests["web_address"] = _is_web_address
    environment.globals.update(paths=_PATHS, policy=META_POLICY, video_origin=VIDEO_ORIGIN)
    return environment


def _is_web_address(url: str) -> bool:
    """Only these become links: a people file may hold anything."""
    return url.startswith(("https://", "http://"))


def _finding(error: Exception, name: str, folder: str, own: frozenset[str]) -> Problem:
    """The fault, at the innermost line of a template of the project."""
    if isinstance(error, TemplateSyntaxError):
        place = (error.name or name, error.lineno)
    else:  # Jinja gives its frames the names and lines of the templates
        frames = traceback.extract_tb(error.__traceback__)
        places = [(frame.filename, frame.lineno or 0) for frame in frames if frame.filename in own]
        place = places[-1] if places else (name, 0)
    return Problem("CFG-5", Mark(f"{folder}/{place[0]}", place[1]), f"the template fails: {error}")
