import { expect } from 'vitest';
import { Graph } from '../autodiff/graph.ts';
import { Program } from '../autodiff/program.ts';
import type { Value } from '../autodiff/value.ts';
import { testsOnDevice } from '../backends/gpu-test.ts';
import { filled } from '../backends/gemm-samples.ts';
import { expectWithinRounding } from '../backends/gemm-tolerance.ts';
import { openReferenceBackend } from '../backends/reference.ts';
import type { Backend } from '../backend.ts';
import { attention } from '../ops/attention.ts';
import { crossEntropy } from '../ops/cross-entropy.ts';
import { embedding } from '../ops/embedding.ts';
import { intoHeads, outOfHeads } from '../ops/heads.ts';
import { linear } from '../ops/linear.ts';
import { add } from '../ops/residual.ts';
import { rmsNorm } from '../ops/rmsnorm.ts';
import { rotaryHeads, rotaryTable } from '../ops/rope.ts';
import { scale } from '../ops/scale.ts';
import { swiglu } from '../ops/swiglu.ts';
import { elementCount } from '../tensors/tensor.ts';
import { DeviceMemory } from './device-memory.ts';
import { deviceProgram } from './device-program.ts';
import type { Slice } from './kernel.ts';
import { gemm } from './kernels/gemm.ts';
import { Recorder, submit } from './recorder.ts';

const onDevice = testsOnDevice();

/** Largest difference over the root mean square of what is wanted; measured on SwiftShader: below 5e-6. */
const TOLERANCE = 1e-5;

function expectNear(got: Float32Array, want: Float32Array, what: string): void {
  expect(got.length, what).toBe(want.length);
  let squares = 0;
  let apart = 0;
  for (let i = 0; i < want.length; i += 1) {
    squares += want[i]! ** 2;
    apart = Math.max(apart, Number.isNaN(got[i]!) ? Infinity : Math.abs(got[i]! - want[i]!));
  }
  const size = Math.sqrt(squares / want.length);
  expect(size, `${what} says something`).toBeGreaterThan(0);
  expect(apart / size, what).toBeLessThanOrEqual(TOLERANCE);
}

const numbers = (length: number, start: number, size = 1): Float32Array =>
  Float32Array.from({ length }, (_, i) => size * Math.sin((i + 1) * (12.9898 + start)) * 1.7);

/** A graph that ends in rows of classes, and the values to compare besides gradients. */
type Recorded = (graph: Graph, leaf: (...shape: number[]) => Value) => readonly Value[];

/** Both programs over equal leaves: values, the loss and every leaf's gradient. */
async function compared(backend: Backend, record: Recorded, checkpoint = false): Promise<void> {
  const graph = new Graph();
  const data = new Map<Value, Float32Array>();
  const leaf = (...shape: number[]): Value => {
    const value = graph.parameter(shape);
    data.set(value, numbers(elementCount(shape), data.size));
    return value;
  };
  const results = checkpoint ? graph.checkpoint(() => record(graph, leaf)) : record(graph, leaf);
  const logits = results.at(-1)!;
  const [rows, classes] = logits.shape as [number, number];
  const targets = Uint16Array.from({ length: rows }, (_, n) => (n * 7) % classes);
  const rowLosses = new Float64Array(rows);
  const loss = crossEntropy(graph, logits, { targets, losses: rowLosses });

  const wanted = new Map([...data].map(([value, { length }]) => [value, new Float32Array(length)]));
  const program = new Program(graph, {
    backend: openReferenceBackend(),
    loss,
    results,
    leaf: (value) => ({ data: data.get(value)!, gradient: wanted.get(value)! }),
  });
  await program.forward();
  const values = [...results, loss].map((value) => program.read(value).slice());
  await program.backward();

  const device = backend.device!;
  const memory = new DeviceMemory(device.gpu);
  try {
    await device.checked(async () => {
      const slices = new Map(
        [...data].map(([value, { length }]) => [
          value,
          { data: memory.alloc(length), gradient: memory.alloc(length) },
        ]),
      );
      for (const [value, slice] of slices) memory.write(slice.data, data.get(value)!);
      const made = deviceProgram(graph, {
        memory,
        loss,
        results,
        leaf: (value) => slices.get(value)!,
      });
      const kernels = await new Recorder(device.gpu, memory).compile(made.kernels);
      // Twice: a second run must not see what the first one left.
      for (let run = 0; run < 2; run += 1) {
        made.host.upload();
        submit(device.gpu, kernels);
      }
      for (const [index, value] of [...results, loss].entries())
        expectNear(await memory.read(made.sliceOf(value)), values[index]!, `value ${index}`);
      const losses = Float32Array.from(rowLosses);
      expectNear(await memory.read(made.rowLosses(targets)), losses, 'losses of rows');
      let index = 0;
      for (const [value, { gradient }] of slices)
        expectNear(await memory.read(gradient), wanted.get(value)!, `gradient ${index++}`);
    });
  } finally {
    memory.free();
  }
}

const heads = { batch: 2, length: 5, heads: 3, headWidth: 4 };
const table = rotaryTable(heads.length, heads.headWidth, 10000);
const ROWS = 10;
const WIDTH = 12;

onDevice('adds, onto a gradient that another use has begun', (backend) =>
  compared(backend, (graph, leaf) => {
    const x = leaf(ROWS, WIDTH);
    return [add(graph, add(graph, x, leaf(ROWS, WIDTH)), x)];
  }),
);

onDevice('maps linearly, twice from one input', (backend) =>
  compared(backend, (graph, leaf) => {
    const x = leaf(ROWS, WIDTH);
    const y = linear(graph, x, leaf(70, WIDTH));
    return [y, add(graph, y, linear(graph, x, leaf(70, WIDTH)))];
  }),
);

onDevice('embeds tokens, with repeated ones and the last of the table', (backend) =>
  compared(backend, (graph, leaf) => {
    const tokens = Uint16Array.from([3, 8, 3, 0, 3, 8, 1, 3]);
    return [embedding(graph, leaf(9, WIDTH), tokens)];
  }),
);

onDevice('normalises rows of any width', async (backend) => {
  for (const width of [3, 130, 1100])
    await compared(backend, (graph, leaf) => {
      const x = leaf(7, width);
      return [add(graph, rmsNorm(graph, x, leaf(width), 1e-5), x)];
    });
});

onDevice('gates', (backend) =>
  compared(backend, (graph, leaf) => {
    const gate = leaf(ROWS, 30);
    return [add(graph, swiglu(graph, gate, leaf(ROWS, 30)), gate)];
  }),
);

onDevice('splits heads and merges them', (backend) =>
  compared(backend, (graph, leaf) => {
    const split = intoHeads(graph, leaf(ROWS, WIDTH), heads);
    return [split, outOfHeads(graph, split, heads)];
  }),
);

onDevice('turns heads by position', (backend) =>
  compared(backend, (graph, leaf) => {
    const x = leaf(ROWS, WIDTH);
    const turned = rotaryHeads(graph, x, heads, table);
    return [turned, add(graph, outOfHeads(graph, turned, heads), x)];
  }),
);

onDevice('attends', (backend) =>
  compared(backend, (graph, leaf) => {
    const [q, k, v] = [leaf(6, 37, 8), leaf(6, 37, 8), leaf(6, 37, 8)];
    const shape = { batch: 2, length: 37, heads: 3, headWidth: 8 };
    const y = attention(graph, q, k, v);
    return [y, outOfHeads(graph, y, shape)];
  }),
);

onDevice('attends to itself: query, key and value one tensor', (backend) =>
  compared(backend, (graph, leaf) => {
    const x = leaf(6, 5, 4);
    return [outOfHeads(graph, attention(graph, x, x, x), heads)];
  }),
);

onDevice('computes a checkpointed segment again', (backend) =>
  compared(
    backend,
    (graph, leaf) => {
      const hidden = linear(
        graph,
        rmsNorm(graph, leaf(ROWS, WIDTH), leaf(WIDTH), 1e-5),
        leaf(20, WIDTH),
      );
      return [
        linear(graph, swiglu(graph, hidden, linear(graph, hidden, leaf(20, 20))), leaf(9, 20)),
      ];
    },
    true,
  ),
);

onDevice('takes the loss of many classes and large logits', (backend) =>
  compared(backend, (graph, leaf) => {
    const x = leaf(4, 3000);
    return [add(graph, add(graph, x, x), add(graph, x, x))];
  }),
);

onDevice('multiplies within the rounding bound of the exact sum', async ({ device }) => {
  const { gpu, checked } = device!;
  const values = [...numbers(61, 0.5)];
  const flags = [
    { transA: false, transB: false, accumulate: false },
    { transA: false, transB: true, accumulate: true },
    { transA: true, transB: false, accumulate: true },
  ];
  const shapes = [
    { batch: 1, m: 1, n: 1, k: 1 },
    { batch: 3, m: 65, n: 33, k: 9 },
    { batch: 1, m: 64, n: 128, k: 16 },
    // Enough of them for the large tiles.
    { batch: 32, m: 5, n: 129, k: 9 },
  ];
  const memory = new DeviceMemory(gpu);
  const recorder = new Recorder(gpu, memory);
  const sent = (floats: Float32Array): Slice => {
    const slice = memory.alloc(floats.length);
    memory.write(slice, floats);
    return slice;
  };
  for (const shape of shapes)
    for (const flag of flags) {
      const op = filled({ ...shape, ...flag }, values);
      const result = await checked(async () => {
        const c = sent(op.c);
        submit(gpu, await recorder.compile([gemm(op, sent(op.a), sent(op.b), c)]));
        return memory.read(c);
      });
      expectWithinRounding(op, result);
    }
  memory.free();
});

onDevice('refuses an operation that it has no kernels for, by name', async ({ device }) => {
  const graph = new Graph();
  const x = graph.parameter([2, 3]);
  const rows = { targets: new Uint16Array(2), losses: new Float64Array(2) };
  const loss = crossEntropy(graph, scale(graph, x, 2), rows);
  const memory = new DeviceMemory(device!.gpu);
  const slice = { data: memory.alloc(6), gradient: memory.alloc(6) };
  const held = memory.bytes;
  expect(() => deviceProgram(graph, { memory, loss, leaf: () => slice })).toThrow(
    expect.objectContaining({
      code: 'backend_op_unsupported',
      message: expect.stringContaining('scale'),
    }),
  );
  expect(memory.bytes).toBe(held);
  memory.free();
});
