from __future__ import annotations

import re

import nh3
import pytest
from growth import growth
from hypothesis import given, settings
from hypothesis import strategies as st

from feedbuilder.errors import Mark
from feedbuilder.markup import (
    Block,
    List,
    Run,
    fit_blocks,
    html_to_text,
    markdown_to_html,
    parse_html,
    parse_markdown,
    render_blocks,
    render_plain,
)
from feedbuilder.rules.findings import format_problem

MARK = Mark("episodes/001.md", 9)
BASE = "https://harbour.example/show/"
ALLOWED = {"p", "br", "a", "ul", "ol", "li", "strong", "em", "h2"}


def html_of(text: str, base_url: str = BASE) -> str:
    return markdown_to_html(text, base_url, MARK)[0]


def findings(text: str, base_url: str = BASE) -> list[str]:
    return [format_problem(problem) for problem in markdown_to_html(text, base_url, MARK)[1]]


def is_plain_html(text: str) -> bool:
    """Whether an HTML 5 parser that lets through only what a feed may carry gives back the very same text."""
    again = nh3.clean(
        text, tags=ALLOWED, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"}, link_rel=None
    )
    return again.replace("&nbsp;", "\xa0") == text


# --- Markdown as authors write it ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One\nline and **two** _words_", "<p>One line and <strong>two</strong> <em>words</em></p>"),
        ("***both***", "<p><strong><em>both</em></strong></p>"),
        ("hard  \nbreak\\\nagain", "<p>hard<br>break<br>again</p>"),
        ("One.\n\nTwo.", "<p>One.</p><p>Two.</p>"),
        ("* a\n* b", "<ul><li>a</li><li>b</li></ul>"),
        ("* a\n\n* b", "<ul><li>a</li><li>b</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("* a\n\n- b", "<ul><li>a</li></ul><ul><li>b</li></ul>"),
        ("* a\n  * b\n    1. c\n* d", "<ul><li>a<ul><li>b<ol><li>c</li></ol></li></ul></li><li>d</li></ul>"),
        ("* a\n\n  more\n* b", "<ul><li>a<p>more</p></li><li>b</li></ul>"),
        ("* - a", "<ul><li><ul><li>a</li></ul></li></ul>"),
        ("# One\n## Two\n### Three", "<h2>One</h2><h2>Two</h2><p><strong>Three</strong></p>"),
        ("* # a", "<ul><li>a</li></ul>"),
        ("> said\n>\n> so", "<p>said</p><p>so</p>"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "<ul><li><strong>a</strong> – <strong>b</strong></li><li>1 – 2</li></ul>"),
        ("```\nif x:\n  y\n\nz\n```", "<p>if x:<br>  y</p><p>z</p>"),
        ("Mon ~~at 5~~ at 6", "<p>Mon at 6</p>"),
        ("above\n\n---\n\nbelow", "<p>above</p><p>below</p>"),
        ("    indented text", "<p>indented text</p>"),
        ("a \\* b & c < d", "<p>a * b &amp; c &lt; d</p>"),
        ("Q&amp;A &lt;b&gt; &nbsp;x", "<p>Q&amp;A &lt;b&gt; \xa0x</p>"),
        ("&amp;amp;", "<p>&amp;amp;</p>"),
        ("", ""),
        (" \n\n ", ""),
        ("<p>&nbsp;</p><p></p>", ""),
    ],
)
def test_markdown_becomes_the_few_tags_of_a_feed(text: str, expected: str) -> None:
    assert html_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a](https://x.example/)", '<p><a href="https://x.example/">a</a></p>'),
        ('[a](https://x.example/ "title"){:target="_blank"}', '<p><a href="https://x.example/">a</a></p>'),
        ('<https://x.example/a>{:target="_blank"} b', '<p><a href="https://x.example/a">https://x.example/a</a> b</p>'),
        ("[**a** b](https://x.example/)", '<p><a href="https://x.example/"><strong>a</strong> b</a></p>'),
        ("[a][1]\n\n[1]: https://x.example/", '<p><a href="https://x.example/">a</a></p>'),
        ("<me@x.example>", '<p><a href="mailto:me@x.example">me@x.example</a></p>'),
        ("[![](b.png)](https://x.example/a)", '<p><a href="https://x.example/a">https://x.example/a</a></p>'),
        ("[](https://x.example/a)b", "<p>b</p>"),
        ("see https://x.example/a.", '<p>see <a href="https://x.example/a">https://x.example/a</a>.</p>'),
        ("(http://x.example/a)", '<p>(<a href="http://x.example/a">http://x.example/a</a>)</p>'),
        ("(https://x.example/a_(b)).", '<p>(<a href="https://x.example/a_(b)">https://x.example/a_(b)</a>).</p>'),
        ("https://x.example/a_(b)", '<p><a href="https://x.example/a_(b)">https://x.example/a_(b)</a></p>'),
        ("見てhttps://x.example/aです", '<p>見て<a href="https://x.example/a">https://x.example/a</a>です</p>'),
        ("`https://x.example/`", "<p>https://x.example/</p>"),
        ("https://?a and http://", "<p>https://?a and http://</p>"),
        ('<a href="https://x.example/ü?a=b&amp;c=%20">a</a>', '<p><a href="https://x.example/%C3%BC?a=b&amp;c=%20">a</a></p>'),
        ("<a name='here'>a</a>", "<p>a</p>"),
        ('<a href="https://x.example/"><p>a</p></a>', '<p><a href="https://x.example/">a</a></p>'),
    ],
)  # fmt: skip
def test_links_are_kept(text: str, expected: str) -> None:
    assert html_of(text) == expected


@pytest.mark.parametrize(
    ("href", "absolute"),
    [
        ("/people/ada.html", "https://harbour.example/people/ada.html"),
        ("../x", "https://harbour.example/x"),
        ("y?z#w", "https://harbour.example/show/y?z#w"),
        ("//other.example/x", "https://other.example/x"),
    ],
)
def test_relative_links_are_made_absolute(href: str, absolute: str) -> None:
    assert html_of(f"[a]({href})") == f'<p><a href="{absolute}">a</a></p>'
    assert findings(f"[a]({href})") == []


def test_relative_links_without_a_base_are_text_and_said() -> None:
    assert markdown_to_html("[a](/x) [b](y) [c](//z.example/)", "", MARK)[0] == (
        '<p>a b <a href="https://z.example/">c</a></p>'
    )
    assert findings("[a](/x) [b](y) [c](//z.example/)", "") == [
        (
            "episodes/001.md:9: warning T-13: the link to '/x' is not absolute (2 times); only its text is "
            "kept. Use a URL that begins with https://, or set `site_url`."
        )
    ]


def test_a_link_that_no_url_parser_reads_is_text() -> None:
    assert html_of("[a](http://[x)") == "<p>a</p>"
    assert html_of("https://[x/ a") == "<p>https://[x/ a</p>"


def test_links_into_the_page_are_text_and_said() -> None:
    assert html_of("[a](#part-1)") == "<p>a</p>"
    assert findings("[a](#part-1)") == [
        (
            "episodes/001.md:9: warning NOTE-4: the link to '#part-1' leads to a place in the notes; only its "
            "text is kept. Link to a page, or remove the link."
        )
    ]


def test_pictures_become_links_and_are_said() -> None:
    assert html_of("![A pier](pier.jpg) ![](pixel.gif) [![Here](b.png)](https://x.example/)") == (
        '<p><a href="https://harbour.example/show/pier.jpg">A pier</a> <a href="https://x.example/">Here</a></p>'
    )
    assert findings("![A pier](pier.jpg) ![](pixel.gif)") == [
        (
            "episodes/001.md:9: warning NOTE-5: the notes contain 2 pictures; a picture with a description is "
            "linked, others are removed. Add descriptions, or remove the pictures."
        )
    ]
    assert findings("![A pier](pier.jpg)")[0].startswith(
        "episodes/001.md:9: warning NOTE-5: the notes contain 1 picture;"
    )


def test_attribute_lists_are_swallowed_but_not_in_code() -> None:
    assert html_of("Text\n{: .big}\n\n* a\n{: #x}\n\n{:toc}\n\n`{: .y}` {:not closed") == (
        "<p>Text</p><ul><li>a</li></ul><p>{: .y} {:not closed</p>"
    )


def test_template_code_is_left_out_and_said() -> None:
    text = "a {% include x.html y='\n' %}b {{ page.title }}{{< player 7 >}}c {% comment %}secret{% endcomment %}d"
    assert html_of(text) == "<p>a b c d</p>"
    assert findings(text) == [
        (
            'episodes/001.md:9: warning NOTE-1: the notes contain template code such as "{% include x.html '
            "y='\\n' %}\" (4 times); removed. Replace it with text."
        )
    ]
    assert html_of("[a]({{ site.url }}/x)") == '<p><a href="https://harbour.example/x">a</a></p>'


# --- HTML among it ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. <br><br> Two<br/>three <br>", "<p>One.</p><p>Two<br>three</p>"),
        ("<div>a<p>b</p>c</div>", "<p>a</p><p>b</p><p>c</p>"),
        ("<b>a <i>b</b> c</i>", "<p><strong>a <em>b</em></strong><em> c</em></p>"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<dl><dt>a<dd>b</dl>", "<p><strong>a</strong></p><p>b</p>"),
        ("<h3>a</h3><h1>b</h1>", "<p><strong>a</strong></p><h2>b</h2>"),
        ("<table><caption>t</caption><tr><td>a<td>b</table>", "<ul><li>t</li><li>a – b</li></ul>"),
        ("<pre>a\r\n b</pre>", "<p>a<br> b</p>"),
        ("a<!-- more -->b", "<p>ab</p>"),
        ("<span style='color:red' class=x onclick=y>a</span>", "<p>a</p>"),
        ("<unknown>a", "<p>a</p>"),
        ("<ul>a<ul>b</ul><p>c</ul>", "<ul><li>a<ul><li>b</li></ul><p>c</p></li></ul>"),
        ("<li>a", "<p>a</p>"),
        ("a</ul></p></b>b", "<p>a</p><p>b</p>"),
    ],
)
def test_html_in_markdown_is_read_as_html(text: str, expected: str) -> None:
    assert html_of(text) == expected


def test_tags_that_cannot_be_carried_are_named_once() -> None:
    text = "<iframe src='https://x.example/'></iframe><form><input></form><iframe></iframe> <Player :id='1' />"
    assert findings(text) == [
        "episodes/001.md:9: warning T-14: the notes contain '<iframe> <input> <player>'; removed. Remove these tags."
    ]


HOSTILE = [
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x](file:///etc/passwd)",
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    "<script>alert(1)</script>",
    "<script>alert(1)",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src=javascript:alert(1) alt=x>",
    "<svg onload=alert(1)><a href=javascript:alert(1)>x</a></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='javascript&colon;alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    '<a href="https://x.example/&quot; onclick=alert(1)">x</a>',
    "<a href=https://x.example/ style=x target=_blank rel=opener onclick=y>x</a>",
    "<a href=//x.example>x</a>",
    "<a href='https:javascript:alert(1)'>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=x><embed src=y></object>",
    "<form action=https://x.example><button>x</button></form>",
    "<base href=https://evil.example><meta http-equiv=refresh content=0>",
    "<style>*{display:none}</style><link rel=stylesheet href=x>",
    "<p style='position:fixed' id=x class=y>a</p>",
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "<plaintext>a",
    "<template><script>x</script></template>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "`<script>alert(1)</script>`",
    "<b <script>alert(1)</script>",
    "<a href='https://x.example/'><a href='https://y.example/'>x</a></a>",
    "]]> --> <\x00script>",
    "a\ud800b\ufffe",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_out_as_plain_html(text: str) -> None:
    out = html_of(text)
    assert is_plain_html(out), out
    assert all(address.startswith("https://") for address in re.findall('href="([^"]*)"', out))
    assert "<script" not in out
    out.encode()


def test_refused_addresses_are_said() -> None:
    assert html_of("[x](tel:+4930) [y](ftp://z.example) z") == "<p>x y z</p>"
    assert findings("[x](tel:+4930) [y](ftp://z.example)") == [
        (
            "episodes/001.md:9: warning NOTE-2: the link to 'tel:+4930' is not http, https or mailto (2 times); "
            "only its text is kept. Use an http, https or mailto address."
        )
    ]


SYNTAX = (
    *(
        "* ",
        "\n",
        "\n\n",
        "  ",
        "- a",
        "1. b",
        "> ",
        "# ",
        "**",
        "_",
        "~~",
        "`",
        "```\n",
        "|",
        "|-|-|\n",
        "<br>",
        "<p>",
    ),
    *("</p>", "<ul>", "<li>", "</ul>", "<b>", "</b>", "<i>", "<a href='/x'>", "</a>", "<table><tr><td>", "</table>"),
    *(
        "<pre>",
        "<h2>",
        "&amp;",
        "&#13;",
        "&#x0;",
        "&nbsp;",
        "https://x.example/a",
        "word ",
        "e\u0301",
        "🐟",
        "日本",
        "\x85",
    ),
)
PIECES = st.sampled_from([*HOSTILE, *SYNTAX])
ANY_TEXT = st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=25).map("".join)


@given(ANY_TEXT)
def test_any_text_becomes_balanced_html_of_allowed_tags(text: str) -> None:
    out = html_of(text)
    assert is_plain_html(out), out


@settings(max_examples=50)
@given(ANY_TEXT)
def test_the_words_of_safe_html_are_read_back_as_they_are(text: str) -> None:
    blocks, _ = parse_markdown(text, BASE, MARK)
    assert render_plain(parse_html(render_blocks(blocks)).blocks).split() == render_plain(blocks).split()


@settings(max_examples=50)
@given(
    st.lists(st.text("abcdefghij", min_size=1, max_size=6), max_size=20), st.sampled_from([" ", "\n", "\n\n", "\n* "])
)
def test_every_word_survives(words: list[str], between: str) -> None:
    blocks, _ = parse_markdown(between.join(words), BASE, MARK)
    assert render_plain(blocks).replace("- ", "").split() == words


@pytest.mark.parametrize(
    "text",
    [
        "[" * 50_000,
        "![" * 25_000,
        "[a](" * 25_000,
        "*a_" * 30_000,
        "> " * 50_000,
        "- " * 50_000,
        "<div>" * 20_000,
        "".join(f"<b id={number}>" for number in range(9_000)),
        "<ul><li>" * 12_000,
        "{%" * 50_000,
        "{:" * 50_000,
        "https://x.example/" + ")" * 90_000,
        "http://" * 14_000,
        ("|" + "a|" * 250 + "\n|" + "-|" * 250 + "\n\n") * 80,
        "word " * 20_000,
        "a" * 100_000,
        "&" * 100_000,
    ],
    ids=lambda text: text[:8],
)
def test_work_grows_with_the_text_and_not_with_its_square(text: str) -> None:
    assert growth(html_of, text) < 10
    assert is_plain_html(html_of(text[:10_000]))


def test_html_that_nests_without_reason_loses_its_tags_and_keeps_its_words() -> None:
    assert html_of("<div>" * 500 + "a &amp; b") == "<p>a &amp; b</p>"
    assert html_of("<div>" * 150 + "<p>a" * 300)[:16] == "<p>a</p><p>a</p>"
    assert html_of("<div><b>a</b></div></i>" * 300)[:50] == "<p><strong>a</strong></p><p><strong>a</strong></p>"


def test_endless_text_is_cut_and_said() -> None:
    text = "word " * 50_000
    assert len(html_of(text)) == len("<p></p>") + 200_000 - 1
    assert findings(text) == [
        (
            "episodes/001.md:9: warning NOTE-3: the notes have 250,000 characters, more than 200,000; the rest is "
            "left out. Shorten the notes."
        )
    ]


# --- plain text ---------------------------------------------------------------------------------------------------


def test_plain_text_shows_lists_and_addresses() -> None:
    blocks, _ = parse_markdown(
        "## Notes\n\nOne [link](https://x.example/) and https://y.example/z\n\n"
        "* [Ada](https://ada.example/)\n  1. b\n  2. c\n\n     more\n* https://d.example/\n\n1. e\n\n"
        "two  \nlines <me@x.example> & <b>end</b>",
        BASE,
        MARK,
    )
    assert render_plain(blocks, with_links=True) == (
        "Notes\n\nOne link (https://x.example/) and https://y.example/z\n\n"
        "- Ada: https://ada.example/\n  1. b\n  2. c\n\n    more\n- https://d.example/\n\n1. e\n\n"
        "two\nlines me@x.example & end"
    )
    assert render_plain(blocks[:3]) == "Notes\n\nOne link and https://y.example/z\n\n- Ada"


def test_html_becomes_text() -> None:
    assert html_to_text("<p>a &amp;&nbsp;b<br>c</p><ul><li>d</ul><script>x</script>") == "a &\xa0b\nc\n\n- d"
    assert html_to_text('<a href="https://x.example/">x</a>', with_links=True) == "x: https://x.example/"


# --- cutting ------------------------------------------------------------------------------------------------------


def a_paragraph(text: str) -> Block:
    return Block((Run(text),))


def within(limit: int):  # type: ignore[no-untyped-def] # noqa: ANN201
    return lambda blocks: len(render_blocks(blocks)) <= limit


def test_what_fits_stays_whole() -> None:
    blocks = (a_paragraph("one"), a_paragraph("two"))
    assert fit_blocks(blocks, within(20)) == blocks
    assert fit_blocks((), within(0)) == ()


def test_a_paragraph_is_cut_after_a_word() -> None:
    text = "The tide tables of the northern harbours, which nobody reads, are wrong by an hour in spring."
    assert fit_blocks([a_paragraph(text)], within(60)) == (
        Block((Run("The tide tables of the northern harbours, which"), Run("…"))),
    )
    assert fit_blocks([a_paragraph("Before."), a_paragraph(text)], within(80)) == (
        a_paragraph("Before."),
        Block((Run("The tide tables of the northern harbours, which nobody"), Run("…"))),
    )


def test_a_few_words_of_a_paragraph_are_not_worth_their_place() -> None:
    blocks = [a_paragraph("Before."), a_paragraph("word " * 40)]
    assert fit_blocks(blocks, within(60)) == (blocks[0],)


def test_a_cut_keeps_styles_and_links_whole() -> None:
    runs = (Run("one "), Run("two three", "https://x.example/", strong=True), Run(" four"))
    assert render_blocks([Block(runs).cut(10)]) == ('<p>one <a href="https://x.example/"><strong>two</strong></a>…</p>')


def test_headings_go_with_what_they_head() -> None:
    items = tuple(Block((Run("item " * 9),), (List("ul", 1),), item=True) for _ in range(3))
    heading = Block((Run("Links"),), heading=True)
    bold = Block((Run("Links", strong=True),))
    for title in (heading, bold, a_paragraph("Links:"), a_paragraph("リンク：")):
        assert fit_blocks([a_paragraph("Text."), title, *items], within(60)) == (a_paragraph("Text."),)
        assert len(fit_blocks([a_paragraph("Text."), title, *items], within(120))) == 3


@settings(max_examples=50)
@given(ANY_TEXT, st.integers(0, 400))
def test_a_part_of_any_text_fits_and_is_balanced(text: str, limit: int) -> None:
    blocks, _ = parse_markdown(text, BASE, MARK)
    out = render_blocks(fit_blocks(blocks, within(limit)))
    assert len(out) <= limit
    assert is_plain_html(out), out
