/**
 * Reads settings that came as plain JSON: an object with exactly the members asked for, each of its
 * type and in its range. All refusals are TrainingInputError `spec_invalid` and name the member.
 */
import { checkReal, checkWhole } from './model/config.ts';
import { TrainingInputError } from './training-input-error.ts';

export interface Fields {
  real(name: string, min: number, max: number): number;
  whole(name: string, min: number, max: number): number;
  flag(name: string): boolean;
  /** 1 to `lengthMax` UTF-16 units. */
  text(name: string, lengthMax: number): string;
  choice<const T extends string>(name: string, choices: readonly T[]): T;
  /** At most `lengthMax` items. */
  list(name: string, lengthMax: number): readonly unknown[];
  any(name: string): unknown;
}

/** @param what for people: whose members they are */
export function fieldsOf(value: unknown, what: string, names: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw settingsInvalid(what, 'it is not an object');
  }
  const unknown = Object.keys(value).find((key) => !names.includes(key));
  if (unknown !== undefined) throw settingsInvalid(what, `unknown member ${quoted(unknown)}`);
  const missing = names.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) throw settingsInvalid(what, `no member ${quoted(missing)}`);
  return new JsonFields(value as Record<string, unknown>, what);
}

/** The `name` of a member of a discriminated union. */
export function nameOf<const T extends string>(
  value: unknown,
  what: string,
  choices: readonly T[],
): T {
  const name =
    typeof value === 'object' && value !== null && Object.hasOwn(value, 'name')
      ? (value as { name: unknown }).name
      : undefined;
  const known = choices.find((choice) => choice === name);
  if (known === undefined) throw settingsInvalid(what, `name is none of ${choices.join(', ')}`);
  return known;
}

export function settingsInvalid(what: string, why: string): TrainingInputError {
  return new TrainingInputError('spec_invalid', `${what}: ${why}`);
}

/** For messages: bounded, whatever came. */
const quoted = (text: string): string => JSON.stringify(text.slice(0, 64));

class JsonFields implements Fields {
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #what: string;

  constructor(members: Readonly<Record<string, unknown>>, what: string) {
    this.#members = members;
    this.#what = what;
  }

  real(name: string, min: number, max: number): number {
    const value = this.#members[name];
    if (typeof value !== 'number') throw settingsInvalid(this.#what, `${name} is not a number`);
    checkReal(`${this.#what}.${name}`, value, min, max);
    return value;
  }

  whole(name: string, min: number, max: number): number {
    const value = this.real(name, min, max);
    checkWhole(`${this.#what}.${name}`, value, min, max);
    return value;
  }

  flag(name: string): boolean {
    const value = this.#members[name];
    if (typeof value !== 'boolean') throw settingsInvalid(this.#what, `${name} is not a boolean`);
    return value;
  }

  text(name: string, lengthMax: number): string {
    const value = this.#members[name];
    if (typeof value === 'string' && value.length >= 1 && value.length <= lengthMax) return value;
    throw settingsInvalid(this.#what, `${name} is not a text of 1 to ${lengthMax} characters`);
  }

  choice<const T extends string>(name: string, choices: readonly T[]): T {
    const known = choices.find((choice) => choice === this.#members[name]);
    if (known !== undefined) return known;
    throw settingsInvalid(this.#what, `${name} is none of ${choices.join(', ')}`);
  }

  list(name: string, lengthMax: number): readonly unknown[] {
    const value = this.#members[name];
    if (Array.isArray(value) && value.length <= lengthMax) return value;
    throw settingsInvalid(this.#what, `${name} is not a list of at most ${lengthMax}`);
  }

  any(name: string): unknown {
    return this.#members[name];
  }
}
