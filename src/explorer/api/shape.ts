/**
 * JSON Schemas of what is written, tied to the types it is written from: a schema that lacks a member
 * of its type does not compile. The codecs of events are shapes too.
 */
import type { JsonSchema } from '../../events/codecs.ts';

/**
 * The schema of values of type A. The rest is for the compiler alone: of just this type, so that a
 * schema which allows too little (a word that is missing) does not compile any more than one that
 * allows too much.
 */
export interface Shape<A> {
  readonly schema: JsonSchema;
  readonly _A: A;
  readonly _takes?: (value: A) => void;
}

/** Of values of some type. */
export type AnyShape = { readonly schema: JsonSchema; readonly _A: unknown };

export const shape = <A>(schema: JsonSchema): Shape<A> => ({ schema }) as Shape<A>;

export const string = shape<string>({ type: 'string' });
export const boolean = shape<boolean>({ type: 'boolean' });
export const whole = shape<number>({ type: 'integer' });
export const count = shape<number>({ type: 'integer', minimum: 0 });
/** Of micro-units or credits, in decimal. */
export const decimal = shape<string>({ type: 'string', pattern: '^-?(0|[1-9][0-9]*)$' });
/** A value that is not described here. */
export const anything = shape<unknown>({});
export const anyObject = shape<object>({ type: 'object' });

export const words = <const V extends string>(...values: readonly V[]): Shape<V> =>
  shape({ type: 'string', enum: values });

export const orNull = <A>({ schema }: Shape<A>): Shape<A | null> =>
  shape({ anyOf: [schema, { type: 'null' }] });

export const many = <A>({ schema }: Shape<A>): Shape<readonly A[]> =>
  shape({ type: 'array', items: schema });

export const dictionary = <A>({ schema }: Shape<A>): Shape<Readonly<Record<string, A>>> =>
  shape({ type: 'object', additionalProperties: schema });

/** Just these members, each of them. */
export function members<const M extends Readonly<Record<string, AnyShape>>>(
  of: M,
): Shape<{ readonly [K in keyof M]: M[K]['_A'] }> {
  return shape({
    type: 'object',
    properties: Object.fromEntries(Object.entries(of).map(([name, { schema }]) => [name, schema])),
    required: Object.keys(of),
    additionalProperties: false,
  });
}
