/**
 * A dispute over a contribution of the demo model, from two state roots to a finding: rounds, seconds of
 * each party and of the referee, and bytes that pass between them.
 *
 *   node bench/dispute.ts [--steps 16] [--threads 2]
 *
 * One party changes one element of one gradient at three quarters of the window. Both answer on an
 * exact backend, one after the other; a plain contribution is timed beside them.
 */
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { openExactBackend } from '../src/compute/backends/exact.ts';
import type { Answer } from '../src/compute/disputes/answers.ts';
import { answered, openDispute, questionOf } from '../src/compute/disputes/dispute.ts';
import { Party } from '../src/compute/disputes/party.ts';
import { Referee } from '../src/compute/disputes/referee.ts';
import type { OnOperation } from '../src/compute/disputes/step-program.ts';
import { chachaStream } from '../src/compute/random/chacha20.ts';
import { contribute, initialCheckpoint } from '../src/compute/training/contribution.ts';
import type { TrainingSpec } from '../src/compute/training/spec.ts';
import { DEMO_SPEC } from './demo-model.ts';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '16' },
    threads: { type: 'string', default: '2' },
  },
});
const steps = Number(values.steps);
const seed = new Uint8Array(32).fill(1);
const spec: TrainingSpec = {
  model: DEMO_SPEC.model,
  optimizer: {
    learningRate: 6e-3,
    minLearningRate: 3e-4,
    warmupSteps: 10,
    totalSteps: 100,
    beta1: 0.9,
    beta2: 0.95,
    eps: 1e-8,
    weightDecay: 0.1,
    clipNorm: 1,
  },
  innerSteps: steps,
  batchPages: 4,
  stepOffset: 0,
  traceEvery: 0,
};
const draws = chachaStream(seed, 7);
const pages = Array.from({ length: steps * spec.batchPages }, () =>
  Uint16Array.from({ length: 129 }, () => Math.floor(draws.uniform() * 1024)),
);
const hash = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const checkpoint = initialCheckpoint(spec.model, seed);
const backend = await openExactBackend({ threads: Number(values.threads) });

const seconds: Record<string, number> = {};
async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  seconds[what] = (seconds[what] ?? 0) + (performance.now() - start) / 1000;
  return result;
}

const referee = await timed('referee opens', () =>
  Referee.open(spec, checkpoint, pages, backend, hash),
);
const { plan, initialRoot } = referee;
const index = plan.entries.findIndex(({ phase, writes }) => {
  return phase === 'backward' && writes.includes('gradient 1');
});
const cheat: OnOperation = (step, at, { writes }) => {
  if (step === Math.floor((steps * 3) / 4) && at === index) writes.at(-1)!.numbers[3]! += 1e-3;
};
const partyOf = (onOperation: OnOperation = () => {}): Party =>
  new Party(spec, checkpoint, pages, backend, hash, { onOperation });
const parties = [partyOf(), partyOf(cheat)] as const;

await contribute(spec, checkpoint, pages, backend, hash);
await timed('a contribution', () => contribute(spec, checkpoint, pages, backend, hash));
const roots = [];
for (const party of parties)
  roots.push(await timed('both: state roots', () => party.stateRootAt(steps)));
const claims = roots.map((root) => [{ kind: 'state_root', step: steps, root }] as const);
let dispute = openDispute(initialRoot, [claims[0]!, claims[1]!]);
const rounds: Record<string, { rounds: number; bytes: number }> = {};
for (;;) {
  const question = questionOf(dispute, plan);
  if (question === null) break;
  const { phase } = dispute;
  const answers: Answer[] = [];
  for (const party of parties)
    answers.push(await timed(`both: ${phase}`, () => party.answer(question)));
  const bytes = answers.reduce((sum, answer) => sum + JSON.stringify(answer).length, 0);
  const before = rounds[phase] ?? { rounds: 0, bytes: 0 };
  rounds[phase] = { rounds: before.rounds + 1, bytes: before.bytes + bytes };
  dispute = await timed('referee checks', () =>
    Promise.resolve(answered(plan, dispute, [answers[0]!, answers[1]!], hash)),
  );
}
if (dispute.phase !== 'evidence') throw new Error(`ended in ${dispute.phase}`);
const evidence = dispute;
const file = await timed('one: evidence', () => parties[0].evidence(evidence.step, evidence.index));
const finding = await timed('referee judges', () => referee.judge(evidence, [file, 'not_asked']));
await backend.close();

console.log(`${plan.entries.length} entries a step, ${steps} steps, ${backend.description}`);
console.log(`parted at step ${dispute.step}, entry ${dispute.index}:`, finding);
console.table(rounds);
console.log(`evidence: ${file.length} bytes of ${dispute.entries[0].operation}`);
console.table(seconds);
