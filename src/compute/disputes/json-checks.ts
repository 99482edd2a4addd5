/** Checks of plain JSON from strangers: bounded work, nothing of the input in messages but names. */
import { DisputeError } from './dispute-error.ts';

/** Throws `shape_invalid` unless it is an object with exactly these members. */
export function membersOf<const K extends string>(
  value: unknown,
  what: string,
  names: readonly K[],
): Readonly<Record<K, unknown>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject) throw new DisputeError('shape_invalid', `${what} is not an object`);
  const missing = names.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) throw new DisputeError('shape_invalid', `${what} lacks ${missing}`);
  if (Object.keys(value).length !== names.length)
    throw new DisputeError('shape_invalid', `${what} has other members than ${names.join(', ')}`);
  return value as Readonly<Record<K, unknown>>;
}

/** The member that tells kinds apart. */
export function kindOf(value: unknown): unknown {
  const isObject = typeof value === 'object' && value !== null;
  return isObject && Object.hasOwn(value, 'kind') ? (value as { kind: unknown }).kind : undefined;
}

export function oneOf<const T extends string>(
  value: unknown,
  what: string,
  choices: readonly T[],
): T {
  const known = choices.find((choice) => choice === value);
  if (known === undefined)
    throw new DisputeError('kind_unknown', `${what} is none of ${choices.join(', ')}`);
  return known;
}

/** A whole number from 0 to `max`. */
export function wholeOf(value: unknown, what: string, max: number): number {
  const isIn = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max;
  if (!isIn || Object.is(value, -0))
    throw new DisputeError('number_out_of_range', `${what} is not a whole number up to ${max}`);
  return value;
}

/** 64 lower-case hex digits. */
export function digestOf(value: unknown, what: string): string {
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value;
  throw new DisputeError('digest_invalid', `${what} is not 64 lower-case hex digits`);
}

/** Printable ASCII: no line ends, which separate lines of an entry. */
export function textOf(value: unknown, what: string, lengthMax: number): string {
  const isText = typeof value === 'string' && value.length >= 1 && value.length <= lengthMax;
  if (isText && /^[\x20-\x7e]*$/.test(value)) return value;
  throw new DisputeError(
    'text_invalid',
    `${what} is not 1 to ${lengthMax} printable ASCII characters`,
  );
}

export function listOf(value: unknown, what: string, lengthMax: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new DisputeError('shape_invalid', `${what} is not a list`);
  if (value.length > lengthMax)
    throw new DisputeError('too_many', `${what} has more than ${lengthMax} items`);
  return value;
}
