/** Deltas that part though the state is agreed: one parameter, opened, tells whose is right. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { openReferenceBackend } from '../backends/reference.ts';
import { conform } from '../model/parameters.ts';
import { readSafetensors } from '../tensors/safetensors.ts';
import type { Tensors } from '../tensors/tensor.ts';
import { contribute, initialCheckpoint } from '../training/contribution.ts';
import type { TrainingSpec } from '../training/spec.ts';
import { tinySpec } from '../training/tiny-spec.ts';
import { checkDelta, partingOfDeltas } from './delta-claim.ts';
import { Party } from './party.ts';

const hash = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const spec: TrainingSpec = {
  ...tinySpec,
  innerSteps: 3,
  batchPages: 1,
  stepOffset: 0,
  traceEvery: 0,
};
const pages = [1, 2, 3].map((page) =>
  Uint16Array.from({ length: 9 }, (_, i) => (page * 11 + i) % 23),
);
const checkpoint = initialCheckpoint(spec.model, new Uint8Array(32).fill(9));
const initial = conform(spec.model, readSafetensors(checkpoint).tensors, 'checkpoint');
const party = new Party(spec, checkpoint, pages, openReferenceBackend(), hash);

test('who changes one element of a delta after training is wrong, and the other is not', async () => {
  const made = await contribute(spec, checkpoint, pages, openReferenceBackend(), hash);
  const root = made.trace.at(-1)!;
  const deltaOf = (file: Uint8Array): Tensors =>
    conform(spec.model, readSafetensors(file).tensors, 'delta');
  const honest = deltaOf(made.delta);
  expect(partingOfDeltas(initial, honest, deltaOf(made.delta))).toBe(null);
  for (const name of initial.keys()) {
    const lie = deltaOf(made.delta);
    const { data } = lie.get(name)!;
    // Minus zero is another number of bits, if no other number of value.
    data[0] = data[0] === 0 ? -0 : data[0]! * 2;
    expect(partingOfDeltas(initial, honest, lie)).toBe(name);
    const opening = await party.finalParameter(name);
    const check = (delta: Tensors, given = opening, at = root) =>
      checkDelta(name, initial, delta, at, given, hash);
    expect(check(honest)).toBe(null);
    expect(check(lie)).toMatchObject({ kind: 'wrong', reason: 'result_wrong' });
    const file = opening.file.slice();
    file[file.length - 1]! ^= 1;
    const refusal = expect.objectContaining({ code: 'evidence_invalid' });
    for (const bad of [
      { ...opening, file },
      { ...opening, path: opening.path.slice(1) },
    ])
      expect(() => check(honest, bad)).toThrow(refusal);
    expect(() => check(honest, { ...opening, file: file.subarray(8) })).toThrow(refusal);
    expect(() => check(honest, opening, root.replace(/^./, 'g'))).toThrow(refusal);
    expect(() => check(honest, { ...opening, path: ['g'.repeat(64)] })).toThrow(
      expect.objectContaining({ code: 'digest_invalid' }),
    );
  }
  await expect(party.finalParameter('nobody')).rejects.toMatchObject({
    code: 'question_out_of_range',
  });
});
