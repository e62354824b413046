// What is signed, and the file that it becomes: values in, text out; no page, no network.

import { base64, bytes, hex, sha256 } from "./sshsig.js";

export const NAMESPACE = "signoff@trl4ml";
const STATEMENT = "https://in-toto.io/Statement/v1";
const SIGNOFF = "https://trl4ml.github.io/trl4ml/attestation/signoff/v0.1";
export const LONGEST = 20_000;
export const MOST = 200;
export const LARGEST_NOTE = 256_000;
export const LONGEST_LINK = 7_000; // GitHub refuses addresses from about 8,000 characters on

// RFC 8785 for what a statement holds: text, whole numbers, true, false, null, lists and objects.
export const canonical = (value) => {
  if (typeof value === "string" && !/\p{Surrogate}/u.test(value)) return JSON.stringify(value);
  if (value === null || typeof value === "boolean" || Number.isSafeInteger(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object") {
    const pairs = Object.keys(value).sort().map((key) => `${canonical(key)}:${canonical(value[key])}`);
    return `{${pairs.join(",")}}`;
  }
  throw new Error("The text holds half a character, which cannot be signed: type it again.");
};

// Without the blanks at its ends, as trl4ml strips them (the White_Space of Unicode).
const BLANKS = "[\\t-\\r\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";
const ENDS = new RegExp(`^${BLANKS}|${BLANKS}$`, "g");
export const stripped = (text) => text.replace(ENDS, "");

export const tooLong = (text) => [...text].length > LONGEST;

// The bytes that are signed. Every key is there, null or empty too.
export const payload = (given) => {
  const names = Object.keys(given.manifests).sort();
  const subject = [["report.json", given.report], ...names.map((name) => [name, given.manifests[name]])];
  if (given.page) subject.push(["index.html", given.page]);
  return bytes(canonical({
    _type: STATEMENT,
    subject: subject.map(([name, digest]) => ({ name, digest: { sha256: digest } })),
    predicateType: SIGNOFF,
    predicate: {
      decision: given.decision, project: given.project, component: given.component, level: given.level,
      role: given.role, reviewer: given.reviewer, reason: stripped(given.reason),
      conditions: given.conditions.map(stripped), answers: given.answers,
      policy: { sha256: given.policy }, createdAt: given.createdAt, expiresAt: given.expiresAt,
      prev: given.prev, revokes: given.revokes,
    },
  }));
};

// A moment in UTC to the second, as in 2026-11-21T09:00:00Z.
export const moment = (date) => date.toISOString().replace(/\.\d+Z$/, "Z");

export const noteText = (signed, signature) =>
  `${canonical({ payload: base64(signed), signature })}\n`;

// Where the note belongs in the project.
export const notePath = async (report, number, signed) => {
  const digest = hex(await sha256(signed));
  return `.trl4ml/reviews/${report.slice(0, 12)}/${String(number).padStart(6, "0")}-${digest.slice(0, 12)}.json`;
};

// The page of the code host that proposes the note as a new file; empty above the limit on addresses,
// and for what is no code host.
// GitLab takes the name alone: the text is pasted there.
export const newFile = (forge, path, note) => {
  const url = forge.url.replace(/\/+$/, "");
  const branch = forge.branch.split("/").map(encodeURIComponent).join("/");
  const name = encodeURIComponent(path);
  const made = {
    github: `${url}/new/${branch}?filename=${name}&value=${encodeURIComponent(note)}`,
    gitea: `${url}/_new/${branch}?filename=${name}&value=${encodeURIComponent(note)}`,
    gitlab: `${url}/-/new/${branch}?file_name=${name}`,
  }[forge.kind];
  return typeof made === "string" && made.startsWith("https://") && made.length <= LONGEST_LINK ? made : "";
};
