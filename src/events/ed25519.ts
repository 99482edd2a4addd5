/**
 * Ed25519 (RFC 8032) as this runtime has it: the one file of the events that touches a library for
 * signatures, so that another runtime needs only this one replaced. Verifying is by the equation without
 * cofactor: s < L, and R is the encoding of sB - kA.
 */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

const SPKI_HEADER = Buffer.from('302a300506032b6570032100', 'hex'); // RFC 8410
const PKCS8_HEADER = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A public key, ready for many verifications: importing costs as much as half of one. */
export type Ed25519Key = KeyObject;

export interface Ed25519Pair {
  /** 32 bytes */
  readonly publicKey: Uint8Array;
  /** 64 bytes; deterministic. */
  sign(message: Uint8Array): Uint8Array;
}

/** @param bytes 32; whether they are a point shows when something is verified with them */
export const importEd25519 = (bytes: Uint8Array): Ed25519Key =>
  createPublicKey({ key: Buffer.concat([SPKI_HEADER, bytes]), format: 'der', type: 'spki' });

/** @param signature 64 bytes */
export const verifyEd25519 = (
  key: Ed25519Key,
  message: Uint8Array,
  signature: Uint8Array,
): boolean => verify(null, message, key, signature);

/** @param secret 32 bytes */
export function ed25519Pair(secret: Uint8Array): Ed25519Pair {
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_HEADER, secret]),
    format: 'der',
    type: 'pkcs8',
  });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    publicKey: spki.subarray(SPKI_HEADER.byteLength),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}
