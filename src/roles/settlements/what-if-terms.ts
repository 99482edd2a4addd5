/** Terms of money that a settlement can be worked out again under; what is left out stays as recorded. */
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { vestingSection } from '../../events/catalogue/policy/vesting.ts';
import { amount, firstProblem, integer } from '../../events/codecs.ts';
import type { SchemaCodec } from '../../events/codecs.ts';
import type { Policy } from '../../projections/books.ts';

export interface Terms {
  readonly pool: string;
  readonly workShareBps: number;
  readonly stake: string;
  readonly penalty: string;
  readonly vesting: Policy['vesting'] | null;
}

export interface OtherTerms {
  readonly terms: Partial<Terms>;
  /** Members of the file that say something that cannot be decided again. */
  readonly ignored: readonly string[];
}

export const termsOf = ({ rewards, fraud, vesting }: Policy): Terms => ({
  pool: rewards.pool,
  workShareBps: rewards.workShareBps,
  stake: rewards.stake,
  penalty: fraud.penalty,
  vesting: vesting ?? null,
});

/** Where in a policy a term stands, and what it may be. */
const READ: readonly (readonly [string, string, SchemaCodec<unknown>])[] = [
  ['rewards', 'pool', amount],
  ['rewards', 'workShareBps', integer(0, 10_000)],
  ['rewards', 'stake', amount],
  ['fraud', 'penalty', amount],
] as never;

/** @param value of a policy in JSON, whole or in parts */
export function readTerms(value: unknown): Either<string, OtherTerms> {
  if (!isRecord(value)) return E.left('a policy is an object');
  const terms: Record<string, unknown> = {};
  const ignored: string[] = [];
  for (const [section, content] of Object.entries(value)) {
    if (section === 'vesting') {
      const vesting = content === null ? E.right(null) : vestingSection.decode(content);
      if (E.isLeft(vesting)) return E.left(`vesting.${firstProblem(vesting.left)}`);
      terms['vesting'] = vesting.right;
      continue;
    }
    const own = READ.filter(([of]) => of === section);
    if (own.length === 0 || !isRecord(content)) {
      ignored.push(section);
      continue;
    }
    for (const [name, member] of Object.entries(content)) {
      const codec = own.find(([, known]) => known === name)?.[2];
      if (codec === undefined) ignored.push(`${section}.${name}`);
      else if (codec.is(member)) terms[name] = member;
      else return E.left(`${section}.${name}: expected ${codec.name}`);
    }
  }
  return Object.keys(terms).length === 0
    ? E.left('no term of rewards, penalties or vesting in it')
    : E.right({ terms: terms as Partial<Terms>, ignored });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
