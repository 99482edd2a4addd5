/** Who may say what in a dispute, and when. */
import { describe, expect, it } from 'vitest';
import { must } from '../../projections/books.ts';
import { seedPolicy } from '../seed-policy.ts';
import { Cast } from '../../testing/cast.ts';
import { DisputeCase, MINUTE_MS, rootNamed, TERMS } from '../../testing/dispute-case.ts';

describe('a dispute', () => {
  it('is opened by the author of what was rejected, once', () => {
    const found = DisputeCase.rejected();
    const other = must(
      found.cast.workers.find(({ actor }) => actor !== found.claimant.actor),
      'other worker',
    );
    expect(found.open(other)).toMatchObject({ code: 'assignment_not_yours' });
    expect(found.open(must(found.cast.validators[0], 'validator'))).toMatchObject({
      code: 'not_authorised',
    });
    expect(found.open()).toMatchObject({ ok: true });
    expect(found.open()).toMatchObject({ code: 'dispute_already_opened' });
  });

  it('needs a policy that offers it, at the resolution and now', () => {
    const cast = Cast.started();
    const assignment = must(cast.slots[0], 'slot');
    for (const slot of cast.slots) cast.train(slot, slot === assignment ? 'altered' : undefined);
    cast.reveal();
    cast.judge();
    const found = new DisputeCase(cast);
    expect(found.open()).toMatchObject({ code: 'disputes_not_offered' });
    cast.desk.adopt({ ...seedPolicy, revision: 2, dispute: TERMS });
    expect(found.open()).toMatchObject({ code: 'disputes_not_offered' });
  });

  it('is of something rejected, in time, and covered by the escrow', () => {
    const accepted = DisputeCase.rejected();
    const other = must(accepted.cast.slots[1], 'slot');
    const key = accepted.cast.keyOf(accepted.cast.assignment(other).participant);
    const about = { assignment: other, session: accepted.cast.sessionOf(key.actor) };
    expect(accepted.desk.say(key, 'daybook.dispute.opened.v1', about)).toMatchObject({
      code: 'nothing_to_dispute',
    });
    const late = DisputeCase.rejected({ dispute: { ...TERMS, openMs: MINUTE_MS } });
    late.wait(MINUTE_MS + 10_000);
    expect(late.open()).toMatchObject({ code: 'dispute_too_late' });
    const poor = DisputeCase.rejected({ dispute: { ...TERMS, bond: '75000001' } });
    expect(poor.open()).toMatchObject({ code: 'bond_not_covered' });
  });
});

describe('an answer', () => {
  it('is given once by each party, to the question that is open, in its form', () => {
    const found = DisputeCase.rejected();
    const nobody = { ...found.about(found.claimant), round: 1, claimant: 'stands' as const };
    expect(
      found.desk.say(found.claimant, 'daybook.dispute.answered.v1', {
        ...found.about(found.claimant),
        round: 1,
        answer: { root: null, opening: null, proof: null, evidence: null },
      }),
    ).toMatchObject({ code: 'dispute_not_open' });
    found.open();
    const bystander = must(
      found.cast.validators.find(({ actor }) => actor !== found.defender.actor),
      'bystander',
    );
    expect(found.answer(bystander, { root: rootNamed('x') })).toMatchObject({
      code: 'not_a_party',
    });
    // Its first answer stands in its submission.
    expect(found.answer(found.claimant)).toMatchObject({ code: 'answer_already_recorded' });
    expect(found.answer(found.defender, {})).toMatchObject({ code: 'answer_out_of_form' });
    const evidence = { digest: must(found.cast.window.checkpoint, 'digest'), sizeBytes: 1 };
    expect(found.answer(found.defender, { root: rootNamed('x'), evidence })).toMatchObject({
      code: 'answer_out_of_form',
    });
    expect(found.answer(found.defender)).toMatchObject({ ok: true });
    expect(
      found.desk.say(found.defender, 'daybook.dispute.answered.v1', {
        ...found.about(found.defender),
        round: 1,
        answer: { root: rootNamed('late'), opening: null, proof: null, evidence: null },
      }),
    ).toMatchObject({ code: 'round_not_open' });
    expect(
      found.desk.say(found.defender, 'daybook.dispute.found.v1', {
        ...nobody,
        ...found.about(found.defender),
        defender: 'stands',
      }),
    ).toMatchObject({ code: 'round_not_open' });
  });

  it('about an entry is about the one asked for', () => {
    const found = DisputeCase.rejected();
    found.open();
    while (found.dispute.rounds.at(-1)?.question.kind !== 'entry') {
      if (found.dispute.rounds.at(-1)?.claimant === null) found.answer(found.claimant);
      found.answer(found.defender);
    }
    const { opening } = found.answerOf(found.claimant);
    const other = { ...must(opening, 'opening'), index: 0 };
    expect(found.answer(found.claimant, { opening: other })).toMatchObject({
      code: 'answer_out_of_form',
    });
  });
});

it('an answer fits an entry', () => {
  const found = DisputeCase.rejected();
  found.open();
  found.answer(found.defender);
  while (found.dispute.rounds.at(-1)?.question.kind !== 'end') {
    found.answer(found.claimant);
    found.answer(found.defender);
  }
  const own = must(found.answerOf(found.claimant).opening, 'opening');
  const place = { role: 'x'.repeat(100), digest: rootNamed('x') };
  const opening = (places: number) => ({
    opening: {
      ...own,
      entry: { ...own.entry, reads: Array.from({ length: places }, () => place) },
    },
  });
  expect(found.answer(found.claimant, opening(1100))).toMatchObject({ code: 'answer_out_of_form' });
  expect(found.answer(found.claimant, opening(900))).toMatchObject({ ok: true });
});

it('a finding is of a referee who was called, once', () => {
  const found = DisputeCase.rejected();
  found.open();
  found.answerAll();
  const [referee] = found.dispute.referees;
  const key = found.cast.keyOf(must(referee, 'referee'));
  expect(found.find(found.defender, 'stands', 'stands')).toMatchObject({ code: 'not_on_panel' });
  expect(found.find(key, 'result_wrong', 'stands')).toMatchObject({ ok: true });
  expect(found.find(key, 'result_wrong', 'stands')).toMatchObject({
    code: 'verdict_already_recorded',
  });
});
