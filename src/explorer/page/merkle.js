// @ts-check
/**
 * Inclusion in a Merkle tree, checked here in the browser (RFC 9162 section 2.1.3.2; hashes as in
 * RFC 6962 section 2.1). SHA-256 is the browser's own, which it offers on localhost and over https.
 */

export const canVerify = () => globalThis.crypto?.subtle !== undefined;

/** @param {...(Uint8Array | readonly number[])} parts */
async function sha256(...parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** @param {string} text */
export const leafOf = (text) => sha256([0], new TextEncoder().encode(text));
/** @param {Uint8Array} left @param {Uint8Array} right */
const node = (left, right) => sha256([1], left, right);

/** @param {string} hex */
const bytesOf = (hex) =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
/** @param {Uint8Array} bytes */
const hexOf = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * Whether the path leads from the leaf at `index` to the root of a tree of so many leaves.
 * @param {string} text whose bytes the leaf is of
 * @param {{ index: number, size: number, path: readonly string[], rootHex: string }} proof
 */
export async function includes(text, { index, size, path, rootHex }) {
  if (index >= size) return false;
  let hash = await leafOf(text);
  let [at, last] = [index, size - 1];
  for (const step of path.map(bytesOf)) {
    if (last === 0 || step.length !== 32) return false;
    if (at % 2 === 1 || at === last) {
      hash = await node(step, hash);
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else hash = await node(hash, step);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && hexOf(hash) === rootHex;
}

/** @param {number} number */
const half = (number) => Math.floor(number / 2);

/** By proof: what came of checking it. @type {Map<string, boolean | null>} */
const checked = new Map();

/**
 * The same for a page that is drawn again and again: null while it is being checked.
 * @param {string} text
 * @param {Parameters<typeof includes>[1]} proof
 * @param {() => void} changed
 */
export function inclusion(text, proof, changed) {
  const key = `${proof.rootHex} ${proof.size} ${proof.index} ${text}`;
  const known = checked.get(key);
  if (known !== undefined) return known;
  if (checked.size > 50) checked.clear();
  checked.set(key, null);
  void check(key, text, proof, changed);
  return null;
}

/** @param {string} key @param {string} text @param {Parameters<typeof includes>[1]} proof @param {() => void} changed */
async function check(key, text, proof, changed) {
  checked.set(key, await includes(text, proof));
  changed();
}
