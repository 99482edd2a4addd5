/** The exact backend's kernels besides products, held to the bits of the operations' own loops. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../backend.ts';
import type { Kernels } from '../kernels.ts';
import { exp } from '../math/exp.ts';
import type { AdamWFactors } from '../optim/adamw.ts';
import { openExactBackend } from './exact.ts';
import { plainKernels } from './plain-kernels.ts';

let backends: readonly Backend[];
beforeAll(async () => {
  backends = await Promise.all([1, 2].map((threads) => openExactBackend({ threads })));
});
afterAll(() => Promise.all(backends.map((backend) => backend.close())));

/** Ordinary numbers, and such as saturate, underflow or vanish. */
const float = fc.oneof(
  { weight: 6, arbitrary: fc.float({ noNaN: true, min: -8, max: 8 }) },
  { weight: 1, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 1e-45, -1e-45, 88, -88, 104, -104, 710, -710) },
);

type Arrays = readonly (Float32Array | Float64Array)[];

/** Arrays of a kernel, filled from the seeds in turn. */
interface Setup {
  readonly f32?: readonly number[];
  readonly f64?: readonly number[];
}

/** What a kernel leaves in all its arrays. */
function left(
  kernels: Kernels,
  place: (length: number) => Float32Array,
  { f32 = [], f64 = [] }: Setup,
  seeds: readonly number[],
  call: (kernels: Kernels, floats: Float32Array[], doubles: Float64Array[]) => void,
): Arrays {
  let next = 0;
  const filled = <T extends Float32Array | Float64Array>(array: T): T => {
    for (let i = 0; i < array.length; i += 1) array[i] = seeds[next++ % seeds.length]!;
    return array;
  };
  const floats = f32.map((length) => filled(place(length)));
  const doubles = f64.map((length) => {
    const { buffer, byteOffset } = place(2 * length);
    return filled(new Float64Array(buffer, byteOffset, length));
  });
  call(kernels, floats, doubles);
  return [...floats, ...doubles];
}

/** Zero of either sign is another, NaN is one. Not `toEqual`: it takes seconds for large arrays. */
function expectSame(found: Arrays, wanted: Arrays): void {
  expect(found.length).toBe(wanted.length);
  for (const [which, array] of wanted.entries()) {
    const other = found[which]!;
    expect(other.length).toBe(array.length);
    const at = array.findIndex((value, i) => !Object.is(value, other[i]));
    if (at >= 0) expect([which, at, other[at]]).toEqual([which, at, array[at]]);
  }
}

function same(
  setup: Setup,
  seeds: readonly number[],
  call: (kernels: Kernels, floats: Float32Array[], doubles: Float64Array[]) => void,
): void {
  const plain = left(plainKernels, (length) => new Float32Array(length), setup, seeds, call);
  for (const backend of backends) {
    const place = (length: number): Float32Array => backend.alloc(length);
    expectSame(left(backend.kernels, place, setup, seeds, call), plain);
    backend.reset();
  }
  // From outside the backend's memory it is the same.
  const foreign = (length: number): Float32Array => new Float32Array(length);
  expectSame(left(backends[0]!.kernels, foreign, setup, seeds, call), plain);
}

const seeds = fc.array(float, { minLength: 7, maxLength: 40 });
const size = fc.nat(70).map((n) => n + 1);
const RUNS = { numRuns: 60 };

describe('bits equal to the loops', () => {
  test('add', () => {
    fc.assert(
      fc.property(seeds, size, (values, n) =>
        same({ f32: [n, n, n] }, values, (kernels, [y, a, b]) => kernels.add(y!, a!, b!)),
      ),
      RUNS,
    );
  });

  test('swiglu, apart and in place', () => {
    fc.assert(
      fc.property(seeds, size, (values, n) => {
        same({ f32: [n, n, n, n] }, values, (kernels, [y, s, g, u]) =>
          kernels.swigluForward(y!, s!, g!, u!),
        );
        same({ f32: [n, n, n, n] }, values, (kernels, [dy, s, g, u]) =>
          kernels.swigluBackward(g!, u!, dy!, s!, g!, u!),
        );
      }),
      RUNS,
    );
  });

  test('causal softmax', () => {
    const shape = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 19 }));
    fc.assert(
      fc.property(seeds, shape, (values, [matrices, length]) => {
        const n = matrices * length * length;
        same({ f32: [n] }, values, (kernels, [scores]) =>
          kernels.causalSoftmaxForward(scores!, matrices, length, 0.3),
        );
        same({ f32: [n, n] }, values, (kernels, [dp, p]) =>
          kernels.causalSoftmaxBackward(dp!, p!, matrices, length, 0.3),
        );
      }),
      RUNS,
    );
  });

  test('cross-entropy, apart and in place', () => {
    const shape = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 40 }));
    fc.assert(
      fc.property(seeds, shape, (values, [rows, width]) => {
        const targets = Uint16Array.from({ length: rows }, (_, n) => (n * 7) % width);
        const setup = { f32: [rows * width, rows * width], f64: [rows, rows] };
        same(setup, values, (kernels, [e, x], [losses, sums]) => {
          kernels.crossEntropyForward(losses!, sums!, e!, x!, targets, width);
          kernels.crossEntropyBackward(x!, e!, sums!, targets, width, 2);
        });
        same(setup, values, (kernels, [x], [losses, sums]) => {
          kernels.crossEntropyForward(losses!, sums!, x!, x!, targets, width);
          kernels.crossEntropyBackward(x!, x!, sums!, targets, width, 1);
        });
      }),
      RUNS,
    );
  });

  test('rmsnorm, onto gradients and anew', () => {
    const shape = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 40 }));
    fc.assert(
      fc.property(seeds, shape, fc.boolean(), (values, [rows, width], accumulate) => {
        const n = rows * width;
        const setup = { f32: [n, n, width, n, width], f64: [rows, width] };
        same(setup, values, (kernels, [y, x, gain, dx, dGain], [inverse, sums]) => {
          kernels.rmsNormForward(y!, inverse!, x!, gain!, 1e-5);
          const into = (data: Float32Array) => ({ data, accumulate });
          kernels.rmsNormBackward(into(dx!), into(dGain!), sums!, y!, x!, gain!, inverse!);
          kernels.rmsNormBackward(null, into(dGain!), sums!, y!, x!, gain!, inverse!);
          // Over the gradient that comes in.
          kernels.rmsNormBackward(into(y!), null, sums!, y!, x!, gain!, inverse!);
        });
      }),
      RUNS,
    );
  });

  test('AdamW', () => {
    const factors: AdamWFactors = {
      beta1: 0.9,
      beta2: 0.95,
      eps: 1e-8,
      keep: 1 - 3e-4,
      rate: 3e-3 / 0.271,
      inverseRoot: 1 / Math.sqrt(0.142),
      gradientScale: 0.7,
    };
    fc.assert(
      fc.property(seeds, size, (values, n) =>
        same({ f32: [n, n, n, n] }, values, (kernels, [p, g, m, v]) => {
          v!.forEach((second, i) => (v![i] = Math.abs(second)));
          kernels.adamW(p!, g!, m!, v!, factors);
        }),
      ),
      RUNS,
    );
  });
});

test('large enough to be shared out, the bits are the same', () => {
  const values = Array.from({ length: 997 }, (_, i) => Math.sin(i * 12.9898) * 5);
  const [rows, width] = [301, 257];
  const n = rows * width;
  const targets = Uint16Array.from({ length: rows }, (_, row) => (row * 31) % width);
  const setup = { f32: [n, n, width, n, width, n], f64: [rows, rows, width] };
  for (let round = 0; round < 3; round += 1)
    same(setup, values, (kernels, [a, b, gain, d, dGain, e], [losses, inverse, sums]) => {
      kernels.rmsNormForward(a!, inverse!, b!, gain!, 1e-5);
      kernels.swigluForward(d!, e!, a!, b!);
      const onto = (data: Float32Array) => ({ data, accumulate: true });
      kernels.rmsNormBackward(onto(d!), onto(dGain!), sums!, a!, b!, gain!, inverse!);
      kernels.swigluBackward(a!, b!, d!, e!, a!, b!);
      kernels.crossEntropyForward(losses!, inverse!, a!, d!, targets, width);
      kernels.crossEntropyBackward(a!, a!, inverse!, targets, width, 1);
      kernels.causalSoftmaxForward(d!, 1, width, 0.2);
      kernels.causalSoftmaxBackward(b!, d!, 1, width, 0.2);
      kernels.add(e!, a!, b!);
    });
});

test('exponentials are those of math/exp, over the range and past its ends', () => {
  const backend = backends[0]!;
  const inputs = Array.from({ length: 4001 }, (_, i) => (i - 2000) * 0.37);
  const [e, x, room] = [1, 2, 3].map(() => backend.alloc(2 * inputs.length)) as Float32Array[];
  const doubles = new Float64Array(room!.buffer, room!.byteOffset, inputs.length);
  // One row an input, beside a 0: e^x, or where x is the larger e^-x.
  inputs.forEach((input, n) => x!.set([input, 0], 2 * n));
  const losses = new Float64Array(inputs.length);
  const targets = new Uint16Array(inputs.length);
  backend.kernels.crossEntropyForward(losses, doubles, e!, x!, targets, 2);
  inputs.forEach((_, n) => {
    const rounded = Math.fround(exp(-Math.abs(x![2 * n]!)));
    expect([...e!.subarray(2 * n, 2 * n + 2)].sort()).toEqual([rounded, 1].sort());
  });
  backend.reset();
});
