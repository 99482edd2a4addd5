/**
 * The audit in Chromium against `daybook audit` on one thread and lane in Node, as ratios: entries a
 * second through every check of the ledger, and seconds to compute one contribution again. Both sides
 * begin cold, turn about, because that is how an audit begins; medians of the rounds.
 *   node bench/browser-audit.ts [recording without extension]
 * Contributions are those of the recording, whose artifacts lie beside it; the entries are those of a
 * story of many windows told on the desk. Needs Chromium: DAYBOOK_CHROMIUM, or one in its usual places.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import type { FromWorker, Recomputed, Summary } from '../src/browser/messages.ts';
import { originOf, signCheckpoint } from '../src/events/checkpoint.ts';
import { startExplorer } from '../src/explorer/server.ts';
import type { Check } from '../src/roles/audit/check.ts';
import { CHROMIUM_ARGS } from '../src/testing/chromium.ts';
import { LEDGER } from '../src/testing/desk.ts';
import { StoryLedger } from '../src/testing/story-ledger.ts';
import { presentChromium, presentFile } from './lacking.ts';
import { median } from './paired-median.ts';

const ROUNDS = 5;
const WINDOWS = 120;
const LEDGER_CHECKS = [
  'entries',
  'tree',
  'checkpoint signature',
  'author signatures',
  'transitions',
  'books',
  'money',
];

const folder = mkdtempSync(join(tmpdir(), 'daybook-browser-audit-'));
const base = process.argv[2] ?? 'fixtures/runs/curated/recording';
presentFile(`${base}.ndjson`, 'node bench/browser-audit.ts [recording without extension]');

/** @returns how many entries, and the path of the recording without extension */
function longRecording(): { readonly size: number; readonly path: string } {
  const { story } = new StoryLedger({ windows: WINDOWS });
  let loss = 6_238_000;
  for (let window = 0; window < WINDOWS; window += 1) story.play(loss, (loss -= 20_000));
  const { lines, authority, state } = story.desk;
  const path = join(folder, 'long');
  writeFileSync(
    `${path}.ndjson`,
    lines.map((line) => `${Buffer.from(line).toString('utf8')}\n`).join(''),
  );
  const origin = originOf(LEDGER);
  const head = { origin, size: lines.length, root: state.tree.root() };
  writeFileSync(`${path}.checkpoint`, signCheckpoint(authority, origin, head));
  return { size: lines.length, path };
}

const msOf = (checks: readonly Check[], names: readonly string[]): number => {
  const counted = checks.filter(({ name }) => names.includes(name));
  const bad = counted.find(({ status }) => status !== 'ok');
  if (bad !== undefined) throw new Error(`${bad.name} ${bad.status}: ${bad.detail}`);
  return counted.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0);
};

function nodeAudit(path: string, ...more: string[]): Check[] {
  const args = [
    'src/cli/main.ts',
    'audit',
    `${path}.ndjson`,
    '-o',
    'json',
    '--lanes',
    '1',
    ...more,
  ];
  return JSON.parse(execFileSync('node', args, { encoding: 'utf8' })) as Check[];
}

/** Everything the worker says from here on is kept in the page. */
const listen = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    const said: unknown[] = [];
    const Native = Worker;
    Object.assign(globalThis, {
      said,
      Worker: class extends Native {
        constructor(url: string | URL, options?: WorkerOptions) {
          super(url, options);
          this.addEventListener('message', ({ data }) => said.push(data));
        }
      },
    });
  });

async function browserAudit(page: Page, address: string, files: string[]): Promise<FromWorker[]> {
  await page.goto('about:blank');
  await page.goto(`${address}/#/audit`);
  await page.locator('#audit-files').setInputFiles(files);
  await page.locator('.verdict .facts').waitFor({ timeout: 300_000 });
  const all = page.locator('[data-audit=all]');
  if ((await all.count()) > 0) {
    await all.click();
    await page
      .locator('.verdict', { hasText: 'were computed again' })
      .waitFor({ timeout: 300_000 });
  }
  return page.evaluate(() => (globalThis as unknown as { said: FromWorker[] }).said);
}

const checksIn = (said: readonly FromWorker[]): Check[] =>
  said.flatMap((one) => (one.kind === 'check' ? [one.check] : []));
const booksIn = (said: readonly FromWorker[]): Summary['booksDigest'] =>
  said.flatMap((one) => (one.kind === 'summary' ? [one.summary.booksDigest] : []))[0] ?? null;

/** Of the contributions alone. */
function contributionSeconds(said: readonly FromWorker[]): number {
  const items = said.flatMap((one) => (one.kind === 'work' ? one.items : []));
  const ids = new Set(items.filter(({ what }) => what === 'contribution').map(({ id }) => id));
  const results = said
    .flatMap((one): Recomputed[] => (one.kind === 'recomputed' ? [one.result] : []))
    .filter(({ id }) => ids.has(id));
  return results.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0) / results.length / 1000;
}

function row(what: string, browser: number, node: number, ratio: number, unit: string): void {
  const numbers = [browser, node].map((value) => value.toPrecision(3).padStart(9));
  process.stdout.write(
    `${what.padEnd(34)} ${numbers[0]} ${unit} here ${numbers[1]} ${unit} in Node   ${ratio.toFixed(2)} x\n`,
  );
}

const executablePath = presentChromium();
const explorer = await startExplorer({ log: new StoryLedger().handle(), port: 0 });
const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS });
try {
  const long = longRecording();
  const page = await browser.newPage();
  await listen(page);
  const artifactsFolder = join(dirname(base), 'artifacts');
  const artifacts = readdirSync(artifactsFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const rounds: Record<'here' | 'node' | 'hereWork' | 'nodeWork', number>[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const node = nodeAudit(long.path, '--threads', '1');
    const here = await browserAudit(page, explorer.address, [
      `${long.path}.ndjson`,
      `${long.path}.checkpoint`,
    ]);
    const nodeWork = nodeAudit(base, '--artifacts', artifactsFolder);
    const hereWork = await browserAudit(page, explorer.address, [
      `${base}.ndjson`,
      `${base}.checkpoint`,
      ...artifacts,
    ]);
    const digest = node.find(({ name }) => name === 'books')?.detail ?? '';
    if (!digest.includes(booksIn(here) ?? 'none')) throw new Error('other books than Node has');
    const items = nodeWork.find(({ name }) => name === 'contributions')?.detail ?? '';
    rounds.push({
      here: (long.size * 1000) / msOf(checksIn(here), LEDGER_CHECKS),
      node: (long.size * 1000) / msOf(node, LEDGER_CHECKS),
      hereWork: contributionSeconds(hereWork),
      nodeWork: msOf(nodeWork, ['contributions']) / Number.parseInt(items, 10) / 1000,
    });
  }
  const of = (pick: (round: (typeof rounds)[number]) => number): number => median(rounds.map(pick));
  row(
    `ledger of ${long.size} entries`,
    of(({ here }) => here),
    of(({ node }) => node),
    of(({ here, node }) => here / node),
    'entries/s',
  );
  row(
    `a contribution of ${basename(dirname(base))}`,
    of(({ hereWork }) => hereWork),
    of(({ nodeWork }) => nodeWork),
    of(({ hereWork, nodeWork }) => nodeWork / hereWork),
    's',
  );
} finally {
  await browser.close();
  await explorer.close();
  rmSync(folder, { recursive: true });
}
