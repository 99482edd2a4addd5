/** What a terminal gets: colour where it is wanted, a progress line where there is a person. */
import { factLines, tableLines } from './layout.ts';
import { ProgressLine } from './progress-line.ts';

const coloured =
  process.env['NO_COLOR'] === undefined &&
  (process.stdout.isTTY || process.env['FORCE_COLOR'] === '1');

const paint =
  (code: number) =>
  (text: string): string =>
    coloured ? `\u001b[${code}m${text}\u001b[0m` : text;

export const colour = {
  bold: paint(1),
  dim: paint(2),
  red: paint(31),
  green: paint(32),
  yellow: paint(33),
  blue: paint(34),
  cyan: paint(36),
};

export const FORMATS = ['table', 'json', 'jsonl', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

export interface OutputOptions {
  readonly output: Format;
  readonly quiet?: boolean;
}

/** One line of data. */
export const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));

export interface Progress {
  /** @param total null where nobody knows */
  show(what: string, done: number, total: number | null): void;
  clear(): void;
}

/** One line on stderr that is rewritten (progress-line.ts); silent where stderr is no terminal. */
export function progress(quiet = false): Progress {
  if (quiet || !process.stderr.isTTY) return { show: () => {}, clear: () => {} };
  const line = new ProgressLine();
  return {
    show: (what, done, total) => {
      const text = line.at(what, done, total, performance.now());
      if (text !== null) process.stderr.write(`\r\u001b[K${text}`);
    },
    clear: () => process.stderr.write('\r\u001b[K'),
  };
}

/** The items one after the other, and on stderr how far whoever takes them is. */
export function* counted<T>(what: string, items: readonly T[], quiet = false): Generator<T> {
  const bar = progress(quiet);
  try {
    for (const [index, item] of items.entries()) {
      bar.show(what, index, items.length);
      yield item;
    }
  } finally {
    bar.clear();
  }
}

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  tableLines(head, rows, colour.dim);

export const facts = (rows: readonly (readonly [name: string, value: string])[]): string =>
  factLines(rows, colour.dim);

/** Whole numbers with their thousands apart. */
export const grouped = (value: string | bigint | number): string =>
  value.toString().replace(/\B(?=(\d{3})+$)/g, ',');

export const nats = (microNats: number | null): string =>
  microNats === null ? '-' : (microNats / 1e6).toFixed(4);
