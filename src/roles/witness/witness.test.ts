/** What a witness answers, and that nothing makes it sign heads of two histories. */
import * as E from 'fp-ts/lib/Either.js';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { signCheckpoint } from '../../events/checkpoint.ts';
import { cosignaturesOf, parseWitnessKeys } from '../../events/cosignature.ts';
import { emptyRoot, leafHash } from '../../events/merkle.ts';
import type { Hash } from '../../events/merkle.ts';
import { parseNote, verifierKeyOf } from '../../events/note.ts';
import { consistencyProof, rootAt, subtreesOf } from '../../events/proofs.ts';
import { keyNamed } from '../../testing/desk.ts';
import { verifyFork } from '../../events/fork-evidence.ts';
import { formatAddCheckpoint } from './add-checkpoint.ts';
import { WitnessHeads } from './heads.ts';
import { trustedLogs } from './judge.ts';
import { addCheckpoint } from './witness.ts';
import type { WitnessOptions } from './witness.ts';

const ORIGIN = 'daybook.local/desk';
const signer = keyNamed('authority');
const verifierKey = verifierKeyOf(ORIGIN, signer.actor);
const key = keyNamed('witness');
const name = 'witness.example/w1';
const right = <T>(result: E.Either<{ readonly message: string }, T>): T => {
  if (E.isLeft(result)) throw new Error(result.left.message);
  return result.right;
};
const keys = right(parseWitnessKeys([verifierKeyOf(name, key.actor, 'cosignatureV1')]));

/** Logs of 40 entries that part ways at 0, 9 and 24. */
const logs = [40, 0, 9, 24].map((partsAt, log) =>
  Array.from({ length: 40 }, (_, i) => leafHash(Buffer.from(`${i < partsAt ? 0 : log} ${i}`))),
);
const treeOf = (log: number) => subtreesOf(logs[log] as Hash[]);
const rootOf = (log: number, size: number): Hash => rootAt(size, treeOf(log));
const headOf = (log: number, size: number, signedBy = signer): string =>
  signCheckpoint(signedBy, ORIGIN, { origin: ORIGIN, size, root: rootOf(log, size) });

const open: WitnessHeads[] = [];
afterEach(() => open.splice(0).forEach((heads) => heads.close()));

function aWitness(forks: string[] = []): WitnessOptions {
  const heads = WitnessHeads.open(':memory:', key.actor, { create: true });
  open.push(heads);
  const nowMs = () => 1_800_000_000_000;
  const onFork = (_: string, evidence: string) => void forks.push(evidence);
  return { key, name, logs: right(trustedLogs([verifierKey])), heads, nowMs, onFork };
}

const requestFor = (log: number, oldSize: number, size: number): string =>
  formatAddCheckpoint({
    oldSize,
    path: oldSize <= size ? consistencyProof(oldSize, size, treeOf(log)) : [],
    checkpoint: headOf(log, size),
  });

describe('a witness', () => {
  it('cosigns the first head and those that grow from it, also the same again', () => {
    const witness = aWitness();
    for (const [from, to] of [[0, 3] as const, [3, 3] as const, [3, 17] as const]) {
      const { status, body } = addCheckpoint(witness, requestFor(0, from, to));
      expect(status).toBe(200);
      const note = right(parseNote(headOf(0, to) + body));
      expect(right(cosignaturesOf(note, keys))).toEqual([
        { witness: keys[0], timeSeconds: 1_800_000_000 },
      ]);
    }
  });

  it('answers what the specification says to what it does not cosign', () => {
    const witness = aWitness();
    const ask = (body: string) => addCheckpoint(witness, body);
    expect(ask(requestFor(0, 0, 9)).status).toBe(200);
    const stale = ask(requestFor(0, 3, 20));
    expect(stale).toEqual({ status: 409, contentType: 'text/x.tlog.size', body: '9\n' });
    expect(ask(requestFor(0, 0, 5))).toMatchObject({ status: 409, body: '9\n' });
    expect(ask(requestFor(0, 9, 8)).status).toBe(400);
    expect(ask(requestFor(1, 9, 20)).status).toBe(422);
    const extra = { oldSize: 9, path: [emptyRoot()], checkpoint: headOf(0, 9) };
    expect(ask(formatAddCheckpoint(extra)).status).toBe(422);
    const other = { origin: 'x.example', size: 9, root: rootOf(0, 9) };
    const foreign = {
      oldSize: 9,
      path: [],
      checkpoint: signCheckpoint(signer, 'x.example', other),
    };
    expect(ask(formatAddCheckpoint(foreign)).status).toBe(404);
    const forged = { oldSize: 9, path: [], checkpoint: headOf(0, 9, keyNamed('somebody')) };
    expect(ask(formatAddCheckpoint(forged)).status).toBe(403);
    const good = requestFor(0, 9, 20);
    for (const bad of [
      '',
      good.replace('old 9', 'old 09'),
      good.replace('old 9', 'old  9'),
      good.replace('old 9', 'new 9'),
      good.replace('\n\n', '\n'),
      good.replace(/\n[^\n]+\n\n/, '\nAAAA\n\n'),
      good.slice(0, -1),
      good.replace('old 9\n', `old 9\n${'AAAA'.repeat(20_000)}\n`),
      good.replace('old 9\n', `old 9\n${`${'A'.repeat(43)}=\n`.repeat(64)}`),
    ])
      expect(ask(bad).status).toBe(400);
    expect(ask(good).status).toBe(200);
  });

  it('keeps evidence that a log signed two roots for one size', () => {
    const forks: string[] = [];
    const witness = aWitness(forks);
    addCheckpoint(witness, requestFor(0, 0, 12));
    expect(addCheckpoint(witness, requestFor(2, 12, 12)).status).toBe(409);
    expect(E.isRight(verifyFork(verifierKey, forks[0] ?? ''))).toBe(true);
  });

  it('signs heads of one history only, whatever it is asked in whatever order', () => {
    const aSize = fc.integer({ min: 0, max: 40 });
    const aLog = fc.integer({ min: 0, max: 3 });
    const aRequest = fc.record({
      log: aLog,
      /** Half of them grow a little from what is recorded, the others are of any size. */
      size: fc.option(aSize, { nil: null }),
      growth: fc.integer({ min: 0, max: 6 }),
      oldSize: fc.option(aSize, { nil: null, freq: 1 }),
      proofOf: fc.option(aLog, { nil: null, freq: 1 }),
    });
    let signed = 0;
    fc.assert(
      fc.property(fc.array(aRequest, { maxLength: 25 }), (requests) => {
        const witness = aWitness();
        const cosigned: { log: number; size: number }[] = [];
        for (const { log, growth, oldSize, proofOf, ...asked } of requests) {
          const recorded = witness.heads.of(ORIGIN)?.size ?? 0;
          const from = oldSize ?? recorded;
          const size = asked.size ?? Math.min(40, recorded + growth);
          const path = from <= size ? consistencyProof(from, size, treeOf(proofOf ?? log)) : [];
          const checkpoint = headOf(log, size);
          const body = formatAddCheckpoint({ oldSize: from, path, checkpoint });
          if (addCheckpoint(witness, body).status === 200) cosigned.push({ log, size });
        }
        signed += cosigned.length;
        for (const [index, later] of cosigned.entries())
          for (const earlier of cosigned.slice(0, index)) {
            expect(earlier.size).toBeLessThanOrEqual(later.size);
            expect(rootOf(later.log, earlier.size)).toEqual(rootOf(earlier.log, earlier.size));
          }
      }),
      { numRuns: 150 },
    );
    expect(signed).toBeGreaterThan(150);
  });
});

describe('its record', () => {
  it('refuses by itself what a witness would not sign', () => {
    const heads = WitnessHeads.open(':memory:', key.actor, { create: true });
    open.push(heads);
    const head = (log: number, size: number) => ({ size, root: rootOf(log, size), note: 'x' });
    heads.record(ORIGIN, head(0, 20));
    expect(() => heads.record(ORIGIN, head(0, 19))).toThrow('only grows');
    expect(() => heads.record(ORIGIN, head(1, 20))).toThrow('only grows');
    heads.record(ORIGIN, head(0, 20));
    expect(heads.of(ORIGIN)).toMatchObject({ size: 20 });
  });
});
