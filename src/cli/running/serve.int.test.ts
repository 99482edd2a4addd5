/** A worker that is to serve its states says whether there is anything to serve. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { seedNetworkPolicy } from '../../commands/network-policy.ts';
import { seedPolicy } from '../../commands/seed-policy.ts';
import type { LedgerId } from '../../events/ids.ts';
import { CommandClient } from '../../roles/command-client.ts';
import { Operator } from '../../roles/operator.ts';
import type { Daybook } from '../../testing/daybook-process.ts';
import { startDaybook } from '../../testing/daybook-process.ts';
import { keyNamed } from '../../testing/desk.ts';

const folder = mkdtempSync(join(tmpdir(), 'daybook-serve-'));
afterAll(() => rmSync(folder, { recursive: true }));

function seedOf(name: string): string {
  const file = join(folder, `${name}.nk`);
  writeFileSync(file, `${keyNamed(name).seed()}\n`, { mode: 0o600 });
  return file;
}

it('serves nothing where the policy has no terms for it, and begins when it has', async () => {
  const url = `file:${join(folder, 'ledger')}`;
  const here = ['--log', url, '--ledger', 'served'];
  const operator = keyNamed('operator');
  const all: Daybook[] = [];
  const start = (...args: string[]): Daybook => {
    const verb = startDaybook(...args);
    all.push(verb);
    return verb;
  };
  const opens = ['--key', seedOf('authority'), '--operator', operator.actor];
  await start('authority', ...here, ...opens).said('leads from entry');
  const parts = await openLedger(url, 'served' as LedgerId);
  try {
    const client = new CommandClient({ ...parts, clock: systemClock, key: operator });
    const hands = new Operator(client, parts.artifacts, new AbortController().signal);
    await hands.adoptPolicy(seedPolicy);
    const { actor } = keyNamed('worker');
    await hands.admit({ participant: actor, role: 'worker', name: 'worker' });
    const worker = start('worker', ...here, '--key', seedOf('worker'), '--serve', '0');
    await worker.said('has no states to serve: the policy has no terms for catching up');
    const { catchUp } = seedNetworkPolicy;
    await hands.adoptPolicy({ ...seedPolicy, revision: 2, catchUp });
    await worker.said('serves states at http://127.0.0.1:');
    worker.kill('SIGTERM');
    const { code, err } = await worker.ended;
    expect([code, err.match(/states/g)?.length], err).toEqual([0, 3]);
  } finally {
    for (const verb of all) verb.kill('SIGKILL');
    await parts.close();
  }
});
