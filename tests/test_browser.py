"""The pages of this repository's own show in Debian's Chromium: listening, jumping, searching, with and without script.

Screenshots of every kind of page are written to build/screenshots/.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from builders import a_channel
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from projects import a_project, build, record, run, write
from servers import serve

from feedbuilder.render.pages import Site, render_redirect_page
from feedbuilder.render.pages.linked_data import EMBED_HEIGHT
from feedbuilder.render.search import words_of

ROOT = Path(__file__).resolve().parent.parent
SCREENSHOTS = ROOT / "build/screenshots"
EPISODE = "episodes/s01e01-chapters-that-write-themselves/"
KINDS = {
    "home": "",
    "episode": EPISODE,
    "person": "people/zoe/",
    "search": "search/?q=table+of+contents",
    "embed": f"{EPISODE}embed.html",
}
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-features=LocalNetworkAccessChecks",  # a page of a made-up host may show a frame of this machine
]
NOW_S = "document.querySelector('audio').currentTime"


@pytest.fixture(scope="module")
def chromium(tool: Callable[[str], str]) -> Iterator[Browser]:
    path = tool("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The own show, built and served."""
    root = tmp_path_factory.mktemp("own")
    for folder in ("config", "episodes", "images", "media"):
        shutil.copytree(ROOT / folder, root / folder)
    assert run(root, "build", "--now", "2026-11-25T00:00:00Z").exit_code == 0
    with serve(root) as server:
        yield server.address


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Persian show; its first episode has audio elsewhere, its second none but a video."""
    root = tmp_path_factory.mktemp("others")
    video = {"audio": "", "duration": "", "links": "{youtube: 'https://www.youtube.com/watch?v=abcdefghijk'}"}
    a_project(
        root,
        {"tide-1": record(1, title="جزر و مد"), "tide-2": record(2, **video)},
        language="fa",
        title="بندر",
        image="images/cover.png",
    )
    write(root, "images/cover.png", (ROOT / "images/cover.png").read_bytes())
    build(root)
    with serve(root) as server:
        yield server.address


class Visit:
    """A page in a browser that fails the test on any message, any failed request, and any request to another host."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.said: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url, address))
        self.page.on("response", lambda answer: self.said.append(answer.url) if answer.status >= 400 else None)

    def _asked(self, url: str, address: str) -> None:
        if not url.startswith(address):
            self.said.append(f"asked {url}")


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open a path of a site; at the end nothing may have been said."""
    visits: list[Visit] = []
    contexts: list[BrowserContext] = []

    def go(address: str, path: str = "", **options: Any) -> Page:  # noqa: ANN401 - options of the library
        contexts.append(chromium.new_context(reduced_motion="reduce", **options))
        visits.append(Visit(contexts[-1], address))
        visits[-1].page.goto(address + path)
        return visits[-1].page

    yield go
    for context in contexts:
        context.close()
    assert [said for one in visits for said in one.said] == []


def until(page: Page, condition: str) -> None:
    """Wait for a condition. The policy of the page forbids ``wait_for_function``, which evaluates a text in it."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"in vain: {condition}; the player is at {page.evaluate(NOW_S)} s")


# --- listening ----------------------------------------------------------------------------------------------------


def test_nothing_is_fetched_before_play_and_then_the_audio_runs(show: str, visit: Callable[..., Page]) -> None:
    page = visit(show)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(show + EPISODE)
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "/media/" in url]
    page.locator("audio").evaluate("audio => audio.play()")
    until(page, f"{NOW_S} > 0.3")
    assert [url for url in asked if "/media/" in url]


def test_a_chapter_seeks_and_plays_and_the_transcript_follows(show: str, visit: Callable[..., Page]) -> None:
    page = visit(show, EPISODE)
    page.get_by_role("link", name="Short titles win").click()
    until(page, f"{NOW_S} > 56.2")
    assert page.url.endswith("#t=56")
    assert page.locator(".chapters .current").inner_text().split("\n")[0].strip().startswith("0:56")
    line = page.locator(".transcript .current")
    expect(line).to_have_count(1)
    expect(line).to_be_in_viewport()
    first = line.inner_text()
    until(page, f"document.querySelector('.transcript .current').innerText !== {first!r}")
    expect(page.locator(".transcript .current")).to_be_in_viewport()


def test_a_line_seeks_and_plays(show: str, visit: Callable[..., Page]) -> None:
    page = visit(show, EPISODE)
    page.locator(".transcript .at", has_text="0:39").click()
    until(page, f"{NOW_S} > 39.1 && {NOW_S} < 45")
    assert page.url.endswith("#t=39")
    expect(page.locator(".transcript .current")).to_contain_text("A header stands above the line")


def test_a_deep_link_opens_at_its_second_even_between_lines(show: str, visit: Callable[..., Page]) -> None:
    page = visit(show, f"{EPISODE}#t=42")
    until(page, f"{NOW_S} === 42")
    line = page.locator(".transcript .current")
    expect(line).to_contain_text("A header stands above the line")
    expect(line).to_be_in_viewport()
    page.locator("audio").evaluate("audio => audio.play()")
    until(page, f"{NOW_S} > 42.1 && {NOW_S} < 50")


def test_the_page_plays_by_keyboard_alone(show: str, visit: Callable[..., Page]) -> None:
    page = visit(show, EPISODE)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.hash") == "#t=31":
            break
    page.keyboard.press("Enter")
    until(page, f"{NOW_S} > 31.1")
    page.locator("[data-skip='30']").focus()
    page.keyboard.press("Enter")
    until(page, f"{NOW_S} > 61")
    page.locator("[data-follow]").focus()
    page.keyboard.press("Space")
    assert page.locator("[data-follow]").get_attribute("aria-pressed") == "false"


def test_a_moment_can_be_shared(show: str, visit: Callable[..., Page]) -> None:
    page = visit(show, f"{EPISODE}#t=42", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("status")).to_have_text("Link copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"https://podcast.example.org/{EPISODE}#t=42"
    page.locator("audio").evaluate("audio => audio.play()")
    until(page, f"{NOW_S} > 43")
    expect(page.get_by_role("status")).to_have_text("Link copied")
    expect(page.locator("[data-follow]")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Follow").click()
    expect(page.get_by_role("status")).to_have_text("")


def test_where_the_clipboard_is_blocked_the_link_can_be_copied_by_hand(show: str, visit: Callable[..., Page]) -> None:
    page = visit(show, f"{EPISODE}#t=42", **LOOKS["phone"])
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('blocked')); }")
    page.get_by_role("button", name="Copy link").click()
    link = page.get_by_role("textbox", name="Copy link")
    expect(link).to_have_value(f"https://podcast.example.org/{EPISODE}#t=42")
    expect(link).to_be_focused()
    assert page.evaluate("getSelection().toString()") == link.input_value()
    assert violations(page) == []
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "episode-address-phone.png")
    page.get_by_role("button", name="Back 15 seconds").click()
    expect(link).to_be_hidden()


@pytest.mark.parametrize("how", ["chapter", "browser"])
def test_audio_that_cannot_be_played_is_said_to_be_so_and_stays_said(how: str, show: str, chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 1000, "height": 900})
    page.route("**/media/**", lambda route: route.fulfill(status=404))
    page.goto(show + EPISODE)
    if how == "chapter":
        page.get_by_role("link", name="Short titles win").click()
    else:  # as the browser's own button does
        page.locator("audio").evaluate("audio => { audio.play().catch(() => {}); }")
    expect(page.get_by_role("status")).to_have_text("The audio cannot be played.")
    page.locator("audio").dispatch_event("timeupdate")
    page.wait_for_timeout(500)
    expect(page.get_by_role("status")).to_have_text("The audio cannot be played.")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "episode-silent-light.png")
    page.close()


@pytest.mark.parametrize("how", ["End", "PageDown", "ArrowDown", " ", "wheel", "scrollbar"])
def test_a_reader_who_scrolls_is_not_pulled_back(how: str, show: str, visit: Callable[..., Page]) -> None:
    page = visit(show, EPISODE, viewport={"width": 1000, "height": 600})
    page.locator(".transcript .at", has_text="0:31").click()
    follow = page.locator("[data-follow]")
    until(page, f"{NOW_S} > 31.3")
    page.evaluate("document.activeElement.blur()")
    if how == "wheel":
        page.mouse.wheel(0, 300)
    elif how == "scrollbar":  # whose events no page hears
        until(page, f"{NOW_S} > 33")
        page.evaluate("scrollBy(0, 300)")
    else:
        page.keyboard.press(how)
    expect(follow).to_have_attribute("aria-pressed", "false")
    page.locator("audio").evaluate("audio => { audio.playbackRate = 8; }")  # the next line comes sooner
    place = page.evaluate("scrollY")
    first = page.locator(".transcript .current").inner_text()
    until(page, f"document.querySelector('.transcript .current').innerText !== {first!r}")
    page.wait_for_timeout(300)
    assert abs(page.evaluate("scrollY") - place) < 2 or how != "scrollbar"
    expect(follow).to_have_attribute("aria-pressed", "false")


def test_the_page_that_scrolls_itself_goes_on_following(show: str, chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 320, "height": 500}, reduced_motion="no-preference")
    page.goto(show + EPISODE)
    page.locator("audio").evaluate("audio => { audio.muted = true; audio.playbackRate = 8; audio.play(); }")
    until(page, f"{NOW_S} > 60")
    expect(page.locator("[data-follow]")).to_have_attribute("aria-pressed", "true")
    page.close()


def test_the_buttons_of_the_player_are_in_one_row_on_the_narrowest_screen(show: str, chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 320, "height": 640})
    page.goto(show + EPISODE)
    buttons = page.locator(".extras button")
    expect(buttons).to_have_count(4)
    tops = buttons.evaluate_all("buttons => buttons.map(button => button.getBoundingClientRect().top)")
    assert len(set(tops)) == 1
    page.close()


@pytest.mark.parametrize("hash_", ["#t=%", "#t=5%", "#%"])
def test_a_broken_address_does_no_harm(hash_: str, show: str, visit: Callable[..., Page]) -> None:
    page = visit(show, EPISODE + hash_)
    expect(page.locator(".extras")).to_be_visible()


def test_the_player_for_other_sites_plays_in_a_frame(show: str, visit: Callable[..., Page]) -> None:
    page = visit(show, f"{EPISODE}embed.html")
    page.get_by_text("Chapters", exact=True).click()
    page.get_by_role("link", name="Short titles win").click()
    until(page, f"{NOW_S} > 56.1")


def test_in_a_frame_of_another_site_the_link_is_copied(show: str, chromium: Browser) -> None:
    page = chromium.new_page()
    frame = json.loads(page.request.get(f"{show}{EPISODE}oembed.json").body())["html"]
    frame = frame.replace(f"https://podcast.example.org/{EPISODE}", show + EPISODE)
    host = show.replace("127.0.0.1", "localhost")
    page.route(host, lambda route: route.fulfill(body=frame, content_type="text/html"))
    page.goto(host)
    player = page.frame_locator("iframe")
    player.get_by_role("button", name="Copy link").click()
    expect(player.get_by_role("status")).to_have_text("Link copied")
    page.close()


def test_a_long_title_leaves_the_player_in_the_frame(show: str, visit: Callable[..., Page]) -> None:
    page = visit(show, f"{EPISODE}embed.html", viewport={"width": 320, "height": EMBED_HEIGHT})
    page.locator("h1 a").evaluate("link => { link.textContent = 'All the tides of the harbour, and more '.repeat(4); }")
    page.locator(".facts span").first.evaluate("name => { name.textContent = 'Everybody of the harbour '.repeat(4); }")
    for part in ("audio", ".extras", "summary"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)


def test_in_right_to_left_pages_times_are_at_the_edge_and_back_is_left(others: str, visit: Callable[..., Page]) -> None:
    page = visit(others, "episodes/tide-1/", viewport={"width": 700, "height": 900})
    back, forward = (page.locator(f"[data-skip='{skip}']").bounding_box() for skip in ("-15", "30"))
    assert back
    assert forward
    assert back["x"] < forward["x"]
    text = "const text = new Range(); text.selectNodeContents(element)"
    right = f"element => {{ {text}; return text.getBoundingClientRect().right; }}"
    for time, block in ((".chapters .start", ".chapters"), (".transcript .at", "#transcript")):
        edge = page.locator(block).bounding_box()
        assert edge
        assert abs(page.locator(time).first.evaluate(right) - edge["x"] - edge["width"]) < 2, time


def test_what_is_on_is_seen_without_colours(show: str, visit: Callable[..., Page]) -> None:
    page = visit(show, EPISODE, forced_colors="active")
    page.locator(".transcript .at", has_text="0:31").click()
    disc = "getComputedStyle(document.querySelector('[data-follow]'), '::before').borderTopWidth"
    on = page.evaluate(disc)
    page.locator("[data-follow]").click()
    assert float(on[:-2]) > 3 * float(page.evaluate(disc)[:-2])
    for line in (".transcript .current", ".chapters .current .to"):
        assert page.locator(line).evaluate("line => getComputedStyle(line).outlineStyle") == "solid"


# --- searching ----------------------------------------------------------------------------------------------------


def test_the_search_finds_a_spoken_phrase_and_jumps_to_its_second(show: str, visit: Callable[..., Page]) -> None:
    page = visit(show)
    page.get_by_role("searchbox").fill("stands ABOVE the line")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Episodes found: 1")
    hit = page.locator(".results ul a")
    expect(hit).to_have_count(1)
    assert re.sub(r"\s+", " ", " ".join(page.locator("mark").all_inner_texts())).startswith("stands above the line")
    hit.click()
    page.wait_for_url("**/episodes/**")
    assert page.url == f"{show}{EPISODE}#t=39"
    until(page, f"{NOW_S} === 39")


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("zoe bramble", "Episodes found: 1"),
        ("xylophone", "Episodes found: 0"),
        ("???", "Episodes found: 0"),
        (" ", ""),
    ],
)
def test_the_search_folds_accents_and_says_when_there_is_nothing(
    query: str, answer: str, show: str, visit: Callable[..., Page]
) -> None:
    page = visit(show, "search/")
    page.get_by_role("searchbox").fill(query)
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_role("status")).to_have_text(answer)


@pytest.mark.long
def test_python_and_the_browser_see_the_same_words(show: str, visit: Callable[..., Page]) -> None:
    page = visit(show, "search/")
    texts = [f"a{chr(code)}b 東{chr(code)}京 ก{chr(code)}ข {chr(code)}" for code in range(0x110000) if is_known(code)]
    # a browser knows characters that this Python does not know, and the other way round
    known = page.evaluate("texts => texts.map(text => !/\\p{Cn}/u.test(text))", texts)
    texts = [text for text, both in zip(texts, known, strict=True) if both]
    assert len(texts) > 30_000
    seen = page.evaluate("texts => texts.map(text => wordsOf(text))", texts)
    differ = [(text, words) for text, words in zip(texts, seen, strict=True) if words_of([text]) != set(words)]
    assert differ == []


def is_known(code: int) -> bool:
    """Of the ideographs and syllables that are named by their number alone, one in a hundred is tried."""
    alike = unicodedata.name(chr(code), "").startswith(("CJK UNIFIED", "HANGUL SYLLABLE", "TANGUT IDEO"))
    return unicodedata.category(chr(code)) not in {"Cn", "Co", "Cs"} and (not alike or code % 97 == 0)


SAID = {
    "zh": "2024年的AI时代播客节目,海洋很大。",
    "ja": "3月に東京タワーで会いましょう。NHKの番組も見ました。",
    "ko": "오늘은 K팝과 바다 이야기입니다.",
    "th": "น้ำทะเลสวยมากๆ iPhone15ใหม่",
    "de": "Die Große Straße am Meer.",
    "ar": "مُحَمَّد في البحر",
    "long": "これはとても長い文章で、一つの字幕には入りきらないので、"
    "途中で切られてしまうのですが、それでも途中の言葉を探すことができなければなりません",
}


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A show whose episodes are spoken in languages of many scripts, each under a title that says nothing of it."""
    root = tmp_path_factory.mktemp("spoken")
    write(root, "images/cover.png", (ROOT / "images/cover.png").read_bytes())
    records = {
        slug: re.sub(r"- header.*\n---", f"- line: {text}\n  sec: 5\n  who: Inês\n---", record(number), flags=re.DOTALL)
        for number, (slug, text) in enumerate(SAID.items(), 1)
    }
    build(a_project(root, records, image="images/cover.png"))
    with serve(root) as server:
        yield server.address


@pytest.mark.parametrize(
    ("query", "slug", "marked"),
    [
        ("AI时代", "zh", "AI时代"),
        ("2024年", "zh", "2024年"),
        ("海", "zh", "海"),
        ("大", "zh", "大"),
        ("目", "zh", "目"),
        ("的ai", "zh", "的AI"),
        ("会いましょう", "ja", "会いましょう"),
        ("番組", "ja", "番組"),
        ("東京", "ja", "東京"),
        ("ＮＨＫ", "ja", "NHK"),
        ("番組 東京", "ja", "東京番組"),
        ("바다", "ko", "바다"),
        ("สวยมาก", "th", "สวยมาก"),
        ("น้ำ", "th", "น้ำ"),
        ("ใหม่", "th", "ใหม่"),
        ("STRASSE", "de", "Straße"),
        ("محمد", "ar", "مُحَمَّد"),
    ],
)
def test_the_search_finds_what_is_spoken_in_any_script(
    query: str, slug: str, marked: str, spoken: str, visit: Callable[..., Page]
) -> None:
    page = visit(spoken, f"search/?q={query}")
    expect(page.get_by_role("status")).to_have_text("Episodes found: 1")
    expect(page.locator(".results ul a")).to_have_attribute("href", f"../episodes/{slug}/#t=5")
    assert "".join(page.locator("mark").all_inner_texts()) == marked


def test_a_phrase_without_spaces_is_found_where_a_subtitle_is_cut(spoken: str, visit: Callable[..., Page]) -> None:
    page = visit(spoken)
    segments = page.request.get(f"{spoken}episodes/long/transcript.json").json()["segments"]
    ending, beginning = segments[0]["body"], segments[1]["body"]
    page.goto(f"{spoken}search/?q={ending[-4:]}{beginning[:4]}")
    expect(page.locator(".results ul a")).to_have_count(1)
    expect(page.locator(".results ul a")).to_contain_text(ending)
    assert page.locator("mark").all_inner_texts() == [ending[-4:] + beginning[:4]]


def test_a_search_that_failed_can_be_tried_again(show: str, chromium: Browser) -> None:
    page = chromium.new_page()
    page.goto(f"{show}search/")
    page.route("**/index.json", lambda route: route.abort())
    page.get_by_role("searchbox").fill("tide")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The search does not answer.")
    page.unroute("**/index.json")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Episodes found")
    page.close()


# --- without script, and without audio ----------------------------------------------------------------------------


def test_without_script_the_same_pages_read_play_and_link(show: str, visit: Callable[..., Page]) -> None:
    page = visit(show, java_script_enabled=False)
    page.get_by_role("link", name="Chapters That Write Themselves").click()
    assert page.url == show + EPISODE
    audio = page.locator("audio[controls][preload=none]")
    expect(audio).to_be_visible()
    assert page.request.get(show + EPISODE + str(audio.get_attribute("src"))).status == 200
    expect(page.locator(".extras")).to_be_hidden()
    page.get_by_role("link", name="Short titles win").click()
    assert page.url.endswith("#t=56")
    expect(page.get_by_role("heading", name="Short titles win")).to_be_in_viewport()
    page.get_by_role("link", name="Search").click()
    expect(page.get_by_text("needs JavaScript")).to_be_visible()


def test_a_video_is_asked_for_only_on_a_click(others: str, chromium: Browser) -> None:
    page = chromium.new_page()
    asked: list[str] = []
    page.route(re.compile("youtube"), lambda route: route.fulfill(body="<p>video</p>", content_type="text/html"))
    page.on("request", lambda request: asked.append(request.url))
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{others}episodes/tide-2/")
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "youtube" in url]
    page.get_by_role("link", name="Part 1 of tide 2").click()
    page.frame_locator("iframe").get_by_text("video").wait_for()
    expect(page.locator("iframe")).to_have_attribute("title", "Tide 2")
    video = "https://www.youtube-nocookie.com/embed/abcdefghijk?autoplay=1&start=120"
    assert [url for url in asked if "youtube" in url] == [video]
    assert said == []
    page.close()


# --- every kind of page -------------------------------------------------------------------------------------------

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1000, "height": 900}},
    "dark": {"viewport": {"width": 1000, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 320, "height": 700}},
    "forced": {"viewport": {"width": 1000, "height": 900}, "forced_colors": "active"},
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_page_is_accessible_and_fits(kind: str, look: str, show: str, visit: Callable[..., Page]) -> None:
    page = visit(show, KINDS[kind], **LOOKS[look])
    if kind == "search":
        page.locator(".results li").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if kind == "episode":
        page.evaluate("location.hash = '#t=39'")
        page.locator(".transcript .current").wait_for()
    assert violations(page) == []
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{kind}-{look}.png", full_page=kind != "episode")


def test_a_page_that_leads_on_is_accessible_and_leads_on(show: str, visit: Callable[..., Page]) -> None:
    moved = render_redirect_page(Site(a_channel()), f"{show}{EPISODE}", title="Chapters That Write Themselves")
    page = visit(show)
    page.route(f"{show}episodes/old/", lambda route: route.fulfill(body=moved, content_type="text/html"))
    page.route(f"{show}{EPISODE}", lambda route: route.fulfill(status=204))  # so that the old page stays here
    page.route(f"{show}moved.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.goto(f"{show}episodes/old/#t=39")
    assert violations(page) == []
    page.unroute(f"{show}{EPISODE}")
    page.unroute(f"{show}moved.js")
    page.reload()
    page.wait_for_url(f"{show}{EPISODE}#t=39")
    until(page, f"{NOW_S} === 39")


def test_paper_gets_the_text_and_no_controls(show: str, visit: Callable[..., Page]) -> None:
    page = visit(show, EPISODE, viewport={"width": 700, "height": 900})
    page.emulate_media(media="print")
    for words in ("Chapters", "I would never skip the microphones.", "Marit Hollowfield"):
        expect(page.locator("main").get_by_text(words).first).to_be_visible()
    for control in ("button", "audio", "input", "nav"):
        assert page.locator(control).locator("visible=true").count() == 0, control
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "episode-print.png", full_page=True)
    (SCREENSHOTS / "episode-print.pdf").write_bytes(page.pdf(format="A4"))


# --- a preview ----------------------------------------------------------------------------------------------------


def test_a_preview_reloads_and_names_problems_in_the_page(tmp_path: Path, visit: Callable[..., Page]) -> None:
    root = a_project(tmp_path, image="images/cover.png")
    write(root, "images/cover.png", (ROOT / "images/cover.png").read_bytes())
    build(root)
    with serve(root, "--watch") as server:
        page = visit(server.address)
        expect(page.get_by_role("link", name="Tide 1", exact=True)).to_be_visible()
        write(root, "episodes/tide-1.md", record(1, title="Spring tide", episode="zero"))
        expect(page.get_by_role("link", name="Spring tide", exact=True)).to_be_visible(timeout=30_000)
        box = page.locator("#feedbuilder-preview")
        expect(box).to_contain_text("episodes/tide-1.md:4:")
        assert violations(page) == []
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / "preview.png")
        page.close()


@pytest.mark.parametrize("path", ["", "episodes/tide-1/", "episodes/tide-2/", "people/ines/", "search/"])
def test_pages_of_a_right_to_left_show_are_accessible(path: str, others: str, visit: Callable[..., Page]) -> None:
    page = visit(others, path, viewport={"width": 1000, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{path.strip('/').replace('/', '-') or 'home'}-rtl.png", full_page=True)


def violations(page: Page) -> list[str]:
    """What axe-core finds, with the elements at fault."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {[node['html'][:200] for node in one['nodes']]}" for one in found]


# --- real records -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The records of FEEDBUILDER_CORPUS, built and served: the address, and the folder."""
    corpus = os.environ.get("FEEDBUILDER_CORPUS", "")
    if not corpus:
        pytest.skip("FEEDBUILDER_CORPUS names no folder")
    root = a_project(
        tmp_path_factory.mktemp("real"),
        {},
        fields="{pub_date: dateadded}",
        podcast_guid="",
        upstream="{feed: upstream-anchor.xml}",
        site_url="https://pictures.example.org/",
        image="images/cover.png",
    )
    write(root, "images/cover.png", (ROOT / "images/cover.png").read_bytes())
    shutil.copy(Path(corpus) / "upstream-anchor.xml", root)
    shutil.copytree(Path(corpus) / "people", root / "config/people", dirs_exist_ok=True)
    for folder in ("seed", "records"):
        shutil.copytree(Path(corpus) / folder, root / "episodes", dirs_exist_ok=True)
    for item in run(root, "sync", "--json").data["unmatched_items"]:  # in the hosting feed only
        run(root, "ledger", "accept", "--withdraw", item["guid"])
    assert build(root, now="2026-12-01T00:00:00Z").exit_code == 0
    with serve(root) as server:
        yield server.address, server.current


def open_pages(page: Page, address: str, folder: Path, pages: list[Path]) -> None:
    """Every page opens and its table of contents leads into it."""
    for path in pages:
        page.goto(address + str(path.parent.relative_to(folder)) + "/")
        expect(page.locator("h1")).to_have_count(1)
        lost = "[...document.querySelectorAll('a[href^=\"#\"]')].filter(a => !document.getElementById(a.hash.slice(1)))"
        assert page.evaluate(f"{lost}.map(a => a.hash)") == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.long
def test_pages_of_real_records_open(real: tuple[str, Path], visit: Callable[..., Page]) -> None:
    address, folder = real
    pages = sorted(folder.glob("episodes/*/index.html"))
    assert len(pages) > 10
    page = visit(address)
    open_pages(page, address, folder, [*pages, *sorted(folder.glob("people/*/index.html"))])


@pytest.mark.long
def test_the_longest_transcript_opens_at_a_second_and_is_small(
    real: tuple[str, Path], visit: Callable[..., Page]
) -> None:
    address, folder = real
    longest = max(folder.glob("episodes/*/index.html"), key=lambda path: path.stat().st_size)
    own = [longest, *(folder / name for name in ("style.css", "player.js", "icon.svg"))]
    assert sum(len(gzip.compress(path.read_bytes())) for path in own) < 100_000
    page = visit(address, f"{longest.parent.relative_to(folder)}/#t=1234", viewport={"width": 1000, "height": 900})
    expect(page.locator(".transcript .current")).to_be_in_viewport()
    until(page, f"{NOW_S} === 1234")
    assert violations(page) == []
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "longest-light.png")


@pytest.mark.long
def test_the_search_of_real_records_finds_a_spoken_phrase(real: tuple[str, Path], visit: Callable[..., Page]) -> None:
    address, folder = real
    transcript = max(folder.glob("episodes/*/transcript.json"), key=lambda path: path.stat().st_size)
    cues = json.loads(transcript.read_text())["segments"]
    cue = cues[len(cues) // 2]
    page = visit(address, "search/")
    page.get_by_role("searchbox").fill(cue["body"])
    page.keyboard.press("Enter")
    page.locator(f".results a[href$='{transcript.parent.name}/#t={cue['startTime']}']").click()
    until(page, f"Math.abs({NOW_S} - {cue['startTime']}) < 0.01")
