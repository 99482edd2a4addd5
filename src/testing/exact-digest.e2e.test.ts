/** The exact kernels in a real browser: another build of V8, another embedder, the same bits. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROWSER_WITHIN_MS, chromiumPath, launchChromium } from './chromium.ts';
import { EXACT_DIGEST } from './exact-digest.ts';
import type { ModuleServer } from './module-server.ts';
import { serveModules } from './module-server.ts';

const executablePath = chromiumPath('exact-digest.e2e');

describe.skipIf(executablePath === null)('the exact kernels in Chromium', () => {
  let browser: Browser;
  let server: ModuleServer;
  beforeAll(async () => {
    [browser, server] = await Promise.all([launchChromium(executablePath), serveModules()]);
  });
  afterAll(() => Promise.all([browser.close(), server.close()]));

  it('a window has the digest it has in Node, on WASM and on plain loops', async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(BROWSER_WITHIN_MS);
    await page.goto(server.url);
    const digests = await page.evaluate(
      (module) =>
        new Promise((resolve, reject) => {
          const worker = new Worker(module, { type: 'module' });
          worker.addEventListener('message', ({ data }) => resolve(data));
          worker.addEventListener('error', ({ message }) => reject(new Error(message)));
        }),
      '/src/testing/exact-digest-worker.ts',
    );
    expect(digests).toEqual({ exact: EXACT_DIGEST, reference: EXACT_DIGEST });
    await page.close();
  });
});
