/** The terms of a policy by their paths, and in which of them two policies differ. */
import type { JsonValue } from '../../events/canonical-json.ts';

/** Of a section; none of one that is not offered. */
export function termsOf(
  value: JsonValue,
  path: readonly string[] = [],
): (readonly [string, string])[] {
  if (value === null) return [];
  if (typeof value !== 'object' || Array.isArray(value))
    return [[path.join('.'), Array.isArray(value) ? value.join(' ') : String(value)]];
  return Object.entries(value).flatMap(([name, inner]) => termsOf(inner, [...path, name]));
}
