/** A leader whose server falls silent, so that nothing it waits for comes: it is to stand by in time. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { openLedger } from '../adapters/open.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { encodeCommand, signCommand } from '../commands/command.ts';
import { openingOf } from '../commands/opening.ts';
import { keyNamed, LEDGER, NONCE } from '../testing/desk.ts';
import { NatsServer } from '../testing/nats-server.ts';
import { TcpProxy } from '../testing/tcp-proxy.ts';
import { runAuthority } from './authority.ts';

const LEASE_MS = 1_000;
const PATIENCE_MS = 120_000;
const key = keyNamed('authority');

/** Torn down last to first. */
const teardown: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of teardown.splice(0).toReversed()) await step();
});

it('a leader that is cut off without being told stands by, and can be stopped', async () => {
  const server = await NatsServer.start();
  teardown.push(() => server.dispose());
  const proxy = await TcpProxy.to(server.port);
  teardown.push(() => proxy.close());
  const own = await openLedger(`nats://127.0.0.1:${proxy.port}`, LEDGER);
  teardown.push(() => own.close());
  const caller = await openLedger(server.url, LEDGER);
  teardown.push(() => caller.close());
  // Every lead ends with the release of what it had claimed.
  const ended = Promise.withResolvers<string>();
  const leadership = {
    self: own.leadership.self,
    look: () => own.leadership.look(),
    claim: (leaseMs: number, revision: number) => own.leadership.claim(leaseMs, revision),
    release: (revision: number) => {
      ended.resolve('stands by');
      return own.leadership.release(revision);
    },
    close: () => own.leadership.close(),
  };
  const stop = new AbortController();
  const options = { ...own, leadership, key, clock: systemClock, leaseMs: LEASE_MS };
  const serving = runAuthority(options, stop.signal).then(() => 'stopped');
  const opening = openingOf(LEDGER, key.actor, keyNamed('operator').actor, NONCE);
  const command = encodeCommand(signCommand(key, LEDGER, 'open', opening));
  await caller.channel.request('command', command, { timeoutMs: 120_000 });
  const partedMs = performance.now();
  proxy.part();
  const tooLate = (what: string) => delay(PATIENCE_MS, what, { ref: false });
  expect(await Promise.race([ended.promise, serving, tooLate('still leads')])).toBe('stands by');
  // By then others may lead; a machine that is busy may be late, by less than any call waits for an answer.
  expect(performance.now() - partedMs).toBeLessThan(LEASE_MS + 9_000);
  stop.abort();
  expect(await Promise.race([serving, tooLate('not stopped')])).toBe('stopped');
});
