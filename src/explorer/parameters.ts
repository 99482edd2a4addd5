/** Kinds of parameters: what each accepts is said once, to the reader and to the schema. */
import { EXPLAINED } from '../roles/explain/kinds.ts';
import type { Parameter } from './route.ts';

/** What a request that leaves it out gets: a value, or a refusal that says what is missing. */
type Left = { readonly otherwise: unknown } | { readonly required: string };
type Preset<L> = L extends { readonly otherwise: infer D } ? D : never;

const leftOut = <A, L extends Left>(left: L): Pick<Parameter<A>, 'required' | 'otherwise'> =>
  'required' in left
    ? { required: left.required, otherwise: undefined }
    : { required: null, otherwise: left.otherwise as A };

const presetOf = (left: Left): { readonly default?: unknown } =>
  'otherwise' in left && left.otherwise !== null ? { default: left.otherwise } : {};

/** A whole number, in decimal digits alone. */
export function whole<const L extends Left>(
  doc: string,
  { min, max, ...left }: { readonly min: number; readonly max: number } & L,
): Parameter<number | Preset<L>> {
  const rest = left as unknown as L;
  return {
    doc,
    schema: { type: 'integer', minimum: min, maximum: max, ...presetOf(rest) },
    ...leftOut<number | Preset<L>, L>(rest),
    read: (given) => {
      const value = /^(0|[1-9]\d{0,15})$/.test(given) ? Number(given) : Number.NaN;
      return Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined;
    },
    wants: `a whole number from ${min} to ${max}`,
  };
}

export function text<const L extends Left>(
  doc: string,
  pattern: RegExp,
  left: L,
): Parameter<string | Preset<L>> {
  return {
    doc,
    schema: { type: 'string', pattern: pattern.source },
    ...leftOut<string | Preset<L>, L>(left),
    read: (given) => (pattern.test(given) ? given : undefined),
    wants: `of the form ${pattern.source}`,
  };
}

export function choice<const V extends string, const L extends Left>(
  doc: string,
  values: readonly V[],
  left: L,
): Parameter<V | Preset<L>> {
  return {
    doc,
    schema: { type: 'string', enum: values, ...presetOf(left) },
    ...leftOut<V | Preset<L>, L>(left),
    read: (given) => values.find((value) => value === given),
    wants: `one of ${values.join(', ')}`,
  };
}

const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
const ACTOR = /^U[A-Z2-7]{55}$/;

/** The entry that an answer is as of; null: the newest. */
export const at = whole(
  'As of this entry, it included; without it, of all entries folded so far.',
  { min: 0, max: Number.MAX_SAFE_INTEGER - 1, otherwise: null },
);
export const sequence = whole('Sequence of an entry, from 0.', {
  min: 0,
  max: Number.MAX_SAFE_INTEGER - 1,
  required: 'the sequence of an entry',
});
export const run = text('Name of a run.', NAME, { required: 'the name of a run' });
export const anyRun = text('Name of a run; without it, all of them.', NAME, { otherwise: null });
export const window = whole('Index of a window in its run.', {
  min: 0,
  max: 1_000_000,
  required: 'the index of a window',
});
export const period = whole('Index of a reward period in its run.', {
  min: 0,
  max: 1_000_000,
  required: 'the index of a period',
});
export const participant = text('The key of a participant.', ACTOR, {
  required: 'the key of a participant',
});
export const digest = text('SHA-256 of an artifact.', /^sha256:[0-9a-f]{64}$/, {
  required: 'the digest of an artifact',
});
export const explained = choice(
  'What is explained.',
  Object.keys(EXPLAINED) as (keyof typeof EXPLAINED)[],
  { required: `one of ${Object.keys(EXPLAINED).join(', ')}` },
);
