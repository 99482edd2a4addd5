/**
 * Stands in for `src/events/ed25519.ts` in a browser, whose own signatures are asynchronous: for the
 * few that are verified within a decision (checkpoints, evidence, consents). Those of the authors go
 * to WebCrypto, see author-signatures.ts. Invariant: the answers are those of Node: the equation
 * without cofactor, s below the group's order, a key's y taken modulo p.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';

type Point = InstanceType<typeof ed25519.Point>;

export interface Ed25519Key {
  readonly bytes: Uint8Array;
  /** Null: no point of the curve; nothing verifies. */
  readonly point: Point | null;
}

export interface Ed25519Pair {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

export function importEd25519(bytes: Uint8Array): Ed25519Key {
  try {
    return { bytes, point: ed25519.Point.fromBytes(bytes, true) };
  } catch {
    return { bytes, point: null };
  }
}

const littleEndian = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

export function verifyEd25519(
  { bytes, point }: Ed25519Key,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const { BASE, Fn } = ed25519.Point;
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  if (point === null || s >= Fn.ORDER) return false;
  const hashed = new Uint8Array(r.byteLength + bytes.byteLength + message.byteLength);
  hashed.set(r);
  hashed.set(bytes, r.byteLength);
  hashed.set(message, r.byteLength + bytes.byteLength);
  const k = littleEndian(sha512(hashed)) % Fn.ORDER;
  const own = BASE.multiplyUnsafe(s).subtract(point.multiplyUnsafe(k)).toBytes();
  return own.every((byte, index) => byte === r[index]);
}

export const ed25519Pair = (secret: Uint8Array): Ed25519Pair => ({
  publicKey: ed25519.getPublicKey(secret),
  sign: (message) => ed25519.sign(message, secret),
});
