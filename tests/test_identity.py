from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest
from builders import a_known, an_enclosure, an_episode, at
from hypothesis import given, settings
from hypothesis import strategies as st

from feedbuilder.derive.identity import derive_identity, podcast_guid
from feedbuilder.model import Enclosure, Episode, Known

SHOW = "3904c408-ac19-52db-9ae9-0742248823e7"
OURS = Enclosure("https://harbour.example/media/tide-1a2b.mp3", 999, "audio/mpeg", "aa11")


def identity_of(
    episode: Episode, known: Known | None = None, own: Enclosure | None = None, measured_s: float | None = None
) -> Known:
    return derive_identity(episode, known, podcast_guid=SHOW, enclosure=own, measured_s=measured_s)[0]


@pytest.mark.parametrize(
    ("url", "guid"),
    [
        ("https://podnews.net/rss", "9b024349-ccf0-5f69-a609-6b82873eab3c"),
        ("podnews.net/rss", "9b024349-ccf0-5f69-a609-6b82873eab3c"),
        ("http://podnews.net/rss///", "9b024349-ccf0-5f69-a609-6b82873eab3c"),
        ("https://mp3s.nashownotes.com/pc20rss.xml", "917393e3-1b1e-5cef-ace4-edaa54e1f810"),
    ],
)
def test_the_guid_of_a_show_is_that_of_the_specification(url: str, guid: str) -> None:
    assert podcast_guid(url) == guid


def test_nothing_else_of_the_feeds_address_is_normalised() -> None:
    urls = [
        "https://harbour.example/a",
        "https://Harbour.example/a",
        "https://www.harbour.example/a",
        "https://harbour.example/a?x=1",
    ]
    assert len({podcast_guid(url) for url in urls}) == 4


def test_a_new_episode_gets_the_guid_of_its_slug_and_show() -> None:
    assert identity_of(an_episode("042-tide-tables")).guid == "bdc58763-5ab0-5e64-b7a8-511cddc473d3"
    other = derive_identity(an_episode("042-tide-tables"), None, podcast_guid=podcast_guid("x.example"))[0]
    assert other.guid != identity_of(an_episode("042-tide-tables")).guid


def test_the_record_comes_before_the_ledger_and_the_ledger_before_the_slug() -> None:
    known = a_known(guid="known")
    assert identity_of(an_episode(guid="written"), known).guid == "written"
    assert identity_of(an_episode(), known).guid == "known"


@pytest.mark.parametrize(
    ("written", "is_day", "known", "expected"),
    [
        ("2024-05-02T09:30", False, "2024-05-01T17:00", "2024-05-02T09:30"),
        ("2024-05-02T15:00", True, "2024-05-01T17:00", "2024-05-01T17:00"),
        ("2024-05-02T15:00", True, None, "2024-05-02T15:00"),
        (None, False, "2024-05-01T17:00", "2024-05-01T17:00"),
    ],
)
def test_a_bare_day_does_not_move_an_instant_that_is_known(
    written: str | None, is_day: bool, known: str | None, expected: str
) -> None:
    episode = an_episode(pub_date=at(written) if written else None, pub_date_is_day=is_day)
    assert identity_of(episode, a_known(pub_date=at(known) if known else None)).pub_date == at(expected)


def test_the_records_audio_comes_before_the_known_one() -> None:
    assert identity_of(an_episode(), a_known(), OURS).enclosure == OURS
    assert identity_of(an_episode(), a_known()).enclosure == an_enclosure()
    assert identity_of(an_episode(), None, OURS).enclosure == OURS


def test_what_a_record_does_not_say_of_its_audio_is_known_of_the_same_address_only() -> None:
    known = a_known(enclosure=an_enclosure(sha256="bb22"))
    bare = Enclosure(an_enclosure().url, 0, "")
    assert identity_of(an_episode(), known, bare).enclosure == an_enclosure(sha256="bb22")
    assert identity_of(an_episode(), known, an_enclosure(length_bytes=7, type="audio/x-m4a")).enclosure == an_enclosure(
        length_bytes=7, type="audio/x-m4a", sha256="bb22"
    )
    elsewhere = Enclosure("https://audio.example/other.mp3", 0, "")
    assert identity_of(an_episode(), known, elsewhere).enclosure == elsewhere
    measured = an_enclosure(length_bytes=0, sha256="cc33")
    assert identity_of(an_episode(), known, measured).enclosure == measured


@pytest.mark.parametrize(
    ("measured", "known", "own", "expected"),
    [
        (1234.5, a_known(), OURS, 1234.5),
        (None, a_known(), None, 1800.0),
        (None, a_known(), an_enclosure(), 1800.0),
        (None, a_known(enclosure=None), OURS, 1800.0),
        (None, a_known(enclosure=None), None, 1800.0),
        (None, a_known(), OURS, 1750.0),  # the known duration is that of other audio
        (None, a_known(duration_s=None), None, 1750.0),
        (None, None, None, 1750.0),
    ],
)
def test_a_duration_is_measured_or_known_or_written(
    measured: float | None, known: Known | None, own: Enclosure | None, expected: float
) -> None:
    assert identity_of(an_episode(duration_s=1750.0), known, own, measured).duration_s == expected


def test_the_host_id_is_the_records_or_the_known_one() -> None:
    episode = an_episode(ids={"anchor": "Low-Tide-e1a2b3c"})
    assert identity_of(episode, a_known(host_id="e9z")).host_id == "e1a2b3c"
    assert identity_of(an_episode(), a_known(host_id="e7d8f9g")).host_id == "e7d8f9g"
    assert identity_of(an_episode()).host_id == ""


def test_the_rest_is_taken_along() -> None:
    known = a_known(former_slugs=("041-tides",), title="Old title", withdrawn=True)
    found = identity_of(an_episode(title="New title", withdrawn=False), known)
    assert (found.title, found.withdrawn, found.former_slugs) == ("New title", False, ("041-tides",))


def test_what_an_item_lacks_is_reported() -> None:
    identity, problems = derive_identity(an_episode(), None, podcast_guid=SHOW)
    assert (identity.pub_date, identity.enclosure) == (None, None)
    assert [problem.what for problem in problems] == [
        "no date in the episode file or the ledger",
        "no audio in the episode file or the ledger",
    ]
    assert [problem.rule for problem in problems] == ["BLD-2", "BLD-1"]
    assert derive_identity(an_episode(), a_known(), podcast_guid=SHOW)[1] == []


@settings(max_examples=60)
@given(
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,40}", fullmatch=True), st.datetimes().map(lambda one: one.isoformat())
)
def test_a_guid_is_a_uuid_and_does_not_hang_on_anything_but_slug_and_show(slug: str, day: str) -> None:
    bare = identity_of(an_episode(slug))
    dated = identity_of(
        an_episode(slug, title="Other", pub_date=at(datetime.fromisoformat(day).isoformat()), season=3), None, OURS
    )
    assert UUID(bare.guid).version == 5
    assert bare.guid == dated.guid
