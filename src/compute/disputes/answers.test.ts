/** Questions, answers and findings from strangers: their own form or a refusal with a code. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAnswer, parseAnswerTo, parseQuestion, parseTraceEntry } from './answers.ts';
import type { Answer, Question } from './answers.ts';
import { committedRoots } from './committed-roots.ts';
import { openDispute } from './dispute.ts';
import { DisputeError } from './dispute-error.ts';
import { parseFinding, wrong, WRONG_REASONS } from './finding.ts';
import { PHASES } from './trace-entry.ts';

const digests = fc.stringMatching(/^[0-9a-f]{64}$/);
const numbers = fc.nat(1e6);
const texts = fc.stringMatching(/^[\x20-\x7e]{1,40}$/);
const placeLists = fc.array(fc.tuple(texts, digests), { maxLength: 6 });
const entries = fc.record({
  operation: texts,
  phase: fc.constantFrom(...PHASES),
  reads: placeLists,
  writes: placeLists,
});
const paths = fc.array(digests, { maxLength: 32 });
const at = { step: numbers, index: numbers };
const answers: fc.Arbitrary<Answer> = fc.oneof(
  fc.record({ kind: fc.constant('state_root' as const), step: numbers, root: digests }),
  fc.record({
    kind: fc.constant('trace_root' as const),
    step: numbers,
    position: numbers,
    root: digests,
  }),
  fc.record({ kind: fc.constant('entry' as const), ...at, entry: entries, peaks: paths }),
  fc.record({
    kind: fc.constant('read' as const),
    ...at,
    role: texts,
    proof: fc.oneof(
      fc.record({ kind: fc.constant('state' as const), path: paths }),
      fc.record({ kind: fc.constant('entry' as const), entry: entries, path: paths }),
    ),
  }),
);
const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('every answer comes back from its JSON as it was', () => {
  fc.assert(
    fc.property(answers, (answer) => {
      expect(parseAnswer(throughJson(answer))).toEqual(answer);
    }),
  );
});

test('anything else is refused with a code', () => {
  const parsers = [parseQuestion, parseAnswer, parseTraceEntry, parseFinding];
  fc.assert(
    fc.property(fc.anything(), fc.constantFrom(...parsers), (value, parse) => {
      expect(() => parse(value)).toThrow(DisputeError);
    }),
  );
  // One member of an answer, at any depth, replaced or gone.
  const junk = fc.oneof(
    fc.constantFrom(undefined, null, -1, 0.5, 1e10, Number.NaN, '', 'a\nb', 'é'),
    fc.constantFrom({}, [[]], ['0'.repeat(63)], 'x'.repeat(1000), -0),
  );
  fc.assert(
    fc.property(answers, fc.nat(), junk, (answer, pick, value) => {
      const broken = structuredClone(answer) as unknown as Record<string, unknown>;
      const names = Object.keys(broken);
      broken[names[pick % names.length]!] = value;
      expect(() => parseAnswer(broken)).toThrow(DisputeError);
      expect(() => parseAnswer({ ...answer, more: 1 })).toThrow(DisputeError);
    }),
  );
});

describe('refusals', () => {
  const root = 'ab'.repeat(32);
  const entry = { operation: 'sum', phase: 'forward', reads: [], writes: [['result', root]] };
  const opening = { kind: 'entry', step: 1, index: 2, entry, peaks: [root] };
  const long = Array.from({ length: 33 }, () => root);
  test.each([
    ['kind_unknown', []],
    ['shape_invalid', { kind: 'state_root', step: 1 }],
    ['shape_invalid', { ...opening, entry: { ...entry, writes: [['result']] } }],
    ['shape_invalid', { ...opening, entry: { ...entry, writes: { result: root } } }],
    ['kind_unknown', { kind: 'toString', step: 1 }],
    ['kind_unknown', { ...opening, entry: { ...entry, phase: 'sideways' } }],
    ['number_out_of_range', { kind: 'state_root', step: '1', root }],
    ['number_out_of_range', { kind: 'state_root', step: 1e9 + 1, root }],
    ['digest_invalid', { kind: 'state_root', step: 1, root: root.toUpperCase() }],
    ['digest_invalid', { ...opening, peaks: [`${root}\n`] }],
    // A line end would let one role speak as two lines of an entry.
    ['text_invalid', { ...opening, entry: { ...entry, reads: [[`a ${root}\n> b`, root]] } }],
    ['text_invalid', { ...opening, entry: { ...entry, operation: 'x'.repeat(257) } }],
    ['too_many', { ...opening, peaks: long }],
    [
      'too_many',
      { ...opening, entry: { ...entry, reads: Array.from({ length: 16_385 }, () => 0) } },
    ],
  ])('%s', (code, value) => {
    expect(() => parseAnswer(value)).toThrow(expect.objectContaining({ code }));
  });

  test('an answer to another question', () => {
    const question: Question = { kind: 'entry', step: 1, index: 2 };
    expect(parseAnswerTo(question, opening)).toEqual(opening);
    for (const other of [
      { ...opening, step: 2 },
      { ...opening, index: 3 },
      { kind: 'state_root', step: 1, root },
    ])
      expect(() => parseAnswerTo(question, other)).toThrow(
        expect.objectContaining({ code: 'other_question' }),
      );
  });

  test('nothing to dispute, and committed roots of another count', () => {
    const settings = { innerSteps: 7, traceEvery: 3 };
    const ours = committedRoots(settings, [root, root, root]);
    expect(ours.map(({ step }) => step)).toEqual([3, 6, 7]);
    expect(() => committedRoots(settings, [root, root])).toThrow(
      expect.objectContaining({ code: 'shape_invalid' }),
    );
    expect(() => openDispute(root, [ours, ours])).toThrow(
      expect.objectContaining({ code: 'nothing_disputed' }),
    );
    const theirs = committedRoots(settings, [root, 'cd'.repeat(32), root]);
    expect(openDispute(root, [ours, theirs])).toMatchObject({
      phase: 'steps',
      parting: { agreed: { at: 3 }, disputed: { at: 6 } },
    });
  });
});

test('findings come back from their JSON, and no detail is too long for it', () => {
  const verdicts = fc.oneof(
    fc.constant({ kind: 'stands' as const }),
    fc
      .tuple(fc.constantFrom(...WRONG_REASONS), fc.stringMatching(/^[\x20-\x7e]{1,900}$/))
      .map(([reason, detail]) => wrong(reason, detail)),
  );
  fc.assert(
    fc.property(verdicts, verdicts, (first, second) => {
      expect(parseFinding(throughJson({ first, second }))).toEqual({ first, second });
    }),
  );
});
