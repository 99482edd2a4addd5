/** Stages: what lets a participant on, what sets it back, and what it is paid on the way. */
import { describe, expect, it } from 'vitest';
import type { EventOf, FactType, LedgerEvent } from '../../../events/catalogue.ts';
import type { ActorId } from '../../../events/ids.ts';
import { must } from '../../../projections/books.ts';
import { restoreStage, stageOf } from '../../../projections/standing.ts';
import { Cast } from '../../../testing/cast.ts';
import { Desk } from '../../../testing/desk.ts';
import { LADDER } from '../../../testing/offence-case.ts';
import { seedNetworkPolicy } from '../../network-policy.ts';
import type { Gate } from './admission.ts';
import { gatesOf } from './admission.ts';

const { mesh, admission } = seedNetworkPolicy;
const quick = { ...admission, canaryAccepted: 1, limitedAccepted: 2, canaryPayBps: 2501 };

const of = <T extends FactType>(events: readonly LedgerEvent[], type: T): EventOf<T>[] =>
  events.filter((event) => event.type === type) as unknown as EventOf<T>[];

function window(cast: Cast, delta?: string): LedgerEvent[] {
  const before = cast.desk.events.length;
  const [first, ...others] = cast.slots as [string, ...string[]];
  cast.train(first, delta);
  for (const slot of others) cast.train(slot);
  cast.reveal();
  cast.judge();
  const loss = 4_000_000 - 100_000 * cast.window.window;
  cast.aggregate(loss, loss - 100_000);
  cast.desk.tick();
  return cast.desk.events.slice(before);
}

describe('stages', () => {
  it('give a window of canaries no more slots than they may have', () => {
    const cast = Cast.network({ policy: { admission: quick } });
    expect(cast.window.contributors).toHaveLength(1);
  });

  it('let on whoever had its contribution accepted, and pay a part on the way, rounded down', () => {
    const cast = Cast.network({ policy: { admission: quick } });
    const [canary] = cast.window.contributors as readonly [ActorId];
    const events = window(cast);
    const advanced = of(events, 'daybook.stage.advanced.v1').map(({ data }) => data);
    expect(advanced).toContainEqual({
      participant: canary,
      run: 'r',
      window: 0,
      from: 'canary',
      to: 'limited',
      counted: 1,
    });
    const work = of(events, 'daybook.journal.posted.v1')
      .flatMap(({ data }) => data.transfers)
      .find(({ reason }) => reason === 'accepted_contribution');
    // 32 tokens at 25.01 %.
    expect(work?.amount).toBe('8');
  });

  it('set back whoever is rejected, at once and whatever it was', () => {
    const cast = Cast.network({ workers: 3, policy: { admission: quick }, plan: { windows: 4 } });
    window(cast);
    const [cheat] = cast.window.contributors as readonly [ActorId];
    const from = stageOf(cast.desk.books.members[cheat]).stage;
    const failed = of(window(cast, 'an altered delta'), 'daybook.stage.failed.v1');
    expect(failed.map(({ data }) => [data.participant, data.from, data.reason])).toEqual([
      [cheat, from, 'rejected_contribution'],
    ]);
    expect(stageOf(cast.desk.books.members[cheat])).toMatchObject({ stage: 'canary', counted: 0 });
  });

  it('are given back when the rejection is overturned', () => {
    const cast = Cast.network({ workers: 3, policy: { admission: quick }, plan: { windows: 6 } });
    for (let n = 0; n < 4; n += 1) window(cast);
    const [cheat] = cast.window.contributors as readonly [ActorId];
    const { stage } = stageOf(cast.desk.books.members[cheat]);
    expect(stage).not.toBe('canary');
    window(cast, 'an altered delta');
    const member = structuredClone(must(cast.desk.books.members[cheat], 'member'));
    expect(stageOf(member)).toMatchObject({ stage: 'canary', before: stage });
    restoreStage(member);
    expect(stageOf(member)).toEqual({ stage, counted: 0, windows: 0 });
  });

  it('begin again for a canary that took too many windows', () => {
    const slow = { ...admission, canaryAccepted: 3, canaryWindows: 2 };
    const cast = Cast.network({ workers: 2, policy: { admission: slow }, plan: { windows: 6 } });
    const reasons: string[] = [];
    for (let n = 0; n < 5; n += 1)
      reasons.push(...of(window(cast), 'daybook.stage.failed.v1').map(({ data }) => data.reason));
    expect(new Set(reasons)).toEqual(new Set(['canary_windows_over']));
  });

  it('are not known without admission terms', () => {
    const cast = Cast.network({ staged: false });
    const events = window(cast);
    expect(events.map(({ type }) => type).filter((type) => type.includes('.stage.'))).toEqual([]);
    expect(
      must(cast.desk.books.members[cast.workers[0]?.actor ?? ''], 'member').stage,
    ).toBeUndefined();
  });
});

describe('gates of other terms', () => {
  const gate = (cast: Cast, participant: ActorId, name: string): Gate | undefined => {
    const { books } = cast.desk;
    const policy = must(books.policy, 'policy');
    const member = must(books.members[participant], 'member');
    return gatesOf(books, member, admission, policy).find((one) => one.gate === name);
  };

  it('are not there without these terms', () => {
    const cast = Cast.network({ policy: { admission: quick } });
    const { actor } = must(cast.workers[0], 'worker');
    expect(gate(cast, actor, 'offences')).toBeUndefined();
    expect(gate(cast, actor, 'capability')).toBeUndefined();
  });

  it('hold back whoever was convicted, within memory', () => {
    const ladder = {
      ...LADDER,
      first: { ...LADDER.first, work: 'warned' as const },
      memoryWindows: 2,
    };
    const cast = Cast.network({
      workers: 2,
      policy: { admission: quick, ladder },
      plan: { windows: 8 },
    });
    const [cheat] = cast.window.contributors as readonly [ActorId];
    expect(gate(cast, cheat, 'offences')).toMatchObject({ needs: 1, has: 1 });
    window(cast, 'an altered delta');
    expect(gate(cast, cheat, 'offences')).toMatchObject({ needs: 1, has: 0 });
    const stages: string[] = [];
    for (let n = 0; n < 6; n += 1) {
      const events = window(cast);
      const moved = of(events, 'daybook.stage.advanced.v1').filter(
        ({ data }) => data.participant === cheat,
      );
      if (n === 0) expect(moved).toEqual([]);
      stages.push(...moved.map(({ data }) => data.to));
    }
    expect(gate(cast, cheat, 'offences')?.has ?? 1).toBe(1);
    expect(stages).toContain('limited');
  });
});

describe('terms that contradict themselves', () => {
  it.each([
    ['admission without mesh terms', { admission }],
    ['freshness below a heartbeat', { mesh: { ...mesh, freshMs: 5000 } }],
  ])('%s', (_, policy) => {
    expect(() => new Desk().open(policy)).toThrow('policy_inconsistent');
  });
});
