/**
 * Training speed of the demo model on each exact backend, and the bits they agree on.
 *
 *   node bench/training.ts [--steps 10] [--threads 1,2] [--reference-steps 1]
 *
 * Tokens are uniform noise: speed does not depend on them. Each row trains the same window from the
 * same checkpoint (a first, unmeasured, step warms the compiler up); equal steps must give equal
 * digests. "outside gemm" is the share of the time that products do not take.
 */
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Backend } from '../src/compute/backend.ts';
import { openBackend } from '../src/compute/backends/open.ts';
import { contribute, initialCheckpoint } from '../src/compute/training/contribution.ts';
import { DEMO_SPEC, SEED, noisePages } from './demo-model.ts';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '10' },
    threads: { type: 'string', default: '1,2' },
    'reference-steps': { type: 'string', default: '1' },
  },
});

const SPEC = { ...DEMO_SPEC, innerSteps: Number(values.steps) };

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/** Wraps a synchronous backend so that the time inside its products is known. */
function timed(backend: Backend): { backend: Backend; gemmMs: () => number } {
  let total = 0;
  const measure = (run: () => void | Promise<void>): void => {
    const start = performance.now();
    void run();
    total += performance.now() - start;
  };
  return {
    backend: {
      ...backend,
      gemm: (op) => measure(() => backend.gemm(op)),
      gemmBatched: (op) => measure(() => backend.gemmBatched(op)),
    },
    gemmMs: () => total,
  };
}

async function row(label: string, backend: Backend, steps: number): Promise<void> {
  const checkpoint = initialCheckpoint(SPEC.model, SEED);
  const pages = noisePages(steps * SPEC.batchPages);
  const spec = { ...SPEC, innerSteps: steps };
  const warmup = { ...SPEC, innerSteps: 1 };
  if (steps > 1) {
    await contribute(warmup, checkpoint, pages.slice(0, SPEC.batchPages), backend, sha256);
  }
  const { backend: measured, gemmMs } = timed(backend);
  const start = performance.now();
  const { delta, tokens } = await contribute(spec, checkpoint, pages, measured, sha256);
  const ms = performance.now() - start;
  const digest = Buffer.from(sha256(delta)).toString('hex').slice(0, 16);
  console.log(
    [
      label.padEnd(20),
      `${steps} steps`.padStart(9),
      `${(ms / 1000).toFixed(2)} s`.padStart(9),
      `${Math.round((tokens / ms) * 1000)} tokens/s`.padStart(15),
      `outside gemm ${(100 * (1 - gemmMs() / ms)).toFixed(0)}%`.padStart(18),
      `delta ${digest}`,
    ].join('  '),
  );
  await backend.close();
}

for (const threads of values.threads.split(',').map(Number)) {
  const backend = await openBackend('exact', { threads });
  await row(`exact, ${threads} thread${threads === 1 ? '' : 's'}`, backend, SPEC.innerSteps);
}
const referenceSteps = Number(values['reference-steps']);
if (referenceSteps > 0) {
  await row('exact, 1 thread', await openBackend('exact', { threads: 1 }), referenceSteps);
  await row('reference', await openBackend('reference', { threads: 1 }), referenceSteps);
}
