import { expect, test } from 'vitest';
import { chachaBlock, chachaStream, initialState } from './chacha20.ts';

test('the block of RFC 8439 section 2.3.2', () => {
  const state = initialState(
    Uint8Array.from({ length: 32 }, (_, i) => i),
    0x09000000,
  );
  state[12] = 1;
  state[14] = 0x4a000000;
  const block = new Uint32Array(16);
  chachaBlock(state, block);
  expect([...block].map((word) => word.toString(16).padStart(8, '0')).join(' ')).toBe(
    'e4e7f110 15593bd1 1fdd0f50 c47120a3 c7f4d1c7 0368c033 9aaa2204 4e6cd4c3 ' +
      '466482d2 09aa9f07 05d7c214 a2028bd9 d19c12b5 b94e16de e883d0cb 4e3c50a2',
  );
});

test('uniform draws are in (0, 1), differ between streams and average one half', () => {
  const seed = new Uint8Array(32).fill(7);
  const [a, b] = [chachaStream(seed, 0), chachaStream(seed, 1)];
  const draws = Array.from({ length: 20_000 }, () => a.uniform());
  expect(draws.every((u) => u > 0 && u < 1)).toBe(true);
  expect(draws.reduce((sum, u) => sum + u, 0) / draws.length).toBeCloseTo(0.5, 2);
  expect(b.uniform()).not.toBe(draws[0]);
  expect(chachaStream(seed, 0).uniform()).toBe(draws[0]);
});
