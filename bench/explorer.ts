/**
 * The explorer before a large network, in a real Chromium: how long until its pages are painted, how
 * long its answers take, how far an entry's row is behind its append, and what memory it takes.
 *   node bench/explorer.ts [participants] [windows] [updates] [recording]   (default 10000 8 20)
 * A window is some participants + 10 * participants / 100 entries: 10000 90 are more than a million.
 * The entries come from `recording`, which is made when it is not there; without one, from a file that
 * is removed again. The log is the embedded one, in a folder of its own. Medians and worst of what was
 * measured; rows in sight say that a table is not drawn whole. Needs Chromium as the browser tests do.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { openLedger } from '../src/adapters/open.ts';
import { packCommit } from '../src/events/commit-codec.ts';
import type { CommitId, EntrySequence } from '../src/events/ids.ts';
import { CompactRange, leafHash } from '../src/events/merkle.ts';
import { startExplorer } from '../src/explorer/server.ts';
import { CHROMIUM_ARGS } from '../src/testing/chromium.ts';
import { LEDGER, testPlan } from '../src/testing/desk.ts';
import { presentChromium } from './lacking.ts';

const COMMIT_ENTRIES = 200;
const PAINTS = 5;
const RUN = testPlan.run;
const PAGES = ['#/', '#/network', '#/rewards', '#/log', `#/window/${RUN}/1`];
const ANSWERS = [
  '/view/log?limit=100',
  '/view/log?limit=100&from=90000',
  '/view/log?limit=100&type=daybook.verdict.recorded.v1',
  '/view/log?limit=100&search=worker-A',
  `/view/log?limit=100&run=${RUN}&window=2`,
  '/view/entry?sequence=1000',
  '/view/contributors?limit=100',
  '/view/contributors?limit=100&order=tokens',
  `/view/windows?run=${RUN}&limit=100`,
  `/view/window?run=${RUN}&window=1`,
  `/view/assignments?run=${RUN}&window=1&limit=100`,
  `/view/series?run=${RUN}`,
  '/view/accounts?limit=100',
  '/view/network',
  '/tile/0/000',
];

const [participants = 10_000, windows = 8, updates = 20] = process.argv.slice(2, 5).map(Number);
const executablePath = presentChromium();
const folder = mkdtempSync(join(tmpdir(), 'daybook-bench-'));
const recording = process.argv[5] ?? join(folder, 'recording.ndjson');
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const seconds = (fromMs: number): string => `${((performance.now() - fromMs) / 1000).toFixed(1)} s`;

function summary(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const [median = 0, worst = 0] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  return `median ${median.toFixed(0)} ms, worst ${worst.toFixed(0)} ms of ${times.length}`;
}

function memory(): string {
  const { rss, heapUsed } = process.memoryUsage();
  const { maxRSS } = process.resourceUsage();
  const mib = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
  return `${mib(rss)} resident (at most ${mib(maxRSS * 1024)}), ${mib(heapUsed)} of it heap`;
}

if (!existsSync(recording)) {
  const madeMs = performance.now();
  const maker = fileURLToPath(new URL('network-recording.ts', import.meta.url));
  execFileSync(process.execPath, [maker, recording, String(participants), String(windows)], {
    stdio: 'inherit',
  });
  say(`entries made in ${seconds(madeMs)}`);
}
const whole = Number(readFileSync(`${recording}.whole`, 'utf8'));

const { log, close } = await openLedger(`file:${join(folder, 'ledger')}`, LEDGER);
const tree = CompactRange.empty();
async function append(lines: readonly Uint8Array[]): Promise<void> {
  const first = tree.size;
  for (const line of lines) tree.append(leafHash(line));
  const commit = packCommit(`c-${first}` as CommitId, first as EntrySequence, lines, tree.root());
  const stored = await log.append(commit, (await log.head()).position);
  if (isLeft(stored)) throw new Error('nobody else appends');
}

const beganMs = performance.now();
const later: Uint8Array[] = [];
let lines: Uint8Array[] = [];
let read = 0;
for await (const line of createInterface({ input: createReadStream(recording) })) {
  (read < whole ? lines : later).push(Buffer.from(line));
  read += 1;
  if (lines.length < COMMIT_ENTRIES && read !== whole) continue;
  if (lines.length > 0) await append(lines);
  lines = [];
  if (later.length >= updates * 10) break;
}
say(
  `${participants} participants, ${windows} windows, ${whole} entries, stored in ${seconds(beganMs)}`,
);
say(`before the explorer: ${memory()}`);

const foldMs = performance.now();
const explorer = await startExplorer({ log, port: 0 });
// A connection that idles while entries are folded may be closed just as it is used again.
const isReady = (): Promise<boolean> =>
  fetch(`${explorer.address}/readyz`, { headers: { connection: 'close' } }).then(
    ({ ok }) => ok,
    () => false,
  );
while (!(await isReady())) await new Promise((resolve) => setTimeout(resolve, 500));
say(`folded in ${seconds(foldMs)}: ${memory()}`);
const indexMs = performance.now();
for (let indexed = 0; indexed < whole;)
  indexed = (
    (await (await fetch(`${explorer.address}/view/log?limit=1`)).json()) as { indexed: number }
  ).indexed;
say(`log indexed in ${seconds(indexMs)}: ${memory()}`);
for (const path of ANSWERS) {
  const times: number[] = [];
  let bytes = 0;
  for (let time = 0; time < PAINTS; time += 1) {
    const fromMs = performance.now();
    bytes = (await (await fetch(explorer.address + path)).arrayBuffer()).byteLength;
    times.push(performance.now() - fromMs);
  }
  say(`${path.padEnd(54)} ${summary(times)}, ${bytes} bytes`);
}

const browser = await chromium.launch({
  executablePath,
  args: CHROMIUM_ARGS,
});
for (const address of PAGES) {
  const times: number[] = [];
  let rows = 0;
  for (let paint = 0; paint < PAINTS; paint += 1) {
    const page = await browser.newPage();
    const fromMs = performance.now();
    await page.goto(`${explorer.address}/${address}`);
    await page.locator('main tbody tr:visible').first().waitFor();
    times.push(performance.now() - fromMs);
    rows = await page.locator('tbody tr').count();
    await page.close();
  }
  say(`${address.padEnd(14)} first rows painted: ${summary(times)}; ${rows} rows in the page`);
}

/** A name of the page's. */
interface Watching {
  shown: Promise<number>;
}

/** In the page, whose clock is this machine's: asking it from outside takes as long as what is measured. */
const watchFor = (selector: string): void => {
  (globalThis as unknown as Watching).shown = new Promise((resolve) => {
    const look = (): void => {
      if (document.querySelector(selector) === null) return;
      observer.disconnect();
      // The row is in the next frame.
      requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now()));
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { childList: true, subtree: true, attributes: true });
  });
};

const page = await browser.newPage();
await page.goto(`${explorer.address}/#/log`);
await page.locator(`#log-table a[href="#/entry/${whole - 1}"]`).waitFor();
const behind: number[] = [];
for (let update = 0; update < updates; update += 1) {
  const part = later.slice(update * 10, update * 10 + 10);
  const newest = tree.size + part.length - 1;
  await page.evaluate(watchFor, `#log-table a[href="#/entry/${newest}"]`);
  const fromMs = performance.timeOrigin + performance.now();
  await append(part);
  behind.push((await page.evaluate(() => (globalThis as unknown as Watching).shown)) - fromMs);
  await page.waitForTimeout(300);
}
say(`newest row behind its append: ${summary(behind)}`);
await browser.close();
await explorer.close();
await close();
rmSync(folder, { recursive: true });
say(`at the end: ${memory()}`);
