/** Signs of one owner: what makes a cluster, what does not, and that none can be pinned on another. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LedgerEvent } from '../../../events/catalogue.ts';
import type { ActorId } from '../../../events/ids.ts';
import { clusterOf } from '../../../projections/identities.ts';
import { keyNamed } from '../../../testing/desk.ts';
import { RegistryCast, STAKE } from '../../../testing/registry-cast.ts';
import { owned } from './clusters.ts';

const actor = (name: string): ActorId => keyNamed(name).actor;
const told = (events: readonly LedgerEvent[]): string[] =>
  events.flatMap((event) =>
    event.type === 'daybook.cluster.signalled.v1' ? [event.data.sign] : [],
  );
const alike = (cast: RegistryCast, ...names: string[]): boolean =>
  new Set(names.map((name) => clusterOf(cast.desk.books, actor(name)))).size === 1;

/** Registers with the recovery key that goes by this name. */
function arrive(cast: RegistryCast, name: string, safe: string) {
  const { recoveryKey, recoveryConsent } = cast.registration('worker', name, keyNamed(safe));
  return cast.register('worker', name, { recoveryKey, recoveryConsent });
}

describe('clusters', () => {
  it('are of identities with one recovery key', () => {
    const cast = new RegistryCast();
    arrive(cast, 'a', 'safe');
    arrive(cast, 'b', 'another safe');
    arrive(cast, 'c', 'safe');
    expect(told(cast.desk.events)).toEqual(['recovery_key']);
    expect([alike(cast, 'a', 'c'), alike(cast, 'a', 'b')]).toEqual([true, false]);
  });

  it('are of identities that one depositor has funded whole', () => {
    const cast = new RegistryCast();
    for (const name of ['a', 'b', 'c']) cast.register('worker', name);
    cast.deposit(actor('a'), STAKE, 'bank');
    // Dust from a stranger makes nobody his.
    cast.deposit(actor('b'), '49999999', 'bank');
    expect(told(cast.desk.events)).toEqual([]);
    expect(told(cast.deposit(actor('b'), '1', 'bank'))).toEqual(['depositor']);
    expect(told(cast.deposit(actor('b'), '1', 'bank'))).toEqual([]);
    expect([alike(cast, 'a', 'b'), alike(cast, 'a', 'c')]).toEqual([true, false]);
  });

  it('are of whom one depositor funds before they register, too', () => {
    const cast = new RegistryCast();
    for (const name of ['a', 'b']) cast.deposit(actor(name), STAKE, 'bank');
    expect(told(cast.desk.events)).toEqual([]);
    for (const name of ['a', 'b']) cast.register('worker', name);
    expect(told(cast.desk.events)).toEqual(['depositor']);
  });

  it('grow together when one identity has signs of two', () => {
    const cast = new RegistryCast();
    for (const [name, safe] of [
      ['a', 's'],
      ['b', 's'],
      ['c', 't'],
      ['d', 't'],
    ] as const)
      arrive(cast, name, safe);
    cast.deposit(actor('b'), STAKE, 'bank');
    expect(alike(cast, 'a', 'd')).toBe(false);
    cast.deposit(actor('c'), STAKE, 'bank');
    expect(alike(cast, 'a', 'b', 'c', 'd')).toBe(true);
  });

  it('are not made by a benchmark, which everybody can copy; it is told', () => {
    const cast = RegistryCast.open(2, 0);
    const [one, other] = cast.workers.map((key) => key.actor) as [ActorId, ActorId];
    const claim = (participant: ActorId, elapsedMs: number) =>
      told(
        cast.desk.must(
          cast.keyOf(participant),
          'daybook.capability.claimed.v1',
          cast.claimOf(participant, elapsedMs),
        ),
      );
    expect([claim(one, 1000), claim(one, 1000), claim(other, 999), claim(other, 1000)]).toEqual([
      [],
      [],
      [],
      ['benchmark'],
    ]);
    expect(alike(cast, 'worker-0', 'worker-1')).toBe(false);
  });

  it('are a partition: whatever signs come, alike is transitive and members are listed once', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const acts = fc.array(fc.tuple(fc.constantFrom(...names), fc.constantFrom('x', 'y', 'z')), {
      maxLength: 10,
    });
    fc.assert(
      fc.property(acts, (deposits) => {
        const cast = new RegistryCast();
        for (const name of names) cast.register('worker', name);
        const root = new Map(names.map((name) => [name, name]));
        const holder = new Map<string, string>();
        const find = (name: string): string => {
          const up = root.get(name) as string;
          return up === name ? name : find(up);
        };
        for (const [name, bank] of deposits) {
          cast.deposit(actor(name), STAKE, bank);
          const first = holder.get(bank) ?? name;
          holder.set(bank, first);
          root.set(find(name), find(first));
        }
        for (const one of names)
          for (const other of names)
            expect(alike(cast, one, other)).toBe(find(one) === find(other));
        const listed = Object.values(cast.desk.books.identity?.members ?? {}).flat();
        expect(new Set(listed).size).toBe(listed.length);
      }),
      { numRuns: 25 },
    );
  });
});

describe('places of one owner', () => {
  it('are as many as the terms say, and the others come last', () => {
    const cast = new RegistryCast({ clusterMax: 1 });
    for (const [name, safe] of [
      ['a', 's'],
      ['b', 's'],
      ['c', 't'],
    ] as const)
      arrive(cast, name, safe);
    const order = ['b', 'a', 'c'].map(actor);
    expect(owned(cast.desk.books, order)).toEqual(['b', 'c', 'a'].map(actor));
    const two = new RegistryCast({ clusterMax: 2 });
    arrive(two, 'a', 's');
    arrive(two, 'b', 's');
    expect(owned(two.desk.books, order)).toEqual(order);
  });

  it('a window gives the slots of a cluster to others where there are any', () => {
    const cast = RegistryCast.open(0, 2, { clusterMax: 1 });
    for (let i = 0; i < 4; i += 1) {
      arrive(cast, `same-${i}`, 'one safe');
      cast.deposit(actor(`same-${i}`), STAKE, `bank-${i}`);
      cast.lock(actor(`same-${i}`), STAKE);
      cast.begin(actor(`same-${i}`));
    }
    cast.arrive('worker', 'alone');
    cast.desk.plan({ slots: 2 });
    cast.desk.tick();
    for (const key of cast.everybody) cast.accept(key.actor);
    cast.desk.tick();
    expect(cast.window.contributors).toContain(actor('alone'));
  });
});
