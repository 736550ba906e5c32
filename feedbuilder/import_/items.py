"""Items of a feed -> episode files: front matter, notes in Markdown, people, and the files still to be fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any

from lxml import etree

from feedbuilder.errors import Mark, Problem, quoted
from feedbuilder.import_.show import address, is_explicit, tag_values
from feedbuilder.markup import Block, Run, parse_html, render_markdown
from feedbuilder.model import Chapter
from feedbuilder.text.characters import plain_title
from feedbuilder.upstream.captions import TYPES, caption_type
from feedbuilder.upstream.chapters import find_stamps, parse_podlove, start_of
from feedbuilder.upstream.document import Element
from feedbuilder.upstream.feed import UpstreamItem
from feedbuilder.vocabulary import podcast_tags
from feedbuilder.vocabulary.platforms import platform_of, record_host_id

_TAGGED = re.compile(r"</?(?:a|b|br|div|em|h\d|i|img|li|ol|p|span|strong|table|ul)\b[^<>]{0,2000}>", re.IGNORECASE)

# HTML that a host escaped twice: it begins with an escaped tag.
_ESCAPED = re.compile(
    r"\s*&lt;(?:a|b|br|div|em|h\d|i|li|ol|p|span|strong|ul)\b(?:(?!&lt;|&gt;)[^<>])*&gt;", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One episode file to write. ``transcripts``: address and type of the files an item names, best first."""

    item: UpstreamItem
    title: str
    front: Mapping[str, Any]
    body: str
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
    explicit: bool,
    site: str,
) -> Draft:
    """The episode file of an item. ``persons`` are the item's, ``hosts`` the show's; ``explicit`` is the show's."""
    mark = item.mark
    problems: list[Problem] = []
    blocks = read_notes(element, site)
    links, blocks = _links(element, item, blocks, problems, mark)
    item = replace(item, host_id=item.host_id or record_host_id({}, links))
    chapters, found = parse_podlove(element.all("psc:chapters"), mark.path)
    problems += found
    blocks, chapters = _without_stamps(blocks, chapters)
    title = title_of(item, blocks, problems)
    if [block.text for block in blocks] == [title]:  # a build publishes the title if there are no notes
        blocks = []
    own = is_explicit(element.text("itunes:explicit"))
    others = [one for one in persons if not (one["role"] == "host" and one["short"] in hosts)]
    problems += [*_blocked(element, title, mark), *_unread(item, element)]
    front = {
        "title": title,
        "guid": item.guid if _survives(item.guid) else "",
        "pub_date": item.pub_date.isoformat().replace("+00:00", "Z") if item.pub_date else "",
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
        "soundbites": _soundbites(element, problems, mark),
        **tag_values(element, "item", mark, problems),
    }
    return Draft(
        item=item,
        title=title,
        front=front,
        body=render_markdown(blocks),
        chapters=chapters,
        chapters_url=element.attribute("podcast:chapters", "url"),
        transcripts=_transcripts(element, problems, mark),
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


def _unread(item: UpstreamItem, element: Element) -> list[Problem]:
    """Findings for iTunes values that an episode file cannot hold."""
    kept = {
        "itunes:season": item.season,
        "itunes:episode": _number(item),
        "itunes:episodeType": _kind(element) or element.text("itunes:episodeType").lower() == "full",
        "itunes:explicit": is_explicit(element.text("itunes:explicit")) is not None,
    }
    texts = {name: element.text(name) for name, value in kept.items() if not value}
    remedy = "Add its meaning to the episode file."
    return [Problem("IMP-1", item.mark, f"{name} {quoted(text)}", "", remedy) for name, text in texts.items() if text]


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


def _soundbites(element: Element, problems: list[Problem], mark: Mark) -> list[dict[str, Any]]:
    found = []
    for one in element.all("podcast:soundbite"):
        try:
            start_s, duration_s = start_of(str(one.get("startTime"))), start_of(str(one.get("duration")))
        except ValueError:
            problems.append(Problem("IMP-1", mark, "a podcast:soundbite has no valid startTime and duration"))
            continue
        bite = {"start": _plain(start_s), "duration": _plain(duration_s)}
        found.append(bite | ({"title": title} if (title := " ".join((one.text or "").split())) else {}))
    return found


def _plain(seconds: float) -> float | int:
    return int(seconds) if seconds == int(seconds) else seconds


def _transcripts(element: Element, problems: list[Problem], mark: Mark) -> tuple[tuple[str, str], ...]:
    """The files that can be read, best format first."""
    known = []
    for one in element.all(_TRANSCRIPT):
        url, stated = str(one.get("url", "")).strip(), str(one.get("type", "")).strip()
        if kind := caption_type(stated, url) if url else "":
            known.append((url, kind))
        else:
            problems.append(Problem("IMP-1", mark, f"unsupported transcript type {quoted(stated)} ({quoted(url)})"))
    return tuple(sorted(known, key=lambda one: TYPES.index(one[1])))


_TRANSCRIPT = "podcast:transcript"


# --- notes --------------------------------------------------------------------------------------------------------


def read_notes(element: Element, site: str) -> list[Block]:
    """The notes as blocks: ``content:encoded``, else the description, else what iTunes has; plain text by its lines."""
    text = element.markup("content:encoded", "description", "itunes:summary", "itunes:subtitle")
    if _ESCAPED.match(text):
        text = unescape(text)
    text = text.replace("\xa0", " ")
    if not _TAGGED.search(text):
        paragraphs = re.split(r"\n[ \t]*\n", text.strip())
        text = "".join(f"<p>{re.sub(chr(10), '<br>', one)}</p>" for one in paragraphs)
    blocks = [replace(block, runs=tuple(_collapsed(block.runs))) for block in parse_html(text, site).blocks]
    return [block for block in blocks if block.runs]


def _collapsed(runs: Sequence[Run]) -> Iterator[Run]:
    """The runs as a page shows them: runs of spaces become one, and lines have none at their edges."""
    last = "\n"
    found: list[Run] = []
    for run in runs:
        text = re.sub(r" ?\n ?", "\n", re.sub(r"[ \t\xa0]+", " ", run.text))
        text = text[1:] if last in {" ", "\n"} and text.startswith(" ") else text
        if text:
            found.append(replace(run, text=text))
            last = text[-1]
    while found and not (text := found[-1].text.rstrip(" ")):
        found.pop()
    if found:
        found[-1] = replace(found[-1], text=text)
    yield from found


def _links(
    element: Element, item: UpstreamItem, blocks: list[Block], problems: list[Problem], mark: Mark
) -> tuple[dict[str, str], list[Block]]:
    """The pages of the episode by platform, and the notes without lines that hold only these links."""
    links: dict[str, str] = {}
    if item.host_id and address(item.link_url):
        links["anchor"] = address(item.link_url)
    hrefs = set()
    for one in element.all("podcast:contentLink"):
        url = address(str(one.get("href", "")))
        found = platform_of(url) if url else None
        if found and found[0].key not in links:
            links[found[0].key] = url
            hrefs.add(url)
        elif not found:
            problems.append(Problem("IMP-1", mark, f"podcast:contentLink to an unknown platform, {quoted(url)}"))
    kept = [block for block in blocks if not _only_links(block, hrefs)]
    return links, kept


def _only_links(block: Block, hrefs: set[str]) -> bool:
    return bool(hrefs) and all(run.href in hrefs if run.href else not run.text.strip(" ·|,\n") for run in block.runs)


def _without_stamps(blocks: list[Block], chapters: tuple[Chapter, ...]) -> tuple[list[Block], tuple[Chapter, ...]]:
    """The notes without a list of times that became chapters (a build writes it again), and the chapters.

    A list is kept if it holds more than the chapters do: links, other titles or times, words between.
    """
    lines = [(index, line) for index, block in enumerate(blocks) for line in block.text.split("\n")]
    stamped, used = find_stamps([line for _, line in lines])
    if not stamped:
        return blocks, chapters
    chapters = chapters or stamped
    known = {(int(one.start_s), one.title) for one in chapters}
    touched = {lines[index][0] for index in used}
    stamps = frozenset(used)
    whole = all(
        position in stamps or not line.strip() for position, (index, line) in enumerate(lines) if index in touched
    )
    linked = any(run.href for index in touched for run in blocks[index].runs)
    if whole and not linked and all((int(one.start_s), one.title) in known for one in stamped):
        blocks = [block for index, block in enumerate(blocks) if index not in touched]
    return blocks, chapters


# --- what stays behind --------------------------------------------------------------------------------------------

_BLOCKS = ("itunes:block", "podcast:block")
_CHANNEL_NAMES = frozenset(
    {"title", "link", "description", "language", "copyright", "image", "item", "managingEditor", "atom:link"}
    | {f"itunes:{name}" for name in ("author", "owner", "image", "category", "explicit", "type", "block", "complete")}
    | {"itunes:new-feed-url", "podcast:guid", "podcast:person", "lastBuildDate", "pubDate", "generator", "docs", "ttl"}
    | {"dc:creator", "dc:language", "dc:rights", "podcast:image", "items"}
)
_ITEM_NAMES = frozenset(
    {"title", "link", "description", "guid", "pubDate", "enclosure", "content:encoded", "psc:chapters", "atom:link"}
    | {
        "dc:date",
        "itunes:title",
        "itunes:duration",
        "itunes:season",
        "itunes:episode",
        "itunes:episodeType",
        "itunes:explicit",
    }
    | {"itunes:image", "itunes:keywords", "podcast:season", "podcast:episode", "podcast:person", "podcast:chapters"}
    | {"podcast:transcript", "podcast:soundbite", "podcast:contentLink", "podcast:image", *_BLOCKS}
)


def left_behind(channel: Element, pairs: Sequence[tuple[UpstreamItem, Element]], where: str) -> list[Problem]:
    """One finding for each kind of element that a project cannot hold, in order of first appearance."""
    known = {f"podcast:{spec.name}" for spec in podcast_tags.author_keys("channel").values()} | _CHANNEL_NAMES
    problems = [
        Problem("IMP-1", Mark(where, _line(channel.all(name)[0])), f"{name} of the channel")
        for name in channel.names()
        if name not in known
    ]
    known = {f"podcast:{spec.name}" for spec in podcast_tags.author_keys("item").values()} | _ITEM_NAMES
    places: dict[str, list[Mark]] = {}
    for item, element in pairs:
        for name in element.names():
            if name not in known:
                places.setdefault(name, []).append(Mark(item.mark.path, _line(element.all(name)[0])))
        for what in _further(element):
            places.setdefault(what, []).append(item.mark)
    for name, marks in places.items():
        many = f"{len(marks)} items" if len(marks) > 1 else "one item"
        problems.append(Problem("IMP-1", marks[0], f"{name} of {many}"))
    return problems


def _further(element: Element) -> Iterator[str]:
    """Values of known elements that a project cannot hold."""
    if len(element.all("enclosure")) > 1:
        yield "the second enclosure"
    title, other = element.text("title"), element.text("itunes:title")
    if title and other and plain_title(title) != plain_title(other):
        yield "itunes:title, other than the title,"


def _line(element: etree._Element) -> int:
    line: Any = element.sourceline
    return line or 0
