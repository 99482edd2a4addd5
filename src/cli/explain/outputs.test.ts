/** Everything that can be explained of every story, held against the schema of its kind. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it } from 'vitest';
import type { Evidence } from '../../roles/explain/chronicle.ts';
import { Chronicle } from '../../roles/explain/chronicle.ts';
import { tellingView } from '../../explorer/api/telling-view.ts';
import type { Explained, ExplainedKind, Question } from '../../roles/explain/kinds.ts';
import { EXPLAINED, explainedBy } from '../../roles/explain/kinds.ts';
import type { Piece, Telling } from '../../roles/explain/telling/telling.ts';
import { partyOf } from '../../roles/explain/party.ts';
import { must } from '../../projections/books.ts';
import { Rebuild } from '../../roles/rebuild.ts';
import { stories } from '../../testing/stories.ts';
import { offence, payout, promotion, refusal, selection, verdict, weight } from './outputs.ts';

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
const kinds = Object.keys(EXPLAINED) as ExplainedKind[];
const outputs = { offence, payout, promotion, refusal, selection, verdict, weight };
const holds = new Map(kinds.map((kind) => [kind, ajv.compile(outputs[kind].shape.schema)]));
const isTold = ajv.compile(tellingView.schema);

function evidenceOf(lines: readonly Uint8Array[]): Evidence {
  const rebuilt = new Rebuild({ whole: true });
  const chronicle = new Chronicle();
  for (const line of lines) chronicle.observe(rebuilt.add(line));
  return { books: rebuilt.books, roots: rebuilt.roots, chronicle };
}

/** What there is to ask about, whatever the kind; most of it explains nothing. */
function* questionsOf({ books }: Evidence) {
  for (const of of Object.keys(books.members)) {
    yield { of };
    for (const run of Object.keys(books.runs)) {
      const periods = books.runs[run]?.windowsPlanned ?? 0;
      for (let period = 0; period < periods; period += 1) yield { of, run, period };
    }
  }
  for (const [of, { assignments }] of Object.entries(books.windows)) {
    yield { of };
    for (const assignment of Object.keys(assignments)) yield { of: assignment };
  }
}

interface Found {
  readonly story: string;
  readonly evidence: Evidence;
  readonly kind: ExplainedKind;
  readonly question: Question;
  readonly explained: Explained;
}

function* everyExplanation(): Generator<Found> {
  for (const [story, told] of Object.entries(stories)) {
    const evidence = evidenceOf(told().lines);
    for (const question of [...questionsOf(evidence), { of: 'stale_revision' }])
      for (const kind of kinds) {
        const answer = explainedBy(kind).explain(evidence, question);
        if (answer._tag === 'Right')
          yield { story, evidence, kind, question, explained: answer.right };
      }
  }
}
const found = [...everyExplanation()];

/** Everything in it that points at something. */
const pointersIn = ({ title, parts }: Telling): Exclude<Piece, string>[] =>
  [
    title,
    ...parts.flatMap(({ blocks }) =>
      blocks.flatMap((block) =>
        'text' in block
          ? [block.text]
          : 'facts' in block
            ? block.facts.map(({ value }) => value)
            : block.rows.flat(),
      ),
    ),
  ]
    .flat()
    .filter((piece) => typeof piece !== 'string');

it('points at entries, parties and explanations that there are', () => {
  const explains = new Set(
    found.map(({ story, kind, question: { of } }) => `${story}: ${kind} ${of}`),
  );
  const pointed = { entry: 0, party: 0, why: 0 };
  for (const { story, evidence, explained } of found)
    for (const piece of pointersIn(explained.telling))
      if ('entry' in piece) {
        pointed.entry += 1;
        expect(piece.entry).toBeLessThan(evidence.books.ledger.size);
      } else if ('party' in piece) {
        pointed.party += 1;
        expect(partyOf(evidence.books, piece.party.participant)).toEqual(piece.party);
      } else if ('why' in piece) {
        pointed.why += 1;
        expect(explains).toContain(`${story}: ${piece.why} ${piece.of}`);
      }
  for (const [what, count] of Object.entries(pointed)) expect(count, what).toBeGreaterThan(100);
});

it('explains nothing that its schema does not say', () => {
  for (const { story, kind, question, explained } of found) {
    const { explanation, telling } = JSON.parse(JSON.stringify(explained)) as Explained;
    const check = must(holds.get(kind), kind);
    const whole = [check(explanation), check.errors, isTold(telling), isTold.errors];
    expect([story, kind, question, ...whole]).toEqual([
      story,
      kind,
      question,
      true,
      null,
      true,
      null,
    ]);
  }
  for (const kind of kinds)
    expect(found.filter((one) => one.kind === kind).length, kind).toBeGreaterThan(1);
});

it('leaves no object without its members', () => {
  const bare: string[] = [];
  const look = (at: string, schema: unknown): void => {
    if (typeof schema !== 'object' || schema === null) return;
    const { type, properties } = schema as { type?: unknown; properties?: unknown };
    if (type === 'object' && properties === undefined && !('additionalProperties' in schema))
      bare.push(at);
    for (const [name, below] of Object.entries(schema)) look(`${at}/${name}`, below);
  };
  for (const kind of kinds) look(kind, outputs[kind].shape.schema);
  expect(bare).toEqual([]);
});
