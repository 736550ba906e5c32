"""``feedbuilder text``: what to paste into the form of a platform."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from feedbuilder.cli.options import json_option, now_option, project_option
from feedbuilder.cli.output import guarded, print_json, print_problems


@click.command(epilog="Example: feedbuilder text s01e04-moving-house --for youtube | xclip")
@project_option
@click.argument("slug")
@click.option(
    "--for", "platform", type=click.Choice(["youtube", "spotify", "apple"]), required=True, help="The platform."
)
@now_option
@json_option
@guarded
def command(start: Path, slug: str, platform: str, *, now: datetime, as_json: bool) -> None:
    """Print the description of one episode for a platform: notes, links and chapters within its limits."""
    from feedbuilder.build.carry import carry_over
    from feedbuilder.build.episode import Task, finish_episode
    from feedbuilder.build.identify import identify
    from feedbuilder.build.release import channel_of, place_of
    from feedbuilder.cli.project import load_project
    from feedbuilder.errors import FeedbuilderError, Mark, Problem, quoted
    from feedbuilder.model import Known
    from feedbuilder.render.texts import render_text
    from feedbuilder.sources import find_project

    project, measured, last = load_project(find_project(start))
    episode = next((one for one in project.episodes if one.slug == slug), None)
    if episode is None:
        raise FeedbuilderError(Problem("LED-13", Mark(project.show.episodes[0]), f"there is no episode {quoted(slug)}"))
    plan = identify(project, measured, carry_over(project, last), last, now)
    known = plan.known.get(slug) or Known(guid=episode.guid, duration_s=episode.duration_s)
    place = place_of(project, measured)
    channel, _ = channel_of(project, place)
    task = Task(
        episode=episode,
        place=place,
        channel=channel,
        known=known,
        file=plan.audio[slug].file,
        in_feed=slug in plan.items,
    )
    one = finish_episode(task)
    text, problems = render_text(
        platform,
        episode=episode,
        links=one.links,
        chapters=one.chapters,
        notes=one.notes,
        duration_s=known.duration_s,
    )
    if as_json:
        print_json({"exit": 0, "slug": slug, "platform": platform, "title": episode.title, "text": text}, problems)
    else:
        print_problems(problems)
        click.echo(text)
