import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/**
 * For tests: an authenticator in software, written from the specification (WebAuthn 3, 6.1 and 6.5) so that the gateway
 * is not checked against its own library, and that does wrong on demand.
 */
export type TestPasskey = { id: string; key: KeyObject; counter: number; userHandle: string; rpId: string };

type CreationOptions = { challenge: string; rp: { id: string }; user: { id: string } };
type RequestOptions = { challenge: string; rpId: string };
export type Lies = {
  origin?: string;
  challenge?: string;
  counter?: number;
  rpId?: string;
  userHandle?: string;
  /** The device asked nobody for a finger or a PIN. */
  unverified?: boolean;
  crossOrigin?: boolean;
  type?: string;
};

const present = 0x01;
const verified = 0x04;
const attested = 0x40;

export function makePasskey(options: CreationOptions, origin: string, lies: Lies = {}) {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const idBytes = randomBytes(16);
  const rpId = lies.rpId ?? options.rp.id;
  const flags = present | attested | (lies.unverified ? 0 : verified);
  const length = Buffer.from([0, idBytes.length]);
  const authData = Buffer.concat([head(rpId, flags, 0), Buffer.alloc(16), length, idBytes, coseKey(publicKey)]);
  const id = idBytes.toString("base64url");
  const answer = {
    id,
    rawId: id,
    type: "public-key",
    clientExtensionResults: {},
    response: {
      clientDataJSON: clientData("webauthn.create", options.challenge, origin, lies).toString("base64url"),
      attestationObject: attestation(authData).toString("base64url"),
      transports: ["internal"],
    },
  };
  const passkey: TestPasskey = { id, key: privateKey, counter: 0, userHandle: options.user.id, rpId };
  return { answer, passkey };
}

/** Signs, and counts one up like a hardware key. */
export function usePasskey(passkey: TestPasskey, options: RequestOptions, origin: string, lies: Lies = {}) {
  passkey.counter += 1;
  const flags = present | (lies.unverified ? 0 : verified);
  const authData = head(lies.rpId ?? options.rpId, flags, lies.counter ?? passkey.counter);
  const client = clientData("webauthn.get", options.challenge, origin, lies);
  const signed = Buffer.concat([authData, createHash("sha256").update(client).digest()]);
  return {
    id: passkey.id,
    rawId: passkey.id,
    type: "public-key",
    clientExtensionResults: {},
    response: {
      clientDataJSON: client.toString("base64url"),
      authenticatorData: authData.toString("base64url"),
      signature: sign("sha256", signed, passkey.key).toString("base64url"),
      userHandle: lies.userHandle ?? passkey.userHandle,
    },
  };
}

function clientData(type: string, challenge: string, origin: string, lies: Lies): Buffer {
  return Buffer.from(
    JSON.stringify({
      type: lies.type ?? type,
      challenge: lies.challenge ?? challenge,
      origin: lies.origin ?? origin,
      crossOrigin: lies.crossOrigin ?? false,
    }),
  );
}

function head(rpId: string, flags: number, counter: number): Buffer {
  const rest = Buffer.alloc(5);
  rest.writeUInt8(flags, 0);
  rest.writeUInt32BE(counter, 1);
  return Buffer.concat([createHash("sha256").update(rpId).digest(), rest]);
}

/** {1: EC2, 3: ES256, -1: P-256, -2: x, -3: y} in CBOR. */
function coseKey(key: KeyObject): Buffer {
  const { x = "", y = "" } = key.export({ format: "jwk" });
  const coordinate = (label: number, text: string) =>
    Buffer.concat([Buffer.from([label, 0x58, 32]), Buffer.from(text, "base64url")]);
  return Buffer.concat([Buffer.from("a5010203262001", "hex"), coordinate(0x21, x), coordinate(0x22, y)]);
}

/** {"fmt": "none", "attStmt": {}, "authData": …} in CBOR. */
function attestation(authData: Buffer): Buffer {
  const start = Buffer.from("a363666d74646e6f6e656761747453746d74a0686175746844617461", "hex");
  return Buffer.concat([start, Buffer.from([0x58, authData.length]), authData]);
}
