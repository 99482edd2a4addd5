/** Under registry terms nobody hears the appeal of his own, and judges his own last. */
import { describe, expect, it } from 'vitest';
import type { ActorId } from '../../../events/ids.ts';
import { must } from '../../../projections/books.ts';
import { clusterOf } from '../../../projections/identities.ts';
import { fileAppeal, LADDER } from '../../../testing/offence-case.ts';
import { Chronicle } from '../../../roles/explain/chronicle.ts';
import { explainVerdict } from '../../../roles/explain/verdict.ts';
import { RegistryCast, STAKE } from '../../../testing/registry-cast.ts';

interface Scene {
  readonly cast: RegistryCast;
  /** In the first slot. */
  readonly slot: string;
  readonly author: ActorId;
  /** So many of four validators are in one cluster with him. */
  readonly own: readonly ActorId[];
}

function begun(relatives: number): Scene {
  const cast = new RegistryCast({}, { ladder: LADDER });
  for (let i = 0; i < 3; i += 1) cast.arrive('worker', `worker-${i}`);
  for (let i = 0; i < 4; i += 1) cast.arrive('validator', `validator-${i}`);
  cast.desk.plan({ windows: 4 });
  cast.desk.tick();
  for (const key of cast.everybody) cast.accept(key.actor);
  cast.desk.tick();
  const [slot] = cast.slots as [string];
  const author = cast.assignment(slot).participant;
  const own = cast.validators.slice(0, relatives).map(({ actor }) => actor);
  for (const actor of [author, ...own]) cast.deposit(actor, STAKE, 'one-bank');
  return { cast, slot, author, own };
}

/** @returns the panel that was drawn for the first slot */
function judged({ cast, slot }: Scene, delta?: string): readonly ActorId[] {
  for (const one of cast.slots) cast.train(one, one === slot ? delta : undefined);
  cast.reveal();
  cast.desk.tick();
  const panel = [...must(cast.assignment(slot).challenge, 'challenge').panel];
  cast.judge();
  return panel;
}

describe('a panel that judges a contribution', () => {
  it('is of strangers to its author while there are enough', () => {
    for (const relatives of [1, 2]) {
      const scene = begun(relatives);
      for (const actor of scene.own)
        expect(clusterOf(scene.cast.desk.books, actor)).toBe(
          clusterOf(scene.cast.desk.books, scene.author),
        );
      const panel = judged(scene);
      expect(panel).toHaveLength(2);
      for (const actor of scene.own) expect(panel).not.toContain(actor);
    }
  });

  it('has his own where nobody else is left, strangers first', () => {
    const scene = begun(3);
    const panel = judged(scene);
    expect(panel[0]).toBe(must(scene.cast.validators[3], 'stranger').actor);
    expect(scene.own).toContain(panel[1]);
    const chronicle = new Chronicle();
    for (const event of scene.cast.desk.events) chronicle.observe(event);
    const { books } = scene.cast.desk;
    const told = explainVerdict({ books, roots: new Map(), chronicle }, scene.slot);
    expect(told).toMatchObject({ right: { audit: { drawHolds: true } } });
  });
});

describe('a panel that hears an appeal', () => {
  const appealed = (relatives: number) => {
    const scene = begun(relatives);
    const called = judged(scene, 'forged');
    const { cast, author, slot } = scene;
    const filed = fileAppeal(cast, cast.keyOf(author), `work/${slot}`);
    expect(filed.ok).toBe(true);
    return { ...scene, called, panel: cast.desk.books.appeals?.[`work/${slot}`]?.panel ?? [] };
  };

  it('has nobody of the cluster of a party in it', () => {
    const { cast, own, called, panel } = appealed(1);
    const free = cast.validators
      .map(({ actor }) => actor)
      .filter((actor) => !called.includes(actor) && !own.includes(actor));
    expect(panel).toEqual(free);
    expect(panel).toHaveLength(1);
  });

  it('is empty where only his own are left', () => {
    expect(appealed(2).panel).toEqual([]);
  });

  it('has them where nothing makes a cluster', () => {
    expect(appealed(0).panel).toHaveLength(2);
  });
});
