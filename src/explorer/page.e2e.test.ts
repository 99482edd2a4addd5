/**
 * The page in a real browser, driven by a log that grows: what a person sees, that it comes by
 * itself, that it says when it is stale, and that the browser has nothing to complain about. Needs
 * Chromium: `DAYBOOK_CHROMIUM`, or one in its usual places; skipped, and said so, where there is none.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { packCommit } from '../events/commit-codec.ts';
import type { CommitId, EntrySequence } from '../events/ids.ts';
import { must } from '../projections/books.ts';
import type { Explorer } from './server.ts';
import { startExplorer } from './server.ts';
import { BROWSER_WITHIN_MS, chromiumPath, launchChromium } from '../testing/chromium.ts';
import { keepPicture, violations, watchedPage } from '../testing/explorer-page.ts';
import { freePort } from '../testing/free-port.ts';
import { cheat, tellAll, StoryLedger } from '../testing/story-ledger.ts';
import { networkStory } from '../testing/stories/network.ts';
import { wholeStory } from '../testing/story.ts';

const executablePath = chromiumPath('page.e2e');

describe.skipIf(executablePath === null)('the live page', () => {
  let browser: Browser;
  let page: Page;
  let ledger: StoryLedger;
  let explorer: Explorer;
  let complaints: string[];
  let requested: string[];

  beforeAll(async () => {
    browser = await launchChromium(executablePath);
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    ledger = new StoryLedger();
    explorer = await startExplorer({ log: ledger.handle(), port: 0 });
    ({ page, complaints, requested } = await watchedPage(browser));
  });
  afterEach(async () => {
    await page.close();
    await explorer.close();
  });

  const shows = (selector: string, text: string | RegExp): Promise<void> =>
    page.locator(selector).filter({ hasText: text }).first().waitFor();
  /** So many, now or soon: what is asked for comes after what is there. */
  const has = async (selector: string, count: number): Promise<void> => {
    const found = page.locator(selector);
    if (count > 0) await found.nth(count - 1).waitFor({ state: 'attached' });
    await found.nth(count).waitFor({ state: 'detached' });
  };
  const cells = (table: string, row: number): Promise<string[]> =>
    page.locator(`${table} tbody tr`).nth(row).locator('th, td').allInnerTexts();
  const size = (): number => ledger.story.desk.lines.length;

  it('shows the run, its windows, verdicts, contributors, head and root, and follows by itself', async () => {
    const { story } = ledger;
    await page.goto(explorer.address);
    await shows('main', 'No run is planned');
    await ledger.save();
    await shows('h1', 'A whale of a model');
    await shows('h1 .chip', 'active');
    // From here on nothing may load again: a mark in the page must survive.
    await page.evaluate(() => document.body.setAttribute('data-mark', 'kept'));

    story.play(6_238_000, 5_601_000);
    cheat(story, 5_601_000);
    story.play(5_601_000, 5_130_000);
    await ledger.save();
    await shows('#windows-table', 'digest_mismatch');
    const row = await cells('#windows-table', 1);
    expect(row[0]).toBe('1');
    expect(row[1]).toBe('reconciled');
    expect(row[3]).toMatch(
      /worker-\d\s+rejected\s+digest_mismatch\s+by validator-\d, validator-\d/,
    );
    expect(row[4]).toMatch(/promoted_revision\s+held_out_gain/);
    expect(row.slice(5)).toEqual(['5.6010', '5.1300', '840']);

    await shows('#contributors-table', 'quarantined');
    const barred = page.locator('#contributors-table tr', { hasText: 'quarantined' });
    expect(await barred.locator('td').allInnerTexts()).toContain('75.000000');
    const validator = page.locator('#contributors-table tr', { hasText: 'validator-2' });
    const credits = await validator.locator('td').nth(7).innerText();
    expect(Number(credits.replaceAll(',', ''))).toBeGreaterThan(0);

    await shows('#head-sequence', String(size() - 1));
    const root = Buffer.from(story.desk.state.tree.root()).toString('base64');
    await page.locator(`[data-copy="${root}"]`).waitFor();
    await shows('#badge', new RegExp(`live · sequence ${size() - 1} · lag \\d`));
    await has('.chart .training line', 6);
    await has('.chart circle', 3);
    expect(await page.locator('body').getAttribute('data-mark')).toBe('kept');
    expect(complaints).toEqual([]);
    expect(requested.every((one) => one.startsWith(`GET ${explorer.address}/`))).toBe(true);
  });

  it('draws every change, also when frames say that no time has passed', async () => {
    await page.addInitScript(() => {
      const request = window.requestAnimationFrame.bind(window);
      window.requestAnimationFrame = (callback) => request(() => callback(1));
    });
    await page.goto(explorer.address);
    await shows('main', 'No run is planned');
    await ledger.save();
    await shows('h1', 'A whale of a model');
  });

  it('keeps what a reader opened and focused while it updates', async () => {
    const { story } = ledger;
    story.play(6_238_000, 5_601_000);
    await ledger.save();
    await page.goto(explorer.address);
    await page.locator('#loss-table').waitFor({ state: 'attached' });
    await page.locator('summary').click();
    await page.locator('#contributors-table a', { hasText: 'worker-' }).first().focus();
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('href'));
    const before = await focused();
    story.play(5_601_000, 5_130_000);
    await ledger.save();
    await shows('#windows-table tbody tr:nth-child(2)', '5.1300');
    expect(await focused()).toBe(before);
    expect(await page.locator('details').getAttribute('open')).not.toBeNull();
    await has('#loss-table tbody tr', 2);
  });

  it('says that it is stale while the server is away, and is live again after its restart', async () => {
    // One that nobody else is given while the server is away.
    const port = await freePort();
    await explorer.close();
    explorer = await startExplorer({ log: ledger.handle(), port });
    await ledger.save();
    await page.goto(explorer.address);
    await page.locator('#badge[data-state=live]').waitFor();
    await explorer.close();
    await page.locator('#badge[data-state=stale]').waitFor();
    await shows('h1', 'A whale of a model');
    ledger.story.play(6_238_000, 5_601_000);
    await ledger.save();
    explorer = await startExplorer({ log: ledger.handle(), port });
    await page.locator('#badge[data-state=live]').waitFor();
    await shows('#head-sequence', String(size() - 1));
    await shows('#windows-table', '5.6010');
  });

  it('shows a fault where the log contradicts its own root', async () => {
    await ledger.save();
    await page.goto(explorer.address);
    await page.locator('#badge[data-state=live]').waitFor();
    const sound = size();
    ledger.story.play(6_238_000, 5_601_000);
    await ledger.append({ ...ledger.story.commit(), root: `${'A'.repeat(43)}=` });
    await shows('[role=alert]', 'root_mismatch');
    await shows('[role=alert]', `from entry ${sound} on`);
    await page.locator('#badge[data-state=stale]').waitFor();
    await shows('#head-sequence', String(sound - 1));
    expect(complaints).toEqual([]);
  });

  it('has a page for each window and contributor, reached by link and by address', async () => {
    await tellAll(ledger);
    await page.goto(`${explorer.address}/#/window/r/4`);
    await shows('h1', 'Window 4');
    await shows('#verdicts-table', 'rejected');
    await has('#verdicts-table tbody tr', 7);
    await shows('#reports-table', 'validator-0');
    await page.locator('#verdicts-table a', { hasText: 'validator-' }).first().click();
    await shows('h1', /^validator-\d/);
    await shows('#verdicts-by-table', 'accepted');
    await shows('#statement-table', 'agreeing_verdict');
    await shows('#statement-table', 'payout');
    await page.goBack();
    await shows('h1', 'Window 4');
    await page.goto(`${explorer.address}/#/window/r/99`);
    await shows('main', 'There is no window 99');
    await page.goto(`${explorer.address}/#/window/%E0%A4%A/x`);
    await shows('main', 'There is no window x');
    expect(complaints).toEqual([]);
  });

  it('shows a ledger in which everything happened, and both of its runs', async () => {
    const { desk } = wholeStory();
    const first = 0 as EntrySequence;
    const root = desk.state.tree.root();
    await ledger.append(packCommit('everything' as CommitId, first, desk.lines, root));
    await page.goto(explorer.address);
    await shows('h1 .chip', 'failed');
    await page.locator('#runs a', { hasText: /^r$/ }).click();
    await shows('h1 .chip', 'completed');
    await shows('#windows-table', 'accepted');
    const windows = 3;
    await has('#windows-table tbody tr', windows);
    for (let window = 0; window < windows; window += 1) {
      await page.goto(`${explorer.address}/#/window/r/${window}`);
      await shows('h1', `Window ${window}`);
    }
    for (const { participant, name } of Object.values(desk.books.members)) {
      await page.goto(`${explorer.address}/#/contributor/${participant}`);
      await shows('h1', name);
      await shows('#statement-table', 'stake');
    }
    expect(complaints).toEqual([]);
  });

  it('says why, from a link beside what it shows, with the entries that it rests on', async () => {
    await tellAll(ledger);
    await page.goto(`${explorer.address}/#/window/r/1`);
    const cheated = page.locator('#assignments-table tr', { hasText: 'digest_mismatch' });
    await cheated.locator('a.why').click();
    await shows('h1', 'Why: verdict');
    await shows('.explanation', 'rejected');
    await shows('.lead', 'r/1/0/0 by worker-3: rejected (digest_mismatch)');
    await shows('.explanation table', 'agreeing');
    await page.locator('.explanation a.sequence').nth(8).waitFor({ state: 'attached' });
    await page.goto(`${explorer.address}/#/window/r/1`);
    // What was drawn before has such links, too.
    await shows('h1', 'Window 1');
    await page.locator('#aggregation a.why, section a.why').last().click();
    await shows('h1', 'Why: promotion');
    const worker = must(ledger.story.workers[0], 'worker').actor;
    await page.goto(`${explorer.address}/#/contributor/${worker}`);
    await shows('h1', must(ledger.story.desk.books.members[worker], 'member').name);
    await page.locator('.headline a.why').click();
    await shows('h1', 'Why: payout');
    await shows('.explanation', 'worker-1');
    await page.goto(`${explorer.address}/#/explain/verdict/r/99/0`);
    await shows('[role=alert]', 'there is no window r/99');
    // The browser itself reports an answer that is not there.
    expect(complaints.filter((one) => !one.includes('404'))).toEqual([]);
  });

  it('offers CSV files that hold what the tables show', async () => {
    await tellAll(ledger);
    await page.goto(explorer.address);
    await shows('h1 .chip', 'completed');
    for (const table of ['windows', 'contributors']) {
      const href = await page.locator(`a[download*=${table}]`).first().getAttribute('href');
      const csv = await (await fetch(`${explorer.address}${must(href, 'link')}`)).text();
      const rows = csv.trimEnd().split('\r\n').map(fieldsOf);
      const heads = await page.locator(`#${table}-table thead th`).allInnerTexts();
      expect(rows[0]?.map(plain)).toEqual(heads.map(plain));
      for (const [index, row] of rows.slice(1).entries())
        expect((await cells(`#${table}-table`, index)).map(plain)).toEqual(row.map(plain));
      await has(`#${table}-table tbody tr`, rows.length - 1);
    }
  });

  it('finds entries by what the address or the reader asks for, and proves one', async () => {
    await tellAll(ledger);
    await page.goto(`${explorer.address}/#/log?type=daybook.verdict.recorded.v1&run=r&window=1`);
    const rows = page.locator('#log-table tbody tr');
    await rows.nth(5).filter({ hasText: 'verdict recorded' }).waitFor();
    await rows.nth(6).waitFor({ state: 'detached' });
    expect(await page.locator('select[data-setting=type]').inputValue()).toBe(
      'daybook.verdict.recorded.v1',
    );
    await page.goto(`${explorer.address}/#/log`);
    await rows.nth(6).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('quarantined');
    await page.waitForURL(/search=quarantined/);
    await shows('#log-table', 'participant quarantined');
    await rows.nth(1).waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await shows('h1', /^Entry \d+ participant quarantined$/);
    await shows('#proof .chip', 'verified');
    await page.locator('h1 ~ dl a.why').first().click();
    await shows('h1', 'Why: payout');
    expect(complaints).toEqual([]);
  });

  it('keeps its place in a long log while new entries come, and draws what is in sight', async () => {
    await tellAll(ledger);
    await page.goto(`${explorer.address}/#/log`);
    const rows = page.locator('#log-table tbody tr:not(.room)');
    await rows.nth(20).waitFor();
    expect(await rows.count()).toBeLessThan(60);
    expect((await rows.nth(3).boundingBox())?.height).toBe(30);
    await page.locator('#log-table-scroll').evaluate((region) => region.scrollTo(0, 3000));
    const last = size() - 1;
    await shows('#log-table', `#${last - 100}`);
    const { story } = ledger;
    story.live(10);
    await ledger.save();
    await shows('#found', 'newer');
    await shows('#log-table', `#${last - 100}`);
    await page.locator('[data-top]').click();
    await shows('#log-table', `#${size() - 1}`);
    expect(complaints).toEqual([]);
  });

  it('shows accounts that add up, and a claim that leads to the root of its settlement', async () => {
    await tellAll(ledger);
    await page.goto(`${explorer.address}/#/rewards`);
    await shows('[data-unit=micro]', 'balanced');
    await page.locator('#payouts-table a', { hasText: 'claim' }).first().click();
    await shows('#claim .chip', 'verified');
    const href = await page.locator('#claim a[download]').getAttribute('href');
    const claim = (await (await fetch(`${explorer.address}${must(href, 'link')}`)).json()) as {
      root: string;
    };
    const period = Object.values(ledger.story.desk.books.rewards.periods).find(
      ({ settlementRoot }) => settlementRoot === claim.root,
    );
    expect(period).toBeDefined();
    expect(complaints).toEqual([]);
  });

  it('shows one section inside another page', async () => {
    await tellAll(ledger);
    await page.goto(`${explorer.address}/?embed=1&only=loss#/`);
    await page.locator('.chart .held-out').first().waitFor();
    await has('section', 1);
    await page.locator('.top').waitFor({ state: 'hidden' });
  });

  it('shows a founded network: its council, what it votes on and what became of it', async () => {
    const desk = networkStory();
    const root = desk.state.tree.root();
    await ledger.append(packCommit('founded' as CommitId, 0 as EntrySequence, desk.lines, root));
    await page.goto(`${explorer.address}/#/network`);
    await shows('#proposals-table', 'voting');
    await shows('#closed-table', 'activated');
    await has('#council-table tbody tr', 2);
    const sideways = await page
      .locator('.scroll')
      .evaluateAll((regions) =>
        regions.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.innerHTML),
      );
    expect(sideways).toEqual([]);
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('asks again while the log is not all indexed', async () => {
    await tellAll(ledger);
    // Else the ledger may grow for the page, and it asks once more for that.
    const indexed = async (): Promise<number> => {
      const answer = await fetch(`${explorer.address}/view/log?type=daybook.verdict.recorded.v1`);
      return answer.ok ? ((await answer.json()) as { indexed: number }).indexed : 0;
    };
    await expect.poll(indexed, { timeout: BROWSER_WITHIN_MS }).toBe(size());
    let asked = 0;
    await page.route('**/view/log?*', async (route) => {
      const answer = await route.fetch();
      const said = (await answer.json()) as { indexed: number };
      asked += 1;
      await route.fulfill({ json: asked < 3 ? { ...said, indexed: 3, total: 0, rows: [] } : said });
    });
    await page.goto(`${explorer.address}/#/log?type=daybook.verdict.recorded.v1`);
    await shows('#log-table', 'verdict recorded');
    expect(asked).toBe(3);
  });

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)('fits a %s screen %i pixels wide', async (colorScheme, width) => {
    await tellAll(ledger);
    // Half way from one colour to another neither has its contrast.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 844 });
    const worker = must(ledger.story.workers[0], 'worker').actor;
    for (const [address, shown] of [
      ['#/', '#windows-table'],
      ['#/?x=time&y=log&smooth=0.6', '#windows-table'],
      ['#/network', '#contributors-table'],
      [`#/rewards/r/0?claim=${worker}`, '#accounts-table'],
      ['#/log', '#log-table'],
      ['#/entry/42', '#proof .chip'],
      ['#/window/r/1', '#verdicts-table'],
      [`#/contributor/${worker}`, '#statement-table'],
      ['#/explain/verdict/r/1/0', '.explanation table'],
      ['#/audit', '#audit-drop'],
    ] as const) {
      await page.goto(`${explorer.address}/${address}`);
      await page.locator(shown).first().waitFor();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide, address).toBeLessThanOrEqual(width);
      // What scrolls by itself is no excuse: on a phone nobody looks for columns.
      const sideways = await page
        .locator('.scroll')
        .evaluateAll((regions) =>
          regions
            .filter((one) => one.scrollWidth > one.clientWidth)
            .map((one) => `${one.querySelector('table')?.id}: ${one.scrollWidth}`),
        );
      if (width < 600) expect(sideways, address).toEqual([]);
      expect(await page.locator('.scroll').evaluateAll(crowded), address).toEqual([]);
      if (shown === '#log-table') {
        // Room is kept for rows that are not there, as high as those that are.
        const highOf = (selector: string): Promise<number> =>
          page
            .locator(selector)
            .first()
            .evaluate((one) => one.getBoundingClientRect().height);
        const row = await highOf('#log-table tbody tr:not(.room)');
        const all = await highOf('#log-table tbody');
        expect(Math.abs(all - size() * row), `${all} for rows of ${row}`).toBeLessThan(2);
      }
      expect(await violations(page), address).toEqual([]);
      await keepPicture(page, `${colorScheme}-${width}-${shown.replaceAll(/\W+/g, '')}`);
    }
    expect(complaints).toEqual([]);
  });
});

/** Runs in the page. Rows with cells that lie over one another, stick out, or have no room at all. */
function crowded(regions: readonly Element[]): string[] {
  const isOver = (a: DOMRect, b: DOMRect): boolean =>
    a.left + 1 < b.right && b.left + 1 < a.right && a.top + 1 < b.bottom && b.top + 1 < a.bottom;
  return regions.flatMap((region) =>
    [...region.querySelectorAll('tbody tr')].flatMap((row) => {
      const { bottom } = row.getBoundingClientRect();
      const cells = [...row.children].map((cell) => cell.getBoundingClientRect());
      const wrong = cells.some(
        (cell, at) =>
          cell.width < 2 ||
          cell.bottom > bottom + 1 ||
          cells.slice(at + 1).some((other) => isOver(cell, other)),
      );
      return wrong ? [`${region.id}: ${row.textContent}`] : [];
    }),
  );
}

/** A cell without what is only for the eye: digit groups, and how its parts are set apart. */
const plain = (text: string): string =>
  text
    .replace(/(\d),(?=\d{3})/g, '$1')
    .replace(/[\s;]+/g, ' ')
    .trim();

/** Fields of one CSV line. */
const fieldsOf = (line: string): string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '',
  );
