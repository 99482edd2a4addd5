/** Ranks in one process, on promises: whatever the way of the gradients, the bits are the same. */
import { describe, expect, test } from 'vitest';
import { openReferenceBackend } from '../backends/reference.ts';
import { initialParameters } from '../model/parameters.ts';
import type { Tensors } from '../tensors/tensor.ts';
import { NumericFault } from '../training/numeric-fault.ts';
import { tinySpec } from '../training/tiny-spec.ts';
import { alone } from './collective.ts';
import type { Collective } from './collective.ts';
import { DataParallelTrainer } from './data-parallel.ts';
import type { DataParallelOptions } from './data-parallel.ts';

const options: DataParallelOptions = {
  ...tinySpec,
  batchPages: 4,
  bucketFloats: null,
  shardOptimizer: false,
};
const initial = initialParameters(options.model, new Uint8Array(32).fill(1));
const pagesOf = (step: number): Uint16Array[] =>
  Array.from({ length: 4 }, (_, page) =>
    Uint16Array.from({ length: 9 }, (__, i) => (step * 5 + page * 7 + i) % 23),
  );

/** A group whose exchanges meet when the last rank has come; ranks come in any order. */
function groupOf(size: number): Collective[] {
  let waiting: { own: Float32Array; rank: number; go: (all: Float32Array[]) => void }[] = [];
  return Array.from({ length: size }, (_, rank) => ({
    rank,
    size,
    allGather: (own) =>
      new Promise((go) => {
        waiting.push({ own: own.slice(), rank, go });
        if (waiting.length < size) return;
        const all = waiting;
        waiting = [];
        const parts = all.toSorted((a, b) => a.rank - b.rank).map((one) => one.own);
        for (const one of all) one.go(parts.map((part) => part.slice()));
      }),
  }));
}

async function trained(
  over: Partial<DataParallelOptions>,
  group: readonly Collective[],
  from: Tensors = initial,
) {
  const trainers = group.map(
    (collective) =>
      new DataParallelTrainer({ ...options, ...over }, from, collective, openReferenceBackend()),
  );
  const losses = await Promise.all(
    trainers.map(async (trainer) => {
      const all: number[] = [];
      for (let step = 0; step < 4; step += 1) all.push((await trainer.step(pagesOf(step))).loss);
      return all;
    }),
  );
  const bits = trainers.map(({ parameters }) =>
    [...parameters.values()].map(({ data }) => [...new Uint32Array(data.slice().buffer)]),
  );
  return { losses, bits, state: trainers.map(({ stateFloats }) => stateFloats) };
}

describe('ranks of a group', () => {
  test('stay equal bit for bit, and learn', async () => {
    const { losses, bits } = await trained({}, groupOf(2));
    expect(bits[1]).toEqual(bits[0]);
    expect(losses[1]).toEqual(losses[0]);
    expect(losses[0]!.at(-1)).toBeLessThan(losses[0]![0]!);
  });

  test.each([1, 400, 1_000_000])('buckets of %i floats change no bit', async (bucketFloats) => {
    const single = await trained({}, groupOf(2));
    expect((await trained({ bucketFloats }, groupOf(2))).bits).toEqual(single.bits);
  });

  test.each([2, 4])('sharded over %i, the moments take less and no bit changes', async (size) => {
    const whole = await trained({}, groupOf(size));
    const sharded = await trained({ shardOptimizer: true, bucketFloats: 500 }, groupOf(size));
    expect(sharded.bits).toEqual(whole.bits);
    expect(sharded.losses).toEqual(whole.losses);
    const sum = sharded.state.reduce((total, floats) => total + floats, 0);
    expect(sum).toBe(whole.state[0]);
    expect(Math.max(...sharded.state)).toBeLessThanOrEqual(Math.ceil(sum / size) + 1);
  });

  test('come to what one rank comes to, but for the order of sums', async () => {
    const [one, two] = [await trained({}, [alone]), await trained({}, groupOf(2))];
    two.losses[0]!.forEach((loss, step) => expect(loss).toBeCloseTo(one.losses[0]![step]!, 4));
  });

  test('find the same fault together', async () => {
    const broken = new Map(
      [...initial].map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() }]),
    );
    broken.get('lm_head.weight')!.data[0] = NaN;
    const group = groupOf(2).map(async (collective) => {
      const trainer = new DataParallelTrainer(options, broken, collective, openReferenceBackend());
      await trainer.step(pagesOf(0));
    });
    for (const rank of group) await expect(rank).rejects.toThrow(NumericFault);
  });
});
