/**
 * The same run in whole slots, in stages, and in stages one of which is altered, with real kernels:
 * the checkpoints are the same to the byte, and only whoever altered something pays for it.
 */
import { expect, it } from 'vitest';
import { MemoryWorld } from '../adapters/memory/world.ts';
import { openLedger } from '../adapters/open.ts';
import { systemClock } from '../adapters/system-clock.ts';
import type { Artifacts } from '../commands/ports/artifacts.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { LedgerId } from '../events/ids.ts';
import type { Books, RunPlan } from '../projections/books.ts';
import { must } from '../projections/books.ts';
import { submittedIn } from '../projections/grouped-stages.ts';
import { OneLiar } from '../testing/one-liar.ts';
import type { WholeRun } from '../testing/whole-run.ts';
import { playWholeRun, tinyPlan } from '../testing/whole-run.ts';
import { audit } from './audit/audit.ts';
import { WeightsAudit } from './audit/weights.ts';
import { ThreadLane } from './thread-lane.ts';

const ledger = 'staged' as LedgerId;
const staged: RunPlan = { ...tinyPlan, stages: 3 };

/** Plays and audits it; the books at its end. */
async function played(run: Partial<WholeRun>): Promise<Books> {
  const world = new MemoryWorld(systemClock);
  const open = () => openLedger('memory:', ledger, { memory: world });
  const recorded = await playWholeRun({ ledger, open, ...run });
  const lane = await ThreadLane.open('reference', 1);
  const { artifacts, close } = await open();
  try {
    const weights = new WeightsAudit(artifacts, [lane, lane]);
    const silent = { onCheck: () => {}, onProgress: () => {} };
    const report = await audit({ ...recorded, weights, nowMs: systemClock.nowMs, ...silent });
    expect(report.checks.filter((check) => check.status !== 'ok')).toEqual([]);
    return must(report.books, 'books');
  } finally {
    await lane.close();
    await close();
  }
}

const checkpoints = ({ runs }: Books): string[] =>
  must(runs['tiny'], 'run').revisions.map(({ checkpoint }) => checkpoint.digest);
const stagesOf = ({ windows }: Books) => Object.values(windows).flatMap(submittedIn);

it('comes to the same bytes in stages, altered ones among them, as in whole slots', async () => {
  const whole = await played({});
  const inStages = await played({ plan: staged });
  expect(checkpoints(whole)).toHaveLength(4);
  expect(checkpoints(inStages)).toEqual(checkpoints(whole));
  expect(stagesOf(inStages)).toHaveLength(18);
  expect(stagesOf(inStages).every(({ disposition }) => disposition === 'accepted')).toBe(true);
  expect(stagesOf(inStages).every(({ stage }) => stage !== undefined)).toBe(true);

  // In the second window, whatever it does there: a state that it hands on, or a delta.
  const liar = new OneLiar((_output, window) => window === 1);
  const workers = liar.workers(['worker-1', 'worker-2', 'worker-3', 'worker-4']);
  const lied = await played({ plan: staged, workers });
  expect(checkpoints(lied)).toEqual(checkpoints(whole));
  const rejected = stagesOf(lied).filter(({ disposition }) => disposition === 'rejected');
  const authors = rejected.map(({ participant }) => lied.members[participant]?.name);
  expect(new Set(authors)).toEqual(new Set([liar.name]));
  for (const { disposition, refusedInput, participant } of stagesOf(lied))
    if (refusedInput !== undefined && lied.members[participant]?.name !== liar.name)
      expect(disposition).toBe('accepted');
});

it('has a stage done again by others where what was handed on is not to be had, then leaves its slot', async () => {
  const hidden = new Set<string>();
  // Of the first worker's states nobody else sees any.
  const storeOf = (name: string, artifacts: Artifacts): Artifacts => ({
    put: async (bytes) => {
      const put = await artifacts.put(bytes);
      if (name === 'worker-1') hidden.add(put.digest);
      return put;
    },
    get: async (digest) => {
      if (hidden.has(digest) && name.startsWith('worker') && name !== 'worker-1')
        throw new Fault('artifact_missing', 'hidden', { retryable: false });
      return artifacts.get(digest);
    },
    has: (digest) => artifacts.has(digest),
    list: () => artifacts.list(),
    close: () => artifacts.close(),
  });
  const books = await played({ plan: { ...staged, windows: 1 }, storeOf });
  const failed = Object.values(books.windows).flatMap(({ assignments }) =>
    Object.values(assignments).filter((held) => held.failed !== undefined),
  );
  for (const { failed: reason } of failed) expect(reason).toBe('input_missing');
  expect(failed.length).toBeGreaterThan(0);
  expect(stagesOf(books).every(({ disposition }) => disposition === 'accepted')).toBe(true);
});
