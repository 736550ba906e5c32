"""The show file: every key, all findings at once, and advice."""

from __future__ import annotations

import re
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from feedbuilder.authors.show import ChapterOptions, Media, Owner, Pages, Show, Upstream, parse_show
from feedbuilder.compose.inputs import read_show
from feedbuilder.errors import Stopped
from feedbuilder.model import SourceFile
from feedbuilder.rules import level_of
from feedbuilder.rules.findings import format_problem
from feedbuilder.vocabulary.apple import APPLE_CATEGORIES
from feedbuilder.vocabulary.podcast_tags import Tag

PATH = "config/show.yaml"
REQUIRED = {
    "title": "Harbour Talk",
    "link": "https://harbour.example/",
    "feed_url": "https://harbour.example/talk/feed.xml",
    "description": "People who work by the sea.",
    "language": "en",
    "author": "Harbour Club",
    "image": "images/cover.jpg",
    "categories": "[Technology]",
    "explicit": "false",
    "upstream": "none",
}
OWNER = "{email: podcast@harbour.example}"


def parsed(*lines: str, without: str = "", **keys: str) -> tuple[Show | None, list[str]]:
    """A show with the required keys, in lines 1 to 10 in the order above, an owner in line 11, then these."""
    given = {**REQUIRED, "owner": OWNER, **keys}
    text = "\n".join([*(f"{key}: {value}" for key, value in given.items() if key != without), *lines])
    show, problems = parse_show(PATH, text.encode())
    return show, [format_problem(problem).removeprefix(f"{PATH}:") for problem in problems]


def value_of(key: str, text: str) -> Any:  # noqa: ANN401
    """The value of a key, or the first finding."""
    show, findings = parsed(**{key: text})
    return findings[0] if show is None else getattr(show, key)


def test_the_required_keys_are_enough() -> None:
    show, findings = parsed()
    assert findings == []
    assert show == Show(
        title="Harbour Talk",
        link="https://harbour.example/",
        feed_url="https://harbour.example/talk/feed.xml",
        description="People who work by the sea.",
        language="en",
        author="Harbour Club",
        image="images/cover.jpg",
        categories=(("Technology", ""),),
        explicit=False,
        upstream=None,
        owner=Owner(email="podcast@harbour.example"),
    )
    assert (show.timezone, show.publish_time) == (ZoneInfo("UTC"), time(0, 0))
    assert (show.episodes, show.people, show.ledger, show.public) == (
        ("episodes",),
        "config/people",
        "config/ledger.yaml",
        "public",
    )
    assert (show.media, show.chapters, show.guard) == (Media(folder="media"), ChapterOptions(), "last")
    assert (show.chapters.intro_title, show.chapters.offset_s, show.type) == ("Intro", 0.0, "episodic")


def test_the_site_is_the_folder_of_the_feed() -> None:
    show, _ = parsed()
    assert show is not None
    assert show.base_url == "https://harbour.example/talk/"
    assert value_of("feed_url", "https://a.example/b?feed=c/d") == "https://a.example/b?feed=c/d"


@pytest.mark.parametrize("key", REQUIRED)
def test_each_missing_required_key_is_an_error(key: str) -> None:
    show, findings = parsed(without=key)
    assert show is None
    about = (Show.model_fields[key].description or "").rstrip(".")
    assert findings == [f"1:1: error KEY-2: {key} is missing; the show is not read. Add it: {about}."]


@pytest.mark.parametrize("key", [*REQUIRED, "nothing"])
def test_an_empty_required_key_is_missing(key: str) -> None:
    show, findings = parsed(**({key: "~"} if key in REQUIRED else {}))
    assert [line.split()[2] for line in findings] == (["KEY-2:"] if key in REQUIRED else [])
    assert (show is None) is (key in REQUIRED)


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("podcast_guid", "9B024349-CCF0-5F69-A609-6B82873EAB3C", "9b024349-ccf0-5f69-a609-6b82873eab3c"),
        ("owner", "{name: Club, email: a@b.example}", Owner(name="Club", email="a@b.example")),
        ("type", "Serial", "serial"),
        ("language", "pt-BR", "pt-br"),
        ("language", "zh-Hans", "zh-hans"),
        ("timezone", "Europe/Berlin", ZoneInfo("Europe/Berlin")),
        ("timezone", "UTC", ZoneInfo("UTC")),
        ("publish_time", '"17:00"', time(17, 0)),
        ("publish_time", "7:05", time(7, 5)),
        ("publish_time", "23:59", time(23, 59)),
        ("hosts", "[ada, bo]", ("ada", "bo")),
        ("hosts", "ada", ("ada",)),
        ("episodes", "[episodes, archive]", ("episodes", "archive")),
        ("people", "crew", "crew"),
        ("ledger", "config/known.yaml", "config/known.yaml"),
        ("public", "www", "www"),
        ("site_url", "http://harbour.example/", "http://harbour.example/"),
        ("upstream", "{feed: https://audio.example/rss}", Upstream(feed="https://audio.example/rss")),
        ("upstream", "None", None),
        (
            "fields",
            "{pub_date: dateadded, audio.url: podcast.url}",
            {"pub_date": "dateadded", "audio.url": "podcast.url"},
        ),
        ("media", "{folder: audio, url: https://cdn.example/}", Media(folder="audio", url="https://cdn.example/")),
        ("chapters", "{intro_title: Hello, offset_s: -12.5}", ChapterOptions(intro_title="Hello", offset_s=-12.5)),
        ("platforms", "{apple: https://podcasts.apple.com/x}", {"apple": "https://podcasts.apple.com/x"}),
        ("copyright", "Harbour Club", "Harbour Club"),
        ("guard", "live", "live"),
        ("pages", "{accent: '#A30', templates: mine}", Pages(accent="#aa3300", templates="mine")),
        ("new_feed_url", "https://new.example/feed.xml", "https://new.example/feed.xml"),
        ("block", "yes", True),
        ("complete", "true", True),
        ("applepodcastsverify", "abc", "abc"),
        ("explicit", "yes", True),
        ("categories", "[Technology, Education > Courses]", (("Technology", ""), ("Education", "Courses"))),
        ("categories", "['TV & Film>After Shows']", (("TV & Film", "After Shows"),)),
        ("description", "x" * 4000, "x" * 4000),
        ("description", "ü" * 2000, "ü" * 2000),
    ],
)
def test_each_key_is_parsed(key: str, text: str, value: object) -> None:
    assert value_of(key, text) == value


def test_every_apple_category_is_accepted() -> None:
    names = [
        *APPLE_CATEGORIES,
        *(f"{parent} > {child}" for parent, children in APPLE_CATEGORIES.items() for child in children),
    ]
    assert len(names) == 110
    for name in names:
        parent, _, child = name.partition(" > ")
        assert value_of("categories", f"['{name}']") == ((parent, child),)


@pytest.mark.parametrize(
    ("key", "text", "what", "remedy"),
    [
        ("podcast_guid", "12", "P20-4: '12' is not a UUID", "Use the value that Podcast Index lists for your show."),
        *[
            (
                "language",
                text,
                f"APL-4: {text!r} is not a two-letter language code with an optional region",
                "Use a code such as en or pt-br.",
            )
            for text in ("english", "en_US", "e", "en-")
        ],
        *[
            (
                "timezone",
                text,
                f"CFG-1: {text!r} is not a time zone of the IANA list",
                "Use a name such as Europe/Berlin.",
            )
            for text in ("Berlin", "localtime", "../../etc/passwd", "Europe")
        ],
        *[
            ("publish_time", text, f"CFG-2: {text!r} is not a time of day (HH:MM)", 'Use a time such as "17:00".')
            for text in ("24:00", "17", "17:60", "17:5", "5 pm")
        ],
        ("type", "series", "APL-13: type 'series' is not one of episodic, serial", "Use `episodic` or `serial`."),
        ("guard", "off", "KEY-3: guard 'off' is not one of last, live", "Use `last` or `live`."),
        ("explicit", "maybe", "APL-7: explicit 'maybe' is not true or false", "Use true or false."),
        (
            "feed_url",
            "http://a.example/f.xml",
            "HTTP-11: 'http://a.example/f.xml' is not https",
            "Serve it over https.",
        ),
        (
            "feed_url",
            "https://a.example?b=/c",
            "CFG-9: 'https://a.example?b=/c' has no file name",
            "Use https://a.example/feed.xml.",
        ),
        ("link", "a.example", "RSS-6: 'a.example' is not an absolute http(s) URL", "Start it with https://."),
        (
            "categories",
            "[]",
            "KEY-2: categories is empty",
            "Add it: Apple categories; the first is the main one.",
        ),
        ("categories", "Technology", "KEY-3: `categories` must be a list, not 'Technology'", "Write `[Technology]`."),
        *[
            ("categories", f"[{text}]", f"APL-5: {text!r} is not an Apple category", remedy)
            for text, remedy in (
                ("Tecnology", "Did you mean 'Technology'?"),
                ("education", "Did you mean 'Education'?"),
                ("Tech", "Did you mean 'Technology'?"),
                ("Courses", "Did you mean 'Education > Courses'?"),
                ("Education > Course", "Did you mean 'Education > Courses'?"),
                ("Technology > Courses", "Use a category listed in docs/reference/categories.md."),
                ("Software How-To", "Use a category listed in docs/reference/categories.md."),
            )
        ],
        (
            "description",
            "x" * 4001,
            "APL-3: the description has 4001 bytes; the limit is 4000",
            "Shorten the description.",
        ),
        (
            "description",
            "ü" * 2001,
            "APL-3: the description has 4002 bytes; the limit is 4000",
            "Shorten the description.",
        ),
        (
            "upstream",
            "https://a.example/rss",
            "KEY-3: `upstream` must be a mapping, not 'https://a.example/rss'",
            "Write its keys below it: feed.",
        ),
        ("owner", "{email: Ada}", "RSS-23: 'Ada' is not a mail address", "Use an address such as user@host.example."),
        (
            "public",
            "/var/www",
            "KEY-6: '/var/www' leads out of the project folder",
            "Use a path inside the project, with `/`.",
        ),
        (
            "pages",
            "{accent: navy}",
            "CFG-3: invalid colour 'navy'",
            'Use a value such as "#0b57a4", in quotes.',
        ),
        ("tags", "[a]", "KEY-1: unknown key 'tags'", "Write each tag under its own name, such as `funding:`."),
        (
            "fields_at",
            "{a: b}",
            "KEY-1: unknown key 'fields_at'",
            "Remove it. docs/reference/show.md lists the keys.",
        ),
    ],
)
def test_an_invalid_value_is_an_error(key: str, text: str, what: str, remedy: str) -> None:
    place, _, finding = value_of(key, text).partition(" error ")
    assert finding == f"{what}; the show is not read. {remedy}"
    assert place.split(":")[0] == str(list({**REQUIRED, "owner": "", key: ""}).index(key) + 1)


@pytest.mark.parametrize(("entries", "rules"), [("[Tecnology, Blarg]", ["APL-5:", "APL-5:"]), ("[]", ["KEY-2:"])])
def test_a_list_of_invalid_entries_is_not_reported_as_empty(entries: str, rules: list[str]) -> None:
    _, findings = parsed(categories=entries)
    assert [line.split(" ")[2] for line in findings] == rules


@pytest.mark.parametrize("spaces", ["''", "' '"])
def test_a_value_of_spaces_is_missing(spaces: str) -> None:
    assert [line.partition(" error ")[2].partition(";")[0] for line in parsed(title=spaces)[1]] == [
        "KEY-2: title is missing"
    ]


def test_all_findings_are_returned_with_their_places() -> None:
    show, findings = parsed(
        "titel: Harbour",
        "sight_url: https://harbour.example/",
        "licence: {text: CC-BY-4.0}",
        "mood: calm",
        "media: {foldr: audio}",
        "upstream: {fed: x}",
        "Upstream: none",
        language="english",
        categories="[Technology, Tec, Education > Cours]",
        explicit="maybe",
    )
    assert show is None
    assert [line.partition(": error ")[0::2] for line in findings[:2]] == [
        (
            "17:1",
            ("YAML-2: duplicate key 'upstream', first in line 10; the show is not read. Remove one of them."),
        ),
        (
            "18:1",
            "YAML-2: the key 'Upstream' is the same as the one in line 17; the show is not read. Remove one of them.",
        ),
    ]
    assert [re.sub(": error|; the show is not read.*", "", line) for line in findings[2:]] == [
        "5:1 APL-4: 'english' is not a two-letter language code with an optional region",
        "8:26 APL-5: 'Tec' is not an Apple category",
        "8:31 APL-5: 'Education > Cours' is not an Apple category",
        "9:1 APL-7: explicit 'maybe' is not true or false",
        "16:9 KEY-1: unknown key 'foldr' in `media`",
        "12:1 KEY-1: unknown key 'titel'",
        "13:1 KEY-1: unknown key 'sight_url'",
        "14:1 KEY-1: unknown key 'licence'",
        "15:1 KEY-1: unknown key 'mood'",
    ]
    assert [line.partition("the show is not read. ")[2] for line in findings[6:]] == [
        "Did you mean 'folder'?",
        "Did you mean 'title'?",
        "Did you mean 'site_url'?",
        "Did you mean 'license'?",
        "Remove it. docs/reference/show.md lists the keys.",
    ]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("funding: {url: http://pay.example/}", "P20-0b"),
        ("medium: tv", "TAG-2"),
        ("author: Bo Finch", "YAML-2"),
        ("Author: Bo Finch", "YAML-2"),
        ("block: perhaps", "KEY-4"),
    ],
)
def test_a_finding_that_costs_an_episode_one_field_stops_the_show(line: str, rule: str) -> None:
    text = "\n".join([*(f"{key}: {value}" for key, value in REQUIRED.items()), line])

    with pytest.raises(Stopped) as stopped:
        read_show(SourceFile(PATH, text.encode()))

    findings = [(problem.rule, problem.effect, level_of(problem)) for problem in stopped.value.problems]
    assert (rule, "the show is not read", "error") in findings


def test_an_unreadable_file_is_no_show() -> None:
    assert parse_show(PATH, b"title: a: b")[0] is None
    show, problems = parse_show(PATH, b"\xff")
    assert show is None
    assert [problem.rule for problem in problems] == ["REC-1"]


def test_tags_of_the_channel_are_keys_of_the_show() -> None:
    show, findings = parsed(
        "funding: {url: https://pay.example/, text: Coffee}", "Update-Frequency: weekly", "medium: tv"
    )
    assert show is not None
    assert show.tags == (
        Tag("funding", (("url", "https://pay.example/"),), "Coffee"),
        Tag("updateFrequency", (), "weekly"),
    )
    assert [line.split(" ")[:3] for line in findings] == [["14:1:", "error", "TAG-2:"]]


@pytest.mark.parametrize(
    ("keys", "finding"),
    [
        (
            {"categories": "[Technology, Education, News]"},
            "8:1: warning APL-6: the show has 3 categories; Apple reads two. Keep the two that matter most.",
        ),
        ({"categories": "[Technology, Education]"}, ""),
        ({"owner": "{name: Club}"}, "11:1: warning APL-12: owner.email is missing. Add an address."),
        ({"owner": ""}, "11:1: warning APL-12: owner.email is missing. Add an address."),
        ({"block": "yes"}, "12:1: warning T-90: block is set. Remove the key if it is no longer needed."),
        ({"complete": "yes"}, "12:1: warning T-90: complete is set. Remove the key if it is no longer needed."),
        (
            {"new_feed_url": "https://new.example/"},
            ("12:1: warning T-90: new_feed_url is set. Remove the key if it is no longer needed."),
        ),
        (
            {"pages": "{accent: '#ffe14d'}"},
            (
                "12:9: warning CFG-4: the contrast of #ffe14d with the background is 1.2; at least 4.5 is needed; "
                "a darker colour is used. Choose a darker accent."
            ),
        ),
        (
            {"pages": "{labels: {Chapter: Part}}"},
            "12:18: warning CFG-7: unknown label 'Chapter'; the built-in label is used. Did you mean 'Chapters'?",
        ),
        ({"pages": "{labels: {Chapters: Parts, producer: maker}}"}, ""),
        *[
            (
                {"feed_url": f"https://a.example/b/{name}"},
                (
                    f"3:1: warning CFG-8: no file of the site can have the address 'https://a.example/b/{name}'; "
                    "apps find no feed there; it is published as https://a.example/b/feed.xml only. "
                    f"Use https://a.example/{folder}feed.xml (deploy --moved-from), "
                    "or configure your web server to serve feed.xml at feed_url."
                ),
            )
            for name, folder in (
                ("", ""),
                ("?feed=c/d", ""),
                *((name, "b/") for name in ("f%20g.xml", "Feed.XML", "feed.json", "Media", "rss.HTML", ".rss")),
            )
        ],
        *[
            ({"feed_url": f"https://a.example/b/{name}"}, "")
            for name in ("main.xml", "feed.xml?a=b", "podcast", "my_feed-2.rss")
        ],
        (
            {"pages": "{labels: {'Episode {n}': Folge}}"},
            (
                "12:18: warning CFG-7: the text 'Folge' of the label 'Episode {n}' lacks {n}; the value is not shown. "
                "Add {n} to the text."
            ),
        ),
        ({"pages": "{labels: {'Episode {n}': 'Folge {n}', '{title}: link': '{title} (link)'}}"}, ""),
        ({"block": "no"}, ""),
        ({"block": "[{id: amazon, text: yes}]"}, ""),
    ],
)
def test_warnings_are_returned_with_the_show(keys: dict[str, str], finding: str) -> None:
    show, lines = parsed(**keys)
    assert show is not None
    assert lines == ([finding] if finding else [])


def test_a_missing_owner_is_reported_for_the_file() -> None:
    show, findings = parsed(without="owner")
    assert show is not None
    assert findings == [" warning APL-12: owner.email is missing. Add an address."]


def test_a_plain_block_applies_to_all_services_and_others_to_their_own() -> None:
    show, findings = parsed(block="yes")
    assert show is not None
    assert (show.block, show.tags, len(findings)) == (True, (Tag("block", (), "yes"),), 1)
    show, findings = parsed(block="[{id: amazon, text: yes}, {id: spotify, text: no}]")
    assert show is not None
    assert (show.block, findings) == (False, [])
    assert show.tags == (Tag("block", (("id", "amazon"),), "yes"), Tag("block", (("id", "spotify"),), "no"))
    assert [line.split()[2] for line in parsed(block="perhaps")[1]] == ["TAG-2:", "KEY-4:"]
