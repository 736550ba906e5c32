"""Show notes: strangers' Markdown and HTML become a short list of plain blocks, and those become safe HTML or text.

The blocks know only what a feed may carry (T-14): paragraphs, headings, nested lists, links, bold and italic text,
line breaks. What they cannot say cannot come out, and HTML that is rendered from them is always balanced.
"""

from __future__ import annotations

from feedbuilder.errors import Mark, Problem
from feedbuilder.markup.blocks import Block, List, Run, fit_blocks, render_blocks, render_plain
from feedbuilder.markup.markdown import parse_markdown
from feedbuilder.markup.safe_html import MAX_HTML, MOST_TAGS, Parsed, limit_html, parse_html
from feedbuilder.markup.to_markdown import render_markdown

__all__ = [
    "MAX_HTML",
    "MOST_TAGS",
    "Block",
    "List",
    "Parsed",
    "Run",
    "fit_blocks",
    "html_to_text",
    "limit_html",
    "markdown_to_html",
    "parse_html",
    "parse_markdown",
    "render_blocks",
    "render_markdown",
    "render_plain",
]


def markdown_to_html(text: str, base_url: str, mark: Mark) -> tuple[str, list[Problem]]:
    """Safe HTML of an author's Markdown, and what could not be kept (T-13, T-14)."""
    blocks, problems = parse_markdown(text, base_url, mark)
    return render_blocks(blocks), problems


def html_to_text(unsafe: str, *, with_links: bool = False) -> str:
    """The words of any HTML as plain text; ``with_links`` writes addresses after the words they are behind."""
    return render_plain(parse_html(unsafe).blocks, with_links=with_links)
