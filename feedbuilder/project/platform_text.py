"""The description of an episode for a platform."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from feedbuilder.compose.episode import finish_episode
from feedbuilder.compose.release import task_for
from feedbuilder.errors import Problem
from feedbuilder.project.load import load_project
from feedbuilder.project.observer import SILENT, Observer
from feedbuilder.render.texts import render_text


@dataclass(frozen=True, slots=True)
class PlatformText:
    """The title and the description of one episode for one platform."""

    title: str
    text: str
    problems: tuple[Problem, ...]


def platform_text(root: Path, slug: str, platform: str, now: datetime, observer: Observer = SILENT) -> PlatformText:
    """Notes, links and chapters of an episode within the limits of ``platform``: youtube, spotify or apple.

    Raises:
        FeedbuilderError: no episode has this slug, or the project cannot be read.
    """
    task = task_for(slug, *load_project(root, observer=observer), now)
    derived = finish_episode(task)
    text, problems = render_text(
        platform,
        episode=task.episode,
        links=derived.links,
        chapters=derived.chapters,
        notes=derived.notes,
        duration_s=task.known.duration_s,
    )
    return PlatformText(task.episode.title, text, tuple(problems))
