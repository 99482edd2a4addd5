/** What follows from disputes: who is asked, who wins, what it costs. */
import { describe, expect, it } from 'vitest';
import { assignmentOf, must } from '../../../projections/books.ts';
import { balanceOf } from '../../../projections/balances.ts';
import { RUN, shortTypes } from '../../../testing/cast.ts';
import { DisputeCase, OPERATION, PARTED_AT, TERMS } from '../../../testing/dispute-case.ts';
import { seedPolicy } from '../../seed-policy.ts';
import { DISPUTES, escrowOf, PENALTIES } from '../money/accounts.ts';
import { agreeingOn } from './dispute-parties.ts';

const STAKE = BigInt(seedPolicy.rewards.stake);
const PENALTY = BigInt(seedPolicy.fraud.penalty);
const BOND = BigInt(TERMS.bond);

const escrow = ({ desk }: DisputeCase, actor: string): bigint =>
  balanceOf(desk.books, 'micro', escrowOf(actor));
const penalties = ({ desk }: DisputeCase): bigint => balanceOf(desk.books, 'micro', PENALTIES);
const agreeing = ({ desk, assignment }: DisputeCase): string[] =>
  agreeingOn(must(assignmentOf(desk.books, assignment), assignment));
const resolution = ({ desk }: DisputeCase) =>
  must(
    desk.events.find(({ type }) => type === 'daybook.dispute.resolved.v1'),
    'resolution',
  ).data;

function expectBalanced({ desk }: DisputeCase): void {
  for (const unit of ['micro', 'work', 'audit']) {
    const sums = Object.entries(desk.books.rewards.balances).filter(([account]) =>
      account.startsWith(`${unit}:`),
    );
    const sum = (side: 'debits' | 'credits'): bigint =>
      sums.reduce((total, [, balance]) => total + BigInt(balance[side]), 0n);
    expect(sum('debits')).toBe(sum('credits'));
  }
  expect(balanceOf(desk.books, 'micro', DISPUTES)).toBe(0n);
}

describe('a claimant who is wrong', () => {
  it('loses the bond; the operation is named', () => {
    const found = DisputeCase.rejected();
    found.open();
    expect(balanceOf(found.desk.books, 'micro', DISPUTES)).toBe(BOND);
    expect(escrow(found, found.claimant.actor)).toBe(STAKE - PENALTY - BOND);
    const asked = shortTypes(found.answerAll()).filter((type) => type === 'dispute.asked');
    // One of two steps, one of six entries: 1 + 1, then the end, 3 at most, the entry, its evidence.
    expect(asked.length).toBeLessThanOrEqual(7);
    expect(found.dispute.referees).toHaveLength(2);
    for (const referee of found.dispute.referees) expect(agreeing(found)).not.toContain(referee);
    found.findAll('result_wrong', 'stands');
    expect(found.outcome).toBe('claimant_wrong');
    expect(found.desk.books.disputes).toEqual({});
    expect(resolution(found)).toMatchObject({
      outcome: 'claimant_wrong',
      reasons: ['result_wrong'],
      place: { step: 1, index: PARTED_AT, phase: 'backward', operation: OPERATION },
    });
    expect(escrow(found, found.claimant.actor)).toBe(STAKE - PENALTY - BOND);
    expect(penalties(found)).toBe(PENALTY + BOND);
    expect(found.desk.books.members[found.claimant.actor]?.quarantine[RUN]).toBeDefined();
    expectBalanced(found);
  });

  it('loses when it is silent, even if the defender is as well', () => {
    const found = DisputeCase.rejected();
    found.open();
    found.answer(found.defender);
    found.wait(TERMS.answerMs + 5000);
    expect(resolution(found)).toMatchObject({
      outcome: 'claimant_wrong',
      reasons: ['claimant_silent'],
    });
    expectBalanced(found);
  });

  it('prevails against a defender who throws it, and loses to the next', () => {
    const found = DisputeCase.rejected();
    found.open();
    const bribed = found.defender;
    found.answerAll();
    found.findAll('stands', 'result_wrong');
    expect(found.outcome).toBe('open');
    expect(found.defender.actor).not.toBe(bribed.actor);
    found.answerAll();
    found.findAll('result_wrong', 'stands');
    expect(found.outcome).toBe('claimant_wrong');
    expect(resolution(found)).toMatchObject({ defenders: agreeing(found) });
  });
});

describe('a claimant who is right', () => {
  it('prevails against all who agreed, and is made whole at their cost', () => {
    const found = DisputeCase.rejected();
    found.open();
    while (found.outcome === 'open') {
      found.answerAll();
      found.findAll('stands', 'result_wrong');
    }
    expect(found.outcome).toBe('claimant_right');
    expect(escrow(found, found.claimant.actor)).toBe(STAKE);
    for (const actor of agreeing(found)) expect(escrow(found, actor)).toBe(STAKE - PENALTY);
    expect(penalties(found)).toBe(2n * PENALTY);
    expect(found.desk.books.members[found.claimant.actor]?.quarantine).toEqual({});
    expectBalanced(found);
  });

  it('is credited for its work, be the window reconciled before or after', () => {
    const overturn = (found: DisputeCase): void => {
      while (found.outcome === 'open') {
        found.answerAll();
        found.findAll('stands', 'result_wrong');
      }
    };
    const earned = (found: DisputeCase): bigint =>
      balanceOf(found.desk.books, 'work', `earned/${RUN}/${found.claimant.actor}`);
    const before = DisputeCase.rejected();
    before.open();
    overturn(before);
    before.cast.aggregate(4_000_000, 3_000_000);
    const after = DisputeCase.rejected();
    after.open();
    after.cast.aggregate(4_000_000, 3_000_000);
    expect(earned(after)).toBe(0n);
    overturn(after);
    expect(earned(after)).toBeGreaterThanOrEqual(32n);
    expect(earned(after)).toBe(earned(before));
    expectBalanced(after);
  });

  it('needs no referee where nobody defends, or a defender contradicts itself', () => {
    const found = DisputeCase.rejected();
    found.open();
    const silent = found.defender;
    found.wait(TERMS.answerMs + 5000);
    expect(found.defender.actor).not.toBe(silent.actor);
    const { root } = must(found.dispute.rounds[0]?.claimant, 'committed root');
    found.answer(found.defender, { root });
    expect(resolution(found)).toMatchObject({
      outcome: 'claimant_right',
      reasons: ['defender_contradicts_verdict'],
      findings: [],
      place: null,
    });
    expectBalanced(found);
  });
});

describe('referees', () => {
  it('who disagree bring in the next', () => {
    const found = DisputeCase.rejected({}, 5);
    found.open();
    found.answerAll();
    const [one, two] = found.dispute.referees as readonly string[] as [string, string];
    found.find(found.cast.keyOf(one), 'stands', 'result_wrong');
    found.find(found.cast.keyOf(two), 'result_wrong', 'stands');
    found.desk.tick();
    expect(found.dispute.referees).toHaveLength(3);
    found.find(
      found.cast.keyOf(must(found.dispute.referees[2], 'third')),
      'result_wrong',
      'stands',
    );
    expect(found.outcome).toBe('claimant_wrong');
  });

  it('are waited for; without a quorum of them nothing is decided and the bond goes back', () => {
    const found = DisputeCase.rejected({}, 2);
    found.open();
    found.answerAll();
    expect(found.dispute.referees).toEqual([]);
    found.wait(4 * TERMS.answerMs + 5000);
    expect(resolution(found)).toMatchObject({ outcome: 'undecided', reasons: ['no_quorum'] });
    expect(escrow(found, found.claimant.actor)).toBe(STAKE - PENALTY);
    expectBalanced(found);
  });

  it('who come later are called', () => {
    const found = DisputeCase.rejected({}, 2);
    found.open();
    found.answerAll();
    const late = found.desk.admit('validator', 'late');
    found.cast.validators.push(late);
    found.desk.join(late);
    found.desk.tick();
    expect(found.dispute.referees).toEqual([late.actor]);
  });

  it('who could not compare decide nothing', () => {
    const found = DisputeCase.rejected();
    found.open();
    found.answerAll();
    found.findAll('not_comparable', 'not_comparable');
    expect(resolution(found)).toMatchObject({ outcome: 'undecided' });
  });
});
