/** A quorum of validators that lies together has its way with the ledger, but not with the audit. */
import { describe, expect, it } from 'vitest';
import { MemoryWorld } from '../../adapters/memory/world.ts';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import type { LedgerId } from '../../events/ids.ts';
import type { Books } from '../../projections/books.ts';
import { must, openWindow } from '../../projections/books.ts';
import { Liar } from '../../testing/liar.ts';
import type { Lie } from '../../testing/liar.ts';
import { playWholeRun, tinyPlan } from '../../testing/whole-run.ts';
import type { WholeRun } from '../../testing/whole-run.ts';
import { ThreadLane } from '../thread-lane.ts';
import { ValidatorDuties } from '../validator.ts';
import { audit } from './audit.ts';
import type { Check } from './check.ts';
import { WeightsAudit } from './weights.ts';

const ledger = 'collusion' as LedgerId;

async function failures(options: Partial<WholeRun>): Promise<Check[]> {
  const memory = new MemoryWorld(systemClock);
  const open = () => openLedger('memory:', ledger, { memory });
  const recorded = await playWholeRun({ ledger, open, ...options });
  const lane = await ThreadLane.open('exact', 1);
  const { artifacts } = await open();
  const report = await audit({
    ...recorded,
    weights: new WeightsAudit(artifacts, [lane]),
    nowMs: systemClock.nowMs,
    onCheck: () => {},
    onProgress: () => {},
  });
  await lane.close();
  return report.checks.filter(({ status }) => status === 'failed');
}

describe('the audit names', () => {
  it('a momentum that the outer step does not come to', async () => {
    // The checkpoint's own bytes have a momentum's shape.
    const lie: Lie = (fact) =>
      fact.type === 'daybook.aggregation.reported.v1'
        ? { ...fact, data: { ...fact.data, momentum: fact.data.checkpoint } }
        : fact;
    const honestFirst = (books: Books): boolean => {
      const aggregation = openWindow(books, 'tiny')?.aggregation;
      return !aggregation || aggregation.reports.length > 0;
    };
    const failed = await failures({
      plan: { ...tinyPlan, windows: 1 },
      validators: {
        'validator-1': new ValidatorDuties(),
        'validator-2': new Liar(new ValidatorDuties(), lie, honestFirst),
        'validator-3': new Liar(new ValidatorDuties(), lie, honestFirst),
      },
    });
    expect(failed.map(({ name }) => name)).toEqual(['aggregations']);
    expect(failed[0]?.detail).toContain('momentum');
  });

  it('a made-up delta that counts in place of a tolerant one', async () => {
    const lie: Lie = (fact, books) => {
      if (fact.type !== 'daybook.verdict.recorded.v1') return fact;
      const { checkpoint } = must(books.runs['tiny']?.revisions[0], 'revision');
      return {
        ...fact,
        data: {
          ...fact.data,
          disposition: 'rejected',
          reasons: ['digest_mismatch'],
          recomputed: checkpoint,
        },
      };
    };
    const failed = await failures({
      plan: { ...tinyPlan, windows: 1 },
      tolerant: ['worker-1', 'worker-2', 'worker-3'],
      validators: {
        'validator-1': new Liar(new ValidatorDuties(), lie),
        'validator-2': new Liar(new ValidatorDuties(), lie),
      },
    });
    expect(failed.map(({ name }) => name)).toContain('contributions');
  });
});
