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
  const known = rosters.get(members) ?? new Roster(Object.values(members));
  rosters.set(members, known);
  return known;
}

export class Roster {
  readonly all: readonly Member[];
  #inOrder: readonly Member[] | null = null;
  #counts: readonly MemberCount[] | null = null;

  constructor(all: readonly Member[]) {
    this.all = all;
  }

  /** Workers first, each role by name. */
  get inOrder(): readonly Member[] {
    this.#inOrder ??= this.all.toSorted(byRoleAndName);
    return this.#inOrder;
  }

  /** By role and status, workers first; those that are nobody's are left out. */
  get counts(): readonly MemberCount[] {
    this.#counts ??= countsOf(this.all);
    return this.#counts;
  }
}

function countsOf(members: readonly Member[]): readonly MemberCount[] {
  const counts = new Map<string, MemberCount>();
  for (const { role, status } of members) {
    const key = `${role} ${status}`;
    counts.set(key, { role, status, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.entries()].sort(([a], [b]) => (a < b ? 1 : -1)).map(([, one]) => one);
}
