/**
 * A long recording dropped into Chromium, as somebody would: how long each check takes, what memory
 * the tab takes, how long the page keeps a reader waiting, and what it says meanwhile.
 *   node bench/browser-audit-large.ts <recording without extension> [workers]
 * Recordings of any length: `node bench/network-recording.ts <file>.ndjson 1000 80 signed` has 100,000
 * entries, ten times the windows ten times as many. Once, because that is how an audit is done.
 * `workers` stands for the cores that the browser says there are. Memory is the largest resident size
 * of a process of the browser that shows pages, workers included, looked at four times a second;
 * processors' time is that process's, too.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { FromWorker } from '../src/browser/messages.ts';
import { startExplorer } from '../src/explorer/server.ts';
import { CHROMIUM_ARGS } from '../src/testing/chromium.ts';
import { StoryLedger } from '../src/testing/story-ledger.ts';
import { end, presentChromium, presentFile } from './lacking.ts';

const MINUTES_MAX = 60;
const USAGE = 'node bench/browser-audit-large.ts <recording without extension> [workers]';
const [named, workers] = process.argv.slice(2);
if (named === undefined) end(`usage: ${USAGE}`);
const base = named;
presentFile(`${base}.ndjson`, USAGE);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

interface Renderer {
  readonly residentBytes: number;
  readonly cpuSeconds: number;
}

/** The largest process below this one that shows pages. */
function rendererBelow(root: number): Renderer | null {
  const parents = new Map<number, number>();
  const renderers = new Map<number, Renderer>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      parents.set(Number(name), Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]));
      if (!readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('--type=renderer')) continue;
      const ticks = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      renderers.set(Number(name), {
        residentBytes: 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]),
        // Of user and kernel, in hundredths.
        cpuSeconds: (Number(ticks[11]) + Number(ticks[12])) / 100,
      });
    } catch {
      // It has ended since.
    }
  }
  const isBelow = (pid: number): boolean =>
    pid === root || (parents.has(pid) && isBelow(parents.get(pid) as number));
  const found = [...renderers].filter(([pid]) => isBelow(pid)).map(([, one]) => one);
  return found.toSorted((a, b) => b.residentBytes - a.residentBytes)[0] ?? null;
}

/** In the page: what the worker said, what the bar said, and how long frames were apart. */
function watch(cores: number | null): void {
  const seen = { said: [] as unknown[], bars: new Map<string, string>(), frameMsMax: 0 };
  if (cores !== null) Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => cores });
  const Native = Worker;
  Object.assign(globalThis, {
    seen,
    Worker: class extends Native {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        if (options?.name === 'audit')
          this.addEventListener('message', ({ data }) => {
            if (data.kind !== 'progress') seen.said.push(data);
          });
      }
    },
  });
  let last = performance.now();
  const frame = (now: number): void => {
    seen.frameMsMax = Math.max(seen.frameMsMax, now - last);
    last = now;
    const text = document.querySelector('.verdict .bar span')?.textContent;
    if (text != null) seen.bars.set(text.split(':')[0] ?? '', text);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

interface Seen {
  readonly said: FromWorker[];
  readonly bars: Map<string, string>;
  readonly frameMsMax: number;
}

const executablePath = presentChromium();
const explorer = await startExplorer({ log: new StoryLedger().handle(), port: 0 });
const server = await chromium.launchServer({ executablePath, args: CHROMIUM_ARGS });
const browser = await chromium.connect(server.wsEndpoint());
let peakBytes = 0;
let cpuSeconds = 0;
const root = server.process().pid ?? 0;
const looking = setInterval(() => {
  const renderer = rendererBelow(root);
  peakBytes = Math.max(peakBytes, renderer?.residentBytes ?? 0);
  cpuSeconds = renderer?.cpuSeconds ?? cpuSeconds;
}, 250);
try {
  const page = await browser.newPage();
  page.on('crash', () => say('the tab crashed'));
  await page.addInitScript(watch, workers === undefined ? null : Number(workers));
  await page.goto(`${explorer.address}/#/audit`);
  await page.locator('#badge[data-state=live]').waitFor();
  await page.evaluate(
    () => void ((globalThis as unknown as { seen: { frameMsMax: number } }).seen.frameMsMax = 0),
  );
  const beganMs = performance.now();
  const files = ['.ndjson', '.checkpoint', '.books.json'].map((extension) => base + extension);
  await page.locator('#audit-files').setInputFiles(files.filter((file) => existsSync(file)));
  await page
    .locator('.verdict .facts, [role=alert]')
    .first()
    .waitFor({ timeout: MINUTES_MAX * 60_000 });
  const tookMs = performance.now() - beganMs;
  const { said, bars, frameMsMax } = await page.evaluate(() => {
    const { seen } = globalThis as unknown as { seen: Seen };
    return { ...seen, bars: [...seen.bars] };
  });
  for (const one of said)
    if (one.kind === 'check')
      say(
        `${one.check.status.padEnd(8)}${one.check.name.padEnd(22)}${(one.check.elapsedMs / 1000).toFixed(1).padStart(8)} s`,
      );
  for (const [, text] of bars) say(`the bar, last: ${text}`);
  const alert = page.locator('[role=alert]');
  if ((await alert.count()) > 0) say(`the page: ${await alert.first().innerText()}`);
  say(
    `${(tookMs / 1000).toFixed(1)} s in all, ${cpuSeconds.toFixed(1)} s of processors, ` +
      `${Math.round(peakBytes / 2 ** 20)} MiB at most, frames ${Math.round(frameMsMax)} ms apart at most`,
  );
} finally {
  clearInterval(looking);
  await browser.close();
  await server.close();
  await explorer.close();
}
