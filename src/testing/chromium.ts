/** The Chromium that browser tests drive: `DAYBOOK_CHROMIUM`, or one in its usual places. */
import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Null, and said so on stderr, where there is none. */
export function chromiumPath(test: string): string | null {
  const path = process.env['DAYBOOK_CHROMIUM'] ?? PLACES.find((place) => existsSync(place)) ?? null;
  if (path === null)
    process.stderr.write(
      `${test}: skipped, no Chromium at ${PLACES.join(', ')}; set DAYBOOK_CHROMIUM to its path\n`,
    );
  return path;
}

export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** For starts and for whatever a page is waited for: a limit for what hangs, on a machine that is shared. */
export const BROWSER_WITHIN_MS = 240_000;

/** @param executablePath of `chromiumPath` */
export const launchChromium = (executablePath: string | null): Promise<Browser> =>
  chromium.launch({
    executablePath: executablePath ?? '',
    args: CHROMIUM_ARGS,
    timeout: BROWSER_WITHIN_MS,
  });
