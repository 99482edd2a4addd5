/**
 * SHA-256 and the text form under which artifacts, books and policies are named:
 * `sha256:` followed by 64 lower-case hex digits. One spelling only, so equal digests are equal
 * strings.
 */
import type { Digest } from './ids.ts';
import { sha256Hex, sha256 as sha256Of } from './sha256.ts';

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** 32 bytes. */
export const sha256: (bytes: Uint8Array) => Uint8Array = sha256Of;

export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${sha256Hex(bytes)}` as Digest;
}

export function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && DIGEST.test(value);
}
