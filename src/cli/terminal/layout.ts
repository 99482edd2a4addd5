/**
 * Rows and lines as wide as a terminal is. What goes into a file or a pipe is laid out as if there were
 * no end of a line. No value is cut: what does not fit goes on below, where it began.
 */
import { stripVTControlCharacters } from 'node:util';

/** Infinity where stdout is no terminal. */
export const columnsHere = (): number =>
  process.stdout.isTTY ? process.stdout.columns || Infinity : Infinity;

/** Colours take no room. */
const widthOf = (text: string): number => stripVTControlCharacters(text).length;

const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(width - widthOf(text), 0));

/** Less room than this for a text is not worth going on below it. */
const ROOM_MIN = 24;

/** `text` behind `start`, gone on with below itself where the line ends; words stay whole. */
export function hanging(start: string, text: string, columns = columnsHere()): string {
  const room = columns - widthOf(start);
  return room < ROOM_MIN ? start + text : wrapped(start, text, room);
}

function wrapped(start: string, text: string, room: number): string {
  if (widthOf(text) <= room) return start + text;
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    const width = widthOf(word);
    // What is too long for any line would be so below, too.
    const isFull = last === undefined || (widthOf(last) + 1 + width > room && width <= room);
    if (isFull) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return start + lines.join(`\n${' '.repeat(widthOf(start))}`);
}

type Row = readonly string[];

const GAP = '  ';
const NOTHING = new Set(['', '-']);
/** More lines than this of a last column are harder to read than a block a row. */
const LINES_MAX = 4;

/**
 * Columns padded to their widest cell; the last one is not padded. Too wide for the terminal, columns
 * that say nothing in any row go first; then the last one goes on below itself; and where that does not
 * help, each row becomes a block of names and values.
 */
export function tableLines(
  head: Row,
  rows: readonly Row[],
  dim: (text: string) => string,
  columns = columnsHere(),
): string {
  const widths = head.map((cell, i) =>
    Math.max(widthOf(cell), ...rows.map((row) => widthOf(row[i] ?? ''))),
  );
  const last = widths.at(-1) ?? 0;
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + GAP.length, 0);
  const room = columns - before;
  if (last > room) {
    const saying = head.map((_, i) => rows.some((row) => !NOTHING.has(row[i] ?? '')));
    const kept = (row: Row): Row => row.filter((_, i) => saying[i]);
    if (saying.includes(true) && saying.includes(false))
      return tableLines(kept(head), rows.map(kept), dim, columns);
    if (room < longestLastWord([head, ...rows]) || last > LINES_MAX * room)
      return rows.map((row) => factLines(namedIn(head, row), dim, columns)).join('\n\n');
  }
  const line = (row: Row): string => {
    const start = row.slice(0, -1).map((cell, i) => padded(cell, widths[i] ?? 0) + GAP);
    return wrapped(start.join(''), row.at(-1) ?? '', room).trimEnd();
  };
  return [dim(line(head)), ...rows.map(line)].join('\n');
}

const longestLastWord = (rows: readonly Row[]): number =>
  Math.max(...rows.flatMap((row) => (row.at(-1) ?? '').split(' ').map(widthOf)));

const namedIn = (head: Row, row: Row): [string, string][] =>
  head.map((name, i) => [name, row[i] ?? '']);

/** Names and values below each other, values aligned. */
export function factLines(
  rows: readonly (readonly [name: string, value: string])[],
  dim: (text: string) => string,
  columns = columnsHere(),
): string {
  const width = Math.max(...rows.map(([name]) => widthOf(name)));
  return rows
    .map(([name, value]) => hanging(dim(padded(name, width)) + GAP, value, columns).trimEnd())
    .join('\n');
}
