from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from builders import SITE, a_channel, a_chapter, a_credit, a_link, a_picture, a_transcript, an_enclosure, at, some_notes
from hypothesis import given, settings
from hypothesis import strategies as st

from feedbuilder.errors import Mark
from feedbuilder.model import Chapter, Heading, Notes, Paragraph, Timeline
from feedbuilder.render.pages import (
    EpisodePage,
    HomeEntry,
    direction_of,
    render_episode_page,
    render_home_page,
    render_redirect_page,
    render_style,
)

HERE = Mark("episodes/042.md")
TIMELINE = Timeline(
    paragraphs=(
        Paragraph("Welcome to Harbour Talk.", "Ada", 3.0, trusted=True, mark=HERE),
        Paragraph("Thank you & hello.", "Bo", 110.0, trusted=True, mark=HERE),
        Paragraph("Springs come first.", "Bo", 112.5, trusted=True, mark=HERE),
        Paragraph("And neaps?", "Ada", 300.0, trusted=False, mark=HERE),
    ),
    headings=(Heading("Springs & neaps", 112.5, 2, HERE), Heading("Goodbye", 400.0, 4, HERE)),
    timed=True,
)
HEAD = """\
<!DOCTYPE html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; img-src 'self' https:; \
media-src 'self' https:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
"""


def a_page(**overrides: Any) -> EpisodePage:  # noqa: ANN401 - fields by name
    """An episode without audio, transcript, chapters or notes."""
    fields: dict[str, Any] = {
        "channel": a_channel(),
        "title": "Reading tide tables",
        "page_url": f"{SITE}episodes/042-tide-tables/",
        "notes": Notes(""),
    }
    return EpisodePage(**{**fields, **overrides})


def a_full_page(**overrides: Any) -> EpisodePage:  # noqa: ANN401 - fields by name
    fields: dict[str, Any] = {
        "notes": some_notes(prose_html="<p>On <em>tides</em>.</p>"),
        "pub_date": at("2024-05-01T17:00"),
        "duration_s": 3751.0,
        "audio": an_enclosure(),
        "picture": a_picture(alt="A pier"),
        "credits": (a_credit(href="https://ada.example/"), a_credit("Bo Finch", role="guest", href="javascript:x")),
        "links": (a_link(),),
        "chapters": (
            a_chapter(),
            a_chapter(112.5, "Springs & neaps", url="https://x.example/"),
            a_chapter(500.0, "End"),
        ),
        "timeline": TIMELINE,
        "speakers": {"Ada": "Ada Brook"},
        "transcripts": (a_transcript("vtt"), a_transcript("json")),
    }
    return a_page(**{**fields, **overrides})


def lines_of(data: bytes) -> str:
    """The page without its empty lines."""
    return "".join(line for line in data.decode().splitlines(keepends=True) if line.strip())


class Outline(HTMLParser):
    """Fails on tags that do not balance; collects ids and links."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.hrefs: list[str] = []
        self.tags: set[str] = set()
        self.feed(data.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        assert len(values) == len(attrs)
        assert not any(name.startswith("on") or name == "style" for name in values)
        self.tags.add(tag)
        self.ids += [values["id"] or ""] if "id" in values else []
        self.hrefs += [values["href"] or ""] if "href" in values else []
        if tag not in {"meta", "link", "img", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_bare_episode_has_a_page() -> None:
    assert lines_of(render_episode_page(a_page())) == (
        HEAD + "<title>Reading tide tables – Harbour Talk</title>\n"
        '<link rel="canonical" href="https://harbour.example/episodes/042-tide-tables/">\n'
        '<link rel="alternate" type="application/rss+xml" title="Harbour Talk" href="https://harbour.example/feed.xml">\n'
        '<link rel="stylesheet" href="../../style.css">\n'
        "</head>\n"
        "<body>\n"
        "<header>\n"
        '<p><a href="../../">Harbour Talk</a></p>\n'
        "</header>\n"
        "<main>\n"
        "<h1>Reading tide tables</h1>\n"
        "</main>\n"
        "</body>\n"
        "</html>\n"
    )


def test_a_full_page_shows_everything() -> None:
    body = lines_of(render_episode_page(a_full_page())).partition("<h1>")[2]
    assert body == (
        "Reading tide tables</h1>\n"
        '<p class="facts"><time datetime="2024-05-01T17:00:00+00:00">2024-05-01</time> · <bdi>1:02:31</bdi></p>\n'
        '<img class="art" src="https://harbour.example/images/cover-1a2b3c4d.jpg" alt="A pier" '
        'width="3000" height="3000">\n'
        '<ul class="people">\n'
        '<li><a href="https://ada.example/">Ada Brook</a> <span class="role">host</span></li>\n'
        '<li>Bo Finch <span class="role">guest</span></li>\n'
        "</ul>\n"
        '<audio controls preload="none" src="https://audio.example/042-tide-tables.mp3"></audio>\n'
        '<ul class="links">\n'
        '<li><a href="https://www.youtube.com/watch?v=abcdefghijk">YouTube</a></li>\n'
        "</ul>\n"
        '<section class="notes">\n'
        "<p>On <em>tides</em>.</p>\n"
        "</section>\n"
        "<section>\n"
        '<h2 id="chapters">Chapters</h2>\n'
        '<ol class="chapters">\n'
        '<li><a href="#t=0"><bdi>0:00</bdi></a> Intro</li>\n'
        '<li><a href="#t=112.5"><bdi>1:52</bdi></a> <a href="https://x.example/">Springs &amp; neaps</a></li>\n'
        '<li><a href="#t=500"><bdi>8:20</bdi></a> End</li>\n'
        "</ol>\n"
        "</section>\n"
        '<section class="transcript">\n'
        '<h2 id="transcript">Transcript</h2>\n'
        '<ul class="links">\n'
        '<li><a href="https://harbour.example/episodes/042-tide-tables/transcript.vtt" type="text/vtt">VTT</a></li>\n'
        '<li><a href="https://harbour.example/episodes/042-tide-tables/transcript.json" '
        'type="application/json">JSON</a></li>\n'
        "</ul>\n"
        '<p id="p1"><span id="t=0"></span><a class="at" href="#p1"><bdi>0:03</bdi></a> <cite>Ada Brook</cite> '
        "Welcome to Harbour Talk.</p>\n"
        '<p id="p2"><a class="at" href="#p2"><bdi>1:50</bdi></a> <cite>Bo</cite> Thank you &amp; hello.</p>\n'
        '<h3><span id="t=112.5"></span>Springs &amp; neaps</h3>\n'
        '<p id="p3"><a class="at" href="#p3"><bdi>1:52</bdi></a> Springs come first.</p>\n'
        '<p id="p4"><a class="at" href="#p4"><bdi>5:00</bdi></a> <cite>Ada Brook</cite> And neaps?</p>\n'
        '<h3><span id="t=500"></span>Goodbye</h3>\n'
        "</section>\n"
        "</main>\n"
        "</body>\n"
        "</html>\n"
    )  # fmt: skip


def test_the_summary_describes_the_page() -> None:
    page = a_page(notes=Notes("", summary_text='On "tides" & moons'))
    assert b'<meta name="description" content="On &#34;tides&#34; &amp; moons">' in render_episode_page(page)


def test_chapters_without_a_timed_transcript_carry_their_own_anchors() -> None:
    chapters = (a_chapter(), a_chapter(60.0, "Tides"))
    for timeline in (Timeline(), replace(TIMELINE, timed=False)):
        page = render_episode_page(a_page(chapters=chapters, timeline=timeline)).decode()
        assert '<li id="t=60"><a href="#t=60"><bdi>1:00</bdi></a> Tides</li>' in page
        assert page.count('id="t=') == 2
        assert 'class="at"' not in page


def test_chapters_that_share_a_place_in_the_transcript_all_lead_there() -> None:
    chapters = (a_chapter(), a_chapter(2.0, "Two"), a_chapter(2.5, "Three"))
    page = render_episode_page(a_page(chapters=chapters, timeline=TIMELINE)).decode()
    assert '<p id="p1"><span id="t=0"></span><span id="t=2"></span><span id="t=2.5"></span><a class="at"' in page


def test_facts_are_shown_as_far_as_they_are_known() -> None:
    assert b'<p class="facts"><bdi>1:00</bdi></p>' in render_episode_page(a_page(duration_s=60.0))
    assert b">2024-05-01</time></p>" in render_episode_page(a_page(pub_date=at("2024-05-01")))
    unmeasured = a_picture(width=None, height=None, alt='"A"')
    assert b'cover-1a2b3c4d.jpg" alt="&#34;A&#34;">' in render_episode_page(a_page(picture=unmeasured))


def test_pages_say_their_language_and_mark_english_labels() -> None:
    persian = a_channel(language="fa", title="بندر")
    page = render_episode_page(a_full_page(channel=persian)).decode()
    assert '<html lang="fa" dir="rtl">' in page
    assert '<h2 id="chapters"><span lang="en" dir="ltr">Chapters</span></h2>' in page
    assert '<span class="role"><span lang="en" dir="ltr">guest</span></span>' in page
    american = render_episode_page(a_full_page(channel=a_channel(language="en-us"))).decode()
    assert '<h2 id="chapters">Chapters</h2>' in american


@pytest.mark.parametrize(
    ("language", "direction"),
    [("ar", "rtl"), ("he-IL", "rtl"), ("ks_Deva", "ltr"), ("pa-Arab-PK", "rtl"), ("de-1996", "ltr"), ("", "ltr")],
)
def test_the_direction_follows_language_and_script(language: str, direction: str) -> None:
    assert direction_of(language) == direction


HOSTILE = "</title><script>alert(1)</script>\"' onload=x <!-- {{ 7*7 }} \x00\x0b\ud800&amp;"


def test_strangers_text_stays_in_its_place() -> None:
    chapter = Chapter(0.0, HOSTILE, url="javascript:alert(1)")
    paragraph = Paragraph(HOSTILE, HOSTILE, 0.0, trusted=True, mark=HERE)
    page = a_full_page(
        channel=a_channel(title=HOSTILE, language=HOSTILE, description=HOSTILE),
        title=HOSTILE,
        notes=Notes("", summary_text=HOSTILE),
        credits=(a_credit(HOSTILE, role=HOSTILE, href=f"https://x/{HOSTILE}"),),
        links=(a_link(label=HOSTILE, url="javascript:alert(1)"), a_link(label=HOSTILE)),
        chapters=(chapter,),
        timeline=Timeline((paragraph,), (Heading(HOSTILE, 0.0, 0, HERE),), timed=True),
        picture=a_picture(alt=HOSTILE),
        speakers={},
    )
    home = render_home_page(
        page.channel, [HomeEntry(title=HOSTILE, path=HOSTILE, summary=HOSTILE)], picture=page.picture
    )
    moved = render_redirect_page(f"https://x/{HOSTILE}", title=HOSTILE, language=HOSTILE)
    for data in (render_episode_page(page), home, moved):
        outline = Outline(data)
        assert "script" not in outline.tags
        assert not any(href.startswith("javascript") for href in outline.hrefs)
        assert b"49" not in data
        assert b"\x00" not in data


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.floats(0, 90), st.text(max_size=6), st.text(max_size=12)), max_size=9),
    st.lists(st.tuples(st.integers(0, 10), st.text(min_size=1, max_size=9)), max_size=5),
    st.lists(st.integers(1, 900), max_size=6, unique=True),
    st.booleans(),
)
def test_any_transcript_gives_a_balanced_page_whose_links_lead_somewhere(
    said: list[tuple[float, str, str]], headings: list[tuple[int, str]], starts: list[int], timed: bool
) -> None:
    at_s = [sum(gap for gap, _, _ in said[: count + 1]) for count in range(len(said))]
    paragraphs = tuple(
        Paragraph(text, who, start, trusted=True, mark=HERE) for start, (_, who, text) in zip(at_s, said, strict=True)
    )
    placed = sorted((min(before, len(said)), title) for before, title in headings)
    timeline = Timeline(
        paragraphs, tuple(Heading(title, [*at_s, 9999.0][before], before, HERE) for before, title in placed), timed
    )
    chapters = tuple(a_chapter(float(start), f"c{start}") for start in sorted(starts))
    data = render_episode_page(a_page(timeline=timeline, chapters=chapters))
    outline = Outline(data)
    assert max(Counter(outline.ids).values(), default=1) == 1
    assert {href[1:] for href in outline.hrefs if href.startswith("#")} <= set(outline.ids)
    assert len([name for name in outline.ids if name.startswith("t=")]) == len(chapters)
    assert len(re.findall(rb'<p id="p\d', data)) == len(paragraphs)


def test_the_home_page_lists_episodes() -> None:
    entries = [
        HomeEntry(title="Neaps", path="episodes/2/", pub_date=at("2024-05-02"), duration_s=61.0, summary="Low & slow."),
        HomeEntry(title="Springs", path="episodes/1/"),
    ]
    data = render_home_page(a_channel(description="About *tides*: https://x.example/"), entries, links=[a_link()])
    assert lines_of(data) == (
        HEAD + "<title>Harbour Talk</title>\n"
        '<link rel="canonical" href="https://harbour.example/">\n'
        '<link rel="alternate" type="application/rss+xml" title="Harbour Talk" href="https://harbour.example/feed.xml">\n'
        '<link rel="stylesheet" href="style.css">\n'
        "</head>\n"
        "<body>\n"
        "<main>\n"
        "<h1>Harbour Talk</h1>\n"
        '<section class="notes">\n'
        '<p>About <em>tides</em>: <a href="https://x.example/">https://x.example/</a></p>\n'
        "</section>\n"
        '<ul class="links">\n'
        '<li><a href="https://harbour.example/feed.xml">RSS</a></li>\n'
        '<li><a href="https://www.youtube.com/watch?v=abcdefghijk">YouTube</a></li>\n'
        "</ul>\n"
        "<section>\n"
        "<h2>Episodes</h2>\n"
        '<ol class="episodes">\n'
        "<li>\n"
        '<h3><a href="episodes/2/">Neaps</a></h3>\n'
        '<p class="facts"><time datetime="2024-05-02T00:00:00+00:00">2024-05-02</time> · <bdi>1:01</bdi></p>\n'
        "<p>Low &amp; slow.</p>\n"
        "</li>\n"
        "<li>\n"
        '<h3><a href="episodes/1/">Springs</a></h3>\n'
        "</li>\n"
        "</ol>\n"
        "</section>\n"
        "</main>\n"
        "</body>\n"
        "</html>\n"
    )
    assert b"<h2>" not in render_home_page(a_channel(), [])


def test_a_renamed_episode_leads_on() -> None:
    assert lines_of(render_redirect_page("https://harbour.example/episodes/b/?x=1&y", title="Tides")) == (
        HEAD + "<title>Tides</title>\n"
        '<meta http-equiv="refresh" content="0; url=https://harbour.example/episodes/b/?x=1&amp;y">\n'
        '<link rel="canonical" href="https://harbour.example/episodes/b/?x=1&amp;y">\n'
        "</head>\n"
        "<body>\n"
        '<p><a href="https://harbour.example/episodes/b/?x=1&amp;y">Tides</a></p>\n'
        "</body>\n"
        "</html>\n"
    )


def test_the_style_sheet_has_light_and_dark_and_loads_nothing() -> None:
    style = render_style().decode()
    assert "@media (prefers-color-scheme: dark)" in style
    assert "url(" not in style
    assert "@import" not in style
    assert style.count("{") == style.count("}")
