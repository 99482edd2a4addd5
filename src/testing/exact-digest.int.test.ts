import { expect, it } from 'vitest';
import { openExactBackend } from '../compute/backends/exact.ts';
import { EXACT_DIGEST, exactDigest } from './exact-digest.ts';

it.each([1, 2, 4])('a window has the same digest on %i thread(s)', async (threads) => {
  const backend = await openExactBackend({ threads });
  expect(await exactDigest(backend)).toBe(EXACT_DIGEST);
  await backend.close();
});
