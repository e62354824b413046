// Signs in with a passkey: one signature of a challenge that the server has made.

import { base64, sshSig, toBeSigned, unbase64 } from "./sshsig.js";

const $ = (id) => document.getElementById(id);
const NAMESPACE = "signin@trl4ml";
const JSON_TYPE = { "Content-Type": "application/json" };

const fault = (text) => {
  $("fault").textContent = text;
  $("fault").hidden = !text;
};

$("sign-in").addEventListener("click", async () => {
  fault("");
  try {
    const asked = await fetch("/sign-in/challenge", { method: "POST", headers: JSON_TYPE, body: "{}" });
    const given = await asked.json();
    if (!asked.ok) return fault(given.says);
    const challenge = unbase64(given.challenge);
    const credential = await navigator.credentials.get({ publicKey: {
      rpId: location.hostname, userVerification: "required", challenge: await toBeSigned(NAMESPACE, challenge),
    } });
    // which key it was, the browser does not say: the server tries those that it knows
    const signature = sshSig(new Uint8Array(), NAMESPACE, credential);
    const answer = await fetch("/sign-in", {
      method: "POST", headers: JSON_TYPE, body: JSON.stringify({ challenge: base64(challenge), signature }),
    });
    const told = await answer.json();
    if (!answer.ok) return fault(told.says);
    location.assign(told.next);
  } catch (why) {
    fault(why.name === "NotAllowedError"
      ? "Not signed in: it was cancelled, took too long, or this device has no passkey for this address."
      : `Not signed in: ${why.message ?? why}`);
  }
});
