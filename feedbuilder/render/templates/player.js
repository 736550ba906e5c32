// The player of an episode's page: links with #t= seek, the line that is spoken is marked, the page follows it.
// Without this script the same page has the browser's own player, and its links lead to lines.
"use strict";
(() => {
  const audio = document.querySelector("audio");
  const video = document.querySelector("[data-video]");
  const moments = (selector, of) =>
    [...document.querySelectorAll(selector)]
      .map((link) => ({ start: secondOf(link.hash), element: link.closest(of) }))
      .filter((moment) => moment.start !== null);

  function decoded(hash) {
    try {
      return decodeURIComponent(hash);
    } catch { // somebody typed a lone %
      return hash;
    }
  }

  // "#t=90", "#t=1:30" and "#t=1:02:03" are moments
  function secondOf(hash) {
    const found = /^#t=((?:\d+:){0,2}\d+(?:\.\d+)?)/.exec(decoded(hash));
    return found && found[1].split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  }

  function clock(second) {
    const parts = [Math.floor(second / 3600), Math.floor(second / 60) % 60, Math.floor(second) % 60];
    if (!parts[0]) parts.shift();
    return parts.map((part, at) => (at ? String(part).padStart(2, "0") : part)).join(":");
  }

  const lines = moments(".transcript .at", "p");
  const chapters = moments(".chapters .to", "li");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

  // The last moment that has begun; lists ascend.
  function at(list, second) {
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle].start <= second + 0.05) low = middle + 1;
      else high = middle;
    }
    return low ? list[low - 1].element : null;
  }

  // Until then (milliseconds of performance.now()) what scrolls is this script, or a line that breaks elsewhere. It is
  // told of its own scrolling in the next frame, however late that comes.
  let ownUntil = 0;
  let frames = 0;
  let turn = 0;
  function scrolls(ms) {
    const mine = turn;
    const last = () => { ownUntil = Math.max(ownUntil, performance.now() + ms); };
    last();
    frames++;
    requestAnimationFrame(() => {
      if (mine !== turn) return;
      frames--;
      last();
    });
  }
  const marked = new Map();
  function mark(list, second) {
    const element = at(list, second);
    const before = marked.get(list);
    if (element === before) return null;
    before?.classList.remove("current");
    before?.removeAttribute("aria-current");
    element?.classList.add("current");
    element?.setAttribute("aria-current", "true");
    marked.set(list, element);
    scrolls(300);
    return element;
  }

  function show(element, block) {
    if (!element) return;
    scrolls(1000);
    element.scrollIntoView({ block, behavior: calm ? "auto" : "smooth" });
  }

  const extras = document.querySelector(".extras");
  const now = document.querySelector(".now");
  const said = document.querySelector(".said");
  const address = document.querySelector(".address");
  const follow = document.querySelector("[data-follow]");
  const following = () => follow?.getAttribute("aria-pressed") === "true";
  const setFollow = (on) => follow?.setAttribute("aria-pressed", String(on));

  function tell(second) {
    const chapter = at(chapters, second)?.querySelector(".to span")?.textContent;
    if (now) now.textContent = chapter ? `${clock(second)} · ${chapter}` : clock(second);
  }

  // A message stays for some seconds, or until the next action.
  let fading;
  function say(text, ms) {
    clearTimeout(fading);
    scrolls(300);
    said.textContent = text;
    if (ms) fading = setTimeout(say, ms, "");
  }
  const saySilent = () => say(said.dataset.silent);

  let place = 0; // where the audio is, or will begin
  function move(second) {
    place = second;
    tell(second);
    mark(chapters, second);
    const line = mark(lines, second);
    if (line && !audio?.paused && following()) show(line, "center");
  }

  function seek(second) {
    if (audio) audio.currentTime = second;
    move(second);
  }

  function play() {
    audio?.play().catch((error) => {
      if (error.name !== "AbortError") saySilent();
    });
  }

  function frame() {
    const { video: id, origin } = video.dataset;
    const player = document.createElement("iframe");
    player.title = video.dataset.title;
    player.allow = "autoplay; fullscreen; encrypted-media";
    player.referrerPolicy = "strict-origin-when-cross-origin";
    player.src = `${origin}/embed/${encodeURIComponent(id)}?autoplay=1&start=${Math.floor(place)}`;
    document.querySelector(".player").replaceChildren(player);
    player.focus();
  }

  // A link of this page was opened, or the page was opened by one: show its line, be ready at its second.
  function open() {
    const second = secondOf(location.hash);
    if (second === null) return;
    seek(second);
    if (!document.getElementById(decoded(location.hash).slice(1))) show(at(lines, second), "center");
  }

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest("a");
    if (link?.dataset.video) {
      event.preventDefault();
      frame();
      return;
    }
    const second = link && link.pathname === location.pathname ? secondOf(link.hash) : null;
    if (second === null || !(audio || video)) return;
    event.preventDefault();
    history.replaceState(null, "", link.hash);
    setFollow(true);
    seek(second);
    show(at(lines, second), "center");
    if (audio) play();
    else frame();
  });
  window.addEventListener("hashchange", open);

  if (audio) {
    extras.hidden = false;
    audio.addEventListener("timeupdate", () => move(audio.currentTime));
    audio.addEventListener("play", () => move(audio.currentTime));
    audio.addEventListener("playing", () => said.textContent === said.dataset.silent && say(""));
    audio.addEventListener("error", saySilent);
    extras.addEventListener("click", async (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.dataset.skip) seek(Math.max(0, audio.currentTime + Number(button.dataset.skip)));
      if (button === follow) {
        setFollow(!following());
        if (following()) show(marked.get(lines), "center");
      }
      say("");
      address.hidden = true;
      if ("share" in button.dataset) {
        const link = new URL(document.querySelector("link[rel=canonical]").href);
        link.hash = `t=${Math.floor(audio.currentTime)}`;
        try {
          await navigator.clipboard.writeText(link.href);
          say(said.dataset.copied, 6000);
        } catch { // no permission, or no clipboard: the address can be copied by hand
          address.value = link.href;
          address.hidden = false;
          address.select();
        }
      }
    });

    // A reader who scrolls, by whatever means, wants to read elsewhere. Scrolling by this script does not count.
    const theirs = () => { turn++; frames = ownUntil = 0; };
    for (const kind of ["wheel", "touchmove"]) window.addEventListener(kind, theirs, { passive: true });
    window.addEventListener("pointerdown", ({ target }) => target === document.documentElement && theirs()); // scrollbar
    window.addEventListener("keydown", ({ key, target }) => {
      if (/^(Arrow|Page|Home|End|Tab)/.test(key) || (key === " " && !target.closest("button, summary, audio"))) theirs();
    });
    window.addEventListener("resize", () => scrolls(500)); // lines break elsewhere
    window.addEventListener("scroll", () => {
      if (frames || performance.now() < ownUntil) scrolls(300); // a long way takes longer
      else if (!audio.paused) setFollow(false);
    }, { passive: true });
  }
  open();
})();
