/** Offences as chains of entries, from the evidence to the end. */
import { isLeft } from 'fp-ts/lib/Either.js';
import { expect, it } from 'vitest';
import type { Desk } from '../../testing/desk.ts';
import { ladderStory, struckStory } from '../../testing/stories/ladder.ts';
import type { Evidence } from './chronicle.ts';
import { Chronicle } from './chronicle.ts';
import type { ExplainedOffence } from './offence.ts';
import { explainOffences } from './offence.ts';

function evidenceOf(desk: Desk): Evidence {
  const chronicle = new Chronicle();
  for (const event of desk.events) chronicle.observe(event);
  return { books: desk.books, roots: new Map(), chronicle };
}

function offencesOf(evidence: Evidence, kind: string): ExplainedOffence[] {
  return Object.keys(evidence.books.offences ?? {}).flatMap((actor) => {
    const explained = explainOffences(evidence, actor);
    if (isLeft(explained)) throw new Error(explained.left);
    return explained.right.offences.filter((one) => one.kind === kind);
  });
}

const stepsOf = ({ chain }: ExplainedOffence): string[] => chain.map(({ step }) => step);

it('an appeal that was upheld, evidence that was not appealed, and a dispute that struck', () => {
  const evidence = evidenceOf(ladderStory());
  const [appealed] = offencesOf(evidence, 'altered_delta');
  expect(appealed?.state).toBe('overturned');
  expect(appealed && new Set(stepsOf(appealed))).toEqual(
    new Set(['evidence', 'offence', 'quarantine', 'transfer', 'appeal', 'end']),
  );
  const sequences = appealed?.chain.map(({ sequence }) => sequence) ?? [];
  expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
  const [double] = offencesOf(evidence, 'equivocation');
  expect(double).toMatchObject({ state: 'final', rung: 'slashed' });
  expect(double && stepsOf(double)).toEqual([
    'evidence',
    'offence',
    'quarantine',
    'transfer',
    'end',
    'transfer',
  ]);
  expect(double?.chain.at(-1)?.detail).toMatch(/^25\.000000 from slashed to penalties$/);
  const [struck] = offencesOf(evidenceOf(struckStory()), 'altered_delta');
  expect(struck?.chain.find(({ step }) => step === 'end')?.detail).toMatch(/^struck because of #/);
});

it('nobody of that name, and nothing found', () => {
  const evidence = evidenceOf(ladderStory());
  expect(isLeft(explainOffences(evidence, 'nobody'))).toBe(true);
  expect(explainOffences(evidence, 'validator-0')).toMatchObject({ right: { offences: [] } });
});
