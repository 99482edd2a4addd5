/**
 * GFLOP/s of the CPU backends on square products and on the shapes of the demo model (width 128,
 * feed-forward 344, vocabulary 1024, 8 x 128 tokens, 4 heads of 32), forward and backward.
 * All numbers of a line come from one run, its backends taking turns, each the median of at least
 * five; before a line is timed, the exact results are compared with each other to the bit.
 *
 *   node bench/gemm.ts [--no-slow]     --no-slow leaves out blas and reference
 */
import { invariant } from '../src/compute/invariant.ts';
import type { Backend, BatchedGemm } from '../src/compute/backend.ts';
import { openBackend } from '../src/compute/backends/open.ts';

interface Line {
  readonly name: string;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transpose?: 'A' | 'B';
  readonly batch?: number;
}

const LINES: readonly Line[] = [
  { name: 'square 512', m: 512, n: 512, k: 512 },
  { name: 'square 1024', m: 1024, n: 1024, k: 1024 },
  { name: 'projection', m: 1024, n: 128, k: 128 },
  { name: 'feed-forward up', m: 1024, n: 344, k: 128 },
  { name: 'feed-forward down', m: 1024, n: 128, k: 344 },
  { name: 'output head', m: 1024, n: 1024, k: 128 },
  { name: 'projection dX', m: 1024, n: 128, k: 128, transpose: 'B' },
  { name: 'projection dW', m: 128, n: 128, k: 1024, transpose: 'A' },
  { name: 'up dW', m: 128, n: 344, k: 1024, transpose: 'A' },
  { name: 'down dW', m: 344, n: 128, k: 1024, transpose: 'A' },
  { name: 'head dX', m: 1024, n: 128, k: 1024, transpose: 'B' },
  { name: 'head dW', m: 128, n: 1024, k: 1024, transpose: 'A' },
  { name: 'attention scores', m: 128, n: 128, k: 32, transpose: 'B', batch: 32 },
  { name: 'attention values', m: 128, n: 32, k: 128, batch: 32 },
  { name: 'attention dV', m: 128, n: 32, k: 128, transpose: 'A', batch: 32 },
];

const MIN_RUNS = 5;
/** A fast backend is timed until it has worked this long, so that one stall cannot set its median. */
const FAST_SECONDS = 0.4;
const FAST_RUNS_MAX = 200;

const slow = !process.argv.includes('--no-slow');
const one = await openBackend('exact', { threads: 1 });
const two = await openBackend('exact', { threads: 2 });
const plain = slow
  ? [await openBackend('blas', { threads: 1 }), await openBackend('reference', { threads: 1 })]
  : [];
const backends = [one, two, ...plain];

const COLUMNS = ['exact 1', 'exact 2', ...plain.map(({ name }) => name)];
const RATIOS = ['2 thr / 1', ...plain.map(({ name }) => `/ ${name}`)];
console.log(`${'GFLOP/s, median'.padEnd(42)}${[...COLUMNS, ...RATIOS].map(cell).join('')}`);
for (const line of LINES) console.log(report(line, measured(line)));
await Promise.all(backends.map((backend) => backend.close()));

/** Median seconds of each backend. */
function measured(line: Line): number[] {
  for (const backend of backends) backend.reset();
  const runs = backends.map((backend) => prepared(backend, line));
  // Two rounds before the clock: engines compile what they see run.
  for (let round = 0; round < 2; round++) for (const { run } of runs) run();
  const [first, second] = runs.map(({ op }) => new Uint32Array(op.c.slice().buffer));
  invariant(
    first!.every((word, at) => word === second![at]),
    `${line.name}: bits differ`,
  );

  const seconds: number[][] = backends.map(() => []);
  const budget = backends.map(() => 0);
  for (let round = 0; round < FAST_RUNS_MAX; round++) {
    runs.forEach(({ run }, index) => {
      if (round >= MIN_RUNS && budget[index]! > FAST_SECONDS) return;
      const start = performance.now();
      run();
      const took = (performance.now() - start) / 1000;
      seconds[index]!.push(took);
      budget[index]! += took;
    });
  }
  return seconds.map(median);
}

function prepared(backend: Backend, line: Line): { run: () => void; op: BatchedGemm } {
  const { m, n, k, batch = 1, transpose } = line;
  const floats = (length: number): Float32Array => {
    const place = backend.alloc(length);
    for (let at = 0; at < length; at++) place[at] = Math.sin(at * 12.9898);
    return place;
  };
  const op: BatchedGemm = {
    m,
    n,
    k,
    batch,
    transA: transpose === 'A',
    transB: transpose === 'B',
    accumulate: false,
    a: floats(batch * m * k),
    b: floats(batch * k * n),
    c: floats(batch * m * n),
  };
  // The CPU backends finish before they return.
  return { run: () => void (batch === 1 ? backend.gemm(op) : backend.gemmBatched(op)), op };
}

function report(line: Line, seconds: readonly number[]): string {
  const { m, n, k, batch = 1, transpose } = line;
  const flops = 2 * batch * m * n * k;
  const rates = seconds.map((time) => flops / time / 1e9);
  const [single, double, ...others] = rates;
  const ratios = [double! / single!, ...others.map((rate) => single! / rate)];
  const op = `${transpose === 'A' ? 'At' : 'A'}.${transpose === 'B' ? 'Bt' : 'B'}`;
  const shape = `${batch > 1 ? `${batch} x ` : ''}${m}x${k}x${n} ${op}`;
  const cells = [...rates.map((rate) => rate.toFixed(2)), ...ratios.map((r) => r.toFixed(2))];
  return `${line.name.padEnd(19)}${shape.padEnd(23)}${cells.map(cell).join('')}`;
}

function cell(text: string): string {
  return text.padStart(12);
}

function median(values: readonly number[]): number {
  return values.toSorted((x, y) => x - y)[values.length >> 1]!;
}
