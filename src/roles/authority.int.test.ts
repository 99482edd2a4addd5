/** The authority when it may not tick, because too many commands wait: in real time. */
import { tagged } from '../events/command-tag.ts';
import { openingOf } from '../commands/opening.ts';
import { expect, it } from 'vitest';
import { MemoryWorld } from '../adapters/memory/world.ts';
import { openLedger } from '../adapters/open.ts';
import { systemClock } from '../adapters/system-clock.ts';
import type { Command } from '../commands/command.ts';
import { encodeCommand, signCommand } from '../commands/command.ts';
import type { Clock } from '../commands/ports/clock.ts';
import { QUEUE_MAX } from '../commands/runner.ts';
import { seedPolicy } from '../commands/seed-policy.ts';
import { keyNamed, LEDGER, NONCE } from '../testing/desk.ts';
import { runAuthority } from './authority.ts';

const [key, operator, worker] = ['authority', 'operator', 'worker'].map(keyNamed) as [
  ReturnType<typeof keyNamed>,
  ReturnType<typeof keyNamed>,
  ReturnType<typeof keyNamed>,
];
const { liveness } = seedPolicy;
const participant = worker.actor;
const opening = signCommand(
  key,
  LEDGER,
  'open',
  openingOf(LEDGER, key.actor, operator.actor, NONCE),
);
const preparations: Command[] = [
  opening,
  signCommand(operator, LEDGER, tagged('policy', NONCE, null), {
    type: 'daybook.policy.adopted.v1',
    data: { ...seedPolicy, liveness: { ...liveness, heartbeatMs: 1, staleAfterMs: 20 } },
  }),
  signCommand(operator, LEDGER, tagged('admit', NONCE, null), {
    type: 'daybook.participant.admitted.v1',
    data: { participant, role: 'worker', name: 'w' },
  }),
];
const joining = signCommand(worker, LEDGER, tagged('join', NONCE, 0), {
  type: 'daybook.participant.joined.v1',
  data: { participant, session: 1, computeClass: 'exact', backend: 'test', software: 'test' },
});

/** Fails whoever asks for the time again and again without ever letting go of the thread. */
function patienceOf(calls: number): Clock {
  let left = calls;
  return {
    nowMs: () => {
      left -= 1;
      if (left < 0) throw new Error('spins');
      return systemClock.nowMs();
    },
    sleep: systemClock.sleep.bind(systemClock),
    alarm: systemClock.alarm.bind(systemClock),
  };
}

it('lets an append in flight end while more commands wait than it takes', async () => {
  const memory = new MemoryWorld(systemClock);
  const [own, other] = await Promise.all(
    [0, 1].map(() => openLedger('memory:', LEDGER, { memory })),
  );
  if (own === undefined || other === undefined) throw new Error('not open');
  let gate = Promise.resolve();
  const log = {
    ledger: own.log.ledger,
    appendsInFlight: own.log.appendsInFlight,
    head: () => own.log.head(),
    read: own.log.read.bind(own.log),
    follow: own.log.follow.bind(own.log),
    close: () => own.log.close(),
    append: async (...args: Parameters<typeof own.log.append>) => {
      await gate;
      return own.log.append(...args);
    },
  };
  const stop = new AbortController();
  const clock = patienceOf(100_000);
  const serving = runAuthority({ ...own, log, clock, key }, stop.signal);
  const request = (command: Command): Promise<Uint8Array> =>
    other.channel.request('command', encodeCommand(command), { timeoutMs: 120_000 });
  for (const command of preparations) await request(command);
  await request(joining);
  let release = (): void => {};
  gate = new Promise((resolve) => {
    release = resolve;
  });
  const beat = signCommand(worker, LEDGER, tagged('beat', NONCE, 0), {
    type: 'daybook.participant.heartbeated.v1',
    data: { participant, session: 1, beat: 1 },
  });
  const inFlight = request(beat);
  const waiting = Array.from({ length: QUEUE_MAX }, () => request(opening));
  const tooMany = request(opening).then((reply) => Buffer.from(reply).toString('utf8'));
  const answers = tooMany.then(async (reply) => {
    expect(reply).toContain('overloaded');
    // Something is due by now, and the tick that says so finds no place either.
    await systemClock.sleep(50);
    release();
    return Promise.all([inFlight, ...waiting]);
  });
  await Promise.race([answers, serving]);
  stop.abort();
  await serving;
});
