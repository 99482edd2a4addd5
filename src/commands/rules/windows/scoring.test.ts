/** Scoring and consensus: who is called, what is taken when, and who is credited with what. */
import { describe, expect, it } from 'vitest';
import type { DataOfType, FactType, LedgerEvent } from '../../../events/catalogue.ts';
import { CONTRIBUTIONS_MAX, SCORERS_MAX } from '../../../events/catalogue/scores.ts';
import { MAX_COMMIT_BYTES, MAX_ENTRY_BYTES } from '../../../events/commit.ts';
import type { SigningKey } from '../../../events/nkey.ts';
import { ONE } from '../../../projections/bonds.ts';
import { must } from '../../../projections/books.ts';
import { balanceOf } from '../../../projections/balances.ts';
import { weightsOf } from '../../../projections/scoring-book.ts';
import { RUN, shortTypes } from '../../../testing/cast.ts';
import { keyNamed } from '../../../testing/desk.ts';
import { DisputeCase } from '../../../testing/dispute-case.ts';
import { PARTICIPANTS_MAX } from '../../guards/participants.ts';
import { gain, ScoringCase, TERMS } from '../../../testing/scoring-case.ts';
import { yuma } from '../../consensus/yuma.ts';
import { seedNetworkPolicy } from '../../network-policy.ts';
import { seedPolicy } from '../../seed-policy.ts';
import { earnedBy } from '../money/accounts.ts';

const HONEST = [gain(300), gain(100)];

function last<T extends FactType>(events: readonly LedgerEvent[], type: T): DataOfType<T> {
  const event = must(
    events.findLast((one) => one.type === type),
    type,
  );
  return event.data as DataOfType<T>;
}
const earned = ({ desk }: ScoringCase, unit: string, actor: string): bigint =>
  balanceOf(desk.books, unit, earnedBy(RUN, actor));
const has = ({ desk }: ScoringCase, type: FactType): boolean =>
  desk.events.some((event) => event.type === type);
const contributorsOf = (told: ScoringCase): string[] => [...told.scoring().participants];

describe('scores are asked for', () => {
  it('once everything is judged, from validators with stake, beside the aggregation', () => {
    const told = ScoringCase.started().judged();
    const asked = last(told.desk.events, 'daybook.scores.requested.v1');
    expect(asked.contributions).toEqual(told.cast.slots);
    expect(asked.validators.map(({ stake }) => stake)).toEqual(
      told.cast.validators.map(() => seedPolicy.rewards.stake),
    );
    expect(asked.commitUntilMs).toBe(told.desk.nowMs + TERMS.commitMs);
    expect(shortTypes(told.desk.events).slice(-3)).toEqual([
      'window.scored',
      'aggregation.requested',
      'scores.requested',
    ]);
  });

  it('not where the policy has no terms for it', () => {
    const { desk } = DisputeCase.rejected();
    expect(desk.events.some(({ type }) => type === 'daybook.window.scored.v1')).toBe(true);
    expect(desk.books.scores).toBeUndefined();
  });

  it('not of a window in which nothing was accepted', () => {
    const told = ScoringCase.started();
    for (const slot of told.cast.slots) told.cast.train(slot, `lie ${slot}`);
    told.cast.reveal();
    told.cast.judge();
    told.cast.aggregate(4_000_000, 3_000_000);
    expect(told.desk.books.scores).toBeUndefined();
    expect(told.cast.desk.books.runs[RUN]?.windowsReconciled).toBe(1);
  });

  it('not of validators who are gone or have no stake, and then the window goes on without', () => {
    const told = ScoringCase.started({
      rewards: { ...seedPolicy.rewards, stake: '0' },
      registry: { ...seedNetworkPolicy.registry, workerStake: '0', validatorStake: '0' },
    });
    for (const key of told.cast.everybody)
      told.desk.must(key, 'daybook.offer.accepted.v1', {
        run: RUN,
        session: told.cast.sessionOf(key.actor),
      });
    told.desk.tick();
    told.judged();
    expect(told.desk.books.scores).toBeUndefined();
    told.cast.aggregate(4_000_000, 3_000_000);
    expect(told.desk.books.runs[RUN]?.windowsReconciled).toBe(1);
  });
});

describe('commit, then reveal', () => {
  it('nothing is shown before all have committed, and then all is taken at once', () => {
    const told = ScoringCase.started().judged();
    const [one, two, three] = told.cast.validators as [SigningKey, SigningKey, SigningKey];
    told.commit(one, HONEST);
    expect(told.reveal(one, HONEST)).toMatchObject({ code: 'scores_not_sealed', retryable: true });
    told.commit(two, HONEST);
    expect(has(told, 'daybook.scores.sealed.v1')).toBe(false);
    told.commit(three, HONEST);
    expect(told.scoring().sealed).not.toBeNull();
    for (const key of [one, two, three]) told.reveal(key, HONEST);
    expect(last(told.desk.events, 'daybook.consensus.reached.v1').missing).toEqual([]);
    expect(told.reveal(one, HONEST)).toMatchObject({ code: 'scoring_not_open' });
  });

  it('whoever is late finds it closed and is on record as missing', () => {
    const told = ScoringCase.started({ scoring: { ...TERMS, quorumBps: 3000 } }).judged();
    const [one, two, three] = told.cast.validators as [SigningKey, SigningKey, SigningKey];
    told.commit(one, HONEST);
    told.commit(two, HONEST);
    told.wait(TERMS.commitMs);
    expect(told.commit(three, HONEST)).toMatchObject({ code: 'scoring_not_open' });
    told.reveal(one, HONEST);
    told.wait(TERMS.revealMs);
    const reached = last(told.desk.events, 'daybook.consensus.reached.v1');
    expect(reached.validators).toHaveLength(1);
    expect(reached.missing).toEqual([two.actor, three.actor].sort());
    expect(told.reveal(two, HONEST)).toMatchObject({ code: 'scoring_not_open' });
  });

  it('a commitment that somebody else made opens nothing', () => {
    const told = ScoringCase.started().judged();
    const [one, two, three] = told.cast.validators as [SigningKey, SigningKey, SigningKey];
    told.commit(one, HONEST);
    const copied = told.scoring().commitments[0]?.commitment as string;
    told.desk.must(two, 'daybook.scores.committed.v1', {
      run: RUN,
      window: 0,
      session: 1,
      commitment: copied,
    });
    told.commit(three, HONEST);
    expect(told.reveal(one, HONEST).ok).toBe(true);
    expect(told.reveal(two, HONEST)).toMatchObject({ code: 'commitment_mismatch' });
  });

  it.each([
    ['commitments_short', 0],
    ['reveals_short', 3],
  ])('without a quorum of stake there is no consensus: %s', (reason, committed) => {
    const told = ScoringCase.started({ scoring: { ...TERMS, quorumBps: 6000 } }).judged();
    told.cast.validators.slice(0, committed).forEach((key) => told.commit(key, HONEST));
    if (committed > 0) told.reveal(must(told.cast.validators[0], 'validator'), HONEST);
    told.wait(TERMS.commitMs + TERMS.revealMs);
    const { missing, ...failed } = last(told.desk.events, 'daybook.consensus.failed.v1');
    expect(failed).toEqual({ run: RUN, window: 0, reason });
    expect(missing).toHaveLength(committed === 0 ? 3 : 2);
  });

  it('where no weight is common there is none either', () => {
    const told = ScoringCase.started().judged();
    told.score([
      [gain(1), gain(0)],
      [gain(0), gain(1)],
      [gain(0), gain(0)],
    ]);
    const failed = last(told.desk.events, 'daybook.consensus.failed.v1');
    expect(failed.reason).toBe('no_common_weight');
  });
});

describe('the consensus', () => {
  it('is what the majority gives; a validator who favours a friend gets a receipt', () => {
    const told = ScoringCase.started().judged();
    told.score([HONEST, [gain(0), gain(9000)], HONEST]);
    const reached = last(told.desk.events, 'daybook.consensus.reached.v1');
    expect(reached.contributors.map(({ weight }) => weight)).toEqual([(3 * ONE) / 4, ONE / 4]);
    const bribed = told.cast.validators.map(({ actor }) => actor)[1];
    const { validators } = last(told.desk.events, 'daybook.consensus.disagreed.v1');
    expect(validators).toMatchObject([{ validator: bribed, distanceBps: 7500 }]);
    const own = reached.validators.find(({ validator }) => validator === bribed);
    const others = reached.validators.filter(({ validator }) => validator !== bribed);
    for (const { dividend, trust } of others) {
      expect(dividend).toBeGreaterThan(own?.dividend ?? 0);
      expect(trust).toBe(ONE);
    }
    expect(own?.trust).toBe(ONE / 4);
  });

  it('leaves the bonds that Yuma gives, and the next one starts from them', () => {
    const told = ScoringCase.started().judged();
    const vectors = [HONEST, [gain(200), gain(200)], [gain(100), gain(300, -1)]];
    told.score(vectors);
    const { bonds } = must(told.desk.books.scores?.[RUN], 'scores');
    const scoring = told.scoring();
    const voters = scoring.validators.map(({ validator, stake }) => ({
      id: validator,
      stake: BigInt(stake),
      weights: weightsOf(
        scoring,
        vectors[told.cast.validators.findIndex(({ actor }) => actor === validator)] as never,
      ),
    }));
    const found = yuma(voters, contributorsOf(told), {}, TERMS);
    expect(bonds).toEqual(found.bonds);
    told.cast.aggregate(4_000_000, 3_000_000);
    told.desk.tick();
    told.judged().score(vectors, 1);
    const next = must(told.desk.books.scores?.[RUN], 'scores').bonds;
    expect(next).not.toEqual(found.bonds);
  });

  it('halves what gained more on random pages than on its own', () => {
    const told = ScoringCase.started().judged();
    const vector = [gain(200, -1), gain(100, 0)];
    told.score([vector, vector, vector]);
    const reached = last(told.desk.events, 'daybook.consensus.reached.v1');
    expect(reached.contributors.map(({ incentive }) => incentive)).toEqual([ONE / 2, ONE / 2]);
  });
});

describe('credits', () => {
  it('wait for the consensus; sums stay, shares follow incentive and dividend', () => {
    const told = ScoringCase.started().judged();
    told.cast.aggregate(4_000_000, 3_000_000);
    const [first, second] = contributorsOf(told) as [string, string];
    expect(earned(told, 'work', first)).toBe(0n);
    told.score([HONEST, HONEST, HONEST]);
    // Two slots of 32 tokens, three to one.
    expect(earned(told, 'work', first)).toBe(48n);
    expect(earned(told, 'work', second)).toBe(16n);
    // Four verdicts of 32 tokens each and two reports of 4 held-out pages of 8 tokens, in three.
    const audits = told.cast.validators.map(({ actor }) => earned(told, 'audit', actor));
    expect(audits.reduce((a, b) => a + b)).toBe(4n * 32n + 2n * 32n);
    expect(audits.every((one) => one === 64n)).toBe(true);
  });

  it('are posted as the window is reconciled when its consensus was first', () => {
    const told = ScoringCase.started().judged();
    told.score([HONEST, HONEST, HONEST]);
    const [first] = contributorsOf(told) as [string];
    expect(earned(told, 'work', first)).toBe(0n);
    told.cast.aggregate(4_000_000, 3_000_000);
    expect(earned(told, 'work', first)).toBe(48n);
  });

  it('are those of work done alone without a consensus', () => {
    const told = ScoringCase.started().judged();
    told.cast.aggregate(4_000_000, 3_000_000);
    told.wait(TERMS.commitMs);
    for (const actor of contributorsOf(told)) expect(earned(told, 'work', actor)).toBe(32n);
  });

  it('of a run that fails are settled without waiting', () => {
    const told = ScoringCase.started().judged();
    told.cast.aggregate(4_000_000, 3_000_000);
    told.desk.must(told.desk.operator, 'daybook.run.failed.v1', { run: RUN, reason: 'over' });
    const key = must(told.cast.validators[0], 'validator');
    expect(told.commit(key, HONEST)).toMatchObject({ code: 'scoring_not_open' });
    told.desk.tick();
    expect(last(told.desk.events, 'daybook.consensus.failed.v1').reason).toBe('run_failed');
    const { payouts } = last(told.desk.events, 'daybook.settlement.published.v1');
    expect(payouts.filter(({ work }) => work !== '0')).toHaveLength(2);
  });

  it('a rejection overturned while scores are awaited is credited with the window, once', () => {
    const found = DisputeCase.rejected({ scoring: TERMS });
    const told = new ScoringCase(found.cast);
    const { actor } = found.claimant;
    found.cast.aggregate(4_000_000, 3_000_000);
    // Only what was accepted is scored.
    expect(told.scoring().contributions).toHaveLength(1);
    found.open();
    while (found.outcome === 'open') {
      found.answerAll();
      found.findAll('stands', 'result_wrong');
    }
    expect(found.outcome).toBe('claimant_right');
    const credits = (): string[] =>
      found.desk.events.flatMap((event) =>
        event.type === 'daybook.journal.posted.v1'
          ? event.data.transfers
              .filter(({ unit, credit }) => unit === 'work' && credit === earnedBy(RUN, actor))
              .map(({ amount }) => amount)
          : [],
      );
    expect(told.scoring().outcome).toBeNull();
    expect(credits()).toEqual([]);
    told.wait(TERMS.commitMs);
    expect(credits()).toEqual(['32']);
  });
});

describe('the run', () => {
  it('plans the next window while scores are awaited, and no second one', () => {
    const told = ScoringCase.started({ rewards: seedPolicy.rewards }, { windows: 4 }).judged();
    told.cast.aggregate(4_000_000, 3_000_000);
    told.desk.tick();
    expect(told.cast.window.window).toBe(1);
    told.judged();
    told.cast.aggregate(3_000_000, 2_900_000);
    told.desk.tick();
    expect(told.desk.books.runs[RUN]?.windowsPlanned).toBe(2);
    told.score([HONEST, HONEST, HONEST], 0);
    told.desk.tick();
    expect(told.cast.window.window).toBe(2);
  });

  it('closes a period once all its windows have their credits', () => {
    const told = ScoringCase.started(
      { rewards: { ...seedPolicy.rewards, periodWindows: 1 } },
      { windows: 2 },
    ).judged();
    told.cast.aggregate(4_000_000, 3_000_000);
    told.desk.tick();
    expect(has(told, 'daybook.period.closed.v1')).toBe(false);
    expect(told.desk.books.runs[RUN]?.windowsPlanned).toBe(1);
    told.score([HONEST, HONEST, HONEST]);
    told.desk.tick();
    expect(last(told.desk.events, 'daybook.period.closed.v1')).toMatchObject({ throughWindow: 0 });
    expect(told.cast.window.window).toBe(1);
    const { payouts } = last(told.desk.events, 'daybook.settlement.published.v1');
    const work = payouts.map((line) => BigInt(line.work)).filter((amount) => amount > 0n);
    expect(work.length).toBe(2);
    expect(work.reduce((a, b) => (a > b ? a : b))).toBe(
      3n * work.reduce((a, b) => (a < b ? a : b)),
    );
  });
});

describe('validators that come and go', () => {
  it('one that drains stays until it has shown what it committed to', () => {
    const told = ScoringCase.started().judged();
    told.cast.aggregate(4_000_000, 3_000_000);
    const [one, two, three] = told.cast.validators as [SigningKey, SigningKey, SigningKey];
    const about = { participant: one.actor, session: told.cast.sessionOf(one.actor) };
    told.desk.must(one, 'daybook.participant.draining.v1', about);
    for (const key of [one, two, three]) told.commit(key, HONEST);
    told.desk.tick();
    expect(told.desk.books.members[one.actor]?.status).toBe('draining');
    told.reveal(one, HONEST);
    told.desk.tick();
    expect(told.desk.books.members[one.actor]?.status).toBe('departed');
    told.reveal(two, HONEST);
    told.reveal(three, HONEST);
    expect(last(told.desk.events, 'daybook.consensus.reached.v1').missing).toEqual([]);
  });

  it('one whose session ended is heard in its next, and one not called is not', () => {
    const told = ScoringCase.started().judged();
    const [one] = told.cast.validators as [SigningKey];
    const left = { participant: one.actor, session: 1, reason: 'restart' };
    told.desk.must(one, 'daybook.participant.left.v1', left);
    expect(told.commit(one, HONEST)).toMatchObject({ code: 'session_over' });
    told.desk.join(one);
    expect(told.commit(one, HONEST)).toMatchObject({ ok: true });
    const late = told.desk.admit('validator', 'late');
    told.desk.join(late);
    const commitment = 'ab'.repeat(32);
    const data = { run: RUN, window: 0, session: 1, commitment };
    expect(told.desk.say(late, 'daybook.scores.committed.v1', data)).toMatchObject({
      code: 'not_on_panel',
    });
  });
});

it('the largest facts of a scoring fit their entries, and their commit', () => {
  const name = 'n'.repeat(64);
  const actor = keyNamed('anybody').actor;
  const size = (data: object): number => Buffer.byteLength(JSON.stringify(data)) + 2048;
  const many = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);
  const share = 2 ** 32 - 1;
  const stake = '9'.repeat(38);
  const requested = size({
    contributions: many(CONTRIBUTIONS_MAX, `${name}/1000000/1023/9999`),
    validators: many(SCORERS_MAX, { validator: actor, stake }),
  });
  const revealed = size(
    many(CONTRIBUTIONS_MAX, { gainBps: -1_000_000_000, gapBps: -1_000_000_000 }),
  );
  const reached = size({
    validators: many(SCORERS_MAX, { validator: actor, stake, trust: share, dividend: share }),
    contributors: many(PARTICIPANTS_MAX, {
      participant: actor,
      weight: share,
      incentive: share,
      trust: share,
    }),
    missing: many(SCORERS_MAX, actor),
  });
  const disagreed = size(
    many(SCORERS_MAX, { validator: actor, distanceBps: 10_000, revealed: 2 ** 53 }),
  );
  const transfer = {
    amount: '9'.repeat(15),
    because: [2 ** 53],
    credit: earnedBy(name, actor),
    debit: 'issuer',
    id: `audit/${name}/1000000/${actor}`,
    reason: 'incentive',
    unit: 'audit',
  };
  const credits = size(many(PARTICIPANTS_MAX + SCORERS_MAX, transfer));
  for (const entry of [requested, revealed, reached, disagreed])
    expect(entry).toBeLessThan(MAX_ENTRY_BYTES);
  expect(revealed + reached + disagreed + credits).toBeLessThan(MAX_COMMIT_BYTES);
});
