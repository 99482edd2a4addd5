/**
 * Every story, played on the simulation, on the embedded log and on JetStream, comes out as its file
 * says - and the same on all three: the same people caught, the same paid, the same model.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { must } from '../projections/books.ts';
import { NatsServer } from '../testing/nats-server.ts';
import { outcomeOf } from './expectations.ts';
import { storyCalled, storyNames } from './library.ts';
import type { Told } from './play.ts';
import { play, SIMULATION } from './play.ts';

/** For all of them in real time. A limit for what hangs: a machine with ten times its load took 300 s. */
const PATIENCE_MS = 900_000;

const names = storyNames();
let folder: string;
let server: NatsServer;
let places: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daybook-stories-'));
  server = await NatsServer.start();
  places = [`file:${folder}`, server.url];
  // A simulation gives no turn to anything else: it comes when nobody waits for an answer any more.
  for (const where of places) {
    for (const name of names) begin(name, where);
    await Promise.allSettled(begun.values());
  }
}, PATIENCE_MS);

afterAll(async () => {
  await server.dispose();
  await rm(folder, { recursive: true, force: true });
});

/** Each waits most of its time: all of a place are played at once. */
const begun = new Map<string, Promise<Told>>();

function told(name: string, where: string): Promise<Told> {
  return must(begun.get(`${name} ${where}`), name);
}

function begin(name: string, where: string): void {
  const telling = play(name, storyCalled(name), where);
  // Whoever waits for it hears of a failure.
  telling.catch(() => undefined);
  begun.set(`${name} ${where}`, telling);
}

it('there are the stories that a training network is tried by', () => {
  expect(names).toEqual(
    expect.arrayContaining([
      'altered-delta',
      'churn-storm',
      'colluding-minority',
      'colluding-near-majority',
      'copycat',
      'double-claim',
      'equivocating-authority',
      'forged-signature',
      'lazy-validator',
      'stale-revision',
      'sybil-cluster',
      'sybil-split',
      'wrong-pages',
    ]),
  );
});

describe.each(names)('the story %s', (name) => {
  it('comes out as it says, wherever it is played', async () => {
    const simulated = await play(name, storyCalled(name), SIMULATION);
    expect(simulated.checks.filter(({ ok }) => !ok)).toEqual([]);
    const { expect: expected } = storyCalled(name);
    for (const where of places) {
      const real = await told(name, where);
      expect(real.checks.filter(({ ok }) => !ok)).toEqual([]);
      expect(outcomeOf(expected, real.findings)).toEqual(outcomeOf(expected, simulated.findings));
    }
  });
});
