// The search of all transcripts: the index says which episodes have the words, their transcripts say when.
// Words are folded as feedbuilder/render/search.py folds them.
"use strict";
(() => {
  const form = document.querySelector("form.search");
  const status = document.querySelector(".status");
  const results = document.querySelector(".results");
  const further = document.querySelector(".further");
  const BATCH = 10; // episodes whose transcripts are read at once
  const MOST_HITS = 5; // of one episode
  const read = new Map();

  function load(path) {
    if (!read.has(path)) {
      read.set(path, fetch(path).then((answer) => {
        if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
        return answer.json();
      }));
    }
    return read.get(path);
  }

  const fold = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").normalize("NFC").toLowerCase();
  const ideographs = /^[\u2e80-\u9fff\uac00-\ud7af]/;

  function wordsOf(text) {
    const words = fold(text).match(/[\p{L}\p{N}]+/gu) ?? [];
    return words.flatMap((word) => {
      const pairs = [...word];
      if (!ideographs.test(word) || pairs.length < 3) return [word];
      return pairs.slice(1).map((letter, at) => pairs[at] + letter);
    });
  }

  const pad = (number) => String(number).padStart(2, "0");
  const shardOf = (word, shards) => ((word.charCodeAt(0) || 0) * 31 + (word.charCodeAt(1) || 0)) % shards;

  function unpack(text) {
    let number = 0;
    return text.split(" ").map((step) => (number += parseInt(step, 36)));
  }

  // Numbers of the episodes that have a word; of the last one, which may still be typed, the beginning is enough.
  async function episodesWith(word, shards, begins) {
    const shard = await load(`${pad(shardOf(word, shards))}.json`);
    const found = new Set();
    for (const [known, numbers] of Object.entries(shard)) {
      if (known === word || (begins && word.length > 1 && known.startsWith(word))) {
        unpack(numbers).forEach((number) => found.add(number));
      }
    }
    return found;
  }

  const sameWords = (query, words, from) =>
    query.every((word, at) => (at === query.length - 1 ? words[from + at]?.startsWith(word) : words[from + at] === word));

  // Where the phrase begins, though it goes over the end of a segment; else the segments that have a word of it.
  function hitsOf(segments, query) {
    const words = [];
    const owner = [];
    segments.forEach((segment, at) => {
      for (const word of wordsOf(segment.body)) {
        words.push(word);
        owner.push(at);
      }
    });
    const exact = new Set();
    for (let from = 0; from + query.length <= words.length; from++) {
      if (sameWords(query, words, from)) exact.add(owner[from]);
    }
    if (exact.size) return { exact: true, hits: [...exact] };
    const scores = segments.map((segment) => {
      const here = wordsOf(segment.body);
      return query.filter((word) => here.some((one) => one.startsWith(word))).length;
    });
    const best = Math.max(0, ...scores);
    return { exact: false, hits: best ? [...scores.keys()].filter((at) => scores[at] === best) : [] };
  }

  function clock(second) {
    const parts = [Math.floor(second / 3600), Math.floor(second / 60) % 60, Math.floor(second) % 60];
    if (!parts[0]) parts.shift();
    return parts.map((part, at) => (at ? String(part).padStart(2, "0") : part)).join(":");
  }

  function make(name, text, ...children) {
    const element = document.createElement(name);
    if (text) element.textContent = text;
    element.append(...children);
    return element;
  }

  // The text with the words of the query marked.
  function marked(text, query) {
    const line = make("span");
    for (const part of text.split(/([\p{L}\p{N}\p{M}]+)/u)) {
      const folded = fold(part);
      line.append(query.some((word) => folded.startsWith(word) && word) ? make("mark", part) : part);
    }
    return line;
  }

  async function look([slug, title, day, timed], query) {
    const page = `../episodes/${slug}/`;
    const link = make("a", title);
    link.href = page;
    const item = make("li", "", make("h2", "", link), make("p", day));
    item.lastChild.className = "facts";
    if (!timed) return { item, exact: false };
    const { segments } = await load(`${page}transcript.json`);
    const { exact, hits } = hitsOf(segments, query);
    const list = make("ul");
    for (const at of hits.slice(0, MOST_HITS)) {
      const { startTime, body } = segments[at];
      const start = make("bdi", clock(startTime));
      start.className = "start";
      const text = exact && segments[at + 1] ? `${body} ${segments[at + 1].body}` : body;
      const jump = make("a", "", start, marked(text, query));
      jump.href = `${page}#t=${startTime}`;
      list.append(make("li", "", jump));
    }
    if (hits.length) item.append(list);
    return { item, exact };
  }

  let asked = 0;
  async function search(text) {
    const mine = ++asked;
    results.replaceChildren();
    further.hidden = true;
    const query = wordsOf(text);
    status.textContent = query.length ? status.dataset.searching : "";
    if (!query.length) return;
    try {
      const { shards, episodes } = await load("index.json");
      const sets = await Promise.all(query.map((word, at) => episodesWith(word, shards, at === query.length - 1)));
      const found = episodes.map((_, number) => number).filter((number) => sets.every((set) => set.has(number)));
      found.reverse(); // newest first
      const next = async () => {
        further.hidden = true;
        const batch = found.splice(0, BATCH);
        const looked = await Promise.all(batch.map((number) => look(episodes[number], query)));
        if (mine !== asked) return;
        looked.sort((one, other) => other.exact - one.exact);
        results.append(...looked.map(({ item }) => item));
        further.hidden = !found.length;
      };
      const total = found.length;
      further.onclick = next;
      await next();
      if (mine === asked) status.textContent = status.dataset.found.replace("{n}", total);
    } catch (error) {
      if (mine === asked) status.textContent = `${status.dataset.failed} (${error.message})`;
    }
  }

  document.querySelector(".without").hidden = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = form.elements.q.value;
    history.replaceState(null, "", `?q=${encodeURIComponent(text)}`);
    search(text);
  });
  form.elements.q.value = new URLSearchParams(location.search).get("q") ?? "";
  search(form.elements.q.value);
})();
