// Reloads the page when another release is served, and lists what the last build found.
"use strict";

(() => {
  const levels = ["error", "warning", "note"];
  let shown;

  const line = (problem) => {
    const place = [problem.file, problem.line, problem.column].filter(Boolean).join(":");
    const item = document.createElement("li");
    const level = document.createElement("strong");
    level.textContent = `${problem.level} ${problem.rule}`;
    level.className = problem.level;
    const remedy = problem.remedy ? `; ${problem.remedy}` : "";
    const effect = problem.effect ? `: ${problem.effect}` : "";
    item.append(`${place}: `, level, ` ${problem.what}${effect}${remedy}`);
    return item;
  };

  const show = (problems) => {
    document.getElementById("feedbuilder-preview")?.remove();
    if (!problems.length) return;
    const region = document.createElement("section");
    region.id = "feedbuilder-preview";
    region.setAttribute("aria-label", "What the build found");
    const box = document.createElement("details");
    box.open = problems.some((problem) => problem.level === "error");
    const title = document.createElement("summary");
    title.textContent = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    const list = document.createElement("ul");
    problems.sort((one, other) => levels.indexOf(one.level) - levels.indexOf(other.level));
    list.append(...problems.map(line));
    box.append(title, list);
    region.append(box);
    document.body.append(region);
  };

  new EventSource("/-/events").onmessage = (event) => {
    const told = JSON.parse(event.data);
    if (shown !== undefined && shown !== told.release) {
      location.reload();
      return;
    }
    shown = told.release;
    show(told.problems);
  };
})();
