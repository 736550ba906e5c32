from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedbuilder.rules import RULES
from feedbuilder.vocabulary.podcast_tags import (
    ROLES,
    TAGS,
    Tag,
    TagFault,
    TagSpec,
    author_keys,
    in_tag_order,
    json_schema,
    make_tag,
    parse_tag,
    parse_tags,
    person_group,
)
from feedbuilder.vocabulary.podcast_tags.kinds import KINDS
from feedbuilder.vocabulary.podcast_tags.lists import LIST_MEDIA, MEDIA, SERVICES
from feedbuilder.vocabulary.podcast_tags.table import snake_case

GUID = "917393e3-1b1e-5cef-ace4-edaa54e1f810"
ALL = sorted(TAGS)


def parent_of(name: str) -> str:
    return TAGS[name].parents[0]


# --- the table ----------------------------------------------------------------------------------------------------


def test_the_closed_lists_are_those_of_the_namespace() -> None:
    assert (len(ROLES), sum(map(len, ROLES.values()))) == (11, 63)
    assert len(SERVICES) == len(set(SERVICES)) == 58
    assert [*MEDIA, *LIST_MEDIA][-3:] == ["publisherL", "courseL", "mixed"]
    assert [group for group, roles in ROLES.items() if "editor" in roles] == ["writing", "video post-production"]


@pytest.mark.parametrize("spec", TAGS.values(), ids=list(TAGS))
def test_a_row_agrees_with_the_rest_of_the_table(spec: TagSpec) -> None:
    assert spec.rule in RULES
    assert set(spec.parents) <= {"channel", "item"} | set(TAGS)
    assert all(spec.name in TAGS[child].parents for child in spec.children)
    assert spec.holds in {"", *spec.children}
    assert {value.kind.rule or spec.rule for value in spec.values} <= set(RULES)
    assert spec.about.endswith(".")


def test_the_pages_of_the_specification_are_named_in_kebab_case() -> None:
    assert TAGS["socialInteract"].source_url == (
        "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/tags/social-interact.md"
    )
    assert TAGS["txt"].source_url.endswith("/txt.md")


def test_authors_write_what_the_program_does_not_derive() -> None:
    assert list(author_keys("channel")) == [
        "medium",
        "locked",
        "block",
        "funding",
        "location",
        "license",
        "txt",
        "social_interact",
        "trailer",
        "podroll",
        "update_frequency",
    ]
    assert list(author_keys("item")) == [
        "funding",
        "location",
        "license",
        "txt",
        "social_interact",
        "alternate_enclosure",
    ]
    assert author_keys("item")["social_interact"] is TAGS["socialInteract"]


def test_a_tag_has_its_attributes_in_the_order_of_the_table_and_no_empty_ones() -> None:
    values = {"href": "https://a.example/", "img": "", "group": "cast", "role": "host", "text": "Ada"}
    expected = Tag("person", (("role", "host"), ("group", "cast"), ("href", "https://a.example/")), "Ada")
    assert make_tag("person", values) == expected
    with pytest.raises(KeyError):
        make_tag("person", {"rule": "host"})


def test_tags_are_ordered_as_in_the_table_and_those_of_one_name_as_given() -> None:
    first, second = make_tag("funding", {"text": "1"}), make_tag("funding", {"text": "2"})
    guid = make_tag("guid", {"text": GUID})
    assert in_tag_order([second, first, guid]) == [guid, second, first]


# --- people -------------------------------------------------------------------------------------------------------


def test_every_pair_of_the_list_is_a_role_and_group_in_any_case() -> None:
    for group, roles in ROLES.items():
        for role in roles:
            assert person_group(role.title(), f" {group.upper()} ") == (role, group)


@pytest.mark.parametrize(
    ("role", "group", "expected"),
    [
        ("", "", ("host", "cast")),
        ("Co-Host", "", ("co-host", "cast")),
        ("editor", "", ("editor", "writing")),
        ("guest", "writing", None),
        ("", "visuals", None),
        ("guru", "", None),
        ("guest", "casts", None),
    ],
)
def test_a_role_alone_has_a_group_and_a_wrong_pair_none(
    role: str, group: str, expected: tuple[str, str] | None
) -> None:
    assert person_group(role, group) == expected


# --- what authors write -------------------------------------------------------------------------------------------

REMOTE = Tag("remoteItem", (("feedGuid", GUID),))
ROLL = Tag("podroll", (), "", (REMOTE,))

ACCEPTED = [
    ("license", "cc-by-4.0", Tag("license", (), "CC-BY-4.0")),
    (
        "license",
        {"text": "Harbour-1", "url": "https://a.example/l"},
        Tag("license", (("url", "https://a.example/l"),), "Harbour-1"),
    ),
    ("locked", "Yes", Tag("locked", (), "yes")),
    ("locked", {"text": "false", "owner": "a@b.example"}, Tag("locked", (("owner", "a@b.example"),), "no")),
    ("medium", "Music", Tag("medium", (), "music")),
    ("block", {"id": "Apple", "text": "no"}, Tag("block", (("id", "apple"),), "no")),
    (
        "funding",
        {"text": "Buy us a rope", "URL": "https://a.example/äb"},
        Tag("funding", (("url", "https://a.example/%C3%A4b"),), "Buy us a rope"),
    ),
    (
        "funding",
        {"text": "x", "url": "https://müsli.example/%20"},
        Tag("funding", (("url", "https://xn--msli-0ra.example/%20"),), "x"),
    ),
    (
        "location",
        {"text": "Kiel", "geo": "geo:54.32,10.13", "osm": "R27021", "country": "DE", "rel": "Creator"},
        Tag(
            "location",
            (("rel", "creator"), ("geo", "geo:54.32,10.13"), ("osm", "R27021"), ("country", "DE")),
            "Kiel",
        ),
    ),
    ("txt", "abc", Tag("txt", (), "abc")),
    ("txt", {"purpose": "ai-content", "text": "Yes"}, Tag("txt", (("purpose", "ai-content"),), "true")),
    ("txt", {"purpose": "ai-content", "text": "true"}, Tag("txt", (("purpose", "ai-content"),), "true")),
    ("socialInteract", "disabled", Tag("socialInteract", (("protocol", "disabled"),))),
    (
        "socialInteract",
        {"protocol": "Disabled", "account_id": "@ada"},
        Tag("socialInteract", (("protocol", "disabled"),)),
    ),
    (
        "socialInteract",
        {"Protocol": "activitypub", "uri": "https://s.example/1", "account-id": "@ada", "priority": "-1"},
        Tag(
            "socialInteract",
            (
                ("protocol", "activitypub"),
                ("uri", "https://s.example/1"),
                ("accountId", "@ada"),
                ("priority", "-1"),
            ),
        ),
    ),
    (
        "trailer",
        {"url": "https://a.example/t.mp3", "pubdate": "2025-03-01T17:00:00+01:00", "text": "Soon", "season": "4"},
        Tag(
            "trailer",
            (("url", "https://a.example/t.mp3"), ("pubdate", "Sat, 01 Mar 2025 16:00:00 +0000"), ("season", "4")),
            "Soon",
        ),
    ),
    (
        "trailer",
        {"url": "https://a.example/t.mp3", "pubdate": "Fri, 1 Mar 2025 17:00:00 EST", "text": "Soon"},
        Tag(
            "trailer",
            (("url", "https://a.example/t.mp3"), ("pubdate", "Sat, 01 Mar 2025 22:00:00 +0000")),
            "Soon",
        ),
    ),
    ("podroll", [GUID], ROLL),
    ("podroll", [{"feed_guid": GUID.upper()}], ROLL),
    ("podroll", {"remote_item": GUID}, ROLL),
    ("podroll", {"remoteItem": [{"feedGuid": GUID}]}, ROLL),
    ("updateFrequency", "weekly", Tag("updateFrequency", (), "weekly")),
    (
        "updateFrequency",
        {"rrule": "RRULE:freq=weekly;count=3", "dtstart": "2025-03-01", "complete": "no"},
        Tag(
            "updateFrequency",
            (("complete", "false"), ("dtstart", "2025-03-01"), ("rrule", "FREQ=WEEKLY;COUNT=3")),
        ),
    ),
    (
        "updateFrequency",
        {"rrule": "FREQ=DAILY;UNTIL=2025-12-31T00:00:00.000Z", "dtstart": "2025-01-01T00:00:00Z"},
        Tag(
            "updateFrequency",
            (("dtstart", "2025-01-01T00:00:00Z"), ("rrule", "FREQ=DAILY;UNTIL=2025-12-31T00:00:00.000Z")),
        ),
    ),
    (
        "alternateEnclosure",
        {
            "integrity": {"type": "sri", "value": "sha256-abc="},
            "type": "audio/opus",
            "source": ["ipfs://bafy", {"uri": "https://a.example/x.opus", "content_type": "audio/opus"}],
            "bitrate": "64000.5",
            "lang": "pt-BR",
            "default": "yes",
        },
        Tag(
            "alternateEnclosure",
            (("type", "audio/opus"), ("bitrate", "64000.5"), ("lang", "pt-BR"), ("default", "true")),
            "",
            (
                Tag("source", (("uri", "ipfs://bafy"),)),
                Tag("source", (("uri", "https://a.example/x.opus"), ("contentType", "audio/opus"))),
                Tag("integrity", (("type", "sri"), ("value", "sha256-abc="))),
            ),
        ),
    ),
    (
        "image",
        {"href": "https://a.example/i.jpg", "aspect_ratio": "16 / 9", "width": "1280", "type": "image/jpeg"},
        Tag(
            "image",
            (("href", "https://a.example/i.jpg"), ("aspect-ratio", "16/9"), ("width", "1280"), ("type", "image/jpeg")),
        ),
    ),
]


@pytest.mark.parametrize(("name", "value", "tag"), ACCEPTED)
def test_what_an_author_may_write_becomes_the_tag(name: str, value: object, tag: Tag) -> None:
    assert parse_tag(name, value, parent=parent_of(name)) == (tag, [])


LOST, PARTLY = "the tag is left out", "left out of the tag"

REFUSED = [
    # a required value: the tag goes
    (
        "funding",
        {"url": "http://a.example/", "text": "x"},
        None,
        [
            (
                ("url",),
                "P20-0b",
                "funding url 'http://a.example/' is not an https URL",
                LOST,
                "Start it with https://.",
            )
        ],
    ),
    ("funding", "Give", None, [((), "P20-0c", "funding has no url", LOST, "Add `url:` or remove the tag.")]),
    (
        "funding",
        {"url": " ", "text": ""},
        None,
        [
            (("text",), "P20-0c", "funding has no text", LOST, "Add `text:` or remove the tag."),
            (("url",), "P20-0c", "funding has no url", LOST, "Add `url:` or remove the tag."),
        ],
    ),
    (
        "license",
        "CC-BY-SA-4.0",
        None,
        [
            (
                (),
                "P20-0c",
                "license 'CC-BY-SA-4.0' is not on the list and has no url",
                LOST,
                "Add the `url:` of its text, or use one of ARR, CC-BY-4.0, CC-BY-NC-4.0, CC-BY-NC-ND-4.0, POD-V4V-1.0.",
            )
        ],
    ),
    ("locked", "maybe", None, [((), "TAG-2", "locked 'maybe' is neither yes nor no", LOST, "Use `yes` or `no`.")]),
    (
        "locked",
        ["yes"],
        None,
        [((), "TAG-3", "locked must be a mapping, not a list", LOST, "Write a mapping.")],
    ),
    ("podroll", "x", None, [((), "TAG-3", "podroll must be a list, not a text", LOST, "Write a list.")]),
    (
        "podroll",
        [],
        None,
        [((), "P20-0c", "podroll has no remote_item", LOST, "Add `remote_item:` or remove the tag.")],
    ),
    (
        "podroll",
        ["x"],
        None,
        [
            (
                (0,),
                "TAG-2",
                "remote_item feed_guid 'x' is not a UUID",
                LOST,
                "Use the podcast:guid of that show.",
            )
        ],
    ),
    (
        "medium",
        "musicL",
        None,
        [
            (
                (),
                "TAG-2",
                "medium musicL is for feeds that hold no episodes",
                LOST,
                "Use the medium of the episodes, such as podcast.",
            )
        ],
    ),
    (
        "txt",
        {"purpose": "ai-content", "text": "a bit"},
        None,
        [(("text",), "P20-20", "txt ai-content 'a bit' is not true or false", LOST, "Use `true` or `false`.")],
    ),
    (
        "socialInteract",
        {"protocol": "atprotocol", "uri": "http://s.example/1"},
        None,
        [
            (
                ("protocol",),
                "TAG-2",
                "social_interact protocol 'atprotocol' is not on the list (did you mean 'atproto'?)",
                LOST,
                "Use one of: disabled, activitypub, twitter, lightning, atproto, hive, matrix, nostr.",
            ),
            (
                ("uri",),
                "P20-0b",
                "social_interact uri 'http://s.example/1' is not an https URL",
                LOST,
                "Start it with https:// or another scheme.",
            ),
        ],
    ),
    (
        "trailer",
        {"url": "https://a.example/t.mp3", "pubdate": "2025-03-01", "text": "Soon"},
        None,
        [
            (
                ("pubdate",),
                "TAG-2",
                "trailer pubdate '2025-03-01' has no time zone",
                LOST,
                "Write it as 2025-03-01T17:00:00+01:00.",
            )
        ],
    ),
    (
        "updateFrequency",
        {},
        None,
        [((), "P20-0c", "update_frequency is empty", LOST, "Fill it in or remove it.")],
    ),
    (
        "updateFrequency",
        {"rrule": "every week"},
        None,
        [
            (
                ("rrule",),
                "TAG-2",
                "update_frequency rrule 'every week' is not a recurrence rule of RFC 5545",
                PARTLY,
                "Write it as FREQ=WEEKLY;BYDAY=MO.",
            )
        ],
    ),
    (
        "alternateEnclosure",
        {"type": "opus", "source": {"uri": "nowhere"}},
        None,
        [
            (
                ("type",),
                "TAG-2",
                "alternate_enclosure type 'opus' is not a media type",
                LOST,
                "Write it as audio/mpeg.",
            ),
            (
                ("source", "uri"),
                "P20-0b",
                "source uri 'nowhere' is not a URI",
                LOST,
                "Start it with https:// or another scheme.",
            ),
        ],
    ),
    # an optional value: the rest stays
    (
        "locked",
        {"text": "yes", "owner": "Ada", "until": "2030"},
        Tag("locked", (), "yes"),
        [
            (("until",), "TAG-1", "unknown key 'until' in locked", PARTLY, "Its keys are owner, text."),
            (("owner",), "TAG-2", "locked owner 'Ada' is not a mail address", PARTLY, "Write it as user@host.example."),
        ],
    ),
    (
        "location",
        {"text": "Atlantis", "geo": "geo:91,0", "osm": "r1", "country": "Greece"},
        Tag("location", (), "Atlantis"),
        [
            (
                ("geo",),
                "TAG-2",
                "location geo 'geo:91,0' is not a geo URI of RFC 5870",
                PARTLY,
                "Write latitude and longitude as geo:52.52,13.40.",
            ),
            (("osm",), "TAG-2", "location osm 'r1' is not an OpenStreetMap id", PARTLY, "Write it as R62422."),
            (
                ("country",),
                "TAG-2",
                "location country 'Greece' is not a country code",
                PARTLY,
                "Write two letters such as DE.",
            ),
        ],
    ),
    (
        "txt",
        {"purpose": ["a"], "text": "b", "Text": "c"},
        Tag("txt", (), "b"),
        [
            (("Text",), "TAG-4", "txt has text twice", "only the first is used", "Keep one."),
            (("purpose",), "TAG-3", "txt purpose must be a text, not a list", PARTLY, "Write a text."),
        ],
    ),
    (
        "updateFrequency",
        {"rrule": "FREQ=WEEKLY;COUNT=3", "text": "weekly"},
        Tag("updateFrequency", (), "weekly"),
        [
            (
                ("rrule",),
                "P20-0c",
                "update_frequency rrule has COUNT, but there is no dtstart",
                PARTLY,
                "Add `dtstart:`.",
            )
        ],
    ),
    (
        "updateFrequency",
        {"rrule": "FREQ=WEEKLY;UNTIL=20251231", "dtstart": "2025-01-01T00:00:00Z"},
        Tag("updateFrequency", (("rrule", "FREQ=WEEKLY;UNTIL=20251231"),)),
        [
            (
                ("dtstart",),
                "TAG-2",
                "update_frequency dtstart '2025-01-01T00:00:00Z' and UNTIL '20251231' differ in form",
                PARTLY,
                "Write both as dates, or both with a time.",
            )
        ],
    ),
    (
        "updateFrequency",
        {"rrule": "FREQ=WEEKLY;UNTIL=20251231;COUNT=2", "dtstart": "soon", "complete": "perhaps", "text": "x"},
        Tag("updateFrequency", (), "x"),
        [
            (
                ("complete",),
                "TAG-2",
                "update_frequency complete 'perhaps' is neither true nor false",
                PARTLY,
                "Use `true` or `false`.",
            ),
            (
                ("dtstart",),
                "TAG-2",
                "update_frequency dtstart 'soon' is not an ISO 8601 date or date and time",
                PARTLY,
                "Write it as 2025-03-01 or 2025-03-01T17:00:00Z.",
            ),
            (
                ("rrule",),
                "TAG-2",
                "update_frequency rrule 'FREQ=WEEKLY;UNTIL=20251231;COUNT=2' has both COUNT and UNTIL",
                PARTLY,
                "Write it as FREQ=WEEKLY;BYDAY=MO.",
            ),
        ],
    ),
    (
        "podroll",
        [GUID, {"feed_guid": GUID, "feed_url": "http://a.example/"}, {"title": "A show"}],
        Tag("podroll", (), "", (REMOTE, REMOTE)),
        [
            (
                (1, "feed_url"),
                "P20-0b",
                "remote_item feed_url 'http://a.example/' is not an https URL",
                PARTLY,
                "Start it with https://.",
            ),
            ((2,), "P20-0c", "remote_item has no feed_guid", LOST, "Add `feed_guid:` or remove the tag."),
        ],
    ),
    (
        "alternateEnclosure",
        {
            "type": "audio/opus",
            "source": "ipfs://x",
            "integrity": [{"type": "sri", "value": "a"}, {"type": "sri", "value": "b"}],
        },
        Tag(
            "alternateEnclosure",
            (("type", "audio/opus"),),
            "",
            (Tag("source", (("uri", "ipfs://x"),)), Tag("integrity", (("type", "sri"), ("value", "a")))),
        ),
        [(("integrity", 1), "TAG-4", "integrity is given more than once", "only the first is used", "Keep one.")],
    ),
]


@pytest.mark.parametrize(("name", "value", "tag", "faults"), REFUSED)
def test_every_finding_has_its_place_and_drops_as_little_as_possible(
    name: str, value: object, tag: Tag | None, faults: list[tuple[tuple[str | int, ...], str, str, str, str]]
) -> None:
    assert parse_tag(name, value, parent=parent_of(name)) == (tag, [TagFault(*fault) for fault in faults])


def test_a_text_over_its_limit_is_published_and_reported() -> None:
    tag, faults = parse_tag("funding", {"url": "https://a.example/", "text": "ä" * 129}, parent="item")
    assert tag == Tag("funding", (("url", "https://a.example/"),), "ä" * 129)
    what = "funding has 129 characters; apps may cut it after 128"
    assert faults == [TagFault(("text",), "P20-0d", what, "", "Use at most 128 characters.")]
    assert parse_tag("funding", {"url": "https://a.example/", "text": "ä" * 128}, parent="item")[1] == []


@pytest.mark.parametrize(
    ("kind", "text", "complaint"),
    [
        ("https", "https://[1", "is not an https URL"),
        ("https", "https:///path", "is not an https URL"),
        ("https", "https://a..example/", "is not an https URL"),
        ("uri", "Http://a.example/", "is not an https URL"),
        ("email", "a@b..example", "is not a mail address"),
        ("whole", "-1", "is below 0"),
        ("https", "HTTP://a.example/", "is not an https URL"),
        ("instant", "tomorrow", "is not a date"),
        ("instant", "1989-12-31T23:59:59Z", "is before 1990"),
        ("instant", "9999-12-31T23:59:59-01:00", "is not a date"),
        ("whole", "٣", "is not a whole number"),
        ("whole", "1.5", "is not a whole number"),
        ("number", "-1", "is not a number"),
        ("number", "1e3", "is not a number"),
        ("integer", "--1", "is not a whole number"),
        ("language", "english language", "is not a language code"),
        ("media_type", "audio/mpeg; charset=x", "is not a media type"),
        ("geo", "geo:10,181", "is not a geo URI of RFC 5870"),
        ("ratio", "16:9", "is not a ratio"),
        ("rrule", "FREQ=", "is not a recurrence rule of RFC 5545"),
        ("rrule", "FREQ=WEEKLY;ON=MO", "is not a recurrence rule of RFC 5545"),
        ("uuid", "917393e31b1e5ceface4edaa54e1f810", "is not a UUID"),
    ],
)
def test_a_value_of_another_kind_is_refused(kind: str, text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=f"^{complaint}$"):
        KINDS[kind].parse(text)


def test_what_is_quoted_is_short_and_on_one_line() -> None:
    [fault] = parse_tag("locked", "\x1b[31m\n" + "x" * 99, parent="channel")[1]
    assert fault.what == f"locked '\\x1b[31m\\n{'x' * 53}…' is neither yes nor no"


def test_a_list_is_several_tags_where_several_are_allowed() -> None:
    tags, faults = parse_tags("block", ["yes", {"id": "appel", "text": "no"}, "perhaps"], parent="channel")
    assert tags == (Tag("block", (), "yes"), Tag("block", (), "no"))
    assert [(fault.path, fault.rule) for fault in faults] == [((1, "id"), "TAG-2"), ((2,), "TAG-2")]
    assert faults[0].what == "block id 'appel' is not on the list (did you mean 'apple'?)"
    assert faults[0].remedy == (
        "Use one of: acast, amazon, anchor, apple, audible, audioboom, backtracks, bitcoin, blubrry, buzzsprout …"
    )


def test_of_a_tag_that_is_allowed_once_the_first_of_a_list_is_used() -> None:
    tags, faults = parse_tags("locked", ["no", "yes"], parent="channel")
    assert tags == (Tag("locked", (), "no"),)
    assert faults == [TagFault((1,), "TAG-4", "locked is given more than once", "only the first is used", "Keep one.")]


def test_one_tag_needs_no_list_but_can_be_in_one() -> None:
    assert parse_tags("locked", ["no"], parent="channel") == ((Tag("locked", (), "no"),), [])
    assert parse_tags("locked", "no", parent="channel") == ((Tag("locked", (), "no"),), [])
    assert parse_tags("locked", "?", parent="channel")[0] == ()


def test_a_tag_under_a_wrong_parent_is_a_bug() -> None:
    with pytest.raises(KeyError, match="locked under item"):
        parse_tag("locked", "yes", parent="item")
    with pytest.raises(KeyError):
        parse_tag("unknown", "yes", parent="item")


# --- properties ---------------------------------------------------------------------------------------------------

TEXTS = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"(https?|geo|ipfs):[/a-zä0-9.,;%?#\[\]@: -]{0,20}"),
    st.from_regex(r"[0-9./,:TZ+-]{1,20}"),
    st.sampled_from(["yes", "FREQ=WEEKLY", "9999-12-31T23:59:59-23:00", "0001-01-01T00:00+10:00", "disabled", GUID]),
)
KEYS = st.one_of(
    st.text(max_size=8), st.sampled_from(sorted({value.name for spec in TAGS.values() for value in spec.values}))
)
VALUES = st.recursive(
    TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=8
)


@settings(max_examples=30)
@given(text=TEXTS)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_value_that_was_accepted_is_accepted_again_unchanged(kind: str, text: str) -> None:
    try:
        accepted = KINDS[kind].parse(text)
    except ValueError:
        return
    assert KINDS[kind].parse(accepted) == accepted


@given(name=st.sampled_from(ALL), value=VALUES)
def test_nothing_that_an_author_can_write_raises_and_the_rest_is_valid(name: str, value: object) -> None:
    tags, faults = parse_tags(name, value, parent=parent_of(name))
    assert all(fault.rule in RULES for fault in faults)
    for tag in tags:
        assert parse_tag(name, as_written(tag), parent=parent_of(name))[0] == tag


def as_written(tag: Tag) -> dict[str, object]:
    children: dict[str, object] = {
        child: [as_written(one) for one in tag.children if one.name == child]
        for child in {one.name for one in tag.children}
    }
    return {**dict(tag.attributes), **({"text": tag.text} if tag.text else {}), **children}


@given(moment=st.datetimes(datetime(1990, 1, 2), datetime(9998, 12, 30), timezones=st.timezones()))  # noqa: DTZ001
def test_an_instant_keeps_its_meaning(moment: datetime) -> None:
    written = KINDS["instant"].parse(moment.isoformat(timespec="seconds"))
    assert parsedate_to_datetime(written) == moment.replace(microsecond=0).astimezone(UTC)


# --- JSON Schema --------------------------------------------------------------------------------------------------


def test_the_schema_of_a_tag_with_a_text_is_a_text_or_a_mapping() -> None:
    assert json_schema(TAGS["locked"]) == {
        "description": "Whether other hosts must refuse to import this feed. Set it to no before moving. "
        "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/tags/locked.md",
        "anyOf": [
            {
                "description": "Yes or no.",
                "type": ["boolean", "string"],
                "enum": [True, False, "true", "false", "yes", "no", "on", "off"],
            },
            {
                "type": "object",
                "properties": {
                    "owner": {"description": "Mail address.", "type": "string", "format": "email"},
                    "text": {
                        "description": "Yes or no.",
                        "type": ["boolean", "string"],
                        "enum": [True, False, "true", "false", "yes", "no", "on", "off"],
                    },
                },
                "additionalProperties": False,
                "required": ["text"],
            },
        ],
    }


def test_the_schema_of_a_tag_that_only_holds_others_is_a_list_of_them() -> None:
    text, mapping, _ = forms_of("remoteItem")
    assert text == {"description": "UUID.", "type": "string", "format": "uuid"}
    assert list(mapping["properties"]) == ["feed_guid", "feed_url", "item_guid", "medium", "title"]
    assert forms_of("podroll")[1] == {"type": "array", "items": {"anyOf": [text, mapping]}, "minItems": 1}


def test_a_text_alone_is_offered_only_where_it_is_enough() -> None:
    assert [form["type"] for form in forms_of("funding")] == ["object", "array"]
    assert [form["type"] for form in forms_of("alternateEnclosure")] == ["object", "array"]


def test_limits_are_in_the_schema_and_disabled_comments_need_no_address() -> None:
    [mapping] = [form for form in forms_of("funding") if form["type"] == "object"]
    assert mapping["properties"]["text"]["maxLength"] == 128
    assert "maxLength" not in mapping["properties"]["url"]
    assert [form["required"] for form in forms_of("socialInteract") if form["type"] == "object"] == [["protocol"]]


def forms_of(name: str) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", json_schema(TAGS[name])["anyOf"])


@pytest.mark.parametrize("name", ALL)
def test_a_schema_has_every_value_and_child_and_allows_a_list_where_several_are_allowed(name: str) -> None:
    spec = TAGS[name]
    forms = forms_of(name)
    mapping = next(form for form in forms if form.get("type") == "object")
    names = [*(value.name for value in spec.values), *spec.children]
    assert list(mapping["properties"]) == [snake_case(one) for one in names]
    assert any(form.get("type") == "array" for form in forms) == (spec.many or not spec.plain)
