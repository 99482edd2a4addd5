/** Proofs of payouts and statements of settlements: they hold offline, and nothing altered does. */
import { isLeft } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { verifierKeyOf } from '../../events/note.ts';
import { keyNamed } from '../../testing/desk.ts';
import { settlementOf, signedLines } from '../../testing/signed-settlement.ts';
import { ORIGIN, verifierKey } from '../../testing/signed-story.ts';
import { moneyStory } from '../../testing/stories/money.ts';
import { wholeStory } from '../../testing/story.ts';
import type { PayoutProof } from './payout-proof.ts';
import { provePayout, verifyPayoutProof } from './payout-proof.ts';
import { settlementIn } from './published.ts';
import { statementOf, verifyStatement } from './statement.ts';

const desk = moneyStory();
const tree = signedLines(desk);
const settlement = settlementOf(desk);
const copyOf = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
const codeOf = (value: unknown, key = verifierKey): string | null => {
  const verified = verifyPayoutProof(key, value);
  return isLeft(verified) ? verified.left.code : null;
};
const proofOf = (participant: string): PayoutProof => {
  const proof = provePayout(tree, settlement, participant);
  if (proof === null) throw new Error('nothing to claim');
  return proof;
};
const [first] = settlement.payouts;
const proof = proofOf(first?.participant ?? '');

describe('a proof of a payout', () => {
  it('holds for every participant of the settlement, against the head alone', () => {
    expect(settlement.payouts.length).toBeGreaterThan(4);
    for (const { participant, cumulative } of settlement.payouts) {
      const verified = verifyPayoutProof(verifierKey, copyOf(proofOf(participant)));
      if (isLeft(verified)) throw new Error(verified.left.message);
      expect(verified.right.proof.cumulative).toBe(cumulative);
      expect(verified.right.event.sequence).toBe(settlement.event.sequence);
    }
  });

  it('is of any settlement that was published, by its sequence', () => {
    const earlier = desk.events.filter(({ type }) => type === 'daybook.settlement.published.v2');
    for (const { sequence } of earlier.slice(2)) {
      const one = settlementOf(desk, sequence);
      const made = provePayout(tree, one, one.payouts[0]?.participant ?? '');
      expect(codeOf(copyOf(made))).toBeNull();
    }
  });

  it('fails when anything in it is altered', () => {
    const other = proofOf(settlement.payouts[1]?.participant ?? '');
    const altered: [string, unknown][] = [
      ['amount', { ...proof, cumulative: `${proof.cumulative}0` }],
      ['participant', { ...proof, participant: other.participant }],
      ['index', { ...proof, index: proof.index + 1 }],
      ['path', { ...proof, path: other.path }],
      ['shorter path', { ...proof, path: proof.path.slice(1) }],
      ['longer path', { ...proof, path: [...proof.path, '00'.repeat(32)] }],
      [
        'settlement',
        {
          ...proof,
          settlement: {
            ...proof.settlement,
            entry: proof.settlement.entry.replace(/"total":"\d/, '"total":"9'),
          },
        },
      ],
      ['sequence', { ...proof, settlement: { ...proof.settlement, sequence: 1 } }],
    ];
    for (const [what, value] of altered)
      expect([what, codeOf(value)]).toEqual([what, 'proof_wrong']);
    expect(codeOf({ ...proof, more: 1 })).toBe('proof_malformed');
    expect(codeOf(null)).toBe('proof_malformed');
  });

  it('fails for another key, and for an entry that is no settlement', () => {
    expect(codeOf(proof, verifierKeyOf(ORIGIN, keyNamed('impostor').actor))).not.toBeNull();
    const listed = desk.events.find(({ type }) => type === 'daybook.payout.listed.v1');
    const event = { ...settlement.event, sequence: listed?.sequence } as typeof settlement.event;
    const entry = desk.lines[listed?.sequence ?? 0] as Uint8Array;
    expect(codeOf(provePayout(tree, { ...settlement, event, entry }, proof.participant))).toBe(
      'proof_wrong',
    );
  });
});

describe('the statement of a settlement', () => {
  it('holds with all its payouts, and not with others', () => {
    const statement = statementOf(tree, settlement);
    expect(isLeft(verifyStatement(verifierKey, copyOf(statement)))).toBe(false);
    const [one, two, ...rest] = statement.payouts;
    if (one === undefined || two === undefined) throw new Error('payouts');
    const moved = [
      { ...one, cumulative: (BigInt(one.cumulative) - 1n).toString() },
      { ...two, cumulative: (BigInt(two.cumulative) + 1n).toString() },
      ...rest,
    ];
    for (const payouts of [moved, [two, one, ...rest], [two, ...rest]])
      expect(verifyStatement(verifierKey, { ...statement, payouts })).toMatchObject({
        left: { code: 'proof_wrong' },
      });
  });
});

it('there is none where payouts are listed at once', () => {
  const { lines } = wholeStory().desk;
  expect(settlementIn(lines)).toMatchObject({ left: { code: 'settlement_unknown' } });
  expect(settlementIn(lines, 3)).toMatchObject({ left: { code: 'settlement_unknown' } });
  const none = settlementIn(lines);
  expect(isLeft(none) && none.left.message).toContain('policy has no vesting');
});
