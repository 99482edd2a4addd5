/**
 * The attributes of an entry and their formats: one rule a name, each with the sentence that says
 * what is wanted. Invariant: a set of attributes that passes holds every required name, no unknown
 * one, and only values that print back to the same characters.
 */
import { isTime } from './entry-time.ts';
import type { JsonSchema } from './codecs.ts';
import { actorId } from './codecs.ts';

export type EntryErrorCode =
  | 'entry_too_large'
  | 'entry_line_break'
  | 'entry_too_deep'
  | 'entry_not_utf8'
  | 'entry_not_json'
  | 'entry_not_object'
  | 'entry_duplicate_name'
  | 'entry_bad_value' // a number or string that JSON cannot carry unchanged
  | 'entry_missing_attribute'
  | 'entry_unknown_attribute'
  | 'entry_bad_attribute';

export interface EntryError {
  readonly code: EntryErrorCode;
  readonly message: string;
  /** The attribute at fault, where it is one. */
  readonly attribute?: string;
}

interface Rule {
  readonly required: boolean;
  readonly wants: string;
  readonly schema: JsonSchema;
  readonly holds: (value: unknown) => boolean;
}

const ID = /^[!-~]{1,128}$/;
const TYPE = /^daybook\.[a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*\.v[1-9][0-9]{0,3}$/;
const TRACE = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
/** All but which month has how many days. */
const TIME =
  '^(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])' +
  'T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\\.[0-9]{3}Z$';

const RULES: Record<string, Rule> = {
  specversion: literal('1.0'),
  id: text(true, '1 to 128 visible ASCII characters', ID),
  source: text(true, '/ledgers/<ledger>', /^\/ledgers\/[a-z0-9][a-z0-9-]{0,63}$/),
  type: text(true, 'daybook.<family>.<fact>.v<N>, at most 128 characters', TYPE, 128),
  subject: text(true, '1 to 256 visible ASCII characters', /^[!-~]{1,256}$/),
  time: {
    required: true,
    wants: 'YYYY-MM-DDTHH:MM:SS.mmmZ',
    schema: { type: 'string', pattern: TIME, format: 'date-time' },
    holds: (v) => typeof v === 'string' && isTime(v),
  },
  datacontenttype: literal('application/json'),
  // 2^53 - 1 has 16 digits: sequences above it would not survive as numbers.
  sequence: {
    required: true,
    wants: '16 decimal digits, below 2^53',
    schema: { type: 'string', pattern: '^[0-9]{16}$', format: 'sequence' },
    holds: (value) =>
      typeof value === 'string' && /^\d{16}$/.test(value) && Number.isSafeInteger(Number(value)),
  },
  actor: {
    required: true,
    wants: 'the public NKey of a user (U...)',
    schema: actorId.schema,
    holds: actorId.is,
  },
  commandid: text(true, '1 to 128 visible ASCII characters', ID),
  causationid: text(false, '1 to 128 visible ASCII characters', ID),
  traceparent: text(false, 'a W3C traceparent', TRACE),
  // 64 bytes: 85 whole characters and one that carries two bits.
  sig: text(false, 'the base64 of 64 bytes', /^[A-Za-z0-9+/]{85}[AQgw]==$/),
  data: {
    required: true,
    wants: 'a JSON object',
    schema: { type: 'object' },
    holds: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  },
};
const NAMES = Object.keys(RULES);

/** What the rules say, but for what a pattern cannot: see the formats. */
export const attributesSchema = {
  type: 'object',
  properties: Object.fromEntries(NAMES.map((name) => [name, (RULES[name] as Rule).schema])),
  required: NAMES.filter((name) => (RULES[name] as Rule).required),
  additionalProperties: false,
} as const;

/** `null` when all is well. A member whose value is undefined counts as absent. */
export function checkAttributes(attributes: Record<string, unknown>): EntryError | null {
  for (const name of Object.keys(attributes)) {
    if (!Object.hasOwn(RULES, name)) {
      return problem('entry_unknown_attribute', name, 'no such attribute');
    }
  }
  for (const name of NAMES) {
    const rule = RULES[name] as Rule;
    const value = attributes[name];
    if (value === undefined) {
      if (rule.required) return problem('entry_missing_attribute', name, `wanted: ${rule.wants}`);
    } else if (!rule.holds(value)) {
      return problem(
        'entry_bad_attribute',
        name,
        `wanted ${rule.wants}, got ${describeValue(value)}`,
      );
    }
  }
  return null;
}

/** Short and printable whatever it is: it ends up in messages. */
export function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  const printed = JSON.stringify(value) ?? typeof value;
  return printed.length > 80
    ? `${printed.slice(0, 80)}... (${printed.length} characters)`
    : printed;
}

function literal(wanted: string): Rule {
  return {
    required: true,
    wants: JSON.stringify(wanted),
    schema: { const: wanted },
    holds: (value) => value === wanted,
  };
}

function text(required: boolean, wants: string, format: RegExp, lengthMax = 1024): Rule {
  const holds = (value: unknown): boolean =>
    typeof value === 'string' && value.length <= lengthMax && format.test(value);
  const schema = { type: 'string', pattern: format.source, maxLength: lengthMax };
  return { required, wants, schema, holds };
}

function problem(code: EntryErrorCode, name: string, message: string): EntryError {
  const attribute = name.length > 64 ? `${name.slice(0, 64)}...` : name;
  return { code, attribute, message: `${JSON.stringify(attribute)}: ${message}` };
}
