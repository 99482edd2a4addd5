/** A story's expectations held against what was found. */
import { canonicalJson } from '../events/canonical-json.ts';
import type { JsonValue } from '../events/canonical-json.ts';
import type { Findings } from './findings.ts';
import type { Count, Expected } from './story.ts';

export interface Checked {
  /** As in the story's file. */
  readonly name: string;
  readonly expected: JsonValue;
  readonly found: JsonValue;
  readonly ok: boolean;
}

/**
 * What of the findings must be the same wherever a story is played, the model to its last bit. Who is
 * first to answer, and how often somebody asks, may differ.
 */
const SAME = [
  'completed',
  'promoted',
  'held',
  'rejected',
  'undecided',
  'quarantined',
  'penalised',
  'paid',
  'unpaid',
  'clusters',
  'improves',
  'fork',
  'audit',
  'laws',
  'model',
  'losses',
] as const satisfies readonly (keyof Findings)[];

/** Who is paid follows from who was drawn, which the times of a place decide, where a story says so. */
const DRAWN: readonly (keyof Findings)[] = ['paid', 'unpaid'];

export const outcomeOf = (expect: Expected, findings: Findings): Partial<Findings> =>
  Object.fromEntries(
    SAME.filter(
      (name) => !DRAWN.includes(name) || expect[name as keyof Expected] !== undefined,
    ).map((name) => [name, findings[name]]),
  );

const COUNTED = ['promoted', 'held', 'undecided', 'slotsOfOwner'] as const;
const LISTED = ['quarantined', 'penalised', 'paid', 'unpaid', 'overruled', 'returned'] as const;
const PLAIN = ['completed', 'improves', 'fork', 'audit', 'laws'] as const;

export function check(expect: Expected, found: Findings): Checked[] {
  const checks: Checked[] = [];
  const add = (name: string, expected: unknown, was: unknown, ok: boolean): void => {
    checks.push({ name, expected: expected as JsonValue, found: was as JsonValue, ok });
  };
  const same = (name: string, expected: unknown, was: unknown): void =>
    add(name, expected, was, textOf(expected) === textOf(was));
  for (const name of PLAIN) if (expect[name] !== undefined) same(name, expect[name], found[name]);
  for (const name of COUNTED) {
    const count = expect[name];
    if (count !== undefined) add(name, count, found[name], counts(count, found[name]));
  }
  if (expect.rejected !== undefined)
    same('rejected', sortedReasons(expect.rejected), found.rejected);
  for (const name of LISTED)
    if (expect[name] !== undefined) same(name, expect[name].toSorted(), found[name]);
  if (expect.clusters !== undefined) same('clusters', expect.clusters, found.clusters);
  for (const [code, count] of Object.entries(expect.refusals ?? {})) {
    const was = found.refusals[code] ?? 0;
    add(`refusals.${code}`, count, was, counts(count, was));
  }
  return checks;
}

const textOf = (value: unknown): string => canonicalJson(value as JsonValue);

const counts = (expected: Count, found: number): boolean =>
  typeof expected === 'number' ? found === expected : found >= Number(expected.slice(2));

const sortedReasons = (rejected: NonNullable<Expected['rejected']>) =>
  Object.fromEntries(
    Object.entries(rejected)
      .sort()
      .map(([name, reasons]) => [name, reasons.toSorted()]),
  );
