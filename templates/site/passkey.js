// Makes a passkey of the kind that OpenSSH reads, and says why where none was made.

import { VERIFIED, bytes, sshKey } from "./sshsig.js";

const ES256 = -7; // the one kind of passkey that OpenSSH reads

const WHY = {
  NotAllowedError: "No passkey was made: it was cancelled, or took too long. Try again.",
  SecurityError: "The browser allows no passkey for this address.",
  NotSupportedError: "This device makes no passkey of the kind that is needed (ES256, with a PIN, finger or face). Use another device or a security key.",
  ConstraintError: "This device cannot check who you are. Set a PIN, finger or face for it, or use another device.",
  InvalidStateError: "This device has such a passkey already.",
};

export const whyNot = (why) => WHY[why.name] ?? `No passkey was enrolled: ${why.message ?? why}`;

// Its id for the browser, and its public key as OpenSSH writes it.
export const created = async (principal) => {
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
