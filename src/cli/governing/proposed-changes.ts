/** What a proposal would change, term by term, as a member wants to see it before voting. */
import type { JsonValue } from '../../events/canonical-json.ts';
import { wholePolicy } from '../../commands/policy-adoption.ts';
import type { Books } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import type { Change } from '../../projections/network-book.ts';
import { termsOf } from './policy-terms.ts';

export interface ProposedChange {
  /** Of the policy, by its path; the key of a seat; or a run. */
  readonly term: string;
  /** Null: there is none. */
  readonly now: string | null;
  readonly proposed: string | null;
}

export function changesOf(books: Books, { policy, council, rollback }: Change): ProposedChange[] {
  if (policy !== null)
    return differences(
      termsOf(wholePolicy(must(books.policy, 'policy')) as JsonValue),
      termsOf(policy as JsonValue),
    ).filter(({ term }) => term !== 'revision');
  if (council !== null)
    return differences(seats(must(books.network, 'network').council), seats(council));
  if (rollback === null) return [];
  const { run, toRevision: revision } = rollback;
  const now = books.runs[run]?.revisions.at(-1)?.revision ?? null;
  return [
    { term: run, now: now === null ? null : `revision ${now}`, proposed: `revision ${revision}` },
  ];
}

const seats = (council: NonNullable<Change['council']>): (readonly [string, string])[] =>
  council.map(({ member, weight }) => [member, String(weight)]);

function differences(
  now: readonly (readonly [string, string])[],
  then: readonly (readonly [string, string])[],
): ProposedChange[] {
  const [before, after] = [new Map(now), new Map(then)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((term) => before.get(term) !== after.get(term))
    .map((term) => ({ term, now: before.get(term) ?? null, proposed: after.get(term) ?? null }));
}
