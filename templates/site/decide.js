// The form of a decision: what can be chosen, what it promises, and what it comes to.

import { made, say, shown } from "./evidence.js";
import { passkey, unbase64 } from "./sshsig.js";
import { LONGEST, MOST, moment, stripped, tooLong } from "./statement.js";

const $ = (id) => document.getElementById(id);
const CLOCK = 5 * 60 * 1000; // how far two clocks may be apart

const PROMISES = {
  approve: (what, level, days) => `You promise that you have read the evidence, and agree that ${what} may pass every gate up to level ${level} that your role is asked about. It holds until the evidence or the rules change, and no longer than ${days} days.`,
  "approve-with-conditions": (what, level, days) => `You promise that you have read the evidence, and agree that ${what} may pass the gates up to level ${level} now; the next gate stays closed until each of your conditions is met. It holds until the evidence or the rules change, and no longer than ${days} days.`,
  reject: (what, level, days, veto) => `You say that ${what} must not pass the gate of level ${level}, nor a later one. ${veto
    ? "It stands, even when the evidence changes, until somebody in your role approves later, or you take it back."
    : "By the rules of this project your role has no veto: it is shown, and your own approval no longer counts, but others can approve."}`,
  recuse: () => "You take no part in this review, for instance because you are too near to the work. What you decided before about this report no longer counts.",
  revoke: () => "You take back a decision of yours. It no longer counts, whatever it said.",
};

const listed = (names) => (names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : names.join(""));

const levels = (some) => `level${some.length > 1 ? "s" : ""} ${listed(some)}`;

const options = (select, pairs, chosen) => {
  const before = chosen ?? select.value;
  select.replaceChildren(...pairs.map(([value, text]) => new Option(shown(text), value)));
  if (pairs.some(([value]) => value === before)) select.value = before;
};

const decision = () => document.querySelector("input[name=decision]:checked")?.value ?? "";
const about = () => $("component").value || null;
export const keysOf = (told, who) => (told.people[who]?.passkeys ?? []).map(unbase64).filter((one) => passkey(one)?.rpId === location.hostname);

const reached = ({ report }) => Math.min(...report.components.filter((one) => [null, one.name].includes(about())).map((one) => one.supported ?? one.entry_level - 1));
// The levels whose panel asks for the role, lowest first.
const asks = (told, role) => Object.keys(told.panels).filter((one) => Object.hasOwn(told.panels[one].roles, role));
const waiting = (known, role) => asks(known.told, role).filter((one) => known.told.waits.includes(Number(one)));

// Where a panel waits for the role, as far as the evidence reaches; else the first level after it.
const fittingLevel = (known, role) => {
  const far = reached(known);
  const every = asks(known.told, role).length ? asks(known.told, role) : Object.keys(known.told.panels);
  const here = every.filter((one) => known.told.waits.includes(Number(one)) && Number(one) <= far);
  return here.at(-1) ?? every.find((one) => Number(one) > far) ?? every.at(-1);
};

let ownLevel = false; // whether somebody has chosen the level

export const fill = (known) => {
  const { report, told } = known;
  const asked = new URLSearchParams(location.search);
  options($("who"), [["", "Choose your name"], ...Object.keys(told.people).map((one) => [one, one])], asked.get("as"));
  options($("component"), [["", "All components"], ...report.components.map((one) => [one.name, one.name])], asked.get("component"));
  options($("level"), Object.keys(told.panels).map((one) => [one, `${one}, ${told.levels[one]}`]), asked.get("level") ?? "");
  ownLevel = $("level").value === asked.get("level");
  person(known, asked.get("role"));
  level(known);
  changed(known);
  $("form").addEventListener("input", (event) => {
    if (event.target === $("who")) person(known);
    if (event.target === $("level")) ownLevel = true;
    if (["who", "role", "component"].includes(event.target.id)) level(known);
    changed(known, event.target);
  });
};

const level = (known) => {
  if (!ownLevel) $("level").value = fittingLevel(known, $("role").value);
};

// `As research you are asked at levels 1 and 2; level 2 still waits.`
const called = (known, role) => {
  const [every, open] = [asks(known.told, role), waiting(known, role)];
  if (!every.length) return `As ${role} you are asked at no level.`;
  const left = open.length === 0 ? "none waits now" : open.length === every.length ? "all still wait" : `${levels(open)} still wait${open.length > 1 ? "" : "s"}`;
  return `As ${role} you are asked at ${levels(every)}; ${every.length === 1 && open.length === 1 ? "it still waits" : left}.`;
};

// The roles of who was chosen; first the one that a gate waits for.
const person = (known, role) => {
  const { told } = known;
  const who = $("who").value;
  const one = told.people[who];
  const roles = one?.roles ?? [];
  const first = roles.find((name) => waiting(known, name).some((at) => Number(at) <= reached(known)));
  options($("role"), roles.map((name) => [name, name]), role ?? first ?? roles.find((name) => asks(told, name).length));
  say($("asked"), roles.map((name) => called(known, name)).join(" "));
  const mine = told.notes.filter((note) => note.reviewer === who && !["refused", "revoked"].includes(note.standing));
  options($("revokes"), mine.map((note) => [note.digest, `${note.at.slice(0, 10)}: ${note.decision}, level ${note.level}`]));
  $("may-revoke").hidden = !mine.length;
  const none = one && !keysOf(told, who).length;
  say($("who-says"), none ? `No passkey of ${who} for ${location.hostname} is in the project yet.` : "");
  if (none) $("who-says").append(" ", made("a", { href: "enrol.html" }, "Enrol one"), "; it counts once a maintainer has merged it.");
};

const hasVeto = (told, role) => told.veto === null || told.veto.includes(role);
export const promise = (told, { decision: chosen, component, level: at, role }) =>
  PROMISES[chosen]?.(component ?? "every component", at, parseInt(told.expires_after, 10), hasVeto(told, role)) ?? "";

// What the chosen level asks for, and what an approval up to there would come to.
const panel = ({ report, told }, at, role, approves) => {
  const { roles, people } = told.panels[at];
  const needs = Object.entries(roles).map(([name, count]) => `${count} ${name}`).join(", ");
  const [mine, below] = [asks(told, role), asks(told, role).filter((one) => Number(one) < Number(at))];
  const strange = !role || mine.includes(at) ? "" : below.length
    ? `It does not ask for ${role}; ${levels(below)} below it ${below.length > 1 ? "do" : "does"}.`
    : `Neither it nor a gate below asks for ${role}, so an approval opens nothing; ${role} is asked at ${mine.length ? levels(mine) : "no level"}.`;
  const concerned = report.components.filter((one) => [null, one.name].includes(about()));
  const open = concerned.flatMap((one) => one.verdicts).filter((one) => one.gate && one.level <= Number(at) && ["unknown", "not_met"].includes(one.status)).length;
  const own = Object.entries(told.owners).filter(([name, all]) => [null, name].includes(about()) && all.includes($("who").value)).map(([name]) => name);
  return [`The gate of level ${at} needs: ${needs}; ${people} people in all.`, strange,
    approves && open ? `Up to there ${open} of the items that gates ask for are not met or unknown; an approval does not change that.` : "",
    own.length ? `You own ${listed(own)}: there your approval does not count.` : "",
    told.not_author ? "The approval of whoever wrote what is reviewed does not count." : ""].filter(Boolean).join(" ");
};

const changed = (known, target) => {
  const { told } = known;
  const [at, chosen] = [$("level").value, decision()];
  const [rejects, approves] = [chosen === "reject", chosen.startsWith("approve")];
  say($("panel"), panel(known, at, $("role").value, approves));
  say($("level-says"), rejects ? "From which level on?" : "Up to which level?");
  say($("promise"), promise(told, { decision: chosen, component: about(), level: at, role: $("role").value }));
  $("ask-component").hidden = chosen === "revoke";
  $("ask-level").hidden = $("panel").hidden = ["revoke", "recuse"].includes(chosen);
  $("ask-revokes").hidden = chosen !== "revoke";
  $("ask-conditions").hidden = chosen !== "approve-with-conditions";
  $("conditions").required = chosen === "approve-with-conditions";
  $("ask-ends").hidden = !approves;
  if (!target || ["who", "role", "level", "component"].includes(target.id) || target.name === "decision") questions(known, chosen, at);
};

// Open questions up to the level; what was entered before stays.
const questions = ({ report, told }, chosen, at) => {
  const before = new Map([...$("answers").querySelectorAll("select, textarea")].map((one) => [one.id, one.value]));
  const words = new Map(report.items.map((one) => [one.id, one.ask]));
  const open = told.questions.filter((one) => one.level <= Number(at) && (about() === null || one.components.includes(about())));
  say($("questions-says"), `Questions that people answer: ${open.length} open up to level ${at} (may stay empty)`);
  $("questions").hidden = !chosen.startsWith("approve") || !open.length;
  $("answers").replaceChildren(...open.slice(0, MOST).map(({ item, level: its }) => {
    const select = made("select", { id: `answer-${item}`, "data-item": item });
    options(select, [["", "I do not answer this"], ["yes", "Yes"], ["no", "No"], ["not_applicable", "Does not apply"]], before.get(select.id));
    const remark = made("textarea", { id: `remark-${item}`, rows: "2" });
    remark.value = before.get(remark.id) ?? "";
    return made("fieldset", {}, made("legend", {}, `Level ${its}: ${words.get(item) ?? item}`),
      made("p", {}, made("label", { for: select.id }, "Your answer"), " ", select),
      made("p", {}, made("label", { for: remark.id }, "Remark"), " ", remark));
  }));
};

const answers = () => $("questions").hidden ? [] : [...$("answers").querySelectorAll("select")].filter((one) => one.value)
  .map((one) => ({ item: one.dataset.item, answer: one.value, remark: $(`remark-${one.dataset.item}`).value }));

const now = (told) => {
  const [here, tip] = [new Date(), told.tip_at ? new Date(told.tip_at) : new Date(0)];
  if (tip - here > CLOCK) throw new Error(`The clock of this computer is behind the last review (${told.tip_at}). Set it right, and reload the page.`);
  return moment(tip > here ? tip : here);
};

export const filled = ({ told, digest, page }) => {
  const chosen = decision();
  const approves = chosen.startsWith("approve");
  const conditions = chosen === "approve-with-conditions" ? $("conditions").value.split("\n").map(stripped).filter(Boolean) : [];
  const given = {
    report: digest, page, project: told.project, policy: told.policy, manifests: told.manifests, prev: told.tip,
    decision: chosen, component: about(), level: Number($("level").value), role: $("role").value,
    reviewer: $("who").value, reason: stripped($("reason").value), conditions, answers: answers(), createdAt: now(told),
    expiresAt: approves && $("ends").value ? `${$("ends").value}T00:00:00Z` : null,
    revokes: chosen === "revoke" ? $("revokes").value : null,
  };
  const taken = told.notes.find((one) => one.digest === given.revokes);
  return taken ? { ...given, component: taken.component, level: taken.level, role: taken.role } : given;
};

export const lacking = (given, told) => {
  if (!told.people[given.reviewer]?.roles.includes(given.role)) return `By the rules of this project ${given.reviewer} is not in the role ${given.role}. Reload the page.`;
  if (!given.reason) return "Say why: the reason is empty.";
  if (given.decision === "approve-with-conditions" && !given.conditions.length) return "Name at least one condition, or approve without.";
  if (given.conditions.length > MOST) return `There are more than ${MOST} conditions.`;
  if ([given.reason, ...given.conditions, ...given.answers.map((one) => one.remark)].some(tooLong)) return `A text is longer than ${LONGEST.toLocaleString("en")} characters: shorten it.`;
  const bare = given.answers.find((one) => one.answer === "not_applicable" && stripped(one.remark).length < 10);
  if (bare) return `${bare.item}: say in a remark why it does not apply (at least 10 characters).`;
  if (given.expiresAt && given.expiresAt <= given.createdAt) return "The day on which it ends is over already: choose a later one.";
  return "";
};
