/** A page of the explorer in a real browser, and what the browser has to say about it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { BROWSER_WITHIN_MS } from './chromium.ts';

export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings, as they come. */
  readonly complaints: string[];
  /** `GET http://...`, as they are asked for. */
  readonly requested: string[];
}

export async function watchedPage(browser: Browser): Promise<WatchedPage> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(BROWSER_WITHIN_MS);
  const complaints: string[] = [];
  const requested: string[] = [];
  page.on('console', (message) => {
    // What could not be loaded is not in the text.
    if (message.type() === 'error' || message.type() === 'warning')
      complaints.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => requested.push(`${request.method()} ${request.url()}`));
  return { page, complaints, requested };
}

/** What axe finds wrong with the page, with where. */
export async function violations(page: Page): Promise<string[]> {
  // Evaluated from outside: the page's own policy lets no other script in.
  await page.evaluate(
    readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'),
  );
  return page.evaluate(async () => {
    const { axe: checker } = globalThis as unknown as { axe: typeof import('axe-core') };
    const found = await checker.run(document);
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
    );
  });
}

/** For people: with DAYBOOK_SCREENSHOTS=<folder>, what the page looks like, as a file of this name. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env['DAYBOOK_SCREENSHOTS'];
  if (folder === undefined) return;
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
