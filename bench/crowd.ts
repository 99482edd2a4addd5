/** A runner with many workers admitted and joined, and any number of their signed heartbeats. */
import type { Clock } from '../src/commands/ports/clock.ts';
import type { EventLog } from '../src/commands/ports/event-log.ts';
import { systemClock } from '../src/adapters/system-clock.ts';
import { encodeCommand, signCommand } from '../src/commands/command.ts';
import { openingOf } from '../src/commands/opening.ts';
import { Runner } from '../src/commands/runner.ts';
import { seedPolicy } from '../src/commands/seed-policy.ts';
import type { DataOfType, FactOf, FactType } from '../src/events/catalogue.ts';
import type { SigningKey } from '../src/events/nkey.ts';
import { keyNamed, NONCE } from '../src/testing/desk.ts';
import { tagged } from '../src/events/command-tag.ts';

const WORKERS = 500;

export interface Crowd {
  readonly runner: Runner;
  /** Signed beforehand: that is the participants' time, not the authority's. */
  readonly beats: (count: number) => Uint8Array[];
}

/** @param flightsMax groups of commands that are under way at once */
export async function crowd(
  log: EventLog,
  clock: Clock = systemClock,
  flightsMax = 1,
): Promise<Crowd> {
  const [key, operator] = [keyNamed('authority'), keyNamed('operator')];
  const runner = await Runner.open({ log, key, clock, flightsMax });
  let commands = 0;
  const signed = <T extends FactType>(by: SigningKey, type: T, data: DataOfType<T>): Uint8Array => {
    commands += 1;
    const fact = { type, data } as unknown as FactOf<T>;
    const size = by === operator ? null : runner.state.books.ledger.size;
    return encodeCommand(signCommand(by, log.ledger, tagged(`c-${commands}`, NONCE, size), fact));
  };
  const opening = openingOf(log.ledger, key.actor, operator.actor, NONCE);
  await runner.submit(encodeCommand(signCommand(key, log.ledger, 'open', opening)));
  // Leases outlast the benchmark.
  const liveness = { ...seedPolicy.liveness, leaseMs: 86_400_000 };
  await runner.submit(signed(operator, 'daybook.policy.adopted.v1', { ...seedPolicy, liveness }));
  const workers = Array.from({ length: WORKERS }, (_, n) => keyNamed(`worker-${n}`));
  await Promise.all(
    workers.flatMap((worker, n) => [
      runner.submit(
        signed(operator, 'daybook.participant.admitted.v1', {
          participant: worker.actor,
          role: 'worker',
          name: `worker-${n}`,
        }),
      ),
      runner.submit(
        signed(worker, 'daybook.participant.joined.v1', {
          participant: worker.actor,
          session: 1,
          computeClass: 'exact',
          backend: 'exact',
          software: 'bench',
        }),
      ),
    ]),
  );
  const beats = (count: number): Uint8Array[] =>
    Array.from({ length: count }, (_, n) => {
      const worker = workers[n % WORKERS] as SigningKey;
      const about = { participant: worker.actor, session: 1, beat: 1 };
      return signed(worker, 'daybook.participant.heartbeated.v1', about);
    });
  return { runner, beats };
}
