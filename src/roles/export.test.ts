/** An export asked for while the authority still waits for the answer to its last append. */
import { expect, it } from 'vitest';
import { MemoryWorld } from '../adapters/memory/world.ts';
import { openLedger } from '../adapters/open.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { encodeCommand, signCommand } from '../commands/command.ts';
import { openingOf } from '../commands/opening.ts';
import { splitRecording } from '../events/recording.ts';
import { keyNamed, LEDGER, NONCE } from '../testing/desk.ts';
import { runAuthority } from './authority.ts';
import { exportRecording } from './export.ts';

it('covers every entry that the log already shows', async () => {
  const memory = new MemoryWorld(systemClock);
  const open = () => openLedger('memory:', LEDGER, { memory });
  const [own, other] = [await open(), await open()];
  const key = keyNamed('authority');
  const stop = new AbortController();
  const slow = {
    ledger: own.log.ledger,
    appendsInFlight: own.log.appendsInFlight,
    head: () => own.log.head(),
    read: own.log.read.bind(own.log),
    follow: own.log.follow.bind(own.log),
    close: () => own.log.close(),
    append: async (...args: Parameters<typeof own.log.append>) => {
      const stored = await own.log.append(...args);
      await systemClock.sleep(200);
      return stored;
    },
  };
  const serving = runAuthority({ ...own, log: slow, clock: systemClock, key }, stop.signal);
  const opening = signCommand(
    key,
    LEDGER,
    'open',
    openingOf(LEDGER, key.actor, keyNamed('operator').actor, NONCE),
  );
  const answered = other.channel.request('command', encodeCommand(opening), { timeoutMs: 5000 });
  for await (const commit of other.log.follow(0 as never, stop.signal)) {
    expect(commit.count).toBe(1);
    break;
  }
  const recording = await exportRecording(other);
  expect(recording.size).toBe(1);
  expect([...splitRecording(recording.ndjson)].length).toBe(1);
  await answered;
  stop.abort();
  await serving;
});
