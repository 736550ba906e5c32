"""Items of a feed -> episode files: front matter, notes in Markdown, people, and the files still to be fetched."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.import_.notes import Notes, chapters_in, read_notes
from feedbuilder.import_.show import address, is_explicit, tag_values
from feedbuilder.markup import Block, render_markdown
from feedbuilder.model import Chapter
from feedbuilder.text.characters import plain_title
from feedbuilder.upstream.captions import TYPES, caption_type
from feedbuilder.upstream.chapters import parse_podlove, start_of
from feedbuilder.upstream.document import Element
from feedbuilder.upstream.feed import UpstreamItem
from feedbuilder.vocabulary import podcast_tags
from feedbuilder.vocabulary.platforms import platform_of, record_host_id

_BLOCKS = ("itunes:block", "podcast:block")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One episode file to write. ``transcripts``: address and type of the files an item names, best first."""

    item: UpstreamItem
    title: str
    front: Mapping[str, Any]
    body: str
    notes: Notes
    chapters: tuple[Chapter, ...] = ()
    chapters_url: str = ""
    transcripts: tuple[tuple[str, str], ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class People:
    """The persons of a feed. ``files``: short -> values of a people file; ``hosts`` are the show's."""

    files: dict[str, dict[str, str]] = field(default_factory=dict)
    hosts: list[str] = field(default_factory=list)

    def short_of(self, name: str, href: str, img: str, make: Any) -> str:  # noqa: ANN401 - name -> short
        """The id of a person; a new person gets an entry."""
        found = next((short for short, one in self.files.items() if one["title"] == name), "")
        short = found or make(name)
        entry = self.files.setdefault(short, {"short": short, "title": name, "picture": "", "href": ""})
        entry["href"] = entry["href"] or href
        entry["picture"] = entry["picture"] or img
        return short


def read_persons(element: Element, people: People, make: Any) -> list[dict[str, str]]:  # noqa: ANN401
    """The ``podcast:person`` elements of a channel or item as credits; each person gets an entry in ``people``."""
    found = []
    for one in element.all("podcast:person"):
        name = plain_title("".join(str(text) for text in one.itertext()))[:128]
        if not name:
            continue
        img = address(str(one.get("img", "")))
        href = address(str(one.get("href", "")))
        short = people.short_of(name, href, img if img.startswith("https:") else "", make)
        role, group = str(one.get("role", "")).strip(), str(one.get("group", "")).strip()
        pair = podcast_tags.person_group(role, group) or podcast_tags.person_group(role)
        role, group = pair or (role.lower(), group.lower())
        found.append({"short": short, "role": role, "group": group})
    return found


def draft_record(
    item: UpstreamItem,
    element: Element,
    persons: Sequence[Mapping[str, str]],
    hosts: Sequence[str],
    *,
    show: Mapping[str, Any],
) -> Draft:
    """The episode file of an item. ``persons`` are the item's, ``hosts`` those of the ``show``."""
    explicit, site, language = bool(show["explicit"]), str(show["link"]), str(show["language"])
    mark = item.mark
    problems: list[Problem] = []
    notes = read_notes(element, site, plain_title(item.title))
    links = _links(element)
    item = replace(item, host_id=item.host_id or record_host_id({}, links))
    chapters, found = _chapters(element, notes, item)
    problems += found
    title = title_of(item, notes.body, problems)
    chapters_url = element.attribute("podcast:chapters", "url")
    own = is_explicit(element.text("itunes:explicit"))
    others = [one for one in persons if not (one["role"] == "host" and one["short"] in hosts)]
    problems += _blocked(element, title, mark)
    front = {
        "title": title,
        "guid": item.guid if _survives(item.guid) else "",
        "pub_date": item.pub_date.isoformat().replace("+00:00", "Z") if item.pub_date else "",
        "description": render_markdown(notes.summary),
        "season": item.season or "",
        "episode": _number(item),
        "episode_type": _kind(element),
        "guests": [one["short"] for one in others if one["role"] == "guest"],
        "people": [_credit(one) for one in others if one["role"] != "guest"],
        "image": address(item.image_url),
        "ids": {"anchor": item.host_id} if item.host_id else {},
        "links": links,
        "audio": _audio(item),
        "duration": int(item.duration_s + 0.5) if item.duration_s else "",
        "explicit": own if own is not None and own != explicit else "",
        "keywords": [word.strip() for word in element.text("itunes:keywords").split(",") if word.strip()],
        "soundbites": _soundbites(element),
        **tag_values(element, "item"),
        "notes_as_written": True,
    }
    body = render_markdown(notes.body)
    return Draft(
        item=item,
        title=title,
        front=front,
        body=body,
        notes=notes,
        chapters=chapters,
        chapters_url=chapters_url,
        transcripts=_transcripts(element, language),
        problems=tuple(problems),
    )


def title_of(item: UpstreamItem, blocks: Sequence[Block], problems: list[Problem]) -> str:
    """The title on one line of plain text; without a title the first words of the notes, else the guid."""
    if title := plain_title(item.title):
        return title
    title = plain_title(blocks[0].text)[:80] if blocks else ""
    title = title or plain_title(item.guid) or "Untitled"
    effect, remedy = f"titled {quoted(title)}", "Correct `title:` in its episode file."
    problems.append(Problem("IMP-2", item.mark, "the item has no title", effect, remedy))
    return title


def _blocked(element: Element, title: str, mark: Mark) -> list[Problem]:
    """A finding for an item with a block tag; an episode file has no key for that."""
    for name in _BLOCKS:
        if any((one.text or "").strip().lower() in {"yes", "true"} for one in element.all(name)):
            return [Problem("IMP-10", mark, f"{quoted(title)} is hidden from apps ({name})")]
    return []


def _survives(text: str) -> bool:
    """Whether YAML gives this text back unchanged; otherwise only the ledger holds it."""
    return text.isprintable() and " ".join(text.split()) == text


def _number(item: UpstreamItem) -> Any:  # noqa: ANN401 - a number as YAML has it
    if item.episode is None or item.episode <= 0:
        return ""
    return int(item.episode) if item.episode == item.episode.to_integral_value() else float(item.episode)


def _kind(element: Element) -> str:
    kind = element.text("itunes:episodeType").lower()
    return kind if kind in {"trailer", "bonus"} else ""


def _audio(item: UpstreamItem) -> dict[str, Any]:
    """The enclosure, if an episode file can hold it unchanged."""
    audio = item.enclosure
    if audio is None or address(audio.url) != audio.url:
        return {}
    if not re.fullmatch(r"\w+/[-+.\w]+", audio.type) or audio.type != audio.type.lower():
        return {}
    length = {"length": audio.length_bytes} if audio.length_bytes else {}
    return {"url": audio.url, **length, "type": audio.type}


def _credit(person: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in person.items() if value}


def _soundbites(element: Element) -> list[dict[str, Any]]:
    found = []
    for one in element.all("podcast:soundbite"):
        try:
            start_s, duration_s = start_of(str(one.get("startTime"))), start_of(str(one.get("duration")))
        except ValueError:  # the account names it
            continue
        bite = {"start": _plain(start_s), "duration": _plain(duration_s)}
        found.append(bite | ({"title": title} if (title := " ".join((one.text or "").split())) else {}))
    return found


def _plain(seconds: float) -> float | int:
    return int(seconds) if seconds == int(seconds) else seconds


def _transcripts(element: Element, language: str) -> tuple[tuple[str, str], ...]:
    """The files that can be read: those in the show's language first, then by format."""
    known = []
    for xml in element.all("podcast:transcript"):
        url, stated = str(xml.get("url", "")).strip(), str(xml.get("type", "")).strip()
        if kind := caption_type(stated, url) if url else "":
            spoken = str(xml.get("language") or language)
            foreign = spoken.partition("-")[0].lower() != language.partition("-")[0].lower()
            known.append((foreign, TYPES.index(kind), url, kind))
    return tuple((url, kind) for _, _, url, kind in sorted(known, key=lambda one: one[:2]))


def _chapters(element: Element, notes: Notes, item: UpstreamItem) -> tuple[tuple[Chapter, ...], list[Problem]]:
    """The longer list of chapters: Podlove's, or the time stamps in the notes."""
    chapters, problems = parse_podlove(element.all("psc:chapters"), item.mark.path)
    stamps = chapters_in(notes.body, item.duration_s)
    return (stamps if len(stamps) > len(chapters) else chapters), problems


# --- links ---------------------------------------------------------------------------------------------------------


def _links(element: Element) -> dict[str, str]:
    """The pages of the episode by platform."""
    links: dict[str, str] = {}
    for xml in element.all("podcast:contentLink"):
        url = address(str(xml.get("href", "")))
        found = platform_of(url) if url else None
        if found and found[0].key not in links:
            links[found[0].key] = url
    return links
