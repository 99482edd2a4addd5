/**
 * io-ts building blocks for event data. Two things io-ts alone does not give: objects that refuse
 * unknown members (nothing unsigned-for can ride along), and bounds on every string, number and
 * list (hostile input cannot grow state without limit). Every codec is an identity on the wire form,
 * so decoded data is the signed data; each carries the JSON Schema it stands for.
 */
import { either } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import {
  readFixedText,
  readFlag,
  readInteger,
  readList,
  readNullable,
  readObject,
  readOneOf,
  readReal,
  readText,
} from './canonical-readers.ts';
import type { Read } from './canonical-text.ts';
import type { ActorId, CommandId, Digest, LedgerId } from './ids.ts';
import { isActorId } from './nkey.ts';

export type JsonSchema = { readonly [key: string]: unknown };

/**
 * A codec whose wire form and memory form are the same value, with its JSON Schema beside it, and a
 * reader of its canonical text: what `read` accepts, `decode` accepts as an equal value.
 */
export class SchemaCodec<A> extends t.Type<A, A, unknown> {
  readonly schema: JsonSchema;
  readonly read: Read<A>;
  constructor(
    name: string,
    schema: JsonSchema,
    is: (u: unknown) => u is A,
    validate: t.Validate<unknown, A>,
    read: Read<A>,
  ) {
    super(name, is, validate, (a) => a);
    this.schema = schema;
    this.read = read;
  }
}

function atom<A>(
  name: string,
  schema: JsonSchema,
  holds: (u: unknown) => boolean,
  read: Read<A>,
): SchemaCodec<A> {
  const is = (u: unknown): u is A => holds(u);
  const validate: t.Validate<unknown, A> = (u, c) =>
    is(u) ? t.success(u) : t.failure(u, c, `expected ${name}`);
  return new SchemaCodec<A>(name, schema, is, validate, read);
}

/** Strings that a reader knows again: most names recur within a window's worth of entries. */
const TEXTS_KEPT = 1024;
/** A ledger's keys and digests: as many as a large run has live ones. */
const KEYS_KEPT = 16_384;

export function text<A extends string = string>(name: string, pattern: RegExp): SchemaCodec<A> {
  const holds = (u: unknown): boolean => typeof u === 'string' && pattern.test(u);
  const schema = { type: 'string', pattern: pattern.source };
  return atom<A>(name, schema, holds, readText<A>(holds, TEXTS_KEPT));
}

/** A prefix and a fixed number of lower-case hex digits. */
function hex<A extends string = string>(name: string, digits: number, prefix = ''): SchemaCodec<A> {
  const pattern = new RegExp(`^${prefix}[0-9a-f]{${digits}}$`);
  const holds = (u: unknown): boolean => typeof u === 'string' && pattern.test(u);
  const read = readFixedText<A>(prefix.length + digits, holds, KEYS_KEPT);
  return atom<A>(name, { type: 'string', pattern: pattern.source }, holds, read);
}

/** Safe integer in [min, max]. */
export function integer(min: number, max: number): SchemaCodec<number> {
  return atom<number>(
    `integer ${min}..${max}`,
    { type: 'integer', minimum: min, maximum: max },
    (u) => Number.isSafeInteger(u) && (u as number) >= min && (u as number) <= max,
    readInteger(min, max),
  );
}

/** Finite double in [min, max]; used for hyperparameters only, never for money or scores. */
export function real(min: number, max: number): SchemaCodec<number> {
  return atom<number>(
    `number ${min}..${max}`,
    { type: 'number', minimum: min, maximum: max },
    (u) => typeof u === 'number' && Number.isFinite(u) && u >= min && u <= max,
    readReal(min, max),
  );
}

export function oneOf<const V extends string>(...values: readonly V[]): SchemaCodec<V> {
  const holds = (u: unknown): boolean => (values as readonly unknown[]).includes(u);
  return atom<V>(values.join('|'), { type: 'string', enum: values }, holds, readOneOf(values));
}

export function nullable<A>(codec: SchemaCodec<A>): SchemaCodec<A | null> {
  return new SchemaCodec<A | null>(
    `${codec.name} or null`,
    { anyOf: [codec.schema, { type: 'null' }] },
    (u): u is A | null => u === null || codec.is(u),
    (u, c) => (u === null ? t.success(null) : codec.validate(u, c)),
    readNullable(codec.read),
  );
}

/** A list of at most `max` (and at least `min`) items. */
export function list<A>(item: SchemaCodec<A>, max: number, min = 0): SchemaCodec<readonly A[]> {
  const fits = (u: unknown): u is unknown[] =>
    Array.isArray(u) && u.length >= min && u.length <= max;
  const array = t.readonlyArray(item);
  return new SchemaCodec<readonly A[]>(
    `list of ${min}..${max} ${item.name}`,
    { type: 'array', items: item.schema, minItems: min, maxItems: max },
    (u): u is readonly A[] => fits(u) && array.is(u),
    (u, c) =>
      fits(u) ? array.validate(u, c) : t.failure(u, c, `expected a list of ${min}..${max} items`),
    readList(item.read, min, max),
  );
}

// `t.Mixed` because io-ts types are invariant: no `SchemaCodec<unknown>` would accept them all.
type Shape = {
  readonly [key: string]: t.Mixed & { readonly schema: JsonSchema; readonly read: Read<unknown> };
};
type Members<S extends Shape> = { readonly [K in keyof S]: t.TypeOf<S[K]> };

/** An object with exactly these members; an unknown or missing one is an error. */
export function object<S extends Shape>(members: S): SchemaCodec<Members<S>> {
  const keys = Object.keys(members);
  const known = new Set(keys);
  const inner = t.type(members as unknown as t.Props);
  return new SchemaCodec<Members<S>>(
    `{${keys.join(', ')}}`,
    {
      type: 'object',
      properties: Object.fromEntries(keys.map((k) => [k, members[k]?.schema])),
      required: keys,
      additionalProperties: false,
    },
    (u): u is Members<S> => inner.is(u) && Object.keys(u as object).every((k) => known.has(k)),
    (u, c) => {
      const unknown =
        typeof u === 'object' && u !== null ? Object.keys(u).find((k) => !known.has(k)) : undefined;
      if (unknown !== undefined) return t.failure(u, c, `unknown member "${unknown}"`);
      return either.map(inner.validate(u, c), () => u as Members<S>);
    },
    readObject(Object.fromEntries(keys.map((k) => [k, (members[k] as Shape[string]).read]))),
  );
}

export const flag = atom<boolean>(
  'boolean',
  { type: 'boolean' },
  (u) => typeof u === 'boolean',
  readFlag,
);

/** A user's public NKey, checksum included: a mistyped key gets no further than this. */
export const actorId = atom<ActorId>(
  'NKey public key',
  // The checksum is beyond a pattern; the format is for those who know it.
  { type: 'string', pattern: '^U[A-Z2-7]{55}$', format: 'nkey' },
  isActorId,
  readFixedText<ActorId>(56, isActorId, KEYS_KEPT),
);
export const digest = hex<Digest>('SHA-256 digest', 64, 'sha256:');
export const hex32 = hex('32 bytes in hex', 64);
export const ledgerId = text<LedgerId>('ledger name', /^[a-z0-9][a-z0-9-]{0,63}$/);
export const commandId = text<CommandId>('command id', /^[A-Za-z0-9][A-Za-z0-9:_-]{0,111}$/);
/** Name of a run, dataset ...: a NATS token and a path segment. */
export const slug = text('name', /^[a-z0-9][a-z0-9-]{0,63}$/);
/** No control characters and no lone surrogates: written out, for not every reader of schemas knows classes. */
// oxlint-disable-next-line no-control-regex
export const label = text('label', /^[^\u0000-\u001f\u007f-\u009f\ud800-\udfff]{1,200}$/u);
export const reasonCode = text('reason code', /^[a-z][a-z0-9_]{0,63}$/);
/** Non-negative integer amount of micro-units (or credits) in decimal, below 2^127. */
export const amount = text('amount', /^(0|[1-9][0-9]{0,37})$/);
export const AMOUNT_MAX = 10n ** 38n - 1n;
export const timeMs = integer(0, 8_640_000_000_000_000);
export const sequence = integer(0, Number.MAX_SAFE_INTEGER);
export const WINDOW_MAX = 1_000_000;
/** Number of a participant's session, from 1. */
export const sessionNumber = integer(1, 1_000_000_000);
export const windowIndex = integer(0, WINDOW_MAX);
export const slotIndex = integer(0, 1023);
export const basisPoints = integer(-1_000_000_000, 1_000_000_000);
export const artifact = object({ digest, sizeBytes: integer(0, 2 ** 40) });

/** First problem of a failed decoding as "path: what was expected". */
export function firstProblem(errors: t.Errors): string {
  const error = errors[0];
  if (error === undefined) return 'invalid';
  const path = error.context
    .map((entry) => entry.key)
    .filter((key) => key !== '')
    .join('.');
  const expected = error.message ?? `expected ${error.context.at(-1)?.type.name ?? 'a value'}`;
  return path === '' ? expected : `${path}: ${expected}`;
}
