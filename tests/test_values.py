"""Short texts as values; authors' fields and Podcasting 2.0 tags read them the same way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from feedbuilder.authors.fields import Email, HttpsUrl, Truth
from feedbuilder.authors.records import Text
from feedbuilder.authors.show import Guid
from feedbuilder.text.values import is_https, is_uuid, parse_choice, parse_truth, parse_url, parse_uuid, parse_whole
from feedbuilder.vocabulary.podcast_tags.kinds import KINDS

UUID = "917393e3-1b1e-5cef-ace4-edaa54e1f810"

# --- one reading for fields and tags ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "field", "text", "value", "in_tag"),
    [
        *[("boolean", Truth, text, True, "true") for text in ("true", "YES", "on", "1")],
        *[("boolean", Truth, text, False, "false") for text in ("false", "No", "off", "0")],
        *[("yes_no", Truth, text, True, "yes") for text in ("true", "YES", "on", "1")],
        *[("yes_no", Truth, text, False, "no") for text in ("false", "No", "off", "0")],
        *[
            ("https", HttpsUrl, text, url, url)
            for text, url in [
                ("https://a.example/b c.mp3", "https://a.example/b%20c.mp3"),
                ("https://a.example/100%?q=%C3%BC", "https://a.example/100%25?q=%C3%BC"),
                ("https://bücher.example:80/ü", "https://xn--bcher-kva.example:80/%C3%BC"),
                ("HTTPS://a.example/", "HTTPS://a.example/"),
            ]
        ],
        ("email", Email, "ada@harbour.example", "ada@harbour.example", "ada@harbour.example"),
        ("uuid", Guid, UUID.upper(), UUID, UUID),
    ],
)
def test_a_field_and_a_tag_read_a_text_alike(kind: str, field: Any, text: str, value: object, in_tag: str) -> None:  # noqa: ANN401
    assert TypeAdapter(field).validate_python(Text(text)) == value
    assert KINDS[kind].parse(text) == in_tag


@pytest.mark.parametrize(
    ("kind", "field", "text"),
    [
        *[("boolean", Truth, text) for text in ("maybe", "y", "2", "")],
        *[
            ("https", HttpsUrl, text)
            for text in ("a.example", "http://a.example/", "https://", "https://a..example/", "https://a.example:x/")
        ],
        *[("email", Email, text) for text in ("Ada", "a@b", "a@b..example", "a@b@c.example", "a b@c.example")],
        *[("uuid", Guid, text) for text in (UUID.replace("-", ""), UUID[:-1], f"{{{UUID}}}")],
    ],
)
def test_a_field_and_a_tag_refuse_a_text_alike(kind: str, field: Any, text: str) -> None:  # noqa: ANN401
    with pytest.raises(ValidationError):
        TypeAdapter(field).validate_python(Text(text))
    with pytest.raises(ValueError, match=r"^is "):
        KINDS[kind].parse(text)


# --- words, numbers, ids ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("007", 7), ("2.0", 2), ("2.0000", 2), ("-3", -3), ("9" * 15, 999_999_999_999_999)]
)
def test_whole_numbers_are_read_as_people_and_spreadsheets_write_them(text: str, number: int) -> None:
    assert parse_whole(text) == number


@pytest.mark.parametrize("text", ["", "1.5", "2.00000", "٣", "1e3", "--1", "+1", "1_000", "9" * 16, "1\n"])
def test_other_texts_are_no_whole_numbers(text: str) -> None:
    with pytest.raises(ValueError, match=r"^is not a whole number$"):
        parse_whole(text)


@pytest.mark.parametrize(
    ("parse", "text", "complaint"),
    [
        (parse_truth, "maybe", "is neither true nor false"),
        (parse_uuid, UUID[1:], "is not a UUID"),
        (
            lambda text: parse_choice(text, ["Apple", "acast"]),
            "appel",
            r"is not on the list \(did you mean 'Apple'\?\)",
        ),
        (lambda text: parse_choice(text, ["Apple", "acast"]), "x", "is not on the list"),
    ],
)
def test_what_is_wrong_ends_a_sentence(parse: Callable[[str], object], text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=f"^{complaint}$"):
        parse(text)


def test_a_uuid_has_hyphens_and_digits_of_ascii() -> None:
    assert is_uuid(UUID)
    assert not is_uuid(UUID.replace("9", "٩"))
    assert not is_uuid(f"{UUID}\n")


# --- URLs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://a.example", "https://a.example"),
        ("HTTPS://A.example/B", "HTTPS://A.example/B"),
        ("https://a.example:8080/x;y=1?a=b&c=d#e", "https://a.example:8080/x;y=1?a=b&c=d#e"),
        ("https://ada:pass@a.example/", "https://ada:pass@a.example/"),
        ("https://[::1]:8000/", "https://[::1]:8000/"),
        ("https://a.example/a b.mp3", "https://a.example/a%20b.mp3"),
        ("https://a.example/ü/%C3%BC/100%/%zz", "https://a.example/%C3%BC/%C3%BC/100%25/%25zz"),
        ('https://a.example/a|b\\c"d<e>f`g{h}^', "https://a.example/a%7Cb%5Cc%22d%3Ce%3Ef%60g%7Bh%7D%5E"),
        ("https://MÜNCHEN.example/ü", "https://xn--mnchen-3ya.example/%C3%BC"),
        ("https://ü@bücher.example:80/", "https://%C3%BC@xn--bcher-kva.example:80/"),
    ],
)
def test_urls_are_percent_encoded_once(text: str, url: str) -> None:
    assert parse_url(text) == url
    assert parse_url(url) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.example/b",
        "/b",
        "//a.example/b",
        "https:///b",
        "https://",
        "mailto:ada@a.example",
        "javascript:alert(1)",
        "ftp://a.example/",
        "https://[a",
        "https://a b.example/",
        "https://a..example/",
        "https://a.example:99999/",
        "https://a.example:x/",
        "https://a\\b.example/",
        f"https://{'a' * 64}.example/",
    ],
)
def test_other_texts_are_no_urls(text: str) -> None:
    with pytest.raises(ValueError, match=r"^is not an absolute http\(s\) URL$"):
        parse_url(text)


@given(st.text(max_size=30))
def test_a_url_is_ascii_and_reading_it_again_changes_nothing(path: str) -> None:
    url = parse_url(f"https://a.example/{path}")
    assert url.isascii()
    assert " " not in url
    assert parse_url(url) == url


@pytest.mark.parametrize(
    ("url", "secure"),
    [("https://a.example/", True), ("HTTPS://A.example/", True), ("http://a.example/", False), ("", False)],
)
def test_the_scheme_says_whether_a_url_is_https(url: str, secure: bool) -> None:
    assert is_https(url) == secure
