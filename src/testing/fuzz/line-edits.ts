/**
 * Edits of texts made of lines (notes, proofs, recordings): a line dropped, doubled, swapped, taken
 * from another sample, ended by CRLF, or with its numbers changed. Bytes above 0x7f pass through
 * unharmed, because the text is handled as latin-1.
 */
import type { Chance } from './chance.ts';

const NUMBERS = ['0', '1', '-1', '00', '+1', '1.0', '1e1', '9007199254740993', '4294967296'];

type LineEdit = (lines: string[], chance: Chance, other: readonly string[]) => void;

const EDITS: readonly LineEdit[] = [
  (lines, chance) => void lines.splice(chance.below(lines.length), 1),
  function double(lines, chance) {
    const at = chance.below(lines.length);
    lines.splice(at, 0, lines[at] ?? '');
  },
  function swap(lines, chance) {
    const [a, b] = [chance.below(lines.length), chance.below(lines.length)];
    [lines[a], lines[b]] = [lines[b] ?? '', lines[a] ?? ''];
  },
  function putForeign(lines, chance, other) {
    lines.splice(chance.below(lines.length + 1), chance.below(2), chance.of(other));
  },
  (lines, chance) => void lines.splice(chance.below(lines.length + 1), 0, ''),
  function carriageReturn(lines, chance) {
    const at = chance.below(lines.length);
    lines[at] = `${lines[at]}\r`;
  },
  function blank(lines, chance) {
    const at = chance.below(lines.length);
    lines[at] = chance.oneIn(2) ? `${lines[at]} ` : ` ${lines[at]}`;
  },
  function number(lines, chance) {
    const at = chance.below(lines.length);
    lines[at] = (lines[at] ?? '').replace(/\d+/, chance.of(NUMBERS));
  },
];

export function editLines(
  bytes: Uint8Array,
  chance: Chance,
  samples: readonly Uint8Array[],
): Uint8Array {
  const lines = Buffer.from(bytes).toString('latin1').split('\n');
  const other = Buffer.from(chance.of(samples)).toString('latin1').split('\n');
  chance.of(EDITS)(lines, chance, other);
  return Buffer.from(lines.join('\n'), 'latin1');
}
