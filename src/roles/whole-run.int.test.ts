/** One honest run and one with a cheat, with real kernels, on the memory log; then the audit. */
import { describe, expect, it } from 'vitest';
import { openLedger } from '../adapters/open.ts';
import { MemoryWorld } from '../adapters/memory/world.ts';
import { systemClock } from '../adapters/system-clock.ts';
import type { LedgerId } from '../events/ids.ts';
import { playWholeRun, tinyPlan } from '../testing/whole-run.ts';
import { audit } from './audit/audit.ts';
import type { AuditReport } from './audit/audit.ts';
import { WeightsAudit } from './audit/weights.ts';
import { ComputeLane } from './compute-lane.ts';
import type { Recording } from './export.ts';
import { WorkerDuties } from './worker.ts';

const ledger = 'whole' as LedgerId;

async function auditOf(recorded: Recording, world: MemoryWorld): Promise<AuditReport> {
  const lane = await ComputeLane.open('reference', 1);
  const { artifacts, close } = await openLedger('memory:', ledger, { memory: world });
  try {
    return await audit({
      ...recorded,
      weights: new WeightsAudit(artifacts, [lane]),
      nowMs: systemClock.nowMs,
      onCheck: () => {},
      onProgress: () => {},
    });
  } finally {
    await lane.close();
    await close();
  }
}

describe('a whole run on the memory log', () => {
  it('trains, is validated, paid, and audits to the byte', async () => {
    const world = new MemoryWorld(systemClock);
    const recorded = await playWholeRun({
      ledger,
      open: () => openLedger('memory:', ledger, { memory: world }),
    });
    const report = await auditOf(recorded, world);
    expect(report.checks.filter((check) => check.status !== 'ok')).toEqual([]);
    const run = report.books?.runs['tiny'];
    const losses = run?.revisions.map((revision) => revision.heldOutLossMicroNats ?? 0) ?? [];
    expect(losses.length).toBeGreaterThan(2);
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
  });

  it('catches a worker that alters its delta, and the weights do not depend on it', async () => {
    const finals: (string | undefined)[] = [];
    for (const cheating of [false, true]) {
      const world = new MemoryWorld(systemClock);
      const tamper = (delta: Uint8Array): Uint8Array => {
        const altered = Uint8Array.from(delta);
        altered[altered.length - 1] = (altered[altered.length - 1] ?? 0) ^ 1;
        return altered;
      };
      const recorded = await playWholeRun({
        ledger,
        open: () => openLedger('memory:', ledger, { memory: world }),
        // As many slots as workers, so that the cheat is drawn whatever the seed.
        plan: { ...tinyPlan, slots: 3 },
        workers: {
          'worker-1': cheating ? new WorkerDuties(tamper) : new WorkerDuties(),
          'worker-2': new WorkerDuties(),
          'worker-3': new WorkerDuties(),
        },
      });
      const report = await auditOf(recorded, world);
      expect(report.checks.filter((check) => check.status !== 'ok')).toEqual([]);
      const rejected = Object.values(report.books?.members ?? {}).filter((m) => m.rejected > 0);
      expect(rejected.map((member) => member.name)).toEqual(cheating ? ['worker-1'] : []);
      finals.push(report.books?.runs['tiny']?.revisions.at(-1)?.checkpoint.digest);
    }
    expect(finals[0]).toBe(finals[1]);
  });
});
