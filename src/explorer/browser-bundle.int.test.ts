/** The bundle is the core without Node: it is made, holds the rules and kernels, and names no module. */
import { expect, it } from 'vitest';
import { bundleAuditWorker } from './browser-bundle.ts';

it('bundles the core for browsers, the same bytes each time', async () => {
  const bytes = await bundleAuditWorker();
  const text = new TextDecoder().decode(bytes);
  expect(text).not.toMatch(/["']node:|require\(/);
  expect(text).toContain('daybook.consensus.reached.v1');
  expect(text).toContain('WASM SIMD128');
  expect(await bundleAuditWorker()).toEqual(bytes);
});
