// What the page of signing is made from: the evidence, whose digest it computes itself, and what stands
// beside it.

import { attached, say } from "./evidence.js";
import { hex, sha256, textOf } from "./sshsig.js";

const REPORT = "data/report.json";
const BESIDE = "data/review.json";
const REMEDY = "Reload the page; if that does not help, the pages were not published whole.";

const asked = (name) => fetch(name, { cache: "no-store" }).catch(() => null);
const got = async (name) => {
  const answer = await asked(name);
  if (!answer?.ok) throw new Error(`${name} could not be loaded (${answer ? answer.status : "no answer"}). ${REMEDY}`);
  return answer;
};
const digestOf = async (answer) => hex(await sha256(new Uint8Array(await answer.arrayBuffer())));

const read = (text, name) => {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${name} is not what trl4ml writes. ${REMEDY}`);
  }
};

const isMap = (one) => one !== null && typeof one === "object" && !Array.isArray(one);
const isDigest = (one) => typeof one === "string" && /^[0-9a-f]{64}$/.test(one);
const isWhole = (told) => isMap(told) && isDigest(told.report) && isDigest(told.policy)
  && (told.tip === null || isDigest(told.tip))
  && ["manifests", "panels", "people", "owners"].every((name) => isMap(told[name]))
  && ["levels", "accept", "origins", "faults", "questions", "conditions", "waits", "notes", "pages"].every((name) => Array.isArray(told[name]))
  && Object.keys(told.panels).length > 0 && Object.values(told.panels).every((one) => isMap(one?.roles))
  && Object.values(told.people).every((one) => [one?.roles, one?.passkeys].every(Array.isArray))
  && (told.forge === null || [told.forge?.kind, told.forge?.url, told.forge?.branch].every((one) => typeof one === "string"));

// RFC 8785 for whatever JSON holds: a key that stands twice, `-0` or `1.0` comes out as another text.
export const canonical = (value) => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isMap(value)) return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
};

// The evidence and what stands beside it; refuses evidence that is not the report that the pages name.
export const loaded = async () => {
  const answer = await got(BESIDE);
  const told = read(await answer.text(), BESIDE);
  if (!isWhole(told)) throw new Error(`${BESIDE} is not what trl4ml writes. ${REMEDY}`);
  const content = new Uint8Array(await (await got(REPORT)).arrayBuffer());
  const digest = hex(await sha256(content));
  if (digest !== told.report) {
    throw new Error(`The evidence that was loaded (${digest.slice(0, 12)}) is not the report that this page is about (${told.report.slice(0, 12)}), so it cannot be signed. Reload the page; if it stays so, tell the project's maintainers.`);
  }
  const report = read(textOf(content), REPORT);
  if (canonical(report) !== textOf(content)) {
    throw new Error(`${REPORT} is not written as trl4ml writes it, so others could read something else in it than this page shows. It cannot be signed. ${REMEDY}`);
  }
  if (report?.project !== told.project) throw new Error(`${BESIDE} is about another project than the evidence. ${REMEDY}`);
  const page = await asked("index.html");
  const now = answer.headers.get("trl4ml-server") ? await (await got("api/now")).json() : null;
  if (now && (now.report !== digest || now.policy !== told.policy)) {
    throw new Error("The evidence or the rules have changed since this page was made. Reload it in a minute.");
  }
  const at = now ? { tip: now.tip, next: now.next_number, served: true } : { served: false };
  return { report, told: { ...told, ...at }, digest, page: page?.ok ? await digestOf(page) : "" };
};

export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// Looks again at what was loaded before: whether there are decisions that the reader has not seen.
// Refuses where the evidence or the rules are others.
export const lookedAgain = async (known) => {
  const { told, digest } = await loaded();
  if (digest !== known.digest || told.policy !== known.told.policy || !same(told.manifests, known.told.manifests)) {
    throw new Error("The evidence or the rules have changed since you opened this page, so nothing is signed. Copy what you have written, reload the page, and read what is new.");
  }
  const isNew = told.tip !== known.told.tip || !same(told.faults, known.told.faults);
  known.told = told;
  return isNew;
};

// Says beside the link to each page of figures whether its data are those that the report names.
export const compared = (report) => Promise.all([...document.querySelectorAll("[data-probe]")].map(async (one) => {
  const files = attached(report, one.dataset.probe);
  const differ = await Promise.all(files.map(async ([path, digest]) => {
    const answer = await asked(path);
    return !answer?.ok || await digestOf(answer) !== digest;
  }));
  if (files.length) say(one, differ.some(Boolean) ? "Its data are not those of this report: do not rely on it." : "Its data are those of this report.");
  one.className = differ.some(Boolean) ? "notice" : "";
}));

// Why nobody can sign here; empty where people can.
export const notHere = (told) => {
  if (!told.accept.includes("passkey")) return "The rules of this project take no passkeys; sign with an SSH key.";
  if (!told.origins.includes(location.origin)) return `The rules of this project do not let passkeys sign on ${location.origin}. They name: ${told.origins.join(", ") || "no address"}.`;
  if (!Object.keys(told.people).length) return "The rules of this project name no reviewers yet (roles in .trl4ml/trust/policy.yaml).";
  return "";
};
