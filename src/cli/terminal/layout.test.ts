/** Rows and lines at the widths of terminals: nothing is lost, nothing is wider that can be narrower. */
import { expect, it } from 'vitest';
import { factLines, hanging, tableLines } from './layout.ts';

const plain = (text: string): string => text;
const red = (text: string): string => `\u001b[31m${text}\u001b[0m`;
const chain = 'seed #53, window #83, assignment #86, claim #94, submission #97, seal #98';
const at = (columns: number): string =>
  tableLines(['entry', 'unit', 'because'], [[red('#132'), 'work', chain]], plain, columns);

it('is one line a row where there is room, and in a pipe', () => {
  for (const columns of [Infinity, 120])
    expect(at(columns)).toBe(`entry  unit  because\n${red('#132')}   work  ${chain}`);
});

it('goes on below the last column', () => {
  expect(at(60)).toBe(
    [
      'entry  unit  because',
      `${red('#132')}   work  seed #53, window #83, assignment #86, claim`,
      '             #94, submission #97, seal #98',
    ].join('\n'),
  );
});

it('leaves out first what says nothing in any row', () => {
  const head = ['name', 'tokens/s said', 'tokens/s seen', 'why not'];
  const rows = [
    ['worker-1', '-', '', 'fits'],
    ['worker-2', '-', '-', 'departed'],
  ];
  expect(tableLines(head, rows, plain, 30)).toBe(
    'name      why not\nworker-1  fits\nworker-2  departed',
  );
  expect(tableLines(head, rows, plain, 80)).toContain('tokens/s seen');
});

it('becomes a block a row where the last column has no room left', () => {
  const digest = `sha256:${'a'.repeat(40)}`;
  const wide = tableLines(
    ['slot', 'delta'],
    [
      ['0', digest],
      ['1', '-'],
    ],
    plain,
    50,
  );
  expect(wide).toBe(`slot   0\ndelta  ${digest}\n\nslot   1\ndelta  -`);
});

it('keeps words whole, and what has nowhere to go on in its line', () => {
  const word = 'x'.repeat(90);
  expect(hanging('ok  ', `a ${word} b`, 40)).toBe(`ok  a ${word}\n    b`);
  expect(hanging('a long beginning  ', 'some text', 30)).toBe('a long beginning  some text');
  expect(
    factLines(
      [
        ['key', 'one two three four five six'],
        ['empty', ''],
      ],
      plain,
      31,
    ),
  ).toBe('key    one two three four five\n       six\nempty');
});
