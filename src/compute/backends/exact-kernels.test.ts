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
  backends = await Promise.all([1, 2, 4].map((threads) => openExactBackend({ threads })));
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

  test('heads apart and together, as they are and turned, onto gradients and anew', () => {
    const part = fc.integer({ min: 1, max: 4 });
    const sizes = fc.tuple(
      part,
      fc.integer({ min: 1, max: 9 }),
      part,
      fc.integer({ min: 1, max: 7 }),
    );
    fc.assert(
      fc.property(
        seeds,
        sizes,
        fc.boolean(),
        (values, [batch, length, heads, half], accumulate) => {
          const shape = { batch, length, heads, headWidth: 2 * half };
          const n = batch * length * heads * 2 * half;
          same({ f32: [n, n, n] }, values, (kernels, [a, b, d]) => {
            kernels.splitHeads(a!, b!, shape, accumulate);
            kernels.mergeHeads(d!, a!, shape, accumulate);
          });
          const angles = length * half;
          same({ f32: [n, n, n, angles, angles] }, values, (kernels, [a, b, d, cos, sin]) => {
            const table = { cos: cos!, sin: sin! };
            kernels.splitRotated(a!, b!, shape, table);
            kernels.mergeRotatedBack(d!, a!, shape, table, accumulate);
          });
        },
      ),
      RUNS,
    );
  });

  test('embedding, onto gradients and anew', () => {
    const shape = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 40 }));
    const picks = fc.array(fc.nat(1000), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(seeds, shape, picks, fc.boolean(), (values, [rows, width], some, accumulate) => {
        const tokens = Uint16Array.from(some, (pick) => pick % rows);
        const n = tokens.length * width;
        same({ f32: [n, rows * width, rows * width] }, values, (kernels, [y, table, dTable]) => {
          kernels.embeddingForward(y!, table!, tokens, width);
          kernels.embeddingBackward(dTable!, y!, tokens, width, accumulate);
        });
      }),
      RUNS,
    );
  });

  test('sum of squares, from where another ended', () => {
    fc.assert(
      fc.property(seeds, size, float, (values, n, start) =>
        same({ f32: [n], f64: [1] }, values, (kernels, [data], [sum]) => {
          sum![0] = kernels.sumOfSquares(data!, Math.abs(start));
        }),
      ),
      RUNS,
    );
  });

  test('SGD with and without momentum, and LARS', () => {
    const step = { t: 3, learningRate: 0.013, weightDecay: 0.1, gradientScale: 0.7 };
    fc.assert(
      fc.property(seeds, size, fc.constantFrom(null, 0.9), (values, n, lookAhead) =>
        same({ f32: [n, n, n, n] }, values, (kernels, [p, g, b, other]) => {
          kernels.sgd(p!, g!, step);
          kernels.sgdMomentum(p!, g!, b!, step, 0.9, 0.3, lookAhead);
          kernels.lars(p!, b!, other!, step, 0.8, 0.0021);
        }),
      ),
      RUNS,
    );
  });

  test('AdamW, Adam and LAMB', () => {
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
      fc.property(seeds, size, (values, n) => {
        const each = (
          update: (
            kernels: Kernels,
            p: Float32Array,
            rest: Float32Array[],
            sum: Float64Array,
          ) => void,
        ): void =>
          same({ f32: [n, n, n, n], f64: [1] }, values, (kernels, [p, ...rest], [sum]) => {
            const v = rest[2]!;
            v.forEach((second, i) => (v[i] = Math.abs(second)));
            update(kernels, p!, rest, sum!);
          });
        each((kernels, p, [g, m, v]) => kernels.adamW(p, g!, m!, v!, factors));
        each((kernels, p, [g, m, v]) => kernels.adam(p, g!, m!, v!, factors, 0.1));
        each((kernels, p, [g, m, v], sum) => {
          kernels.lambMoments(g!, m!, v!, factors);
          sum[0] = kernels.lambSquares(p, m!, v!, factors, 0.1);
          kernels.lambMove(p, m!, v!, factors, 0.1, 0.0123);
        });
      }),
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
      kernels.embeddingForward(a!, b!, targets, width);
      kernels.embeddingBackward(e!, a!, targets, width, true);
      const shape = { batch: 7, length: 43, heads: 2, headWidth: 128 };
      kernels.splitHeads(a!, b!, shape, true);
      kernels.mergeHeads(d!, a!, shape, false);
      const table = { cos: e!.subarray(0, 43 * 64), sin: e!.subarray(7, 7 + 43 * 64) };
      kernels.splitRotated(a!, d!, shape, table);
      kernels.mergeRotatedBack(b!, a!, shape, table, true);
      const step = { t: 1, learningRate: 0.01, weightDecay: 0.1, gradientScale: 0.5 };
      kernels.sgd(a!, b!, step);
      kernels.sgdMomentum(a!, b!, d!, step, 0.9, 1, null);
      kernels.lars(a!, b!, e!, step, 0.9, 0.01);
      losses![0] = kernels.sumOfSquares(a!, 1);
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
