"""What hosts write in ways of their own: each is kept, or named."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from feedbuilder.import_ import Imported, import_feed
from feedbuilder.model import Ledger

NAMESPACES = (
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:h="http://www.w3.org/1999/xhtml"'
)
AUDIO = '<enclosure url="https://cdn.example.net/1.mp3" length="1" type="audio/mpeg"/>'
DATE = "<pubDate>Wed, 01 May 2024 17:00:00 GMT</pubDate>"


def an_import(item: str = "", channel: str = "", namespaces: str = NAMESPACES) -> Imported:
    """What becomes of a show with one item."""
    item = f"<item><title>Tide</title><guid>a</guid>{DATE}{AUDIO}{item}</item>"
    text = f'<rss version="2.0" {namespaces}><channel><title>Tides</title>{channel}\n{item}</channel></rss>'
    return import_feed(text.encode(), "feed.xml", Ledger())


def show(imported: Imported) -> dict[str, Any]:
    values: dict[str, Any] = yaml.safe_load(imported.files["config/show.yaml"])
    return values


def notes(imported: Imported) -> str:
    (record,) = (data for path, data in imported.files.items() if path.startswith("episodes/"))
    return record.decode().split("---\n")[2].strip()


def kept_back(imported: Imported) -> list[str]:
    return [problem.what for problem in imported.problems if problem.rule == "IMP-1"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("<p>Out <b>with</b></p><p>the tide</p>", "Out **with**\n\nthe tide"),
        ("<h:p>Out<h:br/>to <h:a href='https://sea.example/?a=1&amp;b=2'>sea</h:a></h:p>", None),
        ("&amp;lt;p&amp;gt;Out &amp;amp;amp; in&amp;lt;/p&amp;gt;", "Out & in"),  # escaped twice
        ("<![CDATA[&lt;p class=&quot;x&quot;&gt;Out &amp;amp; in&lt;/p&gt;]]>", "Out & in"),
        ("<![CDATA[Write &lt;p&gt; for a paragraph]]>", "Write \\<p> for a paragraph"),  # about HTML
        ("<![CDATA[<p>&lt;p&gt; is a paragraph</p>]]>", "\\<p> is a paragraph"),
        ("Out<br>with <b>the tide<br>I <3 it</b>", "Out  \nwith **the tide**  \n**I \\<3 it**"),  # not well-formed
    ],
)
def test_notes_read_as_they_were_meant(written: str, expected: str | None) -> None:
    expected = expected or "Out  \nto [sea](https://sea.example/?a=1&b=2)"
    assert notes(an_import(f"<description>{written}</description>")) == expected


def test_the_description_of_the_show_keeps_its_words_apart() -> None:
    assert show(an_import(channel="<description><p>Out</p><p>In</p></description>"))["description"] == "Out\n\nIn"


def test_a_tag_without_an_end_takes_no_item_with_it() -> None:
    imported = an_import(channel="<description>One<br>two <p>three</description><language>pt</language>")
    assert (show(imported)["language"], show(imported)["description"]) == ("pt", "One\ntwo\n\nthree")
    assert list(imported.ledger.episodes) == ["tide"]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("<itunes:title>Ebb</itunes:title>", "itunes:title of 1 item ('Ebb')"),
        ("<itunes:title> Tide </itunes:title>", None),
        ('<enclosure url="https://cdn.example.net/1.ogg"/>', "enclosure of 1 item ('https://cdn.example.net/1.ogg')"),
        ("<itunes:season>One</itunes:season>", "itunes:season of 1 item ('One')"),
        ("<itunes:season>0</itunes:season>", "itunes:season of 1 item ('0')"),
        ("<itunes:episode>S1E3</itunes:episode>", "itunes:episode of 1 item ('S1E3')"),
        ("<itunes:episode>1.5</itunes:episode>", None),
        ("<itunes:episodeType>Full</itunes:episodeType>", None),
        ("<itunes:episodeType>special</itunes:episodeType>", "itunes:episodeType of 1 item ('special')"),
        ("<itunes:explicit>perhaps</itunes:explicit>", "itunes:explicit of 1 item ('perhaps')"),
        ("<itunes:explicit/><itunes:season/><itunes:episode/>", None),
    ],
)
def test_what_a_record_cannot_say_of_an_item_is_named(item: str, expected: str | None) -> None:
    assert kept_back(an_import(item)) == ([expected] if expected else [])


def test_dublin_core_says_what_rss_does_not() -> None:
    item = f"<item><title>Tide</title><guid>a</guid>{AUDIO}<dc:date>2024-05-01T19:00:00+02:00</dc:date></item>"
    channel = f"<title>Tides</title><dc:language>pt</dc:language><dc:rights>Club</dc:rights>{item}"
    imported = import_feed(
        f'<rss version="2.0" {NAMESPACES}><channel>{channel}</channel></rss>'.encode(), "feed.xml", Ledger()
    )
    assert (show(imported)["language"], show(imported)["copyright"], kept_back(imported)) == ("pt", "Club", [])
    assert str(imported.ledger.episodes["tide"].pub_date) == "2024-05-01 17:00:00+00:00"


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ('<itunes:category text="Society &amp;amp; Culture"/>', "Society & Culture"),
        ("<itunes:category>Comedy</itunes:category>", "Comedy"),
        (
            '<itunes:category text="Society &amp; Culture"><itunes:category text="History"/></itunes:category>',
            "History",
        ),
        ('<itunes:category text="Arts"><itunes:category text="Literature"/></itunes:category>', "Arts > Books"),
    ],
)
def test_categories_that_are_meant_are_found(category: str, expected: str) -> None:
    imported = an_import(channel=category)
    assert show(imported)["categories"] == [expected]
    assert not [problem for problem in imported.problems if "Apple" in problem.what]


def test_the_namespace_of_itunes_is_known_without_www() -> None:
    short = NAMESPACES.replace("www.itunes", "itunes")
    assert kept_back(an_import("<itunes:season>2</itunes:season>", namespaces=short)) == []


def test_an_item_without_a_title_gets_one_and_a_finding() -> None:
    item = f"<item><guid>Low tide</guid>{DATE}{AUDIO}</item>"
    text = f'<rss version="2.0"><channel><title>Tides</title>{item}</channel></rss>'
    problems = import_feed(text.encode(), "feed.xml", Ledger()).problems
    (found,) = (one for one in problems if "item has no title" in one.what)
    assert (found.effect, found.remedy) == ("titled 'Low tide'", "Correct `title:` in its episode file.")


def test_names_without_latin_letters_make_readable_files() -> None:
    persons = "".join(
        f'<p:person xmlns:p="https://podcastindex.org/namespace/1.0" role="guest">{name}</p:person>'
        for name in ("小林 花子", "Анна Каренина", "김민수", "Zoë Ek")
    )
    imported = an_import(persons)
    assert [path for path in imported.files if path.startswith("config/people/")] == [
        "config/people/anna-karenina.md",
        "config/people/gimminsu.md",
        "config/people/xiaolin-huazi.md",
        "config/people/zoe-ek.md",
    ]


@pytest.mark.parametrize(("title", "slug"), [("Отлив", "otliv"), ("干潮と満潮", "ganchaotomanchao"), ("100 %", "100")])
def test_titles_without_latin_letters_make_readable_slugs(title: str, slug: str) -> None:
    data = (
        f"<rss><channel><title>x</title><item><title>{title}</title><guid>a</guid>{DATE}{AUDIO}</item></channel></rss>"
    )
    assert list(import_feed(data.encode(), "feed.xml", Ledger()).ledger.episodes) == [slug]
