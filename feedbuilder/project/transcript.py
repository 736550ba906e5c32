"""A transcript file: converted to another form, and who speaks in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from feedbuilder.authors.yaml_text import render_yaml
from feedbuilder.captions import Section, UnknownFormError, read_transcript
from feedbuilder.captions.names import is_label
from feedbuilder.captions.turns import gather_turns
from feedbuilder.compose.transcript_files import with_transcript
from feedbuilder.derive.cues import derive_cards, derive_cues
from feedbuilder.derive.timeline import derive_timeline
from feedbuilder.errors import FeedbuilderError, Mark, Problem, quoted
from feedbuilder.model import Cue, Episode, Header, Line, SourceFile
from feedbuilder.project.load import load_texts
from feedbuilder.project.observer import SILENT, Observer
from feedbuilder.project.transcripts import MOST_BYTES, find_transcripts
from feedbuilder.render.captions import SRT_CHARACTERS, VTT_CHARACTERS, render_srt, render_transcript_json, render_vtt
from feedbuilder.text.timecode import format_clock, to_milliseconds

_FIRST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Converted:
    """The text of a transcript in another form, the form that it had, and what could not be read."""

    text: str
    form: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Speaker:
    """One speaker of a transcript file: the name in the file, the name that the record gives, and the first words.

    ``label``: it is a diarizer's label and no name.
    """

    who: str
    name: str
    first_words: str
    pieces: int
    label: bool


@dataclass(frozen=True, slots=True)
class Speakers:
    """All speakers of the transcript file of an episode, in the order in which they speak."""

    path: str
    speakers: tuple[Speaker, ...]


def convert_transcript(path: Path, to: str) -> Converted:
    """The transcript file in the form ``to``: one of ``FORMS``.

    Raises:
        FeedbuilderError: the file cannot be read, or is of no known form.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        what = f"the file cannot be read: {(error.strerror or str(error)).lower()}"
        raise FeedbuilderError(Problem("FILE-3", Mark(str(path)), what)) from error
    try:
        transcript = read_transcript(data)
    except UnknownFormError as error:
        what = f"it is not a transcript that can be read: {error}"
        raise FeedbuilderError(Problem("TRX-7", Mark(str(path)), what)) from error
    mark = Mark(str(path))
    done = with_transcript(Episode(slug="x", mark=mark, title="x"), SourceFile(str(path), data), {})
    text = FORMS[to](done.episode)
    if not text:
        what = "its captions have no times that can be trusted"
        raise FeedbuilderError(Problem("TRX-7", mark, what, "", "Convert it to yaml or md."))
    faults = tuple(problem for problem in done.problems if problem.rule == "TRX-8")
    return Converted(text, transcript.form, faults)


def speakers_of(root: Path, slug: str, observer: Observer = SILENT) -> Speakers:
    """Who speaks in the transcript file of an episode.

    Raises:
        FeedbuilderError: there is no such episode, it has no transcript file, or that cannot be read.
    """
    project = load_texts(root, observer)
    episode = next((one for one in project.episodes if one.slug == slug), None)
    if episode is None:
        raise FeedbuilderError(Problem("LED-13", Mark(project.show.episodes[0]), f"there is no episode {quoted(slug)}"))
    files, problems = find_transcripts(root, project.show, [episode])
    if slug not in files:
        missing = Problem("TRX-7", episode.mark, "the episode has no transcript file", "", "Add `transcript: FILE`.")
        raise FeedbuilderError(*(problems or [missing]))
    try:
        turns = gather_turns(read_transcript(files[slug].data).entries)
    except UnknownFormError as error:
        raise FeedbuilderError(Problem("TRX-7", Mark(files[slug].path), str(error))) from error
    spoken = [turn for turn in turns if not isinstance(turn, Section)]
    given = episode.transcript_source.speakers if episode.transcript_source else {}
    return Speakers(
        files[slug].path,
        tuple(
            Speaker(
                who,
                name=given.get(who, ""),
                first_words=" ".join(next(turn.text for turn in spoken if turn.who == who).split()[:_FIRST_WORDS]),
                pieces=sum(turn.who == who for turn in spoken),
                label=is_label(who),
            )
            for who in dict.fromkeys(turn.who for turn in spoken)
            if who
        ),
    )


# --- forms ------------------------------------------------------------------------------------------------------------


def _cues(episode: Episode) -> tuple[Cue, ...]:
    timeline, _ = derive_timeline(episode, 0.0)
    names = {entry.who: entry.who for entry in episode.transcript if isinstance(entry, Line)}
    return derive_cues(timeline, names, max_characters=VTT_CHARACTERS, end_s=None)


def _as_vtt(episode: Episode) -> str:
    cues = _cues(episode)
    return render_vtt(cues).decode() if cues else ""


def _as_srt(episode: Episode) -> str:
    cues = _cues(episode)
    return render_srt(derive_cards(cues, max_characters=SRT_CHARACTERS)).decode() if cues else ""


def _as_json(episode: Episode) -> str:
    cues = _cues(episode)
    return render_transcript_json(cues).decode() if cues else ""


def _as_yaml(episode: Episode) -> str:
    """The key ``transcript:`` as a record has it."""
    entries: list[dict[str, str]] = []
    for entry in episode.transcript:
        time = {} if entry.time_s is None else {"time": _clock(entry.time_s)}
        if isinstance(entry, Header):
            entries.append({"header": entry.text} | time)
        else:
            entries.append(time | ({"who": entry.who} if entry.who else {}) | {"line": entry.text})
    return render_yaml({"transcript": entries})


def _as_markdown(episode: Episode) -> str:
    return "\n".join(_paragraphs(episode))


def _paragraphs(episode: Episode) -> Iterator[str]:
    who = ""
    for entry in episode.transcript:
        if isinstance(entry, Header):
            yield f"## {entry.text}\n"
            continue
        name = f"**{entry.who}:** " if entry.who and entry.who != who else ""
        time = "" if entry.time_s is None else f"[{_clock(entry.time_s)}] "
        who = entry.who
        yield f"{time}{name}{entry.text}\n"


def _clock(seconds: float) -> str:
    whole_s, part_ms = divmod(to_milliseconds(seconds), 1000)
    return f"{format_clock(whole_s)}.{part_ms:03}" if part_ms else format_clock(whole_s)


FORMS: Mapping[str, Callable[[Episode], str]] = MappingProxyType(
    {"yaml": _as_yaml, "vtt": _as_vtt, "srt": _as_srt, "json": _as_json, "md": _as_markdown}
)
