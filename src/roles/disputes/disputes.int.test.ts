/** Disputes with real kernels on the memory log: a faulty worker loses, a faulty panel is overturned. */
import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryWorld } from '../../adapters/memory/world.ts';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { openReferenceBackend } from '../../compute/backends/reference.ts';
import { Referee } from '../../compute/disputes/referee.ts';
import type { StepPlan } from '../../compute/disputes/step-plan.ts';
import { initialCheckpoint } from '../../compute/training/contribution.ts';
import { seedPolicy } from '../../commands/seed-policy.ts';
import type { EventOf, FactType, LedgerEvent } from '../../events/catalogue.ts';
import { decodeEvent } from '../../events/decode-event.ts';
import { sha256 } from '../../events/digest.ts';
import type { LedgerId } from '../../events/ids.ts';
import { splitRecording } from '../../events/recording.ts';
import type { Books } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import { balanceOf } from '../../projections/balances.ts';
import { CorruptingLane } from '../../testing/corrupting-lane.ts';
import type { Corruption } from '../../testing/corrupting-lane.ts';
import { keyNamed } from '../../testing/desk.ts';
import { TERMS } from '../../testing/dispute-case.ts';
import { Liar } from '../../testing/liar.ts';
import type { Lie } from '../../testing/liar.ts';
import { playWholeRun, tinyPlan } from '../../testing/whole-run.ts';
import type { WholeRun } from '../../testing/whole-run.ts';
import { audit } from '../audit/audit.ts';
import type { AuditReport } from '../audit/audit.ts';
import { WeightsAudit } from '../audit/weights.ts';
import type { Recording } from '../export.ts';
import type { Duties } from '../node.ts';
import { ThreadLane } from '../thread-lane.ts';
import { ValidatorDuties } from '../validator.ts';
import { trainingSpecOf } from '../work-spec.ts';
import { WorkerDuties } from '../worker.ts';

const ledger = 'disputes' as LedgerId;
const plan = { ...tinyPlan, windows: 1, traceEvery: 0 };
const STEP = 2;

let stepPlan: StepPlan;
let corruption: Corruption;
beforeAll(async () => {
  const spec = trainingSpecOf(plan, 0);
  const checkpoint = initialCheckpoint(plan.model, Buffer.from(plan.modelSeed, 'hex'));
  const pages = Array.from(
    { length: plan.innerSteps * plan.batchPages },
    () => new Uint16Array(plan.model.contextLength + 1),
  );
  const opened = await Referee.open(spec, checkpoint, pages, openReferenceBackend(), sha256);
  stepPlan = opened.plan;
  // A gradient of a weight, as a backward pass of a linear map writes it.
  const index = stepPlan.entries.findIndex(
    ({ phase, operation, writes }) =>
      phase === 'backward' && operation.startsWith('linear') && writes[0] === 'gradient 0',
  );
  expect(index).toBeGreaterThan(0);
  corruption = { step: STEP, index, element: 3 };
});

const disputesOf = (books: Books) =>
  Object.values(books.windows).flatMap(({ assignments }) =>
    Object.values(assignments).flatMap(({ dispute }) => dispute ?? []),
  );

interface Played {
  readonly recorded: Recording;
  readonly report: AuditReport;
  readonly books: Books;
  readonly events: readonly LedgerEvent[];
}

async function played(disputes: number, options: Partial<WholeRun>): Promise<Played> {
  const world = new MemoryWorld(systemClock);
  const open = () => openLedger('memory:', ledger, { memory: world });
  const recorded = await playWholeRun({
    ledger,
    open,
    plan,
    policy: { dispute: TERMS },
    workers: { 'worker-1': new WorkerDuties(), 'worker-2': new WorkerDuties() },
    validators: Object.fromEntries(NAMES.map((name) => [name, new ValidatorDuties()])),
    until: (books) => {
      const outcomes = disputesOf(books);
      const isOver = outcomes.length === disputes && !outcomes.includes('open');
      return isOver && books.runs[plan.run]?.state === 'completed';
    },
    ...options,
  });
  const lane = await ThreadLane.open('exact', 1);
  const { artifacts, close } = await open();
  const report = await audit({
    ...recorded,
    weights: new WeightsAudit(artifacts, [lane]),
    nowMs: systemClock.nowMs,
    onCheck: () => {},
    onProgress: () => {},
  });
  await lane.close();
  await close();
  const events = [...splitRecording(recorded.ndjson)].map((line) => eventOf(line));
  return { recorded, report, books: must(report.books, 'books'), events };
}

function eventOf(line: Uint8Array): LedgerEvent {
  const decoded = decodeEvent(line);
  if ('left' in decoded) throw new Error(decoded.left.message);
  return decoded.right;
}

const all = <T extends FactType>({ events }: Played, type: T): EventOf<T>[] =>
  events.filter((event): event is EventOf<T> & LedgerEvent => event.type === type);

const escrowOf = ({ books }: Played, name: string): bigint =>
  balanceOf(books, 'micro', `escrow/${keyNamed(name).actor}`);
const STAKE = BigInt(seedPolicy.rewards.stake);
const PENALTY = BigInt(seedPolicy.fraud.penalty);

describe('a worker whose machine corrupts one gradient element in one step', () => {
  it('disputes its rejection, and loses: the operation is found and run alone', async () => {
    const run = await played(1, {
      laneOf: (name, lane) => (name === 'worker-2' ? new CorruptingLane(lane, corruption) : lane),
    });
    const [resolved] = all(run, 'daybook.dispute.resolved.v1');
    expect(resolved?.data).toMatchObject({
      outcome: 'claimant_wrong',
      reasons: ['result_wrong'],
      place: {
        step: STEP,
        index: corruption.index,
        phase: 'backward',
        operation: stepPlan.entries[corruption.index]?.operation,
      },
    });
    // The root to begin with, log2 of the steps and of the entries, the end, the entry, its tensors.
    const log2 = (count: number): number => Math.ceil(Math.log2(count));
    const rounds = all(run, 'daybook.dispute.asked.v1').length;
    expect(rounds).toBeLessThanOrEqual(
      1 + log2(plan.innerSteps) + 1 + log2(stepPlan.entries.length) + 1 + 1,
    );
    expect(escrowOf(run, 'worker-2')).toBe(STAKE - PENALTY - BigInt(TERMS.bond));
    for (const name of NAMES) expect(escrowOf(run, name)).toBe(STAKE);
    expect(run.report.checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(run.report.checks.map(({ name }) => name)).toContain('disputes');
  });
});

const NAMES = ['validator-1', 'validator-2', 'validator-3', 'validator-4'];
const liars = (lie: Lie): Record<string, Duties> =>
  Object.fromEntries(NAMES.map((name) => [name, new Liar(new ValidatorDuties(), lie)]));

/** A referee that finds for the claimant, whatever it computed. */
const bribed: Lie = (fact) =>
  fact.type === 'daybook.dispute.found.v1'
    ? { ...fact, data: { ...fact.data, claimant: 'stands', defender: 'result_wrong' } }
    : fact;

/** Says of an honest delta that it was altered after training, and has another in its place. */
const slander: Lie = (fact, books) => {
  if (fact.type !== 'daybook.verdict.recorded.v1') return fact;
  const { checkpoint: recomputed } = must(books.runs[plan.run]?.revisions[0], 'revision');
  const reasons = ['digest_mismatch', 'altered_after_training'];
  return { ...fact, data: { ...fact.data, disposition: 'rejected', reasons, recomputed } };
};

describe('referees who find what they have not computed', () => {
  it('have their way with the ledger, but not with the audit', async () => {
    const run = await played(1, {
      laneOf: (name, lane) => (name === 'worker-2' ? new CorruptingLane(lane, corruption) : lane),
      validators: liars(bribed),
    });
    const [resolved] = all(run, 'daybook.dispute.resolved.v1');
    expect(resolved?.data.outcome).toBe('claimant_right');
    const [failed, ...others] = run.report.checks.filter(({ status }) => status === 'failed');
    expect(others).toEqual([]);
    expect(failed).toMatchObject({
      name: 'disputes',
      detail: expect.stringContaining('recomputed it is result_wrong and stands') as string,
    });
  });
});

describe('a panel that rejects honest workers', () => {
  it('is overturned by referees, against each of those who agreed', async () => {
    const run = await played(2, {
      laneOf: (name, lane) =>
        name.startsWith('validator') ? new CorruptingLane(lane, corruption) : lane,
    });
    const resolved = all(run, 'daybook.dispute.resolved.v1');
    expect(resolved).toHaveLength(2);
    for (const { data } of resolved) {
      expect(data).toMatchObject({
        outcome: 'claimant_right',
        reasons: ['result_wrong'],
        place: { step: STEP, index: corruption.index },
      });
      expect(data.defenders).toHaveLength(2);
      expect(data.findings).toHaveLength(4);
    }
    expect([escrowOf(run, 'worker-1'), escrowOf(run, 'worker-2')]).toEqual([STAKE, STAKE]);
    for (const { quarantine } of Object.values(run.books.members)) expect(quarantine).toEqual({});
    const failed = run.report.checks.filter(({ status }) => status === 'failed');
    expect(failed.map(({ name }) => name)).toEqual(['contributions']);
  });

  it('is overturned as well where there is no state root to begin with', async () => {
    const run = await played(2, { validators: liars(slander) });
    expect(all(run, 'daybook.dispute.asked.v1')).toEqual([]);
    for (const { data } of all(run, 'daybook.dispute.resolved.v1'))
      expect(data).toMatchObject({
        outcome: 'claimant_right',
        reasons: ['result_wrong'],
        place: null,
      });
    const failed = run.report.checks.filter(({ status }) => status === 'failed');
    expect(failed.map(({ name }) => name)).toEqual(['contributions']);
  });
});
