/**
 * One small window trained on exact kernels, as a digest: the number that must not depend on engine,
 * processor or thread count. Runs wherever WebAssembly and WebCrypto do.
 */
import type { Backend } from '../compute/backend.ts';
import { hex } from '../compute/hex.ts';
import { heldOutLossMicroNats } from '../compute/training/held-out.ts';
import { contribute, initialCheckpoint } from '../compute/training/contribution.ts';
import { outerStep } from '../compute/training/outer-step.ts';
import type { TrainingSpec } from '../compute/training/spec.ts';

/** What every engine, processor and thread count gave: x86-64 and arm64, Node and Chromium. */
export const EXACT_DIGEST = '788983ae5d1db1dd934632c388e2fb15fea37282587fe6915720e1231ff1616c';

/** Wide and long enough that products, rows and elements are shared among threads. */
const SPEC: TrainingSpec = {
  model: {
    vocabSize: 257,
    contextLength: 64,
    dModel: 96,
    layers: 2,
    heads: 3,
    dFf: 250,
    ropeTheta: 10000,
    normEps: 1e-5,
  },
  optimizer: {
    learningRate: 3e-3,
    minLearningRate: 3e-4,
    warmupSteps: 2,
    totalSteps: 20,
    beta1: 0.9,
    beta2: 0.95,
    eps: 1e-8,
    weightDecay: 0.1,
    clipNorm: 1,
  },
  innerSteps: 3,
  batchPages: 4,
  stepOffset: 5,
  traceEvery: 0,
};

/** Hex SHA-256 over checkpoint, delta, the outer step and the held-out loss after it. */
export async function exactDigest(backend: Backend): Promise<string> {
  const { model } = SPEC;
  const pages = Array.from({ length: SPEC.innerSteps * SPEC.batchPages }, (_, page) =>
    Uint16Array.from(
      { length: model.contextLength + 1 },
      (__, i) => ((page + 1) * 7919 + i * i * 31 + i * 17) % model.vocabSize,
    ),
  );
  const checkpoint = initialCheckpoint(model, new Uint8Array(32).fill(7));
  // The state roots' hash is not what is compared here, and theirs is not asynchronous.
  const noHash = (): Uint8Array => new Uint8Array(32);
  const { delta, lossLast } = await contribute(SPEC, checkpoint, pages, backend, noHash);
  const outer = { outerLearningRate: 0.7, outerMomentum: 0.9 };
  const next = outerStep(outer, checkpoint, null, [delta, delta]);
  const loss = await heldOutLossMicroNats(model, next.checkpoint, pages, 4, backend);
  const parts = [checkpoint, delta, next.checkpoint, next.momentum];
  const hashes = await Promise.all(parts.map((part) => crypto.subtle.digest('SHA-256', part)));
  const text = `${hashes.map((bytes) => hex(new Uint8Array(bytes))).join('\n')}\n${lossLast} ${loss}\n`;
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
}
