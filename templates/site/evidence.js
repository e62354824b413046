// The report as it is read before a decision: made from the very bytes whose digest is signed.

const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const FEW = 10; // is read at once
const MUCH = 1000; // is made when it is asked for
const escape = (found) =>
  Array.from({ length: found.length }, (_, at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, "0")}`).join("");

// The text with all that is hidden, or that turns the direction of reading, written out.
export const visible = (text) => String(text).replace(HIDDEN, escape);
// The same on one line.
export const shown = (text) => visible(String(text).replace(/\s+/g, " "));

export const say = (one, text) => {
  one.textContent = shown(text);
  one.hidden = !text;
};

// An element; every text in it is made visible.
export const made = (tag, attributes = {}, ...children) => {
  const one = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
  one.append(...children.map((child) => (typeof child === "string" ? shown(child) : child)));
  return one;
};

const WORDS = { met: "met", not_met: "not met", unknown: "unknown", not_applicable: "not applicable", waived: "waived" };
const FIRST = ["unknown", "not_applicable", "not_met", "waived", "met"];
export const badge = (status) => made("span", { class: `verdict ${status.replace("_", "-")}` }, WORDS[status] ?? status);

const verdictsOf = (report) =>
  report.components.flatMap((one) => one.verdicts.map((verdict) => ({ ...verdict, component: one.name })));

// Waivers that have ended, or that nothing needs any more: with one the project is not ready.
const lapsed = (report) => {
  const waived = verdictsOf(report).filter((one) => one.waiver);
  const same = (one) => JSON.stringify(one.waiver);
  const needed = new Set(waived.filter((one) => !["met", "not_applicable"].includes(one.status)).map(same));
  return waived.filter((one) => ["not_met", "unknown"].includes(one.status)
    || (one.status !== "waived" && !needed.has(same(one))));
};

const isMet = (component) => component.supported !== null && component.supported >= (component.wanted ?? 0);

export const word = (report) => {
  const met = lapsed(report).length === 0 && report.components.every(isMet);
  if (met && report.components.every((one) => one.wanted === null)) {
    return `LEVEL ${Math.min(...report.components.map((one) => one.supported))}`;
  }
  return met ? "READY" : "NOT READY";
};

const levelOf = (component, levels) => component.supported === null
  ? `is below level ${component.entry_level}`
  : `supports level ${component.supported}, ${levels[component.supported]}`;

const table = (label, heads, rows) => made("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": label },
  made("table", {},
    made("thead", {}, made("tr", {}, ...heads.map((head) => made("th", { scope: "col" }, head)))),
    made("tbody", {}, ...rows.map((cells) => made("tr", {}, ...cells.map((cell) => made("td", {}, cell)))))));

// A link beside which the form stays as it is.
export const beside = (text, to) => made("a", { href: to, target: "_blank", rel: "noopener" }, text);

// What is folded away; where that is much, it is made when it is opened.
const folded = (title, count, open, inner) => {
  const one = made("details", open ? { open: "" } : {}, made("summary", {}, `${title}: ${count}`));
  if (open || count <= MUCH) one.append(...inner());
  else one.addEventListener("toggle", () => one.append(...inner()), { once: true });
  return one;
};

const number = (value) => {
  if (typeof value !== "number") return String(value ?? "–");
  return Number.isInteger(value) ? value.toLocaleString("en") : String(Number(value.toPrecision(6)));
};

// `fairness.gap: 0.06 (0.01 to 0.11, n = 79, estimated), wanted < 0.1`, for each number that was compared.
const numbers = (report, verdict) => verdict.comparisons.filter((one) => one.sign !== "is").map((one) => {
  const [probe, name] = one.name.split(".");
  const found = verdict.evidence.map((digest) => report.evidence[digest]).find((held) => held?.probe === probe.replaceAll("_", "-"));
  const measure = found && Object.hasOwn(found.measures ?? {}, name ?? "") ? found.measures[name] : null;
  const more = measure?.value !== one.value ? [] : [
    ...(measure.lower === null && measure.upper === null ? [] : [`${number(measure.lower)} to ${number(measure.upper)}`]),
    ...(measure.n === null ? [] : [`n = ${number(measure.n)}`]), measure.kind];
  const value = one.value === null ? `unknown, ${one.reason}` : `${number(one.value)} ${measure?.unit ?? ""}`.trim();
  return made("li", {}, `${one.name}: ${value}${more.length && one.value !== null ? ` (${more.join(", ")})` : ""}, wanted ${one.sign} ${number(one.wanted)}`);
});

const listed = (report, title, verdicts, asks, open) => {
  if (!verdicts.length) return [];
  const line = (one) => {
    const measured = numbers(report, one);
    return made("li", {}, made("strong", {}, `Level ${one.level}, ${one.component}: `), asks.get(one.item) ?? one.item,
      " (", beside(one.item, `items.html#${encodeURIComponent(one.item)}`), one.gate ? ") " : ", advisory) ", badge(one.status), ` ${one.message}`,
      ...(measured.length ? [made("ul", {}, ...measured)] : []));
  };
  const lines = (some) => [made("ul", {}, ...[...some].sort((a, b) => a.level - b.level).map(line))];
  const parts = report.components.map(({ name }) => [name, verdicts.filter((one) => one.component === name)]).filter(([, own]) => own.length);
  return [folded(title, verdicts.length, open, () => verdicts.length <= MUCH || parts.length < 2
    ? lines(verdicts) : parts.map(([name, own]) => folded(name, own.length, false, () => lines(own))))];
};

const gates = (report) => report.components.flatMap((component) => component.gates.filter((gate) => gate.asked).map((gate) => {
  const here = component.verdicts.filter((one) => one.level === gate.level && one.gate);
  const count = (status) => String(here.filter((one) => one.status === status).length);
  return [component.name, String(gate.level), badge(gate.status), ...FIRST.map(count)];
}));

const levels = (report, told) => {
  const says = report.components.map((one) => {
    const wanted = one.wanted === null ? "no level is claimed or required" : `level ${one.wanted} is wanted`;
    return made("li", {}, `${one.name} ${levelOf(one, told.levels)}; ${wanted}.`);
  });
  const list = made("ul", {}, ...says);
  return says.length <= FEW ? list : folded("Component by component", says.length, false, () => [list]);
};

// Everything to be read, as elements: the verdict first, then what is unknown, then the rest.
export const evidence = (report, digest, told) => {
  const every = verdictsOf(report);
  const asks = new Map(report.items.map((one) => [one.id, one.ask]));
  const of = (status) => every.filter((one) => one.status === status);
  const list = (title, status, open) => listed(report, title, of(status), asks, open);
  const counts = FIRST.flatMap((status, at) => [at ? " · " : "",
    made("span", { class: "count" }, made("strong", {}, String(of(status).length)), " ", badge(status))]);
  return [
    made("h2", {}, `The evidence of ${report.project}: ${word(report)}`),
    levels(report, told),
    made("p", {}, ...counts),
    made("p", {}, "Your browser has computed the fingerprint of this evidence itself: it is report ",
      made("code", {}, digest), ". Reviews are not in it; they come on top."),
    made("h3", {}, "Gates"),
    table("Gates", ["component", "level", "gate", ...FIRST.map((one) => WORDS[one])], gates(report)),
    made("h3", {}, "Item by item"),
    ...list("Unknown: nobody has measured or answered it", "unknown", of("unknown").length <= FEW),
    ...list("Not met", "not_met", of("not_met").length <= FEW),
    ...list("Waived: somebody answers for it until a day", "waived", of("waived").length <= FEW),
    ...list("Not applicable, and so not asked", "not_applicable", false),
    ...list("Met", "met", false),
    ...pages(told),
    ...conditions(told),
    ...others(told),
  ];
};

// Where the evidence can be read at length; `compared` says later whether the data there are the report's own.
const pages = (told) => [
  made("h3", {}, "Figures, cards and all numbers"),
  made("p", {}, "These pages open beside this one. They were made from the same report; how they look is not part of what you sign."),
  made("ul", {}, ...told.pages.map(([page, title]) => {
    const probe = /^probe-([a-z0-9-]+)\.html$/.exec(page)?.[1];
    return made("li", {}, beside(title, page), ...(probe ? [" ", made("span", { "data-probe": probe })] : []));
  })),
];

// The files that each probe attached to its evidence, with the digests that the report names.
export const attached = (report, probe) => {
  const found = Object.entries(report.evidence).filter(([, one]) => one.probe === probe).sort(([a], [b]) => (a < b ? -1 : 1));
  return found.flatMap(([, one], at) => Object.entries(one.attached ?? {})
    .map(([name, digest]) => [`data/${probe}${found.length > 1 ? `-${at + 1}` : ""}-${name}`, digest]));
};

const conditions = (told) => told.conditions.length === 0 ? [] : [
  made("h3", {}, "Open conditions of earlier approvals"),
  made("ul", {}, ...told.conditions.map((one) => made("li", {}, made("strong", {}, `Level ${one.level}, ${one.component}: `), one.says))),
];

const STANDING = { counts: "met", barred: "not-met", refused: "not-met", stale: "unknown", expired: "unknown" };
const others = (told) => told.notes.length === 0 ? [] : [
  made("h3", { id: "others" }, "What has been decided before"),
  made("ul", {}, ...told.notes.map((one) => made("li", {},
    made("strong", {}, `${one.reviewer} (${one.role})`), `: ${one.decision.replaceAll("-", " ")}, ${one.component ?? "all components"}, ${one.decision === "reject" ? "from" : "up to"} level ${one.level}, ${one.at.slice(0, 10)} `,
    made("span", { class: `verdict ${STANDING[one.standing] ?? ""}` }, one.standing), ` ${one.reason}`,
    ...one.conditions.map((says) => ` Condition: ${says}`), 
    one.holds ? " It holds gates back." : one.says ? ` It does not count: ${one.says}` : ""))),
];
