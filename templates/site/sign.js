// The page on which a reviewer decides and signs: from the evidence to the note.

import { fill, filled, keysOf, lacking, promise } from "./decide.js";
import { evidence, made, say, visible } from "./evidence.js";
import { compared, loaded, lookedAgain, notHere, same } from "./load.js";
import { VERIFIED, fits, flags, hex, sha256, sshSig, textOf, toBeSigned } from "./sshsig.js";
import { LARGEST_NOTE, NAMESPACE, newFile, notePath, noteText, payload } from "./statement.js";

const $ = (id) => document.getElementById(id);

const CANNOT = {
  NotAllowedError: "Nothing was signed: it was cancelled, took too long, or this device has no passkey for this address. If you have not enrolled on this device, enrol first.",
  SecurityError: "Nothing was signed: the browser allows no passkey for this address.",
};

const LONG = 10 * 60 * 1000; // after which one looks again before one signs

const fault = (text) => say($("fault"), text);

const show = (id) => ["form", "check", "done"].forEach((one) => { $(one).hidden = one !== id; });

// Everything is told from the very bytes that are signed.
const shownBefore = async ({ report, told, digest }, signed) => {
  const said = JSON.parse(textOf(signed)).predicate;
  const asks = new Map(report.items.map((one) => [one.id, one.ask]));
  const taken = told.notes.find((one) => one.digest === said.revokes);
  const lines = [`You are ${said.reviewer}, and decide as ${said.role}.`, promise(told, said),
    ...(taken ? [`What you take back: ${decided(taken)}`] : []),
    `Your reason: ${said.reason}`, ...said.conditions.map((one) => `Condition: ${one}`),
    ...said.answers.map((one) => `${asks.get(one.item) ?? one.item} You answer: ${one.answer.replace("_", " ")}. ${one.remark}`),
    ...(said.expiresAt ? [`It ends at ${said.expiresAt}.`] : []),
    `It is about the evidence above, of ${said.project}: report ${digest.slice(0, 12)}.`];
  $("summary").replaceChildren(...lines.map((one) => made("li", {}, one)));
  $("host").textContent = location.hostname;
  $("payload").textContent = visible(textOf(signed));
  $("payload-digest").textContent = hex(await sha256(signed));
  show("check");
  $("check-title").focus();
};

const decided = (one) => `${one.decision.replaceAll("-", " ")}, ${one.component ?? "all components"}, level ${one.level}, of ${one.at.slice(0, 10)}: ${one.reason}`;

// --- signing

const signedBy = async (told, who, signed) => {
  const challenge = await toBeSigned(NAMESPACE, signed);
  const credential = await navigator.credentials.get({ publicKey: { rpId: location.hostname, challenge, userVerification: "required" } });
  if (!(flags(credential) & VERIFIED)) throw new Error("Nothing was signed: this device did not check who you are. Set a PIN, finger or face for it.");
  for (const person of [who, ...Object.keys(told.people).filter((one) => one !== who)]) {
    for (const key of keysOf(told, person)) {
      if (!(await fits(key, credential))) continue;
      if (person === who) return sshSig(key, NAMESPACE, credential);
      throw new Error(`That is the passkey of ${person}, and you have chosen ${who}. Choose the right name, or use the passkey of ${who}.`);
    }
  }
  throw new Error(`That passkey is not one of ${who} that this project knows. Use another, or enrol this device first.`);
};

const finished = async (known, signed, signature) => {
  const { told, digest } = known;
  const note = noteText(signed, signature);
  if (note.length > LARGEST_NOTE) throw new Error("The decision is too large to be kept: shorten its texts.");
  const path = await notePath(digest, told.next, signed);
  const inRepository = told.folder ? `${told.folder}/${path}` : path;
  const link = told.forge ? newFile(told.forge, inRepository, note) : "";
  $("path").textContent = inRepository;
  $("download").href = URL.createObjectURL(new Blob([note], { type: "application/json" }));
  $("download").download = path.split("/").at(-1);
  $("propose").hidden = !link;
  if (link) $("propose").href = link;
  $("send").hidden = !told.served;
  $("send").onclick = () => send(note);
  const first = told.served ? "send" : link ? "propose" : "download";
  ["send", "propose", "download"].forEach((one) => $(one).classList.toggle("main", one === first));
  $("copy").onclick = () => copied(note);
  ["download", "propose"].forEach((one) => { $(one).onclick = () => { handed = true; }; });
  $("next").hidden = false;
  $("next").replaceChildren(...next(told, link).map((one) => made("li", {}, one)));
  show("done");
  $("done-title").focus();
};

const copied = async (note) => {
  const done = await navigator.clipboard.writeText(note).then(() => true, () => false);
  handed ||= done;
  say($("sent"), done ? "Its text is copied." : "The browser does not let this page copy: open the downloaded file, and copy its text.");
};

const next = (told, link) => [
  ...(told.served ? ["Send it to the team server: it checks the decision and keeps it."] : []),
  ...(link && told.forge.kind === "gitlab" ? ["GitLab opens the new file empty: copy the text here, and paste it there."] : []),
  ...(link ? ["In the repository, propose the file as a change, and have it merged."] : []),
  ...(told.forge && !link ? ["It is too long for a link to the repository."] : []),
  `${link || told.served ? "Or download" : "Download"} the file, and send it to whoever looks after the project. It holds no secret, and nobody can change it unnoticed.`,
  "When it is merged and the pages are made anew, your decision stands on the page of reviews. A gate opens once everybody whom it asks for has approved.",
];

const send = async (note) => {
  $("send").disabled = true;
  const request = { method: "POST", headers: { "Content-Type": "application/json" }, body: note };
  const answer = await fetch("api/notes", request).catch(() => null);
  const said = await answer?.json().catch(() => null);
  handed ||= Boolean(answer?.ok);
  const stored = answer?.ok ? "The team server has checked your decision, and keeps it." : "";
  const says = said?.says || (stored ? "" : answer ? `The server answered ${answer.status}.` : "The server did not answer.");
  say($("done-title"), stored ? "Signed and sent" : "Signed, and not yet sent");
  say($("sent"), [stored, says, said?.next].filter(Boolean).join(" "));
  $("next").hidden = Boolean(stored);
  $("send").disabled = Boolean(stored);
};

// One thing at a time: a second click while the first is at work does nothing.
let busy = false;
const attempt = (action) => async (event) => {
  event.preventDefault();
  if (busy) return;
  busy = true;
  fault("");
  try {
    await action();
  } catch (why) {
    fault(CANNOT[why.name] ?? why.message);
  } finally {
    busy = false;
  }
};

// Whether something would be lost with the page: what was written, or what was signed.
let handed = false;
const unsaved = () => ($("done").hidden ? $("reason").value.trim() !== "" : !handed);

const readable = ({ report, told, digest }) => {
  try {
    $("evidence").replaceChildren(...evidence(report, digest, told));
  } catch {
    throw new Error("The evidence cannot be shown by this page, so it cannot be signed here. The pages were not published whole, or by another version of trl4ml: have them made anew.");
  }
  $("evidence").hidden = false;
  compared(report);
};

const says = (told) => {
  const why = [...told.faults, notHere(told)].filter(Boolean).map((one) => one.replace(/[.]?$/, ".")).join(" ");
  say($("says"), why ? `${why} In a terminal, in the project's folder: trl4ml sign.` : "The evidence stands below. When you have read it:");
  if (!why) $("says").append(" ", made("a", { href: "#decide" }, "go to your decision"), ".");
  $("says").className = why ? "notice" : "";
};

export const begin = async () => {
  const known = await loaded();
  say(document.querySelector("h1"), `Sign a review of ${known.told.project}`);
  readable(known);
  says(known.told);
  if (notHere(known.told)) return;
  fill(known);
  show("form");
  addEventListener("beforeunload", (event) => { if (unsaved()) event.preventDefault(); });
  let signed, at;
  $("form").addEventListener("submit", attempt(async () => {
    const before = known.told;
    const isNew = await lookedAgain(known);
    if (!same(before, known.told)) {
      readable(known);
      says(known.told);
    }
    const why = notHere(known.told);
    if (why) throw new Error(why);
    if (isNew) throw new Error("Something was decided since you opened this page. It stands above now, or will when the pages are made anew; read it, then press the button again.");
    const given = filled(known);
    const lacks = lacking(given, known.told);
    if (lacks) throw new Error(lacks);
    [signed, at] = [payload(given), Date.now()];
    await shownBefore(known, signed);
  }));
  $("back").addEventListener("click", attempt(() => { show("form"); $("reason").focus(); }));
  $("sign").addEventListener("click", attempt(async () => {
    if (Math.abs(Date.now() - at) > LONG) {
      show("form");
      throw new Error("That was shown more than ten minutes ago, so nothing was signed. Press the button again: the page then looks whether anything has changed.");
    }
    const who = JSON.parse(textOf(signed)).predicate.reviewer;
    await finished(known, signed, await signedBy(known.told, who, signed));
  }));
};
