// Makes a passkey for the person who was invited, proves that it works, and sends its public half.

import { VERIFIED, bytes, sshKey, sshSig, toBeSigned, unbase64 } from "./sshsig.js";

const $ = (id) => document.getElementById(id);
const ES256 = -7; // the one kind of passkey that OpenSSH reads
const NAMESPACE = "enrol@trl4ml";

const WHY = {
  NotAllowedError: "No passkey was made: it was cancelled, or took too long. Try again.",
  SecurityError: "The browser allows no passkey for this address.",
  NotSupportedError: "This device makes no passkey of the kind that is needed (ES256, with a PIN, finger or face). Use another device or a security key.",
  ConstraintError: "This device cannot check who you are. Set a PIN, finger or face for it, or use another device.",
};

const created = async (principal) => {
  const credential = await navigator.credentials.create({ publicKey: {
    rp: { id: location.hostname, name: `Reviews on ${location.hostname}` },
    user: { id: crypto.getRandomValues(new Uint8Array(16)), name: principal, displayName: principal },
    challenge: crypto.getRandomValues(new Uint8Array(32)),
    pubKeyCredParams: [{ type: "public-key", alg: ES256 }],
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
  } });
  const { response } = credential;
  if (response.getPublicKeyAlgorithm() !== ES256 || !response.getPublicKey()) throw { name: "NotSupportedError" };
  if (!(bytes(response.getAuthenticatorData())[32] & VERIFIED)) throw { name: "ConstraintError" };
  return { id: credential.rawId, key: sshKey(response.getPublicKey(), location.hostname) };
};

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
    fault(WHY[why.name] ?? `No passkey was enrolled: ${why.message ?? why}`);
  }
});
