from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedbuilder.render.search import SHARDS, Searched, read_search_index, render_search_index, shard_of, words_of


def unpack(text: str) -> list[int]:
    """As the script in the browser does."""
    numbers: list[int] = []
    for step in text.split(" "):
        numbers.append((numbers[-1] if numbers else 0) + int(step, 36))
    return numbers


def an_episode(slug: str, *words: str) -> Searched:
    return Searched(slug, f"On {slug}", "2024-05-01", timed=True, words=frozenset(words))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ärger, ÇA va?", "arger ca va"),
        ("it's x_1", "it s x 1"),
        ("Straße, STRASSE, GROẞ", "strasse gross"),
        ("ΟΔΟΣ οδός", "οδοσ"),
        ("東京都です 東京", "東京 京都 都で です す 京"),
        ("2024年的AI时代", "2024 年的 的 ai 时代 代"),
        ("ﾊﾟﾝ ガ", "パン ン ガ"),
        ("한국어", "한국 국어 어"),
        ("สวยมากABC", "สว วย ยม มา าก ก abc"),
        ("น้ำ", "น้ ้ํ ํา า"),
        ("की किताब", "की किताब"),
        ("ბ\u200bა", "ბა"),
        ("مُحَمَّد مـحمد", "محمد"),
        ("שָׁלוֹם", "שלום"),
        ("❤️ 1️⃣", "1"),
        ("", ""),
    ],
)
def test_words_are_folded_and_scripts_without_spaces_go_in_pairs(text: str, words: str) -> None:
    assert words_of([text]) == frozenset(words.split())


def test_the_index_lists_episodes_and_has_each_word_in_the_file_of_its_beginning() -> None:
    files = render_search_index([an_episode("a", "tide", "rope"), an_episode("b", "tide")])
    assert json.loads(files["index.json"]) == {
        "shards": SHARDS,
        "episodes": [["a", "On a", "2024-05-01", 1], ["b", "On b", "2024-05-01", 1]],
    }
    assert json.loads(files[f"{shard_of('tide'):02}.json"])["tide"] == "0 1"
    assert json.loads(files[f"{shard_of('ro'):02}.json"])["rope"] == "0"
    assert len(files) == SHARDS + 1


@given(st.lists(st.frozensets(st.text(min_size=1, max_size=4), max_size=5), max_size=50))
def test_every_word_leads_to_exactly_its_episodes(said: list[frozenset[str]]) -> None:
    said = [words_of(texts) for texts in said]
    files = render_search_index([an_episode(str(number), *words) for number, words in enumerate(said)])
    found = {
        word: unpack(numbers)
        for name, data in files.items()
        if name != "index.json"
        for word, numbers in json.loads(data).items()
    }
    every = {word for words in said for word in words}
    assert found == {word: [number for number, words in enumerate(said) if word in words] for word in every}


@given(said=st.lists(st.frozensets(st.from_regex(r"[a-zé東京ก]{1,4}", fullmatch=True)), max_size=60))
def test_an_index_says_what_was_put_into_it(said: list[frozenset[str]]) -> None:
    episodes = [
        Searched(f"tide-{number}", f"Tide {number}", "2026-01-01", number % 2 == 0, words)
        for number, words in enumerate(said)
    ]
    index = render_search_index(episodes)
    assert read_search_index(index.__getitem__, [one.slug for one in episodes]) == episodes
    assert read_search_index(index.__getitem__, ["tide-1", "other"]) == episodes[1:2]


def test_what_is_no_index_is_said_to_be_none() -> None:
    for text in (b"", b"[]", b'{"shards": 1, "episodes": [["a"]]}', b'{"shards": 1, "episodes": [[]]}'):
        with pytest.raises(ValueError, match="not an index of feedbuilder"):
            read_search_index({"index.json": text, "00.json": text}.__getitem__, ["a"])


def test_a_new_episode_leaves_the_files_without_its_words() -> None:
    one, two = an_episode("a", "tide", "rope"), an_episode("b", "rope")
    before, after = render_search_index([one]), render_search_index([one, two])
    assert {name for name in after if after[name] != before[name]} == {"index.json", f"{shard_of('rope'):02}.json"}
