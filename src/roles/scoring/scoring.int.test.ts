/**
 * A run whose windows are scored, with real kernels on the memory log: validators measure, commit and
 * show; one of them favours a worker. Incentives decide what is credited, and the audit comes to the
 * same ledger.
 */
import { expect, it } from 'vitest';
import { MemoryWorld } from '../../adapters/memory/world.ts';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { commitmentOf } from '../../commands/consensus/commitment.ts';
import { seedNetworkPolicy } from '../../commands/network-policy.ts';
import { earnedBy } from '../../commands/rules/money/accounts.ts';
import { seedPolicy } from '../../commands/seed-policy.ts';
import { largestRemainder } from '../../commands/shares.ts';
import type { EventOf, FactOf, FactType } from '../../events/catalogue.ts';
import { digestOf } from '../../events/digest.ts';
import type { LedgerId } from '../../events/ids.ts';
import { splitRecording } from '../../events/recording.ts';
import { rowOf } from '../../projections/bonds.ts';
import type { RunPlan } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import { weightsOf } from '../../projections/scoring-book.ts';
import { scoringOf } from '../../projections/scoring.ts';
import { keyNamed, sparseEncoding } from '../../testing/desk.ts';
import { playWholeRun, tinyPlan } from '../../testing/whole-run.ts';
import { audit } from '../audit/audit.ts';
import { decodeLines } from '../audit/replay.ts';
import { WeightsAudit } from '../audit/weights.ts';
import type { Duties, Node } from '../node.ts';
import { ThreadLane } from '../thread-lane.ts';
import { ValidatorDuties } from '../validator.ts';
import { firstCheckpoint } from '../work-spec.ts';

const ledger = 'scored' as LedgerId;
const FRIEND = keyNamed('worker-3').actor;
const SALT = '77'.repeat(32);

const sparse = { ...sparseEncoding, tile: 16, top: 24 };
const base = firstCheckpoint(tinyPlan);
const adapterPlan: RunPlan = {
  ...tinyPlan,
  run: 'tuned',
  windows: 1,
  adapter: {
    rank: 4,
    alpha: 8,
    targets: ['lm_head'],
    base: { digest: digestOf(base), sizeBytes: base.byteLength },
  },
};

/** Scores a friend high and everybody else with nothing. */
class Bribed implements Duties {
  readonly #honest = new ValidatorDuties();

  perform(step: Parameters<Duties['perform']>[0], node: Node, signal: AbortSignal): Promise<void> {
    const client = Object.create(node.client) as Node['client'];
    client.send = <T extends FactType>(id: string, fact: FactOf<T>, until: AbortSignal) =>
      node.client.send(id, favouring(fact, node), until);
    return this.#honest.perform(step, { ...node, client }, signal);
  }
}

function favouring<T extends FactType>(fact: FactOf<T>, node: Node): FactOf<T> {
  if (fact.type !== 'daybook.scores.committed.v1' && fact.type !== 'daybook.scores.revealed.v1')
    return fact;
  const { run, window, session } = fact.data as { run: string; window: number; session: number };
  const { participants } = must(scoringOf(node.follower.books, run, window), 'scoring');
  const scores = participants.map((participant) => ({
    gainBps: participant === FRIEND ? 9000 : 0,
    gapBps: 0,
  }));
  const commitment = commitmentOf({ run, window, validator: node.key.actor, scores, salt: SALT });
  const said =
    fact.type === 'daybook.scores.committed.v1' ? { commitment } : { scores, salt: SALT };
  return { ...fact, data: { run, window, session, ...said } } as unknown as FactOf<T>;
}

/** Starts anew with every step: what it committed to it finds again from its key and the artifacts. */
const forgetful: Duties = {
  perform: (step, node, signal) => new ValidatorDuties().perform(step, node, signal),
};

it('credits what honest validators measured, whatever a bribed one says', async () => {
  const world = new MemoryWorld(systemClock);
  const recorded = await playWholeRun({
    ledger,
    open: () => openLedger('memory:', ledger, { memory: world }),
    plan: { ...tinyPlan, slots: 3 },
    policy: {
      scoring: { ...seedNetworkPolicy.scoring, commitMs: 120_000, revealMs: 120_000 },
      rewards: { ...seedPolicy.rewards, periodWindows: 2 },
    },
    validators: {
      'validator-1': new ValidatorDuties(),
      'validator-2': forgetful,
      'validator-3': new Bribed(),
    },
  });
  const events = decodeLines([...splitRecording(recorded.ndjson)]).map(({ event }) => event);
  const all = <T extends FactType>(type: T): EventOf<T>[] =>
    events.filter((event): event is EventOf<T> & typeof event => event.type === type);

  const reached = all('daybook.consensus.reached.v1');
  expect(reached.map(({ data }) => data.window)).toEqual([0, 1, 2]);
  const bribed = keyNamed('validator-3').actor;
  for (const { data } of reached) {
    const { window } = data;
    const reveals = all('daybook.scores.revealed.v1').filter((one) => one.data.window === window);
    const [one, two] = reveals
      .filter(({ actor }) => actor !== bribed)
      .map((each) => each.data.scores);
    expect(one).toEqual(two);
    const { contributions } = must(
      all('daybook.scores.requested.v1').find((each) => each.data.window === window),
      'request',
    ).data;
    const issued = all('daybook.assignment.issued.v1').map((each) => each.data);
    const participants = contributions.map(
      (id) =>
        must(
          issued.find(({ assignment }) => assignment === id),
          id,
        ).participant,
    );
    const honest = rowOf(weightsOf({ participants }, must(one, 'scores')));
    for (const { participant, weight } of data.contributors)
      expect(weight).toBe(honest.get(participant) ?? 0);
    expect(data.missing).toEqual([]);
    const transfers = all('daybook.journal.posted.v1')
      .flatMap((each) => each.data.transfers)
      .filter(({ id, unit }) => unit === 'work' && id.startsWith(`work/tiny/${window}/`));
    const sum = transfers.reduce((total, { amount }) => total + BigInt(amount), 0n);
    expect(sum).toBe(3n * BigInt(4 * 4 * 16));
    const shares = largestRemainder(
      sum,
      data.contributors.map((each) => ({ id: each.participant, weight: BigInt(each.incentive) })),
    );
    for (const [id, amount] of shares)
      expect(transfers.find(({ credit }) => credit === earnedBy('tiny', id))?.amount ?? '0').toBe(
        amount.toString(),
      );
  }
  const receipts = all('daybook.consensus.disagreed.v1').flatMap(({ data }) => data.validators);
  expect(new Set(receipts.map(({ validator }) => validator))).toEqual(new Set([bribed]));
  const paid = all('daybook.settlement.published.v1').flatMap(({ data }) => data.payouts);
  const audited = (actor: string): bigint =>
    paid
      .filter(({ participant }) => participant === actor)
      .reduce((sum, { audit: part }) => sum + BigInt(part), 0n);
  expect(audited(bribed)).toBeLessThan(audited(keyNamed('validator-1').actor));

  const lane = await ThreadLane.open('reference', 1);
  const { artifacts, close } = await openLedger('memory:', ledger, { memory: world });
  const report = await audit({
    ...recorded,
    weights: new WeightsAudit(artifacts, [lane]),
    nowMs: systemClock.nowMs,
    onCheck: () => {},
    onProgress: () => {},
  });
  await lane.close();
  await close();
  expect(report.checks.filter((check) => check.status !== 'ok')).toEqual([]);
  // Six vectors of the honest, and where three others are.
  const lies = all('daybook.scores.revealed.v1').filter(({ actor }) => actor === bribed);
  expect(report.checks.find(({ name }) => name === 'scores')?.detail).toBe(
    `3 windows measured again: 6 of 9 vectors are what comes out, not those of entries ${lies.map(({ sequence }) => sequence).join(', ')}`,
  );
});

it.each([
  ['encoded deltas', { ...tinyPlan, windows: 1, encoding: sparse }, undefined],
  ['an adapter beside a whole model', { ...tinyPlan, windows: 1 }, adapterPlan],
])('scores %s alike', async (_what, plan, beside) => {
  const world = new MemoryWorld(systemClock);
  const recorded = await playWholeRun({
    ledger,
    open: () => openLedger('memory:', ledger, { memory: world }),
    plan,
    ...(beside === undefined ? {} : { beside }),
    policy: { scoring: { ...seedNetworkPolicy.scoring, commitMs: 120_000, revealMs: 120_000 } },
  });
  const events = decodeLines([...splitRecording(recorded.ndjson)]).map(({ event }) => event);
  const runs = [plan.run, ...(beside === undefined ? [] : [beside.run])];
  for (const run of runs) {
    const vectors = events.flatMap((event) =>
      event.type === 'daybook.scores.revealed.v1' && event.data.run === run
        ? [JSON.stringify(event.data.scores)]
        : [],
    );
    expect(vectors).toHaveLength(3);
    expect(new Set(vectors).size).toBe(1);
    // No loss that nobody could measure.
    expect(vectors[0]).not.toContain('-1000000000');
  }
});
