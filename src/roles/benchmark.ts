/**
 * The benchmark behind a claim of speed: one contribution to a small model whose weights and pages
 * come from its specification alone. With exact kernels its result is the same bits everywhere, so
 * that anybody who runs it sees that it is the result; the time it took is the node's word.
 */
import { canonicalJson } from '../events/canonical-json.ts';
import type { JsonValue } from '../events/canonical-json.ts';
import type { DataOfType } from '../events/catalogue.ts';
import { digestOf } from '../events/digest.ts';
import type { Clock } from '../commands/ports/clock.ts';
import { initialCheckpoint } from '../compute/training/contribution.ts';
import type { TrainingSpec } from '../compute/training/spec.ts';
import type { ComputeLane } from './compute-lane.ts';

const SEED = '01'.repeat(32);
/** Multiplier of Knuth's linear congruential generator, to spread the tokens of the pages. */
const SPREAD = 1_664_525;

export const benchmarkSpec: TrainingSpec = {
  model: {
    vocabSize: 512,
    contextLength: 64,
    dModel: 64,
    layers: 2,
    heads: 4,
    dFf: 128,
    ropeTheta: 10_000,
    normEps: 1e-5,
  },
  optimizer: {
    learningRate: 1e-3,
    minLearningRate: 1e-4,
    warmupSteps: 0,
    totalSteps: 16,
    beta1: 0.9,
    beta2: 0.95,
    eps: 1e-8,
    weightDecay: 0.1,
    clipNorm: 1,
  },
  innerSteps: 4,
  batchPages: 4,
  stepOffset: 0,
  traceEvery: 0,
};

export type Benchmark = DataOfType<'daybook.capability.claimed.v1'>['benchmark'];

/** @throws ComputeError when the lane cannot compute it */
export async function runBenchmark(lane: ComputeLane, clock: Clock): Promise<Benchmark> {
  const { model, innerSteps, batchPages } = benchmarkSpec;
  const count = innerSteps * batchPages;
  const pages = Array.from({ length: count }, (_none, page) =>
    Uint16Array.from(
      { length: model.contextLength + 1 },
      (_token, at) => ((page * (model.contextLength + 1) + at) * SPREAD) % model.vocabSize,
    ),
  );
  const checkpoint = initialCheckpoint(model, Buffer.from(SEED, 'hex'));
  const startedMs = clock.nowMs();
  const { delta } = await lane.run('contribute', {
    spec: benchmarkSpec,
    checkpoint,
    pages,
    encoding: null,
    feedback: null,
    base: null,
  });
  const elapsedMs = Math.max(Math.round(clock.nowMs() - startedMs), 1);
  const specification = { spec: benchmarkSpec, seed: SEED, spread: SPREAD };
  return {
    specification: digestOf(
      Buffer.from(canonicalJson(specification as unknown as JsonValue), 'utf8'),
    ),
    result: digestOf(delta),
    tokens: count * model.contextLength,
    elapsedMs,
  };
}

/** Whole tokens a second, rounded down. */
export const speedOf = ({ tokens, elapsedMs }: Benchmark): number =>
  Math.floor((tokens * 1000) / elapsedMs);
