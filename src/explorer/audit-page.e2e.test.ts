/**
 * The audit in a real browser: recorded runs hold there with the books that Node has, their training
 * comes to the same bytes, and whatever was done to a recording is named. Needs Chromium, as
 * page.e2e.test.ts does.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Browser, FileChooser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MemoryWorld } from '../adapters/memory/world.ts';
import { openLedger } from '../adapters/open.ts';
import { systemClock } from '../adapters/system-clock.ts';
import type { LedgerId } from '../events/ids.ts';
import type { ComputeLane } from '../roles/compute-lane.ts';
import { chromiumPath, launchChromium } from '../testing/chromium.ts';
import { DeskStory } from '../testing/desk-story.ts';
import { keepPicture, violations, watchedPage } from '../testing/explorer-page.ts';
import { ndjsonOf, signedHead } from '../testing/signed-story.ts';
import { StoryLedger, tellAll } from '../testing/story-ledger.ts';
import { playWholeRun, tinyPlan } from '../testing/whole-run.ts';
import { auditWorker } from './browser-bundle.ts';
import type { Explorer } from './server.ts';
import { startExplorer } from './server.ts';

const executablePath = chromiumPath('audit-page.e2e');

interface Payload {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

const payload = (name: string, bytes: string | Uint8Array): Payload => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(bytes as Uint8Array),
});

/** A recording's files without the artifacts. */
const recordingFiles = (base: string): Payload[] =>
  ['.ndjson', '.checkpoint', '.books.json'].map((extension) =>
    payload(basename(base) + extension, readFileSync(base + extension)),
  );

/** Every file under a folder. */
const folderFiles = (folder: string): Payload[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => payload(entry.name, readFileSync(join(entry.parentPath, entry.name))));

/** Long enough for several threads. */
function longStory(): DeskStory {
  const story = new DeskStory({ windows: LONG_WINDOWS });
  let loss = 6_238_000;
  for (let window = 0; window < LONG_WINDOWS; window += 1) story.play(loss, (loss -= 20_000));
  return story;
}

const LONG_WINDOWS = 60;

const forgedLine = (line: Uint8Array): Uint8Array =>
  Buffer.from(
    Buffer.from(line)
      .toString('utf8')
      .replace(/"sig":"(.)/, (_, first: string) => `"sig":"${first === 'A' ? 'B' : 'A'}`),
  );

const RUNS = ['curated', 'incentivized', 'open'] as const;
const run = (name: string): string => `fixtures/runs/${name}`;

describe.skipIf(executablePath === null)('the audit page', () => {
  let browser: Browser;
  let page: Page;
  let explorer: Explorer;
  let ledger: StoryLedger;
  let complaints: string[];
  let requested: string[];

  beforeAll(async () => {
    browser = await launchChromium(executablePath);
    await auditWorker();
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    ledger = new StoryLedger();
    explorer = await startExplorer({ log: ledger.handle(), port: 0 });
    ({ page, complaints, requested } = await watchedPage(browser));
    await page.goto(`${explorer.address}/#/audit`);
    await page.locator('h1', { hasText: 'Audit' }).waitFor();
  });
  afterEach(async () => {
    await page.close();
    await explorer.close();
  });

  const choose = (files: Payload[]): Promise<void> =>
    page.locator('#audit-files').setInputFiles(files);
  const result = async (): Promise<string> => {
    await page.locator('.verdict .facts').waitFor();
    return page.locator('.verdict .result').innerText();
  };
  /** What is asked for next is not what is still drawn of the audit before. */
  const clear = async (): Promise<void> => {
    await page.locator('[data-audit=stop]').click();
    await page.locator('.verdict').waitFor({ state: 'detached' });
  };
  /** Name -> [result, first bad entry, what was found]. */
  const checks = async (): Promise<Record<string, string[]>> => {
    const rows = await page.locator('#audit-checks-table tbody tr').all();
    const texts = async (row: Locator, selector: string): Promise<string> =>
      (await row.locator(selector).allInnerTexts()).join('');
    const found = rows.map(async (row) => [
      await texts(row, 'th'),
      [
        await texts(row, '.chip'),
        await texts(row, '.first-bad .sequence'),
        await texts(row, '.detail'),
      ],
    ]);
    return Object.fromEntries(await Promise.all(found)) as Record<string, string[]>;
  };
  const failed = async (): Promise<Record<string, string | undefined>> =>
    Object.fromEntries(
      Object.entries(await checks())
        .filter(([, [status]]) => status === 'fails')
        .map(([name, [, at]]) => [name, at]),
    );
  const recomputeAll = async (): Promise<string[]> => {
    await page.locator('[data-audit=all]').click();
    await page.waitForFunction(
      () =>
        document.querySelector('#audit-work-table') !== null &&
        [...document.querySelectorAll('#audit-work-table tbody tr')].every((row) =>
          ['ok', 'failed'].includes(
            row.querySelector('[data-result]')?.getAttribute('data-result') ?? '',
          ),
        ),
    );
    return page.locator('#audit-work-table tbody [data-result] .chip').allInnerTexts();
  };

  it.each(RUNS)('holds the recorded run %s, trained again to the last bit', async (name) => {
    const folder = run(name);
    await page.locator('#audit-folder').setInputFiles(folder);
    expect(await result()).toBe('Every check that was made holds.');
    const before = requested.length;
    const made = await checks();
    expect(Object.values(made).map(([status]) => status)).toEqual(
      Object.values(made).map(() => 'holds'),
    );
    const recorded = readFileSync(`${folder}/recording.books.digest`, 'utf8').trim();
    expect(made['books']?.[2]).toBe(`byte-identical to the live ones, ${recorded}`);
    await page.locator(`.verdict [data-copy="${recorded}"]`).waitFor();
    const root = readFileSync(`${folder}/recording.checkpoint`, 'utf8').split('\n')[2] ?? '';
    expect(made['tree']?.[2]).toContain(`root ${root}`);
    const words = await recomputeAll();
    expect(words.length).toBeGreaterThan(4);
    expect(await page.locator('.verdict .result').innerText()).toContain(`All ${words.length}`);
    expect(new Set(words)).toEqual(
      new Set(words.includes('holds') ? ['equal', 'holds'] : ['equal']),
    );
    // An honest rejection is one where the work comes to other bytes than were committed.
    const rejected = page.locator('#audit-work-table tr', { hasText: 'rejected' });
    for (const row of await rejected.all()) expect(await row.innerText()).toContain('rightly');
    expect(requested.slice(before)).toEqual([]);
    expect(requested.every((one) => one.startsWith(`GET ${explorer.address}/`))).toBe(true);
    expect(complaints).toEqual([]);
  });

  it('recomputes the one contribution that is clicked', async () => {
    await choose(folderFiles(run('open')));
    await result();
    const rows = page.locator('#audit-work-table tbody tr');
    await rows.nth(1).locator('[data-audit=one]').click();
    await rows.nth(1).locator('[data-result=ok]').waitFor();
    expect(await page.locator('[data-result=ok]').count()).toBe(1);
    const [recorded, own] = await rows.nth(1).locator('.digest').all();
    expect(await own?.getAttribute('data-copy')).toBe(await recorded?.getAttribute('data-copy'));
  });

  describe('names', () => {
    const base = `${run('curated')}/recording`;
    const lines = readFileSync(`${base}.ndjson`, 'utf8').trimEnd().split('\n');
    const altered = (ndjson: readonly string[]): Payload[] => [
      payload('recording.ndjson', `${ndjson.join('\n')}\n`),
      ...recordingFiles(base).slice(1),
    ];
    const signed = lines.findLastIndex((line) => line.includes('"sig":'));
    /** An amount in an entry that the rules derived. */
    const posted = lines.findLastIndex((line) => line.includes('daybook.journal.posted.v1'));

    it('a byte that was flipped in what somebody signed', async () => {
      const line = lines[signed] ?? '';
      const forged = line.replace(/"sig":"(.)/, (_, first: string) =>
        first === 'A' ? '"sig":"B' : '"sig":"A',
      );
      await choose(altered(lines.with(signed, forged)));
      expect(await result()).toContain('It does not hold: tree');
      expect(await failed()).toMatchObject({ tree: '', 'author signatures': `#${signed}` });
      await page.locator('#audit-checks-table summary').first().click();
      expect(await page.locator('#audit-checks-table pre').first().innerText()).toContain(
        forged.slice(0, 200),
      );
      expect(complaints).toEqual([]);
    });

    it('an entry that the rules do not derive so', async () => {
      const line = lines[posted] ?? '';
      const other = line.replace(/"amount":"(\d)/, (_, digit: string) =>
        digit === '9' ? '"amount":"8' : '"amount":"9',
      );
      expect(other).not.toBe(line);
      await choose(altered(lines.with(posted, other)));
      await result();
      expect(await failed()).toMatchObject({ tree: '', transitions: `#${posted}` });
    });

    it('a line that is missing, and one that is cut', async () => {
      await choose(altered(lines.toSpliced(100, 1)));
      await result();
      expect((await failed())['entries']).toBe('#100');
      await clear();
      await choose([payload('recording.ndjson', lines.join('\n').slice(0, -40))]);
      await result();
      expect((await failed())['entries']).toBe(`#${lines.length - 1}`);
    });

    it('a byte that is no text', async () => {
      const bytes = readFileSync(`${base}.ndjson`);
      bytes[bytes.indexOf(lines[40] ?? '') + 30] = 0xff;
      await choose([payload('recording.ndjson', bytes), ...recordingFiles(base).slice(1)]);
      await result();
      expect((await failed())['entries']).toBe('#40');
    });

    it('a checkpoint of another key', async () => {
      const [ndjson, , books] = recordingFiles(base);
      const others = readFileSync(`${run('open')}/recording.checkpoint`);
      await choose([ndjson, payload('recording.checkpoint', others), books] as Payload[]);
      await result();
      expect(Object.keys(await failed())).toEqual(['tree', 'checkpoint signature']);
    });

    it('an artifact that is not what its name says', async () => {
      const files = folderFiles(run('curated'));
      const at = files.findIndex(({ name }) => name.startsWith('0b10104c'));
      const file = files[at] as Payload;
      const damaged = Buffer.from(file.buffer);
      damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
      await choose(files.with(at, payload(file.name, damaged)));
      expect(await result()).toContain('It does not hold: artifacts');
      expect((await checks())['artifacts']?.[2]).toContain(file.name);
      // The first window starts from it.
      await page.locator('[data-audit=one]').first().click();
      await page.locator('[data-result=failed]', { hasText: 'artifact_corrupt' }).waitFor();
    });

    it('a recording that is none', async () => {
      await choose([payload('notes.txt', 'no ledger')]);
      await page.locator('[role=alert]', { hasText: 'no recording among these' }).waitFor();
      await choose([payload('a.ndjson', '{}\n'), payload('b.ndjson', '{}\n')]);
      await page.locator('[role=alert]', { hasText: 'one at a time' }).waitFor();
      await choose([payload('empty.ndjson', '')]);
      expect(await result()).toContain('It does not hold');
      expect(complaints).toEqual([]);
    });
  });

  it('finds work that everybody agreed on and that is wrong', async () => {
    const id = 'wrong-delta' as LedgerId;
    const memory = new MemoryWorld(systemClock);
    const open = () => openLedger('memory:', id, { memory });
    const bent = (lane: ComputeLane): ComputeLane => ({
      info: lane.info,
      run: (name, input) =>
        lane.run(
          name,
          'spec' in input && 'optimizer' in input.spec
            ? {
                ...input,
                spec: { ...input.spec, optimizer: { ...input.spec.optimizer, beta2: 0.9 } },
              }
            : input,
        ),
      close: () => lane.close(),
    });
    const plan = { ...tinyPlan, windows: 1 };
    const recorded = await playWholeRun({
      ledger: id,
      open,
      plan,
      laneOf: (_, lane) => bent(lane),
    });
    const { artifacts } = await open();
    const files: Payload[] = [];
    for await (const { digest } of artifacts.list())
      files.push(payload(digest.slice('sha256:'.length), await artifacts.get(digest)));
    await choose([
      payload('run.ndjson', recorded.ndjson),
      payload('run.checkpoint', recorded.checkpoint),
      ...files,
    ]);
    expect(await result()).toBe('Every check that was made holds.');
    const words = await recomputeAll();
    // Their outer step was honest, over deltas that were not.
    expect(words).toEqual(['differs', 'differs', 'equal']);
    expect(await page.locator('#audit-work-table').innerText()).toContain('but the work comes to');
    expect(await page.locator('.verdict .result').innerText()).toContain('came out differently');
  });

  it('asks for the signature of the key that is trusted', async () => {
    await page.locator('.trusted summary').click();
    const key = page.locator('#audit-key');
    await key.fill(readFileSync(`${run('curated')}/recording.key`, 'utf8'));
    await choose(recordingFiles(`${run('curated')}/recording`));
    expect(await result()).toBe('Every check that was made holds.');
    await clear();
    await key.fill(readFileSync(`${run('open')}/recording.key`, 'utf8'));
    await choose(recordingFiles(`${run('curated')}/recording`));
    expect(await result()).toContain('It does not hold: checkpoint signature');
  });

  describe('of a long recording', () => {
    const { desk } = longStory();
    const recorded = (lines: readonly Uint8Array[]): Payload[] => [
      payload('long.ndjson', ndjsonOf(lines)),
      payload('long.checkpoint', signedHead(desk.lines)),
    ];

    it('tells how far it is, how fast and how long yet, on several threads, and stays alive', async () => {
      const bars = await page.evaluateHandle(() => {
        const seen: string[] = [];
        new MutationObserver(() => {
          const text = document.querySelector('.verdict .bar span')?.textContent;
          if (text != null) seen.push(text);
        }).observe(document, { childList: true, subtree: true, characterData: true });
        return seen;
      });
      const before = requested.length;
      await choose(recorded(desk.lines));
      expect(await result()).toBe('Every check that was made holds.');
      const made = await checks();
      expect(made['transitions']?.[2]).toContain(`${desk.lines.length} entries derived again`);
      const signed = desk.events.filter(({ sig }) => sig !== undefined).length;
      expect(made['author signatures']?.[2]).toContain(`${signed} signatures`);
      const told = await bars.jsonValue();
      expect(told.length).toBeGreaterThan(2);
      expect(told.some((text) => /^entries: [\d,]+ of [\d,]+, [\d,]+\/s/.test(text))).toBe(true);
      const scripts = requested.slice(before).filter((one) => one.endsWith('/audit-worker.js'));
      expect(scripts.length).toBeGreaterThan(1);
      expect(complaints).toEqual([]);
    });

    it('names the first of two bad signatures, whichever thread has it', async () => {
      const signed = desk.events.flatMap(({ sig, sequence }) =>
        sig === undefined ? [] : sequence,
      );
      const [first = 0, second = 0] = [signed[Math.floor(signed.length / 2)], signed.at(-1)];
      const forged = [first, second].reduce(
        (lines, at) => lines.with(at, forgedLine(lines[at] as Uint8Array)),
        desk.lines,
      );
      await choose(recorded(forged));
      await result();
      expect((await failed())['author signatures']).toBe(`#${first}`);
    });
  });

  it('reads in a thread that may open no connection', async () => {
    const { headers } = await fetch(`${explorer.address}/page/audit-worker.js`);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("connect-src 'none'");
    expect(policy).toContain("default-src 'none'");
    const whole = await fetch(explorer.address);
    expect(whole.headers.get('content-security-policy')).not.toContain('wasm');
  });

  it('verifies what this explorer serves', async () => {
    await tellAll(ledger);
    const size = ledger.story.desk.lines.length;
    await page.waitForFunction(
      (last) => document.querySelector('#badge-text')?.textContent?.includes(last),
      (size - 1).toLocaleString('en'),
    );
    await page.locator('[data-audit=served]').click();
    expect(await result()).toBe('Every check that was made holds.');
    const made = await checks();
    expect(made['transitions']?.[2]).toContain(`${size} entries derived again`);
    expect(made['books']?.[2]).toContain('byte-identical to the live ones');
    expect(made['checkpoint signature']?.[0]).toBe('skipped');
    await clear();
    await page.locator('#audit-checks-table').waitFor({ state: 'detached' });
  });

  it('trains again what this explorer serves, from artifacts that it fetches on a click', async () => {
    const id = 'served-training' as LedgerId;
    const memory = new MemoryWorld(systemClock);
    const open = () => openLedger('memory:', id, { memory });
    await playWholeRun({ ledger: id, open, plan: { ...tinyPlan, windows: 1 } });
    const { log, artifacts } = await open();
    const serving = await startExplorer({ log, artifacts, port: 0 });
    try {
      await page.goto(`${serving.address}/#/audit`);
      await page.locator('#badge[data-state=live]').waitFor();
      await page.locator('[data-audit=served-training]').click();
      expect(await result()).toBe('Every check that was made holds.');
      expect((await checks())['artifacts']?.[0]).toBe('holds');
      const words = await recomputeAll();
      expect(words).toEqual(['equal', 'equal', 'equal']);
      expect(requested.filter((one) => one.includes('/api/artifacts/')).length).toBeGreaterThan(2);
      // Nobody signs a head here, and the browser itself reports that there is none.
      expect(complaints.filter((one) => !one.includes('503'))).toEqual([]);
    } finally {
      await serving.close();
    }
  });

  it('takes what is dropped, and what the keyboard chooses', async () => {
    const [ndjson] = recordingFiles(`${run('curated')}/recording`);
    // Asked for well before: the browser is told on another way than keys are.
    const chooser = new Promise<FileChooser>((open) => page.once('filechooser', open));
    await page.evaluate(
      (text) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([text], 'dropped.ndjson'));
        document.body.dispatchEvent(
          new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }),
        );
      },
      ndjson?.buffer.toString('utf8') ?? '',
    );
    expect(await result()).toBe('Every check that was made holds.');
    expect(await page.locator('h1').innerText()).toContain('dropped.ndjson');
    await page.locator('#audit-files').focus();
    await page.keyboard.press('Enter');
    expect((await chooser).isMultiple()).toBe(true);
  });

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)('fits a %s screen %i pixels wide', async (colorScheme, width) => {
    // Half way from one colour to another neither has its contrast.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 844 });
    await choose(folderFiles(run('incentivized')));
    await result();
    await page.locator('[data-audit=one]').first().click();
    await page.locator('[data-result=ok]').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
      width,
    );
    expect(await violations(page)).toEqual([]);
    await keepPicture(page, `${colorScheme}-${width}-audited`);
    expect(complaints).toEqual([]);
  });
});
