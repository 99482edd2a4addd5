/**
 * ChaCha20 as a counter-based generator: block(key, stream, counter) is a pure function, so every
 * tensor draws from its own stream and the order of drawing cannot matter. 32-bit integer
 * operations only. Source: RFC 8439 section 2.3; `stream` is the first word of the nonce.
 */
import { invariant } from '../invariant.ts';

const BLOCK_WORDS = 16;

export interface Stream {
  /** Uniform in the open interval (0, 1): (k + 1/2) / 2^52 from two words, 26 bits of each. */
  uniform(): number;
}

/** `seed` is 32 bytes; streams of one seed are independent. */
export function chachaStream(seed: Uint8Array, stream: number): Stream {
  const block = new Uint32Array(BLOCK_WORDS);
  const input = initialState(seed, stream);
  let used = BLOCK_WORDS;
  return {
    uniform: () => {
      if (used === BLOCK_WORDS) {
        chachaBlock(input, block);
        input[12]! += 1;
        invariant(input[12] !== 0, 'a stream gives at most 2^32 - 1 blocks');
        used = 0;
      }
      const high = block[used]! >>> 6;
      const low = block[used + 1]! >>> 6;
      used += 2;
      return (high * 67108864 + low + 0.5) / 4503599627370496;
    },
  };
}

/** Constants, key (8 words), counter 0, nonce (stream, 0, 0). */
export function initialState(seed: Uint8Array, stream: number): Uint32Array {
  invariant(seed.length === 32, 'a seed is 32 bytes');
  const state = new Uint32Array(BLOCK_WORDS);
  state.set([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]);
  const view = new DataView(seed.buffer, seed.byteOffset, 32);
  for (let i = 0; i < 8; i += 1) state[4 + i] = view.getUint32(4 * i, true);
  state[13] = stream;
  return state;
}

/** One block of 16 words: 20 rounds over `input`, then added to it. */
export function chachaBlock(input: Uint32Array, block: Uint32Array): void {
  block.set(input);
  for (let round = 0; round < 10; round += 1) {
    for (let i = 0; i < 4; i += 1) quarter(block, i, 4 + i, 8 + i, 12 + i);
    for (let i = 0; i < 4; i += 1) {
      quarter(block, i, 4 + ((i + 1) & 3), 8 + ((i + 2) & 3), 12 + ((i + 3) & 3));
    }
  }
  for (let i = 0; i < BLOCK_WORDS; i += 1) block[i]! += input[i]!;
}

function quarter(s: Uint32Array, a: number, b: number, c: number, d: number): void {
  s[a]! += s[b]!;
  s[d] = rotate(s[d]! ^ s[a]!, 16);
  s[c]! += s[d]!;
  s[b] = rotate(s[b]! ^ s[c]!, 12);
  s[a]! += s[b]!;
  s[d] = rotate(s[d]! ^ s[a]!, 8);
  s[c]! += s[d]!;
  s[b] = rotate(s[b]! ^ s[c]!, 7);
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}
