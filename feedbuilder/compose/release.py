"""Everything derived, joined with what subscribers know -> the files of a release, or the reasons to stop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from feedbuilder.authors.show import SHOW_FILE, Show
from feedbuilder.check.roundtrip import check_feed, check_json_feed
from feedbuilder.compose.audio import candidates, media_base
from feedbuilder.compose.carry import Last, carry_over
from feedbuilder.compose.episode import Finished, Place, Task, artefact, finish_episode, folder_of, hosts_of
from feedbuilder.compose.identify import Identified, Measured, identify, podcast_guid_of
from feedbuilder.compose.inputs import Each, Project
from feedbuilder.compose.pictures import Gallery, find_absent, fitted_site_path
from feedbuilder.compose.pictures import site_path as picture_path
from feedbuilder.compose.site import render_site
from feedbuilder.errors import FeedbuilderError, Mark, Problem, Stopped, quoted
from feedbuilder.model import Artefact, CarriedItem, Channel, Episode, Item, Known, ReleaseFacts
from feedbuilder.render.jsonfeed import render_json_feed
from feedbuilder.render.rss import render_feed
from feedbuilder.vocabulary.delivery import FEED, base_url_of, feed_name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A release that may be published. ``facts`` is what the next build will compare with; ``items`` the feed's."""

    artefacts: tuple[Artefact, ...]
    facts: ReleaseFacts
    problems: tuple[Problem, ...]
    items: tuple[Item, ...]
    carried_items: tuple[CarriedItem, ...]
    next_due: datetime | None


def build(
    project: Project,
    measured: Measured,
    last: Last | None,
    now: datetime,
    *,
    root: str = "",
    each: Each = map,
) -> Built:
    """The release that these texts and facts make, as of ``now``.

    ``root`` is the project folder, from which media are copied. ``each`` applies a function to every episode, in order,
    as ``map`` does; it may do so in several processes.

    Raises:
        Stopped: publishing it would take something from subscribers (docs/design.md#guard), or it is not what the
            model says.
    """
    place = place_of(project, measured)
    channel, problems = channel_of(project, place)
    carried = carry_over(project, last)
    identified = identify(project, measured, carried, last, now)
    if identified.stops:
        raise Stopped(*project.problems, *problems, *identified.problems, *identified.stops)
    tasks = [_task_of(episode, identified, place, channel) for episode in identified.visible]
    finished: list[Finished] = list(each(finish_episode, tasks))
    rows = [
        (episode, identified.known[episode.slug], one)
        for episode, one in zip(identified.visible, finished, strict=True)
    ]
    items = {episode.slug: _item(*row, channel) for row in rows if (episode := row[0]).slug in identified.items}
    feeds, doubts = _feeds(channel, tuple(items.values()), tuple(carried.items.values()))
    made = (
        *(file for one in finished for file in one.artefacts),
        *_media(identified, project.show, last, root),
        *_pictures(project, place, rows, root),
        *carried.artefacts,
        *_under_old_names(identified.redirects, finished),
        *feeds,
        *render_site(place, channel, rows, carried, identified.redirects),
    )
    return Built(
        artefacts=tuple({file.path: file for file in made}.values()),
        facts=ReleaseFacts(
            known=identified.planned,
            left_out=tuple(sorted({*identified.left_out, *carried.lost, *project.clashing})),
            carried=carried.slugs,
        ),
        problems=(
            *project.problems,
            *problems,
            *identified.problems,
            *carried.problems,
            *(problem for one in finished for problem in one.problems),
            *doubts,
        ),
        items=tuple(items.values()),
        carried_items=tuple(carried.items.values()),
        next_due=identified.next_due,
    )


def task_for(slug: str, project: Project, measured: Measured, last: Last | None, now: datetime) -> Task:
    """What is to be derived of one episode, published or not.

    Raises:
        FeedbuilderError: there is no such episode, or the project cannot be built at all.
    """
    episode = next((one for one in project.episodes if one.slug == slug), None)
    if episode is None:
        raise FeedbuilderError(Problem("LED-13", Mark(project.show.episodes[0]), f"no episode {quoted(slug)} found"))
    place = place_of(project, measured)
    identified = identify(project, measured, carry_over(project, last), last, now)
    return _task_of(episode, identified, place, channel_of(project, place)[0])


def _task_of(episode: Episode, identified: Identified, place: Place, channel: Channel) -> Task:
    slug = episode.slug
    file = identified.audio[slug].file
    unknown = Known(guid=episode.guid, duration_s=file.duration_s if file else episode.duration_s)
    return Task(
        episode=episode,
        place=place.around(episode),
        channel=channel,
        known=identified.known.get(slug, unknown),
        file=file,
        in_feed=slug in identified.items,
    )


# --- what is the same for all episodes ----------------------------------------------------------------------------


def wanted_files(project: Project, audio: Mapping[str, str]) -> dict[str, Mark]:
    """Every path at which a file of the project may lie that its texts name, with the place that names it."""
    show = project.show
    wanted = {show.image: Mark(SHOW_FILE)}
    used = {*show.hosts, *(short for episode in project.episodes for short in episode.guests)}
    used |= {person.short for episode in project.episodes for person in episode.people}
    wanted |= {one.image: one.mark for short, one in project.people.items() if short in used}
    for episode in project.episodes:
        wanted.setdefault(episode.image, episode.at("image"))
        for path in candidates(episode, show, audio):
            wanted.setdefault(path, episode.at("audio"))
    return {path: mark for path, mark in sorted(wanted.items()) if path and "://" not in path}


def place_of(project: Project, measured: Measured) -> Place:
    """What every episode of this build shares."""
    show = project.show
    pictures = {path: fact for path, fact in measured.files.items() if fact.type.startswith("image/")}
    gallery = Gallery(pictures, show.site_url or show.link, show.base_url, measured.fitted)
    return Place(show, project.people, gallery, pictures, tuple(project.templates))


def channel_of(project: Project, place: Place) -> tuple[Channel, list[Problem]]:
    """The show as feeds have it."""
    show = project.show
    hosts, problems = hosts_of(place)
    mark = Mark(SHOW_FILE)
    artwork, pictures, fault = place.gallery.find_artwork(show.image, mark, alt=show.title)
    artwork = artwork or place.gallery.find(show.image, alt=show.title)  # a show without artwork is in no directory
    assert artwork is not None
    if show.image not in place.pictures and "://" not in show.image:
        what = f"{show.image} not found"
        effect = f"published unchecked as {artwork.url}"
        problems.append(Problem("BLD-6", mark, what, effect, "Add the file or correct `image:`."))
    problems += [fault] if fault else []
    if not show.site_url:  # else a picture may lie on the site
        used = {credit.short for credit in hosts} | {short for one in project.episodes for short in one.guests}
        people = [(one.image, one.mark) for short, one in project.people.items() if short in used]
        problems += find_absent([*((one.image, one.at("image")) for one in project.episodes), *people], place.pictures)
    return Channel(
        title=show.title,
        link_url=show.link,
        feed_url=show.feed_url,
        description=show.description,
        language=show.language,
        author=show.author,
        podcast_guid=podcast_guid_of(project),
        explicit=show.explicit,
        categories=show.categories,
        artwork=artwork,
        pictures=tuple(picture for picture in pictures if picture != artwork),
        type=show.type,
        owner_name=show.owner.name,
        owner_email=show.owner.email,
        copyright=show.copyright,
        hosts=hosts,
        tags=show.tags,
        new_feed_url=show.new_feed_url,
        block=show.block,
        complete=show.complete,
        applepodcastsverify=show.applepodcastsverify,
        json_feed_url=f"{show.base_url}feed.json",
    ), problems


# --- parts of a release -------------------------------------------------------------------------------------------


def _item(episode: Episode, known: Known, one: Finished, channel: Channel) -> Item:
    assert known.pub_date is not None
    assert known.enclosure is not None
    return Item(
        episode=episode,
        guid=known.guid,
        pub_date=known.pub_date,
        enclosure=known.enclosure,
        duration_s=known.duration_s,
        link_url=base_url_of(channel.feed_url) + folder_of(episode.slug),
        notes=one.notes,
        credits=one.credits,
        links=one.links,
        chapters=one.chapters,
        chapters_url=one.chapters_url,
        transcripts=one.transcripts,
        artwork=one.artwork,
        pictures=one.pictures,
        place=known.place,
    )


def _feeds(
    channel: Channel, items: Sequence[Item], carried: Sequence[CarriedItem]
) -> tuple[list[Artefact], list[Problem]]:
    """Both feeds, parsed again and compared with the model; none without an item. RSS also where feed_url says."""
    if not items and not carried:
        return [], []
    rss, json_feed = render_feed(channel, items, carried), render_json_feed(channel, items, carried)
    problems = [*check_feed(rss, channel, items, carried), *check_json_feed(json_feed, channel, items, carried)]
    if any(problem.rule == "VFY-1" for problem in problems):
        raise Stopped(*problems)
    names = dict.fromkeys([FEED, feed_name_of(channel.feed_url) or FEED])
    return [
        *(artefact(name, "application/rss+xml", rss) for name in names),
        artefact("feed.json", "application/feed+json", json_feed),
    ], problems


def _under_old_names(redirects: Mapping[str, str], finished: Iterable[Finished]) -> Iterable[Artefact]:
    """What apps look for beside the page of a renamed episode until they read the feed again."""
    made = [file for one in finished for file in one.artefacts if file.type != "text/html"]
    for old, new in sorted(redirects.items()):
        for file in made:
            if file.path.startswith(folder_of(new)):
                yield replace(file, path=folder_of(old) + file.path.removeprefix(folder_of(new)))


def _media(identified: Identified, show: Show, last: Last | None, root: str) -> Iterable[Artefact]:
    """The audio of this site: from the project, or, where that is gone, from the last release.

    Raises:
        Stopped: the feed would name a file of this site that is nowhere.
    """
    base = media_base(show)
    stops = []
    for slug in sorted(identified.items):
        fact = identified.audio[slug].file
        enclosure = identified.known[slug].enclosure
        assert enclosure is not None
        if not enclosure.url.startswith(base):
            continue
        path = "media/" + enclosure.url.removeprefix(base)
        if fact and fact.sha256 == enclosure.sha256:
            yield Artefact(path, fact.type, fact.sha256, origin=f"{root}/{fact.path}")
        elif last and path in last.files:
            yield Artefact(path, last.files[path].type, last.files[path].sha256, origin=f"{last.folder}/{path}")
        else:
            stops.append(Problem("BLD-9", Mark(slug), f"the file of {enclosure.url} is missing"))
    if stops:
        raise Stopped(*stops)


def _pictures(
    project: Project, place: Place, rows: Sequence[tuple[Episode, Known, Finished]], root: str
) -> Iterable[Artefact]:
    """The pictures of the project that anything published refers to."""
    names = {project.show.image, *(episode.image for episode, _, _ in rows)}
    shorts = {*project.show.hosts, *(credit.short for _, _, one in rows for credit in one.credits)}
    names |= {project.people[short].image for short in shorts if short in project.people}
    for name in sorted(names & place.pictures.keys()):
        fact = place.pictures[name]
        yield Artefact(picture_path(fact), fact.type, fact.sha256, origin=f"{root}/{fact.path}")
        if made := place.gallery.fitted.get(name):
            yield Artefact(fitted_site_path(name, made), made.type, made.sha256, origin=f"{root}/{made.path}")
