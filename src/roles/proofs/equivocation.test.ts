/** Evidence convicts exactly those who signed two statements that cannot both be honest. */
import { readFileSync } from 'node:fs';
import * as E from 'fp-ts/lib/Either.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../events/canonical-json.ts';
import { decodeEntry } from '../../events/entry.ts';
import type { Entry } from '../../events/entry.ts';
import type { SigningKey } from '../../events/nkey.ts';
import { splitRecording } from '../../events/recording.ts';
import { signStatement } from '../../events/statement.ts';
import type { Statement } from '../../events/statement.ts';
import { keyNamed } from '../../testing/desk.ts';
import { storyLines } from '../../testing/signed-story.ts';
import { gain, ScoringCase } from '../../testing/scoring-case.ts';
import { DeskStory } from '../../testing/desk-story.ts';
import { conflictOf } from '../../events/conflict.ts';
import { formatEquivocation, verifyEquivocation } from '../../events/equivocation.ts';
import type { SignedStatement } from '../../events/equivocation.ts';
import { findEquivocations } from './find-equivocation.ts';

const entryOf = (line: Uint8Array): Entry => {
  const entry = decodeEntry(line);
  if (E.isLeft(entry)) throw new Error(entry.left.message);
  return entry.right;
};
const statementOf = (entry: Entry): Statement => {
  const { actor, commandid, data, source, subject, type } = entry;
  return { actor, commandid, data, source, subject, type };
};
const signedOf = (lines: Iterable<Uint8Array>): SignedStatement[] =>
  [...lines].map(entryOf).flatMap((entry) => {
    const { sig } = entry;
    return sig === undefined ? [] : [{ statement: statementOf(entry), sig }];
  });

const isScore = ({ statement }: SignedStatement): boolean =>
  statement.type.startsWith('daybook.scores.');

const story = new DeskStory();
story.play(6_238_000, 5_601_000);
const scored = ScoringCase.started().judged();
scored.score([
  [gain(3), gain(1)],
  [gain(3), gain(1)],
  [gain(3), gain(1)],
]);
const signed = [...signedOf(story.desk.lines), ...signedOf(scored.desk.lines).filter(isScore)];
const keys = new Map<string, SigningKey>(
  [
    story.desk.operator,
    story.desk.authority,
    ...story.workers,
    ...story.validators,
    ...scored.cast.validators,
  ].map((key) => [key.actor, key]),
);
const sign = (statement: Statement): SignedStatement => {
  const key = keys.get(statement.actor);
  if (key === undefined) throw new Error('somebody of the story');
  return { statement, sig: signStatement(key, statement) };
};
const saying = (statement: Statement, more: JsonObject, id?: string): SignedStatement =>
  sign({
    ...statement,
    data: { ...statement.data, ...more },
    commandid: (id ?? statement.commandid) as Statement['commandid'],
  });
const oneOf = (type: string): Statement => {
  const found = signed.find(({ statement }) => statement.type === type);
  if (found === undefined) throw new Error(type);
  return found.statement;
};
const committed = oneOf('daybook.submission.committed.v1');
const verdict = oneOf('daybook.verdict.recorded.v1');
const report = oneOf('daybook.aggregation.reported.v1');
const bound = oneOf('daybook.scores.committed.v1');
const shown = oneOf('daybook.scores.revealed.v1');

describe('no honest author', () => {
  it.each([
    ['the story', storyLines],
    ['a run of the desk', story.desk.lines],
    [
      'the recorded trouble',
      [
        ...splitRecording(
          readFileSync(new URL('../../../fixtures/logs/mini-trouble.ndjson', import.meta.url)),
        ),
      ],
    ],
  ])('is accused by any pair of entries of %s', (_, lines) => {
    const all = signedOf(lines);
    expect(all.length).toBeGreaterThan(40);
    const accused = all.flatMap((a, index) =>
      all
        .slice(0, index + 1)
        .filter((b) => conflictOf(a.statement, b.statement) !== null)
        .map((b) => [a, b]),
    );
    expect(accused).toEqual([]);
    expect([...findEquivocations([...all, ...all])]).toEqual([]);
  });

  it('is accused for saying the same again in a later session, or to another ledger', () => {
    const again = saying(committed, { session: 9, elapsedMs: 1 }, 'commit-again');
    expect(conflictOf(committed, again.statement)).toBeNull();
    const judged = saying(verdict, { session: 9, disposition: 'rejected' }, 'verdict-again');
    expect(conflictOf(verdict, judged.statement)).toBeNull();
    const elsewhere = {
      ...committed,
      source: '/ledgers/other',
      data: { ...committed.data, tokens: 5 },
    };
    expect(conflictOf(committed, elsewhere)).toBeNull();
  });

  it('is accused for work that took another time, under another id', () => {
    expect(
      conflictOf(committed, saying(committed, { elapsedMs: 1 }, 'again').statement),
    ).toBeNull();
  });
});

const otherDelta = { delta: { digest: `sha256:${'ab'.repeat(32)}`, sizeBytes: 9 } };
const cases = [
  ['command_id_reused', committed, saying(committed, { tokens: 5 })],
  [
    'command_id_reused',
    committed,
    { ...sign({ ...verdict, actor: committed.actor, commandid: committed.commandid }) },
  ],
  ['two_submissions', committed, saying(committed, otherDelta, 'other')],
  ['two_verdicts', verdict, saying(verdict, { disposition: 'rejected' }, 'other')],
  ['two_aggregates', report, saying(report, { lossAfterMicroNats: 1 }, 'other')],
  ['two_scores', bound, saying(bound, { commitment: 'ab'.repeat(32) }, 'other')],
  ['two_scores', shown, saying(shown, { salt: 'ab'.repeat(32) }, 'other')],
] as const;

describe('evidence', () => {
  it.each(cases)('of %s is found, has one form, and verifies', (code, a, b) => {
    const text = formatEquivocation(sign(a), b);
    expect(formatEquivocation(b, sign(a))).toBe(text);
    expect([...findEquivocations([...signed, b])]).toEqual([text]);
    expect(verifyEquivocation(text)).toMatchObject({ right: { conflict: code } });
  });

  it('holds for no text in which a bit was flipped', () => {
    const [, a, b] = cases[3];
    const text = formatEquivocation(sign(a), b);
    fc.assert(
      fc.property(fc.nat(), (bit) => {
        const bytes = Buffer.from(text);
        const at = bit % (8 * bytes.byteLength);
        bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
        expect(E.isLeft(verifyEquivocation(bytes.toString('utf8')))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('is none from two statements that fit, two authors, or a statement nobody signed', () => {
    const lines = (one: SignedStatement): string => {
      const text = formatEquivocation(one, saying(one.statement, { disposition: 'quarantined' }));
      return (
        text
          .split('\n')
          .slice(1)
          .find((line) => line.includes('"disposition":"accepted"')) ?? ''
      );
    };
    const honest = sign(verdict);
    const textOf = (...parts: string[]): string =>
      ['daybook.local/equivocation@v1', ...parts, ''].join('\n');
    const twice = textOf(lines(honest), honest.sig, lines(honest), honest.sig);
    expect(verifyEquivocation(twice)).toMatchObject({ left: { code: 'evidence_no_conflict' } });
    const forged = lines(honest).replace('accepted', 'rejected');
    const framed = textOf(lines(honest), honest.sig, forged, honest.sig);
    expect(verifyEquivocation(framed)).toMatchObject({ left: { code: 'evidence_bad_signature' } });
    const spaced = textOf(` ${lines(honest)}`, honest.sig, forged, honest.sig);
    expect(verifyEquivocation(spaced)).toMatchObject({ left: { code: 'evidence_malformed' } });
    const deep = textOf('['.repeat(200_000), honest.sig, forged, honest.sig);
    expect(verifyEquivocation(deep)).toMatchObject({ left: { code: 'evidence_malformed' } });
    const stranger = { statement: { ...verdict, actor: keyNamed('x').actor }, sig: honest.sig };
    expect([...findEquivocations([honest, stranger])]).toEqual([]);
  });
});
