// OpenSSH signatures made by passkeys: bytes in, bytes out; no page, no network.
// The layouts are those of OpenSSH's PROTOCOL.sshsig and PROTOCOL.u2f; `ssh-keygen -Y verify` reads them.

const KEY_TYPE = "sk-ecdsa-sha2-nistp256@openssh.com";
const CURVE = "nistp256";
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

export const PRESENT = 0x01;
export const VERIFIED = 0x04;

export const bytes = (value) => (typeof value === "string" ? encoder.encode(value) : new Uint8Array(value));
export const textOf = (data) => decoder.decode(data);

export const joined = (...parts) => {
  const made = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  parts.reduce((at, one) => (made.set(one, at), at + one.length), 0);
  return made;
};

export const base64 = (data) => btoa(Array.from(bytes(data), (one) => String.fromCharCode(one)).join(""));
// Nothing for what is no base64.
export const unbase64 = (text) => {
  try {
    return Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
};
export const hex = (data) => Array.from(bytes(data), (one) => one.toString(16).padStart(2, "0")).join("");
export const sha256 = async (data) => new Uint8Array(await crypto.subtle.digest("SHA-256", data));

const number = (value) => {
  const made = new Uint8Array(4);
  new DataView(made.buffer).setUint32(0, value);
  return made;
};
const string = (value) => joined(number(bytes(value).length), bytes(value));

// What a passkey signs as its challenge, and ssh-keygen as its message.
export const toBeSigned = async (namespace, payload) => {
  const hashed = await crypto.subtle.digest("SHA-512", payload);
  return joined(bytes("SSHSIG"), string(namespace), string(""), string("sha512"), string(hashed));
};

// The public key as OpenSSH writes it; the last 65 bytes of an ES256 key in SPKI form are its point.
export const sshKey = (spki, rpId) =>
  joined(string(KEY_TYPE), string(CURVE), string(bytes(spki).slice(-65)), string(rpId));

// The point of such a key and the host it belongs to; null for a key of another kind.
export const passkey = (blob) => {
  const parts = [];
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  for (let at = 0; at < blob.length; ) {
    if (at + 4 > blob.length || at + 4 + view.getUint32(at) > blob.length) return null;
    const end = at + 4 + view.getUint32(at);
    parts.push(blob.slice(at + 4, end));
    at = end;
  }
  const [kind, curve, point, rpId] = parts.map((one) => Array.from(one, (byte) => String.fromCharCode(byte)).join(""));
  if (parts.length !== 4 || kind !== KEY_TYPE || curve !== CURVE || point.length !== 65) return null;
  return { point: parts[2], rpId };
};

// The two numbers of an ECDSA signature, as DER and SSH both write them.
const numbers = (der) => {
  const size = der[3];
  return [der.slice(4, 4 + size), der.slice(6 + size, 6 + size + der[5 + size])];
};

const parts = ({ response }) => ({
  said: bytes(response.clientDataJSON),
  shown: bytes(response.authenticatorData),
  signature: bytes(response.signature),
});

export const flags = (credential) => parts(credential).shown[32];

// The armoured signature of what `navigator.credentials.get` gave.
export const sshSig = (key, namespace, credential) => {
  const { said, shown, signature } = parts(credential);
  const [r, s] = numbers(signature);
  const made = joined(
    string(`webauthn-${KEY_TYPE}`), string(joined(string(r), string(s))),
    shown.slice(32, 33), shown.slice(33, 37), // flags and counter, after the hash of the host
    string(JSON.parse(textOf(said)).origin), string(said), string(shown.slice(37)),
  );
  const blob = joined(
    bytes("SSHSIG"), number(1), string(key), string(namespace), string(""), string("sha512"), string(made),
  );
  const lines = base64(blob).match(/.{1,70}/g).join("\n");
  return `-----BEGIN SSH SIGNATURE-----\n${lines}\n-----END SSH SIGNATURE-----\n`;
};

// Whether this key made the signature.
export const fits = async (key, credential) => {
  const { said, shown, signature } = parts(credential);
  const known = passkey(key);
  if (!known) return false;
  const fixed = numbers(signature).map((one) => joined(new Uint8Array(32), one).slice(-32));
  const kind = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", known.point, kind, false, ["verify"]).catch(() => null);
  return imported !== null && crypto.subtle.verify(kind, imported, joined(...fixed), joined(shown, await sha256(said)));
};

// The line of `allowed_signers` that lets the key sign reviews, and nothing else.
export const line = (principal, key) =>
  `${principal} namespaces="signoff@trl4ml" ${KEY_TYPE} ${base64(key)}`;
