/** Every exact backend, at every thread count, makes the reference's trace and evidence to the bit. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Backend } from '../backend.ts';
import { openBackend } from '../backends/open.ts';
import { openReferenceBackend } from '../backends/reference.ts';
import { initialCheckpoint } from '../training/contribution.ts';
import type { TrainingSpec } from '../training/spec.ts';
import { tinySpec } from '../training/tiny-spec.ts';
import type { Evidence } from './judge.ts';
import { Party } from './party.ts';
import { Referee } from './referee.ts';

const hash = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const spec: TrainingSpec = {
  model: { ...tinySpec.model, vocabSize: 259, contextLength: 33, dModel: 40, heads: 4, dFf: 72 },
  optimizer: tinySpec.optimizer,
  innerSteps: 3,
  batchPages: 3,
  stepOffset: 0,
  traceEvery: 0,
};
const pages = Array.from({ length: 9 }, (_, page) =>
  Uint16Array.from({ length: 34 }, (__, i) => (page * 31 + i * i * 7) % 259),
);
const checkpoint = initialCheckpoint(spec.model, new Uint8Array(32).fill(5));
const partyOn = (backend: Backend): Party => new Party(spec, checkpoint, pages, backend, hash);
const STEP = 2;

test.each([1, 2])('exact, %d threads', async (threads) => {
  const reference = partyOn(openReferenceBackend());
  const { entries } = await reference.traceOfStep(STEP);
  const backend = await openBackend('exact', { threads });
  try {
    const party = partyOn(backend);
    expect((await party.traceOfStep(STEP)).entries).toEqual(entries);
    // And judges: one of each kind of operation, alone.
    const referee = await Referee.open(spec, checkpoint, pages, backend, hash);
    const kinds = new Map(
      entries
        .slice(0, -1)
        .map(({ operation, phase }, index) => [`${phase} ${operation.split(' ')[0]}`, index]),
    );
    expect(kinds.size).toBeGreaterThan(15);
    for (const index of kinds.values()) {
      const entry = entries[index]!;
      const other = { ...entry, writes: [] };
      const evidence: Evidence = {
        phase: 'evidence',
        step: STEP,
        index,
        stateRoot: await reference.stateRootAt(STEP),
        agreed: '',
        entries: [entry, other],
      };
      const file = await reference.evidence(STEP, index);
      expect(await referee.judge(evidence, [file, 'not_asked'])).toMatchObject({
        first: { kind: 'stands' },
        second: { reason: 'result_wrong' },
      });
    }
  } finally {
    await backend.close();
  }
});

test('a backend that may differ in the last bits is no party to a dispute', async () => {
  const party = partyOn(await openBackend('blas', { threads: 1 }));
  await expect(party.stateRootAt(0)).rejects.toThrow('computes exactly');
});
