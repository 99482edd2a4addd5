import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../testing/any-character.ts';
import { canonicalJson, CanonicalJsonError, MAX_JSON_DEPTH } from './canonical-json.ts';
import type { JsonValue } from './canonical-json.ts';

const wellFormed = fc.string({ unit: 'grapheme' });
const json = fc.jsonValue({ stringUnit: anyCharacter, maxDepth: 5 }) as fc.Arbitrary<JsonValue>;

function codeOf(value: unknown): string {
  try {
    canonicalJson(value as JsonValue);
  } catch (error) {
    if (error instanceof CanonicalJsonError) return error.code;
    throw error;
  }
  return 'accepted';
}

function reversed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Record<string, JsonValue>);
  return Object.fromEntries(entries.toReversed().map(([name, member]) => [name, reversed(member)]));
}

describe('canonicalJson', () => {
  it('prints the sample of RFC 8785 section 3.2.2', () => {
    const sample = JSON.parse(`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
      "literals": [null, true, false]
    }`) as JsonValue;
    expect(canonicalJson(sample)).toBe(
      '{"literals":[null,true,false],' +
        '"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts as RFC 8785 section 3.2.3: by UTF-16 code units, not code points', () => {
    const sample = JSON.parse(
      '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh",' +
        '"1":"One","\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control",' +
        '"\\u00f6":"Latin Small Letter O With Diaeresis"}',
    ) as JsonValue;
    const names = Object.keys(JSON.parse(canonicalJson(sample)) as object);
    const values = [...canonicalJson(sample).matchAll(/:"([^"]*)"/g)].map((match) => match[1]);
    expect(names).toHaveLength(7);
    expect(values).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  // RFC 8785 appendix B: IEEE 754 bits, expected text.
  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('prints the double %s as %s', (bits, text) => {
    expect(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE(0))).toBe(text);
  });

  it('refuses what has no canonical form', () => {
    expect(codeOf(Number.NaN)).toBe('json_number_not_finite');
    expect(codeOf([Number.NEGATIVE_INFINITY])).toBe('json_number_not_finite');
    expect(codeOf('\ud800')).toBe('json_lone_surrogate');
    expect(codeOf({ '\udc00x': 1 })).toBe('json_lone_surrogate');
    expect(codeOf({ a: undefined })).toBe('json_unsupported_value');
    expect(codeOf([, 1])).toBe('json_unsupported_value'); // oxlint-disable-line no-sparse-arrays
    expect(codeOf(1n)).toBe('json_unsupported_value');
    expect(codeOf(new Date(0))).toBe('json_unsupported_value');
    expect(codeOf(new Uint8Array(2))).toBe('json_unsupported_value');
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect(codeOf(loop)).toBe('json_too_deep');
  });

  it('takes values up to the depth limit', () => {
    const nested = (levels: number): JsonValue =>
      JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as JsonValue;
    expect(codeOf(nested(MAX_JSON_DEPTH))).toBe('accepted');
    expect(codeOf(nested(MAX_JSON_DEPTH + 1))).toBe('json_too_deep');
  });

  it('is read back as the same value and is its own canonical form', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        const back = JSON.parse(text) as JsonValue;
        // JSON has no negative zero; everything else comes back.
        expect(back).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(back)).toBe(text);
      }),
    );
  });

  it('does not depend on the order of members', () => {
    fc.assert(
      fc.property(fc.dictionary(wellFormed, json), (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
      }),
    );
  });
});
