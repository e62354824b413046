// Makes a passkey for the person who was invited, proves that it works, and sends its public half.

import { created, whyNot } from "./passkey.js";
import { sshSig, toBeSigned, unbase64 } from "./sshsig.js";

const $ = (id) => document.getElementById(id);
const NAMESPACE = "enrol@trl4ml";

const proved = async ({ id, key }, proof) => {
  const credential = await navigator.credentials.get({ publicKey: {
    rpId: location.hostname, userVerification: "required",
    challenge: await toBeSigned(NAMESPACE, proof),
    allowCredentials: [{ type: "public-key", id }],
  } });
  return sshSig(key, NAMESPACE, credential);
};

const fault = (text) => {
  $("fault").textContent = text;
  $("fault").hidden = !text;
};

let made = null; // one passkey is enough, however often the proof is tried

$("create").addEventListener("click", async () => {
  fault("");
  try {
    made ??= await created($("principal").textContent);
    const signature = await proved(made, unbase64($("create").dataset.proof));
    const answer = await fetch(location.pathname, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ signature }),
    });
    const told = await answer.json();
    if (!answer.ok) return fault(told.says);
    $("line").textContent = told.line;
    $("next").textContent = `Next: ${told.next}.`;
    $("done").hidden = false;
    $("create").hidden = true;
    $("done-title").focus();
  } catch (why) {
    fault(whyNot(why));
  }
});
