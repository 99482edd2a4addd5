/** The terms of a ledger as its operator sets them: drafted, edited, adopted, seen now and then. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OpenLedger } from '../../adapters/open.ts';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { openingOf } from '../../commands/opening.ts';
import { wholePolicy } from '../../commands/policy-adoption.ts';
import { seedNetworkPolicy } from '../../commands/network-policy.ts';
import { seedPolicy } from '../../commands/seed-policy.ts';
import type { LedgerId } from '../../events/ids.ts';
import { runAuthority } from '../../roles/authority.ts';
import { CommandClient } from '../../roles/command-client.ts';
import { keyNamed } from '../../testing/desk.ts';
import { verbHere } from '../../testing/verb-here.ts';

const ledger = 'terms' as LedgerId;
const folder = mkdtempSync(join(tmpdir(), 'daybook-policy-'));
const live = ['--log', `file:${folder}`, '--ledger', ledger];
const file = join(folder, 'policy.json');
const asOperator = ['--key', join(folder, 'operator.nk'), ...live];
const stop = new AbortController();
const opened: OpenLedger[] = [];
let serving: Promise<void> = Promise.resolve();

const handles = async (): Promise<OpenLedger> => {
  const parts = await openLedger(`file:${folder}`, ledger);
  opened.push(parts);
  return parts;
};

const draft = async (...args: string[]): Promise<typeof seedPolicy> =>
  JSON.parse((await verbHere('policy', 'draft', ...args, ...live)).out);
const write = (policy: object): void => writeFileSync(file, JSON.stringify(policy));
const adopt = (...args: string[]) => verbHere('policy', 'adopt', file, ...args);

beforeAll(async () => {
  const [authority, operator] = [keyNamed('authority'), keyNamed('operator')];
  for (const [name, key] of Object.entries({ operator, stranger: keyNamed('stranger') }))
    writeFileSync(join(folder, `${name}.nk`), `${key.seed()}\n`, { mode: 0o600 });
  serving = runAuthority({ ...(await handles()), clock: systemClock, key: authority }, stop.signal);
  const { channel, log } = await handles();
  const client = new CommandClient({ channel, clock: systemClock, key: authority, log });
  const opening = openingOf(ledger, authority.actor, operator.actor, '0a'.repeat(32));
  await client.must('open', opening, stop.signal);
});

afterAll(async () => {
  stop.abort(new Error('over'));
  await serving.catch(() => {});
  await Promise.all(opened.map((one) => one.close()));
  rmSync(folder, { recursive: true, force: true });
});

it('is drafted, edited, adopted, and drafted again one revision on', async () => {
  const before = await verbHere('policy', ...live);
  expect([before.code, before.err]).toEqual([1, expect.stringContaining('has no policy yet')]);

  const first = await draft('--with', 'vesting', 'registry');
  const { registry, vesting } = seedNetworkPolicy;
  expect(first).toEqual(wholePolicy({ ...seedPolicy, registry, vesting }));
  const window = { ...first.window, deadlineMs: 60_000 };
  write({ ...first, window });
  expect(await adopt('--dry-run', ...asOperator)).toMatchObject({ code: 0 });
  expect(await adopt(...asOperator)).toMatchObject({ code: 0, err: '' });

  const second = await draft('--with', 'vesting', 'cadence');
  expect(second).toEqual({ ...first, window, cadence: seedNetworkPolicy.cadence, revision: 2 });
  write({ ...second, vesting: null });
  expect(await adopt(...asOperator)).toMatchObject({ code: 0 });

  const shown = async (...args: string[]) =>
    JSON.parse((await verbHere('policy', ...args, '-o', 'json', ...live)).out);
  expect(await shown()).toEqual({ ...second, vesting: null });
  expect(await shown('show', '--at', '1')).toEqual({ ...first, window });
});

it('is shown term by term', async () => {
  const { out } = await verbHere('policy', ...live);
  expect(out).toContain('revision 2');
  expect(out).toMatch(/^training +window +deadlineMs +60000$/m);
  expect(out).not.toContain('vesting');
  const { out: csv } = await verbHere('policy', '-o', 'csv', ...live);
  const [head, ...terms] = csv.split('\r\n');
  expect(head).toBe('surface,section,term,value');
  expect(terms).toContain('training,liveness,heartbeatMs,5000');
});

it('is refused where it is no policy, not the next one, or nobody may', async () => {
  const { cadence: _, ...without } = { ...(await draft()), cadence: null };
  write(without);
  const incomplete = await adopt(...asOperator);
  expect([incomplete.code, incomplete.err]).toEqual([2, expect.stringContaining('cadence')]);
  write(await draft());
  const stranger = await adopt('--key', join(folder, 'stranger.nk'), ...live);
  expect([stranger.code, stranger.err]).toEqual([4, expect.stringContaining('not_authorised')]);
  write({ ...(await draft()), revision: 7 });
  const ahead = await adopt(...asOperator);
  expect([ahead.code, ahead.err]).toEqual([
    expect.any(Number),
    expect.stringContaining('policy_revision_out_of_step'),
  ]);
});
