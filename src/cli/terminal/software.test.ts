import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { buildDigest, SOFTWARE, VERSION } from './software.ts';

const DIGEST = /^sha256:[0-9a-f]{64}$/;

it('finds what it is built of from where it lies', () => {
  // The verbs that use it are tests of processes; a move of this file is noticed here.
  expect(existsSync(new URL('../../../package-lock.json', import.meta.url))).toBe(true);
  expect(buildDigest()).toMatch(DIGEST);
  expect(buildDigest()).toBe(buildDigest());
  expect(SOFTWARE).toContain(`daybook ${VERSION} node 2`);
});
