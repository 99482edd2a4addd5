import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupParameters, parseGroupRules } from './groups.ts';
import type { GroupRule } from './groups.ts';

const rule = (
  match: GroupRule['match'],
  pattern: string,
  label = `${match} ${pattern}`,
): GroupRule => ({
  label,
  match,
  pattern,
  learningRateScale: 1,
  weightDecay: null,
  frozen: false,
});

const refused = expect.objectContaining({ code: 'spec_invalid' }) as Error;

test('the first rule that matches has the parameter, the rest has what none matches', () => {
  const rules = [rule('suffix', '.bias'), rule('prefix', 'fc1.'), rule('exact', 'fc2.weight')];
  const { groups, groupOf } = groupParameters(rules, [
    'fc1.bias',
    'fc1.weight',
    'fc2.weight',
    'out',
  ]);
  expect([...groupOf.values()]).toEqual([0, 1, 2, 3]);
  expect(groups[3]!.label).toBe('rest');
});

test('a pattern is text, not an expression', () => {
  expect(() => groupParameters([rule('prefix', 'fc.*')], ['fc1.weight'])).toThrow(refused);
  expect(groupParameters([rule('prefix', 'a(')], ['a(b']).groupOf.get('a(b')).toBe(0);
});

test('a rule without a parameter is refused, also when earlier ones took all it matches', () => {
  expect(() => groupParameters([rule('exact', 'fc3')], ['fc1'])).toThrow(refused);
  expect(() => groupParameters([rule('prefix', 'f'), rule('exact', 'fc1')], ['fc1'])).toThrow(
    /exact fc1/,
  );
});

test('groups part the parameters: each is in one, the first whose rule matches', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), minLength: 1, maxLength: 4 });
  const rules = fc.array(
    fc.record({ match: fc.constantFrom('exact', 'prefix', 'suffix'), pattern: text }),
    {
      maxLength: 4,
    },
  );
  fc.assert(
    fc.property(rules, fc.uniqueArray(text, { maxLength: 12 }), (chosen, names) => {
      const list = chosen.map(({ match, pattern }, i) => rule(match, pattern, `rule ${i}`));
      const matching = names.map((name) =>
        list.flatMap(({ match, pattern }, i) => {
          const at = name.lastIndexOf(pattern);
          const ends = at !== -1 && at + pattern.length === name.length;
          const starts = name.indexOf(pattern) === 0;
          return { exact: name === pattern, prefix: starts, suffix: ends }[match] ? [i] : [];
        }),
      );
      const wanted = matching.map(([first = list.length]) => first);
      if (list.every((_, i) => wanted.includes(i))) {
        const { groups, groupOf } = groupParameters(list, names);
        expect([...groupOf]).toEqual(names.map((name, i) => [name, wanted[i]]));
        expect(groups).toHaveLength(list.length + 1);
      } else expect(() => groupParameters(list, names)).toThrow(refused);
    }),
  );
});

test('rules are read strictly', () => {
  const good = rule('exact', 'a');
  expect(parseGroupRules([good, { ...good, label: 'b', weightDecay: 0.1 }])).toHaveLength(2);
  for (const bad of [
    null,
    {},
    [null],
    [good, good], // one label twice
    [{ ...good, label: 'rest' }],
    [{ ...good, match: 'regex' }],
    [{ ...good, pattern: '' }],
    [{ ...good, pattern: 'x'.repeat(257) }],
    [{ ...good, learningRateScale: -1 }],
    [{ ...good, weightDecay: Infinity }],
    [{ ...good, weightDecay: undefined }],
    [{ ...good, frozen: 0 }],
    [{ ...good, extra: 1 }],
    Array.from({ length: 257 }, (_, i) => ({ ...good, label: `${i}` })),
  ]) {
    expect(() => parseGroupRules(bad)).toThrow(refused);
  }
});
