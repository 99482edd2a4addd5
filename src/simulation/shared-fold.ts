/**
 * One fold for all followers of a simulation: folding is a pure function of state and commit, so what
 * one of them has folded the others need not fold again. Invariant: a result is only shared between
 * states that came from the same bytes, and every differing commit is folded and checked for itself.
 */
import type { StoredCommit } from '../events/commit.ts';
import { applyCommit } from '../commands/apply-commit.ts';
import type { MachineState } from '../commands/machine.ts';
import type { Fold } from '../roles/follower.ts';

interface Folded {
  readonly commit: StoredCommit;
  readonly result: ReturnType<Fold>;
}

const isSame = (a: StoredCommit, b: StoredCommit): boolean =>
  a.id === b.id &&
  a.first === b.first &&
  a.count === b.count &&
  a.root === b.root &&
  Buffer.compare(a.payload, b.payload) === 0;

export function sharedFold(): Fold {
  const known = new WeakMap<MachineState, Folded>();
  let empty: MachineState | null = null;
  return (given, commit) => {
    if (given.books.ledger.size === 0) empty ??= given;
    const state = given.books.ledger.size === 0 && empty !== null ? empty : given;
    const folded = known.get(state);
    if (folded !== undefined && isSame(folded.commit, commit)) return folded.result;
    const result = applyCommit(state, commit);
    known.set(state, { commit, result });
    return result;
  };
}
