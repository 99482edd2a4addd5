/**
 * A run that trains an adapter beside one that trains a whole model, on one ledger and by the same
 * parties, with real kernels: what is trained, judged, promoted and audited is the adapter alone.
 */
import { expect, it } from 'vitest';
import { MemoryWorld } from '../adapters/memory/world.ts';
import { openLedger } from '../adapters/open.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { digestOf } from '../events/digest.ts';
import type { Digest, LedgerId } from '../events/ids.ts';
import type { RunPlan } from '../projections/books.ts';
import { OneLiar } from '../testing/one-liar.ts';
import { playWholeRun, tinyPlan } from '../testing/whole-run.ts';
import { audit } from './audit/audit.ts';
import { WeightsAudit } from './audit/weights.ts';
import { ThreadLane } from './thread-lane.ts';
import { firstCheckpoint } from './work-spec.ts';

const ledger = 'adapted' as LedgerId;
const base = firstCheckpoint(tinyPlan);
const adapterPlan: RunPlan = {
  ...tinyPlan,
  run: 'tuned',
  title: 'An adapter of the head',
  adapter: {
    rank: 4,
    alpha: 8,
    targets: ['lm_head'],
    base: { digest: digestOf(base), sizeBytes: base.byteLength },
  },
};

/** Lies about the adapter, not about the whole model. */
const aboutAdapter = (delta: Uint8Array, window: number): boolean =>
  window === 1 && delta.byteLength < base.byteLength / 4;

it('trains an adapter beside a whole model, catches who alters it, and audits to the byte', async () => {
  const world = new MemoryWorld(systemClock);
  const open = () => openLedger('memory:', ledger, { memory: world });
  const liar = new OneLiar(aboutAdapter);
  const recorded = await playWholeRun({
    ledger,
    open,
    beside: adapterPlan,
    workers: liar.workers(['worker-1', 'worker-2', 'worker-3']),
  });
  const lane = await ThreadLane.open('reference', 1);
  const { artifacts, close } = await open();
  try {
    const weights = new WeightsAudit(artifacts, [lane, lane]);
    const silent = { onCheck: () => {}, onProgress: () => {} };
    const report = await audit({ ...recorded, weights, nowMs: systemClock.nowMs, ...silent });
    expect(report.checks.filter((check) => check.status !== 'ok')).toEqual([]);
    const runs = report.books?.runs ?? {};
    const lossesOf = (run: string): number[] =>
      (runs[run]?.revisions ?? []).map(({ heldOutLossMicroNats }) => heldOutLossMicroNats ?? 0);
    // An adapter that has learned nothing leaves its base as it is.
    expect(lossesOf('tuned')[0]).toBe(lossesOf('tiny')[0]);
    expect(lossesOf('tuned').at(-1)).toBeLessThan(lossesOf('tuned')[0] ?? 0);
    const sizeOf = async (digest: Digest): Promise<number> =>
      (await artifacts.get(digest)).byteLength;
    const last = runs['tuned']?.revisions.at(-1)?.checkpoint.digest as Digest;
    expect(await sizeOf(last)).toBeLessThan(base.byteLength / 4);
    const rejected = Object.values(report.books?.members ?? {}).filter((one) => one.rejected > 0);
    expect(rejected.map(({ name }) => name)).toEqual([liar.name]);
  } finally {
    await lane.close();
    await close();
  }
});
