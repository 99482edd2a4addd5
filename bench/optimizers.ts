/**
 * Elements a second of each optimizer's step, one thread, on the tensors of the demo model (width
 * 128, 3 layers, vocabulary 1024), and how that compares with the plain AdamW step in the same run
 * (median of paired ratios; above 1 is faster; the first line, AdamW against itself, says how far a
 * ratio can be trusted). Then what rounding, the whole updater and telemetry cost, in the same measure.
 * Every line has a process of its own.
 *
 *   node bench/optimizers.ts [line]
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { initialParameters, parameterCount } from '../src/compute/model/parameters.ts';
import { adamWState, adamWStep } from '../src/compute/optim/adamw.ts';
import { groupParameters } from '../src/compute/optim/groups.ts';
import { optimizerStep, zeroState } from '../src/compute/optim/optimizer.ts';
import { openOptimizer } from '../src/compute/optim/optimizer-settings.ts';
import type { OptimizerSettings } from '../src/compute/optim/optimizer-settings.ts';
import { parseUpdateSettings } from '../src/compute/optim/update-settings.ts';
import { Updater } from '../src/compute/optim/updater.ts';
import { FULL_PRECISION, roundTensors } from '../src/compute/precision/policy.ts';
import type { FloatFormat } from '../src/compute/precision/float-formats.ts';
import type { Tensors } from '../src/compute/tensors/tensor.ts';
import { DEMO_SPEC } from './demo-model.ts';
import { pairedMedian } from './paired-median.ts';

const { model: MODEL } = DEMO_SPEC;
const ADAM = { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.1 };
const ADAMW: OptimizerSettings = { name: 'adamw', ...ADAM };
const MOMENTUM = { name: 'sgd', momentum: 0.9, dampening: 0, weightDecay: 0.1 } as const;
const OPTIMIZERS: readonly (readonly [string, OptimizerSettings])[] = [
  ['sgd', { ...MOMENTUM, momentum: 0, nesterov: false }],
  ['sgd momentum', { ...MOMENTUM, nesterov: false }],
  ['sgd Nesterov', { ...MOMENTUM, nesterov: true }],
  ['adam', { name: 'adam', ...ADAM }],
  ['adamw', ADAMW],
  [
    'lars',
    {
      name: 'lars',
      momentum: 0.9,
      trustCoefficient: 0.001,
      weightDecay: 0.1,
      adaptUndecayed: false,
    },
  ],
  ['lamb', { name: 'lamb', ...ADAM, adaptUndecayed: false }],
];
/** Small, so that any number of steps leaves the values ordinary. */
const learningRate = 1e-9;
const seed = new Uint8Array(32).fill(7);
const elements = parameterCount(MODEL);

const fresh = (): Tensors => initialParameters(MODEL, seed);
function noise(): Tensors {
  const tensors = fresh();
  let at = 0;
  for (const { data } of tensors.values()) {
    for (let i = 0; i < data.length; i += 1) data[i] = ((at++ * 7919) % 2003) / 100150 - 0.01;
  }
  return tensors;
}

const LINES = new Map<string, () => () => void>([
  ['plain adamw again', plainStep],
  ...OPTIMIZERS.map(([name, settings]) => [name, () => stepOf(settings)] as const),
  ['rounding to bf16', () => rounding('bf16')],
  ['rounding to f16', () => rounding('f16')],
  ['updater, adamw', () => update(false)],
  ['updater, telemetry', () => update(true)],
]);

const [only] = process.argv.slice(2);
if (only === undefined) {
  console.log(`${elements} elements; ratios against the plain AdamW step`);
  for (const name of LINES.keys()) {
    // What the compiler learned from one line changes the speed of the baseline in the next.
    execFileSync(process.execPath, [fileURLToPath(import.meta.url), name], { stdio: 'inherit' });
  }
} else {
  const { seconds, ratio } = pairedMedian(plainStep(), LINES.get(only)!());
  const rate = (elements / seconds / 1e6).toFixed(0).padStart(6);
  console.log(`${only.padEnd(20)}${rate} M elements/s${ratio.toFixed(2).padStart(8)} x`);
}

function plainStep(): () => void {
  const [parameters, gradients] = [fresh(), noise()];
  const state = adamWState(parameters);
  let t = 0;
  return () => {
    t += 1;
    adamWStep(parameters, gradients, state, ADAM, { t, learningRate, gradientScale: 1 });
  };
}

function stepOf(settings: OptimizerSettings): () => void {
  const [parameters, gradients] = [fresh(), noise()];
  const optimizer = openOptimizer(settings);
  const groups = groupParameters([], parameters.keys());
  const state = zeroState(optimizer, parameters, groups);
  const step = { learningRate, gradientScale: 1, groups, observer: null };
  return () => optimizerStep(optimizer, parameters, gradients, state, step);
}

function rounding(format: FloatFormat): () => void {
  const tensors = noise();
  return () => roundTensors(format, tensors);
}

/** Norm, clipping, step. */
function update(telemetry: boolean): () => void {
  const [parameters, gradients] = [fresh(), noise()];
  const settings = parseUpdateSettings({
    optimizer: ADAMW,
    schedule: { name: 'constant', learningRate, warmupSteps: 0 },
    clip: { name: 'norm', limit: 1 },
    groups: [],
    precision: FULL_PRECISION,
    lossScaling: null,
  });
  const updater = new Updater(settings, parameters, gradients, { telemetry });
  return () => void updater.step(0);
}
