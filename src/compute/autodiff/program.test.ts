/** Graphs of all kinds: placing, sharing and recomputing storage must not change a bit. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openReferenceBackend } from '../backends/reference.ts';
import { sample } from '../ops/gradient-check.ts';
import { linear } from '../ops/linear.ts';
import { multiply } from '../ops/product.ts';
import { add } from '../ops/residual.ts';
import { rmsNorm } from '../ops/rmsnorm.ts';
import { scale } from '../ops/scale.ts';
import { sum } from '../ops/sum.ts';
import { swiglu } from '../ops/swiglu.ts';
import { placeBuffers } from './arena.ts';
import { Graph } from './graph.ts';
import type { Value } from './value.ts';
import { Program } from './program.ts';
import { schedule } from './schedule.ts';

const [ROWS, WIDTH] = [3, 4];
const backend = openReferenceBackend();

/** One recorded operation: which, and on which of the values so far. */
interface Recording {
  readonly op: number;
  readonly left: number;
  readonly right: number;
  readonly checkpointed: boolean;
}

const recording = fc.record({
  op: fc.nat(5),
  left: fc.nat(30),
  right: fc.nat(30),
  checkpointed: fc.boolean(),
});

interface Options {
  readonly checkpoint: boolean;
  /** Keep every value to the end: nothing may take its place. */
  readonly keepAll: boolean;
}

function build(recordings: readonly Recording[], { checkpoint, keepAll }: Options) {
  const graph = new Graph();
  const x = graph.parameter([ROWS, WIDTH]);
  const weight = graph.parameter([WIDTH, WIDTH]);
  const gain = graph.parameter([WIDTH]);
  const values: Value[] = [x];
  for (const { op, left, right, checkpointed } of recordings) {
    const a = values[left % values.length]!;
    const b = values[right % values.length]!;
    const record = (): Value => {
      // Two operations, so that a segment has something inside it.
      const inner = scale(graph, a, 0.5);
      if (op === 0) return linear(graph, inner, weight);
      if (op === 1) return rmsNorm(graph, inner, gain, 1e-5);
      if (op === 2) return swiglu(graph, inner, b);
      if (op === 3) return multiply(graph, inner, b);
      if (op === 4) return add(graph, inner, b);
      return add(graph, rmsNorm(graph, inner, gain, 1e-5), inner);
    };
    values.push(checkpoint && checkpointed ? graph.checkpoint(record) : record());
  }
  const loss = sum(graph, values.at(-1)!);
  const shapes = [x, weight, gain].map(({ shape }) => shape.reduce((count, n) => count * n, 1));
  const data = shapes.map((length, stream) => sample(length, stream));
  const gradients = shapes.map((length) => new Float32Array(length));
  const program = new Program(graph, {
    backend,
    loss,
    results: keepAll ? graph.nodes.filter(({ op }) => op !== null).map(({ value }) => value) : [],
    leaf: ({ id }) => ({ data: data[id]!, gradient: gradients[id]! }),
  });
  return { graph, loss, program, gradients };
}

async function run(recordings: readonly Recording[], options: Options) {
  const { program, gradients, loss } = build(recordings, options);
  // Twice: a step must not depend on what the last one left.
  for (let step = 0; step < 2; step += 1) {
    await program.forward();
    await program.backward();
  }
  return { loss: [...program.read(loss)], gradients: gradients.map((gradient) => [...gradient]) };
}

const recordings = fc.array(recording, { minLength: 1, maxLength: 14 });

test('sharing storage, and recomputing, change no bit', async () => {
  await fc.assert(
    fc.asyncProperty(recordings, async (given) => {
      const apart = await run(given, { checkpoint: false, keepAll: true });
      expect(await run(given, { checkpoint: false, keepAll: false })).toEqual(apart);
      expect(await run(given, { checkpoint: true, keepAll: false })).toEqual(apart);
    }),
    { numRuns: 150 },
  );
});

test('buffers that are needed at one step never overlap, unless one takes over from the other', () => {
  fc.assert(
    fc.property(recordings, fc.boolean(), (given, checkpoint) => {
      const { graph, loss } = build(given, { checkpoint, keepAll: false });
      const { buffers } = schedule(graph, loss, []);
      const arena = placeBuffers(buffers);
      for (const [index, one] of buffers.entries()) {
        const from = arena.offsetOf(one);
        expect(from % 64).toBe(0);
        expect(from + bytesOf(one.block)).toBeLessThanOrEqual(arena.bytes);
        for (const other of buffers.slice(index + 1)) {
          const at = arena.offsetOf(other);
          const together = one.first <= other.last && other.first <= one.last;
          const overlap = from < at + bytesOf(other.block) && at < from + bytesOf(one.block);
          const takesOver =
            (one.over.includes(other) && other.last === one.first) ||
            (other.over.includes(one) && one.last === other.first);
          // Not `expect` for each of the pairs, which takes longer than all else here.
          if (together && overlap && !takesOver) return false;
        }
      }
      return true;
    }),
    { numRuns: 100 },
  );
});

const bytesOf = ({ type, length }: { type: 'f32' | 'f64'; length: number }): number =>
  length * (type === 'f64' ? 8 : 4);

describe('checkpointing', () => {
  const deep = (checkpointed: boolean): Recording[] =>
    Array.from({ length: 14 }, (_, left) => ({ op: 5, left, right: 0, checkpointed }));

  test('keeps less than everything', () => {
    const kept = build(deep(true), { checkpoint: false, keepAll: false }).program.bytes;
    const again = build(deep(true), { checkpoint: true, keepAll: false }).program.bytes;
    expect(again).toBeLessThan(0.6 * kept);
  });

  test('is not for checkpoints inside checkpoints', () => {
    const graph = new Graph();
    expect(() => graph.checkpoint(() => graph.checkpoint(() => null))).toThrow('checkpoint inside');
  });
});

describe('what is not differentiated', () => {
  test('a program without a loss needs no gradients and keeps nothing for a backward pass', async () => {
    const graph = new Graph();
    const x = graph.parameter([ROWS, WIDTH]);
    let y = x;
    for (let depth = 0; depth < 10; depth += 1) y = add(graph, scale(graph, y, 0.5), y);
    const program = new Program(graph, {
      backend,
      results: [y],
      leaf: () => ({ data: sample(ROWS * WIDTH, 0) }),
    });
    await program.forward();
    expect(program.read(y)[0]).toBeCloseTo(sample(1, 0)[0]! * 1.5 ** 10, 3);
    expect(program.bytes).toBeLessThanOrEqual(3 * 64);
    await expect(program.backward()).rejects.toThrow('a program with a loss');
  });

  test('recorded without gradients, a value is a constant to what comes after', async () => {
    const graph = new Graph();
    const x = graph.parameter([2]);
    const squared = graph.withoutGradients(() => multiply(graph, x, x));
    const loss = sum(graph, multiply(graph, squared, x));
    const gradient = new Float32Array(2);
    const program = new Program(graph, {
      backend,
      loss,
      leaf: () => ({ data: Float32Array.of(3, -2), gradient }),
    });
    await program.forward();
    await program.backward();
    expect(program.read(loss)[0]).toBe(19);
    expect([...gradient]).toEqual([9, 4]);
  });

  test('a parameter that the loss does not depend on keeps its gradient as it is', async () => {
    const graph = new Graph();
    const [x, unused] = [graph.parameter([2]), graph.parameter([2])];
    scale(graph, unused, 2);
    const loss = sum(graph, x);
    const gradients = new Map([x, unused].map((value) => [value, Float32Array.of(7, 7)]));
    const program = new Program(graph, {
      backend,
      loss,
      leaf: (value) => ({ data: new Float32Array(2), gradient: gradients.get(value)! }),
    });
    await program.forward();
    await program.backward();
    expect([...gradients.values()].map((gradient) => [...gradient])).toEqual([
      [1, 1],
      [7, 7],
    ]);
  });
});

test('a value of another graph is refused', () => {
  const [one, other] = [new Graph(), new Graph()];
  other.parameter([1]);
  expect(() => scale(other, one.parameter([2]), 1)).toThrow('another graph');
});
