// The search of all transcripts: the index says which episodes have the words, their transcripts say when.
// Words are folded as words_of of feedbuilder/render/search.py folds them, where the comments say why.
"use strict";
const DROPPED = /[\u00ad\u0640\u200b\u200d\u2060\ufeff]|(?=[\u0300-\u077f\u07c0-\u08ff\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe2f\u{e0100}-\u{e01ef}])\p{M}/gu;
const EAST = "\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\u{20000}-\u{3ffff}";
const SOUTH = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f";
const UNSPACED = new RegExp(`^[${EAST}${SOUTH}]`, "u");
const PIECES = new RegExp(`[${EAST}]+|[${SOUTH}]+|[^${EAST}${SOUTH}]+`, "gu");

function fold(text) {
  const bare = text.normalize("NFKD").replace(DROPPED, "").toLowerCase();
  return bare.replaceAll("ß", "ss").replaceAll("ς", "σ").normalize("NFC");
}

const piecesOf = (text) => (fold(text).match(/[\p{L}\p{N}\p{M}]+/gu) ?? []).flatMap((word) => word.match(PIECES));

// In the order of the text, so that a phrase is a row of them.
function wordsOf(text) {
  return piecesOf(text).flatMap((piece) => {
    const letters = [...piece];
    return UNSPACED.test(piece) ? letters.map((letter, at) => letter + (letters[at + 1] ?? "")) : [piece];
  });
}

const isLetter = (word) => UNSPACED.test(word) && [...word].length === 1;

// The words to look for. The last letter of a pair goes on to another pair in most texts: it is not asked for alone.
function queryOf(text) {
  const words = wordsOf(text);
  const [before, last] = words.slice(-2);
  if (last && isLetter(last) && before !== last && before.endsWith(last)) words.pop();
  return words;
}

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
      const data = fetch(path).then((answer) => {
        if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
        return answer.json();
      });
      read.set(path, data);
      data.catch(() => read.delete(path)); // the next search asks again
    }
    return read.get(path);
  }

  const pad = (number) => String(number).padStart(2, "0");
  const shardOf = (word, shards) =>
    (word.charCodeAt(0) * 31 + (UNSPACED.test(word) ? 0 : word.charCodeAt(1) || 0)) % shards;

  function unpack(text) {
    let number = 0;
    return text.split(" ").map((step) => (number += parseInt(step, 36)));
  }

  // Numbers of the episodes that have a word; of the last one, which may still be typed, the beginning is enough.
  async function episodesWith(word, shards, last) {
    const begins = isLetter(word) || (last && word.length > 1);
    const shard = await load(`${pad(shardOf(word, shards))}.json`);
    const found = new Set();
    for (const [known, numbers] of Object.entries(shard)) {
      if (known === word || (begins && known.startsWith(word))) {
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
      const here = wordsOf(segment.body);
      const last = words.at(-1);
      // a text without spaces goes on in the next segment
      if (last && isLetter(last) && UNSPACED.test(here[0] ?? "")) words.push(words.pop() + [...here[0]][0]);
      for (const word of here) {
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

  // Which letters of a piece the query has.
  function isAsked(piece, pieces) {
    const letters = [...piece];
    if (!UNSPACED.test(piece)) return letters.fill(pieces.some((asked) => fold(piece).startsWith(asked)));
    const owner = letters.flatMap((letter, at) => Array(fold(letter).length).fill(at)); // letters may be folded to more
    const found = new Set();
    for (const asked of pieces) {
      for (let at = -1; (at = fold(piece).indexOf(asked, at + 1)) >= 0;) {
        owner.slice(at, at + asked.length).forEach((letter) => found.add(letter));
      }
    }
    return letters.map((_, at) => found.has(at));
  }

  // The text with what the query has marked.
  function marked(text, pieces) {
    const line = make("span");
    for (const part of text.normalize().split(/([\p{L}\p{N}\p{M}]+)/u)) {
      for (const piece of part.match(PIECES) ?? []) {
        const letters = [...piece];
        const asked = isAsked(piece, pieces);
        for (let from = 0, to; from < letters.length; from = to) {
          to = from + 1;
          while (to < letters.length && asked[to] === asked[from]) to++;
          const text = letters.slice(from, to).join("");
          line.append(asked[from] ? make("mark", text) : text);
        }
      }
    }
    return line;
  }

  async function look([slug, title, day, timed], query, pieces) {
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
      const next = exact ? segments[at + 1]?.body ?? "" : "";
      const text = body + (next && !UNSPACED.test(next) ? " " : "") + next;
      const jump = make("a", "", start, marked(text, pieces));
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
    status.textContent = "";
    if (!text.trim()) return;
    status.textContent = status.dataset.searching;
    const query = queryOf(text);
    try {
      const { shards, episodes } = await load("index.json");
      const sets = await Promise.all(query.map((word, at) => episodesWith(word, shards, at === query.length - 1)));
      const found = episodes.map((_, number) => number).filter((number) => sets.length && sets.every((set) => set.has(number)));
      found.reverse(); // newest first
      const next = async () => {
        further.hidden = true;
        const batch = found.splice(0, BATCH);
        const looked = await Promise.all(batch.map((number) => look(episodes[number], query, piecesOf(text))));
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
