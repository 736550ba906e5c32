from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from builders import SITE, a_channel, a_chapter, a_credit, a_link, a_picture, a_transcript, an_enclosure, at, some_notes
from hypothesis import given, settings
from hypothesis import strategies as st

from feedbuilder.errors import Mark, Stopped
from feedbuilder.model import Chapter, Heading, Notes, Paragraph, SourceFile, Timeline
from feedbuilder.render.pages import (
    EpisodePage,
    HomeEntry,
    Site,
    direction_of,
    render_embed_page,
    render_episode_page,
    render_home_page,
    render_oembed,
    render_person_page,
    render_redirect_page,
    render_scripts,
    render_search_page,
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


def a_page(**overrides: Any) -> EpisodePage:  # noqa: ANN401 - fields by name
    """An episode without audio, transcript, chapters or notes."""
    fields: dict[str, Any] = {
        "site": Site(a_channel()),
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


def a_home_entry(**overrides: Any) -> HomeEntry:  # noqa: ANN401 - fields by name
    return HomeEntry(**{"title": "Springs", "path": "episodes/1/", **overrides})


ADA = a_credit(href="https://ada.example/", short="ada", image_url="https://harbour.example/images/ada.jpg")
OUR_SCRIPTS = {"../../moved.js", "application/ld+json", "../../player.js", "../search.js"}


class Outline(HTMLParser):
    """Fails on tags that do not balance; collects ids and links."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.open: list[str] = []
        self.scripts: list[str] = []
        self.data = ""
        self.ids: list[str] = []
        self.hrefs: list[str] = []
        self.tags: set[str] = set()
        self.feed(data.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        assert len(values) == len(attrs)
        assert not any(name.startswith("on") or name == "style" for name in values if tag != "iframe")
        self.tags.add(tag)
        self.scripts += [values.get("src") or values.get("type") or ""] if tag == "script" else []
        self.ids += [values["id"] or ""] if "id" in values else []
        self.hrefs += [values["href"] or ""] if "href" in values else []
        if tag not in {"meta", "link", "img", "br", "input"}:
            self.open.append(tag)

    def handle_data(self, data: str) -> None:
        self.data += data if self.open[-1:] == ["script"] else ""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("bare.html", render_episode_page(a_page())),
        ("full.html", render_episode_page(a_full_page())),
        ("embed.html", render_embed_page(a_full_page())),
        ("oembed.json", render_oembed(a_full_page())),
        (
            "home.html",
            render_home_page(
                Site(a_channel(description="About *tides*: https://x.example/", copyright="Ada Brook")),
                [
                    a_home_entry(title="Neaps", season=2, number="1", guests=("Bo & Co",), pub_date=at("2024-05-02")),
                    a_home_entry(season=1, duration_s=61.0, picture=a_picture("https://harbour.example/a.png")),
                ],
                links=[a_link()],
            ),
        ),
        ("person.html", render_person_page(Site(a_channel()), ADA, "She *rows*.", [a_home_entry()])),
        ("search.html", render_search_page(Site(a_channel()))),
        ("moved.html", render_redirect_page(Site(a_channel()), "https://harbour.example/b/?x=1&y", title="Tides")),
    ],
)
def test_every_kind_of_page_is_as_it_was_read(name: str, data: bytes, golden: Callable[[Path, bytes], None]) -> None:
    golden(Path(__file__).parent / "data/pages" / name, data)


def test_the_summary_describes_the_page() -> None:
    page = a_page(notes=Notes("", summary_text='On "tides" & moons'))
    assert b'<meta name="description" content="On &#34;tides&#34; &amp; moons">' in render_episode_page(page)


def test_chapters_without_a_timed_transcript_carry_their_own_anchors() -> None:
    chapters = (a_chapter(), a_chapter(60.0, "Tides"))
    for timeline in (Timeline(), replace(TIMELINE, timed=False)):
        page = render_episode_page(a_page(chapters=chapters, timeline=timeline)).decode()
        assert (
            '<li id="t=60"><a class="to" href="#t=60"><bdi class="start">1:00</bdi> <span>Tides</span></a></li>' in page
        )
        assert page.count('id="t=') == 2
        assert 'class="at"' not in page


def test_chapters_that_share_a_place_in_the_transcript_all_lead_there() -> None:
    chapters = (a_chapter(), a_chapter(2.0, "Two"), a_chapter(2.5, "Three"))
    page = render_episode_page(a_page(chapters=chapters, timeline=TIMELINE)).decode()
    assert '<p id="t=3"><span id="t=0"></span><span id="t=2"></span><span id="t=2.5"></span><a class="at"' in page


def test_facts_are_shown_as_far_as_they_are_known() -> None:
    assert b'<p class="facts"><span><bdi>1:00</bdi></span></p>' in render_episode_page(a_page(duration_s=60.0))
    assert b">2024-05-01</time></p>" in render_episode_page(a_page(pub_date=at("2024-05-01")))
    unmeasured = a_picture(width=None, height=None)
    assert b'<img class="art" src="../../images/cover-1a2b3c4d.jpg" alt="">' in render_episode_page(
        a_page(picture=unmeasured)
    )


def test_pages_speak_the_language_of_the_show_and_mark_labels_that_do_not() -> None:
    persian = a_channel(language="fa", title="بندر")
    page = render_episode_page(a_full_page(site=Site(persian))).decode()
    assert '<html lang="fa" dir="rtl">' in page
    assert '<h2 id="chapters">بخش‌ها</h2>' in page
    assert '<span class="role">مهمان</span>' in page
    assert 'data-copied="پیوند کپی شد"' in page
    site = Site(a_channel(language="eo"), labels={"Chapters": "Ĉapitroj", "Episode {n}": "Epizodo {n}"})
    page = render_episode_page(a_full_page(site=site)).decode()
    assert '<h2 id="chapters">Ĉapitroj</h2>' in page
    assert '<h2 id="transcript"><bdi lang="en" dir="ltr">Transcript</bdi></h2>' in page
    home = render_home_page(site, [a_home_entry(number="7"), a_home_entry(season=1), a_home_entry(season=2)]).decode()
    assert "<span>Epizodo 7</span>" in home
    assert '<h2 id="season-2"><bdi lang="en" dir="ltr">Season 2</bdi></h2>' in home
    american = render_episode_page(a_full_page(site=Site(a_channel(language="en-us")))).decode()
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
        site=Site(a_channel(title=HOSTILE, language=HOSTILE, description=HOSTILE)),
        title=HOSTILE,
        notes=Notes("", summary_text=HOSTILE),
        credits=(a_credit(HOSTILE, role=HOSTILE, href=f"https://x/{HOSTILE}"),),
        links=(a_link(label=HOSTILE, url="javascript:alert(1)"), a_link(label=HOSTILE)),
        chapters=(chapter,),
        timeline=Timeline((paragraph,), (Heading(HOSTILE, 0.0, 0, HERE),), timed=True),
        picture=a_picture(alt=HOSTILE),
        speakers={},
    )
    entry = a_home_entry(title=HOSTILE, path=HOSTILE, guests=(HOSTILE,), number=HOSTILE)
    person = a_credit(HOSTILE, short=HOSTILE, href=f"https://x/{HOSTILE}")
    made = (
        render_episode_page(page),
        render_embed_page(page),
        render_home_page(page.site, [entry], links=page.links),
        render_person_page(page.site, person, HOSTILE, [entry]),
        render_search_page(page.site),
        render_redirect_page(page.site, f"https://x/{HOSTILE}", title=HOSTILE),
    )
    for data in made:
        outline = Outline(data)
        assert set(outline.scripts) <= OUR_SCRIPTS
        assert not any(href.startswith("javascript") for href in outline.hrefs)
        assert b"49" not in data
        assert b"\x00" not in data


def test_linked_data_and_oembed_hold_a_strangers_text_whole() -> None:
    page = a_full_page(title=HOSTILE, chapters=(Chapter(0.0, HOSTILE),), site=Site(a_channel(title=HOSTILE)))
    clean = HOSTILE.replace("\ud800", "")
    data = json.loads(Outline(render_episode_page(page)).data)
    assert (data["name"], data["partOfSeries"]["name"], data["hasPart"][0]["name"]) == (clean, clean, clean)
    frame = Outline(json.loads(render_oembed(a_full_page(title=clean)))["html"].encode())
    assert frame.tags == {"iframe"}


def test_the_frame_of_other_sites_may_copy_a_link_and_play() -> None:
    frame = lxml.html.fromstring(json.loads(render_oembed(a_full_page()))["html"])
    assert frame.get("allow") == "clipboard-write; autoplay"


def test_pictures_of_other_hosts_are_not_shown() -> None:
    elsewhere = a_picture("https://else.example/cover.jpg")
    page = render_episode_page(a_page(picture=elsewhere, credits=(a_credit(image_url="https://else.example/a.jpg"),)))
    assert b"<img" not in page
    assert b'<meta property="og:image" content="https://else.example/cover.jpg">' in page
    site = Site(a_channel(artwork=a_picture("https://harbour.example/cover.jpg")))
    listed = lxml.html.fromstring(render_home_page(site, [a_home_entry(picture=elsewhere)]))
    assert [img.get("src") for img in listed.iterfind(".//div[@class='thumb']/img")] == ["cover.jpg"]


def test_a_video_replaces_missing_audio() -> None:
    page = render_episode_page(a_page(links=(a_link(),))).decode()
    assert (
        '<a class="button" href="https://www.youtube.com/watch?v=abcdefghijk" data-video="abcdefghijk" '
        'data-origin="https://www.youtube-nocookie.com" data-title="Reading tide tables">'
    ) in page
    assert "<audio" not in page
    assert "data-video" not in render_episode_page(a_full_page()).decode()


def test_lines_of_the_same_second_share_a_link() -> None:
    said = (("One.", 5.0), ("Two.", 5.0))
    timeline = Timeline(
        tuple(Paragraph(text, "", at_s, trusted=True, mark=HERE) for text, at_s in said), (), timed=True
    )
    page = render_episode_page(a_page(timeline=timeline)).decode()
    assert (
        '<p id="t=5"><a class="at" href="#t=5"><bdi>0:05</bdi></a> One.</p>\n'
        '<p><a class="at" href="#t=5"><bdi>0:05</bdi></a> Two.</p>\n'
    ) in page


# --- templates of the project -------------------------------------------------------------------------------------


def a_site(**templates: str) -> Site:
    files = (SourceFile(f"templates/{name}.html", text.encode()) for name, text in templates.items())
    return Site(a_channel(), "templates", tuple(files))


def test_a_template_of_the_project_replaces_ours_and_may_extend_it() -> None:
    own = '{% extends "ours/home.html" %}{% block title %}My {{ super() }}{% endblock %}'
    assert b"<title>My Harbour Talk</title>" in render_home_page(a_site(home=own), [])
    part = "{% block x %}{{ channel.title }}{% endblock %}"
    assert render_search_page(a_site(search=part)) == b"Harbour Talk"
    assert b"<title>Search" in render_search_page(a_site(home=own))


@pytest.mark.parametrize(
    ("text", "mark", "what"),
    [
        ("a\n{% if %}", Mark("templates/search.html", 2), "Expected an expression"),
        ("\n\n{{ nothing.there }}", Mark("templates/search.html", 3), "'nothing' is undefined"),
        ("{{ 1 // 0 }}", Mark("templates/search.html", 1), "zero"),
        ("{{ channel.__class__.__mro__ }}", Mark("templates/search.html", 1), "unsafe"),
        ('{% extends "gone.html" %}', Mark("templates/search.html", 1), "gone.html"),
    ],
)
def test_a_faulty_template_is_a_finding_at_its_line(text: str, mark: Mark, what: str) -> None:
    with pytest.raises(Stopped) as stopped:
        render_search_page(a_site(search=text))
    (problem,) = stopped.value.problems
    assert (problem.rule, problem.mark) == ("CFG-5", mark)
    assert what in problem.what


@settings(max_examples=50)
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
    assert {f"t={start}" for start in starts} <= set(outline.ids)
    said_part = data.partition(b'aria-labelledby="transcript"')[2]
    assert len(re.findall(rb"<p[ >]", said_part.partition(b"</section>")[0])) == len(paragraphs)


def test_the_accent_is_brought_to_a_contrast_that_can_be_read() -> None:
    assert render_style("#0b57a4").startswith(b":root { --accent: #0b57a4; --accent-dark: #598dc1; }")
    assert render_style("#ffe14d").startswith(b":root { --accent: #807026; --accent-dark: #ffe14d; }")


def test_style_and_scripts_are_small_and_load_nothing_from_elsewhere() -> None:
    files = {"style.css": render_style(), **render_scripts()}
    assert sorted(files) == ["moved.js", "player.js", "search.js", "style.css"]
    assert sum(map(len, files.values())) <= 40_000
    assert not any(b"http" in data for data in files.values())


def test_the_style_sheet_has_light_and_dark_and_loads_nothing() -> None:
    style = render_style().decode()
    assert "@media (prefers-color-scheme: dark)" in style
    assert "url(" not in style
    assert "@import" not in style
    assert style.count("{") == style.count("}")


def test_an_episode_of_no_season_is_grouped_with_the_one_before_it() -> None:
    entries = [
        a_home_entry(title="Trailer of the third"),
        a_home_entry(title="Second, two", season=2),
        a_home_entry(title="Bonus"),
        a_home_entry(title="Second, one", season=2),
        a_home_entry(title="First", season=1),
        a_home_entry(title="Hello"),
    ]
    page = lxml.html.fromstring(render_home_page(a_site(), entries).decode())
    sections = {
        str(section.findtext("h2")): [title.text for title in section.iterfind(".//a[@class='title']")]
        for section in page.iterfind(".//section")
    }
    assert sections == {
        "Season 2": ["Trailer of the third", "Second, two", "Bonus", "Second, one"],
        "Season 1": ["First", "Hello"],
    }
