/** Evidence from a file into a ledger and its explanation out of it, as processes on an embedded ledger. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLedger } from '../../adapters/open.ts';
import { seedNetworkPolicy } from '../../commands/network-policy.ts';
import type { LedgerId } from '../../events/ids.ts';
import { Follower } from '../../roles/follower.ts';
import { daybook, startDaybook } from '../../testing/daybook-process.ts';
import type { Daybook } from '../../testing/daybook-process.ts';
import { Desk, keyNamed } from '../../testing/desk.ts';
import { contradiction } from '../../testing/offence-case.ts';
import { playWholeRun, tinyPlan } from '../../testing/whole-run.ts';

const ledger = 'evidence' as LedgerId;
const folder = mkdtempSync(join(tmpdir(), 'daybook-evidence-'));
const at = (name: string): string => join(folder, name);
const url = `file:${at('ledger')}`;
const live = ['--log', url, '--ledger', ledger];
let authority: Daybook;

beforeAll(async () => {
  await playWholeRun({
    ledger,
    open: () => openLedger(url, ledger),
    plan: { ...tinyPlan, windows: 1 },
    policy: { ladder: seedNetworkPolicy.ladder },
  });
  for (const name of ['authority', 'a passer-by', 'worker-1'])
    writeFileSync(at(name), `${keyNamed(name).seed()}\n`, { mode: 0o600 });
  writeFileSync(at('proof'), contradiction(new Desk().open(), keyNamed('worker-1'), ledger));
  writeFileSync(at('hearsay'), 'they say so');
  authority = startDaybook('authority', '--key', at('authority'), ...live);
  await authority.said('leads from entry');
});
afterAll(async () => {
  authority.kill('SIGTERM');
  await authority.ended;
  rmSync(folder, { recursive: true, force: true });
});

const submit = (file: string) =>
  daybook('evidence', 'submit', at(file), '--key', at('a passer-by'), '--json', ...live);

/** Its farewell may not have been heard any more; then its lease runs out. */
async function gone(name: string): Promise<void> {
  const { log, close } = await openLedger(url, ledger);
  const stop = new AbortController();
  const follower = new Follower(log);
  const following = follower.run(stop.signal);
  try {
    const { actor } = keyNamed(name);
    await follower.until(
      ({ members }) => ['departed', 'expired'].includes(members[actor]?.status ?? ''),
      AbortSignal.timeout(240_000),
    );
  } finally {
    stop.abort(new Error('over'));
    await following;
    await close();
  }
}

it('is recorded once, and explained; what is no evidence is not sent', async () => {
  const first = await submit('proof');
  expect(first, first.err).toMatchObject({ code: 0 });
  const { sequence } = JSON.parse(first.out) as { sequence: number };
  const again = await submit('proof');
  expect(JSON.parse(again.out)).toMatchObject({ status: 'recorded', sequence, repeated: true });
  expect(await submit('hearsay')).toMatchObject({ code: 2 });
  const explained = await daybook('explain', 'offence', 'worker-1', '-o', 'json', ...live);
  expect(JSON.parse(explained.out)).toMatchObject({
    participant: { name: 'worker-1' },
    offences: [
      { kind: 'equivocation', rung: 'slashed', state: 'open', chain: [{ sequence }, {}, {}] },
    ],
  });
  const { offence } = (JSON.parse(explained.out) as { offences: [{ offence: string }] })
    .offences[0];
  await gone('worker-1');
  const appealed = await daybook('appeal', offence, '--key', at('worker-1'), ...live);
  // Its node has left: whoever appeals is here to be answered.
  expect(appealed).toMatchObject({
    code: 1,
    err: expect.stringContaining('session_over') as string,
  });
  const told = await daybook('explain', 'offence', 'worker-1', ...live);
  expect(told.out).toContain(`#${sequence} equivocation, brought by`);
});
