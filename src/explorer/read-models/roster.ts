/**
 * All members, as pages ask for them again and again: looked through once for each state that they are
 * in, sorted when somebody wants them in order. With ten thousand of them either takes milliseconds.
 */
import type { Books, Member, MemberStatus } from '../../projections/books.ts';
import { byRoleAndName } from '../page/columns.js';

export interface MemberCount {
  readonly role: 'worker' | 'validator';
  readonly status: MemberStatus;
  readonly count: number;
}

/** Members that have not changed are the same object, and nobody writes to them. */
const rosters = new WeakMap<Books['members'], Roster>();

export function rosterOf({ members }: Books): Roster {
  const known = rosters.get(members) ?? new Roster(members);
  rosters.set(members, known);
  return known;
}

export class Roster {
  readonly #members: Books['members'];
  #all: readonly Member[] | null = null;
  #inOrder: readonly Member[] | null = null;
  #counts: readonly MemberCount[] | null = null;

  constructor(members: Books['members']) {
    this.#members = members;
  }

  get all(): readonly Member[] {
    this.#all ??= Object.values(this.#members);
    return this.#all;
  }

  /** Workers first, each role by name. */
  get inOrder(): readonly Member[] {
    this.#inOrder ??= this.all.toSorted(byRoleAndName);
    return this.#inOrder;
  }

  /** By role and status, workers first; those that are nobody's are left out. */
  get counts(): readonly MemberCount[] {
    this.#counts ??= countsOf(this.#members);
    return this.#counts;
  }
}

/** Asked after every commit: what is as quick for ten thousand as it can be. */
function countsOf(members: Books['members']): readonly MemberCount[] {
  const byRole = {
    worker: new Map<MemberStatus, number>(),
    validator: new Map<MemberStatus, number>(),
  };
  // In a large table that inherits nothing, this is twice as fast as its values.
  for (const participant in members) {
    const { role, status } = members[participant] as Member;
    byRole[role].set(status, (byRole[role].get(status) ?? 0) + 1);
  }
  return (['worker', 'validator'] as const).flatMap((role) =>
    [...byRole[role]]
      .sort(([a], [b]) => (a < b ? 1 : -1))
      .map(([status, count]) => ({ role, status, count })),
  );
}
