/** Stands in for `src/events/sha256.ts` in a browser, whose own digests are asynchronous. */
import { sha256 as digest } from '@noble/hashes/sha2.js';

/** 32 bytes, in storage of their own. */
export const sha256 = (bytes: Uint8Array): Uint8Array => digest(bytes);

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** 64 lower-case digits. */
export function sha256Hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of digest(bytes)) text += HEX[byte];
  return text;
}
