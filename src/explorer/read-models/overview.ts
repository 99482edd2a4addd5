/**
 * Everything that the books say to people, in one value: what `/api/overview` answers. A pure function
 * of what was folded.
 */
import { byRoleAndName, byWindow } from '../page/columns.js';
import type { Books } from '../../projections/books.ts';
import type { ContributorView } from './contributor.ts';
import { contributorView } from './contributor.ts';
import type { FeedLine } from './feed.ts';
import type { PeriodView } from './period.ts';
import { periodView } from './period.ts';
import type { RunView } from './run.ts';
import { runView } from './run.ts';
import type { Statements } from './statements.ts';
import { Tally } from './tally.ts';
import type { WindowView } from './window.ts';
import { windowView } from './window.ts';

export interface HeadView {
  readonly ledger: string;
  readonly origin: string | null;
  readonly authority: string | null;
  readonly operator: string | null;
  /** Entries folded; the last one's sequence is one less. */
  readonly size: number;
  /** Tree root over these entries, recomputed here. */
  readonly rootBase64: string;
  readonly rootHex: string;
  /** Leaf hash of entry 0, which tells one ledger of a name from another; null when empty. */
  readonly genesisHex: string | null;
  /** Ledger time of the last entry. */
  readonly clockMs: number;
}

/** What the follower holds after `head.size` entries. */
export interface Folded {
  readonly head: HeadView;
  /** What a replay of the same entries gives, byte for byte. */
  readonly books: Books;
  /** The same with all that the books have archived. */
  readonly history: Books;
  readonly statements: Statements;
  readonly feed: readonly FeedLine[];
}

export interface Overview {
  readonly head: HeadView;
  readonly runs: readonly RunView[];
  readonly windows: readonly WindowView[];
  readonly contributors: readonly ContributorView[];
  readonly periods: readonly PeriodView[];
  readonly feed: readonly FeedLine[];
}

export function overviewOf({ head, history: books, statements, feed }: Folded): Overview {
  const tally = Tally.of(books);
  return {
    head,
    runs: Object.keys(books.runs).flatMap((run) => runView(books, run, tally) ?? []),
    windows: Object.values(books.windows)
      .map((window) => windowView(books, window))
      .sort(byWindow),
    contributors: Object.values(books.members)
      .map((member) =>
        contributorView(
          books,
          member,
          tally.deedsOf(member.participant),
          statements.get(member.participant) ?? [],
        ),
      )
      .sort(byRoleAndName),
    periods: Object.values(books.rewards.periods).map((period) => periodView(books, period)),
    feed,
  };
}
