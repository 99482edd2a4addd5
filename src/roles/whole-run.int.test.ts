/** One honest run and one with a cheat, with real kernels, on the memory log; then the audit. */
import { isLeft } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { openLedger } from '../adapters/open.ts';
import { MemoryWorld } from '../adapters/memory/world.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { Fault } from '../commands/ports/fault.ts';
import { digestOf } from '../events/digest.ts';
import { decodeEntry } from '../events/entry.ts';
import type { LedgerId } from '../events/ids.ts';
import { splitRecording } from '../events/recording.ts';
import { keyNamed } from '../testing/desk.ts';
import { playWholeRun, tinyPlan } from '../testing/whole-run.ts';
import { audit } from './audit/audit.ts';
import type { AuditReport } from './audit/audit.ts';
import { WeightsAudit } from './audit/weights.ts';
import { ThreadLane } from './thread-lane.ts';
import type { Recording } from './export.ts';
import type { SignedStatement } from '../events/equivocation.ts';
import { findEquivocations } from './proofs/find-equivocation.ts';
import { encodeStep } from './steps.ts';
import { WorkerDuties } from './worker.ts';

const ledger = 'whole' as LedgerId;

async function auditOf(recorded: Recording, world: MemoryWorld): Promise<AuditReport> {
  const lane = await ThreadLane.open('reference', 1);
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

function* signedIn(ndjson: Uint8Array): Generator<SignedStatement> {
  for (const line of splitRecording(ndjson)) {
    const entry = decodeEntry(line);
    if (isLeft(entry)) throw new Error(entry.left.message);
    const { sig } = entry.right;
    if (sig !== undefined) yield { statement: entry.right, sig };
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
    expect([...findEquivocations(signedIn(recorded.ndjson))]).toEqual([]);
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

  it('counts the recomputed delta where the committed bytes are missing or damaged', async () => {
    const memory = new MemoryWorld(systemClock);
    const damaged: string[] = [];
    const recorded = await playWholeRun({
      ledger,
      open: () => openLedger('memory:', ledger, { memory }),
      plan: { ...tinyPlan, slots: 3, windows: 1 },
      // What worker-1 stores is lost; what worker-2 stores is damaged on its way.
      storeOf: (name, artifacts) => ({
        get: (digest) => artifacts.get(digest),
        has: (digest) => artifacts.has(digest),
        list: () => artifacts.list(),
        close: () => artifacts.close(),
        put: async (bytes) => {
          const info = { digest: digestOf(bytes), sizeBytes: bytes.byteLength };
          if (name === 'worker-1') return info;
          await artifacts.put(bytes);
          if (name === 'worker-2') {
            damaged.push(info.digest);
            memory.ledger(ledger).artifacts.set(info.digest, Uint8Array.of(1, 2, 3));
          }
          return info;
        },
      }),
    });
    expect(damaged.length).toBe(1);
    const report = await auditOf(recorded, memory);
    expect(report.checks.filter((check) => check.status !== 'ok')).toEqual([]);
    const members = Object.values(report.books?.members ?? {});
    const name = (actor: string) => members.find((member) => member.participant === actor)?.name;
    const verdicts = Object.values(report.books?.windows['tiny/0']?.assignments ?? {}).map(
      ({ participant, disposition, reasons, counted, submission }) => [
        name(participant),
        disposition,
        ...reasons,
        counted === submission?.delta.digest,
      ],
    );
    expect(verdicts.sort()).toEqual([
      ['worker-1', 'replay_required', 'artifact_missing', true],
      ['worker-2', 'replay_required', 'artifact_corrupt', true],
      ['worker-3', 'accepted', true],
    ]);
  });

  it('accepts a tolerant worker within the bounds, and the audit agrees', async () => {
    const memory = new MemoryWorld(systemClock);
    const recorded = await playWholeRun({
      ledger,
      open: () => openLedger('memory:', ledger, { memory }),
      plan: { ...tinyPlan, slots: 3, windows: 2 },
      tolerant: ['worker-1'],
    });
    const report = await auditOf(recorded, memory);
    expect(report.checks.filter((check) => check.status !== 'ok')).toEqual([]);
    const held = Object.values(report.books?.windows ?? {}).flatMap((window) =>
      Object.values(window.assignments),
    );
    const tolerant = held.filter(({ submission }) => submission?.computeClass === 'tolerant');
    expect(tolerant.map(({ disposition }) => disposition)).toEqual(['accepted', 'accepted']);
    // The kernels do differ in their last bits: equal digests would test nothing here.
    const recomputed = tolerant.flatMap(({ challenge, submission }) =>
      (challenge?.verdicts ?? []).map(
        (verdict) => verdict.recomputed?.digest === submission?.delta.digest,
      ),
    );
    expect(recomputed).not.toContain(true);
  });

  it('looks again for bytes that its store shows late', async () => {
    const memory = new MemoryWorld(systemClock);
    const looks = new Map<string, number>();
    const recorded = await playWholeRun({
      ledger,
      open: () => openLedger('memory:', ledger, { memory }),
      plan: { ...tinyPlan, windows: 1 },
      storeOf: (name, artifacts) => ({
        put: (bytes) => artifacts.put(bytes),
        has: (digest) => artifacts.has(digest),
        list: () => artifacts.list(),
        close: () => artifacts.close(),
        get: async (digest) => {
          const key = `${name} ${digest}`;
          looks.set(key, (looks.get(key) ?? 0) + 1);
          if (name === 'validator-1' && looks.get(key) === 1)
            throw new Fault('artifact_missing', 'not yet', { retryable: false });
          return artifacts.get(digest);
        },
      }),
    });
    const report = await auditOf(recorded, memory);
    const verdicts = Object.values(report.books?.windows['tiny/0']?.assignments ?? {}).flatMap(
      ({ challenge }) => challenge?.verdicts ?? [],
    );
    expect(verdicts.length).toBeGreaterThan(3);
    expect(verdicts.filter(({ disposition }) => disposition !== 'accepted')).toEqual([]);
  });

  it('goes on where acknowledgements are lost, and does no step twice for it', async () => {
    const memory = new MemoryWorld(systemClock);
    let lost = 0;
    const recorded = await playWholeRun({
      ledger,
      open: () => openLedger('memory:', ledger, { memory }),
      plan: { ...tinyPlan, windows: 1 },
      // The first acknowledgement of every step does not get through.
      channelOf: (_name, channel) => ({
        request: (kind, payload, options) => channel.request(kind, payload, options),
        serve: (handler, signal) => channel.serve(handler, signal),
        publishStep: (addressee, stepId, payload) =>
          channel.publishStep(addressee, stepId, payload),
        close: () => channel.close(),
        async *steps(addressee, options, signal) {
          for await (const delivery of channel.steps(addressee, options, signal)) {
            let isFirst = true;
            yield {
              ...delivery,
              ack: async () => {
                if (!isFirst) return delivery.ack();
                isFirst = false;
                lost += 1;
                throw new Fault('channel_unavailable', 'not through', { retryable: true });
              },
            };
          }
        },
      }),
    });
    const report = await auditOf(recorded, memory);
    expect(report.checks.filter((check) => check.status !== 'ok')).toEqual([]);
    expect(lost).toBeGreaterThan(5);
  });

  it('drops steps that somebody forged, and does the others', async () => {
    const memory = new MemoryWorld(systemClock);
    const open = () => openLedger('memory:', ledger, { memory });
    const { channel } = await open();
    const forged = [
      { kind: 'aggregate', about: 'nowhere/0', sequence: 0 },
      { kind: 'judge', about: 'nowhere/0/0/0', sequence: 2 ** 40 },
    ] as const;
    for (const name of ['validator-1', 'validator-2', 'validator-3'])
      for (const step of forged)
        await channel.publishStep(keyNamed(name).actor, step.kind, encodeStep(step));
    const recorded = await playWholeRun({ ledger, open, plan: { ...tinyPlan, windows: 1 } });
    const report = await auditOf(recorded, memory);
    expect(report.books?.runs['tiny']?.revisions.length).toBe(2);
  });

  it('goes on when the assigned work cannot be computed, and promotes nothing', async () => {
    const memory = new MemoryWorld(systemClock);
    // Every step multiplies the weights by -99: 24 of them leave the range of f32.
    const optimizer = { ...tinyPlan.optimizer, learningRate: 10, minLearningRate: 10 };
    const recorded = await playWholeRun({
      ledger,
      open: () => openLedger('memory:', ledger, { memory }),
      plan: {
        ...tinyPlan,
        optimizer: { ...optimizer, weightDecay: 10, warmupSteps: 0, totalSteps: 24 },
        innerSteps: 24,
        windows: 1,
      },
    });
    const report = await auditOf(recorded, memory);
    expect(report.checks.filter((check) => check.status !== 'ok')).toEqual([]);
    const window = report.books?.windows['tiny/0'];
    expect(window?.promotion).toMatchObject({
      decision: 'held_no_promotion',
      reasons: ['no_accepted_contributions'],
    });
    // Two workers say so of each slot; nobody waits for a claim to expire.
    const said = Object.values(window?.assignments ?? {}).map(({ failed }) => failed);
    expect(said).toHaveLength(4);
    for (const reason of said) expect(reason).toMatch(/^(loss|gradient)_not_finite$/);
  });
});
