/** Payouts proven, settlements signed and exported, as processes on a recording. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verbHere } from '../../testing/verb-here.ts';
import { ndjsonOf, signedHead, verifierKey } from '../../testing/signed-story.ts';
import { moneyStory } from '../../testing/stories/money.ts';

const folder = mkdtempSync(join(tmpdir(), 'daybook-payout-'));
const at = (name: string): string => join(folder, name);
const recording = ['--recording', at('run')];
const { lines, events } = moneyStory();
/** Nothing has vested yet. */
const firstSettlement = String(
  events.find(({ type }) => type === 'daybook.settlement.published.v2')?.sequence,
);

beforeAll(() => {
  writeFileSync(at('run.ndjson'), ndjsonOf(lines));
  writeFileSync(at('run.checkpoint'), signedHead(lines));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const verify = (file: string, ...more: string[]) =>
  verbHere('payout', 'verify', file, '--key', verifierKey, ...more);

describe('payout', () => {
  it('is proven and checked with the key alone, and not when it was altered', async () => {
    const proof = at('payout.json');
    const made = await verbHere('payout', 'prove', 'worker-0', ...recording, '-o', proof);
    expect(made).toMatchObject({ code: 0, err: '' });
    const checked = await verify(proof);
    expect(checked.code).toBe(0);
    expect(checked.out).toMatch(/checkpoint signature .*\n.*settlement .*\n.*payout .* may claim/);
    const text = readFileSync(proof, 'utf8');
    writeFileSync(at('more.json'), text.replace(/"cumulative": "\d/, '"cumulative": "9'));
    expect(await verify(at('more.json'))).toMatchObject({ code: 3 });
    writeFileSync(at('cut.json'), text.slice(0, -10));
    expect(await verify(at('cut.json'))).toMatchObject({ code: 3 });
  });

  it('says why there is nothing to prove', async () => {
    const early = await verbHere(
      'payout',
      'prove',
      'worker-0',
      ...recording,
      '--settlement',
      firstSettlement,
    );
    expect(early).toMatchObject({ code: 1, out: '' });
    expect(early.err).toContain('nothing to claim');
    const none = await verbHere('payout', 'prove', 'worker-0', ...recording, '--settlement', '3');
    expect(none).toMatchObject({ code: 1 });
    expect(none.err).toContain('settlement_unknown');
  });
});

describe('settlement', () => {
  it('signed, is a statement that holds; altered, it does not', async () => {
    const file = at('settlement.json');
    expect(await verbHere('settlement', 'sign', ...recording, '-o', file)).toMatchObject({
      code: 0,
    });
    const checked = await verify(file, '--output', 'json');
    expect(JSON.parse(checked.out)).toMatchObject({ run: 'r', period: 4, total: '4800001000' });
    const text = readFileSync(file, 'utf8').replace(/"cumulative": "\d/, '"cumulative": "9');
    writeFileSync(file, text);
    expect(await verify(file)).toMatchObject({ code: 3 });
  });

  it('is worked out again under other terms', async () => {
    writeFileSync(at('terms.json'), '{"rewards":{"workShareBps":0},"mesh":{}}');
    const settle = ['settle', ...recording, '--what-if'];
    const other = await verbHere(...settle, at('terms.json'), '--output', 'json');
    const view = JSON.parse(other.out) as {
      readonly ignored: string[];
      readonly participants: { readonly name: string; readonly paidThen: string }[];
    };
    expect(view.ignored).toEqual(['mesh']);
    for (const { name, paidThen } of view.participants)
      expect([name, paidThen === '0']).toEqual([name, name.startsWith('worker')]);
    writeFileSync(at('terms.json'), '{"mesh":{}}');
    expect(await verbHere(...settle, at('terms.json'))).toMatchObject({ code: 2 });
  });

  it('is exported where everything can be said, else refused with a code', async () => {
    const to = (name: string) => verbHere('export', 'claims', ...recording, '--as', name);
    const csv = await to('csv');
    expect(csv.out.split('\r\n')[0]).toBe(
      'participant,name,cumulative_micro,claimed_micro,claimable_micro',
    );
    const refused = await to('merkle-distributor');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toContain('refused: address_unknown: no address of worker-');
    expect(await to('gold')).toMatchObject({ code: 2 });
  });
});
