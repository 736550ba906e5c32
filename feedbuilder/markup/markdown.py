"""Markdown as the authors of show notes write it, read into blocks; and what they will miss in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.markup.blocks import Block
from feedbuilder.markup.safe_html import KNOWN_TAGS, MAX_TEXT, SCHEMES, Parsed, parse_html
from feedbuilder.text.characters import clean_text, counted

_MAX_NESTING = 20  # lists ten deep; the time that brackets take grows with it
_LIQUID = re.compile(
    r"\{%-?\s*comment\s*-?%\}.{0,5000}?\{%-?\s*endcomment\s*-?%\}|\{%.{0,1000}?%\}|\{\{.{0,1000}?\}\}", re.DOTALL
)
_ATTRIBUTE_LIST = re.compile(r"\{:[^{}\n]{0,500}\}")
_RAW_TAG = re.compile(r"<([A-Za-z][^\s/>]{0,100})")
_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]{0,30}):")


def parse_markdown(text: str, base_url: str, mark: Mark) -> tuple[tuple[Block, ...], list[Problem]]:
    """The blocks of Markdown with HTML in it, and what could not be kept. Empty for a text without words.

    Links are resolved against ``base_url``; those that cannot be are plain text.
    """
    problems = []
    text = clean_text(text)
    if len(text) > MAX_TEXT:
        problems.append(Problem("NOTE-3", mark, f"the notes have {len(text):,} characters, more than {MAX_TEXT:,}"))
        text = text[:MAX_TEXT]
    if template_code := _LIQUID.findall(text):
        what = f"the notes contain template code such as {quoted(template_code[0])}"
        problems.append(Problem("NOTE-1", mark, what + _times(len(template_code))))
        text = _LIQUID.sub("", text)
    unsafe, found = _unsafe_html(text, mark)
    parsed = parse_html(unsafe, base_url)
    return parsed.blocks, problems + found + _find_losses(parsed, mark)


def _unsafe_html(text: str, mark: Mark) -> tuple[str, list[Problem]]:
    """HTML in which everything may still stand, and what the sanitiser will take out of it."""
    parser = _parser()
    environment: dict[str, Any] = {}
    tokens = parser.parse(text, environment)
    for token in tokens:
        token.children = token.children and _without_struck(token.children)
    problems = _find_raw_tags(tokens, mark) + _find_schemes(tokens, mark)
    return parser.renderer.render(tokens, parser.options, environment), problems


@cache
def _parser() -> MarkdownIt:
    """CommonMark with tables and ``~~struck~~`` text, and without blocks of code by indentation.

    Whoever indents show notes means a list, or pasted HTML. Addresses of any scheme pass here and are refused behind
    it, so that ``[text](javascript:…)`` leaves its text and not its source.
    """
    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": _MAX_NESTING})
    parser.enable(["table", "strikethrough"]).disable("code")
    parser.inline.ruler.push("attribute_list", _swallow_attribute_list)
    parser.validateLink = lambda url: True  # type: ignore[method-assign] # noqa: ARG005
    return parser


def _swallow_attribute_list(state: StateInline, silent: bool) -> bool:  # noqa: ARG001 - the shape of an inline rule
    """Kramdown's ``{:target="_blank"}`` and ``{: .class}``, wherever it stands."""
    found = _ATTRIBUTE_LIST.match(state.src, state.pos)
    if found:
        state.pos = found.end()
    return found is not None


def _without_struck(children: Sequence[Token]) -> list[Token]:
    """The tokens outside ``~~…~~``: a feed has no tag for words that no longer hold."""
    kept, depth = [], 0
    for token in children:
        depth += token.type == "s_open"
        if not depth:
            kept.append(token)
        depth -= token.type == "s_close"
    return kept


# --- what the author will miss ------------------------------------------------------------------------------------


def _all_tokens(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


def _find_raw_tags(tokens: Sequence[Token], mark: Mark) -> list[Problem]:
    """T-14, RSS-21: the kinds of tags that cannot go into a feed."""
    raw = "".join(token.content for token in _all_tokens(tokens) if token.type.startswith("html_"))
    names = sorted({name.lower() for name in _RAW_TAG.findall(raw)} - KNOWN_TAGS)
    return (
        [Problem("T-14", mark, f"the notes contain {quoted(' '.join(f'<{name}>' for name in names))}")] if names else []
    )


def _find_schemes(tokens: Sequence[Token], mark: Mark) -> list[Problem]:
    addresses = [str(token.attrs["href"]) for token in _all_tokens(tokens) if token.type == "link_open"]
    refused = [url for url in addresses if (scheme := _SCHEME.match(url)) and scheme[1].lower() not in SCHEMES]
    if not refused:
        return []
    what = f"the link to {quoted(refused[0])} is not http, https or mailto"
    return [Problem("NOTE-2", mark, what + _times(len(refused)))]


def _find_losses(parsed: Parsed, mark: Mark) -> list[Problem]:
    problems = []
    if parsed.relative:
        what = f"the link to {quoted(parsed.relative[0])} is not absolute"
        problems.append(Problem("T-13", mark, what + _times(len(parsed.relative))))
    if parsed.inside:
        what = f"the link to {quoted(parsed.inside[0])} leads to a place in the notes"
        problems.append(Problem("NOTE-4", mark, what + _times(len(parsed.inside))))
    if parsed.pictures:
        what = f"the notes contain {counted(parsed.pictures, 'picture')}"
        problems.append(Problem("NOTE-5", mark, what))
    return problems


def _times(count: int) -> str:
    return f" ({count} times)" if count > 1 else ""
