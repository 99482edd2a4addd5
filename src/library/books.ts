/**
 * `daybook/books`: from entries to books. `Rebuild` folds lines and keeps the tree beside the books;
 * `fold` and `foldInto` are the fold itself. Pure functions of the entries: no clock, no network.
 */

/** Books from lines, checked as they come: sequence, ledger, invariants of the fold. */
export { Rebuild } from '../roles/rebuild.ts';
export type { RebuildOptions } from '../roles/rebuild.ts';

/** `fold` gives new books that share what did not change; `foldInto` writes into its own copy. */
export { fold, foldInto, foldWhole } from '../projections/fold.ts';
export { emptyBooks } from '../projections/books.ts';

/** The books and what is in them. Amounts are decimal strings of micro-units. */
export {
  assignmentOf,
  currentAssignments,
  openWindow,
  policyFor,
  policyOf,
  revisionCount,
  revisionOf,
  rulesOf,
  windowKey,
} from '../projections/books.ts';
export type {
  Aggregation,
  Assignment,
  AssignmentState,
  Balance,
  Books,
  Challenge,
  Dataset,
  LedgerBook,
  Member,
  MemberStatus,
  PeriodBook,
  Policy,
  RevisionRecord,
  RewardBook,
  RunBook,
  RunPlan,
  RunState,
  Submission,
  Verdict,
  WindowBook,
  WindowState,
} from '../projections/books.ts';

/** What an account is owed, in micro-units; and the names of accounts. */
export { balanceOf, earnedBy, vestingOf } from '../projections/balances.ts';

/** The canonical JSON whose digest names books. */
export { canonicalJson } from '../events/canonical-json.ts';
