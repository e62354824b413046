// Makes a passkey and shows the line that lets it sign reviews.

import { say } from "./evidence.js";
import { created, whyNot } from "./passkey.js";
import { line } from "./sshsig.js";

const $ = (id) => document.getElementById(id);
const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/; // a command line is made of nothing else

const fault = (text) => say($("fault"), text);

const finished = (principal, made, told) => {
  $("line").textContent = made;
  $("download").href = URL.createObjectURL(new Blob([`${made}\n`], { type: "text/plain" }));
  const roles = [told?.people?.[principal]?.roles ?? []].flat().filter((one) => SLUG.test(one));
  const [, , kind, key] = made.split(" ");
  const asked = roles.length ? roles.map((one) => ` --role ${one}`).join("") : " --role ROLE";
  $("command").textContent = `trl4ml reviewers add ${principal} --key '${kind} ${key}'${asked}`;
  say($("roles"), roles.length
    ? `${principal} holds already: ${roles.join(", ")}.`
    : `No role is granted to ${principal} yet: say in which you review, as in engineering or product.`);
  $("done").hidden = false;
  $("form").hidden = true;
  $("done-title").focus();
};

export const begin = async () => {
  const answer = await fetch("data/review.json", { cache: "no-store" }).catch(() => null);
  const told = answer?.ok ? await answer.json().catch(() => null) : null;
  $("host").textContent = location.hostname;
  say($("says"), Array.isArray(told?.origins) && !told.origins.includes(location.origin)
    ? `The rules of ${told.project} do not name ${location.origin} among the addresses where passkeys may sign (origins in .trl4ml/trust/policy.yaml). Ask its maintainers before you enrol here.`
    : "Use a device that you keep: whoever holds it and can unlock it signs in your name.");
  $("form").hidden = false;
  let busy = false;
  $("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    fault("");
    const principal = $("principal").value.trim();
    try {
      finished(principal, line(principal, (await created(principal)).key), told);
    } catch (why) {
      fault(whyNot(why));
    } finally {
      busy = false;
    }
  });
  $("copy").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText($("line").textContent);
      $("copied").textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren($("line"));
      $("copied").textContent = "The line is selected: copy it with Ctrl+C, or with ⌘C on a Mac.";
    }
  });
};
