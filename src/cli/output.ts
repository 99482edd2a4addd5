/** What a terminal gets: colour where it is wanted, a progress line where there is a person. */

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

export interface Progress {
  show(what: string, done: number, total: number): void;
  clear(): void;
}

/** One line on stderr that is rewritten; silent where stderr is no terminal. */
export function progress(): Progress {
  if (!process.stderr.isTTY) return { show: () => {}, clear: () => {} };
  const startedMs = new Map<string, number>();
  return {
    show: (what, done, total) => {
      const nowMs = Date.now();
      const start = startedMs.get(what) ?? nowMs;
      startedMs.set(what, start);
      const left =
        done === 0
          ? ''
          : `, ${Math.ceil((((nowMs - start) / done) * (total - done)) / 1000)} s left`;
      process.stderr.write(`\r\u001b[K${what} ${done}/${total}${left}`);
    },
    clear: () => process.stderr.write('\r\u001b[K'),
  };
}

/** Columns padded to their widest cell; the last one is not padded. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, i) =>
    Math.max(cell.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const format = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [colour.dim(format(head)), ...rows.map(format)].join('\n');
}

/** Micro-units as units with six decimals. */
export function money(micro: string | bigint): string {
  const text = micro.toString().padStart(7, '0');
  return `${text.slice(0, -6)}.${text.slice(-6)}`;
}

export const nats = (microNats: number | null): string =>
  microNats === null ? '-' : (microNats / 1e6).toFixed(4);
