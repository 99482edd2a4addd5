/**
 * Edits of JSON as text: members deleted, doubled, renamed, reordered or spelt with escapes, values
 * of another type, numbers and strings that JSON cannot carry, nesting without end. Text that is no
 * JSON comes back as it is: other edits take over from there.
 */
import type { Chance } from './chance.ts';
import { spansOf } from './json-spans.ts';
import type { JsonSpans, Span } from './json-spans.ts';

const nested = (depth: number, open: string, close: string): string =>
  open.repeat(depth) + '0' + close.repeat(depth);

/** What may stand where a value stood. The deep ones are built once, for their length. */
// prettier-ignore -- a table, read by the line
const VALUES: readonly string[] = [
  'null',
  'true',
  'false',
  '0',
  '-0',
  '1',
  '-1',
  '0.5',
  '1e400',
  '-1e400',
  '1e-400',
  '1E2',
  '9007199254740991',
  '9007199254740993',
  '4294967296',
  '1.0',
  '01',
  '+1',
  '.5',
  '1.',
  'NaN',
  'Infinity',
  'undefined',
  '""',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\u0000"',
  '"\\x"',
  "'a'",
  '[]',
  '{}',
  '[null]',
  '[[]]',
  '{"":0}',
  '{"__proto__":null}',
  '{"__proto__":{"a":1}}',
  '{"constructor":{"prototype":{}}}',
  '{"toString":1}',
  '{"length":1e9}',
  '{"a":1,"a":1}',
  '{"a":1,"\\u0061":2}',
  '[,]',
  '[1,]',
  '{"a":1,}',
  '/**/0',
  '"\u2028"',
  '"\ufeff"',
  '',
  nested(31, '[', ']'),
  nested(70, '{"a":', '}'),
  nested(600, '[', ']'),
];
const DEEP: readonly string[] = [nested(100_000, '[', ']'), nested(60_000, '{"a":', '}')];
const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  'a',
  '\\ud800',
  'data',
];

type JsonEdit = (text: string, spans: JsonSpans, chance: Chance) => string;

const put = (text: string, [start, end]: Span, by: string): string =>
  text.slice(0, start) + by + text.slice(end);
const at = (text: string, [start, end]: Span): string => text.slice(start, end);

const ESCAPES: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\' };

/** The same string, its characters as \u escapes. */
function escaped(string: string, chance: Chance): string {
  const upper = chance.oneIn(2);
  return string.replace(/[a-z0-9]/gi, (character) => {
    if (!chance.oneIn(3)) return ESCAPES[character] ?? character;
    const hex = character.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${upper ? hex.toUpperCase() : hex}`;
  });
}

/** An edit of one member; none where the text has none. */
const onMember =
  (edit: (text: string, span: Span, name: Span, value: Span, chance: Chance) => string): JsonEdit =>
  (text, { members }, chance) => {
    if (members.length === 0) return text;
    const { name, value } = chance.of(members);
    return edit(text, [name[0], value[1]], name, value, chance);
  };

const EDITS: readonly JsonEdit[] = [
  (text, { values }, chance) =>
    put(text, chance.of(values), chance.oneIn(500) ? chance.of(DEEP) : chance.of(VALUES)),
  (text, { values }, chance) => put(text, chance.of(values), at(text, chance.of(values))),
  onMember((text, span) => {
    const comma = text[span[1]] === ',' ? 1 : 0;
    const before = comma === 0 && text[span[0] - 1] === ',' ? 1 : 0;
    return put(text, [span[0] - before, span[1] + comma], '');
  }),
  onMember((text, span) => put(text, span, `${at(text, span)},${at(text, span)}`)),
  onMember((text, span, name, value, chance) =>
    put(text, span, `${at(text, span)},${escaped(at(text, name), chance)}:${at(text, value)}`),
  ),
  onMember((text, span, name, _value, chance) =>
    put(text, span, `${at(text, span)},${at(text, name)}:${chance.of(VALUES)}`),
  ),
  onMember((text, _span, name, _value, chance) => put(text, name, escaped(at(text, name), chance))),
  onMember((text, _span, name, _value, chance) => put(text, name, `"${chance.of(NAMES)}"`)),
  onMember((text, span, _name, _value, chance) =>
    put(text, span, `"${chance.of(NAMES)}":${chance.of(VALUES)},${at(text, span)}`),
  ),
  (text, { values }, chance) => {
    const span = chance.of(values);
    return put(text, span, escaped(at(text, span), chance));
  },
  function reorder(text, { members }, chance) {
    if (members.length === 0) return text;
    const [a, b] = [chance.of(members), chance.of(members)];
    const [first, second] = a.name[0] < b.name[0] ? [a, b] : [b, a];
    if (second.name[0] < first.value[1]) return text; // one inside the other
    const [left, right]: [Span, Span] = [
      [first.name[0], first.value[1]],
      [second.name[0], second.value[1]],
    ];
    return put(put(text, right, at(text, left)), left, at(text, right));
  },
  function doubleItem(text, { items }, chance) {
    if (items.length === 0) return text;
    const span = chance.of(items);
    const times = chance.oneIn(200) ? 5_000 : 1 + chance.below(3);
    return put(
      text,
      span,
      Array(times + 1)
        .fill(at(text, span))
        .join(','),
    );
  },
  (text, { values }, chance) => {
    const [start] = chance.of(values);
    return put(
      text,
      [start, start],
      chance.of([' ', '\t', '\n', '\r\n', '\ufeff', '\u00a0', '//']),
    );
  },
  function lengthen(text, { values }, chance) {
    const strings = values.filter(([start]) => text[start] === '"');
    if (strings.length === 0) return text;
    const [start, end] = chance.of(strings);
    const times = chance.oneIn(200) ? 300_000 : 1 + chance.below(300);
    return put(
      text,
      [end - 1, end - 1],
      (text[start + 1] ?? 'a').replace(/["\\]/, 'a').repeat(times),
    );
  },
];

export function editJson(bytes: Uint8Array, chance: Chance): Uint8Array {
  const text = Buffer.from(bytes).toString('utf8');
  const spans = spansOf(text);
  if (spans === null) return bytes;
  return Buffer.from(chance.of(EDITS)(text, spans, chance), 'utf8');
}
