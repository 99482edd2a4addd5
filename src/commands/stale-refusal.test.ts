/** What an authority refuses, it refuses at the end of the log and not where its own fold stands. */
import { expect, it } from 'vitest';
import { openLog } from '../adapters/memory/event-log.ts';
import { MemoryWorld } from '../adapters/memory/world.ts';
import { tagged } from '../events/command-tag.ts';
import { keyNamed, LEDGER, START_MS } from '../testing/desk.ts';
import { encodeCommand, signCommand } from './command.ts';
import { openingOf } from './opening.ts';
import type { Clock } from './ports/clock.ts';
import type { EventLog } from './ports/event-log.ts';
import { Fault } from './ports/fault.ts';
import { Runner } from './runner.ts';
import { seedPolicy } from './seed-policy.ts';

const authority = keyNamed('authority');
const operator = keyNamed('operator');
const NONCE = '0a'.repeat(32);
const clock: Clock = { nowMs: () => START_MS, sleep: async () => {}, alarm: () => () => {} };
const opening = encodeCommand(
  signCommand(authority, LEDGER, 'open', openingOf(LEDGER, authority.actor, operator.actor, NONCE)),
);
const policy = (id: string, revision: number): Uint8Array =>
  encodeCommand(
    signCommand(operator, LEDGER, tagged(id, NONCE, null), {
      type: 'daybook.policy.adopted.v1',
      data: { ...seedPolicy, revision },
    }),
  );
const open = (log: EventLog): Promise<Runner> => Runner.open({ log, key: authority, clock });

it('an authority that has not seen what another recorded does not refuse for the lack of it', async () => {
  const log = openLog(new MemoryWorld(clock), LEDGER);
  const [first, second] = [await open(log), await open(log)];
  await first.submit(opening);
  expect(await second.submit(policy('one', 1))).toMatchObject({ status: 'recorded', sequence: 1 });
  expect(await first.submit(policy('two', 2))).toMatchObject({ status: 'recorded', sequence: 2 });
  expect(await second.submit(policy('again', 2))).toMatchObject({
    code: 'policy_revision_out_of_step',
  });
});

it('an authority that cannot see the end of the log refuses nothing', async () => {
  const log = openLog(new MemoryWorld(clock), LEDGER);
  const away = new Fault('log_unavailable', 'away', { retryable: true });
  const cutOff: EventLog = {
    ledger: log.ledger,
    appendsInFlight: log.appendsInFlight,
    head: () => Promise.reject(away),
    append: () => Promise.reject(away),
    read: (after) => log.read(after),
    follow: (after, signal) => log.follow(after, signal),
    close: () => log.close(),
  };
  const runner = await open(cutOff);
  expect(await runner.submit(policy('early', 1))).toMatchObject({
    status: 'fault',
    code: 'log_unavailable',
  });
});
