// Sorts and filters the table of projects. The page reads the same without it.
"use strict";
(() => {
  const table = document.querySelector("main table");
  const body = table?.tBodies[0];
  if (!body) return;
  const rows = [...body.rows];
  const headings = [...table.tHead.rows[0].cells];
  const verdictAt = headings.findIndex((cell) => cell.textContent.trim() === "verdict");
  const text = (row, at) => row.cells[at].textContent.trim();
  const count = new Intl.NumberFormat("en").format;
  const number = /^-?\d+(\.\d+)?(?![\d-])/; // but no day, such as 2026-11-21

  const words = new Intl.Collator("en").compare;
  const compare = (one, other, at) => {
    const [a, b] = [text(one, at), text(other, at)];
    const [x, y] = [a.match(number), b.match(number)];
    if (x && y) return parseFloat(x[0]) - parseFloat(y[0]) || words(a, b);
    if (x || y) return x ? 1 : -1; // words, such as "below entry", come before numbers
    return words(a, b);
  };

  const sort = (at) => {
    const falling = headings[at].getAttribute("aria-sort") === "ascending";
    headings.forEach((cell) => cell.removeAttribute("aria-sort"));
    headings[at].setAttribute("aria-sort", falling ? "descending" : "ascending");
    const sign = falling ? -1 : 1;
    body.append(...[...rows].sort((one, other) => sign * compare(one, other, at)));
  };

  headings.forEach((cell, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...cell.childNodes);
    button.addEventListener("click", () => sort(at));
    cell.append(button);
  });

  const labelled = (text, control) => {
    const label = document.createElement("label");
    label.append(`${text} `, control);
    return label;
  };
  const search = document.createElement("input");
  search.type = "search";
  const verdict = document.createElement("select");
  const verdicts = [...new Set(rows.map((row) => text(row, verdictAt)))].sort();
  verdict.append(new Option("all", ""), ...verdicts.map((word) => new Option(word, word)));
  const shown = document.createElement("output");

  const filter = () => {
    const sought = search.value.toLowerCase().split(/\s+/);
    for (const row of rows) {
      const content = row.textContent.toLowerCase();
      const chosen = !verdict.value || text(row, verdictAt) === verdict.value;
      row.hidden = !(chosen && sought.every((word) => content.includes(word)));
    }
    const left = rows.filter((row) => !row.hidden).length;
    shown.textContent = `${count(left)} of ${count(rows.length)} projects`;
  };
  search.addEventListener("input", filter);
  verdict.addEventListener("change", filter);

  const controls = document.createElement("div");
  controls.className = "portfolio-controls";
  controls.append(labelled("Find", search), labelled("Verdict", verdict), shown);
  let above = table; // a table may lie in a box that scrolls
  while (above.parentElement.tagName !== "MAIN" && above.parentElement.children.length === 1) above = above.parentElement;
  above.before(controls);
  filter();
})();
