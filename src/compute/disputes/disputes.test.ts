/** A party that corrupts one gradient element in one step, found in log2 rounds and one operation. */
import * as fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { BoundPass } from '../autodiff/program.ts';
import { openReferenceBackend } from '../backends/reference.ts';
import { initialParameters } from '../model/parameters.ts';
import type { Tensors } from '../tensors/tensor.ts';
import { stateRoot } from '../training/state-root.ts';
import { allocateTrainer, applyGradients } from '../training/trainer.ts';
import type { Trainer } from '../training/trainer.ts';
import { tinySpec } from '../training/tiny-spec.ts';
import type { TrainingSpec } from '../training/spec.ts';
import { narrowed, nextPosition, openBisection } from './bisection.ts';
import type { Bisection } from './bisection.ts';
import { readsOf } from './pass-storage.ts';
import type { Numbers } from './pass-storage.ts';
import { judgePass } from './referee.ts';
import { traceStep } from './step-trace.ts';
import type { OnPass } from './step-trace.ts';

const hash = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const STEPS = 6;
const spec: TrainingSpec = {
  ...tinySpec,
  innerSteps: STEPS,
  batchPages: 2,
  stepOffset: 0,
  traceEvery: 1,
};
const initial = initialParameters(spec.model, new Uint8Array(32).fill(1));
const pagesOf = (step: number): Uint16Array[] =>
  [0, 1].map((page) => Uint16Array.from({ length: 9 }, (_, i) => (step * 5 + page * 7 + i) % 23));

const copyOf = (tensors: Tensors): Tensors =>
  new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));

/** Trains all steps; answers the state roots, and what it began each step with. */
async function train(onPass: (step: number) => OnPass) {
  const trainer = allocateTrainer(spec, initial, openReferenceBackend());
  const roots = [rootOf(trainer, 0)];
  const before: Tensors[] = [];
  for (let step = 0; step < STEPS; step += 1) {
    before.push(copyOf(trainer.parameters));
    trainer.model.load(pagesOf(step));
    await traceStep(trainer.model.program, hash, onPass(step));
    applyGradients(trainer, step);
    roots.push(rootOf(trainer, step + 1));
  }
  return { roots, before };
}
const rootOf = ({ parameters, moments }: Trainer, steps: number): string =>
  stateRoot(steps, parameters, moments, hash);

/** One step again, from its parameters: the trace, and what the wanted pass read. */
async function retrace(from: Tensors, step: number, onPass: OnPass) {
  const trainer = allocateTrainer(spec, from, openReferenceBackend());
  trainer.model.load(pagesOf(step));
  return { trainer, trace: await traceStep(trainer.model.program, hash, onPass) };
}

/** Where two lists of digests part, asking for one position a round. */
function bisect(one: readonly string[], other: readonly string[]): Bisection & { rounds: number } {
  let bisection = openBisection(one.length - 1);
  let rounds = 0;
  for (;;) {
    const position = nextPosition(bisection);
    if (position === null) return { ...bisection, rounds };
    bisection = narrowed(bisection, one[position] === other[position]);
    rounds += 1;
  }
}

test('a bisection ends between an agreed and a disputed position, in log2 rounds', () => {
  const same = fc.array(fc.boolean(), { minLength: 2, maxLength: 300 });
  fc.assert(
    fc.property(same, (flags) => {
      const one = flags.map(String);
      const other = flags.map((flag, i) =>
        i === 0 ? String(flag) : i === flags.length - 1 ? 'else' : flag ? 'true' : 'else',
      );
      const { agreed, disputed, rounds } = bisect(one, other);
      expect(disputed).toBe(agreed + 1);
      expect([one[agreed] === other[agreed], one[disputed] === other[disputed]]).toEqual([
        true,
        false,
      ]);
      expect(rounds).toBeLessThanOrEqual(Math.ceil(Math.log2(flags.length)));
    }),
  );
});

describe('one gradient element changed in one step', () => {
  const CHEAT = { step: 3, pass: 40 };
  const cheat = (index: number, { places }: BoundPass): void => {
    const gradient = places.gradients.find((one) => one !== null);
    if (index === CHEAT.pass && gradient) gradient.data[1]! += 1e-3;
  };
  const asCheat = (step: number): OnPass => (step === CHEAT.step ? cheat : () => {});

  test('is found at its step, at its operation, and judged there alone', async () => {
    const honest = await train(() => () => {});
    const liar = await train(asCheat);
    const steps = bisect(honest.roots, liar.roots);
    expect(steps.disputed).toBe(CHEAT.step + 1);
    expect(steps.rounds).toBeLessThanOrEqual(3);

    const from = honest.before[steps.agreed]!;
    const ours = await retrace(from, steps.agreed, () => {});
    const theirs = await retrace(from, steps.agreed, cheat);
    const operations = bisect(ours.trace.chain, theirs.trace.chain);
    expect(operations.agreed).toBe(CHEAT.pass);
    expect(operations.rounds).toBeLessThanOrEqual(7);

    const index = operations.agreed;
    const evidence = await evidenceOf(from, steps.agreed, index);
    const entries = [ours.trace.entries[index]!, theirs.trace.entries[index]!] as const;
    const place = passAt(ours.trainer, index);
    const judge = (pair: typeof entries, given = evidence) =>
      judgePass(place, pair, given, openReferenceBackend(), hash);
    expect(await judge(entries)).toEqual({ kind: 'first_right' });
    expect(await judge([entries[1], entries[0]])).toEqual({ kind: 'second_right' });
    expect(await judge([entries[1], entries[1]])).toEqual({ kind: 'neither_right' });

    // What is shown must be what was read; and who reads something else has parted before.
    const forged = new Map(evidence);
    const [role, numbers] = [...evidence][0] as [string, Numbers];
    forged.set(
      role,
      Float32Array.from(numbers, (x) => x + 1),
    );
    expect(await judge(entries, forged)).toEqual({ kind: 'evidence_wrong', role });
    const other = { ...entries[1], reads: { ...entries[1].reads, [role]: '00' } };
    expect(await judge([entries[0], other])).toMatchObject({ kind: 'not_comparable' });
    const elsewhere = { ...entries[1], operation: 'sum' };
    expect(await judge([entries[0], elsewhere])).toMatchObject({ kind: 'not_comparable' });
  });

  test('every pass of an honest step is right when run alone', async () => {
    const { trainer, trace } = await retrace(initial, 0, () => {});
    for (let index = 0; index < trace.entries.length; index += 1) {
      const entry = trace.entries[index]!;
      const finding = await judgePass(
        passAt(trainer, index),
        [entry, { ...entry, writes: {} }],
        await evidenceOf(initial, 0, index),
        openReferenceBackend(),
        hash,
      );
      expect([index, entry.operation, finding.kind]).toEqual([
        index,
        entry.operation,
        'first_right',
      ]);
    }
  });
});

function passAt({ model }: Trainer, index: number): BoundPass {
  const { forwardPasses, backwardPasses } = model.program;
  return [...forwardPasses, ...backwardPasses][index]!;
}

/** What a party shows of one pass: it runs the step up to it and copies what the pass will read. */
async function evidenceOf(
  from: Tensors,
  step: number,
  index: number,
): Promise<Map<string, Numbers>> {
  const trainer = allocateTrainer(spec, from, openReferenceBackend());
  trainer.model.load(pagesOf(step));
  const { program } = trainer.model;
  const passes = [...program.forwardPasses, ...program.backwardPasses];
  for (const [at, pass] of passes.entries()) {
    if (at === program.forwardPasses.length) program.beginBackward();
    if (at === index)
      return new Map([...readsOf(pass)].map(([role, numbers]) => [role, numbers.slice()]));
    await pass.run();
  }
  throw new Error('a pass of the step');
}
