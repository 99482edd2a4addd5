/**
 * Every role as an OS process, and SIGKILL for each of them in the middle of its work: the run goes
 * on, nothing acknowledged is lost, and the final weights are those of a run in which nobody died.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LedgerEvent } from '../../events/catalogue.ts';
import type { LedgerId } from '../../events/ids.ts';
import type { Books } from '../../projections/books.ts';
import { seedPolicy } from '../../commands/seed-policy.ts';
import { must } from '../../projections/books.ts';
import { audit } from '../../roles/audit/audit.ts';
import { exportRecording } from '../../roles/export.ts';
import { NatsServer } from '../../testing/nats-server.ts';
import { Crew } from './crew.ts';
import { demoPlan, demoRecipe, RUN } from './demo-plan.ts';
import { launch } from './launch.ts';

const liveness = {
  heartbeatMs: 400,
  staleAfterMs: 1500,
  expireAfterMs: 3000,
  leaseMs: 5000,
  renewBeforeMs: 2000,
  drainMs: 1000,
};

let folder: string;
let server: NatsServer;
let runs = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'daybook-crew-'));
  server = await NatsServer.start();
});

afterAll(async () => {
  await server.dispose();
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

type Meddle = (event: LedgerEvent, books: Books, crew: Crew) => void;

/** The final checkpoint of a mini run in which `meddle` sees every event. */
async function play(url: 'file' | 'nats', meddle: Meddle): Promise<string> {
  runs += 1;
  const home = join(folder, `run-${runs}`);
  const stop = new AbortController();
  const crew = new Crew(join(home, 'logs'), {
    onDeath: (name, how) => stop.abort(new Error(`${name} ended by itself: ${how}`)),
    onGiveUp: () => {},
  });
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(400_000)]);
  const shape = { size: 'mini' as const, seed: 7, windows: 2, deltas: 'f32' as const };
  try {
    const { parts, follower } = await launch(
      {
        folder: home,
        url: url === 'file' ? `file:${join(home, 'ledger')}` : server.url,
        ledger: `crew-${runs}` as LedgerId,
        plan: demoPlan(shape),
        recipe: demoRecipe(shape.size),
        policy: { ...seedPolicy, liveness },
        workers: 3,
        validators: 3,
        backend: 'exact',
        threads: 1,
        explorerPort: 0,
        extra: {},
        say: () => {},
        observe: (events, { books }) => {
          for (const event of events) meddle(event, books, crew);
        },
      },
      crew,
      signal,
    );
    await follower.until((books) => books.runs[RUN]?.state === 'completed', signal);
    const recording = await exportRecording(parts);
    const report = await audit({
      ...recording,
      weights: null,
      nowMs: () => 0,
      onCheck: () => {},
      onProgress: () => {},
    });
    expect(report.checks.filter(({ status }) => status === 'failed')).toEqual([]);
    await parts.close();
    return must(follower.books.runs[RUN]?.revisions.at(-1), 'revision').checkpoint.digest;
  } finally {
    stop.abort();
    await crew.stop(['authority', 'explorer']);
  }
}

/** Kills a member once, when the event comes, and starts it again a little later. */
function killOnce(name: string, when: (event: LedgerEvent, books: Books) => boolean): Meddle {
  let done = false;
  return (event, books, crew) => {
    if (done || !when(event, books)) return;
    done = true;
    crew.kill(name);
    setTimeout(() => crew.restart(name), 700);
  };
}

const nameOf = (books: Books, actor: string): string | undefined => books.members[actor]?.name;

describe('a crew of processes', () => {
  const undisturbed = { file: '', nats: '' };

  it('comes to the same weights on the embedded log and on JetStream', async () => {
    undisturbed.file = await play('file', () => {});
    undisturbed.nats = await play('nats', () => {});
    expect(undisturbed.nats).toBe(undisturbed.file);
  });

  for (const url of ['file', 'nats'] as const)
    it(`survives the death of authority, worker and validator (${url})`, async () => {
      const troubles = [
        killOnce('authority', (event) => event.type === 'daybook.submission.committed.v1'),
        killOnce(
          'worker-1',
          (event, books) =>
            event.type === 'daybook.assignment.claimed.v1' &&
            nameOf(books, event.actor) === 'worker-1',
        ),
        killOnce('validator-2', (event) => event.type === 'daybook.challenge.issued.v1'),
      ];
      const final = await play(url, (event, books, crew) => {
        for (const trouble of troubles) trouble(event, books, crew);
      });
      expect(final).toBe(undisturbed.file);
    });
});
