"""The kinds of field: which texts a key takes, and the rule that a wrong one breaks.

How a text is read as a truth, a URL or a date is known below (``text.values``, ``text.timecode``, ``text.dates``); here
each becomes a type for pydantic, with its JSON Schema.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from feedbuilder.errors import quoted
from feedbuilder.text import values
from feedbuilder.text.timecode import parse_clock, parse_duration, parse_seconds

_Value = TypeVar("_Value")
_TIME_REMEDY = "Use seconds (94.5) or a clock time (1:34)."


def wrong(rule: str, what: str, effect: str = "", remedy: str = "") -> PydanticCustomError:
    """The error for a kind to raise; it becomes a ``Problem`` with the mark of its field."""
    # PydanticCustomError fills {} in its message, so the text is kept in the context instead.
    return PydanticCustomError("fault", "{what}", {"rule": rule, "what": what, "effect": effect, "remedy": remedy})


def kind(parse: Callable[[str], Any]) -> PlainValidator:
    """The kind of field that takes one text, stripped, and turns it into what ``parse`` returns."""
    return PlainValidator(lambda value: parse(_scalar(value)) if isinstance(value, (str, list, dict)) else value)


def parser(parse: Callable[[str], _Value], rule: str, remedy: str = "") -> Callable[[str], _Value]:
    """A parser that raises ValueError as one that names a rule."""

    def parse_or_name(text: str) -> _Value:
        try:
            return parse(text)
        except ValueError as error:
            raise wrong(rule, f"{quoted(text)} {error}", "", remedy) from None

    return parse_or_name


def choice(rule: str, name: str, *choices: str) -> PlainValidator:
    """The kind of field that takes one word of a closed list, in any case."""
    *others, last = (f"`{word}`" for word in choices)

    def parse(text: str) -> str:
        try:
            return values.parse_choice(text, choices)
        except ValueError:
            what = f"{name} {quoted(text)} is not one of {', '.join(choices)}"
            raise wrong(rule, what, "", f"Use {', '.join(others)} or {last}.") from None

    return kind(parse)


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    raise PydanticCustomError("text_type", "not a text")  # reading names the key


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _explicit(text: str) -> bool:
    if text.lower() in {"explicit", "clean"}:
        return text.lower() == "explicit"
    try:
        return values.parse_truth(text)
    except ValueError:
        raise wrong("APL-7", f"explicit {quoted(text)} is not true or false") from None


def _seconds(text: str) -> float:
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    for parse in (parse_seconds, parse_clock):
        try:
            return sign * parse(digits)
        except ValueError:
            continue
    raise wrong("KEY-5", f"{quoted(text)} is not a time", "", _TIME_REMEDY)


def _start(text: str) -> float:
    if text.startswith("-"):
        raise wrong("KEY-5", f"{quoted(text)} is before the start", "", _TIME_REMEDY)
    return _seconds(text)


def _duration(text: str) -> float:
    try:
        seconds = parse_duration(text)
    except ValueError:
        raise wrong("APL-27", f"{quoted(text)} is not a duration") from None
    if seconds == 0:  # written by programs that do not know it
        raise wrong("APL-27", f"duration {quoted(text)} is 0")
    return seconds


_url = parser(values.parse_url, "RSS-6", "Start it with https://.")


def _https_url(text: str) -> str:
    url = _url(text)
    if not values.is_https(url):
        raise wrong("HTTP-11", f"{quoted(text)} is not https")
    return url


def _file_path(text: str) -> str:
    if text.startswith(("/", "~")) or "\\" in text or ".." in text.split("/") or "\0" in text:
        raise wrong("KEY-6", f"{quoted(text)} leads out of the project folder")
    return text.strip("/") if text != "." else text


def _names(value: object) -> object:
    return [value] if isinstance(value, str) else value


PlainText = Annotated[str, kind(_one_line), WithJsonSchema({"type": "string"})]
"""One line of text; white space inside is folded."""

Prose = Annotated[str, kind(str), WithJsonSchema({"type": "string"})]
"""Text of any length."""

Truth = Annotated[bool, kind(parser(values.parse_truth, "KEY-4")), WithJsonSchema({"type": "boolean"})]
Explicit = Annotated[bool, kind(_explicit), WithJsonSchema({"type": "boolean"})]
Seconds = Annotated[float, kind(_seconds), WithJsonSchema({"type": ["number", "string"], "examples": [94.5, "1:34"]})]
"""A time or, with a minus sign, a shift of times."""

Start = Annotated[float, kind(_start), WithJsonSchema({"type": ["number", "string"], "examples": [94.5, "1:34"]})]
Duration = Annotated[
    float, kind(_duration), WithJsonSchema({"type": ["integer", "string"], "examples": ["1:02:33", 3753]})
]
Url = Annotated[str, kind(_url), WithJsonSchema({"type": "string", "format": "uri"})]
HttpsUrl = Annotated[str, kind(_https_url), WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https://"})]
Email = Annotated[
    str, kind(parser(values.parse_mail_address, "RSS-23")), WithJsonSchema({"type": "string", "format": "email"})
]
FilePath = Annotated[str, kind(_file_path), WithJsonSchema({"type": "string"})]


class OrText:
    """Adds to the JSON Schema that a plain text can replace the whole value."""

    def __init__(self, about: str) -> None:
        self.about = about

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:  # noqa: ANN401
        """The schema of the value, or of the text."""
        return {"anyOf": [handler(core), {"type": "string", "description": self.about}]}


Names = Annotated[tuple[PlainText, ...], BeforeValidator(_names), OrText("One alone.")]
"""A list of texts; a single text is a list of one."""
