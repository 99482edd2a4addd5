/**
 * The protocol from opening to settlement, decided on the desk. Digests stand for bytes: deciders
 * never see bytes. Each story asserts the facts that make it and the laws that hold in all.
 */
import { describe, expect, it } from 'vitest';
import type { LedgerEvent } from '../events/catalogue.ts';
import { decodeEvent } from '../events/decode-event.ts';
import type { SigningKey } from '../events/nkey.ts';
import { currentAssignments, emptyBooks, must, openWindow } from '../projections/books.ts';
import { foldInto } from '../projections/fold.ts';
import { balanceOf } from '../projections/rewards.ts';
import { artifactNamed, Desk, digestNamed } from '../testing/desk.ts';
import { walletOf } from './rules/accounts.ts';

interface Cast {
  desk: Desk;
  workers: SigningKey[];
  validators: SigningKey[];
}

function started(workers = 3, validators = 3): Cast {
  const desk = new Desk().open();
  const w = Array.from({ length: workers }, (_, i) => desk.admit('worker', `worker-${i}`));
  const v = Array.from({ length: validators }, (_, i) => desk.admit('validator', `validator-${i}`));
  desk.plan();
  for (const key of [...w, ...v]) desk.join(key);
  desk.tick();
  return { desk, workers: w, validators: v };
}

const types = (events: readonly LedgerEvent[]): string[] =>
  events.map((event) => event.type.replace('daybook.', '').replace('.v1', ''));

const keyOf = ({ workers, validators }: Cast, actor: string): SigningKey =>
  must(
    [...workers, ...validators].find((key) => key.actor === actor),
    actor,
  );

function train(cast: Cast, assignment: string, delta = `delta ${assignment}`): void {
  const { desk } = cast;
  const window = must(openWindow(desk.books, 'r'), 'window');
  const held = must(window.assignments[assignment], assignment);
  const key = keyOf(cast, held.participant);
  const session = must(desk.books.members[key.actor], 'member').session;
  desk.must(key, 'daybook.assignment.claimed.v1', { assignment, session });
  desk.must(key, 'daybook.submission.committed.v1', {
    assignment,
    session,
    checkpoint: window.checkpoint,
    delta: artifactNamed(delta),
    encoding: 'f32',
    computeClass: 'exact',
    backend: 'test',
    tokens: 32,
    innerSteps: 2,
    lossFirstMicroNats: 4_000_000,
    lossLastMicroNats: 3_900_000,
    trace: ['00'.repeat(32)],
    elapsedMs: 5,
  });
}

function reveal(cast: Cast): void {
  const { desk } = cast;
  for (const { assignment, participant, submission } of currentAssignments(
    must(openWindow(desk.books, 'r'), 'window'),
  ))
    desk.must(keyOf(cast, participant), 'daybook.upload.completed.v1', {
      assignment,
      session: must(desk.books.members[participant], 'member').session,
      delta: must(submission, 'submission').delta,
    });
}

/** Validators judge: `honest` names what they recompute; equal to the committed digest is accepted. */
function judge(cast: Cast, honest: (assignment: string) => string): LedgerEvent[] {
  const { desk } = cast;
  const events: LedgerEvent[] = [...desk.tick()];
  for (const held of currentAssignments(must(openWindow(desk.books, 'r'), 'window'))) {
    const recomputed = artifactNamed(honest(held.assignment));
    const observed = must(held.submission, 'submission').delta.digest;
    const same = observed === recomputed.digest;
    for (const actor of must(held.challenge, 'challenge').panel)
      events.push(
        ...desk.must(keyOf(cast, actor), 'daybook.verdict.recorded.v1', {
          assignment: held.assignment,
          session: must(desk.books.members[actor], 'member').session,
          disposition: same ? 'accepted' : 'rejected',
          reasons: same ? [] : ['digest_mismatch'],
          observed,
          recomputed,
          firstDivergence: same ? null : 0,
        }),
      );
  }
  return events;
}

function aggregate(cast: Cast, before: number, after: number): LedgerEvent[] {
  const { desk, validators } = cast;
  const window = must(openWindow(desk.books, 'r'), 'window');
  return validators.slice(0, 2).flatMap((key) => [
    ...desk.must(key, 'daybook.aggregation.reported.v1', {
      run: 'r',
      window: window.window,
      session: must(desk.books.members[key.actor], 'member').session,
      checkpoint: artifactNamed(`checkpoint ${window.window}`),
      momentum: artifactNamed(`momentum ${window.window}`),
      lossBeforeMicroNats: before,
      lossAfterMicroNats: after,
    }),
  ]);
}

const slotsOf = ({ desk }: Cast): string[] => [
  ...must(openWindow(desk.books, 'r'), 'window').slots,
];
const honest = (assignment: string): string => `delta ${assignment}`;

function playWindow(cast: Cast, before: number, after: number): LedgerEvent[] {
  for (const assignment of slotsOf(cast)) train(cast, assignment);
  reveal(cast);
  judge(cast, honest);
  return aggregate(cast, before, after);
}

describe('a run from opening to settlement', () => {
  it('activates when enough participants hold leases, and plans the first window', () => {
    const desk = new Desk().open();
    const worker = desk.admit('worker', 'worker-0');
    const others = [desk.admit('worker', 'worker-1'), desk.admit('validator', 'validator-0')];
    const last = desk.admit('validator', 'validator-1');
    desk.plan();
    for (const key of [worker, ...others]) desk.join(key);
    expect(desk.tick()).toEqual([]);
    desk.join(last);
    expect(types(desk.tick())).toEqual([
      'clock.ticked',
      'run.activated',
      'period.opened',
      'journal.posted',
      'window.planned',
      'assignment.issued',
      'assignment.issued',
      'window.activated',
    ]);
  });

  it('seals, challenges, resolves, aggregates, promotes and pays', () => {
    const cast = started();
    const { desk } = cast;
    expect(types(playWindow(cast, 4_000_000, 3_000_000))).toContain('checkpoint.promoted');
    expect(desk.books.runs['r']?.revisions.at(-1)?.heldOutLossMicroNats).toBe(3_000_000);
    desk.tick();
    playWindow(cast, 3_000_000, 3_000_100);
    expect(desk.books.windows['r/1']?.promotion?.decision).toBe('held_no_promotion');
    expect(types(desk.tick())).toEqual([
      'clock.ticked',
      'journal.posted',
      'period.closed',
      'settlement.published',
      'run.completed',
    ]);
    const period = must(desk.books.rewards.periods['r/0'], 'period');
    expect(period.paid).toBe('1000000000');
    const wallets = Object.keys(desk.books.members).map((actor) =>
      balanceOf(desk.books, 'micro', walletOf(actor)),
    );
    expect(wallets.reduce((sum, amount) => sum + amount, 0n)).toBe(1_000_000_000n);
  });

  it('rejects an altered delta, counts the recomputed one, fines and bars the cheat', () => {
    const cast = started();
    const { desk } = cast;
    const [first, second] = slotsOf(cast) as [string, string];
    const cheat = must(openWindow(desk.books, 'r')?.assignments[first], first).participant;
    train(cast, first, 'altered');
    train(cast, second);
    reveal(cast);
    const events = judge(cast, honest);
    expect(types(events)).toContain('participant.quarantined');
    const scored = events.find((event) => event.type === 'daybook.window.scored.v1');
    expect(scored?.data.slots.map((slot) => slot.counted)).toEqual([
      digestNamed(honest(first)),
      digestNamed(honest(second)),
    ]);
    aggregate(cast, 4_000_000, 3_000_000);
    desk.tick();
    expect(balanceOf(desk.books, 'micro', 'penalties')).toBe(25_000_000n);
    expect(openWindow(desk.books, 'r')?.contributors).not.toContain(cheat);
    playWindow(cast, 3_000_000, 2_900_000);
    desk.tick();
    expect(balanceOf(desk.books, 'micro', walletOf(cheat))).toBe(0n);
  });

  it('replaces a worker whose lease ran out, from the standby', () => {
    const cast = started();
    const { desk, workers, validators } = cast;
    const window = must(openWindow(desk.books, 'r'), 'window');
    const dead = must(window.contributors[0], 'contributor');
    const living = [...workers, ...validators].filter((key) => key.actor !== dead);
    const seen: LedgerEvent[] = [];
    for (let beat = 1; beat <= 12; beat += 1) {
      seen.push(...desk.pass(5000));
      for (const key of living) desk.heartbeat(key, beat);
    }
    seen.push(...desk.pass(1));
    expect(types(seen).filter((type) => type !== 'clock.ticked')).toEqual([
      'participant.staled',
      'participant.expired',
      'lease.ended',
      'assignment.superseded',
      'participant.replaced',
      'assignment.issued',
    ]);
    const now = must(openWindow(desk.books, 'r'), 'window');
    expect(now.assignments[must(now.slots[0], 'slot')]?.participant).toBe(window.standby[0]);
  });

  it('calls the reserve when the panel disagrees, and follows the majority', () => {
    const cast = started();
    const { desk } = cast;
    for (const assignment of slotsOf(cast)) train(cast, assignment);
    reveal(cast);
    desk.tick();
    const [first] = slotsOf(cast) as [string];
    const held = () => must(openWindow(desk.books, 'r')?.assignments[first], first);
    const [liar, truthful] = [...must(held().challenge, 'challenge').panel] as string[] as [
      string,
      string,
    ];
    const verdict = (actor: string, recomputed: string) => {
      const observed = must(held().submission, 'submission').delta.digest;
      const same = digestNamed(recomputed) === observed;
      return desk.must(keyOf(cast, actor), 'daybook.verdict.recorded.v1', {
        assignment: first,
        session: 1,
        disposition: same ? 'accepted' : 'rejected',
        reasons: same ? [] : ['digest_mismatch'],
        observed,
        recomputed: artifactNamed(recomputed),
        firstDivergence: null,
      });
    };
    verdict(liar, 'a lie');
    expect(types(verdict(truthful, honest(first)))).toEqual(['verdict.recorded', 'panel.extended']);
    const third = must(held().challenge?.panel[2], 'third');
    const resolved = verdict(third, honest(first)).find(
      (event) => event.type === 'daybook.challenge.resolved.v1',
    );
    expect(resolved?.data.disposition).toBe('accepted');
    expect(resolved?.data.dissenting).toEqual([liar]);
  });
});

describe('laws', () => {
  it('replay on a private copy equals the live fold, and every line decodes to its event', () => {
    const cast = started();
    playWindow(cast, 4_000_000, 3_000_000);
    cast.desk.tick();
    const replayed = emptyBooks('desk');
    for (const line of cast.desk.lines) {
      const event = decodeEvent(line);
      if (event._tag === 'Left') throw new Error(event.left.message);
      foldInto(replayed, event.right);
    }
    expect(replayed).toEqual(cast.desk.books);
  });

  it('debits equal credits in every unit', () => {
    const cast = started();
    playWindow(cast, 4_000_000, 3_000_000);
    cast.desk.tick();
    playWindow(cast, 3_000_000, 2_000_000);
    cast.desk.tick();
    const sums: Record<string, bigint> = {};
    for (const [key, { debits, credits }] of Object.entries(cast.desk.books.rewards.balances)) {
      const unit = must(key.split(':')[0], 'unit');
      sums[unit] = (sums[unit] ?? 0n) + BigInt(debits) - BigInt(credits);
    }
    expect(sums).toEqual({ micro: 0n, work: 0n, audit: 0n });
  });
});
