/**
 * The registry from the command line: a worker registers itself with the consent of a key in a safe,
 * brings the stake that was paid in for it, and is found; then its key is replaced.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { seedNetworkPolicy } from '../../commands/network-policy.ts';
import { seedPolicy } from '../../commands/seed-policy.ts';
import type { LedgerId } from '../../events/ids.ts';
import { CommandClient } from '../../roles/command-client.ts';
import { Follower } from '../../roles/follower.ts';
import { Operator } from '../../roles/operator.ts';
import { daybook, startDaybook, type Daybook } from '../../testing/daybook-process.ts';
import { readKey } from '../ledger/ledger-options.ts';

const folder = mkdtempSync(join(tmpdir(), 'daybook-identity-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = ['--log', `file:${join(folder, 'run.daybook')}`, '--ledger', 'open'];
const seedOf = (name: string): string => join(folder, `${name}.nk`);

async function newKey(name: string): Promise<string> {
  const { out } = await daybook('keys', 'new', seedOf(name));
  return out.trim();
}

it('registers, stakes, is discovered, and goes on under another key', async () => {
  const names = ['authority', 'operator', 'worker', 'safe', 'second'];
  const [, operator, worker, , second] = (await Promise.all(names.map(newKey))) as string[];
  const authority = ['authority', ...at, '--key', seedOf('authority')];
  const all: Daybook[] = [];
  const start = (...args: string[]): Daybook => {
    const one = startDaybook(...args);
    all.push(one);
    return one;
  };
  start(...authority, '--operator', operator as string);
  const stop = new AbortController();
  const parts = await openLedger(at[1] as string, 'open' as LedgerId, { create: true });
  try {
    const { log, channel, artifacts } = parts;
    const follower = new Follower(log);
    void follower.run(stop.signal);
    await follower.until((books) => books.ledger.authority !== null, stop.signal);
    const key = readKey(seedOf('operator'));
    const client = new CommandClient({ channel, clock: systemClock, key, log });
    await new Operator(client, artifacts, stop.signal).adoptPolicy({
      ...seedPolicy,
      registry: seedNetworkPolicy.registry,
    });

    const consent = await daybook('identity', 'consent', seedOf('safe'), worker as string, ...at);
    expect(consent).toMatchObject({ code: 0, err: '' });
    const node = ['worker', ...at, '--key', seedOf('worker'), '--name', 'one'];
    const unregistered = start(...node);
    expect(await unregistered.said('is not registered')).toContain('--recovery');
    unregistered.kill('SIGTERM');
    await unregistered.ended;
    const working = start(...node, '--recovery', consent.out.trim());
    await follower.until((books) => Object.keys(books.members).length === 1, stop.signal);
    const paying = ['--key', seedOf('operator'), '--amount', '50000000', '--depositor', 'bank'];
    const deposit = ['identity', 'deposit', worker as string, ...at, ...paying, '--reference', 't'];
    expect((await daybook(...deposit, '--dry-run')).out).toContain('would be recorded');
    expect(await daybook(...deposit)).toMatchObject({ code: 0, err: '' });
    const again = await daybook(...deposit);
    expect([again.code, again.err]).toEqual([
      1,
      expect.stringContaining('deposit_already_recorded'),
    ]);
    await follower.until((books) => books.capabilities !== undefined, stop.signal);
    await follower.until((books) => books.stakes !== undefined, stop.signal);
    const escrow = `micro:escrow/${worker}`;
    await follower.until((books) => books.rewards.balances[escrow] !== undefined, stop.signal);

    const found = await daybook('discover', ...at, '-o', 'json', '--tokens', '1');
    expect(JSON.parse(found.out)).toMatchObject([{ name: 'one', escrow: '50000000', reasons: [] }]);
    const none = await daybook('discover', ...at, '--class', 'tolerant');
    expect(none.out).toContain('other_compute_class: ');
    expect(none.out).toContain('0 of 1 fit');

    const agreed = await daybook(
      'identity',
      'consent',
      seedOf('second'),
      worker as string,
      ...at,
      '--use',
      'key',
    );
    const rotate = ['identity', 'rotate', worker as string, ...at, '--to', agreed.out.trim()];
    const stranger = await daybook(...rotate, '--key', seedOf('second'), '--dry-run');
    expect([stranger.code, stranger.err]).toEqual([4, expect.stringContaining('not_authorised')]);
    expect(await daybook(...rotate, '--key', seedOf('safe'))).toMatchObject({ code: 0, err: '' });
    // Whoever has the old key is out: a node that goes on with it stops, and says why in a line.
    const ended = await working.ended;
    expect(ended).toMatchObject({ code: 1, err: expect.stringContaining('key_retired') as string });
    expect(ended.err).not.toContain('    at ');
    const rest = await daybook('discover', ...at, '-o', 'json');
    expect(JSON.parse(rest.out)).toMatchObject([{ participant: worker, key: second }]);
  } finally {
    stop.abort();
    for (const one of all) one.kill('SIGTERM');
    await Promise.all(all.map(({ ended }) => ended));
    await parts.close();
  }
});
