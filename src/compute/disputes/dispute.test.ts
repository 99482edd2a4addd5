/** Two parties over one contribution, one of whom lies somewhere: which is found, and how fast. */
import * as fc from 'fast-check';
import { createHash, hash as hashOnce } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { openReferenceBackend } from '../backends/reference.ts';
import { readSafetensors } from '../tensors/safetensors.ts';
import { contribute, initialCheckpoint } from '../training/contribution.ts';
import type { TrainingSpec } from '../training/spec.ts';
import { tinySpec } from '../training/tiny-spec.ts';
import { parseAnswerTo, parseQuestion } from './answers.ts';
import type { Answer, EntryOpening, Question, StateRootClaim } from './answers.ts';
import { checkRead, rootsOf } from './check-answer.ts';
import { committedRoots } from './committed-roots.ts';
import { answered, openDispute, questionOf } from './dispute.ts';
import type { Dispute, Pair } from './dispute.ts';
import { parseFinding } from './finding.ts';
import type { Finding } from './finding.ts';
import { Party } from './party.ts';
import { Referee } from './referee.ts';
import type { OnOperation } from './step-program.ts';

const hash = (bytes: Uint8Array): Uint8Array => hashOnce('sha256', bytes, 'buffer');
const STEPS = 7;
const spec: TrainingSpec = {
  ...tinySpec,
  innerSteps: STEPS,
  batchPages: 2,
  stepOffset: 3,
  traceEvery: 0,
};
const pages = Array.from({ length: STEPS * 2 }, (_, page) =>
  Uint16Array.from({ length: 9 }, (__, i) => (page * 7 + i * i) % 23),
);
const checkpoint = initialCheckpoint(spec.model, new Uint8Array(32).fill(1));

const partyWith = (onOperation: OnOperation = () => {}, snapshotsMax = 2): Party =>
  new Party(spec, checkpoint, pages, openReferenceBackend(), hash, { onOperation, snapshotsMax });

/** One element of what one operation wrote in one step is another. */
const changing =
  (step: number, index: number, write: number, element: number): OnOperation =>
  (stepIndex, at, { writes }) => {
    if (stepIndex !== step || at !== index) return;
    const { numbers } = writes[write % writes.length]!;
    const place = element % numbers.length;
    numbers[place]! += Math.abs(numbers[place]!) / 2 + 1e-3;
  };

/** What a role process needs of a party. */
interface Speaker {
  answer(question: Question): Promise<Answer | null>;
  evidence(step: number, index: number): Promise<Uint8Array>;
}

interface Outcome {
  readonly finding: Finding;
  /** Questions by the phase in which they were asked. */
  readonly rounds: Readonly<Record<string, number>>;
  readonly last: Dispute;
}

let referee: Referee;
let honest: Party;
beforeAll(async () => {
  referee = await Referee.open(spec, checkpoint, pages, openReferenceBackend(), hash);
  honest = partyWith();
});
const placeOf = (operation: string): number =>
  referee.plan.entries.findIndex((entry) => entry.operation === operation);

/** As role processes would: everything between them goes through JSON and its parsers. */
async function settle(
  parties: Pair<Speaker>,
  committed: Pair<readonly StateRootClaim[]>,
): Promise<Outcome> {
  const { plan, initialRoot } = referee;
  const rounds: Record<string, number> = {};
  let dispute = openDispute(initialRoot, committed);
  for (;;) {
    const question = questionOf(dispute, plan);
    if (question === null) break;
    rounds[dispute.phase] = (rounds[dispute.phase] ?? 0) + 1;
    const heard = parseQuestion(overTheWire(question));
    const said = async (party: Speaker): Promise<Answer | null> => {
      const answer = await party.answer(heard);
      return answer === null ? null : parseAnswerTo(question, overTheWire(answer));
    };
    const answers = [await said(parties[0]), await said(parties[1])] as const;
    dispute = overTheWire(answered(plan, dispute, answers, hash));
  }
  if (dispute.phase === 'resolved') return { finding: dispute.finding, rounds, last: dispute };
  if (dispute.phase !== 'evidence') throw new Error(`${dispute.phase} asks something`);
  const file = await parties[0].evidence(dispute.step, dispute.index);
  const other = await parties[1].evidence(dispute.step, dispute.index);
  const finding = await referee.judge(dispute, [file, other]);
  return { finding: parseFinding(overTheWire(finding)), rounds, last: dispute };
}
const overTheWire = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const finalRoot = async (party: Party): Promise<StateRootClaim[]> =>
  committedRoots(spec, [await party.stateRootAt(STEPS)]);

/** Both orders; the findings must be one another's mirror. */
async function settleBothWays(liar: Speaker, claims: StateRootClaim[]): Promise<Outcome> {
  const ours = await finalRoot(honest);
  const outcome = await settle([honest, liar], [ours, claims]);
  const mirrored = await settle([liar, honest], [claims, ours]);
  expect(mirrored.finding).toEqual({
    first: outcome.finding.second,
    second: outcome.finding.first,
  });
  return outcome;
}

function expectRounds({ rounds }: Outcome): void {
  const log2 = (count: number): number => Math.ceil(Math.log2(count));
  expect(rounds['steps'] ?? 0).toBeLessThanOrEqual(log2(STEPS));
  expect(rounds['steps'] ?? 0).toBeGreaterThanOrEqual(Math.floor(Math.log2(STEPS)));
  if (rounds['entry'] === undefined) return;
  const entries = referee.plan.entries.length;
  expect(rounds['entries'] ?? 0).toBeLessThanOrEqual(log2(entries));
  expect(rounds['entries'] ?? 0).toBeGreaterThanOrEqual(Math.floor(Math.log2(entries)));
  expect([rounds['ends'], rounds['entry'], rounds['reads'] ?? 0].join()).toMatch(/^1,1,[01]$/);
}

test('a party makes the state roots of a contribution, from any of its snapshots', async () => {
  const every = { ...spec, traceEvery: 1 };
  const { trace } = await contribute(every, checkpoint, pages, openReferenceBackend(), hash);
  for (const [i, root] of trace.entries()) expect(await honest.stateRootAt(i + 1)).toBe(root);
  expect(await honest.stateRootAt(0)).toBe(referee.initialRoot);
  for (const snapshotsMax of [0, 3, 100]) {
    const party = partyWith(() => {}, snapshotsMax);
    await party.stateRootAt(STEPS);
    for (const step of [6, 2]) {
      const { entries } = await party.traceOfStep(step);
      expect(entries.at(-1)!.writes).toEqual([['root', trace[step]]]);
    }
  }
});

test('every operation of an honest step is right when run alone', async () => {
  const step = 2;
  const { entries } = await honest.traceOfStep(step);
  const stateRoot = await honest.stateRootAt(step);
  for (const [index, entry] of entries.slice(0, -1).entries()) {
    const [[role, digest], ...rest] = entry.writes as [readonly [string, string]];
    const other = { ...entry, writes: [[role, digest.replace(/./g, '0')] as const, ...rest] };
    const file = await honest.evidence(step, index);
    const judge = (pair: Pair<typeof entry>) =>
      referee.judge({ phase: 'evidence', step, index, stateRoot, agreed: '', entries: pair }, [
        file,
        null,
      ]);
    expect([entry.operation, await judge([entry, other])]).toMatchObject([
      entry.operation,
      { first: { kind: 'stands' }, second: { kind: 'wrong', reason: 'result_wrong' } },
    ]);
    expect((await judge([other, other])).first.kind).toBe('wrong');
  }
});

describe('a worker that changes one element in one step', () => {
  test.each([
    [
      'a gradient',
      3,
      () => referee.plan.entries.findIndex((e) => e.writes.includes('gradient 1')),
      0,
    ],
    ['a forward activation', 0, () => placeOf('swiglu'), 0],
    ['the gradient of the loss', 5, () => placeOf('seed'), 0],
    ['the sum of squares', 1, () => placeOf('squares layers.1.ln2.weight'), 0],
    ['the clipping scale', 6, () => placeOf('clip'), 1],
    ['a parameter', 4, () => placeOf('adamw lm_head.weight'), 0],
    ['a first moment', 2, () => placeOf('adamw layers.0.attn.k_proj.weight'), 1],
    ['a second moment', 3, () => placeOf('adamw token_embeddings.weight'), 2],
  ] as const)('%s: found at its operation', async (_, step, place, write) => {
    const index = place();
    expect(index).toBeGreaterThanOrEqual(0);
    const liar = partyWith(changing(step, index, write, 3));
    const outcome = await settleBothWays(liar, await finalRoot(liar));
    expect(outcome.last).toMatchObject({ phase: 'evidence', step, index });
    expect(outcome.finding).toMatchObject({
      first: { kind: 'stands' },
      second: { kind: 'wrong', reason: 'result_wrong' },
    });
    expectRounds(outcome);
  });

  test('anywhere: found, or without any effect', async () => {
    const places = fc.record({
      step: fc.nat(STEPS - 1),
      index: fc.nat(1000),
      write: fc.nat(5),
      element: fc.nat(5000),
      liarIsFirst: fc.boolean(),
    });
    const ours = await finalRoot(honest);
    const count = referee.plan.entries.length - 1;
    await fc.assert(
      fc.asyncProperty(places, async ({ step, index, write, element, liarIsFirst }) => {
        const at = index % count;
        const liar = partyWith(changing(step, at, write, element));
        const claims = await finalRoot(liar);
        if (claims[0]!.root === ours[0]!.root) return;
        const outcome = await (liarIsFirst
          ? settle([liar, honest], [claims, ours])
          : settle([honest, liar], [ours, claims]));
        const [right, wrong] = liarIsFirst
          ? [outcome.finding.second, outcome.finding.first]
          : [outcome.finding.first, outcome.finding.second];
        expect(outcome.last).toMatchObject({ phase: 'evidence', step, index: at });
        expect(right).toEqual({ kind: 'stands' });
        expect(wrong).toMatchObject({ reason: 'result_wrong' });
        expectRounds(outcome);
      }),
      { numRuns: 25 },
    );
  });
});

describe('a liar without a computation behind its words', () => {
  const invented = (seed: string): string => createHash('sha256').update(seed).digest('hex');
  const claims = [{ kind: 'state_root', step: STEPS, root: invented('final') }] as const;
  type Twist = (answer: Answer) => Answer | null;
  const twisted = (party: Party, twist: Twist): Speaker => ({
    answer: async (question) => twist(await party.answer(question)),
    evidence: (step, index) => party.evidence(step, index),
  });
  const found = (reason: string) => ({
    first: { kind: 'stands' },
    second: { kind: 'wrong', reason },
  });

  test('who claims a root only, and is honest after it', async () => {
    const outcome = await settleBothWays(honest, [...claims]);
    expect(outcome.finding).toMatchObject(found('contradicts_itself'));
    expect(outcome.rounds).toMatchObject({ ends: 1 });
  });

  test('who writes the root that it claimed at the end of an honest trace', async () => {
    const last = referee.plan.entries.length - 1;
    const { root } = claims[0];
    const liar = twisted(honest, (answer) =>
      answer.kind === 'entry' && answer.index === last
        ? { ...answer, entry: { ...answer.entry, writes: [['root', root]] } }
        : answer,
    );
    const outcome = await settleBothWays(liar, [...claims]);
    expect(outcome.finding).toMatchObject(found('contradicts_itself'));
    expect(outcome.rounds).toMatchObject({ ends: 1 });
    const cheat = partyWith(changing(3, 40, 0, 1));
    const other = twisted(cheat, (answer) =>
      answer.kind === 'entry' && answer.index === last
        ? { ...answer, entry: { ...answer.entry, writes: [['root', root]] } }
        : answer,
    );
    const { finding } = await settleBothWays(other, await finalRoot(cheat));
    expect(finding).toMatchObject(found('contradicts_itself'));
  });

  test('who shows an entry with a past of another length, or another past', async () => {
    const cheat = partyWith(changing(3, 40, 0, 1));
    const ends = await finalRoot(cheat);
    const last = referee.plan.entries.length - 1;
    const pasts = [[], [invented('past')], Array.from({ length: 32 }, () => invented('past'))];
    for (const isAsked of [(at: number) => at === last, (at: number) => at < last])
      for (const peaks of pasts) {
        const liar = twisted(cheat, (answer) =>
          answer.kind === 'entry' && isAsked(answer.index) ? { ...answer, peaks } : answer,
        );
        const { finding } = await settleBothWays(liar, ends);
        expect(finding).toMatchObject(found('contradicts_itself'));
      }
    const resolved = await told(2, (opening) => ({
      ...opening,
      peaks: opening.peaks.map((peak) => invented(peak)),
    }));
    expect(resolved).toMatchObject({ finding: found('contradicts_itself') });
  });

  test('who invents state roots', async () => {
    const liar = twisted(honest, (answer) =>
      answer.kind === 'state_root' ? { ...answer, root: invented(`${answer.step}`) } : answer,
    );
    const outcome = await settleBothWays(liar, [...claims]);
    expect(outcome.finding).toMatchObject(found('contradicts_itself'));
    expectRounds(outcome);
  });

  test('who invents roots of a trace, some or all', async () => {
    const cheat = partyWith(changing(3, 40, 0, 1));
    const ends = await finalRoot(cheat);
    for (const isInvented of [() => true, (at: number) => at % 3 === 0, (at: number) => at > 60]) {
      const liar = twisted(cheat, (answer) =>
        answer.kind === 'trace_root' && isInvented(answer.position)
          ? { ...answer, root: invented(`${answer.position}`) }
          : answer,
      );
      const { finding } = await settleBothWays(liar, ends);
      expect(finding.first).toEqual({ kind: 'stands' });
      expect(finding.second).toMatchObject({ kind: 'wrong' });
    }
  });

  test('who does not answer', async () => {
    const cheat = partyWith(changing(3, 40, 0, 1));
    for (const kind of ['state_root', 'trace_root', 'entry']) {
      const liar = twisted(cheat, (answer) => (answer.kind === kind ? null : answer));
      const { finding } = await settleBothWays(liar, await finalRoot(cheat));
      expect(finding).toMatchObject(found('no_answer'));
    }
  });

  /** A trace told with care: every entry up to `index` is honest, then one is changed. */
  async function told(
    step: number,
    change: (opening: EntryOpening) => EntryOpening,
  ): Promise<Dispute & { phase: 'resolved' | 'reads' | 'evidence' }> {
    const { plan } = referee;
    const index = placeOf('clip');
    const opening = (await honest.answer({ kind: 'entry', step, index })) as EntryOpening;
    const lie = change(opening);
    const stateRoot = await honest.stateRootAt(step);
    const [agreed, ours] = rootsOf(opening, hash)!;
    const theirs = rootsOf(lie, hash)![1];
    const dispute: Dispute = {
      phase: 'entry',
      step,
      stateRoot,
      parting: {
        agreed: { at: index, root: agreed },
        disputed: { at: index + 1, roots: [ours, theirs] },
      },
    };
    return answered(plan, dispute, [opening, lie], hash) as never;
  }

  test('who puts another operation at a place', async () => {
    const end = await told(2, (opening) => ({
      ...opening,
      entry: { ...opening.entry, operation: 'sum' },
    }));
    expect(end).toMatchObject({ phase: 'resolved', finding: found('form_mismatch') });
  });

  test('who says that it read something else', async () => {
    const step = 2;
    const lied = invented('sum');
    const dispute = await told(step, (opening) => ({
      ...opening,
      entry: { ...opening.entry, reads: [['sum', lied]] },
    }));
    expect(dispute).toMatchObject({ phase: 'reads', role: 'sum' });
    const question = questionOf(dispute, referee.plan)!;
    const proof = await honest.answer(question);
    if (proof.kind !== 'read' || proof.proof.kind !== 'entry') throw new Error('proof of a read');
    const { entry } = proof.proof;
    const forged = {
      ...proof,
      proof: { ...proof.proof, entry: { ...entry, writes: [['sum', lied]] as const } },
    };
    for (const theirs of [proof, forged, { ...proof, proof: { kind: 'state', path: [] } as const }])
      expect(answered(referee.plan, dispute, [proof, theirs], hash)).toMatchObject({
        phase: 'resolved',
        finding: found('read_unproven'),
      });
  });

  test('who says that it read another state than it agreed to begin with', async () => {
    const { plan } = referee;
    const step = 4;
    const { entries } = await honest.traceOfStep(step);
    const stateRoot = await honest.stateRootAt(step);
    let count = 0;
    for (const [index, { reads }] of plan.entries.entries())
      for (const { role, source } of reads) {
        const proof = await honest.answer({ kind: 'read', step, index, role });
        const at = await honest.answer({ kind: 'trace_root', step, position: index });
        if (proof.kind !== 'read' || at.kind !== 'trace_root') throw new Error('as asked');
        const context = { stateRoot, agreed: at.root, entry: entries[index]! };
        expect(checkRead(plan, proof, context, hash)).toBe(null);
        const lie = {
          ...context.entry,
          reads: context.entry.reads.map(([name]) => [name, invented(name)] as const),
        };
        expect(checkRead(plan, proof, { ...context, entry: lie }, hash)).toMatchObject({
          reason: 'read_unproven',
        });
        if (source.kind === 'state') count += 1;
      }
    expect(count).toBeGreaterThan(60);
  });

  test('who shows other tensors than it read, or none', async () => {
    const [step, index] = [3, placeOf('adamw ln_final.weight')];
    const liar = partyWith(changing(step, index, 2, 0));
    const [ours, theirs] = [await finalRoot(honest), await finalRoot(liar)];
    const { last } = await settle([honest, liar], [ours, theirs]);
    if (last.phase !== 'evidence') throw new Error('evidence is wanted');
    const file = await honest.evidence(step, index);
    const forged = file.slice();
    forged[forged.length - 1]! ^= 1;
    const elsewhere = await honest.evidence(step, index - 1);
    expect(await referee.judge(last, ['not_asked', null])).toMatchObject(found('no_answer'));
    expect(await referee.judge(last, [file, null])).toMatchObject(found('result_wrong'));
    const twice = await referee.judge(last, [null, file]);
    expect(twice.first).toMatchObject({ kind: 'wrong', reason: 'no_answer' });
    const renamed = file.slice();
    renamed[file.indexOf('p'.charCodeAt(0))] = 'q'.charCodeAt(0);
    for (const bad of [forged, elsewhere, renamed, file.subarray(1), new Uint8Array(0)]) {
      expect(await referee.judge(last, ['not_asked', bad])).toMatchObject(found('evidence_wrong'));
      expect(await referee.judge(last, [file, bad])).toMatchObject(found('result_wrong'));
      expect(await referee.judge(last, [bad, file])).toMatchObject({
        first: { kind: 'wrong', reason: 'evidence_wrong' },
        second: { kind: 'wrong', reason: 'result_wrong' },
      });
    }
  });
});

test('a trace is the tree that its format says', async () => {
  const step = 1;
  const trace = await honest.traceOfStep(step);
  const leaf = (text: string): Buffer =>
    createHash('sha256').update(Buffer.of(0)).update(text).digest();
  const start = leaf(`start 1\nroot ${await honest.stateRootAt(step)}\n`);
  const { operation, phase, reads, writes } = trace.entries[0]!;
  const entry = leaf(
    `0 ${phase} ${operation}\n< input 0 ${reads[0]![1]}\n> result ${writes[0]![1]}\n`,
  );
  expect(operation).toBe('embedding');
  expect(trace.rootAt(0)).toBe(start.toString('hex'));
  const node = createHash('sha256').update(Buffer.of(1)).update(start).update(entry);
  expect(trace.rootAt(1)).toBe(node.digest('hex'));
  const embeddings = readSafetensors(checkpoint).tensors.get('token_embeddings.weight')!.data;
  const first = await honest.traceOfStep(0);
  const bytes = createHash('sha256').update(Buffer.of(0)).update('param/token_embeddings.weight\n');
  expect(first.entries[0]!.reads).toEqual([['input 0', bytes.update(embeddings).digest('hex')]]);
});

test.each([
  ['loss', 'cross-entropy'],
  ['gradient', 'squares ln_final.weight'],
] as const)('a %s that is not finite ends a party as it ends a contribution', async (place, at) => {
  const index = placeOf(at);
  const party = partyWith((_, here, { writes }) => {
    if (here === index - 1) writes[0]!.numbers[0] = Number.NaN;
  });
  await expect(party.stateRootAt(1)).rejects.toMatchObject({ name: 'NumericFault', place });
});

test('a party asked beyond its contribution refuses', async () => {
  const entries = referee.plan.entries.length;
  const beyond: Question[] = [
    { kind: 'state_root', step: STEPS + 1 },
    { kind: 'trace_root', step: STEPS, position: 0 },
    { kind: 'trace_root', step: 0, position: entries + 1 },
    { kind: 'entry', step: 0, index: entries },
    { kind: 'read', step: 0, index: 0, role: 'nothing' },
    { kind: 'read', step: 0, index: entries, role: 'input 0' },
  ];
  for (const question of beyond)
    await expect(honest.answer(question)).rejects.toMatchObject({ code: 'question_out_of_range' });
  await expect(honest.evidence(0, entries - 1)).rejects.toMatchObject({
    code: 'question_out_of_range',
  });
});
