/**
 * Whole runs whose deltas are encoded, with real kernels: trained, judged and paid on what is sent,
 * error feedback going from one contribution of a worker to its next; then audited from the seed,
 * which needs no feedback to be shown.
 */
import { expect, it } from 'vitest';
import { openLedger } from '../adapters/open.ts';
import { MemoryWorld } from '../adapters/memory/world.ts';
import { systemClock } from '../adapters/system-clock.ts';
import type { LedgerId } from '../events/ids.ts';
import type { DeltaEncodingData, Submission } from '../projections/books.ts';
import { digestNamed, sparseEncoding } from '../testing/desk.ts';
import { Liar } from '../testing/liar.ts';
import type { Lie } from '../testing/liar.ts';
import { OneLiar } from '../testing/one-liar.ts';
import { playWholeRun, tinyPlan } from '../testing/whole-run.ts';
import { audit } from './audit/audit.ts';
import type { AuditReport } from './audit/audit.ts';
import { WeightsAudit } from './audit/weights.ts';
import type { Duties, Node } from './node.ts';
import type { Step } from './steps.ts';
import { ThreadLane } from './thread-lane.ts';
import { WorkerDuties } from './worker.ts';

const ledger = 'encoded' as LedgerId;
const tiles = { ...sparseEncoding, tile: 16, top: 24 };
const int8: DeltaEncodingData = {
  name: 'int8',
  statistic: 'absmax',
  block: 256,
  tile: null,
  top: null,
  decay: 0.9,
};

async function played(
  encoding: DeltaEncodingData,
  workers: Record<string, Duties>,
): Promise<{ report: AuditReport; world: MemoryWorld }> {
  const world = new MemoryWorld(systemClock);
  const recorded = await playWholeRun({
    ledger,
    open: () => openLedger('memory:', ledger, { memory: world }),
    plan: { ...tinyPlan, slots: 3, windows: 4, encoding },
    workers,
  });
  const lane = await ThreadLane.open('reference', 1);
  const { artifacts, close } = await openLedger('memory:', ledger, { memory: world });
  try {
    const weights = new WeightsAudit(artifacts, [lane, lane]);
    const silent = { onCheck: () => {}, onProgress: () => {} };
    const report = await audit({ ...recorded, weights, nowMs: systemClock.nowMs, ...silent });
    return { report, world };
  } finally {
    await lane.close();
    await close();
  }
}

const honest = () => ({
  'worker-1': new WorkerDuties(),
  'worker-2': new WorkerDuties(),
  'worker-3': new WorkerDuties(),
});

const submissionsOf = ({ books }: AuditReport): Submission[] =>
  Object.values(books?.windows ?? {}).flatMap(({ assignments }) =>
    Object.values(assignments).flatMap(({ submission }) => submission ?? []),
  );

it.each<[string, DeltaEncodingData]>([
  ['sparseloco', tiles],
  ['demo', { ...tiles, name: 'demo' }],
  ['int8', int8],
])('trains on %s deltas, and audits to the byte', async (_, encoding) => {
  const { report } = await played(encoding, honest());
  expect(report.checks.filter((check) => check.status !== 'ok')).toEqual([]);
  const submissions = submissionsOf(report);
  // After the first window every contribution goes on from what the worker's last one lost.
  expect(submissions.filter(({ encoded }) => encoded?.feedbackFrom === null)).toHaveLength(3);
  expect(submissions).toHaveLength(12);
  const losses = report.books?.runs['tiny']?.revisions.map((one) => one.heldOutLossMicroNats ?? 0);
  expect(losses?.at(-1)).toBeLessThan(losses?.[0] ?? 0);
  // Feedback is f32, so it is larger than anything that need be sent.
  const [one] = submissions;
  expect(one?.delta.sizeBytes).toBeLessThan((one?.encoded?.feedback?.sizeBytes ?? 0) / 3);
});

it('rejects a delta that is not what the feedback leads to, and pays nobody for it', async () => {
  const liar = new OneLiar((_delta, window) => window === 2);
  const { report } = await played(tiles, liar.workers(Object.keys(honest())));
  expect(report.checks.filter((check) => check.status !== 'ok')).toEqual([]);
  const rejected = Object.values(report.books?.members ?? {}).filter((one) => one.rejected > 0);
  expect(rejected.map(({ name }) => name)).toEqual([liar.name]);
});

/** Never shows what went into its delta. */
class Secretive extends WorkerDuties {
  override async perform(step: Step, node: Node, signal: AbortSignal): Promise<void> {
    if (step.kind !== 'show') await super.perform(step, node, signal);
  }
}

it('leaves out a delta that nobody can recompute, for its author shows no feedback', async () => {
  const { report } = await played(tiles, { ...honest(), 'worker-3': new Secretive() });
  expect(report.checks.filter((check) => check.status !== 'ok')).toEqual([]);
  const reasons = Object.values(report.books?.windows ?? {}).flatMap(({ assignments }) =>
    Object.values(assignments)
      .filter(({ disposition }) => disposition !== 'accepted')
      .map(({ disposition, counted, reasons: why }) => ({ disposition, counted, why })),
  );
  expect(reasons.length).toBeGreaterThan(0);
  for (const reason of reasons)
    expect(reason).toEqual({
      disposition: 'replay_required',
      counted: null,
      why: ['feedback_missing'],
    });
});

/** Commits to a feedback that its work does not leave, so that its next delta could be anything. */
const inventing: Lie = (fact) => {
  if (fact.type !== 'daybook.submission.committed.v2') return fact;
  const feedback = fact.data.feedback && { ...fact.data.feedback, digest: digestNamed('invented') };
  return { ...fact, data: { ...fact.data, feedback } };
};

it('rejects who commits to another feedback than the work leaves; the delta counts', async () => {
  const { report } = await played(tiles, {
    ...honest(),
    'worker-1': new Liar(new WorkerDuties(), inventing),
  });
  expect(report.checks.filter((check) => check.status !== 'ok')).toEqual([]);
  const rejected = Object.values(report.books?.windows ?? {}).flatMap(({ assignments }) =>
    Object.values(assignments).filter(({ disposition }) => disposition === 'rejected'),
  );
  expect(rejected).toHaveLength(1);
  expect(rejected[0]?.reasons).toEqual(['feedback_mismatch']);
  expect(rejected[0]?.counted).toBe(rejected[0]?.submission?.delta.digest);
});
