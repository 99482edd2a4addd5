/**
 * The explorer before a large network, in a real Chromium: how long until its pages are painted, and
 * how far an entry's row is behind its append.
 *   node bench/explorer.ts [participants] [windows] [updates]      (default 10000 8 20)
 * A window is some participants + 10 * participants / 100 entries. Medians and worst of what was
 * measured; rows in sight say that a table is not drawn whole. Needs Chromium as the browser tests do.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { chromium } from 'playwright-core';
import { openLog } from '../src/adapters/memory/event-log.ts';
import { MemoryWorld } from '../src/adapters/memory/world.ts';
import { systemClock } from '../src/adapters/system-clock.ts';
import { packCommit } from '../src/events/commit-codec.ts';
import type { CommitId, EntrySequence } from '../src/events/ids.ts';
import { CompactRange, leafHash } from '../src/events/merkle.ts';
import { startExplorer } from '../src/explorer/server.ts';
import { CHROMIUM_ARGS, chromiumPath } from '../src/testing/chromium.ts';
import { LEDGER } from '../src/testing/desk.ts';
import { Network, RUN } from './whole-network.ts';

const COMMIT_ENTRIES = 200;
const PAINTS = 5;
const PAGES = ['#/', '#/network', '#/rewards', '#/log', `#/window/${RUN}/1`];

const [participants = 10_000, windows = 8, updates = 20] = process.argv.slice(2).map(Number);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const seconds = (fromMs: number): string => `${((performance.now() - fromMs) / 1000).toFixed(1)} s`;

function summary(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const [median = 0, worst = 0] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  return `median ${median.toFixed(0)} ms, worst ${worst.toFixed(0)} ms of ${times.length}`;
}

const log = openLog(new MemoryWorld(systemClock), LEDGER);
const tree = CompactRange.empty();
async function append(lines: readonly Uint8Array[]): Promise<void> {
  const first = tree.size;
  for (const line of lines) tree.append(leafHash(line));
  const commit = packCommit(`c-${first}` as CommitId, first as EntrySequence, lines, tree.root());
  const stored = await log.append(commit, (await log.head()).position);
  if (isLeft(stored)) throw new Error('nobody else appends');
}

const beganMs = performance.now();
const lines: Uint8Array[] = [];
const network = new Network(participants, windows + 1, (more) => void lines.push(...more));
for (let window = 0; window < windows; window += 1) network.playWindow();
const whole = lines.length;
network.playWindow();
const later = lines.slice(whole);
for (let at = 0; at < whole; at += COMMIT_ENTRIES)
  await append(lines.slice(at, Math.min(whole, at + COMMIT_ENTRIES)));
say(
  `${participants} participants, ${windows} windows, ${whole} entries, made in ${seconds(beganMs)}`,
);

const foldMs = performance.now();
const explorer = await startExplorer({ log, port: 0 });
while (!(await fetch(`${explorer.address}/readyz`)).ok)
  await new Promise((resolve) => setTimeout(resolve, 100));
say(`folded in ${seconds(foldMs)}`);
const indexMs = performance.now();
for (let indexed = 0; indexed < whole;)
  indexed = (
    (await (await fetch(`${explorer.address}/view/log?limit=1`)).json()) as { indexed: number }
  ).indexed;
say(`log indexed in ${seconds(indexMs)}`);

const browser = await chromium.launch({
  executablePath: chromiumPath('bench/explorer') ?? '',
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

const page = await browser.newPage();
await page.goto(`${explorer.address}/#/log`);
await page.locator(`#log-table a[href="#/entry/${whole - 1}"]`).waitFor();
const behind: number[] = [];
for (let update = 0; update < updates; update += 1) {
  const part = later.slice(update * 10, update * 10 + 10);
  const newest = tree.size + part.length - 1;
  const seen = page.locator(`#log-table a[href="#/entry/${newest}"]`).waitFor();
  const fromMs = performance.now();
  await append(part);
  await seen;
  behind.push(performance.now() - fromMs);
  await page.waitForTimeout(300);
}
say(`newest row behind its append: ${summary(behind)}`);
await browser.close();
await explorer.close();
