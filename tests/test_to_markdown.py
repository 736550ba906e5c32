from __future__ import annotations

import pytest
from growth import growth
from hypothesis import example, given
from hypothesis import strategies as st

from feedbuilder.errors import Mark
from feedbuilder.markup import parse_html, parse_markdown, render_blocks, render_markdown


def written(html: str) -> str:
    return render_markdown(parse_html(html).blocks)


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>One<br>two</p><p>three</p>", "One  \ntwo\n\nthree"),
        ("<h2>Links</h2><p>x</p>", "## Links\n\nx"),
        ("<p>Read <a href='https://a.example/x'>this</a> <b>now </b><i>or</i></p>",
         "Read [this](https://a.example/x) **now** *or*"),
        ("<p>https://a.example/x_y</p>", "<https://a.example/x_y>"),
        ("<a href='https://a.example/(x)'>a</a>", "[a](<https://a.example/(x)>)"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"),
        ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"),
        ("<p># 1. no *list* [here] &lt;b&gt; snake_case 2 &amp;lt; 3 `x`</p>",
         "\\# 1. no \\*list\\* \\[here\\] \\<b> snake_case 2 \\&lt; 3 \\`x\\`"),
        ("<p>1. no</p><p>- no</p><p>+ no</p><p>2) no</p>", "1\\. no\n\n\\- no\n\n\\+ no\n\n2\\) no"),
        ("<p>{{ x }} {% y %} {:z}</p>", "&#123;{ x }} &#123;% y %} &#123;:z}"),
        ("", ""),
    ],
)  # fmt: skip
def test_html_becomes_the_markdown_that_an_author_would_write(html: str, markdown: str) -> None:
    assert written(html) == markdown


TEXT = st.text(st.sampled_from('ab *_[]()<>&`~\\#-+.1:|={}%\n!"é潮'), max_size=20)
TAGS = st.sampled_from(["p", "b", "i", "li", "ul", "ol", "h2", "br", "a href='https://x.example/a_b(c)'", "blockquote"])
HTML = st.lists(TEXT | TAGS.map("<{}>".format) | TAGS.map(lambda tag: f"</{tag[:2].strip()}>"), max_size=12)


@given(HTML.map("".join))
@example("<ul></ul><ul>1")
def test_what_is_written_is_read_back_as_the_same_blocks(html: str) -> None:
    blocks = parse_html(html).blocks
    back = parse_markdown(render_markdown(blocks), "", Mark(""))[0]
    assert [" ".join(block.text.split()) for block in back] == [" ".join(block.text.split()) for block in blocks]
    assert [(block.lists, block.item) for block in back] == [(block.lists, block.item) for block in blocks]
    assert written(render_blocks(back)) == written(html)


@pytest.mark.parametrize("inner", ["a{}b", "<b>a{}b</b>"])
def test_work_grows_with_wide_spaces(inner: str) -> None:
    def of(spaces: str) -> str:
        return written(f"<p>{inner.format(spaces)}</p>")

    assert growth(of, "\u2003" * 20_000) < 10
